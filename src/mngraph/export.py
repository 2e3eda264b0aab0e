"""A graph written as one file: RDF in any syntax, always the same bytes for the same graph."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import context
from mngraph.errors import UsageError
from mngraph.files import write_bytes

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.store import Store

Quads = list[Any]
TRIPLES = ("ttl", "nt", "rdf")
"""The syntaxes that know no graphs: they hold the union of all."""


def style_of(path: str | Path) -> str:
    """Return the format that a file name asks for: its ending, without .gz, in small letters.

    >>> [style_of(name) for name in ("a.ttl", "b.JSONLD.GZ", "c.json", "a-folder", "d.gz")]
    ['ttl', 'jsonld', 'cytoscape', '', 'gz']
    """
    name = Path(path).name.lower()
    ending = Path(name.removesuffix(".gz")).suffix or Path(name).suffix
    return {".json": "cytoscape"}.get(ending, ending.removeprefix("."))


def packed(path: str | Path, content: bytes) -> bytes:
    """Return a file's content: packed, always to the same bytes, when its name ends in .gz."""
    return gzip.compress(content, mtime=0) if Path(path).suffix.lower() == ".gz" else content


def dataset_quads(store: Store, graphs: Iterable[str] = ()) -> list[ox.Quad]:
    """Return the quads of a graph location.

    Args:
        store: the graph.
        graphs: IRIs of named graphs; empty for all.

    Raises:
        UsageError: there is no graph of that name.
    """
    names = list(graphs)
    there = set(store.graphs()) if names else set()
    for name in names:
        if name not in there:
            raise UsageError(f"there is no graph {context.compact(name)} (mngraph info lists them)")
    parts = [store.quads(name) for name in names] or [store.quads()]
    return [quad for part in parts for quad in part]


def canonical(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return quads, each once and sorted, their blank nodes named by the W3C's RDFC-1.0.

    Names hang on the quads with blank nodes alone, so only those are handed to the algorithm.
    """
    import pyoxigraph as ox

    named: set[ox.Quad] = set()
    blank = ox.Dataset()
    for quad in quads:
        (blank if _is_blank(quad) else named).add(quad)
    blank.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted([*named, *blank], key=lambda quad: (str(quad.graph_name), str(quad)))


def statements(quads: Iterable[ox.Quad], style: str) -> list[ox.Quad]:
    """Return what a file of a syntax holds of some quads, in the order in which it is written.

    A syntax without graphs holds their union, which is made before blank nodes are named: their
    names hang on the graphs, and a file that is read and written again must stay as it is.
    """
    import pyoxigraph as ox

    if style in TRIPLES:
        quads = (ox.Quad(q.subject, q.predicate, q.object, ox.DefaultGraph()) for q in quads)
    return canonical(quads)


def to_rdf(quads: Iterable[ox.Quad], style: str) -> bytes:
    """Return quads in one of `RDF_WRITERS`; the same quads in any order give the same bytes.

    >>> import pyoxigraph as ox
    >>> a = ox.NamedNode("https://w3id.org/mngraph/indication/scar")
    >>> to_rdf([ox.Quad(a, a, a)], "nt").decode().split()[0]
    '<https://w3id.org/mngraph/indication/scar>'
    """
    return RDF_WRITERS[style](statements(quads, style))


def graph_content(store: Store, style: str, graphs: Iterable[str] = ()) -> tuple[bytes, str]:
    """Return a graph in one of `RDF_WRITERS`, and in words how much that holds ("12 triples")."""
    held = statements(dataset_quads(store, graphs), style)
    return RDF_WRITERS[style](held), f"{len(held):,} {'triples' if style in TRIPLES else 'quads'}"


def write_graph(store: Store, target: Path, style: str, graphs: Iterable[str] = ()) -> str:
    """Write a graph to a file (packed when it ends in .gz); return in words what it holds."""
    content, held = graph_content(store, style, graphs)
    write_bytes(target, packed(target, content))
    return held


def _serialized(syntax: str) -> Callable[[Quads], bytes]:
    def write(quads: Quads) -> bytes:
        import pyoxigraph as ox

        rdf = getattr(ox.RdfFormat, syntax)
        return _sorted_head(ox.serialize(quads, format=rdf, prefixes=context.prefixes()) or b"")

    return write


def _sorted_head(content: bytes) -> bytes:
    """Sort the prefix lines, whose order Oxigraph leaves open."""
    lines = content.splitlines(keepends=True)
    length = next((n for n, line in enumerate(lines) if not line.startswith(b"@prefix")), 0)
    return b"".join(sorted(lines[:length]) + lines[length:])


def _jsonld(quads: Quads) -> bytes:
    """Return JSON-LD compacted with the context's prefixes, a member of @graph for each graph."""
    members: list[dict[str, Any]] = []
    for name, nodes in _nodes_by_graph(quads).items():
        content = [nodes[subject] for subject in sorted(nodes)]
        members += [{"@id": name, "@graph": content}] if name else content
    document = {"@context": context.prefixes(), "@graph": members}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _nodes_by_graph(quads: Quads) -> dict[str, dict[str, dict[str, Any]]]:
    import pyoxigraph as ox

    rdf_type = context.expand("rdf:type")
    graphs: dict[str, dict[str, dict[str, Any]]] = {}
    for quad in quads:
        name = "" if isinstance(quad.graph_name, ox.DefaultGraph) else _name(quad.graph_name)
        subject = _name(quad.subject)
        node = graphs.setdefault(name, {}).setdefault(subject, {"@id": subject})
        if quad.predicate.value == rdf_type:
            node.setdefault("@type", []).append(_name(quad.object))
        else:
            node.setdefault(context.compact(quad.predicate.value), []).append(
                _jsonld_value(quad.object)
            )
    return graphs


def _jsonld_value(term: Any) -> Any:
    import pyoxigraph as ox

    if not isinstance(term, ox.Literal):
        return {"@id": _name(term)}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    kind = context.compact(term.datatype.value)
    return term.value if kind == "xsd:string" else {"@value": term.value, "@type": kind}


def _name(term: Any) -> str:
    """Return a node's name in JSON-LD; an IRI that would read as a wrong CURIE stays whole."""
    import pyoxigraph as ox

    return str(term) if isinstance(term, ox.BlankNode) else context.compact(term.value)


def _is_blank(quad: ox.Quad) -> bool:
    import pyoxigraph as ox

    ends = (quad.subject, quad.object, quad.graph_name)
    return any(isinstance(end, ox.BlankNode) for end in ends)


RDF_WRITERS: dict[str, Callable[[Quads], bytes]] = {
    "ttl": _serialized("TURTLE"),
    "nt": _serialized("N_TRIPLES"),
    "nq": _serialized("N_QUADS"),
    "trig": _serialized("TRIG"),
    "rdf": _serialized("RDF_XML"),
    "jsonld": _jsonld,
}


def to_rdf_triples(triples: Iterable[Any], style: str) -> bytes:
    """Return the triples of a CONSTRUCT or DESCRIBE query, sorted, in one of `RDF_WRITERS`."""
    import pyoxigraph as ox

    return to_rdf((ox.Quad(t.subject, t.predicate, t.object) for t in triples), style)
