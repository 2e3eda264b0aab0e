"""Verdicts: what the studies of a question found, in words that go no further than the counts.

A verdict counts studies, not outcomes; reports of one cohort are one study, reviews have a sentence
of their own, and a level is always a starting level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mngraph.evidence import claims
from mngraph.evidence.findings import Finding, Report, Study
from mngraph.evidence.lines import Line, agreed


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cohorts stand how; the first four were compared, the next two were not."""

    supports: int = 0
    no_difference: int = 0
    disputes: int = 0
    mixed: int = 0
    baseline_better: int = 0
    baseline_other: int = 0
    within: int = 0

    @property
    def compared(self) -> int:
        """How many cohorts were held against a comparator outside the question."""
        return self.supports + self.no_difference + self.disputes + self.mixed


def tally(findings: Iterable[Finding]) -> Tally:
    """Return how the cohorts of findings stand; reviews are to be left out before.

    The rules are those of `mngraph.evidence.claims.standings`, for a question in place of a claim.
    """
    entries = list(findings)
    says: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for entry in entries:
        if not entry.within:
            other = entry.other.iri if entry.other else ""
            says[entry.study.iri, entry.arm.iri, other].add(entry.stance)
    lines = [Line("", study, arm, other, agreed(s)) for (study, arm, other), s in says.items()]
    studies = {entry.study.iri: claims.Study(entry.study.cohort) for entry in entries}
    standings = claims.standings(lines, studies)
    unclear = {
        entry.study.cohort
        for entry in entries
        if entry.direction == "Mixed" and entry.other and not entry.within
    }
    counts: dict[str, int] = defaultdict(int)
    for cohort in sorted({entry.study.cohort for entry in entries}):
        counts[_place(standings.get(cohort), unclear=cohort in unclear)] += 1
    return Tally(**counts)


def _place(standing: claims.Standing | None, *, unclear: bool) -> str:
    if standing is None:
        return "within"
    if not standing.compared:
        return "baseline_better" if standing.stance == "Supports" else "baseline_other"
    if standing.stance == "Inconclusive":
        return "mixed" if unclear else "no_difference"
    return {"Supports": "supports", "Disputes": "disputes", "MixedStance": "mixed"}[standing.stance]


def treatment_verdict(subject: str, findings: Sequence[Finding]) -> str:
    """Return the verdict on a treatment question.

    Args:
        subject: what was asked, in words: "microneedling for acne scar".
        findings: everything that was found, reviews included.
    """
    primary = [entry for entry in findings if not entry.study.review]
    studies = _studies(primary)
    if not studies:
        return f"No study in this graph has a result on {subject}. That is a gap, not a finding."
    counts = tally(primary)
    parts = [f"{_counted(studies)} of {subject}"]
    if counts.compared:
        parts.append(f"{counts.compared} against a comparator: {_compared(counts)}")
        parts.append(f"compared with {_comparators(primary)}")
    before = counts.baseline_better + counts.baseline_other
    if before:
        told = " and ".join(
            f"{n} report{_s(n)} {words}"
            for n, words in (
                (counts.baseline_better, "improvement"),
                (counts.baseline_other, "none or mixed results"),
            )
            if n
        )
        parts.append(f"{before} only before and after treatment, the weakest comparison: {told}")
    if counts.within:
        parts.append(f"{counts.within} only compare{_s(counts.within)} one form of it with another")
    parts += _narrow_measures(primary)
    return "; ".join(parts) + "; " + _level(studies) + "."


KINDS = {
    "NoTreatment": "no treatment",
    "PlaceboOrSham": "placebo or sham",
    "ProcedureAlone": "the procedure alone",
    "ModalityAlone": "the same modality without needling",
    "OtherCombination": "needling of another kind or with something else",
    "OtherTreatment": "another treatment",
}
"""Kinds of comparator in words, the plainest first."""


def _comparators(findings: Sequence[Finding]) -> str:
    """Tell with what cohorts compared; one that has several comparators counts for each."""
    found: dict[str, set[str]] = defaultdict(set)
    for entry in findings:
        if entry.other and not entry.within:
            found[entry.kind].add(entry.study.cohort)
    told = [f"{words} in {len(found[kind])}" for kind, words in KINDS.items() if kind in found]
    return ", ".join(told)


def _narrow_measures(findings: Sequence[Finding]) -> list[str]:
    """Tell how many cohorts measured nothing that a doctor saw or counted on the patient."""
    classes: dict[str, set[str]] = defaultdict(set)
    for entry in findings:
        classes[entry.study.cohort] |= entry.classes
    said = []
    for kind, words in (("Surrogate", "surrogate"), ("PatientReported", "patient-reported")):
        number = sum(found == {kind} for found in classes.values())
        if number:
            said.append(f"{number} rest{_s(number)} on {words} measures alone")
    return said


def safety_verdict(
    event: str, subject: str, reports: Sequence[Report], silent: int, free: int
) -> str:
    """Return the verdict on a question of safety.

    Args:
        event: the adverse event, in words.
        subject: what was given, in words.
        reports: all reports of it, reviews included.
        silent: how many further studies (cohorts, without reviews) gave what was asked for and do
            not report it in any arm.
        free: how many of these state that nothing untoward, or nothing serious, occurred.
    """
    studies = _studies(entry for entry in reports if not entry.study.review)
    rest = _silence(event, silent, free, among=bool(studies))
    if not studies:
        head = f"No study in this graph reports {event} in an arm of {subject.rstrip(',')}."
        return f"{head} {rest}".strip()
    weight = _seriousness(reports)
    verb = f"report{_s(len(studies))}"
    head = f"{_counted(studies)} of {subject} {verb} {event}; {weight}; {_level(studies)}."
    return f"{head} {rest}".strip()


def _seriousness(reports: Sequence[Report]) -> str:
    """Tell how many studies, and apart from them reviews, call an event serious."""
    grave = [e.study for e in reports if e.values.get("seriousness", "").endswith("#Serious")]
    studies = len({study.cohort for study in grave if not study.review})
    reviews = len({study.iri for study in grave if study.review})
    told = f"{studies} call{_s(studies)} it serious" if studies else "none calls it serious"
    if reviews:
        told += f", {reviews} review{'' if reviews == 1 else 's'} do{'es' * (reviews == 1)}"
    return told


def _silence(event: str, number: int, free: int, *, among: bool) -> str:
    """Tell what the studies that do not report an event say, and do not say."""
    if not number:
        return ""
    other = "other " if among else ""
    head = f"The {other}{number} studies of it do not"
    told = f"{free} of them state{_s(free)}"
    if number == 1:
        head, told = f"The {other}study of it does not", "it states"
    tail = f"; {told} that nothing untoward, or nothing serious, occurred" if free else ""
    return f"{head} report {event}, which does not say that it did not occur{tail}."


def review_sentence(studies: Iterable[Study]) -> str:
    """Return the sentence on reviews, which are never added to studies; empty without any."""
    reviews = sorted({study.iri: study for study in studies if study.review}.values(),
                     key=lambda study: (study.level or 9, study.label))  # fmt: skip
    if not reviews:
        return ""
    best = min((study.level for study in reviews if study.level), default=None)
    level = f"; best starting level {best}" if best else ""
    one = len(reviews) == 1
    return (
        f"{len(reviews)} review{'' if one else 's'} also bear{'s' if one else ''} on it and "
        f"{'is' if one else 'are'} not added up with the studies, "
        f"which {'it' if one else 'they'} may include{level}."
    )


def _studies(entries: Iterable[Finding | Report]) -> list[list[Study]]:
    """Return the studies of entries, grouped by cohort."""
    groups: dict[str, dict[str, Study]] = defaultdict(dict)
    for entry in entries:
        groups[entry.study.cohort][entry.study.iri] = entry.study
    return [list(groups[cohort].values()) for cohort in sorted(groups)]


def _counted(studies: list[list[Study]]) -> str:
    number = len(studies)
    randomised = sum(any(report.randomised for report in cohort) for cohort in studies)
    among = "" if number == 1 else f"{randomised} randomized, "
    if number == 1:
        among = "randomized, " if randomised else "not randomized, "
    stated = [max((r.participants or 0 for r in cohort), default=0) for cohort in studies]
    silent = sum(n == 0 for n in stated)
    people = f"{sum(stated):,} participants" if sum(stated) else "number of participants not stated"
    without = f" in the {number - silent} that state them" if sum(stated) and silent else ""
    reports = sum(len(cohort) for cohort in studies)
    several = f" in {reports} reports" if reports > number else ""
    return f"{number} stud{'y' if number == 1 else 'ies'}{several} ({among}{people}{without})"


def _compared(counts: Tally) -> str:
    said = (
        (counts.supports, "favours it", "favour it"),
        (counts.no_difference, "finds no difference", "find no difference"),
        (counts.disputes, "favours the comparator", "favour the comparator"),
        (counts.mixed, "is mixed", "are mixed"),
    )
    return ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in said if n)


def _level(studies: list[list[Study]]) -> str:
    levels = [report.level for cohort in studies for report in cohort if report.level]
    best = f"best starting level {min(levels)}" if levels else "no starting level"
    return f"{best}; nobody has appraised {'these studies' if len(studies) > 1 else 'this study'}"


def _s(number: int) -> str:
    return "s" if number == 1 else ""
