"""Parameters are put into queries as terms: no text of a user ever becomes syntax."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import CHECKOUT, Runner
from hypothesis import given, settings
from hypothesis import strategies as st

from mngraph import context, queries, resources, sparql
from mngraph.errors import UsageError
from mngraph.store import LocalStore

EMPTY = LocalStore.memory([])
VARIABLE = re.compile(r"\$(\w+)")
TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00")
    | st.sampled_from("\"'\\{}<>#$?\n\r\t"),
    max_size=50,
)


@settings(max_examples=300)
@given(TEXT)
def test_any_text_comes_back_as_the_term_it_was(text: str) -> None:
    parameter = queries.Parameter("x", "string", None, False, "any text")
    query = queries.NamedQuery("echo", "", "", (parameter,), "", "SELECT ($x AS ?y) {}")
    (row,) = queries.run_query(EMPTY, query, {"x": text}, finish=list)
    assert row["y"].value == text


@pytest.mark.parametrize(
    ("query", "bound"),
    [
        ("ASK { ?s ?p $x }", "ASK { ?s ?p <http://a/> }"),
        ("ASK { ?s ?p ?x }", "ASK { ?s ?p ?x }"),
        ("ASK { ?s ?p '$x' }", "ASK { ?s ?p '$x' }"),
        ('ASK { ?s ?p """a "$x" b""" }', 'ASK { ?s ?p """a "$x" b""" }'),
        ("ASK { ?s <http://b/$x> $x }", "ASK { ?s <http://b/$x> <http://a/> }"),
        ("ASK { ?s ?p $x } # $x\n", "ASK { ?s ?p <http://a/> } # $x\n"),
        ("ASK { ?s ?p $xy, $x }", "ASK { ?s ?p $xy, <http://a/> }"),
        (
            "ASK { FILTER(?a < $x && ?b > $x) }",
            "ASK { FILTER(?a < <http://a/> && ?b > <http://a/>) }",
        ),
    ],
)
def test_only_variables_of_that_name_are_replaced(query: str, bound: str) -> None:
    assert sparql.bind(query, {"x": ox.NamedNode("http://a/")}) == bound


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", "12", "1.5"),
        ("decimal", "1.5", "one"),
        ("year", "2019", "19"),
        ("iri", "mn:Study", "x:y"),
    ],
)
def test_values_must_be_of_their_type(kind: str, good: str, bad: str) -> None:
    parameter = queries.Parameter("x", kind, None, False, "a value")
    assert queries.value_term(EMPTY, parameter, good)
    with pytest.raises(UsageError, match="x: "):
        queries.value_term(EMPTY, parameter, bad)


def test_a_missing_parameter_is_named_with_its_meaning(run: Runner) -> None:
    Path("q.rq").write_text(
        "# param: country string -- where the study was done\nASK { ?s mn:country $country }"
    )
    result = run("query", "q.rq")
    assert result.exit_code == 2
    assert "'country' is missing" in result.stderr and "where the study was done" in result.stderr


def test_an_optional_parameter_stays_free(run: Runner) -> None:
    Path("q.rq").write_text(
        "# param: country string? -- a country\n"
        "SELECT DISTINCT ?c { ?s mn:country $country BIND($country AS ?c) }"
    )
    assert len(run("query", "q.rq").stdout.splitlines()) > 10
    assert run("query", "q.rq", "-p", "country=Nepal").stdout.split() == ["c", "Nepal"]


def test_an_integer_can_limit(run: Runner) -> None:
    Path("q.rq").write_text(
        "# param: most integer = 3 -- rows\nSELECT ?s { ?s a mn:Study } LIMIT $most"
    )
    assert len(run("query", "q.rq", "-p", "most=5").stdout.splitlines()) == 6


INTERNAL = sorted((resources.folder("queries") / "internal").glob("*.rq"))


@pytest.mark.parametrize("path", INTERNAL, ids=lambda path: path.stem)
def test_internal_queries_say_what_they_are_for_and_run(path: Path, store: LocalStore) -> None:
    text = path.read_text("utf-8")
    assert text.startswith("# ") and text.partition("\n")[0].endswith(".")
    scar = ox.NamedNode(context.expand("indication:scar"))
    store.query(sparql.bind(text, dict.fromkeys(VARIABLE.findall(text), scar)))


def test_a_list_of_terms_is_what_values_takes() -> None:
    text = "SELECT ?x { VALUES ?x { $all } }"
    scar, acne = ox.NamedNode("http://a/scar"), ox.NamedNode("http://a/acne")
    for listed in ([scar, acne], [scar]):
        found = EMPTY.query(sparql.bind(text, {"all": listed}))
        assert [row["x"] for row in found] == listed
    assert [row["x"] for row in EMPTY.query(sparql.bind(text, {"all": []}))] == [None]


@pytest.mark.parametrize(
    "path", sorted((CHECKOUT / "queries").rglob("*.rq")), ids=lambda path: path.stem
)
def test_in_our_own_queries_a_dollar_begins_a_parameter(path: Path) -> None:
    """So that they need not be read by the grammar before they are run."""
    text = path.read_text("utf-8")
    terms = {name: ox.NamedNode("http://example.org/x") for name in re.findall(r"\$(\w+)", text)}
    assert sparql.bind_own(text, terms) == sparql.bind(text, terms)
    assert "SELECT *" not in text and "\nFROM" not in text
