"""`mngraph validate`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from mngraph.cli.options import progress, said, write_output


@click.command("validate")
@click.argument("places", nargs=-1, required=True, metavar="PATH…", type=click.Path())
@click.option("-f", "--format", "style", type=click.Choice(["text", "json", "csv"]), default="text")
def validate_command(places: tuple[str, ...], style: str) -> None:
    """Check study records (YAML files or folders), or a graph, against the shapes.

    A graph is a store directory, an RDF file or the URL of a SPARQL endpoint.

    One line for each fault: file, line, what is wrong and how to mend it. Ends with 0 when all
    conform, 1 when something does not.

    \b
    mngraph validate data/studies/pmid-31469914.yaml
    mngraph validate my-studies/
    mngraph validate everything.trig
    """  # noqa: D301
    records = [place for place in places if _holds_records(place)]
    graphs = [place for place in places if place not in records]
    found = _record_faults(map(Path, records)) if records else []
    for place in graphs:
        found += _graph_faults(place)
    _report(found, style)
    what = f"{len(places)} place{'s' * (len(places) != 1)}"
    if found:
        said(f"{len(found)} fault{'s' * (len(found) != 1)} in {what}")
        sys.exit(1)
    said(f"{what}: everything conforms")


def _holds_records(place: str) -> bool:
    path = Path(place)
    return path.suffix in (".yaml", ".yml") or (path.is_dir() and not (path / "CURRENT").is_file())


def _record_faults(places: Iterable[Path]) -> list[tuple[str, str]]:
    """Return place and message of each fault of some records, judged with the ontology."""
    from mngraph import build, validate

    files = build.study_files(places)
    store, sources = build.build_graph(files, progress)
    if sources.problems:
        unreadable = [p for p in sources.problems if p.path not in sources.files.values()]
        if unreadable and len(files) == 1:
            raise unreadable[0]
        return [(f"{p.path}:{p.line}", p.reason) for p in sources.problems]
    return [(f.place, f.message) for f in validate.check_store(store, sources.place)]


def _graph_faults(place: str) -> list[tuple[str, str]]:
    from mngraph import validate
    from mngraph.store import open_store

    return [(f.place, f.message) for f in validate.check_store(open_store(place))]


def _report(faults: list[tuple[str, str]], style: str) -> None:
    from mngraph import tables

    if style == "text":
        write_output("".join(f"{place}: {message}\n" for place, message in faults), None)
    else:
        rows = [list(fault) for fault in faults]
        write_output(tables.render(tables.Table(["place", "message"], rows), style), None)
