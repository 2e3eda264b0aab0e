"""A site as a running server: uvicorn on loopback, with bounds on slow and on many clients."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    import uvicorn

    from mngraph.candidates.deciding import Review
    from mngraph.serving.engine import Engines
    from mngraph.serving.site import Limits
    from mngraph.store import Store

HEAD = 10.0
"""Seconds within which a client has to send the head of a request."""
CLIENTS = 500
"""Connections at once; more are refused with status 503."""
GRACE = 5
"""Seconds for which running requests may go on once the server is told to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a graph is served.

    Attributes:
        location: the graph location; None is the graph of the release.
        host: the address to listen on.
        port: the port to listen on; 0 takes a free one.
        root: the path under which a reverse proxy shows the site, such as /evidence.
        services: the endpoints that SERVICE may name.
        origins: the web origins whose pages may ask the endpoint.
        limits: what one request may take.
        log: whether each request is logged to stderr.
        review: candidates to decide on in the browser; None for none.
    """

    location: str | None
    host: str
    port: int
    root: str
    services: frozenset[str]
    origins: frozenset[str]
    limits: Limits
    log: bool = True
    review: Review | None = None


def serve(options: Options, ready: Callable[[str], None]) -> None:
    """Serve a graph until a signal ends it.

    Args:
        options: the graph, the address, and the bounds.
        ready: called with the address once requests are answered.

    Raises:
        MissingExtraError: the libraries of the server are not installed.
        UsageError: the address is taken or does not exist.
        LocationError: the graph cannot be opened.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("serving needs more: pip install 'mngraph[serve]'") from error
    from mngraph.serving.app import application
    from mngraph.serving.guards import Logged
    from mngraph.serving.site import Site

    with listening(options.host, options.port) as listener, _opened(options) as (store, engines):
        port = listener.getsockname()[1]
        host = f"[{options.host}]" if ":" in options.host else options.host
        public = f"http://{host}:{port}{options.root}"
        site = Site(
            store=store, public=public, root=options.root, limits=options.limits,
            services=options.services, origins=options.origins, review=options.review,
        )  # fmt: skip
        app = application(site, engines)
        shown = config(Logged(app) if options.log else app, options.root)
        asyncio.run(run(shown, listener, lambda: ready(f"{public}/")))


def config(app: Any, root: str = "") -> uvicorn.Config:
    """Return how uvicorn is to serve an application.

    Args:
        app: an ASGI application.
        root: the path under which a reverse proxy shows it.
    """
    import uvicorn

    return uvicorn.Config(
        app, http=_protocol(), ws="none", lifespan="on", root_path=root, log_level="critical",
        access_log=False, server_header=False, limit_concurrency=CLIENTS,
        timeout_graceful_shutdown=GRACE, timeout_keep_alive=int(HEAD),
    )  # fmt: skip


async def run(config: uvicorn.Config, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve on a listening socket until a signal comes.

    Args:
        config: what is served.
        listener: the socket.
        ready: called once requests are answered.
    """
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            """End gracefully at a signal; the process ends as one that has done its work."""
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self.handle_exit, number, None)
            yield

    server = Server(config)
    running = asyncio.ensure_future(server.serve(sockets=[listener]))
    while not server.started and not running.done():
        await asyncio.sleep(0.01)
    if server.started:
        ready()
    await running


def _protocol() -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP protocol, with a bound on the time that the head of a request takes.

    https://github.com/encode/uvicorn leaves that to a proxy; without one, clients that send a
    byte now and then would hold all connections.
    """
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Bounded(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.loop.call_later(HEAD, self._look, transport)

        def _look(self, transport: Any) -> None:
            if self.cycle is None and not transport.is_closing():
                transport.close()

    return Bounded


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Yield a listening socket.

    Raises:
        UsageError: the address is taken or does not exist.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small parts at once (TCP_NODELAY) only where the protocol is named; else a
    # client on a kept connection waits 40 ms for each answer
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            remedy = "--port 0 takes a free one" if port else "give another --host"
            raise UsageError(
                f"cannot listen on {host} port {port}: {error.strerror or error}; {remedy}"
            ) from error
        listener.listen(128)
        listener.setblocking(False)
        yield listener


@contextlib.contextmanager
def _opened(options: Options) -> Iterator[tuple[Store, Engines]]:
    """Yield the graph, and the engines that answer queries on it.

    A file is loaded into a store directory of its own, which is removed in the end.
    """
    from mngraph import resources, versions
    from mngraph.rdffiles import names_file
    from mngraph.serving.engine import Elsewhere, Pool
    from mngraph.store import open_store

    location = options.location
    if location is not None and location.startswith(("http://", "https://")):
        yield open_store(location), Elsewhere(location)
    elif location is not None and (
        file := location if names_file(location) else versions.graph_at(location)
    ):
        from mngraph.loading import load

        with tempfile.TemporaryDirectory(prefix="mngraph-serve-") as folder:
            place = Path(folder) / "graph"
            load([str(file)], place)
            yield open_store(place), Pool(place)
    else:
        store = open_store(location)
        yield store, Pool(resources.release() if location is None else Path(location))
