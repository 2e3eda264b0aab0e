"""Options, completion and progress that commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import click

from mngraph.cli.process import say, standard_output
from mngraph.visible import escape_controls

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


@contextmanager
def output_stream(target: str | None) -> Iterator[BinaryIO]:
    """Yield a stream to a file, which appears whole or not at all, or to stdout.

    Raises:
        OutputError: the file or stdout cannot be written, or not all of it.
    """
    if target and target != "-":
        from mngraph.files import writing

        with writing(target) as stream:
            yield stream
    else:
        with standard_output() as stream:
            yield stream


def write_output(content: str | bytes, target: str | None) -> None:
    """Write a result to a file, at once or not at all, or to stdout.

    Raises:
        OutputError: the file or stdout cannot be written, or not all of it.
    """
    with output_stream(target) as stream:
        stream.write(content.encode() if isinstance(content, str) else content)


def write_text(text: str, target: str | None) -> None:
    """Write a result that people read; control characters of foreign text are made visible.

    Raises:
        OutputError: the file or stdout cannot be written, or not all of it.
    """
    write_output(escape_controls(text), target)


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "record"), counted(2000, "study", "studies")
    ('1 record', '2,000 studies')
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def said(text: str) -> None:
    """Print a message for people, to stderr."""
    say(text)


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
