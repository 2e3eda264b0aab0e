"""Effects of independent arms, of paired designs and of p values against printed figures."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mngraph.errors import SynthesisError
from mngraph.statistics.conversions import (
    effect_of_p,
    log_odds_ratio_of_smd,
    mean_difference_of_p,
    paired_smd_of_p,
    sd_of_interval,
    smd_of_log_odds_ratio,
    smd_of_p,
)
from mngraph.statistics.effects import (
    Effect,
    around,
    effect_of_counts,
    effect_of_interval,
    hedges_g,
    mean_difference,
)
from mngraph.statistics.paired import (
    marginal_odds_ratio,
    over_correlations,
    paired_counts_effect,
    paired_mean_difference,
    paired_smd,
)

scipy = pytest.importorskip("scipy.stats")


def rounded(effect: Effect, digits: int = 4) -> tuple[float, float]:
    return round(effect.estimate, digits), round(effect.variance, digits)


BCG = [
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
    (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619),
]  # fmt: skip
"""Tuberculosis positive and negative, vaccinated and not: trials 1 to 7 of `dat.bcg` of the R
package metafor (Colditz and others, JAMA 1994;271:698-702)."""


def bcg(kind: str) -> list[Effect]:
    return [effect_of_counts(kind, (a, a + b), (c, c + d)) for a, b, c, d in BCG]


def test_log_odds_ratios_agree_with_metafor() -> None:
    """Log odds ratios and variances of metafor-project.org, analyses:vanhouwelingen2002."""
    printed = [(-0.9387, 0.3571), (-1.6662, 0.2081), (-1.3863, 0.4334), (-1.4564, 0.0203),
               (-0.2191, 0.0520), (-0.9581, 0.0099), (-1.6338, 0.2270)]  # fmt: skip
    assert [rounded(effect) for effect in bcg("OddsRatio")] == printed


def test_risk_ratio_agrees_with_metafor() -> None:
    """tests/testthat/test_misc_escalc.r of metafor."""
    assert rounded(bcg("RiskRatio")[0]) == (-0.8893, 0.3256)


HINE = [
    ((2, 39), (1, 43)), ((4, 44), (4, 44)), ((6, 107), (4, 110)), ((7, 103), (5, 100)),
    ((7, 110), (3, 106)), ((11, 154), (4, 146)),
]  # fmt: skip
"""Deaths and patients with lidocaine and without: `dat.hine1989` of metafor."""


def test_risk_differences_agree_with_normand() -> None:
    """Normand 1999, table III, in metafor's tests/testthat/test_analysis_example_normand1999.r."""
    found = [effect_of_counts("RiskDifference", *arms) for arms in HINE]
    assert [round(100 * effect.estimate, 4) for effect in found] == [
        2.8026, 0.0, 1.9711, 1.7961, 3.5334, 4.4031
    ]  # fmt: skip
    assert [round(1e4 * effect.variance, 4) for effect in found] == [
        17.7575, 37.5657, 8.1323, 10.8998, 8.0114, 6.1320
    ]  # fmt: skip
    assert round(100 * around(found[0]).lower, 4) == -5.4566


def test_a_risk_difference_without_events_agrees_with_metafor() -> None:
    """metafor's `escalc(measure="RD", ai=0, bi=20, ci=0, di=20, addyi=FALSE)`."""
    found = effect_of_counts("RiskDifference", (0, 20), (0, 20))
    assert found.estimate == 0
    assert found.variance == pytest.approx(0.002213583846)


def test_an_empty_cell_is_mended_and_not_fatal() -> None:
    assert math.isfinite(effect_of_counts("OddsRatio", (0, 20), (5, 20)).estimate)


def test_standardized_differences_agree_with_metafor() -> None:
    """`SMD` of dat.normand1999, tests/testthat/test_misc_escalc.r."""
    found = [
        hedges_g(55, 47, 155, 75, 64, 156), hedges_g(27, 7, 31, 29, 4, 32),
        hedges_g(64, 17, 75, 119, 29, 71), hedges_g(66, 20, 18, 137, 48, 18),
    ]  # fmt: skip
    assert [rounded(effect) for effect in found] == [
        (-0.3552, 0.0131), (-0.3479, 0.0645), (-2.3176, 0.0458), (-1.8880, 0.1606)
    ]  # fmt: skip


def test_differences_of_means_agree_with_borenstein() -> None:
    """Borenstein and others 2009, the example of chapter 4; metafor's `escalc` for g."""
    assert mean_difference(103, 5.5, 50, 100, 4.5, 50) == Effect(3, pytest.approx(1.01))
    found = hedges_g(103, 5.5, 50, 100, 4.5, 50)
    assert found.estimate == pytest.approx(0.59243962303)
    assert found.variance == pytest.approx(0.04175492353)


def test_paired_differences_agree_with_the_cochrane_handbook() -> None:
    """Version 5.1, section 16.4.6.4: the mean difference of a cross-over trial."""
    found = paired_mean_difference(7.0, 2.38, 6.5, 2.21, 10, 0.68)
    assert (found.estimate, round(math.sqrt(found.variance), 3)) == (0.5, 0.583)


def test_paired_differences_agree_with_metafor() -> None:
    """`MC` in tests/testthat/test_misc_escalc.r, and `SMCRP` of metafor 5."""
    deviations = math.sqrt(30), math.sqrt(20)
    found = paired_mean_difference(26, deviations[0], 22, deviations[1], 60, 0.7)
    assert rounded(found) == (4.0, 0.2618)
    found = paired_smd(26, deviations[0], 22, deviations[1], 60, 0.7)
    assert found.estimate == pytest.approx(0.79239571344)
    assert found.variance == pytest.approx(0.01389815642)
    found = paired_smd(7.0, 2.38, 6.5, 2.21, 10, 0.68)
    assert found.estimate == pytest.approx(0.20412725787)
    assert found.variance == pytest.approx(0.06552337979)


@pytest.mark.parametrize(
    ("kind", "printed"),
    [("RiskDifference", (0.0909, 0.0048)), ("RiskRatio", (0.1823, 0.0200)),
     ("OddsRatio", (0.3646, 0.0782))],
)  # fmt: skip
def test_pairs_of_events_agree_with_metafor(kind: str, printed: tuple[float, float]) -> None:
    """`MPRD`, `MPRR` and `MPOR` in tests/testthat/test_misc_escalc.r."""
    assert rounded(paired_counts_effect(kind, 20, 10, 5, 20)) == printed


def test_events_of_two_sides_agree_with_metafor() -> None:
    """`MPORM` of metafor 5 for two tables and assumed correlations."""
    found = marginal_odds_ratio(30, 25, 55, 0.4)
    assert (found.estimate, found.variance) == pytest.approx((0.3646431136, 0.088))
    found = marginal_odds_ratio(36, 27, 76, 0.3)
    assert (found.estimate, found.variance) == pytest.approx((0.49062291645, 0.07718574445))


@given(*(st.integers(1, 40) for _ in range(4)))
def test_the_true_correlation_gives_the_variance_of_the_pairs(
    a: int, b: int, c: int, d: int
) -> None:
    """Elbourne and others 2002: with the phi of the table, both ways give the same answer."""
    phi = (a * d - b * c) / math.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    known = paired_counts_effect("OddsRatio", a, b, c, d)
    assumed = marginal_odds_ratio(a + b, a + c, a + b + c + d, phi)
    assert (assumed.estimate, assumed.variance) == pytest.approx(
        (known.estimate, known.variance), abs=1e-9
    )


def test_pairs_that_never_differ_have_a_variance_all_the_same() -> None:
    for kind in ("OddsRatio", "RiskRatio", "RiskDifference"):
        found = paired_counts_effect(kind, 10, 0, 0, 10)
        assert found.estimate == pytest.approx(0)
        assert found.variance > 0


def test_the_band_over_correlations_holds_each_interval() -> None:
    band = over_correlations(lambda r: paired_smd(7.0, 2.38, 6.5, 2.21, 10, r))
    assert band.correlations == (0.3, 0.5, 0.7)
    widest = band.widest()
    for effect in band.effects:
        inner = around(effect)
        assert widest.lower <= inner.lower <= inner.upper <= widest.upper
    assert widest.estimate == band.effects[1].estimate


def test_a_p_value_gives_the_standard_error_of_the_cochrane_handbook() -> None:
    """A risk difference with P = 0.008 has z = 2.652 (Handbook, section 6.3.1)."""
    found = effect_of_p("RiskDifference", 0.03, 0.008)
    assert round(found.statistic, 3) == 2.652
    assert round(math.sqrt(found.effect.variance), 3) == 0.011
    assert not found.bounded


def test_a_t_test_gives_the_standard_error_of_the_cochrane_handbook() -> None:
    """Arms of 25 and 22, difference 3.8, P = 0.008: t = 2.78, SE = 1.37 (section 6.5.2.3)."""
    found = mean_difference_of_p(3.8, 0.008, 25, 22, bounded=True)
    assert (found.freedom, round(found.statistic, 2)) == (45, 2.78)
    assert round(math.sqrt(found.effect.variance), 2) == 1.37
    assert found.bounded


ARM = st.tuples(st.floats(-5, 5), st.floats(0.5, 4), st.integers(3, 60))


@given(ARM, ARM)
def test_an_effect_comes_back_from_the_p_value_of_its_t_test(one, other) -> None:  # type: ignore[no-untyped-def]
    """SciPy's t test of two arms; its p value must give d back."""
    (m1, sd1, n1), (m2, sd2, n2) = one, other
    p = scipy.ttest_ind_from_stats(m1, sd1, n1, m2, sd2, n2).pvalue
    if not 1e-12 < p < 0.99:
        return
    pooled = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2))
    found = smd_of_p(p, n1, n2, 1 if m1 > m2 else -1)
    assert found.effect.estimate == pytest.approx((m1 - m2) / pooled, rel=1e-5)


@given(st.integers(3, 40), st.floats(0.1, 2), st.floats(-0.5, 0.9))
def test_a_paired_effect_comes_back_from_the_p_value_of_its_t_test(
    pairs: int, d: float, correlation: float
) -> None:
    """A paired t test is one of the differences, whose deviation is sd * sqrt(2 (1 - r))."""
    t = d / math.sqrt(2 * (1 - correlation)) * math.sqrt(pairs)
    p = 2 * scipy.t.sf(t, pairs - 1)
    if p < 1e-12:
        return
    found = paired_smd_of_p(p, pairs, -1, correlation)
    assert found.effect.estimate == pytest.approx(-d, rel=1e-5)


def test_odds_ratios_as_standardized_differences_agree_with_metafor() -> None:
    """`OR2D` in tests/testthat/test_misc_escalc.r, from the Handbook of Research Synthesis."""
    odds = effect_of_counts("OddsRatio", (135, 150), (40, 50))
    found = smd_of_log_odds_ratio(odds)
    assert (round(found.estimate, 4), round(math.sqrt(found.variance), 4)) == (0.4471, 0.2460)


def test_standardized_differences_as_odds_ratios_agree_with_metafor() -> None:
    """`D2ORL` of dat.gibson2002 in tests/testthat/test_misc_escalc.r: d without correction."""
    pooled = math.sqrt((49 * 12.73**2 + 53 * 12.50**2) / 102)
    d = (2.20 - 5.20) / pooled
    found = log_odds_ratio_of_smd(Effect(d, 1 / 50 + 1 / 54 + d * d / 208))
    assert rounded(found) == (-0.4315, 0.1276)


@given(st.floats(0.1, 20), st.integers(2, 200))
def test_a_deviation_comes_back_from_its_interval(sd: float, n: int) -> None:
    lower, upper = scipy.t.interval(0.95, n - 1, loc=3, scale=sd / math.sqrt(n))
    assert sd_of_interval(lower, upper, n) == pytest.approx(sd)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: effect_of_counts("OddsRatio", (0, 20), (0, 20)), "no events"),
        (lambda: effect_of_counts("RiskRatio", (20, 20), (9, 9)), "everybody"),
        (lambda: effect_of_counts("RiskRatio", (1, 0), (0, 9)), "nobody at risk"),
        (lambda: effect_of_counts("MeanDifference", (1, 9), (2, 9)), "cannot be computed"),
        (lambda: effect_of_interval("OddsRatio", 1.0, 0.0, 2.0), "a limit of 0"),
        (lambda: effect_of_interval("MeanDifference", 1.0, 1.0, 1.0), "no width"),
        (lambda: effect_of_interval("MeanDifference", 5.0, 1.0, 2.0), "does not contain 5"),
        (lambda: effect_of_interval("MeanDifference", 1.01, 1.0, 2.0), "not symmetric"),
        (lambda: mean_difference(1, 0, 9, 2, 1, 9), "a standard deviation of 0"),
        (lambda: hedges_g(1, 1, 1, 2, 1, 9), "1 participants in an arm"),
        (lambda: hedges_g(math.nan, 1, 9, 2, 1, 9), "not a finite number"),
        (lambda: paired_smd(1, 1, 2, 1, 9, 1.0), "a correlation of 1"),
        (lambda: paired_mean_difference(1, 1, 2, 1, 1, 0.5), "1 pairs"),
        (lambda: over_correlations(lambda r: Effect(r, 1), ()), "no correlation"),
        (lambda: paired_counts_effect("RiskRatio", 0, 0, 0, 9), "no events on either"),
        (lambda: paired_counts_effect("OddsRatio", 9, 0, 0, 0), "on both sides"),
        (lambda: marginal_odds_ratio(50, 5, 55, 0.9), "cannot have a correlation of 0.9"),
        (lambda: marginal_odds_ratio(0, 5, 55, 0.5), "give no odds"),
        (lambda: smd_of_p(0.0, 9, 9, 1), "a p value of 0"),
        (lambda: smd_of_p(0.05, 9, 9, 0), "neither 1 nor -1"),
        (lambda: effect_of_p("RiskRatio", 1.0, 0.5), "no standard error"),
        (lambda: mean_difference_of_p(1.0, 1.0, 9, 9), "no standard error"),
        (lambda: sd_of_interval(2.0, 2.0, 9), "no width"),
    ],
)
def test_numbers_that_give_no_effect_are_told(make: Callable[[], object], why: str) -> None:
    with pytest.raises(SynthesisError, match=why):
        make()
