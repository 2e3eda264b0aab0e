"""Abstracts from files (PubMed XML, MEDLINE/nbib, RIS; also `.gz`) or from NCBI.

Files may come from anywhere: entities and external references are refused, and files, articles and
abstracts have a size bound.
"""

from __future__ import annotations

import gzip
import io
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

from mngraph.errors import LocationError, RecordError
from mngraph.sources.article import MAX_TEXT, Abstract
from mngraph.sources.pubmedxml import parse_xml
from mngraph.sources.stream import BoundedStream
from mngraph.sources.tagged import MEDLINE_START, RIS_START, parse_medline, parse_ris

EUTILS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
BATCH = 200
"""How many abstracts are asked for at once."""


def read_abstracts(path: Path) -> Iterator[Abstract]:
    """Yield the abstracts of a file: PubMed XML, MEDLINE/nbib or RIS; `.gz` is unpacked.

    Raises:
        RecordError: the file has another format, holds no article, is cut off, damaged or too
            large, or declares entities.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            with gzip.open(raw) if packed else raw as stream:
                yield from parse_abstracts(cast("IO[bytes]", stream), str(path))
    except EOFError as error:
        raise RecordError(path, 1, "the compressed file is cut off") from error
    except zlib.error as error:
        raise RecordError(path, 1, f"the compressed file is damaged: {error}") from error
    except OSError as error:
        raise RecordError(path, 0, f"cannot be read: {error.strerror or error}") from error


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
) -> Iterator[Abstract]:
    """Yield the abstracts of an open file; see `read_abstracts`.

    Args:
        stream: PubMed XML, MEDLINE/nbib or RIS.
        origin: what errors call it.
        may_be_empty: whether to accept a PubMed set without articles, as NCBI answers when it knows
            none of the PMIDs.
    """
    bounded = BoundedStream(stream, origin)
    start = bounded.peek().lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        found = parse_xml(bounded, origin, may_be_empty=may_be_empty)
    elif RIS_START.match(start):
        found = parse_ris(bounded, origin)
    elif MEDLINE_START.match(start):
        found = parse_medline(bounded, origin)
    else:
        reason = "this is not PubMed XML, MEDLINE (nbib) or RIS"
        if origin.lower().endswith((".yaml", ".yml")):
            reason += ": give the file with the abstract, and choose the record with --study KEY"
        raise RecordError(origin, 1, reason)
    for abstract in found:
        length = sum(len(section.line) for section in abstract.sections)
        if length > MAX_TEXT:
            name = f"PMID {abstract.pmid}" if abstract.pmid else "an article"
            reason = f"{name} has an abstract of {length:,} characters, more than {MAX_TEXT:,}"
            raise RecordError(origin, 1, reason)
        yield abstract


def fetch_abstracts(
    pmids: Iterable[str], base: str = EUTILS, email: str = ""
) -> Iterator[Abstract]:
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
