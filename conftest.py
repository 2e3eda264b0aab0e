"""The graph of the release, built once from this checkout, for tests and for docstring examples."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

import mngraph
from mngraph import build, resources

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files of slow tests, so that processes that share the work end together."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run one process more than there are processors: tests of pages and servers wait a lot."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Callable[[str, Iterable[Path]], Path]:
    """What builds records into a store directory of some name, and returns it.

    It is built once and shared, however many processes run the tests.
    """
    folder = tmp_path_factory.getbasetemp()

    def make(name: str, records: Iterable[Path]) -> Path:
        target = (folder if worker_id == "master" else folder.parent) / name
        with FileLock(f"{target}.lock"):
            if not target.is_dir():
                build.build_store(records, target)
        return target

    return make


@pytest.fixture(scope="session")
def release(built: Callable[[str, Iterable[Path]], Path]) -> Path:
    """The store directory of the release, built from the records of this checkout."""
    return built("release", build.release_files())


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store directory of three records, for what does not depend on the size of a graph."""
    target = tmp_path_factory.mktemp("small") / "store"
    build.build_store(build.release_files()[:3], target)
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


@pytest.fixture(autouse=True)
def output_is_as_wide_as_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test depend on the terminal in which the tests run, or on there being one."""
    monkeypatch.setenv("COLUMNS", "160")
