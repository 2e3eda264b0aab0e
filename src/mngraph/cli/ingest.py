"""`mngraph ingest`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mngraph.cli.options import default_format, progress_of, write_output, write_text
from mngraph.cli.process import say
from mngraph.wording import counted, listed

if TYPE_CHECKING:
    from mngraph.candidates.folder import Folder
    from mngraph.candidates.ingest import Summary

FORMATS = ["table", "csv", "json", "markdown"]
MOST_SHOWN = 10
"""How many entries of a kind are named; all are in the folder."""


@click.command("ingest")
@click.argument("files", nargs=-1, required=True, metavar="FILE…",
                type=click.Path(path_type=Path, readable=False))  # fmt: skip
@click.option("-o", "--output", "target", required=True, metavar="DIR",
              type=click.Path(path_type=Path, readable=False),
              help="Folder of candidates; it is made, or brought up to date.")  # fmt: skip
@click.option("--filter/--no-filter", "only", default=True, show_default=True,
              help="Leave out publications that do not name the subject.")  # fmt: skip
@click.option("--graph", "quads", metavar="FILE.nq[.gz]",
              type=click.Path(path_type=Path, readable=False),
              help="Write the candidates as the named graph of candidates, too.")  # fmt: skip
@click.option("-g", "--known", "location", metavar="LOCATION", envvar="MNGRAPH_GRAPH",
              type=click.Path(readable=False),
              help="Graph whose publications are known; by default the release.")  # fmt: skip
@click.option("-f", "--format", "format", type=click.Choice(FORMATS),
              help="Format of the summary.  [default: table in a terminal, else csv]")  # fmt: skip
def ingest_command(
    files: tuple[Path, ...], target: Path, only: bool, quads: Path | None, location: str | None,
    format: str | None,
) -> None:  # fmt: skip
    """Read publications from files into a folder of candidates, for people to review.

    FILES are PubMed XML (also the baseline and its updates), MEDLINE (nbib), RIS or PubMed's CSV,
    also packed with gzip. Each publication becomes one YAML file: a draft study record, and for
    each fact the characters that it was read from. Publications that have a record are told apart
    by PMID, DOI or title, and not doubled; new retractions are shown with the claims that rest on
    them. What people decided stays, however often a file is read.

    Nothing is read as a record until somebody accepts it: mngraph review DIR. The exit code is 3
    when a file could not be read to its end; what came before that is kept.

    \b
    mngraph ingest pubmed-export.nbib -o candidates
    mngraph ingest pubmed26n*.xml.gz -o candidates --graph candidates.nq.gz
    mngraph ingest scopus.ris -o candidates -g my-store
    """  # noqa: D301
    from mngraph.candidates.folder import Folder
    from mngraph.candidates.ingest import ingest
    from mngraph.candidates.known import Studies
    from mngraph.store import open_store

    if quads is not None:
        _check_quads(quads)
    studies = Studies(open_store(location))
    folder = Folder(target)
    with progress_of("reading", float("inf"), unit="publications") as note:
        found = ingest(files, folder, studies, everything=not only, note=note)
    if quads is not None:
        _write_quads(folder, quads)
    _tell(found, target)
    _write(found, format or default_format(FORMATS))
    if found.failed:
        raise found.failed[0]


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


def _write(found: Summary, format: str) -> None:
    from mngraph.candidates.ingest import COUNTS
    from mngraph.tables import Table, render

    rows = [[COUNTS[name], number] for name, number in found.counts.items()]
    rows.append(["read", found.read])
    write = write_text if format in ("table", "markdown") else write_output
    write(render(Table(["publications", "number"], rows), format), None)
