"""`mngraph diff`."""

from __future__ import annotations

import click

from mngraph.cli.options import write_output, write_text


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("-f", "--format", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="Format of the differences.")  # fmt: skip
@click.pass_context
def diff_command(ctx: click.Context, old: str, new: str, format: str) -> None:
    """Compare two graphs: claims and facts added, removed, changed.

    OLD and NEW are store directories, RDF files or SPARQL endpoints; `release` is the graph that
    ships with mngraph. The exit code is 0 when both state the same and 1 when they differ.

    \b
    mngraph diff release my-graph.nq
    mngraph diff old.nq new.nq -f json
    """  # noqa: D301
    from mngraph.diff.compare import compare_locations
    from mngraph.tables import json_text

    found = compare_locations(old, new)
    if format == "json":
        write_output(json_text(found.to_dict()), None)
    else:
        write_text(found.to_text(), None)
    ctx.exit(0 if found.same else 1)
