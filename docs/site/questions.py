"""The pages of the named queries, each query with the first rows of what it finds."""

from __future__ import annotations

import shlex

import mngraph
from mngraph.queries import NamedQuery, all_queries
from mngraph.tables import Table

AUDIENCES = {
    "dermatologist": "dermatologists",
    "reviewer": "reviewers",
    "curator": "curators",
    "knowledge-graph-engineer": "knowledge-graph engineers",
}
ROWS = 5
"""Rows of a result that are shown."""
LINES = 12
"""Lines of Turtle that are shown."""


def query_page(graph: mngraph.Graph, audience: str) -> str:
    """Return the page with the queries for one audience, in Markdown."""
    blocks = [
        f"# Queries for {AUDIENCES[audience]}\n",
        f"Each result is that of the example on the graph of the release; at most {ROWS} rows are "
        "shown. [All queries](queries.md).\n",
    ]
    found = [
        query
        for query in all_queries()
        if f"# audience: {audience.replace('-e', ' e')}\n" in query.text
    ]
    blocks += [_section(graph, query) for query in found]
    return "\n".join(blocks)


def _section(graph: mngraph.Graph, query: NamedQuery) -> str:
    lines = [
        f"({query.name})=",
        f"## {query.title}",
        "",
        f"`{query.name}` · {query.description}",
        "",
    ]
    if query.parameters:
        lines += ["| parameter | type | default | meaning |", "| --- | --- | --- | --- |"]
        for each in query.parameters:
            default = "optional" if each.optional else f"`{each.default}`" if each.default else ""
            lines.append(f"| `{each.name}` | {each.type} | {default} | {each.meaning} |")
        lines.append("")
    lines += ["```sh", query.example, "```", "", _result(graph, query)]
    lines += ["<details><summary>SPARQL</summary>", "", "```sparql", _body(query.text), "```", ""]
    lines += ["</details>", ""]
    return "\n".join(lines)


def _result(graph: mngraph.Graph, query: NamedQuery) -> str:
    answer = graph.query(query.name, **_values(query.example))
    if isinstance(answer, Table):
        cells = [[_cell(cell) for cell in row] for row in answer.rows[:ROWS]]
        return f"{_markdown(answer.columns, cells)}\n{_count(len(answer))}\n"
    if isinstance(answer, bool):
        return f"Result: **{'true' if answer else 'false'}**\n"
    shown = answer.splitlines()
    text = [line for line in shown if not line.startswith("@prefix")][:LINES]
    return "\n".join(["```turtle", *text, "…", "```", ""])


def _values(example: str) -> dict[str, str]:
    """Return the parameters of `mngraph query NAME -p name=value`."""
    words = shlex.split(example)
    pairs = [words[i + 1] for i, word in enumerate(words) if word in ("-p", "--param")]
    return dict(pair.split("=", 1) for pair in pairs)


def _count(rows: int) -> str:
    if rows == 0:
        return "*No row.*"
    if rows <= ROWS:
        return f"*{rows} row{'' if rows == 1 else 's'}.*"
    return f"*The first {ROWS} of {rows:,} rows.*"


def _cell(cell: object) -> str:
    text = "" if cell is None else str(cell)
    text = text if len(text) <= 120 else f"{text[:119].rstrip()}…"
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def _markdown(columns: list[str], rows: list[list[str]]) -> str:
    head = [f"| {' | '.join(name.replace('_', ' ') for name in columns)} |"]
    return (
        "\n".join([*head, "|" + " --- |" * len(columns), *(f"| {' | '.join(r)} |" for r in rows)])
        + "\n"
    )


def _body(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("# ")).strip()
