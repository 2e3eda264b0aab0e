"""Evidence on a question: the verdict in words, the table of studies, what was pooled, the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from mngraph.errors import UsageError
from mngraph.evidence import (
    certainty,
    graded,
    harms,
    nearby,
    partners,
    phrasing,
    pooling,
    quality,
    references,
    render,
    sensitivity,
    short,
    sources,
    summary,
    verdicts,
    words,
)
from mngraph.evidence.answer import Answer
from mngraph.evidence.facts import Facts
from mngraph.evidence.model import WEAKEST, Finding, Question, Study
from mngraph.wording import alternatives

if TYPE_CHECKING:
    from mngraph.store import Store
from mngraph.wording import listed


@dataclass(frozen=True, kw_only=True)
class Evidence(Answer):
    """An answer that can be shown and written.

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

    def __str__(self) -> str:
        return render.to_text(self)

    def _repr_html_(self) -> str:
        return render.to_html(self)

    def to_markdown(self) -> str:
        """Return verdict, tables and gaps as Markdown."""
        return render.to_markdown(self)

    def to_csv(self) -> str:
        """Return the table of studies as CSV, with the numbers of the effects."""
        return render.to_csv(self)

    def to_json(self) -> str:
        """Return everything as JSON."""
        return render.to_json(self)

    def short(self) -> Self:
        """Return a short answer: verdict, harms, and a small table with its sources."""
        return short.shortened(self)

    def to_ris(self) -> str:
        """Return the sources as RIS, for a reference manager."""
        return references.to_ris(self.sources)

    def to_bibtex(self) -> str:
        """Return the sources as BibTeX."""
        return references.to_bibtex(self.sources)

    def to_csl(self) -> str:
        """Return the sources as CSL-JSON, which Zotero, Pandoc and citeproc read."""
        return references.to_csl(self.sources)


class Limits(TypedDict, total=False):
    """Which arms and studies count.

    Attributes:
        alone: only arms that had the procedure without any modality other than a control.
        only: only arms that had these modalities and no other than a control.
        randomized: only randomized studies.
        level: only studies of this design level, 1 (strongest) to 5, or a stronger one.
        since: only studies published in this year or later.
    """

    alone: bool
    only: bool
    randomized: bool
    level: int | None
    since: int | None


def evidence(
    store: Store,
    indication: str | None = None,
    procedure: str | None = None,
    modalities: Sequence[str] = (),
    event: str | None = None,
    **limits: Unpack[Limits],
) -> Evidence:
    """Weigh the studies of a question; concepts are IRIs, and narrower ones are included.

    Args:
        store: a graph.
        indication: what was treated.
        procedure: the procedure; without it every procedure of the packs is meant.
        modalities: what was given together with it; without any, every combination is meant.
        event: an adverse event, for a question of safety.
        limits: which arms and studies count.

    Raises:
        UsageError: there is no such limit, `alone` and modalities are given, `only` without any, or
            a level or a year that is none.
    """
    if unknown := sorted(set(limits) - set(Limits.__annotations__)):
        raise UsageError(f"{listed(unknown)}: the limits are {listed(Limits.__annotations__)}")
    question = Question(
        procedure=procedure,
        modalities=tuple(dict.fromkeys(modalities)),
        indication=indication,
        event=event,
        **limits,
    )
    _check(question)
    facts = Facts(store)
    return _on_safety(facts, question) if event else _on_treatment(facts, question)


def bottom_lines(store: Store, questions: Iterable[Question]) -> Iterator[str]:
    """Yield the verdict on each question of treatment, in the words of `evidence`.

    >>> from mngraph import iris
    >>> from mngraph.store import open_store
    >>> question = Question(indication=iris.concept("indication", "melasma"))
    >>> store = open_store()
    >>> next(bottom_lines(store, [question])) == evidence(store, question.indication).verdict
    True
    """
    facts = Facts(store)
    for question in questions:
        found = facts.findings(question)
        names = {entry.study.iri for entry in found if not entry.study.review}
        yield verdicts.on_treatment(
            phrasing.subject(facts, question).rstrip(","), found, [],
            facts.noun_for(question.procedure), given=phrasing.given(facts, question),
            quality=_assessed(facts, names, facts.judged(names)),
        ).bottom_line  # fmt: skip


def _check(question: Question) -> None:
    """Refuse a question that contradicts itself, and limits that are none.

    Raises:
        UsageError: the message says what to change.
    """
    if question.alone and question.modalities:
        raise UsageError("use either --alone or --with, not both")
    if question.only and not question.modalities:
        raise UsageError("--only needs a modality: name it by --with")
    if question.level is not None and question.level not in range(1, WEAKEST + 1):
        raise UsageError(f"a level is a number from 1 to {WEAKEST}, not {question.level!r}")
    if question.since is not None and question.since not in range(1000, 10_000):
        raise UsageError(f"a year has four digits, such as 2015, not {question.since!r}")


def _on_treatment(facts: Facts, question: Question) -> Evidence:
    found = facts.findings(question)
    subject = phrasing.subject(facts, question).rstrip(",")
    primary = [entry for entry in found if not entry.study.review]
    studies = {entry.study.cohort for entry in primary}
    pooled = pooling.pool_effects(found, facts.constructs)
    suffered = harms.harms(facts, question)
    noun = facts.noun_for(question.procedure)
    given = phrasing.given(facts, question)
    told = harms.sentences(suffered)
    names = {entry.study.iri for entry in primary}
    judged = facts.judged(names)
    assessed = _assessed(facts, names, judged)
    verdict = verdicts.on_treatment(
        subject, found, pooled, noun, told, given=given, quality=assessed
    )
    certain = graded.judged(facts, question) if primary else ()
    without_result = _cohorts(facts, facts.studies_of(question)) - studies
    return Evidence(
        question=question,
        subject=subject,
        verdict=verdict.bottom_line,
        points=verdict.points,
        tallies=verdicts.tallies(primary),
        reviews=words.review_sentence(entry.study for entry in found),
        findings=tuple(found),
        pooled=tuple(pooled),
        gaps=words.treatment_gaps(
            found, len(without_result), *_related(facts, question), facts.inert
        ),
        dataset=facts.dataset(),
        noun=facts.noun_for(question.procedure),
        graph=facts.asked_graph,
        harms=suffered,
        partners=partners.partners(facts, question, found),
        nearby=nearby.nearby(facts, question, found),
        broader=nearby.broader(facts, question, found),
        certainty=certainty.of_findings(primary, pooled, judged) if primary else None,
        quality=assessed,
        summary=summary.summary(facts, primary, certain),
        judged=certain,
        domains=facts.domains,
        without_estimate=pooling.without_estimate(found),
        left_out=tuple(filter(None, map(sensitivity.leave_one_out, pooled))),
        groupings=tuple(
            sensitivity.groupings(pooled, facts.labels(sensitivity.procedures(pooled)))
        ),
        sources=sources.sources(facts, _behind(found, suffered)),
    )


def _assessed(facts: Facts, names: set[str], judged: dict[str, list[str]]) -> str:
    """Return what journals and people say of the studies themselves."""
    noticed = quality.noticed(facts.notices(names))
    return " ".join(filter(None, (noticed, quality.sentence(judged, names))))


def _related(facts: Facts, question: Question) -> tuple[int, str]:
    """Return how many studies gave something that the packs are not about, and what they say."""
    if question.procedure or not facts.other_procedures:
        return 0, ""
    near = (replace(question, procedure=other) for other in facts.other_procedures)
    number = len(set().union(*(_cohorts(facts, facts.studies_of(each)) for each in near)))
    labels = alternatives(map(facts.label, facts.other_procedures))
    return number, f"a procedure that does not count as {facts.noun} ({labels})"


def _behind(found: Iterable[Finding], suffered: harms.Harms) -> Iterator[Study]:
    """Yield the studies of findings and of what is told of harm."""
    yield from (entry.study for entry in (*found, *suffered.comparisons))
    yield from (entry.study for entry in suffered.reports)


def _on_safety(facts: Facts, question: Question) -> Evidence:
    found = facts.reports(question)
    event, subject = facts.label(str(question.event)), phrasing.subject(facts, question)
    studies = facts.studies_of(question)
    reporting = {entry.study.cohort for entry in found if not entry.study.review}
    others = [entry for entry in facts.other_reports(question) if not entry.study.review]
    without_arm = {entry.study.cohort for entry in others if not entry.arm.iri} - reporting
    elsewhere = {entry.study.cohort for entry in others} - reporting - without_arm
    silent = _cohorts(facts, studies) - reporting - without_arm - elsewhere
    stating = facts.studies(studies & facts.without_events()).values()
    none = [study for study in stating if study.cohort in silent and not study.review]
    free = {study.cohort for study in none}
    unseen = [entry for entry in others if entry.study.cohort not in reporting]
    rates = pooling.pool_rates(found)
    counts = verdicts.Silence(
        silent=len(silent),
        free=len(free),
        elsewhere=len(elsewhere),
        unplaced=len(without_arm),
        in_part=len(silent & _cohorts(facts, studies & facts.read_in_part())),
    )
    names = {entry.study.iri for entry in found if not entry.study.review}
    assessed = _assessed(facts, names, facts.judged(names))
    verdict = verdicts.on_safety(event, subject, found, counts, rates, assessed)
    return Evidence(
        question=question,
        subject=f"{event} after {subject.rstrip(',')}",
        quality=assessed,
        verdict=verdict.bottom_line,
        points=verdict.points,
        reviews=words.review_sentence(entry.study for entry in found),
        reports=tuple(found),
        rates=tuple(rates),
        others=harms.others(unseen, none),
        gaps=words.safety_gaps(found, len(without_arm)),
        dataset=facts.dataset(),
        noun=facts.noun_for(question.procedure),
        graph=facts.asked_graph,
        nearby=nearby.nearby(facts, question, found),
        broader=nearby.broader(facts, question, found),
        sources=sources.sources(facts, [*(entry.study for entry in (*found, *unseen)), *none]),
    )


def _cohorts(facts: Facts, studies: frozenset[str]) -> set[str]:
    """Return the cohorts of studies, without reviews."""
    return {study.cohort for study in facts.studies(studies).values() if not study.review}
