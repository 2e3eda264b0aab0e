"""`mngraph evidence`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mngraph.cli.asking import ask, check_asked, question_options
from mngraph.cli.options import choose_format, graph_option, write_output, write_text
from mngraph.cli.process import say
from mngraph.errors import UsageError

FORMATS = {
    ".txt": "table", ".md": "markdown", ".csv": "csv", ".json": "json", ".html": "html",
    ".ris": "ris", ".bib": "bibtex", ".csl.json": "csl",
}  # fmt: skip
"""The format that goes with the ending of a file."""


PLOTS = ("forest", "direction", "albatross", "harvest", "funnel")
"""The kinds of plots; a test holds them to those of `mngraph.drawing.figure`."""


def _plot(name: str) -> tuple[str, Path]:
    """Return the kind and the file that a --plot names.

    >>> _plot("direction"), _plot("a.svg"), _plot("harvest:b.html")
    (('direction', PosixPath('direction.svg')), ('forest', PosixPath('a.svg')), \
('harvest', PosixPath('b.html')))
    """
    kind, colon, file = name.partition(":")
    if colon and kind in PLOTS and file:
        return kind, Path(file)
    return (name, Path(f"{name}.svg")) if name in PLOTS else ("forest", Path(name))


def _complete_plot(_context: click.Context, _option: click.Parameter, start: str) -> list[str]:
    return [kind for kind in PLOTS if kind.startswith(start)]


@click.command("evidence")
@question_options
@click.option("--short", is_flag=True,
              help="Verdict, harms and a small table, to print.")  # fmt: skip
@click.option("-f", "--format", "format", type=click.Choice(list(FORMATS.values())),
              help="Format; by default that of the -o file, else a table.")  # fmt: skip
@click.option("--plot", "plots", metavar="KIND|FILE|KIND:FILE", multiple=True,
              shell_complete=_complete_plot,
              help=f"Also draw a plot, as .svg, .png or .html: {', '.join(PLOTS)}. A file alone "
              "is a forest plot; given again, several.")  # fmt: skip
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(readable=False),
    help=f"Write to a file ({' '.join(FORMATS)}).",
)
@graph_option
def evidence_command(
    words: tuple[str, ...], format: str | None, plots: tuple[str, ...], output: str | None,
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
    mngraph evidence -i melasma -w tranexamic-acid --plot direction --plot albatross:m.html
    mngraph evidence -i melasma -w tranexamic-acid -o answer.html
    mngraph evidence -i melasma -w tranexamic-acid --short -o page.html
    mngraph evidence -i melasma -w tranexamic-acid -o sources.ris
    """  # noqa: D301
    if output and output.lower().endswith(".pdf"):
        page = f"{output[:-4]}.html"
        raise UsageError(f"cannot write PDF: write {page}, open it in a browser and print it there")
    chosen = choose_format(output, format, FORMATS, "table")
    check_asked("evidence", words, asked)
    drawings = [_plot(name) for name in plots]
    for _, file in drawings:
        from mngraph.drawing.pages import require_drawing

        require_drawing(file)
    found = ask(location, words, asked)
    for kind, file in drawings:
        say(f"{found.plot(kind).save(file)}: {kind} plot of {found.subject}")
    found = found.short() if short else found
    shown = {
        "table": found.__str__, "json": found.to_json,
        "csv": found.to_csv, "markdown": found.to_markdown, "html": found.to_html,
        "ris": found.to_ris, "bibtex": found.to_bibtex, "csl": found.to_csl,
    }  # fmt: skip
    write = write_text if chosen in ("table", "markdown") else write_output
    write(shown[chosen](), output)
    if output and output != "-":
        say(f"{output}: answer on {found.subject}")
