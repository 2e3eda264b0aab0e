"""Directions, p values, contours, funnels, raters and sizes against printed figures."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mngraph.errors import SynthesisError
from mngraph.statistics.agreement import cohens_kappa
from mngraph.statistics.albatross import contour, sample_size_for_p
from mngraph.statistics.directions import fisher, sign_test, stouffer
from mngraph.statistics.effects import Effect, effect_of_counts
from mngraph.statistics.funnel import egger
from mngraph.statistics.information import size_for_risks, size_for_smd

scipy = pytest.importorskip("scipy.stats")
linear = pytest.importorskip("statsmodels.api")
numpy = pytest.importorskip("numpy")
raters = pytest.importorskip("statsmodels.stats.inter_rater")
power_of = pytest.importorskip("statsmodels.stats.power")


@given(st.integers(0, 60), st.integers(0, 60))
def test_sign_tests_agree_with_scipy(favorable: int, unfavorable: int) -> None:
    """`binomtest` of SciPy, with the interval of Wilson."""
    if not favorable + unfavorable:
        return
    theirs = scipy.binomtest(favorable, favorable + unfavorable)
    ours = sign_test(favorable, unfavorable)
    assert ours.p == pytest.approx(theirs.pvalue)
    interval = theirs.proportion_ci(method="wilson")
    assert (ours.share.lower, ours.share.upper) == pytest.approx((interval.low, interval.high))


def test_the_sign_test_is_that_of_the_cochrane_handbook() -> None:
    """Section 12.4.2.3: 10 of 12 studies, 83% (95% CI 55% to 95%), P = 0.039."""
    found = sign_test(10, 2)
    share = found.share
    assert round(found.p, 3) == 0.039
    assert [round(100 * x) for x in (share.estimate, share.lower, share.upper)] == [83, 55, 95]


def test_the_sign_test_gives_what_a_published_re_analysis_prints() -> None:
    """Hilton Boon and Thomson, Cochrane Colloquium 2019: 10 studies, P 0.0039 and P 0.2188.

    The abstract prints no counts. Of at most 10 studies only 9 of 9 give the first, and 5 of 6 the
    second.
    """
    counts = [(most, k - most) for k in range(1, 11) for most in range((k + 1) // 2, k + 1)]
    for printed, only in ((0.0039, (9, 0)), (0.2188, (5, 1))):
        near = [pair for pair in counts if abs(sign_test(*pair).p - printed) <= 0.00005001]
        assert near == [only]


VALIDITY = [
    0.015223, 0.005117, 0.224837, 0.000669, 0.004063, 0.549106, 0.052925, 0.024674, 0.004618,
    0.287803, 0.738475, 0.009563, 0.071971, 0.000003, 0.001040, 0.031221, 0.005274, 0.098791,
    0.067441, 0.250210,
]  # fmt: skip
"""One-sided p values: validity of students' ratings (Becker 1994), as the R package metap prints
them in its vignette."""


def two_sided(p_values: list[float]) -> tuple[list[float], list[bool]]:
    return [2 * min(p, 1 - p) for p in p_values], [p < 0.5 for p in p_values]


def test_fishers_method_agrees_with_metap() -> None:
    """The value that the help page of `sumlog` prints."""
    chi_squared = fisher(*two_sided(VALIDITY))
    assert (chi_squared.k, round(chi_squared.statistic, 2)) == (20, 159.82)
    assert chi_squared.p == pytest.approx(2.91e-16, rel=0.03)


def test_combined_p_values_agree_with_becker() -> None:
    """Becker 1994, in metap: `beckerp` gives chi-squared 18.533 and z 1.53."""
    becker = two_sided([0.016, 0.067, 0.250, 0.405, 0.871])
    assert round(fisher(*becker).statistic, 3) == 18.533
    assert round(stouffer(*becker).statistic, 2) == 1.53


def test_weighted_p_values_agree_with_rosenthal() -> None:
    """Rosenthal 1978, in metap: `sumz(p, df, rosenthal)` gives z 3.01 and p 0.0013."""
    p_values = [0.12053081, 0.01000296, 0.71907241, 0.06949071, 0.16939644]
    found = stouffer(*two_sided(p_values), weights=[40, 60, 10, 30, 20])
    assert (round(found.statistic, 2), round(found.p, 4)) == (3.01, 0.0013)


@given(st.lists(st.tuples(st.floats(1e-6, 1), st.booleans()), min_size=1, max_size=20))
def test_combined_p_values_agree_with_scipy(studies: list[tuple[float, bool]]) -> None:
    p_values, favorable = [p for p, _ in studies], [good for _, good in studies]
    one_sided = [p / 2 if good else 1 - p / 2 for p, good in studies]
    theirs = scipy.combine_pvalues(one_sided, method="fisher")
    ours = fisher(p_values, favorable)
    assert (ours.statistic, ours.p) == pytest.approx(tuple(theirs))
    theirs = scipy.combine_pvalues(one_sided, method="stouffer")
    ours = stouffer(p_values, favorable)
    assert (ours.statistic, ours.p) == pytest.approx(tuple(theirs), abs=1e-9)


@pytest.mark.parametrize("p", [0.4, 0.05, 0.001])
@pytest.mark.parametrize("effect", [0.2, 0.5, 1.5])
def test_contours_agree_with_metap(p: float, effect: float) -> None:
    """`docontours` of metap: z² (8 + d²) / (2 d²), and the odds ratio by the logistic scale."""
    squared = scipy.norm.ppf(p / 2) ** 2
    found = sample_size_for_p("StandardisedMeanDifference", effect, p)
    assert found == pytest.approx(squared * (8 + effect**2) / (2 * effect**2))
    logarithm = math.log(effect) ** 2
    found = sample_size_for_p("OddsRatio", effect, p)
    assert found == pytest.approx(squared * (8 * math.pi**2 + 3 * logarithm) / (6 * logarithm))


@given(st.floats(0.1, 2), st.floats(0.001, 0.5), st.floats(0.3, 3))
def test_a_study_on_a_contour_has_its_p_value(smd: float, p: float, ratio: float) -> None:
    """The definition (Harrison and others 2017): z of the p value is the effect by its error."""
    n = sample_size_for_p("StandardisedMeanDifference", smd, p, ratio=ratio)
    n1, n2 = n * ratio / (1 + ratio), n / (1 + ratio)
    error = math.sqrt(1 / n1 + 1 / n2 + smd**2 / (2 * n))
    assert 2 * scipy.norm.sf(smd / error) == pytest.approx(p)


@given(st.floats(1.2, 5), st.floats(0.001, 0.5), st.floats(0.3, 3), st.floats(0.05, 0.6))
def test_a_study_with_a_risk_on_a_contour_has_its_p_value(
    odds_ratio: float, p: float, ratio: float, risk: float
) -> None:
    n = sample_size_for_p("OddsRatio", odds_ratio, p, ratio=ratio, risk=risk)
    n1, n2 = n * ratio / (1 + ratio), n / (1 + ratio)
    odds = odds_ratio * risk / (1 - risk)
    first = odds / (1 + odds)
    error = math.sqrt(1 / (n1 * first * (1 - first)) + 1 / (n2 * risk * (1 - risk)))
    assert 2 * scipy.norm.sf(math.log(odds_ratio) / error) == pytest.approx(p)


def test_a_contour_of_a_mean_difference_is_that_of_its_standard_deviations() -> None:
    p_values = [0.2, 0.05]
    assert contour("MeanDifference", 6.0, p_values, sd=12.0) == contour(
        "StandardisedMeanDifference", 0.5, p_values
    )


MAGNESIUM = [
    (1, 40, 2, 36), (9, 135, 23, 135), (2, 200, 7, 200), (1, 48, 1, 46), (10, 150, 8, 148),
    (1, 59, 9, 56), (1, 25, 3, 23), (0, 22, 1, 21), (6, 76, 11, 75), (1, 27, 7, 27),
    (2, 89, 12, 80), (5, 23, 13, 33), (4, 130, 8, 122), (90, 1159, 118, 1157), (4, 107, 17, 108),
]  # fmt: skip
"""Deaths and patients with magnesium and without: `dat.egger2001` of metafor without ISIS-4."""


def test_a_funnel_agrees_with_metafor() -> None:
    """`regtest(res, model="lm")`, printed in metafor's reference of `regtest`."""
    found = egger([effect_of_counts("OddsRatio", (a, n), (c, m)) for a, n, c, m in MAGNESIUM])
    assert (found.k, found.freedom) == (15, 13)
    assert (round(found.t, 4), round(found.p, 4)) == (-3.1783, 0.0073)
    limit = found.limit
    assert [round(x, 4) for x in (limit.estimate, limit.lower, limit.upper)] == [
        -0.1512, -0.5130, 0.2106
    ]  # fmt: skip


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 4)), min_size=10, max_size=20))
def test_a_funnel_agrees_with_statsmodels(studies: list[tuple[float, float]]) -> None:
    """Weighted least squares."""
    errors = numpy.sqrt(numpy.array([variance for _, variance in studies]))
    if errors.std() < 0.05:
        return
    effects = numpy.array([estimate for estimate, _ in studies])
    fit = linear.WLS(effects, linear.add_constant(errors), weights=1 / errors**2).fit()
    if fit.scale < 1e-6:
        return
    found = egger([Effect(*study) for study in studies])
    assert found.slope == pytest.approx(fit.params[1], rel=1e-6, abs=1e-6)
    assert found.standard_error == pytest.approx(fit.bse[1], rel=1e-6)
    assert found.p == pytest.approx(fit.pvalues[1], rel=1e-5, abs=1e-9)


def test_kappa_agrees_with_fleiss_and_sas() -> None:
    """The example of `ci.kappa` of the R package statpsych, and a table that SAS analyzed
    (in statsmodels' tests/test_inter_rater.py)."""
    found = cohens_kappa([[31, 12], [4, 58]])
    assert round(found.kappa.estimate, 7) == 0.6756757
    assert round(found.standard_error, 8) == 0.07344761
    assert round(found.kappa.lower, 6) == 0.531721
    table = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]
    found = cohens_kappa(table)
    assert [round(x, 4) for x in (found.kappa.estimate, found.standard_error)] == [0.4842, 0.1380]
    found = cohens_kappa(table, "linear")
    assert [round(x, 4) for x in (found.kappa.estimate, found.standard_error)] == [0.4701, 0.1457]


@given(st.lists(st.lists(st.integers(1, 30), min_size=4, max_size=4), min_size=4, max_size=4))
def test_kappa_agrees_with_statsmodels(table: list[list[int]]) -> None:
    for ours, theirs in (("equal", None), ("linear", [0, 1, 2, 3])):
        expected = raters.cohens_kappa(table, weights=theirs)
        found = cohens_kappa(table, ours)
        assert found.kappa.estimate == pytest.approx(expected.kappa, abs=1e-9)
        assert found.standard_error == pytest.approx(expected.std_kappa)


@given(st.floats(0.1, 2), st.sampled_from([0.8, 0.9]))
def test_sizes_for_means_agree_with_statsmodels(smd: float, power: float) -> None:
    each = power_of.zt_ind_solve_power(smd, alpha=0.05, power=power)
    # The power of statsmodels counts rejections on the wrong side too: a hair's breadth.
    assert each - 0.01 <= size_for_smd(smd, power) / 2 <= each + 1.01


def test_sizes_for_risks_agree_with_r() -> None:
    """`power.prop.test` of R: 76.70693 of each arm for its own example, and 905.3658."""
    assert size_for_risks(0.50, 0.75, power=0.90) == 2 * 77
    assert size_for_risks(0.2, 0.15) == 2 * 906


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: sign_test(0, 0), "no study has a direction"),
        (lambda: fisher([], []), "no p value"),
        (lambda: fisher([0.1], []), "1 p values, but 0 directions"),
        (lambda: stouffer([0.1], [True], [1, 2]), "2 weights"),
        (lambda: sample_size_for_p("HazardRatio", 2, 0.05), "no contour of a HazardRatio"),
        (lambda: sample_size_for_p("OddsRatio", 1.0, 0.05, risk=0.1), "none has no contour"),
        (lambda: sample_size_for_p("MeanDifference", 1.0, 0.05), "needs a standard deviation"),
        (lambda: egger([Effect(1, 1)] * 9), "9 studies are too few"),
        (lambda: egger([Effect(1, 1)] * 10), "all the same"),
        (lambda: cohens_kappa([[5, 0], [0, 0]]), "the same category"),
        (lambda: cohens_kappa([[5, 0, 1], [0, 0, 1]]), "as many rows as columns"),
        (lambda: size_for_smd(0.0), "no end of participants"),
        (lambda: size_for_risks(0.5, 1.5), "a risk of 1.5"),
    ],
)
def test_numbers_that_give_no_synthesis_are_told(make: Callable[[], object], why: str) -> None:
    with pytest.raises(SynthesisError, match=why):
        make()
