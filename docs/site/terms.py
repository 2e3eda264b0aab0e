"""The pages of the ontology's terms and of the concepts, asked from the graph."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from pathlib import Path

import mngraph
from mngraph.tables import Table

HERE = Path(__file__).parent
PROPERTIES = "Properties that lead to another resource", "Properties with a value"
GROUPS = ("Classes", *PROPERTIES, "Values of the closed lists")
TERMS = """# Classes and properties

The terms of [`ontology/mngraph.ttl`](../../ontology/mngraph.ttl), namespace
`https://w3id.org/mngraph/ontology#`, prefix `mn`. The [glossary](glossary.md) explains the words in
plain language.

"""
CONCEPTS = """# Concepts

The concepts that records name, by scheme. Commands and Python take any of them by slug, label or
synonym; `mngraph show NAME` prints everything about one.

"""


def terms_page(graph: mngraph.Graph) -> str:
    """Return the page of classes, properties and listed values, in Markdown."""
    related: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for term, relation, value in _rows(graph, "relations"):
        related[term][relation].append(value)
    about: dict[str, dict[str, list[tuple[str, ...]]]] = defaultdict(lambda: defaultdict(list))
    for term, group, *rest in _rows(graph, "terms"):
        about[group][term].append(tuple(rest))
    known = {term for terms in about.values() for term in terms}
    blocks = [TERMS]
    for group in GROUPS:
        blocks.append(f"## {group}\n\n")
        for term, rows in about[group].items():
            label, definition, _ = rows[0]
            blocks.append(f"({_anchor(term)})=\n### {label}\n\n`{term}` · {definition}\n\n")
            blocks += [f"{note}\n\n" for _, _, note in rows if note]
            for relation, values in related[term].items():
                shown = ", ".join(_linked(value, known) for value in values)
                blocks.append(f"- {relation}: {shown}\n")
            blocks.append("\n")
    return "".join(blocks)


def concepts_page(graph: mngraph.Graph) -> str:
    """Return the page of the concepts, one table a scheme, in Markdown."""
    blocks = [CONCEPTS]
    for scheme, rows in groupby(_rows(graph, "concepts"), key=lambda row: row[1]):
        title = scheme.rpartition(": ")[2].capitalize()
        blocks.append(f"## {title}\n\n| concept | slug | what it is | broader | also called |\n")
        blocks.append("| --- | --- | --- | --- | --- |\n")
        for concept, _, label, definition, broader, synonyms in rows:
            slug = f"`{concept.partition(':')[2]}`"
            cells = (label, slug, definition, broader, synonyms)
            blocks.append(f"| {' | '.join(cell.replace('|', ' ') for cell in cells)} |\n")
        blocks.append("\n")
    return "".join(blocks)


def _rows(graph: mngraph.Graph, name: str) -> list[list[str]]:
    answer = graph.query((HERE / f"{name}.rq").read_text("utf-8"))
    assert isinstance(answer, Table)
    return [["" if cell is None else str(cell) for cell in row] for row in answer.rows]


def _anchor(term: str) -> str:
    """Return the name of a term's place on the page; those of classes begin with a capital."""
    name = term.partition(":")[2]
    return f"{'term' if name[:1].isupper() else 'property'}-{name.lower()}"


def _linked(value: str, known: set[str]) -> str:
    if value in known:
        return f"[`{value}`](#{_anchor(value)})"
    return f"<{value}>" if value.startswith(("http://", "https://")) else f"`{value}`"
