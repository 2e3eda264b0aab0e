"""`mngraph export`."""

from __future__ import annotations

from pathlib import Path

import click

from mngraph.cli.options import graph_option, said
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
    trig and jsonld keep them apart. FILE may end in .gz.

    \b
    mngraph export microneedling.ttl
    mngraph export claims.jsonld --graph-name graph:claims
    mngraph export network.graphml
    """  # noqa: D301
    from mngraph import context, export
    from mngraph.drawing import network, networkfiles
    from mngraph.files import write_bytes
    from mngraph.store import open_store

    chosen = style or _ending(target)
    store = open_store(location)
    if chosen in export.RDF_WRITERS:
        count = export.write_graph(store, target, chosen, [context.expand(name) for name in names])
        said(f"{target}: {count:,} quads")
    elif chosen in networkfiles.GRAPH_WRITERS:
        if names:
            raise UsageError(f"--graph-name goes with RDF formats, not with {chosen}")
        drawn = network.network(store)
        write_bytes(target, networkfiles.GRAPH_WRITERS[chosen](drawn))
        said(f"{target}: {drawn.number_of_nodes():,} nodes, {drawn.number_of_edges():,} edges")
    else:
        known = ", ".join([*export.RDF_WRITERS, *networkfiles.GRAPH_WRITERS])
        raise UsageError(f"{chosen!r} is no format of mngraph; the formats are {known}")


def _ending(target: Path) -> str:
    ending = Path(target.name.removesuffix(".gz")).suffix.lstrip(".").lower()
    return {"json": "cytoscape"}.get(ending, ending)
