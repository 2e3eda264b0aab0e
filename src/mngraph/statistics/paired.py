"""Effects of paired designs, as where each half of a face is given another treatment.

What the two sides of one person have in common makes a difference between them more certain. How
much it is says the correlation of the two sides, which few studies report; with an assumed one,
the answer for several is given beside (`over_correlations`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mngraph.errors import SynthesisError
from mngraph.statistics.effects import Effect, Interval, around, small_sample
from mngraph.statistics.limits import at_least, between, finite, positive

CORRELATIONS = (0.3, 0.5, 0.7)
"""Correlations of the two sides that are tried where none is reported."""


@dataclass(frozen=True, slots=True)
class Band:
    """One effect under several assumed correlations, in the same order."""

    correlations: tuple[float, ...]
    effects: tuple[Effect, ...]

    def widest(self, level: float = 0.95) -> Interval:
        """Return the effect of the middle correlation, with the outermost of all limits.

        Args:
            level: confidence level of each interval, 0 to 1.
        """
        found = [around(effect, level) for effect in self.effects]
        middle = found[len(found) // 2].estimate
        return Interval(middle, min(i.lower for i in found), max(i.upper for i in found))


def over_correlations(
    make: Callable[[float], Effect], correlations: Sequence[float] = CORRELATIONS
) -> Band:
    """Return an effect under each of several correlations (Cochrane Handbook 6.5, 23.2.7.2).

    Args:
        make: what gives the effect for a correlation.
        correlations: those that are tried, each above -1 and below 1.

    Raises:
        SynthesisError: no correlation is given, or what `make` raises.

    >>> band = over_correlations(lambda r: paired_mean_difference(7.0, 2.4, 6.5, 2.2, 10, r))
    >>> [round(effect.variance, 2) for effect in band.effects]
    [0.74, 0.53, 0.32]
    """
    if not correlations:
        raise SynthesisError("no correlation to try")
    return Band(tuple(correlations), tuple(make(correlation) for correlation in correlations))


def paired_mean_difference(
    m1: float, sd1: float, m2: float, sd2: float, pairs: int, correlation: float
) -> Effect:
    """Return the mean difference of two sides of the same people, first minus second.

    Its variance is (sd1² + sd2² - 2 r sd1 sd2) / pairs (Cochrane Handbook 6.5, 23.2.7.1; `MC` of
    the R package metafor).

    Args:
        m1: mean of the first side, in the unit of the measure.
        sd1: its standard deviation.
        m2: mean of the second side.
        sd2: its standard deviation.
        pairs: how many people had both sides measured.
        correlation: the correlation r of the two sides, above -1 and below 1.

    Raises:
        SynthesisError: a number is not finite or a standard deviation not positive, there are
            fewer than two pairs, or the correlation is outside its range.

    >>> found = paired_mean_difference(7.0, 2.38, 6.5, 2.21, 10, 0.68)
    >>> found.estimate, round(found.variance ** 0.5, 3)
    (0.5, 0.583)
    """
    _check((m1, m2), (sd1, sd2), pairs, correlation)
    return Effect(m1 - m2, (sd1 * sd1 + sd2 * sd2 - 2 * correlation * sd1 * sd2) / pairs)


def paired_smd(
    m1: float, sd1: float, m2: float, sd2: float, pairs: int, correlation: float
) -> Effect:
    """Return the standardized mean difference of two sides of the same people.

    It is in standard deviations of the measure, not of the differences, so it can be pooled with
    that of independent arms: g = J * (m1 - m2) / sd, with sd² the mean of sd1² and sd2², J of
    2 (pairs - 1) / (1 + r²) degrees of freedom, and the variance
    2 (1 - r) / pairs + g² (1 + r²) / (4 pairs). This follows Cousineau (2020) and is `SMCRP` of
    the R package metafor. Borenstein's formula (2009, 4.28), which the Cochrane Handbook has too
    (23.2.7.2), multiplies the second part as well by 2 (1 - r); metafor's source calls that an
    error.

    Args:
        m1: mean of the first side, in the unit of the measure.
        sd1: its standard deviation.
        m2: mean of the second side.
        sd2: its standard deviation.
        pairs: how many people had both sides measured.
        correlation: the correlation r of the two sides, above -1 and below 1.

    Raises:
        SynthesisError: a number is not finite or a standard deviation not positive, there are
            fewer than two pairs, or the correlation is outside its range.

    >>> found = paired_smd(26, 30 ** 0.5, 22, 20 ** 0.5, 60, 0.7)
    >>> round(found.estimate, 4), round(found.variance, 4)
    (0.7924, 0.0139)
    """
    _check((m1, m2), (sd1, sd2), pairs, correlation)
    d = (m1 - m2) / math.sqrt((sd1 * sd1 + sd2 * sd2) / 2)
    g = small_sample(paired_freedom(pairs, correlation)) * d
    return Effect(g, paired_smd_variance(g, pairs, correlation))


def paired_freedom(pairs: int, correlation: float) -> float:
    """Return the degrees of freedom of the standard deviation of both sides (Cousineau 2020).

    Args:
        pairs: how many people had both sides measured.
        correlation: the correlation of the two sides.

    >>> paired_freedom(11, 0.0)
    20.0
    """
    return 2 * (pairs - 1) / (1 + correlation * correlation)


def paired_smd_variance(smd: float, pairs: int, correlation: float) -> float:
    """Return the variance of a standardized difference of two sides (see `paired_smd`).

    Args:
        smd: the difference, in standard deviations of the measure.
        pairs: how many people had both sides measured.
        correlation: the correlation of the two sides.

    >>> paired_smd_variance(0.0, 20, 0.5)
    0.05
    """
    squares = 1 + correlation * correlation
    return 2 * (1 - correlation) / pairs + smd * smd * squares / (4 * pairs)


def paired_counts_effect(
    kind: str, both: int, only_first: int, only_second: int, neither: int
) -> Effect:
    """Return the effect of two sides of the same people whose pairs of events are known.

    The ratios are marginal: they compare the sides as two arms are compared, so they can be
    pooled with those of independent arms (Elbourne and others 2002; `MPOR`, `MPRR` and `MPRD` of
    the R package metafor). Where a ratio or its variance cannot be computed, or the variance of a
    risk difference would be zero, 0.5 is added to each of the four counts (to those of the
    variance only, for a risk difference).

    Args:
        kind: OddsRatio or RiskRatio (both as logarithms), or RiskDifference.
        both: people with the event on both sides.
        only_first: people with the event on the first side only.
        only_second: people with the event on the second side only.
        neither: people with the event on neither side.

    Raises:
        SynthesisError: nobody was observed, a count is negative, nobody or everybody had the
            event on both sides and the effect is a ratio, or the effect is none of the three.

    >>> found = paired_counts_effect("OddsRatio", 20, 10, 5, 20)
    >>> round(found.estimate, 4), round(found.variance, 4)
    (0.3646, 0.0782)
    """
    counts = (both, only_first, only_second, neither)
    if min(counts) < 0 or sum(counts) == 0:
        raise SynthesisError("the counts of pairs are negative or all zero")
    if kind not in ("OddsRatio", "RiskRatio", "RiskDifference"):
        raise SynthesisError(f"a {kind} cannot be computed from counts")
    if kind != "RiskDifference":
        if neither == sum(counts):
            raise SynthesisError("no events on either side")
        if both == sum(counts):
            raise SynthesisError("everybody had the event on both sides")
    estimate, variance = _paired(kind, *map(float, counts))
    if variance > 0:
        return Effect(estimate, variance)
    mended, variance = _paired(kind, *(count + 0.5 for count in counts))
    return Effect(estimate if kind == "RiskDifference" else mended, variance)


def marginal_odds_ratio(first: float, second: float, pairs: float, correlation: float) -> Effect:
    """Return the log odds ratio of two sides where only the events of each side are known.

    What the two sides have in common is assumed: the variance is that of Becker and Balagtas
    (1993) with the correlation (phi) of the two events (Elbourne and others 2002; `MPORM` of the
    R package metafor). To take the sides for independent arms would be wrong.

    Args:
        first: people with the event on the first side.
        second: people with the event on the second side.
        pairs: how many people had both sides observed.
        correlation: phi, above -1 and below 1.

    Raises:
        SynthesisError: an impossible count, nobody or everybody with the event on a side, or a
            correlation that these counts cannot have.

    >>> found = marginal_odds_ratio(30, 25, 55, 350 / 750)
    >>> round(found.estimate, 4), round(found.variance, 4)
    (0.3646, 0.0782)
    """
    between("a correlation", correlation, -1, 1)
    for events in (first, second):
        if not 0 < events < pairs:
            raise SynthesisError(f"{events} of {pairs} with the event on one side give no odds")
    p1, p2 = first / pairs, second / pairs
    spread1, spread2 = p1 * (1 - p1), p2 * (1 - p2)
    covariance = correlation * math.sqrt(spread1 * spread2)
    together = p1 * p2 + covariance
    if not max(0.0, p1 + p2 - 1) - 1e-9 <= together <= min(p1, p2) + 1e-9:
        raise SynthesisError(
            f"{first} and {second} events of {pairs} cannot have a correlation of {correlation:g}"
        )
    independent = 1 / (pairs * spread1) + 1 / (pairs * spread2)
    shared = 2 * covariance / (pairs * spread1 * spread2)
    return Effect(math.log(p1 / (1 - p1)) - math.log(p2 / (1 - p2)), independent - shared)


def _paired(kind: str, a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """Return estimate and variance; a variance of 0 where they cannot be computed."""
    n = a + b + c + d
    p1, p2, up, down = (a + b) / n, (a + c) / n, b / n, c / n
    discordant = up * (1 - up) + down * (1 - down) + 2 * up * down
    if kind == "RiskDifference":
        return p1 - p2, discordant / n
    if kind == "RiskRatio":
        if 0 in (p1, p2):
            return 0.0, 0.0
        return math.log(p1 / p2), (up + down) / (n * p1 * p2)
    spread = p1 * (1 - p1) * p2 * (1 - p2)
    if spread == 0:
        return 0.0, 0.0
    return math.log(p1 / (1 - p1)) - math.log(p2 / (1 - p2)), discordant / (n * spread)


def _check(
    means: tuple[float, float], deviations: tuple[float, float], pairs: int, correlation: float
) -> None:
    finite("a mean", *means)
    positive("a standard deviation", *deviations)
    at_least("pairs", 2, pairs)
    between("a correlation", correlation, -1, 1)
