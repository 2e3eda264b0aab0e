"""How studies stand on a question, counted from the records by the rule of docs/decisions/0019."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from answers.claims import Line, direct, standing, studies_on
from answers.records import (
    arm_of,
    arms,
    cohort,
    is_needled,
    is_randomised,
    is_review,
    level,
    records,
    within,
)

COLUMNS = ("supports", "disputes", "inconclusive", "mixed", "baseline only", "same combination")


@cache
def lines() -> list[tuple[dict[str, Any], str, Line]]:
    """Every line with what its arm received and for which indication."""
    return [
        (arm_of(records()[line.study], line.arm), claim[2], line)
        for claim, found in direct().items()
        for line in found
    ]


def is_idle(modality: str) -> bool:
    return modality == "no-treatment" or within("modality", modality, "placebo")


def answers(arm: dict[str, Any], question: dict[str, Any]) -> bool:
    """Whether an arm had what is asked for."""
    given = arm.get("combined_with", [])
    asked = question.get("modality")
    if question.get("only") and not all(is_idle(m) or within("modality", m, asked) for m in given):
        return False
    if not is_needled(arm, question.get("procedure") or "needling"):
        return False
    if question.get("alone") and not all(map(is_idle, given)):
        return False
    return asked is None or any(within("modality", m, asked) for m in given)


def counts(
    *,
    procedure: str | None = None,
    modality: str | None = None,
    indication: str | None = None,
    alone: bool = False,
    only: bool = False,
    randomized: bool = False,
    weakest: int = 5,
    since: int = 0,
) -> tuple[int, ...]:
    """The cohorts by `COLUMNS`, of all studies or of some kinds; reviews are left out."""
    question = {"procedure": procedure, "modality": modality, "alone": alone, "only": only}
    chosen = [
        line
        for arm, treated, line in lines()
        if within("indication", treated, indication)
        and answers(arm, question)
        and (not randomized or is_randomised(records()[line.study]))
        and (level(records()[line.study]) or 5) <= weakest
        and int(str(records()[line.study]["publication"].get("issued", 0))[:4]) >= since
    ]
    found = Counter(map(standing, studies_on(chosen).values()))
    return tuple(found[name] for name in COLUMNS)


def studies(
    *,
    procedure: str | None = None,
    modality: str | None = None,
    indication: str | None = None,
    alone: bool = False,
) -> int:
    """How many cohorts gave what is asked for, whether or not they state a result."""
    question = {"procedure": procedure, "modality": modality, "alone": alone}
    return len(
        {
            cohort(key)
            for key, record in records().items()
            if not is_review(record)
            and any(answers(arm, question) for arm in arms(record))
            and any(within("indication", i, indication) for i in record.get("indications", []))
        }
    )
