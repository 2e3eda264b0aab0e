"""The summary of findings: for each kind of outcome the studies, the result and the ceiling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from mngraph.evidence import certainty, graded, pooling, rows
from mngraph.evidence.facts import Facts
from mngraph.evidence.graded import Judged
from mngraph.evidence.model import Finding
from mngraph.evidence.pooling import TYPES, Pooling
from mngraph.evidence.words import apart, tally
from mngraph.tables import Cell, Table
from mngraph.wording import counted, listed

COLUMNS = [
    "outcome", "studies", "randomized", "participants", "result", "ceiling", "rated_down_for",
    "not_judged", "judged",
]  # fmt: skip
TITLE = "Summary of findings"
NOT_JUDGED = "risk of bias"


def summary(facts: Facts, findings: Sequence[Finding], judged: Sequence[Judged] = ()) -> Table:
    """Return one row for each kind of outcome in which studies were compared.

    Comparisons with another combination are left out, as in the ceiling of certainty.

    Args:
        facts: the facts of the graph.
        findings: what studies other than reviews found.
        judged: what people judged of the certainty of the claims.
    """
    groups: dict[str, list[Finding]] = defaultdict(list)
    for entry in apart(findings)[0]:
        if entry.other and not entry.within and entry.stance:
            for domain in {
                facts.domains.get(m, label) for m, label in entry.outcome.measures.items()
            }:
                groups[domain].append(entry)
    found = [
        [
            *_row(facts, domain, group),
            "nothing" if graded.is_judged(judged, domain, facts.domains) else NOT_JUDGED,
            graded.beside(judged, domain, facts.domains),
        ]
        for domain, group in groups.items()
    ]
    return Table(COLUMNS, sorted(found, key=_most_compared), TITLE)


def _most_compared(row: list[Cell]) -> tuple[int, int, str]:
    return -int(row[2] or 0), -int(row[1] or 0), str(row[0])


def _row(facts: Facts, domain: str, findings: list[Finding]) -> list[Cell]:
    pooled = pooling.pool_effects(findings, facts.constructs)
    found = certainty.of_findings(findings, pooled)
    studies = {entry.study.cohort for entry in findings}
    trials = {entry.study.cohort for entry in findings if entry.study.randomized}
    people = certainty.participants(entry.study for entry in findings)
    lowered = [each.name for each in found.domains if each.lowered]
    return [
        domain, len(studies), len(trials), people, _result(findings, pooled), found.level,
        listed(lowered) or "nothing",
    ]  # fmt: skip


def _result(findings: list[Finding], pooled: list[Pooling]) -> str:
    """Return how cohorts stand, and the average of the largest group that has one."""
    counts = tally(findings)
    said = listed(
        f"{number} {words}"
        for number, words in (
            (counts.supports, "in favor"), (counts.no_difference, "without a difference"),
            (counts.disputes, "against"), (counts.mixed, "mixed"),
        )
        if number
    )  # fmt: skip
    average = next((group for group in pooled if group.pooled), None)
    if average is None:
        return f"{said}; not averaged"
    number = counted(len(average.estimates), "study", "studies")
    words = f"{TYPES[average.kind]} {rows.interval_words(average.random())}"
    return f"{said}; {words} against {average.comparator} in {number}"
