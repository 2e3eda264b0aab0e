"""What stands beside an average: one study left out, and groups of studies; by R's metafor."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from conftest import Runner
from madeup import ALONE, COMBINED, graph_of, trial

from mngraph import context
from mngraph.drawing.answerpage import to_html
from mngraph.drawing.grading import Grading
from mngraph.evidence.weighing import Evidence, evidence
from mngraph.store import LocalStore

GIVEN = [(0.2, 0.04), (0.5, 0.05), (0.9, 0.06), (1.4, 0.03)]
"""Four standardized differences and their variances; the graph keeps four digits of each number.

metafor 3.8, `rma(y, v, method="PM", test="adhoc", control=list(tol=1e-12))`, gives 0.7559; its
`leave1out` 0.9495, 0.8375, 0.7077 and 0.5143 (-0.3537 to 1.3824). The first and the last two
average 0.3333 (-1.5608 to 2.2275) and 1.1800 (-1.9736 to 4.3336). `rma(b, sei=se, method="FE")` of
these has QE 8.5520, p 0.003452.
"""
ROLLER, PEN = "roller-microneedling", "pen-microneedling"


def compared(
    number: int, procedure: str, design: str = "randomised-split-body-trial", **more: Any
) -> dict[str, Any]:
    """Return a trial with one of the effects, as its source would state it."""
    value, variance = GIVEN[number - 1]
    half = 1.959963985 * math.sqrt(variance)
    effect = {
        "type": "standardised-mean-difference",
        "value": value,
        "lower": round(value - half, 6),
        "upper": round(value + half, 6),
    }
    arms = [{**COMBINED, "procedure": procedure}, {**ALONE, "procedure": procedure}]
    outcome = {
        "measure": "clinical-response", "first": "A", "second": "B",
        "direction": "favours-first", "effect": effect,
    }  # fmt: skip
    return trial(number, None, arms=arms, outcomes=[outcome], design=design, **more)


def asked(store: LocalStore) -> Evidence:
    return evidence(
        store,
        procedure=context.expand("procedure:microneedling"),
        modalities=[context.expand("modality:platelet-rich-plasma")],
        indication=context.expand("indication:acne-scar"),
    )


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    """Four trials: two with a roller and two with a pen."""
    trials = [compared(1, ROLLER), compared(2, ROLLER), compared(3, PEN), compared(4, PEN)]
    return graph_of(trials, tmp_path_factory.mktemp("four"))


def test_leaving_one_study_out_agrees_with_metafor(four: LocalStore) -> None:
    (found,) = asked(four).left_out
    assert (found.lowest, found.highest) == pytest.approx((0.5143, 0.9495), abs=2e-4)
    assert found.most.key == "pmid-4"
    assert (found.without.lower, found.without.upper) == pytest.approx((-0.3537, 1.3824), abs=5e-4)


def test_subgroups_agree_with_metafor(four: LocalStore) -> None:
    (found,) = asked(four).groupings
    assert (found.by, [group.studies for group in found.groups]) == ("procedure", [2, 2])
    averages = {group.name: group.average for group in found.groups}
    assert averages["roller microneedling"].estimate == pytest.approx(0.3333, abs=6e-5)
    assert averages["roller microneedling"].lower == pytest.approx(-1.5608, abs=5e-4)
    (pen,) = (average for name, average in averages.items() if name != "roller microneedling")
    assert (pen.estimate, pen.upper) == pytest.approx((1.18, 4.3336), abs=5e-4)
    assert found.difference is not None
    assert found.difference.q == pytest.approx(8.552, abs=2e-3)
    assert found.difference.p == pytest.approx(0.003452, abs=5e-6)


def test_the_graph_states_what_the_answer_shows(four: LocalStore) -> None:
    rows = list(
        four.select(
            """SELECT ?low ?high ?most ?q ?p ?groups {
              claim:microneedling_with_platelet-rich-plasma_for_acne-scar mn:hasSynthesis ?s .
              ?s mn:leaveOneOutLower ?low ; mn:leaveOneOutUpper ?high ;
                mn:mostInfluentialStudy ?most ; mn:hasSubgroupAnalysis ?a .
              ?a mn:subgroupDifferenceQ ?q ; mn:subgroupDifferencePValue ?p .
              { SELECT ?a (COUNT(?g) AS ?groups) { ?a mn:hasSubgroup ?g } GROUP BY ?a }
            }"""
        )
    )
    (row,) = rows
    limits = [float(row[name].value) for name in ("low", "high")]
    assert limits == pytest.approx([0.5143, 0.9495], abs=2e-4)
    assert row["most"].value.endswith("/study/pmid-4")
    assert float(row["q"].value) == pytest.approx(8.552, abs=2e-3)
    assert float(row["p"].value) == pytest.approx(0.003452, abs=5e-6)
    assert row["groups"].value == "2"


def test_a_group_of_one_study_is_no_group(tmp_path: Path) -> None:
    trials = [compared(1, ROLLER), compared(2, ROLLER), compared(3, PEN)]
    (found,) = asked(graph_of(trials, tmp_path)).groupings
    assert [group.name for group in found.groups] == ["roller microneedling"]
    assert found.difference is None
    assert "one group has two studies or more" in found.words


def test_design_levels_are_groups_too(tmp_path: Path) -> None:
    other = "non-randomised-split-body-trial"
    trials = [compared(n, ROLLER, *([other] if n > 2 else [])) for n in (1, 2, 3, 4)]
    (found,) = asked(graph_of(trials, tmp_path)).groupings
    assert (found.by, [group.name for group in found.groups]) == (
        "design level", ["level 2", "level 3"]
    )  # fmt: skip
    assert found.difference is not None


def test_averages_against_other_comparators_are_groups_unless_they_share_people(
    tmp_path: Path,
) -> None:
    nothing = {"id": "B", "interventions": ["no-treatment"]}
    trials = [compared(n, ROLLER) for n in (1, 2, 3, 4)]
    for record in trials[2:]:
        record["arms"] = [record["arms"][0], nothing]
    found = asked(graph_of(trials, tmp_path)).groupings
    (by,) = [each for each in found if each.by == "comparator"]
    assert by.difference is not None
    assert by.difference.q == pytest.approx(8.552, abs=2e-3)
    trials[3]["same_cohort_as"] = ["pmid-1"]
    folder = tmp_path / "again"
    folder.mkdir()
    found = asked(graph_of(trials, folder)).groupings
    (by,) = [each for each in found if each.by == "comparator"]
    assert (by.difference, by.words) == (None, "no test: a study is in several groups")


def test_two_studies_have_each_other(tmp_path: Path) -> None:
    """metafor's `leave1out` of two studies gives each of them."""
    found = asked(graph_of([compared(1, ROLLER), compared(4, ROLLER)], tmp_path))
    (left,) = found.left_out
    assert (left.lowest, left.highest) == (0.2, 1.4)
    assert "of two studies, the other one alone is left" in str(found)


def test_it_is_shown_in_every_form_with_what_it_does_not_say(four: LocalStore) -> None:
    found = asked(four)
    assert "0.51 to 0.95 (most without Maker4 2020)" in str(found)
    assert "by procedure: Q 8.55, df 1, p 0.0035" in str(found)
    assert [row["lowest"] for row in found.to_dict()["left_out"]] == ["0.51"]
    assert len(found.to_dict()["subgroups"]) == 2
    grading = Grading(found)
    assert "0.51 to 0.95" in str(grading)
    for page in (to_html(found), grading.to_html()):
        assert "Q 8.55, df 1, p 0.0035" in page
        assert "does not show which study is right" in page
        assert "a large p value does not show that groups are alike" in page


def test_the_release_shows_it_beside_each_average(run: Runner) -> None:
    text = run("evidence", "-i", "androgenetic-alopecia").stdout
    assert "Averages without one study: hair count against platelet-rich plasma -0.10 to 0.67" in (
        " ".join(text.split())
    )
