"""What an answer rests on: the publications of its studies, as people cite and find them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mngraph import context, iris
from mngraph.cards.citation import citation, first_value
from mngraph.evidence.model import Study
from mngraph.evidence.statements import Statements
from mngraph.wording import spaced

CHAPTER = context.expand("fabio:BookChapter")
STATED = {
    "title": "dcterms:title", "journal": "mn:journal", "volume": "bibo:volume",
    "issue": "bibo:issue", "pages": "bibo:pages", "doi": "bibo:doi", "pmid": "bibo:pmid",
    "pmcid": "fabio:hasPubMedCentralId", "publisher": "dcterms:publisher",
    "issued": "dcterms:issued",
}  # fmt: skip
"""What a record states of a publication: field of a source and property."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The publication of a study.

    Attributes:
        key: the key of the study.
        name: the study as tables name it.
        citation: the publication as a reference.
        link: the address where it is found; empty where none is known.
        review: whether the study reviews other studies.
        kind: `chapter` for a chapter of a book, else `article`.
        title: the title; this and what follows is empty where the record does not state it.
        authors: the authors in order, as MEDLINE writes them.
        journal: the journal, or the book of a chapter.
        year: the year of publication.
        volume: the volume.
        issue: the issue.
        pages: the pages.
        doi: the DOI.
        pmid: the PMID.
        pmcid: the identifier in PubMed Central.
        publisher: the publisher of a book.
        issued: the date of publication, as finely as it is stated: 2019, 2019-05 or 2019-05-31.
        notices: retractions, expressions of concern and corrections, each with its citation.
        publication: the IRI of the publication.
    """

    key: str
    name: str
    citation: str
    link: str = ""
    review: bool = False
    kind: str = "article"
    title: str = ""
    authors: tuple[str, ...] = ()
    journal: str = ""
    year: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    publisher: str = ""
    issued: str = ""
    notices: tuple[str, ...] = ()
    publication: str = ""


def sources(facts: Statements, studies: Iterable[Study]) -> tuple[Source, ...]:
    """Return the publications of studies, each once, by name and year.

    Args:
        facts: the facts of a graph.
        studies: the studies, in any order, also several times.
    """
    wanted = {study.iri: study for study in studies}
    published = {
        row["study"]: row["publication"]
        for row in facts.rows_of("publications-of", "studies", wanted)
    }
    papers = {
        node: {
            context.compact(name): sorted(
                value.value for value in values if hasattr(value, "value")
            )
            for name, values in about.items()
        }
        for node, about in facts.about(published[iri] for iri in wanted if iri in published).items()
    }
    authors, notices = _authors(facts, papers), _notices(facts, wanted)
    found = []
    for iri, study in wanted.items():
        paper = papers.get(published.get(iri, ""), {})
        named = authors.get(published.get(iri, ""), [])
        title = first_value(paper, "dcterms:title") or first_value(paper, "rdfs:label")
        cited = citation(paper, named, title)
        found.append(
            Source(
                key=study.key,
                name=study.label,
                citation=cited,
                link=study.link,
                review=study.review,
                kind="chapter" if CHAPTER in paper.get("rdf:type", ()) else "article",
                authors=tuple(named),
                year=first_value(paper, "dcterms:issued")[:4],
                notices=tuple(notices.get(iri, ())),
                publication=published.get(iri, ""),
                **{field: first_value(paper, curie) for field, curie in STATED.items()},
            )
        )
    return tuple(sorted(found, key=_place))


def _place(source: Source) -> tuple[str, str, str]:
    return source.name.casefold(), source.key, source.publication


def _authors(facts: Statements, papers: Iterable[str]) -> dict[str, list[str]]:
    """Return the authors of publications in their order: cells are numbered by their IRI."""
    cells: dict[str, list[tuple[tuple[int, int, str], str]]] = defaultdict(list)
    for row in facts.rows_of("authors-of", "publications", papers):
        cells[row["publication"]].append((iris.numeric_order(row["cell"]), row["name"]))
    return {paper: [name for _, name in sorted(own)] for paper, own in cells.items()}


def _notices(facts: Statements, studies: Iterable[str]) -> dict[str, list[str]]:
    """Return what was published on publications later, as text by the study, sorted."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in facts.rows_of("notices-on", "studies", studies):
        kind = spaced(iris.term_name(row["kind"])).capitalize()
        found[row["study"]].add(": ".join(filter(None, (kind, row.get("citation", "")))))
    return {study: sorted(notices) for study, notices in found.items()}
