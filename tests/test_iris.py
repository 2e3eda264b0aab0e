"""The patterns of IRIs against those that records and rules wrote into the release."""

from __future__ import annotations

import pytest

from mngraph import iris
from mngraph.store import LocalStore


def nodes(store: LocalStore, kind: str) -> list[str]:
    """Return the IRIs of the instances of a class."""
    return [row["s"].value for row in store.select(f"SELECT ?s {{ ?s a {kind} }}")]


@pytest.mark.parametrize("kind", ["mn:TreatmentClaim", "mn:SafetyClaim"])
def test_names_of_claims_can_be_read_and_made(store: LocalStore, kind: str) -> None:
    """The rules make these names in SPARQL; both must know one pattern."""
    read = {iri: iris.read_claim(iri) for iri in nodes(store, kind)}
    assert read
    assert all(name is not None and name.iri == iri for iri, name in read.items())
    query = f"SELECT ?s ?o {{ ?s a {kind} ; mn:indication|mn:event ?o }}"
    for row in store.select(query):
        name = read[row["s"].value]
        assert name is not None
        assert (name.indication or name.event) == iris.last_segment(row["o"].value)


def test_combinations_of_arms_are_named_as_the_rules_name_them(store: LocalStore) -> None:
    query = """SELECT ?arm ?notation ?procedure (GROUP_CONCAT(?iri; SEPARATOR = " ") AS ?given) {
        ?arm skos:notation ?notation ; mn:procedure ?procedure
        OPTIONAL { ?arm mn:combinedWith ?m }
        BIND(COALESCE(STR(?m), "") AS ?iri) } GROUP BY ?arm ?notation ?procedure"""
    rows = list(store.select(query))
    assert rows
    for row in rows:
        given = [iris.last_segment(iri) for iri in row["given"].value.split()]
        made = iris.combination(iris.last_segment(row["procedure"].value), given)
        assert made == row["notation"].value


@pytest.mark.parametrize("kind", ["mn:Study", "mn:Arm", "mn:Outcome", "mn:AdverseEventReport"])
def test_nodes_of_a_record_know_their_study(store: LocalStore, kind: str) -> None:
    found = nodes(store, kind)
    assert found
    for iri in found:
        assert iri.startswith(iris.study(iris.study_key(iri)))


def test_nodes_of_a_record_are_named_as_records_name_them(store: LocalStore) -> None:
    made = {
        "mn:Arm": lambda key, name: iris.arm(key, name),
        "mn:Outcome": lambda key, name: iris.outcome(key, int(name)),
        "mn:AdverseEventReport": lambda key, name: iris.report(key, int(name)),
    }
    for kind, make in made.items():
        for iri in nodes(store, kind):
            assert make(iris.study_key(iri), iris.last_segment(iri)) == iri
    query = "SELECT ?s ?p ?r { ?s mn:reportedIn ?p ; mn:hasRecord ?r }"
    for row in store.select(query):
        key = iris.study_key(row["s"].value)
        assert iris.study_graph(key) == row["r"].value
        assert iris.publication(key) == row["p"].value


def test_what_is_no_node_of_ours_has_no_key_and_no_claim() -> None:
    for iri in ("http://example.org/study/a", f"{iris.BASE}measure/pain-score", ""):
        assert iris.study_key(iri) == ""
        assert iris.claim_of(iri) == ""
        assert iris.read_claim(iri) is None
