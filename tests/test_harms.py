"""Harms: each sentence states its base, its parts add up to it, and each study is named."""

from __future__ import annotations

import re

import pytest
import yaml
from answers import questions
from answers.records import records
from conftest import CHECKOUT, sampled

import mngraph
from mngraph import iris
from mngraph.evidence import harms
from mngraph.evidence.model import Arm, Finding, Outcome, Study

PART = re.compile(
    r"(?:, |^|and |\. )(none|\d+) "
    r"(?:reports?|names? events|states?|describes? safety|only compares?|does not|do not)"
)


def of_slug(kind: str, slug: str) -> str:
    return iris.concept(kind, slug)


def told(found: mngraph.Evidence) -> str:
    return next((point for point in found.points if point.startswith("Harms: ")), "")


def parts(sentences: str) -> tuple[int, int]:
    """The base of the sentences on harms, and the sum of their parts, read off the text."""
    only = "Harms: of the 1 study that used it, 1"
    sentences = sentences.replace("Harms: the 1 study that used it", only)
    base = re.match(r"Harms: of the (\d+) (?:study|studies) that used it", sentences)
    assert base, sentences
    listed = sentences.split(" Of the studies that compare harm")[0]
    numbers = [0 if n == "none" else int(n) for n in PART.findall(listed)]
    return int(base[1]), sum(numbers)


@pytest.mark.slow(reason="weighs many questions")
def test_the_parts_of_the_sentences_on_harms_add_up_to_their_base(graph: mngraph.Graph) -> None:
    """For every twelfth pair of an indication and a modality; the base is counted anew."""
    pairs = {
        (indication, modality)
        for record in records().values()
        for indication in record.get("indications", [])
        for arm in record["arms"]
        if "procedure" in arm
        for modality in arm.get("combined_with", [])
    }
    asked = 0
    for indication, modality in sampled(sorted(pairs), 12):
        found = graph.evidence(
            of_slug("indication", indication), of_slug("modality", modality)
        )  # fmt: skip
        if told(found):
            base, total = parts(told(found))
            about = {"indication": indication, "modality": modality}
            assert base == total == questions.studies(**about), (about, told(found))
            asked += 1
    assert asked > 10


def test_each_harm_names_its_study_and_its_numbers(graph: mngraph.Graph) -> None:
    """A case report of 1 of 1, and 1 of 30 in a record that names no arm."""
    case = yaml.safe_load(
        (CHECKOUT / "data/studies/wu-2022-eczema-herpeticum-following.yaml").read_text("utf-8")
    )
    split = yaml.safe_load(
        (CHECKOUT / "data/studies/doi-10.4103-0974-2077.150742.yaml").read_text("utf-8")
    )
    [herpes], [darker] = case["adverse_events"], split["adverse_events"]
    assert (herpes["affected"], herpes["at_risk"], case["design"]) == (1, 1, "case-report")
    assert (darker["affected"], darker["at_risk"], "arm" in darker) == (1, 30, False)
    found = graph.evidence("atrophic acne scar", "PRP")
    assert found.harms is not None
    shown = found.harms.tables()[0]
    assert shown.rows == [
        ["eczema herpeticum", "Wu et al. 2022c", "microneedling with platelet-rich plasma", 1, 1,
         "left out of the rate: case report"],
        ["post-inflammatory hyperpigmentation", "Chawla 2014", "arm not stated", 1, 30,
         "not counted: may be of another arm"],
    ]  # fmt: skip
    assert told(found).startswith(
        "Harms: of the 12 studies that used it, 1 reports adverse events: eczema herpeticum. 1 "
        "names events without saying in which arm. 10 do not mention adverse events."
    )
    cited = {source.key for source in found.sources}
    assert {case["id"], split["id"]} <= cited


def test_numbers_of_case_series_are_shown_and_said_to_be_left_out(graph: mngraph.Graph) -> None:
    path = CHECKOUT / "data/studies/pmid-36934160.yaml"
    stated = {
        (each["event"], each["affected"], each["at_risk"])
        for each in yaml.safe_load(path.read_text("utf-8"))["adverse_events"]
    }
    found = graph.evidence("striae distensae").to_dict()["harms"]
    assert found is not None
    own = [row for row in found["reports"] if row["key"] == "pmid-36934160"]
    assert {(r["event"].replace(" ", "-"), r["affected"], r["at_risk"]) for r in own} == stated
    assert {row["note"] for row in own} == {"left out of the rate: case series"}


def test_a_rate_without_numbers_says_how_many_report_it(graph: mngraph.Graph) -> None:
    """Of needling with minoxidil for pattern hair loss one trial reports pain, without numbers."""
    about = {"indication": "androgenetic alopecia", "combined_with": "minoxidil"}
    found = graph.evidence(event="side effects", **about)
    [row] = [each for each in found.to_dict()["pooled"] if each["event"] == "pain"]
    told = (row["event"], row["reported_by"], row["not_pooled"])
    assert told == ("pain", 1, "numbers not stated")
    assert (row["studies"], row["affected"], row["at_risk"]) == (None, None, None)


def test_who_tells_of_it_and_is_not_counted_is_named(graph: mngraph.Graph) -> None:
    """Two records name no arm, one another arm, and two state that there were no events."""
    found = graph.evidence(
        event="side effects", indication="androgenetic alopecia", combined_with="minoxidil"
    )
    rows = [dict(zip(found.others.columns, row, strict=True)) for row in found.others.rows]
    by_note = {(row["study"], row["note"]) for row in rows}
    assert by_note == {
        ("Adistri et al. 2024", "not counted: may be of another arm"),
        ("Malhotra et al. 2020", "not counted: may be of another arm"),
        ("Randomized controlled trial of androgenetic alopecia 2020", "not counted: another arm"),
        ("Parajuli et al. 2020", "states: none, or none serious"),
        ("Dhurat et al. 2013", "states: none, or none serious"),
    }
    assert {row["study"]: row["n"] for row in rows}["Dhurat et al. 2013"] == 100
    assert "Dhurat et al. 2013" in found.to_markdown()
    assert '<section id="others">' in found.to_html()


def test_harm_that_was_compared_is_said_as_harm(graph: mngraph.Graph) -> None:
    """One trial of stretch marks finds more pain and less downtime, one less darkening."""
    said = told(graph.evidence("striae distensae"))
    assert (
        "Of the studies that compare harm, 1 finds less harm with the other treatment (pain" in said
    )
    assert re.search(r"\. 2 find less harm with it \(.*hyperpigmentation incidence\)\.$", said)


def test_a_laboratory_value_is_no_comparison_of_harm(graph: mngraph.Graph) -> None:
    """A trial of topical insulin followed blood glucose: no benefit, and no harm that one feels."""
    key = "doi-10.70749-ijbr.v3i3.1945"
    record = yaml.safe_load((CHECKOUT / f"data/studies/{key}.yaml").read_text("utf-8"))
    assert "metabolic-measure" in {outcome["measure"] for outcome in record["outcomes"]}
    found = graph.evidence("atrophic acne scar", "PRP", randomized=True)
    assert key in {entry["key"] for entry in found.to_dict()["rows"]}
    assert found.harms is not None and not found.harms.comparisons
    assert "compare" not in told(found)
    shown = {str(row["measure"]) for row in found.to_dict()["rows"]}
    assert not any("metabolic" in measure for measure in shown)


def test_a_study_that_compares_harm_is_not_called_silent(graph: mngraph.Graph) -> None:
    """In healthy skin one study only compares pain and redness, without naming an event."""
    record = yaml.safe_load((CHECKOUT / "data/studies/pmid-20676735.yaml").read_text("utf-8"))
    assert "adverse_events" not in record
    assert "pain-score" in {outcome["measure"] for outcome in record["outcomes"]}
    said = told(graph.evidence("healthy skin"))
    assert "do not mention" not in said and "does not mention" not in said
    assert "1 only compares harm. Of the studies that compare harm" in said
    assert "1 finds no difference (pain score and procedural erythema)" in said


def compared(*measures: str, cohort: str = "s", direction: str = "NoDifference") -> Finding:
    arms = [Arm(iri=f"{cohort}/{name}", label=name) for name in "ab"]
    outcome = Outcome(
        iri="o", direction=direction, first_arm=arms[0].iri, measures={m: m for m in measures}
    )
    study = Study(iri=cohort, cohort=cohort)
    return Finding(study=study, arm=arms[0], other=arms[1], comparator="", outcome=outcome)


def test_the_only_comparison_of_harm_names_what_was_compared() -> None:
    found = harms.Harms(studies=1, comparing=1, comparisons=(compared("pain score"),))
    assert harms.sentences(found) == (
        "Harms: of the 1 study that used it, none reports an adverse event in an arm that had it. "
        "1 only compares harm. 1 study compares pain score: no difference."
    )


@pytest.mark.parametrize("number", range(1, 10))
def test_few_harms_are_all_named(number: int) -> None:
    """The last of few may be the one that matters."""
    events = tuple(harms.Event(name=f"event {n}", studies=1, unplaced=0) for n in range(number))
    said = harms.sentences(harms.Harms(events=events, studies=3, reporting=2))
    assert all(event.name in said for event in events) and " more" not in said
