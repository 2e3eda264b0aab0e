"""A client of an MCP server, as an assistant is one: the SDK's own, over stdio or HTTP."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any

import mngraph

SOURCES = Path(mngraph.__file__).parents[1]
PATIENCE = 60.0


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "MNGRAPH_GRAPH"}
    return kept | {"PYTHONPATH": str(SOURCES)}


class Assistant:
    """A client in a thread of its own, connected to a server from entering to leaving.

    Args:
        target: the address of a server; or the words after `mngraph mcp` to start one.
        mode: `auto` for the newest protocol that both know, `legacy` for the older handshake.
    """

    def __init__(self, target: str | list[str], mode: str = "auto") -> None:
        self.target, self.mode = target, mode
        self.client: Any = None
        self.failure: BaseException | None = None
        self.connected = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._stay()))

    async def _stay(self) -> None:
        from mcp import Client, StdioServerParameters, stdio_client

        server: Any = self.target
        if not isinstance(server, str):
            words = ["-m", "mngraph", "mcp", *server]
            started = StdioServerParameters(
                command=sys.executable, args=words, env=environment(), cwd=os.sep
            )
            server = stdio_client(started)
        self.loop, self.leaving = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with Client(server, mode=self.mode) as self.client:
                self.connected.set()
                await self.leaving.wait()
        except BaseException as error:
            self.failure = error
        finally:
            self.connected.set()

    def __enter__(self) -> Assistant:
        self.thread.start()
        self.connected.wait(PATIENCE)
        if self.failure:
            raise self.failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.loop.call_soon_threadsafe(self.leaving.set)
        self.thread.join(PATIENCE)

    def do(self, work: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
        """Return what some work with the client returns."""
        return asyncio.run_coroutine_threadsafe(work(self.client), self.loop).result(PATIENCE)

    def call(self, tool: str, **arguments: Any) -> Any:
        """Return the result of a tool."""
        return self.do(lambda client: client.call_tool(tool, arguments))

    def ask(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return the data of a tool's answer."""
        result = self.call(tool, **arguments)
        assert not result.is_error, result.content[0].text
        assert isinstance(result.structured_content, dict)
        return result.structured_content

    def refused(self, tool: str, **arguments: Any) -> str:
        """Return what an error of a tool says."""
        result = self.call(tool, **arguments)
        assert result.is_error, result.content[0].text[:300]
        assert result.structured_content is None
        return str(result.content[0].text)

    def read(self, uri: str) -> dict[str, str]:
        """Return the contents of a resource by media type."""
        found = self.do(lambda client: client.read_resource(uri))
        return {each.mime_type: each.text for each in found.contents}

    def pages(self, tool: str, field: str, **arguments: Any) -> list[Any]:
        """Return the entries of all pages of an answer."""
        found: list[Any] = []
        offset: int | None = 0
        while offset is not None:
            data = self.ask(tool, **arguments, offset=offset)
            found += data[field] if field in data else data["results"][field]
            offset = data["page"]["next_offset"]
        return found
