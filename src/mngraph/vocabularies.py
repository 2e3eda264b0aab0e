"""The concepts that records can name: those of the shared vocabularies, and those of packs.

Shared concepts stand in ontology/vocabulary/*.ttl. The concepts of a pack stand in its folder
`vocabulary`, one YAML file for each kind, whose keys are those of ontology/concept.jsonld:

    concepts:
      - id: phenol-peel-88
        label: {en: phenol peel 88%, de: Phenolpeeling 88 %}
        definition: {en: Chemical peel with phenol of 88 percent.}
        broader: [phenol-peel]
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph import context, iris, keys, resources, yamlfile
from mngraph.concepts import KINDS
from mngraph.errors import RecordError
from mngraph.expanding import expanded
from mngraph.nearest import nearest
from mngraph.rdffiles import read_file
from mngraph.records import Known, Record, check_record

if TYPE_CHECKING:
    import pyoxigraph as ox

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""What concepts are called; an underscore separates them in the names of claims."""


@cache
def shared() -> Known:
    """Return, for each namespace of concepts, the IRIs that slugs stand for there.

    Namespaces whose schemes are parts of one scheme, such as procedures and modalities, know the
    slugs of one another.

    >>> "acne-scar" in shared()["https://w3id.org/mngraph/indication/"]
    True
    >>> shared()["https://w3id.org/mngraph/procedure/"]["phenol-peel"]
    'https://w3id.org/mngraph/modality/phenol-peel'
    """
    found: dict[str, dict[str, str]] = {}
    for iri in _stated("skos:inScheme"):
        namespace, slash, slug = iri.rpartition("/")
        found.setdefault(namespace + slash, {})[slug] = iri
    return {
        space: {
            slug: iri
            for other in (*(o for o in _spaces(space) if o != space), space)
            for slug, iri in found.get(other, {}).items()
        }
        for space in found
    }


def _stated(name: str) -> dict[str, str]:
    """Return what the shared vocabularies state by a property that nodes have once, by node."""
    return _statements()[context.expand(name)]


@cache
def _statements() -> dict[str, dict[str, str]]:
    """Return schemes and their parts, by property and node; the files are read once."""
    found: dict[str, dict[str, str]] = {
        context.expand(name): {} for name in ("skos:inScheme", "dcterms:isPartOf")
    }
    for path in sorted((resources.folder("ontology") / "vocabulary").glob("*.ttl")):
        for quad in read_file(path, base=context.BASE):
            if quad.predicate.value in found:
                node, value = (str(term).strip("<>") for term in (quad.subject, quad.object))
                found[quad.predicate.value][node] = value
    return found


@cache
def _spaces(space: str) -> tuple[str, ...]:
    """Return the namespaces whose schemes are parts of the same scheme, this one among them."""
    wholes = _stated("dcterms:isPartOf")
    whole = wholes.get(iris.scheme(iris.kind_of(space)))
    if whole is None:
        return (space,)
    parts = (part for part, of in wholes.items() if of == whole)
    return tuple(iris.concept(iris.last_segment(part), "") for part in parts)


@dataclass
class Concepts:
    """The concepts that a pack adds.

    Attributes:
        records: a record for each, by kind.
        problems: what is wrong with them.
    """

    records: dict[str, list[Record]] = field(default_factory=dict)
    problems: list[RecordError] = field(default_factory=list)

    def known(self, others: Known) -> Known:
        """Return what slugs stand for with these concepts beside others."""
        found = {space: dict(slugs) for space, slugs in others.items()}
        for kind, records in self.records.items():
            for record in records:
                for space in _spaces(iris.concept(kind, "")):
                    found.setdefault(space, {})[record.id] = _iri(record)
        return found

    def quads(self, base: str) -> Iterator[ox.Quad]:
        """Yield what is stated about the concepts, a graph for each kind."""
        import pyoxigraph as ox

        for kind, records in self.records.items():
            terms = keys.concept(kind).terms
            nodes = [_completed(expanded(record.jsonld, terms), kind) for record in records]
            document = {"@id": f"{base}graph/vocabulary/{kind}", "@graph": nodes}
            yield from ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD)


def read_concepts(folder: Path, pack: str, others: Known, taken: Known) -> Concepts:
    """Read the concepts of a pack's folder; what is wrong with them is in `problems`.

    Args:
        folder: the folder `vocabulary` of the pack, which need not exist.
        pack: the pack's name, which was declared.
        others: the concepts that they can name.
        taken: the concepts whose slugs they cannot have.
    """
    found = Concepts()
    for path in sorted(folder.glob("*.y*ml")):
        try:
            data, lines = yamlfile.read_yaml(path)
        except RecordError as error:
            found.problems.append(error)
            continue
        if reason := _shape(path.stem, data):
            found.problems.append(RecordError(path, 1, reason))
        else:
            found.records[path.stem] = list(_concepts(path, data["concepts"], lines, pack))
    found.problems += _clashes(found, taken)
    return found if found.problems else _checked(found, pack, others)


def _shape(kind: str, data: object) -> str:
    """Return why a file holds no concepts, or nothing."""
    if kind not in KINDS:
        near = nearest(kind, KINDS, 60)
        meant = f"; did you mean {near}.yaml?" if near else f": {', '.join(KINDS)}"
        return f"a vocabulary file is called by the kind of its concepts{meant}"
    if not isinstance(data, dict) or list(data) != ["concepts"]:
        return "a vocabulary file has one key, `concepts`, with a list"
    if not isinstance(data["concepts"], list) or not data["concepts"]:
        return "`concepts` expects a list with at least one concept, like [{id: …, label: …}]"
    return ""


def _concepts(path: Path, data: list[object], lines: yamlfile.Lines, pack: str) -> Iterator[Record]:
    """Yield a record for each concept of a file; what they name is not looked up yet."""
    for number, item in enumerate(data):
        start = ("concepts", number)
        own = {place[2:]: line for place, line in lines.items() if place[:2] == start}
        record = Record(path, item if isinstance(item, dict) else {}, own, pack)
        if not isinstance(item, dict):
            line = lines.get(start, 1)
            record.problems.append(RecordError(path, line, "a concept has keys: id, label, …"))
        yield record


def _checked(found: Concepts, pack: str, others: Known) -> Concepts:
    """Return concepts checked against the context, with problems where they do not fit it."""
    known = found.known(others)
    for kind, records in found.records.items():
        about = {context.BASE: known.get(iris.concept(kind, ""), {})}
        term = keys.concept(kind)
        checked = [
            check_record(record.data, record.lines, record.path, about, pack, term)
            for record in records
        ]
        found.records[kind] = checked
        for record in checked:
            found.problems += record.problems
            for key in ("label", "definition"):
                if key not in record.data:
                    reason = f"the concept `{record.id}` has no `{key}`"
                    found.problems.append(RecordError(record.path, record.lines[()], reason))
    found.problems += [] if found.problems else _cycles(found)
    return found


def _clashes(found: Concepts, others: Known) -> Iterator[RecordError]:
    """Yield a problem for each slug that is none, or that stands for something else already."""
    first: dict[tuple[str, str], Record] = {}
    for kind, records in found.records.items():
        for record in records:
            yield from record.problems
            line = record.lines.get(("id",), record.lines.get((), 1))
            if not SLUG.fullmatch(record.id):
                reason = (
                    f"`id` is a slug of lower-case letters, digits and hyphens, not {record.id!r}"
                )
                yield RecordError(record.path, line, reason)
                continue
            space = min(_spaces(iris.concept(kind, "")))
            if taken := others.get(iris.concept(kind, ""), {}).get(record.id):
                reason = (
                    f"`{record.id}` is {context.compact(taken)} already: use that concept, "
                    "or call this one something else"
                )
                yield RecordError(record.path, line, reason)
            elif (space, record.id) in first:
                before = first[space, record.id]
                at = f"{before.path.name}:{before.lines.get(('id',), 1)}"
                yield RecordError(record.path, line, f"`{record.id}` is defined already, at {at}")
            first.setdefault((space, record.id), record)


def _cycles(found: Concepts) -> Iterator[RecordError]:
    """Yield a problem for each concept that would be broader than itself."""
    records = {record.id: record for every in found.records.values() for record in every}
    above = {slug: record.data.get("broader", []) for slug, record in records.items()}
    for slug, record in records.items():
        way = _way_back(slug, above)
        if way:
            reason = f"`broader` leads back to the concept itself: {' → '.join([*way, slug])}"
            line = record.lines.get(("broader",), record.lines[()])
            yield RecordError(record.path, line, reason)


def _way_back(slug: str, above: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the concepts from one up to itself, or nothing where there is no such way."""
    ways, seen = [[slug]], set()
    while ways:
        way = ways.pop()
        for broader in above.get(way[-1], ()):
            if broader == slug:
                return way
            if broader not in seen:
                seen.add(broader)
                ways.append([*way, broader])
    return []


def _iri(record: Record) -> str:
    kind = record.path.stem
    return f"{record.base}{kind}/{record.id}"


def _completed(node: dict[str, object], kind: str) -> dict[str, object]:
    """Return a concept with what holds of each: that it is one, its scheme, its label."""
    types = [context.expand("skos:Concept"), *node["@type"]]  # type: ignore[misc]
    labels = [
        label
        for label in node.get(context.expand("skos:prefLabel"), [])  # type: ignore[attr-defined]
        if label["@language"] == "en"
    ]
    return node | {
        "@type": types,
        context.expand("skos:inScheme"): [{"@id": iris.scheme(kind)}],
        context.expand("rdfs:label"): labels,
    }
