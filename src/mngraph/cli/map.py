"""`mngraph map`."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mngraph.cli.options import (
    complete_concept,
    graph_option,
    open_with_studies,
    write_output,
)
from mngraph.cli.process import say
from mngraph.wording import counted

if TYPE_CHECKING:
    from mngraph.drawing.gapmap import GapMap

ENDINGS = (".html", ".svg", ".png", ".csv")
KINDS = ("indication", "event", "modality", "procedure")


@click.command("map")
@click.argument(
    "file", type=click.Path(path_type=Path, readable=False), metavar="FILE.html|.svg|.png|.csv"
)
@click.option("--rows", type=click.Choice(["indication", "event"]), default="indication",
              show_default=True, help="What the rows are.")  # fmt: skip
@click.option("--columns", type=click.Choice(["modality", "procedure"]),
              help="What the columns are. [default: modality; procedure for events]")  # fmt: skip
@click.option("--focus", multiple=True, metavar="CONCEPT", shell_complete=complete_concept(*KINDS),
              help="Only the rows or columns of this concept and of narrower ones; given again, "
              "both rows, or where a row and a column cross.")  # fmt: skip
@click.option("--size", type=click.Choice(["studies", "participants"]), default="studies",
              show_default=True, help="What the size of a bubble shows.")  # fmt: skip
@click.option(
    "--all", "everything", is_flag=True, help="Include rows and columns without any study."
)
@graph_option
def map_command(
    file: Path, rows: str, columns: str | None, focus: tuple[str, ...], location: str | None,
    **choice: Any,
) -> None:  # fmt: skip
    """Draw the evidence gap map.

    HTML opens offline: click a cell for its studies, or read the same numbers in a table. CSV holds
    only that table.

    \b
    mngraph map gaps.html
    mngraph map acne.html --focus acne-scar
    mngraph map harms.svg --rows event --columns procedure
    """  # noqa: D301
    from mngraph.drawing import pages
    from mngraph.drawing.gapmap import gap_map
    from mngraph.drawing.headings import concept_of
    from mngraph.errors import NoStudiesError, UsageError

    if not file.suffix:
        asked = shlex.join(["mngraph", "map", "FILE.html", "--focus", str(file)])
        raise UsageError(f"the first word names the file; for a concept: {asked}")
    if file.suffix.lower() not in ENDINGS:
        raise UsageError(f"{file}: the name must end with one of {', '.join(ENDINGS)}")
    pages.require_drawing(file)
    across = columns or ("procedure" if rows == "event" else "modality")
    store = open_with_studies(location)
    wanted = [concept_of(store, text, (rows, across)) for text in focus]
    found = gap_map(store, rows, across, focus=wanted, **choice)
    if not found.cells:
        about = f" about {' and '.join(focus)}" if focus else ""
        raise NoStudiesError(f"nothing to draw: no study{about} relates an {rows} to a {across}")
    write_output(_writer(file.suffix.lower())(found), str(file))
    numbers = (counted(len(found.studies), "publication"), counted(len(found.cells), "cell"))
    say(f"{file}: {', '.join(numbers)}, {found.gap_words}")


def _writer(ending: str) -> Callable[[GapMap], str | bytes]:
    """Return what makes a file of that ending."""
    from mngraph.drawing import mapdrawing

    writers: dict[str, Callable[[GapMap], str | bytes]] = {
        ".html": mapdrawing.to_html,
        ".svg": mapdrawing.to_svg,
        ".png": mapdrawing.to_png,
        ".csv": lambda found: found.table().to_csv(),
    }
    return writers[ending]
