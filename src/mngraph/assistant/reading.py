"""What an assistant can read: files of the ontology, named queries, and resources of the graph."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any
from urllib.parse import quote, unquote

from mngraph import context, iris, queries, resources, search
from mngraph.assistant.described import document, reworded
from mngraph.assistant.fitting import MOST
from mngraph.cards.resource import card, dataset
from mngraph.errors import UsageError
from mngraph.export import to_rdf_triples
from mngraph.graph import Graph
from mngraph.nearest import nearest
from mngraph.queries import NamedQuery
from mngraph.store import Store
from mngraph.visible import escape_controls

SCHEME = "mngraph://"
LONGEST = 1000
"""Characters of an address that is read."""


def every(graph: Graph) -> list[dict[str, Any]]:
    """Return the resources with a fixed address: the named queries after those of the file."""
    found = [
        {name: value for name, value in entry.items() if name != "file"}
        for entry in document("resources")["resources"]
    ]
    return found + [
        {
            **document("resources")["query"],
            "uri": f"{SCHEME}query/{quote(query.name)}",
            "name": query.name,
            "title": query.title,
        }
        for query in _queries(graph.store)
    ]


def read(graph: Graph, uri: str) -> list[dict[str, str]]:
    """Return the contents of a resource.

    Args:
        graph: the graph.
        uri: its address, such as mngraph://study/pmid-31469914.

    Raises:
        UsageError: there is no such resource; the message says what there is.
    """
    if len(uri) > LONGEST or not uri.startswith(SCHEME):
        raise UsageError(f"no resource has the address {uri[:80]!r}: addresses begin with {SCHEME}")
    for entry in document("resources")["resources"]:
        if entry["uri"] == uri:
            return [_content(uri, entry["mimeType"], _fixed(graph, entry))]
    kind, _, name = uri.removeprefix(SCHEME).partition("/")
    name = unquote(name)
    if kind == "query":
        found = queries.find_query(name.removesuffix(".rq"), graph.store)
        return [_content(uri, "application/sparql-query", found.text)]
    if kind not in ("study", "claim", "concept"):
        near = nearest(uri, [each["uri"] for each in every(graph)], 60)
        raise UsageError(
            f"no resource has the address {uri[:80]!r}{f'; did you mean {near}?' if near else ''}"
        )
    return _about(graph.store, uri, _named(graph.store, kind, name))


def _fixed(graph: Graph, entry: dict[str, Any]) -> str:
    if "file" in entry:
        place = resources.folder("ontology") / str(entry["file"])
        return place.read_text("utf-8")
    if entry["name"] == "dataset":
        counts = queries.run_table(graph.store, queries.find_query("classes-and-counts"))
        about = "".join(f"{name}: {value}\n" for name, value in dataset(graph.store))
        return f"{about}\n{counts.to_csv()}"
    listed = [_described(query) for query in _queries(graph.store)]
    return json.dumps(listed, ensure_ascii=False, indent=1)


def _queries(store: Store) -> list[NamedQuery]:
    return [*queries.all_queries(), *queries.queries_of(store)]


def _described(query: NamedQuery) -> dict[str, Any]:
    about = {"name": query.name, "title": query.title, "description": query.description}
    return about | {
        "parameters": [
            {name: value for name, value in asdict(p).items() if value not in (None, "", False)}
            for p in query.parameters
        ],
        "example": query.example,
    }


def _named(store: Store, kind: str, name: str) -> str:
    """Return the IRI of a study, claim or concept; its kind may be left out of the name.

    Raises:
        UsageError: there is none, or it is of another kind.
    """
    short = context.expand(f"{kind}:{name}") if kind != "concept" and _is_plain(name) else ""
    iri = short if short and store.has(short) else search.resolve(store, name)
    found = iris.kind_of(iri)
    if kind in ("study", "claim") and found != kind:
        raise UsageError(f"{name[:80]!r} is no {kind}: it is {context.compact(iri)}")
    return iri


def _is_plain(name: str) -> bool:
    return bool(name) and not set(name) & set(' :<>"{}|\\^`\n\t')


def _about(store: Store, uri: str, iri: str) -> list[dict[str, str]]:
    """Return what the graph states about a resource and its parts, as text and as Turtle."""
    found = card(store, iri)
    nodes = [iri, *(part.iri for _, part in found.parts)]
    triples = {quad.triple: None for node in nodes for quad in store.quads(subject=node)}
    turtle = to_rdf_triples(list(triples), "ttl").decode()
    return [
        _content(uri, "text/plain", escape_controls(reworded(found.to_text()))),
        _content(uri, "text/turtle", turtle),
    ]


def _content(uri: str, kind: str, text: str) -> dict[str, str]:
    """Return contents; text that is longer than an assistant can take is cut, and says so."""
    if len(text) > 5 * MOST:
        text = f"{text[: 5 * MOST]}\n# cut here: {len(text):,} characters in all\n"
    return {"uri": uri, "mimeType": kind, "text": text}
