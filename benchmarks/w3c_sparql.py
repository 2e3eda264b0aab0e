"""The W3C tests of SPARQL queries, asked of `/sparql` of a running `mngraph serve`.

    git clone https://github.com/w3c/rdf-tests FOLDER
    python benchmarks/w3c_sparql.py FOLDER [SUITE …]

The suites are sparql10, sparql11 and sparql12. Each file of data is a named graph, and the request
names the graphs of the test as its dataset. A test of a query's answer is asked thrice: by GET, by
POST with a form and by POST with the query alone, each in another format, and passes where all
three answers are those of the suite. The same tests are put to pyoxigraph without any server.
Prints the counts and each test that fails; exits 1 if one passes in pyoxigraph but not served.
Literals are compared as a store of Oxigraph holds them (01 as 1). Of sparql12, a draft, the tests
whose data are in TriG fail served: the request cannot name the graphs inside a file.
"""

from __future__ import annotations

import csv
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pyoxigraph as ox

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from served import Served

BASE = "https://w3c.github.io/rdf-tests/"
MANIFEST = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
RESULT_SET = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
NOTHING = f"{BASE}a-graph-without-triples"
SUITES = {
    "sparql10": ("manifest-evaluation.ttl", "manifest-syntax.ttl"),
    "sparql11": ("manifest-sparql11-query.ttl", "manifest-sparql11-results.ttl"),
    "sparql12": ("manifest.ttl",),
}
ANSWERS, CSV = ("QueryEvaluationTest",), "CSVResultFormatTest"
GOOD = ("PositiveSyntaxTest", "PositiveSyntaxTest11", "PositiveSyntaxTest12")
BAD = ("NegativeSyntaxTest", "NegativeSyntaxTest11", "NegativeSyntaxTest12")
TESTS = """
PREFIX mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#>
PREFIX qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?test ?kind (COALESCE(?given, ?action) AS ?query) ?result ?lax
  (GROUP_CONCAT(DISTINCT COALESCE(STR(?file), ""); separator=" ") AS ?data)
  (GROUP_CONCAT(DISTINCT COALESCE(?pair, ""); separator=" ") AS ?named)
{
  ?manifest mf:entries/rdf:rest*/rdf:first ?test .
  ?test a ?type ; mf:action ?action . BIND(STRAFTER(STR(?type), "#") AS ?kind)
  OPTIONAL { ?test mf:result ?result }
  OPTIONAL { ?test mf:resultCardinality ?lax }
  OPTIONAL { ?action qt:query ?given }
  OPTIONAL { ?action qt:data ?file }
  OPTIONAL {
    ?action qt:graphData ?graph . OPTIONAL { ?graph qt:graph ?inner ; rdfs:label ?label }
    BIND(CONCAT(COALESCE(?label, STR(?graph)), "=", STR(COALESCE(?inner, ?graph))) AS ?pair)
  }
} GROUP BY ?test ?kind ?given ?action ?result ?lax ORDER BY ?test
"""
RESULT_FORMATS = {
    ".srx": ox.QueryResultsFormat.XML, ".srj": ox.QueryResultsFormat.JSON,
    ".tsv": ox.QueryResultsFormat.TSV,
}  # fmt: skip
Rows = list[tuple[tuple[str, Any], ...]]


class Test(NamedTuple):
    """A test of the suite; files are named by IRIs, `named` by the graphs' names."""

    iri: str
    kind: str
    query: str
    result: str
    lax: bool
    data: tuple[str, ...]
    named: dict[str, str]

    @property
    def short(self) -> str:
        """Where the test stands, and its name."""
        folder = "/".join(self.query.removeprefix(f"{BASE}sparql/").split("/")[:-1])
        return f"{folder}#{self.iri.rpartition('#')[2]}"


class Answer(NamedTuple):
    """What a query found: a truth value, rows, or triples, in a form that can be compared."""

    kind: str
    found: Any


class Suite:
    """The tests of some manifests, and their files."""

    def __init__(self, folder: Path, suites: Iterable[str]) -> None:
        self.folder = folder
        self.tests: list[Test] = []
        for suite in suites:
            for name in SUITES[suite]:
                self.tests += self._tests(f"{BASE}sparql/{suite}/{name}")

    def path(self, iri: str) -> Path:
        """Return where a file of the suite is."""
        return self.folder / iri.removeprefix(BASE)

    def quads(self, iri: str) -> list[ox.Quad]:
        """Return what a file of data holds."""
        return list(ox.parse(path=self.path(iri), base_iri=iri, rename_blank_nodes=True))

    def text(self, test: Test) -> str:
        """Return a query as the suite has it."""
        return self.path(test.query).read_text("utf-8")

    def chosen(self, test: Test) -> list[str]:
        """Return the files beside the query that its FROM names."""
        written = re.findall(r"FROM\s+(?:NAMED\s+)?<([^:>]+)>", self.text(test), re.IGNORECASE)
        beside = [f"{test.query.rpartition('/')[0]}/{name}" for name in written]
        return [iri for iri in beside if self.path(iri).is_file()]

    def graphs(self, test: Test) -> dict[str, str]:
        """Return the files that a test reads as graphs, by the graphs' names."""
        return test.named | {iri: iri for iri in self.chosen(test)}

    def _tests(self, manifest: str) -> Iterator[Test]:
        store = stored(self.quads(manifest))
        include = "SELECT ?m { ?s <%sinclude>/<%srest>*/<%sfirst> ?m }"
        syntax = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        for (part,) in store.query(include % (MANIFEST, syntax, syntax)):
            yield from self._tests(part.value)
        for row in store.query(TESTS):
            named = dict(pair.split("=") for pair in row["named"].value.split())
            if row["kind"].value not in (*ANSWERS, CSV, *GOOD, *BAD):
                continue
            yield Test(
                row["test"].value, row["kind"].value, row["query"].value,
                row["result"].value if row["result"] else "",
                bool(row["lax"]), tuple(row["data"].value.split()), named,
            )  # fmt: skip


@cache
def as_stored(term: Any) -> Any:
    """Return a term as Oxigraph gives it back, which writes numbers and dates in one way."""
    if not isinstance(term, ox.Literal):
        return term
    node = ox.NamedNode(BASE)
    return next(iter(stored([ox.Quad(node, node, term)]))).object


def alike(rows: Rows, ordered: bool) -> Any:
    """Return what is equal for rows that differ only in blank nodes' names and, maybe, in order."""
    terms = [term for row in rows for _, term in row]
    if not any(isinstance(term, (ox.BlankNode, ox.Triple)) for term in terms):
        return rows if ordered else Counter(rows)
    quads = []
    for number, row in enumerate(rows):
        node = ox.BlankNode()
        place = ox.Literal(number if ordered else "anywhere")
        quads.append(ox.Quad(node, ox.NamedNode("x:row"), place))
        quads += [ox.Quad(node, ox.NamedNode(f"x:{name}"), term) for name, term in row]
    return canonical(quads)


def canonical(quads: Iterable[Any]) -> frozenset[str]:
    """Return quads with blank nodes that have the same names in equal graphs."""
    dataset = ox.Dataset(
        ox.Quad(q.subject, q.predicate, as_stored(q.object)) for q in quads
    )  # fmt: skip
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return frozenset(map(str, dataset))


def answer_of(found: Any, test: Test, ordered: bool) -> Answer:
    """Return an answer of pyoxigraph in a form that can be compared."""
    if isinstance(found, ox.QueryBoolean):
        return Answer("truth", bool(found))
    if not isinstance(found, ox.QuerySolutions):
        return Answer("graph", canonical(found))
    names = sorted(variable.value for variable in found.variables)
    rows: Rows = [
        tuple((name, as_stored(row[name])) for name in names if row[name] is not None)
        for row in found
    ]
    return rows_answer(names, rows, test, ordered)


def rows_answer(names: list[str], rows: Rows, test: Test, ordered: bool) -> Answer:
    """Return rows in a form that can be compared."""
    if test.lax:
        rows = list(dict.fromkeys(rows))
    return Answer("rows", (names, alike(rows, ordered)))


def expected(suite: Suite, test: Test) -> tuple[Answer, bool]:
    """Return what the suite expects, and whether the order of rows counts."""
    path = suite.path(test.result)
    if path.suffix == ".csv":
        return Answer("csv", csv_rows(path.read_text("utf-8"))), False
    if path.suffix in RESULT_FORMATS:
        text = path.read_text("utf-8")
        found = ox.parse_query_results(text, RESULT_FORMATS[path.suffix])
        return answer_of(found, test, False), False
    store = stored(suite.quads(test.result))
    of = f"PREFIX rs: <{RESULT_SET}> "
    if bool(store.query(of + "ASK { ?s rs:boolean ?b }")):
        return Answer("truth", bool(store.query(of + "ASK { ?s rs:boolean true }"))), False
    if not bool(store.query(of + "ASK { ?s a rs:ResultSet }")):
        return Answer("graph", canonical(store)), False
    names = sorted(v.value for (v,) in store.query(of + "SELECT ?v { ?s rs:resultVariable ?v }"))
    rows: dict[Any, list[tuple[str, Any]]] = {}
    bound = (
        "SELECT ?row ?i ?n ?v { ?s rs:solution ?row OPTIONAL { ?row rs:index ?i } "
        "OPTIONAL { ?row rs:binding ?b . ?b rs:variable ?n ; rs:value ?v } } ORDER BY ?i"
    )
    ordered = False
    for row in store.query(of + bound):
        ordered |= row["i"] is not None
        cells = rows.setdefault(row["row"], [])
        if row["n"] is not None:
            cells.append((row["n"].value, row["v"]))
    plain: Rows = [tuple(sorted(cells, key=lambda cell: cell[0])) for cells in rows.values()]
    return rows_answer(names, plain, test, ordered), ordered


def csv_rows(text: str) -> Any:
    """Return the rows of a CSV file by the names of columns; blank nodes without their names."""
    rows = csv.DictReader(text.splitlines())
    cells = ({name: re.sub(r"^_:\w+", "_:", value) for name, value in row.items()} for row in rows)
    return sorted(rows.fieldnames or ()), Counter(tuple(sorted(row.items())) for row in cells)


class Embedded:
    """Puts the tests to pyoxigraph, without a server."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite

    def outcome(self, test: Test) -> str:
        """Return `pass`, or what went wrong."""
        store = ox.Store()
        for iri in test.data:
            store.extend(self.suite.quads(iri))
        for name, iri in self.suite.graphs(test).items():
            store.extend(named_as(name, self.suite.quads(iri)))
        try:
            found = store.query(self.suite.text(test), base_iri=test.query)
        except SyntaxError as error:
            return "pass" if test.kind in BAD else f"refused: {one_line(str(error))}"
        except (RuntimeError, ValueError) as error:
            return f"failed: {one_line(str(error))}"
        if test.kind in BAD:
            return "not refused"
        if test.kind in GOOD:
            return "pass"
        if test.kind == CSV:
            text = found.serialize(format=ox.QueryResultsFormat.CSV).decode()
            return "pass" if csv_rows(text) == expected(self.suite, test)[0].found else "other rows"
        wanted, ordered = expected(self.suite, test)
        return "pass" if answer_of(found, test, ordered) == wanted else "other answer"


class Endpoint:
    """Puts the tests to `/sparql` of a server."""

    FORMS = (
        ("application/sparql-results+json", "text/turtle"),
        ("application/sparql-results+xml", "application/n-triples"),
        ("text/tab-separated-values", "application/rdf+xml"),
    )

    def __init__(self, suite: Suite, url: str) -> None:
        self.suite, self.url = suite, f"{url}/sparql"
        self.client = httpx.Client(timeout=60, trust_env=False)

    def outcome(self, test: Test) -> str:
        """Return `pass`, or what went wrong."""
        if test.kind == CSV:
            response = self._ask(0, test, "text/csv")
            rows = csv_rows(response.text) if response.is_success else None
            return "pass" if rows == expected(self.suite, test)[0].found else "other rows"
        ways = (self._way(number, test, *self.FORMS[number]) for number in range(3))
        return next((outcome for outcome in ways if outcome != "pass"), "pass")

    def _way(self, number: int, test: Test, table: str, graph: str) -> str:
        response = self._ask(number, test, f"{table}, {graph}")
        refused = response.status_code == httpx.codes.BAD_REQUEST
        if test.kind in BAD:
            return "pass" if refused else f"not refused: {response.status_code}"
        if not response.is_success:
            return f"{response.status_code}: {one_line(response.text)}"
        if test.kind in GOOD:
            return "pass"
        wanted, ordered = expected(self.suite, test)
        kind = response.headers["content-type"].partition(";")[0]
        found: Any
        if kind == table:
            format = ox.QueryResultsFormat.from_media_type(kind)
            found = ox.parse_query_results(response.content, format)
        else:
            format = ox.RdfFormat.from_media_type(kind)
            found = ox.parse(response.content, format=format, base_iri=test.query)
        return "pass" if answer_of(found, test, ordered) == wanted else f"other answer in {kind}"

    def _ask(self, number: int, test: Test, accept: str) -> httpx.Response:
        text = f"BASE <{test.query}>\n{self.suite.text(test)}"
        graphs: list[tuple[str, str]] = []
        if not self.suite.chosen(test):  # a query's own FROM gives way to what the request names
            graphs = [("named-graph-uri", name) for name in test.named]
            graphs += [("default-graph-uri", iri) for iri in test.data]
            graphs = graphs or [("default-graph-uri", NOTHING)]
        headers = {"accept": accept}
        if number == 0:
            params = httpx.QueryParams([("query", text), *graphs])
            return self.client.get(self.url, params=params, headers=headers)
        if number == 1:
            content = str(httpx.QueryParams([("query", text), *graphs]))
            headers["content-type"] = "application/x-www-form-urlencoded"
            return self.client.post(self.url, content=content, headers=headers)
        headers["content-type"] = "application/sparql-query"
        params = httpx.QueryParams(graphs)
        return self.client.post(self.url, params=params, content=text.encode(), headers=headers)


def stored(quads: Iterable[ox.Quad]) -> ox.Store:
    """Return a store in memory that holds these quads."""
    store = ox.Store()
    store.extend(quads)
    return store


def named_as(name: str, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield quads in a graph of this name."""
    graph = ox.NamedNode(name)
    return (ox.Quad(q.subject, q.predicate, q.object, graph) for q in quads)


def one_line(text: str) -> str:
    """Return the start of a message, on one line."""
    return " ".join(text.split())[:160]


def store_of(suite: Suite, folder: Path) -> None:
    """Write a store directory that holds the data of all tests, each file in a graph."""
    graphs = {iri: iri for test in suite.tests for iri in test.data}
    graphs |= {name: iri for test in suite.tests for name, iri in suite.graphs(test).items()}
    store = ox.Store(str(folder))
    store.bulk_extend(q for name, iri in graphs.items() for q in named_as(name, suite.quads(iri)))
    store.flush()


def main() -> int:
    """Run the tests, and print the counts."""
    suite = Suite(Path(sys.argv[1]), sys.argv[2:] or ["sparql10", "sparql11"])
    with tempfile.TemporaryDirectory() as folder:
        store_of(suite, Path(folder) / "store")
        with Served("-g", Path(folder) / "store", "--no-access-log") as server:
            embedded, endpoint = Embedded(suite), Endpoint(suite, server.url)
            outcomes = [
                (test, embedded.outcome(test), endpoint.outcome(test)) for test in suite.tests
            ]
    counts: Counter[tuple[str, str, str]] = Counter()
    for test, reference, served in outcomes:
        label = "syntax" if test.kind in (*GOOD, *BAD) else "answers"
        label = f"{test.query.removeprefix(f'{BASE}sparql/').partition('/')[0]}, {label}"
        counts[label, "tests", ""] += 1
        counts[label, "pyoxigraph", ""] += reference == "pass"
        counts[label, "served", ""] += served == "pass"
        counts[label, "both", ""] += reference == served == "pass"
    print("| tests | number | pyoxigraph passes | /sparql passes | both |")
    print("| --- | --: | --: | --: | --: |")
    for label in dict.fromkeys(key[0] for key in counts):
        cells = (counts[label, column, ""] for column in ("tests", "pyoxigraph", "served", "both"))
        print("|", " | ".join([label, *map(str, cells)]), "|")
    lost = 0
    for test, reference, served in outcomes:
        if reference != "pass" or served != "pass":
            print(f"{test.short}: pyoxigraph: {reference}; /sparql: {served}")
        lost += reference == "pass" and served != "pass"
    print(f"{lost} tests pass in pyoxigraph but not served")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
