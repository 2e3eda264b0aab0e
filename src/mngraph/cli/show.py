"""`mngraph show`."""

from __future__ import annotations

import click

from mngraph.cli.options import complete_concept, graph_option, write_output, write_text


@click.command("show")
@click.argument("resource", shell_complete=complete_concept())
@click.option(
    "-f",
    "--format",
    "style",
    type=click.Choice(["text", "turtle", "jsonld"]),
    default="text",
    help="Text to read, or its triples.",
)
@graph_option
def show_command(resource: str, style: str, location: str | None) -> None:
    """Show everything about one resource: CURIE, IRI, slug, label or synonym.

    \b
    mngraph show indication:acne-scar
    mngraph show study:pmid-31469914
    mngraph show PRP -f turtle
    """  # noqa: D301
    from shutil import get_terminal_size

    from mngraph import cards, concepts
    from mngraph.export import to_rdf_triples
    from mngraph.store import open_store

    store = open_store(location)
    iri = concepts.resolve(store, resource)
    made = cards.card(store, iri)
    if style == "text":
        write_text(made.to_text(min(get_terminal_size((100, 24)).columns, 110)), None)
        return
    own = [quad.triple for quad in store.quads(subject=iri)]
    parts = [quad.triple for _, part in made.parts for quad in store.quads(subject=part.iri)]
    write_output(to_rdf_triples([*own, *parts], "ttl" if style == "turtle" else "jsonld"), None)
