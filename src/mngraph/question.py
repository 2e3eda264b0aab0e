"""A question in plain words, taken apart into what it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mngraph import concepts, iris, sparql
from mngraph.errors import UsageError
from mngraph.evidence.model import Question
from mngraph.iris import kind_of, last_segment
from mngraph.store import Store

OPTIONS = {"procedure": "-p", "modality": "-w", "indication": "-i", "event": "--event"}
"""What a question can name, and the option that says so."""

NAMES = {
    "procedure": "a procedure", "modality": "a modality", "indication": "an indication",
    "event": "an adverse event",
}  # fmt: skip

LITTLE = """
a about added adding after all am among an and any are as at be been before best by can combination
combinations combine combined combining could did do does doing evidence for from give given good
had has have help helping helps how i if improve improves in is it its me most much my of often on
our patient patients person people please plus so something strongest studies study tell that the
their them then there these they this to together treat treated treating treatment treatments trial
trials use used using via was we were what when where which who why will with work works would you
your + &
"""
BETWEEN = frozenset(LITTLE.split()) | {""}
"""Words that may stand between names and say nothing by themselves.

Words that turn a question around, such as "without", "versus" and "or", are not among them.
"""

TURNING = frozenset(
    ["against", "better", "instead", "no", "not", "or", "than", "versus", "vs", "without", "worse"]
)
"""Words that turn a question around, which only the answer can take up."""

MARKS = ",.;:?!"
"""What may stand around a word and does not belong to it."""

LONGEST = 100
"""No name is offered for words of more characters, and a message shows no more of them."""

LIKE = 75
"""How near, of 100, a name is to unknown words at least, to be offered for them."""


def read_question(store: Store, words: Sequence[str]) -> Question:
    """Return what some words name: the longest labels of concepts, from left to right.

    Args:
        store: a graph, whose concepts are known by slug, CURIE, label or synonym.
        words: words, also several in one text; `with`, `for` and the like may stand between names.

    Raises:
        UsageError: a word is not known or can mean two things, or two indications, procedures or
            events are named; the message says which, and by which option to ask.

    >>> from mngraph.store import open_store
    >>> found = read_question(open_store(), ["prp", "for", "acne", "scars"])
    >>> found.indication, found.modalities
    ('https://w3id.org/mngraph/indication/acne-scar', \
('https://w3id.org/mngraph/modality/platelet-rich-plasma',))
    """
    if not words:
        return Question()
    known = _names(store)
    tokens = " ".join(words).split()
    spans: list[tuple[str, frozenset[str]]] = []
    at = 0
    while at < len(tokens):
        text, meant = _longest(known, tokens[at : at + known.most_words])
        if meant:
            spans.append((text, meant))
            at += len(text.split())
        elif tokens[at].casefold().strip(MARKS) in BETWEEN:
            at += 1
        else:
            raise _unknown(
                store, known, tokens, at, frozenset().union(*(iris for _, iris in spans))
            )
    if words and not spans:
        raise UsageError(f"{' '.join(words)!r} names no procedure, modality, indication or event")
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in OPTIONS}
    kinds = concepts.Kinds(store)
    for text, meant in spans:
        iri = _only(text, meant)
        found[_role(iri, kinds, has_procedure=bool(found["procedure"]))].append((text, iri))
    for kind in ("procedure", "indication", "event"):
        _at_most_one(kind, found[kind])
    first = {kind: items[0][1] if items else None for kind, items in found.items()}
    return Question(
        procedure=first["procedure"],
        modalities=tuple(dict.fromkeys(iri for _, iri in found["modality"])),
        indication=first["indication"],
        event=first["event"],
    )


def _role(iri: str, kinds: concepts.Kinds, *, has_procedure: bool) -> str:
    """Return what a concept is in a question: the first that can be a procedure is the procedure.

    Where there is a procedure already, another one is what was combined with it, if arms had it so.
    """
    if iri == iris.scheme("event"):
        return "event"
    possible = kinds.of(iri)
    if len(possible) == 1:
        return next(iter(possible))
    return "modality" if has_procedure else "procedure"


@dataclass(frozen=True)
class Names:
    """Each name in small letters with what it means, and the words of the longest name."""

    meaning: Mapping[str, frozenset[str]]
    most_words: int


def _names(store: Store) -> Names:
    """Return each name in small letters with the concepts that have it.

    A concept's own label goes before a synonym of another concept of the same kind.
    """
    own: dict[str, set[str]] = defaultdict(set)
    other: dict[str, set[str]] = defaultdict(set)
    for label in concepts.labels(store):
        if label.kind in OPTIONS:
            names = own if label.text == label.preferred else other
            names[_folded(label.text)].add(label.iri)
            slug = last_segment(label.iri)
            own[slug].add(label.iri)
            own[f"{label.kind}:{slug}"].add(label.iri)
            own[label.iri.casefold()].add(label.iri)
    for name, named in other.items():
        kinds = {kind_of(iri) for iri in own[name]}
        own[name] |= {iri for iri in named if kind_of(iri) not in kinds}
    for row in store.select_internal(sparql.internal("scheme-names")):
        if row["scheme"].value == iris.scheme("event"):
            own.setdefault(_folded(row["name"].value), {row["scheme"].value})
    meaning = {name: frozenset(found) for name, found in own.items()}
    return Names(meaning, max((len(name.split()) for name in meaning), default=0))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _longest(known: Names, tokens: Sequence[str]) -> tuple[str, frozenset[str]]:
    """Return the longest name that some words begin with, and the concepts that it means."""
    for length in range(min(len(tokens), known.most_words), 0, -1):
        text = " ".join(tokens[:length])
        for name in (_folded(text), _folded(text.strip(MARKS))):
            if name in known.meaning:
                return text, known.meaning[name]
    return "", frozenset()


def _only(text: str, iris: frozenset[str]) -> str:
    if len(iris) == 1:
        return next(iter(iris))
    options = [f"{OPTIONS[kind_of(iri)]} {iri.rpartition('/')[2]}" for iri in sorted(iris)]
    kinds = " or ".join(sorted({NAMES[kind_of(iri)] for iri in iris}, reverse=True))
    raise UsageError(f"{text!r} can be {kinds}: ask with {' or '.join(options)}")


def _at_most_one(kind: str, found: Sequence[tuple[str, str]]) -> None:
    named = {iri: text for text, iri in found}
    if len(named) > 1:
        texts = " and ".join(repr(text) for text in named.values())
        raise UsageError(f"{texts} are each {NAMES[kind]}: ask about one at a time")


def _unknown(
    store: Store, known: Names, tokens: Sequence[str], at: int, understood: frozenset[str]
) -> UsageError:
    """Return the error for words that name nothing, with the names most like them, best first.

    What other words were understood as is not offered again.
    """
    end = at + 1
    while end < len(tokens) and not _longest(known, tokens[end : end + known.most_words])[1]:
        end += 1
    while end > at + 1 and tokens[end - 1].casefold().strip(MARKS) in BETWEEN:
        end -= 1
    text = " ".join(tokens[at:end])
    if tokens[at].casefold().strip(MARKS) in TURNING:
        return UsageError(
            f"{tokens[at]!r} is not understood: name what was given and what for; the answer says "
            "what it was compared with, and --alone, --only and -w say it more exactly"
        )
    around = " ".join(tokens[max(0, at - 1) : end])
    found = [
        match
        for asked in (text, around)
        if len(asked) <= LONGEST
        for match in concepts.search(store, asked, OPTIONS, limit=3)
        if match.score >= LIKE and match.iri not in understood
    ]
    near = {match.iri: match for match in sorted(found, key=lambda match: match.score)}
    alike = list(near.values())
    best = sorted(alike, key=lambda match: (-match.score, match.iri))[:3]
    offers = [f"{OPTIONS[match.kind]} {match.iri.rpartition('/')[2]}" for match in best]
    hint = f"; did you mean {' or '.join(offers)}?" if offers else ""
    kinds = "procedure, modality, indication or adverse event"
    return UsageError(f"no {kinds} is called {text[:LONGEST]!r}{hint} (mngraph search finds names)")
