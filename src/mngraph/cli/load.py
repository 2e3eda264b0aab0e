"""`mngraph load`."""

from __future__ import annotations

from pathlib import Path

import click

from mngraph.cli.options import progress_of
from mngraph.cli.process import say
from mngraph.errors import UsageError
from mngraph.wording import counted

SYNTAXES = ("ttl", "nt", "nq", "trig", "rdf", "jsonld", "n3")
"""The syntaxes that are read; a test holds them to those of `mngraph.syntaxes`."""


@click.command("load")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(readable=False))
@click.option(
    "-o", "--output", "target", required=True, metavar="STORE",
    type=click.Path(path_type=Path, readable=False),
    help="Store directory to make or to replace.",
)  # fmt: skip
@click.option(
    "--graph-name", metavar="IRI",
    help="Named graph for triples, as an IRI or CURIE; quads stay in the graph that they name.",
)  # fmt: skip
@click.option(
    "-f", "--format", "format", type=click.Choice(SYNTAXES),
    help="Syntax of the files; by default that of each name, and what stdin looks like.",
)  # fmt: skip
def load_command(
    files: tuple[str, ...], target: Path, graph_name: str | None, format: str | None
) -> None:
    """Load RDF files of any size and syntax into a store directory.

    The files may be compressed (.gz .bz2 .xz .zst); - reads stdin. Memory does not grow with their
    size. The store appears whole or not at all, and replaces one that stands there. Every command
    reads it with -g, at once, where it would parse a file at each question.

    \b
    mngraph load dump.nq.gz -o my-store
    mngraph load *.ttl --graph-name https://example.org/ours -o my-store
    zcat part-*.nt.gz | mngraph load - -f nt -o my-store
    mngraph info -g my-store
    """  # noqa: D301
    from mngraph import context
    from mngraph.loading import load, size_of
    from mngraph.packing import packing_of, without_ending
    from mngraph.syntaxes import ENDINGS, N3
    from mngraph.syntaxes import SYNTAXES as WRITTEN

    if files.count("-") > 1:
        raise UsageError("stdin (-) can be read once: name it once")
    names_file = packing_of(target) or without_ending(target).suffix.lower() in ENDINGS
    if names_file and not target.is_dir():
        raise UsageError(
            f"cannot load into {target}: it is to be a store directory, which has a name without "
            f"an ending, such as {target.name.partition('.')[0] or 'my-store'} (mngraph export "
            "makes files)"
        )
    graph = context.expand(graph_name) if graph_name else None
    syntax = {**WRITTEN, N3.name: N3}[format] if format else None
    with progress_of("loading", sum(map(size_of, files))) as seen:
        held = load(files, target, graph=graph, syntax=syntax, seen=seen)
    graphs = counted(held.graphs, "named graph")
    say(f"{target}: {counted(held.quads, 'quad')}, {graphs}")
