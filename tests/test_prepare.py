"""What the engine gets of a query: exact datasets, names as we print them, a base, and bounds."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import Runner

import mngraph
from mngraph import context, queries
from mngraph.errors import QueryError
from mngraph.prepare import prepare
from mngraph.store import LocalStore

A, B, C = (ox.NamedNode(f"http://e/{name}") for name in "abc")
QUADS = [
    ox.Quad(A, A, A, ox.NamedNode("http://e/g")),
    ox.Quad(B, B, B, ox.NamedNode("http://e/h")),
    ox.Quad(C, C, C, ox.DefaultGraph()),
]
DATASETS = [
    ("", "?s ?p ?o", "abc"),
    ("FROM <http://e/g>", "?s ?p ?o", "a"),
    ("FROM <http://e/g> FROM <http://e/h>", "?s ?p ?o", "ab"),
    ("from<http://e/g>", "?s ?p ?o", "a"),
    ("FROM <http://e/nope>", "?s ?p ?o", ""),
    ("FROM NAMED <http://e/g>", "?s ?p ?o", ""),
    ("FROM NAMED <http://e/g>", "GRAPH ?g { ?s ?p ?o }", "a"),
    ("FROM <http://e/g>", "GRAPH ?g { ?s ?p ?o }", ""),
    ("FROM <http://e/g> FROM NAMED <http://e/h>", "GRAPH ?g { ?s ?p ?o }", "b"),
    ("FROM <http://e/g> FROM NAMED <http://e/h>", "?s ?p ?o", "a"),
    ("", "GRAPH ?g { ?s ?p ?o }", "ab"),
    ("# FROM <http://e/g>\n", "?s ?p ?o", "abc"),
    ("", "?s ?p ?o FILTER('FROM <http://e/g>' != '')", "abc"),
    ("", "?s ?p ?o BIND(1 AS ?FROM)", "abc"),
]


@pytest.mark.parametrize(("dataset", "pattern", "found"), DATASETS)
@pytest.mark.parametrize("kind", ["memory", "file", "directory"])
def test_a_query_gets_exactly_the_dataset_that_it_names(
    kind: str, dataset: str, pattern: str, found: str, tmp_path: Path
) -> None:
    store = LocalStore.memory(QUADS)
    if kind == "file":
        path = tmp_path / "three.nq"
        path.write_text("".join(f"{quad} .\n" for quad in QUADS))
        store = LocalStore.file(path)
    elif kind == "directory":
        path = tmp_path / "store"
        disk = ox.Store(str(path))
        disk.extend(QUADS)
        disk.flush()
        del disk
        store = LocalStore.directory(path, "three")
    rows = store.select(f"SELECT ?s {dataset} {{ {pattern} }}")
    assert sorted(row["s"].value[-1] for row in rows) == list(found)


def test_datasets_of_asking_and_constructing() -> None:
    store = LocalStore.memory(QUADS)
    assert not store.ask("ASK FROM <http://nope/> { ?s ?p ?o }")
    assert store.ask("ASK { ?s ?p ?o }")
    built = store.construct("CONSTRUCT { ?s ?p ?o } FROM <http://e/g> { ?s ?p ?o }")
    assert [triple.subject for triple in built] == [A]
    assert list(store.construct("DESCRIBE <http://e/b> FROM <http://e/g>")) == []


def test_every_name_that_is_printed_can_be_asked_for(store: LocalStore) -> None:
    """All CURIEs of the release, of which 98 studies were no names for the engine."""
    ends = {end for quad in store.quads() for end in (quad.subject, quad.predicate, quad.object)}
    graphs = {ox.NamedNode(graph) for graph in store.graphs()}
    iris = sorted({end.value for end in ends | graphs if isinstance(end, ox.NamedNode)})
    assert len(iris) > 8000
    names = [
        name if ":" in name and "//" not in name else f"<{name}>"
        for name in map(context.compact, iris)
    ]
    for start in range(0, len(names), 900):
        rows = store.select(
            f"SELECT ?x {{ VALUES ?x {{ {' '.join(names[start : start + 900])} }} }}"
        )
        assert [row["x"].value for row in rows] == iris[start : start + 900]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("?x study:y/arm/A ?z", ["?x", "<STUDY/y/arm/A>", "?z"]),
        ("?x study:y.z.a/outcome/1.", ["?x", "<STUDY/y.z.a/outcome/1>", "."]),
        ("?x mn:arm/mn:size ?z", ["?x", "<MN#arm>", "/", "<MN#size>", "?z"]),
        ("?x mn:arm/a ?z", ["?x", "<MN#arm>", "/", "a", "?z"]),
        ("?x mn:arm / rdfs:label ?z", ["?x", "<MN#arm>", "/", "<RDFS#label>", "?z"]),
        ("FILTER(mn:x/abs (?y) < 2)", ["FILTER(", "<MN#x>", "/", "abs(", "?y", ")", "<", "2", ")"]),
        ("FILTER(?x<?y&&?z>1)", ["FILTER(", "?x", "<", "?y", "&&", "?z", ">", "1", ")"]),
        ("FILTER(?x<=5||?y>=3)", ["FILTER(", "?x", "<=", "5", "||", "?y", ">=", "3", ")"]),
        ("FILTER(?x IN(<a>,<b>))", ["FILTER(", "?x", "IN(", "<BASEa>", ",", "<BASEb>", ")", ")"]),
        ("?s ?p(<a> <b>)", ["?s", "?p", "(", "<BASEa>", "<BASEb>", ")"]),
        ("?s(<a>|<b>)?o", ["?s", "(", "<BASEa>", "|", "<BASEb>", ")", "?o"]),
        ("?s ?p'x'@en,1,-2 .", ["?s", "?p", '"x"', "@en", ",", "1", ",", "-2", "."]),
        ("?s ?p 'x'^^<a>", ["?s", "?p", '"x"', "^^", "<BASEa>"]),
        ("_:x ?p _:y, _:x", ["_:b0", "?p", "_:b1", ",", "_:b0"]),
        ("?s ?p '''a\nb\\n''', 'q\\\"'", ["?s", "?p", '"a\\nb\\n"', ",", '"q\\""']),
        ("?s ?p TRUE", ["?s", "?p", "true"]),
        ("\\u003Fs ?p '\\u00e9'", ["?s", "?p", '"é"']),
    ],
)
def test_text_is_read_by_the_grammar(text: str, written: list[str]) -> None:
    known = {"STUDY": "https://w3id.org/mngraph/study", "MN": "https://w3id.org/mngraph/ontology"}
    known |= {"RDFS": "http://www.w3.org/2000/01/rdf-schema", "BASE": "http://b/"}
    pieces = prepare(f"ASK {{ {text} }}", "http://b/").pieces[2:-1]
    for name, iri in known.items():
        written = [piece.replace(f"<{name}", f"<{iri}") for piece in written]
    assert list(pieces) == written


def test_relative_iris_start_from_the_folder_the_file_or_base(run: Runner, tmp_path: Path) -> None:
    select = "SELECT ?x { BIND(<a> AS ?x) }"
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries/q.rq").write_text(select)
    (tmp_path / "queries/b.rq").write_text(f"BASE <http://b/c/> {select}")
    folder = tmp_path.as_uri()
    for given, found in [
        (("-e", select), f"{folder}/a"),
        (("queries/q.rq",), f"{folder}/queries/a"),
        (("queries/b.rq",), "http://b/c/a"),
        (("-e", f"PREFIX p: <p#> {select.replace('<a>', 'p:x')}"), f"{folder}/p#x"),
        (("-e", "BASE <http://b/c/> SELECT (IRI('a') AS ?x) {}"), "http://b/c/a"),
        (("-e", "SELECT (URI('a') AS ?x) {}"), f"{folder}/a"),
        (("-e", f"BASE <http://b/c/> BASE <../d/> {select}"), "http://b/d/a"),
    ]:
        assert run("query", *given, "-f", "csv").stdout.split() == ["x", found]


def test_columns_of_a_star_stand_in_the_order_of_the_query() -> None:
    store = LocalStore.memory(QUADS)
    for text, names in [
        ("SELECT * { ?z ?a ?m }", "z a m"),
        ("SELECT DISTINCT * { ?z ?a ?m } ORDER BY ?a", "z a m"),
        ("SELECT * { { SELECT ?m ?b { ?m ?b ?x } } ?m ?a ?z }", "m b a z"),
        ("SELECT * { ?z ?a ?m MINUS { ?z ?b ?c } FILTER(?q > 1) }", "z a m"),
        ("SELECT * {}", ""),
    ]:
        assert [variable.value for variable in store.select(text).variables] == names.split()


DEEP = 20_000


@pytest.mark.parametrize(
    "text",
    [
        "ASK " + "{" * DEEP + "}" * DEEP,
        "ASK { FILTER(" + "!" * DEEP + "true) }",
        "ASK { FILTER(" + "(" * DEEP + "1" + ")" * DEEP + ") }",
        "ASK { FILTER(" + "STR(" * DEEP + "1" + ")" * DEEP + ") }",
        "ASK { FILTER(" + "||".join(["?x"] * DEEP) + ") }",
        "ASK { FILTER(?x" + " +1" * DEEP + ") }",
        "ASK { ?s ?p " + "[ ?p " * DEEP + "1" + "]" * DEEP + " }",
        "ASK { ?s ?p " + "(" * DEEP + ")" * DEEP + " }",
        "ASK { ?s ?p " + "<<( ?s ?p " * DEEP + "1" + " )>>" * DEEP + " }",
        "ASK { ?s " + "/".join(["mn:x"] * DEEP) + " ?o }",
        "ASK { " + " UNION ".join(["{}"] * DEEP) + " }",
        "ASK { " + "MINUS {}" * DEEP + " }",
        "ASK { " + "FILTER EXISTS { " * DEEP + "}" * DEEP + " }",
        "SELECT " + " ".join(f"(1 AS ?x{n})" for n in range(DEEP)) + " {}",
    ],
    ids=lambda text: re.sub(r"\W+", "-", text[:30]),
)
def test_what_would_exhaust_the_stack_of_the_engine_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match=r"nested deeper than 100 levels|more than 1,000 keywords"):
        LocalStore.memory(QUADS).query(text)


def test_a_long_list_of_values_is_no_depth() -> None:
    rows = " ".join(f"({n} <http://e/{n}>)" for n in range(5000))
    store = LocalStore.memory([])
    (row,) = store.select(f"SELECT (COUNT(*) AS ?n) {{ VALUES (?n ?iri) {{ {rows} }} }}")
    assert row["n"].value == "5000"


@pytest.mark.parametrize("text", ["ASK{?s?p?o}", "ASK{}", "DESCRIBE<http://a/>", "#x\nASK {}", ""])
def test_a_text_without_spaces_is_no_name(text: str) -> None:
    assert queries.chosen(text) == text


def test_a_query_of_one_word_is_run(graph: mngraph.Graph, run: Runner) -> None:
    assert graph.query("ASK{?s?p?o}") is True
    assert run("query", "ASK{?s?p?o}").stdout == "true\n"


def test_a_query_that_is_kept_follows_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mngraph import asking

    texts = []
    for name in ("one", "two", "one"):
        (tmp_path / name).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / name)
        texts.append(asking.prepared("ASK { <a> ?p ?o }").text)
    assert texts[0] == texts[2] != texts[1]
    assert (tmp_path / "two" / "a").as_uri() in texts[1]
