"""`mngraph load`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from mngraph.cli.process import say
from mngraph.wording import counted


@click.command("load")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "-o", "--output", "target", required=True, metavar="STORE",
    type=click.Path(path_type=Path, readable=False), help="Store directory to make or to replace.",
)  # fmt: skip
@click.option(
    "--graph-name",
    "graph",
    metavar="IRI",
    help="Graph that triples go to.  [default: the default graph]",
)
def load_command(files: tuple[str, ...], target: Path, graph: str | None) -> None:
    """Load RDF files of any size into a store directory, which commands read with -g.

    Turtle, N-Triples, N-Quads, TriG, RDF/XML and JSON-LD, also compressed (.gz .bz2 .xz .zst); - is
    standard input. A file need not fit into memory. The store appears at once or not at all.

    \b
    mngraph load big.nq.gz -o my-store
    mngraph load a.ttl b.rdf -o my-store --graph-name http://example.org/graph
    mngraph query -g my-store classes-and-counts
    """  # noqa: D301
    from mngraph.loading import load

    with _bar(files) as seen:
        found = load(files, target, graph=graph, seen=seen)
    graphs = counted(found.graphs, "named graph", "named graphs")
    say(f"{target}: {found.quads:,} quads, {graphs}")


@contextlib.contextmanager
def _bar(files: tuple[str, ...]) -> Iterator[Callable[[int], None] | None]:
    """Yield what moves a progress bar on, when stderr is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    from mngraph.packing import packing_of

    sizes = [Path(name).stat().st_size for name in files if Path(name).is_file()]
    known = len(sizes) == len(files) and not any(packing_of(Path(name)) for name in files)
    columns = (TextColumn("loading"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("loading", total=sum(sizes) if known else None)
        yield lambda size: progress.advance(task, size)
