"""A publication as the rules see it: one text, its sentences, and what each part of it tells.

The text is the title and the sections, a line each. Sentences end where a full stop, question or
exclamation mark is followed by a capital or a figure, but for abbreviations; the roles of parts
come from labels, of PubMed or in the text, else from the words of sentences
(ontology/annotation/roles.yaml).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from mngraph.annotation import triggers
from mngraph.annotation.facts import Section
from mngraph.annotation.lexicon import lowered, rules, spaced

BETWEEN = "\x1e\n"
"""What stands between sections: a line break, and a sign that no name goes across."""
ROLES = ("background", "aim", "methods", "results", "conclusions")
"""What parts tell, in the order in which abstracts have them."""
_, AIM, METHODS, RESULTS, CONCLUSIONS = range(len(ROLES))
ROLE_TAGS = tuple(f"role {role}" for role in ROLES)
"""The words that are looked for before any of the patterns of a role."""
OPENING = "opening"
"""The role of a label that stands for background and aim."""
SENTENCE_END = re.compile(
    r"[.!?\n](?:(?<!\n)[)\"\u201d\]]*\s+(?=[A-Z0-9(\[\u201c\"<\u2212-])"
    r"|(?:(?<=[.:?!;)]\n)|(?<=[.:?!;)][ \t]\n))\s*|(?<=\n)[ \t]*(?=[A-Z][A-Za-z ,/&]{2,60}:)"
    r"|(?<=[a-z)%]{3}\.)(?=[A-Z][a-z]+\s))"
)
"""What parts sentences; it begins with one of four characters, which makes it fast."""
ABBREVIATIONS = ("v", "vs", "e.g", "i.e", "cf", "fig", "Fig", "figs", "Figs", "approx", "ca", "dr",
                 "Dr", "prof", "Prof", "no", "No", "al", "resp", "wk", "mo", "sp", "spp", "St",
                 "p")  # fmt: skip
ABBREVIATION = re.compile(rf"\b(?:{'|'.join(map(re.escape, ABBREVIATIONS))}|[A-Z])\.$")
ENDS = frozenset(each[-2:] for each in ABBREVIATIONS)
"""What abbreviations end with; the whole of them is looked for after these two characters alone."""
LABEL = re.compile(r"\s*([A-Z][A-Za-z]*(?:[ ,/&]+(?:[A-Z]?[A-Za-z/-]+|&)){0,6})\s*[:.](?:\s|$)")
"""What may be a label at the beginning of a sentence."""
LONGEST_LABEL = 120
"""How long a sentence may be that is a label alone, in characters."""
MOST_SPACES = 14
"""How many spaces it may have: twice those between the words of the longest label."""


@dataclass(slots=True)
class Sentence:
    """A sentence: where it is in the text of the document, its section, and what it tells."""

    start: int
    end: int
    section: int
    role: str
    background: bool = False


class Document:
    """A publication in one text.

    Attributes:
        sections: the title and the sections of the abstract.
        text: all of them, a line each.
        small: the same in small letters.
        folded: the same, with spaces for what separates words.
        sentences: its sentences.
        begins: where each begins.
        near: for each rule, the numbers of the sentences that have one of its words.
        number_words: where numbers in words may begin.
    """

    def __init__(self, sections: Sequence[Section]) -> None:
        self.sections = tuple(sections)
        self.text = BETWEEN.join([section.text for section in sections])
        self.small = lowered(self.text)
        self.folded = spaced(self.small)
        self.starts: list[int] = []
        start = 0
        for section in sections:
            self.starts.append(start)
            start += len(section.text) + len(BETWEEN)
        title = len(sections[0].text) if sections else 0
        places = [[(0, title)] if title else []]
        for start, section in zip(self.starts[1:], sections[1:], strict=True):
            places.append(list(split(self.text, start, start + len(section.text))))
        self.begins = [begin for section in places for begin, _ in section]
        self.near, self.number_words = triggers.shared().found(self.small, self.begins)
        self.sentences = list(self._sentences(places))

    def sentence_at(self, place: int) -> Sentence:
        """Return the sentence that a place is in."""
        return self.sentences[max(0, bisect_right(self.begins, place) - 1)]

    def number_at(self, place: int) -> int:
        """Return the number of the sentence that a place is in."""
        return max(0, bisect_right(self.begins, place) - 1)

    def _sentences(self, places: Sequence[Sequence[tuple[int, int]]]) -> Iterator[Sentence]:
        """Yield the sentences, which stand at some places of each section."""
        labeled = any(section.label for section in self.sections[1:])
        roles = _Roles(self.near)
        known = self.near.get(ROLE_TAGS[0], ())
        at = -1
        for number, section in enumerate(self.sections):
            if number == 0:
                at += len(places[0])
                yield from (Sentence(begin, end, 0, "title") for begin, end in places[0])
                continue
            named = labeled and (role_of(section.label) or role_of(section.category))
            if not named:
                roles.expect(self.text, places[number])
            elif named != OPENING:
                roles.now = ROLES.index(named)  # where a section with an odd label goes on
            for begin, end in places[number]:
                at += 1
                role = named or roles.of(self.small, begin, end, at)
                if role == OPENING:
                    role = self._opening(begin, end)
                told = at in known and role not in ("aim", "methods")
                told = told and bool(_background().search(self.small, begin, end))
                yield Sentence(begin, end, number, role, told)

    def _opening(self, begin: int, end: int) -> str:
        """Return what a sentence tells in a part that has the background and the aim."""
        label = LABEL.match(self.text, begin, end)
        after = label.end() if label else begin
        return "aim" if _begins()[AIM].search(self.small, after, end) else "background"


class _Roles:
    """The roles of sentences without labels of their section, one after the other."""

    def __init__(self, near: Mapping[triggers.Tag, Sequence[int]]) -> None:
        self.near = [near.get(tag, ()) for tag in ROLE_TAGS]
        self.now = 0
        self.named = ""
        self.all_named = False
        self.labels: dict[int, str] = {}

    def expect(self, text: str, places: Sequence[tuple[int, int]]) -> None:
        """Count the labels in a text: with enough of them, nothing else tells of its parts."""
        self.labels = {}
        for start, end in places:
            if role := _label(text, start, end):
                self.labels[start] = role
        self.all_named = len(self.labels) >= rules("roles")["labeled"]

    def of(self, small: str, start: int, end: int, at: int) -> str:
        """Return what a sentence tells; `at` is its number in the document."""
        if role := self.labels.get(start, ""):
            self.named = role
            self.now = 0 if role == OPENING else ROLES.index(role)
            return role
        if self.named and self.all_named:
            return self.named
        self.now = self._by_words(small, start, end, at)
        return ROLES[self.now]

    def _by_words(self, small: str, start: int, end: int, at: int) -> int:
        begins = _begins()
        early = self.now < METHODS
        last = RESULTS if early else CONCLUSIONS  # nothing is concluded before there are methods
        for index in range(last, self.now, -1):
            if at in self.near[index] and begins[index].search(small, start, end):
                if index == RESULTS and early and begins[METHODS].search(small, start, end):
                    return METHODS
                return index
        return self.now


def _label(text: str, start: int, end: int) -> str:
    """Return what a sentence tells by a label that it begins with; empty where there is none."""
    colon = text.find(":", start, end)
    known = text[start : start + 3].lower() in _beginnings() or text[start].isspace()
    if colon < 0 and not known:
        return ""
    stop = colon if colon >= 0 else min(end, start + LONGEST_LABEL + 1)
    may = (colon >= 0 or stop == end) and text.count(" ", start, stop) <= MOST_SPACES
    label = LABEL.match(text, start, end) if may else None
    if label and label[0].rstrip().endswith(":"):
        return role_of(label[1])
    if label and label.end() >= end - 1 and _alone().fullmatch(label[1]):
        return role_of(label[1])
    bare = _bare().match(text, start, end)
    return role_of(bare[1]) if bare else ""


@cache
def _bare() -> re.Pattern[str]:
    words = "|".join(rules("roles")["bare"]).replace(" ", r"\s+")
    return re.compile(rf"\s*((?i:{words}))\s+(?=[A-Z0-9])")


@cache
def _beginnings() -> frozenset[str]:
    """Return the first three letters of labels without a colon, which are looked at first."""
    return frozenset(words[:3] for name in ("alone", "bare") for words in rules("roles")[name])


@cache
def _alone() -> re.Pattern[str]:
    words = "|".join(rules("roles")["alone"])
    return re.compile(rf"(?:{words}|[,/& ])+", re.IGNORECASE)


@lru_cache(maxsize=4096)
def role_of(label: str) -> str:
    """Return what a part with some label tells; empty where the label does not say it.

    >>> role_of("Patients and methods"), role_of("BACKGROUND AND OBJECTIVES"), role_of("Funding")
    ('methods', 'opening', '')
    """
    small = label.strip().lower()
    if not small or len(small) > 80:
        return ""
    for role, words in rules("roles")["labels"]:
        if re.search(words, small):
            return str(role)
    return ""


@cache
def _begins() -> dict[int, re.Pattern[str]]:
    """Return the words that begin each part but the first, by its place among the roles."""
    return {
        ROLES.index(role): re.compile(words) for role, words in rules("roles")["begins"].items()
    }


@cache
def _background() -> re.Pattern[str]:
    return re.compile(rules("roles")["background"])


def split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each sentence between two places of a text.

    >>> text = "PRP v. saline (P = .04). No harm, e.g. burns, was seen. 12 left."
    >>> [text[start:end] for start, end in split(text, 0, len(text))]
    ['PRP v. saline (P = .04).', 'No harm, e.g. burns, was seen.', '12 left.']
    """
    begin = start
    for gap in SENTENCE_END.finditer(text, start, end):
        stop = gap.start() + (text[gap.start()] in ".!?")
        last = text[stop - 3 : stop - 1]
        may = text[stop - 1] == "." and (last in ENDS or not last[:1].isalnum())
        if may and ABBREVIATION.search(text, max(begin, stop - 9), stop):
            continue
        yield begin, stop
        begin = gap.end()
    if begin < end:
        yield begin, end
