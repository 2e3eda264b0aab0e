"""Rows of the tables of evidence: studies, reports, rates and pooled effects, cell by cell."""

from __future__ import annotations

import re
from typing import Any

from mngraph.evidence import pooling, stats
from mngraph.evidence.findings import EFFECT, Finding, Report, Study, effect_words

COLUMNS = [
    "study", "year", "design", "level", "n", "given", "comparator", "measure", "direction",
    "effect", "p", "link",
]  # fmt: skip
SAFETY_COLUMNS = [
    "study", "year", "design", "level", "n", "given", "event", "affected", "at_risk",
    "seriousness", "duration", "link",
]  # fmt: skip
DETAILS = ["key", "outcome", *(name for name in EFFECT if name != "effectText")]
"""Columns of CSV and JSON that a table for reading leaves out."""
CLASSES = {"PatientReported": "patient-reported", "Surrogate": "surrogate"}


def study_name(study: Study) -> str:
    """Return a study's label, or its key and year where its authors were not seen."""
    key = study.iri.rpartition("/")[2]
    unnamed = study.label.startswith("Authors not seen")
    return f"{key} ({study.year or 'n.d.'})" if unnamed else study.label


def _study_cells(study: Study) -> list[Any]:
    year = int(study.year) if study.year else None
    return [study_name(study), year, study.design or None, study.level, study.participants]


def finding_row(entry: Finding) -> list[Any]:
    """Return the cells of `COLUMNS`."""
    against = entry.other.label if entry.other else "baseline"
    values = entry.values
    return [
        *_study_cells(entry.study), entry.arm.label, against, _measure(entry), direction(entry),
        _effect(entry) or None, values.get("pValue"), entry.study.link or None,
    ]  # fmt: skip


def direction(entry: Finding) -> str:
    """Return in words what an outcome says, seen from the arm that is asked about."""
    plain = {
        "NoDifference": "no difference", "Mixed": "mixed",
        "ImprovedFromBaseline": "improved", "NoImprovement": "no improvement",
    }  # fmt: skip
    if entry.direction in plain:
        return plain[entry.direction]
    if entry.within and entry.other:
        first = entry.direction == "FavoursFirst"
        return f"favours {entry.arm.label if first else entry.other.label}"
    return "favours it" if entry.stance == "Supports" else "favours the comparator"


def _measure(entry: Finding) -> str:
    """Return what was measured, with the note that says how."""
    told = sorted(CLASSES[kind] for kind in entry.classes if kind in CLASSES)
    words = ", ".join(entry.measures) + (f" ({', '.join(told)})" if told else "")
    return "; ".join(filter(None, (words, entry.values.get("note"))))


def details(entry: Finding | Report) -> list[Any]:
    """Return the cells of `DETAILS`, or key and IRI of a report."""
    key = entry.study.iri.rpartition("/")[2]
    if isinstance(entry, Report):
        return [key, entry.report]
    kind = entry.values.get("effectType", "").rpartition("#")[2] or None
    numbers = [float(text) if (text := entry.values.get(n)) else None for n in EFFECT[1:-1]]
    return [key, entry.outcome, kind, *numbers]


def _effect(entry: Finding) -> str:
    """Return the effect as printed; where the arm asked about is the second, it says so."""
    values, parts = entry.values, []
    words = effect_words(values)
    if words:
        parts.append(words)
    both = pooling.counts(entry)
    if both:
        (a, n), (c, m) = both
        parts.append(f"{a}/{n} against {c}/{m}")
    elif not entry.turned and {"firstEvents", "firstTotal"} <= values.keys():
        parts.append(f"{values['firstEvents']}/{values['firstTotal']}")
    if entry.turned and words:
        if values.get("effectType", "").rpartition("#")[2] in pooling.TYPES:
            parts.append("as printed: the comparator against it")
        elif re.search(r"\b(vs\.?|versus|against)\s", words):
            parts.append("as printed, comparator first")
    return "; ".join(parts)


def report_row(entry: Report) -> list[Any]:
    """Return the cells of `SAFETY_COLUMNS`."""
    seriousness = {"Expected": "expected", "NonSerious": "non-serious", "Serious": "serious"}
    weight = entry.values.get("seriousness", "").rpartition("#")[2]
    return [
        *_study_cells(entry.study), entry.arm.label, entry.event, entry.affected, entry.at_risk,
        seriousness.get(weight), entry.values.get("duration"), entry.study.link or None,
    ]  # fmt: skip


def rate_row(entry: pooling.EventRate) -> list[Any]:
    """Return event, studies, affected, at risk, rate, and why there is none."""
    found = entry.interval
    shown = (
        f"{100 * found.estimate:.1f} % (95% CI {100 * found.lower:.1f} to {100 * found.upper:.1f})"
        if found
        else None
    )
    number = len(entry.reports)
    why = entry.why or ("one study" if number == 1 else None)
    return [entry.event, number, entry.affected, entry.at_risk, shown, why]


def pooled_row(entry: pooling.Pooling) -> list[Any]:
    """Return effect, studies, both estimates, I², prediction interval, and why none is pooled."""
    pooled, number = entry.pooled, entry.studies
    if pooled is None:
        return [entry.title, number, None, None, None, None, entry.why]
    ahead = entry.prediction()
    return [
        entry.title, number, interval_words(entry.random()), interval_words(entry.fixed()),
        f"{pooled.i_squared:.0f} %",
        f"{ahead.lower:.2f} to {ahead.upper:.2f}" if ahead else "takes three studies", None,
    ]  # fmt: skip


def interval_words(found: stats.Interval | None) -> str:
    """Return an estimate with its interval as journals print it.

    >>> interval_words(stats.Interval(2.97, 1.96, 4.51))
    '2.97 (1.96 to 4.51)'
    """
    return f"{found.estimate:.2f} ({found.lower:.2f} to {found.upper:.2f})" if found else ""
