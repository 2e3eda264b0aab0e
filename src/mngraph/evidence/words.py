"""Answers in words: verdicts, gaps and other sentences that go no further than the counts.

A verdict counts studies, not outcomes; reports of one cohort are one study, reviews have a sentence
of their own, and a level is always a starting level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from mngraph.evidence import stance
from mngraph.evidence.comparators import BASELINE, WORDS
from mngraph.evidence.model import Finding, Report, Study
from mngraph.evidence.stance import Comparison, Tally
from mngraph.wording import counted

ENOUGH = 100
"""Studies of fewer participants are called small."""


# --- treatment -------------------------------------------------------------------------------


def tally(findings: Iterable[Finding]) -> Tally:
    """Return how the cohorts of findings stand; reviews are to be left out before."""
    return stance.tally(comparison for entry in findings for comparison in comparisons(entry))


def comparisons(finding: Finding) -> Iterator[Comparison]:
    """Yield what a finding says for each of its arms that falls under the question."""
    outcome, other = finding.outcome, finding.other.iri if finding.other else ""
    sides = [(finding.arm.iri, other, finding.turned)]
    if finding.within:
        sides.append((other, finding.arm.iri, not finding.turned))
    for arm, against, second in sides:
        if found := stance.of_outcome(outcome.direction, second):
            yield Comparison(
                cohort=finding.study.cohort,
                arm=arm,
                other=against,
                stance=found,
                unclear=outcome.direction == "Mixed",
            )


def treatment_verdict(subject: str, findings: Sequence[Finding]) -> str:
    """Return the verdict on a treatment question.

    Args:
        subject: what was asked, as text: "microneedling for acne scar".
        findings: everything that was found, reviews included.
    """
    primary = [entry for entry in findings if not entry.study.review]
    studies = _by_cohort(primary)
    if not studies:
        return f"No study in this graph has a result on {subject}. That is a gap, not a finding."
    counts = tally(primary)
    parts = [f"{_counted(studies)} of {subject}"]
    if counts.compared:
        parts.append(f"{counts.compared} against a comparator: {_compared(counts)}")
        parts.append(f"compared with {_comparators(primary)}")
    if before := counts.baseline_only:
        results = _since_baseline(counts)
        parts.append(f"{before} only before and after treatment, the weakest comparison: {results}")
    if counts.within:
        forms = "one form of it with another"
        parts.append(counted(counts.within, f"only compares {forms}", f"only compare {forms}"))
    parts += _narrow_measures(primary)
    return "; ".join(parts) + "; " + _level(studies) + "."


def _compared(counts: Tally) -> str:
    results = (
        (counts.supports, "favors it", "favor it"),
        (counts.no_difference, "finds no difference", "find no difference"),
        (counts.disputes, "favors the comparator", "favor the comparator"),
        (counts.mixed, "is mixed", "are mixed"),
    )
    return ", ".join(counted(*result) for result in results if result[0])


def _since_baseline(counts: Tally) -> str:
    results = (
        (counts.baseline_better, "reports improvement", "report improvement"),
        (counts.baseline_other, "reports none or mixed results", "report none or mixed results"),
    )
    return " and ".join(counted(*result) for result in results if result[0])


def _comparators(findings: Sequence[Finding]) -> str:
    """Return what cohorts compared with; one that has several comparators counts for each."""
    found: dict[str, set[str]] = defaultdict(set)
    for entry in findings:
        if entry.other and not entry.within and entry.comparator != BASELINE:
            found[entry.comparator].add(entry.study.cohort)
    return ", ".join(
        f"{words} in {len(found[kind])}" for kind, words in WORDS.items() if kind in found
    )


def _narrow_measures(findings: Sequence[Finding]) -> list[str]:
    """Return how many cohorts measured nothing that a doctor saw or counted on the patient."""
    classes: dict[str, set[str]] = defaultdict(set)
    for entry in findings:
        classes[entry.study.cohort] |= entry.outcome.classes
    parts = []
    for kind, words in (("Surrogate", "surrogate"), ("PatientReported", "patient-reported")):
        if number := sum(found == {kind} for found in classes.values()):
            on = f"on {words} measures alone"
            parts.append(counted(number, f"rests {on}", f"rest {on}"))
    return parts


def treatment_gaps(
    findings: Sequence[Finding], without_result: int, related: int
) -> tuple[str, ...]:
    """Return what the studies of a treatment question leave open.

    Args:
        findings: everything that was found, reviews included.
        without_result: how many more studies gave what was asked for and report no result.
        related: how many more used patches or injections.
    """
    primary = [entry for entry in findings if not entry.study.review]
    studies = {entry.study.cohort: entry.study for entry in primary}
    gaps = []
    if primary and not any(study.randomized for study in studies.values()):
        gaps.append("No randomized study.")
    if primary and not {entry.comparator for entry in primary} & {"NoTreatment", "PlaceboOrSham"}:
        gaps.append("No study against no treatment, placebo or sham.")
    if primary and not any("Clinical" in entry.outcome.classes for entry in primary):
        gaps.append("No clinical measure: patient-reported or surrogate measures only.")
    most = max((study.participants or 0 for study in studies.values()), default=0)
    if 0 < most < ENOUGH:
        gaps.append(f"No study of {ENOUGH} participants or more; the largest has {most}.")
    if without_result:
        more = counted(without_result, "more study", "more studies")
        gaps.append(f"{more} gave it; the text that was read states no result on benefit.")
    if related:
        more = counted(related, "more study", "more studies")
        gaps.append(
            f"{more} used patches or injections, which do not count as needling "
            "(procedure related-transcutaneous-technique)."
        )
    return tuple(gaps)


# --- safety ----------------------------------------------------------------------------------


def safety_verdict(
    event: str, subject: str, reports: Sequence[Report], silent: int, free: int
) -> str:
    """Return the verdict on a question of safety.

    Args:
        event: the adverse event, as text.
        subject: what was given, as text.
        reports: all reports of it, reviews included.
        silent: how many further studies (cohorts, without reviews) gave what was asked for and do
            not report it in any arm.
        free: how many of these state that nothing untoward, or nothing serious, occurred.
    """
    studies = _by_cohort(entry for entry in reports if not entry.study.review)
    rest = _silence(event, silent, free, among=bool(studies))
    if not studies:
        head = f"No study in this graph reports {event} in an arm of {subject.rstrip(',')}."
        return f"{head} {rest}".strip()
    verb = "reports" if len(studies) == 1 else "report"
    head = f"{_counted(studies)} of {subject} {verb} {event}; {_seriousness(reports)}"
    return f"{head}; {_level(studies)}. {rest}".strip()


def _seriousness(reports: Sequence[Report]) -> str:
    """Return how many studies, and apart from them reviews, call an event serious."""
    serious = [entry.study for entry in reports if entry.seriousness == "Serious"]
    studies = len({study.cohort for study in serious if not study.review})
    reviews = len({study.iri for study in serious if study.review})
    if not reviews:
        return _call_it_serious(studies)
    also = counted(reviews, "review does", "reviews do")
    return f"{_call_it_serious(studies)}, {'and' if studies else 'but'} {also}"


def _call_it_serious(studies: int) -> str:
    if not studies:
        return "no study calls it serious"
    return counted(studies, "calls it serious", "call it serious")


def _silence(event: str, number: int, free: int, *, among: bool) -> str:
    """Return a sentence on the studies that do not report an event."""
    if not number:
        return ""
    other = "other " if among else ""
    if number == 1:
        head, stated = f"The {other}study of this treatment does not", "it states"
    else:
        head = f"The {other}{number} studies of this treatment do not"
        stated = f"{free} of them {'states' if free == 1 else 'state'}"
    tail = f"; {stated} that nothing untoward, or nothing serious, occurred" if free else ""
    return f"{head} report {event}, which does not mean that it did not occur{tail}."


def safety_gaps(reports: Sequence[Report], without_arm: int) -> tuple[str, ...]:
    """Return what the reports of an event leave open.

    Args:
        reports: all reports of it.
        without_arm: how many more studies report it without naming the arm.
    """
    gaps = []
    if reports and not any(entry.at_risk for entry in reports):
        gaps.append("No report says among how many people the event was looked for.")
    if any(entry.at_risk for entry in reports):
        gaps.append(
            "Rates rest on the studies that state how many were affected and how many were looked "
            "at; those in which the event did not occur rarely do."
        )
    if without_arm:
        more = counted(without_arm, "more study reports", "more studies report")
        gaps.append(f"{more} it without naming the arm.")
    return tuple(gaps)


# --- both ------------------------------------------------------------------------------------


def review_sentence(studies: Iterable[Study]) -> str:
    """Return the sentence on reviews, which are never added to studies; empty without any."""
    reviews = {study.iri: study for study in studies if study.review}
    if not reviews:
        return ""
    best = min((study.level for study in reviews.values() if study.level), default=None)
    level = f"; best starting level {best}" if best else ""
    bear = counted(len(reviews), "review also bears", "reviews also bear")
    verb, they = ("is", "it") if len(reviews) == 1 else ("are", "they")
    return f"{bear} on it and {verb} not added to the studies, which {they} may include{level}."


def unpaired_sentence(effects: int) -> str:
    """Return the sentence on effects that stand alone; empty where there are none."""
    if not effects:
        return ""
    return (
        f"Not pooled: {counted(effects, 'effect', 'effects')} without a second study to pool with."
    )


def _by_cohort(entries: Iterable[Finding | Report]) -> list[list[Study]]:
    """Return the studies of entries, grouped by cohort."""
    groups: dict[str, dict[str, Study]] = defaultdict(dict)
    for entry in entries:
        groups[entry.study.cohort][entry.study.iri] = entry.study
    return [list(groups[cohort].values()) for cohort in sorted(groups)]


def _counted(studies: list[list[Study]]) -> str:
    """Return how many studies there are, how many are randomized, and with how many people."""
    number, reports = len(studies), sum(len(cohort) for cohort in studies)
    randomized = sum(any(report.randomized for report in cohort) for cohort in studies)
    among = f"{randomized} randomized"
    if number == 1:
        among = "randomized" if randomized else "not randomized"
    in_reports = f" in {reports} reports" if reports > number else ""
    total = counted(number, "study", "studies")
    return f"{total}{in_reports} ({among}, {_participants(studies)})"


def _participants(studies: list[list[Study]]) -> str:
    """Return how many people took part, each cohort with its largest report."""
    stated = [max((r.participants or 0 for r in cohort), default=0) for cohort in studies]
    stating = sum(n > 0 for n in stated)
    if not stating:
        return "number of participants not stated"
    among = f" in the {stating} that state them" if stating < len(stated) else ""
    return f"{sum(stated):,} participants{among}"


def _level(studies: list[list[Study]]) -> str:
    levels = [report.level for cohort in studies for report in cohort if report.level]
    best = f"best starting level {min(levels)}" if levels else "no starting level"
    return f"{best}; nobody has appraised {'these studies' if len(studies) > 1 else 'this study'}"
