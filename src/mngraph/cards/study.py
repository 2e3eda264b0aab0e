"""What a drawing shows of each study: design, level, arms, results, reports, links and citation."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from mngraph import concepts, context, iris, keys, sparql
from mngraph.cards.citation import citation, first_value, links
from mngraph.cohorts import cohorts
from mngraph.store import Store

Properties = dict[str, list[str]]
"""One resource: its values by the CURIE of the property, sorted."""
Descriptions = Mapping[str, Properties]
"""Some resources, by IRI."""


@dataclass(frozen=True, kw_only=True)
class ArmCard:
    """One arm of a study. Concepts are CURIEs.

    Attributes:
        id: its letter.
        text: what its participants received, as text.
        procedure: the procedure; None where the arm had none.
        combined: the modalities that were combined with it.
        others: interventions other than these.
        participants: their number; None where it is not stated.
    """

    id: str
    text: str
    procedure: str | None
    combined: tuple[str, ...]
    others: tuple[str, ...]
    participants: int | None

    @property
    def concepts(self) -> frozenset[str]:
        """The CURIEs of all that this arm received."""
        own = (self.procedure,) if self.procedure else ()
        return frozenset((*own, *self.combined, *self.others))


@dataclass(frozen=True, kw_only=True)
class ResultCard:
    """One outcome: what was measured, between which arms, with what result.

    Attributes:
        measure: the label of what was measured.
        first: the letter of the arm that the result is about.
        second: the letters of the arms that it was compared with; none for its own baseline.
        direction: which arm did better, as text.
        text: effect, counts, p-value and note, as stated.
    """

    measure: str
    first: str
    second: tuple[str, ...]
    direction: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ReportCard:
    """One adverse event report.

    Attributes:
        event: the CURIE of the adverse event.
        arm: the letter of the arm; empty where it is not stated.
        affected: how many participants had it; None where it is not stated.
        at_risk: of how many.
        seriousness: how serious it was, as text.
    """

    event: str
    arm: str
    affected: int | None
    at_risk: int | None
    seriousness: str


@dataclass(frozen=True, kw_only=True)
class StudyCard:
    """One study with its publication. Concepts are CURIEs, unknown texts are empty.

    Attributes:
        key: its key, the last part of its IRI.
        label: first author and year, or where no author was seen a short title.
        title: the title of the publication.
        year: when it was published.
        design: the label of its design.
        level: its starting level of evidence, 1 to 5.
        review: whether it is a review of other studies.
        randomized: whether its participants or sites were randomized.
        participants: their number in all arms.
        country: the name of the country where it was done; empty where it is not stated.
        summary: one sentence on what it found.
        seen: how much of the publication was read: abstract, full text.
        citation: the publication as a reference.
        links: names and addresses under which the publication is found.
        indications: what was treated.
        cohort: the key of the first study that reports on the same participants, or its own.
        arms: its arms, by letter.
        results: its outcomes, by number.
        reports: its adverse event reports, by number.
        is_appraised: whether anybody has appraised it.
    """

    key: str
    label: str
    title: str
    year: int | None
    design: str
    level: int | None
    review: bool
    randomized: bool
    participants: int | None
    country: str
    summary: str
    seen: str
    citation: str
    links: tuple[tuple[str, str], ...]
    indications: tuple[str, ...]
    cohort: str
    arms: tuple[ArmCard, ...] = ()
    results: tuple[ResultCard, ...] = ()
    reports: tuple[ReportCard, ...] = ()
    is_appraised: bool = False

    @property
    def concepts(self) -> frozenset[str]:
        """The CURIEs of every procedure, modality, indication and event that the study names."""
        arms = (curie for arm in self.arms for curie in arm.concepts)
        return frozenset((*self.indications, *arms, *(r.event for r in self.reports)))


def described(store: Store, kind: str) -> dict[str, Properties]:
    """Return all instances of a class with what the graph states about them.

    Args:
        store: a graph.
        kind: the CURIE of a class, such as `mn:Arm`.
    """
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in store.select_internal(
        sparql.internal("described", **{"class": context.expand(kind)})
    ):
        found[row["s"].value][_curie(row["p"].value)].add(row["o"].value)
    return {
        subject: {name: sorted(values) for name, values in found[subject].items()}
        for subject in sorted(found)
    }


def read_studies(store: Store, labels: Mapping[str, str]) -> dict[str, StudyCard]:
    """Return the studies of a graph by key, sorted.

    Args:
        store: a graph.
        labels: the label of each concept, by CURIE.
    """
    studies = described(store, "mn:Study")
    same = [(s, o) for s, about in studies.items() for o in about.get("mn:sameCohortAs", [])]
    reader = _Reader(
        parts={kind: described(store, f"mn:{kind}") for kind in PARTS},
        designs=described(store, "mn:StudyDesign"),
        reviews=concepts.narrower(store, context.expand("design:review")),
        trials=concepts.narrower(store, context.expand("design:randomised-controlled-trial")),
        publications=described(store, "mn:Publication"),
        authors=_authors(store),
        records=described(store, "mn:StudyRecord"),
        appraised=frozenset(
            study
            for about in described(store, "mn:Appraisal").values()
            for study in about.get("mn:appraises", [])
        ),
        cohorts=cohorts(same),
        labels=labels,
    )
    found = [reader.study(iri, about) for iri, about in studies.items()]
    return {study.key: study for study in sorted(found, key=lambda study: study.key)}


PARTS = {
    "Arm": "mn:hasArm", "Outcome": "mn:hasOutcome",
    "AdverseEventReport": "mn:hasAdverseEventReport",
}  # fmt: skip
"""The parts of a study: class, and the property that leads to them."""


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Makes cards of what a graph states about studies and their parts."""

    parts: Mapping[str, Descriptions]
    designs: Descriptions
    reviews: frozenset[str]
    trials: frozenset[str]
    publications: Descriptions
    authors: Mapping[str, list[str]]
    records: Descriptions
    appraised: frozenset[str]
    cohorts: Mapping[str, str]
    labels: Mapping[str, str]

    def study(self, iri: str, about: Properties) -> StudyCard:
        publication = first_value(about, "mn:reportedIn")
        paper = self.publications.get(publication, {})
        record = self.records.get(first_value(about, "mn:hasRecord"), {})
        title = first_value(paper, "dcterms:title") or first_value(paper, "rdfs:label")
        year = re.match(r"\d{4}", first_value(paper, "dcterms:issued"))
        design = first_value(about, "mn:studyDesign")
        return StudyCard(
            key=_key(iri),
            label=first_value(about, "rdfs:label") or _key(iri),
            title=title,
            year=int(year.group()) if year else None,
            design=self.label(design) if design else "design not stated",
            level=_number(self.designs.get(design, {}), "mn:startingLevel"),
            review=design in self.reviews,
            randomized=design in self.trials,
            participants=_number(about, "mn:participants"),
            country=first_value(about, "mn:country"),
            summary=first_value(about, "dcterms:description"),
            seen=_words(first_value(record, "mn:seen")),
            citation=citation(paper, self.authors.get(publication, []), title),
            links=links(paper),
            indications=tuple(map(context.compact, about.get("mn:indication", []))),
            cohort=_key(self.cohorts.get(iri, iri)),
            arms=tuple(self.arm(name, part) for name, part in self.parts_of("Arm", about)),
            results=tuple(self.result(part) for _, part in self.parts_of("Outcome", about)),
            reports=tuple(
                self.report(part) for _, part in self.parts_of("AdverseEventReport", about)
            ),
            is_appraised=iri in self.appraised,
        )

    def parts_of(self, kind: str, about: Properties) -> list[tuple[str, Properties]]:
        """Return the parts of a study with their last path segment, numbers in their order."""
        own = [(iris.last_segment(iri), iri) for iri in about.get(PARTS[kind], [])]
        own.sort(key=lambda part: (len(part[0]), part[0]))
        return [(name, self.parts[kind].get(iri, {})) for name, iri in own]

    def arm(self, letter: str, about: Properties) -> ArmCard:
        procedure = first_value(about, "mn:procedure")
        combined = tuple(map(context.compact, about.get("mn:combinedWith", [])))
        others = tuple(
            curie
            for curie in map(context.compact, about.get("mn:intervention", []))
            if curie not in combined and curie != context.compact(procedure)
        )
        named = [self.label(procedure)] if procedure else []
        named += [self.labels.get(curie, curie) for curie in (*combined, *others)]
        text = " + ".join(named) or "arm without a named intervention"
        sessions = first_value(about, "mn:sessions")
        details = [
            f"{' or '.join(values)} {unit}"
            for name, unit in settings()
            if (values := about.get(name))
        ]
        details += [f"{sessions} session{'s' * (sessions != '1')}"] if sessions else []
        return ArmCard(
            id=letter,
            text=f"{text} ({', '.join(details)})" if details else text,
            procedure=context.compact(procedure) if procedure else None,
            combined=combined,
            others=others,
            participants=_number(about, "mn:participants"),
        )

    def result(self, about: Properties) -> ResultCard:
        return ResultCard(
            measure=", ".join(self.label(m) for m in about.get("mn:measure", [])),
            first=_letter(first_value(about, "mn:firstArm")),
            second=tuple(map(_letter, about.get("mn:secondArm", []))),
            direction=_words(first_value(about, "mn:direction")),
            text=_result_text(about),
        )

    def report(self, about: Properties) -> ReportCard:
        return ReportCard(
            event=context.compact(first_value(about, "mn:event")),
            arm=_letter(first_value(about, "mn:inArm")),
            affected=_number(about, "mn:affected"),
            at_risk=_number(about, "mn:atRisk"),
            seriousness=_words(first_value(about, "mn:seriousness")),
        )

    def label(self, iri: str) -> str:
        curie = context.compact(iri)
        return self.labels.get(curie, curie)


def _result_text(about: Properties) -> str:
    """Return effect, or counts where none is stated, with p-value and note."""
    first = [first_value(about, f"mn:{name}") for name in ("firstEvents", "firstTotal")]
    second = [first_value(about, f"mn:{name}") for name in ("secondEvents", "secondTotal")]
    effect, p = first_value(about, "mn:effectText"), first_value(about, "mn:pValue")
    if all(first) and not effect:
        effect = "/".join(first) + (f" against {'/'.join(second)}" if all(second) else "")
    p_text = f"p {p if p[:1] in '<>=' else f'= {p}'}" if p else ""
    return "; ".join(filter(None, [effect, p_text, first_value(about, "skos:note")]))


def _authors(store: Store) -> dict[str, list[str]]:
    """Return the authors of each publication in their order: cells are numbered by their IRI."""
    found: dict[str, list[tuple[tuple[int, int, str], str]]] = defaultdict(list)
    for row in store.select_internal(sparql.internal("authors")):
        order = iris.numeric_order(row["cell"].value)
        found[row["publication"].value].append((order, row["name"].value))
    return {iri: [name for _, name in sorted(cells)] for iri, cells in found.items()}


def _number(about: Properties, name: str) -> int | None:
    text = first_value(about, name)
    return int(text) if re.fullmatch(r"\d{1,18}", text) else None


def _key(iri: str) -> str:
    return iris.study_key(iri) or iri


def _letter(iri: str) -> str:
    return iris.last_segment(iri)


def _words(iri: str) -> str:
    """Return the local name of a term as words: `mn:FavoursFirst` is "favors first"."""
    words = " ".join(re.findall("[A-Z][a-z]*", re.split("[/#]", iri)[-1])).lower()
    return words.replace("favours", "favors")


@cache
def _curie(iri: str) -> str:
    return context.compact(iri)


@cache
def settings() -> list[tuple[str, str]]:
    """Return the measures of an arm that records list, such as lengths, each with its unit.

    >>> settings()
    [('mn:needleLengthMm', 'mm')]
    """
    terms = keys.record().terms["arms"].terms.values()
    return [
        (context.compact(term.predicate), term.key.rpartition("_")[2])
        for term in terms
        if term.is_plural and term.kind is keys.Kind.DECIMAL
    ]


def total_participants(studies: Iterable[StudyCard]) -> int:
    """Return the participants of primary studies, each cohort once with its largest report."""
    most: dict[str, int] = {}
    for study in studies:
        if not study.review:
            most[study.cohort] = max(most.get(study.cohort, 0), study.participants or 0)
    return sum(most.values())
