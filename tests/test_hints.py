"""What is said of a query that finds nothing, or stops in the middle of a triple."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from conftest import Runner

import mngraph


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("SELECT * { ?s a mn:Studdy }", "the ontology has no mn:Studdy; did you mean mn:Study?"),
        ("ASK { ?s mn:indicatoin ?i }", "did you mean mn:indication?"),
        (
            "SELECT * { ?s ?p indication:acne-skar }",
            "did you mean indication:acne-scar?",
        ),
        ("SELECT * { ?s mn:xyzzyx ?o }", "properties-and-counts lists the properties"),
    ],
)
def test_a_name_that_does_not_exist_gets_a_hint(query: str, hint: str, run: Runner) -> None:
    result = run("query", "-e", query, "-f", "table" if query.startswith("SELECT") else "csv")
    assert result.exit_code == 0
    assert hint in result.stderr
    assert hint not in result.stdout


def test_results_and_empty_results_of_known_names_get_none(run: Runner) -> None:
    for query in ("SELECT * { ?s a mn:Study } LIMIT 1", "SELECT * { ?s mn:country 'Atlantis' }"):
        assert run("query", "-e", query, "-f", "csv").stderr == ""


def test_a_text_in_other_capitals_gets_a_hint(run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "by-device.rq"
    path.write_text(
        "# title: by country\n# param: country string = india -- exactly this\n"
        "SELECT ?s { ?s mn:country $country }"
    )
    assert "the graph has 'India', not 'india'" in run(
        "query", path, "-p", "country=india", "-f", "csv"
    ).stderr  # fmt: skip


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("SELECT (COUNT(?s) AS ?n) { ?s mn:design ?d }", "did you mean mn:studyDesign?"),
        ("SELECT ?s ?d { ?s a mn:Study OPTIONAL { ?s mn:design ?d } }", "has no mn:design"),
        ("CONSTRUCT { ?s mn:desing ?o } { ?s mn:country ?o }", "has no mn:desing"),
        ("SELECT (COUNT(?s) AS ?n) { ?s a mn:study }", "did you mean the class mn:Study?"),
        ("ASK { ?s ?p design:rct }", "did you mean design:randomised-controlled-trial?"),
    ],
)
def test_an_unknown_name_gets_a_hint_though_rows_came_back(
    query: str, hint: str, run: Runner, graph: mngraph.Graph
) -> None:
    result = run("query", "-e", query)
    assert result.exit_code == 0 and hint in result.stderr and hint not in result.stdout
    with pytest.warns(UserWarning, match=re.escape(hint)):
        graph.query(query)


def test_known_names_and_a_prefix_of_ones_own_give_no_warning(graph: mngraph.Graph) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        graph.query("SELECT (COUNT(?s) AS ?n) { ?s a mn:Study ; mn:studyDesign design:letter }")
        graph.query("PREFIX mn: <http://example.org/> SELECT (COUNT(?s) AS ?n) { ?s mn:x ?o }")


def test_show_offers_the_term_that_was_meant(run: Runner) -> None:
    assert "did you mean mn:studyDesign?" in run("show", "mn:design").stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("studies-of", "indication=acne-scar by default (-p indication=… asks for another)"),
        ("study-details", "study=pmid-35237616 by default (-p study=… asks for another)"),
    ],
)
def test_a_default_that_nobody_asked_for_is_named(name: str, said: str, run: Runner) -> None:
    assert run("query", name, "-f", "csv").stderr == f"{said}\n"


def test_a_value_that_was_asked_for_is_not_named(run: Runner) -> None:
    assert run("query", "studies-of", "-p", "indication=melasma", "-f", "csv").stderr == ""


@pytest.mark.parametrize(
    ("query", "lacks"),
    [
        ("SELECT * { ?s ?p }", "column 18: the triple before } has no object"),
        ("SELECT * { ?s }", "has no predicate and no object"),
        (
            "SELECT ?c (COUNT(?s) AS ?n) { ?s mn:country ?c }",
            "?c is selected but neither grouped nor aggregated: put GROUP BY ?c behind",
        ),
        (
            "SELECT ?c ?d (COUNT(?s) AS ?n) { ?s mn:country ?c ; mn:studyDesign ?d } GROUP BY ?d",
            "?c is selected",
        ),
        ("ASK { ?s a mn:Study ; mn:country . }", "column 34: the triple before . has no object"),
    ],
)
def test_what_the_parser_misses_is_named(query: str, lacks: str, run: Runner) -> None:
    result = run("query", "-e", query)
    assert result.exit_code == 3 and lacks in result.stderr
