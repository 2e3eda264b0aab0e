"""Where a question has no answer, what is near is named, and every command named has one."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from answers import questions
from answers.records import records, slugs, within
from conftest import Runner, sampled
from madeup import Record, graph_of

import mngraph
from mngraph import context
from mngraph.evidence.nearby import MOST
from mngraph.evidence.weighing import evidence

PRP = "platelet-rich-plasma"


def iri(curie: str) -> str:
    return context.expand(curie)


def unanswered() -> list[dict[str, str]]:
    """Pairs that no study compared: some modalities for vitiligo, some indications with PRP."""
    pairs = [
        {"indication": "vitiligo", "modality": modality}
        for modality in sampled(sorted(slugs("modality")), 10)
        if not within("modality", modality, "control-intervention")
    ]
    pairs += [
        {"indication": one, "modality": PRP} for one in sampled(sorted(slugs("indication")), 6)
    ]
    return [pair for pair in pairs if not sum(questions.counts(**pair)[:4])]


@pytest.mark.slow(reason="runs the commands that many answers name")
def test_what_is_near_has_an_answer(graph: mngraph.Graph, run: Runner) -> None:
    """Every sixth command is run as it stands, and tells as many studies as the entry counts."""
    told: dict[str, dict[str, Any]] = {}
    listed = 0
    for pair in unanswered():
        found = graph.evidence(pair["indication"], pair["modality"])
        entries = found.to_dict()["nearby"]
        order = [(e["randomized"], e["compared"], e["studies"]) for e in entries]
        assert order == sorted(order, reverse=True) and len(order) <= MOST
        for entry in entries:
            assert entry["studies"] > 0
            assert entry["compared"] > 0 or not found.findings
            told |= {entry["command"]: entry} if entry["command"] else {}
            listed += not entry["command"]
    assert len(told) > 20 and listed
    for command, entry in sampled(told.items(), 6):
        _, *words = shlex.split(command)
        if words[0] == "evidence":
            own = (entry["compared"], entry["randomized"], entry["studies"])
            assert own == counted(run(*words, "-f", "json").stdout), command
        else:
            listing = run(*words, "-f", "csv").stdout
            keys = [name.rpartition("(study:")[2].rstrip(")") for name in entry["names"]]
            assert all(key in listing for key in keys), command


def counted(text: str) -> tuple[int, int, int]:
    """How many studies of the question of an answer compared it, with how many trials among them,
    and how many have a result: from the records."""
    question = json.loads(text)["question"]
    modalities = question["modalities"] or [None]
    asked = {
        "procedure": slug(question["procedure"]),
        "modality": slug(modalities[0]),
        "indication": slug(question["indication"]),
    }
    found = questions.counts(**asked, alone=question["alone"])
    trials = questions.counts(**asked, alone=question["alone"], randomized=True)
    return sum(found[:4]), sum(trials[:4]), sum(found)


def slug(address: str | None) -> str | None:
    return address and address.rpartition("/")[2]


def test_plasma_for_vitiligo_is_no_dead_end(graph: mngraph.Graph) -> None:
    """One trial of the records compared it with needling, and favors it."""
    (trial,) = (
        record
        for record in records().values()
        if record.get("indications") == ["vitiligo"]
        and any(PRP in arm.get("interventions", []) for arm in record["arms"])
    )
    stated = {outcome["direction"] for outcome in trial["outcomes"] if "direction" in outcome}
    assert stated == {"favours-first"}
    entries = graph.evidence("vitiligo", PRP).nearby
    (against,) = (entry for entry in entries if "without needling" in entry.words)
    assert (against.randomized, against.tally.supports, against.tally.compared) == (1, 1, 1)
    assert trial["id"] in against.names[0]
    (partners,) = (entry for entry in entries if entry.command == "mngraph evidence -i vitiligo")
    assert partners.tally.compared == sum(questions.counts(indication="vitiligo")[:4])


def test_the_nearest_broader_indication_with_studies_is_named(graph: mngraph.Graph) -> None:
    """Hypopigmentation has none either; the next group has the trials in melasma."""
    assert not sum(questions.counts(indication="hypopigmentation", modality=PRP))
    told = {entry.command: entry for entry in graph.evidence("vitiligo", PRP).nearby}
    entry = told[f"mngraph evidence -i pigmentary-disorder -w {PRP}"]
    counts = questions.counts(indication="pigmentary-disorder", modality=PRP)
    assert (entry.tally.compared, entry.studies) == (sum(counts[:4]), sum(counts))


def test_injections_are_named_where_nothing_was_needled(graph: mngraph.Graph) -> None:
    assert not graph.evidence("nail psoriasis").findings
    told = [entry.command for entry in graph.evidence("nail psoriasis").nearby]
    assert "mngraph evidence -i nail-psoriasis -p related-transcutaneous-technique" in told


def test_where_there_is_an_answer_nothing_is_near(graph: mngraph.Graph) -> None:
    assert graph.evidence("acne scar", PRP).nearby == ()
    assert graph.evidence(event="erythema").nearby == ()


def test_before_and_after_alone_is_told_with_what_was_compared(graph: mngraph.Graph) -> None:
    found = graph.evidence("androgenetic alopecia", "exosome")
    assert found.findings and not any(entry.other for entry in found.findings)
    assert found.nearby and all(entry.tally.compared for entry in found.nearby)


def test_limits_that_leave_nothing_are_named(graph: mngraph.Graph) -> None:
    found = graph.evidence("melasma", "vitamin C", level=1)
    assert not found.findings
    assert "mngraph evidence -i melasma -w vitamin-c" in {e.command for e in found.nearby}


def test_an_event_that_nobody_reports_here_is_told_where_it_is(
    graph: mngraph.Graph, run: Runner
) -> None:
    found = graph.evidence("keloid", procedure="roller microneedling", event="erythema")
    assert not found.reports and found.nearby
    for entry in found.nearby:
        answer = json.loads(run(*shlex.split(entry.command)[1:], "-f", "json").stdout)
        assert answer["rows"], entry


ALONE: Record = {
    "id": "pmid-1",
    "publication": {"pmid": "1", "authors": ["Maker A"], "issued": "2020"},
    "design": "randomised-controlled-trial",
    "indications": ["vitiligo"],
    "arms": [{"id": "A", "interventions": [PRP]}, {"id": "B", "interventions": ["placebo"]}],
    "outcomes": [
        {
            "measure": "repigmentation-outcome", "first": "A", "second": "B",
            "direction": "favours-first",
        }
    ],
}  # fmt: skip


def test_studies_without_needling_are_listed_by_name(tmp_path: Path) -> None:
    found = evidence(
        graph_of([ALONE], tmp_path),
        indication=iri("indication:vitiligo"),
        modalities=[iri(f"modality:{PRP}")],
    )
    (entry,) = found.nearby
    assert (entry.studies, entry.command) == (1, "")
    assert "platelet-rich plasma without needling for vitiligo: 1 study; only listed" in str(found)
    assert "pmid-1" in str(found) and "pmid-1" in found.to_json()


@pytest.mark.parametrize("style", ["table", "markdown"])
def test_what_is_near_is_shown_with_its_command(style: str, run: Runner) -> None:
    text = run("evidence", "-i", "vitiligo", "-w", "PRP", "-f", style).stdout
    assert "Related evidence:" in text
    assert "mngraph evidence -i vitiligo\n" in text.replace("`", "")
    assert "1 in favor" in text


def test_a_broader_indication_with_more_evidence_is_named(graph: mngraph.Graph) -> None:
    """tests/data/clinician.yaml counts 12 studies of acne scars with a result."""
    found = graph.evidence("atrophic acne scar", "PRP")
    assert found.broader.startswith("Broader: acne scar has 12 studies and ")
    assert found.broader.endswith("mngraph evidence -i acne-scar -w platelet-rich-plasma")
    assert found.broader in found.to_html()
    assert found.to_dict()["broader"] == found.broader
    assert graph.evidence("melasma", "cysteamine").broader == ""


def test_a_combination_without_a_study_leads_to_what_is_near_its_indication(
    graph: mngraph.Graph,
) -> None:
    """No record has plasma for psoriasis; one has a patch for it, which is no needling."""
    near = graph.evidence("psoriasis", "PRP").nearby
    assert near and {entry.command for entry in near} == {
        entry.command for entry in graph.evidence("psoriasis").nearby
    }
