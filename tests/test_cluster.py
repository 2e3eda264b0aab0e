"""Files of literature to shards on a real cluster: whatever dies, the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Runner
from literature import TITLE, article, pubmed

from mngraph.candidates import places
from mngraph.candidates.cluster import MANIFEST, SUMS, connected, make_all
from mngraph.candidates.known import Entry, Index
from mngraph.errors import LocationError
from mngraph.store import open_store

pytest.importorskip("distributed", reason="dask is not installed (the extra cluster)")
pytest.importorskip("fsspec", reason="fsspec is not installed (the extra cluster)")
pytest.importorskip("ahocorasick_rs", reason="ahocorasick-rs is not installed (literature)")

EACH = 25


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four files of articles; the last revises one of the first and takes back another."""
    folder = tmp_path_factory.mktemp("baseline")
    for number in range(4):
        made = [
            article(pmid=str(99200000 + 100 * number + n), title=f"{TITLE}, part {number}.{n}")
            for n in range(EACH)
        ]
        if number == 3:
            made.append(article(pmid="99200005", title=f"{TITLE} (revised)", revised="2026-05-05"))
        content = pubmed(*made, deleted="99200007" if number == 3 else "")
        path = folder / f"part{number}.xml.gz"
        path.write_bytes(gzip.compress(content.encode(), mtime=0))
    return folder


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with connected(None, 2) as opened:
        yield opened


def sources(folder: Path) -> list[str]:
    return places.expanded([f"{folder}/*.xml.gz"])


@pytest.fixture(scope="module")
def expected(client: Any, files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shards, when nothing dies."""
    target = tmp_path_factory.mktemp("shards")
    make_all(client, sources(files), str(target), Index())
    return target


def loaded(folder: Path, run: Runner) -> Any:
    assert run("load", *sorted(folder.glob("*.nq.gz")), "-o", "store").exit_code == 0
    return open_store("store")


def test_shards_have_the_sums_that_are_written_beside_them(expected: Path) -> None:
    for line in (expected / SUMS).read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((expected / name).read_bytes()).hexdigest() == digest
    manifest = json.loads((expected / MANIFEST).read_text("utf-8"))
    assert [each["source"] for each in manifest["shards"]] == [f"part{n}.xml.gz" for n in range(4)]
    assert manifest["counts"] == {"new": 4 * EACH + 1, "deleted": 1}


def test_what_a_later_file_revises_or_deletes_is_there_once_or_not_at_all(
    expected: Path, run: Runner
) -> None:
    store = loaded(expected, run)
    rows = store.select_internal(
        "SELECT ?id ?title { ?p bibo:pmid ?id ; dcterms:title ?title } ORDER BY ?id"
    )
    titles = {row["id"].value: row["title"].value for row in rows}
    assert len(titles) == 4 * EACH - 1
    assert "99200007" not in titles
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


def test_a_worker_that_is_killed_costs_time_only(
    client: Any, files: Path, expected: Path, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(_: int) -> None:
        if not killed:
            killed.extend(client.run(os.getpid).values())
            os.kill(killed[0], signal.SIGKILL)

    make_all(client, sources(files), str(tmp_path), Index(), note=kill)
    assert killed
    for name in (SUMS, MANIFEST):
        assert (tmp_path / name).read_bytes() == (expected / name).read_bytes()


def test_a_run_that_was_killed_goes_on_where_it_ended(
    files: Path, expected: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "mngraph", "ingest", f"{files}/*.xml.gz", "-o", "out"]
    command += ["--engine", "dask", "--workers", "1"]
    with subprocess.Popen(command, cwd=tmp_path, start_new_session=True) as first:
        for _ in range(3000):
            if done := list(tmp_path.glob("out/*.nq.gz.json")):
                break
            time.sleep(0.02)
        os.killpg(first.pid, signal.SIGKILL)
    before = {path: path.stat().st_mtime_ns for path in done}
    assert before
    assert not (tmp_path / "out" / MANIFEST).exists()
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "out" / SUMS).exists()
    kept = [path for path, when in before.items() if path.stat().st_mtime_ns == when]
    revised = tmp_path / "out" / "part0.nq.gz.json"  # which a later file takes two articles from
    assert set(before) - {revised} <= set(kept)


def test_known_publications_are_left_out(client: Any, files: Path, tmp_path: Path) -> None:
    known = Index()
    known.add(Entry(key="mine", stated={"pmid": "99200100"}))
    made = make_all(client, sources(files)[1:2], str(tmp_path), known)
    assert made.counts == {"known": 1, "new": EACH - 1}


def test_a_file_that_is_cut_off_is_named_and_made_again(
    client: Any, files: Path, expected: Path, tmp_path: Path
) -> None:
    room = tmp_path / "files"
    room.mkdir()
    whole = (files / "part1.xml.gz").read_bytes()
    (room / "part1.xml.gz").write_bytes(whole[:-30])
    first = make_all(client, sources(room), str(tmp_path / "out"), Index())
    assert [each.failed for each in first.receipts] == ["the compressed file is cut off"]
    (room / "part1.xml.gz").write_bytes(whole)
    second = make_all(client, sources(room), str(tmp_path / "out"), Index())
    assert [each.failed for each in second.receipts] == [""]
    made = (tmp_path / "out" / "part1.nq.gz").read_bytes()
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


def test_no_scheduler_is_an_error_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from mngraph.candidates import cluster

    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with (
        pytest.raises(LocationError, match="no scheduler answers at tcp"),
        connected("tcp://127.0.0.1:9", None),
    ):
        pass
