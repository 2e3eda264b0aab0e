"""Effects pooled by inverse variance: fixed effect and random effects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mngraph.errors import SynthesisError
from mngraph.statistics.effects import Effect, Interval, around, symmetric
from mngraph.statistics.quantiles import chi_squared_tail, t_quantile

STEPS = 10_000
"""After so many steps a search for the variance between studies is given up."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """Effects pooled by inverse variance, on the scale of pooling.

    `random` has the interval of Hartung and Knapp, and `wald`, for the same estimate, that of the
    normal distribution. `prediction` is where the effect of a further study would lie; it needs
    three studies. `weights` are the shares, in percent, of the random-effects model. `variance` is
    that of the random-effects estimate, as the normal distribution has it. `method` is how the
    variance between studies was estimated: PM or REML.
    """

    fixed: Interval
    random: Interval
    prediction: Interval | None
    tau_squared: float
    i_squared: float
    q: float
    q_p: float
    weights: tuple[float, ...]
    wald: Interval
    variance: float
    method: str = "PM"


@dataclass(frozen=True, slots=True)
class Difference:
    """How far groups of studies differ: Q between them, its degrees of freedom and p value."""

    q: float
    freedom: int
    p: float


def pool(effects: Sequence[Effect], level: float = 0.95, method: str = "PM") -> Pooled:
    """Pool effects by inverse variance: fixed effect, and random effects.

    The variance between studies is that of Paule and Mandel (1982) or of restricted maximum
    likelihood (Viechtbauer 2005). The interval of the random effect is that of Hartung and Knapp
    (2001) and of Sidik and Jonkman (2002), with t of k - 1 degrees of freedom: with two studies it
    is very wide, as it should be. Its standard error is never made smaller than the usual one
    (Jackson and others 2017, section 4.3; Röver and others 2015). With Paule and Mandel's
    variance the two are equal unless that variance is zero; and only there, where studies happen
    to agree more than chance lets expect, could an interval come out that is narrower than that
    of the fixed effect.

    I² is the share of the variance between studies in all variance, with the typical variance
    within studies of Higgins and Thompson (2002), formula 9. The prediction interval is that of
    Higgins, Thompson and Spiegelhalter (2009) with k - 2 degrees of freedom.

    Args:
        effects: one from each study, independent of one another, on one scale.
        level: level of all intervals, 0 to 1.
        method: PM or REML.

    Raises:
        SynthesisError: fewer than two effects, or a variance that is not a positive number, or an
            unknown method, or REML finds no solution.

    >>> pooled = pool([Effect(0.5, 0.02), Effect(0.5, 0.02)])
    >>> pooled.fixed.estimate, pooled.i_squared, pooled.prediction
    (0.5, 0.0, None)
    >>> round(pooled.wald.lower, 2), round(pooled.random.lower, 2)
    (0.3, -0.77)
    """
    _check(effects)
    if method not in ESTIMATORS:
        raise SynthesisError(f"no method {method}: there are {' and '.join(ESTIMATORS)}")
    freedom = len(effects) - 1
    fixed = _weighted(effects, 0.0)
    q = _heterogeneity(effects, 0.0)
    tau_squared = ESTIMATORS[method](effects)
    random = _weighted(effects, tau_squared)
    widening = max(1.0, _heterogeneity(effects, tau_squared) / freedom)
    half = t_quantile(freedom, 0.5 + level / 2) * math.sqrt(widening * random.variance)
    typical = _typical_variance(effects)
    return Pooled(
        fixed=around(fixed, level),
        random=symmetric(random.estimate, half),
        prediction=prediction(random.estimate, random.variance, tau_squared, len(effects), level),
        tau_squared=tau_squared,
        i_squared=100 * tau_squared / (tau_squared + typical),
        q=q,
        q_p=chi_squared_tail(freedom, q),
        weights=tuple(100 * random.variance / (e.variance + tau_squared) for e in effects),
        wald=around(random, level),
        variance=random.variance,
        method=method,
    )


def leave_one_out(
    effects: Sequence[Effect], level: float = 0.95, method: str = "PM"
) -> tuple[Pooled, ...]:
    """Pool all effects but one, for each in turn.

    Args:
        effects: as for `pool`, three or more.
        level: level of all intervals, 0 to 1.
        method: PM or REML.

    Raises:
        SynthesisError: fewer than three effects, or what `pool` raises.

    >>> effects = [Effect(0.1, 0.01), Effect(0.1, 0.01), Effect(0.4, 0.01)]
    >>> [round(pooled.random.estimate, 2) for pooled in leave_one_out(effects)]
    [0.25, 0.25, 0.1]
    """
    if len(effects) < 3:
        raise SynthesisError("leaving one study out needs three or more")
    every = range(len(effects))
    return tuple(pool([effects[i] for i in every if i != n], level, method) for n in every)


def difference(groups: Sequence[Pooled]) -> Difference:
    """Test whether groups of studies differ (Cochrane Handbook 6.5, section 10.11.3.1).

    The averages of the groups, each with its own variance between studies, are taken as if they
    were studies: Q is their heterogeneity, chi-squared with one degree of freedom less than there
    are groups (Borenstein and Higgins, Prev Sci 2013;14:134-143). In metafor it is `QE` of a fixed
    effect of the groups' estimates and standard errors.

    Args:
        groups: two or more groups of studies, pooled; no study in two of them.

    Raises:
        SynthesisError: there are fewer than two groups.

    >>> one, other = pool([Effect(0.0, 0.02)] * 2), pool([Effect(0.6, 0.02)] * 2)
    >>> found = difference([one, other])
    >>> round(found.q, 6), found.freedom, round(found.p, 6)
    (18.0, 1, 2.2e-05)
    """
    if len(groups) < 2:
        raise SynthesisError("a difference needs two groups")
    averages = [Effect(group.random.estimate, group.variance) for group in groups]
    q, freedom = _heterogeneity(averages, 0.0), len(groups) - 1
    return Difference(q, freedom, chi_squared_tail(freedom, q))


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

    >>> found = prediction(0.0, 0.01, 0.03, 10)
    >>> round(found.upper, 4)
    0.4612
    """
    if studies < 3:
        return None
    t = t_quantile(studies - 2, 0.5 + level / 2)
    return symmetric(mean, t * math.sqrt(tau_squared + variance))


def paule_mandel(effects: Sequence[Effect]) -> float:
    """Return the variance between studies of Paule and Mandel (1982).

    It is the one with which the weighted sum of squares equals its degrees of freedom, or 0.
    Newton's method, from 0, comes nearer with each step (DerSimonian and Kacker 2007).

    Args:
        effects: two or more, on one scale.

    Raises:
        SynthesisError: fewer than two effects, or a variance that is not a positive number.

    >>> round(paule_mandel([Effect(0.0, 1.0), Effect(4.0, 1.0)]), 6)
    7.0
    """
    _check(effects)
    tau_squared = 0.0
    for _ in range(STEPS):
        excess = _heterogeneity(effects, tau_squared) - (len(effects) - 1)
        if excess <= 0:
            break
        mean = _weighted(effects, tau_squared).estimate
        slope = math.fsum(
            (e.estimate - mean) ** 2 / (e.variance + tau_squared) ** 2 for e in effects
        )
        step = excess / slope
        tau_squared += step
        if step <= 1e-14 * tau_squared:
            break
    return tau_squared


def restricted_likelihood(effects: Sequence[Effect]) -> float:
    """Return the variance between studies of restricted maximum likelihood (Viechtbauer 2005).

    The search is by Fisher's scoring, once from no variance and once from that of Paule and Mandel:
    the likelihood of few studies can have two peaks, and the higher one is taken.

    Args:
        effects: two or more, on one scale.

    Raises:
        SynthesisError: fewer than two effects, a variance that is not a positive number, or no
            solution is found.

    >>> round(restricted_likelihood([Effect(0.0, 1.0), Effect(4.0, 1.0)]), 6)
    7.0
    """
    _check(effects)
    starts = (0.0, paule_mandel(effects))
    peaks = [peak for start in starts if (peak := _peak(effects, start)) is not None]
    if not peaks:
        raise SynthesisError("restricted maximum likelihood finds no variance between the studies")
    return max(peaks, key=lambda peak: _log_likelihood(effects, peak))


def _peak(effects: Sequence[Effect], tau_squared: float) -> float | None:
    """Return the variance to which Fisher's scoring leads; None where it does not settle."""
    for _ in range(STEPS):
        weights = [1 / (e.variance + tau_squared) for e in effects]
        mean = _weighted(effects, tau_squared).estimate
        first, second, third = (math.fsum(w**power for w in weights) for power in (1, 2, 3))
        squares = math.fsum(
            w * w * (e.estimate - mean) ** 2 for w, e in zip(weights, effects, strict=True)
        )
        score = squares - first + second / first
        information = second - 2 * third / first + (second / first) ** 2
        following = max(0.0, tau_squared + score / information)
        if abs(following - tau_squared) <= 1e-12 * max(tau_squared, min(1 / w for w in weights)):
            return following
        tau_squared = following
    return None


def _log_likelihood(effects: Sequence[Effect], tau_squared: float) -> float:
    """Return the restricted log-likelihood, but for a constant (Viechtbauer 2005)."""
    variances = [effect.variance + tau_squared for effect in effects]
    spread = math.fsum(math.log(variance) for variance in variances)
    weight = math.fsum(1 / variance for variance in variances)
    return -0.5 * (spread + math.log(weight) + _heterogeneity(effects, tau_squared))


ESTIMATORS = {"PM": paule_mandel, "REML": restricted_likelihood}
"""The estimators of the variance between studies, by their short names."""


def _check(effects: Sequence[Effect]) -> None:
    if len(effects) < 2:
        raise SynthesisError("one study" if effects else "no study")
    for effect in effects:
        if not (math.isfinite(effect.estimate) and 0 < effect.variance < math.inf):
            raise SynthesisError("a variance is not a positive number")


def _weighted(effects: Sequence[Effect], tau_squared: float) -> Effect:
    """Return the weighted mean of effects and its variance."""
    weights = [1 / (effect.variance + tau_squared) for effect in effects]
    products = (w * e.estimate for w, e in zip(weights, effects, strict=True))
    return Effect(math.fsum(products) / math.fsum(weights), 1 / math.fsum(weights))


def _heterogeneity(effects: Sequence[Effect], tau_squared: float) -> float:
    """Return the weighted sum of squares about the mean: Cochran's Q where `tau_squared` is 0."""
    mean = _weighted(effects, tau_squared).estimate
    return math.fsum((e.estimate - mean) ** 2 / (e.variance + tau_squared) for e in effects)


def _typical_variance(effects: Sequence[Effect]) -> float:
    """Return formula 9 of Higgins and Thompson (2002)."""
    weights = [1 / effect.variance for effect in effects]
    total = math.fsum(weights)
    squares = math.fsum(w * w for w in weights)
    return (len(effects) - 1) * total / (total * total - squares)
