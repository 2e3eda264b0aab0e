"""What all tests of this folder need."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def hangups_reach_child_processes() -> Iterator[None]:
    """Let child processes have the default for SIGHUP, also where `nohup` runs the tests.

    A process passes on that it ignores a signal, but not that it handles one.
    """
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGHUP, lambda *_: None)
    yield
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
