"""`/sparql`: queries go to the engine, and its answers to the client as they come."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from mngraph import asking
from mngraph.errors import LocationError, QueryError
from mngraph.prepare import Prepared
from mngraph.serving.asked import Asked, RefusedError, read
from mngraph.serving.kept import Kept, always_alike
from mngraph.serving.negotiate import GRAPHS, HTML, RESULTS, Format, chosen, named

if TYPE_CHECKING:
    import httpx
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from mngraph.serving.engine import Engine, Engines
    from mngraph.serving.site import Site

    Page = Callable[[Request, Prepared, bytes], Awaitable[Response]]
    Problem = Callable[[str, str, int], Awaitable[Response]]

Found = TypeVar("Found")
Dataset = dict[str, list[str]]
"""The parameters of the protocol that name the graphs of a query."""

AGAIN = 5
"""Seconds after which a client that found the endpoint busy may ask again."""
READ = (Format("plain", "text", "txt", "text/plain"), HTML)
"""What the reason of a refusal can be sent as."""
PAGE = 2**20
"""Bytes of an answer that is shown as a page, or kept."""
KEPT = 64 * 2**20
"""Bytes of all answers that are kept."""
UNKNOWN = "The custom function "
"""How Oxigraph begins, with status 500, when a query calls a function that it does not have."""
DIED = "the engine ended while it answered, for want of memory or by accident: ask again"


class Endpoint:
    """The SPARQL endpoint of a site, as an ASGI application.

    Args:
        site: the site.
        engines: where the engine of each query comes from.
        page: makes the page of an answer for a browser, from its JSON or N-Triples.
        empty: answers a request without a query.
        problem: makes the page for a browser whose query is refused.
    """

    def __init__(
        self, site: Site, engines: Engines, page: Page,
        empty: Callable[[Request], Awaitable[Response]], problem: Problem,
    ) -> None:  # fmt: skip
        import httpx

        self.site, self.engines, self.page, self.empty = site, engines, page, empty
        self.problem = problem
        self.client = httpx.AsyncClient(timeout=httpx.Timeout(None), trust_env=False)
        self.running = asyncio.Semaphore(site.limits.running)
        self.waiting = 0
        self.kept = Kept(KEPT, PAGE)

    async def close(self) -> None:
        """Close the connections to engines, and end the engines."""
        await self.client.aclose()
        await self.engines.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        from starlette.requests import Request

        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except RefusedError as refused:
            response = await self._refused(request, refused)
        await response(scope, receive, send)

    async def _refused(self, request: Request, refused: RefusedError) -> Response:
        """Return why a request is refused: in the editor for a browser, else as plain text."""
        text = request.query_params.get("query", "")
        if request.method == "GET" and chosen(request.headers.get("accept", ""), READ) is HTML:
            return await self.problem(text, refused.why, refused.status)
        return _plain(refused.status, refused.why, refused.headers)

    async def _answer(self, request: Request) -> Any:
        asked = await read(request, self.site.limits)
        if asked.text is None:
            return await self.empty(request)
        prepared = await self._prepared(asked)
        form = _format(request, asked, prepared)
        parameters = _dataset(asked, prepared)
        if form is HTML:
            return await self.page(request, prepared, await self._whole(prepared, parameters))
        return Answer(self, prepared, parameters, form)

    async def found(self, text: str) -> tuple[Prepared, bytes]:
        """Return a query and its answer, as JSON or N-Triples, if a page can show it.

        Args:
            text: the query.

        Raises:
            RefusedError: the query cannot be run, or its answer is too large for a page.
        """
        asked = Asked(text)
        prepared = await self._prepared(asked)
        return prepared, await self._whole(prepared, _dataset(asked, prepared))

    async def _whole(self, prepared: Prepared, parameters: Dataset) -> bytes:
        source = RESULTS[0] if prepared.form in ("SELECT", "ASK") else GRAPHS[1]
        return await Answer(self, prepared, parameters, source).start_of(PAGE)

    async def _prepared(self, asked: Asked) -> Prepared:
        """Return the query as the engine gets it; reading it may take a while."""
        base, services = f"{self.site.public}/sparql", self.site.services
        try:
            return await asyncio.to_thread(asking.prepared, str(asked.text), base, services)
        except QueryError as error:
            raise RefusedError(400, str(error)) from error

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[Engine]:
        """Wait until it is a query's turn, and yield the engine that it may ask.

        Raises:
            RefusedError: too many wait already, it took too long, or there is no engine.
        """
        limits = self.site.limits
        busy = RefusedError(503, "too many queries at once: ask again", {"Retry-After": str(AGAIN)})
        if self.running.locked() and self.waiting >= limits.waiting:
            raise busy
        self.waiting += 1
        try:
            async with asyncio.timeout(limits.seconds):
                await self.running.acquire()
        except TimeoutError as error:
            raise busy from error
        finally:
            self.waiting -= 1
        try:
            async with self.engines.lease() as engine:
                yield engine
        except LocationError as error:
            raise RefusedError(503, str(error), {"Retry-After": str(AGAIN)}) from error
        finally:
            self.running.release()


class Pieces:
    """The body of an answer, and whether all of it was read.

    Args:
        iterator: its pieces.

    Attributes:
        complete: whether all of it was read.
        whole: what was read, unless it is larger than what is kept.
    """

    def __init__(self, iterator: AsyncIterator[bytes]) -> None:
        self.iterator, self.complete = iterator, False
        self.whole: bytearray | None = bytearray()

    async def next(self) -> bytes | None:
        """Return the next piece; None at the end."""
        found = await anext(self.iterator, None)
        self.complete = found is None
        if found and self.whole is not None:
            self.whole += found
            self.whole = self.whole if len(self.whole) <= PAGE else None
        return found


class Answer:
    """An answer that is passed on as it comes, within the bounds of the site.

    An answer that has to be broken off is never ended as a whole one is: the connection is closed,
    and the client sees that something is missing.
    """

    def __init__(
        self, endpoint: Endpoint, prepared: Prepared, parameters: Dataset, form: Format
    ) -> None:
        self.endpoint, self.prepared, self.parameters = endpoint, prepared, parameters
        self.form = form
        self.left = endpoint.site.limits.seconds

    @property
    def key(self) -> Hashable:
        """What an answer is kept under; None where the next one may be another."""
        if not (self.endpoint.engines.constant and always_alike(self.prepared)):
            return None
        graphs = (tuple(self.parameters[name]) for name in sorted(self.parameters))
        return (self.prepared.text, *graphs, self.form.media)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, or why there is none."""
        gone = asyncio.ensure_future(_disconnected(receive))
        work = asyncio.ensure_future(self._send(send))
        try:
            await asyncio.wait({gone, work}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            work.cancel()
        try:
            await work
        except (asyncio.CancelledError, TimeoutError):
            return  # the client has gone, or reads too slowly
        except RefusedError as refused:
            await _plain(refused.status, refused.why, refused.headers)(scope, receive, send)

    async def _send(self, send: Send) -> None:
        limits = self.endpoint.site.limits
        async with asyncio.timeout(limits.sending), self._pieces() as pieces:
            piece = await self._next(pieces)
            headers = [
                (b"content-type", _content_type(self.form).encode()),
                (b"vary", b"Accept"),
                (b"cache-control", b"no-cache"),
            ]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            size = 0
            while piece is not None:
                size += len(piece)
                if size > limits.answer:
                    return  # without an end: the connection is closed
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                try:
                    piece = await self._next(pieces)
                except RefusedError:
                    return
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def start_of(self, most: int) -> bytes:
        """Return the whole answer, if it is not larger than `most` bytes.

        Raises:
            RefusedError: it is larger, or there is none.
        """
        found = bytearray()
        async with self._pieces() as pieces:
            while (piece := await self._next(pieces)) is not None:
                found += piece
                if len(found) > most:
                    raise RefusedError(
                        413, "the answer is too large to be shown as a page: add LIMIT, or ask for "
                        "a format to download",
                    )  # fmt: skip
        return bytes(found)

    async def _next(self, pieces: Pieces) -> bytes | None:
        """Return the next piece of the engine's answer; None at its end.

        Raises:
            RefusedError: the engine took too long, or it died.
        """
        return await self._in_time(pieces.next())

    async def _in_time(self, work: Coroutine[Any, Any, Found]) -> Found:
        """Return what the engine answers within the time that the query has left."""
        import httpx

        start = monotonic()
        try:
            async with asyncio.timeout(max(self.left, 0)):
                return await work
        except TimeoutError as error:
            seconds = self.endpoint.site.limits.seconds
            raise RefusedError(504, f"the query did not end within {seconds:g} seconds") from error
        except httpx.HTTPError as error:
            raise RefusedError(503, DIED, {"Retry-After": str(AGAIN)}) from error
        finally:
            self.left -= monotonic() - start

    @contextlib.asynccontextmanager
    async def _pieces(self) -> AsyncIterator[Pieces]:
        """Yield the answer piece by piece, as it was kept or as the engine gives it.

        A query that is given up ends its engine.
        """
        kept, key = self.endpoint.kept, self.key
        if key is not None and (found := kept.get(key)) is not None:
            yield Pieces(_alone(found))
            return
        async with self.endpoint.turn() as engine:
            response = await self._in_time(self._asked(engine))
            pieces = Pieces(response.aiter_raw())
            try:
                if response.is_error:
                    text = (await response.aread())[:2000].decode(errors="replace")
                    pieces.complete = True
                    raise self._refusal(response.status_code, text)
                yield pieces
                if key is not None and pieces.complete and pieces.whole is not None:
                    kept.put(key, bytes(pieces.whole))
            finally:
                if not pieces.complete:
                    engine.end()
                await response.aclose()

    async def _asked(self, engine: Engine) -> httpx.Response:
        import httpx

        client = self.endpoint.client
        url = httpx.URL(engine.url).copy_merge_params(self.parameters)
        request = client.build_request(
            "POST", url, content=self.prepared.text.encode(),
            headers={
                "content-type": "application/sparql-query", "accept": self.form.media,
                "accept-encoding": "identity",
            },
        )  # fmt: skip
        return await client.send(request, stream=True)

    def _refusal(self, status: int, text: str) -> RefusedError:
        """Return in our words why the engine refuses a query."""
        if status == HTTPStatus.BAD_REQUEST:
            return RefusedError(400, asking.problem(self.prepared, text))
        if text.startswith(UNKNOWN):
            return RefusedError(400, f"the query failed: {text.strip()}")
        return RefusedError(502, f"the engine answered with HTTP status {status}")


async def _alone(piece: bytes) -> AsyncIterator[bytes]:
    yield piece


def _format(request: Request, asked: Asked, prepared: Prepared) -> Format:
    """Return the format of an answer.

    Raises:
        RefusedError: a format that this kind of query does not have.
    """
    own = RESULTS if prepared.form in ("SELECT", "ASK") else GRAPHS
    if asked.format:
        found = named(asked.format, (*own, HTML))
    else:
        found = chosen(request.headers.get("accept", ""), (*own, HTML))
    if found is None:
        known = ", ".join(form.media for form in own)
        raise RefusedError(406, f"the answer to {prepared.form} can be sent as {known}")
    return found


def _dataset(asked: Asked, prepared: Prepared) -> Dataset:
    """Return the dataset for the engine: what the request names goes before FROM.

    https://www.w3.org/TR/sparql11-protocol/#dataset
    """
    default, graphs = asked.default_graphs, asked.named_graphs
    if not default and not graphs:
        default, graphs = prepared.default_graphs, prepared.named_graphs
    return {"default-graph-uri": list(default), "named-graph-uri": list(graphs)}


def _content_type(form: Format) -> str:
    """Return a format's media type; W3C says of CSV and TSV that they are UTF-8."""
    return f"{form.media}; charset=utf-8" if form.media.startswith("text/") else form.media


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _plain(status: int, why: str, headers: dict[str, str]) -> Response:
    from starlette.responses import PlainTextResponse

    return PlainTextResponse(f"{why}\n", status, headers)
