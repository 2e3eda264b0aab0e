"""What all served pages share: the bar on top, style and script, addresses, and the last line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from mngraph import context
from mngraph.drawing import pages
from mngraph.evidence.facts import Facts

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from mngraph.serving.site import Site

PLACES = (
    ("/", "Evidence"),
    ("/map", "Gap map"),
    ("/view", "Network"),
    ("/queries", "Queries"),
    ("/sparql", "SPARQL"),
    ("/ontology", "Ontology"),
)
"""The places that the bar on top names."""
STYLES = ("style.css", "answer.css", "served.css")
SCRIPTS = ("completing.js", "served.js", "served-review.js")
FOREVER = "public, max-age=31536000, immutable"
"""How long an address may be kept whose name has the hash of its content."""


@cache
def statics() -> Mapping[str, tuple[str, str]]:
    """Return the files that pages load, by their names: media type and content."""
    found = {}
    for stem, kind, names in (("site", "css", STYLES), ("site", "js", SCRIPTS)):
        content = "\n".join(pages.read_template(name) for name in names)
        mark = hashlib.sha256(content.encode()).hexdigest()[:12]
        media = "text/css" if kind == "css" else "text/javascript"
        found[f"{stem}.{mark}.{kind}"] = media, content
    return found


def render(site: Site, template: str, here: str, **values: Any) -> str:
    """Return a page of a site.

    Args:
        site: the site.
        template: the name of a template that extends `served.html.j2`.
        here: the place of the bar on top that is marked, such as /queries.
        values: what the template needs, each escaped where it is shown.
    """
    names = list(statics())
    return pages.render(
        template, root=site.root, public=site.public, here=here,
        places=(*PLACES, ("/review", "Review")) if site.review else PLACES,
        style_name=names[0], script_name=names[1], footer=footer(site), **values,
    )  # fmt: skip


@lru_cache(maxsize=8)
def footer(site: Site) -> str:
    """Return the line that ends each page of a site."""
    return pages.footer(Facts(site.store).dataset().named)


def address(site: Site, iri: str) -> str:
    """Return where a resource is shown: by us where the graph describes it, else where it is.

    >>> from mngraph.serving.site import Site
    >>> site = Site(store=None, public="http://localhost")
    >>> address(site, "https://w3id.org/mngraph/indication/acne-scar")
    '/indication/acne-scar'
    >>> address(site, "http://example.org/a&b")
    'http://example.org/a&b'
    """
    if iri.startswith(context.BASE):
        path, hash_, fragment = iri.removeprefix(context.BASE).partition("#")
        return f"{site.root}/{quote(path, safe='/:@!$,;=~+()*')}{hash_}{quote(fragment)}"
    if any(iri.startswith(base) for base in context.bases()[1:]):
        return f"{site.root}/resource?{urlencode({'iri': iri})}"
    return iri if iri.startswith(("http://", "https://")) else ""


def embedded(value: Any) -> str:
    r"""Return JSON that may stand inside a script element.

    >>> print(embedded({"a": "</script>"}))
    {"a": "\u003c/script\u003e"}
    """
    text = json.dumps(value, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def sentence(error: object) -> str:
    """Return an error as a sentence for a page, without the commands that it names.

    >>> sentence("nothing is called 'x' (mngraph search lists all)")
    "Nothing is called 'x'."
    >>> sentence("did you mean indication:scar?")
    'Did you mean indication:scar?'
    """
    text = re.sub(r" \(mngraph [^()]*\)", "", str(error)).strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}"


def page(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page as a response."""
    from starlette.responses import HTMLResponse

    return HTMLResponse(text, status, dict(headers or {}))


def routes(site: Site) -> list[BaseRoute]:
    """Return the routes of the files that pages load."""
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    async def static(request: Request) -> Response:
        known = statics().get(request.path_params["name"])
        if known is None:
            return PlainTextResponse("there is no such file\n", 404)
        media, content = known
        return Response(content, media_type=media, headers={"Cache-Control": FOREVER})

    async def icon(request: Request) -> Response:
        return Response(status_code=204, headers={"Cache-Control": FOREVER})

    return [Route("/static/{name}", static), Route("/favicon.ico", icon)]
