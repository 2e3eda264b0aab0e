"""Which parts of two graphs can differ: digests of files, of named graphs, and of single things.

A thing is a study with its publication, arms and outcomes, a claim with its evidence lines, or any
other resource. Graphs are read as N-Triples, one named graph at a time. Only the named graphs whose
text differs are taken apart into things, and only the things that differ are read as triples.
"""

from __future__ import annotations

import filecmp
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph import iris

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.store import LocalStore

    Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

Properties = dict[str, list["Node"]]
"""What a graph states of one node: sorted values by the IRI of the property."""
Description = dict[str, Properties]
"""The nodes of one thing, by their IRI."""

LABEL = b"<http://www.w3.org/2000/01/rdf-schema#label>"
ENGINE_FILES = ("LOG", "LOCK", "IDENTITY", "OPTIONS")
"""Beginnings of the names of files in a store directory that hold no data."""


def same_bytes(old: Path, new: Path) -> bool:
    """Return whether two files, or two store directories, hold the same bytes of data.

    Two stores that were built apart can hold the same graph in other bytes.

    Args:
        old: a file or a store directory.
        new: another one.
    """
    if old.is_file() and new.is_file():
        return filecmp.cmp(old, new, shallow=False)
    if old.is_dir() and new.is_dir():
        names = _data_files(old)
        if names != _data_files(new):
            return False
        return not any(filecmp.cmpfiles(old, new, names, shallow=False)[1:])
    return False


def _data_files(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith(ENGINE_FILES))


def differing_graphs(old: LocalStore, new: LocalStore) -> list[str]:
    """Return the names of the graphs whose N-Triples differ, sorted; '' is the default graph.

    Both stores are read at the same time. Graphs of the same triples are listed all the same when
    their triples come in another order or their blank nodes have other names.
    """
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(_graph_digests, (old, new))
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _graph_digests(store: LocalStore) -> dict[str, bytes]:
    """Return a digest of the N-Triples of each graph that holds any."""
    texts = ((name, _ntriples(store, name)) for name in ("", *store.graphs()))
    return {name: blake2b(text).digest() for name, text in texts if text}


def differing_things(old: LocalStore, new: LocalStore, graphs: Iterable[str]) -> set[str]:
    """Return the things that some graphs describe differently: IRIs of studies, claims, others."""
    one, other = (_thing_digests(store, graphs) for store in (old, new))
    return {thing for thing in one.keys() | other.keys() if one.get(thing) != other.get(thing)}


def _thing_digests(store: LocalStore, graphs: Iterable[str]) -> dict[str, int]:
    """Return one number for each thing, which does not depend on the order of its triples."""
    digests: dict[str, int] = {}
    for thing, line in _named_triples(store, graphs):
        number = int.from_bytes(blake2b(line, digest_size=16).digest(), "big")
        digests[thing] = digests.get(thing, 0) + number
    return digests


def descriptions(store: LocalStore, things: set[str]) -> dict[str, Description]:
    """Return what a store says of some things, by their IRI."""
    import pyoxigraph as ox

    lines: dict[str, list[bytes]] = {}
    for thing, line in _named_triples(store, ("", *store.graphs())) if things else ():
        if thing in things:
            lines.setdefault(thing, []).append(line)
    found: dict[str, Description] = {}
    for thing, own in lines.items():
        nodes: dict[str, dict[str, set[Node]]] = {}
        for quad in ox.parse(b"\n".join(own), format=ox.RdfFormat.N_TRIPLES):
            node = nodes.setdefault(str(quad.subject)[1:-1], {})
            node.setdefault(quad.predicate.value, set()).add(quad.object)
        found[thing] = {
            iri: {name: sorted(values, key=str) for name, values in sorted(node.items())}
            for iri, node in sorted(nodes.items())
        }
    return found


def blank_node_triples(store: LocalStore) -> set[str]:
    """Return the triples with blank nodes, which RDFC-1.0 names so that graphs can be compared."""
    import pyoxigraph as ox

    found = ox.Dataset()
    for name in ("", *store.graphs()):
        lines = [line for line in _ntriples(store, name).splitlines() if _has_blank_node(line)]
        for quad in ox.parse(b"\n".join(lines), format=ox.RdfFormat.N_TRIPLES):
            found.add(quad)
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in found}


def has_blank_nodes(store: LocalStore, graphs: Iterable[str]) -> bool:
    """Return whether any of some graphs holds a blank node."""
    return any(
        _has_blank_node(line) for name in graphs for line in _ntriples(store, name).splitlines()
    )


def _named_triples(store: LocalStore, graphs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the thing and the N-Triples line of each recorded triple without blank nodes.

    What the graph of claims derives of a study follows from the records, and is left out but for
    labels.
    """
    things: dict[bytes, str] = {}
    for name in graphs:
        for line in _ntriples(store, name).splitlines():
            subject, predicate, _ = line.split(b" ", 2)
            if _has_blank_node(line):
                continue
            thing = things.get(subject)
            if thing is None:
                thing = things[subject] = thing_of(subject[1:-1].decode())
            derived = name == iris.CLAIMS_GRAPH and iris.study_key(thing)
            if not derived or predicate == LABEL:
                yield thing, line


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


def _ntriples(store: LocalStore, graph: str) -> bytes:
    """Return a named graph as N-Triples; '' is the default graph."""
    import pyoxigraph as ox

    name = ox.NamedNode(graph) if graph else ox.DefaultGraph()
    return store.oxigraph.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=name) or b""
