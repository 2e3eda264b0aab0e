"""Rates with exact intervals, effect sizes and their pooling, on plain numbers.

Ratios are pooled as logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from mngraph.errors import SynthesisError
from mngraph.evidence.quantiles import beta_quantile, chi_squared_tail, t_quantile

NORMAL = NormalDist()
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


@dataclass(frozen=True, slots=True)
class Pooled:
    """Effects pooled by inverse variance, on the scale of pooling.

    `prediction` is where the effect of a further study would lie; it needs three studies.
    `weights` are the shares, in percent, of the random-effects model.
    """

    fixed: Interval
    random: Interval
    prediction: Interval | None
    tau_squared: float
    i_squared: float
    q: float
    q_p: float
    weights: tuple[float, ...]


def rate(events: int, total: int, level: float = 0.95) -> Interval:
    """Return a proportion with its exact interval (Clopper and Pearson 1934).

    Args:
        events: how many had the event.
        total: among how many it was looked for.
        level: confidence level, 0 to 1.

    Raises:
        SynthesisError: nobody was at risk, or more were affected than at risk.

    >>> found = rate(0, 10)
    >>> (found.estimate, found.lower, round(found.upper, 4))
    (0.0, 0.0, 0.3085)
    """
    if total <= 0:
        raise SynthesisError("nobody at risk")
    if not 0 <= events <= total:
        raise SynthesisError(f"{events} affected of {total} at risk")
    tail = (1 - level) / 2
    lower = beta_quantile(events, total - events + 1, tail) if events else 0.0
    upper = beta_quantile(events + 1, total - events, 1 - tail) if events < total else 1.0
    return Interval(events / total, lower, upper)


def effect_of_counts(kind: str, first: tuple[int, int], second: tuple[int, int]) -> Effect:
    """Return the log odds ratio or log risk ratio of two arms, each (events, total).

    Where a cell is empty, 0.5 is added to each (Cochrane Handbook 6.5, section 10.4.4).

    Raises:
        SynthesisError: an arm is empty, or nobody or everybody in both had the event.

    >>> effect_of_counts("OddsRatio", (4, 123), (11, 139)).estimate.__round__(4)
    -0.9387
    """
    for events, total in (first, second):
        if total <= 0:
            raise SynthesisError("nobody at risk in an arm")
        if not 0 <= events <= total:
            raise SynthesisError(f"{events} affected of {total} at risk")
    a, c = float(first[0]), float(second[0])
    b, d = first[1] - a, second[1] - c
    if a + c == 0:
        raise SynthesisError("no events in either arm")
    if b + d == 0:
        raise SynthesisError("everybody in both arms had the event")
    if 0 in (a, b, c, d):
        a, b, c, d = a + 0.5, b + 0.5, c + 0.5, d + 0.5
    if kind == "OddsRatio":
        return Effect(math.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d)
    if kind == "RiskRatio":
        n, m = a + b, c + d
        return Effect(math.log(a / n / (c / m)), 1 / a - 1 / n + 1 / c - 1 / m)
    raise SynthesisError(f"a {kind} cannot be computed from counts")


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


def pool(effects: Sequence[Effect], level: float = 0.95) -> Pooled:
    """Pool effects by inverse variance: fixed effect, and random effects.

    The variance between studies is that of DerSimonian and Laird (1986), the prediction interval
    that of Higgins, Thompson and Spiegelhalter (2009) with k - 2 degrees of freedom.

    Raises:
        SynthesisError: fewer than two effects, or a variance that is not a positive number.

    >>> pooled = pool([Effect(0.5, 0.02), Effect(0.5, 0.02)])
    >>> pooled.fixed.estimate, pooled.i_squared, pooled.prediction
    (0.5, 0.0, None)
    """
    if len(effects) < 2:
        raise SynthesisError("one study" if effects else "no study")
    for effect in effects:
        if not (math.isfinite(effect.estimate) and 0 < effect.variance < math.inf):
            raise SynthesisError("a variance is not a positive number")
    z, df = NORMAL.inv_cdf(0.5 + level / 2), len(effects) - 1
    fixed, fixed_variance = _weighted(effects, 0.0)
    weights = [1 / effect.variance for effect in effects]
    q = sum(w * (e.estimate - fixed) ** 2 for w, e in zip(weights, effects, strict=True))
    scale = sum(weights) - sum(w * w for w in weights) / sum(weights)
    tau_squared = max(0.0, (q - df) / scale)
    mean, variance = _weighted(effects, tau_squared)
    shares = [variance / (effect.variance + tau_squared) for effect in effects]
    return Pooled(
        _interval(fixed, z * math.sqrt(fixed_variance)),
        _interval(mean, z * math.sqrt(variance)),
        prediction(mean, variance, tau_squared, len(effects), level),
        tau_squared,
        max(0.0, 100 * (q - df) / q) if q > 0 else 0.0,
        q,
        chi_squared_tail(df, q),
        tuple(100 * share for share in shares),
    )


def prediction(
    mean: float, variance: float, tau_squared: float, studies: int, level: float = 0.95
) -> Interval | None:
    """Return the prediction interval of Higgins and others (2009); None below three studies.

    Args:
        mean: the random-effects estimate.
        variance: its variance.
        tau_squared: the variance between studies.
        studies: how many were pooled.
        level: the level, 0 to 1.
    """
    if studies < 3:
        return None
    t = t_quantile(studies - 2, 0.5 + level / 2)
    return _interval(mean, t * math.sqrt(tau_squared + variance))


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


def _weighted(effects: Sequence[Effect], tau_squared: float) -> tuple[float, float]:
    weights = [1 / (effect.variance + tau_squared) for effect in effects]
    products = (w * e.estimate for w, e in zip(weights, effects, strict=True))
    return math.fsum(products) / math.fsum(weights), 1 / math.fsum(weights)


def _interval(middle: float, half: float) -> Interval:
    return Interval(middle, middle - half, middle + half)
