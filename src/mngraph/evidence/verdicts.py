"""Verdicts: the bottom line of an answer, and at most six points that it rests on.

A verdict counts studies, not outcomes; reports of one cohort are one study. It goes no further than
the counts, and its sentences are short: a list of counts stands in a sentence of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mngraph.evidence import rows
from mngraph.evidence.bottomline import (
    Asked,
    all_comparisons,
    compared_words,
    lead,
    lowered,
    says,
    since_baseline,
)
from mngraph.evidence.comparators import BASELINE, OTHER_COMBINATION, WORDS, named
from mngraph.evidence.model import Finding, Report, Study
from mngraph.evidence.pooling import TYPES, EventRate, Pooling
from mngraph.evidence.quality import NOT_ASSESSED
from mngraph.evidence.stance import Tally
from mngraph.evidence.words import apart, by_cohort, tally
from mngraph.wording import counted

MOST_POINTS = 6
COMPARED = [kind for kind in WORDS if kind != BASELINE]
STANDINGS = ("supports", "no_difference", "disputes", "mixed")
"""The fields of a tally that count comparisons."""
LEVELS = {
    1: "systematic review of randomized trials",
    2: "randomized trial",
    3: "controlled or cohort study without randomization",
    4: "study without a control group, or case report",
    5: "opinion or narrative review",
}
"""What stands at a starting level, in words: Oxford CEBM 2011, as in the vocabulary of designs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A bottom line and the points that it rests on, in sentences."""

    bottom_line: str
    points: tuple[str, ...] = ()


# --- treatment -------------------------------------------------------------------------------


def on_treatment(
    subject: str, findings: Sequence[Finding], pooled: Sequence[Pooling], noun: str,
    harms: str = "", *, given: str = "it", quality: str = NOT_ASSESSED,
) -> Verdict:  # fmt: skip
    """Return the verdict on a treatment question.

    Args:
        subject: what was asked, as text: "microneedling for acne scar".
        findings: everything that was found; reviews are left out of the counts.
        pooled: the groups of comparable effects.
        noun: the word for what is done, such as needling.
        harms: what is known of harms, in sentences.
        given: what was given, as text: "microneedling".
        quality: the sentence on what people judged.
    """
    primary = [entry for entry in findings if not entry.study.review]
    studies = by_cohort(primary)
    if not studies:
        missing = f"No study in this graph has a result on {subject}."
        bottom_line = f"{missing} That is a gap, not a finding."
        return Verdict(bottom_line=bottom_line, points=tuple(filter(None, (harms,))))
    every, _ = tallies(primary)
    plain, more = (tallies(entries) for entries in apart(primary))
    asked = Asked(subject=subject, given=given, others=named(OTHER_COMBINATION, noun))
    others = (
        _weaker(every),
        harms,
        " ".join(filter(None, (_strength(studies), _narrow_measures(primary), _size(pooled)))),
    )
    below = [all_comparisons(asked, plain, more), *filter(None, others)]
    above = _comparators(primary, noun, MOST_POINTS - len(list(filter(None, below))))
    points = (*above, *filter(None, below))
    return Verdict(
        bottom_line=f"{lead(asked, plain, more)} {quality}",
        points=points,
    )


def tallies(findings: Sequence[Finding]) -> tuple[Tally, Tally]:
    """Return how the cohorts of findings stand: all of them, and the randomized ones."""
    return tally(findings), tally(entry for entry in findings if entry.study.randomized)


def _comparators(findings: Sequence[Finding], noun: str, most: int) -> Iterator[str]:
    """Yield how cohorts stand against each kind of comparator, those with randomized ones first.

    Args:
        findings: the findings of studies.
        noun: the word for what is done, such as needling.
        most: the most points; the last one holds all that is left.
    """
    found: dict[str, list[Finding]] = defaultdict(list)
    for entry in findings:
        if entry.other and not entry.within and entry.comparator in COMPARED:
            found[entry.comparator].append(entry)
    counts = [(kind, *tallies(found[kind])) for kind in COMPARED if kind in found]
    counts = [each for each in counts if each[1].compared]
    counts.sort(key=lambda each: (-each[2].compared, -each[1].compared))
    sentences = [_against(named(kind, noun), *tallied) for kind, *tallied in counts]
    cohorts = {entry.study.cohort for own in found.values() for entry in own}
    if sentences and sum(each[1].compared for each in counts) > len(cohorts):
        sentences[-1] += " A study with several comparators counts for each."
    yield from sentences[: most - 1]
    if len(sentences) >= most:
        yield " ".join(sentences[most - 1 :])


def _against(comparator: str, every: Tally, trials: Tally) -> str:
    """Return how studies stand against one kind of comparator, randomized ones first.

    >>> _against("the procedure alone", Tally(supports=3, disputes=1), Tally(supports=2))
    'Against the procedure alone, 2 randomized studies: both favor it. 2 more are not randomized: \
1 favors it and 1 favors the comparator.'
    """
    head = f"Against {comparator}"
    rest = Tally(**{name: getattr(every, name) - getattr(trials, name) for name in STANDINGS})
    if not trials.compared:
        number = counted(rest.compared, "study", "studies")
        return f"{head}, {number}, not randomized{_results(rest)}."
    number = counted(trials.compared, "randomized study", "randomized studies")
    said = f"{head}, {number}{_results(trials)}."
    if not rest.compared:
        return said
    if rest.compared == 1:
        return f"{said} 1 more is not randomized and {says(rest)}."
    return f"{said} {rest.compared} more are not randomized{_results(rest)}."


def _results(counts: Tally) -> str:
    """Return how studies stand, to follow their number."""
    if counts.compared == 1:
        return f", which {says(counts)}"
    return f": {lowered(compared_words(counts))}"


def _weaker(every: Tally) -> str:
    """Return what is known beside comparisons: before and after, and forms of the treatment."""
    sentences = []
    if every.compared and every.baseline_only:
        looks = counted(every.baseline_only, "study looks", "studies look")
        sentences.append(
            f"{looks} only at before and after treatment, the weakest kind of evidence: "
            f"{since_baseline(every)}."
        )
    if every.within and (every.compared or every.baseline_only):
        forms = counted(every.within, "study only compares", "studies only compare")
        sentences.append(f"{forms} forms of it.")
    return " ".join(sentences)


def _narrow_measures(findings: Sequence[Finding]) -> str:
    """Return how many cohorts measured nothing that a doctor saw or counted on the patient."""
    classes: dict[str, set[str]] = defaultdict(set)
    for entry in findings:
        classes[entry.study.cohort] |= entry.outcome.classes
    sentences = []
    for kind, words in (("Surrogate", "surrogate"), ("PatientReported", "patient-reported")):
        if number := sum(found == {kind} for found in classes.values()):
            rests = counted(number, "study rests", "studies rest")
            sentences.append(f"{rests} on {words} measures alone.")
    return " ".join(sentences)


def _size(pooled: Sequence[Pooling]) -> str:
    """Return the size of the effect where it was pooled, or how many effects stand alone."""
    for group in pooled:
        if group.pooled and group.estimates[0].against != OTHER_COMBINATION:
            size = f"{TYPES[group.kind]} {rows.interval_words(group.random())}"
            number = counted(len(group.estimates), "study", "studies")
            return f"Size: {size} for {group.measure} against {group.comparator}, from {number}."
    stated = sum(len(group.estimates) for group in pooled)
    if not stated:
        return ""
    has = counted(stated, "comparison has", "comparisons have")
    alone = "; none of these can be pooled" if not any(group.pooled for group in pooled) else ""
    return f"Size: {has} an estimate of the effect{alone if stated > 1 else ''}."


# --- safety ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How many studies (cohorts, without reviews) gave what is asked for without the event there.

    Attributes:
        silent: do not report the event in any arm.
        free: of these, state that there were no adverse events, or no serious ones.
        elsewhere: report the event in another arm only.
        unplaced: report it without naming the arm, which may be another one.
        in_part: of how many of the silent ones only a part of the text was read.
    """

    silent: int = 0
    free: int = 0
    elsewhere: int = 0
    unplaced: int = 0
    in_part: int = 0


def on_safety(
    event: str, subject: str, reports: Sequence[Report], silence: Silence,
    rates: Sequence[EventRate] = (), quality: str = NOT_ASSESSED,
) -> Verdict:  # fmt: skip
    """Return the verdict on a question of safety.

    Args:
        event: the adverse event, as text.
        subject: what was given, as text.
        reports: all reports of it, reviews included.
        silence: the studies that do not report it.
        rates: how often it was seen, where that is stated.
        quality: the sentence on what people judged.
    """
    studies = by_cohort(entry for entry in reports if not entry.study.review)
    unseen = _silence(silence, among=bool(studies))
    if not studies:
        bottom_line = f"No study in this graph reports {event} after {subject.rstrip(',')}."
        return Verdict(bottom_line=bottom_line, points=tuple(filter(None, (unseen,))))
    head = f"{_reporting(studies)} {event} after {subject.rstrip(',')}."
    return Verdict(
        bottom_line=f"{head} {_seriousness(reports)} {quality}",
        points=tuple(filter(None, (*map(_rate, rates), unseen, _strength(studies)))),
    )


def _reporting(studies: list[list[Study]]) -> str:
    number = len(studies)
    randomized = sum(any(report.randomized for report in cohort) for cohort in studies)
    if number == 1:
        return f"1 {'randomized ' if randomized else ''}study reports"
    return f"{number:,} studies, {randomized or 'none'} of them randomized, report"


def _seriousness(reports: Sequence[Report]) -> str:
    """Return how many studies, and apart from them reviews, rated an event serious."""
    serious = [entry.study for entry in reports if entry.seriousness == "Serious"]
    studies = len({study.cohort for study in serious if not study.review})
    reviews = len({study.iri for study in serious if study.review})
    rated = counted(studies, "study", "studies") if studies else "No study"
    also = f"; {counted(reviews, 'review')} did" if reviews else ""
    return f"{rated} rated it serious{also}."


def _silence(silence: Silence, *, among: bool) -> str:
    """Return sentences on the studies that do not report an event."""
    number, free, elsewhere = silence.silent, silence.free, silence.elsewhere
    in_part = ""
    if silence.in_part and number:
        whose = "its text" if number == 1 else f"the text of {silence.in_part:,} of them"
        in_part = f" Only a part of {whose} was read."
    only = counted(elsewhere, "study reports", "studies report")
    before = f"{only} it only in another arm. " if elsewhere else ""
    if silence.unplaced:
        named = counted(silence.unplaced, "study reports", "studies report")
        before += f"{named} it without saying in which arm. "
    if not number:
        return before.strip()
    other = "other " if among or before else ""
    if number == 1:
        head, stated = f"The {other}study does not report it", "It states"
    else:
        head = f"The {other}{number:,} studies do not report it"
        stated = f"{free:,} of them {'states' if free == 1 else 'state'}"
    tail = f" {stated} that there were no adverse events, or no serious ones." if free else ""
    return f"{before}{head}, which does not mean that it did not occur.{tail}{in_part}"


def _rate(rate: EventRate) -> str:
    if not rate.at_risk:
        return ""
    number = counted(len({report.study.cohort for report in rate.reports}), "study", "studies")
    event = rate.event[:1].upper() + rate.event[1:]
    return f"{event}: {rate.affected} of {rate.at_risk} people, in {number}."


# --- both ------------------------------------------------------------------------------------


def _strength(studies: Sequence[list[Study]]) -> str:
    """Return how many studies there are, with how many people, and the highest design level."""
    levels = [report.level for cohort in studies for report in cohort if report.level]
    best = f"{min(levels)} ({LEVELS[min(levels)]})" if levels else "not known"
    reports = sum(map(len, studies))
    number = counted(len(studies), "study", "studies")
    number += f" in {reports} reports" if reports > len(studies) else ""
    return f"In all: {number}, {_participants(studies)}. Highest design level: {best}."


def _participants(studies: Sequence[list[Study]]) -> str:
    """Return how many people took part, each cohort with its largest report."""
    stated = [max((r.participants or 0 for r in cohort), default=0) for cohort in studies]
    stating = sum(n > 0 for n in stated)
    if not stating:
        return "number of participants not stated"
    among = f" in the {stating} that state{'s' if stating == 1 else ''} them"
    return f"with {counted(sum(stated), 'participant')}{among if stating < len(stated) else ''}"
