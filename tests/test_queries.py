"""Every named query against an answer worked out from the records by other means."""

from __future__ import annotations

import random
import re
import shlex
from collections import Counter
from decimal import Decimal
from typing import Any

import answers
import pyoxigraph as ox
import pytest
from answers.records import records
from click.testing import CliRunner

import mngraph
from mngraph import concepts, context, prepare, queries, resources, sparqltokens
from mngraph.cli import cli
from mngraph.store import LocalStore
from mngraph.tables import Table

QUERIES = {query.name: query for query in queries.all_queries()}
GRAPHS = {"study-as-graph", "claim-provenance"}
PARTIAL = {
    "study-details", "classes-and-counts", "properties-and-counts", "named-graphs",
    "comparisons-without-estimate", "certainty-ceilings",
}  # fmt: skip
"""Queries whose answer here vouches for some rows only."""
NONE_HERE = {"appraisals-of", "appraisal-agreement"}
"""Queries for what the release has none of; tests/test_appraisals.py asks them of another graph."""


def example_values(query: queries.NamedQuery) -> dict[str, str]:
    """The parameters of a query's example."""
    words = shlex.split(query.example)
    return dict(words[i + 1].split("=", 1) for i, word in enumerate(words) if word == "-p")


def spelled(name: str, values: dict[str, str]) -> dict[str, str]:
    """The same parameters with concepts as slugs."""
    kinds = {p.name: p.type for p in QUERIES[name].parameters}
    concept = (*concepts.KINDS, "concept")
    return {k: v.replace(" ", "-") if kinds[k] in concept else v for k, v in values.items()}


def plain_number(cell: Any) -> Any:
    """A cell of a table, a decimal as the answers write it."""
    return float(cell) if isinstance(cell, Decimal) else cell


CASES = [(name, {}) for name in QUERIES] + [
    (name, values) for name, query in QUERIES.items() if (values := example_values(query))
]
CASES += [("contradicted-claims", {"combinations": "true"})]
IDS = [f"{name}{'-example' if values else ''}" for name, values in CASES]


@pytest.mark.parametrize(
    ("name", "values"),
    [c for c in CASES if c[0] not in GRAPHS],
    ids=[i for i in IDS if i.removesuffix("-example") not in GRAPHS],
)
def test_answer_is_that_of_the_records(
    graph: mngraph.Graph, name: str, values: dict[str, str]
) -> None:
    expected = getattr(answers, name.replace("-", "_"))(**spelled(name, values))
    found = graph.query(name, **values)
    if isinstance(expected, bool):
        assert found is expected
        return
    columns, rows = expected
    assert isinstance(found, Table)
    places = [found.columns.index(column) for column in columns.split()]
    seen = Counter(tuple(plain_number(row[place]) for place in places) for row in found)
    if name in PARTIAL:
        assert set(rows) <= set(seen)
    else:
        assert seen == Counter(rows)
    assert rows or name in NONE_HERE, "the case must have an answer, or it tests nothing"


def test_study_as_graph_holds_the_asserted_facts(store: LocalStore) -> None:
    study = "pmid-31469914"
    triples = set(queries.run_query(store, QUERIES["study-as-graph"], {"study": study}))
    asserted = {
        quad.triple for quad in store.quads(f"https://w3id.org/mngraph/graph/study/{study}")
    }
    assert triples == asserted
    title = ox.Literal(records()[study]["publication"]["title"], language="en")
    assert title in {triple.object for triple in triples}


def test_claim_provenance_leads_to_every_source(store: LocalStore) -> None:
    claim = "claim:microneedling_with_tranexamic-acid_for_melasma"
    triples = list(queries.run_query(store, QUERIES["claim-provenance"], {"claim": claim}))
    found = {t.object.value for t in triples if t.predicate.value.endswith("hadPrimarySource")}
    _, rows = answers.evidence_lines_of(claim)
    _, pages = answers.sources()
    studies = {row[0] for row in rows}
    assert found == {page[1] for page in pages if page[0] in studies}


@pytest.mark.parametrize("query", QUERIES.values(), ids=list(QUERIES))
def test_header_says_what_the_query_is(query: queries.NamedQuery) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", query.name)
    assert query.title
    assert query.description.endswith(".")
    assert re.search(
        r"^# audience: (dermatologist|reviewer|curator|knowledge-graph engineer)$", query.text, re.M
    )
    assert query.example.split()[:3] == ["mngraph", "query", query.name]
    read = sparqltokens.tokens(sparqltokens.unescaped(query.text))
    words = {token.text.upper() for token in read if token.kind == "word"}
    assert not words & (prepare.UPDATES | {"SERVICE", "FROM", "PREFIX"})
    for parameter in query.parameters:
        assert parameter.meaning
        assert f"${parameter.name}" in query.text
        assert parameter.type in {
            *concepts.KINDS,
            "concept",
            "study",
            "publication",
            "iri",
            "integer",
            "decimal",
            "string",
            "year",
            "boolean",
        }
        assert parameter.default is not None or parameter.optional, (
            "every query runs with its defaults"
        )


@pytest.mark.parametrize("query", QUERIES.values(), ids=list(QUERIES))
def test_another_parser_reads_the_query(query: queries.NamedQuery) -> None:
    from rdflib.plugins.sparql import prepareQuery

    prepareQuery(query.text, initNs=context.prefixes())


@pytest.mark.parametrize("query", QUERIES.values(), ids=list(QUERIES))
def test_columns_are_those_of_the_header(graph: mngraph.Graph, query: queries.NamedQuery) -> None:
    found = graph.query(query.name)
    said = re.search(r"^# columns: (.*)$", query.text, re.M)
    if isinstance(found, Table):
        assert said
        assert found.columns == said[1].split(", ")
        assert all(re.fullmatch("[a-z]+(_[a-z]+)*", column) for column in found.columns)
    else:
        assert not said


@pytest.mark.parametrize("name", QUERIES)
def test_example_runs_as_it_is_printed(release: Any, name: str) -> None:
    words = shlex.split(QUERIES[name].example)[1:]
    result = CliRunner().invoke(cli, words, env={"MNGRAPH_GRAPH": str(release)})
    assert result.exit_code == 0, result.output
    assert result.stdout.strip()


@pytest.fixture(scope="module")
def shuffled(store: LocalStore) -> LocalStore:
    """The same graph, read in another order."""
    quads = sorted(store.quads(), key=str)
    random.Random(5).shuffle(quads)  # noqa: S311
    return LocalStore.memory(quads)


@pytest.mark.parametrize("name", sorted(set(QUERIES) - GRAPHS))
def test_order_does_not_hang_on_the_store(
    store: LocalStore, shuffled: LocalStore, name: str
) -> None:
    one, other = (mngraph.Graph(each).query(name) for each in (store, shuffled))
    if isinstance(one, Table):
        assert one.rows == other.rows  # type: ignore[union-attr]
    else:
        assert one == other


def test_unknown_word_in_an_optional_parameter_is_refused(graph: mngraph.Graph) -> None:
    with pytest.raises(mngraph.MngraphError, match="minoxidil"):
        graph.query("studies-of", indication="alopecia", combined_with="minoxidyl")


def test_readme_lists_every_query_by_audience() -> None:
    text = (resources.folder("queries") / "README.md").read_text("utf-8")
    audience = ""
    for line in text.splitlines():
        audience = line[3:].lower() if line.startswith("## ") else audience
        if found := re.match(r"\| `([\w-]+)` \| (.*) \|$", line):
            query = QUERIES[found[1]]
            assert found[2] == query.title
            said = re.search(r"^# audience: (.*)$", query.text, re.M)
            assert said
            assert audience == f"for the {said[1]}"
    assert set(re.findall(r"^\| `([\w-]+)`", text, re.M)) == set(QUERIES)


@pytest.fixture(scope="module")
def bilingual(store: LocalStore) -> LocalStore:
    """The same graph with a German label beside each English one."""
    quads = list(store.quads())
    preferred = context.expand("skos:prefLabel")
    german = [
        ox.Quad(
            q.subject, q.predicate, ox.Literal(f"d {q.object.value}", language="de"), q.graph_name
        )
        for q in quads
        if q.predicate.value == preferred and isinstance(q.object, ox.Literal)
    ]
    assert german
    return LocalStore.memory([*quads, *german])


COUNTING = {"named-graphs", "properties-and-counts", "concept-by-label"}
"""Queries that count triples, or look for a word in all labels."""


@pytest.mark.parametrize("name", sorted(set(QUERIES) - GRAPHS - COUNTING))
def test_a_label_in_another_language_adds_no_row(
    store: LocalStore, bilingual: LocalStore, name: str
) -> None:
    one, other = (mngraph.Graph(each).query(name) for each in (store, bilingual))
    if isinstance(one, Table):
        assert one.rows == other.rows  # type: ignore[union-attr]
    else:
        assert one == other


def test_a_better_combination_does_not_dispute_the_procedure(graph: mngraph.Graph) -> None:
    """It says something about the combination; who wants these comparisons asks for them."""
    tables = [graph.query("contradicted-claims", combinations=way) for way in ("false", "true")]
    fewer, every = (
        {row[1]: dict(zip(table.columns, row, strict=True)) for row in table} for table in tables
    )
    assert fewer.keys() < every.keys()
    scar = "Microneedling for scar"
    assert fewer[scar]["disputing"] < every[scar]["disputing"]
