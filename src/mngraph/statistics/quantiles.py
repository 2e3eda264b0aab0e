"""Quantiles and tails of the beta, t, chi-squared and normal distributions, without SciPy.

SciPy has them all, but it and NumPy are larger than the rest of the installation together and
take longer to import than any command takes to answer (docs/decisions/0007-dependencies.md).
The tests compare each function with SciPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

NORMAL = NormalDist()
"""The standard normal distribution."""

PRECISION = 1e-15
"""Where a fraction or a search stops: a relative change no greater than this."""


def beta_quantile(a: float, b: float, p: float) -> float:
    """Return the value below which a beta distribution has the probability `p`.

    Args:
        a: the first shape, above 0.
        b: the second shape, above 0.
        p: a probability, above 0 and below 1.

    >>> round(beta_quantile(1, 10, 0.975), 4)
    0.3085
    """
    constant = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)

    def density(x: float) -> float:
        return math.exp(constant + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x))

    return _solve(lambda x: beta_probability(a, b, x), density, p, 0.0, 1.0, a / (a + b))


def beta_probability(a: float, b: float, x: float) -> float:
    """Return the regularized incomplete beta function (DLMF 8.17.22, by a continued fraction).

    Args:
        a: the first shape, above 0.
        b: the second shape, above 0.
        x: a value from 0 to 1.

    >>> beta_probability(1, 1, 0.25)
    0.25
    """
    if not 0 < x < 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_probability(b, a, 1 - x)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    logarithm += a * math.log(x) + b * math.log1p(-x)
    return math.exp(logarithm) / a / _beta_fraction(a, b, x)


def t_quantile(freedom: int, p: float) -> float:
    """Return the value below which Student's t has the probability `p`.

    Args:
        freedom: the degrees of freedom, 1 or more.
        p: a probability, above 0 and below 1.

    >>> round(t_quantile(9, 0.975), 6)
    2.262157
    """
    if p == 0.5:
        return 0.0
    return math.copysign(t_of_tails(freedom, 2 * min(p, 1 - p)), p - 0.5)


def t_of_tails(freedom: int, p: float) -> float:
    """Return the value that Student's t exceeds, to either side, with the probability `p`.

    Args:
        freedom: the degrees of freedom, 1 or more.
        p: a two-sided probability, above 0 and at most 1.

    >>> round(t_of_tails(45, 0.008), 2)
    2.78
    """
    if p >= 1:
        return 0.0
    # Both tails beyond t are I_x(freedom / 2, 1 / 2) with x = freedom / (freedom + t * t).
    x = beta_quantile(freedom / 2, 0.5, p)
    return math.sqrt(freedom * (1 - x) / x)


def t_tails(freedom: int, value: float) -> float:
    """Return the two-sided p value of Student's t.

    Args:
        freedom: the degrees of freedom, 1 or more.
        value: t, of either sign.

    >>> round(t_tails(9, -2.262157), 6)
    0.05
    """
    return beta_probability(freedom / 2, 0.5, freedom / (freedom + value * value))


def normal_of_tails(p: float) -> float:
    """Return the value that a standard normal variable exceeds, to either side, with `p`.

    Args:
        p: a two-sided probability, above 0 and at most 1.

    >>> round(normal_of_tails(0.008), 3)
    2.652
    """
    return abs(NORMAL.inv_cdf(p / 2))


def normal_tail(value: float) -> float:
    """Return the probability that a standard normal variable exceeds a value.

    Args:
        value: of either sign.

    >>> round(normal_tail(1.959964), 6)
    0.025
    """
    return math.erfc(value / math.sqrt(2)) / 2


def chi_squared_tail(freedom: int, value: float) -> float:
    """Return the probability that chi-squared exceeds a value (DLMF 8.4.10 and 8.4.15).

    Args:
        freedom: the degrees of freedom, 1 or more.
        value: 0 or more.

    >>> round(chi_squared_tail(1, 3.841459), 6)
    0.05
    """
    half = value / 2
    if half <= 0:
        return 1.0
    odd = freedom % 2
    total = [math.erfc(math.sqrt(half))] if odd else []
    for step in range(freedom // 2):
        power = step + odd / 2
        total.append(math.exp(power * math.log(half) - half - math.lgamma(power + 1)))
    return min(1.0, math.fsum(total))


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Return 1 + d1/(1 + d2/(1 + ...)) of DLMF 8.17.22, by Lentz's method."""
    value, upper, lower = 1.0, 1.0, 0.0
    for term in range(1, 100_000):
        m = term // 2
        if term % 2:
            step = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            step = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        lower = 1 / ((1 + step * lower) or 1e-300)
        upper = (1 + step / upper) or 1e-300
        value *= upper * lower
        if abs(upper * lower - 1) <= PRECISION:
            break
    return value


def _solve(
    function: Callable[[float], float], slope: Callable[[float], float],
    target: float, low: float, high: float, start: float,
) -> float:  # fmt: skip
    """Return where a rising function reaches a target: by Newton's method, or else by bisection."""
    x = start
    for _ in range(200):
        missing = function(x) - target
        low, high = (low, x) if missing > 0 else (x, high)
        rise = slope(x)
        following = x - missing / rise if rise > 0 else low
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= PRECISION * abs(x):
            return following
        x = following
    return x
