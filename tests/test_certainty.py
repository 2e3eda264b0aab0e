"""The ceiling of certainty: by which rule it falls, and that nothing here gives a grade."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from conftest import Runner, sampled
from madeup import graph_of, trial

from mngraph import context, iris
from mngraph.errors import UsageError
from mngraph.evidence.certainty import LEVELS, NEEDED, Body, ceiling, participants
from mngraph.evidence.facts import Facts
from mngraph.evidence.model import Question, Study
from mngraph.evidence.stance import Tally
from mngraph.evidence.weighing import evidence
from mngraph.store import LocalStore, open_store


def body(**changed: object) -> Body:
    """Return a body of evidence that no rule rates down, but for what is changed."""
    best: dict[str, object] = {
        "randomized": True, "counts": Tally(supports=5), "participants": NEEDED,
        "comparators": frozenset({"PlaceboOrSham"}), "classes": frozenset({"Clinical"}),
    }  # fmt: skip
    return Body(**(best | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "level", "lowered"),
    [
        ({}, "high", []),
        ({"randomized": False}, "low", []),
        ({"participants": 399}, "moderate", ["imprecision"]),
        ({"counts": Tally(supports=4, disputes=1)}, "moderate", ["inconsistency"]),
        ({"counts": Tally(supports=4, no_difference=1)}, "high", []),
        ({"i_squared": 50.0}, "moderate", ["inconsistency"]),
        ({"i_squared": 49.9, "counts": Tally(supports=4, disputes=1)}, "high", []),
        ({"classes": frozenset({"Surrogate"})}, "moderate", ["indirectness"]),
        ({"classes": frozenset({"Surrogate", "Clinical"})}, "high", []),
        ({"comparators": frozenset({"OtherTreatment"})}, "moderate", ["indirectness"]),
        ({"comparators": frozenset({"OtherTreatment", "ModalityAlone"})}, "high", []),
        ({"comparators": frozenset({"ProcedureAlone"})}, "high", []),
        ({"egger": 0.09}, "moderate", ["publication bias"]),
        ({"egger": 0.1}, "high", []),
        ({"participants": 41, "comparators": frozenset({"OtherTreatment"})}, "low",
         ["indirectness", "imprecision"]),
        ({"randomized": False, "participants": 41, "classes": frozenset({"Surrogate"}),
          "i_squared": 90.0}, "very low", ["inconsistency", "indirectness", "imprecision"]),
    ],
)  # fmt: skip
def test_each_rule_lowers_the_ceiling_by_one_level(
    changed: dict[str, object], level: str, lowered: list[str]
) -> None:
    """Thresholds as in GRADE guidelines 5 to 8 (J Clin Epidemiol 2011) and the Handbook."""
    found = ceiling(body(**changed))
    assert (found.level, [each.name for each in found.domains if each.lowered]) == (level, lowered)


def test_what_nobody_judged_is_never_rated() -> None:
    (bias,) = (each for each in ceiling(body()).domains if each.name == "risk of bias")
    assert (bias.lowered, bias.judgment) == (None, "not judged")


def test_one_study_cannot_be_inconsistent_and_few_effects_show_no_publication_bias() -> None:
    found = {each.name: each for each in ceiling(body(counts=Tally(supports=1))).domains}
    assert found["inconsistency"].judgment == "not tested"
    assert found["publication bias"].judgment == "not tested"


def test_without_a_comparison_the_ceiling_is_very_low_and_says_why() -> None:
    assert ceiling(None).words == (
        "Certainty cannot be higher than very low: no study compares it with anything else."
    )


def test_that_a_drug_added_something_is_no_evidence_against_the_procedure(tmp_path: Path) -> None:
    """Needling with PRP did better than needling alone, which was compared with nothing else."""
    found = evidence(
        graph_of([trial(1, "favours-first")], tmp_path),
        procedure=context.expand("procedure:microneedling"),
        indication=context.expand("indication:acne-scar"),
        alone=True,
    )
    assert found.certainty is not None
    assert found.certainty.words == (
        "Certainty cannot be higher than very low: no study compares it with anything but another "
        "combination."
    )


def test_people_of_one_cohort_count_once() -> None:
    reports = [Study(iri=f"s{n}", cohort="c", participants=n) for n in (20, 35)]
    assert participants([*reports, Study(iri="t", cohort="t", participants=None)]) == 35


def test_randomized_studies_are_the_body_where_there_are_any(tmp_path: Path) -> None:
    """Trial 1 has 10 people; the 900 of a study without randomization do not count with them."""
    other = trial(2, "favours-first", participants=900, design="non-randomised-split-body-trial")
    store = graph_of([trial(1, "favours-first"), other], tmp_path)
    found = evidence(
        store,
        procedure=context.expand("procedure:microneedling"),
        modalities=[context.expand("modality:platelet-rich-plasma")],
        indication=context.expand("indication:acne-scar"),
    )
    assert found.certainty is not None
    assert "10 of some 400 participants" in found.certainty.words


# --- in the release -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts(open_store(None))


ABOUT = ("procedure", "combinedWith", "indication")
COUNTED = ("supporting", "disputing", "inconclusive", "mixed", "sameCombination")


def test_the_graph_states_what_the_answer_says(facts: Facts) -> None:
    """Every fortieth claim that rests on the same cohorts as the answer to its question.

    A question includes narrower modalities, which a claim does not: then the counts differ.
    """
    level, lowered = facts.single("mn:certaintyCeiling"), facts.column("mn:ratedDownFor")
    about = {
        name: facts.column(f"mn:{name}") for name in ("procedure", "combinedWith", "indication")
    }
    counts = [facts.single(f"mn:{name}StudyCount") for name in COUNTED]
    pooled = facts.column("mn:hasSynthesis")
    compared = 0
    for claim in sampled(sorted(level), 40):
        (procedure,), (indication,) = about["procedure"][claim], about["indication"][claim]
        modalities = sorted(about["combinedWith"].get(claim, ()))
        found = evidence(
            facts.store, procedure=procedure, modalities=modalities, indication=indication,
            alone=not modalities,
        )  # fmt: skip
        every = found.tallies[0]
        same = [every.supports, every.disputes, every.no_difference, every.mixed, every.within]
        if found.certainty is None or same != [int(count[claim]) for count in counts]:
            continue
        compared += 1
        assert iris.last_segment(level[claim]) == found.certainty.level.replace(" ", "-"), claim
        down = sorted(iris.last_segment(each) for each in lowered.get(claim, ()))
        names = sorted(e.name.replace(" ", "-") for e in found.certainty.domains if e.lowered)
        assert down == names, claim
        assert len(pooled.get(claim, ())) == sum(group.studies > 1 for group in found.pooled)
    assert compared > 20


def test_a_synthesis_counts_the_studies_that_it_brings_together(store: LocalStore) -> None:
    """Nine studies counted hairs, and two of them state what an average needs."""
    rows = store.select("""SELECT ?s ?n ?compared (COUNT(DISTINCT ?study) AS ?used) {
        ?claim mn:hasSynthesis ?s . ?s mn:studyCount ?n ; mn:comparedStudyCount ?compared ;
          mn:synthesizes ?estimate . ?study mn:hasOutcome/mn:hasEstimate ?estimate
      } GROUP BY ?s ?n ?compared""")
    counts = {
        row["s"].value: [int(row[name].value) for name in ("n", "used", "compared")] for row in rows
    }
    assert counts and all(n == used <= compared for n, used, compared in counts.values())
    hair = "claim/microneedling_with_minoxidil_for_androgenetic-alopecia/synthesis/"
    diameter, quantity = sorted(v for s, v in counts.items() if hair in s)
    assert diameter == [2, 2, 2] and quantity[:2] == [2, 2] and 2 < quantity[2] <= 9


GRADES = re.compile(
    rf"(?<!higher than )\b({'|'.join(LEVELS)})[- ](certainty|quality|confidence)\b"
    r"|\b(certainty|quality) (of (the )?evidence )?(is|was|:) (very low|low|moderate|high)\b"
    r"|\bgraded? as (very low|low|moderate|high)\b",
    re.IGNORECASE,
)
"""How a text would give a level of certainty, which only people do."""


def test_no_text_of_an_answer_gives_a_level_that_nobody_gave(facts: Facts) -> None:
    """What records quote of their sources, such as a review's own judgment, is left out."""
    about = {
        name: facts.column(f"mn:{name}") for name in ("procedure", "combinedWith", "indication")
    }
    for claim in sampled(sorted(facts.single("mn:certaintyCeiling")), 60):
        (procedure,), (indication,) = about["procedure"][claim], about["indication"][claim]
        modalities = sorted(about["combinedWith"].get(claim, ()))
        found = evidence(
            facts.store, procedure=procedure, modalities=modalities, indication=indication
        )
        ours = [
            found.verdict, *found.points, found.reviews, *found.gaps,
            found.certainty.words if found.certainty else "",
            *(str(cell) for row in found.summary.rows for cell in row),
        ]  # fmt: skip
        assert not [text for text in ours if GRADES.search(text)]


def test_the_pattern_would_find_a_grade() -> None:
    assert GRADES.search("There is high certainty that it works.")
    assert GRADES.search("The certainty of evidence is low.")
    assert not GRADES.search("Certainty cannot be higher than low: no study compares it.")


# --- the command ----------------------------------------------------------------------------------

ASKED = ("certainty", "-i", "melasma", "-w", "tranexamic-acid")


def test_the_command_shows_the_ceiling_the_summary_and_every_domain(run: Runner) -> None:
    told = run(*ASKED).stdout
    assert "Certainty cannot be higher than" in told
    assert "Summary of findings" in told
    for domain in ("risk of bias", "inconsistency", "indirectness", "imprecision"):
        assert domain in told
    assert "Only people give a level of certainty" in told


def test_the_summary_is_written_as_csv_html_markdown_and_json(run: Runner, tmp_path: Path) -> None:
    for name in ("a.csv", "a.html", "a.md", "a.json"):
        assert run(*ASKED, "-o", name).exit_code == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text("utf-8"))))
    plain = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert [row["outcome"] for row in rows] == [row["outcome"] for row in plain["summary"]]
    assert rows[0]["ceiling"] in LEVELS
    page = (tmp_path / "a.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "Summary of findings" in page
    assert "| outcome" in (tmp_path / "a.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("certainty", "--event", "pain"), "leave --event out"),
        (("certainty", "-i", "keratosis-pilaris"), "nothing to judge"),
        (("certainty",), "mngraph certainty prp acne scars"),
    ],
)
def test_what_has_no_certainty_says_so(words: tuple[str, ...], said: str, run: Runner) -> None:
    result = run(*words)
    assert result.exit_code in (2, 3)
    assert said in result.stderr


def test_the_answer_carries_the_ceiling_in_text_json_and_page(run: Runner) -> None:
    asked = ("evidence", *ASKED[1:])
    told = json.loads(run(*asked, "-f", "json").stdout)["certainty"]
    assert told["ceiling"] in LEVELS
    for format in ("table", "markdown", "html"):
        shown = " ".join(run(*asked, "-f", format).stdout.split())
        assert told["sentence"] in shown


def test_a_gap_has_no_ceiling(tmp_path: Path) -> None:
    store: LocalStore = graph_of([trial(1, "favours-first")], tmp_path)
    found = evidence(
        store, indication=context.expand("indication:vitiligo"), procedure=None, modalities=[]
    )
    assert found.certainty is None


def test_a_question_of_certainty_needs_a_treatment() -> None:
    from mngraph.drawing.grading import Grading

    store = open_store(None)
    found = evidence(store, event=context.expand("event:pain"))
    with pytest.raises(UsageError, match="--event"):
        Grading(found)
    assert Question().event is None
