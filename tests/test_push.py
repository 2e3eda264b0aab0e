"""`mngraph push`: named graphs into real servers, each whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from conftest import Runner
from engines import ISQL, OXIGRAPH, VIRTUOSO, served, virtuoso
from standin import answer, standing_in

from mngraph import connection, graphstore, iris
from mngraph.canonical import canonical
from mngraph.errors import LocationError
from mngraph.graphstore import GraphStore
from mngraph.pushing import Push
from mngraph.store import LocalStore, open_store

GRAPH = "https://w3id.org/mngraph/graph/"
OTHER = "<http://e/theirs> <http://e/p> 1 ."
XSD = "http://www.w3.org/2001/XMLSchema#"
SOME = f"""
<http://e/a> <http://e/p> "1.50"^^<{XSD}decimal> <{GRAPH}study/one> .
<http://e/a> <http://e/p> "tr\\u00e9s \\"bon\\"\\n"@fr <{GRAPH}study/one> .
<http://e/a> <http://e/q> "true"^^<{XSD}boolean> <{GRAPH}study/one> .
<http://e/b> <http://e/p> "2019"^^<{XSD}gYear> <{GRAPH}study/two> .
<http://e/b> <http://e/p> _:x <{GRAPH}study/two> .
_:x <http://e/q> _:y <{GRAPH}study/two> .
_:y <http://e/p> "end" <{GRAPH}study/two> .
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an Oxigraph server that is written."""
    if not OXIGRAPH:
        pytest.skip("needs the oxigraph server (pip install oxigraph)")
    with served(tmp_path_factory.mktemp("server") / "db", mode="serve") as url:
        yield url


@pytest.fixture
def endpoint(server: str) -> str:
    """A server that holds nothing."""
    update(server, "DROP ALL")
    return server


def update(endpoint: str, text: str) -> None:
    headers = {"content-type": "application/sparql-update"}
    url = endpoint.replace("/query", "/update")
    httpx.post(url, content=text.encode(), headers=headers, timeout=60).raise_for_status()


def held(endpoint: str) -> list[str]:
    """The quads of a server, as it dumps them, with canonical names of blank nodes."""
    dumped = httpx.get(
        endpoint.replace("/query", "/store"), headers={"accept": "application/n-quads"}, timeout=60
    )
    return [str(quad) for quad in canonical(ox.parse(dumped.content, format=ox.RdfFormat.N_QUADS))]


def written(path: Path, text: str = SOME) -> Path:
    path.write_text(text)
    return path


def same(location: Path) -> list[str]:
    return [str(quad) for quad in canonical(open_store(location).quads())]


@pytest.mark.parametrize("way", ["post", "update"])
def test_a_server_holds_what_was_pushed(
    way: str, endpoint: str, tmp_path: Path, run: Runner
) -> None:
    update(endpoint, f"INSERT DATA {{ GRAPH <http://e/theirs> {{ {OTHER} }} }}")
    file = written(tmp_path / "some.nq")
    server = GraphStore(endpoint)
    if way == "update":
        server.stores = []
    push = Push(open_store(file), server)
    push.run()
    assert server.by_post == (way == "post")
    theirs = f'<http://e/theirs> <http://e/p> "1"^^<{XSD}integer> <http://e/theirs>'
    assert held(endpoint) == sorted([*same(file), theirs], key=lambda line: line.split()[-1])
    result = run("push", endpoint, "-g", file)
    assert result.stderr.endswith(": 2 named graphs with 7 triples: 2 already there\n")
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_dry_run_writes_nothing(endpoint: str, tmp_path: Path, run: Runner) -> None:
    update(endpoint, f"INSERT DATA {{ GRAPH <{GRAPH}study/one> {{ {OTHER} }} }}")
    before = held(endpoint)
    result = run("push", endpoint, "-g", written(tmp_path / "some.nq"), "--dry-run")
    assert result.exit_code == 0 and held(endpoint) == before
    assert result.stdout.splitlines() == [
        "action,graph,triples,before",
        f"replace,{GRAPH}study/one,3,1",
        f"add,{GRAPH}study/two,4,0",
    ]


def test_prune_removes_graphs_of_ours_alone(endpoint: str, tmp_path: Path, run: Runner) -> None:
    for graph in (f"{GRAPH}study/old", "http://e/theirs", f"{GRAPH}staging/0123456789abcdef"):
        update(endpoint, f"INSERT DATA {{ GRAPH <{graph}> {{ {OTHER} }} }}")
    file = written(tmp_path / "some.nq")
    assert run("push", endpoint, "-g", file).exit_code == 0
    assert any("study/old" in line for line in held(endpoint))
    result = run("push", endpoint, "-g", file, "--prune")
    assert "2 already there, 2 removed" in result.stderr
    assert {line.split()[-1] for line in held(endpoint)} == {
        "<http://e/theirs>", f"<{GRAPH}study/one>", f"<{GRAPH}study/two>"
    }  # fmt: skip


def test_the_same_number_of_other_triples_is_replaced(endpoint: str, tmp_path: Path) -> None:
    file = written(tmp_path / "some.nq")
    Push(open_store(file), GraphStore(endpoint)).run()
    other = written(tmp_path / "other.nq", SOME.replace("1.50", "1.6").replace('"end"', '"End"'))
    push = Push(open_store(other), GraphStore(endpoint))
    assert [step.action for step in push.steps] == ["replace", "replace"]
    push.run()
    assert held(endpoint) == same(other)


def test_triples_without_a_graph_need_a_name(endpoint: str, tmp_path: Path, run: Runner) -> None:
    file = written(tmp_path / "some.nt", "<http://e/a> <http://e/p> <http://e/b> .\n")
    refused = run("push", endpoint, "-g", file)
    assert refused.exit_code == 2 and "--graph-name IRI" in refused.stderr
    assert held(endpoint) == []
    assert run("push", endpoint, "-g", file, "--graph-name", "http://e/g").exit_code == 0
    assert held(endpoint) == ["<http://e/a> <http://e/p> <http://e/b> <http://e/g>"]


def test_what_the_server_changes_leaves_its_graph_as_it_was(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The triples are damaged on the way; the graph that stands there is not replaced by them."""
    update(endpoint, f"INSERT DATA {{ GRAPH <{GRAPH}study/one> {{ {OTHER} }} }}")
    before, posted = held(endpoint), graphstore._posted

    def damaged(connection: object, name: str, lines: list[str], **given: bool) -> None:
        posted(connection, name, [line.replace("1.5", "1.7") for line in lines], **given)  # type: ignore[arg-type]

    monkeypatch.setattr(graphstore, "_posted", damaged)
    push = Push(open_store(written(tmp_path / "some.nq")), GraphStore(endpoint))
    with pytest.raises(LocationError, match=r"has changed triples of .*left as it was"):
        push.run()
    assert held(endpoint) == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_push_that_was_killed_goes_on_the_next_time(endpoint: str, tmp_path: Path) -> None:
    lines = [
        f'<http://e/{graph}/{n}> <http://e/p> "{n}" <{GRAPH}study/{graph}> .\n'
        for graph in range(6)
        for n in range(8_000)
    ]
    file = written(tmp_path / "large.nq", "".join(lines))
    update(endpoint, f"INSERT DATA {{ GRAPH <{GRAPH}study/5> {{ {OTHER} }} }}")
    command = [sys.executable, "-m", "mngraph", "push", endpoint, "-g", str(file)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    last, server = iris.staging_graph(f"{GRAPH}study/5"), GraphStore(endpoint)
    while process.poll() is None and not server.counts([last, f"{GRAPH}study/0"]):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    names = [f"{GRAPH}study/{number}" for number in range(6)]
    found = server.counts(names)
    assert all(found.get(name, 0) in (0, 8_000) for name in names[:-1])
    assert found[names[-1]] in (1, 8_000)
    push = Push(open_store(file), GraphStore(endpoint))
    push.run()
    assert len(held(endpoint)) == len(lines)
    assert server.named_under(GRAPH) == names


@pytest.mark.parametrize(
    ("status", "kind", "problem"),
    [
        (401, "text/plain", "MNGRAPH_USER"),
        (403, "text/plain", "does not allow this"),
        (404, "text/html", "--update URL"),
        (405, "text/plain", "HTTP status 405"),
    ],
)
def test_a_server_that_takes_no_updates_is_said(
    status: int, kind: str, problem: str, tmp_path: Path, run: Runner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in (connection.USER, connection.PASSWORD, connection.TOKEN):
        monkeypatch.delenv(name, raising=False)
    empty = b'{"head":{"vars":["g","n"]},"results":{"bindings":[]}}'

    def reply(handler, asked) -> None:  # type: ignore[no-untyped-def]
        if asked.path == "/query":
            answer(handler, empty)
        else:
            answer(handler, b"no", kind, status)

    with standing_in(reply) as server:
        result = run("push", server.url, "-g", written(tmp_path / "some.nq"))
    assert result.exit_code == 4 and problem in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_answer_that_was_cut_off_is_no_answer(run: Runner) -> None:
    """Virtuoso sends the first rows and says so in a header."""
    with standing_in(lambda handler, _: answer(handler, b"{}", X_SPARQL_MaxRows="10000")) as server:
        result = run("query", "-e", "SELECT * { ?s ?p ?o }", "-g", server.url)
    assert result.exit_code == 4 and "sends at most 10,000 rows" in result.stderr


# --- Virtuoso ---------------------------------------------------------------------------------

GRANT = """\
GRANT SPARQL_UPDATE TO "SPARQL";
DB.DBA.RDF_DEFAULT_USER_PERMS_SET ('nobody', 7);
"""


@pytest.fixture(scope="module")
def small_virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Virtuoso server that sends at most a thousand rows of an answer."""
    if not VIRTUOSO or not ISQL:
        pytest.skip("needs virtuoso-t and isql-vt (virtuoso-opensource-7)")
    with virtuoso(tmp_path_factory.mktemp("virtuoso"), GRANT, most=1000) as url:
        yield url


def test_virtuoso_holds_what_was_pushed(small_virtuoso: str, tmp_path: Path) -> None:
    """Numbers come back in another spelling, blank nodes by other names, large graphs in parts."""
    large = "".join(f"<http://e/{n}> <http://e/p> {n} <{GRAPH}large> .\n" for n in range(2_500))
    large = large.replace(" <http://e/p> ", ' <http://e/p> "').replace(
        f" <{GRAPH}large>", f'"^^<{XSD}integer> <{GRAPH}large>'
    )
    store = open_store(written(tmp_path / "some.nq", SOME + large))
    server = GraphStore(small_virtuoso)
    Push(store, server).run()
    assert server.counts([f"{GRAPH}study/one", f"{GRAPH}study/two", f"{GRAPH}large"]) == {
        f"{GRAPH}study/one": 3, f"{GRAPH}study/two": 4, f"{GRAPH}large": 2_500
    }  # fmt: skip
    again = Push(store, GraphStore(small_virtuoso))
    assert {step.action for step in again.steps} == {"keep"}
    assert isinstance(store, LocalStore)
    store.oxigraph.update(
        f"DELETE DATA {{ GRAPH <{GRAPH}large> {{ <http://e/7> <http://e/p> 7 }} }}"
    )
    later = Push(store, GraphStore(small_virtuoso))
    assert [step.graph for step in later.steps if step.action == "replace"] == [f"{GRAPH}large"]
    later.run()
    assert server.counts([f"{GRAPH}large"]) == {f"{GRAPH}large": 2_499}
    assert not [name for name in server.named_under(GRAPH) if "staging" in name]
