"""`mngraph annotate`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mngraph.cli.options import choose_format, output_stream, progress, write_output, write_text

if TYPE_CHECKING:
    from mngraph.annotation import Annotations

    Found = tuple[str, Annotations]

ENDINGS = {".csv": "csv", ".tsv": "tsv", ".json": "json", ".jsonl": "jsonl", ".md": "markdown",
           ".html": "html", ".txt": "table"}  # fmt: skip
MOST_SHOWN = 500
"""The most publications on one page."""
COLUMNS = ["publication", "kind", "value", "state", "text", "section", "start", "end",
           "confidence", "rule"]  # fmt: skip


@click.command("annotate")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, readable=False))
@click.option("-f", "--format", type=click.Choice(sorted(set(ENDINGS.values()))),
              help="Format; by default a table, or what the file's ending says.")  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write to this file.")
@click.option("-k", "--kind", "kinds", multiple=True, metavar="KIND",
              help="Only this kind, such as adverse-event (may be given again).")  # fmt: skip
@click.option("--stated", is_flag=True,
              help="Leave out what the text denies, or tells of other studies.")  # fmt: skip
@click.option("--annotator", default="rules", show_default=True, metavar="NAME",
              help="Another annotator that is installed.")  # fmt: skip
def annotate_command(files: tuple[Path, ...], **options: Any) -> None:
    """Read candidate facts from titles and abstracts, each with the characters it was read from.

    FILES are PubMed XML, MEDLINE (nbib) or RIS exports, also packed with gzip, or plain text whose
    first line is the title; - is plain text from standard input. Nothing is sent anywhere. The
    facts are candidates: indications, procedures, modalities, adverse events, design, participants,
    lengths, sessions, intervals, arms, p-values, effects and counts.

    \b
    mngraph annotate abstract.txt
    mngraph annotate pubmed-export.nbib -f csv -o facts.csv
    mngraph annotate export.xml.gz --stated -k indication -k modality
    mngraph annotate abstract.txt -o abstract.html
    """  # noqa: D301
    from mngraph.annotation.plugins import called
    from mngraph.errors import UsageError

    if not files:
        raise UsageError("name a file, or - for standard input: mngraph annotate abstract.txt")
    form = choose_format(options["output"], options["format"], ENDINGS, "table")
    _check_kinds(options["kinds"])
    called(options["annotator"])
    found = _wanted(_annotated(files, options["annotator"]), options["kinds"], options["stated"])
    target = options["output"]
    if form == "jsonl":
        with output_stream(target) as stream:
            for name, annotations in found:
                stream.write(
                    (json.dumps(_data(name, annotations), ensure_ascii=False) + "\n").encode()
                )
    elif form == "json":
        data = [_data(*each) for each in found]
        write_output(json.dumps(data, ensure_ascii=False, indent=2) + "\n", target)
    elif form == "html":
        write_output(_page(list(found)), target)
    else:
        _write_table(found, form, target)


def _check_kinds(kinds: Iterable[str]) -> None:
    from mngraph.annotation.lexicon import rules
    from mngraph.errors import UsageError
    from mngraph.nearest import nearest

    known = list(rules("kinds"))
    for kind in kinds:
        if kind not in known:
            near = nearest(kind, known)
            hint = f"; did you mean {near!r}?" if near else f": {', '.join(known)}"
            raise UsageError(f"{kind!r} is not a kind of facts{hint}")


def _annotated(files: Iterable[Path], annotator: str) -> Iterator[Found]:
    """Yield what each publication is called, and what was found in it."""
    from mngraph.annotation import annotate

    for path in files:
        for name, title, sections, types in progress(_publications(path), path.name):
            yield name, annotate(title, sections, types, annotator=annotator)


def _publications(path: Path) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield the name, title, sections and publication types of each publication of a file."""
    from mngraph.annotation import TITLE
    from mngraph.sources.abstracts import is_export, read_abstracts

    if str(path) == "-" or not is_export(path):
        yield "" if str(path) == "-" else path.name, *_plain(path), ()
        return
    for article in read_abstracts(path):
        abstract = [part for part in article.sections if part.label != TITLE]
        yield article.name, article.title, abstract, article.types


def _plain(path: Path) -> tuple[str, str]:
    """Return the title, which is the first line of a text, and the rest of it.

    Raises:
        RecordError: the text cannot be read, is empty, too large, or not UTF-8.
    """
    from mngraph.errors import RecordError
    from mngraph.sources.article import MAX_TEXT

    try:
        if str(path) == "-":
            content = sys.stdin.buffer.read(4 * MAX_TEXT + 1)
        else:
            with path.open("rb") as stream:
                content = stream.read(4 * MAX_TEXT + 1)
        text = content.decode("utf-8-sig").strip()
    except OSError as error:
        raise RecordError(path, 0, f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise RecordError(path, 1, "the text is not UTF-8") from error
    if not text:
        raise RecordError(path, 1, "the text is empty: its first line is the title")
    if len(text) > MAX_TEXT:
        reason = f"the text has more than {MAX_TEXT:,} characters, and is no abstract"
        raise RecordError(path, 1, reason)
    title, _, abstract = text.partition("\n")
    return title.strip(), abstract.strip()


def _wanted(found: Iterable[Found], kinds: tuple[str, ...], stated: bool) -> Iterator[Found]:
    from mngraph.annotation import Annotations

    for name, read in found:
        facts = tuple(
            fact
            for fact in read.facts
            if (not kinds or fact.kind in kinds) and not (stated and (fact.negated or fact.hedged))
        )
        yield name, Annotations(read.sections, facts)


def _data(name: str, read: Annotations) -> dict[str, Any]:
    sections = [{"label": part.label, "text": part.text} for part in read.sections]
    facts = [fact.as_dict() for fact in read.facts]
    return {"publication": name, "sections": sections, "facts": facts}


def _page(found: list[Found]) -> str:
    from mngraph.drawing import annotated
    from mngraph.errors import UsageError

    if len(found) > MOST_SHOWN:
        raise UsageError(
            f"{len(found):,} publications are too many for one page (at most {MOST_SHOWN}): "
            "write .jsonl or .csv"
        )
    return annotated.to_html(found)


def _write_table(found: Iterable[Found], form: str, target: str | None) -> None:
    from mngraph import tables
    from mngraph.drawing.annotated import state, value

    rows = [
        [name or None, fact.kind, value(fact), state(fact), fact.text,
         read.sections[fact.section].label or None, fact.start, fact.end, fact.confidence,
         fact.rule]
        for name, read in found
        for fact in read.facts
    ]  # fmt: skip
    columns = COLUMNS
    if form == "table":  # what fits a terminal; every format has all of it
        columns, rows = COLUMNS[1:5], [row[1:5] for row in rows]
    text = tables.render(tables.Table(columns, rows), form)
    if form == "table":
        write_text(text, target)
    else:
        write_output(text, target)
