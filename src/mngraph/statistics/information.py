"""The optimal information size: the participants that one adequate trial would need.

GRADE compares it with the participants of all studies together (Guyatt and others, GRADE
guidelines 6, J Clin Epidemiol 2011;64:1283-1293). It is the conventional sample size of a trial
with two equal arms and a two-sided test.
"""

from __future__ import annotations

import math

from mngraph.errors import SynthesisError
from mngraph.statistics.limits import between, finite
from mngraph.statistics.quantiles import NORMAL, normal_of_tails


def size_for_smd(smd: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Return the participants, of both arms, that a standardized mean difference needs.

    Each arm has 2 (z of alpha / 2 + z of power)² / d², rounded up.

    Args:
        smd: the smallest difference that matters, in standard deviations.
        power: the probability of finding it, 0 to 1.
        alpha: the two-sided level of the test, 0 to 1.

    Raises:
        SynthesisError: a difference of none, or a probability outside its range.

    >>> size_for_smd(0.5)
    126
    """
    finite("a difference", smd)
    if smd == 0:
        raise SynthesisError("a difference of none needs no end of participants")
    return 2 * math.ceil(2 * (_alpha(alpha) + _power(power)) ** 2 / smd**2)


def size_for_risks(first: float, second: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Return the participants, of both arms, that the difference of two risks needs.

    Each arm has (z of alpha / 2 * sqrt(2 p q) + z of power * sqrt(p1 q1 + p2 q2))² / (p1 - p2)²,
    rounded up, with p the mean of the two risks and q = 1 - p (Fleiss 1981, without correction
    for continuity; `power.prop.test` of R).

    Args:
        first: the risk in the first arm, 0 to 1.
        second: the risk in the second arm, 0 to 1.
        power: the probability of finding the difference, 0 to 1.
        alpha: the two-sided level of the test, 0 to 1.

    Raises:
        SynthesisError: two equal risks, or a risk or a probability outside its range.

    >>> size_for_risks(0.2, 0.15)
    1812
    """
    for risk in (first, second):
        if not 0 <= risk <= 1:
            raise SynthesisError(f"a risk of {risk:g} is not between 0 and 1")
    if first == second:
        raise SynthesisError("a difference of none needs no end of participants")
    mean = (first + second) / 2
    without = _alpha(alpha) * math.sqrt(2 * mean * (1 - mean))
    with_effect = _power(power) * math.sqrt(first * (1 - first) + second * (1 - second))
    return 2 * math.ceil(((without + with_effect) / (first - second)) ** 2)


def _alpha(alpha: float) -> float:
    between("a level of the test", alpha, 0, 1)
    return normal_of_tails(alpha)


def _power(power: float) -> float:
    between("a power", power, 0, 1)
    return NORMAL.inv_cdf(power)
