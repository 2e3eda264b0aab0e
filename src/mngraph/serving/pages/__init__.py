"""The web pages of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from mngraph.serving.pages.asking import Ask
    from mngraph.serving.site import Site


def routes(site: Site, ask: Ask) -> list[BaseRoute]:
    """Return the routes of the pages of a site.

    Args:
        site: the site.
        ask: runs a query within the bounds of the site.
    """
    from mngraph.serving.pages import asking, drawings, finder, frame, ontology, resource, reviewing

    return [
        *frame.routes(site),
        *finder.routes(site),
        *asking.routes(site, ask),
        *drawings.routes(site),
        *ontology.routes(site),
        *reviewing.routes(site),
        *resource.routes(site),  # the last: any path may be a resource
    ]
