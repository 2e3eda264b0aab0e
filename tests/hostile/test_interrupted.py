"""Processes that are ended at the worst moment: the target is whole, and nothing is left behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mngraph import resources
from mngraph.drafts import set_aside
from mngraph.errors import LocationError
from mngraph.store import LocalStore, open_store

RECORD = Path(__file__).parents[2] / "data" / "studies" / "pmid-31469914.yaml"

DIE_BETWEEN = """
import os, signal, sys
from pathlib import Path
from mngraph import drafts
from mngraph.files import replacing

drafts.exchange = lambda first, second: False   # as on a system that cannot
rename = Path.rename
def die(path, target):
    rename(path, target)
    os.kill(os.getpid(), signal.SIGKILL)
Path.rename = die
with replacing(sys.argv[1], folder=True) as draft:
    draft.mkdir()
    (draft / "new").touch()
"""

WAIT_IN_DRAFT = """
import sys, time
from mngraph.files import replacing

with replacing(sys.argv[1]) as draft:
    draft.write_text("half")
    print("here", flush=True)
    time.sleep(60)
"""


class Processes:
    """Starts Python in processes of their own, away from the signals of this one."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *args: str | Path) -> subprocess.Popen[bytes]:
        """Start Python with some arguments."""
        process = subprocess.Popen(
            [sys.executable, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        self.started.append(process)
        return process

    def build(self, target: Path) -> subprocess.Popen[bytes]:
        """Start the build of a graph of one record."""
        return self.start("-m", "mngraph", "build", "--no-validate", RECORD, "-o", target)

    def end(self) -> None:
        """End what is still running."""
        for process in self.started:
            process.kill()
            process.communicate(timeout=30)


@pytest.fixture
def python() -> Iterator[Processes]:
    """Processes that end with the test."""
    processes = Processes()
    yield processes
    processes.end()


@pytest.fixture
def target(tmp_path: Path, python: Processes) -> Path:
    """A store that is there already."""
    place = tmp_path / "there" / "store"
    place.parent.mkdir()
    assert python.build(place).wait(120) == 0
    return place


def size(store: Path) -> int:
    """Return how many quads a store holds."""
    opened = open_store(store)
    assert isinstance(opened, LocalStore)
    return len(opened.oxigraph)


def test_a_build_may_be_killed_at_any_moment(target: Path, python: Processes) -> None:
    held = size(target)
    moments = random.Random(20261128)  # noqa: S311
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM):
        process = python.build(target)
        time.sleep(moments.uniform(0.2, 1.2))
        process.send_signal(number)
        process.wait(60)
        assert size(target) == held
        if number != signal.SIGKILL:
            assert process.returncode in (0, 128 + number, -number)
    assert python.build(target).wait(120) == 0
    assert [path.name for path in target.parent.iterdir()] == ["store"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_a_command_and_cleans_up(
    number: signal.Signals, tmp_path: Path, python: Processes
) -> None:
    (tmp_path / "wait.py").write_text(
        "import sys, time\nfrom mngraph import build\nfrom mngraph.cli import main\n"
        "def wait(*_):\n    print('here', flush=True)\n    time.sleep(60)\n"
        "build.build_graph = wait\nmain(['build', '-o', sys.argv[1]])\n"
    )
    (tmp_path / "there").mkdir()
    process = python.start(tmp_path / "wait.py", tmp_path / "there" / "x.nq")
    assert process.stdout and process.stderr
    assert process.stdout.readline() == b"here\n"
    process.send_signal(number)
    assert process.wait(30) == 128 + number
    assert not list((tmp_path / "there").iterdir())
    read, *message = process.stderr.read().decode().split("\n", 1)
    number = len(list((resources.folder("data") / "studies").glob("*.yaml")))
    assert read.startswith(f"reading {number} records of the release")
    assert message[0].strip().startswith("error: stopped") and len(message[0].split("\n")) <= 3


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path, python: Processes) -> None:
    code = (
        "import signal\nfrom mngraph.cli import process\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\nprocess.prepare()\n"
        "assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN\n"
    )
    assert python.start("-c", code).wait(30) == 0


def test_what_a_killed_process_leaves_goes_and_what_a_living_one_makes_stays(
    tmp_path: Path, python: Processes
) -> None:
    (tmp_path / "wait.py").write_text(WAIT_IN_DRAFT)
    folder = tmp_path / "there"
    folder.mkdir()
    dead, alive = (python.start(tmp_path / "wait.py", folder / name) for name in ("a", "b"))
    for process in (dead, alive):
        assert process.stdout
        assert process.stdout.readline() == b"here\n"
    dead.kill()
    dead.wait(30)
    assert len(list(folder.iterdir())) == 2
    assert python.build(folder / "c.nq").wait(120) == 0
    assert {path.name.split(".")[1] for path in folder.iterdir()} == {"b", "nq"}
    alive.terminate()
    alive.wait(30)


def test_a_folder_of_another_program_is_not_swept(tmp_path: Path, python: Processes) -> None:
    for name in (".a.mngraph-1234567", ".a.other-12345678", "a.mngraph-12345678"):
        (tmp_path / name).mkdir()
    there = {path.name for path in tmp_path.iterdir()}
    assert python.build(tmp_path / "c.nq").wait(120) == 0
    assert {path.name for path in tmp_path.iterdir()} == there | {"c.nq"}


def test_a_store_that_was_set_aside_is_named_and_comes_back(
    target: Path, python: Processes
) -> None:
    held = size(target)
    process = python.start("-c", DIE_BETWEEN, target)
    assert process.wait(30) == -signal.SIGKILL
    assert not target.exists()
    with pytest.raises(LocationError, match=r"this brings it back: mv .*old.store") as error:
        open_store(target)
    assert python.build(target.with_name("other.nq")).wait(120) == 0
    old = set_aside(target)
    assert old is not None, "the sweep took the only copy"
    subprocess.run(str(error.value).partition("back: ")[2], shell=True, check=True)  # noqa: S602
    assert size(target) == held


def test_a_build_that_fails_leaves_the_store_that_was_set_aside(
    target: Path, python: Processes
) -> None:
    held = size(target)
    python.start("-c", DIE_BETWEEN, target).wait(30)
    broken = target.parent.with_name("broken.yaml")
    broken.write_text("id: broken\n")
    assert python.start("-m", "mngraph", "build", broken, "-o", target).wait(120) in (1, 3)
    assert size(target) == held
    assert [path.name for path in target.parent.iterdir()] == ["store"]


def test_a_store_is_read_while_it_is_replaced(target: Path, python: Processes) -> None:
    code = (
        "import shutil, sys\nfrom mngraph.files import replacing\n"
        "for _ in range(60):\n    with replacing(sys.argv[1], folder=True) as draft:\n"
        "        shutil.copytree(sys.argv[2], draft)\n"
    )
    copy = target.parent.with_name("copy")
    os.rename(target, copy)  # noqa: PTH104
    (copy / "mngraph.json").unlink()
    process = python.start("-c", code, target, copy)
    while not target.exists() and process.poll() is None:
        time.sleep(0.01)
    held = {size(target) for _ in range(20)}
    assert process.wait(120) == 0
    assert held == {size(copy)}
