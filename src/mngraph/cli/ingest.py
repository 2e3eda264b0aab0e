"""`mngraph ingest`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mngraph.cli.options import default_format, progress_of, write_output, write_text
from mngraph.cli.process import say
from mngraph.wording import counted, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mngraph.candidates.folder import Folder
    from mngraph.candidates.ingest import Summary

FORMATS = ["table", "csv", "json", "markdown"]
MOST_SHOWN = 10
"""How many entries of a kind are named; all are in the folder."""


@click.command("ingest")
@click.argument("files", nargs=-1, required=True, metavar="FILE…",
                type=click.Path(readable=False))  # fmt: skip
@click.option("-o", "--output", "target", required=True, metavar="DIR",
              type=click.Path(readable=False),
              help="Folder of candidates; it is made, or brought up to date.")  # fmt: skip
@click.option("--filter/--no-filter", "only", default=True, show_default=True,
              help="Leave out publications that do not name the subject.")  # fmt: skip
@click.option("--graph", "quads", metavar="FILE.nq[.gz]",
              type=click.Path(path_type=Path, readable=False),
              help="Write the candidates as the named graph of candidates, too.")  # fmt: skip
@click.option("-g", "--known", "location", metavar="LOCATION", envvar="MNGRAPH_GRAPH",
              type=click.Path(readable=False),
              help="Graph whose publications are known; by default the release.")  # fmt: skip
@click.option("--engine", type=click.Choice(["here", "dask"]), default="here",
              show_default=True,
              help="Where the work is done; dask writes shards in N-Quads.")  # fmt: skip
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Scheduler of a Dask cluster.  [default: processes on this machine]",
)
@click.option("--workers", type=click.IntRange(1), metavar="N",
              help="Processes on this machine.  [default: one for each core]")  # fmt: skip
@click.option("-f", "--format", "format", type=click.Choice(FORMATS),
              help="Format of the summary.  [default: table in a terminal, else csv]")  # fmt: skip
def ingest_command(
    files: tuple[str, ...], target: str, quads: Path | None, location: str | None, **options: Any
) -> None:
    """Read publications from files into a folder of candidates, for people to review.

    FILES are PubMed XML (also the baseline and its updates), MEDLINE (nbib), RIS or PubMed's CSV,
    also packed with gzip. Each publication becomes one YAML file: a draft study record, and for
    each fact the characters that it was read from. Publications that have a record are told apart
    by PMID, DOI or title, and not doubled; new retractions are shown with the claims that rest on
    them. What people decided stays, however often a file is read.

    With --engine dask, FILES and DIR may also be addresses such as s3://bucket/*.xml.gz. Each file
    becomes a shard in N-Quads, with a manifest and checksums, to be loaded by mngraph load.

    Nothing is read as a record until somebody accepts it: mngraph review DIR. The exit code is 3
    when a file could not be read to its end; what came before that is kept.

    \b
    mngraph ingest pubmed-export.nbib -o candidates
    mngraph ingest pubmed26n*.xml.gz -o candidates --graph candidates.nq.gz
    mngraph ingest scopus.ris -o candidates -g my-store
    mngraph ingest 's3://baseline/*.xml.gz' -o shards --engine dask --scheduler tcp://10.0.0.1:8786
    """  # noqa: D301
    from mngraph.candidates.folder import Folder
    from mngraph.candidates.ingest import ingest
    from mngraph.candidates.known import Studies
    from mngraph.store import open_store

    if options["engine"] == "dask":
        _refuse(quads, "--graph needs --engine here: shards are graphs already")
        _on_cluster(files, target, location, options)
        return
    _refuse(options["scheduler"] or options["workers"],
            "--scheduler and --workers need --engine dask")  # fmt: skip
    if quads is not None:
        _check_quads(quads)
    studies = Studies(open_store(location))
    folder = Folder(Path(target))
    with progress_of("reading", float("inf"), unit="publications") as note:
        found = ingest(map(Path, files), folder, studies, everything=not options["only"], note=note)
    if quads is not None:
        _write_quads(folder, quads)
    _tell(found, Path(target))
    _write(found.counts, options["format"])
    if found.failed:
        raise found.failed[0]


def _refuse(given: object, reason: str) -> None:
    """Refuse an option that would have no effect.

    Raises:
        UsageError: it was given.
    """
    from mngraph.errors import UsageError

    if given is not None:
        raise UsageError(reason)


def _on_cluster(
    files: Sequence[str], target: str, location: str | None, options: Mapping[str, Any]
) -> None:
    """Make shards, and say what they hold.

    Raises:
        RecordError: a file could not be read to its end.
    """
    from mngraph.candidates import places
    from mngraph.candidates.cluster import connected, make_all
    from mngraph.candidates.known import Studies
    from mngraph.errors import RecordError
    from mngraph.store import open_store

    sources = places.expanded(files)
    studies = Studies(open_store(location))
    with (
        connected(options["scheduler"], options["workers"]) as client,
        progress_of("making shards", len(sources), unit="files") as note,
    ):
        everything = not options["only"]
        made = make_all(client, sources, target, studies, everything=everything, note=note)
    say(f"{target}: {counted(len(made.receipts), 'shard')}, {made.quads:,} quads, manifest.json")
    if made.superseded:
        say(f"left out: {counted(made.superseded, 'candidate')} that a later entry takes back")
    _write(made.counts, options["format"])
    failed = [each for each in made.receipts if each.failed]
    for receipt in failed[1:]:
        say(f"error: {receipt.source}: {receipt.failed}")
    if failed:
        raise RecordError(failed[0].source, 0, failed[0].failed)


def _check_quads(path: Path) -> None:
    """Refuse a file that is of another syntax, or holds another graph.

    Raises:
        UsageError: it is one.
    """
    from mngraph.candidates.graph import GRAPH
    from mngraph.errors import UsageError
    from mngraph.packing import without_ending
    from mngraph.rdffiles import read_file

    if without_ending(path).suffix.lower() != ".nq":
        raise UsageError(
            f"cannot write candidates to {path}: give a file that ends in .nq or .nq.gz"
        )
    if path.is_file() and path.stat().st_size:
        first = next(iter(read_file(path)), None)
        if first is not None and getattr(first.graph_name, "value", "") != GRAPH:
            raise UsageError(
                f"{path} holds another graph than that of candidates: name another file"
            )


def _write_quads(folder: Folder, path: Path) -> None:
    from mngraph.candidates.graph import nquads
    from mngraph.files import writing
    from mngraph.packing import packed

    number = 0
    with writing(path) as out, packed(path, out) as stream:
        for candidate in folder.candidates():
            content = nquads([candidate])
            stream.write(content)
            number += content.count(b"\n")
    say(f"{path}: {number:,} quads")


def _tell(found: Summary, target: Path) -> None:
    """Say what needs somebody's attention."""
    for study, notice, claims in found.flagged:
        resting = f"; resting on it: {', '.join(claims)}" if claims else ""
        say(f"flagged: study:{study}: {notice}{resting}")
    for text in found.taken_back:
        say(f"deleted in PubMed, but kept: {text}")
    for place, name, reason in found.rejected[:MOST_SHOWN]:
        say(f"rejected: {place}: {name + ': ' if name else ''}{reason}")
    if len(found.rejected) > MOST_SHOWN:
        say(f"rejected: {len(found.rejected) - MOST_SHOWN:,} more, in {target / 'rejected.json'}")
    if found.filled:
        names = listed(found.filled[:3]) + (", …" if len(found.filled) > 3 else "")
        what = counted(len(found.filled), "known record")
        say(f"the files can fill holes of {what} ({names}): see {target / 'known.json'}")
    for error in found.failed[1:]:
        say(f"error: {error}")
    waiting = found.counts["new"] + found.counts["updated"]
    if waiting:
        say(f"{counted(waiting, 'candidate')} to look at: mngraph review {target}")


def _write(counts: Mapping[str, int], format: str | None) -> None:
    from mngraph.candidates.ingest import COUNTS
    from mngraph.tables import Table, render

    rows = [[words, counts.get(name, 0)] for name, words in COUNTS.items()]
    rows.append(["read", sum(counts.values())])
    format = format or default_format(FORMATS)
    write = write_text if format in ("table", "markdown") else write_output
    write(render(Table(["publications", "number"], rows), format), None)
