"""`mngraph view`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mngraph.cli.options import complete_concept, graph_option, open_with_studies
from mngraph.cli.process import say
from mngraph.errors import NoStudiesError
from mngraph.wording import counted

if TYPE_CHECKING:
    from mngraph.drawing.view import View
    from mngraph.explorer.page import Explorer
    from mngraph.store import Store

CONCEPTS = ["procedure", "indication", "modality", "event"]
KINDS = [*CONCEPTS, "publication"]


@click.command("view")
@click.argument("target", metavar="FILE.html", type=click.Path(path_type=Path, readable=False))
@click.option("--focus", multiple=True, metavar="CONCEPT",
              shell_complete=complete_concept(*CONCEPTS),
              help="Only the studies that name this procedure, indication, modality or event, or "
              "one study by its CURIE; given again, those that name all of them.")  # fmt: skip
@click.option("--depth", type=click.IntRange(1), default=1, show_default=True,
              help="With --focus: 2 adds studies that share a concept with those, and other "
              "indications.")  # fmt: skip
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS),
              help="Only nodes of this kind (may be given again).")  # fmt: skip
@click.option("--min-studies", type=click.IntRange(0), default=1, show_default=True,
              help="Only edges with at least this many studies.")  # fmt: skip
@click.option("--level", type=click.IntRange(1, 5), default=5, show_default=True,
              help="Only studies at this design level or a stronger one.")  # fmt: skip
@click.option("--explorer", is_flag=True,
              help="Also the gap map, an evidence finder and SPARQL in the page, with the whole "
              "graph in it.")  # fmt: skip
@click.option("--title", metavar="TEXT", help="The heading of the page.")
@click.option("--open", "show", is_flag=True, help="Open the page in the browser.")
@graph_option
def view_command(
    target: Path, focus: tuple[str, ...], title: str | None, show: bool, location: str | None,
    explorer: bool, **choice: Any,
) -> None:  # fmt: skip
    """Draw the graph as one interactive HTML file that opens offline.

    \b
    mngraph view network.html
    mngraph view acne.html --focus acne-scar --level 3
    mngraph view explorer.html --explorer
    mngraph view partners.html --kind modality --kind indication --min-studies 2
    """  # noqa: D301
    from mngraph.drawing.network import focus_iri, has_lines, network
    from mngraph.drawing.view import check_name

    check_name(target)
    store = open_with_studies(location)
    iris = [focus_iri(store, text) for text in focus]
    drawn = network(store, iris, **choice)
    one_kind = len(set(choice["kinds"])) == 1  # concepts of one kind are drawn without lines
    if not (drawn if one_kind else has_lines(drawn)):
        which = f"names {' and '.join(focus)} and " if len(focus) > 1 else ""
        raise NoStudiesError(f"nothing to draw: no study {which}fits these options")
    page(store, drawn, title, explorer=explorer).save(target)
    nodes = counted(drawn.number_of_nodes(), "node")
    say(f"{target}: {nodes}, {counted(drawn.number_of_edges(), 'edge')}")
    if show:
        click.launch(target.resolve().as_uri())


def page(store: Store, drawn: Any, title: str | None, *, explorer: bool) -> View | Explorer:
    """Return the page of a network, by itself or as a part of the explorer."""
    if explorer:
        from mngraph.explorer.page import Explorer

        return Explorer(store, drawn, title)
    from mngraph.drawing.view import View

    return View(drawn, title)
