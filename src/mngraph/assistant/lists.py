"""The tools `gaps` and `sparql`: what was not studied, and what a query finds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from mngraph import concepts, context, hints, iris, queries, tables
from mngraph.assistant import studies
from mngraph.assistant.answers import not_advice
from mngraph.assistant.described import document, reworded, said
from mngraph.assistant.fitting import Page, Reply, paged
from mngraph.drawing.gapmap import COUNTS, ROWS, Bubble, GapMap, gap_map
from mngraph.drawing.headings import Heading, concept_of
from mngraph.errors import UsageError
from mngraph.graph import Graph
from mngraph.store import Store
from mngraph.studies import require_studies
from mngraph.tables import Table
from mngraph.wording import counted

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.asking import Results
    from mngraph.queries import NamedQuery

# --- gaps ------------------------------------------------------------------------------------


def gaps(graph: Graph, asked: dict[str, Any]) -> Reply:
    """Return rows of the gap map: what was studied, and what was not."""
    store = graph.store
    require_studies(store)
    rows = asked["rows"]
    columns = asked.get("columns") or ("procedure" if rows == "event" else "modality")
    wanted = [_on_map(store, text, (rows, columns)) for text in asked.get("focus", ())]
    found = _part(store, gap_map(store, rows, columns), wanted)
    return paged(lambda page: _mapped(store, found, page), Page(asked["offset"], asked["limit"]))


def _on_map(store: Store, text: str, kinds: tuple[str, str]) -> str:
    """Return the IRI of a concept that a map of these rows and columns can be about.

    Raises:
        UsageError: there is no such concept, or it is on another map.
    """
    iri = concept_of(store, text, kinds)
    own = concepts.Kinds(store).of(iri)
    if not own & set(kinds):
        side = "rows" if own & set(ROWS) else "columns"
        raise UsageError(
            f"{text!r} is not on a map of {kinds[0]} by {kinds[1]}: give {side}: {min(own)}"
        )
    return iri


def _part(store: Store, found: GapMap, wanted: Iterable[str]) -> GapMap:
    """Return the rows and columns of some concepts and of narrower ones.

    A side that none of them is on stays whole, so that its gaps are seen.
    """
    sides, inside = [found.rows, found.columns], [concepts.narrower(store, iri) for iri in wanted]
    for n, side in enumerate(sides):
        kind = found.kinds[n]
        own = [names for names in inside if any(kind in _kinds(store, iri) for iri in names)]
        if own:
            sides[n] = [each for each in side if any(_iri(each) in names for names in own)]
    keys = {(row.key, column.key) for row in sides[0] for column in sides[1]}
    cells = {cell: bubbles for cell, bubbles in found.cells.items() if cell in keys}
    return replace(found, rows=sides[0], columns=sides[1], cells=cells)


def _kinds(store: Store, iri: str) -> frozenset[str]:
    return concepts.Kinds(store).of(iri)


def _mapped(store: Store, found: GapMap, page: Page) -> Reply:
    shown = page.of(found.rows)
    rows = [_row(found, row) for row in shown]
    keys = [key for row in rows for cell in row["studied"] for key in cell["keys"]]
    named = list(dict.fromkeys(map(iris.study, keys)))
    told = (studies.appraised(store, named), said("gap"), said("level"), not_advice(store))
    data = {
        "summary": {
            "rows": len(found.rows), "columns": len(found.columns),
            "cells_with_studies": len(found.cells), "gaps": found.gaps,
        },
        "columns": [{"label": c.label, "iri": _iri(c)} for c in found.columns],
        "rows": rows,
        "studies": studies.listed(store, named),
        "says_not": [sentence for sentence in told if sentence],
        "page": page.told(len(shown), len(found.rows)),
        "left_out": studies.left_out(named),
    }  # fmt: skip
    return Reply(data, _map_text(found, rows))


def _row(found: GapMap, row: Heading) -> dict[str, Any]:
    cells = [(column, found.cells.get((row.key, column.key), ())) for column in found.columns]
    missing = sorted(
        (c for c, bubbles in cells if not bubbles), key=lambda c: (-c.studies, c.label)
    )
    return {
        "label": row.label,
        "iri": _iri(row),
        "studied": [_cell(column, bubble) for column, bubbles in cells for bubble in bubbles],
        "not_studied": [column.label for column in missing],
    }


def _cell(column: Heading, bubble: Bubble) -> dict[str, Any]:
    counts = zip(COUNTS, bubble.counts.values(), strict=True)
    return {
        "column": column.label, "starting_level": bubble.band, "studies": bubble.studies,
        "reviews": bubble.reviews, "participants": bubble.participants,
        "results": {name: number for name, number in counts if number},
        "keys": [member.study for member in bubble.members],
    }  # fmt: skip


def _iri(heading: Heading) -> str | None:
    return context.expand(heading.key) if ":" in heading.key else None


def _map_text(found: GapMap, rows: list[dict[str, Any]]) -> str:
    """Return the rows of a map to read: what was studied as a table, what was not as a list."""
    if not found.rows or not found.columns:
        return "No study in this graph has such a combination: all of it is a gap."
    across = "combined with" if found.kinds[1] == "modality" else "procedure"
    names = ["starting_level", "studies", "reviews", "participants"]
    size = (counted(len(found.rows), "row"), counted(len(found.columns), "column"))
    cells = counted(len(found.cells), "cell")
    parts = [f"{' by '.join(size)}: {cells} with studies and {counted(found.gaps, 'gap')}."]
    words = document("tools")["results"] if found.kinds[0] == "indication" else {}
    for row in rows:
        table = Table(
            [across, *names, *(["results"] if words else [])],
            [
                [cell["column"], *(cell[name] for name in names), *_stances(cell["results"], words)]
                for cell in row["studied"]
            ],
        )
        parts.append(f"## {tables.markdown_text(row['label'])}")
        parts.append(tables.render(table, "markdown").strip() if len(table) else "No study.")
        missing = ", ".join(map(tables.markdown_text, row["not_studied"]))
        parts.append(f"Not studied, though studied for something else: {missing or 'none'}.")
    return "\n\n".join(parts)


def _stances(counts: dict[str, int], words: dict[str, str]) -> list[str]:
    """Return how the studies of a cell stand, as the cell of a table; none on a map of events."""
    said = ", ".join(f"{number} {words[name]}" for name, number in counts.items() if words)
    return [said] if words else []


# --- sparql ----------------------------------------------------------------------------------

FENCED = re.compile(r"```\w*\n(.*)```", re.DOTALL)
"""A query between the marks that Markdown has for code."""


def sparql(graph: Graph, asked: dict[str, Any]) -> Reply:
    """Run a named query or SPARQL text within bounds."""
    store, text = graph.store, asked["query"].strip()
    if fenced := FENCED.fullmatch(text):
        text = fenced[1].strip()
    if text.endswith(".rq") and not any(mark in text for mark in "{}<\n"):
        raise UsageError("give the name of a query or SPARQL text; files are not read here")
    query, values = queries.chosen(text, store), asked.get("parameters", {})
    if values and isinstance(query, str):
        raise UsageError("parameters go with a named query; write values into SPARQL text")
    whole = Page(asked["offset"], asked["limit"])
    found = queries.run_query(store, query, values, finish=lambda results: _taken(results, whole))
    note = _note(store, query, values, empty=not (found.truth or found.rows))
    return paged(lambda page: _told(store, found, page, note), whole)


@dataclass(frozen=True)
class Found:
    """A part of what a query found, read once.

    Attributes:
        names: the variables of a table; None for triples and a truth value.
        rows: its rows, or the triples, from an offset on.
        more: whether there are more.
        truth: the answer to an ASK query.
    """

    names: list[str] | None = None
    rows: tuple[Any, ...] = ()
    more: bool = False
    truth: bool | None = None


def _taken(results: Results, page: Page) -> Found:
    """Return the part of the results that is asked for at most."""
    import pyoxigraph as ox

    if isinstance(results, ox.QueryBoolean):
        return Found(truth=bool(results))
    part = list(islice(results, page.offset, page.offset + page.limit + 1))
    more, part = len(part) > page.limit, part[: page.limit]
    if not isinstance(results, ox.QuerySolutions):
        return Found(None, tuple(part), more)
    names = [variable.value for variable in results.variables]
    return Found(names, tuple([row[name] for name in names] for row in part), more)


def _told(store: Store, found: Found, page: Page, note: str) -> Reply:
    """Return the first entries of what was found, as data and as text."""
    rows = found.rows[: page.limit]
    more = found.more or len(rows) < len(found.rows)
    data, text, terms = _shown(found, rows)
    if found.truth is not None:
        data["page"] = Page(0, 1).told(1, 1)
    else:
        data["page"] = page.told(len(rows), None if more else page.offset + len(rows), more=more)
    named = studies.among(terms)
    data |= {
        "note": note,
        "studies": studies.listed(store, named),
        "says_not": [said("sparql"), said("level"), not_advice(store)],
        "left_out": studies.left_out(named),
    }
    return Reply(data, "\n\n".join(filter(None, [text, note])))


def _shown(found: Found, rows: Sequence[Any]) -> tuple[dict[str, Any], str, list[str]]:
    """Return rows or triples as data and as text, and the IRIs in them."""
    import pyoxigraph as ox

    from mngraph.export import to_rdf_triples

    if found.truth is not None:
        return {"form": "truth", "head": {}, "boolean": found.truth}, str(found.truth).lower(), []
    if found.names is None:
        turtle = to_rdf_triples(rows, "ttl").decode()
        nodes = [node for triple in rows for node in (triple.subject, triple.object)]
        named = [node.value for node in nodes if isinstance(node, ox.NamedNode)]
        return {"form": "triples", "turtle": turtle}, turtle, named
    bindings = [
        {name: _term(term) for name, term in zip(found.names, row, strict=True) if term is not None}
        for row in rows
    ]
    data = {"form": "table", "head": {"vars": found.names}, "results": {"bindings": bindings}}
    table = tables.term_table(found.names, rows)
    text = tables.render(table, "markdown") if rows else "No row."
    return data, text, [t.value for row in rows for t in row if isinstance(t, ox.NamedNode)]


def _term(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> dict[str, Any]:
    """Return a term as https://www.w3.org/TR/sparql12-results-json/ writes it."""
    import pyoxigraph as ox

    if isinstance(term, ox.Triple):
        parts = ("subject", "predicate", "object")
        return {"type": "triple", "value": {name: _term(getattr(term, name)) for name in parts}}
    if not isinstance(term, ox.Literal):
        return {"type": "uri" if isinstance(term, ox.NamedNode) else "bnode", "value": term.value}
    found = {"type": "literal", "value": term.value}
    if term.language:
        return found | {"xml:lang": term.language}
    plain = term.datatype.value == context.expand("xsd:string")
    return found if plain else found | {"datatype": term.datatype.value}


def _note(store: Store, query: NamedQuery | str, values: dict[str, Any], *, empty: bool) -> str:
    """Return defaults that were used, and what may be wrong with a query."""
    if isinstance(query, str):
        hint = hints.on_nothing(store, query, {}) if empty else hints.on_names(store, query)
        return reworded(hint)
    texts = {p.name: str(values[p.name]) for p in query.parameters if p.name in values}
    texts = {
        p.name: texts[p.name] for p in query.parameters if p.type == "string" and p.name in texts
    }
    hint = hints.on_nothing(store, "" if query.is_ours else query.text, texts) if empty else ""
    used = queries.defaults_used(query, values)
    given = ", ".join(f"{name}={value}" for name, value in used.items())
    return "; ".join(filter(None, [f"by default: {given}" if given else "", reworded(hint)]))
