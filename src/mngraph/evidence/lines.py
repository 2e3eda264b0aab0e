"""Evidence lines: what each study's comparisons and reports say on the claims of its arms.

A line is one comparison of a study (an arm with another arm, or with its own baseline) or one
report of an adverse event. It would be a rule of ontology/rules but for its size: with a hundred
thousand studies the rules took minutes, and one pass over the outcomes takes seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mngraph import concepts, context

if TYPE_CHECKING:
    from mngraph.store import LocalStore

CLAIM = f"{context.BASE}claim/"

SAYS = {
    "FavoursFirst": ("Supports", "Disputes"),
    "FavoursSecond": ("Disputes", "Supports"),
    "NoDifference": ("Inconclusive", "Inconclusive"),
    "Mixed": ("Inconclusive", "Inconclusive"),
}
"""What a comparison says for the first and for the second arm."""

SINCE_BASELINE = {"ImprovedFromBaseline": "Supports", "NoImprovement": "Disputes"}
"""What a change since baseline says for each arm that is named."""


@dataclass(frozen=True, slots=True)
class Line:
    """One evidence line; `other` is empty for the baseline and for reports of events.

    >>> Line("https://x/claim/a_for_b", "https://x/study/s", "https://x/study/s/arm/A").iri
    'https://x/claim/a_for_b/line/s/A/baseline'
    """

    claim: str
    study: str
    arm: str
    other: str = ""
    stance: str = ""
    report: str = ""

    @property
    def iri(self) -> str:
        """The line's IRI: under its claim, by study, arm, and what the arm is held against."""
        against = last(self.other) if self.other else "baseline"
        if self.report:
            against = f"report-{last(self.report)}"
        return f"{self.claim}/line/{last(self.study)}/{last(self.arm)}/{against}"


@dataclass(slots=True)
class Found:
    """What a line rests on: the outcomes, what each says, and the classes of their measures."""

    says: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    outcomes: set[str] = field(default_factory=set)


def agreed(stances: set[str]) -> str:
    """Return the one stance that all share, else MixedStance.

    >>> agreed({"Supports"}), agreed({"Supports", "Inconclusive"})
    ('Supports', 'MixedStance')
    """
    return next(iter(stances)) if len(stances) == 1 else "MixedStance"


def last(iri: str) -> str:
    """Return what follows the last slash of an IRI.

    >>> last("https://w3id.org/mngraph/procedure/microneedling")
    'microneedling'
    """
    return iri.rpartition("/")[2]


def pairs(store: LocalStore, predicate: str, value: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield subject and object of the quads of one property, as text."""
    import pyoxigraph as ox

    node = ox.NamedNode(context.expand(predicate))
    wanted = ox.NamedNode(context.expand(value)) if value else None
    for quad in store.oxigraph.quads_for_pattern(None, node, wanted, None):
        yield quad.subject.value, quad.object.value  # type: ignore[union-attr]  # no triple terms


def several(store: LocalStore, *predicates: str) -> dict[str, list[str]]:
    """Return all objects of properties by subject."""
    found: dict[str, list[str]] = defaultdict(list)
    for predicate in predicates:
        for subject, value in pairs(store, predicate):
            found[subject].append(value)
    return found


class Reading:
    """The facts of a store that lines are made of, and the lines made of them."""

    def __init__(self, store: LocalStore) -> None:
        self.broader = several(store, "skos:broader")
        self.indications = several(store, "mn:indication")
        self.outcomes = several(store, "mn:hasOutcome")
        self.reports = several(store, "mn:hasAdverseEventReport")
        self.notation = dict(pairs(store, "skos:notation"))
        self.procedure = dict(pairs(store, "mn:procedure"))
        self.combined = several(store, "mn:combinedWith")
        self.instead = several(store, "mn:intervention")
        self.measures = several(store, "mn:measure")
        self.classes = several(store, "mn:outcomeClass")
        self.direction = dict(pairs(store, "mn:direction"))
        self.first = dict(pairs(store, "mn:firstArm"))
        self.second = several(store, "mn:secondArm")
        self.event = dict(pairs(store, "mn:event"))
        self.in_arm = dict(pairs(store, "mn:inArm"))
        self.design = dict(pairs(store, "mn:studyDesign"))
        self.level = {d: int(level) for d, level in pairs(store, "mn:startingLevel")}
        self.affected = dict(pairs(store, "mn:affected"))
        self.at_risk = dict(pairs(store, "mn:atRisk"))
        self.anesthesia = concepts.narrower(store, context.expand("indication:local-anesthesia"))
        self.needling = concepts.narrower(store, context.expand("procedure:needling"))
        self.inert = concepts.inert(store)
        self.nothing = context.expand("modality:no-treatment")
        self.pain, self.harm = context.expand("measure:pain-score"), context.mn("Harm")

    def is_within(self, concept: str, branch: str) -> bool:
        """Return whether a concept is `branch` or narrower."""
        broader = self.broader.get(concept, ())
        return concept == branch or any(self.is_within(above, branch) for above in broader)

    def treatment_lines(self, study: str) -> dict[Line, Found]:
        """Return the lines that a study's outcomes give to treatment claims."""
        found: dict[tuple[str, str, str], Found] = defaultdict(Found)
        for indication in self.indications.get(study, ()):
            numbing = indication in self.anesthesia
            for outcome in self.outcomes.get(study, ()):
                classes = self.bearing(outcome, numbing=numbing)
                for arm, other, says in self.told(outcome) if classes else ():
                    claim = f"{CLAIM}{self.notation[arm]}_for_{last(indication)}"
                    line = found[claim, arm, other]
                    line.says.add(says)
                    line.classes |= classes
                    line.outcomes.add(outcome)
        return {
            Line(claim, study, arm, other, self.stance(arm, other, line.says)): line
            for (claim, arm, other), line in found.items()
        }

    def bearing(self, outcome: str, *, numbing: bool) -> set[str]:
        """Return the classes of an outcome's measures of benefit; none when it measures harm.

        Pain is harm unless the indication is anesthesia.
        """
        return {
            kind
            for measure in self.measures.get(outcome, ())
            if numbing or measure != self.pain
            for kind in self.classes.get(measure, ())
        } - {self.harm}

    def told(self, outcome: str) -> Iterator[tuple[str, str, str]]:
        """Yield needling arm, other arm ('' for the baseline) and stance that an outcome tells."""
        direction = self.direction.get(outcome, "").rpartition("#")[2]
        first, second = self.first.get(outcome, ""), self.second.get(outcome, [])
        if direction in SINCE_BASELINE:
            told = [(arm, "", SINCE_BASELINE[direction]) for arm in (first, *second)]
        elif second and direction in SAYS:
            one, two = SAYS[direction]
            told = [(first, arm, one) for arm in second] + [(arm, first, two) for arm in second]
        elif direction in ("NoDifference", "Mixed"):
            told = [(first, "", "Inconclusive")]
        else:
            told = []
        return (entry for entry in told if entry[0] in self.notation)

    def stance(self, arm: str, other: str, says: set[str]) -> str:
        """Return a line's stance; two arms of one combination tell nothing of its benefit."""
        if other and self.notation[arm] == self.notation.get(other):
            return "Inconclusive"
        return agreed(says)

    def kind(self, arm: str, other: str) -> str:
        """Return the kind of comparator that another arm is, as ontology/mngraph.ttl defines it."""
        if not other:
            return "Baseline"
        one, two = self.procedure[arm], self.procedure.get(other)
        if two not in self.needling and one in self.needling:
            return "OtherTreatment" if two else self._without_needling(arm, other)
        if two is None:
            return self._without_needling(arm, other)
        if self.notation[arm] == self.notation[other]:
            return "SameCombination"
        alone = not self.active(self.combined.get(other, ()))
        alike = self.is_within(one, two) or self.is_within(two, one)
        return "ProcedureAlone" if alone and alike else "OtherCombination"

    def _without_needling(self, arm: str, other: str) -> str:
        """Return the kind of comparator of an arm that has no procedure."""
        given = [*self.instead.get(other, ()), *self.combined.get(other, ())]
        active, idle = self.active(given), self.inert.intersection(given) - {self.nothing}
        if active:
            same = active == self.active(self.combined.get(arm, ()))
            return ("PlaceboOrSham" if idle else "ModalityAlone") if same else "OtherTreatment"
        if not given:
            return "OtherTreatment"
        return "PlaceboOrSham" if idle else "NoTreatment"

    def active(self, modalities: Iterable[str]) -> set[str]:
        """Return what is more than nothing, a placebo, a vehicle or a sham."""
        return set(modalities) - self.inert

    def safety_lines(self, study: str) -> Iterator[Line]:
        """Yield the lines that a study's reports give to safety claims."""
        for report in self.reports.get(study, ()):
            arm = self.in_arm.get(report, "")
            if arm in self.notation:
                claim = f"{CLAIM}{self.notation[arm]}_reported_{last(self.event[report])}"
                yield Line(claim, study, arm, report=report)

    def given(self, arm: str) -> list[str]:
        """Return the concepts of what an arm got."""
        procedure = [self.procedure[arm]] if arm in self.procedure else []
        return [*procedure, *self.combined.get(arm, ()), *self.instead.get(arm, ())]

    def turtle(self, line: Line, found: Found | None) -> str:
        """Return a line, found by comparison or, with nothing found, by report, as Turtle.

        The IRIs stand as the store gave them, so that none needs escaping.
        """
        level = self.level.get(self.design.get(line.study, ""))
        said = [f"a mn:EvidenceLine ; mn:study <{line.study}> ; mn:inArm <{line.arm}>"]
        said += [f"mn:evidenceLevel {level}"] if level is not None else []
        said += self._compared(line, found) if found else self._reported(line.report)
        return (
            f"<{line.claim}> mn:hasEvidenceLine <{line.iri}> .\n<{line.iri}> {' ; '.join(said)} .\n"
        )

    def _compared(self, line: Line, found: Found) -> Iterator[str]:
        yield f"mn:stance mn:{line.stance}"
        yield f"mn:comparatorKind mn:{self.kind(line.arm, line.other)}"
        if not line.other:
            yield "mn:comparator mn:Baseline"
        else:
            yield f"mn:comparatorArm <{line.other}>"
            yield from (f"mn:comparator <{concept}>" for concept in self.given(line.other))
        yield from (f"mn:outcomeClass <{kind}>" for kind in found.classes)
        yield from (f"prov:wasDerivedFrom <{outcome}>" for outcome in found.outcomes)

    def _reported(self, report: str) -> Iterator[str]:
        yield f"prov:wasDerivedFrom <{report}>"
        if report in self.affected:
            yield f"mn:affected {self.affected[report]}"
        if report in self.at_risk:
            yield f"mn:atRisk {self.at_risk[report]}"
