"""The gap map and the network, as the commands `map` and `view` draw them."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING

from mngraph.errors import MngraphError
from mngraph.graph import Graph
from mngraph.serving.pages import frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from mngraph.serving.site import Site

KEPT = {"Cache-Control": "max-age=3600"}
COLUMNS = {"event": "procedure"}
"""The columns that a map has unless told otherwise, by its rows."""
MOST = 5
"""Most concepts that a drawing starts from."""


@lru_cache(maxsize=32)
def network(site: Site, focus: tuple[str, ...], depth: int) -> str:
    """Return the page of the network around some concepts."""
    return Graph(site.store).view(focus, depth=depth).to_html(_home(site))


@lru_cache(maxsize=16)
def gap_map(site: Site, focus: tuple[str, ...], rows: str, columns: str) -> str:
    """Return the page of the evidence gap map."""
    from mngraph.drawing.mapdrawing import to_html

    return to_html(Graph(site.store).gap_map(rows, columns, focus), _home(site))


def routes(site: Site) -> list[BaseRoute]:
    """Return the routes of the drawings."""
    from starlette.routing import Route

    async def view(request: Request) -> Response:
        given = request.query_params
        depth = int(given["depth"]) if given.get("depth") in ("1", "2", "3") else 1
        return await _drawn(site, "/view", lambda: network(site, _focus(request), depth))

    async def draw_map(request: Request) -> Response:
        rows = request.query_params.get("rows", "indication")
        columns = request.query_params.get("columns") or COLUMNS.get(rows, "modality")
        return await _drawn(site, "/map", lambda: gap_map(site, _focus(request), rows, columns))

    return [Route("/view", view), Route("/map", draw_map)]


def _home(site: Site) -> str:
    return f"{site.root}/"


def _focus(request: Request) -> tuple[str, ...]:
    return tuple(request.query_params.getlist("focus")[:MOST])


async def _drawn(site: Site, here: str, draw: Callable[[], str]) -> Response:
    try:
        return frame.page(await asyncio.to_thread(draw), headers=KEPT)
    except MngraphError as error:
        text = await asyncio.to_thread(
            frame.render, site, "served-missing.html.j2", here, title="Nothing to draw", near=[],
            problem=frame.sentence(error),
        )  # fmt: skip
        return frame.page(text, 404)
