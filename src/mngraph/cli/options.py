"""Options, completion and progress that commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

import click

from mngraph.cli.process import standard_output
from mngraph.errors import LocationError, MngraphError, UsageError
from mngraph.visible import escape_controls

if TYPE_CHECKING:
    from mngraph.store import Store

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

graph_option: Decorator = click.option(
    "-g", "--graph", "location", metavar="LOCATION", envvar="MNGRAPH_GRAPH",
    type=click.Path(readable=False),
    help="Store directory, RDF file (- is stdin), one of several releases (FOLDER@DATE) or SPARQL "
    "endpoint; by default the release.",
)  # fmt: skip


def is_address(text: str) -> bool:
    """Return whether a text is the address of something on the web, without a password."""
    from mngraph.connection import Connection

    try:
        return bool(Connection(text))
    except LocationError:
        return False


def _addresses(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for each in given:
        if not is_address(each):
            raise click.BadParameter(f"{each!r} is no address like https://example.org/sparql")
    return given


def _origins(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for each in given:
        if each != "*" and (not is_address(each) or urlsplit(each)[2:] != ("", "", "")):
            raise click.BadParameter(
                f"{each!r} is no origin like https://example.org, without a path"
            )
    return given


services_option: Decorator = click.option(
    "--allow-service", "services", multiple=True, metavar="URL", callback=_addresses,
    help="Let SERVICE send parts of a query to this endpoint (may be given again).",
)  # fmt: skip
origins_option: Decorator = click.option(
    "--cors", "origins", multiple=True, metavar="ORIGIN", callback=_origins,
    help="Let web pages of this origin ask /sparql; * is any (may be given again).  "
    "[default: any for the release, none for other graphs]",
)  # fmt: skip


def complete_concept(*kinds: str) -> Callable[..., list[Any]]:
    """Return a completion of concept slugs of some kinds, from the graph that is asked."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from mngraph import concepts
        from mngraph.store import open_store

        location = ctx.params.get("location")
        try:  # files and endpoints take too long for a key that is pressed
            labels = concepts.labels(open_store(location if _is_store(location) else None))
        except MngraphError:
            return []
        return [
            CompletionItem(slug, help=label.text)
            for label in labels
            if label.text == label.preferred and label.kind in (kinds or concepts.KINDS)
            if (slug := label.iri.rpartition("/")[2]).startswith(incomplete.lower())
        ]

    return complete


def _is_store(location: str | None) -> bool:
    return bool(location) and Path(str(location)).is_dir()


def open_with_studies(location: str | None) -> Store:
    """Open a graph that has to hold studies.

    Raises:
        NoStudiesError: it holds none.
        LocationError: nothing is there, or it cannot be opened.
    """
    from mngraph.store import open_store
    from mngraph.studies import require_studies

    store = open_store(location)
    require_studies(store)
    return store


def choose_format(
    target: str | None, asked: str | None, endings: Mapping[str, str], default: str
) -> str:
    """Return the format of a result: the one that is asked for, else that of the file's ending.

    Args:
        target: the file to write; None or - for stdout.
        asked: the format that an option names.
        endings: the format that goes with each ending, such as {".csv": "csv"}.
        default: the format for stdout, and for a file without an ending.

    Raises:
        UsageError: the ending is that of another format, or of none that can be written.

    >>> choose_format("answer.CSV", None, {".csv": "csv", ".md": "markdown"}, "table")
    'csv'
    >>> choose_format("a.csl.json", None, {".json": "json", ".csl.json": "csl"}, "table")
    'csl'
    """
    name = Path(target).name.lower() if target and target != "-" else ""
    longest = max((each for each in endings if name.endswith(each)), key=len, default="")
    ending = longest or Path(name).suffix
    if not ending:
        return asked or default
    if ending not in endings:
        raise UsageError(
            f"cannot write {target}: the ending {ending} is not one of {', '.join(endings)}"
        )
    if asked and asked != endings[ending]:
        fitting = " or ".join(name for name, form in endings.items() if form == asked)
        raise UsageError(f"cannot write {asked} to {target}: such a file ends in {fitting}")
    return endings[ending]


@contextmanager
def output_stream(target: str | None, *, styled: bool = False) -> Iterator[BinaryIO]:
    """Yield a stream to a file, which appears whole or not at all, or to stdout.

    Args:
        target: the file; None or - for stdout.
        styled: whether a terminal gets control characters as they are, since they are ours.

    Raises:
        OutputError: the file or stdout cannot be written, or not all of it.
    """
    if target and target != "-":
        from mngraph.files import writing

        with writing(target) as stream:
            yield stream
    else:
        with standard_output(styled=styled) as stream:
            yield stream


def write_output(content: str | bytes, target: str | None, *, styled: bool = False) -> None:
    """Write a result to a file, at once or not at all, or to stdout.

    Args:
        content: the result.
        target: the file; None or - for stdout.
        styled: whether a terminal gets control characters as they are, since they are ours.

    Raises:
        OutputError: the file or stdout cannot be written, or not all of it.
    """
    if isinstance(content, str):  # a file name that is not UTF-8 holds what has no bytes
        content = content.encode(errors="backslashreplace")
    with output_stream(target, styled=styled) as stream:
        stream.write(content)


def write_text(text: str, target: str | None) -> None:
    """Write a result that people read; control characters of foreign text are made visible.

    Raises:
        OutputError: the file or stdout cannot be written, or not all of it.
    """
    write_output(escape_controls(text), target)


def progress(items: Iterable[Any], label: str) -> Iterable[Any]:
    """Return items with a progress bar on stderr when that is a terminal."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, label, console=Console(stderr=True), transient=True)


@contextmanager
def progress_of(label: str, total: float, *, unit: str = "") -> Iterator[Callable[[int], None]]:
    """Yield what notes that some more was done, shown as a bar on stderr when that is a terminal.

    Args:
        label: what is being done.
        total: how much there is to do; infinity where that is not known.
        unit: what is counted; nothing for bytes.
    """
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich import progress as bars
    from rich.console import Console

    amount = bars.TextColumn("{task.completed:,.0f} " + unit) if unit else bars.DownloadColumn()
    columns = (
        bars.TextColumn("{task.description}"), bars.BarColumn(), amount,
        bars.TimeElapsedColumn(), bars.TimeRemainingColumn(),
    )  # fmt: skip
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total if total < float("inf") else None)
        yield lambda done: bar.advance(task, done)


def default_format(formats: Iterable[str]) -> str:
    """Return `table` in a terminal and the first other format in a pipe."""
    names = [name for name in formats if name != "table"]
    return "table" if sys.stdout.isatty() else names[0]
