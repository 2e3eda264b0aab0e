"""Evidence lines: what each study's comparisons and reports say on the claims of its arms.

A line is one comparison of a study (an arm with another arm, or with its own baseline) or one
report of an adverse event. It would be a rule of ontology/rules but for its size: with a hundred
thousand studies the rules took minutes, and one pass over the outcomes takes seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mngraph import context, iris
from mngraph.evidence import stance
from mngraph.evidence.comparators import Comparators
from mngraph.evidence.facts import Facts
from mngraph.evidence.stance import Stance


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One evidence line; nodes are IRIs.

    Attributes:
        iri: the line's own IRI.
        claim: the claim that it belongs to.
        study: the study that it comes from.
        arm: the arm that had what the claim is about.
        sources: the outcomes or the report that it rests on.
        stance: what a comparison says for the arm; None for a report.
        other: the arm that it was compared with; empty for the baseline and for reports.
        comparator: the local name of the kind of comparator; empty for reports.
        unclear: whether a source calls a result that it rests on mixed.
        classes: the classes of what was measured.
        numbers: how many were affected and at risk, where a report states it.
    """

    iri: str
    claim: str
    study: str
    arm: str
    sources: frozenset[str]
    stance: Stance | None = None
    other: str = ""
    comparator: str = ""
    unclear: bool = False
    classes: frozenset[str] = frozenset()
    numbers: Mapping[str, int] = field(default_factory=dict)


class Lines:
    """The evidence lines of a graph's studies, made of its facts.

    Args:
        facts: the facts of a graph on which the rules have run.
    """

    def __init__(self, facts: Facts) -> None:
        self.indications = facts.column("mn:indication")
        self.outcomes = facts.column("mn:hasOutcome")
        self.reports = facts.column("mn:hasAdverseEventReport")
        self.combination = facts.single("skos:notation")
        self.measures = facts.column("mn:measure")
        self.classes = facts.column("mn:outcomeClass")
        self.direction = facts.single("mn:direction")
        self.first = facts.single("mn:firstArm")
        self.second = facts.column("mn:secondArm")
        self.event = facts.single("mn:event")
        self.in_arm = facts.single("mn:inArm")
        self.numbers = {name: facts.single(name) for name in ("mn:affected", "mn:atRisk")}
        self.anesthesia = facts.narrower(context.expand("indication:local-anesthesia"))
        self.pain = context.expand("measure:pain-score")
        self.safety = {context.mn(kind) for kind in ("Harm", "LaboratoryValue")}
        self.comparators = Comparators(facts)

    def of_comparisons(self, study: str) -> Iterator[Line]:
        """Yield the lines that a study's outcomes give to treatment claims."""
        for indication in self.indications.get(study, ()):
            stances: dict[tuple[str, str], set[Stance]] = defaultdict(set)
            classes: dict[tuple[str, str], set[str]] = defaultdict(set)
            sources: dict[tuple[str, str], set[str]] = defaultdict(set)
            for outcome in self.outcomes.get(study, ()):
                measured = self._benefits(outcome, anesthesia=indication in self.anesthesia)
                for arm, other, side in self._sides(outcome) if measured else ():
                    stances[arm, other].add(side)
                    classes[arm, other] |= measured
                    sources[arm, other].add(outcome)
            about = iris.last_segment(indication)
            for (arm, other), found in stances.items():
                claim = iris.treatment_claim(self.combination[arm], about)
                yield Line(
                    iri=iris.comparison_line(claim, study, arm, other),
                    claim=claim,
                    study=study,
                    arm=arm,
                    sources=frozenset(sources[arm, other]),
                    stance=self._stance(arm, other, found),
                    other=other,
                    comparator=self.comparators.kind(arm, other),
                    unclear=any(self._is_mixed(node) for node in sources[arm, other]),
                    classes=frozenset(classes[arm, other]),
                )

    def of_reports(self, study: str) -> Iterator[Line]:
        """Yield the lines that a study's reports of adverse events give to safety claims."""
        for report in self.reports.get(study, ()):
            arm = self.in_arm.get(report, "")
            if arm in self.combination:
                event = iris.last_segment(self.event[report])
                claim = iris.safety_claim(self.combination[arm], event)
                yield Line(
                    iri=iris.report_line(claim, study, arm, report),
                    claim=claim,
                    study=study,
                    arm=arm,
                    sources=frozenset((report,)),
                    numbers={
                        name: int(stated[report])
                        for name, stated in self.numbers.items()
                        if report in stated
                    },
                )

    def _benefits(self, outcome: str, *, anesthesia: bool) -> set[str]:
        """Return the classes of an outcome's measures of benefit; none when it measures safety.

        Pain is harm unless the indication is anesthesia.
        """
        return {
            kind
            for measure in self.measures.get(outcome, ())
            if anesthesia or measure != self.pain
            for kind in self.classes.get(measure, ())
        } - self.safety

    def _sides(self, outcome: str) -> Iterator[tuple[str, str, Stance]]:
        """Yield arm, other arm ('' for the baseline) and stance of an outcome."""
        direction = iris.term_name(self.direction.get(outcome, ""))
        first, seconds = self.first.get(outcome, ""), self.second.get(outcome, ())
        for arm, other, found in stance.sides(direction, first, seconds):
            if arm in self.combination:
                yield arm, other, found

    def _is_mixed(self, outcome: str) -> bool:
        return iris.term_name(self.direction.get(outcome, "")) == "Mixed"

    def _stance(self, arm: str, other: str, found: set[Stance]) -> Stance:
        """Return a line's stance; two arms of one combination say nothing about its benefit."""
        if other and self.combination[arm] == self.combination.get(other):
            return Stance.INCONCLUSIVE
        return stance.agreed(found)
