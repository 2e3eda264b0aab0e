"""The ontology as a page: each class, property and individual, and the vocabularies."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mngraph import context, iris, resources, sparql
from mngraph.serving.pages import frame

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from mngraph.serving.site import Site

IRI = f"{context.BASE}ontology"
SITE = "mngraph vocabulary:"
"""How the names of our vocabularies begin."""
PARTS = (
    ("classes", "Classes", "Class"),
    ("object-properties", "Properties that lead to resources", "ObjectProperty"),
    ("values", "Properties with values", "DatatypeProperty"),
    ("annotations", "Annotations", "AnnotationProperty"),
    ("individuals", "Individuals", "NamedIndividual"),
)


def routes(site: Site) -> list[BaseRoute]:
    """Return the routes of the ontology."""
    from starlette.responses import RedirectResponse, Response
    from starlette.routing import Route

    from mngraph.serving.negotiate import GRAPHS, HTML, chosen

    async def either(request: Request) -> Response:
        form = chosen(request.headers.get("accept", ""), (GRAPHS[0], HTML)) or HTML
        ending = "html" if form is HTML else "ttl"
        return RedirectResponse(f"{site.root}/ontology.{ending}", 303, {"Vary": "Accept"})

    async def document(request: Request) -> Response:
        return frame.page(await asyncio.to_thread(_page, site))

    async def turtle(request: Request) -> Response:
        file = resources.folder("ontology") / "mngraph.ttl"
        body = await asyncio.to_thread(file.read_bytes)
        return Response(body, media_type="text/turtle; charset=utf-8")

    return [
        Route("/ontology", either),
        Route("/ontology.html", document),
        Route("/ontology.ttl", turtle),
    ]


@lru_cache(maxsize=8)
def _page(site: Site) -> str:
    rows = list(site.store.select_internal(sparql.internal("ontology-terms")))
    labels = {row["term"].value: row["label"].value for row in rows}
    parts = [
        (id, name, [_term(row, labels) for row in rows if row["kind"].value.endswith(f"#{kind}")])
        for id, name, kind in PARTS
    ]
    counts = site.store.select_internal(sparql.internal("schemes-and-counts"))
    schemes = [
        (
            row["label"].value.removeprefix(f"{SITE} "),
            int(row["n"].value),
            frame.address(site, row["scheme"].value),
        )
        for row in counts
    ]
    return frame.render(
        site, "served-ontology.html.j2", "/ontology", title="Ontology", iri=IRI, schemes=schemes,
        parts=[part for part in parts if part[2]],
        downloads=[("Turtle", f"{site.root}/ontology.ttl")],
    )  # fmt: skip


def _term(row: Any, labels: dict[str, str]) -> dict[str, Any]:
    iri = row["term"].value

    def named(name: str) -> list[dict[str, str]]:
        found = sorted(row[name].value.split()) if row[name] else []
        return [
            {
                "name": labels.get(each) or context.compact(each),
                "address": f"#{iris.term_name(each)}" if each in labels else "",
            }
            for each in found
        ]

    return {
        "fragment": iris.term_name(iri), "label": row["label"].value, "curie": context.compact(iri),
        "definition": row["definition"].value if row["definition"] else "",
        "note": row["note"].value if row["note"] else "",
        "parents": named("parents"), "domains": named("domains"), "ranges": named("ranges"),
        "classes": named("classes"),
    }  # fmt: skip
