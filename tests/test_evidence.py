"""Verdicts, tables and pooling: what a reader is told, on records whose answer is known."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import sampled
from madeup import COMBINED, PRP, Record, graph_of, trial

import mngraph
from mngraph import context
from mngraph.errors import UsageError
from mngraph.evidence.weighing import Evidence, evidence
from mngraph.store import LocalStore, open_store

FORBIDDEN = re.compile(
    r"\b(proven|proves?|effective(ly|ness)?|efficac\w*|works?|worked|treats|cures?d?|safe(ly)?|"
    r"recommend\w*|beneficial|superior|inferior|significant(ly)?|should|best treatment)\b",
    re.IGNORECASE,
)


def iri(curie: str) -> str:
    return context.expand(curie)


@pytest.fixture
def known(tmp_path: Path) -> LocalStore:
    """Four trials, two reports of one cohort, a review, and one that tells no result."""
    before = [{"measure": "acne-severity", "first": "A", "direction": "improved-from-baseline"}]
    return graph_of(
        [
            trial(1, "favours-first"),
            trial(2, "no-difference"),
            trial(3, "favours-second", same_cohort_as=["pmid-4"]),
            trial(4, "favours-second", participants=50),
            trial(5, None, design="case-series", arms=[COMBINED], outcomes=before),
            trial(6, "favours-first", design="meta-analysis", participants=900),
            trial(7, None),
        ],
        tmp_path,
    )


def asked(store: LocalStore, **more: Any) -> Evidence:
    given = {"indication": iri("indication:acne-scar"), "modalities": [iri(f"modality:{PRP}")]}
    return evidence(store, **{**given, **more})


def test_a_verdict_counts_studies_and_goes_no_further(known: LocalStore) -> None:
    found = asked(known)
    assert found.verdict == (
        "3 randomized studies compare needling with platelet-rich plasma for acne scar with "
        "something else. 1 favors it, 1 finds no difference and 1 favors the comparator. Study "
        "quality has not been assessed."
    )
    assert found.points == (
        "Against the procedure alone, 3 randomized studies: 1 favors it, 1 finds no difference and "
        "1 favors the comparator.",
        "1 study looks only at before and after treatment, the weakest kind of evidence: 1 reports "
        "improvement.",
        "Harms: of the 5 studies that used it, none reports an adverse event in an arm that had "
        "it. 5 do not mention adverse events.",
        "In all: 4 studies in 5 reports, with 130 participants. Highest design level: 2 "
        "(randomized trial).",
    )
    assert found.to_dict()["counts"]["randomized"] == {
        "supports": 1, "no_difference": 1, "disputes": 1, "mixed": 0, "baseline_better": 0,
        "baseline_other": 0, "within": 0,
    }  # fmt: skip


def test_reviews_stand_in_a_sentence_of_their_own(known: LocalStore) -> None:
    assert asked(known).reviews == (
        "1 review is listed separately, because it may include the same studies. Highest design "
        "level: 1."
    )


def test_gaps_are_told(known: LocalStore) -> None:
    assert asked(known).gaps == (
        "No study against no treatment, placebo or sham.",
        "No study of 100 participants or more; the largest has 50.",
        "1 more study used it, but the text that was read gives no result on benefit.",
    )


def test_nothing_found_is_a_gap_and_not_a_finding(known: LocalStore) -> None:
    found = asked(known, indication=iri("indication:melasma"))
    assert found.verdict == (
        "No study in this graph has a result on needling with platelet-rich plasma for melasma. "
        "That is a gap, not a finding."
    )
    assert found.reviews == ""
    assert len(found.table()) == 0


def test_the_other_arm_sees_the_same_trials_from_its_side(known: LocalStore) -> None:
    alone = asked(known, modalities=(), alone=True)
    assert "1 favors it, 1 finds no difference and 1 favors the comparator" in alone.verdict
    assert {"favors it", "no difference", "favors the comparator"} <= {
        row[8] for row in alone.table().rows
    }


def test_a_better_combination_does_not_speak_against_the_procedure(tmp_path: Path) -> None:
    """Needling with plasma beat needling in two trials; one compared needling with a cream."""
    alone = {"id": "A", "procedure": "microneedling"}
    cream = {"id": "B", "interventions": ["tazarotene"]}
    records = [
        trial(1, "favours-first"),
        trial(2, "favours-first"),
        trial(3, "favours-first", arms=[alone, cream]),
    ]
    found = asked(graph_of(records, tmp_path), modalities=(), alone=True)
    assert found.verdict == (
        "1 randomized study compares needling alone for acne scar with something else. It favors "
        "needling alone. 2 more randomized studies compare it with needling of another kind or "
        "with something else: both favor that. Study quality has not been assessed."
    )
    counts = found.to_dict()["counts"]["randomized"]
    assert (counts["supports"], counts["disputes"]) == (1, 2)


def test_where_only_combinations_were_compared_the_bottom_line_says_so(known: LocalStore) -> None:
    alone = asked(known, modalities=(), alone=True)
    assert alone.verdict.startswith(
        "3 randomized studies compare needling alone for acne scar with needling of another kind "
        "or with something else. No study compares it with anything else. 1 favors it"
    )


def test_needling_with_a_placebo_is_a_comparison_with_a_placebo(tmp_path: Path) -> None:
    """Saline that is needled in is the placebo of what is needled in."""
    arms = [
        COMBINED,
        {"id": "B", "procedure": "microneedling", "combined_with": ["saline-placebo"]},
    ]
    found = asked(graph_of([trial(1, "favours-first", arms=arms)], tmp_path))
    assert "Against the procedure alone" in found.points[0]
    assert not any("placebo" in gap for gap in found.gaps)


def test_two_forms_of_what_is_asked_for_are_not_a_comparator(known: LocalStore) -> None:
    both = asked(known, modalities=())
    assert "3 studies only compare forms of it." in both.points
    assert both.verdict.startswith("No study compares needling, alone or combined, for acne scar")
    told = {row[8] for row in both.table().rows}
    assert "favors roller microneedling with platelet-rich plasma" in told
    assert "favors roller microneedling" in told


def test_narrower_concepts_are_included_and_said_as_inherited(known: LocalStore) -> None:
    assert all(entry.inherited for entry in asked(known).findings)
    exact = asked(
        known, indication=iri("indication:atrophic-acne-scar"),
        procedure=iri("procedure:roller-microneedling"),
    )  # fmt: skip
    assert not any(entry.inherited for entry in exact.findings)


def test_outcomes_that_disagree_make_a_study_mixed(tmp_path: Path) -> None:
    one = {
        "measure": "clinical-response",
        "first": "A",
        "second": "B",
        "direction": "favours-first",
    }
    two = {**one, "measure": "acne-severity", "direction": "no-difference"}
    harm = {**one, "measure": "downtime", "direction": "favours-second"}
    store = graph_of([trial(1, None, outcomes=[one, two, harm])], tmp_path)
    assert "It has mixed results." in asked(store).verdict
    assert len(asked(store).findings) == 2


def test_surrogates_are_told_apart(tmp_path: Path) -> None:
    outcome = {"measure": "collagen-deposition", "first": "A", "second": "B",
               "direction": "favours-first"}  # fmt: skip
    found = asked(graph_of([trial(1, None, outcomes=[outcome])], tmp_path))
    assert any("1 study rests on surrogate measures alone." in point for point in found.points)
    assert "No clinical measure: patient-reported or surrogate measures only." in found.gaps
    assert found.table().rows[0][7] == "collagen deposition (surrogate)"


def test_alone_leaves_no_room_for_a_modality(known: LocalStore) -> None:
    with pytest.raises(UsageError, match="alone"):
        asked(known, alone=True)


# --- pooling -----------------------------------------------------------------------------------


def counts(number: int, a: int, n: int, c: int, m: int, **more: Any) -> Record:
    outcome = {
        "measure": "clinical-response", "first": "A", "second": "B",
        "direction": "favours-first" if a * m > c * n else "favours-second",
        "first_events": a, "first_total": n, "second_events": c, "second_total": m,
    }  # fmt: skip
    return trial(number, None, outcomes=[outcome], **more)


def test_counts_of_comparable_arms_are_pooled_once_a_cohort(tmp_path: Path) -> None:
    """The second report of the first cohort, and the review, are left out."""
    found = asked(graph_of(
        [counts(1, 15, 20, 8, 20), counts(2, 24, 30, 15, 30), counts(3, 15, 20, 8, 20,
         same_cohort_as=["pmid-1"]), counts(4, 90, 100, 10, 100, design="meta-analysis")],
        tmp_path,
    ))  # fmt: skip
    (group,) = found.pooled
    assert [entry.study.label for entry in group.estimates] == ["Maker1 2020", "Maker2 2020"]
    assert [entry.study.label for entry in group.reviews] == ["Maker4 2020"]
    assert group.estimates[0].shown.estimate == pytest.approx(15 * 12 / (5 * 8))
    assert group.pooled is not None
    assert group.pooled.prediction is None
    row = dict(zip(found.pooled_table().columns, found.pooled_table().rows[0], strict=True))
    assert row["effect"] == "clinical response: odds ratio against the procedure alone"
    assert row["studies"] == 2


def test_an_effect_is_turned_with_its_arms(tmp_path: Path) -> None:
    effect = {"type": "odds-ratio", "value": 2.0, "lower": 1.0, "upper": 4.0, "text": "OR 2"}
    outcome = {"measure": "clinical-response", "first": "B", "second": "A",
               "direction": "favours-first", "effect": effect}  # fmt: skip
    found = asked(graph_of([trial(1, None, outcomes=[outcome])], tmp_path))
    ((estimate,),) = (group.estimates for group in found.pooled)
    assert estimate.shown.estimate == pytest.approx(0.5)
    told = found.table().rows[0][8:10]
    assert told == ["favors the comparator", "OR 2; as printed: the comparator against it"]


def test_scales_that_run_in_opposite_ways_are_not_pooled(tmp_path: Path) -> None:
    def difference(number: int, value: float) -> Record:
        effect = {"type": "mean-difference", "value": value, "lower": value - 0.5,
                  "upper": value + 0.5, "text": f"MD {value}"}  # fmt: skip
        outcome = {"measure": "masi", "first": "A", "second": "B", "direction": "favours-first",
                   "effect": effect}  # fmt: skip
        return trial(number, None, outcomes=[outcome])

    found = asked(graph_of([difference(1, 3.0), difference(2, -3.0)], tmp_path))
    assert found.pooled_table().rows[0][-1] == "the scales of the studies run in opposite ways"


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (counts(1, 0, 20, 0, 20), "no events in either arm"),
        (counts(1, 20, 20, 20, 20), "everybody in both arms had the event"),
    ],
)
def test_what_gives_no_effect_says_why(record: Record, why: str, tmp_path: Path) -> None:
    found = asked(graph_of([record], tmp_path))
    assert (found.pooled, found.without_estimate) == ((), {why: 1})
    assert f"{why} (1)" in str(found)


def test_one_effect_is_not_pooled(tmp_path: Path) -> None:
    (group,) = asked(graph_of([counts(1, 15, 20, 8, 20)], tmp_path)).pooled
    assert (group.pooled, group.why) == (None, "one study")


@pytest.mark.parametrize(
    ("notes", "directions", "why"),
    [
        (("excellent response", "poor response"), ("no-difference", "no-difference"),
         "the notes of the outcomes define them differently"),
        (("", ""), ("favours-first", "favours-second"), "the scales of the studies run in opposite "
         "ways"),
    ],
)  # fmt: skip
def test_effects_that_may_run_in_opposite_ways_are_not_pooled(
    notes: tuple[str, str], directions: tuple[str, str], why: str, tmp_path: Path
) -> None:
    """16 of 30 against 10 of 30: the interval crosses 1, and the studies still tell the way."""
    read = [counts(number + 1, 16, 30, 10, 30) for number in (0, 1)]
    for record, note, direction in zip(read, notes, directions, strict=True):
        (outcome,) = record["outcomes"]
        outcome |= {"direction": direction} | ({"note": note} if note else {})
    (group,) = asked(graph_of(read, tmp_path)).pooled
    assert (group.pooled, group.why) == (None, why)


def test_effects_without_numbers_to_pool_by_are_listed_with_the_reason(tmp_path: Path) -> None:
    effect = {"type": "odds-ratio", "value": 2.0, "text": "OR 2"}
    outcome = {"measure": "clinical-response", "first": "A", "second": "B", "effect": effect,
               "direction": "favours-first"}  # fmt: skip
    found = asked(graph_of([trial(n, None, outcomes=[outcome]) for n in (1, 2)], tmp_path))
    assert found.to_dict()["without_estimate"] == {"effect of another kind": 2}
    assert "effect of another kind (2)" in str(found)


def test_an_effect_without_printed_text_is_shown_by_its_numbers(tmp_path: Path) -> None:
    effect = {"type": "odds-ratio", "value": 2.97, "lower": 1.96, "upper": 4.51}
    outcome = {"measure": "clinical-response", "first": "A", "second": "B", "effect": effect,
               "direction": "favours-first", "note": "half the scars gone"}  # fmt: skip
    (row,) = asked(graph_of([trial(1, None, outcomes=[outcome])], tmp_path)).to_dict()["rows"]
    assert row["effect"] == "OR 2.97 (95% CI 1.96 to 4.51)"
    assert row["measure"] == "clinical response; half the scars gone"
    assert (row["effectType"], row["effectValue"], row["effectUpper"]) == ("OddsRatio", 2.97, 4.51)
    assert (row["key"], row["outcome"]) == ("pmid-1", iri("study:pmid-1/outcome/1"))


def test_studies_of_one_name_stay_apart_in_the_table(tmp_path: Path) -> None:
    same = {"publication": {"authors": ["Doe J"], "issued": "2020", "title": "Made up"}}
    read = [trial(n, "favours-first", **same, participants=n) for n in (31, 32)]
    text = str(asked(graph_of(read, tmp_path)))
    assert text.count("Doe 2020") == 2
    assert " 31 " in text and " 32 " in text


def test_different_comparators_are_not_pooled(tmp_path: Path) -> None:
    laser = {"id": "B", "interventions": ["laser"]}
    peel = {"id": "B", "interventions": ["chemical-peel"]}
    read = [counts(1, 15, 20, 8, 20, arms=[COMBINED, laser]),
            counts(2, 15, 20, 8, 20, arms=[COMBINED, peel])]  # fmt: skip
    assert [group.why for group in asked(graph_of(read, tmp_path)).pooled] == ["one study"] * 2


# --- safety ------------------------------------------------------------------------------------


@pytest.fixture
def harmed(tmp_path: Path) -> LocalStore:
    def report(number: int, affected: int | None, at_risk: int | None, **more: Any) -> Record:
        told = {"event": "post-inflammatory-hyperpigmentation", "arm": "A", **more}
        told |= {} if affected is None else {"affected": affected, "at_risk": at_risk}
        return trial(number, None, outcomes=[], adverse_events=[told])

    records = [report(1, 3, 30), report(2, 2, 20, seriousness="serious"), report(3, None, None),
               trial(4, "favours-first", no_adverse_events=True)]  # fmt: skip
    for record in records:
        record["outcomes"] or record.pop("outcomes")
    return graph_of(records, tmp_path)


def test_a_verdict_on_safety_counts_reports_and_silence(harmed: LocalStore) -> None:
    found = evidence(harmed, event=iri("event:hyperpigmentation"))
    assert found.verdict == (
        "3 studies, 3 of them randomized, report hyperpigmentation after needling, alone or "
        "combined. 1 study rated it serious. Study quality has not been assessed."
    )
    assert found.points == (
        "Post-inflammatory hyperpigmentation: 5 of 50 people, in 2 studies.",
        "The other study does not report it, which does not mean that it did not occur. It states "
        "that there were no adverse events, or no serious ones.",
        "In all: 3 studies, with 60 participants. Highest design level: 2 (randomized trial).",
    )


def test_rates_are_pooled_over_studies_that_state_both_numbers(harmed: LocalStore) -> None:
    """5 of 50: 3.33 to 21.81 % is the exact interval that R's binom.test(5, 50) gives."""
    (rate,) = evidence(harmed, event=iri("event:hyperpigmentation")).rates
    assert (rate.affected, rate.at_risk, len(rate.reports)) == (5, 50, 2)
    assert rate.interval is not None
    assert 100 * rate.interval.lower == pytest.approx(3.33, abs=0.01)
    assert 100 * rate.interval.upper == pytest.approx(21.81, abs=0.01)


def test_who_reports_without_an_arm_is_not_called_silent(tmp_path: Path) -> None:
    told = {"event": "erythema", "affected": 3, "at_risk": 30}
    read = [trial(1, "favours-first", adverse_events=[{**told, "arm": "A"}]),
            trial(2, "favours-first", adverse_events=[told]),
            trial(3, "favours-first")]  # fmt: skip
    given = {"event": iri("event:erythema"), "modalities": [iri(f"modality:{PRP}")]}
    found = evidence(graph_of(read, tmp_path), **given)
    assert any("The other study does not report it" in point for point in found.points)
    assert "1 more study reports it without naming the arm." in found.gaps


def test_case_reports_make_no_rate_and_one_study_is_called_one(tmp_path: Path) -> None:
    def report(number: int, design: str, affected: int, at_risk: int) -> Record:
        told = {"event": "erythema", "arm": "A", "affected": affected, "at_risk": at_risk}
        return trial(number, "favours-first", design=design, adverse_events=[told])

    read = [report(1, "case-report", 1, 1), report(2, "cohort-study", 3, 30),
            report(3, "case-series", 5, 5)]  # fmt: skip
    found = evidence(graph_of(read, tmp_path), event=iri("event:erythema"))
    (row,) = found.pooled_table().rows
    assert row[:4] == ["erythema", 1, 3, 30]
    assert row[5:] == ["one study; left out of the rate: 2 case reports or series", 3]


def test_a_review_that_calls_it_serious_is_told_apart(tmp_path: Path) -> None:
    told = {"event": "erythema", "arm": "A"}
    read = [trial(1, "favours-first", adverse_events=[told]),
            trial(2, "favours-first", design="meta-analysis",
                  adverse_events=[{**told, "seriousness": "serious"}])]  # fmt: skip
    found = evidence(graph_of(read, tmp_path), event=iri("event:erythema"))
    assert "No study rated it serious; 1 review did." in found.verdict


def test_results_are_split_by_comparator_with_randomized_studies_first(tmp_path: Path) -> None:
    laser, cohort = {"id": "B", "interventions": ["laser"]}, {"design": "cohort-study"}
    injected = {"id": "B", "interventions": [PRP]}
    read = [
        *(trial(n, "favours-second", **cohort, arms=[COMBINED, injected]) for n in (1, 2, 3)),
        trial(4, "favours-first"), trial(5, "favours-first"),
        trial(6, "no-difference", **cohort), trial(7, "favours-second", arms=[COMBINED, laser]),
    ]  # fmt: skip
    found = asked(graph_of(read, tmp_path))
    assert found.points[:3] == (
        "Against the procedure alone, 2 randomized studies: both favor it. 1 more is not "
        "randomized and finds no difference.",
        "Against another treatment, 1 randomized study, which favors the comparator.",
        "Against the same modality without needling, 3 studies, not randomized: all 3 favor the "
        "comparator.",
    )
    assert len(found.points) <= 6


# --- the release -------------------------------------------------------------------------------


@pytest.mark.slow(reason="weighs many questions")
def test_no_verdict_goes_beyond_the_counts(graph: mngraph.Graph, store: LocalStore) -> None:
    """Every sixteenth indication, modality, procedure and event of the release is asked for."""
    kinds = {"indication": "mn:indication", "combined_with": "mn:combinedWith",
             "procedure": "mn:procedure", "event": "mn:event"}  # fmt: skip
    asked = 0
    for kind, name in kinds.items():
        query = f"SELECT DISTINCT ?c {{ ?claim mn:studyCount ?n ; {name} ?c }} ORDER BY ?c"
        for row in sampled(store.query(query), 16):
            found = graph.evidence(**{kind: row["c"].value})
            assert len(found.points) <= 6
            for text in (found.verdict, *found.points, found.reviews, *found.gaps):
                assert not FORBIDDEN.search(text), text
                for sentence in re.split(r"(?<=[.!?])\s", text):
                    assert len(sentence.split()) <= 30, sentence
            asked += 1
    assert asked > 10


@pytest.mark.slow(reason="weighs many questions")
def test_no_verdict_on_a_combination_is_longer_than_can_be_read(graph: mngraph.Graph) -> None:
    """Every thirtieth pair of an indication and a modality: six points, sentences of 30 words."""
    query = "SELECT DISTINCT ?i ?m { ?claim mn:indication ?i ; mn:combinedWith ?m } ORDER BY ?i ?m"
    for row in sampled(graph.store.select(query), 30):
        found = graph.evidence(row["i"].value, row["m"].value)
        assert len(found.points) <= 6
        for text in (found.verdict, *found.points, found.broader):
            for sentence in re.split(r"(?<=[.!?])\s", text):
                assert len(sentence.split()) <= 30, sentence


def test_what_is_written_by_us_keeps_to_the_words() -> None:
    package = Path(mngraph.__file__).parent
    for path in (package / "cli/evidence.py", *package.glob("drawing/templates/*.j2")):
        words = re.sub(r"\{[{%].*?[}%]\}", "", path.read_text("utf-8"))
        assert not FORBIDDEN.search(words), path


def test_release_verdict_counts_what_its_rows_show(graph: mngraph.Graph) -> None:
    found = graph.evidence("acne-scar", PRP)
    primary = {entry.study.cohort for entry in found.findings if not entry.study.review}
    assert found.points[-1].startswith(f"In all: {len(primary)} studies, ")
    links = [row[-1] for row in found.table().rows]
    assert links
    assert all(link and re.match(r"https?://", link) for link in links)


def test_an_answer_can_be_cited(graph: mngraph.Graph) -> None:
    """With what data/dataset.ttl says of the release, in JSON and as the last line of text."""
    described = (Path(__file__).parents[1] / "data" / "dataset.ttl").read_text("utf-8")
    found = graph.evidence("acne-scar", PRP)
    dataset = found.to_dict()["dataset"]
    for name in ("title", "version", "issued"):
        assert f'"{dataset[name]}"' in described
        assert dataset[name] in dataset["citation"]
    for text in (str(found), found.to_markdown()):
        last = text.splitlines()[-1]
        assert dataset["citation"] in last
        assert last.endswith("Not medical advice.")


def test_a_graph_that_does_not_describe_itself_is_not_cited(known: LocalStore) -> None:
    found = asked(known)
    assert found.to_dict()["dataset"] == {
        "title": None, "version": None, "issued": None, "iri": None, "citation": "",
    }  # fmt: skip
    assert "Data:" not in str(found)


def test_a_question_reads_what_it_needs_and_no_more(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the outcomes and studies of the release, those of the question's arms."""
    named: set[str] = set()
    select = store.select_internal

    def noted(query: str) -> Any:
        named.update(re.findall(rf"{context.BASE}study/[^/>]+", query))
        return select(query)

    monkeypatch.setattr(store, "select_internal", noted)
    modality, indication = "modality:triamcinolone-acetonide", "indication:alopecia-areata"
    found = asked(
        store, procedure=iri("procedure:needling"), modalities=[iri(modality)],
        indication=iri(indication),
    )  # fmt: skip
    assert found.findings
    assert {entry.study.iri for entry in found.findings} <= named
    gave = f"SELECT DISTINCT ?s {{ ?s mn:hasArm/mn:combinedWith/skos:broader* {modality} }}"
    assert named <= {row["s"].value for row in select(gave)}


def test_numbers_that_are_not_numbers_are_not_stated(tmp_path: Path) -> None:
    """A graph of somebody else may hold anything where a number should be."""
    store = graph_of([counts(1, 15, 20, 8, 20), counts(2, 15, 20, 8, 20)], tmp_path)
    text = "\n".join(str(quad) + " ." for quad in store.quads())
    text = text.replace('"15"', '"many"').replace('"10"', '"1e99"').replace('"2020"', '"soon"')
    changed = tmp_path / "changed.nq"
    changed.write_text(text, "utf-8")
    found = asked(open_store(changed))
    assert found.findings
    assert {entry.study.year for entry in found.findings} == {None}
    assert None in {entry.study.participants for entry in found.findings}
    assert found.to_json()


# --- the command -------------------------------------------------------------------------------


def test_formats_tell_the_same_rows(run: Any) -> None:
    words = ("evidence", "-i", "acne scars", "-w", "PRP")
    data = json.loads(run(*words, "-f", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(run(*words, "-f", "csv").stdout)))
    assert len(rows) == len(data["rows"]) > 10
    assert list(rows[0]) == data["columns"]
    assert data["verdict"] in run(*words, "-f", "markdown").stdout
    assert data["verdict"] in " ".join(run(*words).stdout.split())
    assert run(*words, "-f", "json").stdout == run(*words, "-f", "json").stdout


def test_a_question_is_needed_and_errors_are_one_line(run: Any) -> None:
    result = run("evidence")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ask in plain words")
    result = run("evidence", "-i", "acne-scarr")
    assert result.exit_code == 2
    assert "acne-scar" in result.stderr


def test_statistics_are_not_loaded_where_nothing_is_pooled(release: Path) -> None:
    code = (
        "import sys; from mngraph.cli import cli\n"
        "cli(['evidence', '-i', 'acne-scar', '-w', 'platelet-rich-plasma', '-f', 'csv'],"
        " standalone_mode=False)\n"
        "sys.exit(any(name in sys.modules for name in ('scipy', 'numpy', 'pandas', 'rdflib')))"
    )
    environment = {"MNGRAPH_GRAPH": str(release), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
