"""Tables: columns and rows of values, and the one place that renders them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, overload

from mngraph import context
from mngraph.errors import MissingExtraError, UsageError
from mngraph.results import csv_text
from mngraph.spreadsheet import inert, row_text
from mngraph.visible import escape_controls

if TYPE_CHECKING:
    import pandas
    import polars
    import pyoxigraph as ox

    from mngraph.results import Term

XSD = "http://www.w3.org/2001/XMLSchema#"
WHOLE = frozenset(
    XSD + name
    for name in (
        "integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger",
        "nonPositiveInteger", "negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort",
        "unsignedByte",
    )
)  # fmt: skip
"""The datatypes of whole numbers (XML Schema 1.1 Part 2, section 3.4.13 and those below it)."""

INTEGER = re.compile(r"[+-]?[0-9]+")
DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
DOUBLE = re.compile(rf"{DECIMAL.pattern}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN")
TRUTH = {"true": True, "1": True, "false": False, "0": False}
MARKUP = re.compile(
    r"[|`]|\\(?=[!-/:-@\[-`{-~]|$)|<(?=[A-Za-z/!?])|\](?=[(\[])|&(?=#?[A-Za-z0-9]+;)"
)
"""What would end a cell of Markdown, or be a tag, a link, code or an entity in it."""
INT64 = range(-(2**63), 2**63)

Cell: TypeAlias = Any
"""Text, a number (int, Decimal or float), a truth value, or None where nothing is known."""


@dataclass
class Table(Sequence[tuple[Cell, ...]]):
    r"""Rows under named columns; a cell is text, a number, or None where nothing is known.

    A table is a sequence of rows. `table[0]` is its first row, `table[:10]` a table of the first
    ten, and `table["study"]` a column as a list.

    Attributes:
        columns: the names of the columns.
        rows: the cells of each row. Whole numbers are `int`, decimal numbers `Decimal` (which keeps
            every digit), floating-point numbers `float`.
        title: what stands above the table.
        terms: for the result of a SELECT query, the RDF terms of each row.

    >>> table = Table(["study", "n"], [["a", 30], ["b", None]])
    >>> table.to_csv()
    'study,n\na,30\nb,\n'
    >>> len(table), table[0], table["n"]
    (2, ('a', 30), [30, None])
    >>> table.to_pandas()["n"].sum() == table.to_polars()["n"].sum() == 30
    True
    """

    columns: list[str]
    rows: list[list[Cell]]
    title: str = ""
    terms: list[list[Term | None]] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        return (tuple(row) for row in self.rows)

    @overload
    def __getitem__(self, key: int) -> tuple[Cell, ...]: ...
    @overload
    def __getitem__(self, key: slice) -> Table: ...
    @overload
    def __getitem__(self, key: str) -> list[Cell]: ...
    def __getitem__(self, key: int | slice | str) -> tuple[Cell, ...] | Table | list[Cell]:
        if isinstance(key, slice):
            terms = None if self.terms is None else self.terms[key]
            return Table(self.columns, self.rows[key], self.title, terms)
        if isinstance(key, int):
            return tuple(self.rows[key])
        if key not in self.columns:
            raise UsageError(f"no column is called {key!r}: {', '.join(self.columns)}")
        return self._column(self.columns.index(key))

    def _column(self, place: int) -> list[Cell]:
        """Return the cells of a column by its place, from 0."""
        return [row[place] for row in self.rows]

    def __str__(self) -> str:
        return render(self, "table")

    def _repr_html_(self) -> str:
        from html import escape

        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(shown(cell))}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def to_csv(self, *, spreadsheet: bool | None = None) -> str:
        """Return the table as CSV (RFC 4180).

        The result of a query is what `mngraph query -f csv` writes: whole IRIs, and each literal's
        text as it is. In every other table, text that a spreadsheet might run as a formula follows
        an apostrophe.

        Args:
            spreadsheet: whether such text follows an apostrophe, whatever the table is.
        """
        if self.terms is not None:
            return csv_text(self.columns, self.terms, spreadsheet=bool(spreadsheet))
        return _separated(",", spreadsheet is not False)(self)

    def to_pandas(self) -> pandas.DataFrame:
        """Return a pandas DataFrame.

        Whole numbers stay whole where some are missing (`Int64`). Decimal numbers become floats
        when that changes none of them; else they stay `Decimal` objects.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise MissingExtraError(
                "pandas is missing: pip install 'mngraph[dataframes]'"
            ) from error
        series = {}
        for place in range(len(self.columns)):
            cells, kind = _for_frames(self._column(place))
            dtype = {"int": "Int64", "bool": "boolean", "float": "float64", "object": "object"}
            series[place] = pandas.Series(cells, dtype=dtype.get(kind))
        frame = pandas.DataFrame(series)
        frame.columns = pandas.Index(self.columns)
        return frame

    def to_polars(self) -> polars.DataFrame:
        """Return a polars DataFrame.

        Decimal numbers become floats when that changes none of them; else they, and whole numbers
        beyond 64 bits, become text.

        Raises:
            MissingExtraError: polars is not installed.
        """
        try:
            import polars
        except ImportError as error:
            raise MissingExtraError(
                "polars is missing: pip install 'mngraph[dataframes]'"
            ) from error
        dtype = {"int": polars.Int64, "bool": polars.Boolean, "float": polars.Float64}
        series = []
        for place, name in enumerate(self.columns):
            cells, kind = _for_frames(self._column(place))
            if kind in ("object", "text"):
                cells = [None if cell is None else shown(cell) for cell in cells]
            series.append(polars.Series(name, cells, dtype=dtype.get(kind, polars.String)))
        return polars.DataFrame(series)


def term_table(variables: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> Table:
    """Return a table of RDF terms: CURIEs for IRIs, Python numbers for numeric literals."""
    values = [[term_value(term) for term in row] for row in rows]
    return Table(list(variables), values, title, [list(row) for row in rows])


def term_value(term: Term | None) -> Cell:
    """Return a term as people read it: a CURIE, a number, a truth value or text.

    A literal becomes a number or a truth value only if it is valid for a datatype of these, which
    is recognized by its whole IRI; any other literal becomes its text.

    >>> import pyoxigraph as ox
    >>> term_value(ox.NamedNode("https://w3id.org/mngraph/indication/scar"))
    'indication:scar'
    >>> term_value(ox.Literal(3)), term_value(ox.Literal("1_000", datatype=ox.Literal(3).datatype))
    (3, '1_000')
    """
    import pyoxigraph as ox

    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return context.compact(term.value)
    return _literal_value(term.value, term.datatype.value) if _is_literal(term) else str(term)


def _is_literal(term: Term) -> TypeGuard[ox.Literal]:
    import pyoxigraph as ox

    return isinstance(term, ox.Literal)


def _literal_value(text: str, datatype: str) -> Cell:
    if datatype in WHOLE and INTEGER.fullmatch(text):
        try:
            return int(text)
        except ValueError:  # more digits than Python converts
            return text
    if datatype == f"{XSD}decimal" and DECIMAL.fullmatch(text):
        return Decimal(text)
    if datatype in (f"{XSD}double", f"{XSD}float") and DOUBLE.fullmatch(text):
        return float(text.replace("INF", "inf"))
    if datatype == f"{XSD}boolean":
        return TRUTH.get(text, text)
    return text


def shown(cell: Cell) -> str:
    """Return a cell as text: nothing for None, every digit of a number, yes and no.

    >>> [shown(cell) for cell in (None, 3.0, 123456789.123456, Decimal("0.050"), True, "a")]
    ['', '3', '123456789.123456', '0.050', 'yes', 'a']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return repr(cell).removesuffix(".0").replace("inf", "INF").replace("nan", "NaN")
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return str(cell)


def json_text(document: object) -> str:
    """Return a document as JSON to read; a `Decimal` is a number where JSON keeps its digits.

    >>> json_text([Decimal("5"), Decimal("0.5"), Decimal("12345678901234567.125")]).split()
    ['[', '5,', '0.5,', '"12345678901234567.125"', ']']
    """
    return json.dumps(document, ensure_ascii=False, indent=2, default=_json_value) + "\n"


def _json_value(cell: object) -> int | float | str:
    if not isinstance(cell, Decimal):
        raise TypeError(f"{type(cell).__name__} cannot be written as JSON")
    if cell == cell.to_integral_value() and cell.adjusted() < 15:
        return int(cell)
    return float(cell) if _is_exact(cell) else shown(cell)


def _is_exact(number: Decimal) -> bool:
    """Return whether the nearest float is written as the same number."""
    return Decimal(repr(float(number))) == number


def _for_frames(cells: list[Cell]) -> tuple[list[Cell], str]:
    """Return a column for a data frame, and its kind: int, bool, float, text or object."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {int} and all(cell is None or cell in INT64 for cell in cells):
        return cells, "int"
    if kinds == {bool}:
        return cells, "bool"
    if kinds and kinds <= {Decimal, float, int}:
        exact = all(_is_exact(Decimal(cell)) for cell in cells if isinstance(cell, Decimal | int))
        if exact and kinds != {int}:
            return [None if cell is None else float(cell) for cell in cells], "float"
    return cells, "text" if kinds <= {str} else "object"


def render(table: Table, format: str, width: int | None = None) -> str:
    """Return a table as text in one of `FORMATS`.

    Args:
        table: the table.
        format: one of `FORMATS`.
        width: columns of the terminal for the format `table`; by default those of the terminal.
    """
    if format == "table":
        return _boxed(table, width)
    return FORMATS[format](table)


def _boxed(table: Table, width: int | None) -> str:
    from shutil import get_terminal_size

    from mngraph.boxed import boxed

    right = [
        any(isinstance(row[index], (int, float, Decimal)) for row in table.rows)
        for index in range(len(table.columns))
    ]
    rows = [[escape_controls(shown(cell)) for cell in row] for row in table.rows]
    names = [escape_controls(heading(name)) for name in table.columns]
    room = width or get_terminal_size((160, 24)).columns
    return boxed(names, rows, right=right, title=table.title, room=room)


def heading(column: str) -> str:
    """Return the name of a column as people read it.

    >>> heading("best_starting_level"), heading("favour_combination")
    ('best design level', 'favor combination')
    """
    words = column.replace("_", " ").replace("starting level", "design level")
    return words.replace("favour", "favor").replace("randomised", "randomized")


def _separated(delimiter: str, spreadsheet: bool = True) -> Callable[[Table], str]:
    def write(table: Table) -> str:
        lines = [table.columns, *([shown(cell) for cell in row] for row in table.rows)]
        cells = (map(inert, line) if spreadsheet else line for line in lines)
        return "".join(row_text(line, delimiter) for line in cells)

    return write


def markdown_text(text: str) -> str:
    r"""Return text on one line of Markdown, where it is no tag, link, code or end of a cell.

    >>> print(markdown_text("a|b <script> [x](y) p < 0.05"))
    a\|b \<script> [x\](y) p < 0.05
    """
    return " ".join(MARKUP.sub(r"\\\g<0>", escape_controls(text)).split())


def _markdown(table: Table) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(map(markdown_text, cells)) + " |\n"

    numeric = [
        any(isinstance(row[i], (int, float, Decimal)) for row in table.rows)
        for i, _ in enumerate(table.columns)
    ]
    rule = ["--:" if right else "---" for right in numeric]
    head = line([heading(name) for name in table.columns]) + line(rule)
    return head + "".join(line([shown(cell) for cell in row]) for row in table.rows)


def _json(table: Table) -> str:
    rows = [
        {name: _finite(cell) for name, cell in zip(table.columns, row, strict=True)}
        for row in table.rows
    ]
    return json_text(rows)


def _finite(cell: Cell) -> Cell:
    """Return a cell; INF and NaN, for which JSON has no numbers, as text."""
    return shown(cell) if isinstance(cell, float) and not isfinite(cell) else cell


FORMATS: dict[str, Callable[[Table], str]] = {
    "table": lambda table: _boxed(table, None),
    "csv": Table.to_csv,
    "tsv": _separated("\t"),
    "json": _json,
    "markdown": _markdown,
}
