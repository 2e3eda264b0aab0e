"""The pages on which queries are run: the named ones with a form each, and SPARQL as one likes."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mngraph import concepts, context, queries, sparql
from mngraph.errors import MngraphError
from mngraph.queries import NamedQuery
from mngraph.serving.asked import RefusedError
from mngraph.serving.pages import frame
from mngraph.serving.pages.results import results

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from mngraph.prepare import Prepared
    from mngraph.serving.site import Site

    Ask = Callable[[str], Awaitable[tuple[Prepared, bytes]]]

FIRST = "studies-by-country"
"""The query that stands in the editor at first."""
LONGEST = 200


def routes(site: Site, ask: Ask) -> list[BaseRoute]:
    """Return the routes of named queries, and of the names that the editor completes.

    Args:
        site: the site.
        ask: runs a query within the bounds of the site.
    """
    from starlette.responses import JSONResponse, PlainTextResponse
    from starlette.routing import Route

    async def listing(request: Request) -> Response:
        return frame.page(await asyncio.to_thread(_listing, site))

    async def one(request: Request) -> Response:
        return await _one(site, ask, request)

    async def text(request: Request) -> Response:
        query = await asyncio.to_thread(_known, site, request.path_params["name"])
        if query is None:
            return PlainTextResponse("there is no query of this name\n", 404)
        bound = await asyncio.to_thread(queries.shown_text, site.store, query, {})
        return PlainTextResponse(bound, media_type="application/sparql-query")

    async def terms(request: Request) -> Response:
        found = await asyncio.to_thread(_terms, site)
        return JSONResponse(found, headers={"Cache-Control": "max-age=3600"})

    return [
        Route("/queries", listing),
        Route("/queries/{name}.rq", text),
        Route("/queries/{name}", one),
        Route("/terms.json", terms),
    ]


async def editor(
    site: Site, text: str = "", found: Any = None, problem: str = "", status: int = 200
) -> Response:
    """Return the page on which SPARQL is written, with an answer below it where there is one."""
    shown = text or await asyncio.to_thread(
        queries.shown_text, site.store, queries.find_query(FIRST), {}
    )
    body = await asyncio.to_thread(
        frame.render, site, "served-editor.html.j2", "/sparql", title="SPARQL", text=shown,
        examples=_every(site), found=found, problem=problem,
    )  # fmt: skip
    return frame.page(body, status, {"Vary": "Accept"})


async def answer(site: Site, prepared: Prepared, found: bytes) -> Response:
    """Return the page of the answer to a query that a browser sent."""
    text = prepared.source
    return await editor(
        site, text, await asyncio.to_thread(results, site, text, prepared.form, found)
    )


@lru_cache(maxsize=8)
def _every(site: Site) -> tuple[NamedQuery, ...]:
    return (*queries.all_queries(), *queries.queries_of(site.store))


def _known(site: Site, name: str) -> NamedQuery | None:
    return next((query for query in _every(site) if query.name == name), None)


@lru_cache(maxsize=8)
def _listing(site: Site) -> str:
    def audience(query: NamedQuery) -> str:
        return query.audience or "everybody"

    every = sorted(_every(site), key=lambda query: (audience(query), query.title))
    groups = [
        (name if name == "everybody" else f"a {name}", list(members))
        for name, members in groupby(every, audience)
    ]
    return frame.render(
        site, "served-queries.html.j2", "/queries", title="Queries", groups=groups,
        number=len(every),
    )  # fmt: skip


async def _one(site: Site, ask: Ask, request: Request) -> Response:
    query = await asyncio.to_thread(_known, site, request.path_params["name"])
    if query is None:
        text = await asyncio.to_thread(
            frame.render, site, "served-missing.html.j2", "/queries",
            title="There is no query of this name", problem="All queries are listed.",
            near=[("Queries", f"{site.root}/queries")],
        )  # fmt: skip
        return frame.page(text, 404)
    values = {
        parameter.name: value.strip()
        for parameter in query.parameters
        if (value := request.query_params.get(parameter.name, "")[:LONGEST]).strip()
    }
    problem, found, text = "", None, query.text
    try:
        text = await asyncio.to_thread(queries.shown_text, site.store, query, values)
        if request.query_params.get("run"):
            prepared, body = await ask(text)
            found = await asyncio.to_thread(results, site, text, prepared.form, body)
    except MngraphError as error:
        problem = frame.sentence(error)
    except RefusedError as refused:
        problem = frame.sentence(refused.why)
    body_text = await asyncio.to_thread(_form, site, query, values, text, found, problem)
    return frame.page(body_text, 400 if problem else 200)


def _form(
    site: Site, query: NamedQuery, values: dict[str, str], text: str, found: Any, problem: str
) -> str:
    fields = [
        {
            "name": each.name,
            "value": values.get(each.name, each.default or ""),
            "kind": each.type if each.type in concepts.KINDS else "",
            "meaning": each.meaning,
        }
        for each in query.parameters
    ]
    return frame.render(
        site, "served-query.html.j2", "/queries", title=query.title, query=query, fields=fields,
        text=text, found=found, problem=problem,
        editor=f"{site.root}/sparql?{urlencode({'query': text, 'edit': 'yes'})}",
    )  # fmt: skip


@lru_cache(maxsize=8)
def _terms(site: Site) -> list[tuple[str, str]]:
    """Return the names that the editor completes: CURIE and label, prefixes first."""
    names = {f"{prefix}:": iri for prefix, iri in context.prefixes().items()}
    for row in site.store.select_internal(sparql.internal("terms")):
        if curie := context.curie(row["term"].value):
            names.setdefault(curie, row["label"].value)
    for label in concepts.labels(site.store):
        if curie := context.curie(label.iri):
            names.setdefault(curie, label.preferred)
    return sorted(names.items(), key=lambda item: (not item[0].endswith(":"), item[0]))
