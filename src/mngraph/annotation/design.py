"""How a study was done: its design, allocation and blinding, by the rules of design.yaml."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from mngraph import iris
from mngraph.annotation.document import Document, Sentence
from mngraph.annotation.figures import Figure
from mngraph.annotation.lexicon import rules
from mngraph.annotation.triggers import BLINDING, Tag

PARTS = ("background", "aim", "methods", "results", "conclusions")


@dataclass(frozen=True, slots=True)
class _Flag:
    tag: Tag
    halves: tuple[Tag, ...]
    counted: bool
    types: frozenset[str]
    title: re.Pattern[str] | None
    text: Mapping[str, re.Pattern[str]]
    unless: re.Pattern[str] | None
    most: int
    least: int


@dataclass(slots=True)
class Seen:
    """Where a flag was seen: its characters in the text; none for a publication type."""

    start: int
    end: int
    sentence: Sentence | None
    confidence: float


def design(document: Document, types: Collection[str], people: int) -> Iterator[Figure]:
    """Yield the design, the allocation and whether sides of the same people were compared.

    Args:
        document: the publication.
        types: its publication types.
        people: how many took part, 0 where that is not known.
    """
    data = rules("design")
    seen = _Sight(document, types, people)
    fitting = _fitting(seen)
    if not fitting:
        return
    slug = fitting.entry["design"]
    places = [place for name in fitting.wanted if (place := seen[name])]
    stated = [place for place in places if place.sentence] or [_title(document)]
    confidence = min((place.confidence for place in places), default=0.4)
    name = f"design: {', '.join(fitting.entry['if'])}"
    yield _figure("design", iris.concept("design", slug), stated[0], confidence, name)
    if how := data["allocation"].get(slug):
        yield _figure("allocation", how, stated[0], confidence, name)
    if slug not in data["reviews"] and (place := seen["split"]):
        yield _figure("split-body", True, place, place.confidence, "split-body")


def blinding(document: Document) -> Iterator[Figure]:
    """Yield who did not know the treatment, where the text says it."""
    text = document.small
    near = (document.sentences[at] for at in document.near.get(BLINDING, ()))
    places = [sentence for sentence in near if sentence.role not in ("background", "conclusions")]
    if not places:
        return
    for slug, words in _blinding():
        for sentence in places:
            if match := words.search(text, sentence.start, sentence.end):
                place = Seen(match.start(), word_end(text, match.end()), sentence, 0.9)
                yield _figure("blinding", slug, place, 0.9, "blinding")
                return


def word_end(text: str, place: int) -> int:
    """Return where the word ends that a place is in; rules name its beginning alone.

    >>> word_end("were randomised to", len("were randomis"))
    15
    """
    while 0 < place < len(text) and text[place].isalpha() and text[place - 1].isalpha():
        place += 1
    return place


def _figure(kind: str, value: str | int, place: Seen, confidence: float, rule: str) -> Figure:
    assert place.sentence  # noqa: S101  (the title where there is no better place)
    return Figure(kind, value, place.start, place.end, place.sentence, confidence, rule, {})


def _title(document: Document) -> Seen:
    sentence = document.sentences[0]
    return Seen(sentence.start, sentence.end, sentence, 0.4)


class _Sight(dict[str, Seen | None]):
    """Where each flag is seen, looked for when a rule asks; None for one that is not.

    Attributes:
        possible: the flags that can be seen: by a word of the text, a publication type, or people.
    """

    def __init__(self, document: Document, types: Collection[str], people: int) -> None:
        super().__init__()
        self.document, self.types, self.people = document, types, people
        flags = _of_tag()
        self.possible = {flags[tag] for tag in document.near if tag in flags}
        self.possible |= _counted()
        for each in types:
            self.possible |= _of_type().get(each, frozenset())

    def __missing__(self, name: str) -> Seen | None:
        there = name in self.possible
        found = _seen(_flags()[name], self.document, self.types, self.people) if there else None
        self[name] = found
        return found


def _seen(flag: _Flag, document: Document, types: Collection[str], people: int) -> Seen | None:
    """Return where a flag is seen, in the order of trust: types, title, text."""
    if flag.counted:
        fits = (not flag.most or people <= flag.most) and people >= flag.least
        return Seen(0, 0, None, 0.8) if fits else None
    if flag.types and not flag.types.isdisjoint(types):
        return Seen(0, 0, None, 0.95)
    text = document.small
    barred = flag.unless
    for number in _near(flag, document.near):
        sentence = document.sentences[number]
        pattern = flag.title if sentence.role == "title" else flag.text.get(sentence.role)
        match = pattern.search(text, sentence.start, sentence.end) if pattern else None
        if match and not (barred and barred.search(text, sentence.start, sentence.end)):
            sure = 0.9 if sentence.role in ("title", "methods") else 0.8
            return Seen(match.start(), word_end(text, match.end()), sentence, sure)
    return None


def _near(flag: _Flag, near: Mapping[Tag, Sequence[int]]) -> Sequence[int]:
    """Return the numbers of the sentences that have the words of a flag, in their order."""
    found = near.get(flag.tag, ())
    if not flag.halves:
        return found
    first, second = (near.get(half, ()) for half in flag.halves)
    return sorted({*found, *set(first).intersection(second)})


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule of designs: the flags that must be seen, those that must not, and its entry."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    entry: Mapping[str, Any]


def _fitting(seen: _Sight) -> _Rule | None:
    """Return the first rule whose flags are seen, and that has none seen that must not be."""
    possible = seen.possible
    for rule in _designs():
        if (
            possible.issuperset(rule.wanted)
            and all(map(seen.__getitem__, rule.wanted))
            and not any(map(seen.__getitem__, rule.unwanted))
        ):
            return rule
    return None


@cache
def _designs() -> list[_Rule]:
    """Return the rules of designs, in their order."""
    made = []
    for entry in rules("design")["rules"]:
        wanted = tuple(name for name in entry["if"] if not name.startswith("not "))
        unwanted = tuple(name[4:] for name in entry["if"] if name.startswith("not "))
        made.append(_Rule(wanted, unwanted, entry))
    return made


@cache
def _flags() -> dict[str, _Flag]:
    return {name: _made(name, entry) for name, entry in rules("design")["flags"].items()}


@cache
def _of_tag() -> dict[Tag, str]:
    """Return the flag that can be seen where there are words of each tag."""
    return {tag: name for name, flag in _flags().items() for tag in (flag.tag, *flag.halves)}


@cache
def _counted() -> frozenset[str]:
    """Return the flags that say how many took part."""
    return frozenset(name for name, flag in _flags().items() if flag.counted)


@cache
def _of_type() -> dict[str, frozenset[str]]:
    """Return the flags that each publication type is."""
    types = {each for flag in _flags().values() for each in flag.types}
    return {
        each: frozenset(name for name, flag in _flags().items() if each in flag.types)
        for each in types
    }


def _made(name: str, entry: Mapping[str, Any]) -> _Flag:
    def compiled(text: str | None) -> re.Pattern[str] | None:
        return re.compile(text) if text else None

    parts = dict(entry.get("text", {}))
    if anywhere := parts.pop("any", None):
        parts = dict.fromkeys(("aim", "methods", "results"), anywhere) | parts
    if told := parts.pop("study", None):
        parts = dict.fromkeys(("aim", "methods"), told) | parts
    return _Flag(
        tag=f"flag {name}",
        halves=tuple(f"flag {name} {half}" for half in range(len(entry.get("near_pair", ())))),
        counted="people" in entry or "people_from" in entry,
        types=frozenset(entry.get("types", ())),
        title=compiled(entry.get("title")),
        text={part: re.compile(words) for part, words in parts.items()},
        unless=compiled(entry.get("unless")),
        most=entry.get("people", 0),
        least=entry.get("people_from", 0),
    )


@cache
def _blinding() -> list[tuple[str, re.Pattern[str]]]:
    return [(slug, re.compile(words)) for slug, words in rules("design")["blinding"]]
