"""What a client asks: the operations of the SPARQL 1.1 Protocol, read from a request.

https://www.w3.org/TR/sparql11-protocol/#query-operation: by GET, by POST with URL-encoded
parameters, or by POST with the query as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from starlette.requests import Request

    from mngraph.serving.site import Limits

FORM, QUERY = "application/x-www-form-urlencoded", "application/sparql-query"
UPDATE = "application/sparql-update"
PARAMETERS = 1000
"""Most parameters of one request."""


class RefusedError(Exception):
    """A request that is refused: an HTTP status, and why."""

    def __init__(self, status: int, why: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, why)
        self.status, self.why, self.headers = status, why, headers or {}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with the dataset that the request names for it, if any."""

    text: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str = ""


async def read(request: Request, limits: Limits) -> Asked:
    """Return what a request asks; without a query, `text` is None.

    Raises:
        RefusedError: a request that the protocol does not know, an update, or one that is too
            large or too slow.
    """
    pairs = _pairs(request.scope["query_string"])
    if request.method == "GET" or request.method == "HEAD":
        return _asked(pairs)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (FORM, QUERY):
        why = (
            "updates are off: this endpoint is read-only"
            if kind == UPDATE
            else f"send the query as {FORM} (query=…) or as {QUERY}, not as {kind or 'nothing'}"
        )
        raise RefusedError(415, why)
    body = await _body(request, limits)
    if kind == FORM:
        return _asked([*pairs, *_pairs(body)])
    return _asked([*pairs, ("query", _decoded(body))])


async def _body(request: Request, limits: Limits) -> bytes:
    too_large = RefusedError(413, f"a request may have {limits.request:,} bytes")
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > limits.request:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(limits.seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.request:
                    raise too_large
    except TimeoutError as error:
        raise RefusedError(408, "the request took too long to arrive") from error
    return bytes(body)


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            _decoded(encoded), keep_blank_values=True, errors="strict",
            max_num_fields=PARAMETERS,
        )  # fmt: skip
    except ValueError as error:
        raise RefusedError(400, "the parameters are not UTF-8, or too many") from error


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise RefusedError(400, "the query is not UTF-8") from error


def _asked(pairs: Sequence[tuple[str, str]]) -> Asked:
    def of(name: str) -> tuple[str, ...]:
        return tuple(value for key, value in pairs if key == name)

    if of("update"):
        raise RefusedError(400, "updates are off: this endpoint is read-only")
    queries = of("query")
    if len(queries) > 1:
        raise RefusedError(400, "a request holds one query, and this one holds several")
    return Asked(
        queries[0] if queries else None,
        of("default-graph-uri"),
        of("named-graph-uri"),
        (of("format") or ("",))[0],
    )
