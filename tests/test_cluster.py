"""Files of literature to shards on a real cluster: whatever dies, the same bytes.

Each run is a process of its own, as users have it: what a killed worker leaves open in the process
that started it is not the business of other tests.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Runner
from literature import TITLE, article, pubmed

from mngraph.candidates.cluster import MANIFEST, SUMS
from mngraph.store import open_store

pytest.importorskip("distributed", reason="dask is not installed (the extra cluster)")
pytest.importorskip("fsspec", reason="fsspec is not installed (the extra cluster)")
pytest.importorskip("ahocorasick_rs", reason="ahocorasick-rs is not installed (literature)")

EACH = 25
KNOWN = "31469914"
"""The PMID of a study of the release."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four files of articles; the last revises one of the first and takes back another."""
    folder = tmp_path_factory.mktemp("baseline")
    for number in range(4):
        made = [
            article(pmid=str(99200000 + 100 * number + n), title=f"{TITLE}, part {number}.{n}")
            for n in range(EACH)
        ]
        if number == 2:
            made.append(article(pmid=KNOWN, title=f"{TITLE}, which has a record"))
        if number == 3:
            made.append(article(pmid="99200005", title=f"{TITLE} (revised)", revised="2026-05-05"))
        content = pubmed(*made, deleted="99200007" if number == 3 else "")
        path = folder / f"part{number}.xml.gz"
        path.write_bytes(gzip.compress(content.encode(), mtime=0))
    return folder


def command(folder: Path, target: Path, workers: int = 2) -> list[str]:
    return [
        sys.executable, "-m", "mngraph", "ingest", f"{folder}/*.xml.gz", "-o", str(target),
        "--engine", "dask", "--workers", str(workers),
    ]  # fmt: skip


def ran(folder: Path, target: Path, code: int = 0) -> str:
    """Make shards, and return what was said."""
    done = subprocess.run(command(folder, target), capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def expected(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shards, when nothing dies."""
    target = tmp_path_factory.mktemp("shards")
    ran(files, target)
    return target


def manifest(folder: Path) -> Any:
    return json.loads((folder / MANIFEST).read_text("utf-8"))


def workers_of(process: int) -> list[int]:
    """The processes of a cluster that do the work, which a process has started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = (entry / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == process and b"spawn_main" in words:
            found.append(int(entry.name))
    return found


def test_shards_have_the_sums_that_are_written_beside_them(expected: Path) -> None:
    for line in (expected / SUMS).read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((expected / name).read_bytes()).hexdigest() == digest
    found = manifest(expected)
    assert [each["source"] for each in found["shards"]] == [f"part{n}.xml.gz" for n in range(4)]
    assert found["counts"] == {"new": 4 * EACH + 1, "deleted": 1, "known": 1}


def test_what_a_later_file_revises_or_deletes_is_there_once_or_not_at_all(
    expected: Path, run: Runner
) -> None:
    assert run("load", *sorted(expected.glob("*.nq.gz")), "-o", "store").exit_code == 0
    rows = open_store("store").select_internal(
        "SELECT ?id ?title { ?p bibo:pmid ?id ; dcterms:title ?title } ORDER BY ?id"
    )
    titles = {row["id"].value: row["title"].value for row in rows}
    assert len(titles) == 4 * EACH - 1
    assert not {"99200007", KNOWN} & set(titles)
    assert titles["99200005"] == f"{TITLE} (revised)"


def test_shards_hold_what_ingest_writes(expected: Path, files: Path, run: Runner) -> None:
    parts = [files / f"part{n}.xml.gz" for n in (1, 2)]
    graph = Path("candidates.nq")
    assert run("ingest", *parts, "-o", "folder", "--graph", graph).exit_code == 0
    lines = [
        line
        for n in (1, 2)
        for line in gzip.decompress((expected / f"part{n}.nq.gz").read_bytes()).splitlines()
    ]
    assert sorted(lines) == sorted(graph.read_bytes().splitlines())


@pytest.mark.skipif(sys.platform != "linux", reason="workers are found in /proc")
def test_a_worker_that_is_killed_costs_time_only(
    files: Path, expected: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command(files, target), **quiet) as process:  # type: ignore[call-overload]
        while process.poll() is None and not list(target.glob("*.nq.gz")):
            time.sleep(0.02)
        killed = workers_of(process.pid)
        for worker in killed[:1]:
            os.kill(worker, signal.SIGKILL)
        assert process.wait(300) == 0
    assert killed
    for name in (SUMS, MANIFEST):
        assert (target / name).read_bytes() == (expected / name).read_bytes()


def test_a_run_that_was_killed_goes_on_where_it_ended(
    files: Path, expected: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    with subprocess.Popen(command(files, target, 1), start_new_session=True) as first:
        while first.poll() is None and not (done := list(target.glob("*.nq.gz.json"))):
            time.sleep(0.02)
        os.killpg(first.pid, signal.SIGKILL)
    before = {path.name: path.stat().st_mtime_ns for path in done}
    assert before
    assert not (target / MANIFEST).exists()
    ran(files, target)
    assert (target / SUMS).read_bytes() == (expected / SUMS).read_bytes()
    kept = {name for name, when in before.items() if (target / name).stat().st_mtime_ns == when}
    assert set(before) - {"part0.nq.gz.json"} <= kept  # a later file takes two articles from it


def test_a_file_that_is_cut_off_is_named_and_made_again(
    files: Path, expected: Path, tmp_path: Path
) -> None:
    room, target = tmp_path / "files", tmp_path / "out"
    room.mkdir()
    whole = (files / "part1.xml.gz").read_bytes()
    (room / "part1.xml.gz").write_bytes(whole[:-30])
    assert ran(room, target, 3).endswith("part1.xml.gz: the compressed file is cut off\n")
    assert [each["failed"] for each in manifest(target)["shards"]] == [
        "the compressed file is cut off"
    ]
    (room / "part1.xml.gz").write_bytes(whole)
    ran(room, target)
    made = (target / "part1.nq.gz").read_bytes()
    assert made == (expected / "part1.nq.gz").read_bytes()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["nowhere/*.xml.gz", "--engine", "dask"], 4, "no file is named by nowhere/*.xml.gz"),
        (["x.xml", "--workers", "2"], 2, "--scheduler and --workers need --engine dask"),
        (["x.xml", "--engine", "dask", "--graph", "x.nq"], 2, "--graph needs --engine here"),
    ],
    ids=["no file", "no cluster", "no graph"],
)
def test_what_does_not_go_together_is_refused(
    options: list[str], code: int, message: str, run: Runner
) -> None:
    result = run("ingest", *options, "-o", "out")
    assert result.exit_code == code
    assert result.stderr.startswith("error: ")
    assert message in result.stderr


def test_no_scheduler_is_an_error_of_one_line(files: Path, tmp_path: Path) -> None:
    code = (
        "from mngraph.candidates import cluster; from mngraph.cli import main; "
        "cluster.PATIENCE = 1; main()"
    )
    options = command(files, tmp_path / "out")[3:-2]
    done = subprocess.run(
        [sys.executable, "-c", code, *options, "--scheduler", "tcp://127.0.0.1:9"],
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 4
    assert done.stderr.startswith("error: no scheduler answers at tcp://127.0.0.1:9")
    assert done.stderr.count("\n") == 1
