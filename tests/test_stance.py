"""From direction to tally: how outcomes, studies and cohorts are counted, by hand."""

from __future__ import annotations

import pytest

from mngraph.evidence import stance
from mngraph.evidence.stance import Comparison, Stance, Tally, leaning, standings, tally


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
        ([says("s", "A", "B", YES), says("s", "B", "A", NO)], (SAME, False)),
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
    unclear = Comparison(cohort="unclear", arm="g", other="h", stance=SAME, unclear=True)
    comparisons = [
        says("yes", "a", "b", YES), says("yes", "a", "z", YES), says("no", "c", "d", NO),
        says("same", "e", "f", SAME), unclear, says("better", "i", "", YES),
        says("worse", "j", "", NO), says("within", "k", "l", YES), says("within", "l", "k", NO),
    ]  # fmt: skip
    assert tally(comparisons) == Tally(
        supports=1, disputes=1, no_difference=1, mixed=1, baseline_better=1, baseline_other=1,
        within=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("every", "trials", "expected"),
    [
        (Tally(supports=4, mixed=1), Tally(), ("supports", False, False)),
        (Tally(supports=5, disputes=1), Tally(disputes=1), ("disputes", True, False)),
        (Tally(supports=2, disputes=2), Tally(), ("mixed", False, False)),
        (Tally(supports=1, baseline_other=9), Tally(), ("supports", False, False)),
        (Tally(baseline_better=2, within=3), Tally(within=3), ("supports", False, True)),
        (Tally(baseline_other=1), Tally(), ("mixed", False, True)),
        (Tally(within=2), Tally(), ("within", False, False)),
        (Tally(), Tally(), ("", False, False)),
    ],
)
def test_the_strongest_kind_of_comparison_decides(
    every: Tally, trials: Tally, expected: tuple[str, bool, bool]
) -> None:
    """Randomized comparisons before others, others before changes since baseline; a majority."""
    found = leaning(every, trials)
    assert (found.words, found.randomized, found.baseline) == expected


def test_an_arm_that_an_outcome_does_not_name_has_no_side() -> None:
    assert list(stance.sides("FavoursFirst", "A")) == []
    assert list(stance.sides("", "A", ["B"])) == []
    assert stance.of_outcome("Unheard") is None
