"""`mngraph search`."""

from __future__ import annotations

import click

from mngraph.cli.options import default_format, graph_option, write_output
from mngraph.cli.process import say


@click.command("search")
@click.argument("words", nargs=-1, metavar="[TEXT]…")
@click.option(
    "-k",
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="Only this kind: procedure, indication, modality, event, measure, design, study or "
    "publication (may be given again).",
)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, 200),
    default=10,
    show_default=True,
    help="How many matches to list at most.",
)
@click.option("-f", "--format", type=click.Choice(["table", "csv", "tsv", "json", "markdown"]))
@graph_option
def search_command(
    words: tuple[str, ...],
    kinds: tuple[str, ...],
    limit: int,
    format: str | None,
    location: str | None,
) -> None:
    """Find concepts by label, synonym or misspelling, and studies by what is printed on them.

    A study is found by key, PMID, DOI, authors, year, or a part of its title. A kind without a
    text lists every concept of that kind.

    \b
    mngraph search PRP
    mngraph search tranexamic acid
    mngraph search "Chawla 2014"
    mngraph search "postinflamatory hyperpigmentation" -k event
    mngraph search -k indication
    """  # noqa: D301
    from mngraph import concepts, context, search, tables
    from mngraph.errors import UsageError
    from mngraph.store import open_store

    text = " ".join(words)
    for kind in kinds:
        if kind not in search.KINDS:
            known = ", ".join(search.KINDS)
            raise UsageError(f"{kind!r} is not a kind; the kinds are {known}")
    if not words and not (kinds and set(kinds) <= set(concepts.KINDS)):
        raise UsageError("missing argument 'TEXT': mngraph search PRP (-k indication lists all)")
    store = open_store(location)
    if not words:
        found = concepts.every(store, kinds)
    else:
        found = search.search(store, text, kinds or search.KINDS, limit)
    if not found:
        say(f"no concept, study or publication has a name like {text[: concepts.LONGEST_SHOWN]!r}")
    rows = [
        [context.compact(m.iri), m.label, m.matched if m.matched != m.label else None, m.score]
        for m in found
    ]
    table = tables.Table(["concept", "label", "matched_synonym", "score"], rows)
    write_output(tables.render(table, format or default_format(tables.FORMATS)), None)
