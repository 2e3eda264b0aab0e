"""A short answer, to print: verdict, harms, one small table, and its sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from mngraph.evidence.answer import Answer
from mngraph.evidence.model import Finding, Report
from mngraph.tables import Table

KEPT = ("Against ", "All comparisons", "Harms: ", "In all: ")
"""How the points begin that a short answer keeps."""
ROWS = 12
"""Most rows of the table."""
Found = TypeVar("Found", bound=Answer)


def shortened(answer: Found) -> Found:
    """Return an answer with its verdict, its harms, at most `ROWS` rows and the sources of these.

    Where the question leaves the combination open, the rows are the combinations; else they are the
    comparisons of randomized studies, or where there is none the results of the strongest studies.
    """
    partners = Table(answer.partners.columns, answer.partners.rows[:ROWS], answer.partners.title)
    chosen = _randomized(answer.findings)
    findings = chosen[:ROWS] or list(answer.findings[:ROWS])
    reports = answer.reports[:ROWS]
    cited = {entry.study.key for entry in findings} | {entry.study.key for entry in reports}
    points = [point for point in answer.points if answer.question.event or point.startswith(KEPT)]
    if not len(partners):
        points.append(_shown(answer, len(findings), bool(chosen)))
    return replace(
        answer,
        points=tuple(filter(None, points)),
        partners=partners,
        findings=() if len(partners) else tuple(findings),
        reports=reports,
        pooled=(),
        left_out=(),
        groupings=(),
        rates=answer.rates[:ROWS],
        gaps=(),
        others=Table([], []),
        broader="",
        without_estimate={},
        summary=Table([], []),
        is_short=True,
        harms=None,
        sources=tuple(source for source in answer.sources if source.key in cited),
    )


def _randomized(findings: Sequence[Finding]) -> list[Finding]:
    """Return the comparisons of randomized studies with something else; none of reviews."""
    return [
        entry
        for entry in findings
        if entry.study.randomized and entry.other and not (entry.study.review or entry.within)
    ]


def _shown(answer: Answer, shown: int, randomized: bool) -> str:
    """Return which rows are shown, of how many."""
    every: Sequence[Finding | Report] = answer.entries
    if answer.question.event:
        shown, randomized = min(len(every), ROWS), False
    if not every:
        return "No study has a result to show."
    if shown == len(every):
        return ""
    kind = "comparisons of randomized studies" if randomized else "results of the strongest studies"
    return f"The table shows {shown} {kind}; the full answer has {len(every)} results."
