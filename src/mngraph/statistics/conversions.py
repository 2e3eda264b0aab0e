"""Effects from what is printed in their place: p values, standard errors, limits, other scales."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mngraph.errors import SynthesisError
from mngraph.statistics.effects import RATIOS, Effect, smd_variance
from mngraph.statistics.limits import at_least, between, positive, two_sided_p
from mngraph.statistics.paired import paired_smd_variance
from mngraph.statistics.quantiles import normal_of_tails, t_of_tails, t_quantile

LOGISTIC = math.pi / math.sqrt(3)
"""The standard deviation of the logistic distribution."""


@dataclass(frozen=True, slots=True)
class FromP:
    """An effect that was computed from a p value.

    `statistic` is the t or z that belongs to the p value, positive; `freedom` the degrees of
    freedom of t, and None for z. Where `bounded`, only a limit of the p value was printed
    ("p < 0.05"): the limit was taken for the p value. Then the effect of `smd_of_p` and of
    `paired_smd_of_p` is nearer to none, and the interval of the others wider, than they would be
    with the exact p value.
    """

    effect: Effect
    statistic: float
    freedom: int | None = None
    bounded: bool = False


def effect_of_p(kind: str, value: float, p: float, *, bounded: bool = False) -> FromP:
    """Return an effect whose standard error is taken from its p value, by the normal distribution.

    SE = effect / z, on the scale of pooling (Cochrane Handbook 6.5, 6.3.1 and 6.3.2). For a mean
    difference of a t test there is `mean_difference_of_p`.

    Args:
        kind: the effect type; ratios are turned into logarithms.
        value: the effect as printed.
        p: its two-sided p value, or the limit that was printed in its place.
        bounded: whether `p` is a limit from above.

    Raises:
        SynthesisError: a p value outside its range or equal to 1, an effect of none, or a ratio
            that is not positive.

    >>> found = effect_of_p("RiskDifference", 0.03, 0.008)
    >>> round(found.statistic, 3), round(found.effect.variance ** 0.5, 3)
    (2.652, 0.011)
    """
    two_sided_p(p)
    if kind in RATIOS:
        positive("a ratio", value)
        value = math.log(value)
    z = normal_of_tails(p)
    return FromP(Effect(value, _standard_error(value, z) ** 2), z, bounded=bounded)


def mean_difference_of_p(
    difference: float, p: float, n1: int, n2: int, *, bounded: bool = False
) -> FromP:
    """Return a mean difference whose standard error is taken from the p value of its t test.

    SE = difference / t, with t of n1 + n2 - 2 degrees of freedom (Cochrane Handbook 6.5, section
    6.5.2.3).

    Args:
        difference: the mean difference, in the unit of the measure.
        p: the two-sided p value, or the limit that was printed in its place.
        n1: participants of the first arm.
        n2: participants of the second arm.
        bounded: whether `p` is a limit from above.

    Raises:
        SynthesisError: a p value outside its range or equal to 1, a difference of zero, or an
            arm with fewer than two participants.

    >>> found = mean_difference_of_p(3.8, 0.008, 25, 22)
    >>> round(found.statistic, 2), round(found.effect.variance ** 0.5, 2)
    (2.78, 1.37)
    """
    two_sided_p(p)
    at_least("participants in an arm", 2, n1, n2)
    freedom = n1 + n2 - 2
    t = t_of_tails(freedom, p)
    return FromP(Effect(difference, _standard_error(difference, t) ** 2), t, freedom, bounded)


def smd_of_p(p: float, n1: int, n2: int, sign: int, *, bounded: bool = False) -> FromP:
    """Return the standardized mean difference that gives a t test its p value.

    d = t * sqrt(1/n1 + 1/n2), without correction for small samples (Cochrane Handbook 6.5,
    section 6.5.2.3). The effect is approximate where the test was not a t test.

    Args:
        p: the two-sided p value, or the limit that was printed in its place.
        n1: participants of the first arm.
        n2: participants of the second arm.
        sign: 1 where the mean of the first arm is greater, else -1.
        bounded: whether `p` is a limit from above.

    Raises:
        SynthesisError: a p value outside its range, a sign that is neither 1 nor -1, or an arm
            with fewer than two participants.

    >>> found = smd_of_p(0.008, 25, 22, 1)
    >>> round(found.effect.estimate, 2)
    0.81
    """
    two_sided_p(p)
    _check_sign(sign)
    at_least("participants in an arm", 2, n1, n2)
    t = t_of_tails(n1 + n2 - 2, p)
    d = sign * t * math.sqrt(1 / n1 + 1 / n2)
    return FromP(Effect(d, smd_variance(d, n1, n2)), t, n1 + n2 - 2, bounded)


def paired_smd_of_p(
    p: float, pairs: int, sign: int, correlation: float = 0.5, *, bounded: bool = False
) -> FromP:
    """Return the standardized mean difference that gives a paired t test its p value.

    t / sqrt(pairs) is in standard deviations of the differences; times sqrt(2 (1 - r)) it is in
    those of the measure, as for independent arms (Borenstein and others 2009, 4.27). With the
    correlation r of 0.5 the two are equal.

    Args:
        p: the two-sided p value, or the limit that was printed in its place.
        pairs: how many people had both sides measured.
        sign: 1 where the mean of the first side is greater, else -1.
        correlation: the assumed correlation of the two sides, above -1 and below 1.
        bounded: whether `p` is a limit from above.

    Raises:
        SynthesisError: a p value or a correlation outside its range, a sign that is neither 1
            nor -1, or fewer than two pairs.

    >>> found = paired_smd_of_p(0.05, 20, -1)
    >>> round(found.statistic, 3), round(found.effect.estimate, 3)
    (2.093, -0.468)
    """
    two_sided_p(p)
    _check_sign(sign)
    at_least("pairs", 2, pairs)
    between("a correlation", correlation, -1, 1)
    t = t_of_tails(pairs - 1, p)
    d = sign * t / math.sqrt(pairs) * math.sqrt(2 * (1 - correlation))
    variance = paired_smd_variance(d, pairs, correlation)
    return FromP(Effect(d, variance), t, pairs - 1, bounded)


def log_odds_ratio_of_smd(effect: Effect) -> Effect:
    """Return a standardized mean difference as a log odds ratio (Cochrane Handbook 6.5, 10.6).

    The measure is taken to follow a logistic distribution: log OR = d * pi / sqrt(3) (Chinn 2000).

    Args:
        effect: the difference in standard deviations, and its variance.

    >>> round(log_odds_ratio_of_smd(Effect(0.5, 0.04)).estimate, 4)
    0.9069
    """
    return Effect(effect.estimate * LOGISTIC, effect.variance * LOGISTIC**2)


def smd_of_log_odds_ratio(effect: Effect) -> Effect:
    """Return a log odds ratio as a standardized mean difference (Cochrane Handbook 6.5, 10.6).

    d = log OR * sqrt(3) / pi (Chinn 2000).

    Args:
        effect: the log odds ratio and its variance.

    >>> round(smd_of_log_odds_ratio(Effect(0.9069, 0.1316)).estimate, 4)
    0.5
    """
    return Effect(effect.estimate / LOGISTIC, effect.variance / LOGISTIC**2)


def sd_of_se(standard_error: float, n: int) -> float:
    """Return the standard deviation that belongs to the standard error of a mean.

    SD = SE * sqrt(n) (Cochrane Handbook 6.5, section 6.5.2.2).

    Args:
        standard_error: of the mean of one arm, in the unit of the measure.
        n: participants of the arm.

    Raises:
        SynthesisError: a standard error that is not positive, or fewer than two participants.

    >>> sd_of_se(0.5, 25)
    2.5
    """
    positive("a standard error", standard_error)
    at_least("participants in an arm", 2, n)
    return standard_error * math.sqrt(n)


def sd_of_interval(lower: float, upper: float, n: int, level: float = 95) -> float:
    """Return the standard deviation that belongs to the confidence interval of a mean.

    SD = sqrt(n) * (upper - lower) / (2 t), with t of n - 1 degrees of freedom (Cochrane Handbook
    6.5, section 6.5.2.2, which has 1.96 in place of t for large arms).

    Args:
        lower: the lower limit, in the unit of the measure.
        upper: the upper limit.
        n: participants of the arm.
        level: confidence level, in percent.

    Raises:
        SynthesisError: an interval without width, fewer than two participants, or a level outside
            its range.

    >>> round(sd_of_interval(31.9, 34.1, 25), 2)
    2.66
    """
    at_least("participants in an arm", 2, n)
    between("a confidence level in percent", level, 0, 100)
    if not lower < upper:
        raise SynthesisError(f"the interval {lower:g} to {upper:g} has no width")
    return math.sqrt(n) * (upper - lower) / (2 * t_quantile(n - 1, 0.5 + level / 200))


def sd_of_difference(standard_error: float, n1: int, n2: int) -> float:
    """Return the standard deviation of both arms from the standard error of their difference.

    SD = SE / sqrt(1/n1 + 1/n2) (Cochrane Handbook 6.5, section 6.5.2.3).

    Args:
        standard_error: of the mean difference, in the unit of the measure.
        n1: participants of the first arm.
        n2: participants of the second arm.

    Raises:
        SynthesisError: a standard error that is not positive, or an empty arm.

    >>> round(sd_of_difference(1.37, 25, 22), 2)
    4.69
    """
    positive("a standard error", standard_error)
    at_least("participants in an arm", 1, n1, n2)
    return standard_error / math.sqrt(1 / n1 + 1 / n2)


def _standard_error(value: float, statistic: float) -> float:
    if value == 0 or statistic == 0:
        raise SynthesisError("an effect of none, or a p value of 1, has no standard error")
    return abs(value) / statistic


def _check_sign(sign: int) -> None:
    if sign not in (1, -1):
        raise SynthesisError(f"a sign of {sign} is neither 1 nor -1")
