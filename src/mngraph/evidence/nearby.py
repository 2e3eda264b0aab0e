"""What is near a question to which no study, or no comparison, gives an answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from mngraph import context
from mngraph.evidence import phrasing, words
from mngraph.evidence.facts import Facts
from mngraph.evidence.model import Finding, Near, Question, Report, Study
from mngraph.evidence.partners import STANCES
from mngraph.evidence.stance import Tally
from mngraph.wording import counted

MOST = 6
"""Most entries of an answer."""
MOST_SIBLINGS = 2
"""Most entries on other indications of the same group."""
MOST_NAMES = 5
"""Most studies that a sentence names."""
WORDS = {
    "supports": "in favor", "no_difference": "no difference", "disputes": "against",
    "mixed": "mixed",
}  # fmt: skip
"""What a comparison says, in a sentence."""


def nearby(facts: Facts, question: Question, found: Sequence[Finding | Report]) -> tuple[Near, ...]:
    """Return what is near a question on which nothing, or nothing compared, was found.

    Entries with the most randomized comparisons come first, then those with the most comparisons,
    then those with the most studies. Where the question has an answer there are none.

    Args:
        facts: the facts of a graph.
        question: what was asked.
        found: its findings, or for a question of safety its reports.
    """
    primary = [entry for entry in found if not entry.study.review]
    if _is_answered(primary):
        return ()
    entries = [*_without_procedure(facts, question), *_others(facts, question)]
    if not entries and question.modalities:  # what the question without them would be offered
        entries = list(nearby(facts, replace(question, modalities=(), only=False), ()))
    if primary:
        entries = [entry for entry in entries if entry.tally.compared]
    entries.sort(key=_strength, reverse=True)
    return tuple(entries[:MOST])


def broader(facts: Facts, question: Question, found: Sequence[Finding | Report]) -> str:
    """Return how much more evidence a broader indication has, and how to ask for it.

    The nearest broader indication that has more studies or reviews counts; of several, the one
    with the most studies. Empty where there is none, and where nothing was found: then `nearby`
    has it.
    """
    if not question.indication or not _is_answered([e for e in found if not e.study.review]):
        return ""
    own, seen = _cohorts(found), {question.indication}
    waiting = facts.broader(question.indication)
    while waiting:
        wider = [replace(question, indication=one) for one in waiting]
        read = facts.reports if question.event else facts.findings
        numbers = [(_cohorts(read(other)), other) for other in wider]
        most, best = max(numbers, key=lambda each: each[0])
        if most > own:
            studies, reviews = most
            also = f" and {counted(reviews, 'review')}" if reviews else ""
            number = f"{counted(studies, 'study', 'studies')}{also}"
            label = facts.label(str(best.indication))
            return f"Broader: {label} has {number}: {phrasing.command(best, facts.asked_graph)}"
        seen.update(waiting)
        waiting = sorted({up for one in waiting for up in facts.broader(one)} - seen)
    return ""


def _cohorts(found: Iterable[Finding | Report]) -> tuple[int, int]:
    """Return how many studies and how many reviews some findings or reports are of."""
    kinds = {(entry.study.cohort, entry.study.review) for entry in found}
    reviews = sum(review for _, review in kinds)
    return len(kinds) - reviews, reviews


def _is_answered(primary: Sequence[Finding | Report]) -> bool:
    findings = [entry for entry in primary if isinstance(entry, Finding)]
    return words.tally(findings).compared > 0 if findings else bool(primary)


def _strength(entry: Near) -> tuple[int, int, int]:
    return entry.randomized, entry.tally.compared, entry.studies


# --- questions that are a little different ---------------------------------------------------


def _others(facts: Facts, question: Question) -> list[Near]:
    """Return the entries on other questions that have an answer."""
    found = [_asked(facts, question, other) for other in _wider(facts, question)]
    siblings = [_asked(facts, question, other) for other in _siblings(facts, question)]
    siblings = sorted(siblings, key=_strength, reverse=True)
    shown = siblings[:MOST_SIBLINGS]
    same = {entry.studies for entry in shown}  # a group has the studies of its members
    found += [entry for entry in _groups(facts, question) if entry.studies not in same]
    return [entry for entry in [*found, *shown] if entry.studies]


def _wider(facts: Facts, question: Question) -> Iterator[Question]:
    """Yield the questions that ask for a little less, each once."""
    seen = {question}
    for other in _changed(facts, question):
        if other not in seen and (other.indication or other.modalities or other.event):
            seen.add(other)
            yield other


def _changed(facts: Facts, question: Question) -> Iterator[Question]:
    if question.limits:
        yield replace(question, randomized=False, level=None, since=None)
    if question.procedure:
        yield replace(question, procedure=None)
    if question.only:
        yield replace(question, only=False)
    if len(question.modalities) > 1:
        yield from (replace(question, modalities=(one,)) for one in question.modalities)
    without = replace(question, modalities=(), only=False)
    for modality in question.modalities if len(question.modalities) == 1 else ():
        for group in facts.broader(modality):
            yield replace(question, modalities=(group,))
    yield replace(without, alone=False)
    if question.event:
        yield from (replace(question, event=group) for group in facts.broader(question.event))
        yield replace(question, indication=None)
    else:
        yield replace(without, alone=True)
        if not (question.procedure or question.modalities):
            for other in facts.other_procedures:
                yield replace(without, alone=False, procedure=other)


def _groups(facts: Facts, question: Question) -> list[Near]:
    """Return the entries on the nearest broader indications for which there are studies."""
    waiting = facts.broader(question.indication) if question.indication else []
    seen: set[str] = set()
    while waiting:
        asked = [_asked(facts, question, replace(question, indication=one)) for one in waiting]
        if found := [entry for entry in asked if entry.studies]:
            return found
        seen.update(waiting)
        waiting = sorted({up for one in waiting for up in facts.broader(one)} - seen)
    return []


def _siblings(facts: Facts, question: Question) -> Iterator[Question]:
    """Yield the same question on the other indications of the same group."""
    if question.indication and not question.event:
        own = facts.narrower(question.indication)
        groups = facts.broader(question.indication)
        found = {one for group in groups for one in facts.one_step_narrower(group)} - own
        yield from (replace(question, indication=one) for one in sorted(found))


def _asked(facts: Facts, question: Question, other: Question) -> Near:
    """Return the entry on another question; it counts as the answer to that question does."""
    command = phrasing.command(other, facts.asked_graph)
    said = phrasing.subject(facts, other).rstrip(",")
    asks_for_partners = question.modalities and not (other.modalities or other.alone)
    if asks_for_partners and not question.event:
        said = said.replace(", alone or combined,", ", alone or with anything else,")
    if other.event:
        said = f"{facts.label(other.event)} after {said}"
        studies = [entry.study for entry in facts.reports(other) if not entry.study.review]
        cohorts = {study.cohort for study in studies}
        return Near(words=said, studies=len(cohorts), command=command)
    findings = [entry for entry in facts.findings(other) if not entry.study.review]
    return _counted(said, findings, command)


def _counted(said: str, findings: Sequence[Finding], command: str = "") -> Near:
    every = words.tally(findings)
    return Near(
        words=said,
        studies=every.total,
        tally=every,
        randomized=words.tally(entry for entry in findings if entry.study.randomized).compared,
        command=command,
    )


# --- the modality without the procedure ------------------------------------------------------


def _without_procedure(facts: Facts, question: Question) -> list[Near]:
    """Return the entries on the modalities of a question where they were given by themselves.

    Studies that compared them with a procedure of the packs are one entry, all others another.
    Other procedures, such as injections, have an answer that can be asked for.
    """
    if not question.modalities or question.event:
        return []
    given = facts.arms_without_procedure(question)
    named = " and ".join(facts.label(modality) for modality in question.modalities)
    noun = facts.noun_for(question.procedure)
    bare = f"{named} without {noun}"
    about = f" for {facts.label(question.indication)}" if question.indication else ""
    about += f" ({question.limits} only)" if question.limits else ""
    against = _against_procedure(facts, question, given)
    entries = []
    if against:
        entry = _counted(f"{bare}, compared with {noun}{about}", against)
        names = _names(found.study for found in against)
        listing = _comparisons(facts, question)
        entries.append(replace(entry, tally=_turned(entry.tally), names=names, command=listing))
    others_asked = (
        _asked(facts, question, replace(question, procedure=other))
        for other in facts.other_procedures
    )
    related = [entry for entry in others_asked if entry.studies]
    compared = {entry.study.cohort for entry in against}
    by_arm = facts.studies_by_arm(question, given).values()
    others = {study for studies in by_arm for study in studies if not study.review}
    left = {study for study in others if study.cohort not in compared}
    if left and not related:
        number = len({study.cohort for study in left})
        entries.append(Near(words=f"{bare}{about}", studies=number, names=_names(left)))
    return [*entries, *related]


def _comparisons(facts: Facts, question: Question) -> str:
    """Return the command that lists the comparisons for an indication; empty without one."""
    if not question.indication:
        return ""
    return phrasing.query("comparisons-of", facts.asked_graph, indication=question.indication)


def _against_procedure(facts: Facts, question: Question, arms: Collection[str]) -> list[Finding]:
    """Return the findings of studies that compared any procedure of the packs with some arms."""
    any_procedure = replace(question, procedure=None, modalities=(), only=False)
    return [
        entry
        for entry in facts.findings(any_procedure)
        if entry.other and entry.other.iri in arms and not entry.study.review
    ]


def _turned(tally: Tally) -> Tally:
    """Return a tally as the other side of each comparison sees it."""
    return replace(tally, supports=tally.disputes, disputes=tally.supports)


def _names(studies: Iterable[Study]) -> tuple[str, ...]:
    """Return studies by name and CURIE, each once."""
    found = {study.iri: study for study in studies}
    return tuple(f"{study.label} ({context.compact(iri)})" for iri, study in sorted(found.items()))


# --- as data and as text ---------------------------------------------------------------------


def plain(entry: Near) -> dict[str, Any]:
    """Return an entry as plain data: its fields, the counts of the tally among them."""
    counts = {name: getattr(entry.tally, name) for name in ("compared", *STANCES)}
    return {
        "words": entry.words,
        "studies": entry.studies,
        "randomized": entry.randomized,
        **counts,
        "names": list(entry.names),
        "command": entry.command or None,
    }


def sentence(entry: Near) -> str:
    """Return an entry in one line: what it is about, and what the studies of it found.

    >>> sentence(Near(words="x", studies=3, tally=Tally(supports=1, mixed=1), randomized=1))
    'x: 3 studies, 2 with a comparison (1 randomized): 1 in favor, 1 mixed'
    >>> sentence(Near(words="x", studies=1, names=("A 2020 (study:a)",)))
    'x: 1 study; only listed here: A 2020 (study:a)'
    """
    parts = [f"{entry.words}: {counted(entry.studies, 'study', 'studies')}"]
    if number := entry.tally.compared:
        found = {WORDS[name]: getattr(entry.tally, name) for name in STANCES}
        results = ", ".join(f"{count} {name}" for name, count in found.items() if count)
        among = "" if number == entry.studies else f", {number}"
        trials = {0: "none randomized", number: "randomized"}.get(
            entry.randomized, f"{entry.randomized} randomized"
        )
        parts.append(f"{among} with a comparison ({trials}): {results}")
    if entry.names:
        listed = "; ".join(entry.names[:MOST_NAMES])
        more = len(entry.names) - MOST_NAMES
        listed += f"; and {more} more" if more > 0 else ""
        parts.append(f"; {listed}" if entry.command else f"; only listed here: {listed}")
    return "".join(parts)
