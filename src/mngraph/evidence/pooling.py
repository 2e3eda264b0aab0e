"""Which effects may be pooled with which, and what comes of it.

Comparable are estimates on one measure, of one type, against the same kind of comparator,
one for each cohort, from studies other than reviews, whose scales run the same way. Mean
differences and ratios are pooled only where the notes of the outcomes do not define them
differently; standardized differences are made for that case. Where nothing is pooled, the reason
is given.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mngraph.errors import SynthesisError
from mngraph.evidence import comparators
from mngraph.evidence.model import Computed, Count, Finding, Report, Study
from mngraph.evidence.outcomes import DIRECT
from mngraph.evidence.stance import Stance
from mngraph.statistics import effects, rates
from mngraph.statistics import pooling as inverse_variance

TYPES = {
    "OddsRatio": "odds ratio",
    "RiskRatio": "risk ratio",
    "HazardRatio": "hazard ratio",
    "RiskDifference": "risk difference",
    "MeanDifference": "mean difference",
    "StandardisedMeanDifference": "standardized mean difference",
    "MedianDifference": "median difference",
}
"""Effect types that compare two arms, as text."""

Key = tuple[str, str]
"""Measure and comparator of effects that may be compared."""
Offers = dict[str, dict[str, "Estimate"]]
"""The estimates of each cohort, by effect type."""

POOLABLE = frozenset(TYPES) - {"MedianDifference"}
STANDARDIZED = "StandardisedMeanDifference"
APPROXIMATE = frozenset({"p-value", "p-value-bound"})
"""Methods whose effects are approximate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The effect of one study in a group, from the side of the arm that is asked about.

    Attributes:
        study: the study.
        effect: the effect and its variance, on the scale of pooling.
        shown: the effect with its interval, on the scale of readers.
        given: what the arm asked about received.
        comparator: what the other arm received.
        against: the local name of the kind of comparator.
        note: what the record notes on the outcome.
        better: +1 or -1 where the study says which arm did better (then the sign of the estimate
            tells which way the scale runs), else 0.
        method: the slug of the method by which it was estimated.
        iri: the IRI of the estimate.
        stance: how the outcome stands.
        counts: the counts of both arms.
        procedure: the IRI of the procedure of the arm asked about.
    """

    study: Study
    effect: effects.Effect
    shown: effects.Interval
    given: str
    comparator: str
    note: str
    better: int
    against: str = ""
    method: str = ""
    iri: str = ""
    stance: Stance | None = None
    counts: tuple[Count, Count] | None = None
    procedure: str = ""

    @property
    def is_approximate(self) -> bool:
        """Whether it was computed from a p value."""
        return self.method in APPROXIMATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooling:
    """A group of comparable effects, with what was pooled, or why nothing was.

    `reviews` are what reviews state for the same comparison: shown beside, never pooled. `cohorts`
    also holds those whose effect cannot be used.
    """

    measure: str
    kind: str
    comparator: str
    estimates: tuple[Estimate, ...]
    reviews: tuple[Estimate, ...] = ()
    pooled: inverse_variance.Pooled | None = None
    why: str = ""
    cohorts: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """What is pooled, as text."""
        return f"{self.measure}: {TYPES[self.kind]} against {self.comparator}"

    @property
    def studies(self) -> int:
        """How many studies made the comparison, with a usable effect or without."""
        return len(self.cohorts)

    def fixed(self) -> effects.Interval | None:
        """The fixed-effect estimate on the scale of readers."""
        return effects.shown_scale(self.kind, self.pooled.fixed) if self.pooled else None

    def random(self) -> effects.Interval | None:
        """The random-effects estimate on the scale of readers."""
        return effects.shown_scale(self.kind, self.pooled.random) if self.pooled else None

    def prediction(self) -> effects.Interval | None:
        """The prediction interval on the scale of readers."""
        found = self.pooled.prediction if self.pooled else None
        return effects.shown_scale(self.kind, found) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRate:
    """How many of those at risk had an event, over the studies that state both numbers.

    `reported` counts the studies that report it, with numbers or without; of these, `cases` are
    case reports and series, which no rate holds.
    """

    event: str
    affected: int
    at_risk: int
    reports: tuple[Report, ...]
    reported: int = 0
    cases: int = 0
    interval: effects.Interval | None = None
    why: str = ""


def pool_effects(
    findings: Iterable[Finding], constructs: Mapping[str, str] | None = None
) -> list[Pooling]:
    """Return the groups of comparable effects, largest first.

    Comparisons within the question are left out; reviews, which may share trials, are kept apart.
    Effects that stand alone on their measure are grouped by what they measure, standardized.

    Args:
        findings: what studies found.
        constructs: for the label of a measure the label of what it measures, where others
            measure the same thing.
    """
    offered: dict[Key, Offers] = defaultdict(lambda: defaultdict(dict))
    reviews: dict[Key, dict[str, list[Estimate]]] = defaultdict(lambda: defaultdict(list))
    unusable: dict[Key, dict[str, str]] = defaultdict(dict)
    for entry in findings:
        if entry.within or entry.other is None:
            continue
        key = " and ".join(entry.outcome.measures.values()), comparator(entry)
        found = {each.kind: _estimate(entry, each) for each in entry.outcome.estimates}
        for kind, estimate in found.items():
            if not entry.study.review:
                offered[key][entry.study.cohort].setdefault(kind, estimate)
            elif kind == next(iter(found)):
                reviews[key][kind].append(estimate)
        if not found and not entry.study.review:
            unusable[key].setdefault(entry.study.cohort, entry.outcome.reason)
    groups = [
        group
        for key in {**offered, **reviews}
        for group in _groups(key, offered[key], reviews[key], unusable[key])
    ]
    groups = _by_construct(groups, offered, constructs or {})
    return sorted(groups, key=lambda g: (-len(g.estimates), g.measure, g.kind, g.comparator))


def without_estimate(findings: Iterable[Finding]) -> dict[str, int]:
    """Return how many cohorts were compared but give no estimate of an effect, by the reason.

    Reviews and comparisons within the question are left out. A cohort counts once, by the reason
    of its first comparison.
    """
    reasons: dict[str, str] = {}
    usable: set[str] = set()
    for entry in findings:
        if entry.within or entry.other is None or entry.study.review:
            continue
        if entry.outcome.estimates:
            usable.add(entry.study.cohort)
        elif entry.outcome.reason:
            reasons.setdefault(entry.study.cohort, entry.outcome.reason)
    counts = Counter(why for cohort, why in reasons.items() if cohort not in usable)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _groups(
    key: Key, offered: Offers, reviews: dict[str, list[Estimate]], unusable: dict[str, str]
) -> Iterator[Pooling]:
    """Yield the groups of one measure and comparator: as many cohorts together as may be."""
    left, lost = dict(offered), {c: why for c, why in unusable.items() if c not in offered}
    seen: set[str] = set()
    while left:
        kind = _widest(left)
        taken = {cohort: kinds[kind] for cohort, kinds in left.items() if kind in kinds}
        left = {cohort: kinds for cohort, kinds in left.items() if cohort not in taken}
        group = _pooling((*key, kind), list(taken.values()), set() if seen else {*lost.values()})
        cohorts = frozenset(taken if seen else {*taken, *lost})
        yield replace(group, reviews=tuple(reviews.get(kind, ())), cohorts=cohorts)
        seen.add(kind)
    for kind in sorted(reviews.keys() - seen):
        yield replace(_pooling((*key, kind), [], set()), reviews=tuple(reviews[kind]))


def _by_construct(
    groups: list[Pooling], offered: dict[Key, Offers], constructs: Mapping[str, str]
) -> list[Pooling]:
    """Return groups in which effects that stood alone are together with others of their kind."""
    alone: dict[Key, dict[str, tuple[Estimate, Pooling]]] = defaultdict(dict)
    for group in groups:
        if len(group.estimates) != 1 or group.measure not in constructs:
            continue
        key = constructs[group.measure], group.comparator
        cohort = group.estimates[0].study.cohort
        found = offered[group.measure, group.comparator][cohort].get(STANDARDIZED)
        if found:
            alone[key].setdefault(cohort, (found, group))
    several = {key: members for key, members in alone.items() if len(members) > 1}
    gone = [group for members in several.values() for _, group in members.values()]
    together = [
        replace(
            _pooling((*key, STANDARDIZED), [found for found, _ in members.values()], set()),
            reviews=tuple(entry for _, group in members.values() for entry in group.reviews),
            cohorts=frozenset().union(*(group.cohorts for _, group in members.values())),
        )
        for key, members in several.items()
    ]
    return [group for group in groups if group not in gone] + together


def _widest(left: Offers) -> str:
    """Return the effect type that most cohorts offer.

    Of those that equally many offer, it is the one most easily understood; for several cohorts the
    standardized difference comes before the mean difference, whose scales may differ.
    """

    def rank(kind: str) -> tuple[int, bool, int]:
        number = sum(kind in kinds for kinds in left.values())
        return -number, number > 1 and kind == "MeanDifference", DIRECT.index(kind)

    return min({kind for kinds in left.values() for kind in kinds}, key=rank)


def comparator(entry: Finding) -> str:
    """Return the part of a finding's comparator that must be the same for pooling.

    Kinds that are one comparator are named; any other is named by what was given.
    """
    if entry.comparator in comparators.SINGLE:
        return comparators.named(entry.comparator, "")
    return entry.other.label if entry.other else "baseline"


def _estimate(entry: Finding, found: Computed) -> Estimate:
    """Return an estimate from the side of the arm that is asked about."""
    shown = effects.Interval(found.value, found.lower, found.upper)
    middle = math.log(found.value) if found.kind in effects.RATIOS else found.value
    if entry.turned:
        middle, shown = -middle, effects.turned(found.kind, shown)
    sign = {Stance.SUPPORTS: 1, Stance.DISPUTES: -1}.get(entry.stance, 0) if entry.stance else 0
    return Estimate(
        study=entry.study,
        effect=effects.Effect(middle, found.error**2),
        shown=shown,
        given=entry.arm.label,
        comparator=entry.other.label if entry.other else "",
        note=entry.outcome.note,
        better=_better(found, middle, sign),
        against=entry.comparator,
        method=found.method,
        iri=found.iri,
        stance=entry.shown_stance,
        counts=entry.counts,
        procedure=entry.arm.procedure,
    )


def _better(found: Computed, middle: float, sign: int) -> int:
    """Return which way the scale of an effect runs; 0 where that is not known."""
    if found.kind == STANDARDIZED and found.method != "as-stated":
        return 1
    return sign * (1 if middle > 0 else -1) if middle else 0


def _pooling(key: tuple[str, str, str], estimates: list[Estimate], refused: set[str]) -> Pooling:
    """Return one group of effects, pooled where they may be; `refused` says why some cannot be."""
    estimates.sort(
        key=lambda e: (e.study.level or 9, e.study.year or 0, e.study.label, e.study.iri)
    )
    measure, against, kind = key
    group = Pooling(measure=measure, kind=kind, comparator=against, estimates=tuple(estimates))
    if len(estimates) < 2:
        why = ("; ".join(sorted(refused)) or "no study") if not estimates else "one study"
        if estimates and refused:
            why += f" with a usable effect ({'; '.join(sorted(refused))} in others)"
        return replace(group, why=why)
    if len({estimate.better for estimate in estimates if estimate.better}) > 1:
        return replace(group, why="the scales of the studies run in opposite ways")
    if kind not in POOLABLE:
        return replace(group, why=f"a {TYPES[kind]} has no variance to weigh it by")
    if kind != STANDARDIZED and len({estimate.note for estimate in estimates}) > 1:
        return replace(group, why="the notes of the outcomes define them differently")
    try:
        return replace(
            group, pooled=inverse_variance.pool([estimate.effect for estimate in estimates])
        )
    except SynthesisError as error:
        return replace(group, why=str(error))


def pool_rates(reports: Sequence[Report]) -> list[EventRate]:
    """Return the rate of each event, people of one cohort counted once, largest first.

    A cohort with several arms or several counts of one event gives the count with most at risk.
    Case reports and series are left out: they may have been written because the event occurred.
    """
    primary = [entry for entry in reports if not entry.study.review]
    found = []
    for event in sorted({entry.event for entry in primary}):
        own = [entry for entry in primary if entry.event == event]
        chosen: dict[str, Report] = {}
        for entry in own:
            if entry.study.case or entry.affected is None or entry.at_risk is None:
                continue
            best = chosen.get(entry.study.cohort)
            if best is None or _size(entry) > _size(best):
                chosen[entry.study.cohort] = entry
        rate = _rate(event, tuple(chosen[cohort] for cohort in sorted(chosen)))
        every = {entry.study.cohort for entry in own}
        cases = every - {entry.study.cohort for entry in own if not entry.study.case}
        found.append(replace(rate, reported=len(every), cases=len(cases)))
    return sorted(found, key=lambda r: (-r.at_risk, r.event))


def _size(entry: Report) -> tuple[int, int]:
    return entry.at_risk or 0, entry.affected or 0


def _rate(event: str, chosen: tuple[Report, ...]) -> EventRate:
    affected = sum(entry.affected or 0 for entry in chosen)
    at_risk = sum(entry.at_risk or 0 for entry in chosen)
    rate = EventRate(event=event, affected=affected, at_risk=at_risk, reports=chosen)
    if not chosen:
        return rate
    try:
        return replace(rate, interval=rates.rate(affected, at_risk))
    except SynthesisError as error:
        return replace(rate, why=str(error))
