"""The one reader of study facts: for a question what it needs, for a build whole properties."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from mngraph import context, iris
from mngraph.cards import citation
from mngraph.evidence.model import (
    Arm,
    Finding,
    Outcome,
    Question,
    Report,
    Study,
)
from mngraph.evidence.outcomes import read as read_outcomes
from mngraph.evidence.statements import Row, Statements
from mngraph.store import Store

NOT_STATED = Arm(iri="", label="arm not stated")
"""Stands for the arm of a report that names none."""
IDENTIFIERS = {"pmid": "bibo:pmid", "doi": "bibo:doi", "pmcid": "fabio:hasPubMedCentralId"}
"""The identifiers of a publication: name in queries and property."""


class Facts(Statements):
    """The facts of a graph, read when they are asked for.

    >>> from mngraph.store import LocalStore
    >>> Facts(LocalStore.memory([])).findings(Question())
    []
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._studies: dict[str, Study] = {}
        self._arms: dict[str, Arm] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._arms_by: dict[tuple[str, str], frozenset[str]] = {}
        self._arms_of: dict[Question, dict[str, Arm]] = {}
        self._reports: dict[Question, list[Row]] = {}
        self._treated: dict[str, set[str]] = defaultdict(set)

    # --- studies -----------------------------------------------------------------------------

    def studies(self, wanted: Iterable[str]) -> dict[str, Study]:
        """Return studies by IRI, as answers show them; those without a publication are left out."""
        names = set(wanted)
        for row in self.rows_of("studies", "studies", names - self._studies.keys()):
            self._studies[row["study"]] = self._study(row)
        return {iri: self._studies[iri] for iri in sorted(names & self._studies.keys())}

    def _study(self, row: Row) -> Study:
        iri, design = row["study"], row.get("design", "")
        return Study(
            iri=iri,
            cohort=self.cohorts.get(iri, iri),
            label=row["label"],
            design=row.get("name", ""),
            year=_year(row.get("issued", "")),
            level=_whole(row.get("level")),
            participants=_whole(row.get("n")),
            link=_link(row),
            randomized=design in self._designs("design:randomised-controlled-trial"),
            review=design in self._designs("design:review"),
            case=design in self._designs("design:case-report", "design:case-series"),
        )

    def counted_studies(self) -> dict[str, Study]:
        """Return every study by IRI with what the counts of claims need of it."""
        levels = self.single("mn:startingLevel")
        designs, people = self.single("mn:studyDesign"), self.single("mn:participants")
        reviews = self._designs("design:review")
        trials = self._designs("design:randomised-controlled-trial")
        return {
            row["study"]: Study(
                iri=row["study"],
                cohort=self.cohorts.get(row["study"], row["study"]),
                level=_whole(levels.get(designs.get(row["study"], ""))),
                participants=_whole(people.get(row["study"])),
                review=designs.get(row["study"]) in reviews,
                randomized=designs.get(row["study"]) in trials,
            )
            for row in self.rows("all-studies")
        }

    def _designs(self, *curies: str) -> frozenset[str]:
        return frozenset().union(*(self.narrower(context.expand(curie)) for curie in curies))

    # --- arms and outcomes -------------------------------------------------------------------

    def arms(self, wanted: Iterable[str]) -> dict[str, Arm]:
        """Return arms by IRI: what each received; each is read once."""
        names = set(wanted)
        found: dict[str, tuple[Row, set[str]]] = {}
        for row in self.rows_of("arms", "arms", names - self._arms.keys()):
            _, modalities = found.setdefault(row["arm"], (row, set()))
            modalities |= {row["modality"]} if "modality" in row else set()
        self._arms |= {
            iri: Arm(
                iri=iri,
                label=row.get("label", "not stated"),
                procedure=row.get("procedure", ""),
                modalities=frozenset(modalities),
            )
            for iri, (row, modalities) in found.items()
        }
        return {iri: self._arms[iri] for iri in sorted(names & self._arms.keys())}

    def arms_of(self, question: Question) -> dict[str, Arm]:
        """Return the arms that had what is asked for, by IRI, for any indication.

        Without a procedure every procedure of the packs is meant, without modalities any
        combination; `alone` leaves in what was given as a placebo only, such as saline, and so does
        `only`.
        """
        if question not in self._arms_of:
            named = self._arms_treated(question.procedure)
            for modality in question.modalities:
                named &= self._arms_with("mn:combinedWith", modality)
            others = self.inert.union(*map(self.narrower, question.modalities))
            exact = question.alone or question.only
            self._arms_of[question] = {
                iri: arm
                for iri, arm in self.arms(named).items()
                if not (exact and arm.modalities - others)
            }
        return self._arms_of[question]

    def arms_without_procedure(self, question: Question) -> frozenset[str]:
        """Return the arms that had the modalities of a question and no procedure of the packs."""
        found = frozenset.intersection(
            *(
                self._arms_with("mn:intervention", modality)
                | self._arms_with("mn:combinedWith", modality)
                for modality in question.modalities
            )
        )
        return found - self._arms_treated(None)

    def _arms_treated(self, procedure: str | None) -> frozenset[str]:
        """Return the arms that had a procedure; without one, any of the procedures of the packs.

        Where the graph names no pack, every procedure counts.
        """
        if procedure:
            return self._arms_with("mn:procedure", procedure)
        if self.roots:
            return frozenset().union(*(self._arms_with("mn:procedure", r) for r in self.roots))
        return frozenset(row["arm"] for row in self.rows("arms-with-procedure"))

    def _arms_with(self, name: str, concept: str) -> frozenset[str]:
        """Return the arms that have a concept, or a narrower one, for a property; read once."""
        if (name, concept) not in self._arms_by:
            given = {"property": context.expand(name)}
            rows = self.rows_of("arms-with", "concepts", self.narrower(concept), **given)
            self._arms_by[name, concept] = frozenset(row["arm"] for row in rows)
        return self._arms_by[name, concept]

    def outcomes(self, wanted: Iterable[str]) -> dict[str, Outcome]:
        """Return outcomes by IRI; each is read once."""
        names = set(wanted)
        self._outcomes |= read_outcomes(self, names - self._outcomes.keys())
        return {iri: self._outcomes[iri] for iri in sorted(names & self._outcomes.keys())}

    @cached_property
    def constructs(self) -> dict[str, str]:
        """What is measured, by the label of the measure, where other measures measure the same."""
        return {row["name"]: row["label"] for row in self.rows("constructs")}

    @cached_property
    def domains(self) -> dict[str, str]:
        """The kind of outcome that a measure belongs to, by the IRI of the measure."""
        return {row["measure"]: row["label"] for row in self.rows("outcome-domains")}

    # --- what a question asks for ------------------------------------------------------------

    def studies_of(self, question: Question) -> frozenset[str]:
        """Return the studies that have an arm and the indication that are asked for."""
        found = self.studies_by_arm(question).values()
        return frozenset(study.iri for studies in found for study in studies)

    def studies_by_arm(
        self, question: Question, arms: Iterable[str] | None = None
    ) -> dict[str, list[Study]]:
        """Return the studies of a question by the IRI of each arm.

        Args:
            question: which indication and which kind of studies are asked for.
            arms: the arms; by default those that the question asks for.
        """
        wanted_arms = self.arms_of(question) if arms is None else arms
        rows = list(self.rows_of("studies-of-arms", "arms", wanted_arms))
        wanted = {row["study"] for row in rows}
        if question.indication:
            indications = self.narrower(question.indication)
            treating = self.rows_of("studies-of-indications", "indications", indications)
            wanted &= {row["study"] for row in treating}
        studies, found = self._admitted(question, wanted), defaultdict(list)
        for row in rows:
            if row["study"] in studies:
                found[row["arm"]].append(studies[row["study"]])
        return dict(found)

    def _admitted(self, question: Question, wanted: Iterable[str]) -> dict[str, Study]:
        """Return those of some studies by IRI that are of the kind that is asked for."""
        found = self.studies(wanted)
        return {iri: study for iri, study in found.items() if question.admits(study)}

    def findings(self, question: Question) -> list[Finding]:
        """Return what the studies of a question on treatment found, one entry for each outcome."""
        arms = self.arms_of(question)
        indications = self.narrower(question.indication) if question.indication else ()
        rows = list(self.rows_of("lines", "arms", arms, indications=sorted(indications)))
        studies = self._admitted(question, (row["study"] for row in rows))
        outcomes = self.outcomes(row["outcome"] for row in rows)
        named = {row["other"] for row in rows if "other" in row}
        others = arms | self.arms(named - arms.keys())
        found: dict[tuple[str, str, str], Finding] = {}
        for row in rows:
            arm, other, outcome = arms[row["arm"]], row.get("other", ""), outcomes[row["outcome"]]
            if row["study"] not in studies or (other in arms and arm.iri != outcome.first_arm):
                continue
            key = (arm.iri, other, outcome.iri)
            narrow = not _is_exact(question, arm, row["indication"])
            found[key] = Finding(
                study=studies[row["study"]],
                arm=arm,
                other=others.get(other),
                comparator=iris.term_name(row["kind"]),
                outcome=outcome,
                inherited=narrow and (key not in found or found[key].inherited),
                within=other in arms,
                turned=bool(other) and arm.iri != outcome.first_arm,
            )
        return sorted(found.values(), key=_order)

    def reports(self, question: Question) -> list[Report]:
        """Return the reports of a question on an event; without one, of any event.

        A report that names no arm counts where every arm that received a treatment had what is
        asked for.
        """
        arms = self.arms_of(question)
        return [e for e in self._every_report(question) if e.everywhere or e.arm.iri in arms]

    def other_reports(self, question: Question) -> list[Report]:
        """Return the reports of a question's studies in other arms, or in one that is not named."""
        arms = self.arms_of(question)
        found = self._every_report(question)
        return [entry for entry in found if not (entry.everywhere or entry.arm.iri in arms)]

    def _every_report(self, question: Question) -> list[Report]:
        own, rows = self.arms_of(question), self._reports_of(question)
        studies = self.studies(row["study"] for row in rows)
        arms = self.arms(row["arm"] for row in rows if "arm" in row)
        found = []
        for row in rows:
            given = arms[row["arm"]] if "arm" in row else NOT_STATED
            found.append(
                Report(
                    study=studies[row["study"]],
                    arm=given,
                    iri=row["report"],
                    event=row["name"],
                    inherited=not _is_exact(question, given, row["event"]),
                    affected=_whole(row.get("affected")),
                    at_risk=_whole(row.get("atRisk")),
                    seriousness=iris.term_name(row.get("seriousness", "")),
                    duration=row.get("duration", ""),
                    everywhere=self._is_everywhere(row, own),
                )
            )
        return sorted(found, key=_order)

    def _reports_of(self, question: Question) -> list[Row]:
        """Return the rows of reports of a question's studies, of its event or of any; read once."""
        if question not in self._reports:
            events = self.narrower(question.event) if question.event else None
            rows = self.rows_of("reports", "studies", self.studies_of(question))
            self._reports[question] = [row for row in rows if not events or row["event"] in events]
            missing = {row["study"] for row in self._reports[question] if "arm" not in row}
            for row in self.rows_of("treated-arms", "studies", missing - self._treated.keys()):
                self._treated[row["study"]].add(row["arm"])
        return self._reports[question]

    def _is_everywhere(self, row: Row, arms: Mapping[str, Arm]) -> bool:
        """Whether a report names no arm, and all treated arms are among some."""
        treated = self._treated.get(row["study"], set())
        return "arm" not in row and bool(treated) and treated <= arms.keys()

    def harm_comparisons(self, question: Question) -> list[Finding]:
        """Return what the studies of a question found on harm, seen from its arms."""
        arms, studies = self.arms_of(question), self.studies(self.studies_of(question))
        rows = list(self.rows_of("harm-outcomes", "studies", studies))
        outcomes = self.outcomes(row["outcome"] for row in rows)
        others = self.arms({row[end] for row in rows for end in ("first", "second")})
        found = []
        for row in rows:
            first, second, outcome = row["first"], row["second"], outcomes[row["outcome"]]
            if not {first, second} & arms.keys():
                continue
            own, other = (first, second) if first in arms else (second, first)
            found.append(
                Finding(
                    study=studies[row["study"]],
                    arm=arms[own],
                    other=others[other],
                    comparator="",
                    outcome=outcome,
                    within=other in arms,
                    turned=own != first,
                )
            )
        return sorted(found, key=_order)

    def read_in_part(self) -> frozenset[str]:
        """Return the studies of whose text only a part was read; what it lacks may be there."""
        return frozenset(row["study"] for row in self.rows("read-in-part"))

    def judged(self, wanted: Iterable[str]) -> dict[str, list[str]]:
        """Return what people judged of studies, as text by the study; without any, nothing.

        Args:
            wanted: the IRIs of studies.
        """
        found: dict[str, list[str]] = defaultdict(list)
        for row in self.rows_of("standing-appraisals", "studies", wanted):
            words = row.get("judged", "")
            if words:
                found[row["study"]].append(words)
        return dict(found)

    def notices(self, wanted: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return the notices on studies: for each kind, as `Retraction`, labels by the study.

        Args:
            wanted: the IRIs of studies.
        """
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for row in self.rows_of("notices-on", "studies", wanted):
            found[iris.term_name(row["kind"])][row["study"]] = row["label"]
        return dict(found)

    def without_events(self) -> frozenset[str]:
        """Return the studies that state that there were no adverse events, or no serious ones."""
        return frozenset(row["study"] for row in self.rows("no-events"))


def _link(row: Row) -> str:
    """Return the address that readers are sent to: the first of a publication, or what was read."""
    paper = {curie: [row[name]] for name, curie in IDENTIFIERS.items() if name in row}
    return next((address for _, address in citation.links(paper)), row.get("source", ""))


def _is_exact(question: Question, arm: Arm, about: str) -> bool:
    """Return whether nothing of an arm, or of what it was given for, is narrower than asked."""
    asked = question.event or question.indication
    exact = question.procedure in (None, arm.procedure) and asked in (None, about)
    return exact and all(modality in arm.modalities for modality in question.modalities)


def _whole(text: str | None) -> int | None:
    """Return text as a whole number that counts people or levels; None for anything else."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else None


def _year(text: str) -> int | None:
    return _whole(text[:4])


def _order(entry: Finding | Report) -> tuple[bool | int | str, ...]:
    """Sort studies before reviews, strong before weak, new before old; then as records have it."""
    study = entry.study
    node = entry.outcome.iri if isinstance(entry, Finding) else entry.iri
    other = entry.other.iri if isinstance(entry, Finding) and entry.other else ""
    strength = (study.review, study.level or 9, -(study.year or 0), study.label, study.iri)
    return (*strength, not other, entry.arm.iri, other, *iris.numeric_order(node))
