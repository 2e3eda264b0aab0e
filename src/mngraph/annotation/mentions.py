"""Where a text names concepts, and what stands around them: negation, possibility, exclusion.

Abbreviations count as the text defines them: in "platelet-rich plasma (PRP)" and everywhere after
it, and an abbreviation that is defined as something unknown names no concept.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from mngraph import context
from mngraph.annotation.document import Document, Sentence
from mngraph.annotation.lexicon import Entry, Lexicon, Name, rules

DEFINED = re.compile(
    r"\(\s*([A-Za-z]{0,2}[A-Z][A-Za-z0-9]*"
    r"(?:[-\u2013/ ][A-Za-z0-9]*[A-Z0-9][A-Za-z0-9]*)?)s?\s*[);,]"
)
"""An abbreviation in parentheses."""
JOINED = ("and", "or", "versus", "vs")
"""What stands between two names that may share their last word."""
AND = re.compile(rf"((?:[a-z]+ )?([a-z]+)) (?:{'|'.join(JOINED)}) $")
ENDS = tuple(f" {word} " for word in JOINED)
AND_REACH = 40
"""How far before a name the other name is looked for that shares its last word, in characters."""
LONGEST_DEFINITION = 120
"""How far before an abbreviation its words are looked for, in characters."""
CLOSE = 2
"""How far the parenthesis may be from the name that it abbreviates, in characters."""


@dataclass(slots=True, eq=False)
class Mention:
    """A place where a text names a concept.

    Attributes:
        concepts: what the name may stand for, by vocabulary.
        start: where it begins in the text of the document.
        end: where it ends.
        sentence: the sentence that it is in.
        negated: whether the text says that it is not so.
        hedged: whether it is a possibility only.
        excluded: whether it is who or what was left out.
        rule: how the name was read.
    """

    concepts: dict[str, str]
    start: int
    end: int
    sentence: Sentence
    negated: bool = False
    hedged: bool = False
    excluded: bool = False
    rule: str = "label"

    def of(self, kind: str) -> str:
        """Return the concept of a kind that the name stands for; empty where there is none."""
        return self.concepts.get(kind, "")


@cache
def _cues() -> dict[str, Any]:
    """Return the cues, with patterns compiled."""
    return {
        name: re.compile(value) if isinstance(value, str) else value
        for name, value in rules("cues").items()
    }


@cache
def _measured() -> dict[str, str]:
    return {
        context.expand(measure): context.expand(event)
        for measure, event in rules("labels")["measured"].items()
    }


def mentions(document: Document, lexicon: Lexicon) -> list[Mention]:
    """Return where a text names concepts, in its order, with what stands around them."""
    names = list(lexicon.find(document.text, document.folded))
    if "(" in document.text:
        names = _with_abbreviations(document, names, lexicon)
    names += [*_shared_heads(document.folded, names, lexicon), *_given(document.folded, names)]
    found: list[Mention] = []
    by_sentence: dict[int, list[Mention]] = {}
    for name in sorted(names, key=_begin):
        number = document.number_at(name.start)
        sentence = document.sentences[number]
        for concepts in _single(_read(name.entries)):
            mention = Mention(concepts, name.start, name.end, sentence)
            found.append(mention)
            by_sentence.setdefault(number, []).append(mention)
    for cue, mark in (("negation", _negate), ("hedge", _hedge), ("exclusion", _exclude)):
        for number in document.near.get(f"cue {cue}", ()):
            if number in by_sentence:
                sentence = document.sentences[number]
                mark(document.small, sentence.start, sentence.end, by_sentence[number])
    return found


def _read(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return entries with the event in place of a measure of it."""
    if entries[0].kind != "measure":
        return entries
    events = (_measured().get(entry.concept) for entry in entries)
    read = tuple(Entry(event, "event", False) for event in events if event)
    return read or entries


def _shared_heads(folded: str, names: Iterable[Name], lexicon: Lexicon) -> Iterator[Name]:
    """Yield the first name of pairs like "plantar or palmar warts", which share a last word."""
    for name in names:
        if name.entries[0].kind != "indication" or not folded.endswith(ENDS, 0, name.start):
            continue
        if " " not in folded[name.start : name.end]:
            continue
        before = AND.search(folded, max(0, name.start - AND_REACH), name.start)
        if not before:
            continue
        last = folded[name.start : name.end].split()[-1]
        for group in (2, 1):
            entries = lexicon.names.get(f"{before[group]} {last}")
            if entries and entries[0].kind == "indication":
                yield Name(entries, before.start(group), before.end(group))
                break


def _given(folded: str, names: Iterable[Name]) -> Iterator[Name]:
    """Yield the procedure that the first word of a modality says, as in "intralesional …"."""
    for name in names:
        for word, concept in _first_words().items():
            if folded.startswith(word, name.start) and all(
                entry.kind != "procedure" for entry in name.entries
            ):
                entry = Entry(concept, "procedure", False)
                yield Name((entry,), name.start, name.start + len(word))


@cache
def _first_words() -> dict[str, str]:
    return {word: context.expand(curie) for word, curie in rules("labels")["given"].items()}


def _single(entries: tuple[Entry, ...]) -> Iterator[dict[str, str]]:
    """Yield what a name stands for, by kind; again where it has two concepts of one kind."""
    if len(entries) == 1:
        yield {entries[0].kind: entries[0].concept}
        return
    left = list(entries)
    while left:
        first = {entry.kind: entry.concept for entry in reversed(left)}
        yield first
        left = [entry for entry in left if first[entry.kind] != entry.concept]


# --- abbreviations -----------------------------------------------------------------------------


def _with_abbreviations(document: Document, names: list[Name], lexicon: Lexicon) -> list[Name]:
    """Return the names, with abbreviations read as the text defines them."""
    text = document.text
    defined: dict[str, tuple[Entry, ...]] = {}
    for match in DEFINED.finditer(text):
        short = match[1]
        before = names[max(0, bisect_left(names, match.start(), key=_begin) - 1)] if names else None
        near = before and 0 <= match.start() - before.end <= CLOSE
        if before and near and _abbreviates(short, text[before.start : before.end]):
            defined.setdefault(short, before.entries)
        elif short in lexicon.capitals and _spelled_out(
            short, text[max(0, match.start() - LONGEST_DEFINITION) : match.start()]
        ):
            defined.setdefault(short, ())
    if not defined:
        return names
    kept = [n for n in names if text[n.start : n.end].removesuffix("s") not in defined]
    starts = [n.start for n in kept]
    added: list[Name] = []
    pattern = "|".join(re.escape(short) for short in sorted(defined, key=len, reverse=True))
    for match in re.finditer(rf"(?<![A-Za-z0-9])(?:{pattern})(?=s?(?![A-Za-z0-9]))", text):
        entries = defined[match[0]]
        last = kept[bisect_left(starts, match.end()) - 1] if starts else None
        if entries and not (last and last.start < match.end() and match.start() < last.end):
            added.append(Name(entries, match.start(), match.end()))
    return sorted([*kept, *added], key=_begin)


def _begin(name: Name) -> int:
    return name.start


def _abbreviates(short: str, long: str) -> bool:
    """Return whether the letters of an abbreviation come in order in a name, the first first.

    >>> _abbreviates("AAS", "atrophic acne scars"), _abbreviates("MASI", "melanin")
    (True, False)
    """
    letters = [c for c in short.lower() if c.isalpha()]
    rest = iter(long.lower())
    return bool(letters) and all(letter in rest for letter in letters)


def _spelled_out(short: str, before: str) -> bool:
    """Return whether the words before an abbreviation begin with its letters."""
    letters = [c for c in short.lower() if c.isalpha()]
    words = re.findall(r"[a-z0-9]+", before.lower())[-len(letters) :]
    return len(words) == len(letters) and all(
        word.startswith(letter) for word, letter in zip(words, letters, strict=True)
    )


# --- negation and possibility --------------------------------------------------------------------


def _negate(small: str, start: int, end: int, group: list[Mention]) -> None:
    """Mark the mentions of one sentence that it says are not so."""
    cues = _cues()
    pseudo = [match.span() for match in cues["pseudo"].finditer(small, start, end)]
    for cue in cues["forward"].finditer(small, start, end):
        if not any(begin <= cue.start() < stop for begin, stop in pseudo):
            _reach(small, cue.end(), _from(group, cue.end()))
    for cue in cues["backward"].finditer(small, start, end):
        _reach_back(small, cue.start(), _before(group, cue.start()))
    for cue in cues["beside"].finditer(small, start, end):
        nearest = next(_before(group, cue.start()), None)
        if nearest and cue.start() - nearest.end <= CLOSE:
            nearest.negated = True


def _exclude(small: str, start: int, end: int, group: list[Mention]) -> None:
    """Mark the mentions of one sentence that it says were left out."""
    cues = _cues()
    for cue in cues["excluded_after"].finditer(small, start, end):
        for mention in _from(group, cue.end()):
            gap = small[cue.end() : mention.start]
            far = len(gap) > cues["excluded_reach"]
            if far or cues["stop"].search(gap) or cues["verb"].search(gap):
                break
            mention.excluded = True
    for cue in cues["excluded_before"].finditer(small, start, end):
        for mention in _before(group, cue.start()):
            if cues["stop"].search(small, mention.end, cue.start()):
                break
            mention.excluded = True


def _from(group: list[Mention], place: int) -> Iterator[Mention]:
    """Yield the mentions that begin at a place or after it."""
    return (group[n] for n in range(bisect_left(group, place, key=_start), len(group)))


def _before(group: list[Mention], place: int) -> Iterator[Mention]:
    """Yield the mentions that begin before a place, the nearest first."""
    return (group[n] for n in range(bisect_left(group, place, key=_start) - 1, -1, -1))


def _start(mention: Mention) -> int:
    return mention.start


def _hedge(small: str, start: int, end: int, group: list[Mention]) -> None:
    """Mark what a sentence calls possible: what follows the cue, or stands just before it."""
    cues = _cues()
    hedge = cues["hedge"].search(small, start, end)
    if not hedge:
        return
    unlike = cues["not_hedge"].search(small, start, end)
    if unlike and unlike.start() <= hedge.start() < unlike.end():
        return
    for mention in group:
        after = mention.start >= hedge.end() and ";" not in small[hedge.end() : mention.start]
        if after or 0 <= hedge.start() - mention.end <= CLOSE:
            mention.hedged = True


def _reach(small: str, place: int, following: Iterable[Mention]) -> None:
    """Negate what follows a cue, as far as the cue reaches."""
    cues, first = _cues(), True
    for mention in following:
        if mention.negated:  # by a cue that reached here, and reached on from here
            return
        gap = small[place : mention.start]
        far = len(gap) > (cues["reach"] if first else cues["between"])
        if far or cues["stop"].search(gap) or (not first and cues["verb"].search(gap)):
            return
        mention.negated = True
        place, first = mention.end, False


def _reach_back(small: str, place: int, before: Iterable[Mention]) -> None:
    """Negate what comes before a cue, as far as the cue reaches."""
    cues = _cues()
    for mention in before:
        if mention.negated:
            return
        gap = small[mention.end : place]
        far = len(gap) > cues["between"]
        if far or cues["stop"].search(gap) or cues["verb"].search(gap):
            return
        mention.negated = True
        place = mention.start
