"""`mngraph info`."""

from __future__ import annotations

import click

from mngraph.cli.options import graph_option, write_output


@click.command("info")
@click.option(
    "-f",
    "--format",
    "style",
    type=click.Choice(["table", "csv", "json", "markdown"]),
    default="table",
)
@graph_option
def info_command(style: str, location: str | None) -> None:
    """Say what is in the graph: version, counts by kind and design, sources, named graphs."""
    import mngraph
    from mngraph import queries, tables
    from mngraph.store import open_store

    store = open_store(location)
    parts = [
        queries.run_table(store, queries.find_query(name))
        for name in ("about-the-dataset", "classes-and-counts", "studies-by-design", "named-graphs")
    ]
    if style == "table":
        write_output(f"mngraph {mngraph.__version__}, reading {store.location}\n\n", None)
    for table in parts:
        write_output(tables.render(table, style), None)
