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


def dataset_quads(store: Store, graphs: Iterable[str] = ()) -> list[ox.Quad]:
    """Return the quads of a graph location, sorted, with blank nodes named by RDFC-1.0.

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
    return canonical([quad for part in parts for quad in part])


def canonical(quads: Quads) -> list[ox.Quad]:
    """Return quads sorted, their blank nodes named by the W3C algorithm RDFC-1.0."""
    import pyoxigraph as ox

    blank = {quad.graph_name for quad in quads if _is_blank(quad)}
    named = [quad for quad in quads if quad.graph_name not in blank]
    rest = ox.Dataset(quad for quad in quads if quad.graph_name in blank)
    rest.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted([*named, *rest], key=lambda quad: (str(quad.graph_name), str(quad)))


def to_rdf(quads: Quads, style: str) -> bytes:
    """Return sorted quads in one of `RDF_WRITERS`; syntaxes without graphs hold the union.

    >>> import pyoxigraph as ox
    >>> a = ox.NamedNode("https://w3id.org/mngraph/indication/scar")
    >>> to_rdf([ox.Quad(a, a, a)], "nt").decode().split()[0]
    '<https://w3id.org/mngraph/indication/scar>'
    """
    return RDF_WRITERS[style](quads)


def write_graph(store: Store, target: Path, style: str, graphs: Iterable[str] = ()) -> int:
    """Write a graph to a file (packed when it ends in .gz); return how many quads it has."""
    quads = dataset_quads(store, graphs)
    content = to_rdf(quads, style)
    if target.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    write_bytes(target, content)
    return len(quads)


def _serialized(syntax: str, *, triples: bool) -> Callable[[Quads], bytes]:
    def write(quads: Quads) -> bytes:
        import pyoxigraph as ox

        rdf = getattr(ox.RdfFormat, syntax)
        statements = _union(quads) if triples else quads
        written = ox.serialize(statements, format=rdf, prefixes=context.prefixes())
        return _sorted_head(written or b"")

    return write


def _sorted_head(content: bytes) -> bytes:
    """Sort the prefix lines, whose order Oxigraph leaves open."""
    lines = content.splitlines(keepends=True)
    length = next((n for n, line in enumerate(lines) if not line.startswith(b"@prefix")), 0)
    return b"".join(sorted(lines[:length]) + lines[length:])


def _union(quads: Quads) -> list[Any]:
    """Return the triples of all graphs, each once, sorted."""
    return [
        triple for _, triple in sorted({str(quad.triple): quad.triple for quad in quads}.items())
    ]


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

    return isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode)


RDF_WRITERS: dict[str, Callable[[Quads], bytes]] = {
    "ttl": _serialized("TURTLE", triples=True),
    "nt": _serialized("N_TRIPLES", triples=True),
    "nq": _serialized("N_QUADS", triples=False),
    "trig": _serialized("TRIG", triples=False),
    "rdf": _serialized("RDF_XML", triples=True),
    "jsonld": _jsonld,
}


def to_rdf_triples(triples: Iterable[Any], style: str) -> bytes:
    """Return the triples of a CONSTRUCT or DESCRIBE query, sorted, in one of `RDF_WRITERS`."""
    import pyoxigraph as ox

    quads = [ox.Quad(t.subject, t.predicate, t.object, ox.DefaultGraph()) for t in triples]
    return to_rdf(canonical(list(dict.fromkeys(quads))), style)
