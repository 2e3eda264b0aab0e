"""Processes that answer from a graph, as many as there are questions at once.

Each question has a process for itself. What takes too much time or memory, or is no longer wanted,
is ended with its process, while all others go on; the next question gets a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import Any

from mngraph.errors import LocationError, MngraphError, QueryError
from mngraph.serving.engine import GLANCE, die_with_parent, memory_of

START = "from mngraph.assistant.worker import main; main()"
READY = 60.0
"""Seconds within which a process has to open the graph."""
LINE = 2**24
"""Bytes of an answer; answers are much smaller (`mngraph.assistant.fitting`)."""


class RefusedError(MngraphError):
    """A question that a graph does not answer; the message says why, and what to ask instead."""


class Worker:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process.returncode is None

    def end(self) -> None:
        """Kill it."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    def memory(self) -> int:
        """Return the bytes of memory that it holds; 0 where that cannot be told."""
        return memory_of(self.process.pid)

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request, and return what comes back."""
        assert self.process.stdin is not None  # noqa: S101  (it was made with pipes)
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        with contextlib.suppress(ConnectionError):
            await self.process.stdin.drain()
        return await self.reply()

    async def reply(self) -> dict[str, Any]:
        """Return the next line that it writes; nothing where it has ended."""
        assert self.process.stdout is not None  # noqa: S101  (it was made with pipes)
        line = await self.process.stdout.readline()
        return dict(json.loads(line)) if line else {}


class Workers:
    """Processes over one graph.

    Args:
        location: the graph location; None is the graph of the release.
        most: the questions that are answered at once; others wait.
        seconds: the time after which a question is given up.
        memory: the bytes that a process may hold (Linux).
    """

    def __init__(
        self, location: str | None, most: int = 4, seconds: float = 30, memory: int = 2**31
    ) -> None:
        self.location, self.seconds, self.memory = location, seconds, memory
        self.turns = asyncio.Semaphore(most)
        self.idle: list[Worker] = []
        self.all: set[Worker] = set()
        self.warming: asyncio.Future[None] | None = None

    def warm(self) -> None:
        """Start a process before anything is asked."""
        self.warming = asyncio.ensure_future(self._warm())

    async def _warm(self) -> None:
        with contextlib.suppress(MngraphError):
            self.idle.append(await self._start())

    async def ask(self, do: str, name: str, arguments: dict[str, Any] | None = None) -> Any:
        """Return the answer to a question.

        Args:
            do: `call` for a tool, `read` for a resource, `list` for the resources.
            name: the tool, or the address of the resource.
            arguments: those of the tool.

        Raises:
            RefusedError: the graph has no answer, or it takes too long or too much memory.
        """
        request = {"do": do, "name": name, "arguments": arguments or {}}
        async with self.turns:
            worker = await self._taken()
            try:
                async with asyncio.timeout(self.seconds):
                    found = await self._watched(worker, request)
            except TimeoutError as error:
                raise RefusedError(
                    f"given up after {self.seconds:g} s: ask for less, such as fewer "
                    "concepts, fewer rows or a smaller join"
                ) from error
            finally:  # also where the client has withdrawn the question
                self._put_back(worker)
        if "error" in found:
            raise RefusedError(found["error"])
        return found["answer"]

    async def close(self) -> None:
        """End all processes, and wait until they are gone."""
        if self.warming:
            self.warming.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.warming
        for worker in self.all:
            worker.end()
        await asyncio.gather(*(worker.process.wait() for worker in self.all))
        self.idle.clear()
        self.all.clear()

    async def _watched(self, worker: Worker, request: dict[str, Any]) -> dict[str, Any]:
        """Return what a process answers, as long as it does not hold too much memory."""
        asked = asyncio.ensure_future(worker.ask(request))
        too_large = False
        try:
            while not (await asyncio.wait({asked}, timeout=GLANCE))[0]:
                if worker.memory() > self.memory:
                    too_large = True
                    worker.end()
            found = await asked
        finally:
            asked.cancel()
        if not found:
            why = "it took too much memory" if too_large else "its process ended"
            raise RefusedError(f"no answer, because {why}: ask for less")
        self.idle.append(worker)
        return found

    def _put_back(self, worker: Worker) -> None:
        """End a process that has not answered: it is not idle, and may work on for ever."""
        if worker not in self.idle:
            worker.end()

    async def _taken(self) -> Worker:
        if self.warming and not self.idle:
            await asyncio.shield(self.warming)
            self.warming = None
        while self.idle:
            worker = self.idle.pop()
            if worker.alive:
                return worker
        self.all = {worker for worker in self.all if worker.alive}
        try:
            return await self._start()
        except (LocationError, QueryError) as error:
            raise RefusedError(str(error)) from error

    async def _start(self) -> Worker:
        """Start a process, and wait until it has opened the graph.

        Raises:
            LocationError: it cannot be opened.
        """
        place = [self.location] if self.location else []
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-c", START, *place, limit=LINE, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, preexec_fn=die_with_parent(),
            start_new_session=True,  # Ctrl-C is for the parent
        )  # fmt: skip
        worker = Worker(process)
        self.all.add(worker)
        try:
            async with asyncio.timeout(READY):
                found = await worker.reply()
        except BaseException as error:  # also where the question is withdrawn meanwhile
            worker.end()
            if isinstance(error, TimeoutError):
                raise LocationError("the graph could not be opened in time") from error
            raise
        if "ready" not in found:
            raise LocationError(found.get("error", "the process that reads the graph ended"))
        return worker
