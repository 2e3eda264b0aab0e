"""A query takes so much time and memory and no more, and its death is one error of ours."""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

import mngraph
from mngraph import bounded
from mngraph.bounded import Bounds
from mngraph.errors import QueryError, QueryMemoryError, QueryTimeoutError, UsageError

SORTED_JOIN = "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f } ORDER BY ?a ?d LIMIT 3"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bounds need Linux")
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
DEEP = [
    "SELECT * " + "{" * 5000 + "}" * 5000,
    "ASK { FILTER(" + "!" * 20_000 + "true) }",
    "ASK { FILTER" + "(" * 20_000 + "true" + ")" * 20_000 + " }",
    "ASK { ?s " + "/".join(["mn:p"] * 20_000) + " ?o }",
    "ASK { ?s " + "|".join(["mn:p"] * 20_000) + " ?o }",
    "ASK { ?s " + "^" * 20_000 + "mn:p ?o }",
    "ASK { ?s " + "(" * 20_000 + "mn:p" + ")*" * 20_000 + " ?o }",
    "ASK { ?s mn:p" + "+" * 20_000 + " ?o }",
    "ASK { FILTER(" + "1+" * 20_000 + "1 = 1) }",
    "ASK { FILTER(" + "1 = 1 && " * 20_000 + "true) }",
    "ASK { " + " UNION ".join(["{ ?s ?p ?o }"] * 5000) + " }",
    "ASK { ?s ?p ?o " + "OPTIONAL { ?s ?p ?o } " * 5000 + "}",
    "ASK { ?s ?p ?o " + "MINUS { ?s ?p ?o } " * 5000 + "}",
    "ASK { ?s ?p " + "[ ?p " * 20_000 + "1" + "]" * 20_000 + " }",
    "ASK { ?s ?p " + "(" * 20_000 + ")" * 20_000 + " }",
    "ASK { ?s ?p " + "<<(?s ?p " * 5000 + "1" + ")>>" * 5000 + " }",
    "ASK { FILTER(" + "STR(" * 5000 + "1" + ")" * 5000 + " = 1) }",
    "SELECT * " + "{ SELECT * " * 5000 + "{}" + "}" * 5000,
    "ASK " + "{ FILTER EXISTS " * 5000 + "{}" + "}" * 5000,
]


def python(code: str, *args: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)], capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


def command(release: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run `mngraph query` in a process of its own."""
    return python(
        "import sys\nfrom mngraph.cli import main\nmain(sys.argv[1:])",
        "query", "-g", release, *args,
    )  # fmt: skip


def assert_no_child_is_left() -> None:
    """Hold that every copy of this process has ended and was waited for."""
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.parametrize(
    "args",
    [
        ("-e", SORTED_JOIN),
        ("-e", "SELECT * { ?a ?b ?c . ?d ?e ?f }", "-f", "markdown"),
        ("-e", "CONSTRUCT { ?a ?b ?f } { ?a ?b ?c . ?d ?e ?f }"),
    ],
    ids=["sorted", "markdown", "construct"],
)
def test_a_query_that_wants_too_much_memory_ends_in_one_line(
    args: tuple[str, ...], release: Path, tmp_path: Path
) -> None:
    target = tmp_path / "answer"
    result = command(release, *args, "-o", str(target), "--memory", "0.1")
    assert result.returncode == 3, result.stderr
    assert len(result.stderr.splitlines()) == 1 and "--memory" in result.stderr
    assert not list(tmp_path.iterdir())


def test_the_python_api_survives_a_query_that_takes_too_much(graph: mngraph.Graph) -> None:
    with pytest.raises(QueryMemoryError):
        graph.query(SORTED_JOIN, memory=0.3)
    began = time.monotonic()
    with pytest.raises(QueryTimeoutError):
        graph.query(ENDLESS, timeout=0.3)
    assert time.monotonic() - began < 5
    assert_no_child_is_left()
    assert graph.query("ASK { ?s ?p ?o }", timeout=30, memory=1) is True


def test_bounds_change_no_answer(graph: mngraph.Graph) -> None:
    for query in ("studies-by-country", "ASK { ?s ?p 1 }", "CONSTRUCT WHERE { ?s mn:country ?o }"):
        assert graph.query(query, timeout=60, memory=2) == graph.query(query)
    table = graph.query("SELECT * { ?s ?p ?o }", memory=2)
    assert isinstance(table, mngraph.Table) and table.terms is not None
    assert len(table) == len(table.terms) > 70_000
    with pytest.raises(UsageError, match="no parameter is called 'country'"):
        graph.query("studies-by-country", timeout=60, country="India")
    with pytest.raises(QueryError, match=r"line 1, column 4: this \{ is not closed"):
        graph.query("ASK{?s ?p ?o", timeout=60)


def test_queries_run_side_by_side_in_threads(graph: mngraph.Graph) -> None:
    answers: list[object] = []

    def ask() -> None:
        for _ in range(5):
            found = graph.query("SELECT ?s { ?s a mn:Study } LIMIT 7", timeout=60, memory=1)
            answers.append(len(found) if isinstance(found, mngraph.Table) else found)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [7] * 30


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL, signal.SIGBUS])
def test_the_death_of_the_engine_is_an_error_of_ours(number: signal.Signals) -> None:
    def die(stream: BinaryIO) -> None:
        faulthandler.disable()
        os.kill(os.getpid(), number)

    with pytest.raises(QueryError):
        bounded.run(die, Bounds(seconds=60))
    assert_no_child_is_left()


def test_an_answer_that_cannot_be_sent_is_an_error() -> None:
    with pytest.raises(Exception, match="pickle"):
        bounded.run(lambda stream: lambda: stream, Bounds(seconds=60))


def test_an_error_keeps_its_type_and_where_it_was_raised() -> None:
    def divide(stream: BinaryIO) -> float:
        return 1 / 0

    with pytest.raises(ZeroDivisionError) as caught:
        bounded.run(divide, Bounds(seconds=60))
    assert "in divide" in caught.value.__notes__[0]


class Slow:
    """A stream whose reader takes its time."""

    def write(self, data: bytes) -> int:
        """Wait, and take the data."""
        time.sleep(0.1)
        return len(data)


class Full:
    """A stream on a full disk."""

    def write(self, data: bytes) -> int:
        """Take nothing."""
        raise OSError(28, "No space left on device")


def lines(mebibytes: int) -> Callable[[BinaryIO], int]:
    """Return work that writes so much."""
    return lambda stream: sum(stream.write(b"x" * 2**16) for _ in range(mebibytes * 16))


def test_the_time_of_the_reader_is_not_that_of_the_query() -> None:
    assert bounded.run(lines(1), Bounds(seconds=1), Slow()) == 2**20  # type: ignore[arg-type]


def test_a_stream_that_fails_ends_the_query() -> None:
    with pytest.raises(OSError, match="No space"):
        bounded.run(lines(1000), Bounds(seconds=60), Full())  # type: ignore[arg-type]
    assert_no_child_is_left()


def test_results_stream_through(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with (tmp_path / "out").open("wb") as stream:
        assert bounded.run(lines(200), Bounds(60, 0.1), stream) == 200 * 2**20
    assert (tmp_path / "out").stat().st_size == 200 * 2**20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_a_query_ends_with_the_command_that_asked_it(release: Path) -> None:
    code = (
        "import os, subprocess, sys, time, mngraph\n"
        "from mngraph import bounded\nbe = bounded._be_child\n"
        "def note(*args):\n    print(os.getpid(), flush=True)\n    be(*args)\n"
        "bounded._be_child = note\n"
        f"mngraph.load(sys.argv[1]).query({ENDLESS!r}, timeout=600)\n"
    )
    asking = subprocess.Popen(
        [sys.executable, "-c", code, str(release)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert asking.stdout
    child = int(asking.stdout.readline())
    time.sleep(0.3)
    asking.kill()
    asking.communicate(timeout=30)
    for _ in range(100):
        state = Path(f"/proc/{child}/stat")
        try:
            gone = state.read_text().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            gone = True
        if gone:
            break
        time.sleep(0.1)
    assert gone


def test_systems_without_bounds_on_memory_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "LINUX", False)
    with pytest.raises(UsageError, match="Linux"):
        bounded.run(lines(1), Bounds(gibibytes=1))
    assert bounded.run(lines(1), Bounds(seconds=60)) == 2**20
    with pytest.raises(QueryTimeoutError):
        bounded.run(lambda stream: time.sleep(60), Bounds(seconds=0.1))
    with pytest.raises(ZeroDivisionError):
        bounded.run(lambda stream: 1 // 0, Bounds(seconds=60))


@pytest.mark.parametrize("text", DEEP, ids=lambda text: text[:24] + "…")
def test_deep_queries_are_refused_before_they_exhaust_a_stack(text: str) -> None:
    store = mngraph.store.LocalStore.memory([])
    result = bounded.run(lambda stream: _outcome(store, text), Bounds(seconds=60, gibibytes=1))
    assert result in ("QueryError", "answer")


def _outcome(store: mngraph.store.Store, text: str) -> str:
    try:
        mngraph.Graph(store).query(text)
    except QueryError as error:
        assert len(str(error)) < 300
        return "QueryError"
    return "answer"
