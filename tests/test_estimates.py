"""Effects of comparisons: what they are made of, by which method, or why there are none."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from madeup import Record, graph_of, trial
from scipy import stats as scipy_stats

from mngraph import context
from mngraph.evidence.estimates import Estimated, Mean, Stated, Unusable, estimate
from mngraph.evidence.model import Count
from mngraph.statistics.effects import Interval
from mngraph.store import LocalStore, open_store


def only(stated: Stated) -> Estimated:
    found = estimate(stated)
    assert isinstance(found, list), found
    (one,) = found
    return one


def test_a_stated_effect_is_taken_as_it_is_printed() -> None:
    found = only(
        Stated(kind="OddsRatio", interval=Interval(2.97, 1.96, 4.51), direction="FavoursFirst")
    )
    assert (found.method, found.shown) == ("as-stated", Interval(2.97, 1.96, 4.51))


def test_counts_give_the_effects_that_metafor_prints_for_the_first_bcg_trial() -> None:
    """metafor, escalc(measure="RR", data=dat.bcg): yi -0.8893, vi 0.3256."""
    found = estimate(Stated(counts=(Count(4, 123), Count(11, 139)), direction="FavoursFirst"))
    assert isinstance(found, list)
    ratio = {each.kind: each.effect for each in found}["RiskRatio"]
    assert (round(ratio.estimate, 4), round(ratio.variance, 4)) == (-0.8893, 0.3256)


def test_means_give_a_difference_that_is_positive_where_it_favors_the_first_arm() -> None:
    """Borenstein 2009, chapter 4: means 103 and 100, SD 5.5 and 4.5, 50 each: g 0.5924."""
    means = Mean(103, 50, 5.5), Mean(100, 50, 4.5)
    by_direction = {
        direction: {e.kind: e for e in _many(Stated(means=means, direction=direction))}
        for direction in ("FavoursFirst", "FavoursSecond")
    }
    for direction, sign in (("FavoursFirst", 1), ("FavoursSecond", -1)):
        found = by_direction[direction]
        assert found["MeanDifference"].effect.estimate == 3
        smd = found["StandardisedMeanDifference"].effect.estimate
        assert round(smd, 4) == sign * 0.5924


def _many(stated: Stated) -> list[Estimated]:
    found = estimate(stated)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(("higher", "sign"), [(True, 1), (False, -1)])
def test_where_no_difference_was_found_the_scale_tells_the_better_side(
    higher: bool, sign: int
) -> None:
    means = Mean(103, 50, 5.5), Mean(100, 50, 4.5)
    found = _many(Stated(means=means, direction="NoDifference", higher_is_better=higher))
    assert [e.kind for e in found] == ["MeanDifference", "StandardisedMeanDifference"]
    assert math.copysign(1, found[1].effect.estimate) == sign


def test_without_a_better_side_there_is_no_standardized_difference() -> None:
    means = Mean(103, 50, 5.5), Mean(100, 50, 4.5)
    found = _many(Stated(means=means, direction="NoDifference"))
    assert [e.kind for e in found] == ["MeanDifference"]


def test_a_p_value_gives_the_difference_whose_t_test_has_it() -> None:
    found = only(Stated(p_value=0.05, sizes=(20, 20), direction="FavoursSecond"))
    t = scipy_stats.t.isf(0.025, 38)
    assert found.effect.estimate == pytest.approx(-t * math.sqrt(1 / 20 + 1 / 20))
    assert found.method == "p-value"


def test_a_limit_of_the_p_value_is_named_in_the_method() -> None:
    found = only(Stated(p_value=0.05, p_relation="<", sizes=(20, 20), direction="FavoursFirst"))
    assert found.method == "p-value-bound"


def test_paired_sides_carry_the_correlation_that_was_assumed_and_a_wider_interval() -> None:
    found = only(Stated(p_value=0.01, sizes=(30, 30), direction="FavoursFirst", paired=True))
    assert found.correlation == 0.5
    assert found.widest is not None
    width = found.shown.upper - found.shown.lower
    assert found.widest.upper - found.widest.lower > width


def test_no_correlation_is_assumed_that_the_counts_rule_out() -> None:
    """15 and 8 of 20 on two sides of the same people cannot have a correlation of 0.5."""
    counts = Count(15, 20), Count(8, 20)
    found = only(Stated(counts=counts, direction="FavoursFirst", paired=True))
    assert found.correlation == 0.3
    assert found.shown.estimate == pytest.approx((15 / 5) / (8 / 12))


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        (Stated(direction="ImprovedFromBaseline", p_value=0.01), "within-arms"),
        (Stated(direction="FavoursFirst"), "no-numbers"),
        (Stated(direction="NoDifference", p_value=0.4, sizes=(9, 9)), "direction-not-stated"),
        (Stated(direction="NoDifference", p_value=0.05, p_relation=">"), "p-value-without-limit"),
        (Stated(direction="FavoursFirst", p_value=0.01), "participants-not-stated"),
        (Stated(direction="FavoursFirst", p_value=0.01, sizes=(9, 9), comparators=2),
         "several-comparators"),
        (Stated(direction="FavoursFirst", p_value=0.01, sizes=(9, 9), review=True), "review"),
        (Stated(direction="FavoursFirst", kind="MedianDifference"), "effect-of-other-kind"),
        (Stated(direction="FavoursFirst", counts=(Count(0, 9), Count(0, 9))), "no-events"),
        (Stated(direction="FavoursFirst", counts=(Count(9, 9), Count(8, 8))), "all-events"),
        (Stated(direction="FavoursFirst", means=(Mean(1, 9, 0.0), Mean(2, 9, 0.0))), "impossible"),
    ],
)  # fmt: skip
def test_what_gives_no_effect_names_its_reason(stated: Stated, reason: str) -> None:
    assert estimate(stated) == Unusable(reason)


# --- in a graph -----------------------------------------------------------------------------------


def rows(store: LocalStore, text: str) -> list[dict[str, str]]:
    found = store.select(text)
    names = [variable.value for variable in found.variables]
    return [
        {name: term.value for name, term in zip(names, row, strict=True) if term is not None}
        for row in found
    ]


def outcome(**more: Any) -> Record:
    return {"measure": "masi", "first": "A", "second": "B", "direction": "favours-first", **more}


def test_the_graph_states_each_estimate_with_its_method(tmp_path: Path) -> None:
    means = {"first_mean": 4.0, "first_sd": 1.0, "second_mean": 5.0, "second_sd": 1.0}
    record = trial(1, None, participants=30, outcomes=[outcome(**means, higher_is_better=False)])
    found = rows(
        graph_of([record], tmp_path),
        "SELECT ?kind ?value ?method ?r { ?o mn:hasEstimate ?e . ?e mn:effectType ?kind ; "
        "mn:effectValue ?value ; mn:estimatedBy ?method ; mn:assumedCorrelation ?r } "
        "ORDER BY ?kind",
    )
    said = [(row["kind"], row["method"], row["r"]) for row in found]
    assert said == [
        (context.mn("MeanDifference"), context.expand("method:means-paired"), "0.5"),
        (context.mn("StandardisedMeanDifference"), context.expand("method:means-paired"), "0.5"),
    ]
    assert float(found[0]["value"]) == -1.0
    assert float(found[1]["value"]) > 0


def test_separate_arms_of_unknown_size_are_taken_as_equal_which_the_graph_says(
    tmp_path: Path,
) -> None:
    record = trial(
        1, None, design="randomised-controlled-trial", participants=41,
        outcomes=[outcome(p_value="0.01")],
    )  # fmt: skip
    (found,) = rows(
        graph_of([record], tmp_path),
        "SELECT ?halved ?value { ?e mn:assumesEqualArms ?halved ; mn:effectValue ?value }",
    )
    t = scipy_stats.t.isf(0.005, 38)
    assert float(found["value"]) == pytest.approx(t * math.sqrt(1 / 20 + 1 / 20), abs=1e-3)


@pytest.mark.parametrize(
    ("printed", "number", "relation"),
    [
        ("0.03", "0.03", "="), ("<0.001", "0.001", "<"), ("≤0.004", "0.004", "≤"),
        ("0.000", "0.001", "<"), ("<0.000 (as printed)", "0.001", "<"), ("3.0e-5", "0.00003", "="),
    ],
)  # fmt: skip
def test_a_printed_p_value_is_a_number_with_its_sign(
    printed: str, number: str, relation: str, tmp_path: Path
) -> None:
    store = graph_of([trial(1, None, outcomes=[outcome(p_value=printed)])], tmp_path)
    (found,) = rows(store, "SELECT ?n ?r { ?o mn:pValueNumber ?n ; mn:pValueRelation ?r }")
    assert (found["n"], found["r"]) == (number, relation)


def test_several_p_values_in_one_text_stay_text(tmp_path: Path) -> None:
    store = graph_of([trial(1, None, outcomes=[outcome(p_value="0.005 and 0.001")])], tmp_path)
    assert rows(store, "SELECT ?n { ?o mn:pValueNumber ?n }") == []


def test_every_comparison_of_the_release_has_an_estimate_or_a_reason() -> None:
    store = open_store(None)
    compared = rows(store, "SELECT DISTINCT ?o { ?o mn:secondArm ?arm }")
    usable = rows(store, "SELECT DISTINCT ?o { ?o mn:secondArm ?arm ; mn:hasEstimate ?e }")
    unusable = rows(store, "SELECT DISTINCT ?o { ?o mn:notEstimatedBecause ?why }")
    assert len(usable) + len(unusable) == len(compared)
    assert not {row["o"] for row in usable} & {row["o"] for row in unusable}


def test_at_least_150_comparisons_of_the_release_have_an_effect_with_its_interval() -> None:
    found = rows(
        open_store(None),
        "SELECT DISTINCT ?o { ?o mn:hasEstimate ?e . ?e mn:effectLower ?low ; mn:effectUpper ?up }",
    )
    assert len(found) >= 150


def test_reasons_and_methods_are_concepts_of_their_vocabularies() -> None:
    found = rows(
        open_store(None),
        "SELECT DISTINCT ?c { { ?o mn:notEstimatedBecause ?c } UNION { ?e mn:estimatedBy ?c } "
        "FILTER NOT EXISTS { ?c skos:inScheme ?s ; skos:definition ?d } }",
    )
    assert found == []
