"""Pooling and rates against figures that others have printed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mngraph.errors import SynthesisError
from mngraph.evidence.stats import (
    Effect,
    effect_of_counts,
    effect_of_interval,
    pool,
    prediction,
    rate,
    shown_scale,
)  # fmt: skip

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


def test_random_effects_agree_with_metafor() -> None:
    """The same file of metafor, RR, method DL."""
    random = pool(bcg("RiskRatio")).random
    assert round(random.estimate, 4) == -0.7141
    assert round(random.lower, 4) == -1.0644
    assert round(random.upper, 4) == -0.3638


def test_log_odds_ratios_agree_with_metafor() -> None:
    """Log odds ratios and variances of metafor-project.org, analyses:vanhouwelingen2002."""
    printed = [(-0.9387, 0.3571), (-1.6662, 0.2081), (-1.3863, 0.4334), (-1.4564, 0.0203),
               (-0.2191, 0.0520), (-0.9581, 0.0099), (-1.6338, 0.2270)]  # fmt: skip
    found = [(round(e.estimate, 4), round(e.variance, 4)) for e in bcg("OddsRatio")[:7]]
    assert found == printed


def test_pooling_agrees_with_statsmodels() -> None:
    meta = pytest.importorskip("statsmodels.stats.meta_analysis")
    numpy = pytest.importorskip("numpy")
    effects = bcg("OddsRatio")
    estimates = numpy.array([e.estimate for e in effects])
    variances = numpy.array([e.variance for e in effects])
    theirs = meta.combine_effects(estimates, variances, method_re="dl")
    ours = pool(effects)
    assert ours.tau_squared == pytest.approx(theirs.tau2)
    assert ours.i_squared == pytest.approx(100 * theirs.i2)
    assert ours.q == pytest.approx(theirs.q)
    assert ours.random.estimate == pytest.approx(theirs.mean_effect_re)
    assert ours.fixed.estimate == pytest.approx(theirs.mean_effect_fe)
    assert list(ours.weights) == pytest.approx(list(100 * theirs.weights_rel_re))
    lower, upper = theirs.conf_int(use_t=False)[1]
    assert (ours.random.lower, ours.random.upper) == pytest.approx((lower, upper))


def test_prediction_interval_agrees_with_pimeta() -> None:
    """Ten trials of systolic blood pressure, printed by pimeta's `pima_hts` (CRAN, 1.1.1).

    The printed confidence interval, -0.5068 to -0.1613, is of t with 9 degrees of freedom.
    """
    deviation = (0.5068 - 0.1613) / 2 / 2.262157
    found = prediction(-0.3340597, deviation**2, 0.02824971, 10)
    assert found is not None
    assert found.lower == pytest.approx(-0.7598, abs=1e-4)
    assert found.upper == pytest.approx(0.0917, abs=1e-4)


@pytest.mark.parametrize(
    ("events", "total", "level", "lower", "upper"),
    [(3, 20, 0.95, 0.0321, 0.3789), (12, 30, 0.90, 0.2495, 0.5661),
     (42, 100, 0.95, 0.3220, 0.5229), (85, 120, 0.99, 0.5904, 0.8092)],
)  # fmt: skip
def test_exact_intervals_agree_with_a_printed_table(
    events: int, total: int, level: float, lower: float, upper: float
) -> None:
    """The table of codingace.net/statistics/clopper_pearson_interval.html."""
    found = rate(events, total, level)
    assert (round(found.lower, 4), round(found.upper, 4)) == (lower, upper)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_exact_intervals_agree_with_statsmodels(counts: tuple[int, int]) -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    lower, upper = proportion.proportion_confint(*counts, method="beta")
    found = rate(*counts)
    assert found.lower == pytest.approx(0 if math.isnan(lower) else lower)
    assert found.upper == pytest.approx(1 if math.isnan(upper) else upper)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: rate(0, 0), "nobody at risk"),
        (lambda: rate(3, 2), "3 affected of 2"),
        (lambda: effect_of_counts("OddsRatio", (0, 20), (0, 20)), "no events"),
        (lambda: effect_of_counts("RiskRatio", (20, 20), (9, 9)), "everybody"),
        (lambda: effect_of_counts("RiskRatio", (1, 0), (0, 9)), "nobody at risk"),
        (lambda: effect_of_counts("MeanDifference", (1, 9), (2, 9)), "cannot be computed"),
        (lambda: effect_of_interval("OddsRatio", 1.0, 0.0, 2.0), "a limit of 0"),
        (lambda: effect_of_interval("MeanDifference", 1.0, 1.0, 1.0), "no width"),
        (lambda: effect_of_interval("MeanDifference", 5.0, 1.0, 2.0), "does not contain 5"),
        (lambda: effect_of_interval("MeanDifference", 1.01, 1.0, 2.0), "not symmetric"),
        (lambda: pool([]), "no study"),
        (lambda: pool([Effect(1, 1)]), "one study"),
        (lambda: pool([Effect(1, 1), Effect(1, -1)]), "not a positive number"),
        (lambda: pool([Effect(1, 1), Effect(math.nan, 1)]), "not a positive number"),
    ],
)
def test_numbers_that_cannot_be_pooled_are_told(make, why: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SynthesisError, match=why):
        make()


def test_an_empty_cell_is_mended_and_not_fatal() -> None:
    assert math.isfinite(effect_of_counts("OddsRatio", (0, 20), (5, 20)).estimate)


effects = st.builds(Effect, st.floats(-5, 5), st.floats(1e-3, 10))


@given(st.lists(effects, min_size=2, max_size=12), st.randoms())
def test_pooling_does_not_hang_on_the_order(found: list[Effect], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(found)
    random.shuffle(shuffled)
    one, other = pool(found), pool(shuffled)
    assert one.random.estimate == pytest.approx(other.random.estimate, rel=1e-6, abs=1e-6)
    assert min(e.estimate for e in found) - 1e-9 <= one.fixed.estimate
    assert one.fixed.estimate <= max(e.estimate for e in found) + 1e-9
    assert 0 <= one.i_squared <= 100
    assert sum(one.weights) == pytest.approx(100)
