"""Results of queries as the W3C's formats have them, written while they are computed.

CSV and TSV follow "SPARQL 1.1 Query Results CSV and TSV Formats", which takes quoting from RFC
4180; JSON and XML are the engine's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from mngraph.errors import UnrepresentableError

if TYPE_CHECKING:
    import pyoxigraph as ox

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

FORMATS = ("csv", "tsv", "json", "xml")
NEEDS_QUOTES = re.compile('["\r\n]').search
NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
"""The characters that no XML file may hold, in UTF-8 (XML 1.0, section 2.2)."""
ROWS = 1000
"""How many rows of CSV are written at once."""


def write_solutions(solutions: ox.QuerySolutions, format: str, stream: BinaryIO) -> None:
    """Write the solutions of a SELECT query, a few at a time.

    Args:
        solutions: what the engine found; they are computed while they are read.
        format: one of `FORMATS`.
        stream: where they go.

    Raises:
        UnrepresentableError: XML cannot hold a character of theirs.
    """
    if format == "csv":
        _write_csv(solutions, stream)
    else:
        _serialize(solutions, format, stream)


def write_truth(answer: ox.QueryBoolean, format: str, stream: BinaryIO) -> None:
    """Write the answer of an ASK query: JSON or XML, or `true` or `false` on a line."""
    if format in ("json", "xml"):
        _serialize(answer, format, stream)
    else:
        stream.write(b"true\n" if answer else b"false\n")


def csv_text(columns: Sequence[str], rows: Iterable[Iterable[Term | None]]) -> str:
    r"""Return rows of terms as CSV.

    >>> import pyoxigraph as ox
    >>> csv_text(["x", "n"], [[ox.NamedNode("http://a/x,y"), ox.Literal(5)], [None, None]])
    'x,n\r\n"http://a/x,y",5\r\n,\r\n'
    """
    return "\r\n".join([*_csv_lines(columns, rows), ""])


def _write_csv(solutions: ox.QuerySolutions, stream: BinaryIO) -> None:
    names = [variable.value for variable in solutions.variables]
    lines = _csv_lines(names, solutions)
    while block := list(islice(lines, ROWS)):
        stream.write("\r\n".join([*block, ""]).encode())


def _csv_lines(columns: Sequence[str], rows: Iterable[Iterable[Term | None]]) -> Iterator[str]:
    """Yield the lines of a CSV: IRIs and literals without marks, blank nodes with their `_:`."""
    import pyoxigraph as ox

    bare = (ox.NamedNode, ox.Literal)
    yield ",".join(map(_quoted, columns))
    for row in rows:
        cells = [
            "" if term is None else term.value if isinstance(term, bare) else str(term)
            for term in row
        ]
        line = ",".join(cells)
        if NEEDS_QUOTES(line) or line.count(",") >= len(cells):
            line = ",".join(map(_quoted, cells))
        yield line


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if "," in value or NEEDS_QUOTES(value) else value


def _serialize(results: ox.QuerySolutions | ox.QueryBoolean, format: str, stream: BinaryIO) -> None:
    import pyoxigraph as ox

    syntax = {
        "tsv": ox.QueryResultsFormat.TSV,
        "json": ox.QueryResultsFormat.JSON,
        "xml": ox.QueryResultsFormat.XML,
    }[format]
    out: BinaryIO = _CheckedXml(stream) if format == "xml" else stream  # type: ignore[assignment]
    results.serialize(out, format=syntax)
    if format != "tsv":
        stream.write(b"\n")


class _CheckedXml:
    """A stream that takes no character that XML forbids."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.rest = stream, b""

    def write(self, data: bytes) -> int:
        """Write what has been checked; a character may lie across two writes."""
        content = self.rest + bytes(data)
        if found := NOT_XML.search(content):
            code = ord(found.group().decode())
            raise UnrepresentableError(
                f"XML cannot hold the character U+{code:04X} of these results; use json, csv or tsv"
            )
        self.rest = content[-2:]
        return self.stream.write(data)

    def flush(self) -> None:
        """Flush what was written."""
        self.stream.flush()
