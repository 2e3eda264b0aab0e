"""`mngraph build`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mngraph.cli.options import progress
from mngraph.cli.process import say
from mngraph.errors import NotConformingError, UsageError
from mngraph.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from mngraph.build import Sources
    from mngraph.description import Description
    from mngraph.store import LocalStore
    from mngraph.validate import Finding


@click.command("build")
@click.argument(
    "paths", nargs=-1, metavar="[PACK]…", type=click.Path(path_type=Path, readable=False)
)
@click.option(
    "-o",
    "--output",
    "target",
    required=True,
    metavar="LOCATION",
    type=click.Path(path_type=Path, readable=False),
    help="Store directory to make, or an RDF file (.ttl .nt .nq .trig .rdf .jsonld, also .gz); "
    "with --release the folder of all releases.",
)
@click.option("--title", default="", help="Title of the dataset.")
@click.option("--iri", default="", help="IRI of the dataset.  [default: derived from the content]")
@click.option(
    "--date", "day", default="", metavar="YYYY-MM-DD",
    help="Day of the build or release.  [default: SOURCE_DATE_EPOCH, else today; for a release "
    "what the dataset states]",
)  # fmt: skip
@click.option("--no-validate", is_flag=True, help="Leave out the shapes and checks.")
@click.option("--release", "is_release", is_flag=True, help="Make a dated release; see below.")
@click.option(
    "--previous", default="", metavar="LOCATION|none",
    help="Graph to tell the changes since.  [default: the newest release in the folder]",
)  # fmt: skip
@click.option(
    "--url", default="", metavar="URL",
    help="Where the folder of releases will be published, for the redirects to it.",
)  # fmt: skip
def build_command(  # noqa: PLR0913
    paths: tuple[Path, ...], target: Path, title: str, iri: str, day: str, no_validate: bool,
    is_release: bool, previous: str, url: str,
) -> None:  # fmt: skip
    """Build a graph from evidence packs (see mngraph new) or from study records.

    Folders of packs, or folders or files of YAML records; without any, the records of the release
    as they were installed, which a line names. The target appears at once or not at all. A name
    without ending makes a store directory.

    A graph describes itself: title, IRI and date, the program, and the files it was made from. With
    a given date (or SOURCE_DATE_EPOCH) the same records give the same bytes.

    With --release it is written as LOCATION/DATE: the graph, its other formats, descriptions,
    checksums, and what changed since the release before. A release is never changed; LOCATION@DATE
    and LOCATION@latest name the graphs of releases, wherever a graph is asked for.

    \b
    mngraph build -o everything.trig
    mngraph build my-studies/ -o my-store --title "Trials of our clinic"
    mngraph build my-pack/ other-pack/ -o both.nq.gz
    mngraph build my-pack/ --release -o releases --date 2026-12-01
    mngraph query strongest-claims -g releases@2026-12-01
    mngraph diff releases@2026-11-22 releases@latest
    """  # noqa: D301
    from mngraph import build, export, resources
    from mngraph.description import Description
    from mngraph.packing import pack

    _check_options(is_release, no_validate, previous, url)
    form = "" if is_release else _format(target)
    files = build.study_files(paths) if paths else build.release_files()
    if not paths:
        folder = resources.folder("data") / "studies"
        say(f"reading {counted(len(files), 'record')} of the release, in {folder}")
    held = ""

    def inspect(store: LocalStore, sources: Sources) -> None:
        if not no_validate:
            _check(store, sources)
        if not paths:
            build.expect_counts(store)
        nonlocal held
        held = f"{len(store.oxigraph):,} quads"

    def content(store: LocalStore) -> bytes:
        nonlocal held
        statements = export.statements(export.dataset_quads(store), form)
        held = export.counted(statements, form)
        return pack(target, export.to_bytes(statements, form))

    own_date = day and not (is_release and files == build.release_files())
    stated = title or iri or own_date
    given = Description(title=title, iri=iri, date=day) if stated else None
    if is_release:
        _release(files, target, (day, previous, url), inspect, given)
    else:
        build.build_store(files, target, progress, inspect, content if form else None, given)
        say(f"{target}: {counted(len(files), 'record')}, {held}")


def _check_options(is_release: bool, no_validate: bool, previous: str, url: str) -> None:
    """Refuse options that do not go together.

    Raises:
        UsageError: the first of them.
    """
    from mngraph.cli.options import is_address

    if (previous or url) and not is_release:
        raise UsageError(f"{'--previous' if previous else '--url'} goes with --release")
    if is_release and no_validate:
        raise UsageError("a release conforms to the shapes and checks: leave out --no-validate")
    if url and not is_address(url):
        raise UsageError(f"{url!r} is no address like https://example.org/releases")


def _check(store: LocalStore, sources: Sources) -> None:
    """Look at a graph by the shapes and checks.

    Raises:
        NotConformingError: it does not conform.
    """
    from mngraph import validate

    report = validate.check_store(store, sources.locate)
    if report.faults:
        raise NotConformingError(_first(report.faults))
    if report.warnings:
        say(f"warning: {_first(report.warnings)}")


def _release(
    files: list[Path], folder: Path, wanted: tuple[str, str, str],
    inspect: Callable[[LocalStore, Sources], None], given: Description | None,
) -> None:  # fmt: skip
    """Build a graph and write it as a release; the date, previous release and URL are `wanted`."""
    from mngraph import build
    from mngraph.description import day_of
    from mngraph.releasing.writing import Wanted, write_release

    day, previous, url = wanted
    date = day_of(day).isoformat() if day else ""
    store, sources = build.build_graph(files, progress, given)
    if sources.problems:
        raise sources.problems[0]
    inspect(store, sources)
    asked = Wanted(date=date, previous=previous, url=url)
    made, is_new = write_release(store, folder, asked, progress)
    for name, reason in made.left_out:
        say(f"warning: {name} is not in the release: {reason}")
    held = f"{counted(len(made.files) + 1, 'file')}, {made.changes.in_words()}"
    state = "" if is_new else "unchanged, "
    say(f"{folder}@{made.date}: {state}{counted(len(files), 'record')}, {held}")


def _first(findings: list[Finding]) -> str:
    """Return the first finding, and how many more there are."""
    more = f" (and {len(findings) - 1:,} more; mngraph validate lists them)"
    return f"{findings[0]}{more if len(findings) > 1 else ''}"


def _format(target: Path) -> str:
    """Return the syntax that a file name asks for; nothing for a store directory."""
    from mngraph.export import RDF_FORMATS, format_of

    form = format_of(target)
    if form in RDF_FORMATS:
        return form
    if target.is_dir() or (not form and not target.exists() and str(target) != "-"):
        return ""
    endings = " ".join(f".{name}" for name in RDF_FORMATS)
    raise UsageError(
        f"cannot build {target}: give a file one of the endings {endings} (and .gz), "
        "and a store directory a name without an ending"
    )
