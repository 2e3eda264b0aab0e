"""Graph locations: the one place that opens graphs, and translates what foreign engines raise.

A location is a store directory, an RDF file of any syntax (also `.gz`), or the URL of a SPARQL 1.1
endpoint. Whoever reads a graph asks the `Store` protocol and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from mngraph import context, rdffiles, resources
from mngraph.errors import (
    LocationError,
    MngraphError,
    QueryError,
    UsageError,
)  # fmt: skip
from mngraph.storefolder import await_folder, open_folder

if TYPE_CHECKING:
    import pyoxigraph as ox

    Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples | Iterator[ox.Triple]

BLOCK = 100_000
"""How many quads are handed to Oxigraph at once."""


class Store(Protocol):
    """All that the rest of mngraph may ask of a graph, embedded or remote."""

    location: str

    def query(self, text: str) -> Results:
        """Run a SPARQL query over the union of all graphs; prefixes need no declaration."""

    def select(self, text: str) -> ox.QuerySolutions:
        """Run a SELECT query; see `query`."""

    def quads(self, graph: str | None = None, subject: str | None = None) -> Iterator[ox.Quad]:
        """Yield the quads of one graph, of one subject, or all."""

    def graphs(self) -> list[str]:
        """Return the IRIs of the named graphs, sorted."""


def open_store(location: str | Path | None = None) -> Store:
    """Open a graph location; without one, the graph of the release.

    Raises:
        LocationError: nothing is there, or it cannot be opened.
        GraphSyntaxError: an RDF file does not follow its syntax.
    """
    if location is None:
        return LocalStore.directory(resources.release(), "the graph of the release")
    text = str(location)
    if re.match(r"https?://", text):
        return RemoteStore(text)
    if rdffiles.names_file(text):
        return LocalStore.file(text)
    path = rdffiles.local_path(text)
    if path.is_dir() or await_folder(path):
        return LocalStore.directory(path, text)
    raise LocationError(f"no graph at {text}: no store directory, no RDF file of that name")


class LocalStore:
    """A dataset in this process: an Oxigraph store on disk, opened read-only, or in memory."""

    def __init__(self, store: ox.Store, location: str) -> None:
        self.oxigraph, self.location = store, location

    @classmethod
    def directory(cls, path: Path, name: str) -> LocalStore:
        """Open a store directory for reading."""
        return cls(open_folder(path), name)

    @classmethod
    def file(cls, location: str | Path) -> LocalStore:
        """Load an RDF file into memory; see `rdffiles.read_file`."""
        return cls.memory(rdffiles.read_file(location), str(location))

    @classmethod
    def memory(cls, quads: Iterable[ox.Quad], location: str = "memory") -> LocalStore:
        """Hold quads in memory."""
        import pyoxigraph as ox

        store = ox.Store()
        for block in in_blocks(quads, BLOCK):
            store.extend(block)
        return cls(store, location)

    def add(self, turtle: bytes, graph: str) -> None:
        """Add Turtle (or N-Triples, which is Turtle) to a named graph."""
        import pyoxigraph as ox

        self.oxigraph.load(turtle, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(graph))

    def query(self, text: str) -> Results:
        """Run a SPARQL query; see `Store.query`."""
        with query_errors():
            return self.oxigraph.query(
                text, prefixes=context.prefixes(), use_default_graph_as_union=True
            )

    def select(self, text: str) -> ox.QuerySolutions:
        """Run a SELECT query; see `Store.select`."""
        return cast("ox.QuerySolutions", self.query(text))

    def construct(self, text: str) -> ox.QueryTriples:
        """Run a CONSTRUCT query over the union of all graphs."""
        return cast("ox.QueryTriples", self.query(text))

    def quads(self, graph: str | None = None, subject: str | None = None) -> Iterator[ox.Quad]:
        """Yield quads; see `Store.quads`."""
        import pyoxigraph as ox

        try:
            node, name = (ox.NamedNode(iri) if iri else None for iri in (subject, graph))
        except ValueError as error:
            raise UsageError(f"{subject or graph!r} is no IRI: {error}") from error
        return self.oxigraph.quads_for_pattern(node, None, None, name)

    def graphs(self) -> list[str]:
        """Return graph names; see `Store.graphs`."""
        return sorted(graph.value for graph in self.oxigraph.named_graphs())


class RemoteStore:
    """A SPARQL 1.1 endpoint, asked over HTTP (SPARQL 1.1 Protocol, section 2.1.3: POST)."""

    ACCEPT = "application/sparql-results+json, application/n-triples;q=0.9"

    def __init__(self, url: str) -> None:
        self.location = url
        self.checked = False

    def query(self, text: str) -> Results:
        """Run a SPARQL query; see `Store.query`."""
        import pyoxigraph as ox

        self._check()
        response = self._post(with_prefixes(text))
        kind = response.headers.get("content-type", "").partition(";")[0].strip()
        try:
            rdf = ox.RdfFormat.from_media_type(kind)
            if rdf is not None and "sparql-results" not in kind:
                return (quad.triple for quad in ox.parse(response.content, format=rdf))
            results = ox.QueryResultsFormat.from_media_type(kind)
            return ox.parse_query_results(response.content, format=results)
        except (SyntaxError, ValueError) as error:
            raise LocationError(
                f"{self.location} answered with no SPARQL result: {error}"
            ) from error

    def select(self, text: str) -> ox.QuerySolutions:
        """Run a SELECT query; see `Store.select`."""
        return cast("ox.QuerySolutions", self.query(text))

    def quads(self, graph: str | None = None, subject: str | None = None) -> Iterator[ox.Quad]:
        """Yield quads; see `Store.quads`."""
        import pyoxigraph as ox

        node = f"<{subject}>" if subject else "?s"
        name = f"<{graph}>" if graph else "?g"
        bound = f"BIND({node} AS ?S) BIND({name} AS ?G)"
        for row in self.select(f"SELECT ?S ?p ?o ?G {{ GRAPH {name} {{ {node} ?p ?o }} {bound} }}"):
            yield ox.Quad(row["S"], row["p"], row["o"], row["G"])

    def graphs(self) -> list[str]:
        """Return graph names; see `Store.graphs`."""
        return sorted(row["g"].value for row in self.select("SELECT DISTINCT ?g { GRAPH ?g {} }"))

    def _check(self) -> None:
        """Refuse, before the first query, an endpoint that keeps named graphs out of sight.

        Raises:
            LocationError: the default graph is empty, and others are not.
        """
        if not self.checked:
            self.checked = True
            seen = bool(self.query("ASK { ?s ?p ?o }"))
            if not seen and self.query("ASK { GRAPH ?g { ?s ?p ?o } }"):
                raise LocationError(
                    f"{self.location} answers from an empty default graph; have it answer from "
                    "the union of its named graphs (oxigraph serve --union-default-graph)"
                )

    def _post(self, text: str) -> Any:
        import httpx

        try:
            response = httpx.post(
                self.location, content=text.encode(), timeout=httpx.Timeout(600, connect=20),
                headers={"content-type": "application/sparql-query", "accept": self.ACCEPT},
            )  # fmt: skip
        except httpx.HTTPError as error:
            raise LocationError(f"cannot reach {self.location}: {error}") from error
        if response.status_code == 400:
            raise QueryError(f"{self.location} refused the query: {response.text[:500].strip()}")
        if response.is_error:
            raise LocationError(f"{self.location} answered {response.status_code}")
        return response


def local(store: Store) -> LocalStore:
    """Return a store in this process: the store itself, or a copy of a remote one in memory."""
    if isinstance(store, LocalStore):
        return store
    return LocalStore.memory(store.quads(), store.location)


def in_blocks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield items in lists of at most `size`.

    >>> list(in_blocks("abc", 2))
    [['a', 'b'], ['c']]
    """
    iterator = iter(items)
    while block := list(islice(iterator, size)):
        yield block


@contextmanager
def query_errors() -> Iterator[None]:
    """Say in our words what an engine raises while a query runs."""
    try:
        yield
    except MngraphError:
        raise
    except SyntaxError as error:
        raise QueryError(query_problem(str(error))) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise QueryError(f"the query failed: {error}") from error


def with_prefixes(text: str) -> str:
    """Return a query or Turtle with the context's prefixes declared before it, on one line."""
    head = " ".join(f"PREFIX {name}: <{iri}>" for name, iri in context.prefixes().items())
    return f"{head} {text}"


def query_problem(message: str) -> str:
    """Return Oxigraph's parser message as one short line: where, and what was expected.

    >>> query_problem("error at 1:26: expected one of LATERAL, SERVICE, [_]")
    'query, line 1, column 26: expected LATERAL or SERVICE'
    """
    found = re.match(r"error at (\d+):(\d+): expected(?: one of)? (.*)", message, re.DOTALL)
    if not found:
        return f"query: {' '.join(message.split())}"
    line, column, rest = found.groups()
    words = [w.strip() for w in re.split(r",(?![^\[]*\])", rest.replace("\n", " "))]
    words = [w for w in words if not w.startswith("[")]
    told = next((w for w in words if " " in w and w[0].isupper()), None)
    what = told or ("expected " + " or ".join(words[:6]) if words else "not SPARQL from here on")
    return f"query, line {line}, column {column}: {what}"
