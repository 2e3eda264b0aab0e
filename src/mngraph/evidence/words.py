"""Sentences beside a verdict: gaps and reviews; and the tally that a verdict rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mngraph.evidence import stance
from mngraph.evidence.comparators import OTHER_COMBINATION
from mngraph.evidence.model import Finding, Report, Study
from mngraph.evidence.stance import Comparison, Tally
from mngraph.wording import counted, listed

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


def apart(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Return findings without comparisons of two combinations, and these for all other studies.

    That a combination did better than the procedure does not speak against the procedure. Such a
    comparison counts on its own, and only for studies that compare with nothing else.
    """
    with_it = [
        entry for entry in findings if entry.comparator == OTHER_COMBINATION and not entry.within
    ]
    rest = [entry for entry in findings if entry.comparator != OTHER_COMBINATION or entry.within]
    found = stance.standings(said for entry in rest for said in comparisons(entry))
    compared = {cohort for cohort, standing in found.items() if standing.compared}
    return rest, [entry for entry in with_it if entry.study.cohort not in compared]


def treatment_gaps(
    findings: Sequence[Finding],
    without_result: int,
    related: int,
    other: str,
    inert: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """Return what the studies of a treatment question leave open.

    Args:
        findings: everything that was found, reviews included.
        without_result: how many more studies gave what was asked for and report no result.
        related: how many more used something that the packs are not about.
        other: what that is.
        inert: the modalities that are placebos; an arm that had one is a placebo arm as well.
    """
    primary = [entry for entry in findings if not entry.study.review]
    studies = {entry.study.cohort: entry.study for entry in primary}
    gaps = []
    if primary and not any(study.randomized for study in studies.values()):
        gaps.append("No randomized study.")
    placebo = any(entry.other and entry.other.modalities & inert for entry in primary)
    idle = {entry.comparator for entry in primary} & {"NoTreatment", "PlaceboOrSham"}
    if primary and not (idle or placebo):
        gaps.append("No study against no treatment, placebo or sham.")
    if primary and not any("Clinical" in entry.outcome.classes for entry in primary):
        gaps.append("No clinical measure: patient-reported or surrogate measures only.")
    most = max((study.participants or 0 for study in studies.values()), default=0)
    if 0 < most < ENOUGH:
        gaps.append(f"No study of {ENOUGH} participants or more; the largest has {most}.")
    if without_result:
        used = counted(without_result, "more study", "more studies")
        gaps.append(f"{used} used it, but the text that was read gives no result on benefit.")
    if related:
        more = counted(related, "more study", "more studies")
        gaps.append(f"{more} used {other}.")
    return tuple(gaps)


# --- safety ----------------------------------------------------------------------------------


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
    if any(entry.everywhere and entry.at_risk for entry in reports):
        gaps.append(
            "Rates include reports without an arm, of studies in which every treated arm had it. "
            "The query adverse-event-rates leaves them out."
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
    level = f" Highest design level: {best}." if best else ""
    listed = counted(len(reviews), "review is", "reviews are")
    they = "it" if len(reviews) == 1 else "they"
    return f"{listed} listed separately, because {they} may include the same studies.{level}"


def unpaired_sentence(effects: int) -> str:
    """Return the sentence on effects that stand alone; empty where there are none."""
    if not effects:
        return ""
    return (
        f"Not pooled: {counted(effects, 'effect', 'effects')} without a second study to pool with."
    )


def unestimated_sentence(reasons: Mapping[str, int]) -> str:
    """Return the sentence on studies that give no estimate of an effect; empty without any.

    >>> unestimated_sentence({"no numbers": 2, "several comparators": 1})
    'No effect could be estimated in 3 of the studies that compared: no numbers (2) and several \
comparators (1).'
    """
    if not reasons:
        return ""
    number = sum(reasons.values())
    why = listed(f"{reason} ({count})" for reason, count in reasons.items())
    return f"No effect could be estimated in {number} of the studies that compared: {why}."


def by_cohort(entries: Iterable[Finding | Report]) -> list[list[Study]]:
    """Return the studies of entries, grouped by cohort."""
    groups: dict[str, dict[str, Study]] = defaultdict(dict)
    for entry in entries:
        groups[entry.study.cohort][entry.study.iri] = entry.study
    return [list(groups[cohort].values()) for cohort in sorted(groups)]
