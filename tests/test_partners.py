"""What was combined with needling for an indication: counted as each question on it counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from answers import questions
from answers.records import arms, is_needled, is_review, label, records, slugs, within
from conftest import Runner
from madeup import Record, graph_of

import mngraph
from mngraph import context
from mngraph.evidence import partners
from mngraph.evidence.facts import Facts
from mngraph.evidence.model import Question
from mngraph.evidence.weighing import evidence
from mngraph.evidence.words import tally
from mngraph.store import LocalStore
from mngraph.tables import Table

STANCES = ("supports", "disputes", "no_difference", "mixed")


def rows_of(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def treated() -> list[str]:
    """The indications that studies are about, and the groups that they fall under."""
    named = {slug for record in records().values() for slug in record.get("indications", [])}
    return [
        slug
        for slug in sorted(slugs("indication"))
        if any(within("indication", one, slug) for one in named)
    ]


@pytest.fixture(scope="module")
def by_indication(store: LocalStore) -> dict[str, list[dict[str, Any]]]:
    facts, found = Facts(store), {}
    for slug in treated():
        question = Question(indication=context.expand(f"indication:{slug}"))
        table = partners.partners(facts, question, facts.findings(question))
        found[slug] = rows_of(table)
    return found


def test_every_pair_counts_as_the_records_do(
    by_indication: dict[str, list[dict[str, Any]]],
) -> None:
    wrong = []
    for indication, rows in by_indication.items():
        for row in rows:
            asked = {"indication": indication, "modality": row["modality"].partition(":")[2]}
            trials = questions.counts(**asked, randomized=True)[:4]
            before = row["baseline_better"] + row["baseline_other"]
            own = (*(row[name] for name in STANCES), before, row["within"])
            drawn = tuple(row[f"randomized_{name}"] for name in STANCES)
            if (own, drawn) != (questions.counts(**asked), trials):
                wrong.append((asked, own, drawn))
            assert row["randomized"] == sum(trials) and row["compared"] == sum(own[:4])
            assert row["studies"] + row["without_result"] == questions.studies(**asked), asked
    assert wrong == []
    assert sum(map(len, by_indication.values())) > 300


def test_every_pair_counts_as_its_own_answer(
    by_indication: dict[str, list[dict[str, Any]]], store: LocalStore
) -> None:
    facts = Facts(store)
    for indication, rows in by_indication.items():
        for row in rows:
            question = Question(
                indication=context.expand(f"indication:{indication}"),
                modalities=(context.expand(row["modality"]),),
            )
            found = tally(f for f in facts.findings(question) if not f.study.review)
            assert {name: row[name] for name in found.__slots__} == {
                name: getattr(found, name) for name in found.__slots__
            }, question


@pytest.mark.parametrize("indication", ["melasma", "acne-scar", "hair-disorder"])
def test_no_modality_that_was_given_with_needling_is_missing(
    indication: str, by_indication: dict[str, list[dict[str, Any]]]
) -> None:
    given = {
        modality
        for record in records().values()
        if not is_review(record)
        and any(within("indication", one, indication) for one in record.get("indications", []))
        for arm in filter(is_needled, arms(record))
        for modality in arm.get("combined_with", [])
        if not questions.is_idle(modality)
    }
    rows = by_indication[indication]
    assert {row["modality"].partition(":")[2] for row in rows} == given
    assert {row["label"] for row in rows} == {label("modality", slug) for slug in given}


def test_randomized_comparisons_come_first(
    by_indication: dict[str, list[dict[str, Any]]],
) -> None:
    for rows in by_indication.values():
        order = [(row["randomized"], row["compared"], row["studies"]) for row in rows]
        assert order == sorted(order, reverse=True)


def trial(number: int, **more: Any) -> Record:
    return {
        "id": f"pmid-{number}",
        "publication": {"pmid": str(number), "authors": [f"Maker{number} A"], "issued": "2020"},
        "design": "randomised-split-body-trial",
        "participants": 10 * number,
        "indications": ["melasma"],
        "arms": [
            {"id": "A", "procedure": "microneedling", "combined_with": ["vitamin-c"]},
            {"id": "B", "procedure": "microneedling", "combined_with": ["saline-placebo"]},
        ],
        "outcomes": [
            {
                "measure": "clinical-response", "first": "A", "second": "B",
                "direction": "favours-first",
            }
        ],
        **more,
    }  # fmt: skip


def test_people_of_one_cohort_count_once_and_placebos_are_no_partner(tmp_path: Path) -> None:
    silent = [{"measure": "clinical-response", "first": "A", "second": "B"}]
    store = graph_of(
        [trial(1), trial(2, same_cohort_as=["pmid-1"]), trial(3, outcomes=silent)], tmp_path
    )
    found = evidence(store, indication=context.expand("indication:melasma"))
    (row,) = rows_of(found.partners)
    assert row["modality"] == "modality:vitamin-c"
    assert (row["randomized"], row["supports"], row["studies"]) == (1, 1, 1)
    assert (row["participants"], row["without_result"]) == (20, 1)


def test_limits_hold_for_partners_too(graph: mngraph.Graph) -> None:
    rows = rows_of(graph.evidence("melasma", randomized=True).partners)
    assert rows and all(row["randomized"] == row["compared"] for row in rows)


@pytest.mark.parametrize(
    "asked",
    [
        {"indication": "melasma", "combined_with": "vitamin C"},
        {"indication": "melasma", "alone": True},
        {"indication": "melasma", "event": "erythema"},
        {"procedure": "microneedling"},
    ],
    ids=str,
)
def test_other_questions_have_no_partners(asked: dict[str, Any], graph: mngraph.Graph) -> None:
    assert len(graph.evidence(**asked).partners) == 0


def test_every_format_shows_them_and_where_to_go_on(run: Runner) -> None:
    asked = ("evidence", "-i", "melasma")
    rows = json.loads(run(*asked, "-f", "json").stdout)["partners"]
    assert [row["label"] for row in rows[:2]] == ["tranexamic acid", "platelet-rich plasma"]
    for style in ("table", "markdown"):
        text = run(*asked, "-f", style).stdout
        assert text.index("tranexamic acid") < text.index("jocd.70742")
        assert "1 for" in text and "Ranked by how often" in text
        assert "added-to-procedure" in text and "mngraph evidence -i melasma -w " in text
