"""Concepts found by what people type: slug, CURIE, label, synonym, or a misspelling of these."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mngraph import context, sparql
from mngraph.errors import UsageError
from mngraph.store import Store

KINDS = ("procedure", "indication", "modality", "event", "measure", "design")
"""The concept schemes, which are also their prefixes."""

INERT = frozenset(("modality:placebo", "modality:no-treatment"))
"""What leaves a procedure alone when it is given along, with all that is narrower."""


@dataclass(frozen=True)
class Match:
    """A concept that a search found: how well (0 to 100), and by which of its labels."""

    iri: str
    kind: str
    label: str
    matched: str
    score: float


@dataclass(frozen=True)
class Label:
    """One label of a concept; `preferred` is the concept's own label."""

    iri: str
    text: str
    preferred: str

    @property
    def kind(self) -> str:
        """The concept's scheme, which is the prefix of its CURIE."""
        return self.iri.removeprefix(context.BASE).partition("/")[0]


def labels(store: Store) -> list[Label]:
    """Return every label and synonym of every concept of a graph, sorted."""
    found = store.select(sparql.internal("labels"))
    rows = [(r["concept"].value, r["property"].value, r["label"].value) for r in found]
    preferred = {iri: text for iri, prop, text in rows if prop.endswith("#prefLabel")}
    return sorted(
        (Label(iri, text, preferred.get(iri, text)) for iri, _, text in rows),
        key=lambda label: (label.iri, label.text != label.preferred, label.text),
    )


def narrower(store: Store, branch: str) -> frozenset[str]:
    """Return the IRI of a concept and those of all that are narrower."""
    found = store.select(sparql.internal("narrower", branch=branch))
    return frozenset(row["concept"].value for row in found) | {branch}


def inert(store: Store) -> frozenset[str]:
    """Return the modalities that leave a procedure alone: placebos, vehicles, shams, nothing."""
    return frozenset().union(*(narrower(store, context.expand(branch)) for branch in INERT))


def search(store: Store, text: str, kinds: Iterable[str] = KINDS, limit: int = 10) -> list[Match]:
    """Return the concepts whose labels are nearest to `text`, best first.

    Args:
        store: a graph.
        text: a label, a synonym, or a misspelling of one.
        kinds: the schemes to look in.
        limit: how many concepts at most.
    """
    from rapidfuzz import fuzz, process, utils

    wanted = set(kinds)
    among = [label for label in labels(store) if label.kind in wanted]
    choices = [label.text for label in among]
    best: dict[str, Match] = {}
    found = process.extract(
        text, choices, scorer=fuzz.WRatio, processor=utils.default_process,
        limit=200, score_cutoff=70,
    )  # fmt: skip
    for _, score, index in found:
        label = among[index]
        exact = utils.default_process(label.text) == utils.default_process(text)
        close = fuzz.ratio(label.text.lower(), text.lower())
        total = 100.0 if exact else min(99.0, 0.5 * score + 0.5 * close)
        match = Match(label.iri, label.kind, label.preferred, label.text, round(total, 1))
        if label.iri not in best or best[label.iri].score < match.score:
            best[label.iri] = match
    ranked = sorted(best.values(), key=lambda m: (-m.score, len(m.label), m.iri))
    return [match for match in ranked if match.score >= 60][:limit]


def resolve(store: Store, text: str, kinds: Iterable[str] = KINDS) -> str:
    """Return the IRI of the concept that `text` names: slug, CURIE, label or synonym.

    Raises:
        UsageError: nothing is called so, or several concepts are; the message names the nearest.
    """
    kinds = tuple(kinds)
    direct = _direct(text, kinds)
    there = [iri for iri in direct if any(store.quads(subject=iri))]
    for iri in there:
        kind = iri.removeprefix(context.BASE).partition("/")[0]
        if kinds != KINDS and kind not in kinds:
            what = f"is of the kind {kind}" if kind in KINDS else "is no concept"
            raise UsageError(f"{text!r} {what}; asked for is {_listed(kinds)}")
    if len(there) == 1:
        return there[0]
    if there:
        raise UsageError(f"{text!r} is {_listed(map(context.compact, there))}: say which")
    return _by_label(store, text, kinds)


def _direct(text: str, kinds: tuple[str, ...]) -> list[str]:
    """Return the IRIs that `text` can be as a CURIE, an IRI or a slug."""
    if re.match(r"<?https?://", text):
        return [text.strip("<>")]
    prefix, colon, local = text.partition(":")
    if colon and prefix in context.prefixes():
        return [context.prefixes()[prefix] + local.strip()]
    if re.fullmatch(r"[a-z0-9][a-z0-9-]*", text):
        return [f"{context.BASE}{kind}/{text}" for kind in kinds]
    return []


def _by_label(store: Store, text: str, kinds: tuple[str, ...]) -> str:
    among = [label for label in labels(store) if label.kind in kinds]
    for fold in (str, str.lower):
        called = [label for label in among if fold(label.text) == fold(text)]
        found = sorted({label.iri for label in called})
        own = sorted({label.iri for label in called if label.text == label.preferred})
        found = own if len(own) == 1 else found
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"{text!r} is {_listed(map(context.compact, found))}: say which")
    near = search(store, text, kinds, limit=3)
    hint = (
        f"; did you mean {_listed(context.compact(match.iri) for match in near)}?" if near else ""
    )
    raise UsageError(f"no {_listed(kinds)} is called {text!r}{hint}")


def _listed(names: Iterable[str]) -> str:
    items = list(names)
    return " or ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
