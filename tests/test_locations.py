"""Each named query gives the same rows at every graph location and in every engine behind one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from conftest import Runner
from engines import ISQL, OXIGRAPH, VIRTUOSO, in_store, loaded_virtuoso, served, unordered

from mngraph import build, queries, sparql
from mngraph.errors import MngraphError
from mngraph.store import LocalStore, Store, open_store

OWN_GRAPHS = {"named-graphs": "a file of one graph has no named ones"}
NOT_IN_VIRTUOSO = {"named-graphs": "it has graphs of its own"}
"""What Virtuoso 7.2 does not answer as others do, and why; to be shortened when it does."""

Rows = dict[str, Any]


@pytest.fixture(scope="module")
def small() -> LocalStore:
    """A sixth of the release, in memory."""
    return build.build_graph(build.release_files()[::6])[0]


@pytest.fixture(scope="module")
def expected(small: LocalStore) -> Rows:
    return rows(small, small)


@pytest.fixture(scope="module")
def directory(small: LocalStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("locations") / "store"
    stored = ox.Store(place)
    stored.bulk_extend(small.quads())
    stored.flush()
    return place


def rows(store: Store, small: LocalStore) -> Rows:
    """Return what each named query answers, and the message of one that fails."""
    found: Rows = {}
    for query in queries.all_queries():
        text = sparql.bind_own(query.text, queries.bind_values(small, query.parameters, {}))
        try:
            answer = in_store(store, text)
        except MngraphError as error:
            found[query.name] = str(error)[:200]
            continue
        found[query.name] = answer if isinstance(answer, bool) else Counter(map(unordered, answer))
    return found


def different(found: Rows, expected: Rows) -> dict[str, str]:
    """Return how the answers to queries differ, by name."""
    return {
        name: answer if isinstance(answer, str) else f"{len(answer)} rows, not {len(rows)}"
        for name, rows in expected.items()
        if (answer := found[name]) != rows
    }


def test_there_is_something_to_compare(expected: Rows) -> None:
    empty = [name for name, answer in expected.items() if answer == Counter()]
    assert len(empty) < len(expected) / 4, empty
    assert not [answer for answer in expected.values() if isinstance(answer, str)]


@contextmanager
def a_directory(directory: Path, _: Path, __: LocalStore) -> Iterator[str]:
    yield str(directory)


@contextmanager
def a_file(_: Path, room: Path, small: LocalStore) -> Iterator[str]:
    ox.serialize(small.quads(), room / "small.trig", format=ox.RdfFormat.TRIG)
    yield str(room / "small.trig")


@contextmanager
def oxigraph_server(directory: Path, _: Path, __: LocalStore) -> Iterator[str]:
    if not OXIGRAPH:
        pytest.skip("the Oxigraph server is not installed")
    with served(directory, "--union-default-graph") as url:
        yield url


@contextmanager
def mngraph_serve(directory: Path, _: Path, __: LocalStore) -> Iterator[str]:
    pytest.importorskip("uvicorn", reason="mngraph serve: its extra is not installed")
    if not OXIGRAPH:
        pytest.skip("mngraph serve: the Oxigraph server is not installed")
    from served import Served

    with Served("-g", directory) as server:
        yield f"{server.url}/sparql"


@pytest.mark.parametrize("location", [a_directory, a_file, oxigraph_server, mngraph_serve])
def test_every_location_gives_the_same_rows(
    location: Callable[..., Any], small: LocalStore, expected: Rows, directory: Path, tmp_path: Path
) -> None:
    with location(directory, tmp_path, small) as place:
        assert different(rows(open_store(place), small), expected) == {}


def test_a_file_of_one_graph_gives_them_too(
    small: LocalStore, expected: Rows, tmp_path: Path
) -> None:
    triples = (quad.triple for quad in small.quads())
    ox.serialize(triples, tmp_path / "small.ttl", format=ox.RdfFormat.TURTLE)
    found = different(rows(open_store(tmp_path / "small.ttl"), small), expected)
    assert set(found) == set(OWN_GRAPHS), found


def test_the_packaged_graph_gives_what_its_export_gives(store: LocalStore, tmp_path: Path) -> None:
    ox.serialize(store.quads(), tmp_path / "release.nq", format=ox.RdfFormat.N_QUADS)
    written = open_store(tmp_path / "release.nq")
    assert different(rows(written, store), rows(store, store)) == {}


@pytest.fixture(scope="module")
def in_virtuoso(small: LocalStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not VIRTUOSO or not ISQL:
        pytest.skip("virtuoso-t is not installed (apt-get install virtuoso-opensource-7)")
    with loaded_virtuoso(tmp_path_factory.mktemp("virtuoso"), small) as url:
        yield url


def test_virtuoso_gives_them_but_for_what_it_cannot_do(
    in_virtuoso: str, small: LocalStore, expected: Rows
) -> None:
    found = different(rows(open_store(in_virtuoso), small), expected)
    assert set(found) == set(NOT_IN_VIRTUOSO), found


@pytest.mark.parametrize(
    "command",
    [
        ["evidence", "-i", "acne-scar", "-w", "PRP", "-f", "json"],
        ["evidence", "--event", "erythema", "-f", "json"],
        ["show", "acne-scar"],
        ["search", "platlet rich plasma"],
        ["map", "page.html"],
        ["view", "page.html"],
    ],
    ids=" ".join,
)
def test_commands_answer_from_virtuoso_as_from_a_directory(
    command: list[str], in_virtuoso: str, directory: Path, run: Runner
) -> None:
    """Virtuoso writes what is true as 1."""
    answers = []
    for location in (directory, in_virtuoso):
        result = run(*command, "-g", location)
        assert result.exit_code == 0, result.output
        page = Path("page.html")
        answers.append(page.read_text("utf-8") if page.exists() else result.stdout)
    assert answers[0] == answers[1]
