"""explain: the chain from a claim or an edge down to the source, as text and as PROV."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import Runner

from mngraph import context
from mngraph.errors import UsageError
from mngraph.evidence.chain import Step
from mngraph.evidence.explain import explain
from mngraph.store import LocalStore

CLAIM = "claim:microneedling_with_platelet-rich-plasma_for_acne-scar"


def steps(step: Step) -> list[Step]:
    return [step, *(each for inner in step.behind for each in steps(inner))]


def test_a_claim_leads_to_outcome_arms_study_publication_and_source(store: LocalStore) -> None:
    root = explain(store, [CLAIM]).root
    assert root.iri == CLAIM
    line = next(step for step in root.behind if step.iri.endswith("/line/pmid-35237616/A/B"))
    assert line.text == (
        "Evidence line: favors the combination, against the procedure alone, design level 1"
    )
    told = [step.text.partition(":")[0] for step in steps(line)]
    order = ["Evidence line", "Outcome 1", "Arm A", "Compared with arm B", "Study", "Publication"]
    assert [name for name in told if name in order] == order
    assert "OR 2.97 (95% CI 1.96 to 4.51), I2 = 0%, p <0.001" in line.behind[0].text
    iris = {step.iri for step in steps(line)}
    assert "https://pubmed.ncbi.nlm.nih.gov/35237616/" in iris
    assert "https://www.frontiersin.org/articles/10.3389/fmed.2021.788754/full" in iris


def test_three_terms_in_any_order_name_the_claim(store: LocalStore) -> None:
    for terms in (["microneedling", "PRP", "acne scar"], ["acne scar", "PRP", "microneedling"]):
        assert explain(store, terms).root.iri == CLAIM
    assert explain(store, [context.expand(CLAIM)]).root.iri == CLAIM


def test_every_line_of_the_claim_stands_once_and_none_else(store: LocalStore) -> None:
    query = f"SELECT ?l {{ {CLAIM} mn:hasEvidenceLine|(mn:inheritedFrom/mn:hasEvidenceLine) ?l }}"
    expected = sorted(context.compact(row["l"].value) for row in store.query(query))
    shown = sorted(s.iri for s in steps(explain(store, [CLAIM]).root) if "/line/" in s.iri)
    assert shown == expected
    assert len(expected) > 3


@pytest.mark.parametrize("predicate", ["mn:studiedFor", "studiedFor"])
def test_an_edge_leads_to_its_claims(store: LocalStore, predicate: str) -> None:
    terms = ["procedure:microneedling", predicate, "indication:acne-scar"]
    root = explain(store, terms).root
    assert root.text == "microneedling studied for acne scar"
    assert CLAIM in {step.iri for step in root.behind}
    studies = {step.iri for step in steps(root) if step.text.startswith("Study:")}
    rows = store.query("""SELECT DISTINCT ?s { ?c mn:procedure procedure:microneedling ;
        mn:indication indication:acne-scar ;
        (mn:hasEvidenceLine|(mn:inheritedFrom/mn:hasEvidenceLine))/mn:study ?s }""")
    with_result = {context.compact(row["s"].value) for row in rows}
    without = studies - with_result
    assert with_result <= studies
    for study in without:  # studied, and no result seen
        assert bool(
            store.query(f"""ASK {{ ?claim mn:procedure procedure:microneedling ;
            mn:indication indication:acne-scar ;
            mn:inheritedFrom?/mn:studiedIn <{context.expand(study)}> }}""")
        )


def test_an_edge_of_a_record_leads_to_the_record(store: LocalStore) -> None:
    terms = ["study:pmid-31469914", "mn:indication", "indication:alopecia-areata"]
    shown = steps(explain(store, terms).root)
    assert "graph:study/pmid-31469914" in {step.iri for step in shown}
    assert "https://doi.org/10.1111/ced.14084" in {step.iri for step in shown}
    terms = ["publication:pmid-31469914", "mn:evaluates", "indication:alopecia-areata"]
    root = explain(store, terms).root
    assert [step.text for step in root.behind] == ["Study: indication"]


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (["claim:microneedling_for_acne-scars"], "did you mean claim:microneedling_for_acne-scar?"),
        (["microneedling", "studiedFor", "common-cold"], "no indication|is called 'common-cold'"),
        (["microneedling", "acne scar", "PRP", "needling"], "name one procedure"),
        (["study:pmid-31469914", "mn:indication", "indication:melasma"], "does not state"),
        (["procedure:microneedling", "mn:hasReportedEvent", "event:death"], "has nothing about"),
        (["microneedling", "combinableWith", "saline placebo"], "does not state"),
        (["needling", "studied for", "acne scar"], "does not state"),
        ([f"{CLAIM}/line/nobody/A/B"], "has no claim"),
    ],
)
def test_what_is_not_there_is_said(store: LocalStore, terms: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        explain(store, terms)


@pytest.mark.parametrize(
    "command", [("explain",), ("show",), ("query", "evidence-lines-of", "-f", "csv", "-p")]
)
def test_a_claim_is_found_by_its_label(command: tuple[str, ...], run: Runner) -> None:
    claim = "claim:microneedling_with_platelet-rich-plasma_for_acne-scar"
    label = "microneedling with platelet-rich plasma for acne scar"
    name = "claim=" if "-p" in command else ""
    by_label, by_curie = (run(*command, f"{name}{text}") for text in (label, claim))
    assert by_label.exit_code == 0, by_label.stderr
    assert by_label.stdout == by_curie.stdout


@pytest.mark.parametrize(
    "command", [("explain",), ("query", "evidence-lines-of", "-f", "csv", "-p")]
)
def test_a_label_that_no_claim_has_leads_to_the_list(command: tuple[str, ...], run: Runner) -> None:
    name = "claim=" if "-p" in command else ""
    result = run(*command, f"{name}Microneedling for nothing at all")
    assert result.exit_code == 2
    assert "mngraph query claims-about" in result.stderr and "https://" not in result.stderr


def test_a_study_is_explained_by_its_record_and_publication(run: Runner) -> None:
    shown = run("explain", "pmid-31469914").stdout
    assert shown.startswith("Study: ") and "https://doi.org/10.1111/ced.14084" in shown


def test_every_edge_that_the_graph_states_is_explained(store: LocalStore) -> None:
    query = """SELECT ?s ?p ?o { VALUES ?p { mn:studiedFor mn:combinableWith mn:hasReportedEvent }
        ?s ?p ?o } ORDER BY ?p ?s ?o"""
    edges = [[context.compact(row[n].value) for n in "spo"] for row in store.query(query)]
    assert len(edges) > 200
    for edge in edges[::12]:
        root = explain(store, edge).root
        assert any(step.text.startswith("Study:") for step in steps(root)), edge


def test_a_property_goes_by_its_label(store: LocalStore) -> None:
    root = explain(store, ["microneedling", "has reported event", "erythema"]).root
    assert root.text == "microneedling has reported event erythema"


def test_a_location_without_named_graphs_still_explains(store: LocalStore, tmp_path: Path) -> None:
    from mngraph import export
    from mngraph.store import open_store

    export.write_graph(store, tmp_path / "x.ttl", "ttl")
    edge = ["study:pmid-31469914", "mn:indication", "indication:alopecia-areata"]
    shown = steps(explain(open_store(tmp_path / "x.ttl"), edge).root)
    assert any(step.text.startswith("stated in") for step in shown)
    assert "https://doi.org/10.1111/ced.14084" in {step.iri for step in shown}


def test_the_prov_leads_from_the_edge_to_the_source(run: Runner) -> None:
    words = ["microneedling", "studiedFor", "acne-scar", "-f", "jsonld"]
    result = run("explain", *words)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert "@context" in document
    triples = ox.parse(result.stdout, format=ox.RdfFormat.JSON_LD)
    graph = LocalStore.memory(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    rows = graph.query("""SELECT DISTINCT ?source {
        ?edge rdf:predicate mn:studiedFor ; prov:wasDerivedFrom ?claim .
        ?claim a mn:TreatmentClaim ; prov:wasDerivedFrom ?line .
        ?line a mn:EvidenceLine ; prov:wasDerivedFrom ?outcome .
        ?outcome a mn:Outcome ; prov:wasDerivedFrom ?record .
        ?record prov:wasDerivedFrom ?publication ; prov:hadPrimarySource ?source .
        ?publication a mn:Publication }""")
    sources = {row["source"].value for row in rows}
    assert "https://www.frontiersin.org/articles/10.3389/fmed.2021.788754/full" in sources
    assert run("explain", *words).stdout == result.stdout


def test_a_pipe_gets_plain_lines(run: Runner) -> None:
    result = run("explain", CLAIM)
    lines = result.stdout.splitlines()
    assert lines[0] == f"Claim: Microneedling with platelet-rich plasma for acne scar  <{CLAIM}>"
    assert "\x1b" not in result.stdout
    assert run("explain", "claim:nope").exit_code == 2
