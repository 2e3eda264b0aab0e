"""From direction to tally: how outcomes, studies and cohorts are counted, by hand."""

from __future__ import annotations

import pytest

from mngraph.evidence import stance
from mngraph.evidence.stance import Comparison, Stance, Tally, standings, tally


def says(cohort: str, arm: str, other: str, found: Stance) -> Comparison:
    return Comparison(cohort=cohort, arm=arm, other=other, stance=found)


YES, NO, SAME = Stance.SUPPORTS, Stance.DISPUTES, Stance.INCONCLUSIVE


@pytest.mark.parametrize(
    ("comparisons", "expected"),
    [
        ([says("s", "A", "B", YES)], (YES, True)),
        ([says("s", "A", "", YES)], (YES, False)),
        ([says("s", "A", "", YES), says("s", "A", "B", NO)], (NO, True)),
        ([says("s", "A", "B", YES), says("s", "A", "C", SAME)], (Stance.MIXED, True)),
        ([says("s", "A", "B", YES), says("s", "B", "A", NO)], (SAME, True)),
        ([says("s", "A", "B", YES), says("s", "B", "A", NO), says("s", "A", "C", NO)], (NO, True)),
        ([says("s", "A", "B", YES), says("s", "B", "A", NO), says("s", "B", "", YES)],
         (YES, False)),
    ],
)  # fmt: skip
def test_how_one_cohort_stands(
    comparisons: list[Comparison], expected: tuple[Stance, bool]
) -> None:
    """The rules of docs/decisions/0004-claims.md, case by case."""
    found = standings(comparisons)["s"]
    assert (found.stance, found.compared) == expected


def test_a_tally_counts_each_cohort_once() -> None:
    comparisons = [
        says("yes", "a", "b", YES), says("no", "c", "d", NO), says("same", "e", "f", SAME),
        says("unclear", "g", "h", SAME), says("better", "i", "", YES), says("worse", "j", "", NO),
    ]  # fmt: skip
    cohorts = ["yes", "yes", "no", "same", "unclear", "better", "worse", "within"]
    assert tally(cohorts, comparisons, unclear=["unclear", "yes"]) == Tally(
        supports=1, disputes=1, no_difference=1, mixed=1, baseline_better=1, baseline_other=1,
        within=1,
    )  # fmt: skip


def test_an_arm_that_an_outcome_does_not_name_has_no_side() -> None:
    assert list(stance.sides("FavoursFirst", "A")) == []
    assert list(stance.sides("", "A", ["B"])) == []
    assert stance.of_outcome("Unheard") is None
