"""A graph behind a SPARQL 1.1 endpoint, asked over HTTP."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from mngraph import asking, sparql
from mngraph.connection import Connection, Request
from mngraph.errors import CutAnswerError, LocationError, MngraphError
from mngraph.prepare import Prepared

if TYPE_CHECKING:
    from typing import IO

    import pyoxigraph as ox

    from mngraph.asking import Results, Triples
    from mngraph.connection import Body

RESULTS = "application/sparql-results+json, application/sparql-results+xml;q=0.5"
TRIPLES = "application/n-triples, text/turtle;q=0.5"
"""What is asked for: given the choice, Virtuoso sends triples as JSON that is no SPARQL result."""
ENDS = {"srj": b"}", "srx": b">"}
"""What an answer in a syntax ends with: without it, a part is missing."""


class RemoteStore:
    """A SPARQL 1.1 endpoint, asked over HTTP (SPARQL 1.1 Protocol, section 2.1.2: POST of a form).

    A query that is the whole body (section 2.1.3) is one that Virtuoso 7 never answers.
    """

    def __init__(self, url: str) -> None:
        self.location = url
        self.connection = Connection(url)
        self.checked = False

    def query(
        self, text: str, *, base: str | None = None, services: Collection[str] = ()
    ) -> Results:
        """Run a SPARQL query; see `Store.query`."""
        prepared = asking.prepared(text, base, services)
        if not prepared.has_dataset:
            self._check()
        results = self._results(self._asked(prepared))
        return _truth(results) if prepared.form == "ASK" else results

    def select(self, text: str) -> ox.QuerySolutions:
        """Run a SELECT query; see `Store.select`."""
        return asking.solutions(self.query(text))

    def query_internal(self, text: str) -> Results:
        """Run a query of the package; see `Store.query_internal`."""
        return self.query(text)

    def select_internal(self, text: str) -> ox.QuerySolutions:
        """Run a SELECT query of the package; see `Store.query_internal`."""
        return self.select(text)

    def select_named(self, text: str) -> ox.QuerySolutions:
        """Run a SELECT query of the package that names a graph for every pattern.

        It asks nothing of the default graph, so that it does not matter what that holds.
        """
        return asking.solutions(self._results(self._asked(asking.prepared(text))))

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

    def has(self, subject: str) -> bool:
        """Return whether there is a subject; see `Store.has`."""
        return self.ask(sparql.internal("endpoint-has", s=subject))

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

    def _asked(self, prepared: Prepared) -> Body:
        """Send a query and its dataset, as a form; the dataset replaces one that the URL names."""
        graphs = {
            "default-graph-uri": prepared.default_graphs,
            "named-graph-uri": prepared.named_graphs,
        }
        named_by_url = dict.fromkeys(graphs, ()) if prepared.has_dataset else {}
        accept = RESULTS if prepared.form in ("SELECT", "ASK") else TRIPLES
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": accept}
        content = urlencode({"query": prepared.text, **graphs}, doseq=True).encode()
        return self.connection.read(Request("POST", "", named_by_url, headers, content))

    def _results(self, body: Body) -> Results:
        """Return what an answer holds, parsed as it comes; a short one is parsed whole before.

        Raises:
            LocationError: it is no SPARQL result, or not all of one.
        """
        import pyoxigraph as ox

        if body.most:
            raise CutAnswerError(
                f"{self.location} sends at most {body.most:,} rows, and the answer may have more: "
                "ask for less, or have it send more (Virtuoso: ResultSetMaxRows)",
                body.most,
            )
        form = ox.QueryResultsFormat.from_media_type(body.kind)
        rdf = None if form else ox.RdfFormat.from_media_type(body.kind)
        if rdf is None and form is None:
            raise LocationError(self._other_kind(body))
        body.ending = ENDS.get(form.file_extension, b"") if form else b""

        def parsed(source: IO[bytes] | bytes) -> Results:
            if form:
                return ox.parse_query_results(source, format=form)
            return (quad.triple for quad in ox.parse(source, format=rdf))

        try:
            if not body.whole:
                return parsed(cast("IO[bytes]", body))
            content = body.read()
            found = parsed(content)
            if isinstance(found, ox.QueryBoolean):
                return found
            for _ in found:  # what is wrong with a short answer is found before it is used
                pass
            return parsed(content)
        except (SyntaxError, ValueError) as error:
            if isinstance(error, MngraphError):
                raise
            raise LocationError(
                f"{self.location} did not answer with a SPARQL result: {error}"
            ) from error

    def _other_kind(self, body: Body) -> str:
        """Return what to do with an answer that is no SPARQL result."""
        if "html" in body.kind or body.first.lstrip()[:9].lower() in (b"<!doctype", b"<html"):
            return (
                f"{self.location} answered with a web page: give the address of the endpoint "
                "itself, which often ends in /sparql or /query"
            )
        kind = f"as {body.kind}" if body.kind else "without a media type"
        return f"{self.location} answered {kind}, which is no SPARQL result"


def _truth(results: Results) -> Results:
    """Return the answer to ASK: Virtuoso 7 sends a table, with a row where it is true."""
    import pyoxigraph as ox

    if not isinstance(results, ox.QuerySolutions):
        return results
    if [variable.value for variable in results.variables] != ["__ASK_RETVAL"]:
        return results
    return ox.parse_query_results(
        b'{"head":{},"boolean":%s}' % (b"true" if any(True for _ in results) else b"false"),
        format=ox.QueryResultsFormat.JSON,
    )
