"""Dereferenceable resources: `/{kind}/{slug}` leads to a page or to RDF, as the client likes.

Cool URIs for the Semantic Web, section 4.2 (https://www.w3.org/TR/cooluris/): a resource answers
303 See Other with the address of a document about it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mngraph import context, contexts, framing, iris, search
from mngraph.cards.resource import Card, card
from mngraph.drawing.answerpage import Evidence
from mngraph.errors import UnrepresentableError, UsageError
from mngraph.export import to_rdf_triples
from mngraph.graph import Graph
from mngraph.serving.negotiate import GRAPHS, HTML, chosen
from mngraph.serving.pages import finder, frame
from mngraph.serving.pages.structured import structured

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from mngraph.serving.site import Site

ENDINGS = {f".{form.ending}": form for form in (HTML, *GRAPHS)}
PREFERRED = (GRAPHS[0], HTML, *GRAPHS[1:])
"""What is sent where several will do: Turtle to programs; browsers name HTML first."""
FOR_ALL = {"Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=3600"}
"""Any page may read a context, without which it cannot read our JSON-LD."""
ROLES = {kind: box.removesuffix("_") for box, kind in finder.BOXES.items()}
"""The parameter of a question's address that a concept of each kind stands in."""


@dataclass(frozen=True)
class Named:
    """A resource, or a document about it.

    Attributes:
        iri: the resource.
        ending: the ending of the document's address; empty for the resource itself.
    """

    iri: str
    ending: str


def named(path: str, iri: str = "") -> Named:
    """Return what an address names.

    >>> named("indication/acne-scar.ttl")
    Named(iri='https://w3id.org/mngraph/indication/acne-scar', ending='.ttl')
    """
    whole = iri or context.BASE + path
    ending = next((end for end in ENDINGS if whole.endswith(end)), "")
    return Named(whole.removesuffix(ending), ending)


def routes(site: Site) -> list[BaseRoute]:
    """Return the routes of resources, which take every path that nothing else has."""
    from starlette.responses import Response
    from starlette.routing import Route

    async def below(request: Request) -> Response:
        if published := contexts.published(request.path_params["path"]):
            return Response(published, media_type="application/ld+json", headers=FOR_ALL)
        return await _answer(site, request, named(request.path_params["path"]))

    async def elsewhere(request: Request) -> Response:
        iri = request.query_params.get("iri", "")
        ending = f".{request.query_params.get('format', '')}"
        ending = ending if ending in ENDINGS else ""
        return await _answer(site, request, Named(iri, ending))

    return [Route("/resource", elsewhere), Route("/{path:path}", below)]


async def _answer(site: Site, request: Request, what: Named) -> Response:
    from starlette.responses import RedirectResponse, Response

    if not await asyncio.to_thread(_is_known, site, what.iri):
        return frame.page(await asyncio.to_thread(_missing, site, what.iri), 404)
    if not what.ending:
        form = chosen(request.headers.get("accept", ""), PREFERRED) or HTML
        return RedirectResponse(
            _document(site, what.iri, f".{form.ending}"), 303, {"Vary": "Accept"}
        )
    headers = {
        "Link": f'<{what.iri}>; rel="describes"', "Cache-Control": "max-age=3600",
    }  # fmt: skip
    if what.ending == ".html":
        return frame.page(await asyncio.to_thread(_page, site, what.iri), headers=headers)
    form = ENDINGS[what.ending]
    try:
        body = await asyncio.to_thread(_triples, site, what.iri, form.ending)
    except UnrepresentableError as error:
        return Response(f"{error}\n", 406, media_type="text/plain")
    return Response(body, media_type=form.media, headers=headers)


def _document(site: Site, iri: str, ending: str) -> str:
    """Return the address of a document about a resource, which is always one of ours.

    >>> from mngraph.serving.site import Site
    >>> site = Site(store=None, public="")
    >>> _document(site, "https://w3id.org/mngraph/indication/acne-scar", ".ttl")
    '/indication/acne-scar.ttl'
    >>> _document(site, "http://example.org/a", ".html")
    '/resource?iri=http%3A%2F%2Fexample.org%2Fa&format=html'
    """
    if iri.startswith(context.BASE) and "#" not in iri:
        return frame.address(site, iri) + ending
    return f"{site.root}/resource?{urlencode({'iri': iri, 'format': ending[1:]})}"


def _is_known(site: Site, iri: str) -> bool:
    try:
        return next(site.store.quads(subject=iri), None) is not None
    except UsageError:
        return False


def _triples(site: Site, iri: str, form: str) -> bytes:
    """Return what the graph states about a resource and about its parts."""
    if form == "jsonld":
        with suppress(UnrepresentableError):  # a name such as <claim:z>, which only prefixes hide
            return framing.to_jsonld(site.store, [iri])
    inside = card(site.store, iri).parts
    nodes = [iri, *(part.iri for _, part in inside)]
    triples = {quad.triple: None for node in nodes for quad in site.store.quads(subject=node)}
    return to_rdf_triples(list(triples), form)


def _missing(site: Site, iri: str) -> str:
    slug = iris.last_segment(iri).replace("-", " ")[:200]
    found = search.search(site.store, slug, limit=5) if slug.strip() else []
    return frame.render(
        site, "served-missing.html.j2", "", title="Nothing is known of this",
        problem=f"The graph states nothing about {iri[:300]}.",
        near=[(f"{match.label} ({match.kind})", frame.address(site, match.iri)) for match in found],
    )  # fmt: skip


@lru_cache(maxsize=256)
def _page(site: Site, iri: str) -> str:
    shown = card(site.store, iri)
    question = _question(site, iri)
    found = _evidence(site, question) if question else None
    steps = _steps(site, iri)
    return frame.render(
        site, "served-resource.html.j2", "", title=shown.label, card=_linked(site, shown),
        downloads=[(form, _document(site, iri, f".{form.ending}")) for form in GRAPHS],
        structured=structured(site.store, iri), found=found,
        drawing=finder.first_drawing(found) if found else None,
        answer=f"{site.root}/evidence?{question.query()}" if question else "",
        address=finder.asking(site), **_studies(found if _is_claim(iri) else None),
        steps=steps, steps_number=steps.count("\n"), neighborhood=_neighborhood(site, iri),
    )  # fmt: skip


def _studies(found: Evidence | None) -> dict[str, Any]:
    """Return the tables of the studies of a claim, as the template takes them."""
    from mngraph.drawing.studytable import for_studies

    return dict(for_studies(found)) if found else {"tables": [], "columns": []}


def _is_claim(iri: str) -> bool:
    return iris.read_claim(iri) is not None


def _question(site: Site, iri: str) -> finder.Asked | None:
    """Return the question that a concept or a claim asks."""
    claim = iris.read_claim(iri)
    if claim is None:
        kind = iris.kind_of(iri)
        curie = context.compact(iri)
        return finder.asked({ROLES[kind]: curie}) if kind in ROLES else None
    about = {
        name: [
            context.compact(str(quad.object)[1:-1])
            for quad in site.store.quads(subject=iri)
            if quad.predicate.value == context.expand(f"mn:{name}")
        ]
        for name in ("procedure", "combinedWith", "indication", "event")
    }
    return finder.Asked(
        indication=next(iter(about["indication"]), ""),
        with_="+".join(sorted(about["combinedWith"])),
        procedure=next(iter(about["procedure"]), ""),
        event=next(iter(about["event"]), ""),
        alone=not about["combinedWith"],
    )


def _evidence(site: Site, question: finder.Asked) -> Evidence | None:
    try:
        return finder.answer(site, question)
    except UsageError:
        return None


def _steps(site: Site, iri: str) -> str:
    """Return the tree from a claim down to its sources, as text."""
    if not _is_claim(iri):
        return ""
    try:
        return Graph(site.store).explain(iri).to_text()
    except UsageError:
        return ""


def _neighborhood(site: Site, iri: str) -> str:
    if iris.kind_of(iri) not in (*ROLES, "study", "publication") or iri.count("/") != 5:
        return ""
    return f"{site.root}/view?{urlencode({'focus': context.compact(iri)})}"


def _linked(site: Site, shown: Card) -> dict[str, Any]:
    """Return a card as the template takes it, with addresses in place of IRIs."""

    def bare(text: str, target: str) -> str:
        """Return a name without the CURIE that follows it: the link says where it leads."""
        return text.removesuffix(f" ({context.compact(target)})")

    def about(each: Card) -> dict[str, Any]:
        links = {
            bare(text, target): frame.address(site, target) for text, target in each.links.items()
        }
        lines = [
            (name, [bare(text, each.links.get(text, "")) for text in texts])
            for name, texts in each.lines
        ]
        inside = each.iri.startswith(f"{shown.iri}/")
        path = each.iri.removeprefix(f"{shown.iri}/").replace("/", " ")
        named = path[:1].upper() + path[1:] if inside else ""
        title = "" if inside or each.label == context.compact(each.iri) else each.label
        return {
            "iri": each.iri, "lines": lines, "name": named, "title": title,
            "address": frame.address(site, each.iri),
            "links": {text: target for text, target in links.items() if target},
        }  # fmt: skip

    return {
        **about(shown),
        "label": shown.label, "definition": shown.definition,
        "kinds": [kind for kind in shown.kinds if ":" not in kind],
        "parts": [(name[:1].upper() + name[1:], about(part)) for name, part in shown.parts],
        "references": [
            {
                "name": each.name, "count": each.count, "more": each.count - len(each.first),
                "first": [
                    (bare(text, target), frame.address(site, target))
                    for text, target in zip(each.first, each.links, strict=True)
                ],
            }
            for each in shown.references
        ],
    }  # fmt: skip
