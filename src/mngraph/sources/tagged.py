"""Articles of files with a tag before each field: MEDLINE (PubMed's nbib) and RIS."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from mngraph.errors import RecordError
from mngraph.sources.article import (
    NOTICE_KINDS,
    TITLE,
    Abstract,
    Notice,
    Section,
    all_notices,
    clean,
    iso_date,
)
from mngraph.sources.stream import BoundedStream

Fields: TypeAlias = dict[str, list[str]]
"""The values of each tag of one article, in their order."""

LABEL = re.compile(r"(?:^|(?<=[.?!] ))([A-Z][A-Z &/,()-]{3,60}): ")
MEDLINE_TAG = re.compile(r"^([A-Z][A-Z0-9]{1,3}) *- ?(.*)$")
RIS_TAG = re.compile(r"^\s*([A-Z][A-Z0-9]) {1,2}-(?: (.*))?$")
MEDLINE_START = re.compile(rb"[A-Z][A-Z0-9]{1,3} *- ")
RIS_START = re.compile(rb"(?:\d+\.?\s+)?TY {1,2}- ")
"""How a file of each format begins; some programs number the entries of RIS."""


def parse_medline(stream: BoundedStream, origin: str) -> Iterator[Abstract]:
    """Yield the articles of a MEDLINE file.

    Raises:
        RecordError: an article has no PMID.
    """
    for line, fields in _articles(stream, MEDLINE_TAG, "PMID"):
        if not re.fullmatch(r"\d+", first(fields, "PMID")):
            raise RecordError(origin, line, "not MEDLINE: an article begins with its PMID")
        yield _medline_article(fields, origin)


def parse_ris(stream: BoundedStream, origin: str) -> Iterator[Abstract]:
    """Yield the articles of a RIS file, as reference managers and databases export it.

    RIS has no tag of its own for a PMID. It is read from a link to PubMed, from a note `PMID: …`,
    and from the accession number where the entry names PubMed or MEDLINE as its database.

    Raises:
        RecordError: a field comes before the first `TY`.
    """
    for line, fields in _articles(stream, RIS_TAG, "TY"):
        if "TY" not in fields:
            raise RecordError(origin, line, "not RIS: an entry begins with its type (TY)")
        yield _ris_article(fields, origin)


def _articles(
    stream: BoundedStream, tag: re.Pattern[str], start: str
) -> Iterator[tuple[int, Fields]]:
    """Yield the line and the fields of each article; lines without a tag continue a field."""
    fields: list[tuple[str, list[str]]] = []
    begin = 1
    for number, raw in enumerate(io.BufferedReader(stream), 1):
        line = raw.decode("utf-8-sig" if number == 1 else "utf-8", "replace").rstrip("\r\n")
        found = tag.match(line)
        if found and found.group(1) == start:
            if fields:
                yield begin, _joined(fields)
                stream.begin_article()
            fields, begin = [], number
        if found:
            fields.append((found.group(1), [found.group(2) or ""]))
        elif fields and line.strip():
            fields[-1][1].append(line)
    if fields:
        yield begin, _joined(fields)


def _joined(fields: Iterable[tuple[str, list[str]]]) -> Fields:
    values: Fields = {}
    for tag, lines in fields:
        values.setdefault(tag, []).append(clean(" ".join(lines)))
    return values


def first(fields: Fields, *tags: str) -> str:
    """Return the first value of the first of some tags that has any; '' where none has.

    >>> first({"T1": ["Needles"], "AB": [""]}, "AB", "TI", "T1")
    'Needles'
    """
    return next((value for tag in tags for value in fields.get(tag, []) if value), "")


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


def _medline_article(fields: Fields, origin: str) -> Abstract:
    title = first(fields, "TI", "BTI")
    ids = (re.fullmatch(r"(\S+) \[doi\]", v) for tag in ("AID", "LID") for v in fields.get(tag, []))
    notices = [
        Notice(NOTICE_KINDS[tag], re.sub(r"\s*PMID: \d+\s*$", "", value), _noted_pmid(value))
        for tag in fields if tag in NOTICE_KINDS for value in fields[tag]
    ]  # fmt: skip
    revised = first(fields, "LR")
    return Abstract(
        origin=origin,
        sections=_sections(title, fields.get("AB", [])),
        pmid=first(fields, "PMID"),
        doi=next((found.group(1) for found in ids if found), "").lower(),
        pmcid=first(fields, "PMC").upper(),
        notices=tuple(all_notices(notices, fields.get("PT", []), title)),
        revised=iso_date([revised[:4], revised[4:6], revised[6:8]]),
    )


def _ris_article(fields: Fields, origin: str) -> Abstract:
    title = first(fields, "TI", "T1", "CT")
    abstract = first(fields, "AB", "N2")
    doi = re.sub(r"(?i)^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", first(fields, "DO"))
    everything = " ".join(
        v for tag in ("PM", "AN", "N1", "UR", "L2", "C2") for v in fields.get(tag, [])
    )
    pmcid = re.search(r"\bPMC\d+\b", everything, re.IGNORECASE)
    return Abstract(
        origin=origin,
        sections=_sections(title, [abstract]),
        pmid=_ris_pmid(fields),
        doi=doi.lower(),
        pmcid=pmcid.group().upper() if pmcid else "",
        notices=tuple(all_notices([], fields.get("M3", []), title)),
    )


def _ris_pmid(fields: Fields) -> str:
    """Return the PMID that an entry of RIS states, or nothing."""
    links = (re.search(r"pubmed(?:\.ncbi\.nlm\.nih\.gov|\.gov|/)/*(\d+)", value)
             for tag in ("UR", "L1", "L2", "LK") for value in fields.get(tag, []))  # fmt: skip
    if linked := next((found.group(1) for found in links if found), ""):
        return linked
    if noted := next(
        filter(None, map(_noted_pmid, fields.get("N1", []) + fields.get("AN", []))), ""
    ):
        return noted
    database = " ".join(fields.get("DB", []) + fields.get("DP", []))
    numbers = fields.get("PM", []) + (
        fields.get("AN", []) if re.search(r"(?i)\b(?:pubmed|medline|nlm)\b", database) else []
    )
    return next((value for value in numbers if re.fullmatch(r"\d{1,8}", value)), "")


def _noted_pmid(text: str) -> str:
    found = re.search(r"PMID:? *(\d+)", text)
    return found.group(1) if found else ""
