"""`mngraph check-sources`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mngraph.cli.options import choose_format, graph_option, progress, write_output, write_text
from mngraph.cli.process import say

if TYPE_CHECKING:
    import datetime

    from mngraph.sources.article import Abstract
    from mngraph.sources.check import Entry, Report


@click.command("check-sources")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, readable=False))
@click.option("--fetch", is_flag=True, help="Fetch the abstracts from NCBI E-utilities.")
@click.option("--study", "studies", multiple=True, metavar="ID",
              help="Check only this study; may be repeated.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path, readable=False), metavar="FILE.ttl",
              help="Write where each fact was found as Web Annotations (Turtle).")  # fmt: skip
@click.option("-f", "--format", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="Format of the report.")  # fmt: skip
@click.option("--max-facts", type=click.IntRange(1), default=12, show_default=True,
              help="Flag a sentence in which more facts than this are found.")  # fmt: skip
@click.option("--date", "today", type=click.DateTime(["%Y-%m-%d"]),
              help="Date of the check; today by default.")  # fmt: skip
@click.option("--email", default="", envvar="MNGRAPH_EMAIL",
              help="Your email address, which NCBI asks for.")  # fmt: skip
@click.option("--eutils", envvar="MNGRAPH_EUTILS", metavar="URL",
              help="Another E-utilities address.")  # fmt: skip
@graph_option
def check_sources_command(location: str | None, **options: Any) -> None:
    """Look for the facts of each record in the abstract of its publication.

    FILES are PubMed XML, MEDLINE (nbib) or RIS exports, also packed with gzip. What is found can
    be written with its place in the text; what is not found is listed by record and field.
    Retractions, expressions of concern and corrections are reported with the claims that rest on
    the publication. The exit code is 1 when a fact was not found or something was flagged, and 3
    when no abstract belongs to a study of the graph, so that nothing was checked.

    \b
    mngraph check-sources pubmed-export.nbib
    mngraph check-sources --fetch --study pmid-31469914 -o checked.ttl
    """  # noqa: D301
    import json

    from mngraph.errors import UsageError
    from mngraph.sources import check, report
    from mngraph.store import open_store

    if not options["files"] and not options["fetch"]:
        raise UsageError("name files with abstracts (PubMed XML, MEDLINE or RIS), or --fetch them")
    if options["output"]:
        choose_format(str(options["output"]), None, {".ttl": "ttl", ".turtle": "ttl"}, "ttl")
    store = open_store(location)
    entries = _wanted(check.entries(store), options["studies"])
    found = check.check(
        store, _texts(entries, options), max_facts=options["max_facts"],
        studies=[entry.study for entry in entries] if options["studies"] else (),
    )  # fmt: skip
    if options["output"]:
        _write(found, options["output"], options["today"])
    if options["format"] == "json":
        data = report.report_data(found)
        write_output(json.dumps(data, ensure_ascii=False, indent=2) + "\n", None)
    else:
        write_text(report.report_text(found), None)
    click.get_current_context().exit(0 if found.clean else 1)


def _wanted(entries: list[Entry], studies: tuple[str, ...]) -> list[Entry]:
    """Return the entries of the studies that were named, or all entries if none was named."""
    from mngraph import context, iris
    from mngraph.errors import UsageError

    known = {entry.study: entry for entry in entries}
    keys = {iris.last_segment(study): study for study in known}
    names = [
        keys.get(name) or context.expand(name if ":" in name else f"study:{name}")
        for name in studies
    ]
    for name in names:
        if name not in known:
            raise UsageError(f"the graph has no study {context.compact(name)}")
    return [known[name] for name in names] or entries


def _texts(entries: list[Entry], options: dict[str, Any]) -> Iterator[Abstract]:
    """Yield the abstracts of the files, then those that are fetched."""
    from mngraph.errors import RecordError
    from mngraph.sources import abstracts

    for path in progress(options["files"], "files"):
        if path.suffix.lower() in (".yaml", ".yml"):
            reason = "give the file with the abstract, and choose the record with --study KEY"
            raise RecordError(path, 0, reason)
        yield from abstracts.read_abstracts(path)
    if options["fetch"]:
        pmids = [entry.pmid for entry in entries if entry.pmid]
        yield from abstracts.fetch_abstracts(pmids, options["eutils"] or "", options["email"])


def _write(report: Report, target: Path, day: datetime.datetime | None) -> None:
    """Write where the facts were found as Turtle."""
    import datetime

    from mngraph import export
    from mngraph.files import write_bytes
    from mngraph.sources.annotations import source_triples

    today = day.date() if day else datetime.date.today()
    triples = source_triples(report, today)
    write_bytes(target, export.to_rdf_triples(triples, "ttl"))
    say(f"{len(triples)} triples written to {target}")
