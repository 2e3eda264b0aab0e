"""What is said of a query that finds nothing, or stops in the middle of a triple."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Runner


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
    ("query", "lacks"),
    [
        ("SELECT * { ?s ?p }", "column 18: the triple before } has no object"),
        ("SELECT * { ?s }", "has no predicate and no object"),
        ("ASK { ?s a mn:Study ; mn:country . }", "column 34: the triple before . has no object"),
    ],
)
def test_a_triple_that_is_cut_short_is_named(query: str, lacks: str, run: Runner) -> None:
    result = run("query", "-e", query)
    assert result.exit_code == 3 and lacks in result.stderr
