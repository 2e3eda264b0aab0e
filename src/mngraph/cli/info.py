"""`mngraph info`."""

from __future__ import annotations

import click

from mngraph.cli.options import graph_option, write_output

COUNTS = ("classes-and-counts", "studies-by-design", "named-graphs")


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
    """Say what is in the graph: version, counts by kind and design, named graphs.

    \b
    mngraph info
    mngraph info -f markdown -g my-store
    """  # noqa: D301
    import mngraph
    from mngraph import cards, context, queries, tables
    from mngraph.store import open_store

    store = open_store(location)
    about = cards.card(store, f"{context.BASE}dataset", nested=False).lines
    rows = [[name, ", ".join(values)] for name, values in about if ":" not in name]
    parts = [
        tables.Table(["about", ""], [["program", f"mngraph {mngraph.__version__}"],
                                     ["reading", store.location], *rows]),
        *(queries.run_table(store, queries.find_query(name)) for name in COUNTS),
    ]  # fmt: skip
    write_output("".join(tables.render(table, style) for table in parts), None)
