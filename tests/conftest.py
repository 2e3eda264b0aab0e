"""Fixtures for tests: the store of the release, and a runner of commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import mngraph
from mngraph.cli import cli
from mngraph.store import LocalStore

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def store(graph: mngraph.Graph) -> LocalStore:
    """The store of the release's graph."""
    assert isinstance(graph.store, LocalStore)
    return graph.store


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
