"""Fixtures for tests: the store of the release, and a runner of commands."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from click.testing import CliRunner, Result

import mngraph
from mngraph import build
from mngraph.cli import cli
from mngraph.store import LocalStore, local, open_store

CHECKOUT = Path(__file__).parents[1]
CHROMIUM = Path("/usr/bin/chromium")
POOLED = "indications: [androgenetic-alopecia]\n"
"""The line of a record on androgenetic alopecia alone."""
Item = TypeVar("Item")


def sampled(items: Iterable[Item], step: int) -> list[Item]:
    """Return each item of that step, such as every tenth; all where MNGRAPH_EVERY is set.

    What holds for each claim or question of the release is tested on a part of them, so that the
    tests end in time, and on all before a release.
    """
    return list(items)[:: 1 if os.environ.get("MNGRAPH_EVERY") else step]


@pytest.fixture(autouse=True, scope="session")
def hangups_reach_child_processes() -> Iterator[None]:
    """Let child processes have the default for SIGHUP, also where `nohup` runs the tests.

    A process passes on that it ignores a signal, but not that it handles one.
    """
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGHUP, lambda *_: None)
    yield
    if ignored:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


@pytest.fixture(scope="session")
def store(graph: mngraph.Graph) -> LocalStore:
    """The store of the release's graph."""
    return local(graph.store)


@pytest.fixture(scope="session")
def part_folder(built: Callable[[str, Iterable[Path]], Path]) -> Path:
    """The store directory of a part of the release; of all of it with MNGRAPH_EVERY.

    It has every sixth record, and all on androgenetic alopecia alone, whose trials are pooled.
    """
    files = build.release_files()
    pooled = (path for path in files if POOLED in path.read_text("utf-8"))
    return built("part", sorted({*sampled(files, 6), *pooled}))


@pytest.fixture(scope="session")
def part(part_folder: Path) -> LocalStore:
    """The store of that part of the release."""
    return local(open_store(part_folder))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, as playwright drives it; each test opens pages or contexts of its own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is not at {CHROMIUM}")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield opened
        opened.close()


class Runner:
    """Runs commands as a user would, on the graph of the release unless told otherwise."""

    def __init__(self, release: Path) -> None:
        self.environment = {"MNGRAPH_GRAPH": str(release), "COLUMNS": "120"}

    def __call__(self, *args: str | Path, text: str | None = None) -> Result:
        """Run `mngraph ARGS` and return exit code, stdout and stderr."""
        words = [str(arg) for arg in args]
        return CliRunner().invoke(cli, words, input=text, env=self.environment, prog_name="mngraph")


@pytest.fixture
def run(release: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Runner]:
    """A runner of commands, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    yield Runner(release)
