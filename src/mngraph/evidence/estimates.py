"""The effects of one comparison: as its source states them, or computed from what it states.

Where a source states several things, the most direct is taken: an effect with its interval, then
events and totals, then means, then a p value. Standardized differences are those of the first arm,
positive where they favor it. Nothing is computed from what is not stated but for the two
assumptions that an estimate names: a correlation between paired sides, and two arms of one size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mngraph.errors import SynthesisError
from mngraph.evidence.model import Count
from mngraph.statistics import conversions, effects, paired
from mngraph.statistics.effects import Effect, Interval

CORRELATION, LOW_CORRELATION = 0.5, 0.3
"""The correlation between paired sides that is assumed, and the lower one tried beside it."""
CORRELATIONS = (CORRELATION, LOW_CORRELATION, 0.0)
"""Counts of two sides can be too far apart for a correlation; then the next one is assumed."""
FAVORS = {"FavoursFirst": 1, "FavoursSecond": -1}
"""The directions that name the better arm, and the sign of the first arm's benefit."""
SMD = "StandardisedMeanDifference"
EFFECTS_OF_P = frozenset({"OddsRatio", "RiskRatio", "HazardRatio", "MeanDifference", SMD})
"""Effect types whose variance can be taken from a p value."""
COMPARED = frozenset({*FAVORS, "NoDifference", "Mixed", ""})
"""The directions of comparisons; the others are those of changes within arms."""


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of one arm, among how many it was taken, and its standard deviation if stated."""

    mean: float
    n: int
    sd: float | None = None

    @property
    def spread(self) -> float:
        """The standard deviation; 0 where it is not stated, which no formula takes."""
        return self.sd or 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a record states about the comparison of two arms in one outcome.

    Attributes:
        direction: the local name of the direction, such as `FavoursFirst`; empty if not stated.
        kind: the local name of the type of the stated effect; empty where none is stated.
        value: the stated effect, on the scale of readers.
        interval: the same with its interval.
        confidence: the level of that interval in percent.
        counts: people with the outcome and totals, of the first and of the second arm.
        means: the means of the first and of the second arm.
        higher_is_better: whether a larger value is the better result; None if not stated.
        p_value: the number of the p value.
        p_relation: the sign before it, such as `<`.
        sizes: the participants of the first and of the second arm.
        shared: whether the sizes are equal shares of a total.
        paired: whether both arms are sides of the same people.
        comparators: with how many arms the first is compared at once.
        review: whether the study is a review.
    """

    direction: str = ""
    kind: str = ""
    value: float | None = None
    interval: Interval | None = None
    confidence: float = 95.0
    counts: tuple[Count, Count] | None = None
    means: tuple[Mean, Mean] | None = None
    higher_is_better: bool | None = None
    p_value: float | None = None
    p_relation: str = "="
    sizes: tuple[int, int] | None = None
    shared: bool = False
    paired: bool = False
    comparators: int = 1
    review: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """An effect of the first arm against the second, by a method.

    Attributes:
        kind: the local name of the effect type.
        effect: the effect and its variance, on the scale of pooling.
        shown: the effect and its 95% interval, or the stated one, on the scale of readers.
        confidence: the level of the interval in percent.
        method: the slug of the method.
        correlation: the correlation between paired sides that was assumed; None for separate arms.
        widest: the interval with the lower correlation; None for separate arms.
        shared: whether arms of one size were assumed.
    """

    kind: str
    effect: Effect
    shown: Interval
    method: str
    confidence: float = 95.0
    correlation: float | None = None
    widest: Interval | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a comparison has no effect estimate, by the slug of the reason."""

    reason: str


def estimate(stated: Stated) -> list[Estimated] | Unusable:
    """Return the effects of a comparison by the most direct method, or why there are none.

    >>> found = estimate(Stated(counts=(Count(4, 123), Count(11, 139)), direction="FavoursFirst"))
    >>> [each.kind for each in found]
    ['OddsRatio', 'RiskRatio', 'RiskDifference']
    >>> round(found[0].shown.estimate, 2)
    0.39
    >>> estimate(Stated(direction="ImprovedFromBaseline"))
    Unusable(reason='within-arms')
    """
    if stated.direction not in COMPARED:
        return Unusable("within-arms")
    if stated.counts and not any(count.events for count in stated.counts):
        return Unusable("no-events")
    if stated.counts and all(count.events == count.total for count in stated.counts):
        return Unusable("all-events")
    try:
        if stated.interval:
            return [_of_interval(stated, stated.interval)]
        if stated.counts:
            found = list(_of_counts(stated, *stated.counts))
        elif stated.means and all(mean.sd is not None for mean in stated.means):
            found = list(_of_means(stated, *stated.means))
        elif reason := _reason(stated):
            return Unusable(reason)
        else:
            found = list(_of_p_value(stated))
        return [replace(each, shared=stated.shared) for each in found]
    except SynthesisError:
        return Unusable("impossible")


def _reason(stated: Stated) -> str | None:
    """Return why a p value gives no effect; None where it gives one."""
    checks = (
        (stated.kind != "" and stated.p_value is None, "effect-of-other-kind"),
        (stated.p_value is None, "no-numbers"),
        (stated.kind in EFFECTS_OF_P and stated.value is not None, None),
        (stated.review, "review"),
        (stated.p_relation in (">", "≥"), "p-value-without-limit"),
        (_benefit(stated) == 0, "direction-not-stated"),
        (stated.comparators > 1, "several-comparators"),
        (stated.sizes is None, "participants-not-stated"),
    )
    return next((reason for applies, reason in checks if applies), None)


def _benefit(stated: Stated) -> int:
    """Return +1 where the first arm did better, -1 where the second did, and 0 if not known.

    Where the source finds no difference, or states no direction, the means tell which arm did
    better, if they are stated with the scale.
    """
    if sign := FAVORS.get(stated.direction):
        return sign
    if stated.means is None or stated.higher_is_better is None:
        return 0
    first, second = (mean.mean for mean in stated.means)
    better = 1 if stated.higher_is_better else -1
    return better * ((first > second) - (first < second))


def _of_interval(stated: Stated, shown: Interval) -> Estimated:
    limits = (shown.estimate, shown.lower, shown.upper)
    effect = effects.effect_of_interval(stated.kind, *limits, stated.confidence)
    return Estimated(
        kind=stated.kind, effect=effect, shown=shown, method="as-stated",
        confidence=stated.confidence,
    )  # fmt: skip


def _of_counts(stated: Stated, first: Count, second: Count) -> Iterator[Estimated]:
    if not stated.paired:
        for kind in ("OddsRatio", "RiskRatio", "RiskDifference"):
            yield _estimated(kind, effects.effect_of_counts(kind, first, second), "counts")
        return
    if first.total != second.total:
        raise SynthesisError("the sides have other totals")
    empty = any(count.events in (0, count.total) for count in (first, second))
    more = 0.5 if empty else 0

    def ratio(correlation: float) -> Effect:
        events, pairs = (first.events + more, second.events + more), first.total + 2 * more
        return paired.marginal_odds_ratio(*events, pairs, correlation)

    yield _with_correlation("OddsRatio", ratio, "counts-paired")


def _of_means(stated: Stated, first: Mean, second: Mean) -> Iterator[Estimated]:
    """Yield the mean difference and, where the better side is known, the standardized one."""
    if not stated.paired:
        numbers = (first.mean, first.spread, first.n, second.mean, second.spread, second.n)
        yield _estimated("MeanDifference", effects.mean_difference(*numbers), "means")
        yield from _turned(stated, _estimated(SMD, effects.hedges_g(*numbers), "means"))
        return
    sides = (first.mean, first.spread, second.mean, second.spread, min(first.n, second.n))
    yield _with_correlation(
        "MeanDifference", lambda r: paired.paired_mean_difference(*sides, r), "means-paired"
    )
    standardized = _with_correlation(SMD, lambda r: paired.paired_smd(*sides, r), "means-paired")
    yield from _turned(stated, standardized)


def _turned(stated: Stated, found: Estimated) -> Iterator[Estimated]:
    """Yield a standardized difference so that it is positive where it favors the first arm."""
    if sign := _benefit(stated):
        yield found if (found.effect.estimate > 0) is (sign > 0) else _negative(found)


def _negative(found: Estimated) -> Estimated:
    return replace(
        found,
        effect=Effect(-found.effect.estimate, found.effect.variance),
        shown=effects.turned(found.kind, found.shown),
        widest=effects.turned(found.kind, found.widest) if found.widest else None,
    )


def _of_p_value(stated: Stated) -> Iterator[Estimated]:
    """Yield what a p value says of the effect; see `_reason` for when it says anything."""
    bound = stated.p_relation in ("<", "≤")
    p, method = stated.p_value or 0.0, "p-value-bound" if bound else "p-value"
    if stated.value is not None and stated.kind in EFFECTS_OF_P:
        found = conversions.effect_of_p(stated.kind, stated.value, p, bounded=bound)
        yield _estimated(stated.kind, found.effect, "effect-and-p-value")
        return
    first, second = stated.sizes or (0, 0)
    sign = _benefit(stated)
    if stated.paired:
        pairs = min(first, second)
        yield _with_correlation(
            SMD, lambda r: conversions.paired_smd_of_p(p, pairs, sign, r).effect, method
        )
        return
    standardized = conversions.smd_of_p(p, first, second, sign).effect
    yield _estimated(SMD, standardized, method)


def _estimated(kind: str, effect: Effect, method: str) -> Estimated:
    shown = effects.shown_scale(kind, effects.around(effect))
    return Estimated(kind=kind, effect=effect, shown=shown, method=method)


def _with_correlation(kind: str, make: Callable[[float], Effect], method: str) -> Estimated:
    """Return a paired effect with the assumed correlation, and its interval with a lower one.

    Raises:
        SynthesisError: there is no effect with any of the correlations.
    """
    possible = [r for r in CORRELATIONS if _is_possible(make, r)]
    if not possible:
        make(CORRELATIONS[-1])
    found = replace(_estimated(kind, make(possible[0]), method), correlation=possible[0])
    lower = make(possible[min(1, len(possible) - 1)])
    return replace(found, widest=effects.shown_scale(kind, effects.around(lower)))


def _is_possible(make: Callable[[float], Effect], correlation: float) -> bool:
    try:
        make(correlation)
    except SynthesisError:
        return False
    return True
