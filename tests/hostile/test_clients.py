"""`mngraph serve` under clients that mean harm or behave badly; the server is a real process.

What must hold: nothing but the graph is read, nothing is fetched, and whatever one client does, the
others are answered. Queries that take too long, and answers that are cut short, never look whole.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import Served, gone
from standin import Standin, standing_in
from test_service import BYPASSES
from tests.hostile.mutation import mutated

pytest.importorskip("uvicorn", reason="needs the extra serve")
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc (Linux)")

WAIT = 30.0
"""Seconds that a test waits for what should come at once or soon."""
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Without the certificates of the system, whose reading takes a while: all here is plain HTTP."""
QUICK = "ASK { ?s a mn:Study }"
NUMBERS = count(2)
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
HUGE = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SCRIPT = "<script>alert(1)</script>"
SECRET = b"root:"
"""What an answer holds if a file of the system was read."""


@pytest.fixture(scope="module")
def server(small: Path) -> Iterator[Served]:
    """A server that runs two queries at once, each for longer than a test waits."""
    with Served("-g", small, "--queries", "2", "--timeout", "600") as served:
        yield served


@pytest.fixture(scope="module")
def hasty(small: Path) -> Iterator[Served]:
    """A server that gives up a query after a second."""
    with Served("-g", small, "--queries", "4", "--timeout", "1", "--no-access-log") as served:
        yield served


def ask(served: Served, query: str, **more: Any) -> httpx.Response:
    """Ask a query by POST."""
    headers = {"content-type": "application/sparql-query", **more.pop("headers", {})}
    url = f"{served.url}/sparql"
    return httpx.post(
        url, content=query, headers=headers, timeout=WAIT, trust_env=False, verify=PLAIN, **more
    )


def quick() -> str:
    """Return a query that was never asked, as an answer that was kept needs no engine."""
    return f"ASK {{ ?s a mn:Study FILTER(1 < {next(NUMBERS)}) }}"


def get(served: Served, path: str, **headers: str) -> httpx.Response:
    """Ask for a page."""
    return httpx.get(
        served.url + path, headers=headers, timeout=WAIT, trust_env=False, verify=PLAIN,
        follow_redirects=True,
    )  # fmt: skip


def raw(served: Served, content: bytes, pause: float = WAIT) -> bytes:
    """Send bytes as they are, and return what comes back until the server ends the connection.

    After a pause in which nothing comes, the server hears that nothing more is sent.
    """
    found = bytearray()
    with socket.create_connection(served.address, timeout=pause) as client, suppress(OSError):
        with suppress(ConnectionError):
            client.sendall(content)
        try:
            while piece := client.recv(2**16):
                found += piece
        except TimeoutError:
            client.settimeout(WAIT)
            client.shutdown(socket.SHUT_WR)
            while piece := client.recv(2**16):
                found += piece
    return bytes(found)


@contextmanager
def opened(served: Served, content: bytes) -> Iterator[socket.socket]:
    """Yield a connection on which bytes were sent."""
    with socket.create_connection(served.address, timeout=WAIT) as client:
        client.sendall(content)
        yield client


def posted(query: str) -> bytes:
    """Return a request with a query as it goes over the wire."""
    head = (
        "POST /sparql HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        "Content-Type: application/sparql-query\r\n"
        f"Content-Length: {len(query.encode())}\r\n\r\n"
    )
    return (head + query).encode()


@contextmanager
def meanwhile(work: Callable[[], httpx.Response]) -> Iterator[Future[httpx.Response]]:
    """Do something in another thread while the body of the `with` runs."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work)


def until(is_so: Callable[[], bool]) -> bool:
    """Wait until something is so; return whether it came to be in time."""
    for _ in range(int(WAIT * 50)):
        if is_so():
            return True
        threading.Event().wait(0.02)
    return False


def busy(served: Served, number: int) -> None:
    """Wait until so many engines work on queries: each for more than a tenth of a second."""
    before = {engine: processor(engine) for engine in served.engines()}

    def is_busy() -> bool:
        used = (processor(engine) - before.get(engine, 0) for engine in served.engines())
        return sum(ticks > 10 for ticks in used) >= number

    assert until(is_busy), "the queries did not start"


def processor(process: int) -> int:
    """Return the processor time that a process has used, in hundredths of a second."""
    with suppress(OSError):
        words = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
        return int(words[11]) + int(words[12])
    return 0


def memory(process: int) -> int:
    """Return the bytes of memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * 4096


TRAVERSALS = [
    "/../../../../etc/passwd", "/static/../../../../etc/passwd", "//etc/passwd",
    "/static/..%2f..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/%252e%252e%252fetc%252fpasswd", "/static/..\\..\\etc\\passwd", "/queries/../pyproject",
    "/queries/..%2finternal%2flabels.rq", "/queries/..%2f..%2f..%2fetc%2fpasswd.rq",
    "/indication/../../../etc/passwd", "/study/..%2f..%2fetc%2fpasswd%00.ttl",
    "/resource?iri=file:///etc/passwd", "/static/file:///etc/passwd", "http://127.0.0.1/etc/passwd",
]  # fmt: skip


def test_no_path_leads_to_a_file_of_the_system(server: Served) -> None:
    for path in TRAVERSALS:
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        found = raw(server, request.encode())
        assert int(found.split()[1]) in (303, 307, 400, 404), path
        assert SECRET not in found, path


def test_line_breaks_in_a_request_make_no_header_and_no_line_of_the_log(server: Served) -> None:
    forged = "%0d%0aX-Forged:%201%0d%0a%0d%0aforged"
    paths = [
        f"/indication/acne-scar{forged}", f"/sparql?query=ASK%7B%7D&format=json{forged}",
        f"/sparql?query=ASK%7B%7D&default-graph-uri=http://e/{forged}", f"/static/{forged}",
        f"/resource?iri=https://w3id.org/mngraph/indication/acne-scar{forged}", f"/{forged}",
        f"/queries/{forged}", f"/evidence?i={forged}", f"/view?focus={forged}",
    ]  # fmt: skip
    for path in paths:
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        head = raw(server, request.encode()).partition(b"\r\n\r\n")[0]
        assert head.startswith(b"HTTP/1.1 ") and b"500" not in head.splitlines()[0], path
        assert not any(line.lower().startswith(b"x-forged") for line in head.splitlines()), path

    def lines() -> list[str]:
        return [line for line in server.log().splitlines() if "orged" in line]

    assert until(lambda: len(lines()) >= len(paths))  # a line is written after the answer
    assert len(lines()) == len(paths)
    assert all(line.startswith("127.0.0.1 - - [") for line in lines())


def test_the_log_shows_what_would_steer_a_terminal(server: Served) -> None:
    raw(server, b"GET /\x1b[31m?a=\x1b]0;b\x07 HTTP/1.1\r\nConnection: close\r\n\r\n")
    get(server, '/a"b%1b%0d')
    assert until(lambda: '/a%22b%1b%0d HTTP/1.1" 404' in server.log())
    assert not set(server.log()) & set("\x1b\x07\r")


@pytest.mark.parametrize("accept", ["text/html", "text/html,application/xml;q=0.9,*/*;q=0.8", ""])
def test_query_text_is_never_markup_in_an_error(accept: str, server: Served) -> None:
    queries = [SCRIPT, f"SELECT * {{ {SCRIPT} }}", f'ASK {{ ?s ?p "{SCRIPT}" . ?x }}',
               f"SELECT (<http://e/{SCRIPT}>(1) AS ?n) {{}}", f"PREFIX {SCRIPT}: <a:> ASK {{}}",
               f"ASK {{ FILTER(<x:f>('{SCRIPT}')) }}"]  # fmt: skip
    for query in queries:
        url = httpx.URL("/sparql", params={"query": query, "format": SCRIPT})
        for path in (str(url), str(url.copy_set_param("format", "html"))):
            response = get(server, path, accept=accept)
            assert response.is_client_error, (query, response.status_code)
            assert response.headers["x-content-type-options"] == "nosniff"
            assert "default-src 'self'" in response.headers["content-security-policy"]
            if response.headers["content-type"].startswith("text/html"):
                assert SCRIPT not in response.text
            else:
                assert response.headers["content-type"].startswith("text/plain")


def test_labels_are_never_markup(tmp_path: Path) -> None:
    evil = f"</title></script>{SCRIPT}"
    path = tmp_path / "evil.ttl"
    path.write_text(
        f"""@prefix mn: <https://w3id.org/mngraph/ontology#> .
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <https://w3id.org/mngraph/indication/a> a mn:Indication, skos:Concept ;
          skos:inScheme <https://w3id.org/mngraph/indication> ; skos:prefLabel "{evil}"@en ;
          skos:definition "{evil}"@en ; skos:altLabel "{evil}"@en ; skos:note "{evil}" .
        """,
        "utf-8",
    )
    with Served("-g", path) as served:
        query = "SELECT ?l { ?s skos:prefLabel ?l }"
        pages = [
            get(served, "/indication/a", accept="text/html"),
            get(served, "/", accept="text/html"),
            get(served, "/ontology", accept="text/html"),
            ask(served, query, headers={"accept": "text/html"}),
        ]
    assert [page.status_code for page in pages] == [200] * 4
    for page in pages:
        assert SCRIPT not in page.text, page.url
    assert "alert(1)" in pages[0].text


@pytest.fixture(scope="module")
def listener() -> Iterator[Standin]:
    """A server on loopback that notes requests and answers none of them."""
    with standing_in(lambda handler, _: handler.send_error(404)) as server:
        yield server


def test_nothing_is_fetched_for_a_query(server: Served, listener: Standin) -> None:
    url = listener.url
    fetching = [
        "SELECT * FROM URL { ?s ?p ?o }", "SELECT * FROM NAMED URL { GRAPH ?g {} }", "DESCRIBE URL",
        "CONSTRUCT { ?s ?p ?o } FROM URL { ?s ?p ?o }", "ASK { GRAPH URL { ?s ?p ?o } }",
        "BASE URL ASK { <> ?p ?o }", "LOAD URL", "LOAD SILENT URL INTO GRAPH URL", *BYPASSES,
    ]  # fmt: skip
    for query in fetching:
        response = ask(server, query.replace("URL", f"<{url}>"))
        assert response.status_code in ((400,) if query.startswith("LOAD") else (200, 400)), query
    for name in ("default-graph-uri", "named-graph-uri", "using-graph-uri", "query", "update"):
        get(server, f"/sparql?query=ASK%7B%3Fs%20%3Fp%20%3Fo%7D&{name}={url}")
    get(server, f"/resource?iri={url}")
    assert listener.asked == []


def test_a_service_that_is_allowed_by_name_is_asked_and_no_other(
    small: Path, listener: Standin
) -> None:
    listener.asked.clear()
    url = listener.url
    with Served("-g", small, "--allow-service", url) as served:
        other = ask(served, f"SELECT * {{ SERVICE <{url}/other> {{ ?s ?p ?o }} }}")
        assert (other.status_code, listener.asked) == (400, [])
        ask(served, f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}")
    assert len(listener.asked) == 1


def random_requests(number: int) -> Iterator[bytes]:
    """Yield bytes: some anyhow, some what a client sends but for a few changes."""
    dice = random.Random(20261128)  # noqa: S311
    good = [
        posted(QUICK),
        b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: a\r\nAccept: text/csv\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /queries HTTP/1.0\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/sparql-query\r\n\r\n5\r\nASK{}\r\n0\r\n\r\n",
        b"OPTIONS /sparql HTTP/1.1\r\nHost: a\r\nOrigin: http://e\r\n\r\n",
        b"HEAD /healthz HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n\r\n",
    ]  # fmt: skip
    for _ in range(number):
        if dice.random() < 0.3:
            yield dice.randbytes(dice.randrange(1, 3000))
        else:
            yield mutated(dice, dice.choice(good), dice.choice(good))[:200_000]


def test_a_thousand_requests_of_random_bytes(server: Served) -> None:
    statuses = set()
    requests = list(random_requests(1000))
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda request: raw(server, request, 0.1), requests))
    for request, found in zip(requests, answers, strict=True):
        if found:
            assert found.startswith(b"HTTP/1.1 "), (request[:300], found[:300])
            assert not found.startswith(b"HTTP/1.1 5"), (request[:300], found[:300])
            statuses.add(int(found.split()[1]))
    assert {200, 400} <= statuses
    assert ask(server, quick()).json()["boolean"] is True
    assert "Traceback" not in server.log()


@linux
def test_a_query_of_ten_megabytes_is_refused_and_not_kept(server: Served) -> None:
    query = "ASK { ?s ?p '" + "x" * 10_000_000 + "' }"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    kinds = (b"application/sparql-query", b"application/x-www-form-urlencoded")
    for _ in range(5):
        assert raw(server, posted(query)).startswith(b"HTTP/1.1 413 ")
        for kind in kinds:
            head = (
                b"POST /sparql HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                b"Transfer-Encoding: chunked\r\nContent-Type: " + kind + b"\r\n\r\n"
            )
            assert raw(server, head + chunk * 160).startswith(b"HTTP/1.1 413 ")
    line = raw(
        server,
        b"GET /sparql?query="
        + b"x" * 10_000_000
        + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    )
    assert line == b"" or line.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 414 ", b"HTTP/1.1 431 "))
    assert ask(server, quick()).json()["boolean"] is True
    assert memory(server.process.pid) < 300_000_000


@linux
def test_answers_that_nobody_reads_are_not_kept(server: Served) -> None:
    request = posted("SELECT * { ?a ?b ?c . ?d ?e ?f }")
    with opened(server, request) as one, opened(server, request) as other:
        assert one.recv(100) and other.recv(100)
        threading.Event().wait(1)
        assert memory(server.process.pid) < 300_000_000
    assert ask(server, quick()).json()["boolean"] is True


@pytest.mark.slow("waits for the ten seconds that a client has for its request")
def test_clients_that_send_slowly_are_dropped_while_others_are_answered(hasty: Served) -> None:
    slow = [socket.create_connection(hasty.address, timeout=WAIT) for _ in range(100)]
    ended = [False] * len(slow)
    answered = 0
    for second in range(30):
        for number, client in enumerate(slow):
            if not ended[number]:
                try:
                    client.sendall(b"GET / HTTP/1.1\r\n" if second == 0 else b"X-A: a\r\n")
                except OSError:
                    ended[number] = True
        answered += ask(hasty, quick()).is_success
        if all(ended):
            break
        threading.Event().wait(1)
    for client in slow:
        client.close()
    assert all(ended) and answered > second // 2


def test_a_body_that_comes_too_slowly_is_given_up(hasty: Served) -> None:
    with opened(hasty, posted(QUICK)[:-5]) as client:
        assert client.recv(1000).startswith(b"HTTP/1.1 408 ")


@linux
def test_a_query_is_ended_when_its_client_goes(server: Served) -> None:
    """Two queries run at once: a third is answered only if both others were ended."""
    with opened(server, posted(ENDLESS)), opened(server, posted(ENDLESS)):
        busy(server, 2)
    assert ask(server, quick()).json()["boolean"] is True


def test_a_query_that_never_ends_is_stopped_while_others_are_answered(hasty: Served) -> None:
    with meanwhile(lambda: ask(hasty, ENDLESS)) as endless:
        answered = 0
        while not endless.done():
            answered += ask(hasty, quick()).is_success
        assert endless.result().status_code == 504
        assert "1 second" in endless.result().text
    assert answered


def test_queries_beyond_those_that_run_at_once_are_told_to_come_again(hasty: Served) -> None:
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda _: ask(hasty, ENDLESS), range(12)))
    statuses = {response.status_code for response in found}
    assert statuses == {503, 504}
    late = next(response for response in found if response.status_code == 503)
    assert int(late.headers["retry-after"]) > 0
    assert ask(hasty, quick()).json()["boolean"] is True


@pytest.mark.parametrize("media", ["text/csv", "application/sparql-results+json"])
def test_an_answer_that_is_cut_short_does_not_look_whole(media: str, hasty: Served) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        ask(hasty, HUGE, headers={"accept": media})
    assert ask(hasty, quick()).json()["boolean"] is True


@linux
def test_an_engine_that_takes_too_much_memory_is_ended(small: Path) -> None:
    from mngraph.serving.app import application
    from mngraph.serving.engine import Pool
    from mngraph.serving.site import Site
    from mngraph.store import open_store

    site = Site(store=open_store(small), public="http://localhost")
    app: Any = application(site, Pool(small, memory=200_000_000))
    hungry = "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f } ORDER BY ?a ?d LIMIT 3"

    async def asked() -> tuple[httpx.Response, httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with (
            app.app.router.lifespan_context(app.app),
            httpx.AsyncClient(transport=transport, base_url=site.public) as client,
        ):
            found = await client.get("/sparql", params={"query": hungry})
            return found, await client.get("/sparql", params={"query": QUICK})

    found, again = asyncio.run(asked())
    assert (found.status_code, found.headers["retry-after"]) == (503, "5")
    assert again.json()["boolean"] is True


@linux
def test_an_engine_that_is_killed_comes_back(server: Served) -> None:
    ask(server, quick())
    with meanwhile(lambda: ask(server, ENDLESS)) as endless:
        busy(server, 1)
        kill(server.engines())
        assert endless.result().status_code == 503
        assert int(endless.result().headers["retry-after"]) > 0
    for _ in range(3):
        assert ask(server, quick()).json()["boolean"] is True
    assert get(server, "/healthz").json()["status"] == "ok"


@linux
def test_without_an_engine_the_health_is_bad(small: Path, tmp_path: Path) -> None:
    """The store is moved away, so that no engine can be started."""
    store = tmp_path / "store"
    shutil.copytree(small, store)
    with Served("-g", store) as served:
        assert get(served, "/healthz").status_code == 200
        store.rename(tmp_path / "elsewhere")
        kill(served.engines())
        assert get(served, "/healthz").status_code == 503
        refused = ask(served, quick())
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        (tmp_path / "elsewhere").rename(store)
        assert ask(served, quick()).json()["boolean"] is True
        assert get(served, "/healthz").status_code == 200


def kill(processes: list[int]) -> None:
    """Kill processes, and wait until they are gone."""
    for process in processes:
        os.kill(process, signal.SIGKILL)
    assert gone(processes, WAIT)


@linux
def test_a_server_that_is_killed_leaves_no_process(small: Path) -> None:
    with Served("-g", small) as served, opened(served, posted(ENDLESS)):
        busy(served, 1)
        ask(served, quick())
        engines = served.engines()
        assert len(engines) == 2
        served.process.kill()
        served.process.wait()
        assert gone(engines, WAIT)


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_in_order(number: signal.Signals, small: Path) -> None:
    with Served("-g", small) as served:
        assert ask(served, quick()).json()["boolean"] is True
        engines = served.engines()
        assert engines
        served.process.send_signal(number)
        assert served.process.wait(WAIT) == 0
        assert gone(engines, WAIT)
        assert "Traceback" not in served.log()


@linux
def test_a_query_that_never_ends_does_not_keep_a_server(small: Path) -> None:
    with Served("-g", small) as served:
        with meanwhile(lambda: ask(served, ENDLESS)) as endless:
            busy(served, 1)
            engines = served.engines()
            served.process.terminate()
            assert served.process.wait(WAIT) == 0
            assert gone(engines, WAIT)
            with suppress(httpx.TransportError):
                assert endless.result().is_error
        assert "Traceback" not in served.log()
