"""`mngraph build`."""

from __future__ import annotations

from pathlib import Path

import click

from mngraph.cli.options import progress, said
from mngraph.errors import NotConformingError, UsageError


@click.command("build")
@click.argument("places", nargs=-1, metavar="[DIR]…", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "target",
    required=True,
    metavar="LOCATION",
    type=click.Path(path_type=Path),
    help="Store directory to make, or an RDF file (.ttl .nt .nq .trig .rdf .jsonld, also .gz).",
)
@click.option("--no-validate", is_flag=True, help="Leave out the shapes and checks.")
def build_command(places: tuple[Path, ...], target: Path, no_validate: bool) -> None:
    """Build a graph from study records and the release's ontology.

    Folders or files of YAML records; without any, the records of the release. The target appears
    at once or not at all.

    \b
    mngraph build -o everything.trig
    mngraph build my-studies/ -o my-store
    mngraph build data/studies my-studies/ -o both.nq.gz
    """  # noqa: D301
    from mngraph import build, export, validate
    from mngraph.build import Sources
    from mngraph.store import LocalStore

    files = build.study_files(places) if places else build.release_files()
    style = _style(target)
    short = not places
    counted = {}

    def inspect(store: LocalStore, sources: Sources) -> None:
        if not no_validate:
            findings = validate.check_store(store, sources.place)
            if findings:
                more = f" (and {len(findings) - 1} more; mngraph validate lists them)" * (
                    len(findings) > 1
                )
                raise NotConformingError(f"{findings[0]}{more}")
        build.expect_counts(store, short)
        counted["quads"] = len(store.oxigraph)

    if style is None:
        build.build_store(files, target, progress, inspect)
    else:
        store, sources = build.build_graph(files, progress)
        if sources.problems:
            raise sources.problems[0]
        inspect(store, sources)
        export.write_graph(store, target, style)
    said(f"{target}: {len(files):,} records, {counted['quads']:,} quads")


def _style(target: Path) -> str | None:
    """Return the syntax that a file name asks for, or None for a store directory."""
    from mngraph.export import RDF_WRITERS

    name = target.name.removesuffix(".gz")
    ending = Path(name).suffix.lstrip(".")
    if ending in RDF_WRITERS:
        return ending
    if target.is_file():
        raise UsageError(f"{target} is a file, and its ending names no RDF syntax")
    return None
