"""Endpoints of others: credentials, retries, redirects, and answers that are none."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Runner
from standin import JSON, RESULT, Asked, answer, begin, result_of, standing_in

from mngraph import connection, store
from mngraph.errors import LocationError, MngraphError, QueryError
from mngraph.remote import RemoteStore

Handler = BaseHTTPRequestHandler
SELECT = "SELECT ?a { ?a a mn:Study }"


@pytest.fixture(autouse=True)
def no_credentials_and_no_waiting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (connection.USER, connection.PASSWORD, connection.TOKEN):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr(connection, "WAITS", (0.01, 0.01, 0.01))


def good(handler: Handler, asked: Asked) -> None:
    answer(handler, result_of(asked))


def selected(send: Callable[[Handler], None]) -> Callable[[Handler, Asked], None]:
    """Answer the check of an endpoint well, and the query that follows as `send` does."""

    def reply(handler: Handler, asked: Asked) -> None:
        good(handler, asked) if "ASK" in asked.text else send(handler)

    return reply


def values(url: str, text: str = SELECT) -> list[str]:
    return [row["a"].value for row in RemoteStore(url).select(text)]


# --- what is no answer ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind", "status", "problem"),
    [
        (b"<!doctype html><title>Log in</title>", "text/html", 200, "answered with a web page"),
        (b"<html>", JSON, 200, "is not complete"),
        (RESULT, "image/png", 200, "answered as image/png, which is no SPARQL result"),
        (RESULT, "", 200, "no SPARQL result"),
        (RESULT[:-30], JSON, 200, "not complete"),
        (RESULT.replace(b"literal", b"letter"), JSON, 200, "did not answer with a SPARQL result"),
        (b"<http://a/> <http://b/> .", "application/n-triples", 200, "SPARQL result"),
        (b"bad <b>thing</b>", "text/plain", 400, "refused the query: bad"),
        (b"<html>no</html>", "text/html", 404, "no endpoint at .*often end in /sparql"),
        (b"", "text/plain", 401, "asks who you are.*MNGRAPH_USER and MNGRAPH_PASSWORD"),
        (b"not you", "text/plain", 403, "does not allow this .HTTP status 403.: not you"),
        (b"oh", "text/plain", 500, "HTTP status 500: oh"),
        (b"", "text/plain", 302, "HTTP status 302"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_said_in_one_line(
    content: bytes, kind: str, status: int, problem: str, run: Runner
) -> None:
    with standing_in(lambda handler, _: answer(handler, content, kind, status)) as server:
        with pytest.raises(MngraphError, match=problem):
            list(RemoteStore(server.url).select(f"{SELECT} LIMIT 1"))
        result = run("query", "-e", SELECT, "-g", server.url)
    assert result.exit_code in (3, 4)
    assert len(result.stderr.splitlines()) == 1 and result.stdout == ""
    assert "<html>" not in result.stderr


def rows(number: int) -> bytes:
    row = b'{"a":{"type":"literal","value":"' + b"x" * 100 + b'"}}'
    return RESULT.partition(b"[{")[0] + b"[" + b",".join([row] * number) + b"]}}"


def chunk(content: bytes) -> bytes:
    """A part of an answer as HTTP/1.1 frames it where the length of the whole is not known."""
    return b"%x\r\n%s\r\n" % (len(content), content)


def test_a_large_answer_is_handed_on_while_it_comes() -> None:
    """The server sends the rest only when a row of the first part was used."""
    content, used = rows(100_000), []

    def send(handler: Handler) -> None:
        begin(handler, Content_Length=str(len(content)))
        half = len(content) // 2
        handler.wfile.write(content[:half])
        for _ in range(1000):
            if used:
                break
            time.sleep(0.01)
        used.append("the rest")
        handler.wfile.write(content[half:])

    with standing_in(selected(send)) as server:
        found = iter(RemoteStore(server.url).select(SELECT))
        next(found)
        used.append("a row")
        assert sum(1 for _ in found) == 99_999
    assert used == ["a row", "the rest"]


@pytest.mark.parametrize("number", [10, 100_000])
@pytest.mark.parametrize("way", ["length", "chunks"])
def test_half_an_answer_is_no_answer(number: int, way: str) -> None:
    content = rows(number)

    def send(handler: Handler) -> None:
        half = content[: len(content) // 2]
        if way == "length":
            begin(handler, Content_Length=str(len(content)))
            handler.wfile.write(half)
        else:
            begin(handler, Transfer_Encoding="chunked")
            handler.wfile.write(chunk(half))
        handler.close_connection = True

    with standing_in(selected(send)) as server, pytest.raises(LocationError, match="broke off"):
        values(server.url)


def test_half_an_answer_that_ends_as_a_whole_one_is_none() -> None:
    reply = selected(lambda handler: answer(handler, rows(100_000)[:-100]))
    with standing_in(reply) as server, pytest.raises(LocationError, match="is not complete"):
        values(server.url)


def test_an_answer_without_end_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_BYTES", 3_000_000)

    def send(handler: Handler) -> None:
        begin(handler, Transfer_Encoding="chunked")
        handler.wfile.write(chunk(rows(1)[:-3]))
        more = rows(1000)[rows(1000).index(b"[{") + 1 : -3]
        while True:
            handler.wfile.write(chunk(b"," + more))

    reply = selected(send)
    with standing_in(reply) as server, pytest.raises(LocationError, match="more than 3,000,000"):
        values(server.url)


def test_a_compressed_answer_that_unfolds_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    monkeypatch.setattr(connection, "MOST_BYTES", 3_000_000)
    bomb = gzip.compress(rows(300_000))

    reply = selected(lambda handler: answer(handler, bomb, Content_Encoding="gzip"))
    with standing_in(reply) as server, pytest.raises(LocationError, match="more than 3,000,000"):
        values(server.url)


# --- again ------------------------------------------------------------------------------------


def failing(times: int, fail: Callable[[Handler], None]) -> Callable[[Handler, Asked], None]:
    """Answer some requests with a failure, and all others well."""
    left = [times]

    def reply(handler: Handler, asked: Asked) -> None:
        left[0] -= 1
        fail(handler) if left[0] >= 0 else good(handler, asked)

    return reply


def hang_up(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.close()


def half(handler: Handler) -> None:
    begin(handler, Content_Length="100")
    handler.wfile.write(b"{")
    handler.close_connection = True


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(status: int) -> None:
    fail = lambda handler: answer(handler, b"", status=status)  # noqa: E731
    with standing_in(failing(2, fail)) as server:
        assert values(server.url) == ["1"]
        assert len(server.asked) == 4  # two failures, then the check and the query


@pytest.mark.parametrize("fail", [hang_up, half])
def test_a_connection_that_breaks_off_is_opened_again(fail: Callable[[Handler], None]) -> None:
    with standing_in(failing(3, fail)) as server:
        assert values(server.url) == ["1"]
    with standing_in(failing(9, fail)) as server:
        with pytest.raises(LocationError, match="broke off"):
            values(server.url)
        assert len(server.asked) == 4


def test_a_server_says_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(connection.time, "sleep", waited.append)
    fail = lambda handler: answer(handler, b"", status=503, Retry_After="7")  # noqa: E731
    with standing_in(failing(1, fail)) as server:
        assert values(server.url) == ["1"]
    date = formatdate(time.time() + 30, usegmt=True)
    fail = lambda handler: answer(handler, b"", status=503, Retry_After=date)  # noqa: E731
    with standing_in(failing(1, fail)) as server:
        assert values(server.url) == ["1"]
    assert waited[0] == 7 and 20 < waited[1] <= 30
    fail = lambda handler: answer(handler, b"", status=429, Retry_After="86400")  # noqa: E731
    with standing_in(failing(1, fail)) as server:
        with pytest.raises(LocationError, match=r"busy .HTTP status 429.*try later"):
            values(server.url)
        assert len(server.asked) == 1


def test_a_refused_query_is_not_asked_again() -> None:
    with standing_in(lambda handler, _: answer(handler, b"no", "text/plain", 400)) as server:
        with pytest.raises(QueryError, match="refused"):
            values(server.url)
        assert len(server.asked) == 1


# --- redirects --------------------------------------------------------------------------------


def test_a_redirect_on_the_same_server_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(connection.TOKEN, "t0ken")

    def reply(handler: Handler, asked: Asked) -> None:
        if asked.path.startswith("/query"):
            answer(handler, b"", status=301, Location="/sparql")
        else:
            good(handler, asked)

    with standing_in(reply) as server:
        assert values(server.url) == ["1"]
        assert {asked.method for asked in server.asked} == {"POST"}
        assert server.asked[-1].path == "/sparql" and "SELECT" in server.asked[-1].text


def test_the_dataset_of_a_location_is_asked_unless_the_query_names_one() -> None:
    with standing_in(good) as server:
        store = RemoteStore(f"{server.url}?default-graph-uri=http://example.org/all")
        store.ask("ASK { ?s ?p ?a }")
        store.ask("ASK FROM <http://example.org/one> { ?s ?p ?a }")
        ours, theirs = (parse_qs(urlsplit(asked.path).query) for asked in server.asked[-2:])
    assert ours == {"default-graph-uri": ["http://example.org/all"]}
    assert theirs == {}, "it stands in the form"


def test_an_endpoint_is_asked_as_virtuoso_answers() -> None:
    """By form, for the kind of answer that a query has, with a table for ASK."""

    def reply(handler: Handler, asked: Asked) -> None:
        form = asked.headers["content-type"] == "application/x-www-form-urlencoded"
        if not form or ("json" in asked.headers["accept"]) == ("CONSTRUCT" in asked.text):
            answer(handler, b"", "text/plain", 500)
        elif "CONSTRUCT" in asked.text:
            answer(handler, b"<http://e.org/s> <http://e.org/p> 1 .", "text/turtle")
        else:
            row = b'{"__ASK_RETVAL":{"type":"literal","value":"1"}}'
            rows = row if "?yes" in asked.text else b""
            table = b'{"head":{"vars":["__ASK_RETVAL"]},"results":{"bindings":[%s]}}' % rows
            answer(handler, table)

    with standing_in(reply) as server:
        store = RemoteStore(server.url)
        assert store.ask("ASK { ?s ?p ?yes }") is True
        assert store.ask("ASK { ?s ?p ?o }") is False
        assert len(list(store.construct("CONSTRUCT WHERE { ?s ?p ?o }"))) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_server_takes_nothing_along(
    status: int, monkeypatch: pytest.MonkeyPatch, run: Runner
) -> None:
    monkeypatch.setenv(connection.TOKEN, "t0ken")
    with standing_in(good) as other:
        location = other.url.replace("127.0.0.1", "localhost")
        with standing_in(
            lambda handler, _: answer(handler, b"", status=status, Location=location)
        ) as server:
            result = run("query", "-e", SELECT, "-g", server.url)
        assert result.exit_code == 4 and f"give that address if you trust it: {location}" in (
            result.stderr
        )
        assert other.asked == []
    assert "t0ken" not in result.stderr


def test_a_redirect_without_end_has_one() -> None:
    with standing_in(lambda handler, _: answer(handler, b"", status=307, Location="/a")) as server:
        with pytest.raises(LocationError, match="redirects without end"):
            values(server.url)
        assert len(server.asked) <= 6


# --- credentials ------------------------------------------------------------------------------


def guarded(handler: Handler, asked: Asked) -> None:
    """A server that knows ada with the password s3cret, and asks for it in the basic way."""
    wanted = "Basic " + base64.b64encode(b"ada:s3cret").decode()
    if asked.headers.get("Authorization") == wanted:
        good(handler, asked)
    else:
        answer(handler, b"", "text/plain", 401, WWW_Authenticate='Basic realm="x"')


def digested(handler: Handler, asked: Asked) -> None:
    """A server that asks for a digest (RFC 7616, MD5 without qop as in RFC 2069)."""
    given = asked.headers.get("Authorization", "")
    parts = dict(re.findall(r'(\w+)="([^"]*)"', given))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    first, second = md5("ada:x:s3cret"), md5(f"POST:{asked.path}")
    if given.startswith("Digest ") and parts["response"] == md5(f"{first}:n0nce:{second}"):
        good(handler, asked)
    else:
        challenge = 'Digest realm="x", nonce="n0nce", algorithm=MD5'
        answer(handler, b"", "text/plain", 401, WWW_Authenticate=challenge)


@pytest.mark.parametrize("server_of", [guarded, digested])
@pytest.mark.parametrize("place", ["environment", "netrc"])
def test_credentials_come_from_the_environment_or_netrc(
    server_of: Callable[[Handler, Asked], None], place: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, run: Runner,
) -> None:  # fmt: skip
    with standing_in(server_of) as server:
        assert run("query", "-e", SELECT, "-g", server.url).exit_code == 4
        if place == "environment":
            monkeypatch.setenv(connection.USER, "ada")
            monkeypatch.setenv(connection.PASSWORD, "s3cret")
        else:
            (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password s3cret\n")
        result = run("query", "-e", SELECT, "-f", "csv", "-g", server.url)
        assert (result.exit_code, result.stdout.split()) == (0, ["a", "1"]), result.stderr
        sent = str([asked.headers for asked in server.asked])
        if server_of is digested:
            assert "s3cret" not in sent and base64.b64encode(b"ada:s3cret").decode() not in sent


def test_netrc_is_read_for_the_host_that_is_asked(tmp_path: Path, run: Runner) -> None:
    (tmp_path / "netrc").write_text("machine example.org login ada password s3cret\n")
    with standing_in(guarded) as server:
        assert "asks who you are" in run("query", "-e", SELECT, "-g", server.url).stderr


def test_a_token_is_sent_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(connection.TOKEN, "t0ken")
    with standing_in(good) as server:
        assert values(server.url) == ["1"]
        assert {asked.headers["Authorization"] for asked in server.asked} == {"Bearer t0ken"}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("MNGRAPH_PASSWORD", "s3cret"),
        ("MNGRAPH_TOKEN", "s3cret"),
        ("MNGRAPH_TOKEN", "s3cret\r\nX-Other: 1"),
        ("MNGRAPH_TOKEN", "s3cret\u00e9"),
        ("netrc", "machine 127.0.0.1 login ada password s3cret\n"),
        ("netrc", "mashine 127.0.0.1 login ada password s3cret\n"),
    ],
)
def test_no_credential_is_in_an_error(
    setting: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Runner
) -> None:
    if setting == "netrc":
        (tmp_path / "netrc").write_text(value)
    else:
        monkeypatch.setenv(connection.USER, "ada")
        monkeypatch.setenv(setting, value)
    refusal = {"WWW_Authenticate": 'Basic realm="x"'}
    with standing_in(lambda handler, _: answer(handler, b"", status=401, **refusal)) as server:
        result = run("--debug", "query", "-e", SELECT, "-g", server.url)
    assert result.exit_code == 4 and "error: " in result.stderr
    assert "s3cret" not in result.output


def test_no_password_is_taken_in_an_address(run: Runner) -> None:
    result = run("query", "-e", SELECT, "-g", "http://ada:s3cret@127.0.0.1:9/query")
    assert result.exit_code == 4 and "MNGRAPH_PASSWORD" in result.stderr
    assert "s3cret" not in result.stderr


@pytest.mark.parametrize("url", ["http://", "http://:80/", "https://[::1", "http://a:99999/q"])
def test_an_address_that_is_none_is_said(url: str, run: Runner) -> None:
    result = run("query", "-e", SELECT, "-g", url)
    assert result.exit_code == 4 and "not the address of an endpoint" in result.stderr


# --- TLS --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key with a certificate that nobody signed but itself."""
    if not shutil.which("openssl"):
        pytest.skip("needs openssl")
    path = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(path / "key"), "-out", str(path / "certificate")]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    both = path / "both.pem"
    both.write_bytes((path / "key").read_bytes() + (path / "certificate").read_bytes())
    return both


def test_certificates_are_checked(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, run: Runner
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with standing_in(good, certificate) as server:
        refused = run("query", "-e", SELECT, "-g", server.url)
        assert refused.exit_code == 4 and "certificate" in refused.stderr.lower()
        assert server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.parent / "certificate"))
        assert values(server.url) == ["1"]


# --- what is asked ----------------------------------------------------------------------------


def test_a_query_cannot_be_changed_by_what_it_is_asked_about() -> None:
    with standing_in(good) as server:
        remote = RemoteStore(server.url)
        for wrong in ("http://e/> } ; DROP ALL", "http://e/a b", 'http://e/"'):
            for given in ({"graph": wrong}, {"subject": wrong}):
                with pytest.raises(MngraphError, match="is not an IRI"):
                    list(remote.quads(**given))
        assert server.asked == []


def test_a_process_and_its_copy_have_connections_of_their_own(run: Runner) -> None:
    """A query with a bound on time runs in a copy of the process."""
    with standing_in(good) as server:
        found = store.open_store(server.url)
        (row,) = found.select(SELECT)
        from mngraph import queries
        from mngraph.bounded import Bounds

        for _ in range(3):
            answers = queries.run_query(
                found, SELECT, bounds=Bounds(seconds=20), finish=lambda rows: len(list(rows))  # type: ignore[arg-type]
            )  # fmt: skip
            assert answers == 1
            assert [row["a"].value for row in found.select(SELECT)] == [row["a"].value]


def test_connections_are_kept_open() -> None:
    ports: set[int] = set()

    def reply(handler: Handler, asked: Asked) -> None:
        ports.add(handler.client_address[1])
        good(handler, asked)

    with standing_in(reply) as server:
        remote = RemoteStore(server.url)
        for _ in range(5):
            list(remote.select(SELECT))
    assert len(ports) == 1
