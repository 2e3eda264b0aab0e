"""A graph written as one file: RDF in any syntax, always the same bytes for the same graph."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mngraph import context, wording
from mngraph.canonical import Statements, canonical
from mngraph.errors import UsageError
from mngraph.files import writing
from mngraph.packing import packed, without_ending
from mngraph.rdffiles import read_file
from mngraph.syntaxes import SYNTAXES, check, ordered_for_xml

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.store import Store

RDF_FORMATS = tuple(SYNTAXES)
"""The names of the formats that hold RDF."""


def format_of(path: str | Path) -> str:
    """Return the format that a file name asks for: its ending, without that of a compression.

    >>> [format_of(name) for name in ("a.ttl", "b.JSONLD.GZ", "c.json", "a-folder", "d.gz")]
    ['ttl', 'jsonld', 'cytoscape', '', 'gz']
    """
    name = Path(path).name.lower()
    ending = without_ending(name).suffix or Path(name).suffix
    network = {".json": "cytoscape", ".cyjs": "cytoscape"}
    others = network | {".turtle": "ttl", ".owl": "rdf", ".xml": "rdf"}
    return others.get(ending, ending.removeprefix("."))


def dataset_quads(store: Store, graphs: Iterable[str] = ()) -> list[ox.Quad]:
    """Return the quads of a graph.

    Args:
        store: the graph.
        graphs: IRIs of named graphs; empty for all.

    Raises:
        UsageError: there is no graph of that name.
    """
    names = list(graphs)
    if names:
        _check_names(names, store.graphs())
    parts = [store.quads(name) for name in names] or [store.quads()]
    return [quad for part in parts for quad in part]


def file_quads(path: str | Path, graphs: Iterable[str] = ()) -> list[ox.Quad]:
    """Return the quads of an RDF file with every literal as the file writes it.

    A store keeps numbers and dates by their value: `0.050` is `0.05` once it was in one.

    Args:
        path: the file, as `rdffiles.read_file` takes it.
        graphs: IRIs of named graphs; empty for all.

    Raises:
        UsageError: there is no graph of that name.
        LocationError: the file cannot be read.
        GraphSyntaxError: it does not follow its syntax.
    """
    names = set(graphs)
    quads = list(read_file(path))
    if not names:
        return quads
    found = [(getattr(quad.graph_name, "value", ""), quad) for quad in quads]
    _check_names(names, {name for name, _ in found})
    return [quad for name, quad in found if name in names]


def _check_names(names: Iterable[str], there: Collection[str]) -> None:
    for name in names:
        if name not in there:
            raise UsageError(f"there is no graph {context.compact(name)} (mngraph info lists them)")


def statements(quads: Iterable[ox.Quad], format: str) -> Statements:
    """Return what a file of a format holds of some quads, in the order in which it is written.

    A syntax without graphs holds their union, which is made before blank nodes are named: their
    names depend on the graphs, and a file that is read and written again must stay as it is.

    Raises:
        UnrepresentableError: the syntax cannot hold one of the quads.
    """
    import pyoxigraph as ox

    syntax = SYNTAXES[format]
    if not syntax.has_graphs:
        quads = (ox.Quad(q.subject, q.predicate, q.object, ox.DefaultGraph()) for q in quads)
    held = canonical(quads)
    check(held.lines(), syntax)
    return held


def write_statements(held: Statements, format: str, out: BinaryIO) -> None:
    """Write to a stream what `statements` returned for a format.

    Raises:
        UnrepresentableError: there is a node that RDF/XML cannot hold; nothing was written.
    """
    import pyoxigraph as ox

    syntax = SYNTAXES[format]
    if syntax.name == "jsonld":
        from mngraph.jsonld import write_jsonld

        write_jsonld(held, out)
        return
    rdf: ox.RdfFormat = getattr(ox.RdfFormat, syntax.engine)
    if syntax.name in ("ttl", "trig"):
        content = ox.serialize(held, format=rdf, prefixes=context.prefixes()) or b""
        out.write(sorted_head(content))
    else:
        ordered = ordered_for_xml(list(held)) if syntax.is_xml else held
        ox.serialize(ordered, out, rdf, prefixes=context.prefixes())


def to_rdf(quads: Iterable[ox.Quad], format: str) -> bytes:
    """Return quads in one of `RDF_FORMATS`; the same quads in any order give the same bytes.

    Raises:
        UnrepresentableError: the syntax cannot hold one of the quads.

    >>> import pyoxigraph as ox
    >>> a = ox.NamedNode("https://w3id.org/mngraph/indication/scar")
    >>> to_rdf([ox.Quad(a, a, a)], "nt").decode().split()[0]
    '<https://w3id.org/mngraph/indication/scar>'
    """
    return to_bytes(statements(quads, format), format)


def to_bytes(held: Statements, format: str) -> bytes:
    """Return as bytes what `write_statements` writes."""
    out = io.BytesIO()
    write_statements(held, format, out)
    return out.getvalue()


def to_rdf_triples(triples: Iterable[ox.Triple], format: str) -> bytes:
    """Return the triples of a CONSTRUCT or DESCRIBE query, sorted, in one of `RDF_FORMATS`.

    Raises:
        UnrepresentableError: the syntax cannot hold one of the triples.
    """
    import pyoxigraph as ox

    return to_rdf((ox.Quad(t.subject, t.predicate, t.object) for t in triples), format)


def write_graph(store: Store, target: str | Path, format: str, graphs: Iterable[str] = ()) -> str:
    """Write a graph to a file, compressed as its name asks.

    Args:
        store: the graph.
        target: the file; it appears whole or not at all.
        format: one of `RDF_FORMATS`.
        graphs: IRIs of named graphs; empty for all.

    Returns:
        How much the file holds, as text ("12 triples").

    Raises:
        UsageError: there is no graph of that name.
        UnrepresentableError: the syntax cannot hold one of the quads; nothing was written.
        OutputError: the file cannot be written.
    """
    held = statements(dataset_quads(store, graphs), format)
    with writing(target) as out, packed(target, out) as stream:
        write_statements(held, format, stream)
    return counted(held, format)


def counted(held: Statements, format: str) -> str:
    """Return how many statements a file of a format holds, as text."""
    return wording.counted(len(held), "quad" if SYNTAXES[format].has_graphs else "triple")


def sorted_head(content: bytes) -> bytes:
    """Sort the prefix lines, whose order Oxigraph leaves open."""
    lines = content.splitlines(keepends=True)
    length = next((n for n, line in enumerate(lines) if not line.startswith(b"@prefix")), 0)
    return b"".join(sorted(lines[:length]) + lines[length:])
