"""What a drawing shows of each study: design, level, arms, results, reports, links and citation."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from mngraph import concepts, context, sparql
from mngraph.cohorts import cohorts
from mngraph.store import Store

About = dict[str, list[str]]
"""One resource: its values by the CURIE of the property, sorted."""


@dataclass(frozen=True)
class Arm:
    """One arm of a study: its letter, what it got, and the concepts this names."""

    id: str
    text: str
    procedure: str | None
    combined: tuple[str, ...]
    others: tuple[str, ...]
    participants: int | None

    @property
    def concepts(self) -> frozenset[str]:
        """The CURIEs of all that this arm got."""
        own = (self.procedure,) if self.procedure else ()
        return frozenset((*own, *self.combined, *self.others))


@dataclass(frozen=True)
class Result:
    """One outcome: what was measured, between which arms, with what result."""

    measure: str
    first: str
    second: tuple[str, ...]
    direction: str
    text: str


@dataclass(frozen=True)
class Report:
    """One adverse event report: the event, in which arm, how many, how serious."""

    event: str
    arm: str
    affected: int | None
    at_risk: int | None
    seriousness: str


@dataclass(frozen=True)
class Study:
    """One study with its publication, as a card shows it. Concepts are CURIEs."""

    key: str
    label: str
    title: str
    year: int | None
    design: str
    level: int | None
    review: bool
    participants: int | None
    country: str
    summary: str
    seen: str
    citation: str
    links: tuple[tuple[str, str], ...]
    indications: tuple[str, ...]
    cohort: str
    arms: tuple[Arm, ...] = ()
    results: tuple[Result, ...] = ()
    reports: tuple[Report, ...] = field(default=())

    @property
    def concepts(self) -> frozenset[str]:
        """The CURIEs of every procedure, modality, indication and event that the study names."""
        arms = (curie for arm in self.arms for curie in arm.concepts)
        return frozenset((*self.indications, *arms, *(r.event for r in self.reports)))


def described(store: Store, kind: str) -> dict[str, About]:
    """Return all instances of a class with all that is said of them.

    Args:
        store: a graph.
        kind: the CURIE of a class, such as `mn:Arm`.
    """
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in store.select(sparql.internal("described", **{"class": context.expand(kind)})):
        found[row["s"].value][_curie(row["p"].value)].add(row["o"].value)
    return {
        subject: {name: sorted(values) for name, values in found[subject].items()}
        for subject in sorted(found)
    }


def read_studies(store: Store, labels: Mapping[str, str]) -> dict[str, Study]:
    """Return the studies of a graph by key, sorted.

    Args:
        store: a graph.
        labels: the label of each concept, by CURIE.
    """
    facts = {k: described(store, f"mn:{k}") for k in ("Arm", "Outcome", "AdverseEventReport")}
    publications = described(store, "mn:Publication")
    authors = _authors(store)
    designs = described(store, "mn:StudyDesign")
    studies = described(store, "mn:Study")
    records = described(store, "mn:StudyRecord")
    same = [(s, o) for s, about in studies.items() for o in about.get("mn:sameCohortAs", [])]
    first = cohorts(same)
    reviews = concepts.narrower(store, context.expand("design:review"))
    read = _Reader(facts, designs, reviews, labels)
    found = {}
    for iri, about in studies.items():
        publication = _one(about, "mn:reportedIn")
        paper = publications.get(publication, {})
        seen = _one(records.get(_one(about, "mn:hasRecord"), {}), "mn:seen")
        study = read.study(
            iri, about, paper, authors.get(publication, []), first.get(iri, iri), seen
        )
        found[study.key] = study
    return dict(sorted(found.items()))


@dataclass(frozen=True)
class _Reader:
    """What turns the descriptions of one study's nodes into a card."""

    facts: Mapping[str, Mapping[str, About]]
    designs: Mapping[str, About]
    reviews: frozenset[str]
    labels: Mapping[str, str]

    def study(
        self, iri: str, about: About, paper: About, authors: list[str], cohort: str, seen: str
    ) -> Study:
        year = re.match(r"\d{4}", _one(paper, "dcterms:issued"))
        design = _one(about, "mn:studyDesign")
        level = _number(self.designs.get(design, {}), "mn:startingLevel")
        title = _one(paper, "dcterms:title") or _one(paper, "rdfs:label")
        return Study(
            key=_key(iri),
            label=_one(about, "rdfs:label") or _key(iri),
            title=title,
            year=int(year.group()) if year else None,
            design=self.label(design) if design else "design not stated",
            level=level,
            review=design in self.reviews,
            participants=_number(about, "mn:participants"),
            country=_one(about, "mn:country"),
            summary=_one(about, "dcterms:description"),
            seen=_words(seen),
            citation=citation(paper, authors, title),
            links=links(paper),
            indications=tuple(map(context.compact, about.get("mn:indication", []))),
            cohort=_key(cohort),
            arms=tuple(self.arm(a) for a in self.parts("Arm", about, "mn:hasArm")),
            results=tuple(self.result(o) for o in self.parts("Outcome", about, "mn:hasOutcome")),
            reports=tuple(
                self.report(r)
                for r in self.parts("AdverseEventReport", about, "mn:hasAdverseEventReport")
            ),
        )

    def parts(self, kind: str, about: About, link: str) -> list[tuple[str, About]]:
        """Return the parts of a study with their last path segment, numbers in their order."""
        own = [(iri.rpartition("/")[2], iri) for iri in about.get(link, [])]
        own.sort(key=lambda part: (len(part[0]), part[0]))
        return [(name, self.facts[kind].get(iri, {})) for name, iri in own]

    def arm(self, part: tuple[str, About]) -> Arm:
        name, about = part
        procedure = _one(about, "mn:procedure")
        combined = tuple(map(context.compact, about.get("mn:combinedWith", [])))
        others = tuple(
            curie
            for curie in map(context.compact, about.get("mn:intervention", []))
            if curie not in combined and curie != context.compact(procedure)
        )
        given = [self.labels.get(curie, curie) for curie in (*combined, *others)]
        text = " + ".join([self.label(procedure), *given] if procedure else given)
        text = text or "arm without a named intervention"
        sessions, length = (
            _one(about, "mn:sessions"),
            " or ".join(about.get("mn:needleLengthMm", [])),
        )
        extra = [f"{length} mm"] if length else []
        extra += [f"{sessions} session{'s' * (sessions != '1')}"] if sessions else []
        if extra:
            text += f" ({', '.join(extra)})"
        own = context.compact(procedure) if procedure else None
        return Arm(name, text, own, combined, others, _number(about, "mn:participants"))

    def result(self, part: tuple[str, About]) -> Result:
        about = part[1]
        counts = [_one(about, f"mn:{n}") for n in ("firstEvents", "firstTotal")]
        others = [_one(about, f"mn:{n}") for n in ("secondEvents", "secondTotal")]
        said = [_one(about, "mn:effectText")]
        if all(counts) and not said[0]:
            said = [
                f"{'/'.join(counts)} against {'/'.join(others)}"
                if all(others)
                else "/".join(counts)
            ]
        p = _one(about, "mn:pValue")
        said.append(f"p {p if p[:1] in '<>=' else '= ' + p}" if p else "")
        said.append(_one(about, "skos:note"))
        return Result(
            measure=", ".join(self.label(m) for m in about.get("mn:measure", [])),
            first=_letter(_one(about, "mn:firstArm")),
            second=tuple(map(_letter, about.get("mn:secondArm", []))),
            direction=_words(_one(about, "mn:direction")),
            text="; ".join(filter(None, said)),
        )

    def report(self, part: tuple[str, About]) -> Report:
        about = part[1]
        return Report(
            event=context.compact(_one(about, "mn:event")),
            arm=_letter(_one(about, "mn:inArm")),
            affected=_number(about, "mn:affected"),
            at_risk=_number(about, "mn:atRisk"),
            seriousness=_words(_one(about, "mn:seriousness")),
        )

    def label(self, iri: str) -> str:
        curie = context.compact(iri)
        return self.labels.get(curie, curie)


def citation(paper: About, authors: list[str], title: str) -> str:
    """Return a reference in the style of MEDLINE, of what is known.

    >>> about = {"mn:journal": ["J Cosmet Dermatol"], "dcterms:issued": ["2019-06"],
    ...          "bibo:volume": ["18"], "bibo:pages": ["5-9"], "bibo:pmid": ["1"]}
    >>> citation(about, ["Doe J", "Roe K"], "Needles")
    'Doe J, Roe K. Needles. J Cosmet Dermatol. 2019;18:5-9. PMID 1'
    """
    names = ", ".join(authors[:6]) + (", et al" if len(authors) > 6 else "")
    volume, issue, pages = (_one(paper, f"bibo:{n}") for n in ("volume", "issue", "pages"))
    where = volume + (f"({issue})" if issue else "") + (f":{pages}" if pages else "")
    when = ";".join(filter(None, [_one(paper, "dcterms:issued")[:4], where]))
    parts = [names, title, _one(paper, "mn:journal"), when]
    parts += [f"doi:{_one(paper, 'bibo:doi')}" if _one(paper, "bibo:doi") else ""]
    text = " ".join(
        part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part
    )
    pmid = _one(paper, "bibo:pmid")
    return f"{text} PMID {pmid}" if pmid else text.rstrip()


def links(paper: About) -> tuple[tuple[str, str], ...]:
    """Return the names and addresses under which a publication is found.

    >>> links({"bibo:pmid": ["31469914"]})
    (('PubMed', 'https://pubmed.ncbi.nlm.nih.gov/31469914/'),)
    """
    places = (
        ("PubMed", "bibo:pmid", "https://pubmed.ncbi.nlm.nih.gov/{}/"),
        ("DOI", "bibo:doi", "https://doi.org/{}"),
        ("PMC", "fabio:hasPubMedCentralId", "https://pmc.ncbi.nlm.nih.gov/articles/{}/"),
    )
    return tuple((name, url.format(_one(paper, p))) for name, p, url in places if _one(paper, p))


def _authors(store: Store) -> dict[str, list[str]]:
    """Return the authors of each publication in their order: cells are numbered by their IRI."""
    found: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for row in store.select(sparql.internal("authors")):
        number = row["cell"].value.rpartition("/")[2]
        order = int(number) if number.isdigit() else 0
        found[row["publication"].value].append((order, row["cell"].value, row["name"].value))
    return {iri: [name for *_, name in sorted(cells)] for iri, cells in found.items()}


def _one(about: About, name: str) -> str:
    values = about.get(name)
    return values[0] if values else ""


def _number(about: About, name: str) -> int | None:
    text = _one(about, name)
    return int(text) if re.fullmatch(r"\d+", text) else None


def _key(iri: str) -> str:
    return iri.removeprefix(f"{context.BASE}study/")


def _letter(iri: str) -> str:
    return iri.rpartition("/")[2]


def _words(iri: str) -> str:
    """Return the local name of a term as words: `mn:FavoursFirst` is "favours first"."""
    return " ".join(re.findall("[A-Z][a-z]*", re.split("[/#]", iri)[-1])).lower()


@cache
def _curie(iri: str) -> str:
    return context.compact(iri)


def total_participants(studies: Iterable[Study]) -> int:
    """Return the participants of primary studies, each cohort once with its largest report."""
    most: dict[str, int] = {}
    for study in studies:
        if not study.review:
            most[study.cohort] = max(most.get(study.cohort, 0), study.participants or 0)
    return sum(most.values())
