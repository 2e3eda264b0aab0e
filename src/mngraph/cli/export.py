"""`mngraph export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mngraph.cli.options import graph_option, output_stream, write_output
from mngraph.cli.process import say
from mngraph.errors import UsageError

if TYPE_CHECKING:
    from mngraph.store import Store


@click.command("export")
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path, readable=False))
@click.option(
    "-f",
    "--format",
    metavar="FORMAT",
    help="ttl nt nq trig rdf jsonld graphml gexf csv cytoscape; by default the ending of FILE.",
)
@click.option(
    "--graph-name",
    "names",
    multiple=True,
    metavar="GRAPH",
    help="Only this named graph, e.g. graph:claims (may be given again).",
)
@graph_option
def export_command(
    target: Path, format: str | None, names: tuple[str, ...], location: str | None
) -> None:
    """Write the graph to a file: RDF in any syntax, or the network for drawing programs.

    The same graph gives the same bytes. ttl, nt and rdf hold the union of the named graphs; nq,
    trig and jsonld keep them apart. What a format cannot hold is refused before anything is
    written. FILE may also end in .gz, .bz2, .xz or .zst, which compresses it; - is stdout.

    \b
    mngraph export microneedling.ttl
    mngraph export claims.jsonld --graph-name graph:claims
    mngraph export network.graphml.gz
    mngraph export - -f nq | sort
    """  # noqa: D301
    from mngraph import context, export, packing, rdffiles
    from mngraph.store import open_store

    chosen = _chosen(target, format)
    if chosen not in export.RDF_FORMATS:
        if names:
            raise UsageError(f"--graph-name goes with RDF formats, not with {chosen}")
        held = _write_network(open_store(location), target, chosen)
    else:
        graphs = [context.expand(name) for name in names]
        if location is not None and rdffiles.names_file(location):
            quads = export.file_quads(location, graphs)
        else:
            quads = export.dataset_quads(open_store(location), graphs)
        statements = export.statements(quads, chosen)
        with output_stream(str(target)) as out, packing.packed(target, out) as stream:
            export.write_statements(statements, chosen, stream)
        held = export.counted(statements, chosen)
    say(f"{target}: {held}")


def _write_network(store: Store, target: Path, format: str) -> str:
    """Write the network in a format of drawing programs; return its size in words."""
    from mngraph import packing
    from mngraph.drawing import network, networkfiles

    drawn = network.network(store)
    content = networkfiles.GRAPH_WRITERS[format](drawn)
    write_output(packing.pack(target, content), str(target))
    return f"{drawn.number_of_nodes():,} nodes, {drawn.number_of_edges():,} edges"


def _chosen(target: Path, format: str | None) -> str:
    """Return the format that is asked for, by option or by the file's ending."""
    from mngraph.drawing.networkfiles import GRAPH_WRITERS
    from mngraph.export import RDF_FORMATS, format_of
    from mngraph.nearest import nearest

    known = [*RDF_FORMATS, *GRAPH_WRITERS]
    ending = format_of(target)
    chosen = _named(format) if format else ending
    fitting = {chosen, "", "txt", *({"cytoscape"} if chosen == "jsonld" else ())}  # both are .json
    if chosen in known and str(target) != "-" and ending not in fitting:
        raise UsageError(
            f"cannot write {chosen} to {target}: its ending is that of something else; choose "
            f"another name, such as {target.stem}.{'cyjs' if chosen == 'cytoscape' else chosen}"
        )
    if chosen in known:
        return chosen
    listed = f"the formats are {', '.join(_described(name) for name in known)}"
    if not chosen:
        raise UsageError(
            f"{target} has no ending that names a format; choose one with -f: {listed}"
        )
    near = nearest(chosen, [*known, *_other_names()])
    meant = f"; did you mean {near}?" if near else ""
    raise UsageError(f"unknown format {chosen!r}{meant} ({listed})")


def _other_names() -> dict[str, str]:
    """Return the other endings that stand for a format of RDF, such as turtle for ttl."""
    from mngraph.syntaxes import SYNTAXES

    return {
        ending[1:]: name
        for name, syntax in SYNTAXES.items()
        for ending in syntax.endings[1:]
        if ending != ".json"  # is the network's, too
    }


def _named(format: str) -> str:
    return _other_names().get(format, format)


def _described(format: str) -> str:
    also = [other for other, name in _other_names().items() if name == format]
    return f"{format} ({', '.join(also)})" if also else format
