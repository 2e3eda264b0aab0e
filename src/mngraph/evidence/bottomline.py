"""The bottom line of a verdict on treatment: what it was compared with, and which did better.

A combination that did better than the procedure does not speak against the procedure. What was
compared with something else comes first; comparisons of two combinations have their own sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

from mngraph.evidence.stance import Tally, leaning
from mngraph.wording import counted, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked, what was given, and comparisons with another combination, in words."""

    subject: str
    given: str
    others: str


Tallied = tuple[Tally, Tally]
"""How cohorts stand: all of them, and the randomized ones."""


def lead(asked: Asked, plain: Tallied, more: Tallied) -> str:
    """Return what was found against something else, then against other combinations.

    Args:
        asked: what was asked.
        plain: how the cohorts stand without comparisons of two combinations.
        more: how those stand that compare with another combination only.

    >>> asked = Asked(subject="needling alone for scars", given="needling alone",
    ...               others="needling with something else")
    >>> lead(asked, (Tally(supports=1), Tally(supports=1)), (Tally(disputes=2), Tally(disputes=2)))
    '1 randomized study compares needling alone for scars with something else. It favors needling \
alone. 2 more randomized studies compare it with needling with something else: both favor that.'
    """
    every, trials = plain
    if every.compared:
        besides = _besides(asked, bool(trials.compared), *more)
        return " ".join(filter(None, (_against_others(asked, every, trials), besides)))
    if more[0].compared:
        return _only_combinations(asked, *more)
    if not every.baseline_only:
        forms = counted(every.within, "study compares", "studies compare")
        return f"{forms} forms of {asked.subject}, and none compares it with anything else."
    number = counted(every.baseline_only, "study looks", "studies look")
    return (
        f"No study compares {asked.subject} with anything else. "
        f"{number} only at before and after treatment: {since_baseline(every)}."
    )


def _against_others(asked: Asked, every: Tally, trials: Tally) -> str:
    found = leaning(every, trials)
    deciding, kind = (trials, "randomized ") if found.randomized else (every, "")
    missing = "" if found.randomized else " None of them is randomized."
    if found.studies == 1:
        missing = "" if found.randomized else " It is not randomized."
        head = f"1 {kind}study compares {asked.subject} with something else."
        return f"{head} It {says(deciding, asked.given)}.{missing}"
    head = f"{found.studies} {kind}studies compare {asked.subject} with something else."
    return f"{head} {compared_words(deciding)}.{missing}"


def _only_combinations(asked: Asked, every: Tally, trials: Tally) -> str:
    """Return what was found where each comparison is with another combination."""
    deciding, kind = (trials, "randomized ") if trials.compared else (every, "")
    missing = "" if trials.compared else " None of these is randomized."
    studies = counted(deciding.compared, f"{kind}study compares", f"{kind}studies compare")
    head = (
        f"{studies} {asked.subject} with {asked.others}. No study compares it with anything else."
    )
    if deciding.compared == 1:
        return f"{head} The comparison {says(deciding, asked.given)}.{missing}"
    return f"{head} {compared_words(deciding)}.{missing}"


def _besides(asked: Asked, randomized: bool, every: Tally, trials: Tally) -> str:
    """Return the sentence on the studies that compare with another combination only.

    Args:
        asked: what was asked.
        randomized: whether the sentence before is on randomized studies.
        every: how these studies stand.
        trials: how the randomized ones among them stand; where the sentence before is on randomized
            studies, the others are left to the points below.
    """
    deciding = trials if randomized or trials.compared else every
    if not deciding.compared:
        return ""
    kind = {True: "more randomized ", False: "randomized " if trials.compared else "more "}
    one, many = (f"{kind[randomized]}{noun}" for noun in ("study compares", "studies compare"))
    head = f"{counted(deciding.compared, one, many)} it with {asked.others}"
    if deciding.compared == 1:
        return f"{head}, and {says(deciding, other='that')}."
    return f"{head}: {lowered(compared_words(deciding, other='that'))}."


def lowered(words: str) -> str:
    """Return words with a small first letter, to follow a colon.

    >>> lowered("All 3 favor it")
    'all 3 favor it'
    """
    return f"{words[0].lower()}{words[1:]}"


def says(counts: Tally, it: str = "it", other: str = "the comparator") -> str:
    """Return what the only study of some counts says.

    >>> says(Tally(supports=1), "needling"), says(Tally(disputes=1), other="that")
    ('favors needling', 'favors that')
    """
    if counts.supports:
        return f"favors {it}"
    if counts.disputes:
        return f"favors {other}"
    return "finds no difference" if counts.no_difference else "has mixed results"


def compared_words(counts: Tally, other: str = "the comparator") -> str:
    """Return how the studies stand that compared, as a list of counts.

    >>> compared_words(Tally(supports=2)), compared_words(Tally(supports=2, mixed=1))
    ('Both favor it', '2 favor it and 1 has mixed results')
    """
    results = (
        (counts.supports, "favors it", "favor it"),
        (counts.no_difference, "finds no difference", "find no difference"),
        (counts.disputes, f"favors {other}", f"favor {other}"),
        (counts.mixed, "has mixed results", "have mixed results"),
    )
    found = [result for result in results if result[0]]
    if len(found) == 1 and found[0][0] > 1:
        number, _, words = found[0]
        return f"{'Both' if number == 2 else f'All {number}'} {words}"
    return listed(counted(*result) for result in found)


def all_comparisons(asked: Asked, plain: Tallied, more: Tallied) -> str:
    """Return the counts of all comparisons, where the bottom line has the randomized ones."""
    if not any(trials.compared for _, trials in (plain, more)):
        return ""
    if all(every.compared == trials.compared for every, trials in (plain, more)):
        return ""
    first = plain[0] if plain[0].compared else more[0]
    said = compared_words(first) if first.compared > 1 else f"It {says(first)}"
    number = counted(first.compared, "study", "studies")
    line = f"All comparisons, randomized or not: {number}. {said}."
    rest = more[0] if plain[0].compared else Tally()
    return " ".join(filter(None, (line, _besides(asked, False, rest, Tally()))))


def since_baseline(counts: Tally) -> str:
    """Return how the studies stand that looked at before and after treatment alone.

    >>> since_baseline(Tally(baseline_better=2, baseline_other=1))
    '2 report improvement and 1 reports none or mixed results'
    """
    results = (
        (counts.baseline_better, "reports improvement", "report improvement"),
        (counts.baseline_other, "reports none or mixed results", "report none or mixed results"),
    )
    return listed(counted(*result) for result in results if result[0])
