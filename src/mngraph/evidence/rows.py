"""Rows of the tables of evidence: studies, reports, rates and pooled effects, cell by cell."""

from __future__ import annotations

import re

from mngraph.evidence import pooling
from mngraph.evidence.model import Arm, Effect, Finding, Report, Study
from mngraph.statistics import effects
from mngraph.tables import Table
from mngraph.wording import counted

Cell = str | int | float | None

COLUMNS = [
    "study", "year", "design", "level", "n", "given", "comparator", "measure", "direction",
    "effect", "p", "link",
]  # fmt: skip
SAFETY_COLUMNS = [
    "study", "year", "design", "level", "n", "given", "event", "affected", "at_risk",
    "seriousness", "duration", "link",
]  # fmt: skip
DETAILS = [
    "key", "outcome", "effectType", "effectValue", "effectLower", "effectUpper",
    "effectConfidenceLevel",
]  # fmt: skip
"""Columns of CSV and JSON that a table for reading leaves out."""
SAFETY_DETAILS = ["key", "report"]
CLASSES = {"PatientReported": "patient-reported", "Surrogate": "surrogate"}
"""Classes of measures that a table names, as text."""
DIRECTIONS = {
    "NoDifference": "no difference", "Mixed": "mixed",
    "ImprovedFromBaseline": "improved", "NoImprovement": "no improvement",
}  # fmt: skip
"""Directions that are the same from the side of either arm, as text."""
SERIOUSNESS = {"Expected": "expected", "NonSerious": "non-serious", "Serious": "serious"}


VERSUS = re.compile(r"\s+(?:vs\.?|versus|against)\s+")
"""What stands between the numbers of two arms in an effect as printed."""
ONE_NUMBER = re.compile(r"[-\u2212+]?[0-9.,]+ ?%?( ?(\u00b1|\+/-) ?[0-9.,]+ ?%?)?")
"""One number with its unit of percent and its spread, and nothing else."""


def finding_row(entry: Finding) -> list[Cell]:
    """Return the cells of `COLUMNS`."""
    against = entry.other.label if entry.other else "baseline"
    return [
        *_study_cells(entry.study), entry.arm.label, against, _measure(entry), direction(entry),
        _effect(entry) or None, entry.outcome.p_value or None, entry.study.link or None,
    ]  # fmt: skip


def report_row(entry: Report) -> list[Cell]:
    """Return the cells of `SAFETY_COLUMNS`."""
    return [
        *_study_cells(entry.study), entry.arm.label, entry.event, entry.affected, entry.at_risk,
        SERIOUSNESS.get(entry.seriousness), entry.duration or None, entry.study.link or None,
    ]  # fmt: skip


def details(entry: Finding | Report) -> list[Cell]:
    """Return the cells of `DETAILS`, or for a report those of `SAFETY_DETAILS`."""
    if isinstance(entry, Report):
        return [entry.study.key, entry.iri]
    effect = entry.outcome.effect
    numbers = (effect.value, effect.lower, effect.upper, effect.confidence)
    stated = [float(number) if number else None for number in numbers]
    return [entry.study.key, entry.outcome.iri, effect.kind or None, *stated]


def _study_cells(study: Study) -> list[Cell]:
    return [study.label, study.year, study.design or None, study.level, study.participants]


def design_beside(name: str, design: Cell) -> str:
    """Return a design as it stands beside the name of a study; nothing where that has it.

    >>> design_beside("Case series of melasma", "case series")
    ''
    >>> design_beside("Doe 2020", "case series")
    'case series'
    """
    return "" if not design or str(design).casefold() in name.casefold() else str(design)


def direction(entry: Finding) -> str:
    """Return what an outcome says for the arm that is asked about, as text."""
    found = entry.outcome.direction
    if found in DIRECTIONS or not found:
        return DIRECTIONS.get(found, "not stated")
    if entry.within and entry.other:
        first = found == "FavoursFirst"
        return f"favors {entry.arm.label if first else entry.other.label}"
    return "favors it" if entry.stance == "Supports" else "favors the comparator"


def _measure(entry: Finding) -> str:
    """Return what was measured, with the note that says how."""
    kinds = sorted(CLASSES[kind] for kind in entry.outcome.classes if kind in CLASSES)
    words = entry.outcome.measured + (f" ({', '.join(kinds)})" if kinds else "")
    return "; ".join(filter(None, (words, entry.outcome.note)))


def _effect(entry: Finding) -> str:
    """Return the effect as printed; where the arm asked about is the second, it says so."""
    effect, first = entry.outcome.effect, entry.outcome.first_count
    words = _turned_words(effect, entry.arm) if entry.turned else effect.words
    parts = [words] if words else []
    if entry.counts:
        parts.append(counts_words(*entry.counts))
    elif first and not entry.turned:
        parts.append(f"{first.events}/{first.total}")
    return "; ".join(parts)


def _turned_words(effect: Effect, arm: Arm) -> str:
    """Return an effect that is printed from the side of the comparator, with whose number is whose.

    >>> arm = Arm(iri="a", label="microneedling with minoxidil", modalities=frozenset(["m"]))
    >>> _turned_words(Effect(text="4.98 vs 4.23"), arm)
    'comparator 4.98, minoxidil 4.23'
    >>> _turned_words(Effect(text="mean 4.98 vs 4.23; 12 vs 9"), arm)
    'mean 4.98 vs 4.23; 12 vs 9; as printed, with the comparator first'
    """
    if effect.kind in pooling.TYPES:
        return f"{effect.words}; as printed: the comparator against it" if effect.words else ""
    numbers = VERSUS.split(effect.words)
    if len(numbers) == 2 and all(map(ONE_NUMBER.fullmatch, numbers)):
        own = arm.label.rpartition(" with ")[2] if len(arm.modalities) == 1 else "treatment"
        return f"comparator {numbers[0]}, {own} {numbers[1]}"
    beside = "; as printed, with the comparator first" if len(numbers) > 1 else ""
    return f"{effect.words}{beside}"


def counts_words(first: tuple[int, int], second: tuple[int, int]) -> str:
    """Return the events and totals of two arms as tables show them.

    >>> counts_words((15, 20), (8, 20))
    '15/20 against 8/20'
    """
    return f"{first[0]}/{first[1]} against {second[0]}/{second[1]}"


def pooled_table(pooled: tuple[pooling.Pooling, ...]) -> Table:
    """Return the groups of two or more studies: estimates, or why none is pooled."""
    columns = ["effect", "studies", "random", "fixed", "i_squared", "prediction", "not_pooled"]
    rows = [pooled_row(entry) for entry in pooled if entry.studies > 1]
    return Table(columns, rows, "Pooled effects")


def rates_table(rates: tuple[pooling.EventRate, ...]) -> Table:
    """Return the rate of each event, or why there is none, and how many studies report it."""
    columns = ["event", "studies", "affected", "at_risk", "rate", "not_pooled", "reported_by"]
    return Table(columns, [rate_row(entry) for entry in rates], "Rates")


def rate_row(entry: pooling.EventRate) -> list[Cell]:
    """Return event, studies, affected, at risk, rate, why there is none, and who reports it.

    >>> rate_row(pooling.EventRate(event="pain", affected=0, at_risk=0, reports=(), reported=3))
    ['pain', None, None, None, None, 'numbers not stated', 3]
    """
    found = entry.interval
    shown = (
        f"{100 * found.estimate:.1f} % (95% CI {100 * found.lower:.1f} to {100 * found.upper:.1f})"
        if found
        else None
    )
    number = len(entry.reports)
    counts = [number, entry.affected, entry.at_risk] if number else [None] * 3
    why = "; ".join(filter(None, (entry.why, _left_out(entry)))) or None
    return [entry.event, *counts, shown, why, entry.reported]


def _left_out(entry: pooling.EventRate) -> str:
    """Return which studies that report an event are not in its rate, and why."""
    number, parts = len(entry.reports), []
    if entry.cases:
        cases = counted(entry.cases, "case report or series", "case reports or series")
        parts.append(f"left out of the rate: {cases}")
    if silent := entry.reported - entry.cases - number:
        parts.append(f"numbers not stated in {silent}" if number else "numbers not stated")
    return "; ".join(["one study"] * (number == 1) + parts)


def pooled_row(entry: pooling.Pooling) -> list[Cell]:
    """Return effect, studies, both estimates, I², prediction interval, and what is not pooled."""
    pooled, number = entry.pooled, len(entry.estimates)
    if pooled is None:
        return [entry.title, entry.studies, None, None, None, None, entry.why]
    ahead, rest = entry.prediction(), entry.studies - number
    return [
        entry.title, number, interval_words(entry.random()), interval_words(entry.fixed()),
        f"{pooled.i_squared:.0f} %",
        f"{ahead.lower:.2f} to {ahead.upper:.2f}" if ahead else "needs three studies",
        f"{counted(rest, 'more study', 'more studies')} without a usable effect" if rest else None,
    ]  # fmt: skip


def interval_words(found: effects.Interval | None) -> str:
    """Return an estimate with its interval as journals print it.

    >>> interval_words(effects.Interval(2.97, 1.96, 4.51))
    '2.97 (1.96 to 4.51)'
    """
    return f"{found.estimate:.2f} ({found.lower:.2f} to {found.upper:.2f})" if found else ""
