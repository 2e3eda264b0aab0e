"""`mngraph evidence`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mngraph.cli.options import (
    choose_format,
    complete_concept,
    graph_option,
    open_with_studies,
    write_output,
    write_text,
)
from mngraph.cli.process import say
from mngraph.errors import UsageError, WrongKindError
from mngraph.wording import alternatives

if TYPE_CHECKING:
    from mngraph.graph import Graph

CONCEPTS = ("procedure", "modality", "indication", "event")

FORMATS = {
    ".txt": "table", ".md": "markdown", ".csv": "csv", ".json": "json", ".html": "html",
    ".ris": "ris", ".bib": "bibtex",
}  # fmt: skip
"""The format that goes with the ending of a file."""


@click.command("evidence")
@click.argument("words", nargs=-1, metavar="[WORDS]…", shell_complete=complete_concept(*CONCEPTS))
@click.option("-i", "--indication", shell_complete=complete_concept("indication"),
              help="What was treated.")  # fmt: skip
@click.option("-w", "--with", "modalities", metavar="MODALITY", multiple=True,
              shell_complete=complete_concept("modality"),
              help="Given together with the procedure; given again, both together.")  # fmt: skip
@click.option("-p", "--procedure", shell_complete=complete_concept("procedure"),
              help="The procedure; by default any.")  # fmt: skip
@click.option("--event", shell_complete=complete_concept("event"),
              help='An adverse event: how often it was seen; "side effects" for any.')  # fmt: skip
@click.option("--alone", is_flag=True, help="Only arms that had the procedure alone.")
@click.option("--only", is_flag=True, help="With -w: these modalities and no other.")
@click.option("--randomized", is_flag=True, help="Only randomized studies.")
@click.option("--level", type=click.IntRange(1, 5),
              help="Only studies at this design level or a stronger one.")  # fmt: skip
@click.option("--since", type=click.IntRange(1000, 9999), metavar="YEAR",
              help="Only studies published in this year or later.")  # fmt: skip
@click.option("--short", is_flag=True,
              help="Verdict, harms and a small table, to print.")  # fmt: skip
@click.option("-f", "--format", "format", type=click.Choice(list(FORMATS.values())),
              help="Format; by default that of the -o file, else a table.")  # fmt: skip
@click.option("--plot", type=click.Path(path_type=Path, readable=False),
              metavar="FILE.svg|png|html", help="Also draw the forest plot to a file.")  # fmt: skip
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(readable=False),
    help=f"Write to a file ({' '.join(FORMATS)}).",
)
@graph_option
def evidence_command(
    words: tuple[str, ...], format: str | None, plot: Path | None, output: str | None,
    location: str | None, short: bool, **asked: Any,
) -> None:  # fmt: skip
    """Weigh the studies of a question: verdict, table, pooled numbers, gaps, sources.

    Ask in plain words, or use options to name each concept. Concepts are named by slug, CURIE,
    label or synonym; narrower ones are included.

    \b
    mngraph evidence prp acne scars
    mngraph evidence -i melasma             what was combined for it?
    mngraph evidence -i acne-scar -w platelet-rich-plasma
    mngraph evidence -i "alopecia areata" --alone -f markdown
    mngraph evidence -i acne-scar -w PRP --randomized --since 2020
    mngraph evidence --event post-inflammatory-hyperpigmentation -p microneedling
    mngraph evidence --event "side effects" -i melasma -w tranexamic-acid
    mngraph evidence harms of prp for melasma
    mngraph evidence -i melasma -w tranexamic-acid --plot melasma.svg
    mngraph evidence -i melasma -w tranexamic-acid -o answer.html
    mngraph evidence -i melasma -w tranexamic-acid --short -o page.html
    mngraph evidence -i melasma -w tranexamic-acid -o sources.ris
    """  # noqa: D301
    from mngraph.graph import Graph

    if output and output.lower().endswith(".pdf"):
        page = f"{output[:-4]}.html"
        raise UsageError(f"cannot write PDF: write {page}, open it in a browser and print it there")
    chosen = choose_format(output, format, FORMATS, "table")
    named = {name: asked.pop(name) for name in ("indication", "modalities", "procedure", "event")}
    if not (words or any(named.values())):
        raise UsageError(
            "ask in plain words (mngraph evidence prp acne scars), or name an indication (-i), a "
            "modality (-w), a procedure (-p) or an --event"
        )
    if plot:
        from mngraph.drawing.pages import require_drawing

        require_drawing(plot)
    graph = Graph(open_with_studies(location))
    with _naming_the_option():
        found = graph.evidence(**_question(graph, words, **named), **asked)
    if plot:
        from mngraph.drawing.forest import write_forest

        write_forest(found, plot)
        say(f"{plot}: forest plot of {found.subject}")
    found = found.short() if short else found
    shown = {
        "table": found.__str__, "json": found.to_json,
        "csv": found.to_csv, "markdown": found.to_markdown, "html": found.to_html,
        "ris": found.to_ris, "bibtex": found.to_bibtex,
    }  # fmt: skip
    write = write_text if chosen in ("table", "markdown") else write_output
    write(shown[chosen](), output)


@contextmanager
def _naming_the_option() -> Iterator[None]:
    """Turn an error on a concept of another kind into one that names the option for it."""
    from mngraph.question import NAMES, OPTIONS

    try:
        yield
    except WrongKindError as error:
        kinds = [kind for kind in error.kinds if kind in OPTIONS]
        if not kinds:
            raise
        what, use = (alternatives(said[kind] for kind in kinds) for said in (NAMES, OPTIONS))
        raise UsageError(f"{error.text!r} is {what}: use {use}") from error


def _question(
    graph: Graph, words: tuple[str, ...], *, indication: str | None, modalities: tuple[str, ...],
    procedure: str | None, event: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Return the concepts that words and options name.

    Raises:
        UsageError: a word is not known, or names the same kind of concept as an option.
    """
    from mngraph.question import read_question

    asked = read_question(graph.store, words)
    single = {
        "indication": (indication, asked.indication, "-i"),
        "procedure": (procedure, asked.procedure, "-p"),
        "event": (event, asked.event, "--event"),
    }
    for kind, (option, word, flag) in single.items():
        if option and word:
            raise UsageError(f"the words and {flag} each name the {kind}: leave one of them out")
    chosen = {kind: option or word for kind, (option, word, _) in single.items()}
    return chosen | {"combined_with": [*asked.modalities, *modalities]}
