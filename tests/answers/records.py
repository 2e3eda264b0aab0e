"""Records and vocabularies as plain dicts, read with PyYAML and rdflib."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rdflib import Graph
from rdflib.namespace import RDFS, SKOS

ROOT = Path(__file__).parents[2]
BASE = "https://w3id.org/mngraph/"
Record = dict[str, Any]
Answer = tuple[str, list[tuple[Any, ...]]]


@cache
def records() -> dict[str, Record]:
    """The study records by id."""
    paths = (ROOT / "data/studies").glob("*.yaml")
    found = (yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) for path in paths)
    return {record["id"]: record for record in sorted(found, key=lambda record: record["id"])}


@cache
def vocabulary(scheme: str) -> Graph:
    return Graph().parse(ROOT / f"ontology/vocabulary/{scheme}.ttl")


@cache
def ontology() -> Graph:
    return Graph().parse(ROOT / "ontology/mngraph.ttl")


@cache
def slugs(scheme: str) -> frozenset[str]:
    return frozenset(slug_of(s) for s in vocabulary(scheme).subjects(SKOS.inScheme))


def slug_of(iri: Any) -> str:
    return str(iri).rpartition("/")[2]


@cache
def labels(scheme: str) -> dict[str, str]:
    return {slug_of(s): str(o) for s, o in vocabulary(scheme).subject_objects(SKOS.prefLabel)}


def label(scheme: str, slug: str) -> str:
    return labels(scheme)[slug]


@cache
def usual(scheme: str, name: str) -> str:
    """What the concept that has a name, or a form of it, is called; else the name."""
    graph = vocabulary(scheme)
    for concept in graph.subjects(SKOS.inScheme):
        forms = [*graph.objects(concept, SKOS.prefLabel), *graph.objects(concept, SKOS.altLabel)]
        if name.lower() in (str(form).lower() for form in forms):
            return str(graph.value(concept, SKOS.prefLabel))
    return name


def notation(scheme: str, name: str) -> str | None:
    graph = vocabulary(scheme)
    found = {
        str(graph.value(concept, SKOS.prefLabel)): str(graph.value(concept, SKOS.notation))
        for concept in graph.subjects(SKOS.inScheme)
    }
    return found.get(name)


@cache
def parents(scheme: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one, other in vocabulary(scheme).subject_objects(SKOS.broader):
        found[slug_of(one)].add(slug_of(other))
    return found


@cache
def above(scheme: str, slug: str) -> frozenset[str]:
    """A concept and all that are broader."""
    return frozenset({slug}).union(
        *(above(scheme, parent) for parent in parents(scheme).get(slug, ()))
    )


def within(scheme: str, slug: str, branch: str | None) -> bool:
    return branch is None or branch in above(scheme, slug)


def any_within(scheme: str, found: Iterable[str], branch: str | None) -> bool:
    return branch is None or any(within(scheme, slug, branch) for slug in found)


def term_label(name: str) -> str:
    """The label of an individual of the ontology by its slug in records: favours-first."""
    camel = "".join(part.capitalize() for part in name.split("-"))
    node = next(s for s in ontology().subjects(RDFS.label) if str(s).endswith(f"#{camel}"))
    return str(ontology().value(node, RDFS.label))


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


# Studies


def level(record: Record) -> int | None:
    from rdflib import URIRef

    node, predicate = (
        URIRef(f"{BASE}design/{record['design']}"),
        URIRef(f"{BASE}ontology#startingLevel"),
    )
    value = vocabulary("design").value(node, predicate)
    return None if value is None else int(value)


def is_review(record: Record) -> bool:
    return within("design", record["design"], "review")


def is_case(record: Record) -> bool:
    return any(within("design", record["design"], one) for one in ("case-report", "case-series"))


def largest(told: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Of (study, affected, at risk), the one with most at risk of each study."""
    best: dict[str, tuple[int, int]] = {}
    for study, affected, at_risk in told:
        best[study] = max(best.get(study, (0, 0)), (at_risk, affected))
    return [(study, affected, at_risk) for study, (at_risk, affected) in best.items()]


def is_randomised(record: Record) -> bool:
    return within("design", record["design"], "randomised-controlled-trial")


def primary() -> list[Record]:
    return [record for record in records().values() if not is_review(record)]


def year(publication: Record) -> int | None:
    return int(publication["issued"][:4]) if "issued" in publication else None


def head(record: Record) -> tuple[Any, ...]:
    """study, label, year, design, starting_level, n."""
    return (
        f"study:{record['id']}",
        name(record["id"]),
        year(record["publication"]),
        label("design", record["design"]),
        level(record),
        record.get("participants"),
    )


HEAD = "study label year design starting_level n"


SMALL = {"a", "an", "the", "of", "for", "in", "on", "with", "and", "to", "by", "vs", "versus"}


@cache
def name(key: str) -> str:
    """First author and year, as people cite; a short title where no author was seen."""
    record = records()[key]
    called, when = _authors(record), year(record["publication"])
    alike = sorted(
        other
        for other, r in records().items()
        if called and (_authors(r), year(r["publication"])) == (called, when)
    )
    letter = "abcdefghijklmnopqrstuvwxyz"[alike.index(key)] if len(alike) > 1 else ""
    if when is None:
        return (called or _short(record)) + (f" ({letter})" if letter else "")
    return f"{called or _short(record)} {when}{letter}"


def _authors(record: Record) -> str:
    authors = record["publication"].get("authors", [])
    words = authors[0].split() if authors else []
    while len(words) > 1 and not any(sign.islower() for sign in words[-1]):
        words.pop()
    return " ".join(words) + (" et al." if len(authors) > 1 else "")


def _short(record: Record) -> str:
    """The words of a title that fit 48 letters, or what was done for what."""
    title = record["publication"].get("title")
    if title is None:
        design = label("design", record["design"])
        treated = min(label("indication", slug) for slug in record["indications"])
        return f"{design[0].upper()}{design[1:]} of {treated}"
    if len(title) <= 48:
        return title
    start = title[:49]
    while start[-1].isalnum():
        start = start[:-1]
    words = start.split(" ")
    while not any(map(str.isalnum, words[-1])) or words[-1].casefold() in SMALL:
        words.pop()
    kept = " ".join(words)
    while not kept[-1].isalnum():
        kept = kept[:-1]
    if kept.count("(") > kept.count(")"):
        kept = kept.rpartition("(")[0].rstrip()
    return f"{kept}\N{HORIZONTAL ELLIPSIS}"


def link(publication: Record) -> str | None:
    if "pmid" in publication:
        return f"https://pubmed.ncbi.nlm.nih.gov/{publication['pmid']}/"
    if "doi" in publication:
        return f"https://doi.org/{publication['doi']}"
    pmcid = publication.get("pmcid")
    return f"https://pmc.ncbi.nlm.nih.gov/articles/{pmcid}/" if pmcid else None


@cache
def cohort(study: str) -> str:
    """The first of all studies that share participants with this one, however remotely."""
    group, size = {study}, 0
    while size < len(group):
        size = len(group)
        for record in records().values():
            others = {record["id"], *listed(record.get("same_cohort_as"))}
            if len(others) > 1 and others & group:
                group |= others
    return min(group)


def indications_above(record: Record) -> set[str]:
    return {up for slug in record.get("indications", []) for up in above("indication", slug)}


# Arms


def arms(record: Record) -> list[Record]:
    return sorted(record.get("arms", []), key=lambda arm: arm["id"])


def arm_of(record: Record, letter: str) -> Record:
    return next(arm for arm in record["arms"] if arm["id"] == letter)


def given(arm: Record) -> str | None:
    """What an arm got, in words."""
    modalities = sorted({*arm.get("combined_with", []), *arm.get("interventions", [])})
    words = " and ".join(label("modality", slug) for slug in modalities)
    if "procedure" not in arm:
        return words or None
    procedure = label("procedure", arm["procedure"])
    return f"{procedure} with {words}" if words else procedure


def versus(record: Record) -> str | None:
    return " versus ".join(words for arm in arms(record) if (words := given(arm))) or None


def is_needled(arm: Record, branch: str = "needling") -> bool:
    return "procedure" in arm and within("procedure", arm["procedure"], branch)


def is_control(modality: str) -> bool:
    return within("modality", modality, "control-intervention")


def has_arm(record: Record, procedure: str | None = None, combined_with: str | None = None) -> bool:
    """Whether some arm got the procedure and some arm the modality; None asks for nothing."""
    procedures = [arm["procedure"] for arm in arms(record) if "procedure" in arm]
    modalities = [slug for arm in arms(record) for slug in arm.get("combined_with", [])]
    return any_within("procedure", procedures, procedure) and any_within(
        "modality", modalities, combined_with
    )


def for_indication(record: Record, indication: str | None) -> bool:
    return any_within("indication", record.get("indications", []), indication)


# Outcomes


def outcomes() -> Iterator[tuple[Record, Record]]:
    for record in records().values():
        for outcome in record.get("outcomes", []):
            yield record, outcome


def measures(outcome: Record) -> str:
    return "; ".join(sorted(label("measure", slug) for slug in set(listed(outcome["measure"]))))


def first(record: Record, outcome: Record) -> str | None:
    return given(arm_of(record, outcome["first"])) if "first" in outcome else None


def second(record: Record, outcome: Record) -> str | None:
    letters = sorted(listed(outcome.get("second")))
    return " | ".join(given(arm_of(record, letter)) or "not stated" for letter in letters) or None


def numbers(outcome: Record) -> tuple[str | None, str | None]:
    return outcome.get("effect", {}).get("text"), outcome.get("p_value")
