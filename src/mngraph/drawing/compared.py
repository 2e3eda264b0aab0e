"""What the plots of a synthesis without averages draw: each study that was compared, once.

The direction of a study in one kind of outcome is that of at least 70 percent of its results there
(Thomson and Thomas 2013; Boon and Thomson 2021); else its results conflict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mngraph.evidence.answer import Answer
from mngraph.evidence.model import Finding, Study
from mngraph.evidence.stance import Stance
from mngraph.evidence.words import apart
from mngraph.wording import counted, listed

MAJORITY = 0.7
"""The share of results that make one direction."""
FAVORS, AGAINST, NONE, CONFLICT = "favors", "against", "none", "conflict"
"""The directions: of the treatment, of the comparator, no difference, conflicting results."""
WORDS = {
    FAVORS: "favors it", AGAINST: "favors the comparator", NONE: "no difference",
    CONFLICT: "conflicting results",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PValue:
    """A p value of a comparison with a direction: its number, and whether it is only a limit."""

    number: float
    bounded: bool
    favorable: bool
    measure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A study that was compared with something else.

    Attributes:
        study: the study.
        directions: its direction in each kind of outcome, with the number of results there.
        direction: its direction over all results.
        p_value: its first p value that has a direction and an upper limit.
        missing: why it has none, in words; empty where it has one.
    """

    study: Study
    directions: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    direction: str = NONE
    p_value: PValue | None = None
    missing: str = ""


def compared(found: Answer) -> list[Compared]:
    """Return the studies of an answer that were compared, randomized ones and new ones first.

    Reviews, comparisons within the question and comparisons with another combination are left out.
    """
    primary = [entry for entry in found.findings if not entry.study.review]
    by_cohort: dict[str, list[Finding]] = defaultdict(list)
    for entry in apart(primary)[0]:
        if entry.other and entry.shown_stance:
            by_cohort[entry.study.cohort].append(entry)
    every = [_study(entries, found.domains) for entries in by_cohort.values()]
    return sorted(every, key=_rank)


def _rank(entry: Compared) -> tuple[bool, int, int, str, str]:
    study = entry.study
    return not study.randomized, study.level or 9, -(study.year or 0), study.label, study.iri


def _study(entries: Sequence[Finding], domains: Mapping[str, str]) -> Compared:
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for entry in entries:
        for domain in {domains.get(iri, name) for iri, name in entry.outcome.measures.items()}:
            grouped[domain].append(entry)
    found, missing = _p_value(entries)
    return Compared(
        study=entries[0].study,
        directions={name: (_direction(group), len(group)) for name, group in grouped.items()},
        direction=_direction(entries),
        p_value=found,
        missing=missing,
    )


def _direction(entries: Sequence[Finding]) -> str:
    """Return the direction of at least 70 percent of results."""
    said = [entry.shown_stance for entry in entries]
    for stance, direction in (
        (Stance.SUPPORTS, FAVORS), (Stance.DISPUTES, AGAINST), (Stance.INCONCLUSIVE, NONE),
    ):  # fmt: skip
        if said.count(stance) >= MAJORITY * len(said):
            return direction
    return CONFLICT


def _p_value(entries: Sequence[Finding]) -> tuple[PValue | None, str]:
    """Return the first p value that can be drawn, or why there is none."""
    reasons = []
    for entry in entries:
        outcome, way = entry.outcome, entry.stance
        if outcome.p_number is None:
            reasons.append("no p value")
        elif outcome.p_relation in (">", "≥"):
            reasons.append("p value without an upper limit")
        elif way not in (Stance.SUPPORTS, Stance.DISPUTES):
            reasons.append("no direction")
        elif not entry.study.participants:
            reasons.append("participants not stated")
        else:
            return PValue(
                number=outcome.p_number,
                bounded=outcome.p_relation in ("<", "≤"),
                favorable=way is Stance.SUPPORTS,
                measure=outcome.measured,
            ), ""
    return None, reasons[0]


def left_out(entries: Sequence[Compared]) -> str:
    """Return the sentence on studies without a p value that can be drawn; empty without any."""
    missing = [entry.missing for entry in entries if entry.p_value is None]
    if not missing:
        return ""
    reasons = listed(f"{why} ({missing.count(why)})" for why in sorted(set(missing)))
    return f"Not drawn: {counted(len(missing), 'study', 'studies')}, {reasons}."
