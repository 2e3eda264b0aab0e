"""A graph behind a SPARQL 1.1 endpoint, asked over HTTP."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from mngraph import asking, sparql
from mngraph.errors import LocationError, QueryError
from mngraph.prepare import Prepared, prepare

if TYPE_CHECKING:
    import httpx
    import pyoxigraph as ox

    from mngraph.asking import Results, Triples

ACCEPT = "application/sparql-results+json, application/n-triples;q=0.9"


class RemoteStore:
    """A SPARQL 1.1 endpoint, asked over HTTP (SPARQL 1.1 Protocol, section 2.1.3: POST)."""

    def __init__(self, url: str) -> None:
        self.location = url
        self.checked = False

    def query(
        self, text: str, *, base: str | None = None, services: Collection[str] = ()
    ) -> Results:
        """Run a SPARQL query; see `Store.query`."""
        import pyoxigraph as ox

        prepared = asking.in_order(prepare(text, base, services))
        if not prepared.has_dataset:
            self._check()
        response = self._post(prepared)
        kind = response.headers.get("content-type", "").partition(";")[0].strip()
        try:
            rdf = ox.RdfFormat.from_media_type(kind)
            if rdf is not None and "sparql-results" not in kind:
                return (quad.triple for quad in ox.parse(response.content, format=rdf))
            results = ox.QueryResultsFormat.from_media_type(kind)
            return ox.parse_query_results(response.content, format=results)
        except (SyntaxError, ValueError) as error:
            raise LocationError(
                f"{self.location} did not answer with a SPARQL result: {error}"
            ) from error

    def select(self, text: str) -> ox.QuerySolutions:
        """Run a SELECT query; see `Store.select`."""
        return asking.solutions(self.query(text))

    def query_internal(self, text: str) -> Results:
        """Run a query of the package; see `Store.query_internal`."""
        return self.query(text)

    def select_internal(self, text: str) -> ox.QuerySolutions:
        """Run a SELECT query of the package; see `Store.query_internal`."""
        return self.select(text)

    def construct(self, text: str) -> Triples:
        """Run a CONSTRUCT or DESCRIBE query; see `Store.construct`."""
        return asking.triples(self.query(text))

    def ask(self, text: str) -> bool:
        """Run an ASK query; see `Store.ask`."""
        return asking.truth(self.query(text))

    def quads(self, graph: str | None = None, subject: str | None = None) -> Iterator[ox.Quad]:
        """Yield quads; see `Store.quads`.

        An endpoint answers from the union of its graphs, so a triple that stands in a named graph
        is taken to stand there only.
        """
        import pyoxigraph as ox

        given = {"s": subject} if subject else {}
        if graph:
            text = sparql.internal("endpoint-graph", g=graph, **given)
        else:
            text = sparql.internal("endpoint-quads", **given)
        node, name = (sparql.node(iri) if iri else None for iri in (subject, graph))
        for row in self.select(text):
            where = name or row["g"] or ox.DefaultGraph()
            yield ox.Quad(node or row["s"], row["p"], row["o"], where)

    def graphs(self) -> list[str]:
        """Return graph names; see `Store.graphs`."""
        return sorted(row["g"].value for row in self.select(sparql.internal("endpoint-graphs")))

    def _check(self) -> None:
        """Refuse, before the first query, an endpoint that keeps named graphs out of sight.

        Raises:
            LocationError: the default graph is empty, and others are not.
        """
        if self.checked:
            return
        self.checked = True
        if self.ask(sparql.internal("endpoint-is-empty")):
            raise LocationError(
                f"{self.location} answers from an empty default graph; have it answer from "
                "the union of its named graphs (oxigraph serve --union-default-graph)"
            )

    def _post(self, prepared: Prepared) -> httpx.Response:
        """Send a query, with its dataset in the URL: there it overrides that of the server."""
        import httpx

        graphs = {
            "default-graph-uri": list(prepared.default_graphs),
            "named-graph-uri": list(prepared.named_graphs),
        }
        try:
            response = httpx.post(
                httpx.URL(self.location).copy_merge_params(graphs),
                content=prepared.text.encode(), timeout=httpx.Timeout(600, connect=20),
                headers={"content-type": "application/sparql-query", "accept": ACCEPT},
            )  # fmt: skip
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise LocationError(f"cannot reach {self.location}: {error}") from error
        if response.status_code == 400:
            raise QueryError(f"{self.location} refused the query: {response.text[:500].strip()}")
        if response.is_error:
            raise LocationError(f"{self.location} answered with HTTP status {response.status_code}")
        return response
