"""What people judged of the certainty of evidence, or reviews state of it, beside the ceiling.

A judgment is on one claim: a procedure, what was given along with it, and an indication. A question
covers the claims that are as narrow as it is, or narrower; each judgment names its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mngraph.evidence.certainty import LEVELS
from mngraph.evidence.facts import Facts
from mngraph.evidence.model import Question
from mngraph.evidence.rows import Cell
from mngraph.tables import Table
from mngraph.wording import counted, listed

NOBODY = "Nobody has judged it."
TITLE = "Certainty: what people judged"
COLUMNS = ["claim", "outcome", "source", "certainty", "ceiling", "domains", "reason"]
ALL = "all outcomes"
SHOWN = 3
"""Most judgments that a line of text gives; the table has all."""
NO_REASON = frozenset({"not-serious", "undetected", "no"})
"""Judgments on a domain that change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One judgment of certainty.

    Attributes:
        claim: the claim, as text.
        outcome: the outcome measure that it is on, as text; empty for all outcomes.
        measure: the IRI of that measure; empty for all outcomes.
        who: who judged.
        stated_in: the review that states it, as text; empty where a person judged.
        place: where in the text of the review it stands.
        day: the day.
        level: the level of certainty, one of `certainty.LEVELS`.
        ceiling: the level that data allow for the claim; empty where the graph states none.
        why: the reason for the whole, if one is given.
        domains: for each domain its name, the judgment and the reason.
        is_narrower: whether the claim is narrower than the question.
    """

    claim: str
    outcome: str = ""
    measure: str = ""
    who: str = ""
    stated_in: str = ""
    place: str = ""
    day: str = ""
    level: str = ""
    ceiling: str = ""
    why: str = ""
    domains: tuple[tuple[str, str, str], ...] = ()
    is_narrower: bool = False

    @property
    def is_above(self) -> bool:
        """Whether it is above the ceiling that data allow for the claim.

        >>> Judged(claim="c", level="moderate", ceiling="low").is_above
        True
        """
        known = self.level in LEVELS and self.ceiling in LEVELS
        return known and LEVELS.index(self.level) > LEVELS.index(self.ceiling)

    @property
    def source(self) -> str:
        """Who judged and when, or where it is stated.

        >>> Judged(claim="c", who="Roe R", day="2026-11-28").source
        'judged by Roe R (2026-11-28)'
        """
        if self.stated_in:
            return f"stated in {self.stated_in}" + (f" ({self.place})" if self.place else "")
        return f"judged by {self.who} ({self.day})"

    @property
    def sentence(self) -> str:
        """The judgment in a sentence, with the fact that it is above the ceiling.

        >>> Judged(claim="P for I", who="Roe R", day="2026-11-28", level="low").sentence
        'P for I, all outcomes: judged by Roe R (2026-11-28): low.'
        """
        about = f"{self.claim}, {self.outcome or ALL}"
        above = (
            f" This is above the ceiling that data allow for the claim ({self.ceiling}); it is "
            "shown as it was given."
        )
        return f"{about}: {self.source}: {self.level}.{above if self.is_above else ''}"


def judged(facts: Facts, question: Question) -> tuple[Judged, ...]:
    """Return the judgments on the claims that a question covers, by claim and day.

    Args:
        facts: the facts of the graph.
        question: a question on a treatment.
    """
    found: dict[str, Judged] = {}
    modalities: dict[str, set[str]] = {}
    about: dict[str, Mapping[str, str]] = {}
    for row in facts.rows("certainty-judgements"):
        name = row["appraisal"]
        part = (row["domain"], row["judged"], row["reason"])
        one = found.get(name) or Judged(
            claim=row["label"], outcome=row.get("outcome", ""), measure=row.get("measure", ""),
            who=row["who"], stated_in=row.get("study", ""), place=row.get("place", ""),
            day=row["day"], level=row["level"], ceiling=row.get("ceiling", ""),
            why=row.get("why", ""),
        )  # fmt: skip
        if part not in one.domains:
            one = replace(one, domains=(*one.domains, part))
        found[name], about[name] = one, row
        modalities.setdefault(name, set()).update({row["modality"]} if "modality" in row else ())
    return tuple(
        replace(one, is_narrower=not _is_exact(facts, question, about[name], modalities[name]))
        for name, one in found.items()
        if _covers(facts, question, about[name], modalities[name])
    )


def _is_exact(
    facts: Facts, question: Question, claim: Mapping[str, str], modalities: set[str]
) -> bool:
    """Return whether a claim is the one that a question is about."""
    procedures = (question.procedure,) if question.procedure else facts.roots
    return (
        claim["procedure"] in procedures
        and claim["indication"] == question.indication
        and modalities == set(question.modalities)
    )


def _covers(
    facts: Facts, question: Question, claim: Mapping[str, str], modalities: set[str]
) -> bool:
    """Return whether a claim is one that a question asks about, or a narrower one."""
    procedures = [question.procedure] if question.procedure else list(facts.roots)
    if procedures and not any(claim["procedure"] in facts.narrower(each) for each in procedures):
        return False
    if question.indication and claim["indication"] not in facts.narrower(question.indication):
        return False
    asked = [facts.narrower(each) for each in question.modalities]
    if not all(modalities & each for each in asked):
        return False
    others = modalities - facts.inert.union(*asked)
    return not (others and (question.alone or question.only))


def line(found: Sequence[Judged]) -> str:
    """Return what people judged in a line, or that nobody did.

    >>> line([])
    'Nobody has judged it.'
    """
    if not found:
        return NOBODY
    rest = len(found) - SHOWN
    more = [f"{counted(rest, 'more judgment')} in the table."] if rest > 0 else []
    return " ".join([*(each.sentence for each in found[:SHOWN]), *more])


def beside(found: Iterable[Judged], domain: str, domains: Mapping[str, str]) -> str:
    """Return what people judged on one kind of outcome, for a row of the summary of findings.

    Args:
        found: the judgments.
        domain: the kind of outcome.
        domains: the kind of outcome of each measure, by the IRI of the measure.
    """
    told = [
        f"{each.source}: {each.level}, {each.outcome or ALL}"
        + (f", on {each.claim[:1].lower()}{each.claim[1:]} alone" if each.is_narrower else "")
        + (", above the ceiling of the claim" if each.is_above else "")
        for each in found
        if _is_on(each, domain, domains)
    ]
    return "; ".join(told) or "nobody has judged"


def is_judged(found: Iterable[Judged], domain: str, domains: Mapping[str, str]) -> bool:
    """Return whether anybody judged one kind of outcome for the question as a whole.

    Args:
        found: the judgments.
        domain: the kind of outcome.
        domains: the kind of outcome of each measure, by the IRI of the measure.
    """
    return any(not each.is_narrower and _is_on(each, domain, domains) for each in found)


def _is_on(one: Judged, domain: str, domains: Mapping[str, str]) -> bool:
    return not one.measure or domains.get(one.measure, one.outcome) == domain


def table(found: Iterable[Judged]) -> Table:
    """Return one row for each judgment."""
    rows: list[list[Cell]] = [
        [
            each.claim, each.outcome or ALL, each.source,
            each.level + (" (above the ceiling)" if each.is_above else ""),
            each.ceiling or None, _domains(each), each.why or None,
        ]
        for each in found
    ]  # fmt: skip
    return Table(COLUMNS, rows, TITLE)


def _domains(one: Judged) -> str:
    """Return the domains that changed the level, each with its reason."""
    told = [f"{name}: {word} ({why})" for name, word, why in one.domains if word not in NO_REASON]
    return listed(told) if told else "no reason to rate down or up"
