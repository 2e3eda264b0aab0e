"""Estimates of effects as statements: what a build adds about each comparison of two arms.

The formulas stand in `mngraph.statistics`, the choice among them in `estimates`; here the numbers
of a graph are read, in one pass, and what comes of them is stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mngraph import context, iris, sparql
from mngraph.evidence.estimates import Estimated, Mean, Stated, Unusable, estimate
from mngraph.evidence.facts import Facts
from mngraph.evidence.model import Count
from mngraph.evidence.turtle import Objects, statements
from mngraph.statistics.effects import Interval

NUMBERS = (
    "effectValue", "effectLower", "effectUpper", "effectConfidenceLevel", "firstMean", "firstSd",
    "firstSe", "firstN", "secondMean", "secondSd", "secondSe", "secondN", "firstEvents",
    "firstTotal", "secondEvents", "secondTotal", "pValueNumber",
)  # fmt: skip
"""The numbers of an outcome, by the local names of their properties."""


def derive(facts: Facts) -> Iterator[str]:
    """Yield, for each comparison of arms, its estimates or the reason why it has none, as Turtle.

    Args:
        facts: the facts of a graph on which the rules have run.
    """
    reading = Reading(facts)
    for study, outcomes in sorted(facts.column("mn:hasOutcome").items()):
        for outcome in sorted(outcomes):
            if outcome in reading.second:
                yield from _said(outcome, estimate(reading.stated(study, outcome)))


def _said(outcome: str, found: list[Estimated] | Unusable) -> Iterator[str]:
    if isinstance(found, Unusable):
        why = context.expand(f"reason:{found.reason}")
        yield statements(outcome, [("mn:notEstimatedBecause", why)])
        return
    for each in found:
        node = iris.estimate(outcome, each.kind)
        yield statements(outcome, [("mn:hasEstimate", node)])
        yield statements(node, _about(each))


def _about(found: Estimated) -> Objects:
    about: Objects = [
        ("a", context.mn("EffectEstimate")),
        ("mn:effectType", context.mn(found.kind)),
        ("mn:effectValue", float(found.shown.estimate)),
        ("mn:effectLower", float(found.shown.lower)),
        ("mn:effectUpper", float(found.shown.upper)),
        ("mn:effectConfidenceLevel", float(found.confidence)),
        ("mn:standardError", found.effect.variance**0.5),
        ("mn:estimatedBy", context.expand(f"method:{found.method}")),
    ]
    if found.widest and found.correlation is not None:
        about += [
            ("mn:assumedCorrelation", found.correlation),
            ("mn:sensitivityLower", float(found.widest.lower)),
            ("mn:sensitivityUpper", float(found.widest.upper)),
        ]
    return about + ([("mn:assumesEqualArms", True)] if found.shared else [])


class Reading:
    """The numbers of a graph's outcomes.

    Args:
        facts: the facts of a graph.
    """

    def __init__(self, facts: Facts) -> None:
        self.first, self.second = facts.single("mn:firstArm"), facts.column("mn:secondArm")
        self.arms = facts.column("mn:hasArm")
        self.direction = facts.single("mn:direction")
        self.kind = facts.single("mn:effectType")
        self.paired = facts.single("mn:paired")
        self.higher = facts.single("mn:higherIsBetter")
        self.relation = facts.single("mn:pValueRelation")
        self.people, self.completed = facts.single("mn:participants"), facts.single("mn:completed")
        self.numbers = {name: facts.single(f"mn:{name}") for name in NUMBERS}
        self.studies = facts.counted_studies()

    def stated(self, study: str, outcome: str) -> Stated:
        """Return what is stated about the comparison of an outcome.

        Args:
            study: the IRI of the study.
            outcome: the IRI of the outcome.
        """
        paired = sparql.is_true(self.paired.get(outcome))
        sizes, shared = self._sizes(study, outcome, paired=paired)
        totals = [self._whole(outcome, f"{side}Total") for side in ("first", "second")]
        higher = self.higher.get(outcome)
        return Stated(
            direction=iris.term_name(self.direction.get(outcome, "")),
            kind=iris.term_name(self.kind.get(outcome, "")),
            value=self._number(outcome, "effectValue"),
            interval=self._interval(outcome),
            confidence=self._number(outcome, "effectConfidenceLevel") or 95.0,
            counts=self._counts(outcome, sizes),
            means=self._means(outcome, sizes),
            higher_is_better=None if higher is None else sparql.is_true(higher),
            p_value=self._number(outcome, "pValueNumber"),
            p_relation=self.relation.get(outcome, "="),
            sizes=sizes,
            shared=shared and not all(totals),
            paired=paired,
            comparators=len(self.second[outcome]),
            review=study in self.studies and self.studies[study].review,
        )

    def _number(self, outcome: str, name: str) -> float | None:
        text = self.numbers[name].get(outcome)
        return None if text is None else float(text)

    def _interval(self, outcome: str) -> Interval | None:
        found = [self._number(outcome, f"effect{name}") for name in ("Value", "Lower", "Upper")]
        value, lower, upper = found
        if value is None or lower is None or upper is None:
            return None
        return Interval(value, lower, upper)

    def _counts(self, outcome: str, sizes: tuple[int, int] | None) -> tuple[Count, Count] | None:
        """Return the people with the outcome in both arms; a missing total is the arm's size."""
        found = []
        for number, side in enumerate(("first", "second")):
            events = self._whole(outcome, f"{side}Events")
            total = self._whole(outcome, f"{side}Total") or (sizes[number] if sizes else None)
            if events is None or total is None:
                return None
            found.append(Count(events, total))
        return found[0], found[1]

    def _means(self, outcome: str, sizes: tuple[int, int] | None) -> tuple[Mean, Mean] | None:
        """Return the means of both arms; a missing number of people is the arm's size."""
        found = []
        for number, side in enumerate(("first", "second")):
            mean, sd = self._number(outcome, f"{side}Mean"), self._number(outcome, f"{side}Sd")
            error = self._number(outcome, f"{side}Se")
            n = self._whole(outcome, f"{side}N") or (sizes[number] if sizes else None)
            if mean is None or n is None:
                return None
            if sd is None and error is not None:
                sd = error * n**0.5
            found.append(Mean(mean, n, sd))
        return found[0], found[1]

    def _sizes(
        self, study: str, outcome: str, *, paired: bool
    ) -> tuple[tuple[int, int] | None, bool]:
        """Return the participants of both arms, and whether they are equal shares of a total."""
        total = self._people(study)
        own = self._whole(outcome, "firstN"), self._whole(outcome, "secondN")
        if own[0] and own[1]:
            return (own[0], own[1]), False
        if paired:
            return ((total, total) if total else None), False
        seconds = self.second[outcome]
        arms = self._people(self.first.get(outcome, "")), self._people(seconds[0])
        if arms[0] and arms[1]:
            return (arms[0], arms[1]), False
        share = (total or 0) // max(1, len(self.arms.get(study, ())))
        return ((share, share), True) if share > 1 else (None, False)

    def _people(self, node: str) -> int | None:
        text = self.completed.get(node) or self.people.get(node, "")
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None

    def _whole(self, outcome: str, name: str) -> int | None:
        text = self.numbers[name].get(outcome, "")
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
