"""`mngraph diff`: what changed between two graphs."""

from __future__ import annotations

import click


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("-f", "--format", "style", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="How to print the differences.")  # fmt: skip
@click.pass_context
def diff(ctx: click.Context, old: str, new: str, style: str) -> None:
    """Compare two graph locations: claims and facts added, removed, changed.

    OLD and NEW are store directories, RDF files or SPARQL endpoints; `release` stands for the
    graph that ships with mngraph. Exit code 0 when both say the same, 1 when they differ.
    """
    import json

    from mngraph.diff import diff as compare
    from mngraph.store import open_store

    stores = [open_store(None if place == "release" else place) for place in (old, new)]
    result = compare(*stores)
    if style == "json":
        click.echo(json.dumps(result.to_dict(), ensure_ascii=False, indent=2))
    else:
        click.echo(result.to_text(), nl=False)
    ctx.exit(0 if result.same else 1)
