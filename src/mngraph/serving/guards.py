"""What surrounds every answer: headers of safety, cross-origin access, and a line in the log."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from mngraph.visible import escape_controls

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
)
"""Content Security Policy: pages load nothing from elsewhere. Drawings hold their own scripts."""
SAFETY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": POLICY,
}


class Guarded:
    """An ASGI application whose answers have the headers of safety.

    Args:
        app: the application.
        origins: the web origins whose pages may read the answers of `/sparql`; `*` is any.
    """

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        self.app, self.origins = app, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        more = {**SAFETY, **self._cross_origin(scope)}
        if scope["method"] == "OPTIONS" and "access-control-allow-origin" in more:
            more |= {
                "access-control-allow-methods": "GET, POST, OPTIONS",
                "access-control-allow-headers": "Accept, Content-Type",
                "access-control-max-age": "86400",
            }
            await send({"type": "http.response.start", "status": 204, "headers": _encoded(more)})
            await send({"type": "http.response.body", "body": b""})
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]} - {b"vary"}
                added = [(name, value) for name, value in _encoded(more) if name not in own]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self.app(scope, receive, sent)

    def _cross_origin(self, scope: Scope) -> dict[str, str]:
        """Return the headers that let pages of other origins read an answer, without credentials.

        https://fetch.spec.whatwg.org/#http-cors-protocol
        """
        if not self.origins or not scope["path"].endswith("/sparql"):
            return {}
        if "*" in self.origins:
            return {"access-control-allow-origin": "*"}
        origin = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"origin"), "")
        allowed = {"access-control-allow-origin": origin} if origin in self.origins else {}
        return {**allowed, "vary": "Origin"}


class Logged:
    """An ASGI application that writes a line for each request, in the common log format."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and write its line."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, size = 0, 0

        async def sent(message: Message) -> None:
            nonlocal status, size
            status = message.get("status", status)
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, sent)
        finally:
            print(_line(scope, status, size), file=sys.stderr, flush=True)  # noqa: T201


def _line(scope: Scope, status: int, size: int) -> str:
    """Return a line of the common log format; what a client wrote cannot forge another one.

    >>> scope = {"client": ("127.0.0.1", 9), "method": "GET", "raw_path": b"/a", "path": "/a",
    ...          "query_string": b"", "http_version": "1.1"}
    >>> _line(scope, 200, 12).rpartition("] ")[2]
    '"GET /a HTTP/1.1" 200 12'
    """
    client: Any = scope.get("client") or ("-",)
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    asked = f"{scope['method']} {path}{'?' if query else ''}{query[:2000]}"
    shown = escape_controls(asked.replace('"', "%22").replace("\n", "\\n"))
    now = time.strftime("%d/%b/%Y:%H:%M:%S %z")
    return f'{client[0]} - - [{now}] "{shown} HTTP/{scope["http_version"]}" {status or "-"} {size}'


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
