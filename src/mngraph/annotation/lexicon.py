"""The names of concepts as they stand in running text, and where a text has them.

Names are the labels of the vocabularies, spelled as ontology/annotation/labels.yaml says: British
and American, with and without hyphens, singular and plural. All are looked for at once
(Aho-Corasick); of names that overlap the longest counts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from mngraph import context, iris, resources
from mngraph.errors import MissingExtraError
from mngraph.rdffiles import read_file
from mngraph.yamlfile import read_yaml

KINDS = ("procedure", "modality", "indication", "event", "measure")
"""The vocabularies whose concepts are looked for."""
LONGEST_CAPITALS = 8
"""Labels of capitals and at most this many characters keep their capitals in a text."""


class Entry(NamedTuple):
    """What a name stands for.

    Attributes:
        concept: the concept.
        kind: the vocabulary that it belongs to.
        cased: whether the name counts in capitals only.
    """

    concept: str
    kind: str
    cased: bool


class Name(NamedTuple):
    """A name in a text: what it may stand for, and where it begins and ends."""

    entries: tuple[Entry, ...]
    start: int
    end: int


@dataclass
class Lexicon:
    """The names of concepts.

    Attributes:
        above: for each concept, all that are broader.
        names: for each folded name, what it stands for.
        capitals: for each abbreviation, the concepts that it stands for where none is defined.
    """

    above: dict[str, frozenset[str]]
    names: dict[str, tuple[Entry, ...]]
    capitals: dict[str, tuple[Entry, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Build the automaton.

        Raises:
            MissingExtraError: the library that looks for names is not installed.
        """
        try:
            from ahocorasick_rs import AhoCorasick, MatchKind
        except ModuleNotFoundError as error:
            reason = "annotating needs a library: pip install 'mngraph[literature]'"
            raise MissingExtraError(reason) from error

        texts = sorted(self.names)
        self._entries = [self.names[text] for text in texts]
        self._find = AhoCorasick(
            [f" {text}" for text in texts], matchkind=MatchKind.LeftmostLongest
        ).find_matches_as_indexes

    def find(self, text: str, folded: str) -> Iterator[Name]:
        """Yield the names in a text.

        Args:
            text: the text.
            folded: the same, folded; see `fold`.
        """
        places: list[int] = []
        if "  " in folded:
            folded, places = _collapsed(folded)
        entries, size = self._entries, len(folded)
        for index, start, end in self._find(f" {folded}"):
            stop, found = end - 1, entries[index]
            if stop < size and folded[stop].isalnum():
                stop, found = self._shorter(folded, start, stop)
                if not found:
                    continue
            if places:
                start, stop = start + _shift(places, start), stop + _shift(places, stop - 1)
            if found[0].cased:
                written = text[start:stop]
                capitals = written[:-1] if written.endswith("s") else written
                if not capitals.isupper():
                    found = tuple(entry for entry in found if not entry.cased)
                    if not found:
                        continue
            yield Name(found, start, stop)

    def _shorter(self, folded: str, start: int, stop: int) -> tuple[int, tuple[Entry, ...]]:
        """Return the longest name of whole words in a name that ends inside a word."""
        while (stop := folded.rfind(" ", start, stop)) > start:
            if found := self.names.get(folded[start:stop]):
                return stop, found
        return start, ()


def _collapsed(folded: str) -> tuple[str, list[int]]:
    """Return a text with single spaces, and the place of each space that was left out.

    Places are those in the new text, so that as many spaces as there are places up to one of its
    characters stood before that character.

    >>> _collapsed("plasma  prp   x")
    ('plasma prp x', [7, 11, 11])
    """
    places: list[int] = []
    pieces: list[str] = []
    begin = gone = 0
    while (gap := folded.find("  ", begin)) >= 0:
        pieces.append(folded[begin : gap + 1])
        begin = gap + 2
        while folded.startswith(" ", begin):
            begin += 1
        more = begin - gap - 1
        places += [gap - gone + 1] * more
        gone += more
    pieces.append(folded[begin:])
    return "".join(pieces), places


def _shift(places: list[int], place: int) -> int:
    """Return how many spaces were left out before a character of the collapsed text."""
    return bisect_right(places, place)


@cache
def rules(name: str) -> Mapping[str, Any]:
    """Return the rules of a file of ontology/annotation."""
    data, _ = read_yaml(resources.folder("ontology") / "annotation" / f"{name}.yaml")
    return data  # type: ignore[no-any-return]


@cache
def _separators() -> dict[int, str]:
    return dict.fromkeys(map(ord, rules("labels")["separators"]), " ")


def fold(text: str) -> str:
    """Return a text of the same length in small letters, with spaces for what separates words.

    >>> fold("Platelet-rich plasma (PRP)")
    'platelet rich plasma  prp '
    """
    return spaced(lowered(text))


def lowered(text: str) -> str:
    """Return a text of the same length in small letters."""
    small = text.lower()
    if len(small) != len(text):  # a few capitals have no small letter of one character
        small = "".join(each.lower() if len(each.lower()) == 1 else each for each in text)
    return small


def spaced(small: str) -> str:
    """Return a text in small letters with spaces for what separates words."""
    return small.translate(_separators())


@cache
def shared() -> Lexicon:
    """Return the names of the concepts of the shared vocabularies."""
    labels: list[tuple[str, str]] = []
    broader: dict[str, set[str]] = {}
    wanted = {
        context.expand(name) for name in ("skos:prefLabel", "skos:altLabel", "skos:hiddenLabel")
    }
    above = context.expand("skos:broader")
    for kind in KINDS:
        path = resources.folder("ontology") / "vocabulary" / f"{kind}.ttl"
        for quad in read_file(path, base=context.BASE):
            subject = str(quad.subject).strip("<>")
            if quad.predicate.value == above:
                broader.setdefault(subject, set()).add(str(quad.object).strip("<>"))
            elif quad.predicate.value in wanted and getattr(quad.object, "language", "") == "en":
                labels.append((subject, quad.object.value))  # type: ignore[union-attr]
    return made(labels, broader)


def made(labels: Iterable[tuple[str, str]], broader: Mapping[str, Iterable[str]]) -> Lexicon:
    """Return the names of some concepts.

    Args:
        labels: each concept with each of its labels.
        broader: for each concept, those that are directly broader.
    """
    spelled = rules("labels")
    never = {fold(text).strip() for text in spelled["never"]}
    more = [(context.expand(c), text) for c, texts in spelled["also"].items() for text in texts]
    names: dict[str, dict[str, Entry]] = {}
    capitals: dict[str, dict[str, Entry]] = {}
    for concept, label in [*more, *labels]:
        kind = iris.kind_of(concept)
        short = label.removesuffix("s") or label
        cased = len(short) <= LONGEST_CAPITALS and short.upper() == short
        entry = Entry(concept, kind, cased)
        if cased:
            capitals.setdefault(label, {})[concept] = entry
        if (concept, label) not in more and " ".join(fold(label).split()) in never:
            continue
        for form in _forms(label, kind):
            names.setdefault(form, {}).setdefault(concept, entry)
    return Lexicon(
        above={concept: _all_above(concept, broader) for concept in dict(labels)},
        names={form: _sorted(found.values()) for form, found in names.items()},
        capitals={label: _sorted(found.values()) for label, found in capitals.items()},
    )


def _sorted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries, without measures where a name is one of something else too."""
    found = sorted(entries, key=lambda entry: (not entry.cased, entry.concept))
    return tuple(e for e in found if e.kind != "measure") or tuple(found)


def _all_above(concept: str, broader: Mapping[str, Iterable[str]]) -> frozenset[str]:
    found: set[str] = set()
    left = [concept]
    while left:
        new = set(broader.get(left.pop(), ())) - found
        found |= new
        left += new
    return frozenset(found)


def _forms(label: str, kind: str) -> set[str]:
    """Return the forms of a label: spelling, number, prefixes that stand alone or together."""
    spelled = rules("labels")
    plain = " ".join(fold(label).split())
    forms = {plain}
    if _spellings().search(plain):
        for one, other in spelled["spellings"]:
            forms |= {form.replace(one, other) for form in forms}
            forms |= {form.replace(other, one) for form in forms}
    apart, together = _prefixes()
    forms |= {apart.sub(r"\1", form) for form in forms}
    forms |= {together.sub(r"\1 ", form) for form in forms}
    for word in spelled["insertions"].get(kind, ()):
        for form in list(forms):
            words = form.split()
            if len(words) in (2, 3) and word not in words:
                forms.add(" ".join([*words[:-1], word, words[-1]]))
                forms.add(" ".join([word, *words]))
    return {number for form in forms for number in _numbers(form)}


@cache
def _spellings() -> re.Pattern[str]:
    """Return what looks for anything that is spelled in two ways."""
    return re.compile("|".join(map(re.escape, chain(*rules("labels")["spellings"]))))


@cache
def _prefixes() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what looks for prefixes that stand alone, and for those that do not."""
    prefixes = "|".join(rules("labels")["prefixes"])
    return (
        re.compile(rf"\b({prefixes}) (?=[a-z]{{3}})"),
        re.compile(rf"\b({prefixes})(?=[a-z]{{5}})"),
    )


def _numbers(form: str) -> Iterator[str]:
    """Yield a form in the singular and in the plural."""
    yield form
    if len(form) < 2 or not form[-1].isalpha():
        return
    if form.endswith("y") and form[-2] not in "aeiou":
        yield f"{form[:-1]}ies"
    elif form.endswith("sis"):
        yield f"{form[:-2]}es"
    elif form.endswith(("s", "x", "ch", "sh")):
        yield form if form.endswith("s") else f"{form}es"
    else:
        yield f"{form}s"
