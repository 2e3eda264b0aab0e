"""Effects of two independent arms, with their variances, from what studies report.

Ratios are kept as logarithms, the scale on which they are pooled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mngraph.errors import SynthesisError
from mngraph.statistics.limits import at_least, finite, positive
from mngraph.statistics.quantiles import NORMAL

RATIOS = frozenset({"OddsRatio", "RiskRatio", "HazardRatio"})
"""Effect types whose logarithm is pooled."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the limits of its interval."""

    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect on the scale on which it is pooled (log for ratios) and its variance."""

    estimate: float
    variance: float


def around(effect: Effect, level: float = 0.95) -> Interval:
    """Return an effect with its interval by the normal distribution, on the scale of pooling.

    Args:
        effect: the effect and its variance.
        level: confidence level, 0 to 1.

    >>> found = around(Effect(0.5, 0.04))
    >>> round(found.lower, 3), round(found.upper, 3)
    (0.108, 0.892)
    """
    return symmetric(effect.estimate, NORMAL.inv_cdf(0.5 + level / 2) * math.sqrt(effect.variance))


def symmetric(estimate: float, half: float) -> Interval:
    """Return the interval that reaches equally far to both sides of an estimate.

    Args:
        estimate: its middle.
        half: half its width, in the unit of the estimate.

    >>> symmetric(2.0, 0.5)
    Interval(estimate=2.0, lower=1.5, upper=2.5)
    """
    return Interval(estimate, estimate - half, estimate + half)


def effect_of_counts(kind: str, first: tuple[int, int], second: tuple[int, int]) -> Effect:
    """Return the effect of two independent arms, each (events, total).

    Where a cell is empty, 0.5 is added to each for a ratio (Cochrane Handbook 6.5, section
    10.4.4). A risk difference is that of the counts as they are; only where its variance would
    be zero is the variance that of the counts with 0.5 added.

    Args:
        kind: OddsRatio or RiskRatio (both as logarithms), or RiskDifference.
        first: events and total of the arm that is asked about.
        second: events and total of its comparator.

    Raises:
        SynthesisError: an arm is empty, or nobody or everybody in both had the event and the
            effect is a ratio, or the effect cannot be computed from counts.

    >>> round(effect_of_counts("OddsRatio", (4, 123), (11, 139)).estimate, 4)
    -0.9387
    >>> round(effect_of_counts("RiskDifference", (4, 40), (2, 40)).estimate, 4)
    0.05
    """
    for events, total in (first, second):
        if total <= 0:
            raise SynthesisError("nobody at risk in an arm")
        if not 0 <= events <= total:
            raise SynthesisError(f"{events} affected of {total} at risk")
    a, c = float(first[0]), float(second[0])
    b, d = first[1] - a, second[1] - c
    if kind == "RiskDifference":
        return _risk_difference(a, b, c, d)
    if kind not in ("OddsRatio", "RiskRatio"):
        raise SynthesisError(f"a {kind} cannot be computed from counts")
    if a + c == 0:
        raise SynthesisError("no events in either arm")
    if b + d == 0:
        raise SynthesisError("everybody in both arms had the event")
    if 0 in (a, b, c, d):
        a, b, c, d = a + 0.5, b + 0.5, c + 0.5, d + 0.5
    if kind == "OddsRatio":
        return Effect(math.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d)
    n, m = a + b, c + d
    return Effect(math.log(a / n / (c / m)), 1 / a - 1 / n + 1 / c - 1 / m)


def effect_of_interval(
    kind: str, value: float, lower: float, upper: float, level: float = 95
) -> Effect:
    """Return an effect whose variance is taken from its interval (Cochrane Handbook 6.3).

    Args:
        kind: the effect type; ratios are turned into logarithms.
        value: the effect as printed, with the limits `lower` and `upper`.
        lower: the lower limit.
        upper: the upper limit.
        level: confidence level of the interval, in percent.

    Raises:
        SynthesisError: the interval has no width, does not contain the value or is not symmetric
            about it (on the scale of pooling), or a ratio is not positive.

    >>> effect = effect_of_interval("OddsRatio", 2.97, 1.96, 4.51)
    >>> round(effect.estimate, 3), round(effect.variance ** 0.5, 3)
    (1.089, 0.213)
    """
    if not lower <= value <= upper:
        raise SynthesisError(f"the interval {lower:g} to {upper:g} does not contain {value:g}")
    if kind in RATIOS:
        if lower <= 0:
            raise SynthesisError(f"the ratio has a limit of {lower:g}, which is not positive")
        value, lower, upper = math.log(value), math.log(lower), math.log(upper)
    if upper == lower:
        raise SynthesisError("the interval has no width")
    if not 0 < level < 100:
        raise SynthesisError(f"a confidence level of {level:g}% is not between 0 and 100%")
    if abs((upper + lower) / 2 - value) > 0.25 * (upper - lower):
        raise SynthesisError("the interval is not symmetric about its value")
    return Effect(value, ((upper - lower) / 2 / NORMAL.inv_cdf(0.5 + level / 200)) ** 2)


def mean_difference(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int) -> Effect:
    """Return the difference of the means of two independent arms, first minus second.

    The variance is sd1²/n1 + sd2²/n2, which does not take the two standard deviations to be
    equal (Cochrane Handbook 6.5, section 10.3; `MD` of the R package metafor).

    Args:
        m1: mean of the first arm, in the unit of the measure.
        sd1: its standard deviation.
        n1: its participants.
        m2: mean of the second arm.
        sd2: its standard deviation.
        n2: its participants.

    Raises:
        SynthesisError: a number is not finite, a standard deviation is not positive, or an arm
            has fewer than two participants.

    >>> mean_difference(103, 5.5, 50, 100, 4.5, 50)
    Effect(estimate=3, variance=1.01)
    """
    _check_means((m1, m2), (sd1, sd2), (n1, n2))
    return Effect(m1 - m2, sd1 * sd1 / n1 + sd2 * sd2 / n2)


def hedges_g(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int) -> Effect:
    """Return the standardized mean difference of two independent arms (Hedges 1981).

    g = J * (m1 - m2) / sd, with the pooled standard deviation and J of n1 + n2 - 2 degrees of
    freedom (see `small_sample`). Its variance is 1/n1 + 1/n2 + g²/(2(n1 + n2)), that is `SMD` of
    the R package metafor with its default, `vtype="LS"`.

    Args:
        m1: mean of the first arm, in the unit of the measure.
        sd1: its standard deviation.
        n1: its participants.
        m2: mean of the second arm.
        sd2: its standard deviation.
        n2: its participants.

    Raises:
        SynthesisError: a number is not finite, a standard deviation is not positive, or an arm
            has fewer than two participants.

    >>> found = hedges_g(103, 5.5, 50, 100, 4.5, 50)
    >>> round(found.estimate, 4), round(found.variance, 4)
    (0.5924, 0.0418)
    """
    _check_means((m1, m2), (sd1, sd2), (n1, n2))
    freedom = n1 + n2 - 2
    pooled = math.sqrt(((n1 - 1) * sd1 * sd1 + (n2 - 1) * sd2 * sd2) / freedom)
    g = small_sample(freedom) * (m1 - m2) / pooled
    return Effect(g, smd_variance(g, n1, n2))


def small_sample(freedom: float) -> float:
    """Return the factor J, which corrects a standardized difference for few participants.

    It is the exact one, by the gamma function, of Hedges (1981); 1 - 3/(4 * freedom - 1) comes
    close.

    Args:
        freedom: degrees of freedom of the standard deviation, above 1.

    Raises:
        SynthesisError: too few degrees of freedom.

    >>> round(small_sample(98), 4)
    0.9923
    """
    if freedom <= 1:
        raise SynthesisError("too few participants for a standardized difference")
    logarithm = math.lgamma(freedom / 2) - math.lgamma((freedom - 1) / 2)
    return math.exp(logarithm - math.log(freedom / 2) / 2)


def smd_variance(smd: float, n1: int, n2: int) -> float:
    """Return the large-sample variance of a standardized difference of two independent arms.

    Args:
        smd: the difference, in standard deviations.
        n1: participants of the first arm.
        n2: participants of the second arm.

    >>> smd_variance(0.0, 50, 50)
    0.04
    """
    return 1 / n1 + 1 / n2 + smd * smd / (2 * (n1 + n2))


def turned(kind: str, interval: Interval) -> Interval:
    """Return an interval, on the scale that readers know, with the two arms exchanged.

    >>> turned("OddsRatio", Interval(2.0, 1.0, 4.0))
    Interval(estimate=0.5, lower=0.25, upper=1.0)
    >>> turned("MeanDifference", Interval(1.5, 1.0, 2.0))
    Interval(estimate=-1.5, lower=-2.0, upper=-1.0)
    """
    middle, lower, upper = interval.estimate, interval.lower, interval.upper
    if kind in RATIOS:
        return Interval(1 / middle, 1 / upper, 1 / lower)
    return Interval(-middle, -upper, -lower)


def shown_scale(kind: str, interval: Interval) -> Interval:
    """Return an interval on the scale that readers know: ratios out of their logarithms.

    >>> shown_scale("OddsRatio", Interval(0.0, 0.0, 0.0)).estimate
    1.0
    """
    if kind not in RATIOS:
        return interval
    return Interval(math.exp(interval.estimate), math.exp(interval.lower), math.exp(interval.upper))


def _risk_difference(a: float, b: float, c: float, d: float) -> Effect:
    estimate = a / (a + b) - c / (c + d)
    if a * b + c * d == 0:
        a, b, c, d = a + 0.5, b + 0.5, c + 0.5, d + 0.5
    return Effect(estimate, a * b / (a + b) ** 3 + c * d / (c + d) ** 3)


def _check_means(
    means: tuple[float, float], deviations: tuple[float, float], sizes: tuple[int, int]
) -> None:
    finite("a mean", *means)
    positive("a standard deviation", *deviations)
    at_least("participants in an arm", 2, *sizes)
