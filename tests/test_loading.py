"""`mngraph load`: RDF files of any size and syntax into a store directory."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import Runner

from mngraph.cli import load as command
from mngraph.errors import GraphSyntaxError, LocationError, OutputError
from mngraph.loading import load
from mngraph.store import open_store
from mngraph.syntaxes import ENDINGS

TRIPLE = "<http://e/{0}> <http://e/p> <http://e/o> .\n"
MANY = "".join(TRIPLE.format(number * 7919) for number in range(5000))
QUAD = "<http://e/{0}> <http://e/p> <http://e/o> <http://e/g> .\n"


def lines(location: str | Path) -> list[str]:
    """The quads of a graph as N-Quads writes them, sorted."""
    return sorted(f"{quad} .\n" for quad in open_store(location).quads())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.nt", TRIPLE.format("a").encode()),
        ("a.nq", TRIPLE.format("a").encode()),
        ("a.ttl", b"@prefix e: <http://e/> . e:a e:p e:o ."),
        ("a.trig", b"@prefix e: <http://e/> . e:a e:p e:o ."),
        ("a.n3", b"@prefix e: <http://e/> . e:a e:p e:o ."),
        ("a.jsonld", b'{"@id": "http://e/a", "http://e/p": {"@id": "http://e/o"}}'),
        (
            "a.rdf",
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
            b'<rdf:Description rdf:about="http://e/a"><e:p rdf:resource="http://e/o"/>'
            b"</rdf:Description></rdf:RDF>",
        ),
        ("a.nt.gz", gzip.compress(TRIPLE.format("a").encode(), mtime=0)),
        ("a.nt.bz2", bz2.compress(TRIPLE.format("a").encode())),
        ("a.nt.xz", lzma.compress(TRIPLE.format("a").encode())),
    ],
)
def test_every_syntax_and_compression_is_loaded(
    name: str, content: bytes, run: Runner, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    result = run("load", name, "-o", "store")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "store: 1 quad, 0 named graphs\n"
    assert lines("store") == [TRIPLE.format("a")]


def test_zstandard_is_loaded(run: Runner, tmp_path: Path) -> None:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        zstd = pytest.importorskip("backports.zstd")
    (tmp_path / "a.nt.zst").write_bytes(zstd.compress(TRIPLE.format("a").encode()))
    assert run("load", "a.nt.zst", "-o", "store").exit_code == 0
    assert lines("store") == [TRIPLE.format("a")]


def test_the_command_offers_the_syntaxes_that_are_read() -> None:
    assert set(command.SYNTAXES) == {syntax.name for syntax in ENDINGS.values()}


def test_files_are_merged_and_triples_get_the_named_graph(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(TRIPLE.format("a"))
    (tmp_path / "b.nq").write_text(TRIPLE.format("b") + QUAD.format("c"))
    result = run("load", "a.nt", "b.nq", "--graph-name", "http://e/here", "-o", "store")
    assert result.exit_code == 0, result.stderr
    here = " <http://e/here> .\n"
    wanted = [TRIPLE.format(name).replace(" .\n", here) for name in "ab"]
    assert lines("store") == sorted([*wanted, QUAD.format("c")])
    counted = run("query", "-e", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "-g", "store")
    assert counted.stdout.split() == ["n", "3"]


def test_a_graph_name_is_an_iri(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(TRIPLE.format("a"))
    for wrong in ("here", "http://e/> }"):
        result = run("load", "a.nt", "--graph-name", wrong, "-o", "store")
        assert result.exit_code == 2 and result.stderr.startswith("error: ")
    assert not Path("store").exists()


@pytest.mark.parametrize("copies", [1, 40_000])  # put in as a small file and as a large one
def test_blank_nodes_of_two_files_are_kept_apart(copies: int, tmp_path: Path) -> None:
    text = "_:x <http://e/p> <http://e/o> .\n" * copies
    for name in ("a.nt", "b.nt"):
        (tmp_path / name).write_text(text)
    assert load([tmp_path / "a.nt", tmp_path / "b.nt"], tmp_path / "store").quads == 2


def test_relative_iris_start_from_each_file(tmp_path: Path) -> None:
    for name in ("a.ttl", "b.ttl"):
        (tmp_path / name).write_text("<#me> <http://e/p> <http://e/o> .")
    load([tmp_path / "a.ttl", tmp_path / "b.ttl"], tmp_path / "store")
    found = {quad.subject.value for quad in open_store(tmp_path / "store").quads()}
    assert found == {(tmp_path / name).as_uri() + "#me" for name in ("a.ttl", "b.ttl")}


def test_standard_input_is_loaded(tmp_path: Path) -> None:
    many = "".join(TRIPLE.format(number) for number in range(50_000))
    ended = subprocess.run(
        [sys.executable, "-m", "mngraph", "load", "-", "-f", "nt", "-o", "store"],
        input=many.encode(), cwd=tmp_path, capture_output=True,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr
    assert ended.stderr == b"store: 50,000 quads, 0 named graphs\n"
    assert len(list(open_store(tmp_path / "store").quads())) == 50_000


@pytest.mark.parametrize("before", [0, 50_000])  # put in as a small file and as a large one
def test_a_syntax_error_names_file_and_line_and_leaves_the_store(
    before: int, run: Runner, tmp_path: Path
) -> None:
    (tmp_path / "good.nt").write_text(TRIPLE.format("good"))
    assert run("load", "good.nt", "-o", "store").exit_code == 0
    whole = "".join(TRIPLE.format(number) for number in range(before))
    (tmp_path / "bad.nt").write_text(whole + "<http://e/a> <http://e/b .\n")
    result = run("load", "good.nt", "bad.nt", "-o", "store")
    assert result.exit_code == 3
    assert re.match(rf"error: bad\.nt:{before + 1}:\d+: ", result.stderr)
    assert lines("store") == [TRIPLE.format("good")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.nt", "good.nt", "store"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("page.nt", b"<!DOCTYPE html><html></html>", "this is an HTML page"),
        ("cut.nt.gz", gzip.compress(MANY.encode(), mtime=0)[:-2000], "cut off"),
        ("plain.nt.gz", TRIPLE.encode(), "not compressed with gzip"),
        ("data.json", b'{"a": 1}', "this JSON contains no RDF"),
        ("deep.jsonld", b'{"http://e/p": ' * 2000, "nested more than"),
        (
            "bomb.rdf",
            b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><rdf:RDF xmlns:rdf="http://www.w3.org'
            b'/1999/02/22-rdf-syntax-ns#"/>',
            "ntit",
        ),
        ("record.yaml", b"id: x", "build it first"),
    ],
)
def test_what_is_no_rdf_is_refused(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((GraphSyntaxError, LocationError), match=reason):
        load([tmp_path / name], tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_only_a_store_of_ours_is_replaced(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(TRIPLE.format("a"))
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to-mother.txt").write_text("Dear mother")
    ox.Store(str(tmp_path / "foreign"))
    for name in ("letters", "foreign"):
        result = run("load", "a.nt", "-o", name)
        assert result.exit_code == 4 and f"cannot write {tmp_path / name}" in result.stderr
    assert (tmp_path / "letters" / "to-mother.txt").read_text() == "Dear mother"
    result = run("load", "a.nt", "-o", "graph.nq")
    assert result.exit_code == 2 and "store directory" in result.stderr


@pytest.mark.parametrize("harm", ["unlink", "cut"])
def test_a_store_that_is_not_whole_is_named(harm: str, run: Runner, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(TRIPLE.format("a"))
    load([tmp_path / "a.nt"], tmp_path / "store")
    file = sorted((tmp_path / "store").glob("*.sst"))[0]
    if harm == "unlink":
        file.unlink()
    else:
        os.truncate(file, file.stat().st_size // 2)
    result = run("info", "-g", "store")
    assert result.exit_code == 4
    reason = (
        f"is not whole: {file.name} is missing" if harm == "unlink" else "cannot open the store"
    )
    assert reason in result.stderr


def test_many_small_files_are_one_store(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.nt" for number in range(200)]
    for number, file in enumerate(files):
        file.write_text(TRIPLE.format(number))
    assert load(files, tmp_path / "store").quads == 200
    assert len(list((tmp_path / "store").glob("*.sst"))) < 20


# --- other processes --------------------------------------------------------------------------


@contextmanager
def loading(folder: Path, target: str = "store") -> Iterator[subprocess.Popen[bytes]]:
    """A process that loads standard input and waits for more of it."""
    command = [sys.executable, "-m", "mngraph", "load", "-", "-f", "nt", "-o", target]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stdin
            many = "".join(TRIPLE.format(number) for number in range(20_000)).encode()
            feeding = threading.Thread(target=process.stdin.write, args=(many,))
            feeding.start()
            feeding.join(20)
            while not list(folder.glob(f".{target}.mngraph-*/{target}/CURRENT")):
                assert process.poll() is None
                time.sleep(0.02)
            yield process
        finally:
            process.kill()


def test_two_writers_of_one_store_are_refused_by_name(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(TRIPLE.format("a"))
    with loading(tmp_path) as other:
        result = run("load", "a.nt", "-o", "store")
        assert result.exit_code == 4
        assert f"cannot write {tmp_path / 'store'}: another process ({other.pid})" in result.stderr
        assert run("load", "a.nt", "-o", "other-store").exit_code == 0
        assert run("load", "a.nt", "-o", "sto").exit_code == 0
        assert other.stdin
        other.stdin.close()
        assert other.wait(60) == 0
    assert len(lines(tmp_path / "store")) == 20_000
    assert run("load", "a.nt", "-o", "store").exit_code == 0


def test_readers_and_a_writer_meet(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(TRIPLE.format("a"))
    load([tmp_path / "a.nt"], tmp_path / "store")
    before = open_store(tmp_path / "store")
    with loading(tmp_path) as other:
        assert lines(tmp_path / "store") == [TRIPLE.format("a")]
        assert other.stdin
        other.stdin.close()
        assert other.wait(60) == 0
    assert len(list(before.quads())) == 1
    assert len(lines(tmp_path / "store")) == 20_000


def test_a_killed_load_leaves_nothing_that_can_be_read(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(TRIPLE.format("a"))
    with loading(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    (draft,) = tmp_path.glob(".store.mngraph-*")
    assert run("info", "-g", "store").exit_code == 4
    for location in (draft, draft / "store"):
        assert run("info", "-g", location).exit_code == 4
    with pytest.raises(LocationError, match="draft of a store"):
        open_store(draft / "store")
    assert run("load", "a.nt", "-o", "store").exit_code == 0
    assert lines("store") == [TRIPLE.format("a")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.nt", "store"]


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    (tmp_path / "a.nt").write_text("".join(TRIPLE.format(number) for number in range(50_000)))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OutputError, match="cannot write the store"):
            load([tmp_path / "a.nt"], tmp_path / "store")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert not (tmp_path / "store").exists()
