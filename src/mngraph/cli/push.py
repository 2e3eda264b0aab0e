"""`mngraph push`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mngraph.cli.options import default_format, graph_option, progress_of, write_text
from mngraph.cli.process import say
from mngraph.wording import counted

if TYPE_CHECKING:
    from mngraph.pushing import Push

DONE = {"add": "added", "replace": "replaced", "keep": "already there", "remove": "removed"}
"""What was done with graphs, by the action."""


@click.command("push")
@click.argument("endpoint", metavar="ENDPOINT")
@graph_option
@click.option(
    "--update", metavar="URL",
    help="Where the server takes SPARQL Update; by default found beside the endpoint.",
)  # fmt: skip
@click.option(
    "--graph-store", metavar="URL",
    help="Where it has the Graph Store HTTP Protocol; by default found likewise.",
)  # fmt: skip
@click.option(
    "--graph-name", metavar="IRI",
    help="Named graph for triples that stand in none, as an IRI or CURIE.",
)  # fmt: skip
@click.option(
    "--prune", is_flag=True,
    help="Also remove graphs of the same packs that are not in the location.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="List what would be done, and write nothing.")
def push_command(
    endpoint: str, location: str | None, update: str | None, graph_store: str | None,
    graph_name: str | None, prune: bool, dry_run: bool,
) -> None:  # fmt: skip
    """Load the graph into a remote store, one named graph after the other.

    ENDPOINT is the address that answers SPARQL queries. Each graph is written beside its place,
    compared with what was sent, and moved into place: it appears whole or not at all. Graphs that
    say the same there are skipped, so that an interrupted push goes on where it was. Graphs of
    others are left alone.

    A user and a password come from MNGRAPH_USER and MNGRAPH_PASSWORD, a token from MNGRAPH_TOKEN,
    or either from a netrc file.

    \b
    mngraph push http://127.0.0.1:7878/query --dry-run
    mngraph push http://127.0.0.1:7878/query -g my-store
    mngraph push https://example.org/sparql --prune
    mngraph push https://example.org/db --update https://example.org/db/statements
    """  # noqa: D301
    from mngraph import context
    from mngraph.graphstore import GraphStore
    from mngraph.pushing import Push
    from mngraph.store import open_store

    graph = context.expand(graph_name) if graph_name else None
    server = GraphStore(endpoint, update or "", graph_store or "")
    push = Push(open_store(location), server, graph=graph, prune=prune)
    if push.shared:
        nodes = counted(push.shared, "blank node")
        say(f"{nodes} in several graphs: what is one node here becomes one in each graph there")
    if dry_run:
        _list(push)
        return
    with progress_of("pushing", push.triples, unit="triples") as seen:
        push.run(seen)
    parts = [
        f"{number:,} {DONE[action]}"
        for action in DONE
        if (number := sum(step.action == action for step in push.steps))
    ]
    total = sum(step.triples for step in push.steps)
    graphs = counted(sum(step.action != "remove" for step in push.steps), "named graph")
    say(f"{endpoint}: {graphs} with {counted(total, 'triple')}: {', '.join(parts) or 'none'}")


def _list(push: Push) -> None:
    """Print what a push would do with each graph that differs, and say how many do not."""
    from mngraph import tables

    steps = [step for step in push.steps if step.action != "keep"]
    rows = [[step.action, step.graph, step.triples, step.before] for step in steps]
    table = tables.Table(["action", "graph", "triples", "before"], rows)
    write_text(tables.render(table, default_format(("table", "csv"))), None)
    kept = len(push.steps) - len(steps)
    verb = "is" if kept == 1 else "are"
    say(f"{counted(len(steps), 'named graph')} would be written; {kept:,} {verb} already there")
