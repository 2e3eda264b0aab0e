"""`mngraph export`."""

from __future__ import annotations

from pathlib import Path

import click

from mngraph.cli.options import graph_option, said, write_output
from mngraph.errors import UsageError


@click.command("export")
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "-f",
    "--format",
    "style",
    metavar="FORMAT",
    help="ttl nt nq trig rdf jsonld graphml gexf csv cytoscape; by default as the name says.",
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
    target: Path, style: str | None, names: tuple[str, ...], location: str | None
) -> None:
    """Write the graph to a file: RDF in any syntax, or the network for drawing programs.

    The same graph gives the same bytes. ttl, nt and rdf hold the union of the named graphs; nq,
    trig and jsonld keep them apart. FILE may end in .gz, which packs it; - is stdout.

    \b
    mngraph export microneedling.ttl
    mngraph export claims.jsonld --graph-name graph:claims
    mngraph export network.graphml.gz
    mngraph export - -f nq | sort
    """  # noqa: D301
    from mngraph import context, export
    from mngraph.store import open_store

    chosen = _format(target, style)
    if names and chosen not in export.RDF_WRITERS:
        raise UsageError(f"--graph-name goes with RDF formats, not with {chosen}")
    store = open_store(location)
    if chosen in export.RDF_WRITERS:
        graphs = [context.expand(name) for name in names]
        content, held = export.graph_content(store, chosen, graphs)
    else:
        from mngraph.drawing import network, networkfiles

        drawn = network.network(store)
        content = networkfiles.GRAPH_WRITERS[chosen](drawn)
        held = f"{drawn.number_of_nodes():,} nodes, {drawn.number_of_edges():,} edges"
    write_output(export.packed(target, content), str(target))
    said(f"{target}: {held}")


def _format(target: Path, style: str | None) -> str:
    """Return the format that is asked for, by option or by the file's ending."""
    from mngraph.drawing.networkfiles import GRAPH_WRITERS
    from mngraph.export import RDF_WRITERS, style_of

    known = [*RDF_WRITERS, *GRAPH_WRITERS]
    chosen = style or style_of(target)
    if chosen in known:
        return chosen
    listed = f"the formats are {', '.join(known)}"
    if not chosen:
        raise UsageError(f"{target} has no ending that says the format; give -f: {listed}")
    raise UsageError(f"{chosen!r} is no format of mngraph; {listed}")
