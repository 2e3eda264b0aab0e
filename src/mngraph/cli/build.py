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
    help="Store directory to make, or an RDF file (.ttl .nt .nq .trig .rdf .jsonld, also .gz).",
)
@click.option("--title", default="", help="Title of the dataset.")
@click.option("--iri", default="", help="IRI of the dataset.  [default: derived from the content]")
@click.option(
    "--date", "day", default="", metavar="YYYY-MM-DD",
    help="Day of the build.  [default: SOURCE_DATE_EPOCH, else today]",
)  # fmt: skip
@click.option("--no-validate", is_flag=True, help="Leave out the shapes and checks.")
def build_command(
    paths: tuple[Path, ...], target: Path, title: str, iri: str, day: str, no_validate: bool
) -> None:
    """Build a graph from evidence packs (see mngraph new) or from study records.

    Folders of packs, or folders or files of YAML records; without any, the records of the release
    as they were installed, which a line names. The target appears at once or not at all. A name
    without ending makes a store directory.

    A graph describes itself: title, IRI and date, the program, and the files it was made from. With
    a given date (or SOURCE_DATE_EPOCH) the same records give the same bytes.

    \b
    mngraph build -o everything.trig
    mngraph build my-studies/ -o my-store --title "Trials of our clinic"
    mngraph build my-pack/ other-pack/ -o both.nq.gz
    """  # noqa: D301
    from mngraph import build, export, resources, validate
    from mngraph.build import Sources
    from mngraph.description import Description
    from mngraph.packing import pack
    from mngraph.store import LocalStore

    form = _format(target)
    files = build.study_files(paths) if paths else build.release_files()
    if not paths:
        folder = resources.folder("data") / "studies"
        say(f"reading {counted(len(files), 'record')} of the release, in {folder}")
    held = ""

    def inspect(store: LocalStore, sources: Sources) -> None:
        if not no_validate:
            report = validate.check_store(store, sources.locate)
            if report.faults:
                raise NotConformingError(_first(report.faults))
            if report.warnings:
                say(f"warning: {_first(report.warnings)}")
        if not paths:
            build.expect_counts(store)
        nonlocal held
        held = f"{len(store.oxigraph):,} quads"

    def content(store: LocalStore) -> bytes:
        nonlocal held
        statements = export.statements(export.dataset_quads(store), form)
        held = export.counted(statements, form)
        return pack(target, export.to_bytes(statements, form))

    given = Description(title=title, iri=iri, date=day) if title or iri or day else None
    build.build_store(files, target, progress, inspect, content if form else None, given)
    say(f"{target}: {counted(len(files), 'record')}, {held}")


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
