"""The graph of the release, built once from this checkout, for tests and for docstring examples."""

from __future__ import annotations

from pathlib import Path

import pytest

import mngraph
from mngraph import build, resources


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store directory of the release, built from the records of this checkout."""
    target = tmp_path_factory.mktemp("release") / "store"
    build.build_store(build.release_files(), target)
    return target


@pytest.fixture(scope="session")
def graph(release: Path) -> mngraph.Graph:
    """The graph of the release, opened for reading."""
    return mngraph.load(release)


@pytest.fixture(autouse=True)
def examples_use_this_checkout(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Let examples in docstrings open the release built here, and write to an empty folder."""
    if isinstance(request.node, pytest.DoctestItem):
        monkeypatch.setattr(resources, "release", lambda: request.getfixturevalue("release"))
        monkeypatch.chdir(tmp_path)
