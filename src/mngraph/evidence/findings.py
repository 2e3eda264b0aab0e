"""What the studies of a question found: comparisons, changes since baseline, adverse events.

A question is a scope: a procedure, modalities, an indication or an event, each with all that is
narrower. Every finding is told from the side of an arm within the scope.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mngraph import concepts, context, sparql
from mngraph.cohorts import cohorts

if TYPE_CHECKING:
    from mngraph.store import Store

Row = dict[str, str]
EFFECT = (
    "effectType", "effectValue", "effectLower", "effectUpper", "effectConfidenceLevel",
    "effectText",
)  # fmt: skip
"""What an outcome says of its effect."""
SHORT = {
    "OddsRatio": "OR", "RiskRatio": "RR", "HazardRatio": "HR", "RiskDifference": "RD",
    "MeanDifference": "MD", "StandardisedMeanDifference": "SMD",
    "MedianDifference": "median difference",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, by IRIs; `alone` asks for the procedure without any modality."""

    procedure: str | None = None
    modalities: tuple[str, ...] = ()
    indication: str | None = None
    event: str | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Study:
    """A study as a table shows it; overlapping reports share a `cohort`."""

    iri: str
    label: str
    cohort: str
    design: str = ""
    year: str = ""
    level: int | None = None
    participants: int | None = None
    link: str = ""
    randomised: bool = False
    review: bool = False
    case: bool = False


@dataclass(frozen=True, slots=True)
class Arm:
    """What an arm got: in words, and its needling procedure and modalities by IRI."""

    iri: str
    label: str
    procedure: str
    modalities: frozenset[str]
    given: frozenset[str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One outcome of one study, seen from an arm within the question.

    `other` is None where the arm was held against its own baseline; `within` tells that both arms
    fall under the question; `turned` that the arm is the second of the outcome, so that the effect
    as printed runs the other way.
    """

    study: Study
    arm: Arm
    other: Arm | None
    kind: str
    outcome: str
    direction: str
    measures: tuple[str, ...]
    measure_iris: tuple[str, ...]
    classes: frozenset[str]
    inherited: bool
    within: bool
    turned: bool
    values: Row

    @property
    def stance(self) -> str:
        """What the outcome says for the arm; empty for comparisons within the question."""
        if self.within:
            return ""
        if self.direction in ("NoDifference", "Mixed"):
            return "Inconclusive"
        if self.direction in ("ImprovedFromBaseline", "NoImprovement"):
            return "Supports" if self.direction == "ImprovedFromBaseline" else "Disputes"
        return "Supports" if (self.direction == "FavoursFirst") != self.turned else "Disputes"


@dataclass(frozen=True, slots=True)
class Report:
    """One report of an adverse event in an arm within the question."""

    study: Study
    arm: Arm
    report: str
    event: str
    event_iri: str
    inherited: bool
    affected: int | None
    at_risk: int | None
    values: Row


class Facts:
    """The facts of a graph that questions are answered from, read when they are asked for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.arms = self._arms()
        self.studies = self._studies()

    def rows(self, query: str, **iris: str | Iterable[str]) -> list[Row]:
        """Return the rows of an internal query as text by variable; unbound ones are absent."""
        solutions: Any = self.store.select(sparql.internal(query, **iris))
        names = [variable.value for variable in solutions.variables]
        return [
            {name: term.value for name in names if (term := row[name]) is not None}
            for row in solutions
        ]

    def narrower(self, concept: str) -> frozenset[str]:
        """Return a concept and all narrower ones."""
        return concepts.narrower(self.store, concept)

    def label(self, concept: str) -> str:
        """Return the preferred label of a concept."""
        found = self.rows("preferred-label", concept=concept)
        return found[0]["label"] if found else context.compact(concept)

    def about(self) -> dict[str, str]:
        """Return version and date of the dataset."""
        return next(iter(self.rows("dataset")), {})

    def _arms(self) -> dict[str, Arm]:
        given: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        labels: Row = {}
        for row in self.rows("arms"):
            labels[row["arm"]] = row.get("label", "not stated")
            if "concept" in row:
                given[row["arm"]][row["part"].rpartition("#")[2]].add(row["concept"])
        return {
            arm: Arm(
                arm, label, next(iter(given[arm]["procedure"]), ""),
                frozenset(given[arm]["combinedWith"]),
                frozenset().union(*given[arm].values()),
            )
            for arm, label in labels.items()
        }  # fmt: skip

    def _studies(self) -> dict[str, Study]:
        pairs = self.rows("same-cohort")
        cohort = cohorts((row["study"], row["other"]) for row in pairs)
        reviews = self.narrower(context.expand("design:review"))
        randomised = self.narrower(context.expand("design:randomised-controlled-trial"))
        designs = ("design:case-report", "design:case-series")
        cases = frozenset().union(*(self.narrower(context.expand(name)) for name in designs))
        return {
            iri: Study(
                iri, row["label"], cohort.get(iri, iri), row.get("name", ""),
                row.get("issued", "")[:4], _number(row, "level"), _number(row, "n"), link(row),
                row.get("design") in randomised, row.get("design") in reviews,
                row.get("design") in cases,
            )
            for row in self.rows("studies")
            if (iri := row["study"])
        }  # fmt: skip

    def arms_of(self, question: Question) -> frozenset[str]:
        """Return the arms that got what is asked for, whatever they were treated for.

        Without a procedure every needling procedure is meant, without modalities any combination;
        `alone` leaves in what was given as a placebo only, such as saline.
        """
        procedures = self.narrower(question.procedure or context.expand("procedure:needling"))
        wanted = [self.narrower(modality) for modality in question.modalities]
        controls = concepts.inert(self.store)
        return frozenset(
            iri
            for iri, arm in self.arms.items()
            if arm.procedure in procedures
            and all(arm.modalities & narrower for narrower in wanted)
            and not (question.alone and arm.modalities - controls)
        )

    def is_exact(self, question: Question, arm: Arm, about: str) -> bool:
        """Return whether nothing of an arm or of what it was given for is narrower than asked."""
        asked = question.event or question.indication
        exact = question.procedure in (None, arm.procedure) and asked in (None, about)
        return exact and all(modality in arm.modalities for modality in question.modalities)

    def findings(self, question: Question) -> list[Finding]:
        """Return what the studies of a question on treatment found, one entry an outcome."""
        arms = self.arms_of(question)
        details = self._outcomes()
        found: dict[tuple[str, str, str], Finding] = {}
        for row in self.rows("lines", indications=sorted(self._indications(question))):
            arm, other, outcome = row["arm"], row.get("other", ""), row["outcome"]
            if arm not in arms or row["study"] not in self.studies:
                continue
            values, measures, classes = details[outcome]
            first = values.get("first", "")
            if other in arms and arm != first:
                continue
            inherited = not self.is_exact(question, self.arms[arm], row["indication"])
            known = found.get((arm, other, outcome))
            found[arm, other, outcome] = Finding(
                self.studies[row["study"]], self.arms[arm], self.arms.get(other),
                row["kind"].rpartition("#")[2], outcome,
                values["direction"].rpartition("#")[2], tuple(measures.values()), tuple(measures),
                frozenset(classes), inherited and (known is None or known.inherited),
                other in arms, bool(other) and arm != first, values,
            )  # fmt: skip
        return sorted(found.values(), key=_order)

    def reports(self, question: Question) -> list[Report]:
        """Return the reports of a question on safety."""
        arms, events = self.arms_of(question), self.narrower(str(question.event))
        studies = self.studies_of(question)
        found = [
            Report(
                self.studies[row["study"]], self.arms[row["arm"]], row["report"], row["name"],
                row["event"], not self.is_exact(question, self.arms[row["arm"]], row["event"]),
                _number(row, "affected"), _number(row, "atRisk"), row,
            )
            for row in self.rows("reports")
            if row["arm"] in arms and row["event"] in events and row["study"] in studies
        ]  # fmt: skip
        return sorted(found, key=_order)

    def studies_of(self, question: Question) -> frozenset[str]:
        """Return the studies that have an arm and the indication that are asked for."""
        arms = self.arms_of(question)
        indications = self._indications(question)
        return frozenset(
            row["study"]
            for row in self.rows("arms-and-indications")
            if row["arm"] in arms and (not indications or row.get("indication") in indications)
            if row["study"] in self.studies
        )

    def _indications(self, question: Question) -> frozenset[str]:
        return self.narrower(question.indication) if question.indication else frozenset()

    def _outcomes(self) -> dict[str, tuple[Row, Row, set[str]]]:
        """Return, for each outcome, its values, its measures (IRI to label) and their classes."""
        names = (
            *EFFECT, "direction", "firstArm", "pValue", "firstEvents", "firstTotal",
            "secondEvents", "secondTotal",
        )  # fmt: skip
        found: dict[str, tuple[Row, Row, set[str]]] = defaultdict(lambda: ({}, {}, set()))
        keys = {context.mn(name): "first" if name == "firstArm" else name for name in names}
        keys[context.expand("skos:note")] = "note"
        measure = context.mn("measure")
        for row in self.rows("outcomes"):
            values, measures, classes = found[row["outcome"]]
            if row["p"] == measure:
                measures[row["value"]] = row.get("name", "")
                classes.add(row.get("class", "").rpartition("#")[2])
            elif row["p"] in keys:
                values[keys[row["p"]]] = row["value"]
        return {
            outcome: (values, dict(sorted(measures.items())), classes)
            for outcome, (values, measures, classes) in found.items()
        }


def effect_words(values: Row) -> str:
    """Return an effect as its source prints it, else its numbers as journals write them.

    >>> iri = context.mn("OddsRatio")
    >>> numbers = {"effectValue": "2.97", "effectLower": "1.96", "effectUpper": "4.51"}
    >>> effect_words({"effectType": iri, **numbers})
    'OR 2.97 (95% CI 1.96 to 4.51)'
    """
    if values.get("effectText") or not values.get("effectValue"):
        return values.get("effectText", "")
    kind = values.get("effectType", "").rpartition("#")[2]
    words = f"{SHORT.get(kind, kind)} {values['effectValue']}".strip()
    if values.get("effectLower") and values.get("effectUpper"):
        level = values.get("effectConfidenceLevel") or "95"
        words += f" ({level}% CI {values['effectLower']} to {values['effectUpper']})"
    return words


def link(row: Row) -> str:
    """Return the address that readers are sent to: PubMed, DOI, PubMed Central, or what was read.

    >>> link({"doi": "10.1000/x"})
    'https://doi.org/10.1000/x'
    """
    if "pmid" in row:
        return f"https://pubmed.ncbi.nlm.nih.gov/{row['pmid']}/"
    if "doi" in row:
        return f"https://doi.org/{row['doi']}"
    if "pmcid" in row:
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{row['pmcid']}/"
    return row.get("source", "")


def _number(row: Row, name: str) -> int | None:
    return int(row[name]) if name in row else None


def _order(entry: Finding | Report) -> tuple[Any, ...]:
    study = entry.study
    node = entry.outcome if isinstance(entry, Finding) else entry.report
    other = entry.other.iri if isinstance(entry, Finding) and entry.other else ""
    number = node.rpartition("/")[2]
    return (
        study.review, study.level or 9, -int(study.year or 0), study.label, study.iri,
        not other, entry.arm.iri, other, int(number) if number.isdecimal() else 0,
    )  # fmt: skip
