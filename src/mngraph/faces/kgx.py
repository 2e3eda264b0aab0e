"""Nodes and edges by Biolink, as KGX reads them.

The tables and queries of ontology/faces/kgx/ say what there is and under which names: a column of a
query in nodes/ or edges/ is a slot of Biolink, or one of ours; categories.tsv, slots.tsv and
predicates.tsv take over classes, properties and relations as they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mngraph import context, sparql
from mngraph.errors import UsageError
from mngraph.faces import biolink, kgxfiles
from mngraph.faces.biolink import Names

if TYPE_CHECKING:
    from pyoxigraph import Literal, NamedNode

    from mngraph.store import Store

    Row = dict[str, NamedNode | Literal]

SOURCE = "infores:mngraph"
"""The primary source of each edge: the graph, whose curators read it off publications."""
UNKNOWN = "biolink:NamedThing"
"""The category of what a claim is about, where the graph does not say what it is."""
CLAIMS = (context.mn("TreatmentClaim"), context.mn("SafetyClaim"))
LINKS = ("links", "received", "ingredients", "mappings")
"""The queries of edges that stand for a relation of the graph and not for a claim."""

ENDS = ("subject", "predicate", "object", "id")
NOT_FACTS = {"id", "subject", "object"}
"""Columns that say which record a row is about."""

Facts = dict[str, list[Any]]
"""The values of a node or edge by slot, in the order in which they were found."""


@dataclass
class Edge:
    """An edge before its ends have identifiers.

    Attributes:
        subject: IRI of the node at its start.
        object: IRI of the node at its end.
        owner: IRI of the claim that it is, or of the node whose relation it is.
        relation: its row of predicates.tsv.
        facts: its values by slot.
    """

    subject: str
    object: str
    owner: str
    relation: Mapping[str, str]
    facts: Facts = field(default_factory=dict)


def parts(store: Store, name: str, only: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Yield nodes, edges and the prefix map, with their file names.

    Args:
        store: the graph.
        name: `kgx` for tables, `kgx-jsonl` for JSON Lines.
        only: IRIs of claims and studies to keep; none for all.

    Raises:
        UsageError: nothing of it is kept.

    >>> from mngraph.store import LocalStore
    >>> [file for file, _ in parts(LocalStore.memory([]), "kgx")]
    ['nodes.tsv', 'edges.tsv', 'prefixes.json']
    """
    nodes, edges, prefixes = records(store, only)
    yield from kgxfiles.files(name, [*biolink.slots(), "sources"], nodes, edges)
    yield "prefixes.json", kgxfiles.prefix_map(prefixes)


def records(
    store: Store, only: Sequence[str] = ()
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, str]]:
    """Return nodes, edges and the prefixes of their identifiers, before they are written.

    Args:
        store: the graph.
        only: IRIs of claims and studies to keep; none for all.

    Returns:
        Nodes and edges as records of Biolink, sorted, and the namespaces of the prefixes that
        Biolink does not know.

    Raises:
        UsageError: nothing of it is kept.
    """
    names = _names(store)
    nodes = _nodes(store, names)
    edges = [*_claims(store, names, nodes), *_links(store, names, nodes)]
    _tell_ingredients(nodes, edges, names)
    if only:
        nodes, edges = _kept(store, nodes, edges, only)
    node_records = [_node_record(iri, facts, names) for iri, facts in nodes.items()]
    edge_records = [_edge_record(edge, names) for edge in edges]
    return (
        sorted(node_records, key=lambda record: record["id"]),
        sorted(edge_records, key=lambda record: tuple(record[key] for key in ENDS)),
        biolink.own_namespaces(names.used),
    )


def _names(store: Store) -> Names:
    ids: dict[str, str] = {}
    cited: dict[str, str] = {}
    for row in _rows(store, "names"):
        for column, kept in (("id", ids), ("cited", cited)):
            if column in row:
                kept[row["resource"].value] = row[column].value
    return Names(ids, cited)


def _nodes(store: Store, names: Names) -> dict[str, Facts]:
    """Return the nodes by IRI: what has a category, combinations, and terms that are mapped to."""
    found: dict[str, set[str]] = {}
    needs = biolink.category_needs()
    for row in _rows(store, "categories", **needs):
        found.setdefault(row["id"].value, set()).add(row["what"].value)
    rows = {iri: biolink.category_row(what) for iri, what in found.items()}
    nodes: dict[str, Facts] = {
        iri: {"category": [row["category"]], "part": [row["part"]]}
        for iri, row in rows.items()
        if row
    }
    _take_properties(store, names, nodes, needs["classes"])
    for query in _queries("nodes"):
        for row in _rows(store, query):
            iri, like = row["id"].value, row.get("like")
            if like and like.value in nodes:
                nodes.setdefault(iri, {"category": nodes[like.value]["category"]})
            elif "category" in row:
                nodes.setdefault(iri, {})
            if iri in nodes:
                _add(nodes[iri], row, names)
    return nodes


def _claims(store: Store, names: Names, nodes: dict[str, Facts]) -> list[Edge]:
    """Return an edge for each claim; what the graph says nothing else about becomes a node, too."""
    relations = _relations("claims")
    edges: dict[str, Edge] = {}
    for row in _rows(store, "edges/claims"):
        iri, ends = row["id"].value, (row["subject"].value, row["object"].value)
        edges[iri] = Edge(*ends, iri, relations[row["property"].value], {"id": [names.curie(iri)]})
        _add(edges[iri].facts, row, names)
        for end in ends:
            nodes.setdefault(end, {"category": [UNKNOWN]})
    facts = {iri: edge.facts for iri, edge in edges.items()}
    _take_properties(store, names, facts, CLAIMS)
    for query in _queries("edges"):
        if query.startswith("edges/claims-"):
            for row in _rows(store, query):
                _add(facts[row["id"].value], row, names)
    return [*edges.values()]


def _links(store: Store, names: Names, nodes: Mapping[str, Facts]) -> Iterator[Edge]:
    """Yield an edge for each relation between two nodes that predicates.tsv names."""
    reported: dict[str, list[str]] = {}
    for row in _rows(store, "publications"):
        place = reported.setdefault(row["id"].value, [])
        place.append(names.value("publications", row["publications"]))
    for query in LINKS:
        relations = {context.expand(key): row for key, row in _relations(query).items()}
        for row in _rows(store, f"edges/{query}", properties=relations):
            ends = [row["subject"].value, row["object"].value]
            if ends[0] not in nodes or ends[1] not in nodes:
                continue
            relation = relations[row["property"].value]
            edge = Edge(ends[0], ends[1], ends[0], relation)
            edge.facts["original_predicate"] = [relation["property"]]
            edge.facts["publications"] = reported.get(ends[0], [])
            if relation["turned"]:
                edge.subject, edge.object = edge.object, edge.subject
                edge.facts |= {
                    "original_subject": [names.curie(ends[0])],
                    "original_object": [names.curie(ends[1])],
                }
            _add(edge.facts, row, names)
            yield edge


def _tell_ingredients(nodes: dict[str, Facts], edges: list[Edge], names: Names) -> None:
    """List the ingredients of combinations in the slots that Biolink has for them."""
    for edge in edges:
        if edge.relation["query"] == "ingredients":
            for slot in filter(None, nodes[edge.object].get("part", ())):
                nodes[edge.subject].setdefault(slot, []).append(names.curie(edge.object))


def _kept(
    store: Store, nodes: dict[str, Facts], edges: list[Edge], only: Collection[str]
) -> tuple[dict[str, Facts], list[Edge]]:
    """Return the nodes and edges that belong to some claims and studies.

    Relations among concepts are kept where both ends are.

    Raises:
        UsageError: there is none of these claims and studies in the graph.
    """
    reached = {row["id"].value for row in _rows(store, "kept", only=only)}
    if not reached:
        raise UsageError("nothing is kept: the graph has none of these claims and studies")
    kept: list[Edge] = []
    for edge in edges:
        within = {edge.subject, edge.object} <= reached
        if within or (edge.relation["scope"] == "own" and edge.owner in reached):
            kept.append(edge)
            reached |= {edge.subject, edge.object}
    return {iri: facts for iri, facts in nodes.items() if iri in reached}, kept


def _take_properties(
    store: Store, names: Names, records: dict[str, Facts], classes: Collection[str]
) -> None:
    """Take over the properties of nodes or claims that slots.tsv names."""
    slots = biolink.properties()
    rows = _rows(store, "facts", classes=classes, properties=slots)
    for row in sorted(rows, key=lambda row: (slots[row["property"].value], row["value"].value)):
        if row["id"].value in records:
            slot = slots[row["property"].value][1]
            values = records[row["id"].value].setdefault(slot, [])
            values.append(names.value(slot, row["value"]))


def _add(facts: Facts, row: Row, names: Names) -> None:
    for slot in row.keys() & biolink.slots().keys() - NOT_FACTS:
        facts.setdefault(slot, []).append(names.value(slot, row[slot]))


def _node_record(iri: str, facts: Facts, names: Names) -> dict[str, Any]:
    return {"id": names.curie(iri), "iri": iri, **_single(facts)}


def _edge_record(edge: Edge, names: Names) -> dict[str, Any]:
    subject, predicate, object = (
        names.curie(edge.subject), edge.relation["predicate"], names.curie(edge.object)
    )  # fmt: skip
    relation = "\n".join((subject, edge.relation["property"], object))
    record: dict[str, Any] = {
        "id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, relation)}",
        "subject": subject,
        "predicate": predicate,
        "object": object,
        "category": [edge.relation["category"]],
        "knowledge_level": edge.relation["knowledge_level"],
        "agent_type": edge.relation["agent_type"],
        "primary_knowledge_source": SOURCE,
        **_single(edge.facts),
    }
    source = {"resource_id": SOURCE, "resource_role": "primary_knowledge_source"}
    urls = {"source_record_urls": [record["iri"]]} if "iri" in record else {}
    record["sources"] = [source | urls]
    return record


def _single(facts: Facts) -> dict[str, Any]:
    """Return the values of a record: one where the slot has one, else a list without doubles."""
    record: dict[str, Any] = {}
    kinds = biolink.slots()
    for slot in facts.keys() & kinds.keys():
        values = [value for value in facts[slot] if value != ""]
        if not values:
            continue
        if kinds[slot] == "one":
            record[slot] = values[0]
        elif kinds[slot] == "many":
            record[slot] = sorted(set(values), key=lambda value: (str(type(value)), value))
        else:
            record[slot] = [*dict.fromkeys(values)]
    return record


def _relations(query: str) -> dict[str, dict[str, str]]:
    return {row["property"]: row for row in biolink.table("predicates") if row["query"] == query}


def _queries(folder: str) -> list[str]:
    return [f"{folder}/{path.stem}" for path in sorted((biolink.folder() / folder).glob("*.rq"))]


def _rows(store: Store, query: str, **iris: Collection[str]) -> Iterator[Row]:
    """Yield the bound values of each row of a query by the names of its columns."""
    yield from sparql.bound(store.select_internal(biolink.query(query, **iris)))
