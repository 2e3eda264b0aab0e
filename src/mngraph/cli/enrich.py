"""`mngraph enrich`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mngraph.cli.options import choose_format, progress, write_output
from mngraph.cli.process import say

if TYPE_CHECKING:
    from mngraph.enriching.panel import Panel
    from mngraph.enriching.proposals import Entry

FORMATS = {".json": "json", ".csv": "csv", ".md": "markdown", ".txt": "table"}
FIELDS = (
    "title", "authors", "journal", "issued", "doi", "pmid", "pmcid", "volume", "issue", "pages",
)  # fmt: skip
IDENTIFIER = {
    "pmid": re.compile(r"(?:pmid:?\s*)?(\d{1,8})", re.IGNORECASE),
    "pmcid": re.compile(r"(PMC\d+)", re.IGNORECASE),
    "doi": re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE),
}


@click.command("enrich")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, readable=False))
@click.option("--apply", "apply_", is_flag=True, help="Write what is sure to the records.")
@click.option("--from", "files", multiple=True, metavar="FILE",
              type=click.Path(path_type=Path, readable=False),
              help="Ask this file, not the services: PubMed XML, nbib, RIS, or Crossref's JSON "
                   "(may be given again).")  # fmt: skip
@click.option("--service", "services", multiple=True,
              type=click.Choice(["pubmed", "crossref", "openalex"]),
              help="Ask only this service (may be given again).  [default: all three]")  # fmt: skip
@click.option("--accept", "accepted", multiple=True, metavar="STUDY=ID",
              help="Take the publication with this PMID, PMCID or DOI for that of a study "
                   "(may be given again).")  # fmt: skip
@click.option("--overwrite", multiple=True, type=click.Choice(FIELDS), metavar="FIELD",
              help="Let this field get another value where the sources agree on it "
                   "(may be given again).")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Ask anew what was asked in the last 7 days.")
@click.option("--email", default="", envvar="MNGRAPH_EMAIL",
              help="Your email address, which the services ask for.")  # fmt: skip
@click.option("-f", "--format", "form", type=click.Choice(["table", "json", "csv", "markdown"]),
              help="Format of the list.  [default: table]")  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write the list to a file.")
@click.option("--date", "today", type=click.DateTime(["%Y-%m-%d"]),
              help="Date of the search; today by default.")  # fmt: skip
def enrich_command(paths: tuple[Path, ...], **options: Any) -> None:
    """Fill holes in study records: identifiers, authors, years, journals, titles.

    PATHS are records or folders of them; by default those of the release, which are listed only.
    PubMed, Crossref and OpenAlex are asked. A value is sure when the publication was found by an
    identifier, or by the same title, authors and year (within one), and the sources agree; the
    rest is listed for a person to look at. Nothing that a record states is changed unless
    --overwrite names the field. Retractions, expressions of concern and corrections are written
    to the record.

    \b
    mngraph enrich data/studies
    mngraph enrich data/studies --apply
    mngraph enrich data/studies --from pubmed-export.nbib --apply
    mngraph enrich my-pack --accept doe-2019-needling-scars=10.1111/example.123 --apply
    """  # noqa: D301
    import datetime
    import json

    from mngraph import tables
    from mngraph.build import release_files, study_files
    from mngraph.enriching import amending, report
    from mngraph.enriching.panel import Panel
    from mngraph.enriching.proposals import HOLES, find
    from mngraph.errors import UsageError

    if options["apply_"] and not paths:
        raise UsageError("name the records to change: mngraph enrich data/studies --apply")
    form = choose_format(options["output"], options["form"], FORMATS, "table")
    files = study_files(paths) if paths else release_files()
    entries = [amending.read(path) for path in files]
    for entry in entries:
        entry.holes = tuple(key for key in HOLES if not entry.publication.get(key))
    accepted = _accepted(options["accepted"], entries)
    panel = Panel(_sources(options))
    find(
        entries, panel, accepted=accepted, overwrite=options["overwrite"],
        shown=lambda items: progress(items, "records"),
    )  # fmt: skip
    today = (options["today"] or datetime.datetime.now()).date().isoformat()
    changed = [each for each in entries if options["apply_"] and amending.amend(each, today)]
    if form == "json":
        data = report.plain(entries, panel, changed)
        write_output(json.dumps(data, ensure_ascii=False, indent=2) + "\n", options["output"])
    else:
        found = report.table(entries, short=form == "table")
        write_output(tables.render(found, form) if len(found) else "", options["output"])
    _tell(entries, changed, panel, options)


def _sources(options: dict[str, Any]) -> list[Any]:
    """Return the files that are named, and the services unless only files are."""
    from mngraph.enriching.asking import SERVICES, File
    from mngraph.services.kept import DAYS, Kept

    found: list[Any] = [File(path) for path in options["files"]]
    names = options["services"] or (() if found else tuple(SERVICES))
    kept = Kept(days=0 if options["fresh"] else DAYS)
    return found + [SERVICES[name](options["email"], kept) for name in SERVICES if name in names]


def _accepted(given: tuple[str, ...], entries: list[Entry]) -> dict[str, str]:
    """Return the identifiers that a person found, by the key of the record."""
    from mngraph.errors import UsageError
    from mngraph.nearest import nearest

    known, found = {entry.key for entry in entries}, {}
    for each in given:
        study, _, value = each.partition("=")
        study = study.strip().removeprefix("study:")
        if study not in known:
            near = nearest(study, known)
            hint = f"; did you mean {near}?" if near else ""
            raise UsageError(f"--accept {each}: there is no record {study!r}{hint}")
        for key, form in IDENTIFIER.items():
            if matched := form.fullmatch(value.strip()):
                found[study] = f"{key}:{matched[1].lower() if key == 'doi' else matched[1].upper()}"
                break
        else:
            raise UsageError(f"--accept {each}: write STUDY=PMID, STUDY=PMC… or STUDY=DOI")
    return found


def _tell(
    entries: list[Entry], changed: list[Entry], panel: Panel, options: dict[str, Any]
) -> None:
    """Say on stderr what was found and done, and which service failed."""
    from mngraph.enriching import report
    from mngraph.wording import counted

    say(report.summary(entries))
    for name, reason in panel.failures.items():
        often = counted(panel.unanswered[name], "time")
        say(f"warning: {name} gave no answer {often}: {reason}")
    if options["apply_"]:
        say(f"{counted(len(changed), 'record')} changed")
    elif any(entry.sure or entry.notices for entry in entries):
        say("nothing was written; --apply writes what is sure")
