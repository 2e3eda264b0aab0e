"""What was combined with the procedure for an indication, the most compared first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mngraph import context
from mngraph.evidence import phrasing, stance, words
from mngraph.evidence.facts import Facts
from mngraph.evidence.model import Finding, Question, Study
from mngraph.evidence.stance import Comparison, Tally
from mngraph.tables import Table

STANCES = ("supports", "no_difference", "disputes", "mixed")
COLUMNS = [
    "modality", "label", "randomized", *(f"randomized_{name}" for name in STANCES), "compared",
    *STANCES, "baseline_better", "baseline_other", "within", "studies", "without_result",
    "participants",
]  # fmt: skip
SHOWN = ["combined with", "randomized", "other comparisons", "before and after", "participants"]
"""The columns for reading."""
WORDS = {
    "supports": "for", "no_difference": "no difference", "disputes": "against", "mixed": "mixed",
}  # fmt: skip
"""What a comparison says of a combination, as cells for reading say it."""


@dataclass(frozen=True, kw_only=True)
class _Result:
    """What a study says for one arm."""

    study: Study
    comparison: Comparison


def partners(facts: Facts, question: Question, findings: Iterable[Finding]) -> Table:
    """Return one row for each modality that was combined with the procedure for an indication.

    A row counts what the question on its modality counts, narrower modalities and combinations
    with further modalities included. Rows with the most randomized comparisons come first, then
    those with the most comparisons, then those with the most studies.

    Args:
        facts: the facts of a graph.
        question: a question that names an indication and leaves the modality open; for any other
            there are no rows.
        findings: the findings of that question.

    Returns:
        A table of `COLUMNS`; the fields of `stance.Tally` for all studies, and those on
        comparisons for randomized ones. `studies` have a result, `without_result` more have none.
    """
    if question.modalities or question.event or question.alone or not question.indication:
        return Table(COLUMNS, [])
    results = [
        _Result(study=entry.study, comparison=comparison)
        for entry in findings
        if not entry.study.review
        for comparison in words.comparisons(entry)
    ]
    arms, used = facts.arms_of(question), facts.studies_by_arm(question)
    given: dict[str, set[str]] = defaultdict(set)
    for arm in used:
        for modality in arms[arm].modalities - facts.inert:
            given[modality].add(arm)
    labels = facts.labels(given)
    rows = []
    for modality in given:
        having = set().union(*(given.get(narrow, ()) for narrow in facts.narrower(modality)))
        own = [result for result in results if result.comparison.arm in having]
        users = {study.cohort for arm in having for study in used.get(arm, ()) if not study.review}
        if users:
            curie = context.compact(modality)
            rows.append([curie, labels.get(modality, curie), *_counts(own, users)])
    title = f"Combined with {facts.noun_for(question.procedure)}"
    return Table(COLUMNS, sorted(rows, key=_rank), title)


def _counts(results: list[_Result], users: set[str]) -> list[int]:
    """Return the cells of `COLUMNS` that count.

    Args:
        results: what studies found for arms with a modality.
        users: the cohorts that gave it.
    """
    every = stance.tally(result.comparison for result in results)
    trials = stance.tally(result.comparison for result in results if result.study.randomized)
    people: dict[str, int] = defaultdict(int)
    for result in results:
        cohort = result.study.cohort
        people[cohort] = max(people[cohort], result.study.participants or 0)
    return [
        trials.compared, *_stances(trials), every.compared, *_stances(every),
        every.baseline_better, every.baseline_other, every.within, every.total,
        len(users - people.keys()), sum(people.values()),
    ]  # fmt: skip


def _stances(found: Tally) -> list[int]:
    return [getattr(found, name) for name in STANCES]


def _rank(row: list[str | int]) -> tuple[int | str, ...]:
    cells = dict(zip(COLUMNS, row, strict=True))
    numbers = (int(cells[name]) for name in ("randomized", "compared", "studies", "without_result"))
    return (*(-number for number in numbers), str(cells["label"]), str(cells["modality"]))


def readable(table: Table) -> Table:
    """Return a table of partners that have a result, with few columns and counts in words.

    >>> row = ["modality:prp", "plasma", 2, 1, 0, 0, 1, 3, 2, 0, 0, 1, 1, 0, 0, 4, 0, 90]
    >>> readable(Table(COLUMNS, [row])).rows
    [['plasma', '1 for, 1 mixed', '1 for', '1 better', 90]]
    """
    rows = []
    for cells in (dict(zip(table.columns, row, strict=True)) for row in table.rows):
        trials = {name: cells[f"randomized_{name}"] for name in STANCES}
        others = {name: cells[name] - trials[name] for name in STANCES}
        before = {"better": cells["baseline_better"], "not better": cells["baseline_other"]}
        counts = [{WORDS[name]: n for name, n in found.items()} for found in (trials, others)]
        if cells["studies"]:
            said = map(_said, (*counts, before))
            rows.append([cells["label"], *said, cells["participants"] or None])
    return Table(SHOWN, rows, table.title)


def notes(question: Question, table: Table, noun: str, graph: str = "") -> list[str]:
    """Return the sentences that say how a table of partners is read and where it goes on."""
    if not len(table):
        return []
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    silent = [str(row["label"]) for row in rows if not row["studies"]]
    lines = [
        f"The verdict is on {noun} against something else; what two combinations with {noun} did "
        "against each other counts in this table only.",
        "Ranked by how often the combination was compared in randomized studies, not by how well "
        "it did. For: the study favors the combination; against: it favors the comparator.",
    ]
    if silent:
        lines.append(f"Also used with {noun}, without a result stated: {', '.join(silent)}.")
    one = replace(question, modalities=(context.expand(rows[0]["modality"]),))
    lines.append(f"For the studies of one combination: {phrasing.command(one, graph)}")
    alone = phrasing.query("added-to-procedure", graph, indication=str(question.indication))
    lines.append(f"For comparisons with {noun} alone: {alone}")
    return lines


def _said(counts: dict[str, int]) -> str | None:
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number) or None
