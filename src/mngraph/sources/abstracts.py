"""Abstracts to look for facts in, from files or from NCBI: all of them, or an error."""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from mngraph.errors import LocationError, RecordError
from mngraph.sources.citation import Citation, Entry, Rejected
from mngraph.sources.entries import parse_entries, read_entries
from mngraph.sources.tagged import MEDLINE_START, RIS_START

EUTILS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
BATCH = 200
"""How many abstracts are asked for at once."""


def read_abstracts(path: Path) -> Iterator[Citation]:
    """Yield the articles of a file; `mngraph.sources.entries.read_entries` tells of formats.

    Raises:
        RecordError: the file, or an article in it, cannot be read.
    """
    yield from _articles(read_entries(path), str(path))


def is_export(path: Path) -> bool:
    """Return whether a file begins as PubMed XML, MEDLINE or RIS does, or is packed with gzip.

    A file that cannot be read is taken for one, so that the reader says why.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    except OSError:
        return True
    return bool(
        start.startswith((b"<", b"\x1f\x8b"))
        or RIS_START.match(start)
        or MEDLINE_START.match(start)
    )


def parse_abstracts(
    stream: IO[bytes], origin: str, *, may_be_empty: bool = False
) -> Iterator[Citation]:
    """Yield the articles of an open file; see `read_abstracts`."""
    yield from _articles(parse_entries(stream, origin, may_be_empty=may_be_empty), origin)


def _articles(entries: Iterable[Entry], origin: str) -> Iterator[Citation]:
    for entry in entries:
        if isinstance(entry, Rejected):
            raise RecordError(origin, entry.place, entry.reason)
        if isinstance(entry, Citation):
            yield entry


def fetch_abstracts(
    pmids: Iterable[str], base: str = EUTILS, email: str = ""
) -> Iterator[Citation]:
    """Yield the abstracts that NCBI E-utilities (efetch) give for some PMIDs.

    NCBI asks callers without a key for at most three requests a second, which this keeps to.

    Args:
        pmids: PubMed identifiers; anything that is not a number is left out.
        base: the address of E-utilities.
        email: the address of the caller, which NCBI asks for.

    Raises:
        LocationError: the service cannot be reached or answers with an error.
    """
    import httpx

    wanted = sorted({pmid for pmid in pmids if pmid.isdecimal()}, key=int)
    for start in range(0, len(wanted), BATCH):
        if start:
            time.sleep(0.34)
        form = {"db": "pubmed", "retmode": "xml", "id": ",".join(wanted[start : start + BATCH]),
                "tool": "mngraph"} | ({"email": email} if email else {})  # fmt: skip
        url = f"{base.rstrip('/')}/efetch.fcgi"
        try:
            response = httpx.post(url, data=form, timeout=60)
        except httpx.HTTPError as error:
            raise LocationError(f"cannot reach {url}: {error}") from error
        if response.is_error:
            raise LocationError(f"{url} answered with HTTP status {response.status_code}")
        yield from parse_abstracts(io.BytesIO(response.content), url, may_be_empty=True)
