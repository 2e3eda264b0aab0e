"""`mngraph certainty`."""

from __future__ import annotations

from typing import Any

import click

from mngraph.cli.asking import ask, check_asked, question_options
from mngraph.cli.options import choose_format, graph_option, write_output, write_text

FORMATS = {
    ".txt": "table", ".md": "markdown", ".csv": "csv", ".json": "json", ".html": "html",
}  # fmt: skip
"""The format that goes with the ending of a file."""


@click.command("certainty")
@question_options
@click.option("-f", "--format", "format", type=click.Choice(list(FORMATS.values())),
              help="Format; by default that of the -o file, else a table.")  # fmt: skip
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(readable=False),
    help=f"Write to a file ({' '.join(FORMATS)}).",
)
@graph_option
def certainty_command(
    words: tuple[str, ...], format: str | None, output: str | None, location: str | None,
    **asked: Any,
) -> None:  # fmt: skip
    """Show the ceiling of certainty: what data imply by GRADE, and what nobody judged.

    A ceiling is no grade. It says above which level no judgment can end, with the rule for each
    domain, and a summary of findings has one for each kind of outcome. The CSV is that summary.

    \b
    mngraph certainty prp acne scars
    mngraph certainty -i melasma -w tranexamic-acid
    mngraph certainty -i melasma -w tranexamic-acid --randomized -o findings.html
    mngraph certainty -i acne-scar -o findings.csv
    """  # noqa: D301
    from mngraph.drawing.grading import Grading

    chosen = choose_format(output, format, FORMATS, "table")
    check_asked("certainty", words, asked)
    found = Grading(ask(location, words, asked))
    shown = {
        "table": found.__str__, "json": found.to_json, "csv": found.to_csv,
        "markdown": found.to_markdown, "html": found.to_html,
    }  # fmt: skip
    write = write_text if chosen in ("table", "markdown") else write_output
    write(shown[chosen](), output)
