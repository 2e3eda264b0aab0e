"""Harms beside benefit: what the studies of a treatment report of adverse events.

Events, comparisons of outcomes of harm, and what nobody looked for. A study that mentions no event
has not shown that there was none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mngraph.evidence import pooling, rows
from mngraph.evidence.facts import Facts
from mngraph.evidence.model import Finding, Question, Report, Study
from mngraph.evidence.rows import Cell
from mngraph.tables import Table
from mngraph.wording import counted, listed

OTHERS = "Other studies that mention adverse events"
EVENTS = ["event", "studies", "affected", "at_risk", "rate", "arm_not_stated"]
REPORTS = ["event", "study", "given", "affected", "at_risk", "note"]
RATES = ["event", "studies", "affected", "at_risk", "rate"]
COMPARISONS = ["study", "given", "comparator", "measure", "direction", "effect", "p"]
REPORTED, RATED, COMPARED = "Harms", "Rates of harm", "Comparisons of harm"
LESS = {
    "favors the comparator": "less harm with the other treatment",
    "favors it": "less harm with it",
}  # fmt: skip
"""What a direction means where harm was compared."""
COMPARED_IN_WORDS = {
    "favors the comparator": ("finds", "find", LESS["favors the comparator"]),
    "favors it": ("finds", "find", LESS["favors it"]),
    "no difference": ("finds", "find", "no difference"),
    "mixed": ("has", "have", "mixed results"),
    "within": ("only compares", "only compare", "forms of it"),
}  # fmt: skip
"""What a sentence says of the studies on each side, in its order."""
MISSING = {
    (True, True): "numbers not stated", (True, False): "number affected not stated",
    (False, True): "number at risk not stated",
}  # fmt: skip
"""Which numbers of a report are missing: those affected, those at risk."""
SHOWN = 8
"""How many events a sentence names; one more is named, not counted."""


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
        reports: the reports of each event, study by study, in the order of the events; those that
            name no arm and may be of another one come last.
        comparisons: what comparisons of outcomes of harm found, those of reviews last.
        studies: how many studies gave what was asked for.
        reporting: how many of these report an event there.
        unplaced: how many more report one without naming the arm.
        elsewhere: how many of the rest report events in another arm only.
        free: how many of the rest state that there were no adverse events, or no serious ones.
        worded: how many of the rest describe safety without naming an event.
        comparing: how many of the rest only compare an outcome of harm.
        in_part: of how many of those that do not mention adverse events only a part was read.
    """

    events: tuple[Event, ...] = ()
    reports: tuple[Report, ...] = ()
    comparisons: tuple[Finding, ...] = ()
    studies: int = 0
    reporting: int = 0
    unplaced: int = 0
    elsewhere: int = 0
    free: int = 0
    worded: int = 0
    comparing: int = 0
    in_part: int = 0

    @property
    def silent(self) -> int:
        """How many studies do not mention adverse events."""
        events = self.reporting + self.unplaced + self.elsewhere
        return self.studies - events - self.free - self.worded - self.comparing

    def tables(self) -> list[Table]:
        """Return the tables of reports, of rates and of comparisons, those that have rows."""
        reports = Table(REPORTS, list(map(_report_row, self.reports)), REPORTED)
        rated = [_event_row(event)[:5] for event in self.events if event.rate]
        compared = Table(COMPARISONS, list(map(_compared_row, self.comparisons)), COMPARED)
        return [table for table in (reports, Table(RATES, rated, RATED), compared) if len(table)]

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
            "none_stated": self.free, "silent": self.silent, "read_in_part": self.in_part,
            "other_arm_only": self.elsewhere, "in_words": self.worded,
            "only_compared": self.comparing,
        }  # fmt: skip
        reports = [
            dict(zip(REPORTS, _report_row(entry), strict=True))
            | {"key": entry.study.key, "link": entry.study.link or None}
            for entry in self.reports
        ]
        told = {"events": events, "comparisons": compared, "studies": studies}
        return {**told, "reports": reports}


def harms(facts: Facts, question: Question) -> Harms:
    """Return what the studies of a treatment question report of harm."""
    reports = [entry for entry in facts.reports(question) if not entry.study.review]
    others = [entry for entry in facts.other_reports(question) if not entry.study.review]
    every = {
        s.iri: s.cohort for s in facts.studies(facts.studies_of(question)).values() if not s.review
    }
    reporting = {entry.study.cohort for entry in reports}
    unnamed = [entry for entry in others if not entry.arm.iri]
    unplaced = {entry.study.cohort for entry in unnamed} - reporting
    told = reporting | unplaced
    elsewhere = {entry.study.cohort for entry in others} - told
    free = _cohorts(every, facts.without_events()) - told - elsewhere
    summed = {row["study"] for row in facts.rows_of("safety-summaries", "studies", every)}
    worded = _cohorts(every, summed) - told - elsewhere - free
    compared = sorted(facts.harm_comparisons(question), key=lambda entry: entry.study.review)
    comparing = {entry.study.cohort for entry in compared if not entry.study.review}
    comparing -= told | elsewhere | free | worded
    silent = set(every.values()) - told - elsewhere - free - worded - comparing
    events = _events(reports)
    return Harms(
        events=tuple(events),
        reports=tuple(_by_event(reports, events)) + tuple(unnamed),
        comparisons=tuple(compared),
        studies=len(set(every.values())),
        reporting=len(reporting),
        unplaced=len(unplaced),
        elsewhere=len(elsewhere),
        free=len(free),
        worded=len(worded),
        comparing=len(comparing),
        in_part=len(silent & _cohorts(every, facts.read_in_part())),
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


def _by_event(reports: Iterable[Report], events: Iterable[Event]) -> list[Report]:
    order = {event.name: n for n, event in enumerate(events)}
    return sorted(reports, key=lambda entry: order[entry.event])


def _report_row(entry: Report) -> list[Cell]:
    numbers = [entry.affected, entry.at_risk]
    return [entry.event, entry.study.label, entry.arm.label, *numbers, note(entry) or None]


def note(entry: Report) -> str:
    """Return what a reader must know of the numbers of a report: why no rate holds them.

    >>> from mngraph.evidence.model import Arm
    >>> note(Report(study=Study(iri="s", cohort="s", design="case report", case=True),
    ...             arm=Arm(iri="a", label=""), iri="r", event="pain", affected=1, at_risk=1))
    'left out of the rate: case report'
    """
    if not entry.arm.iri and not entry.everywhere:
        return "not counted: may be of another arm"
    said = [] if entry.arm.iri else ["every treated arm had it"]
    if entry.study.case:
        said.append(f"left out of the rate: {entry.study.design}")
    missing = (entry.affected is None, entry.at_risk is None)
    if any(missing):
        said.append(MISSING[missing])
    return "; ".join(said)


def others(reports: Iterable[Report], free: Iterable[Study]) -> Table:
    """Return who tells of an event and is not counted, or states that there were none.

    Args:
        reports: the reports in other arms, or without an arm, of studies that have no other.
        free: the studies that state that there were no adverse events, or no serious ones.
    """
    columns = ["study", "n", "given", "event", "affected", "at_risk", "note"]
    told = []
    for e in reports:
        why = note(e) if not e.arm.iri else "not counted: another arm"
        head = [e.study.label, e.study.participants, e.arm.label]
        told.append([*head, e.event, e.affected, e.at_risk, why])
    stated = "states: none, or none serious"
    none = [[s.label, s.participants, None, None, None, None, stated] for s in free]
    return Table(columns, [*told, *none], OTHERS)


def _event_row(event: Event) -> list[Cell]:
    rate = event.rate
    shown = rows.rate_row(rate)[4] if rate else None
    affected, at_risk = (rate.affected, rate.at_risk) if rate else (None, None)
    return [event.name, event.studies, affected, at_risk, shown, event.unplaced or None]


def _comparison_row(entry: Finding) -> list[Cell]:
    cells = rows.finding_row(entry)
    study = f"{entry.study.label} (review)" if entry.study.review else entry.study.label
    return [study, *cells[5:11]]


def _compared_row(entry: Finding) -> list[Cell]:
    """Return the cells of a comparison for reading: the direction says where the harm was less."""
    cells = _comparison_row(entry)
    at = COMPARISONS.index("direction")
    return [*cells[:at], LESS.get(str(cells[at]), cells[at]), *cells[at + 1 :]]


def sentences(found: Harms) -> str:
    """Return the harms of a treatment in short sentences: what, who else and who is silent.

    The first sentence states of how many studies the others tell; their numbers add up to it.
    """
    if not found.studies:
        return ""
    return " ".join((_reported(found), *_others(found), *_compared(found)))


def _reported(found: Harms) -> str:
    among = "the 1 study" if found.studies == 1 else f"the {found.studies:,} studies"
    base = f"Harms: of {among} that used it"
    if not found.reporting:
        return f"{base}, none reports an adverse event in an arm that had it."
    shown = len(found.events) if len(found.events) == SHOWN + 1 else SHOWN
    named = [event.name for event in found.events[:shown]]
    more = len(found.events) - len(named)
    named += [f"{more} more"] if more else []
    if found.studies == found.reporting == 1:
        return f"Harms: the 1 study that used it reports adverse events: {listed(named)}."
    number = counted(found.reporting, "reports", "report")
    return f"{base}, {number} adverse events: {listed(named)}."


def _compared(found: Harms) -> Iterator[str]:
    """Yield the sentence on comparisons: what was measured, and where the harm was less."""
    sides: dict[str, list[Finding]] = defaultdict(list)
    for entry in found.comparisons:
        if not entry.study.review:
            sides["within" if entry.within else rows.direction(entry)].append(entry)
    told = [side for side in COMPARED_IN_WORDS if side in sides]
    studies = {entry.study.cohort for side in told for entry in sides[side]}
    if len(studies) == len(told) == 1:
        [side] = told
        yield f"1 study compares {_measures(sides[side])}: {COMPARED_IN_WORDS[side][2]}."
    elif told:
        first, *rest = [_side(sides[side], *COMPARED_IN_WORDS[side]) for side in told]
        yield f"Of the studies that compare harm, {first}."
        yield from (f"{side}." for side in rest)


def _side(entries: Sequence[Finding], one: str, many: str, rest: str) -> str:
    """Return how many studies are on one side, with what they measured."""
    number = counted(len({entry.study.cohort for entry in entries}), one, many)
    return f"{number} {rest} ({_measures(entries)})"


def _measures(entries: Sequence[Finding]) -> str:
    names = dict.fromkeys(name for entry in entries for name in entry.outcome.measures.values())
    return listed(names)


def _others(found: Harms) -> Iterator[str]:
    """Yield the sentences on the studies that report no event in an arm that had it."""
    kinds = (
        (found.unplaced, "names events", "name events", "without saying in which arm"),
        (found.elsewhere, "reports events", "report events", "only in another arm"),
        (found.free, "states", "state", "that there were none, or no serious ones"),
        (found.worded, "describes safety", "describe safety", "without naming an event"),
        (found.comparing, "only compares", "only compare", "harm"),
        (found.silent, "does not mention", "do not mention", "adverse events"),
    )
    for half in (kinds[:2], kinds[2:]):
        parts = [f"{counted(n, one, many)} {rest}" for n, one, many, rest in half if n]
        if parts:
            yield f"{listed(parts)}."
    if found.in_part:
        whose = "its text" if found.silent == 1 else f"the text of {found.in_part} of them"
        yield f"Only a part of {whose} was read."
