"""Contours of the albatross plot: the sample size with which an effect has a certain p value.

Harrison and others (Research Synthesis Methods 2017;8:281-289): a study's effect is near a
contour if its p value and its participants are. A p value and an effect give the sample size
N = z² V, where V / N is the squared standard error of the effect divided by its square.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from mngraph.errors import SynthesisError
from mngraph.statistics.limits import between, finite, positive, two_sided_p
from mngraph.statistics.quantiles import normal_of_tails


def sample_size_for_p(
    kind: str, effect: float, p: float, *,
    ratio: float = 1.0, sd: float | None = None, risk: float | None = None,
) -> float:  # fmt: skip
    """Return the participants of both arms with which an effect has a two-sided p value.

    Args:
        kind: StandardisedMeanDifference, MeanDifference or OddsRatio.
        effect: the effect, on the scale of readers: an odds ratio is not a logarithm.
        p: the two-sided p value, above 0 and at most 1 (then the answer is 0).
        ratio: participants of the first arm for each one of the second.
        sd: the standard deviation of the measure; needed for a mean difference.
        risk: the risk in the second arm, 0 to 1; without it, an odds ratio is taken for a
            standardized mean difference of log OR * sqrt(3) / pi (as in the R package metap).

    Raises:
        SynthesisError: another kind, an effect of none, a p value or a number outside its range,
            or a mean difference without a standard deviation.

    >>> round(sample_size_for_p("StandardisedMeanDifference", 0.5, 0.05), 1)
    63.4
    """
    two_sided_p(p)
    positive("a ratio of the arms", ratio)
    z = normal_of_tails(p)
    if kind == "StandardisedMeanDifference":
        return z * z * _of_smd(effect, ratio)
    if kind == "MeanDifference":
        if sd is None:
            raise SynthesisError("a mean difference needs a standard deviation")
        positive("a standard deviation", sd)
        return z * z * _of_smd(effect / sd, ratio)
    if kind == "OddsRatio":
        positive("an odds ratio", effect)
        logarithm = math.log(effect)
        if risk is None:
            return z * z * _of_smd(logarithm * math.sqrt(3) / math.pi, ratio)
        return z * z * _of_log_odds_ratio(logarithm, ratio, risk)
    raise SynthesisError(f"there is no contour of a {kind}")


def contour(
    kind: str, effect: float, p_values: Iterable[float], *,
    ratio: float = 1.0, sd: float | None = None, risk: float | None = None,
) -> tuple[tuple[float, float], ...]:  # fmt: skip
    """Return the points (p, participants) of one contour, in the order of the p values.

    Args:
        kind: as for `sample_size_for_p`.
        effect: as for `sample_size_for_p`.
        p_values: two-sided, where the points are wanted.
        ratio: as for `sample_size_for_p`.
        sd: as for `sample_size_for_p`.
        risk: as for `sample_size_for_p`.

    Raises:
        SynthesisError: what `sample_size_for_p` raises.

    >>> [(p, round(n)) for p, n in contour("StandardisedMeanDifference", 0.5, [0.05, 0.01])]
    [(0.05, 63), (0.01, 109)]
    """
    return tuple(
        (p, sample_size_for_p(kind, effect, p, ratio=ratio, sd=sd, risk=risk)) for p in p_values
    )


def _of_smd(smd: float, ratio: float) -> float:
    """Return N / z²: ((r + 1)²/r + d²/2) / d², which is (8 + d²) / (2 d²) with equal arms."""
    finite("an effect", smd)
    if smd == 0:
        raise SynthesisError("an effect of none has no contour")
    return ((ratio + 1) ** 2 / ratio + smd * smd / 2) / (smd * smd)


def _of_log_odds_ratio(logarithm: float, ratio: float, risk: float) -> float:
    """Return N / z², from the variance of a log odds ratio with the two expected risks."""
    between("a risk", risk, 0, 1)
    if logarithm == 0:
        raise SynthesisError("an effect of none has no contour")
    odds = math.exp(logarithm) * risk / (1 - risk)
    other = odds / (1 + odds)
    first = (ratio + 1) / (ratio * other * (1 - other))
    second = (ratio + 1) / (risk * (1 - risk))
    return (first + second) / logarithm**2
