"""Kinds of comparators: which kind another arm is, as ontology/mngraph.ttl defines them, as text.

The labels of the ontology are names ("procedure alone"); what sentences need stands in `WORDS`,
which a test holds to the closed list of the ontology.
"""

from __future__ import annotations

from collections.abc import Iterable

from mngraph import context
from mngraph.evidence.facts import Facts

BASELINE = "Baseline"
OTHER_COMBINATION = "OtherCombination"
"""The kind of comparator that shows something about what was combined, not about the procedure."""
WORDS = {
    "NoTreatment": "no treatment",
    "PlaceboOrSham": "placebo or sham",
    "ProcedureAlone": "the procedure alone",
    "ModalityAlone": "the same modality without {noun}",
    "OtherCombination": "{noun} of another kind or with something else",
    "OtherTreatment": "another treatment",
    "SameCombination": "another arm of the same combination",
    BASELINE: "its own baseline",
}
"""Kinds of comparator in words, the plainest first; `{noun}` is what the packs are about."""


def named(kind: str, noun: str) -> str:
    """Return a kind of comparator in words.

    >>> named("ModalityAlone", "needling")
    'the same modality without needling'
    """
    return WORDS[kind].format(noun=noun)


SINGLE = frozenset({"NoTreatment", "PlaceboOrSham", "ProcedureAlone"})
"""Kinds that are one and the same comparator in every study; others depend on what was given."""


class Comparators:
    """Which kind of comparator one arm is for another.

    Args:
        facts: the facts of a graph on which the rules have run.
    """

    def __init__(self, facts: Facts) -> None:
        self.broader = facts.column("skos:broader")
        self.combination = facts.single("skos:notation")
        self.procedure = facts.single("mn:procedure")
        self.combined = facts.column("mn:combinedWith")
        self.interventions = facts.column("mn:intervention")
        self.branches = [facts.narrower(root) for root in facts.roots]
        self.inert = facts.inert
        self.nothing = context.expand("modality:no-treatment")

    def kind(self, arm: str, other: str) -> str:
        """Return the local name of the kind of comparator that another arm is.

        Args:
            arm: the IRI of an arm that had a procedure.
            other: the IRI of the arm that it was compared with; empty for its own baseline.
        """
        if not other:
            return BASELINE
        one, two = self.procedure[arm], self.procedure.get(other)
        if two is None or any(one in branch and two not in branch for branch in self.branches):
            return self._without_procedure(arm, other)
        if self.combination[arm] == self.combination[other]:
            return "SameCombination"
        alone = not self._active(self.combined.get(other, ()))
        alike = self._is_within(one, two) or self._is_within(two, one)
        return "ProcedureAlone" if alone and alike else "OtherCombination"

    def given(self, arm: str) -> list[str]:
        """Return the IRIs of the concepts of what an arm received."""
        procedure = [self.procedure[arm]] if arm in self.procedure else []
        return [*procedure, *self.combined.get(arm, ()), *self.interventions.get(arm, ())]

    def _without_procedure(self, arm: str, other: str) -> str:
        """Return the kind of comparator of an arm that had no procedure of the same pack.

        What it received decides, not how: plasma that was injected is the same modality as plasma
        that was applied.
        """
        given = [*self.interventions.get(other, ()), *self.combined.get(other, ())]
        active, idle = self._active(given), self.inert.intersection(given) - {self.nothing}
        if active:
            same = active == self._active(self.combined.get(arm, ()))
            return ("PlaceboOrSham" if idle else "ModalityAlone") if same else "OtherTreatment"
        if not given:
            return "OtherTreatment"
        return "PlaceboOrSham" if idle else "NoTreatment"

    def _active(self, modalities: Iterable[str]) -> set[str]:
        """Return what is more than nothing, a placebo, a vehicle or a sham."""
        return set(modalities) - self.inert

    def _is_within(self, concept: str, branch: str) -> bool:
        """Return whether a concept is `branch` or narrower."""
        broader = self.broader.get(concept, ())
        return concept == branch or any(self._is_within(above, branch) for above in broader)
