"""Shapes and checks: what they find in corrupted graphs, and that another engine agrees."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from conftest import CHECKOUT

from mngraph import build, conformance, context, shapes, validate
from mngraph.errors import GraphSyntaxError
from mngraph.store import LocalStore

EXAMPLES = sorted((CHECKOUT / "ontology" / "examples").glob("*/*.yaml"))
LISTS = ("direction", "stance", "seriousness", "blinding", "effectType", "comparatorKind", "seen")


@dataclass(frozen=True)
class Fault:
    """A fault put into a graph: one node is picked, and one of its values replaced.

    Attributes:
        name: what is wrong.
        pick: a pattern that `?node` must fit, and with it whatever `put` uses.
        path: the property at fault.
        put: the new values, in Turtle; nothing takes the value away.
        found: what the finding names: a constraint component or a check.
        add: whether the old values stay.
    """

    name: str
    pick: str
    path: str
    put: str
    found: str
    add: bool = False


OUTCOME, REPORT = "?node a mn:Outcome", "?node a mn:AdverseEventReport"
STUDY, ARM, LINE = "?node a mn:Study", "?node a mn:Arm", "?node a mn:EvidenceLine"
CLAIM, PAPER = "?node a mn:TreatmentClaim", "?study mn:reportedIn ?node"
RECORD, CONCEPT = "?node a mn:StudyRecord", "?node a mn:Modality"
ELSEWHERE = "?other mn:hasArm ?arm FILTER NOT EXISTS { ?own mn:hasArm ?arm }"

FAULTS = [
    Fault("unknown direction", f"{OUTCOME} ; mn:direction ?x", "mn:direction", "mn:Up", "In"),
    Fault("unknown stance", f"{LINE} ; mn:stance ?x", "mn:stance", "mn:Likes", "In"),
    Fault("level 9", f"{CLAIM} ; mn:bestEvidenceLevel ?x", "mn:bestEvidenceLevel", "9",
          "MaxInclusive"),
    Fault("level 0", f"{LINE} ; mn:evidenceLevel ?x", "mn:evidenceLevel", "0", "MinInclusive"),
    Fault("starting level 6", "?node a mn:StudyDesign ; mn:startingLevel ?x", "mn:startingLevel",
          "6", "MaxInclusive"),
    Fault("study count -3", CLAIM, "mn:studyCount", "-3", "MinInclusive"),
    Fault("study count many", CLAIM, "mn:studyCount", '"many"', "Datatype"),
    Fault("an integer that is none", CLAIM, "mn:reviewCount", '"many"^^xsd:integer', "Datatype"),
    Fault("a modality as indication", CLAIM, "mn:indication", "modality:platelet-rich-plasma",
          "Class"),
    Fault("an indication as procedure", f"{ARM} ; mn:procedure ?x", "mn:procedure",
          "indication:melasma", "Class"),
    Fault("a claim on nothing", CLAIM, "mn:indication", "", "MinCount"),
    Fault("first arm of another study", f"?own mn:hasOutcome ?node . {ELSEWHERE}", "mn:firstArm",
          "?arm", "arm-of-another-study"),
    Fault("event in an arm of another study",
          f"?own mn:hasAdverseEventReport ?node . {ELSEWHERE}", "mn:inArm", "?arm",
          "arm-of-another-study"),
    Fault("line on an arm of another study", f"{LINE} ; mn:study ?own . {ELSEWHERE}", "mn:inArm",
          "?arm", "arm-of-another-study"),
    Fault("10.5 participants", STUDY, "mn:participants", "10.5", "Datatype"),
    Fault("fewer than no participants", STUDY, "mn:participants", "-1", "MinInclusive"),
    Fault("country 5", STUDY, "mn:country", "5", "In"),
    Fault("no such country", STUDY, "mn:country", '"Atlantis"', "In"),
    Fault("p of 1.7", OUTCOME, "mn:pValue", '"1.7"', "Pattern"),
    Fault("p as a number", OUTCOME, "mn:pValue", "0.03", "Datatype"),
    Fault("a circle of concepts", f"{CONCEPT} . ?low skos:broader ?node", "skos:broader", "?low",
          "hierarchy-with-cycle"),
    Fault("a circle of claims", f"{CLAIM} . ?low mn:inheritedFrom ?node", "mn:inheritedFrom",
          "?node", "hierarchy-with-cycle", add=True),
    Fault("no arm", STUDY, "mn:hasArm", "", "MinCount"),
    Fault("two designs", STUDY, "mn:studyDesign", "design:case-report, design:letter", "MaxCount"),
    Fault("no design of ours", STUDY, "mn:studyDesign", "<http://example.org/x>", "Class"),
    Fault("skin type 7", STUDY, "mn:skinTypes", "7", "MaxInclusive"),
    Fault("more completed than began", f"{STUDY} ; mn:participants ?x", "mn:completed", "99999",
          "LessThanOrEquals"),
    Fault("unknown blinding", STUDY, "mn:blinding", "mn:Blindfold", "In"),
    Fault("two publications", STUDY, "mn:reportedIn", "publication:a", "MaxCount", add=True),
    Fault("no events, in words", STUDY, "mn:noAdverseEvents", '"none"', "Datatype"),
    Fault("two summaries", STUDY, "dcterms:description", '"a"@en, "b"@en', "UniqueLang"),
    Fault("needles of -1 mm", ARM, "mn:needleLengthMm", "-1.0", "MinExclusive"),
    Fault("needles of 150 mm", ARM, "mn:needleLengthMm", "150.0", "MaxInclusive"),
    Fault("no sessions", ARM, "mn:sessions", "0", "MinInclusive"),
    Fault("half a session", ARM, "mn:sessions", "1.5", "Datatype"),
    Fault("a device that is a node", ARM, "mn:device", "mn:Device", "Datatype"),
    Fault("an arm of two studies", f"{ARM} . ?other a mn:Study", "^mn:hasArm", "?other", "MaxCount",
          add=True),
    Fault("given: an event", ARM, "mn:intervention", "event:erythema", "Class"),
    Fault("more affected than at risk", f"{REPORT} ; mn:atRisk ?x", "mn:affected", "99999",
          "LessThanOrEquals"),
    Fault("a modality as event", REPORT, "mn:event", "modality:vehicle", "Class"),
    Fault("unknown seriousness", REPORT, "mn:seriousness", "mn:Deadly", "In"),
    Fault("limits the wrong way round", f"{OUTCOME} ; mn:effectLower ?x", "mn:effectLower",
          "99999.0", "LessThanOrEquals"),
    Fault("an effect beside its interval", f"{OUTCOME} ; mn:effectLower ?x", "mn:effectValue",
          "-99999.0", "effect-outside-interval"),
    Fault("an effect in words", OUTCOME, "mn:effectValue", '"large"', "Datatype"),
    Fault("unknown type of effect", OUTCOME, "mn:effectType", "mn:Guess", "In"),
    Fault("I² of 120", OUTCOME, "mn:iSquared", "120.0", "MaxInclusive"),
    Fault("an interval of 100 percent", OUTCOME, "mn:effectConfidenceLevel", "100.0",
          "MaxExclusive"),
    Fault("no measure", OUTCOME, "mn:measure", "", "MinCount"),
    Fault("an arm against itself", f"{OUTCOME} ; mn:firstArm ?arm", "mn:secondArm", "?arm",
          "Disjoint"),
    Fault("a DOI as a link", PAPER, "bibo:doi", '"https://doi.org/10.1/x"', "Pattern"),
    Fault("a PMID with letters", PAPER, "bibo:pmid", '"12a"', "Pattern"),
    Fault("published next spring", PAPER, "dcterms:issued", '"next spring"', "Pattern"),
    Fault("published in month 13", PAPER, "dcterms:issued", '"2019-13"', "Pattern"),
    Fault("no source", RECORD, "prov:hadPrimarySource", "", "MinCount"),
    Fault("a source in words", RECORD, "prov:hadPrimarySource", '"a book"', "NodeKind"),
    Fault("the cover seen", RECORD, "mn:seen", "mn:Cover", "In"),
    Fault("a date of another form", RECORD, "dcterms:created", '"22.11.2026"', "Datatype"),
    Fault("day 41", RECORD, "dcterms:created", '"2026-11-41"^^xsd:date', "Datatype"),
    Fault("read no times", RECORD, "mn:extractions", "0", "MinInclusive"),
    Fault("a line of no study", LINE, "mn:study", "", "MinCount"),
    Fault("a line that rests on nothing", LINE, "prov:wasDerivedFrom", "", "MinCount"),
    Fault("compared with an indication", LINE, "mn:comparator", "indication:melasma", "Or"),
    Fault("unknown kind of comparator", LINE, "mn:comparatorKind", "mn:Worse", "In"),
    Fault("unknown class of outcome", LINE, "mn:outcomeClass", "mn:Soft", "In"),
    Fault("a concept without a name", CONCEPT, "skos:prefLabel", "", "MinCount"),
    Fault("two names in one language", CONCEPT, "skos:prefLabel", '"a"@en, "b"@en', "UniqueLang"),
    Fault("a concept without a definition", CONCEPT, "skos:definition", "", "MinCount"),
    Fault("broader than a concept", CONCEPT, "skos:broader", "mn:Modality", "Class"),
]  # fmt: skip


def inject(store: LocalStore) -> dict[str, str]:
    """Put every fault into a graph, each at a node of its own; return the nodes by name."""
    taken: dict[str, str] = {}
    for fault in FAULTS:
        rows = store.select(f"SELECT * {{ {fault.pick} }} ORDER BY ?node ?arm ?low ?other")
        row = next(row for row in rows if row["node"].value not in taken.values())
        node = taken[fault.name] = row["node"].value
        put = fault.put
        for name in ("arm", "low", "other", "node"):
            if f"?{name}" in put:
                put = put.replace(f"?{name}", str(row[name]))
        back = fault.path.startswith("^")
        path = fault.path.removeprefix("^")
        if not fault.add:
            change(store, f"DELETE WHERE {{ GRAPH ?g {{ <{node}> {path} ?old }} }}")
        if put:
            triple = f"{put} {path} <{node}>" if back else f"<{node}> {path} {put}"
            change(store, f"INSERT DATA {{ GRAPH graph:x {{ {triple} }} }}")
    return taken


def change(store: LocalStore, text: str) -> None:
    store.oxigraph.update(text, prefixes=context.prefixes())


def copy_of(quads: Iterator[ox.Quad]) -> LocalStore:
    return LocalStore.memory(quads)


@pytest.fixture(scope="module")
def corrupted(part: LocalStore) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """A graph with every fault: the nodes, and node and source of each finding."""
    graph = copy_of(part.quads())
    nodes = inject(graph)
    found = validate.check_store(graph).faults
    return nodes, {(finding.node, finding.source) for finding in found}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_in_the_graph_is_named(
    fault: Fault, corrupted: tuple[dict[str, str], set[tuple[str, str]]]
) -> None:
    nodes, found = corrupted
    source = fault.found if "-" in fault.found else f"{fault.found}ConstraintComponent"
    assert (nodes[fault.name], source) in found


def test_only_what_is_wrong_is_found(store: LocalStore) -> None:
    """A German label beside the English one, and a summary in another language, are no faults."""
    graph = copy_of(store.quads())
    change(
        graph, 'INSERT DATA { GRAPH graph:x { indication:melasma skos:prefLabel "Melasma"@de } }'
    )
    change(
        graph,
        "INSERT { GRAPH graph:x { ?study dcterms:description 'kurz'@de } } "
        "WHERE { GRAPH ?g { ?study a mn:Study } }",
    )
    assert validate.check_store(graph).faults == []


# --- another engine --------------------------------------------------------------------------

Result = tuple[str, str, str, str]
"""Focus node, path, component, value."""


def our_results(store: LocalStore) -> set[Result]:
    return {
        (
            getattr(found.focus, "value", ""),
            plain(found.path.sparql) if found.path else "",
            found.component,
            getattr(found.value, "value", ""),
        )
        for found in conformance.violations(store, shapes.all_shapes())
    }


def plain(path: str) -> str:
    return path.replace("(", "").replace(")", "").replace(" ", "")


def their_results(store: LocalStore) -> set[Result]:
    """What pySHACL, which reads the same shapes with rdflib, finds in the union of the graphs."""
    pyshacl = pytest.importorskip("pyshacl")
    rdflib = pytest.importorskip("rdflib")
    from pyshacl.helper.path_helper import shacl_path_to_sparql_path
    from pyshacl.shapes_graph import ShapesGraph
    from rdflib import SH

    lines = {f"{q.subject} {q.predicate} {q.object} .\n" for q in store.quads()}
    data, shape_graph = rdflib.Graph(), rdflib.Graph()
    data.parse(data="".join(sorted(lines)), format="nt")
    for path in sorted((CHECKOUT / "ontology" / "shapes").glob("*.ttl")):
        shape_graph.parse(path)
    _, report, _ = pyshacl.validate(data, shacl_graph=shape_graph)

    def path_of(result: Any) -> str:
        node = report.value(result, SH.resultPath)
        if node is None:
            return ""
        if isinstance(node, rdflib.URIRef):
            return f"<{node}>"
        return plain(shacl_path_to_sparql_path(ShapesGraph(report), node))

    return {
        (
            str(report.value(result, SH.focusNode)),
            path_of(result),
            str(report.value(result, SH.sourceConstraintComponent)).rpartition("#")[2],
            str(value) if (value := report.value(result, SH.value)) is not None else "",
        )
        for result in report.subjects(SH.resultSeverity, None)
    }


NODE = os.environ.get("MNGRAPH_NODE", str(CHECKOUT / "build" / "node"))
"""The folder where `npm install rdf-validate-shacl n3` was run."""
DATES = {"2026-11-41"}
"""Values that rdf-validate-shacl takes for dates, which they are not."""


def third_results(store: LocalStore, room: Path) -> set[Result]:
    """What rdf-validate-shacl finds, which is written in JavaScript; paths of one property only."""
    rdflib = pytest.importorskip("rdflib")
    lines = {f"{q.subject} {q.predicate} {q.object} .\n" for q in store.quads()}
    (room / "data.nt").write_text("".join(sorted(lines)), "utf-8")
    shape_graph = rdflib.Graph()
    for path in sorted((CHECKOUT / "ontology" / "shapes").glob("*.ttl")):
        shape_graph.parse(path)
    shape_graph.serialize(room / "shapes.ttl", format="turtle")
    script = Path(__file__).with_name("shacl.mjs").read_text("utf-8")
    command = ["node", "--input-type=module", "-e", script]
    files = [str(room / "shapes.ttl"), str(room / "data.nt")]
    done = subprocess.run(
        [*command, *files], cwd=NODE, capture_output=True, text=True, timeout=300, check=True
    )
    found = map(json.loads, done.stdout.splitlines())
    return {
        (
            row["focus"],
            row["path"] and f"<{row['path']}>",
            row["component"].rpartition("#")[2],
            row["value"],
        )
        for row in found
    }


def simple(results: set[Result]) -> set[Result]:
    """Return results with the paths that `third_results` has."""
    return {
        (focus, path if re.fullmatch("<[^<>]*>", path) else "", component, value)
        for focus, path, component, value in results
    }


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    """All examples in one graph, under names of their own."""
    files, room = [], tmp_path_factory.mktemp("examples")
    for number, path in enumerate(EXAMPLES):
        text = re.sub(r"^id: .*$", f"id: example-{number}", path.read_text("utf-8"), flags=re.M)
        files.append(room / f"example-{number}.yaml")
        files[-1].write_text(text, "utf-8")
    graph, sources = build.build_graph(files)
    if sources.problems:
        files = [f for f in files if f not in {problem.path for problem in sources.problems}]
        graph, _ = build.build_graph(files)
    assert len({row[0] for row in our_results(graph)}) > 5
    return graph


def test_a_third_engine_finds_the_same_but_for_dates(
    part: LocalStore, examples: LocalStore, tmp_path: Path
) -> None:
    """In a graph without faults, in one with a fault of each kind, and in the examples."""
    if not shutil.which("node") or not (Path(NODE) / "node_modules/rdf-validate-shacl").is_dir():
        pytest.skip(f"rdf-validate-shacl is not installed in {NODE}: npm install --prefix")
    graph = copy_of(part.quads())
    assert third_results(graph, tmp_path) == set()
    graph.oxigraph.extend(examples.quads())
    inject(graph)
    ours, theirs = simple(our_results(graph)), third_results(graph, tmp_path)
    assert theirs - ours == set()
    assert {row[3] for row in ours - theirs} == DATES


def test_another_engine_finds_the_same(part: LocalStore, examples: LocalStore) -> None:
    """In a graph without faults, and in one with a fault of each kind and with the examples."""
    graph = copy_of(part.quads())
    assert our_results(graph) == their_results(graph) == set()
    graph.oxigraph.extend(examples.quads())
    inject(graph)
    ours, theirs = our_results(graph), their_results(graph)
    assert ours - theirs == theirs - ours == set()
    assert {row[2] for row in ours} == {
        f"{name[0].upper()}{name[1:]}ConstraintComponent" for name in used_constraints()
    }, "each kind of constraint is broken by some fault"


def used_constraints() -> set[str]:
    """The constraints that the shape files use, by another reader."""
    rdflib = pytest.importorskip("rdflib")
    graph = rdflib.Graph()
    for path in (CHECKOUT / "ontology" / "shapes").glob("*.ttl"):
        graph.parse(path)
    words = {str(p).rpartition("#")[2] for p in graph.predicates() if "/ns/shacl#" in str(p)}
    return words - {"property", "alternativePath", "inversePath"} - shapes.DESCRIBING


# --- what shapes may say ---------------------------------------------------------------------

HEAD = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:message "m"@en ; """


@pytest.mark.parametrize(
    ("turtle", "named"),
    [
        (f"{HEAD} sh:hasValue 1 ] .", "sh:hasValue"),
        (f"{HEAD} sh:qualifiedMinCount 1 ] .", "sh:qualifiedMinCount"),
        (f"{HEAD} sh:deactivated true ] .", "sh:deactivated"),
        (f"{HEAD} sh:property [ sh:path ex:q ; sh:minCount 1 ] ] .", "sh:property"),
        (f"{HEAD} sh:in 5 ] .", "list"),
        (HEAD.replace("ex:p", "[ sh:inverse ex:p ]") + "sh:minCount 1 ] .", "path"),
        (HEAD.replace('sh:message "m"@en ;', "") + "sh:minCount 1 ] .", "sh:message"),
        (f"{HEAD} sh:minCount 1 ] . ex:T a sh:NodeShape ; sh:nodeKind sh:IRI .", "T"),
        (f"{HEAD} sh:minCount 1 ] ; sh:minCount 1 ; sh:message 'm' .", "sh:minCount"),
    ],
)
def test_what_a_shape_says_is_understood_or_refused(
    turtle: str, named: str, tmp_path: Path
) -> None:
    (tmp_path / "shape.ttl").write_text(turtle)
    with pytest.raises(GraphSyntaxError, match=r"shape\.ttl") as caught:
        shapes.read_shapes(tmp_path / "shape.ttl")
    assert named in str(caught.value)


def test_closed_lists_of_shapes_are_those_of_the_ontology(part: LocalStore) -> None:
    """A value that the ontology adds is allowed, and one that it drops is not."""
    listed = {
        constraint.values
        for shape in shapes.all_shapes()
        for part in shape.constraints
        for inner in part.shapes
        for constraint in inner.constraints
        if inner.path and inner.path.words in {f"mn:{name}" for name in LISTS}
        if constraint.parameter == "in"
    }
    query = """SELECT ?class (GROUP_CONCAT(STR(?value)) AS ?values) {
        ?class owl:equivalentClass/owl:oneOf/rdf:rest*/rdf:first ?value } GROUP BY ?class"""
    closed = {frozenset(row["values"].value.split()) for row in part.select(query)}
    for values in listed:
        assert {getattr(value, "value", "") for value in values} in closed
    assert len(listed) == len(LISTS)


def test_a_path_of_several_properties_is_named_in_words(part: LocalStore) -> None:
    graph = copy_of(part.quads())
    change(graph, "INSERT DATA { GRAPH graph:x { claim:zzz a mn:TreatmentClaim } }")
    lines = [str(finding) for finding in validate.check_store(graph).faults]
    assert any(line.startswith("claim:zzz mn:indication or mn:event: A claim") for line in lines)
    assert not any("_:" in line for line in lines)
