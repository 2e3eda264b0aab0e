"""Harms beside benefit: what the studies of a treatment report of adverse events.

Events, comparisons of outcomes of harm, and what nobody looked for. A study that mentions no event
has not shown that there was none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mngraph.evidence import pooling, rows
from mngraph.evidence.facts import Facts
from mngraph.evidence.model import Finding, Question, Report
from mngraph.evidence.rows import Cell
from mngraph.tables import Table
from mngraph.wording import counted, listed

EVENTS = ["event", "studies", "affected", "at_risk", "rate", "arm_not_stated"]
COMPARISONS = ["study", "given", "comparator", "measure", "direction", "effect", "p"]
COMPARED = "Comparisons of harm"
SHOWN = 3
"""How many events a sentence names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An adverse event in the arms of a question.

    Attributes:
        name: the event, as text.
        studies: how many studies (cohorts, without reviews) report it.
        unplaced: how many of these do so without naming the arm.
        rate: how many of those at risk had it, over the studies that state both.
    """

    name: str
    studies: int
    unplaced: int
    rate: pooling.EventRate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Harms:
    """What the studies of a treatment report of harm; reviews are left out of the counts.

    Attributes:
        events: the events, the most reported first.
        comparisons: what comparisons of outcomes of harm found, those of reviews last.
        studies: how many studies gave what was asked for.
        reporting: how many of these report an event there.
        unplaced: how many more report one without naming the arm.
        elsewhere: how many of the rest report events in another arm only.
        free: how many of the rest state that there were no adverse events, or no serious ones.
        worded: how many of the rest describe safety without naming an event.
    """

    events: tuple[Event, ...] = ()
    comparisons: tuple[Finding, ...] = ()
    studies: int = 0
    reporting: int = 0
    unplaced: int = 0
    elsewhere: int = 0
    free: int = 0
    worded: int = 0

    @property
    def silent(self) -> int:
        """How many studies say nothing about adverse events."""
        told = self.reporting + self.unplaced + self.elsewhere + self.free + self.worded
        return self.studies - told

    def tables(self) -> list[Table]:
        """Return the tables of events and of comparisons, those that have rows."""
        events = Table(EVENTS, [_event_row(event) for event in self.events], "Harms")
        compared = Table(COMPARISONS, list(map(_comparison_row, self.comparisons)), COMPARED)
        return [table for table in (events, compared) if len(table)]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        events = [dict(zip(EVENTS, _event_row(event), strict=True)) for event in self.events]
        compared = [
            dict(zip(COMPARISONS, _comparison_row(entry), strict=True))
            | {"key": entry.study.key, "link": entry.study.link or None}
            for entry in self.comparisons
        ]
        studies = {
            "all": self.studies, "reporting": self.reporting, "arm_not_stated": self.unplaced,
            "none_stated": self.free, "silent": self.silent, "other_arm_only": self.elsewhere,
            "in_words": self.worded,
        }  # fmt: skip
        return {"events": events, "comparisons": compared, "studies": studies}


def harms(facts: Facts, question: Question) -> Harms:
    """Return what the studies of a treatment question report of harm."""
    reports = [entry for entry in facts.reports(question) if not entry.study.review]
    every = {
        s.iri: s.cohort for s in facts.studies(facts.studies_of(question)).values() if not s.review
    }
    reporting = {entry.study.cohort for entry in reports}
    unplaced = _cohorts(every, facts.reports_without_arm(question)) - reporting
    told = reporting | unplaced
    elsewhere = _cohorts(every, facts.reporting(question)) - told
    free = _cohorts(every, facts.without_events()) - told - elsewhere
    summed = {row["study"] for row in facts.rows_of("safety-summaries", "studies", every)}
    worded = _cohorts(every, summed) - told - elsewhere - free
    compared = sorted(facts.harm_comparisons(question), key=lambda entry: entry.study.review)
    return Harms(
        events=tuple(_events(reports)),
        comparisons=tuple(compared),
        studies=len(set(every.values())),
        reporting=len(reporting),
        unplaced=len(unplaced),
        elsewhere=len(elsewhere),
        free=len(free),
        worded=len(worded),
    )


def _cohorts(of_study: dict[str, str], studies: Iterable[str]) -> set[str]:
    return {of_study[study] for study in studies if study in of_study}


def _events(reports: Sequence[Report]) -> list[Event]:
    rates = {rate.event: rate for rate in pooling.pool_rates(reports)}
    found = []
    for name in {entry.event for entry in reports}:
        of_event = [entry for entry in reports if entry.event == name]
        placed = {entry.study.cohort for entry in of_event if entry.arm.iri}
        every = {entry.study.cohort for entry in of_event}
        rate = rates.get(name)
        found.append(
            Event(
                name=name,
                studies=len(every),
                unplaced=len(every - placed),
                rate=rate if rate and rate.at_risk else None,
            )
        )
    return sorted(found, key=lambda event: (-event.studies, event.name))


def _event_row(event: Event) -> list[Cell]:
    rate = event.rate
    shown = rows.rate_row(rate)[4] if rate else None
    affected, at_risk = (rate.affected, rate.at_risk) if rate else (None, None)
    return [event.name, event.studies, affected, at_risk, shown, event.unplaced or None]


def _comparison_row(entry: Finding) -> list[Cell]:
    cells = rows.finding_row(entry)
    study = f"{entry.study.label} (review)" if entry.study.review else entry.study.label
    return [study, *cells[5:11]]


def sentences(found: Harms) -> str:
    """Return the harms of a treatment in short sentences: what, compared how, and who is silent."""
    if not found.studies:
        return ""
    return " ".join(filter(None, (_reported(found), _compared(found), _silence(found))))


def _reported(found: Harms) -> str:
    if not found.events:
        return "Harms: no study reports an adverse event in an arm that had it."
    named = [event.name for event in found.events[:SHOWN]]
    more = len(found.events) - len(named)
    named += [f"{more} more"] if more else []
    number = counted(found.reporting, "study reports", "studies report")
    return f"Harms: {number} {listed(named)}."


def _compared(found: Harms) -> str:
    sides: dict[str, set[str]] = defaultdict(set)
    for entry in found.comparisons:
        if not (entry.study.review or entry.within):
            sides[rows.direction(entry)].add(entry.study.cohort)
    words = (
        ("favors the comparator", "favors the other side", "favor the other side"),
        ("no difference", "finds no difference", "find no difference"),
        ("favors it", "favors it", "favor it"),
        ("mixed", "has mixed results", "have mixed results"),
    )
    stated = [counted(len(sides[side]), one, many) for side, one, many in words if side in sides]
    return f"On harm compared with something else: {listed(stated)}." if stated else ""


def _silence(found: Harms) -> str:
    none = "that there were no adverse events, or no serious ones"
    elsewhere = (
        (found.unplaced, "study names", "studies name", "events without the arm"),
        (found.elsewhere, "study reports", "studies report", "events only in another arm"),
    )
    silent = (
        (found.free, "study states", "studies state", none),
        (found.worded, "study describes", "studies describe", "safety without naming an event"),
        (found.silent, "study says", "studies say", "nothing of adverse events"),
    )
    said = []
    for kinds in (elsewhere, silent):
        parts = [f"{counted(n, one, many)} {rest}" for n, one, many, rest in kinds if n]
        said += [f"{listed(parts)}."] if parts else []
    return " ".join(said)
