"""Tables for reviewers, held against records, SPARQL, statsmodels and metafor."""

from __future__ import annotations

import csv
import io
import math
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from answers.records import records
from conftest import CHECKOUT, Runner
from engines import served
from madeup import graph_of, trial

import mngraph
from mngraph import context
from mngraph.faces import parts
from mngraph.store import LocalStore

Row = dict[str, str]
GUIDE = CHECKOUT / "docs/guide/faces-review-tables.md"
CLAIM = "claim:needling_with_platelet-rich-plasma_for_androgenetic-alopecia"


def read(files: Iterable[tuple[str, bytes]]) -> dict[str, list[Row]]:
    """The tables by name, read by Python's own reader of CSV."""
    texts = {name: content.decode() for name, content in files}
    return {
        name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(text)))
        for name, text in texts.items()
        if name.endswith(".csv")
    }


@pytest.fixture(scope="module")
def folder(graph: mngraph.Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("review") / "tables"
    graph.export(target, "review-tables")
    return target


@pytest.fixture(scope="module")
def tables(folder: Path) -> dict[str, list[Row]]:
    return read((path.name, path.read_bytes()) for path in sorted(folder.glob("*.csv")))


def key(row: Row) -> str:
    return row["study_iri"].rpartition("/")[2]


@pytest.mark.parametrize(
    ("table", "column", "counted"),
    [
        ("studies", "study_iri", "?x a mn:Study"),
        ("studies", "publication_iri", "?study mn:reportedIn ?x"),
        ("arms", "arm_iri", "?x a mn:Arm"),
        ("outcomes", "outcome_iri", "?x a mn:Outcome"),
        ("effects", "effect_iri", "?x a mn:EffectEstimate"),
        ("events", "report_iri", "?x a mn:AdverseEventReport"),
        ("pooled", "synthesis_iri", "?x a mn:Synthesis"),
    ],
)
def test_a_table_has_what_the_graph_has(
    table: str, column: str, counted: str, tables: dict[str, list[Row]], graph: mngraph.Graph
) -> None:
    found: Any = graph.query(f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {counted} }}")
    named = [row[column] for row in tables[table]]
    assert len(set(named)) == found.rows[0][0]
    assert len(named) == len(set(named)) or table == "pooled"


def test_numbers_are_those_of_the_records(tables: dict[str, list[Row]]) -> None:
    fields = {
        "event.e": "first_events", "n.e": ("first_total", "first_n"), "mean.e": "first_mean",
        "sd.e": "first_sd", "event.c": "second_events", "n.c": ("second_total", "second_n"),
        "mean.c": "second_mean", "sd.c": "second_sd",
    }  # fmt: skip
    read_numbers = Counter(
        (key(row), name, float(row[name]))
        for row in tables["outcomes"]
        for name in fields
        if row[name]
    )
    stated = Counter(
        (name, column, float(outcome[field]))
        for name, record in records().items()
        for outcome in record.get("outcomes", [])
        for column, given in fields.items()
        for field in ([given] if isinstance(given, str) else given)
        if outcome.get(field) is not None
    )
    assert read_numbers == stated and stated.total() > 200
    people = {key(row): row["participants"] for row in tables["studies"] if row["participants"]}
    assert people == {
        name: str(record["participants"])
        for name, record in records().items()
        if record.get("participants") is not None
    }
    events = Counter((key(row), row["affected"], row["at_risk"]) for row in tables["events"])
    assert events == Counter(
        (name, str(each.get("affected", "")), str(each.get("at_risk", "")))
        for name, record in records().items()
        for each in record.get("adverse_events", [])
    )


def test_stated_is_told_from_computed(tables: dict[str, list[Row]]) -> None:
    by_outcome = {row["outcome_iri"]: row for row in tables["outcomes"]}
    for row in tables["effects"]:
        own = by_outcome[row["outcome_iri"]]
        whole = all(own[name] for name in ("stated_effect", "stated_lower", "stated_upper"))
        assert (row["stated"] == "true") is whole, row
    lacking = [row for row in by_outcome.values() if row["second"] and not row["estimates"]]
    assert lacking and all(row["no_estimate_because"] for row in lacking)
    assert {row["judged"] for row in tables["studies"]} == {"nobody judged"}


def test_effects_have_every_digit(tables: dict[str, list[Row]]) -> None:
    counts = {row["outcome_iri"]: row for row in tables["outcomes"] if row["event.e"]}
    tried = 0
    for row in tables["effects"]:
        own = counts.get(row["outcome_iri"], {})
        if row["effect"] != "OR" or row["method"] != "from events and totals" or not own["n.e"]:
            continue
        a, c = int(own["event.e"]), int(own["event.c"])
        b, d = int(own["n.e"]) - a, int(own["n.c"]) - c
        if 0 not in (a, b, c, d):
            assert math.isclose(float(row["yi"]), math.log(a * d / (b * c)), rel_tol=1e-12)
            assert math.isclose(float(row["vi"]), 1 / a + 1 / b + 1 / c + 1 / d, rel_tol=1e-12)
            tried += 1
    assert tried > 5
    for row in tables["effects"]:  # log((upper / lower) ** (1 / 2 / 1.96)), by the Handbook, 6.3.2
        if row["stated"] == "true" and row["effect"] in ("OR", "RR") and row["level"] == "95":
            width = math.log(float(row["ci.ub"]) / float(row["ci.lb"])) / 2 / 1.959963984540054
            assert math.isclose(float(row["sei"]), width, rel_tol=1e-9)
            assert math.isclose(float(row["yi"]), math.log(float(row["estimate"])))


def test_statsmodels_pools_to_what_the_graph_holds(tables: dict[str, list[Row]]) -> None:
    import numpy as np
    from statsmodels.stats.meta_analysis import combine_effects

    members: dict[str, list[Row]] = {}
    for row in tables["pooled"]:
        members.setdefault(row["synthesis_iri"], []).append(row)
    pooled = [rows for rows in members.values() if rows[0]["pooled"]]
    assert len(pooled) > 40 and any(row["turned"] == "true" for rows in pooled for row in rows)
    for rows in pooled:
        numbers = (np.array([float(row[name]) for row in rows]) for name in ("yi", "vi"))
        found = combine_effects(*numbers, method_re="iterated", use_t=True)
        mean = math.exp(found.mean_effect_re) if rows[0]["effect"] == "OR" else found.mean_effect_re
        held = float(rows[0]["pooled"])
        assert math.isclose(mean, held, rel_tol=1e-3, abs_tol=1e-3), rows[0]["synthesis"]
        assert math.isclose(found.tau2, float(rows[0]["tau2"]), rel_tol=2e-3, abs_tol=1e-3)
    for rows in members.values():
        assert bool(rows[0]["pooled"]) is not bool(rows[0]["not_pooled_because"])


def recipe(language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text("utf-8"), re.S))


def shown() -> list[str]:
    """The numbers of the guide's example, as mngraph evidence prints them in the guide."""
    found = re.search(r"(-?\d+\.\d+) \((-\d+\.\d+) to (\d+\.\d+)\)", GUIDE.read_text("utf-8"))
    assert found
    return list(found.groups())


def test_the_guide_shows_what_the_command_prints(run: Runner) -> None:
    asked = ("-i", "androgenetic-alopecia", "-w", "platelet-rich-plasma")
    estimate, lower, upper = shown()
    assert f"{estimate} ({lower} to {upper})" in run("evidence", *asked).stdout


def test_the_recipe_in_python_gives_the_pooled_effect(folder: Path) -> None:
    code = recipe("python")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == shown()


def test_the_recipe_in_r_gives_the_pooled_effect(folder: Path) -> None:
    if not shutil.which("Rscript"):
        pytest.skip("Rscript is not installed")
    asked = ["Rscript", "-e", 'cat(requireNamespace("metafor", quietly = TRUE))']
    if subprocess.run(asked, capture_output=True, text=True, check=True).stdout != "TRUE":
        pytest.skip("the R package metafor is not installed")
    code = recipe("r")
    done = subprocess.run(
        ["Rscript", "-e", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-3:] == shown()


def test_each_column_is_explained(tables: dict[str, list[Row]]) -> None:
    explained = {(row["table"], row["column"]) for row in tables["columns"] if row["meaning"]}
    named = {
        (f"{name}.csv", column)
        for name, rows in tables.items()
        if name != "columns"
        for column in rows[0]
    }
    assert explained == named


def test_a_part_holds_its_studies_alone(graph: mngraph.Graph, tmp_path: Path) -> None:
    graph.export(tmp_path / "claim", "review-tables", only=CLAIM)
    found = read((p.name, p.read_bytes()) for p in sorted((tmp_path / "claim").glob("*.csv")))
    asked = f"""SELECT DISTINCT ?study {{ {CLAIM} mn:inheritedFrom?/mn:hasEvidenceLine/mn:study
      ?study }}"""
    behind = {row[0].rpartition(":")[2] for row in graph.query(asked)}  # type: ignore[union-attr]
    assert {key(row) for row in found["studies"]} >= behind
    assert {key(row) for row in found["outcomes"]} <= {key(row) for row in found["studies"]}
    (whole,) = {row["synthesis_iri"] for row in found["pooled"] if row["pooled"]}
    assert whole.endswith("androgenetic-alopecia/synthesis/1")
    (one,) = read(parts(graph.store, "review-tables", [found["studies"][0]["study_iri"]]))[
        "studies"
    ]
    assert one == found["studies"][0]


def test_what_a_spreadsheet_could_run_stays_text(tmp_path: Path) -> None:
    record = trial(1, "favours-first")
    record["publication"]["title"] = '=HYPERLINK("http://example.org")'
    record["outcomes"][0] |= {"note": "@SUM(A1)\nsecond line", "p_value": "<0.05"}
    found = read(parts(graph_of([record], tmp_path), "review-tables"))
    assert found["studies"][0]["title"].startswith("'=")
    assert found["outcomes"][0]["note"].startswith("'@SUM")
    assert found["outcomes"][0]["p_value"] == "<0.05"


def test_an_empty_graph_gives_the_heads_alone(tmp_path: Path) -> None:
    found = dict(parts(LocalStore.memory([]), "review-tables"))
    assert found["studies.csv"].decode().count("\n") == 1
    assert found["studies.csv"].startswith(b"study,year,study_iri")


def test_another_pack_has_its_own_addresses(run: Runner, tmp_path: Path) -> None:
    pack = CHECKOUT / "packs/chemical-peels"
    assert run("build", pack, "-o", tmp_path / "peels").exit_code == 0
    assert run("export", "tables", "-f", "review-tables", "-g", tmp_path / "peels").exit_code == 0
    written = sorted((tmp_path / "tables").glob("*.csv"))
    found = read((path.name, path.read_bytes()) for path in written)
    names = {path.stem for path in (pack / "studies").glob("*.yaml")}
    assert {key(row) for row in found["studies"]} == names
    before = {path: path.read_bytes() for path in written}
    assert run("export", "tables", "-f", "review-tables", "-g", tmp_path / "peels").exit_code == 0
    assert {path: path.read_bytes() for path in written} == before


def test_an_endpoint_gives_the_same_bytes(graph: mngraph.Graph, release: Path) -> None:
    claim = context.expand(CLAIM)
    with served(release, "--union-default-graph") as address:
        remote = mngraph.load(address).store
        for name in ("review-tables", "csl"):
            assert list(parts(remote, name, [claim])) == list(parts(graph.store, name, [claim]))
