"""Which parts of two graphs can differ: digests of files, of named graphs, and of single things.

A thing is a study with its publication, arms and outcomes, a claim with its evidence lines, or any
other resource. Graphs are read as N-Triples, one named graph at a time. Only the named graphs whose
text differs are taken apart into things, and only the things that differ are read as triples.
"""

from __future__ import annotations

import filecmp
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph import iris
from mngraph.files import stated
from mngraph.storefolder import DIGEST

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.store import LocalStore

    Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    GraphName = ox.NamedNode | ox.BlankNode | ox.DefaultGraph

Properties = dict[str, list["Node"]]
"""What a graph states about one node: sorted values by the IRI of the property."""
Description = dict[str, Properties]
"""The nodes of one thing, by their IRI."""

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
ENGINE_FILES = ("LOG", "LOCK", "IDENTITY", "OPTIONS")
"""Beginnings of the names of files in a store directory that hold no data."""


def same_content(old: Path, new: Path) -> bool:
    """Return whether two files, or two store directories, are known to hold the same data.

    They have the same bytes; or the stores, whose bytes differ where they were built apart, state
    the same digest of their quads. False means that they have to be compared.

    Args:
        old: a file or a store directory.
        new: another one.
    """
    if old.is_file() and new.is_file():
        return filecmp.cmp(old, new, shallow=False)
    if old.is_dir() and new.is_dir():
        known = [stated(folder, DIGEST) for folder in (old, new)]
        if known[0] and known[0] == known[1]:
            return True
        names = _data_files(old)
        if names != _data_files(new):
            return False
        return not any(filecmp.cmpfiles(old, new, names, shallow=False)[1:])
    return False


def _data_files(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith(ENGINE_FILES))


def differing_graphs(old: LocalStore, new: LocalStore) -> list[GraphName]:
    """Return the names of the graphs whose N-Triples differ, sorted.

    Both stores are read at the same time. Graphs of the same triples are listed all the same when
    their triples come in another order or their blank nodes have other names.
    """
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(_graph_digests, (old, new))
    names = one.keys() | other.keys()
    return sorted((name for name in names if one.get(name) != other.get(name)), key=str)


def _graph_digests(store: LocalStore) -> dict[GraphName, bytes]:
    """Return a digest of the N-Triples of each graph that holds any."""
    texts = ((name, _ntriples(store, name)) for name in _graph_names(store))
    return {name: blake2b(text).digest() for name, text in texts if text}


@dataclass
class Candidates:
    """What may differ between two graphs.

    Attributes:
        nodes: for each thing, the IRIs of its nodes whose triples differ.
        blank_nodes: whether triples with blank nodes differ, by their names at least.
    """

    nodes: dict[str, set[str]] = field(default_factory=dict)
    blank_nodes: bool = False


def candidates(old: LocalStore, new: LocalStore, graphs: Iterable[GraphName]) -> Candidates:
    """Return the things that some named graphs describe differently.

    What the graph of claims derives of a study follows from the records, and is left out but for
    labels.
    """
    found, sums = Candidates(), dict[str, int]()
    nodes: defaultdict[str, set[str]] = defaultdict(set)
    for name in graphs:
        one, other = (set(_ntriples(store, name).splitlines()) for store in (old, new))
        for lines, sign in ((one - other, 1), (other - one, -1)):
            for line in lines:
                if _has_blank_node(line):
                    found.blank_nodes = True
                    continue
                subject, predicate, _ = line.split(b" ", 2)
                iri = subject[1:-1].decode()
                thing = thing_of(iri)
                if not is_derived(name, thing, predicate[1:-1].decode()):
                    number = int.from_bytes(blake2b(line, digest_size=16).digest(), "big")
                    sums[thing] = sums.get(thing, 0) + sign * number
                    nodes[thing].add(iri)
    found.nodes = {thing: nodes[thing] for thing, total in sums.items() if total}
    return found


def is_derived(graph: GraphName, thing: str, predicate: str) -> bool:
    """Return whether a triple in the graph of claims only repeats what a study's record states."""
    in_claims = getattr(graph, "value", "") == iris.CLAIMS_GRAPH
    return in_claims and predicate != LABEL and bool(iris.study_key(thing))


def description(store: LocalStore, thing: str, nodes: Iterable[str]) -> Description:
    """Return what a store states about a thing: of some of its nodes and of all that these lead to.

    Args:
        store: a graph.
        thing: the IRI of a study, a claim or another resource.
        nodes: IRIs of nodes of the thing.
    """
    import pyoxigraph as ox

    key = iris.study_key(thing)
    own = (thing, iris.publication(key), iris.study_graph(key)) if key else (thing,)
    found: dict[str, dict[str, set[Node]]] = {}
    waiting = {*own, *nodes}
    while waiting:
        iri = waiting.pop()
        node = found.setdefault(iri, {})
        for quad in store.quads(subject=iri):
            if _holds_blank_node(quad.object) or is_derived(
                quad.graph_name, thing, quad.predicate.value
            ):
                continue
            node.setdefault(quad.predicate.value, set()).add(quad.object)
            if isinstance(quad.object, ox.NamedNode):
                other = quad.object.value
                if other not in found and thing_of(other) == thing:
                    waiting.add(other)
    return {
        iri: {name: sorted(values, key=str) for name, values in sorted(found[iri].items())}
        for iri in sorted(found)
        if found[iri]
    }


def blank_node_triples(store: LocalStore) -> Iterator[ox.Triple]:
    """Yield the triples with blank nodes of all graphs of a store."""
    import pyoxigraph as ox

    for name in _graph_names(store):
        text = _ntriples(store, name)
        lines = [line for line in text.splitlines() if b"_:" in line and _has_blank_node(line)]
        for quad in ox.parse(b"\n".join(lines), format=ox.RdfFormat.N_TRIPLES):
            yield quad.triple


def thing_of(iri: str) -> str:
    """Return the thing that a node belongs to: its study, its claim, or the node itself.

    >>> thing_of("https://w3id.org/mngraph/publication/pmid-1")
    'https://w3id.org/mngraph/study/pmid-1'
    >>> thing_of("http://example.org/x")
    'http://example.org/x'
    """
    key = iris.study_key(iri)
    return iris.study(key) if key else iris.claim_of(iri) or iri


def _has_blank_node(line: bytes) -> bool:
    subject, _, value = line.split(b" ", 2)
    return subject.startswith(b"_:") or value.startswith(b"_:") or (
        value.startswith(b"<<") and b" _:" in value
    )  # fmt: skip


def _holds_blank_node(value: Node) -> bool:
    import pyoxigraph as ox

    if isinstance(value, ox.Triple):
        return _holds_blank_node(value.subject) or _holds_blank_node(value.object)
    return isinstance(value, ox.BlankNode)


def _graph_names(store: LocalStore) -> list[GraphName]:
    """Return the names of all graphs of a store, which may be blank nodes, too."""
    import pyoxigraph as ox

    return [ox.DefaultGraph(), *sorted(store.oxigraph.named_graphs(), key=str)]


def _ntriples(store: LocalStore, graph: GraphName) -> bytes:
    """Return a graph as N-Triples."""
    import pyoxigraph as ox

    return store.oxigraph.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=graph) or b""
