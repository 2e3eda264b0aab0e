"""Tables: columns and rows of values, and the one place that renders them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mngraph import context
from mngraph.errors import MissingExtraError
from mngraph.results import csv_text
from mngraph.visible import escape_controls

if TYPE_CHECKING:
    import pandas
    import polars

    from mngraph.results import Term

NUMBERS = frozenset(("integer", "decimal", "double", "float", "long", "int", "nonNegativeInteger"))
WHOLE = frozenset(("integer", "long", "int", "nonNegativeInteger"))


@dataclass
class Table:
    r"""Rows under named columns; a cell is text, a number, or None where nothing is known.

    Results of SELECT queries keep their RDF terms in `terms`, so that the W3C formats lose nothing.

    >>> table = Table(["study", "n"], [["a", 30], ["b", None]])
    >>> table.to_csv()
    'study,n\na,30\nb,\n'
    >>> len(table), list(table)
    (2, [('a', 30), ('b', None)])
    >>> table.to_pandas()["n"].sum() == table.to_polars()["n"].sum() == 30
    True
    """

    columns: list[str]
    rows: list[list[Any]]
    title: str = ""
    terms: list[list[Term | None]] | None = None

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return (tuple(row) for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

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

    def to_csv(self) -> str:
        """Return the table as CSV; that of a query's results is what `query -f csv` writes."""
        return render(self, "csv")

    def to_pandas(self) -> pandas.DataFrame:
        """Return a pandas DataFrame.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise MissingExtraError(
                "pandas is missing: pip install 'mngraph[dataframes]'"
            ) from error
        return pandas.DataFrame(self.rows, columns=self.columns)

    def to_polars(self) -> polars.DataFrame:
        """Return a polars DataFrame.

        Raises:
            MissingExtraError: polars is not installed.
        """
        try:
            import polars
        except ImportError as error:
            raise MissingExtraError(
                "polars is missing: pip install 'mngraph[dataframes]'"
            ) from error
        return polars.DataFrame(self.rows, schema=self.columns, orient="row", strict=False)


def term_table(variables: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> Table:
    """Return a table of RDF terms: CURIEs for IRIs, Python numbers for numeric literals."""
    values = [[term_value(term) for term in row] for row in rows]
    return Table(list(variables), values, title, [list(row) for row in rows])


def term_value(term: Any) -> Any:
    """Return what people read of a term: a CURIE, a number, a truth value or text.

    >>> import pyoxigraph as ox
    >>> term_value(ox.NamedNode("https://w3id.org/mngraph/indication/scar"))
    'indication:scar'
    >>> term_value(ox.Literal(3))
    3
    """
    import pyoxigraph as ox

    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return context.compact(term.value)
    if isinstance(term, ox.Literal):
        kind = term.datatype.value.rpartition("#")[2]
        if kind in NUMBERS:
            try:
                return int(term.value) if kind in WHOLE else float(term.value)
            except ValueError:  # a literal may say that it is a number, and be none
                return term.value
        if kind == "boolean":
            return term.value == "true"
        return term.value
    return str(term)


def shown(cell: Any) -> str:
    """Return a cell as text: nothing for None, no trailing zeros, yes and no.

    >>> [shown(cell) for cell in (None, 3.0, 2.5, True, "a")]
    ['', '3', '2.5', 'yes', 'a']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:.10g}"
    return str(cell)


def render(table: Table, style: str, width: int | None = None) -> str:
    """Return a table as text in one of `STYLES`.

    Args:
        table: the table.
        style: one of `STYLES`.
        width: columns of the terminal for style `table`; by default that of the terminal.
    """
    if style == "table":
        return _boxed(table, width)
    return STYLES[style](table)


def _boxed(table: Table, width: int | None) -> str:
    from shutil import get_terminal_size

    from rich import box
    from rich.console import Console
    from rich.table import Table as Box
    from rich.text import Text

    widths = _widths(table, width or get_terminal_size((160, 24)).columns)
    drawn = Box(title=table.title or None, title_justify="left", box=box.SIMPLE_HEAD)
    for index, name in enumerate(table.columns):
        numeric = any(isinstance(row[index], (int, float)) for row in table.rows)
        drawn.add_column(
            Text(escape_controls(name.replace("_", " "))),
            justify="right" if numeric else "left",
            overflow="fold",
            width=widths[index],
        )
    for row in table.rows:
        drawn.add_row(*(Text(escape_controls(shown(cell))) for cell in row))
    stream = io.StringIO()
    Console(file=stream, width=10_000, highlight=False, no_color=True).print(drawn)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def _widths(table: Table, room: int) -> list[int]:
    """Return the width of each column: as wide as its cells, the widest narrowed to the room.

    Columns give way down to their longest word first, and only then break words.
    """
    texts = [
        [name.replace("_", " "), *(escape_controls(shown(row[index])) for row in table.rows)]
        for index, name in enumerate(table.columns)
    ]
    widths = [max(map(len, column)) or 1 for column in texts]
    words = [max((len(w) for cell in column for w in cell.split()), default=1) for column in texts]
    for least in (words, [8] * len(words)):
        while sum(widths) + 3 * len(widths) + 1 > room:
            wide = [(width, i) for i, width in enumerate(widths) if width > least[i]]
            if not wide:
                break
            widths[max(wide)[1]] -= 1
    return widths


def _separated(delimiter: str) -> Callable[[Table], str]:
    def write(table: Table) -> str:
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows([shown(cell) for cell in row] for row in table.rows)
        return stream.getvalue()

    return write


def _markdown(table: Table) -> str:
    def line(cells: Sequence[str]) -> str:
        clean = (" ".join(cell.replace("|", "\\|").split()) for cell in cells)
        return "| " + " | ".join(clean) + " |\n"

    numeric = [
        any(isinstance(row[i], (int, float)) for row in table.rows)
        for i, _ in enumerate(table.columns)
    ]
    rule = ["--:" if right else "---" for right in numeric]
    head = line([name.replace("_", " ") for name in table.columns]) + line(rule)
    return head + "".join(
        line([escape_controls(shown(cell)) for cell in row]) for row in table.rows
    )


def _json(table: Table) -> str:
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def _csv(table: Table) -> str:
    """Return CSV: of results of queries that of the W3C, with whole IRIs, else of the cells."""
    if table.terms is not None:
        return csv_text(table.columns, table.terms)
    return _separated(",")(table)


STYLES: dict[str, Callable[[Table], str]] = {
    "table": lambda table: _boxed(table, None),
    "csv": _csv,
    "tsv": _separated("\t"),
    "json": _json,
    "markdown": _markdown,
}
