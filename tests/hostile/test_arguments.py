"""Arguments that no keyboard types: each is refused in one line, and none is an internal error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Runner

from mngraph.errors import LocationError, OutputError
from mngraph.files import write_bytes
from mngraph.store import open_store

WORDS = [
    "", " ", "x" * 5000, "\n", "*", "{", "'", "\\", "..", ":", "<http://a b>", "claim:x/line/y",
]  # fmt: skip
COMMANDS = [
    ("show",), ("explain",), ("evidence",), ("evidence", "-i"), ("info", "-g"), ("query",),
    ("query", "-e"), ("help",), ("map",), ("view", "a.html", "--focus"), ("export",),
    ("query", "studies-of", "-p"),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_odd_arguments_are_refused_in_one_line(
    command: tuple[str, ...], run: Runner, small: Path
) -> None:
    run.environment["MNGRAPH_GRAPH"] = str(small)
    for word in WORDS:
        result = run(*command, word)
        assert result.exit_code in (0, 2, 3, 4), (word, result.stderr)
        if result.exit_code:
            assert result.stderr.startswith("error: "), word
            assert len(result.stderr.splitlines()) == 1 and result.stdout == "", word


def test_bytes_that_are_not_utf8_are_an_error_of_usage(release: Path, tmp_path: Path) -> None:
    def mngraph(*args: bytes) -> subprocess.CompletedProcess[bytes]:
        command = [os.fsencode(sys.executable), b"-m", b"mngraph", *args]
        return subprocess.run(command, capture_output=True, cwd=tmp_path, check=False)

    store = os.fsencode(release)
    titled = mngraph(b"view", b"a.html", b"--title", b"\xff", b"-g", store)
    assert titled.returncode == 2 and b"not UTF-8" in titled.stderr
    nothing = mngraph(b"info", b"-g", b"no\xff\x1b[31m")
    assert nothing.returncode == 4 and b"\x1b" not in nothing.stderr


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_what_cannot_be_a_file_name(name: str) -> None:
    with pytest.raises(OutputError, match="a file cannot have this name"):
        write_bytes(name, b"")
    with pytest.raises(LocationError, match="a file cannot have this name"):
        open_store(name)
