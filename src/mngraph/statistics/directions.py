"""Syntheses for studies that state no effects: of directions, and of p values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mngraph.errors import SynthesisError
from mngraph.statistics.effects import Interval
from mngraph.statistics.limits import positive, two_sided_p
from mngraph.statistics.quantiles import NORMAL, chi_squared_tail, normal_tail
from mngraph.statistics.rates import wilson


@dataclass(frozen=True, slots=True)
class SignTest:
    """How many of `k` studies favor one side (`statistic`), the exact p value, and their share."""

    k: int
    statistic: int
    p: float
    share: Interval


@dataclass(frozen=True, slots=True)
class Combined:
    """The p values of `k` studies combined: chi-squared or z, and its p value.

    The p value is one-sided: small where the studies together favor the side that was asked about.
    """

    k: int
    statistic: float
    p: float


def sign_test(favorable: int, unfavorable: int, level: float = 0.95) -> SignTest:
    """Test whether studies favor one side more often than the other, whatever their sizes.

    The p value is two-sided and exact, from the binomial distribution with the probability 1/2;
    studies that favor neither side are left out (Boon and Thomson 2021; Cochrane Handbook 6.5,
    sections 12.2.1.3 and 12.4.2.3). The interval of the share is that of Wilson (1927), which is
    not exact; it is the one that section 12.4.2.3 prints.

    Args:
        favorable: studies whose effect favors the side that is asked about.
        unfavorable: studies whose effect favors the other.
        level: confidence level of the interval, 0 to 1.

    Raises:
        SynthesisError: no study has a direction, or a count is negative.

    >>> found = sign_test(6, 0)
    >>> found.k, found.statistic, found.p, found.share.estimate
    (6, 6, 0.03125, 1.0)
    """
    k = favorable + unfavorable
    if min(favorable, unfavorable) < 0:
        raise SynthesisError("a count of studies is negative")
    if k == 0:
        raise SynthesisError("no study has a direction")
    fewer = min(favorable, unfavorable)
    ways = sum(math.comb(k, count) for count in range(fewer + 1))
    return SignTest(k, favorable, min(1.0, 2 * ways / 2**k), wilson(favorable, k, level))


def fisher(p_values: Sequence[float], favorable: Sequence[bool]) -> Combined:
    """Combine p values by Fisher's method (Cochrane Handbook 6.5, sections 12.2.1.2, 12.4.2.2).

    Each two-sided p value is made one-sided by the direction of its study; minus twice the sum of
    their logarithms is chi-squared with 2k degrees of freedom.

    Args:
        p_values: two-sided, one from each study.
        favorable: whether each study's effect favors the side that is asked about.

    Raises:
        SynthesisError: no p value, one outside its range, or not one direction for each.

    >>> found = fisher([0.02, 0.1], [True, False])
    >>> round(found.statistic, 3), round(found.p, 3)
    (9.313, 0.054)
    """
    _check(p_values, favorable)
    one_sided = [p / 2 if good else 1 - p / 2 for p, good in zip(p_values, favorable, strict=True)]
    statistic = -2 * math.fsum(map(math.log, one_sided))
    return Combined(len(p_values), statistic, chi_squared_tail(2 * len(p_values), statistic))


def stouffer(
    p_values: Sequence[float], favorable: Sequence[bool], weights: Sequence[float] | None = None
) -> Combined:
    """Combine p values by Stouffer's method (Cochrane Handbook 6.5, sections 12.2.1.2, 12.4.2.2).

    Each two-sided p value is made a z by the direction of its study; the weighted sum of these,
    divided by the square root of the sum of the squared weights, is normal.

    Args:
        p_values: two-sided, one from each study.
        favorable: whether each study's effect favors the side that is asked about.
        weights: one for each study, such as the square root of its participants; equal if None.

    Raises:
        SynthesisError: no p value, one outside its range, not one direction for each, or weights
            that are not positive numbers or not one for each.

    >>> found = stouffer([0.02, 0.1], [True, False])
    >>> round(found.statistic, 3), round(found.p, 3)
    (0.482, 0.315)
    """
    _check(p_values, favorable)
    chosen = list(weights) if weights is not None else [1.0] * len(p_values)
    if len(chosen) != len(p_values):
        raise SynthesisError(f"{len(p_values)} p values, but {len(chosen)} weights")
    positive("a weight", *chosen)
    scores = [
        -NORMAL.inv_cdf(p / 2) * (1 if good else -1)
        for p, good in zip(p_values, favorable, strict=True)
    ]
    total = math.fsum(w * z for w, z in zip(chosen, scores, strict=True))
    statistic = total / math.sqrt(math.fsum(w * w for w in chosen))
    return Combined(len(p_values), statistic, normal_tail(statistic))


def _check(p_values: Sequence[float], favorable: Sequence[bool]) -> None:
    if not p_values:
        raise SynthesisError("no p value")
    if len(p_values) != len(favorable):
        raise SynthesisError(f"{len(p_values)} p values, but {len(favorable)} directions")
    for p in p_values:
        two_sided_p(p)
