"""Pooling against figures that others have printed, and against statsmodels."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mngraph.errors import SynthesisError
from mngraph.statistics.effects import Effect, effect_of_counts, mean_difference, shown_scale
from mngraph.statistics.pooling import (
    difference,
    leave_one_out,
    paule_mandel,
    pool,
    prediction,
)

numpy = pytest.importorskip("numpy")
meta = pytest.importorskip("statsmodels.stats.meta_analysis")

BCG = [
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
    (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892),
    (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]  # fmt: skip
"""Tuberculosis positive and negative, vaccinated and not, in 13 trials of BCG vaccine: Colditz and
others, JAMA 1994;271:698-702, as `dat.bcg` of the R package metafor."""


def bcg(kind: str) -> list[Effect]:
    return [effect_of_counts(kind, (a, a + b), (c, c + d)) for a, b, c, d in BCG]


def test_fixed_effect_agrees_with_metafor() -> None:
    """Metafor's tests/testthat/test_misc_metan_vs_rma.uni_with_dat.bcg.r, RR, method EE."""
    pooled = pool(bcg("RiskRatio"))
    assert round(pooled.fixed.estimate, 4) == -0.4303
    assert round(pooled.fixed.lower, 4) == -0.5097
    assert round(pooled.fixed.upper, 4) == -0.3509
    assert round(pooled.q, 4) == 152.2330
    ratio = shown_scale("RiskRatio", pooled.fixed)
    assert [round(x, 4) for x in (ratio.estimate, ratio.lower, ratio.upper)] == [
        0.6503, 0.6007, 0.7040
    ]  # fmt: skip


def test_random_effects_by_restricted_likelihood_agree_with_metafor() -> None:
    """metafor's `rma(yi, vi, data=dat)` of dat.bcg, printed in its reference of `rma.uni`."""
    pooled = pool(bcg("RiskRatio"), method="REML")
    assert round(pooled.tau_squared, 4) == 0.3132
    assert round(pooled.i_squared, 2) == 92.22
    wald = pooled.wald
    assert [round(x, 4) for x in (wald.estimate, wald.lower, wald.upper)] == [
        -0.7145, -1.0669, -0.3622
    ]  # fmt: skip
    # The same with test="knha", by metafor 3.8.
    assert [round(x, 4) for x in (pooled.random.lower, pooled.random.upper)] == [-1.1084, -0.3206]


def test_random_effects_of_paule_and_mandel_agree_with_metafor() -> None:
    """metafor 3.8, `rma(yi, vi, data=dat, method="PM", test="adhoc")` of dat.bcg, iterated with
    `control=list(tol=1e-12)`: by default it stops after four digits."""
    pooled = pool(bcg("RiskRatio"))
    assert round(pooled.tau_squared, 4) == 0.3181
    assert round(pooled.i_squared, 2) == 92.33
    random, wald = pooled.random, pooled.wald
    assert (random.estimate, random.lower, random.upper) == pytest.approx(
        (-0.714968153, -1.109098381, -0.320837926), abs=1e-9
    )
    assert [round(x, 4) for x in (wald.lower, wald.upper)] == [-1.0695, -0.3604]


def test_leaving_studies_out_agrees_with_metafor() -> None:
    """metafor 3.8, `leave1out` of the same model: estimates, lower limits, first variances."""
    found = leave_one_out(bcg("RiskRatio"))
    assert [pooled.random.estimate for pooled in found] == pytest.approx(
        [-0.708512484, -0.654235391, -0.686304374, -0.632610905, -0.764231787, -0.710670950,
         -0.655334262, -0.795416209, -0.741290542, -0.654214487, -0.757756695, -0.757531482,
         -0.777538365], abs=1e-9
    )  # fmt: skip
    lower = [pooled.random.lower for pooled in found[:3]]
    assert lower == pytest.approx([-1.13656650, -1.05363775, -1.10230987], abs=1e-8)
    between = [pooled.tau_squared for pooled in found[:3]]
    assert between == pytest.approx([0.355758936, 0.295659763, 0.334716355], abs=1e-9)


def test_the_difference_between_subgroups_agrees_with_metafor() -> None:
    """dat.bcg by its column `alloc`: `rma(b, sei=se, method="FE")` of three `rma`, metafor 3.8."""
    effects = bcg("RiskRatio")
    groups = [effects[4:6], effects[:4] + effects[6:9], effects[9:]]
    by_pm = [pool(group) for group in groups]
    assert [pooled.random.estimate for pooled in by_pm] == pytest.approx(
        [-0.540792962, -0.957819671, -0.422642473], abs=1e-9
    )
    assert [math.sqrt(pooled.variance) for pooled in by_pm] == pytest.approx(
        [0.281601613, 0.255277836, 0.364766932], abs=1e-9
    )
    found = difference(by_pm)
    assert found.freedom == 2
    assert (found.q, found.p) == pytest.approx((1.917288968, 0.383412255), abs=1e-8)
    found = difference([pool(group, method="REML") for group in groups])
    assert (found.q, found.p) == pytest.approx((1.861444946, 0.394268759), abs=1e-6)


def test_one_group_differs_from_nothing() -> None:
    with pytest.raises(SynthesisError, match="two groups"):
        difference([pool(bcg("RiskRatio"))])


NORMAND = [
    (55, 47, 155, 75, 64, 156), (27, 7, 31, 29, 4, 32), (64, 17, 75, 119, 29, 71),
    (66, 20, 18, 137, 48, 18), (14, 8, 8, 18, 11, 13), (19, 7, 57, 18, 4, 52),
    (52, 45, 34, 41, 34, 33), (21, 16, 110, 31, 27, 183), (30, 27, 60, 23, 20, 52),
]  # fmt: skip
"""Mean, standard deviation and number of days in hospital in two arms: Normand, Stat Med
1999;18:321-359, as `dat.normand1999` of metafor."""


def normand() -> list[Effect]:
    found = []
    for m1, sd1, n1, m2, sd2, n2 in NORMAND:
        pooled = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2))
        found.append(mean_difference(m1, pooled, n1, m2, pooled, n2))
    return found


def test_mean_differences_agree_with_normand() -> None:
    """Tables VIII and IX, in full in metafor's test_analysis_example_normand1999.r."""
    effects = normand()
    assert [effect.estimate for effect in effects] == [-20, -2, -55, -71, -4, 1, 11, -10, 7]
    assert [round(effect.variance, 4) for effect in effects] == [
        40.5863, 2.0468, 15.2809, 150.2222, 20.1923, 1.2235, 95.3756, 8.0321, 20.6936
    ]  # fmt: skip
    pooled = pool(effects, method="REML")
    assert [round(x, 4) for x in (pooled.fixed.estimate, pooled.fixed.lower)] == [-3.4939, -5.0265]
    assert round(pooled.tau_squared, 3) == round(685.1965, 3)
    wald = pooled.wald
    assert [round(x, 4) for x in (wald.estimate, wald.lower, wald.upper)] == [
        -15.1217, -32.6716, 2.4282
    ]  # fmt: skip


RAUDENBUSH = [
    (0.03, 0.0156), (0.12, 0.0216), (-0.14, 0.0279), (1.18, 0.1391), (0.26, 0.1362),
    (-0.06, 0.0106), (-0.02, 0.0106), (-0.32, 0.0484), (0.27, 0.0269), (0.80, 0.0630),
    (0.54, 0.0912), (0.18, 0.0497), (-0.02, 0.0835), (0.23, 0.0841), (-0.18, 0.0253),
    (-0.06, 0.0279), (0.30, 0.0193), (0.07, 0.0088), (-0.07, 0.0303),
]  # fmt: skip
"""Teachers' expectations and pupils' intelligence, as `dat.raudenbush1985` of metafor."""


def test_knapp_and_hartung_agree_with_raudenbush() -> None:
    """Handbook of Research Synthesis 2009, table 16.3 (in metafor's ..._raudenbush2009.r)."""
    pooled = pool([Effect(*row) for row in RAUDENBUSH], method="REML")
    printed = (pooled.tau_squared, pooled.random.estimate, pooled.random.lower, pooled.random.upper)
    assert [round(x, 4) for x in printed] == [0.0188, 0.0837, -0.0457, 0.2131]
    assert [round(x, 4) for x in (pooled.wald.lower, pooled.wald.upper)] == [-0.0175, 0.1849]


CLASP = [
    ((5, 156), (8, 74)), ((5, 303), (17, 303)), ((12, 565), (9, 477)), ((69, 1570), (94, 1565)),
    ((9, 103), (11, 105)), ((313, 4659), (352, 4650)),
]  # fmt: skip
"""Events and totals of two arms: the CLASP example of DerSimonian and Kacker, 2007."""


def test_paule_and_mandel_agree_with_a_published_comparison() -> None:
    """DerSimonian and Kacker 2007, tables 3 and 4 in metafor's ..._dersimonian2007.r."""
    clasp = [effect_of_counts("OddsRatio", *arms) for arms in CLASP]
    assert round(math.sqrt(paule_mandel(clasp)), 4) == 0.3681
    assert round(pool(clasp).random.estimate, 4) == -0.3811


def test_an_interval_of_agreeing_studies_is_not_narrower_than_their_fixed_effect() -> None:
    """Jackson and others 2017: the standard error is at least the usual one."""
    pooled = pool([Effect(0.5, 0.04), Effect(0.5001, 0.04), Effect(0.4999, 0.04)])
    assert pooled.tau_squared == 0
    assert pooled.random.lower < pooled.wald.lower == pooled.fixed.lower


estimates = st.builds(Effect, st.floats(-5, 5), st.floats(1e-3, 10))


@given(st.lists(estimates, min_size=2, max_size=12))
def test_pooling_agrees_with_statsmodels(found: list[Effect]) -> None:
    """`combine_effects` with Paule and Mandel's variance, and intervals of z and of t."""
    ours = pool(found)
    if ours.q < 1e-6 or abs(ours.q - len(found) + 1) < 1e-6:
        return
    theirs = meta.combine_effects(
        numpy.array([e.estimate for e in found]),
        numpy.array([e.variance for e in found]),
        method_re="iterated",
        atol=1e-9,
        maxiter=5000,
    )
    assert ours.q == pytest.approx(theirs.q)
    assert ours.fixed.estimate == pytest.approx(theirs.mean_effect_fe)
    if theirs.tau2 == 0 and ours.q > len(found) - 1:
        # Rounding took its last step a hair too far, and statsmodels 0.15 then returns 0.
        return
    assert ours.tau_squared == pytest.approx(theirs.tau2, rel=1e-5, abs=1e-6)
    assert ours.random.estimate == pytest.approx(theirs.mean_effect_re, rel=1e-5, abs=1e-6)
    assert list(ours.weights) == pytest.approx(list(100 * theirs.weights_rel_re), rel=1e-4)
    limits = theirs.conf_int(use_t=False)[1]
    assert (ours.wald.lower, ours.wald.upper) == pytest.approx(limits, rel=1e-4, abs=1e-5)
    limits = theirs.conf_int(use_t=True)[1]
    assert (ours.random.lower, ours.random.upper) == pytest.approx(limits, rel=1e-4, abs=1e-5)


def test_prediction_interval_agrees_with_pimeta() -> None:
    """Ten trials of systolic blood pressure, printed by pimeta's `pima_hts` (CRAN, 1.1.1).

    The printed confidence interval, -0.5068 to -0.1613, is of t with 9 degrees of freedom.
    """
    deviation = (0.5068 - 0.1613) / 2 / 2.262157
    found = prediction(-0.3340597, deviation**2, 0.02824971, 10)
    assert found is not None
    assert found.lower == pytest.approx(-0.7598, abs=1e-4)
    assert found.upper == pytest.approx(0.0917, abs=1e-4)


def test_of_two_peaks_of_the_likelihood_the_higher_is_taken() -> None:
    """Two studies agree and two do not: no variance is likelier than the peak at 0.95."""
    effects = [Effect(0.6, 1.0), Effect(-2.1, 1.0), Effect(0.9, 0.01), Effect(0.9, 0.01)]
    y, v = (numpy.array([getattr(e, name) for e in effects]) for name in ("estimate", "variance"))

    def likelihood(tau_squared: float) -> float:
        w = 1 / (v + tau_squared)
        residuals = y - (w * y).sum() / w.sum()
        return float(numpy.log(w).sum() - numpy.log(w.sum()) - (w * residuals**2).sum()) / 2

    likeliest = max(numpy.arange(0, 5, 0.001), key=likelihood)
    assert likelihood(0.953) > likelihood(0.8) < likelihood(0)
    assert pool(effects, method="REML").tau_squared == pytest.approx(likeliest, abs=1e-3)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: pool([]), "no study"),
        (lambda: pool([Effect(1, 1)]), "one study"),
        (lambda: pool([Effect(1, 1), Effect(1, -1)]), "not a positive number"),
        (lambda: pool([Effect(1, 1), Effect(math.nan, 1)]), "not a positive number"),
        (lambda: pool([Effect(1, 1), Effect(2, 1)], method="DL"), "there are PM and REML"),
        (lambda: leave_one_out([Effect(1, 1), Effect(2, 1)]), "three or more"),
    ],
)
def test_effects_that_cannot_be_pooled_are_told(make, why: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SynthesisError, match=why):
        make()


@given(st.lists(estimates, min_size=2, max_size=12), st.randoms())
def test_pooling_does_not_hang_on_the_order(found: list[Effect], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(found)
    random.shuffle(shuffled)
    one, other = pool(found), pool(shuffled)
    assert one.random.estimate == pytest.approx(other.random.estimate, rel=1e-6, abs=1e-6)
    assert min(e.estimate for e in found) - 1e-9 <= one.fixed.estimate
    assert one.fixed.estimate <= max(e.estimate for e in found) + 1e-9
    assert 0 <= one.i_squared <= 100
    assert sum(one.weights) == pytest.approx(100)
