"""`/sparql` follows the SPARQL 1.1 Protocol, in front of real Oxigraph servers."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from conftest import Runner
from served import Served

from mngraph import context
from mngraph.store import LocalStore, local, open_store

pytest.importorskip("starlette", reason="starlette is not installed (the extra serve)")
pytest.importorskip("uvicorn", reason="uvicorn is not installed (the extra serve)")

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
FORM, BODY = "application/x-www-form-urlencoded", "application/sparql-query"
DATASET_GRAPH = f"{context.BASE}graph/dataset"


@pytest.fixture(scope="module")
def client(small: Path) -> Iterator[httpx.Client]:
    """A client of a server of three records, which pages of any origin may ask."""
    with Served("-g", small, "--cors", "*") as server, httpx.Client(base_url=server.url) as client:
        yield client


@pytest.fixture(scope="module")
def own(small: Path) -> LocalStore:
    """The same store, asked without a server."""
    return local(open_store(small))


def test_the_three_operations_give_the_same_answer(client: httpx.Client, own: LocalStore) -> None:
    answers = [
        client.get("/sparql", params={"query": COUNT}),
        client.post("/sparql", data={"query": COUNT}),
        client.post("/sparql", content=COUNT, headers={"content-type": BODY}),
        client.post("/sparql", content=COUNT, headers={"content-type": f"{BODY}; charset=utf-8"}),
    ]
    distinct = len({quad.triple for quad in own.quads()})
    for answer in answers:
        assert answer.status_code == 200
        assert answer.json()["results"]["bindings"][0]["n"]["value"] == str(distinct)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("application/json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv;q=0.1, text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("application/xml;q=0.9, text/csv;q=0.8", "application/sparql-results+xml"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/*;q=0.5, text/csv", "text/csv; charset=utf-8"),
    ],
)
def test_the_client_chooses_the_format(client: httpx.Client, accept: str, media: str) -> None:
    answer = client.get("/sparql", params={"query": COUNT}, headers={"accept": accept})
    assert answer.headers["content-type"].startswith(media)
    assert "Accept" in answer.headers["vary"]


def test_what_cannot_be_sent_is_said(client: httpx.Client) -> None:
    answer = client.get("/sparql", params={"query": COUNT}, headers={"accept": "image/png"})
    assert answer.status_code == 406 and "text/csv" in answer.text
    answer = client.get("/sparql", params={"query": COUNT, "format": "turtle"})
    assert answer.status_code == 406


def test_graphs_come_in_every_syntax(client: httpx.Client, own: LocalStore) -> None:
    text = "CONSTRUCT { ?s a ?kind } { ?s a ?kind }"
    expected = {
        (str(q.subject), str(q.object)) for q in own.quads() if q.predicate.value.endswith("#type")
    }
    for accept, form in (
        ("text/turtle", ox.RdfFormat.TURTLE),
        ("application/n-triples", ox.RdfFormat.N_TRIPLES),
        ("application/ld+json", ox.RdfFormat.JSON_LD),
        ("application/rdf+xml", ox.RdfFormat.RDF_XML),
    ):
        answer = client.get("/sparql", params={"query": text}, headers={"accept": accept})
        found = {(str(q.subject), str(q.object)) for q in ox.parse(answer.content, format=form)}
        assert found == expected, accept


def test_the_request_names_the_dataset_and_goes_before_from(
    client: httpx.Client, own: LocalStore
) -> None:
    named = sum(1 for _ in own.quads(DATASET_GRAPH))
    assert named > 5

    def count(text: str, **more: str) -> int:
        answer = client.get("/sparql", params={"query": text, **more})
        return int(answer.json()["results"]["bindings"][0]["n"]["value"])

    of = COUNT.replace("{", f"FROM <{DATASET_GRAPH}> {{")
    assert count(of) == named
    assert count(COUNT, **{"default-graph-uri": DATASET_GRAPH}) == named
    assert count(of, **{"default-graph-uri": "http://example.org/none"}) == 0
    graphs = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert count(graphs, **{"named-graph-uri": DATASET_GRAPH}) == named
    assert count(COUNT, **{"named-graph-uri": DATASET_GRAPH}) == 0


@pytest.mark.parametrize(
    ("request_", "status", "words"),
    [
        ({"params": {"query": "SELECT * {"}}, 400, "this { is not closed"),
        ({"params": {"query": "INSERT DATA { <a:b> <a:b> 1 }"}}, 400, "updates are off"),
        ({"params": {"update": "CLEAR ALL"}}, 400, "updates are off"),
        ({"params": [("query", "ASK {}"), ("query", "ASK {}")]}, 400, "one query"),
        ({"params": {"query": "SELECT * { SERVICE <http://a.b/> { } }"}}, 400, "--allow-service"),
        ({"content": b"\xff", "headers": {"content-type": BODY}}, 400, "UTF-8"),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415, BODY),
        (
            {"content": b"x", "headers": {"content-type": "application/sparql-update"}},
            415, "updates are off",
        ),
        ({"content": b"query=" + b"x" * 2**20, "headers": {"content-type": FORM}},
            413, "1,048,576",
        ),
        (
            {"content": iter([b"x" * 2**16] * 17), "headers": {"content-type": BODY}},
            413, "1,048,576",
        ),
    ],
)  # fmt: skip
def test_what_is_refused_is_said(
    request_: dict[str, object], status: int, words: str, client: httpx.Client
) -> None:
    method = "POST" if "content" in request_ else "GET"
    answer = client.request(method, "/sparql", **request_)  # type: ignore[arg-type]
    assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_error_is_that_of_the_command(client: httpx.Client, run: Runner) -> None:
    wrong = "SELECT ?s { ?s mn:country }"
    said = run("query", "-e", wrong).stderr.removeprefix("error: ").strip()
    assert client.get("/sparql", params={"query": wrong}).text.strip() == said


def test_a_service_that_is_allowed_is_asked(small: Path) -> None:
    """An endpoint on which nothing listens: the query fails there, and not before."""
    text = "SELECT * { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }"
    with Served("-g", small, "--allow-service", "http://127.0.0.1:9/") as server:
        answer = httpx.get(f"{server.url}/sparql", params={"query": text})
        assert answer.status_code == 200 and answer.json()["results"]["bindings"] == [{}]


def test_the_description_counts_what_is_there(client: httpx.Client, own: LocalStore) -> None:
    answer = client.get("/sparql", headers={"accept": "application/n-triples"})
    sd, void = "http://www.w3.org/ns/sparql-service-description#", "http://rdfs.org/ns/void#"
    quads = list(ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES))
    names = {q.object.value for q in quads if q.predicate.value == f"{sd}name"}  # type: ignore[union-attr]
    assert names == set(own.graphs())
    counted = {
        q.subject.value: int(q.object.value)  # type: ignore[union-attr]
        for q in quads
        if q.predicate.value == f"{void}triples"
    }
    for name in own.graphs():
        assert counted[name] == sum(1 for _ in own.quads(name))
    stated = {q.predicate.value: q.object for q in quads}
    assert stated[f"{sd}endpoint"] == ox.NamedNode(f"{client.base_url}/sparql")
    features = {str(q.object) for q in quads if q.predicate.value == f"{sd}feature"}
    assert features == {f"<{sd}UnionDefaultGraph>"}


def test_pages_of_other_origins_may_ask_where_that_is_allowed(
    small: Path, client: httpx.Client
) -> None:
    yasgui = {"origin": "https://yasgui.example.org"}
    allow = "access-control-allow-origin"
    answer = client.get("/sparql", params={"query": COUNT}, headers=yasgui)
    assert answer.headers[allow] == "*" and "access-control-allow-credentials" not in answer.headers
    before = client.options("/sparql", headers={**yasgui, "access-control-request-method": "POST"})
    assert before.status_code == 204 and "POST" in before.headers["access-control-allow-methods"]
    assert allow not in client.get("/healthz", headers=yasgui).headers
    with Served("-g", small) as server:
        assert allow not in httpx.get(f"{server.url}/sparql", headers=yasgui).headers
    with Served("-g", small, "--cors", yasgui["origin"]) as server:
        found = httpx.get(f"{server.url}/sparql", headers=yasgui)
        assert found.headers[allow] == yasgui["origin"] and "Origin" in found.headers["vary"]
        assert (
            allow
            not in httpx.get(f"{server.url}/sparql", headers={"origin": "https://a.b"}).headers
        )


def test_health_is_told(client: httpx.Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_an_answer_that_is_too_large_is_not_taken_for_whole(small: Path) -> None:
    text = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    read = bytearray()
    with (
        Served("-g", small, "--max-answer", "0.1") as server,
        httpx.stream("GET", f"{server.url}/sparql", params={"query": text}) as answer,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        for piece in answer.iter_raw():
            read += piece
    assert 0 < len(read) <= 0.1 * 2**20
    with pytest.raises(json.JSONDecodeError):
        json.loads(read)


def test_relative_iris_tell_nothing_of_this_machine(client: httpx.Client) -> None:
    answer = client.get("/sparql", params={"query": "SELECT (IRI('x') AS ?x) {}"})
    assert answer.json()["results"]["bindings"][0]["x"]["value"] == f"{client.base_url}/x"


@pytest.mark.parametrize("term", ["RAND()", "uuid ( )", "STRUUID()", "BNODE()"])
def test_what_differs_each_time_is_asked_each_time(client: httpx.Client, term: str) -> None:
    query = f"SELECT ({term} AS ?x) {{}}"
    answers = {client.post("/sparql", data={"query": query}).text for _ in range(3)}
    assert len(answers) == 3


def test_an_answer_is_kept_for_its_query_dataset_and_format(client: httpx.Client) -> None:
    def ask(media: str, **more: str) -> str:
        data = {"query": COUNT, **more}
        return client.post("/sparql", data=data, headers={"accept": media}).text

    asked: list[tuple[str, dict[str, str]]] = [
        ("text/csv", {}),
        ("text/tab-separated-values", {}),
        ("text/csv", {"default-graph-uri": DATASET_GRAPH}),
        ("text/csv", {"named-graph-uri": DATASET_GRAPH}),
    ]
    first = [ask(media, **more) for media, more in asked]
    assert len(set(first)) == 4
    assert [ask(media, **more) for media, more in asked] == first


def test_a_kept_answer_needs_no_engine(small: Path) -> None:
    with Served("-g", small, "--queries", "1") as server, httpx.Client() as client:
        url = f"{server.url}/sparql"
        first = client.post(url, data={"query": COUNT})
        for engine in server.engines():
            os.kill(engine, signal.SIGSTOP)
        assert client.post(url, data={"query": COUNT}, timeout=20).content == first.content
        with pytest.raises(httpx.ReadTimeout):
            client.post(url, data={"query": f"{COUNT} LIMIT 1"}, timeout=1)
