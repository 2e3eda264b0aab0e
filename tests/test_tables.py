"""Tables: every digit and every text as the graph has it, in each form that a table takes."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pyoxigraph as ox
import pytest

import mngraph
from mngraph.errors import UsageError
from mngraph.store import LocalStore
from mngraph.tables import FORMATS, Table, render, term_table, term_value

XSD = "http://www.w3.org/2001/XMLSchema#"


def literal(text: str, datatype: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(datatype))


EXACT = [
    ("12345678901234567.125", f"{XSD}decimal"),
    ("0.050", f"{XSD}decimal"),
    ("123456789.123456", f"{XSD}double"),
    ("123456789012345678901234567890", f"{XSD}integer"),
    ("yes", "http://foo#boolean"),
    ("1_000", f"{XSD}integer"),
    ("٣", f"{XSD}integer"),
    ("1e5", f"{XSD}decimal"),
    ("infinity", f"{XSD}double"),
    ("true", "http://foo#boolean"),
    ("1", "http://foo#integer"),
    ("3.50", "http://foo#decimal"),
    ("9" * 5000, f"{XSD}integer"),
]


@pytest.mark.parametrize(("text", "datatype"), EXACT, ids=lambda part: str(part)[:40])
def test_a_value_is_shown_as_it_is(text: str, datatype: str) -> None:
    table = term_table(["value"], [[literal(text, datatype)]])
    for format in ("table", "markdown", "csv", "tsv"):
        assert text in render(table, format, 10_000), format


@pytest.mark.parametrize(
    ("text", "datatype", "value"),
    [
        ("12345678901234567.125", "decimal", Decimal("12345678901234567.125")),
        ("-7", "short", -7),
        ("7", "positiveInteger", 7),
        ("2.5E-3", "double", 0.0025),
        ("INF", "float", float("inf")),
        ("1", "boolean", True),
        ("false", "boolean", False),
    ],
)
def test_a_literal_is_the_value_that_its_datatype_means(
    text: str, datatype: str, value: object
) -> None:
    found = term_value(literal(text, XSD + datatype))
    assert found == value and type(found) is type(value)


def test_rows_and_columns_are_taken_by_subscript() -> None:
    table = Table(["study", "n"], [["a", 1], ["b", 2], ["a", 1]], "Studies")
    assert table[0] == ("a", 1) and table[-1] == ("a", 1) and len(table) == 3
    assert table["n"] == [1, 2, 1]
    assert table[1:].rows == [["b", 2], ["a", 1]] and table[1:].title == "Studies"
    assert table.count(("a", 1)) == 2 and table.index(("b", 2)) == 1 and ("b", 2) in table
    assert list(reversed(table)) == [("a", 1), ("b", 2), ("a", 1)]
    with pytest.raises(UsageError, match="study, n"):
        table["p"]
    with pytest.raises(IndexError):
        table[3]


def test_a_part_of_a_result_keeps_its_terms() -> None:
    rows = [[ox.Literal(n)] for n in range(5)]
    part = term_table(["n"], rows)[2:4]
    assert part.terms == rows[2:4] and part["n"] == [2, 3]


def test_whole_numbers_stay_whole_in_data_frames() -> None:
    cells = [[1, True, 2**70, Decimal("0.5")], [None, None, None, None]]
    table = Table(["n", "yes", "large", "half"], cells)
    frame = table.to_pandas()
    assert str(frame["n"].dtype) == "Int64" and frame["n"].sum() == 1
    assert str(frame["yes"].dtype) == "boolean"
    assert frame["large"][0] == 2**70
    assert frame["half"].sum() == 0.5
    other = table.to_polars()
    assert other["n"].to_list() == [1, None] and other["half"].to_list() == [0.5, None]
    assert other["large"].to_list() == [str(2**70), None]


def test_a_decimal_that_no_float_is_stays_exact_in_data_frames() -> None:
    table = Table(["x"], [[Decimal("12345678901234567.125")], [Decimal(1)]])
    assert table.to_pandas()["x"][0] == Decimal("12345678901234567.125")
    assert table.to_polars()["x"][0] == "12345678901234567.125"


def test_an_empty_table_has_its_columns_in_data_frames() -> None:
    table = Table(["a", "b"], [])
    assert list(table.to_pandas().columns) == table.to_polars().columns == ["a", "b"]


def test_json_has_only_numbers_that_json_has() -> None:
    cells = [[Decimal("0.5"), float("inf"), Decimal("12345678901234567.125")]]
    (row,) = json.loads(render(Table(["a", "b", "c"], cells), "json"), parse_constant=pytest.fail)
    assert row == {"a": 0.5, "b": "INF", "c": "12345678901234567.125"}


HOSTILE = ["a,b", 'say "x"', "two\nlines", "a\r\nb", "", " x "]


def test_csv_quotes_what_needs_quotes() -> None:
    table = Table(["a", "b"], [[text, 1] for text in HOSTILE])
    rows = list(csv.reader(io.StringIO(table.to_csv(), newline="")))
    assert [row[0] for row in rows[1:]] == HOSTILE


def test_every_format_takes_every_kind_of_cell() -> None:
    table = Table(["x"], [[None], [1], [Decimal("1.0")], [2.5], [True], ["<b>|\n"]])
    for format in ["table", *FORMATS]:
        assert render(table, format)
    assert "<b>" not in table._repr_html_()


def test_engine_and_table_give_one_value(tmp_path: object) -> None:
    """Through a store, which keeps decimals by value, nothing is rounded further."""
    subject = ox.NamedNode("http://example.org/a")
    value = literal("12345678901234567.125", f"{XSD}decimal")
    graph = mngraph.Graph(LocalStore.memory([ox.Quad(subject, subject, value)]))
    table = graph.query("SELECT ?o { ?s ?p ?o }")
    assert isinstance(table, Table) and table["o"] == [Decimal("12345678901234567.125")]


@pytest.mark.parametrize("room", [60, 80])
def test_words_and_addresses_stay_whole_in_a_narrow_terminal(room: int) -> None:
    """The address stands below the table, where it can be followed; no word is broken."""
    address = "https://www.example.org/a/very/long/address/of-an-article,7,57329,1,1.html"
    cells = [
        "Nazmy et al. 2025",
        60,
        "microneedling with fluorouracil against trichloroacetic acid",
    ]
    table = Table(["study", "n", "comparison", "link"], [[*cells, address]])
    lines = render(table, "table", room).splitlines()
    assert f"  Nazmy et al. 2025: {address}" in lines
    boxed = [line for line in lines if address not in line]
    assert max(map(len, boxed)) <= room
    assert set(" ".join(map(str, cells)).split()) <= set(" ".join(boxed).split())


def test_an_address_that_fits_stays_in_its_row() -> None:
    table = Table(["study", "link"], [["Chawla 2014", "https://doi.org/10.4103/x"]])
    lines = render(table, "table", 80).splitlines()
    assert any("Chawla 2014" in line and "https://doi.org/10.4103/x" in line for line in lines)


def test_a_table_of_too_many_columns_becomes_a_block_for_each_row() -> None:
    names = [f"column {number}" for number in range(8)]
    table = Table(names, [["study:pmid-31469914", *["microneedling"] * 6, None]])
    lines = render(table, "table", 80).splitlines()
    assert "  column 0  study:pmid-31469914" in lines
    assert "  column 6  microneedling" in lines
    assert not any("column 7" in line for line in lines)
