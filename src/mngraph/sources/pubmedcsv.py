"""The articles of the CSV that PubMed's web pages save: citations without abstracts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from mngraph.errors import RecordError
from mngraph.sources.article import TITLE, Section, all_notices, clean
from mngraph.sources.citation import Author, Citation, Entry, Rejected, issued
from mngraph.sources.stream import BoundedStream

CSV_START = re.compile(rb'"?PMID"?,"?Title"?,')
COLUMNS = ("PMID", "Title", "Authors", "Journal/Book", "Publication Year", "PMCID", "DOI")
"""The columns that are read, as PubMed names them."""


def parse_csv(stream: BoundedStream, origin: str) -> Iterator[Entry]:
    """Yield the articles of a CSV file; a row without a PMID is rejected.

    Raises:
        RecordError: the file is too large, has no rows, or is not CSV.
    """
    text = io.TextIOWrapper(io.BufferedReader(stream), "utf-8-sig", errors="replace", newline="")
    reader = csv.DictReader(text, strict=True)
    begin, rows = 2, 0
    try:
        for row in reader:
            rows += 1
            yield _entry({name: clean(row.get(name) or "") for name in COLUMNS}, origin, begin)
            begin = reader.line_num + 1
    except csv.Error as error:
        raise RecordError(origin, reader.line_num, f"not CSV: {error}") from error
    if not rows:
        raise RecordError(origin, 1, "no article in this CSV")


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
