"""Results of queries as the W3C's formats have them, written while they are computed.

CSV and TSV follow "SPARQL 1.1 Query Results CSV and TSV Formats", which takes quoting from RFC
4180; JSON and XML are the engine's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, BinaryIO

from mngraph.errors import UnrepresentableError
from mngraph.sparqltokens import LETTERS, plain
from mngraph.spreadsheet import inert, row_text

if TYPE_CHECKING:
    import pyoxigraph as ox

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

FORMATS = ("csv", "tsv", "json", "xml")
NOT_XML = rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]"
"""The characters that no XML file may hold, in UTF-8 (XML 1.0, section 2.2)."""
NOT_PLAIN = (b",", b"\\", b"\0", b"<<")
"""What TSV that has it must be looked at field by field to become CSV."""
LITERAL_END = rb'"(?:@[A-Za-z0-9-]+|\^\^<[^\t\n"<>]*>)?(?=[\t\n])'
BLOCK = 2**16
"""How many bytes of TSV are turned into CSV at once."""


def write_solutions(solutions: ox.QuerySolutions, format: str, stream: BinaryIO) -> int | None:
    """Write the solutions of a SELECT query, a few at a time.

    Args:
        solutions: what the engine found; they are computed while they are read.
        format: one of `FORMATS`.
        stream: where they go.

    Returns:
        How many there were, where they are counted: as CSV.

    Raises:
        UnrepresentableError: XML cannot hold a character of theirs.
    """
    if format == "csv":
        return _write_csv(solutions, stream)
    _serialize(solutions, format, stream)
    return None


def write_truth(answer: ox.QueryBoolean, format: str, stream: BinaryIO) -> None:
    """Write the answer of an ASK query: JSON or XML, or `true` or `false` on a line."""
    if format in ("json", "xml"):
        _serialize(answer, format, stream)
    else:
        stream.write(b"true\n" if answer else b"false\n")


def write_for_spreadsheet(solutions: ox.QuerySolutions, format: str, stream: BinaryIO) -> int:
    """Write the solutions of a SELECT query as CSV or TSV in which no cell is run as a formula.

    Args:
        solutions: what the engine found; they are computed while they are read.
        format: csv or tsv; in both, a term is its text.
        stream: where they go.

    Returns:
        How many solutions there were.
    """
    delimiter = "," if format == "csv" else "\t"
    names = [variable.value for variable in solutions.variables]
    stream.write(row_text(map(inert, names), delimiter).encode())
    number = 0
    for row in solutions:
        number += 1
        stream.write(row_text(map(inert, map(_term_text, row)), delimiter).encode())
    return number


def csv_text(
    columns: Sequence[str], rows: Iterable[Iterable[Term | None]], *, spreadsheet: bool = False
) -> str:
    r"""Return rows of terms as CSV.

    Args:
        columns: the names of the columns.
        rows: the terms of each row.
        spreadsheet: whether text that a spreadsheet might run follows an apostrophe.

    >>> import pyoxigraph as ox
    >>> csv_text(["x", "n"], [[ox.NamedNode("http://a/x,y"), ox.Literal(5)], [None, None]])
    'x,n\r\n"http://a/x,y",5\r\n,\r\n'
    """
    lines: Iterable[Iterable[str]] = [columns, *(map(_term_text, row) for row in rows)]
    if spreadsheet:
        lines = (map(inert, line) for line in lines)
    return "".join([row_text(line, end="\r\n") for line in lines])


def _term_text(term: Term | None) -> str:
    """Return an IRI or a literal without marks, and any other term as it is written."""
    import pyoxigraph as ox

    if term is None:
        return ""
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else str(term)


def _write_csv(solutions: ox.QuerySolutions, stream: BinaryIO) -> int:
    import pyoxigraph as ox

    names = [variable.value for variable in solutions.variables]
    stream.write(row_text(names, end="\r\n").encode())
    out = _CsvOfTsv(stream)
    solutions.serialize(out, format=ox.QueryResultsFormat.TSV)  # type: ignore[arg-type]
    out.flush()
    return out.rows


class _CsvOfTsv:
    """A stream that takes the engine's TSV and writes CSV.

    The engine's own CSV leaves commas in IRIs unquoted. Its TSV marks what is an IRI and what a
    literal, and is turned into CSV a block at a time.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.rest, self.in_header = stream, b"", True
        self.rows = 0

    def write(self, data: bytes) -> int:
        """Take a piece of TSV."""
        self.rest += data
        if len(self.rest) >= BLOCK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Write the lines that are complete; the first is that of the names."""
        lines, newline, self.rest = self.rest.rpartition(b"\n")
        if self.in_header and newline:
            _, _, lines = lines.partition(b"\n")
            self.in_header = False
            newline = newline if lines else b""
        if newline:
            self.rows += lines.count(b"\n") + 1
            self.stream.write(_csv_lines(lines + newline))


def _csv_lines(tsv: bytes) -> bytes:
    r"""Return whole lines of TSV as CSV; those without commas and escapes take no loop.

    >>> _csv_lines(b'<http://a/b>\t"c"@en\t5\n<http://a/x,y>\t"d\\"e"\t\n')
    b'http://a/b,c,5\r\n"http://a/x,y","d""e",\r\n'
    """
    if any(mark in tsv for mark in NOT_PLAIN):
        lines = tsv.decode().split("\n")[:-1]
        rows = (map(_csv_value, line.split("\t")) for line in lines)
        return "".join([row_text(row, end="\r\n") for row in rows]).encode()
    marked = b"\n" + tsv
    if b'"@' in tsv or b'"^^' in tsv:
        marked = re.sub(LITERAL_END, b'"', marked)
    # The end of a literal is marked, so that a > before it is not taken for that of an IRI.
    marked = marked.replace(b'"\t', b"\0\t").replace(b'"\n', b"\0\n")
    for mark, bare in ((b"\t<", b"\t"), (b"\n<", b"\n"), (b">\t", b"\t"), (b">\n", b"\n")):
        marked = marked.replace(mark, bare)
    marked = marked.replace(b'\t"', b"\t").replace(b'\n"', b"\n").replace(b"\0", b"")
    return marked[1:].replace(b"\t", b",").replace(b"\n", b"\r\n")


def _csv_value(field: str) -> str:
    """Return what a field of TSV holds: IRIs and literals without marks, the rest as it is."""
    if field.startswith('"'):
        return plain(field[1 : field.rindex('"')], LETTERS)
    return field[1:-1] if field.startswith("<") and not field.startswith("<<") else field


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
        if found := re.search(NOT_XML, content):
            code = ord(found.group().decode())
            raise UnrepresentableError(
                f"XML cannot hold the character U+{code:04X} of these results; use json, csv or tsv"
            )
        self.rest = content[-2:]
        return self.stream.write(data)

    def flush(self) -> None:
        """Flush what was written."""
        self.stream.flush()
