"""`mngraph info`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mngraph.cli.options import graph_option, write_output, write_text
from mngraph.cli.process import say

if TYPE_CHECKING:
    from mngraph.store import Store
    from mngraph.tables import Table

COUNTS = {
    "classes": "classes-and-counts", "designs": "studies-by-design", "graphs": "named-graphs",
}  # fmt: skip
"""The sections of counts, and the named query of each."""


@click.command("info")
@click.option(
    "-f",
    "--format",
    "format",
    type=click.Choice(["table", "csv", "json", "markdown"]),
    default="table",
)
@graph_option
def info_command(format: str, location: str | None) -> None:
    """Show what is in the graph: version, counts by class and design, named graphs.

    JSON is one object with the sections about, classes, designs and graphs; CSV is one table with
    a row for each value.

    \b
    mngraph info
    mngraph info -f markdown -g my-store
    """  # noqa: D301
    import mngraph
    from mngraph import queries, tables, versions
    from mngraph.cards.resource import dataset
    from mngraph.store import open_store
    from mngraph.studies import has_studies

    store = open_store(location)
    if not has_studies(store):
        say(f"{store.location} holds no studies in the mngraph vocabulary")
    about = {"program": f"mngraph {mngraph.__version__}", "reading": store.location}
    about |= dict(dataset(store))
    if packs := _packs(store):
        about["packs"] = packs
    if location and (released := versions.folder_of(location)):
        about["releases"] = ", ".join(versions.dates(released.absolute().parent))
    counts = {
        section: queries.run_table(store, queries.find_query(name))
        for section, name in COUNTS.items()
    }
    if format == "json":
        document = {"about": about} | {
            section: [dict(zip(table.columns, row, strict=True)) for row in table]
            for section, table in counts.items()
        }
        write_output(tables.json_text(document), None)
    elif format == "csv":
        write_output(_long(about, counts).to_csv(), None)
    else:
        first = tables.Table(["about", ""], [list(item) for item in about.items()])
        parts = [first, *(table for table in counts.values() if len(table))]
        write_text("".join(tables.render(table, format) for table in parts), None)


def _packs(store: Store) -> str:
    """Return the packs in a graph by name and version."""
    from mngraph import sparql

    rows = store.select_internal(sparql.internal("packs"))
    named = [[row[part].value for part in ("name", "version") if row[part]] for row in rows]
    return ", ".join(dict.fromkeys(" ".join(parts) for parts in named))


def _long(about: dict[str, str], counts: dict[str, Table]) -> Table:
    """Return all sections as one table with a row for each value."""
    from mngraph.tables import Table

    rows: list[list[object]] = [["about", name, None, None, value] for name, value in about.items()]
    for section, table in counts.items():
        for row in table:
            known = dict(zip(table.columns, row, strict=True))
            name, label = known.pop(table.columns[0]), known.pop("label", None)
            filled = ((key, value) for key, value in known.items() if value is not None)
            rows += [[section, name, label, key, value] for key, value in filled]
    return Table(["section", "name", "label", "property", "value"], rows)
