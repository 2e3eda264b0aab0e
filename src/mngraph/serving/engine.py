"""The engine: Oxigraph servers on loopback, started, watched and ended by this process.

A query that never ends cannot be stopped from outside: the server works on even when nobody waits
for the answer. So each query has a server of its own for as long as it runs. What takes too much
time or memory is ended with its server, while all others go on; a server that died is replaced.
Servers read the same store directory and start in a few hundredths of a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Protocol

from mngraph.errors import LocationError, MissingExtraError

LOOPBACK = "127.0.0.1"
LINUX = sys.platform == "linux"
READY = 20.0
"""Seconds within which a server has to answer after its start."""
PAUSE = 0.01
"""Seconds between two looks at whether a server answers."""
GLANCE = 0.25
"""Seconds between two looks at how much memory a server holds."""
DEATH_OF_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


class Engine(Protocol):
    """A SPARQL endpoint that one query has for itself."""

    url: str

    def end(self) -> None:
        """Give up what it is doing."""


class Engines(Protocol):
    """Where engines come from.

    Attributes:
        constant: whether the graph that they answer from stays as it is.
    """

    constant: bool

    def lease(self) -> contextlib.AbstractAsyncContextManager[Engine]:
        """Yield an engine that nobody else asks meanwhile."""

    async def close(self) -> None:
        """End all engines."""

    async def healthy(self) -> bool:
        """Return whether an engine answers."""


class Server:
    """One Oxigraph server."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process, self.port, self.ended = process, port, False
        self.url = f"http://{LOOPBACK}:{port}/query"

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return not self.ended and self.process.returncode is None

    def end(self) -> None:
        """Kill the process."""
        self.ended = True
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    def memory(self) -> int:
        """Return the bytes of memory that it holds; 0 where that cannot be told."""
        return memory_of(self.process.pid)


def memory_of(pid: int) -> int:
    """Return the bytes of memory that a process holds; 0 where that cannot be told."""
    try:
        resident = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    except OSError:
        return 0
    return int(resident) * os.sysconf("SC_PAGE_SIZE")


class Pool:
    """Oxigraph servers over one store directory, as many as there are queries at once.

    Args:
        folder: the store directory.
        memory: the bytes that a server may hold; it is ended when it holds more (Linux).
    """

    constant = True

    def __init__(self, folder: Path, memory: int = 2**31) -> None:
        self.command = [_program(), "serve-read-only", "--location", str(folder)]
        self.memory = memory
        self.idle: list[Server] = []
        self.all: set[Server] = set()

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncIterator[Server]:
        """Yield a server that nobody else asks meanwhile; it is ended if the caller is cancelled.

        Raises:
            LocationError: no server can be started.
        """
        server = await self._take()
        watch = asyncio.ensure_future(self._watch(server))
        try:
            yield server
        except BaseException:
            server.end()
            raise
        finally:
            watch.cancel()
            if server.alive:
                self.idle.append(server)

    async def close(self) -> None:
        """End all servers, and wait until they are gone."""
        for server in self.all:
            server.end()
        await asyncio.gather(*(server.process.wait() for server in self.all))
        self.idle.clear()
        self.all.clear()

    async def healthy(self) -> bool:
        """Return whether a server runs or can be started."""
        try:
            async with self.lease():
                return True
        except LocationError:
            return False

    async def _take(self) -> Server:
        while self.idle:
            server = self.idle.pop()
            if server.alive and await _answers(server.port):
                return server
            server.end()
        self.all = {server for server in self.all if server.process.returncode is None}
        server = await self._start()
        self.all.add(server)
        return server

    async def _start(self) -> Server:
        port = _free_port()
        process = await asyncio.create_subprocess_exec(
            *self.command, "--bind", f"{LOOPBACK}:{port}", "--union-default-graph",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL, preexec_fn=die_with_parent(),
        )  # fmt: skip
        server = Server(process, port)
        try:
            async with asyncio.timeout(READY):
                while server.alive and not await _answers(port):
                    await asyncio.sleep(PAUSE)
                await asyncio.sleep(PAUSE)  # it ends at once if somebody else has taken the port
        except BaseException as error:
            server.end()
            if isinstance(error, TimeoutError):
                raise LocationError("the Oxigraph server does not answer") from error
            raise
        if not server.alive:
            raise LocationError(
                f"the Oxigraph server ended at once (exit code {process.returncode}): "
                f"{' '.join(self.command)}"
            )
        return server

    async def _watch(self, server: Server) -> None:
        """End a server that holds too much memory."""
        while server.alive:
            await asyncio.sleep(GLANCE)
            if server.memory() > self.memory:
                server.end()


class Elsewhere:
    """An endpoint that others run; it can be asked, and not be ended."""

    constant = False

    def __init__(self, url: str) -> None:
        self.url = url

    def end(self) -> None:
        """Do nothing: the connection is closed by whoever asked."""

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncIterator[Elsewhere]:
        """Yield the endpoint."""
        yield self

    async def close(self) -> None:
        """Do nothing."""

    async def healthy(self) -> bool:
        """Return that nothing is known against it."""
        return True


def _program() -> str:
    """Return the path of the Oxigraph server.

    Raises:
        MissingExtraError: it is not installed.
    """
    beside = Path(sys.executable).parent
    found = shutil.which("oxigraph", path=str(beside)) or shutil.which("oxigraph")
    if found is None:
        raise MissingExtraError(
            "the Oxigraph server is missing, which answers queries: pip install 'mngraph[serve]'"
        )
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True


def die_with_parent() -> Callable[[], None] | None:
    """Return what makes a process end with this one, also when this one is killed (Linux)."""
    if not LINUX:
        return None
    import ctypes

    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(DEATH_OF_PARENT, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent

    return prepare
