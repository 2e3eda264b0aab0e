"""`mngraph query` and `mngraph queries`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import click

from mngraph.cli.options import (
    choose_format,
    graph_option,
    output_stream,
    services_option,
    write_output,
)
from mngraph.cli.process import say
from mngraph.errors import UsageError

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.asking import Results
    from mngraph.bounded import Bounds
    from mngraph.queries import NamedQuery
    from mngraph.store import Store

TABLES = ("table", "csv", "tsv", "json", "xml", "markdown")
REFERENCES = ("ris", "bibtex", "csl")
"""Formats of the publications of the studies that rows name."""
TRIPLES = {"turtle": "ttl", "ntriples": "nt", "jsonld": "jsonld"}
ENDINGS = {
    ".csv": "csv", ".tsv": "tsv", ".json": "json", ".srj": "json", ".xml": "xml", ".srx": "xml",
    ".md": "markdown", ".txt": "table", ".ttl": "turtle", ".nt": "ntriples", ".jsonld": "jsonld",
    ".ris": "ris", ".bib": "bibtex", ".csl.json": "csl",
}  # fmt: skip
"""The format that a file's ending asks for."""
MOST_ROWS = 1000
"""Rows that a table on a terminal shows; other formats show all."""


def _complete_query(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    from click.shell_completion import CompletionItem

    from mngraph.queries import all_queries

    return [
        CompletionItem(query.name, help=query.title)
        for query in all_queries()
        if query.name.startswith(incomplete)
    ]


class _Format(click.Choice[str]):
    """The formats of a result; other programs read a file with -f."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the format, or say where the file belongs."""
        if str(value).endswith(".rq"):
            raise UsageError(
                f"-f is the format of the result; run a file with: mngraph query {value}"
            )
        return super().convert(value, param, ctx)


@click.command("query")
@click.argument("name", required=False, shell_complete=_complete_query)
@click.option("-e", "--execute", "sparql", metavar="SPARQL", help="SPARQL text to run.")
@click.option(
    "-p",
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value for a parameter (may be given again).",
)
@click.option(
    "-f", "--format", "format", type=_Format([*TABLES, *REFERENCES, *TRIPLES]),
    help="Format of the result; by default that of the -o file, else a table (CSV in a pipe) or "
    "Turtle. ris, bibtex and csl hold the publications of the studies that rows name.",
)  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write the result to a file.")
@click.option(
    "--timeout", type=click.FloatRange(min=0), metavar="SECONDS", default=120, show_default=True,
    help="Give up after this time; 0 means no limit.",
)  # fmt: skip
@click.option(
    "--memory", type=click.FloatRange(min=0), metavar="GIB", show_default="4, on Linux",
    help="Memory that the query may take beside the graph; 0 means no limit.",
)  # fmt: skip
@click.option("--spreadsheet", is_flag=True,
              help="CSV and TSV in which no cell is run as a formula.")  # fmt: skip
@services_option
@graph_option
def query_command(  # noqa: PLR0913
    name: str | None, sparql: str | None, params: tuple[str, ...], format: str | None,
    output: str | None, timeout: float, memory: float | None, spreadsheet: bool,
    services: tuple[str, ...],
    location: str | None,
) -> None:  # fmt: skip
    """Run a named query, a query FILE.rq, SPARQL from stdin (-) or from -e.

    \b
    mngraph query studies-of -p indication="acne scar"
    mngraph query -e 'SELECT ?study { ?study mn:country "India" }' -f csv
    mngraph query my-query.rq -f json -o answer.json
    mngraph query studies-of -p indication=melasma -o melasma.bib
    """  # noqa: D301
    from mngraph import queries
    from mngraph.store import open_store

    format = choose_format(output, format, ENDINGS, "") or None
    store = open_store(location)
    query = _chosen(name, sparql, store)
    _warn_of_size(location)
    with output_stream(output) as stream:
        note = queries.write_query(
            store, query, _values(params), services=services,
            bounds=_bounds(timeout, memory), stream=stream,
            write=lambda results, out: _write_references(store, results, format, out)
            if format in REFERENCES else _write(
                results, format, out, spreadsheet,
                lambda found: _hint(store, query, _values(params), found),
            ),
        )  # fmt: skip
    for line in (_by_default(query, params), *note):
        if line:
            say(line)


MEMORY = 4.0
"""GiB that a query may take where nothing else is asked and the system can hold it to that."""


def _bounds(timeout: float, memory: float | None) -> Bounds:
    from mngraph.bounded import LINUX, Bounds

    if memory is None and LINUX:
        memory = MEMORY
    return Bounds(timeout or None, memory or None)


LARGE = 100_000_000
"""Size in bytes from which reading an RDF file takes longer than answering most queries."""


def _warn_of_size(location: str | None) -> None:
    """Warn that a large RDF file is read again for each query."""
    path = Path(location or "")
    if path.is_file() and path.stat().st_size >= LARGE:
        say(
            f"{path} is read again for each query; in Python, graph = mngraph.load({str(path)!r}) "
            "reads it once, and graph.query(…) then queries it as often as you like"
        )


@click.command("queries")
@click.argument("name", required=False, shell_complete=_complete_query)
@click.option(
    "-f",
    "--format",
    "format",
    type=click.Choice(["table", "csv", "json", "markdown"]),
    default="table",
)
@graph_option
def queries_command(name: str | None, format: str, location: str | None) -> None:
    """List the named queries, or show one with its parameters, example and text.

    With a graph (-g), also those of its packs.

    \b
    mngraph queries
    mngraph queries studies-of
    mngraph queries studies-of -f json
    """  # noqa: D301
    from mngraph import queries, tables

    store = None
    if location:
        from mngraph.store import open_store

        store = open_store(location)
    if name is None:
        known = [*queries.all_queries(), *(queries.queries_of(store) if store else ())]
        rows = [[q.name, q.title, ", ".join(_signature(q))] for q in known]
        table = tables.Table(["query", "title", "parameters"], rows)
        write_output(tables.render(table, format), None)
    else:
        write_output(_explained(queries.find_query(name, store), format), None)


def _explained(query: NamedQuery, format: str) -> str:
    """Return a query with its header: as text to read, as an object, or as a row for each field."""
    import json
    from dataclasses import asdict

    from mngraph import tables

    fields = asdict(query)
    del fields["path"], fields["also"]
    if format == "json":
        return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"
    if format == "csv":
        fields["parameters"] = ", ".join(_signature(query))
        return tables.Table(["field", "value"], list(map(list, fields.items()))).to_csv()
    if format == "table":
        return _as_text(query)
    parameters = [[p.name, p.type, p.default, p.meaning] for p in query.parameters]
    table = tables.Table(["parameter", "type", "default", "meaning"], parameters)
    parts = [f"## {query.name}: {query.title}", query.description]
    parts += [tables.render(table, format).rstrip()] if parameters else []
    parts += [f"Example: `{query.example}`", f"```sparql\n{query.text.strip()}\n```"]
    return "\n\n".join(parts) + "\n"


def _as_text(query: NamedQuery) -> str:
    lines = [f"{query.name}: {query.title}", query.description, ""]
    for p in query.parameters:
        default = (
            f" (default {p.default})" if p.default else " (may be left out)" if p.optional else ""
        )
        lines.append(f"  {p.name} ({p.type}): {p.meaning}{default}")
    body = [line for line in query.text.splitlines() if not line.startswith("# ")]
    lines += ["", f"example: {query.example}", "", *body]
    return "\n".join(lines).strip() + "\n"


def _signature(query: NamedQuery) -> list[str]:
    return [f"{p.name}={p.default}" if p.default else f"{p.name}" for p in query.parameters]


def _chosen(name: str | None, sparql: str | None, store: Store) -> NamedQuery | str:
    from mngraph.queries import chosen

    if (name is None) == (sparql is None):
        raise UsageError("name a query or give SPARQL with -e (mngraph queries lists the names)")
    if sparql is not None:
        return sparql
    return sys.stdin.read() if name == "-" else chosen(str(name), store)


def _values(params: tuple[str, ...]) -> dict[str, str]:
    values = {}
    for item in params:
        name, equals, value = item.partition("=")
        if not equals:
            raise UsageError(f"-p expects name=value, not {item!r}")
        if name.strip() in values:
            raise UsageError(f"-p {name.strip()} takes one value and is given twice")
        values[name.strip()] = value
    return values


def _by_default(query: NamedQuery | str, params: tuple[str, ...]) -> str:
    """Return which values of a named query were not asked for; empty where there are none."""
    from mngraph.queries import defaults_used

    used = {} if isinstance(query, str) else defaults_used(query, _values(params))
    if not used:
        return ""
    shown = ", ".join(f"{name}={value}" for name, value in used.items())
    return f"{shown} by default (-p {next(iter(used))}=… asks for another)"


def _hint(
    store: Store, query: NamedQuery | str, values: Mapping[str, str], has_answer: bool
) -> str:
    """Return what may be wrong with a query, all the more if it found nothing."""
    if has_answer:
        from mngraph.queries import unknown_names

        return unknown_names(store, query)
    from mngraph import hints

    if isinstance(query, str):
        return hints.on_nothing(store, query, {})
    texts = {
        p.name: values[p.name] for p in query.parameters if p.type == "string" and p.name in values
    }
    return hints.on_nothing(store, "" if query.is_ours else query.text, texts)


Hint: TypeAlias = Callable[[bool], str]
"""What may be wrong with a query, given whether it found anything."""


def _write(
    results: Results, format: str | None, stream: BinaryIO, spreadsheet: bool, hint: Hint
) -> list[str]:
    """Write the results of any kind of query in the chosen format; return what is left to say."""
    import pyoxigraph as ox

    from mngraph.results import write_truth

    if isinstance(results, ox.QuerySolutions):
        number, note = _write_solutions(results, format, stream, spreadsheet)
        return [note, hint(number != 0)]
    if isinstance(results, ox.QueryBoolean):
        write_truth(results, _one_of(format, TABLES, "csv"), stream)
        return [hint(bool(results))]
    from mngraph.export import to_rdf_triples

    stream.write(to_rdf_triples(results, TRIPLES[_one_of(format, TRIPLES, "turtle")]))
    return [hint(True)]


def _write_references(store: Store, results: Results, format: str, stream: BinaryIO) -> list[str]:
    """Write the publications of the studies that the rows of a table name."""
    import pyoxigraph as ox

    from mngraph.asking import solutions
    from mngraph.faces.references import of_resources

    terms = {term for row in solutions(results) for term in row if isinstance(term, ox.NamedNode)}
    stream.write(of_resources(store, format, (term.value for term in terms)).encode())
    return []


def _write_solutions(
    solutions: ox.QuerySolutions, format: str | None, stream: BinaryIO, spreadsheet: bool
) -> tuple[int | None, str]:
    """Write a table; return how many rows it has, where that is known, and what is to say of it."""
    from mngraph import queries, tables
    from mngraph.results import FORMATS, write_for_spreadsheet, write_solutions

    chosen = _one_of(format, TABLES, "table" if sys.stdout.isatty() else "csv")
    if spreadsheet and chosen in ("csv", "tsv"):
        return write_for_spreadsheet(solutions, chosen, stream), ""
    if chosen in FORMATS:
        return write_solutions(solutions, chosen, stream), ""
    table = queries.solutions_table(solutions, MOST_ROWS if chosen == "table" else None)
    more = sum(1 for _ in solutions)
    stream.write(tables.render(table, chosen).encode())
    total = len(table) + more
    note = f"the first {MOST_ROWS:,} of {total:,} rows; -f csv writes all" if more else ""
    return total, note


def _one_of(format: str | None, allowed: Iterable[str], default: str) -> str:
    if format is not None and format not in allowed:
        raise UsageError(f"this query gives no {format}; its formats are {', '.join(allowed)}")
    return format or default
