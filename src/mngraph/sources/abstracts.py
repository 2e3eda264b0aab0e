"""Abstracts to look for facts in, from files or from NCBI: all of them, or an error."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from mngraph.errors import RecordError
from mngraph.services.eutils import BATCH, Eutils
from mngraph.sources.citation import Citation, Entry, Rejected
from mngraph.sources.entries import parse_entries, read_entries
from mngraph.sources.tagged import MEDLINE_START, RIS_START


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


def fetch_abstracts(pmids: Iterable[str], base: str = "", email: str = "") -> Iterator[Citation]:
    """Yield the abstracts that NCBI E-utilities (efetch) give for some PMIDs.

    Args:
        pmids: PubMed identifiers; anything that is not a number is left out.
        base: the address of E-utilities; by default that of `MNGRAPH_EUTILS`, else NCBI's.
        email: the address of the caller, which NCBI asks for.

    Raises:
        LocationError: the service cannot be reached or answers with an error.
    """
    client = Eutils(base, email)
    wanted = sorted({pmid for pmid in pmids if pmid.isdecimal()}, key=int)
    for start in range(0, len(wanted), BATCH):
        content = client.articles(wanted[start : start + BATCH])
        yield from parse_abstracts(io.BytesIO(content), client.url, may_be_empty=True)
