"""`mngraph explain`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mngraph.cli.options import (
    choose_format,
    complete_concept,
    graph_option,
    open_with_studies,
    write_output,
    write_text,
)
from mngraph.visible import escape_controls

if TYPE_CHECKING:
    from rich.tree import Tree

    from mngraph.evidence.chain import Step

FORMATS = {".txt": "text", ".jsonld": "jsonld", ".ttl": "ttl"}
"""The format that goes with the ending of a file."""


@click.command("explain")
@click.argument(
    "terms", nargs=-1, required=True, metavar="CLAIM | SUBJECT PREDICATE OBJECT | TERM...",
    shell_complete=complete_concept(),
)  # fmt: skip
@click.option("-f", "--format", "format", type=click.Choice(list(FORMATS.values())),
              help="The tree as text, or the chain as PROV triples; by default the format of the "
              "-o file, else text.")  # fmt: skip
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(readable=False),
    help=f"Write to a file ({' '.join(FORMATS)}).",
)
@graph_option
def explain_command(
    terms: tuple[str, ...], format: str | None, output: str | None, location: str | None
) -> None:
    """Trace a claim or an edge to its studies and sources.

    Name a claim (by CURIE or label), a study, an edge of a drawing (subject, predicate, object), or
    the terms of a claim: a procedure, modalities, and an indication or adverse event.

    \b
    mngraph explain claim:microneedling_with_platelet-rich-plasma_for_acne-scar
    mngraph explain microneedling studiedFor acne-scar
    mngraph explain microneedling PRP "acne scar" -f jsonld
    """  # noqa: D301
    from mngraph import export
    from mngraph.evidence.explain import explain

    chosen = choose_format(output, format, FORMATS, "text")
    found = explain(open_with_studies(location), terms)
    if chosen != "text":
        write_output(export.to_rdf_triples(found.triples, chosen), output)
    elif output or not sys.stdout.isatty():
        write_text(found.to_text(), output)
    else:
        from rich.console import Console

        console = Console(highlight=False)
        with console.capture() as drawn:
            console.print(_tree(found.root))
        write_output(drawn.get(), None, styled=True)


def _tree(step: Step) -> Tree:
    """Return a step and the steps behind it as a tree for the terminal."""
    from rich.text import Text
    from rich.tree import Tree

    label = Text(escape_controls(step.text))
    if step.iri:
        address = step.iri if step.iri.startswith("http") else ""
        shown = f"  {escape_controls(step.iri)}"
        label.append(shown, style=f"dim link {address}" if address else "dim")
    tree = Tree(label)
    for inner in step.behind:
        tree.children.append(_tree(inner))
    return tree
