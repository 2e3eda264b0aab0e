"""Standard output that is closed, full or cut short: all is written, or the command fails."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

FULL = Path("/dev/full")
PRINTING = [
    ("--help",), ("--version",), ("info",), ("info", "--help"), ("query", "studies-by-country"),
    ("queries",), ("search", "acne"), ("show", "indication:acne-scar"),
    ("evidence", "-i", "acne-scar"), ("evidence", "-i", "acne-scar", "-f", "json"),
    ("explain", "microneedling", "acne-scar"), ("centrality",), ("export", "-", "-f", "nq"),
    ("query", "-e", "SELECT * { ?s ?p ?o }", "-f", "csv"),
    ("query", "unused-concepts", "-f", "json"),
]  # fmt: skip


def mngraph(
    release: Path, *args: str, stdout: int | IO[bytes] = subprocess.PIPE, unbuffered: bool = False,
    before: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[bytes]:  # fmt: skip
    """Run the command line in a process of its own."""
    environment = os.environ | {"MNGRAPH_GRAPH": str(release)}
    environment |= {"PYTHONUNBUFFERED": "1"} if unbuffered else {}
    return subprocess.run(
        [sys.executable, "-m", "mngraph", *args], stdout=stdout, stderr=subprocess.PIPE,
        env=environment, preexec_fn=before, check=False, timeout=120,
    )  # fmt: skip


def assert_one_line(result: subprocess.CompletedProcess[bytes], code: int = 4) -> None:
    """Hold a failed run to its exit code and one line of error."""
    message = result.stderr.decode()
    assert result.returncode == code, message
    lines = [line for line in message.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and "Traceback" not in message and "Exception" not in message


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full (Linux)")
@pytest.mark.parametrize("command", PRINTING, ids=" ".join)
def test_a_full_device_fails(command: tuple[str, ...], release: Path) -> None:
    unbuffered = PRINTING.index(command) % 2 == 0
    with FULL.open("wb") as full:
        assert_one_line(mngraph(release, *command, stdout=full, unbuffered=unbuffered))


@pytest.mark.parametrize("command", [PRINTING[0], *PRINTING[2:4], PRINTING[-1]], ids=" ".join)
def test_a_closed_output_fails(command: tuple[str, ...], release: Path) -> None:
    assert_one_line(mngraph(release, *command, before=lambda: os.close(1)))


@pytest.mark.parametrize("unbuffered", [False, True], ids=["buffered", "unbuffered"])
def test_a_file_that_takes_a_part_fails(unbuffered: bool, release: Path, tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    with (tmp_path / "part").open("wb") as part:
        result = mngraph(
            release, "export", "-", "-f", "nq", stdout=part, unbuffered=unbuffered, before=limit
        )
    assert_one_line(result)


def test_results_that_a_file_cannot_take_leave_none(release: Path, tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    target = tmp_path / "all.csv"
    text = "SELECT * { ?s ?p ?o }"
    assert_one_line(mngraph(release, "query", "-e", text, "-o", str(target), before=limit))
    assert list(tmp_path.iterdir()) == []


def test_unbuffered_output_is_whole(release: Path) -> None:
    whole = mngraph(release, "export", "-", "-f", "nq", unbuffered=True)
    assert whole.returncode == 0
    assert whole.stdout == mngraph(release, "export", "-", "-f", "nq").stdout


@pytest.mark.parametrize("command", [("--help",), ("info",), ("export", "-", "-f", "nq")])
def test_a_pipe_that_closes_ends_in_silence(command: tuple[str, ...], release: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = mngraph(release, *command, stdout=writer)
    finally:
        os.close(writer)
    assert (result.returncode, result.stderr) == (4, b"")


def test_closed_input_and_messages_are_no_reason_to_fail(release: Path) -> None:
    def close() -> None:
        os.close(0)
        os.close(2)

    result = mngraph(release, "info", before=close)
    assert result.returncode == 0 and b"0.1.0" in result.stdout
