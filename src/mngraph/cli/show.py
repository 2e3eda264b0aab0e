"""`mngraph show`."""

from __future__ import annotations

import click

from mngraph.cli.options import complete_concept, graph_option, write_output, write_text


@click.command("show")
@click.argument("resource", shell_complete=complete_concept())
@click.option(
    "-f",
    "--format",
    type=click.Choice(["text", "turtle", "jsonld"]),
    default="text",
    help="Readable text, the triples as Turtle, or JSON-LD in the shape of the records.",
)
@graph_option
def show_command(resource: str, format: str, location: str | None) -> None:
    """Show everything about one resource, named by CURIE, IRI, slug, label or synonym.

    A study is also named by key, PMID, DOI, first author and year, or words of its title; a claim
    by its whole label.

    \b
    mngraph show indication:acne-scar
    mngraph show study:pmid-31469914
    mngraph show 31469914
    mngraph show PRP -f turtle
    mngraph show study:pmid-31469914 -f jsonld
    """  # noqa: D301
    from shutil import get_terminal_size

    from mngraph import framing, search
    from mngraph.cards.resource import card
    from mngraph.export import to_rdf_triples
    from mngraph.store import open_store

    store = open_store(location)
    iri = search.resolve(store, resource)
    if format == "jsonld":
        write_output(framing.to_jsonld(store, [iri]), None)
        return
    found = card(store, iri)
    if format == "text":
        write_text(found.to_text(min(get_terminal_size((100, 24)).columns, 110)), None)
        return
    nodes = [iri, *(part.iri for _, part in found.parts)]
    triples = [quad.triple for node in nodes for quad in store.quads(subject=node)]
    write_output(to_rdf_triples(triples, "ttl"), None)
