"""Concepts found by what people type: slug, CURIE, label, synonym, or a misspelling of these."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mngraph import context, iris, sparql
from mngraph.errors import UsageError, WrongKindError
from mngraph.nearest import HAS_WORDS, similar
from mngraph.store import Store
from mngraph.wording import alternatives, one_of

if TYPE_CHECKING:
    import pyoxigraph as ox

KINDS = ("procedure", "indication", "modality", "event", "measure", "design")
"""The concept schemes, which are also their prefixes."""

ROLES = frozenset(("procedure", "modality"))
"""The kinds that are roles in an arm, which any intervention can have."""

METHODS = frozenset(("measure", "design"))
"""The kinds that say how something was studied; of equal names they are found last."""

INERT = frozenset(("modality:placebo", "modality:no-treatment"))
"""What does not count as a combination when it is given with a procedure; narrower ones too."""

SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
LEAST_SCORE = 60
"""The least score of a concept that a search returns."""
LONGEST_SHOWN = 80
"""The most characters of a text that a message repeats."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """A concept that a search found.

    Attributes:
        iri: the concept.
        kind: its scheme.
        label: its preferred label.
        matched: the label that is most like what was searched for.
        score: how much they are alike, up to 100.
    """

    iri: str
    kind: str
    label: str
    matched: str
    score: float


class Label(NamedTuple):
    """One label of a concept.

    Attributes:
        iri: the concept.
        text: the label, or a synonym.
        preferred: the concept's preferred label.
    """

    iri: str
    text: str
    preferred: str

    @property
    def kind(self) -> str:
        """The concept's scheme, which is the prefix of its CURIE."""
        return iris.kind_of(self.iri)


class Kinds:
    """What concepts are in a graph: their scheme, or for interventions their roles in its arms.

    An intervention that no arm had is what its scheme lists it as.

    Args:
        store: the graph.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    @cached_property
    def _roles(self) -> dict[str, set[str]]:
        """The roles of interventions, asked for once one is met."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.store.select_internal(sparql.internal("roles")):
            found[row["concept"].value].add(row["kind"].value)
        return found

    def of(self, iri: str) -> frozenset[str]:
        """Return the kinds of a concept."""
        own = iris.kind_of(iri)
        roles = self._roles.get(iri) if own in ROLES else None
        return frozenset(roles or (own,))


def labels(store: Store) -> list[Label]:
    """Return every label and synonym of every concept of a graph, sorted."""
    return _sorted(store.select_internal(sparql.internal("labels")))


def _labels_called(store: Store, text: str) -> list[Label]:
    """Return all labels of the concepts that a text names, but for capitals and hyphens."""
    import pyoxigraph as ox

    asked = sparql.internal_on("labels-called", text=ox.Literal(_spaced(text)))
    return _sorted(store.select_internal(asked))


def _sorted(found: Iterable[ox.QuerySolution]) -> list[Label]:
    """Return the labels that a query found, each with the preferred one of its concept."""
    rows: list[tuple[str, str, str]] = []
    preferred: dict[str, str] = {}
    for row in found:
        iri, name, label = row["concept"].value, row["property"].value, row["label"]
        rows.append((iri, name, label.value))
        if name.endswith("#prefLabel") and (iri not in preferred or label.language == "en"):
            preferred[iri] = label.value
    return sorted(
        (Label(iri, text, preferred.get(iri, text)) for iri, _, text in rows),
        key=lambda label: (label.iri, label.text != label.preferred, label.text),
    )


def every(store: Store, kinds: Iterable[str]) -> list[Match]:
    """Return all concepts of some kinds by their preferred labels, in the order of the alphabet.

    >>> from mngraph.store import LocalStore
    >>> every(LocalStore.memory([]), ["indication"])
    []
    """
    named = {label.iri: label for label in _labels_of(store, tuple(kinds))}
    ordered = sorted(named.values(), key=lambda label: (label.preferred.casefold(), label.iri))
    return [
        Match(iri=each.iri, kind=each.kind, label=each.preferred, matched=each.preferred, score=100)
        for each in ordered
    ]


def narrower(store: Store, branch: str) -> frozenset[str]:
    """Return the IRI of a concept and those of all that are narrower."""
    found = store.select_internal(sparql.internal("narrower", branch=branch))
    return frozenset(row["concept"].value for row in found) | {branch}


def inert(store: Store) -> frozenset[str]:
    """Return the modalities that make no combination: placebos, vehicles, shams, no treatment."""
    return frozenset().union(*(narrower(store, context.expand(branch)) for branch in INERT))


def search(store: Store, text: str, kinds: Iterable[str] = KINDS, limit: int = 10) -> list[Match]:
    """Return the concepts whose labels are nearest to `text`, best first.

    Of equal scores, what was done and treated goes before how it was measured, labels before
    synonyms, and concepts with more names that have the words before those with fewer.

    Args:
        store: a graph.
        text: a label, a synonym, or a misspelling of one.
        kinds: the schemes to look in.
        limit: the most concepts to return.

    Raises:
        UsageError: the text is empty.
    """
    if not stripped(text):
        raise UsageError("nothing to search for: give a name or a part of one, like acne scar")
    wanted = set(kinds)
    among = _labels_of(store, wanted)
    best: dict[str, Match] = {}
    names: Counter[str] = Counter()
    for index, score in similar(text.strip(), [label.text for label in among]):
        label = among[index]
        match = Match(
            iri=label.iri,
            kind=label.kind,
            label=label.preferred,
            matched=label.text,
            score=round(score, 1),
        )
        names[label.iri] += score >= HAS_WORDS
        if label.iri not in best or best[label.iri].score < match.score:
            best[label.iri] = match

    def rank(match: Match) -> tuple[float, bool, bool, int, int, str]:
        method, synonym = match.kind in METHODS, match.matched != match.label
        return -match.score, method, synonym, -names[match.iri], len(match.label), match.iri

    ranked = sorted(best.values(), key=rank)
    return [match for match in ranked if match.score >= LEAST_SCORE][:limit]


def resolve(
    store: Store, text: str, kinds: Iterable[str] = KINDS, others: Iterable[str] = ()
) -> str:
    """Return the IRI of the concept that `text` names: slug, CURIE, label or synonym.

    Args:
        store: a graph.
        text: the name; of a label or synonym, hyphens may stand for spaces.
        kinds: the kinds that are meant.
        others: what else the caller looks for by this name, which the message adds.

    Raises:
        UsageError: no concept, or more than one, has this name; the message gives the nearest.
    """
    kinds, text = tuple(kinds), stripped(text)
    if not text:
        raise UsageError(
            f"an empty name: give the slug or a name of {one_of(kinds)}, like acne-scar"
        )
    if len(kinds) == 1 and (scheme := _scheme(store, text, kinds[0])):
        return scheme
    is_slug, direct = bool(SLUG.fullmatch(text)), _direct(text, kinds)
    there = [iri for iri in direct if store.has(iri)]
    known = Kinds(store) if there and kinds != KINDS else None
    if known and is_slug:
        there = [iri for iri in there if known.of(iri) & set(kinds)]
    for iri in there:
        if known and not known.of(iri) & set(kinds):
            if iris.kind_of(iri) in KINDS:
                raise _wrong_kind(store, text, [iri], kinds)
            raise UsageError(f"{text!r} is not a concept; it must be {one_of(kinds)}")
    if len(there) == 1:
        return there[0]
    if there:
        raise UsageError(f"{text!r} can be {_curies(there)}: say which")
    if direct and not is_slug and iris.kind_of(direct[0]) not in kinds:
        raise UsageError(f"the graph states nothing about {context.compact(direct[0])}")
    return _by_label(store, text, kinds, tuple(others))


def stripped(text: str) -> str:
    """Return a name without white space around it.

    Raises:
        UsageError: it is no text.

    >>> stripped(" acne scar")
    'acne scar'
    """
    if not isinstance(text, str):
        raise UsageError(f"a name is text like 'acne scar', not {text!r}")
    return text.strip()


def _scheme(store: Store, text: str, kind: str) -> str:
    """Return the IRI of a scheme whose name stands for all its concepts, such as side effects."""
    wanted = iris.scheme(kind)
    if text == wanted:
        return wanted
    names = (
        row["name"].value.lower()
        for row in store.select_internal(sparql.internal("scheme-names"))
        if row["scheme"].value == wanted
    )
    return wanted if _spaced(text) in names else ""


def _direct(text: str, kinds: tuple[str, ...]) -> list[str]:
    """Return the IRIs that `text` can be as a CURIE, an IRI or a slug."""
    if re.match(r"<?https?://", text):
        return [text.strip("<>")]
    prefix, colon, local = text.partition(":")
    if colon and prefix in context.prefixes():
        return [context.prefixes()[prefix] + local.strip()]
    if SLUG.fullmatch(text):
        wanted = {*kinds, *(ROLES if ROLES & set(kinds) else ())}
        among = [kind for kind in KINDS if kind in wanted]
        return [f"{base}{kind}/{text}" for base in context.bases() for kind in among]
    return []


def _labels_of(store: Store, kinds: Collection[str]) -> list[Label]:
    """Return the labels of the concepts of some kinds."""
    return _of_kinds(store, labels(store), kinds)


def _of_kinds(store: Store, every: list[Label], kinds: Collection[str]) -> list[Label]:
    """Return those of some labels whose concepts are of some kinds."""
    if set(kinds) >= set(KINDS) or not every:
        return every
    known = Kinds(store) if ROLES & set(kinds) else None
    return [
        label for label in every
        if (known.of(label.iri) if known else {label.kind}) & set(kinds)
    ]  # fmt: skip


def _spaced(text: str) -> str:
    return text.lower().replace("-", " ")


def _by_label(store: Store, text: str, kinds: tuple[str, ...], others: tuple[str, ...]) -> str:
    among = _of_kinds(store, _labels_called(store, text), kinds)
    for fold in (str, str.lower, _spaced):
        called = [label for label in among if fold(label.text) == fold(text)]
        found = sorted({label.iri for label in called})
        own = sorted({label.iri for label in called if label.text == label.preferred})
        found = own if len(own) == 1 else found
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"{text!r} can be {_curies(found)}: say which")
    if called_so := _called(store, text):
        raise _wrong_kind(store, text, called_so, kinds)
    prefix, _, slug = text.partition(":")
    wanted, kinds = (slug, (prefix,)) if slug and prefix in kinds else (text, kinds)
    near = search(store, wanted, kinds, limit=3)
    hint = f"; did you mean {_curies(match.iri for match in near)}?" if near else ""
    shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
    if len(kinds) == 1 and not (hint or others):
        hint = f", and no record here is on anything of that name (mngraph search -k {kinds[0]}"
        hint += " lists all)"
    raise UsageError(f"no {alternatives([*kinds, *others])} is called {shown!r}{hint}")


def _called(store: Store, text: str) -> list[str]:
    """Return the concepts of any kind that have a label or a slug."""
    found = (
        label.iri
        for label in labels(store)
        if label.text.lower() == text.lower() or iris.last_segment(label.iri) == text
    )
    return sorted(set(found))


def _wrong_kind(
    store: Store, text: str, found: Sequence[str], kinds: Iterable[str]
) -> WrongKindError:
    """Return the error for a name that concepts of other kinds have."""
    have = frozenset().union(*map(Kinds(store).of, found))
    others = tuple(kind for kind in KINDS if kind in have)
    curies = "" if text in (*found, *map(context.compact, found)) else f" ({_curies(found)})"
    return WrongKindError(
        f"{text!r} is {one_of(others)}{curies}; it must be {one_of(kinds)}", text, others
    )


def _curies(found: Iterable[str]) -> str:
    return alternatives(map(context.compact, found))
