"""Outcomes as a graph holds them: what was measured, what was found, and estimates of effects."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite

from mngraph import context, iris
from mngraph.evidence.model import Computed, Count, Effect, Outcome
from mngraph.evidence.statements import Row, Statements

EFFECT = {
    "effectValue": "value", "effectLower": "lower", "effectUpper": "upper",
    "effectConfidenceLevel": "confidence",
}  # fmt: skip
"""The numbers of an effect: property and field."""
DIRECT = (
    "OddsRatio", "RiskRatio", "HazardRatio", "MeanDifference", "StandardisedMeanDifference",
    "RiskDifference", "MedianDifference",
)  # fmt: skip
"""The types of effects, what is most easily understood first."""


@dataclass
class _Read:
    """What was read of one outcome."""

    values: Row = field(default_factory=dict)
    measures: dict[str, str] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)
    reason: str = ""


def read(facts: Statements, wanted: Iterable[str]) -> dict[str, Outcome]:
    """Return outcomes by IRI.

    Args:
        facts: what a graph states.
        wanted: the IRIs of outcomes.
    """
    found: dict[str, _Read] = defaultdict(_Read)
    names = set(wanted)
    for row in facts.rows_of("outcomes", "outcomes", names):
        entry, name, value = found[row["outcome"]], row["p"], row["value"]
        if name == context.mn("measure"):
            entry.measures[value] = row.get("name", "")
            entry.classes.add(iris.term_name(row.get("class", "")))
        elif name == context.mn("notEstimatedBecause"):
            entry.reason = row.get("name", "")
        else:
            note = name == context.expand("skos:note")
            entry.values["note" if note else iris.term_name(name)] = value
    estimates = _estimates(facts, names)
    return {iri: _outcome(iri, found[iri], estimates.get(iri, ())) for iri in sorted(found)}


def _estimates(facts: Statements, wanted: Iterable[str]) -> dict[str, tuple[Computed, ...]]:
    """Return the estimates of outcomes, by the IRI of the outcome."""
    found: dict[str, list[Computed]] = defaultdict(list)
    for row in facts.rows_of("estimates", "outcomes", wanted):
        numbers = {name: row.get(name, "") for name in ("value", "lower", "upper", "error")}
        if all(map(_is_number, numbers.values())):
            found[row["outcome"]].append(
                Computed(
                    iri=row["estimate"],
                    kind=iris.term_name(row["type"]),
                    method=iris.last_segment(row["method"]),
                    **{name: float(text) for name, text in numbers.items()},
                )
            )
    return {iri: tuple(sorted(entries, key=_directness)) for iri, entries in found.items()}


def _directness(entry: Computed) -> tuple[int, str]:
    known = entry.kind in DIRECT
    return DIRECT.index(entry.kind) if known else len(DIRECT), entry.kind


def _outcome(iri: str, entry: _Read, estimates: tuple[Computed, ...]) -> Outcome:
    values = entry.values
    numbers = {
        field: values[name] for name, field in EFFECT.items() if _is_number(values.get(name, ""))
    }
    return Outcome(
        iri=iri,
        direction=iris.term_name(values.get("direction", "")),
        first_arm=values.get("firstArm", ""),
        measures=dict(sorted(entry.measures.items())),
        classes=frozenset(entry.classes),
        effect=Effect(
            kind=iris.term_name(values.get("effectType", "")),
            text=values.get("effectText", ""),
            **numbers,
        ),
        first_count=_count(values, "first"),
        second_count=_count(values, "second"),
        p_value=values.get("pValue", ""),
        p_number=float(number) if _is_number(number := values.get("pValueNumber", "")) else None,
        p_relation=values.get("pValueRelation", ""),
        note=values.get("note", ""),
        estimates=estimates,
        reason=entry.reason,
    )


def _count(values: Mapping[str, str], side: str) -> Count | None:
    events, total = (values.get(f"{side}{name}", "") for name in ("Events", "Total"))
    if not all(re.fullmatch(r"[0-9]{1,18}", text) for text in (events, total)):
        return None
    return Count(int(events), int(total))


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
