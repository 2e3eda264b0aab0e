"""Evidence on a question: the verdict in words, the table of studies, what was pooled, the gaps."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mngraph import tables
from mngraph.evidence import cells, pooling, verdict
from mngraph.evidence.findings import Facts, Finding, Question, Report, Study
from mngraph.tables import Table

if TYPE_CHECKING:
    from mngraph.store import Store

RELATED = "procedure:related-transcutaneous-technique"


@dataclass(frozen=True)
class Evidence:
    """What the studies of a question found.

    `str()` gives it as it is shown in a terminal; `table()` the studies; `to_dict()` everything.

    >>> import mngraph
    >>> found = mngraph.load().evidence(indication="acne scar", combined_with="PRP")
    >>> found.table().columns[:3], found.pooled_table().columns[:2]
    (['study', 'year', 'design'], ['effect', 'studies'])
    >>> set(found.full_table().columns) > set(found.table().columns)
    True
    >>> found.to_markdown().startswith(found.verdict)
    True
    >>> len(found.to_csv().splitlines()) > len(found.table())
    True
    >>> found.to_dict()["verdict"] == found.verdict, '"verdict"' in found.to_json()
    (True, True)
    """

    question: Question
    subject: str
    verdict: str
    reviews: str
    findings: tuple[Finding, ...]
    reports: tuple[Report, ...]
    pooled: tuple[pooling.Pooling, ...]
    rates: tuple[pooling.EventRate, ...]
    gaps: tuple[str, ...]
    about: dict[str, str]

    def table(self) -> Table:
        """Return one row an outcome, or for a question of safety one a report."""
        if self.question.event:
            return Table(cells.SAFETY_COLUMNS, [cells.report_row(entry) for entry in self.reports])
        return Table(cells.COLUMNS, [cells.finding_row(entry) for entry in self.findings])

    def pooled_table(self) -> Table:
        """Return what was pooled: effects, or for a question of safety rates."""
        if self.question.event:
            columns = ["event", "studies", "affected", "at_risk", "rate", "not_pooled"]
            return Table(columns, [cells.rate_row(entry) for entry in self.rates], "Rates")
        columns = ["effect", "studies", "random", "fixed", "i_squared", "prediction", "not_pooled"]
        rows = [cells.pooled_row(entry) for entry in self.pooled if entry.studies > 1]
        return Table(columns, rows, "Pooled effects")

    def __str__(self) -> str:
        return self._text("table", lambda words: words + "\n")

    def to_markdown(self) -> str:
        """Return verdict, tables and gaps as Markdown."""
        return self._text("markdown", lambda words: words + "\n")

    def to_csv(self) -> str:
        """Return the table of studies as CSV, with the numbers of the effects."""
        return tables.render(self.full_table(), "csv")

    def full_table(self) -> Table:
        """Return the table with the keys of studies and outcomes and the numbers of effects."""
        table = self.table()
        entries: Sequence[Finding | Report] = self.findings or self.reports
        wide = [[*row, *cells.details(e)] for row, e in zip(table.rows, entries, strict=True)]
        columns = cells.DETAILS if not self.question.event else ["key", "report"]
        return Table([*table.columns, *columns], wide)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        table, pooled = self.full_table(), self.pooled_table()
        return {
            "subject": self.subject,
            "verdict": self.verdict,
            "reviews": self.reviews or None,
            "columns": table.columns,
            "rows": [dict(zip(table.columns, row, strict=True)) for row in table.rows],
            "pooled": [dict(zip(pooled.columns, row, strict=True)) for row in pooled.rows],
            "gaps": list(self.gaps),
        }

    def to_json(self) -> str:
        """Return everything as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n"

    def _repr_html_(self) -> str:
        from html import escape

        words = "".join(f"<p>{escape(line)}</p>" for line in (self.verdict, self.reviews) if line)
        gaps = "".join(f"<li>{escape(gap)}</li>" for gap in self.gaps)
        return f"{words}{self.table()._repr_html_()}<ul>{gaps}</ul>"

    def _text(self, style: str, paragraph: Callable[[str], str]) -> str:
        blocks = [paragraph(self.verdict)]
        if self.reviews:
            blocks.append(paragraph(self.reviews))
        entries: Sequence[Finding | Report] = self.findings or self.reports
        shown = _terminal_table(self) if style == "table" else self.table()
        told = list(zip(shown.rows, (entry.study for entry in entries), strict=True))
        for title, wanted in (("Studies", False), ("Reviews", True)):
            some = [(row, study.iri) for row, study in told if study.review == wanted]
            if some:
                rows = _without_repeats(some) if style == "table" else [row for row, _ in some]
                blocks.append(tables.render(Table(shown.columns, rows, title), style))
        if len(pooled := self.pooled_table()):
            blocks.append(tables.render(pooled, style))
        alone = sum(entry.studies == 1 and bool(entry.estimates) for entry in self.pooled)
        if alone:
            effects = "1 effect" if alone == 1 else f"{alone} effects"
            blocks.append(paragraph(f"Not pooled: {effects} without a second study to pool with."))
        if self.gaps:
            blocks.append("Gaps:\n" + "".join(f"- {gap}\n" for gap in self.gaps))
        return "\n".join(blocks)


def evidence(
    store: Store,
    indication: str | None = None,
    procedure: str | None = None,
    modalities: Sequence[str] = (),
    event: str | None = None,
    *,
    alone: bool = False,
) -> Evidence:
    """Weigh the studies of a question; concepts are IRIs, and narrower ones are included.

    Args:
        store: a graph.
        indication: what was treated.
        procedure: the needling procedure; without it every needling procedure is meant.
        modalities: what was given together with it; without any, every combination is meant.
        event: an adverse event, for a question of safety.
        alone: only arms that had the procedure without any modality but a control.

    Raises:
        UsageError: `alone` is asked for together with modalities.
    """
    if alone and modalities:
        from mngraph.errors import UsageError

        raise UsageError("`alone` leaves no room for a modality: name one or the other")
    question = Question(procedure, tuple(modalities), indication, event, alone)
    facts = Facts(store)
    subject = _subject(facts, question)
    if event:
        return _safety(facts, question, subject)
    found = facts.findings(question)
    with_result = {entry.study.iri for entry in found}
    others = [facts.studies[iri] for iri in sorted(facts.studies_of(question) - with_result)]
    silent = [study for study in others if not study.review]
    return Evidence(
        question, subject.rstrip(","),
        verdict.treatment_verdict(subject.rstrip(","), found),
        verdict.review_sentence(entry.study for entry in found), tuple(found), (),
        tuple(pooling.pool_effects(found)), (),
        _gaps(found, silent, _related(facts, question)), facts.about(),
    )  # fmt: skip


def _safety(facts: Facts, question: Question, subject: str) -> Evidence:
    found = facts.reports(question)
    event = facts.label(str(question.event))
    studies = [facts.studies[iri] for iri in facts.studies_of(question)]
    reporting = {entry.study.cohort for entry in found if not entry.study.review}
    armless = _armless(facts, question) - reporting
    silent = {s.cohort for s in studies if not s.review} - reporting - armless
    none = {row["study"] for row in facts.rows("no-events")}
    free = {s.cohort for s in studies if s.iri in none} & silent
    return Evidence(
        question, f"{event} after {subject.rstrip(',')}",
        verdict.safety_verdict(event, subject, found, len(silent), len(free)),
        verdict.review_sentence(entry.study for entry in found), (), tuple(found), (),
        tuple(pooling.pool_rates(found)), _safety_gaps(found, len(armless)),
        facts.about(),
    )  # fmt: skip


def _subject(facts: Facts, question: Question) -> str:
    words = facts.label(question.procedure) if question.procedure else "needling"
    if question.modalities:
        words += " with " + " and ".join(facts.label(m) for m in question.modalities)
    elif question.alone:
        words += " alone"
    else:
        words += ", alone or combined,"
    if question.indication:
        return f"{words} for {facts.label(question.indication)}"
    return words


def _related(facts: Facts, question: Question) -> int:
    """Count the cohorts of patches and injections, which are no needling."""
    from dataclasses import replace

    from mngraph import context

    if question.procedure:
        return 0
    near = facts.studies_of(replace(question, procedure=context.expand(RELATED)))
    studies = (facts.studies[iri] for iri in near)
    return len({study.cohort for study in studies if not study.review})


def _armless(facts: Facts, question: Question) -> set[str]:
    """Return the cohorts that report the event without naming the arm."""
    events, studies = facts.narrower(str(question.event)), facts.studies_of(question)
    rows = facts.rows("reports-of-no-arm")
    found = {row["study"] for row in rows if row["event"] in events and row["study"] in studies}
    return {facts.studies[iri].cohort for iri in found if not facts.studies[iri].review}


def _gaps(found: Sequence[Finding], silent: Sequence[Study], related: int) -> tuple[str, ...]:
    primary = [entry for entry in found if not entry.study.review]
    kinds = {entry.kind for entry in primary}
    studies = {entry.study.cohort: entry.study for entry in primary}
    gaps = []
    if primary and not any(study.randomised for study in studies.values()):
        gaps.append("No randomized study.")
    if primary and not kinds & {"NoTreatment", "PlaceboOrSham"}:
        gaps.append("No study against no treatment, placebo or sham.")
    if primary and not any("Clinical" in entry.classes for entry in primary):
        gaps.append("No clinical measure: patient-reported or surrogate measures only.")
    most = max((study.participants or 0 for study in studies.values()), default=0)
    if 0 < most < 100:
        gaps.append(f"No study of 100 participants or more; the largest has {most}.")
    cohorts = {study.cohort for study in silent} - set(studies)
    if cohorts:
        gaps.append(f"{len(cohorts)} more gave it, without a result on benefit in the text seen.")
    if related:
        gaps.append(
            f"{related} more used patches or injections, which are no needling "
            "(procedure related-transcutaneous-technique)."
        )
    return tuple(gaps)


def _safety_gaps(found: Sequence[Report], armless: int) -> tuple[str, ...]:
    gaps = []
    if found and not any(entry.at_risk for entry in found):
        gaps.append("No report says among how many people the event was looked for.")
    if any(entry.at_risk for entry in found):
        gaps.append(
            "Rates rest on the studies that state how many were affected and how many were looked "
            "at; those in which the event did not occur rarely do."
        )
    if armless:
        gaps.append(f"{armless} more report{'s' * (armless == 1)} it without telling in which arm.")
    return tuple(gaps)


def _terminal_table(found: Evidence) -> Table:
    """Return the table of studies with fewer columns, as a terminal has room for them."""
    full = found.table()
    full_rows = [dict(zip(full.columns, row, strict=True)) for row in full.rows]
    if found.question.event:
        wanted = [c for c in full.columns if c not in ("year", "level", "design")]
        for row in full_rows:
            row["study"] = _one_line(row)
        return Table(wanted, [[row[c] for c in wanted] for row in full_rows])
    rows = []
    for row in full_rows:
        told = (row["direction"], row["effect"], f"p {row['p']}" if row["p"] else None)
        result = "; ".join(str(part) for part in told if part)
        comparison = f"{row['given']} against {row['comparator']}"
        rows.append([_one_line(row), row["n"], comparison, row["measure"], result, row["link"]])
    return Table(["study", "n", "comparison", "measure", "result", "link"], rows)


def _one_line(row: dict[str, Any]) -> str:
    level = f", level {row['level']}" if row["level"] else ""
    return f"{row['study']}, {row['design']}{level}"


def _without_repeats(rows: list[tuple[list[Any], str]]) -> list[list[Any]]:
    """Return rows, given with their study, that tell study, number, comparison and link once."""
    shown: list[list[Any]] = []
    last: list[Any] = []
    before = ""
    for row, study in rows:
        again = ["" if row[2] == last[2] else row[2], *row[3:-1]] if last else []
        shown.append(["", None, *again, None] if study == before else row)
        last, before = row, study
    return shown
