"""Options, completion and progress that commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from mngraph.errors import OutputError

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

graph_option: Decorator = click.option(
    "-g", "--graph", "location", metavar="LOCATION", envvar="MNGRAPH_GRAPH",
    help="Store directory, RDF file or SPARQL endpoint; by default the graph of the release.",
)  # fmt: skip


def complete_concept(*kinds: str) -> Callable[..., list[Any]]:
    """Return a completion of concept slugs of some kinds."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from mngraph import concepts
        from mngraph.store import open_store

        labels = concepts.labels(open_store())
        return [
            CompletionItem(slug, help=label.text)
            for label in labels
            if label.text == label.preferred and label.kind in (kinds or concepts.KINDS)
            if (slug := label.iri.rpartition("/")[2]).startswith(incomplete.lower())
        ]

    return complete


def write_output(content: str | bytes, target: str | None) -> None:
    """Write a result to a file, at once or not at all, or to stdout."""
    from mngraph.files import write_bytes

    data = content.encode() if isinstance(content, str) else content
    if target and target != "-":
        write_bytes(Path(target), data)
        return
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (head, less) has enough: end in silence, as other tools do.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise OutputError(f"cannot write the result: {error.strerror}") from error


def said(text: str) -> None:
    """Print a message for people, to stderr."""
    click.echo(text, err=True)


def progress(items: Iterable[Any], label: str) -> Iterable[Any]:
    """Return items with a progress bar on stderr when that is a terminal."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, label, console=Console(stderr=True), transient=True)


def default_style(styles: Iterable[str]) -> str:
    """Return `table` in a terminal and the first other style in a pipe."""
    names = [name for name in styles if name != "table"]
    return "table" if sys.stdout.isatty() else names[0]
