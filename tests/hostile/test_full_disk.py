"""A disk that takes only a part: every target stays as it was, and the command ends with 4."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import CHECKOUT, Runner

RECORD = CHECKOUT / "data" / "studies" / "doi-10.3760-cma.j.issn.0412-4030.2018.09.009.yaml"
BUILD = ("build", "--no-validate", RECORD, "-o")
PLOT = ("evidence", "-p", "microneedling", "-g", "one.nq", "--plot")
FORMATS = ("ttl", "nt", "nq", "trig", "rdf", "jsonld", "graphml", "gexf", "csv")
EXPLAIN = ("explain", "microneedling", "acne-scar")
ROWS = ("query", "-e", "SELECT * { ?s ?p ?o } LIMIT 2000")
WRITERS = [
    (*BUILD, "t.nq"), ("view", "t.html"), *(("map", f"t.{end}") for end in ("html", "svg", "csv")),
    *(("export", f"t.{end}", "-g", "one.nq") for end in FORMATS),
    ("export", "t.cyjs", "-f", "cytoscape", "-g", "one.nq"),
    *(("evidence", "-i", "acne-scar", "-o", f"t.{end}") for end in ("txt", "md", "csv", "json")),
    *((*PLOT, f"t.{end}") for end in ("svg", "html")),
    *((*EXPLAIN, "-o", f"t.{end}") for end in ("txt", "ttl", "jsonld")),
    *((*ROWS, "-o", f"t.{end}") for end in ("csv", "tsv", "json", "xml", "md")),
    (*ROWS, "--spreadsheet", "-o", "t.csv"),
]  # fmt: skip


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a number of bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The graph of one record as N-Quads."""
    from mngraph import build, export

    target = tmp_path_factory.mktemp("one") / "one.nq"
    build.build_store([RECORD], target, content=lambda store: export.to_rdf(store.quads(), "nq"))
    return target.read_bytes()


@pytest.mark.parametrize("command", WRITERS, ids=lambda words: f"{words[0]}-{words[-1]}")
def test_a_file_stays_as_it_was(command: tuple[str | Path, ...], one: bytes, run: Runner) -> None:
    if "one.nq" in command:
        Path("one.nq").write_bytes(one)
    target = Path(next(str(word) for word in command if str(word).startswith("t.")))
    target.write_text("what was there")
    there = sorted(Path().iterdir())
    with files_of_at_most(500):
        result = run(*command)
    assert result.exit_code == 4, result.output
    assert len(result.stderr.strip().splitlines()) == 1 and str(target) in result.stderr
    assert target.read_text() == "what was there"
    assert sorted(Path().iterdir()) == there


@pytest.mark.parametrize("size", [500, 20_000, 50_000, 500_000])
def test_a_store_stays_as_it_was(size: int, run: Runner) -> None:
    assert run(*BUILD, "store").exit_code == 0
    there = {path: path.stat().st_mtime_ns for path in Path("store").iterdir()}
    with files_of_at_most(size):
        result = run(*BUILD, "store")
    assert result.exit_code == 4, result.output
    assert {path: path.stat().st_mtime_ns for path in Path("store").iterdir()} == there
    assert [path.name for path in Path().iterdir()] == ["store"]
