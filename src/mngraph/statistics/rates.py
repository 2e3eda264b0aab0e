"""Rates with their intervals: the exact one, and that of Wilson."""

from __future__ import annotations

import math

from mngraph.errors import SynthesisError
from mngraph.statistics.effects import Interval
from mngraph.statistics.quantiles import NORMAL, beta_quantile


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
    _check(events, total)
    tail = (1 - level) / 2
    lower = beta_quantile(events, total - events + 1, tail) if events else 0.0
    upper = beta_quantile(events + 1, total - events, 1 - tail) if events < total else 1.0
    return Interval(events / total, lower, upper)


def wilson(events: int, total: int, level: float = 0.95) -> Interval:
    """Return a proportion with the interval of Wilson (1927), which is short for few.

    Args:
        events: how many had the event.
        total: among how many it was looked for.
        level: confidence level, 0 to 1.

    Raises:
        SynthesisError: nobody was looked at, or more were affected than looked at.

    >>> found = wilson(10, 12)
    >>> round(found.lower, 2), round(found.upper, 2)
    (0.55, 0.95)
    """
    _check(events, total)
    share, z = events / total, NORMAL.inv_cdf(0.5 + level / 2)
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    spread = share * (1 - share) / total + z * z / (4 * total * total)
    half = z * math.sqrt(spread) / (1 + z * z / total)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def _check(events: int, total: int) -> None:
    if total <= 0:
        raise SynthesisError("nobody at risk")
    if not 0 <= events <= total:
        raise SynthesisError(f"{events} affected of {total} at risk")
