"""`mngraph validate`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import click

from mngraph.cli.options import progress, write_output, write_text
from mngraph.cli.process import say
from mngraph.errors import LocationError, MngraphError
from mngraph.wording import counted

STATUS, HEAD = b"status:", 2048
"""What candidates begin with and no record has, and how many bytes are looked at for it."""


@dataclass
class Examined:
    """What was looked at, and the place and message of each fault and warning."""

    what: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)


@click.command("validate")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=click.Path(readable=False))
@click.option(
    "-f", "--format", "format", type=click.Choice(["text", "json", "csv"]), default="text",
    show_default=True, help="Format of the list of faults.",
)  # fmt: skip
def validate_command(paths: tuple[str, ...], format: str) -> None:
    """Check study records (YAML files or folders), or a graph, against the shapes.

    A graph is a store directory, an RDF file or the URL of a SPARQL endpoint.

    Candidates of mngraph ingest are checked as what they are.

    Each fault is one line: file, line number, what is wrong and what would be right. Warnings go to
    stderr. The exit code is 0 when everything conforms, 1 when something does not, and 3 when there
    is nothing to check.

    \b
    mngraph validate data/studies/pmid-31469914.yaml
    mngraph validate my-studies/
    mngraph validate everything.trig
    """  # noqa: D301
    records = [path for path in paths if _holds_records(path)]
    seen = Examined()
    if records:
        _examine_records(map(Path, records), seen)
    for path in paths:
        if path not in records:
            _examine_graph(path, seen)
    _write(seen.faults, format)
    for place, message in seen.warnings:
        say(f"warning: {place}: {message}")
    found = counted(len(seen.faults), "fault") if seen.faults else "no faults"
    say(f"{', '.join(seen.what)}: {found}")
    if seen.faults:
        sys.exit(1)


def _holds_records(path: str) -> bool:
    place = Path(path)
    if place.is_dir():
        return not (place / "CURRENT").is_file()
    return place.suffix.lower() in (".yaml", ".yml")


def _examine_records(paths: Iterable[Path], seen: Examined) -> None:
    """Check records together with the ontology; records that cannot be read do not stop the rest.

    Raises:
        RecordError: there is one record, and it cannot be read.
    """
    from mngraph import build, validate

    files = build.study_files(paths)
    files, candidates = _parted(files)
    if candidates:
        _examine_candidates(candidates, seen)
    if not files:
        return
    store, sources = build.build_graph(files, progress, with_mappings=False)
    unread = set(files) - set(sources.files.values())
    unreadable = [problem for problem in sources.problems if problem.path in unread]
    if unreadable and len(files) == 1:
        raise unreadable[0]
    if sources.problems:
        say("further checks were not run: correct these faults, then run mngraph validate again")
    report = validate.check_store(store, sources.locate, is_whole=not sources.problems)
    seen.what.append(counted(len(files), "record"))
    for problem in sources.problems:
        place = f"{problem.path}:{problem.line}" if problem.line else str(problem.path)
        seen.faults.append((place, problem.reason))
    seen.faults += [(f.place, f.message) for f in report.faults]
    seen.warnings += [(f.place, f.message) for f in report.warnings]


def _parted(files: list[Path]) -> tuple[list[Path], list[Path]]:
    """Return the files that are study records, and those that are candidates."""
    from mngraph import records, yamlfile
    from mngraph.errors import RecordError

    found: tuple[list[Path], list[Path]] = [], []
    for path in files:
        try:
            with path.open("rb") as stream:
                head = stream.read(HEAD)
            is_draft = STATUS in head and records.is_candidate(yamlfile.read_yaml(path)[0])
        except (OSError, RecordError):  # it is read again, where it is said
            is_draft = False
        found[is_draft].append(path)
    return found


def _examine_candidates(files: list[Path], seen: Examined) -> None:
    """Check candidates against the context: what they propose, not what a record needs."""
    from mngraph import yamlfile
    from mngraph.candidates.folder import read_candidate
    from mngraph.candidates.graph import checked
    from mngraph.errors import RecordError

    seen.what.append(counted(len(files), "candidate"))
    for path in progress(files, "candidates"):
        data, lines = yamlfile.read_yaml(path)
        problems = checked(data, lines, path).problems
        try:
            if read_candidate(path).as_dict() != data and not problems:
                what = "the draft is not what its facts make: change them by mngraph review"
                seen.warnings.append((str(path), what))
        except RecordError as error:
            problems = problems or [error]
        seen.faults += [(f"{each.path}:{each.line}", each.reason) for each in problems]


def _examine_graph(path: str, seen: Examined) -> None:
    """Check a graph.

    Raises:
        LocationError: nothing is there.
        MngraphError: it holds nothing that the shapes are about.
    """
    from mngraph import rdffiles, validate, versions
    from mngraph.store import open_store
    from mngraph.storefolder import await_folder

    is_url = path.startswith(("http://", "https://"))
    if not is_url and not rdffiles.names_file(path):
        place = rdffiles.local_path(path)
        if not place.exists() and not versions.graph_at(place) and not await_folder(place):
            raise LocationError(
                f"there is no file or folder {path}: give study records (.yaml) or a folder of "
                "them, an RDF file, or a store directory"
            )
    report = validate.check_store(open_store(path))
    if not any(report.examined.values()) and not report.faults:
        raise MngraphError(
            f"{path} holds no study, claim or concept: nothing was checked (mngraph info -g {path} "
            "shows what it holds)"
        )
    seen.what += [
        counted(report.examined["studies"], "study", "studies"),
        counted(report.examined["claims"], "claim"),
        counted(report.examined["concepts"], "concept"),
    ]
    seen.faults += [(f.place, f.message) for f in report.faults]
    seen.warnings += [(f.place, f.message) for f in report.warnings]


def _write(faults: list[tuple[str, str]], format: str) -> None:
    from mngraph import tables

    if format == "text":
        write_text("".join(f"{place}: {message}\n" for place, message in faults), None)
    else:
        rows = [list(fault) for fault in faults]
        write_output(tables.render(tables.Table(["place", "message"], rows), format), None)
