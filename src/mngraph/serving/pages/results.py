"""The answer to a query as a page shows it: cells with their links, and addresses to download."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mngraph import context
from mngraph.drawing.studytable import web_address
from mngraph.serving.negotiate import GRAPHS, RESULTS
from mngraph.serving.pages import frame
from mngraph.tables import shown, term_value
from mngraph.wording import counted

if TYPE_CHECKING:
    from mngraph.serving.site import Site

MOST_ROWS = 1000
"""Rows that a page shows."""


def results(site: Site, text: str, form: str, found: bytes) -> dict[str, Any]:
    """Return the answer to a query as the template takes it.

    Args:
        site: the site.
        text: the query.
        form: SELECT, ASK, CONSTRUCT or DESCRIBE.
        found: the answer, as JSON or N-Triples.
    """
    import pyoxigraph as ox

    about: dict[str, Any] = {"truth": None, "columns": [], "numbers": [], "rows": [], "more": 0}
    formats = RESULTS if form in ("SELECT", "ASK") else GRAPHS
    about["downloads"] = [
        (each.title, f"{site.root}/sparql?{urlencode({'query': text, 'format': each.name})}")
        for each in formats
    ]
    if form in ("SELECT", "ASK"):
        answer = ox.parse_query_results(found, format=ox.QueryResultsFormat.JSON)
        if isinstance(answer, ox.QueryBoolean):
            return {**about, "truth": bool(answer), "title": "Answer"}
        about["columns"] = [variable.value for variable in answer.variables]
        rows: Iterable[Iterable[Any]] = (list(solution) for solution in answer)
    else:
        about["columns"] = ["subject", "predicate", "object"]
        triples = (quad.triple for quad in ox.parse(found, format=ox.RdfFormat.N_TRIPLES))
        rows = ((each.subject, each.predicate, each.object) for each in triples)
    remaining = iter(rows)
    about["rows"] = [[_cell(site, term) for term in row] for row in islice(remaining, MOST_ROWS)]
    for place, name in enumerate(about["columns"]):
        cells = [row[place] for row in about["rows"] if row[place]]
        about["numbers"] += [name] if cells and all(cell["number"] for cell in cells) else []
    about["more"] = sum(1 for _ in remaining)
    kind = ("row", "rows") if form == "SELECT" else ("triple", "triples")
    return {**about, "title": counted(len(about["rows"]) + about["more"], *kind)}


def _cell(site: Site, term: Any) -> dict[str, Any] | None:
    """Return a term as a cell: its text, its link, and whether it is a number."""
    import pyoxigraph as ox

    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        link = frame.address(site, term.value)
        return {
            "text": context.curie(term.value) or term.value, "link": link, "number": False,
            "away": link.startswith("http"),
        }  # fmt: skip
    value = term_value(term)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    link = web_address(value) if isinstance(value, str) else ""
    return {"text": shown(value), "link": link, "number": number, "away": bool(link)}
