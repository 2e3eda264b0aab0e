"""The web pages of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from mngraph.prepare import Prepared
    from mngraph.serving.site import Site


def routes(site: Site) -> list[BaseRoute]:
    """Return the routes of the pages of a site.

    Args:
        site: the site.
    """
    from mngraph.serving.pages import drawings, finder, frame, resource

    return [
        *frame.routes(site),
        *finder.routes(site),
        *drawings.routes(site),
        *resource.routes(site),  # the last: any path may be a resource
    ]


async def editor(site: Site, request: Request) -> Response:
    """Return the page on which queries are written.

    Args:
        site: the site.
        request: what was asked.
    """
    from starlette.responses import PlainTextResponse

    return PlainTextResponse("send a query\n")


async def answer(site: Site, request: Request, prepared: Prepared, found: bytes) -> Response:
    """Return the page of an answer.

    Args:
        site: the site.
        request: what was asked.
        prepared: the query.
        found: its answer, as JSON or N-Triples.
    """
    from starlette.responses import PlainTextResponse

    return PlainTextResponse(found)
