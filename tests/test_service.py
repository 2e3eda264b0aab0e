"""Nothing of a query leaves the machine unasked: a listener on loopback counts what is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from conftest import Runner
from hypothesis import given, settings
from hypothesis import strategies as st

import mngraph
from mngraph import queries
from mngraph.errors import MngraphError, QueryError
from mngraph.store import LocalStore

if TYPE_CHECKING:
    from mngraph.asking import Results

NODE = ox.NamedNode("http://e/a")
STORE = LocalStore.memory([ox.Quad(NODE, NODE, ox.Literal(1), NODE)])


class Handler(BaseHTTPRequestHandler):
    """Refuses every request, and counts it."""

    server: Listener

    def do_POST(self) -> None:
        """Count a request."""
        self.server.requests += 1
        self.send_error(404)

    do_GET = do_POST  # noqa: N815

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


class Listener(HTTPServer):
    """An endpoint that counts requests and answers none of them."""

    def __init__(self) -> None:
        self.requests = 0
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Its address, as SPARQL writes it."""
        return f"<http://127.0.0.1:{self.server_port}/x>"


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """A listener on loopback."""
    server = Listener()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ended(results: Results) -> int:
    """Read all results; return how many there are."""
    return int(bool(results)) if isinstance(results, ox.QueryBoolean) else len(list(results))


def tried(text: str, service: bool = False) -> None:
    """Run a query to its end."""
    queries.run_query(STORE, text, service=service, finish=ended)


def test_the_listener_hears_what_is_sent(listener: Listener) -> None:
    with suppress(QueryError):
        tried(f"SELECT * {{ SERVICE {listener.url} {{ ?s ?p ?o }} }}", service=True)
    assert listener.requests == 1
    listener.requests = 0


BYPASSES = [
    "SELECT * { SERVICE URL { ?s ?p ?o } }",
    "SELECT * { FILTER(1<2)SERVICE#>\nURL { ?s ?p ?o } }",
    "SELECT * { OPTIONAL { ?x ex:a\\#b 1 } SERVICE URL { ?s ?p ?o } }",
    "SELECT * { OPTIONAL { ?x ex:a\\'b 1 } SERVICE URL { ?s ?p ?o } }",
    "ASK { FILTER(1<2)SERVICE#>\nURL { ?s ?p ?o } }",
    "CONSTRUCT { ?s ?p ?o } { OPTIONAL { ?x ex:a\\#b 1 } SERVICE URL { ?s ?p ?o } }",
    "DESCRIBE ?s { OPTIONAL { ?x ex:a\\'b 1 } SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?a ?b ?c LATERAL { FILTER(1<2)SERVICE#>\nURL { ?s ?p ?o } } }",
    "SELECT * { ?a ?b ?c FILTER EXISTS { FILTER(1<2)SERVICE SILENT#>\nURL { ?s ?p ?o } } }",
    "SELECT * { { SELECT * { FILTER(?a <b#>\n) SERVICE URL { ?s ?p ?o } } } }",
    "PREFIX a: URL SELECT * { SERVICE a: { ?s ?p ?o } }",
    "PREFIX : URL SELECT * { SERVICE:x { ?s ?p ?o } }",
    "PREFIX a: URL SELECT * { serviceSILENTa:x { ?s ?p ?o } }",
    "SELECT * { SERVICESILENTURL { ?s ?p ?o } }",
    "SELECT * { ?s ?p trueSERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?s ?p 1SERVICE URL { ?s ?p ?o } }",
    "SELECT * { \\u0053ERVICE URL { ?s ?p ?o } }",
    "SELECT * { # a comment\rSERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?x ex:p '\\u0027 SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?x ex:p '\\\\u0027 . SERVICE URL { ?s ?p ?o } # ' }",
    'SELECT * { ?x ex:p "\\\\u0022 . SERVICE URL { ?s ?p ?o } # " }',
    "SELECT * { BIND(URL AS ?u) SERVICE ?u { ?s ?p ?o } }",
    "SELECT * { VALUES ?u { URL } SERVICE ?u { ?s ?p ?o } }",
    "SELECT * { ?x ex:a.b.SERVICE URL { ?s ?p ?o } }",
    "SELECT * { _:b.SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?s ex:p?SERVICE URL { ?s ?p ?o } }",
    "LOAD URL", "LOAD SILENT URL INTO GRAPH ex:g", "SELECT * FROM URL { ?s ?p ?o }",
    "SELECT * FROM NAMED URL { GRAPH ?g { ?s ?p ?o } }", "ASK { GRAPH URL { ?s ?p ?o } }",
]  # fmt: skip


@pytest.mark.parametrize("text", BYPASSES)
def test_no_service_is_asked_however_it_is_written(text: str, listener: Listener) -> None:
    text = "PREFIX ex: <http://e/> " + text.replace("URL", listener.url)
    with suppress(MngraphError):
        tried(text)
    with suppress(MngraphError):
        mngraph.Graph(STORE).query(text)
    assert listener.requests == 0


def test_a_service_is_refused_by_name(run: Runner) -> None:
    result = run("query", "-e", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
    assert result.exit_code == 3 and "--allow-service" in result.stderr


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { ?service a dcat:DataService } # SERVICE",
        "ASK { ?s ?p 'SERVICE <http://127.0.0.1:9/> {}' }",
        "ASK { <http://a/SERVICE> <http://a/service)#> ex:SERVICE }",
    ],
)
def test_the_word_alone_is_no_service(text: str) -> None:
    tried(f"PREFIX ex: <http://e/> {text}")


PARTS = st.sampled_from(
    [
        "SERVICE", "service", "SeRvIcE", "\\u0053ERVICE", "SERVICE SILENT", "SERVICESILENT", "URL",
        "?s", "?p", "?o", "$service", "?SERVICE", "ex:a", "ex:a\\#b", "ex:a\\'b", "ex:SERVICE",
        'ex:a\\"', "ex:a.b.SERVICE", "_:b", "_:b.SERVICE", "'", '"', "'''", '"""', "'SERVICE'",
        "'\\u0027'", "\\\\", "\\", "#", "# SERVICE", "\n", "\r", "<", ">", "<=", "<2)#>", "<b#>",
        "<SERVICE>", "{ ?s ?p ?o }", "{", "}", "(", ")", "[", "]", ".", ";", ",", "FILTER(1<2)",
        "FILTER", "BIND(URL AS ?u)", "OPTIONAL", "LATERAL", "UNION", "GRAPH ?g", "EXISTS", "MINUS",
        "VALUES ?u { URL }", "SELECT *", "1", "true", "@en", "^^", "^", "!", "|", "/", "?", "*",
        "+", "-", "a", "study:x/SERVICE", "\ufeff", "\u00a0", "é",
    ]
)  # fmt: skip
GAPS = st.sampled_from([" ", " ", " ", "", "\n", "\t", "\r\n", " # x\n", "\\u0020"])
GROUPS = st.lists(st.tuples(PARTS, GAPS), min_size=1, max_size=14)
FORMS = st.sampled_from(
    ["SELECT * {", "ASK {", "CONSTRUCT { ?s ?p ?o } {", "DESCRIBE ?s {", "SELECT * { ?a ?b ?c"]
)
TAILS = st.sampled_from(["SERVICE URL { ?s ?p ?o } }", "}", "#>\n URL { ?s ?p ?o } }"])


@settings(max_examples=2000, deadline=None, derandomize=True)
@given(FORMS, GROUPS, TAILS)
def test_no_generated_query_reaches_the_listener(
    listener: Listener, form: str, group: list[tuple[str, str]], tail: str
) -> None:
    body = "".join(part + gap for part, gap in group)
    text = f"PREFIX ex: <http://e/> {form} {body} {tail}".replace("URL", listener.url)
    with suppress(MngraphError):
        tried(text)
    assert listener.requests == 0
