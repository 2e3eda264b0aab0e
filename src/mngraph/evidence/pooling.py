"""Which effects may be pooled with which, and what comes of it.

Comparable are effects on the same measure, of the same type, against the same kind of comparator,
one for each cohort, from studies other than reviews, whose scales run the same way and whose notes
do not define the outcome differently. Where nothing is pooled, the reason is given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mngraph.errors import SynthesisError
from mngraph.evidence import comparators
from mngraph.evidence.model import Count, Finding, Report, Study
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

Group = tuple[str, str, str]
"""Measure, effect type and comparator of effects that may be pooled."""

POOLABLE = frozenset(TYPES) - {"MedianDifference"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The effect of one study in a group, from the side of the arm that is asked about.

    `shown` is on the scale of readers; `better` is +1 or -1 where the study says which arm did
    better (then the sign of the estimate tells which way the scale runs), else 0.
    """

    study: Study
    effect: effects.Effect
    shown: effects.Interval
    given: str
    comparator: str
    note: str
    better: int
    stance: Stance | None = None
    counts: tuple[Count, Count] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooling:
    """A group of comparable effects, with what was pooled, or why nothing was.

    `reviews` are what reviews state for the same comparison: shown beside, never pooled. `studies`
    also counts those whose effect cannot be used.
    """

    measure: str
    kind: str
    comparator: str
    estimates: tuple[Estimate, ...]
    reviews: tuple[Estimate, ...] = ()
    pooled: inverse_variance.Pooled | None = None
    why: str = ""
    studies: int = 0

    @property
    def title(self) -> str:
        """What is pooled, as text."""
        return f"{self.measure}: {TYPES[self.kind]} against {self.comparator}"

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


CONFIDENCE = 95.0
"""The level of an interval where the source states none, in percent."""


def pool_effects(findings: Iterable[Finding]) -> list[Pooling]:
    """Return the groups of comparable effects, largest first.

    Comparisons within the question are left out; reviews, which may share trials, are kept apart.
    """
    groups: dict[Group, dict[str, Estimate]] = defaultdict(dict)
    reviews: dict[Group, list[Estimate]] = defaultdict(list)
    refused: dict[Group, dict[str, str]] = defaultdict(dict)
    for entry in findings:
        kind = None if entry.within or entry.other is None else _effect_type(entry)
        if kind is None:
            continue
        key = (" and ".join(entry.outcome.measures.values()), kind, comparator(entry))
        try:
            estimate = _estimate(entry, kind)
        except SynthesisError as error:
            if not entry.study.review:
                refused[key][entry.study.cohort] = str(error)
            continue
        if entry.study.review:
            reviews[key].append(estimate)
        else:
            groups[key].setdefault(entry.study.cohort, estimate)
    found = []
    for key in {*groups, *reviews, *refused}:
        unusable = {c: why for c, why in refused[key].items() if c not in groups[key]}
        group = _pooling(key, list(groups[key].values()), set(unusable.values()))
        studies = len(groups[key]) + len(unusable)
        found.append(replace(group, reviews=tuple(reviews[key]), studies=studies))
    return sorted(found, key=lambda g: (-len(g.estimates), g.measure, g.kind, g.comparator))


def comparator(entry: Finding) -> str:
    """Return the part of a finding's comparator that must be the same for pooling.

    Kinds that are one comparator are named; any other is named by what was given.
    """
    if entry.comparator in comparators.SINGLE:
        return comparators.named(entry.comparator, "")
    return entry.other.label if entry.other else "baseline"


def _effect_type(entry: Finding) -> str | None:
    """Return the effect type of a finding; counts of two arms make an odds ratio."""
    if entry.outcome.effect.kind in TYPES:
        return entry.outcome.effect.kind
    return "OddsRatio" if entry.counts else None


def _estimate(entry: Finding, kind: str) -> Estimate:
    if kind not in POOLABLE:
        raise SynthesisError(f"a {TYPES[kind]} has no variance to weigh it by")
    effect, stated = _effect(entry, kind)
    sign = {Stance.SUPPORTS: 1, Stance.DISPUTES: -1}.get(entry.stance, 0) if entry.stance else 0
    return Estimate(
        study=entry.study,
        effect=effect,
        shown=stated or effects.shown_scale(kind, effects.around(effect)),
        given=entry.arm.label,
        comparator=entry.other.label if entry.other else "",
        note=entry.outcome.note,
        better=sign * (1 if effect.estimate > 0 else -1) if effect.estimate else 0,
        stance=entry.shown_stance,
        counts=entry.counts,
    )


def _effect(entry: Finding, kind: str) -> tuple[effects.Effect, effects.Interval | None]:
    """Return the effect of a finding from its arm's side, and its interval as the source prints it.

    Raises:
        SynthesisError: neither an interval nor counts are stated, or they cannot be used.
    """
    found = entry.outcome.effect
    if found.has_interval:
        value, lower, upper = map(float, (found.value, found.lower, found.upper))
        level = float(found.confidence or CONFIDENCE)
        effect = effects.effect_of_interval(kind, value, lower, upper, level)
        stated = effects.Interval(value, lower, upper)
        if entry.turned:
            effect = effects.Effect(-effect.estimate, effect.variance)
            stated = effects.turned(kind, stated)
        return effect, stated if level == CONFIDENCE else None
    if entry.counts and kind in ("OddsRatio", "RiskRatio"):
        return effects.effect_of_counts(kind, *entry.counts), None
    raise SynthesisError("no interval is stated")


def _pooling(key: Group, estimates: list[Estimate], refused: set[str]) -> Pooling:
    """Return one group of effects, pooled where they may be; `refused` says why some cannot be."""
    estimates.sort(
        key=lambda e: (e.study.level or 9, e.study.year or 0, e.study.label, e.study.iri)
    )
    measure, kind, against = key
    group = Pooling(measure=measure, kind=kind, comparator=against, estimates=tuple(estimates))
    if len(estimates) < 2:
        why = ("; ".join(sorted(refused)) or "no study") if not estimates else "one study"
        if estimates and refused:
            why += f" with a usable effect ({'; '.join(sorted(refused))} in others)"
        return replace(group, why=why)
    if len({estimate.better for estimate in estimates if estimate.better}) > 1:
        return replace(group, why="the scales of the studies run in opposite ways")
    if len({estimate.note for estimate in estimates}) > 1:
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
