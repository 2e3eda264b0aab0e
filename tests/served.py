"""`mngraph serve` as a process of its own, for tests and benchmarks that ask it over HTTP."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

START = 60.0
"""Seconds within which a server has to print its address."""


class Served:
    """A running server; it is killed at the end, and so are its engines.

    Args:
        arguments: what follows `mngraph serve --port 0`.

    Attributes:
        url: its address, without a slash at its end.
        process: the process of the server.
    """

    def __init__(self, *arguments: str | Path) -> None:
        self.words = [str(word) for word in arguments]
        self.errors: BinaryIO | None = None
        self.said, self.url = "", ""

    def __enter__(self) -> Served:
        environment = {key: value for key, value in os.environ.items() if key != "MNGRAPH_GRAPH"}
        command = [sys.executable, "-m", "mngraph", "serve", "--port", "0", *self.words]
        self.errors = cast("BinaryIO", tempfile.TemporaryFile())
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.errors, env=environment,
            start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], START)
        self.url = self.process.stdout.readline().decode().strip().rstrip("/") if ready else ""
        if not self.url:
            self.__exit__(None, None, None)
            raise RuntimeError(f"no address was printed: {self.log()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for process in (*self.engines(), self.process.pid):
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.said = self.log()
        if self.errors:
            self.errors.close()
            self.errors = None

    @property
    def address(self) -> tuple[str, int]:
        """Its host and port."""
        host, _, port = self.url.removeprefix("http://").partition("/")[0].rpartition(":")
        return host, int(port)

    def log(self) -> str:
        """Return what it wrote to stderr."""
        if self.errors is None:
            return self.said
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def engines(self) -> list[int]:
        """Return the processes that it started and that run (Linux)."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(n) for n in children.read_text("ascii").split()] if children.exists() else []


def runs(process: int) -> bool:
    """Return whether a process runs and is not just waiting to be collected (Linux).

    A killed process holds its sockets until the last of its threads has ended.
    """
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
        return state != "Z" or len(list(Path(f"/proc/{process}/task").iterdir())) > 1
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(processes: list[int], seconds: float) -> bool:
    """Wait until no process runs; return whether that came true in time."""
    end = time.monotonic() + seconds
    while any(map(runs, processes)):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
