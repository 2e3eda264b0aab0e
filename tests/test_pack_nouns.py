"""A graph on another procedure is asked, weighed and drawn in the words of its own pack."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from mngraph import build
from mngraph.drawing import mapdrawing
from mngraph.graph import Graph
from mngraph.newpack import make_pack
from mngraph.store import LocalStore

Runner = Callable[..., Any]

TRIAL = """
id: {id}
publication: {{title: A made-up trial, authors: [{author}], issued: "2026"}}
design: randomised-controlled-trial
participants: 40
indications: [melasma]
arms:
  - {{id: A, procedure: glycolic-acid-peel{added}}}
  - {{id: B, {other}}}
outcomes:
  - {{measure: melasma-severity-index, first: A, second: B, direction: {direction}}}
curation: {{source: "https://example.org/x", seen: abstract, curated: "2026-11-28"}}
"""
ARMS = {
    "with": (", combined_with: [microneedling]", "procedure: glycolic-acid-peel", "favours-first"),
    "against": ("", "interventions: [microneedling]", "no-difference"),
    "other": ("", "procedure: salicylic-acid-peel", "favours-second"),
}


@pytest.fixture(scope="module")
def peels(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    folder = tmp_path_factory.mktemp("packs") / "peels"
    make_pack(folder, root="chemical-peel", noun="chemical peeling")
    for path in (folder / "studies").iterdir():
        path.unlink()
    for number, (name, (added, other, direction)) in enumerate(ARMS.items()):
        text = TRIAL.format(
            id=name, author=f"Doe{number} J", added=added, other=other, direction=direction
        )
        (folder / "studies" / f"{name}.yaml").write_text(textwrap.dedent(text), "utf-8")
    store, sources = build.build_graph(build.study_files([folder]))
    assert sources.problems == []
    return store


def test_the_verdict_speaks_of_the_pack(peels: LocalStore) -> None:
    found = Graph(peels).evidence("melasma")
    assert found.subject == "chemical peeling, alone or combined, for melasma"
    assert not re.search(r"\bneedling\b", str(found))
    narrow = Graph(peels).evidence("melasma", procedure="glycolic acid peel")
    assert "chemical peeling of another kind or with something else" in str(narrow)
    assert not re.search(r"\bneedling\b", str(narrow))


def test_comparators_are_told_by_the_root_of_the_pack(peels: LocalStore) -> None:
    rows = peels.select(
        "SELECT DISTINCT ?study ?kind { ?line mn:study ?study ; mn:comparatorKind ?kind }"
    )
    kinds = {
        (row["study"].value.rpartition("/")[2], row["kind"].value.rpartition("#")[2])
        for row in rows
    }
    assert kinds == {
        ("with", "ProcedureAlone"),  # with needling against the same peel alone
        ("with", "OtherCombination"),  # and seen from the peel alone
        ("against", "OtherTreatment"),  # needling is not a peel, whatever the vocabulary lists
        ("other", "OtherCombination"),
    }


def test_partners_can_be_procedures_of_the_shared_vocabulary(peels: LocalStore) -> None:
    found = Graph(peels).evidence("melasma")
    assert [row[:2] for row in found.partners.rows] == [
        ["procedure:microneedling", "microneedling"]
    ]
    assert found.partners.title == "Combined with chemical peeling"


def test_a_question_in_words_takes_the_first_procedure_as_the_procedure(
    peels: LocalStore,
) -> None:
    graph = Graph(peels)
    found = graph.evidence("melasma", procedure="glycolic acid peel", combined_with="microneedling")
    assert [entry.study.label for entry in found.findings] == ["Doe0 2026"]


def test_the_map_has_the_columns_of_the_pack(peels: LocalStore) -> None:
    found = Graph(peels).gap_map()
    assert [column.label for column in found.columns] == [
        "chemical peeling alone",
        "microneedling",
    ]
    procedures = Graph(peels).gap_map(columns="procedure")
    assert {column.label for column in procedures.columns} == {
        "chemical peel",
        "glycolic acid peel",
        "salicylic acid peel",
    }
    page = mapdrawing.to_html(found)
    assert "What chemical peeling was combined with" in page
    assert "chemical peeling with microneedling" in page


def test_the_network_draws_peels_as_procedures(peels: LocalStore) -> None:
    network = Graph(peels).network()
    kinds = {node: data["kind"] for node, data in network.nodes(data=True)}
    assert kinds["modality:glycolic-acid-peel"] == "procedure"
    assert kinds["procedure:microneedling"] == "modality"
    labels = {data["label"] for *_, data in network.edges(data=True)}
    assert "combined with chemical peeling in a study of" in labels


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("studies-favouring-comparator", 0),  # the only loser lost to another peel
        ("modalities-bridging-indications", 0),
        ("added-to-procedure", 1),
        ("added-to-needling", 1),
    ],
)
def test_named_queries_ask_for_the_roots_of_the_pack(
    query: str, rows: int, peels: LocalStore
) -> None:
    found = Graph(peels).query(query)
    assert (len(found) > 0) == (rows > 0)


def test_gaps_are_those_of_the_pack(peels: LocalStore) -> None:
    assert len(Graph(peels).query("gaps", min_studies=1)) == 0
