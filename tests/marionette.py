"""Firefox driven by its own protocol, Marionette, without a driver between: JSON over a socket.

A message is its length, a colon, and JSON: `[0, id, command, parameters]` asks, and
`[1, id, error, result]` answers (https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html).
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
SECONDS = 60


class Firefox:
    """A Firefox without a window, in a profile of its own."""

    def __init__(self, profile: Path) -> None:
        assert FIREFOX
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        # Whatever leaves the machine goes to a port that is closed.
        settings = {
            "marionette.port": port, "app.update.enabled": False,
            "datareporting.policy.dataSubmissionEnabled": False, "network.proxy.type": 1,
            "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9,
            "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9,
        }  # fmt: skip
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in settings.items())
        (profile / "user.js").write_text("".join(lines))
        command = [FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
        environment = {**os.environ, "HOME": str(profile), "MOZ_CRASHREPORTER_DISABLE": "1"}
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.socket = self._connected(port)
        self.number, self.rest = 0, b""
        self._message()
        self.do("WebDriver:NewSession", capabilities={"alwaysMatch": {}})
        self.do("WebDriver:SetTimeouts", script=SECONDS * 1000)

    def _connected(self, port: int) -> socket.socket:
        for _ in range(SECONDS * 5):
            if self.process.poll() is not None:
                raise RuntimeError(f"Firefox ended with {self.process.returncode}")
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
            except OSError:
                time.sleep(0.2)
        raise TimeoutError("Firefox opens no port for Marionette")

    def _message(self) -> Any:
        while b":" not in self.rest:
            self.rest += self._received()
        size, _, self.rest = self.rest.partition(b":")
        while len(self.rest) < int(size):
            self.rest += self._received()
        content, self.rest = self.rest[: int(size)], self.rest[int(size) :]
        return json.loads(content)

    def _received(self) -> bytes:
        if data := self.socket.recv(2**16):
            return data
        raise ConnectionError("Firefox closed the connection")

    def do(self, command: str, **parameters: Any) -> Any:
        """Run a command and return its result."""
        self.number += 1
        message = json.dumps([0, self.number, command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._message()
        if error:
            raise RuntimeError(f"{command}: {error['message']}")
        return result

    def go(self, address: str) -> None:
        """Open a page."""
        self.do("WebDriver:Navigate", url="about:blank")
        self.do("WebDriver:Navigate", url=address)

    def evaluate(self, function: str, *arguments: Any) -> Any:
        """Return what a function in the page, or its promise, returns."""
        script = (
            "const [given, done] = [[...arguments].slice(0, -1), arguments[arguments.length - 1]];"
            f"Promise.resolve(({function})(...given))"
            ".then((v) => done([v]), (e) => done([null, String(e)]));"
        )
        found = self.do(
            "WebDriver:ExecuteAsyncScript", script=script, args=list(arguments), sandbox=None
        )["value"]
        if len(found) > 1:
            raise RuntimeError(found[1])
        return found[0]

    def wait_for(self, selector: str) -> None:
        """Wait until something is in the page."""
        for _ in range(SECONDS * 10):
            if self.evaluate("(s) => Boolean(document.querySelector(s))", selector):
                return
            time.sleep(0.1)
        raise TimeoutError(f"{selector} does not come")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)
