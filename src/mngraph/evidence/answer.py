"""The answer to a question on evidence, as data: verdict, findings, what was pooled, gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypedDict

from mngraph.evidence import graded, nearby, rows, sensitivity
from mngraph.evidence.certainty import Ceiling
from mngraph.evidence.graded import Judged
from mngraph.evidence.harms import Harms
from mngraph.evidence.model import Dataset, Finding, Near, Question, Report
from mngraph.evidence.partners import COLUMNS as PARTNERS
from mngraph.evidence.pooling import EventRate, Pooling
from mngraph.evidence.quality import NOT_ASSESSED
from mngraph.evidence.rows import Cell
from mngraph.evidence.sensitivity import Grouping, LeftOut
from mngraph.evidence.sources import Source
from mngraph.evidence.stance import Tally
from mngraph.tables import Table

PUBLICATION = ["title", "journal", "doi", "pmid"]
"""Columns on the publication of a study, as CSV and JSON have them."""


class Cited(TypedDict):
    """What an answer rests on, and how it is cited."""

    title: str | None
    version: str | None
    issued: str | None
    iri: str | None
    citation: str


class Plain(TypedDict):
    """An answer as plain data, as its JSON holds it."""

    subject: str
    verdict: str
    reviews: str | None
    columns: list[str]
    rows: list[dict[str, Cell]]
    pooled: list[dict[str, Cell]]
    gaps: list[str]
    dataset: Cited
    question: dict[str, Any]
    partners: list[dict[str, Cell]]
    nearby: list[dict[str, Any]]
    points: list[str]
    counts: dict[str, dict[str, int]]
    sources: list[dict[str, Any]]
    harms: dict[str, Any] | None
    others: list[dict[str, Cell]]
    broader: str | None
    certainty: dict[str, object] | None
    summary: list[dict[str, Cell]]
    without_estimate: dict[str, int]
    quality: str
    left_out: list[dict[str, Cell]]
    subgroups: list[dict[str, Cell]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the studies of a question found.

    Attributes:
        question: what was asked, by IRIs.
        subject: what was asked, as text.
        verdict: the bottom line: what was found, in sentences that go no further than the counts.
        points: what the verdict rests on, at most six points, each of a sentence or two.
        tallies: for a question on treatment, how the studies stand: all, and the randomized ones.
        reviews: the sentence on reviews; empty without any.
        findings: for a question on treatment, one entry for each outcome.
        reports: for a question of safety, one entry for each report.
        pooled: the groups of comparable effects.
        rates: for a question of safety, how often each event was seen.
        gaps: what the studies leave open, in sentences.
        dataset: the description of the dataset.
        noun: the word for what is done, such as needling.
        graph: what commands name the graph by; nothing for the release.
        partners: for a question on an indication that leaves open what was combined with it,
            one row for each modality that was, the most compared first.
        nearby: where nothing, or nothing compared, was found, what is near.
        sources: the publications of the studies and reviews, as people cite them.
        harms: for a question on treatment, what its studies report of adverse events.
        others: for a question of safety, the studies that mention adverse events and are not
            counted: events in another arm or without an arm, and statements that there were none.
        broader: where a broader indication has more evidence, how much and how to ask for it.
        certainty: the ceiling of certainty, for a question on treatment that has an answer.
        summary: the summary of findings, one row for each kind of outcome.
        domains: the kind of outcome that each measure belongs to, by the IRI of the measure.
        without_estimate: how many studies were compared but give no estimate of an effect, by the
            reason.
        quality: the sentence on what people judged of the studies.
        left_out: the averages without each of their studies in turn.
        groupings: how averages differ by procedure, design level and comparator.
        judged: what people judged of the certainty of the claims that the question covers.
        is_short: whether it was shortened to fit a printed page.
    """

    question: Question
    subject: str
    verdict: str
    points: tuple[str, ...] = ()
    tallies: tuple[Tally, Tally] = (Tally(), Tally())
    reviews: str = ""
    findings: tuple[Finding, ...] = ()
    reports: tuple[Report, ...] = ()
    pooled: tuple[Pooling, ...] = ()
    rates: tuple[EventRate, ...] = ()
    gaps: tuple[str, ...] = ()
    dataset: Dataset
    noun: str = ""
    graph: str = ""
    partners: Table = field(default_factory=lambda: Table(PARTNERS, []))
    nearby: tuple[Near, ...] = ()
    sources: tuple[Source, ...] = ()
    harms: Harms | None = None
    others: Table = field(default_factory=lambda: Table([], []))
    broader: str = ""
    certainty: Ceiling | None = None
    without_estimate: dict[str, int] = field(default_factory=dict)
    quality: str = NOT_ASSESSED
    summary: Table = field(default_factory=lambda: Table([], []))
    domains: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    groupings: tuple[Grouping, ...] = ()
    judged: tuple[Judged, ...] = ()
    is_short: bool = False

    @property
    def entries(self) -> Sequence[Finding | Report]:
        """The findings, or for a question of safety the reports."""
        return self.reports if self.question.event else self.findings

    def table(self) -> Table:
        """Return one row for each outcome, or for a question of safety for each report."""
        if self.question.event:
            return Table(rows.SAFETY_COLUMNS, [rows.report_row(entry) for entry in self.reports])
        return Table(rows.COLUMNS, [rows.finding_row(entry) for entry in self.findings])

    def full_table(self) -> Table:
        """Return the table with keys, the numbers of effects, and what names each publication."""
        table = self.table()
        more = rows.SAFETY_DETAILS if self.question.event else rows.DETAILS
        papers = {source.key: source for source in self.sources}
        wide = [
            [*row, *rows.details(entry), *_publication(papers.get(entry.study.key))]
            for row, entry in zip(table.rows, self.entries, strict=True)
        ]
        return Table([*table.columns, *more, *PUBLICATION], wide)

    def pooled_table(self) -> Table:
        """Return what was pooled: effects, or for a question of safety rates."""
        if self.question.event:
            return rows.rates_table(self.rates)
        return rows.pooled_table(self.pooled)

    @property
    def certainty_line(self) -> str:
        """The ceiling of certainty, and what people judged or that nobody did; may be empty."""
        return f"{self.certainty.words} {graded.line(self.judged)}" if self.certainty else ""

    @property
    def judgments(self) -> Table:
        """What people judged of the certainty, one row for each judgment."""
        return graded.table(self.judged)

    def beside_averages(self) -> list[tuple[Table, str]]:
        """Return the tables beside what was pooled, each with what it does and does not say."""
        found = [
            (sensitivity.left_out_table(self.left_out), sensitivity.LEFT_OUT_SAYS),
            (sensitivity.groups_table(self.groupings), sensitivity.GROUPS_SAY),
        ]
        return [(table, said) for table, said in found if len(table)]

    def to_dict(self) -> Plain:
        """Return everything as plain data."""
        table, pooled, dataset = self.full_table(), self.pooled_table(), self.dataset
        return {
            "subject": self.subject,
            "verdict": self.verdict,
            "reviews": self.reviews or None,
            "columns": table.columns,
            "rows": _by_column(table),
            "pooled": _by_column(pooled),
            "gaps": list(self.gaps),
            "dataset": {
                "title": dataset.title or None,
                "version": dataset.version or None,
                "issued": dataset.issued or None,
                "iri": dataset.iri or None,
                "citation": dataset.citation,
            },
            "question": asdict(self.question),
            "partners": _by_column(self.partners),
            "nearby": [nearby.plain(entry) for entry in self.nearby],
            "points": list(self.points),
            "harms": self.harms.to_dict() if self.harms else None,
            "counts": dict(zip(("all", "randomized"), map(asdict, self.tallies), strict=True)),
            "sources": [asdict(source) for source in self.sources],
            "others": _by_column(self.others),
            "broader": self.broader or None,
            "certainty": self._certainty(),
            "summary": _by_column(self.summary),
            "without_estimate": self.without_estimate,
            "quality": self.quality,
            "left_out": _by_column(sensitivity.left_out_table(self.left_out)),
            "subgroups": _by_column(sensitivity.groups_table(self.groupings)),
        }

    def _certainty(self) -> dict[str, object] | None:
        if not self.certainty:
            return None
        told = {"judged": [asdict(each) | {"above_ceiling": each.is_above} for each in self.judged]}
        return {**self.certainty.to_dict(), **told, "judged_sentence": graded.line(self.judged)}


def _publication(source: Source | None) -> list[Cell]:
    return [getattr(source, name, "") or None for name in PUBLICATION]


def _by_column(table: Table) -> list[dict[str, Cell]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]
