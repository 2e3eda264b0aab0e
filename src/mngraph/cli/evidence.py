"""`mngraph evidence`."""

from __future__ import annotations

from pathlib import Path

import click

from mngraph.cli.options import complete_concept, graph_option, said, write_output

STYLES = ("table", "json", "csv", "markdown")


@click.command("evidence")
@click.option("-i", "--indication", shell_complete=complete_concept("indication"),
              help="What was treated.")  # fmt: skip
@click.option("-w", "--with", "modalities", metavar="MODALITY", multiple=True,
              shell_complete=complete_concept("modality"),
              help="Given together with the needling; several: all of them together.")  # fmt: skip
@click.option("-p", "--procedure", shell_complete=complete_concept("procedure"),
              help="The needling procedure; by default any.")  # fmt: skip
@click.option("--event", shell_complete=complete_concept("event"),
              help="An adverse event: how often it was reported.")  # fmt: skip
@click.option("--alone", is_flag=True, help="Only arms that had the procedure alone.")
@click.option("-f", "--format", "style", type=click.Choice(STYLES), default="table",
              show_default=True, help="How it is shown.")  # fmt: skip
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE.svg|png|html",
              help="Draw the forest plot to a file, too.")  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write to a file.")
@graph_option
def evidence_command(  # noqa: PLR0913
    indication: str | None, modalities: tuple[str, ...], procedure: str | None, event: str | None,
    alone: bool, style: str, plot: Path | None, output: str | None, location: str | None,
) -> None:  # fmt: skip
    """Weigh the studies of a question: verdict, table, pooled numbers, gaps.

    Concepts are named by slug, CURIE, label or synonym; narrower ones are included.

    \b
    mngraph evidence -i acne-scar -w platelet-rich-plasma
    mngraph evidence -i "alopecia areata" --alone -f markdown
    mngraph evidence --event post-inflammatory-hyperpigmentation -p microneedling
    mngraph evidence -i melasma -w tranexamic-acid --plot melasma.svg
    """  # noqa: D301
    from mngraph.errors import UsageError
    from mngraph.graph import Graph
    from mngraph.store import open_store

    if not (indication or modalities or procedure or event):
        raise UsageError("name an indication (-i), a modality (-w), a procedure (-p) or an --event")
    graph = Graph(open_store(location))
    found = graph.evidence(indication, modalities, procedure, event, alone=alone)
    if plot:
        from mngraph.drawing.forest import write_forest

        write_forest(found, plot)
        said(f"{plot}: forest plot of {found.subject}")
    shown = {
        "table": found.__str__, "json": found.to_json,
        "csv": found.to_csv, "markdown": found.to_markdown,
    }  # fmt: skip
    write_output(shown[style](), output)
