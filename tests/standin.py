"""A stand-in for servers of others: it answers as a test says, and notes what it was asked."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

RESULT = b'{"head":{"vars":["a"]},"results":{"bindings":[{"a":{"type":"literal","value":"1"}}]}}'
EMPTY = b'{"head":{"vars":[]},"results":{"bindings":[]}}'
JSON = "application/sparql-results+json"
TRUTH = b'{"head":{},"boolean":false}'


@dataclass
class Asked:
    """What a server was asked; of a form, `text` is the query."""

    method: str
    path: str
    headers: dict[str, str]
    text: str


@dataclass
class Standin:
    """A server on loopback."""

    url: str
    asked: list[Asked] = field(default_factory=list)


Answer = Callable[[BaseHTTPRequestHandler, Asked], None]


def begin(
    handler: BaseHTTPRequestHandler, kind: str = JSON, status: int = 200, **headers: str
) -> None:
    """Send what stands before the content of an answer."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def answer(
    handler: BaseHTTPRequestHandler, content: bytes, kind: str = JSON, status: int = 200,
    **headers: str,
) -> None:  # fmt: skip
    """Send one whole answer."""
    begin(handler, kind, status, Content_Length=str(len(content)), **headers)
    handler.wfile.write(content)


def result_of(asked: Asked) -> bytes:
    """A result that fits a query: false, no rows for our own queries, one row for others."""
    if "ASK" in asked.text:
        return TRUTH
    return RESULT if "?a" in asked.text else EMPTY


@contextmanager
def standing_in(reply: Answer, certificate: Path | None = None) -> Iterator[Standin]:
    """Run a server that answers each request with `reply`."""
    found = Standin("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            if "urlencoded" in self.headers.get("Content-Type", ""):
                text = parse_qs(text).get("query", [text])[0]
            asked = Asked(self.command, self.path, dict(self.headers), text)
            found.asked.append(asked)
            reply(self, asked)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # clients that go away are what some tests are about

    server = Server(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    found.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/query"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
