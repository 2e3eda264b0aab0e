"""`mngraph centrality`."""

from __future__ import annotations

import click

from mngraph.cli.options import (
    default_format,
    graph_option,
    open_with_studies,
    write_output,
    write_text,
)

FORMATS = ["table", "csv", "tsv", "json", "markdown"]


@click.command("centrality")
@click.option("--kind", type=click.Choice(["procedure", "indication", "modality", "event"]),
              default="modality", show_default=True, help="Which concepts to rank.")  # fmt: skip
@click.option("--min-studies", type=click.IntRange(0), default=1, show_default=True,
              help="Only relations with at least this many studies.")  # fmt: skip
@click.option("--level", type=click.IntRange(1, 5), default=5, show_default=True,
              help="Only studies at this design level or a stronger one.")  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many rows."
)
@click.option("-f", "--format", "format", type=click.Choice(FORMATS), help="Format of the table.")
@graph_option
def centrality_command(
    kind: str, min_studies: int, level: int, limit: int, format: str | None, location: str | None
) -> None:
    """Rank concepts by how they bridge the network of procedures, indications and modalities.

    Reach is how many indications (for an indication: modalities) the concept is linked to.
    Betweenness is the share of shortest paths between other concepts that lead through it.
    Neither says how well anything does: they count what was studied together.

    \b
    mngraph centrality                      which modality bridges the most indications?
    mngraph centrality --kind indication --level 2
    """  # noqa: D301
    from mngraph.drawing.centrality import centrality
    from mngraph.tables import render

    table = centrality(open_with_studies(location), kind, min_studies, level, limit)
    chosen = format or default_format(FORMATS)
    write = write_text if chosen in ("table", "markdown") else write_output
    write(render(table, chosen), None)
