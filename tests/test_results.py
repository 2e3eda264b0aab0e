"""Results of queries in the W3C's formats: quoted, whole, and written while they are computed."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import Runner
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

import mngraph
from mngraph import results
from mngraph.errors import UnrepresentableError
from mngraph.store import LocalStore
from mngraph.tables import Table

EMPTY = LocalStore.memory([])
ODD = 'SELECT ?u ?v { VALUES (?u ?v) { (<http://a/x,y> "a\\"b\\nc") (UNDEF "") (<http://a/z> 5) } }'


def written(text: str, form: str, store: LocalStore = EMPTY) -> bytes:
    """The results of a query in a format."""
    stream = io.BytesIO()
    results.write_solutions(store.select(text), form, stream)
    return stream.getvalue()


def test_csv_is_read_back_by_another_reader() -> None:
    rows = list(csv.reader(io.StringIO(written(ODD, "csv").decode(), newline="")))
    assert rows == [["u", "v"], ["http://a/x,y", 'a"b\nc'], ["", ""], ["http://a/z", "5"]]


def test_tsv_json_and_xml_hold_the_terms() -> None:
    lines = written(ODD, "tsv").decode().splitlines()
    assert lines[0] == "?u\t?v" and lines[1] == '<http://a/x,y>\t"a\\"b\\nc"'
    bindings = json.loads(written(ODD, "json"))["results"]["bindings"]
    assert [row["v"]["value"] for row in bindings] == ['a"b\nc', "", "5"]
    assert len(fromstring(written(ODD, "xml").decode()).findall(".//{*}result")) == 3


@settings(max_examples=200)
@given(
    st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=8), min_size=2, max_size=2)
)
def test_any_text_comes_back_from_csv(cells: list[str]) -> None:
    text = results.csv_text(["a", "b"], [[ox.Literal(cell) for cell in cells]])
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == cells


def test_the_command_and_a_table_give_one_csv(run: Runner, graph: mngraph.Graph) -> None:
    for query in ("sources", "studies-by-country"):
        table = graph.query(query)
        assert isinstance(table, Table)
        assert run("query", query, "-f", "csv").stdout_bytes.decode() == table.to_csv()
    none = "SELECT ?s { ?s a mn:Study ; mn:completed -1 }"
    assert run("query", "-e", none, "-f", "csv").stdout_bytes == b"s\r\n"
    assert graph.query(none).to_csv() == "s\r\n"  # type: ignore[union-attr]


def test_what_xml_forbids_is_refused_and_no_file_is_left(run: Runner) -> None:
    for code in ("0001", "FFFE"):
        with pytest.raises(UnrepresentableError, match=f"U\\+{code}"):
            written(f'SELECT ("\\u{code}" AS ?x) {{}}', "xml")
    result = run("query", "-e", 'SELECT ("\\u0001" AS ?x) {}', "-o", "x.xml")
    assert result.exit_code == 3 and not Path("x.xml").exists()


def test_the_ending_of_a_file_names_the_format(run: Runner) -> None:
    run("query", "-e", "SELECT (1 AS ?x) {}", "-o", "x.json")
    assert json.loads(Path("x.json").read_text())["head"] == {"vars": ["x"]}
    assert run("query", "-e", "SELECT (1 AS ?x) {}", "-f", "csv", "-o", "y.json").exit_code == 2


class Sink(io.RawIOBase):
    """A stream that keeps only the number of bytes."""

    count = 0

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Count."""
        self.count += len(data)
        return len(data)


@pytest.mark.parametrize("form", results.FORMATS)
def test_results_are_written_while_they_are_computed(form: str) -> None:
    """A result of 8 million bytes and more passes through less than 2 million."""
    node = ox.NamedNode("http://e/a")
    store = LocalStore.memory(ox.Quad(node, node, ox.Literal(n)) for n in range(500))
    sink = Sink()
    tracemalloc.start()
    solutions = store.select("SELECT ?a ?b ?c { ?a ?p ?b . ?d ?q ?c }")
    results.write_solutions(solutions, form, sink)  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sink.count > 4_000_000
    assert peak < 2_000_000


def test_a_table_shows_the_first_rows_and_counts_the_rest(run: Runner) -> None:
    result = run("query", "-e", "SELECT ?s { ?s a mn:Claim } ORDER BY ?s", "-f", "table")
    rows = len(run("query", "-e", "SELECT ?s { ?s a mn:Claim }", "-f", "csv").stdout.splitlines())
    assert f"the first 1,000 of {rows - 1:,} rows" in result.stderr
    assert result.stdout.count("claim:") == 1000
