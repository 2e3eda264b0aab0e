"""Articles of files with a tag before each field: MEDLINE (PubMed's nbib) and RIS."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from mngraph.annotation.facts import TITLE, Section
from mngraph.sources import stream as bounds
from mngraph.sources.article import (
    NOTICE_KINDS,
    Notice,
    all_notices,
    clean,
    iso_date,
)
from mngraph.sources.citation import (
    Author,
    Citation,
    Comment,
    Entry,
    Grant,
    Heading,
    Rejected,
    author,
    initials,
    issued,
    orcid,
    unique,
)
from mngraph.sources.stream import BoundedStream, Line, not_utf8, read_lines

LABEL = re.compile(r"(?:^|(?<=[.?!] ))(AIM|[A-Z][A-Z &/,()-]{3,60}): ")
MEDLINE_TAG = re.compile(r"^([A-Z][A-Z0-9]{1,4}) *- ?(.*)$")
RIS_TAG = re.compile(r"^\s*([A-Z][A-Z0-9]) {1,2}-(?: (.*))?$")
MEDLINE_START = re.compile(rb"[A-Z][A-Z0-9]{1,4} *- ")
RIS_START = re.compile(rb"^(?:\d+\.?\s+)?TY {1,2}- ", re.MULTILINE)
"""How a file of each format begins; some programs write lines of their own before each entry."""
ONCE = frozenset(("PMID", "OWN", "STAT", "TI", "BTI", "DP", "TA", "JT", "TY", "T1", "ER"))
"""The tags that an article has once at most."""
COMMENTS = {
    "CIN": "CommentIn", "CON": "CommentOn", "EIN": "ErratumIn", "EFR": "ErratumFor",
    "RIN": "RetractionIn", "ROF": "RetractionOf", "PRIN": "PartialRetractionIn",
    "PROF": "PartialRetractionOf", "ECI": "ExpressionOfConcernIn",
    "ECF": "ExpressionOfConcernFor", "CRI": "CorrectedandRepublishedIn",
    "CRF": "CorrectedandRepublishedFrom", "RRI": "RetractedandRepublishedIn",
    "RRF": "RetractedandRepublishedFrom", "RPI": "RepublishedIn", "RPF": "RepublishedFrom",
    "UIN": "UpdateIn", "UOF": "UpdateOf", "SPIN": "SummaryForPatientsIn",
    "ORI": "OriginalReportIn", "DDIN": "AssociatedDataset", "DRIN": "AssociatedPublication",
}  # fmt: skip
"""The tags of MEDLINE that lead to another publication, by their RefTypes in PubMed XML."""
RIS_KINDS = {"CHAP": "book-chapter", "BOOK": "book-chapter", "ECHAP": "book-chapter"}


class Fields:
    """The fields of one article, in their order: tag and value."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = list(pairs)

    def all(self, *tags: str) -> list[str]:
        """Return the values of some tags, in their order in the file.

        >>> Fields([("AU", "Roe R"), ("TI", "Needles"), ("AU", "Doe J")]).all("AU")
        ['Roe R', 'Doe J']
        """
        return [value for tag, value in self.pairs if tag in tags]

    def first(self, *tags: str) -> str:
        """Return the first value of the first of some tags that has any; '' where none has.

        >>> Fields([("T1", "Needles"), ("AB", "")]).first("AB", "TI", "T1")
        'Needles'
        """
        return next((value for tag in tags for value in self.all(tag) if value), "")


def parse_medline(stream: BoundedStream, origin: str) -> Iterator[Entry]:
    """Yield the articles of a MEDLINE file; one without a PMID is rejected.

    Raises:
        RecordError: the file is too large.
    """
    yield from _entries(stream, MEDLINE_TAG, "PMID", _medline_article, origin)


def parse_ris(stream: BoundedStream, origin: str) -> Iterator[Entry]:
    """Yield the articles of a RIS file, as reference managers and databases export it.

    RIS has no tag of its own for a PMID. It is read from a link to PubMed, from a note `PMID: …`,
    and from the accession number where the entry names PubMed or MEDLINE as its database.

    Raises:
        RecordError: the file is too large.
    """
    yield from _entries(stream, RIS_TAG, "TY", _ris_article, origin)


class _Builder:
    """The fields of the article that is being read; lines without a tag continue a field."""

    def __init__(self, place: int) -> None:
        self.place, self.size = place, 0
        self.pairs: list[tuple[str, list[str]]] = []
        self.broken = 0

    def add(self, line: Line, found: re.Match[str] | None) -> None:
        """Take a line; of an article that is too large, only the beginning is kept."""
        self.size += len(line.text)
        self.broken = self.broken or (line.number if line.broken else 0)
        if self.size > bounds.MAX_ARTICLE:
            return
        if found:
            self.pairs.append((found.group(1), [found.group(2) or ""]))
        elif self.pairs and line.text.strip():
            self.pairs[-1][1].append(line.text)

    def take(self, other: _Builder) -> bool:
        """Take the fields of what follows if it is no article by itself, and return whether."""
        tags = {name for name, _ in other.pairs}
        if self.broken or tags & ONCE & {name for name, _ in self.pairs}:
            return False
        self.pairs += other.pairs
        self.size += other.size
        self.broken = other.broken
        return True

    def fields(self) -> Fields:
        """Return what was read."""
        return Fields((name, clean(" ".join(lines))) for name, lines in self.pairs)


def _entries(
    stream: BoundedStream, tag: re.Pattern[str], start: str,
    article: Callable[[Fields, str, int], Entry], origin: str,
) -> Iterator[Entry]:  # fmt: skip
    """Yield the entries of a file, each of which begins with one tag."""
    last: _Builder | None = None
    for part in _parts(stream, tag, start, origin):
        if last and part.pairs[0][0] != start and last.take(part):
            continue
        if last:
            yield _entry(last, article, origin)
        last = part
    if last:
        yield _entry(last, article, origin)


def _parts(
    stream: BoundedStream, tag: re.Pattern[str], start: str, origin: str
) -> Iterator[_Builder]:
    """Yield what begins with one tag, or after a blank line or the end of an entry."""
    current, gap = _Builder(1), False
    for line in read_lines(stream, origin):
        found = tag.match(line.text)
        if found and (gap or found.group(1) == start):
            if current.pairs:
                yield current
            current = _Builder(line.number)
        current.add(line, found)
        gap = found.group(1) == "ER" if found else gap or not line.text.strip()
    if current.pairs:
        yield current


def _entry(found: _Builder, article: Callable[[Fields, str, int], Entry], origin: str) -> Entry:
    fields = found.fields()
    if found.size > bounds.MAX_ARTICLE:
        reason = f"an article of more than {bounds.MAX_ARTICLE:,} bytes"
    elif found.broken:
        reason = not_utf8(found.broken)
    else:
        return article(fields, origin, found.place)
    return Rejected(found.place, _name(fields), reason)


def _name(fields: Fields) -> str:
    """Return how a rejected article is called: by its PMID, DOI or title."""
    if pmid := fields.first("PMID"):
        return f"PMID {pmid}"
    if doi := fields.first("DO"):
        return f"DOI {doi}"
    title = fields.first("TI", "T1", "BTI")
    return f"“{title[:60]}”" if title else ""


def _sections(title: str, abstracts: Iterable[str]) -> tuple[Section, ...]:
    found = [Section(TITLE, title), *(s for text in abstracts for s in _labeled(text))]
    return tuple(section for section in found if section.text)


def _labeled(text: str) -> Iterator[Section]:
    """Yield the sections of an abstract that is one string; their labels are in capitals."""
    places = list(LABEL.finditer(text))
    if not places or places[0].start() > 0:
        yield Section("", text[: places[0].start()].strip() if places else text)
    for n, place in enumerate(places):
        end = places[n + 1].start() if n + 1 < len(places) else len(text)
        yield Section(place.group(1), text[place.end() : end].strip())


# --- MEDLINE ---------------------------------------------------------------------------------


def _medline_article(fields: Fields, origin: str, place: int) -> Entry:
    pmid = fields.first("PMID")
    if not (pmid.isascii() and pmid.isdecimal()):
        return Rejected(place, _name(fields), "not MEDLINE: an article begins with its PMID")
    is_chapter = bool(fields.first("BTI"))
    title = fields.first("TI", "BTI")
    ids = (re.fullmatch(r"(\S+) \[doi\]", value) for value in fields.all("AID", "LID"))
    comments = [
        Comment(COMMENTS[tag], re.sub(r"\s*PMID: \d+\s*$", "", value), _noted_pmid(value))
        for tag, value in fields.pairs if tag in COMMENTS
    ]  # fmt: skip
    notices = [Notice(NOTICE_KINDS[c.kind], c.citation, c.pmid)
               for c in comments if c.kind in NOTICE_KINDS]  # fmt: skip
    types, revised = unique(fields.all("PT")), fields.first("LR")
    accession = next((v.split()[0] for v in fields.all("AID") if v.endswith("[bookaccession]")), "")
    return Citation(
        origin=origin, place=place, kind="book-chapter" if is_chapter else "journal-article",
        sections=_sections(title, fields.all("AB")), pmid=pmid,
        doi=next((found.group(1) for found in ids if found), "").lower(),
        pmcid=fields.first("PMC").upper(), bookshelf=accession,
        notices=tuple(all_notices(notices, types, title)),
        revised=iso_date([revised[:4], revised[4:6], revised[6:8]]),
        title=title, vernacular=fields.first("TT"),
        authors=tuple(_medline_authors(fields)),
        journal=fields.first("BTI") if is_chapter else fields.first("TA", "JT"),
        issn=next((v.split()[0] for v in fields.all("IS") if v), ""),
        publisher=fields.first("PB"), issued=issued(fields.first("DP")),
        volume=fields.first("VI"), issue=fields.first("IP"), pages=fields.first("PG"),
        languages=unique(fields.all("LA")), types=types,
        headings=tuple(map(_heading, fields.all("MH"))), keywords=unique(fields.all("OT")),
        registrations=unique(fields.all("SI")), substances=tuple(map(_substance, fields.all("RN"))),
        grants=tuple(map(_grant, fields.all("GR"))), comments=tuple(comments),
        other_abstracts=tuple(_sections("", [text]) for text in fields.all("OAB") if text),
    )  # fmt: skip


def _medline_authors(fields: Fields) -> Iterator[Author]:
    """Yield authors and groups in their order; an `AUID` belongs to the author before it."""
    found: list[Author] = []
    for tag, value in fields.pairs:
        if tag in ("AU", "CN") and value:
            found.append(Author(value, collective=tag == "CN"))
        elif tag == "AUID" and found and (number := orcid(value)):
            found[-1] = Author(found[-1].name, number, found[-1].collective)
    yield from found


def _heading(text: str) -> Heading:
    name, *qualifiers = text.split("/")
    parts = tuple(part.lstrip("*") for part in qualifiers)
    return Heading(name.lstrip("*"), major="*" in text, qualifiers=parts)


def _substance(text: str) -> str:
    found = re.fullmatch(r"(\S+) \((.+)\)", text)
    if not found:
        return text
    number, name = found.groups()
    return name if number == "0" else f"{name} ({number})"


def _grant(text: str) -> Grant:
    """Return a grant: number, acronym (left out), agency and country, between slashes."""
    parts = text.split("/")
    if len(parts) < 3:
        return Grant(text)
    return Grant("/".join(parts[:-3]) or parts[0], parts[-2], parts[-1])


# --- RIS -------------------------------------------------------------------------------------


def _ris_article(fields: Fields, origin: str, place: int) -> Entry:
    if not fields.first("TY"):
        return Rejected(place, _name(fields), "not RIS: an entry begins with its type (TY)")
    title = fields.first("TI", "T1", "CT")
    doi = re.sub(r"(?i)^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", fields.first("DO"))
    everything = " ".join(fields.all("PM", "AN", "N1", "UR", "L2", "C2"))
    pmcid = re.search(r"\bPMC\d+\b", everything, re.IGNORECASE)
    types = unique(fields.all("M3"))
    pages = unique([fields.first("SP"), fields.first("EP")])
    return Citation(
        origin=origin, place=place, sections=_sections(title, [fields.first("AB", "N2")]),
        kind=RIS_KINDS.get(fields.first("TY").upper(), "journal-article"),
        pmid=_ris_pmid(fields), doi=doi.lower(), pmcid=pmcid.group().upper() if pmcid else "",
        notices=tuple(all_notices([], types, title)), title=title,
        authors=tuple(map(_ris_author, unique(fields.all("AU", "A1")))),
        journal=fields.first("JO", "J2", "JA", "JF", "T2", "BT"), issn=fields.first("SN"),
        publisher=fields.first("PB"), issued=_ris_date(fields), volume=fields.first("VL"),
        issue=fields.first("IS"), pages="-".join(pages), languages=unique(fields.all("LA")),
        types=types, keywords=unique(fields.all("KW")),
    )  # fmt: skip


def _ris_author(text: str) -> Author:
    """Return an author, whom RIS writes as family name, given names, suffix."""
    family, _, given = text.partition(",")
    given, _, suffix = given.partition(",")
    if not given.strip():
        return Author(clean(family))
    return Author(author(clean(family), initials(given), clean(suffix)))


def _ris_date(fields: Fields) -> str:
    """Return the date of publication, which RIS writes as year/month/day/anything."""
    found = issued("/".join(fields.first("DA").split("/")[:3]).strip("/"))
    return found or issued("/".join(fields.first("PY", "Y1").split("/")[:3]).strip("/"))


def _ris_pmid(fields: Fields) -> str:
    """Return the PMID that an entry of RIS states, or nothing."""
    links = (re.search(r"pubmed(?:\.ncbi\.nlm\.nih\.gov|\.gov|/)/*(\d+)", value)
             for value in fields.all("UR", "L1", "L2", "LK"))  # fmt: skip
    if linked := next((found.group(1) for found in links if found), ""):
        return linked
    if noted := next(filter(None, map(_noted_pmid, fields.all("N1") + fields.all("AN"))), ""):
        return noted
    database = " ".join(fields.all("DB", "DP"))
    numbers = fields.all("PM") + (
        fields.all("AN") if re.search(r"(?i)\b(?:pubmed|medline|nlm)\b", database) else []
    )
    return next((value for value in numbers if re.fullmatch(r"\d{1,8}", value)), "")


def _noted_pmid(text: str) -> str:
    found = re.search(r"PMID:? *(\d+)", text)
    return found.group(1) if found else ""
