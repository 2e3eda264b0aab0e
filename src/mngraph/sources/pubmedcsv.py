"""The articles of the CSV that PubMed's web pages save: citations without abstracts."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from mngraph.annotation.facts import TITLE, Section
from mngraph.errors import RecordError
from mngraph.sources.article import all_notices, clean
from mngraph.sources.citation import Author, Citation, Entry, Rejected, issued
from mngraph.sources.stream import BoundedStream, Line, not_utf8, read_lines

ROW_START = re.compile(r'"?(\d{1,9})"?,')
CSV_START = re.compile(rb'"?PMID"?,"?Title"?,')
COLUMNS = ("PMID", "Title", "Authors", "Journal/Book", "Publication Year", "PMCID", "DOI")
"""The columns that are read, as PubMed names them."""


def parse_csv(stream: BoundedStream, origin: str) -> Iterator[Entry]:
    """Yield the articles of a CSV file; a row without a PMID, or that is not CSV, is rejected.

    Each line with a PMID at its beginning begins a row, so that quotation marks without a partner
    do not reach into the rows that follow.

    Raises:
        RecordError: the file is too large, or has no rows.
    """
    lines = read_lines(stream, origin)
    header = next(line.text.strip() for line in lines if line.text.strip())
    names = next(csv.reader([header]))
    row: list[Line] = []
    for line in lines:
        if ROW_START.match(line.text) and row:
            yield from _row(names, row, origin)
            row = []
        if line.text or row:
            row.append(line)
    if not row:
        raise RecordError(origin, 1, "no article in this CSV")
    yield from _row(names, row, origin)


def _row(names: list[str], lines: list[Line], origin: str) -> Iterator[Entry]:
    """Yield the article of the lines of one row, and rows without a PMID that follow it."""
    place, found = lines[0].number, ROW_START.match(lines[0].text)
    name = f"PMID {found.group(1)}" if found else ""
    if broken := next((line.number for line in lines if line.broken), 0):
        yield Rejected(place, name, not_utf8(broken))
        return
    reader = csv.reader([f"{line.text}\n" for line in lines], strict=True)
    begin = place
    try:
        for values in reader:
            if values:
                row = {key: clean(value) for key, value in zip(names, values, strict=False)}
                yield _entry({key: row.get(key, "") for key in COLUMNS}, origin, begin)
            begin = place + reader.line_num
    except csv.Error as error:
        yield Rejected(begin, name if begin == place else "", f"not CSV: {error}")


def _entry(row: dict[str, str], origin: str, place: int) -> Entry:
    pmid, title = row["PMID"], row["Title"]
    if not (pmid.isascii() and pmid.isdecimal()):
        return Rejected(place, "", f"not a PMID: {pmid[:40]!r}")
    names = (clean(name) for name in row["Authors"].rstrip(".").split(","))
    return Citation(
        origin=origin, place=place, sections=(Section(TITLE, title),) if title else (),
        pmid=pmid, doi=row["DOI"].lower(), pmcid=row["PMCID"].upper(), title=title,
        notices=tuple(all_notices([], [], title)),
        authors=tuple(Author(name) for name in names if name), journal=row["Journal/Book"],
        issued=issued(row["Publication Year"]),
    )  # fmt: skip
