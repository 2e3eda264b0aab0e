"""Which effects may be pooled with which, and what comes of it.

Comparable are effects on the same measure, of the same type, against the same kind of comparator,
one a cohort, from studies that are no reviews, whose scales run the same way and whose notes do not
define the outcome differently. What is not pooled says why.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mngraph.errors import SynthesisError
from mngraph.evidence import stats
from mngraph.evidence.findings import Finding, Report, Study

TYPES = {
    "OddsRatio": "odds ratio",
    "RiskRatio": "risk ratio",
    "HazardRatio": "hazard ratio",
    "RiskDifference": "risk difference",
    "MeanDifference": "mean difference",
    "StandardisedMeanDifference": "standardized mean difference",
    "MedianDifference": "median difference",
}
"""Effect types that compare two arms, in words."""

KINDS = {
    "NoTreatment": "no treatment",
    "PlaceboOrSham": "placebo or sham",
    "ProcedureAlone": "the procedure alone",
}
"""Kinds of comparator that are one comparator; any other is named by what was given."""

Group = tuple[str, str, str]
"""Measure, effect type and comparator of effects that may be pooled."""

POOLABLE = frozenset(TYPES) - {"MedianDifference"}


@dataclass(frozen=True, slots=True)
class Estimate:
    """The effect of one study in a group, from the side of the arm that is asked about.

    `shown` is on the scale of readers; `better` is +1 or -1 where the study says which arm did
    better (then the sign of the estimate tells which way the scale runs), else 0.
    """

    study: Study
    effect: stats.Effect
    shown: stats.Interval
    given: str
    comparator: str
    note: str
    better: int
    stance: str = ""
    counts: tuple[tuple[int, int], tuple[int, int]] | None = None


@dataclass(frozen=True, slots=True)
class Pooling:
    """A group of comparable effects, with what was pooled, or why nothing was.

    `reviews` are what reviews give for the same comparison: shown beside, never pooled. `studies`
    counts those whose effect cannot be used, too.
    """

    measure: str
    kind: str
    comparator: str
    estimates: tuple[Estimate, ...]
    reviews: tuple[Estimate, ...] = ()
    pooled: stats.Pooled | None = None
    why: str = ""
    studies: int = 0

    @property
    def title(self) -> str:
        """What is pooled, in words."""
        return f"{self.measure}: {TYPES[self.kind]} against {self.comparator}"

    def fixed(self) -> stats.Interval | None:
        """The fixed-effect estimate on the scale of readers."""
        return stats.shown_scale(self.kind, self.pooled.fixed) if self.pooled else None

    def random(self) -> stats.Interval | None:
        """The random-effects estimate on the scale of readers."""
        return stats.shown_scale(self.kind, self.pooled.random) if self.pooled else None

    def prediction(self) -> stats.Interval | None:
        """The prediction interval on the scale of readers."""
        found = self.pooled.prediction if self.pooled else None
        return stats.shown_scale(self.kind, found) if found else None


@dataclass(frozen=True, slots=True)
class EventRate:
    """How many of those at risk had an event, over the studies that state both numbers."""

    event: str
    affected: int
    at_risk: int
    reports: tuple[Report, ...]
    interval: stats.Interval | None = None
    why: str = ""


LEVEL = 95.0
"""The level of an interval where the source does not say another, in percent."""


def pool_effects(findings: Iterable[Finding]) -> list[Pooling]:
    """Return the groups of comparable effects, largest first.

    Comparisons within the question are left out; reviews, which may share trials, stand beside.
    """
    groups: dict[Group, dict[str, Estimate]] = defaultdict(dict)
    reviews: dict[Group, list[Estimate]] = defaultdict(list)
    refused: dict[Group, dict[str, str]] = defaultdict(dict)
    for entry in findings:
        if entry.within or entry.other is None:
            continue
        for kind in _kinds(entry):
            key = (" and ".join(entry.measures), kind, comparator(entry))
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
        useless = {c: why for c, why in refused[key].items() if c not in groups[key]}
        group = _pooling(*key, list(groups[key].values()), set(useless.values()))
        studies = len(groups[key]) + len(useless)
        found.append(replace(group, reviews=tuple(reviews[key]), studies=studies))
    return sorted(found, key=lambda g: (-len(g.estimates), g.measure, g.kind, g.comparator))


def comparator(entry: Finding) -> str:
    """Return what a finding compares with, as far as it must be the same for pooling."""
    return KINDS.get(entry.kind, entry.other.label if entry.other else "baseline")


def _kinds(entry: Finding) -> list[str]:
    """Return the effect type of a finding; counts of two arms make an odds ratio."""
    stated = entry.values.get("effectType", "").rpartition("#")[2]
    if stated in TYPES:
        return [stated]
    return ["OddsRatio"] if counts(entry) else []


def counts(entry: Finding) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return (events, total) of the arm asked about and of the other, where all are stated."""
    names = ("firstEvents", "firstTotal", "secondEvents", "secondTotal")
    if not all(name in entry.values for name in names):
        return None
    a, n, c, m = (int(entry.values[name]) for name in names)
    return ((c, m), (a, n)) if entry.turned else ((a, n), (c, m))


def _estimate(entry: Finding, kind: str) -> Estimate:
    if kind not in POOLABLE:
        raise SynthesisError(f"a {TYPES[kind]} has no variance to weigh it by")
    values = entry.values
    both = counts(entry)
    stated: stats.Interval | None = None
    if "effectValue" in values and {"effectLower", "effectUpper"} <= values.keys():
        value, lower, upper, level = (
            float(values.get(name, LEVEL))
            for name in ("effectValue", "effectLower", "effectUpper", "effectConfidenceLevel")
        )
        effect = stats.effect_of_interval(kind, value, lower, upper, level)
        if level == LEVEL:
            stated = stats.Interval(value, lower, upper)
        if entry.turned:
            effect = stats.Effect(-effect.estimate, effect.variance)
            stated = stated and stats.turned(kind, stated)
    elif both and kind in ("OddsRatio", "RiskRatio"):
        effect = stats.effect_of_counts(kind, *both)
    else:
        raise SynthesisError("no interval is stated")
    half = stats.NORMAL.inv_cdf(0.975) * effect.variance**0.5
    around = stats.Interval(effect.estimate, effect.estimate - half, effect.estimate + half)
    sign = {"Supports": 1, "Disputes": -1}.get(entry.stance, 0)
    better = sign * (1 if effect.estimate > 0 else -1) if effect.estimate else 0
    other = entry.other.label if entry.other else ""
    return Estimate(
        entry.study, effect, stated or stats.shown_scale(kind, around), entry.arm.label, other,
        values.get("note", ""), better, entry.stance, both,
    )  # fmt: skip


def _pooling(
    measure: str, kind: str, against: str, estimates: list[Estimate], refused: set[str]
) -> Pooling:
    estimates.sort(key=lambda e: (e.study.level or 9, e.study.year, e.study.label, e.study.iri))
    group = (measure, kind, against, tuple(estimates))
    if len(estimates) < 2:
        why = ("; ".join(sorted(refused)) or "no study") if not estimates else "one study"
        if estimates and refused:
            why += f" with a usable effect ({'; '.join(sorted(refused))} in others)"
        return Pooling(*group, why=why)
    if len({estimate.better for estimate in estimates if estimate.better}) > 1:
        return Pooling(*group, why="the scales of the studies run in opposite ways")
    if len({estimate.note for estimate in estimates}) > 1:
        return Pooling(*group, why="the notes of the outcomes define them differently")
    try:
        return Pooling(*group, pooled=stats.pool([estimate.effect for estimate in estimates]))
    except SynthesisError as error:
        return Pooling(*group, why=str(error))


def pool_rates(reports: Sequence[Report]) -> list[EventRate]:
    """Return the rate of each event, people of one cohort counted once, largest first.

    A cohort with several arms or several counts of one event gives the count with most at risk.
    Case reports and series are left out: they may have been written because the event occurred.
    """
    primary = [entry for entry in reports if not entry.study.review and not entry.study.case]
    found = []
    for event in sorted({entry.event for entry in primary}):
        chosen: dict[str, Report] = {}
        for entry in (entry for entry in primary if entry.event == event):
            if entry.affected is None or entry.at_risk is None:
                continue
            best = chosen.get(entry.study.cohort)
            if best is None or (entry.at_risk, entry.affected) > (best.at_risk, best.affected):
                chosen[entry.study.cohort] = entry
        found.append(_rate(event, [chosen[cohort] for cohort in sorted(chosen)]))
    return sorted(found, key=lambda r: (-r.at_risk, r.event))


def _rate(event: str, chosen: list[Report]) -> EventRate:
    affected = sum(entry.affected or 0 for entry in chosen)
    at_risk = sum(entry.at_risk or 0 for entry in chosen)
    if not chosen:
        return EventRate(event, 0, 0, (), why="no study states both numbers")
    try:
        return EventRate(event, affected, at_risk, tuple(chosen), stats.rate(affected, at_risk))
    except SynthesisError as error:
        return EventRate(event, affected, at_risk, tuple(chosen), why=str(error))
