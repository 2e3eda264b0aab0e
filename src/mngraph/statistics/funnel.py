"""The test for an asymmetric funnel plot: small studies with other effects than large ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mngraph.errors import SynthesisError
from mngraph.statistics.effects import Effect, Interval, symmetric
from mngraph.statistics.limits import finite, positive
from mngraph.statistics.quantiles import t_quantile, t_tails

FEWEST = 10
"""With fewer studies the test is not to be done (Cochrane Handbook 6.5, section 13.3.5.4)."""


@dataclass(frozen=True, slots=True)
class EggerTest:
    """The regression of effects on their standard errors, and what it says of asymmetry.

    `slope` is the change of the effect with each unit of standard error: Egger's intercept, which
    is 0 in a symmetric funnel. `standard_error`, `t`, `freedom` and the two-sided `p` are those of
    the slope. `limit` is the effect at a standard error of 0, on the scale of pooling.
    """

    k: int
    slope: float
    standard_error: float
    t: float
    freedom: int
    p: float
    limit: Interval


def egger(effects: Sequence[Effect], level: float = 0.95) -> EggerTest:
    """Test a funnel plot for asymmetry (Egger and others, BMJ 1997;315:629-634).

    The effects are regressed on their standard errors, weighted by the inverse of their variances:
    `regtest` with `model="lm"` of the R package metafor.

    Args:
        effects: one from each study, on the scale of pooling; ten or more.
        level: confidence level of the limit, 0 to 1.

    Raises:
        SynthesisError: fewer than ten studies, a variance that is not a positive number, or
            standard errors that are all the same.

    >>> studies = [Effect(n / 10 + (n % 3) / 20, (n / 10) ** 2) for n in range(1, 11)]
    >>> found = egger(studies)
    >>> found.k, found.freedom, found.p < 0.001
    (10, 8, True)
    """
    k = len(effects)
    if k < FEWEST:
        raise SynthesisError(f"{k} studies are too few to test a funnel plot: it needs {FEWEST}")
    finite("an effect", *(effect.estimate for effect in effects))
    positive("a variance", *(effect.variance for effect in effects))
    errors = [math.sqrt(effect.variance) for effect in effects]
    weights = [1 / effect.variance for effect in effects]
    total = math.fsum(weights)
    x = math.fsum(w * e for w, e in zip(weights, errors, strict=True)) / total
    y = math.fsum(w * e.estimate for w, e in zip(weights, effects, strict=True)) / total
    spread = math.fsum(w * (e - x) ** 2 for w, e in zip(weights, errors, strict=True))
    if spread <= 1e-12 * k:
        raise SynthesisError("the standard errors of the studies are all the same")
    slope = math.fsum(
        w * (e - x) * (f.estimate - y) for w, e, f in zip(weights, errors, effects, strict=True)
    ) / spread  # fmt: skip
    start = y - slope * x
    rest = math.fsum(
        w * (f.estimate - start - slope * e) ** 2
        for w, e, f in zip(weights, errors, effects, strict=True)
    ) / (k - 2)
    if rest == 0:
        raise SynthesisError("the effects lie on a straight line, which no test can weigh")
    error = math.sqrt(rest / spread)
    half = t_quantile(k - 2, 0.5 + level / 2) * math.sqrt(rest * (1 / total + x * x / spread))
    t = slope / error
    return EggerTest(k, slope, error, t, k - 2, t_tails(k - 2, t), symmetric(start, half))
