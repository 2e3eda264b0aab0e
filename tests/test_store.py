"""Graph locations: what an endpoint answers, and how bounds and foreign errors are said."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Runner
from engines import OXIGRAPH, served

import mngraph
from mngraph import rdffiles
from mngraph import store as stores
from mngraph.connection import Body, Connection, Request
from mngraph.errors import LocationError, QueryError, UsageError
from mngraph.remote import RemoteStore


@pytest.fixture(scope="module")
def loaded(graph: mngraph.Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the Oxigraph server with the graph of the release."""
    if not OXIGRAPH:
        pytest.skip("needs the oxigraph server (pip install oxigraph)")
    folder = tmp_path_factory.mktemp("endpoint")
    graph.export(folder / "release.nq")
    command = [OXIGRAPH, "load", "--location", folder / "db", "--file", folder / "release.nq"]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return folder / "db"


@pytest.fixture(scope="module")
def endpoint(loaded: Path) -> Iterator[str]:
    """An endpoint that answers from the union of its named graphs."""
    with served(loaded, "--union-default-graph") as url:
        yield url


def test_an_endpoint_that_hides_its_named_graphs_is_refused(loaded: Path, run: Runner) -> None:
    with served(loaded) as url:
        result = run("evidence", "--event", "erythema", "-g", url)
    assert result.exit_code == 4
    assert "--union-default-graph" in result.stderr


def test_a_service_that_is_out_of_reach_is_said_in_one_line(run: Runner) -> None:
    text = "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"
    result = run("query", "-e", text, "--allow-service", "http://127.0.0.1:9/")
    assert result.exit_code == 3
    assert result.stderr.startswith("error: the query failed:")


def test_a_damaged_store_is_said_in_one_line(release: Path, run: Runner) -> None:
    shutil.copytree(release, "damaged")
    for file in Path("damaged").glob("MANIFEST*"):
        file.write_bytes(b"no manifest")
    result = run("info", "-g", "damaged")
    assert result.exit_code == 4
    assert result.stderr.startswith("error: cannot open the store damaged")


@pytest.mark.parametrize("query", ["studies-of", "studies-by-country", "indications-by-evidence"])
def test_an_endpoint_answers_as_the_store_does(
    query: str, graph: mngraph.Graph, endpoint: str
) -> None:
    remote = mngraph.load(endpoint)
    assert list(remote.query(query)) == list(graph.query(query))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (COUNT(*) AS ?n) FROM graph:claims { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) FROM <http://nope/> { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) FROM NAMED graph:claims { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) FROM NAMED graph:claims { GRAPH ?g { ?s ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) FROM graph:claims { GRAPH ?g { ?s ?p ?o } }",
        "SELECT * { ?study mn:country ?country ; a mn:Study } ORDER BY ?study LIMIT 3",
        "SELECT (COUNT(*) AS ?n) { study:doi-10.1001-jamadermatol.2013.6955 ?p ?o }",
    ],
)
def test_an_endpoint_answers_about_the_same_dataset(
    text: str, store: stores.LocalStore, endpoint: str
) -> None:
    here, there = store.select(text), RemoteStore(endpoint).select(text)
    assert here.variables == there.variables
    assert [list(row) for row in here] == [list(row) for row in there]


def test_an_endpoint_yields_the_quads_of_its_default_graph(tmp_path: Path) -> None:
    if not OXIGRAPH:
        pytest.skip("needs the oxigraph server (pip install oxigraph)")
    a, b, graph = (f"<http://e/{name}>" for name in ("a", "b", "g"))
    lines = [f"{a} {a} {a} .", f"{b} {b} {b} {graph} ."]
    (tmp_path / "x.nq").write_text("\n".join(lines))
    load = [OXIGRAPH, "load", "--location", tmp_path / "db", "--file", tmp_path / "x.nq"]
    subprocess.run(list(map(str, load)), check=True, capture_output=True)
    with served(tmp_path / "db", "--union-default-graph") as url:
        remote = RemoteStore(url)
        assert sorted(f"{quad} ." for quad in remote.quads()) == sorted(lines)
        assert [str(quad.subject) for quad in remote.quads("http://e/g")] == [b]
        assert [str(quad.object) for quad in remote.quads(subject="http://e/a")] == [a]
        for wrong in ({"graph": "http://e/> } }"}, {"subject": "e"}):
            with pytest.raises(UsageError, match="is not an IRI"):
                list(remote.quads(**wrong))
            with pytest.raises(UsageError, match="is not an IRI"):
                stores.LocalStore.memory([]).quads(**wrong)


def test_an_endpoint_is_searched_shown_and_exported(endpoint: str, run: Runner) -> None:
    assert "modality:platelet-rich-plasma" in run("search", "PRP", "-g", endpoint).stdout
    assert "acne scar" in run("show", "indication:acne-scar", "-g", endpoint).stdout
    assert (
        run(
            "export", "design.nq", "--graph-name", "graph:vocabulary/design", "-g", endpoint
        ).exit_code
        == 0
    )
    assert run("export", "here.nq", "--graph-name", "graph:vocabulary/design").exit_code == 0
    assert Path("design.nq").read_bytes() == Path("here.nq").read_bytes()


def test_what_an_endpoint_refuses(endpoint: str, run: Runner) -> None:
    result = run("query", "-e", "SELECT ?s { ?s }", "-g", endpoint)
    assert result.exit_code == 3 and "refused the query" in result.stderr


def test_an_endpoint_out_of_reach(run: Runner) -> None:
    result = run("query", "-e", "ASK {}", "-g", "http://127.0.0.1:9/query")
    assert result.exit_code == 4 and "cannot reach" in result.stderr


def test_a_file_that_unfolds_beyond_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gzip

    path = tmp_path / "bomb.nt.gz"
    path.write_bytes(gzip.compress(b"<http://a/> <http://a/> <http://a/> .\n" * 100_000))
    monkeypatch.setattr(rdffiles, "MAX_BYTES", 1_000_000)
    with pytest.raises(LocationError, match="more than 1,000,000 bytes"):
        mngraph.load(path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT * {\n ?s foo:a ?o }", "line 2, column 5: the prefix foo: of foo:a"),
        ("SELECT * { ?s skso:notation ?o }", "did you mean skos:"),
        ("SELECT * {\n ?s a }", "line 2, column 7: the triple before } has no object"),
        ("SELEC * { ?s ?p ?o }", "did you mean SELECT"),
        ("SELECT * { ?s ?p ?o FILTR(?o) }", "column 21: 'FILTR'.* did you mean FILTER"),
        ("SELECT * {\n ?s ?p 'x }", "line 2, column 8: this string"),
        ("SELECT * { ?s ?p ?o", "column 10: this { is not closed"),
        ("ASK { ?s ?p ?o } }", "column 18: this } has no matching {"),
        ("ASK", "column 4: the query ends too early"),
        (" # nothing", "the query is empty"),
        ("ASK {\u00a0}", r"column 6: the character U\+00A0"),
        ("SELECT ?x { ?x ?b ?c } GROUP BY ?b", r"column 35: \?x is selected but neither"),
        ("PREFIX ex <http://a/> ASK {}", "column 1: write PREFIX name: <IRI>"),
        ("ASK { <http://a/%zz> ?p ?o }", "column 7: <http://a/%zz> is not an IRI"),
        ("BASE <http://a/> ASK { <b c> ?p ?o }", "column 24: this < does not begin an IRI"),
    ],
)
def test_query_errors_name_the_place_and_the_mend(
    text: str, problem: str, store: stores.LocalStore
) -> None:
    with pytest.raises(QueryError, match=problem):
        store.query(text)


def test_rdflib_reads_the_same_store(graph: mngraph.Graph) -> None:
    """The rdflib Dataset answers over the union of graphs, with rdflib's own SPARQL engine."""
    dataset = graph.rdflib()
    text = "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s a <https://w3id.org/mngraph/ontology#Study> }"
    ((number,),) = dataset.query(text)  # type: ignore[misc]
    assert int(number) == 332


def test_an_endpoint_is_validated_as_a_copy(endpoint: str, store: stores.LocalStore) -> None:
    copy = stores.local(RemoteStore(endpoint))
    assert len(copy.oxigraph) == len(store.oxigraph)
    assert stores.local(store) is store


def test_capitals_in_an_ending_are_read(tmp_path: Path) -> None:
    path = tmp_path / "X.NT.GZ"
    path.write_bytes(gzip.compress(b"<http://a/> <http://a/> <http://a/> .\n"))
    assert len(list(stores.open_store(path).quads())) == 1


def test_a_question_asks_an_endpoint_for_what_it_needs_alone(
    graph: mngraph.Graph, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All labels, hierarchies and publications would be 1.6 MB more."""
    bodies, read = [], Connection.read

    def noting(connection: Connection, request: Request) -> Body:
        bodies.append(read(connection, request))
        return bodies[-1]

    monkeypatch.setattr(Connection, "read", noting)
    remote = mngraph.load(endpoint)
    asked = {"indication": "acne scars", "combined_with": "PRP"}
    assert remote.evidence(**asked).verdict == graph.evidence(**asked).verdict  # type: ignore[arg-type]
    assert sum(body.size for body in bodies) < 700_000
    bodies.clear()
    terms = ("microneedling", "PRP", "acne scar")
    assert remote.explain(*terms).to_text() == graph.explain(*terms).to_text()
    assert sum(body.size for body in bodies) < 700_000
