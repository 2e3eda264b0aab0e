"""The MCP server: tools and resources over standard input and output, or over HTTP.

https://modelcontextprotocol.io/specification
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph.assistant.arguments import checked
from mngraph.assistant.described import document, tools
from mngraph.assistant.workers import RefusedError, Workers
from mngraph.errors import MissingExtraError, UsageError
from mngraph.nearest import nearest

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

PATH = "/mcp"
"""Where the server answers over HTTP."""
NOT_FOUND, WRONG = -32002, -32602
"""Codes of errors for a resource that is not there, and for wrong parameters."""
KEPT = 3_600_000
"""Milliseconds for which a client may keep the lists: they do not change while a server runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a graph is served.

    Attributes:
        location: the graph location; None is the graph of the release.
        seconds: the time after which a question is given up.
        running: the questions that are answered at once.
        host: the address to listen on, over HTTP.
        port: the port to listen on; 0 takes a free one.
        names: more names under which clients reach this machine over HTTP.
    """

    location: str | None
    seconds: float = 30
    running: int = 4
    host: str = "127.0.0.1"
    port: int = 0
    names: tuple[str, ...] = ()


def require() -> None:
    """Check that the library of the protocol is there.

    Raises:
        MissingExtraError: it is not installed, or too old.
    """
    try:
        import mcp_types  # noqa: F401
        from mcp.server.lowlevel import Server  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("mngraph mcp needs more: pip install 'mngraph[mcp]'") from error


def server(workers: Workers) -> Server[Any]:
    """Return the server over the processes that answer."""
    import mcp_types as types
    from mcp.server.lowlevel import Server
    from mcp.shared.exceptions import MCPError

    import mngraph

    async def list_tools(_: Any, __: Any) -> types.ListToolsResult:
        found = [types.Tool.model_validate(tool) for tool in tools().values()]
        return types.ListToolsResult(tools=found, ttl_ms=KEPT, cache_scope="private")

    async def call_tool(_: Any, asked: types.CallToolRequestParams) -> types.CallToolResult:
        if asked.name not in tools():
            near = nearest(asked.name[:80], tools(), 50)
            hint = f"; did you mean {near}?" if near else f": the tools are {', '.join(tools())}"
            raise MCPError(WRONG, f"no tool is called {asked.name[:80]!r}{hint}")
        try:
            arguments = checked(asked.name, asked.arguments or {})
            found = await workers.ask("call", asked.name, arguments)
        except (RefusedError, UsageError) as error:
            text = types.TextContent(type="text", text=f"error: {error}")
            return types.CallToolResult(content=[text], is_error=True)
        text = types.TextContent(type="text", text=found["text"])
        return types.CallToolResult(content=[text], structured_content=found["data"])

    async def list_resources(_: Any, __: Any) -> types.ListResourcesResult:
        found = await _asked("list", "")
        return types.ListResourcesResult(
            resources=[types.Resource.model_validate(each) for each in found],
            ttl_ms=KEPT, cache_scope="private",
        )  # fmt: skip

    async def list_templates(_: Any, __: Any) -> types.ListResourceTemplatesResult:
        found = document("resources")["templates"]
        return types.ListResourceTemplatesResult(
            resource_templates=[types.ResourceTemplate.model_validate(each) for each in found],
            ttl_ms=KEPT, cache_scope="private",
        )  # fmt: skip

    async def read(_: Any, asked: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        found = await _asked("read", str(asked.uri))
        contents: Any = [types.TextResourceContents.model_validate(each) for each in found]
        return types.ReadResourceResult(contents=contents, ttl_ms=KEPT, cache_scope="private")

    async def _asked(do: str, name: str) -> Any:
        try:
            return await workers.ask(do, name)
        except RefusedError as error:
            raise MCPError(NOT_FOUND, str(error)) from error

    return Server(
        "mngraph", version=mngraph.__version__, title="mngraph: evidence as linked data",
        instructions=document("tools")["instructions"], on_list_tools=list_tools,
        on_call_tool=call_tool, on_list_resources=list_resources,
        on_list_resource_templates=list_templates, on_read_resource=read,
    )  # fmt: skip


def over_stdio(options: Options) -> None:
    """Answer over standard input and output until the input ends or a signal comes.

    Raises:
        MissingExtraError: the library of the protocol is not installed.
        LocationError: the graph cannot be opened.
    """
    require()
    with _place(options.location) as location:
        asyncio.run(_stdio(Workers(location, options.running, options.seconds)))


async def _stdio(workers: Workers) -> None:
    from mcp.server.stdio import stdio_server

    made = server(workers)

    async def answer() -> None:
        async with stdio_server() as (source, target):
            await made.run(source, target, made.create_initialization_options())

    async with _warm(workers):
        ended = asyncio.Event()
        _on_signals(ended.set)
        work = asyncio.ensure_future(answer())
        stop = asyncio.ensure_future(ended.wait())
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            stop.cancel()
            await work
            return
        await workers.close()
    _leave()  # a thread still waits for the next line, and nothing can wake it


def _on_signals(then: Callable[[], None]) -> None:
    """Call a function when a signal is to end this process, where the system has such signals."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, then)


def _leave() -> None:
    """End the process at once, as one that has done its work."""
    import os

    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(0)


@contextlib.asynccontextmanager
async def _warm(workers: Workers) -> AsyncIterator[None]:
    """Start a first process meanwhile, and end all in the end."""
    workers.warm()
    try:
        yield
    finally:
        await workers.close()


def over_http(options: Options, ready: Callable[[str], None]) -> None:
    """Answer over HTTP until a signal ends it.

    Args:
        options: the graph, the address, and the bounds.
        ready: called with the address once requests are answered.

    Raises:
        MissingExtraError: the libraries of the server are not installed.
        UsageError: the address is taken or does not exist.
        LocationError: the graph cannot be opened.
    """
    require()
    from mcp.server.transport_security import TransportSecuritySettings

    from mngraph.serving.guards import Logged
    from mngraph.serving.running import config, listening, run

    with (
        _place(options.location) as location,
        listening(options.host, options.port) as listener,
    ):
        workers = Workers(location, options.running, options.seconds)
        port = listener.getsockname()[1]
        names = known_names(options)
        rules = TransportSecuritySettings(
            allowed_hosts=[each for name in names for each in (name, f"{name}:{port}")],
            allowed_origins=[f"http://{name}:{port}" for name in names],
        )
        app = server(workers).streamable_http_app(
            streamable_http_path=PATH, transport_security=rules, host=options.host
        )

        async def main() -> None:
            async with _warm(workers):
                await run(
                    config(Logged(app), ""),
                    listener,
                    lambda: ready(f"http://{names[0]}:{port}{PATH}"),
                )

        asyncio.run(main())


def known_names(options: Options) -> list[str]:
    """Return the names by which clients may call a server, as they stand in the header Host.

    Any other name may be one that a web page has pointed at this machine (DNS rebinding).

    >>> known_names(Options(location=None))
    ['127.0.0.1', 'localhost', '[::1]']
    >>> known_names(Options(location=None, host="10.0.0.7", names=("graph.example.org",)))
    ['10.0.0.7', 'graph.example.org']
    """
    loopback = ["127.0.0.1", "localhost", "[::1]"]
    own = f"[{options.host}]" if ":" in options.host else options.host
    if own in loopback:
        return list(dict.fromkeys([own, *loopback, *options.names]))
    return list(dict.fromkeys([own, *options.names]))


@contextlib.contextmanager
def _place(location: str | None) -> Iterator[str | None]:
    """Yield where processes find a graph; a file is loaded once, into a folder of its own.

    Raises:
        LocationError: it cannot be opened.
    """
    from mngraph.rdffiles import names_file
    from mngraph.store import open_store

    if location is None or location.startswith(("http://", "https://")):
        open_store(location)
        yield location
    elif names_file(location):
        import tempfile

        from mngraph.loading import load

        with tempfile.TemporaryDirectory(prefix="mngraph-mcp-") as folder:
            place = Path(folder) / "graph"
            load([location], place)
            yield str(place)
    else:
        open_store(location)
        yield str(Path(location).absolute())
