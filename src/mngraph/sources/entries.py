"""The entries of a file of literature: PubMed XML, MEDLINE (nbib), RIS or PubMed's CSV.

The format is found by the first bytes of a file, and `.gz` is unpacked. Files may come from
anywhere: entities and external references are refused, and files, articles and abstracts have a
size bound. An article that cannot be read costs itself alone, and is named.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from mngraph.errors import RecordError
from mngraph.sources.article import MAX_TEXT
from mngraph.sources.citation import Citation, Entry, Rejected
from mngraph.sources.pubmedcsv import CSV_START, parse_csv
from mngraph.sources.pubmedxml import parse_xml
from mngraph.sources.stream import BoundedStream
from mngraph.sources.tagged import MEDLINE_START, RIS_START, parse_medline, parse_ris


def read_entries(path: Path) -> Iterator[Entry]:
    """Yield the entries of a file, in their order, while it is read.

    Args:
        path: a file, of any size.

    Returns:
        For each record of the file what it states (`Citation`), that it was taken back
        (`Deletion`), or why it cannot be read (`Rejected`).

    Raises:
        RecordError: the file has another format, holds no article, is cut off, damaged or too
            large, or declares entities. What came before was yielded.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            with gzip.open(raw) if packed else raw as stream:
                yield from parse_entries(cast("IO[bytes]", stream), str(path))
    except EOFError as error:
        raise RecordError(path, 1, "the compressed file is cut off") from error
    except (zlib.error, gzip.BadGzipFile) as error:
        raise RecordError(path, 1, f"the compressed file is damaged: {error}") from error
    except IsADirectoryError as error:
        raise RecordError(path, 0, "is a folder: give the files in it") from error
    except OSError as error:
        raise RecordError(path, 0, f"cannot be read: {error.strerror or error}") from error


def parse_entries(stream: IO[bytes], origin: str, *, may_be_empty: bool = False) -> Iterator[Entry]:
    """Yield the entries of an open file; see `read_entries`.

    Args:
        stream: PubMed XML, MEDLINE (nbib), RIS or PubMed's CSV.
        origin: what errors call it.
        may_be_empty: whether to accept a PubMed set without articles, as NCBI answers when it knows
            none of the PMIDs.
    """
    bounded = BoundedStream(stream, origin)
    head = bounded.peek()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\0<", b"\0<")):
        found = parse_xml(bounded, origin, may_be_empty=may_be_empty)
    elif CSV_START.match(start):
        found = parse_csv(bounded, origin)
    elif MEDLINE_START.match(start) and not RIS_START.match(start):
        found = parse_medline(bounded, origin)
    elif RIS_START.search(start):
        found = parse_ris(bounded, origin)
    else:
        raise RecordError(origin, 1, _other(start, origin))
    for entry in found:
        yield _bounded(entry)


def _bounded(entry: Entry) -> Entry:
    """Return an entry, or its rejection when its abstract is too long."""
    if not isinstance(entry, Citation):
        return entry
    length = sum([len(section.label) + len(section.text) for section in entry.sections])
    if length <= MAX_TEXT:
        return entry
    reason = f"{entry.name} has an abstract of {length:,} characters, more than {MAX_TEXT:,}"
    return Rejected(entry.place, entry.name, reason)


def _other(start: bytes, origin: str) -> str:
    """Return why a file is not read."""
    if not start:
        return "the file is empty"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "this text is in UTF-16: save the file in UTF-8, and read it again"
    reason = "this is not PubMed XML, MEDLINE (nbib), RIS or PubMed's CSV"
    if origin.lower().endswith((".yaml", ".yml")):
        reason += ": give the file with the abstract"
    return reason
