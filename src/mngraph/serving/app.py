"""The ASGI application of a site: the endpoint, its health, and the pages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from mngraph.serving import pages
from mngraph.serving.describing import description
from mngraph.serving.endpoint import Endpoint
from mngraph.serving.guards import Guarded
from mngraph.serving.negotiate import GRAPHS, HTML, chosen
from mngraph.serving.pages import asking, frame

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from mngraph.prepare import Prepared
    from mngraph.serving.engine import Engines
    from mngraph.serving.site import Site


def application(site: Site, engines: Engines) -> ASGIApp:
    """Return the ASGI application that serves a site.

    Args:
        site: the site.
        engines: what answers queries; it is closed when the application ends.
    """
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, PlainTextResponse, Response
    from starlette.routing import Route

    async def empty(request: Request) -> Response:
        form = chosen(request.headers.get("accept", ""), (*GRAPHS, HTML))
        if form is HTML:
            return await asking.editor(site)
        if form is None:
            return PlainTextResponse("this description can be sent as Turtle\n", 406)
        body = await asyncio.to_thread(description, site, form)
        return Response(body, media_type=form.media, headers={"Vary": "Accept"})

    async def health(request: Request) -> Response:
        well = await engines.healthy()
        return JSONResponse(
            {"status": "ok" if well else "no engine", "graph": site.store.location},
            200 if well else 503, headers={"Cache-Control": "no-store"},
        )  # fmt: skip

    async def page(request: Request, prepared: Prepared, found: bytes) -> Response:
        if request.query_params.get("edit"):
            return await asking.editor(site, prepared.source)
        return await asking.answer(site, prepared, found)

    @contextlib.asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await endpoint.close()

    async def problem(text: str, why: str, status: int) -> Response:
        return await asking.editor(site, text, problem=frame.sentence(why), status=status)

    endpoint = Endpoint(site, engines, page, empty, problem)
    routes = [
        Route("/sparql", endpoint, methods=["GET", "POST"]),
        Route("/healthz", health),
        *pages.routes(site, endpoint.found),
    ]
    return Guarded(Starlette(routes=routes, lifespan=life), site.origins)
