"""One article: title and abstract as a text with places, what identifies it, notices on it.

The text of an abstract is its title, a line break, and one line for each section (`LABEL: text`
where the section has a label). Offsets and the SHA-256 refer to this text.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from mngraph.annotation.facts import TITLE, Section

MAX_TEXT = 50_000
"""The most characters of title and abstract; long abstracts have about 10,000."""

NOTICES = {
    "retraction": ("RetractionIn", "PartialRetractionIn", "RIN", "PRIN"),
    "expression-of-concern": ("ExpressionOfConcernIn", "ECI"),
    "correction": ("ErratumIn", "CorrectedandRepublishedIn", "RetractedandRepublishedIn",
                   "RepublishedIn", "EIN", "CRI", "RRI", "RPI"),
}  # fmt: skip
"""For each kind of notice, the RefTypes of PubMed XML and the MEDLINE tags that announce it."""
NOTICE_KINDS = {name: kind for kind, names in NOTICES.items() for name in names}
RETRACTED = re.compile(r"(?i)\W*retracted( article)?\s*[:\]]")
YEAR = re.compile(r"\d{4}")
SENTENCE_END = re.compile(r"(?<=[.!?])[)\"”]?\s+(?=[A-Z0-9(\[])|\n")
ABBREVIATION = re.compile(r"(?:\b(?:vs|e\.g|i\.e|cf|Fig|approx|Dr|no|al|ca|resp|[A-Z]|[Pp])\.)$")


@dataclass(frozen=True)
class Span:
    """A stretch of a text.

    Attributes:
        label: the label of its section.
        start: where it begins, in characters.
        end: where it ends, in characters; the character there is not part of it.
        category: the section's NlmCategory in PubMed; empty where the file names none.
    """

    label: str
    start: int
    end: int
    category: str = ""


@dataclass(frozen=True)
class Notice:
    """A retraction, expression of concern or correction that the entry of an article names."""

    kind: str
    citation: str
    pmid: str = ""


@dataclass(frozen=True, kw_only=True)
class Abstract:
    """Title and abstract of one article, with what identifies it and the notices on it.

    Attributes:
        origin: the file or address it was read from.
        sections: the title, labeled `TITLE`, and the sections of the abstract.
        pmid: PubMed identifier; empty where none is given, as are the other identifiers.
        doi: DOI, in small letters.
        pmcid: PubMed Central identifier, in capitals.
        notices: retractions, expressions of concern and corrections.
        revised: date of the last revision in PubMed, as an ISO date; empty where none is given.
    """

    origin: str
    sections: tuple[Section, ...]
    pmid: str = ""
    doi: str = ""
    pmcid: str = ""
    notices: tuple[Notice, ...] = ()
    revised: str = ""

    @cached_property
    def text(self) -> str:
        """The text that offsets refer to: one line for the title and for each section."""
        return "\n".join(section.line for section in self.sections)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Where each section is in the text."""
        found, start = [], 0
        for section in self.sections:
            end = start + len(section.line)
            found.append(Span(section.label, start, end, section.category))
            start = end + 1
        return tuple(found)

    @property
    def sha256(self) -> str:
        """SHA-256 of the text in UTF-8, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def empty(self) -> bool:
        """Whether there is a title at most."""
        return all(section.label == TITLE for section in self.sections)

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """The sentences of the text, each with the label of its section."""
        return tuple(
            Span(span.label, start, end, span.category)
            for span in self.spans
            for start, end in _sentences(self.text, span.start, span.end)
        )

    def sentence_at(self, place: int) -> Span | None:
        """Return the sentence that holds the character at a place; None between sentences."""
        n = bisect_right(self.sentences, place, key=lambda span: span.start) - 1
        return self.sentences[n] if n >= 0 and place < self.sentences[n].end else None


def all_notices(notices: Iterable[Notice], types: Iterable[str], title: str) -> Iterator[Notice]:
    """Yield the notices on an article, and the retraction that only its type or title announces.

    Args:
        notices: those that the entry names.
        types: the publication types.
        title: the title.
    """
    notices = list(notices)
    yield from notices
    if any(notice.kind == "retraction" for notice in notices):
        return
    if "Retracted Publication" in types:
        yield Notice("retraction", "publication type: Retracted Publication")
    elif RETRACTED.match(title):
        yield Notice("retraction", "the title begins with “Retracted”")


def clean(text: str) -> str:
    """Return a text with single spaces in place of any white space."""
    return " ".join(text.split())


def iso_date(parts: Sequence[str]) -> str:
    """Return year, month and day as an ISO date; the year alone where these are not a day.

    >>> iso_date(["2025", "3", "9"]), iso_date(["2025", "Spring"])
    ('2025-03-09', '2025')
    """
    year, month, day = [*parts, "", "", ""][:3]
    if not YEAR.fullmatch(year):
        return ""
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except (ValueError, OverflowError):
        return year


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each sentence between two places of a text."""
    begin = start
    for gap in SENTENCE_END.finditer(text, start, end):
        if not ABBREVIATION.search(text, max(begin, gap.start() - 12), gap.start()):
            yield begin, gap.start()
            begin = gap.end()
    if begin < end:
        yield begin, end
