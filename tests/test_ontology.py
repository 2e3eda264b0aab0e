"""The ontology: declared, defined, within OWL 2 DL, and consistent with its vocabularies."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import DCTERMS, OWL, PROV, RDF, RDFS, SDO, SKOS, XSD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.term import Node

    from mngraph.store import LocalStore

ROOT = Path(__file__).parents[1] / "ontology"
BASE = "https://w3id.org/mngraph/"
MN = f"{BASE}ontology#"
SCHEMES = ("appraisal", "design", "event", "indication", "measure", "modality", "procedure")
OURS = (MN, *(f"{BASE}{scheme}/" for scheme in SCHEMES))

SEEN_AT = {  # where each borrowed term was seen whose vocabulary rdflib does not list
    "sepio.owl @de7ab0f, of the SEPIO ontology": """
        http://purl.obolibrary.org/obo/SEPIO_0000000 http://purl.obolibrary.org/obo/SEPIO_0000002
        http://purl.obolibrary.org/obo/SEPIO_0000006 http://purl.obolibrary.org/obo/SEPIO_0000007
        http://purl.obolibrary.org/obo/SEPIO_0000008 http://purl.obolibrary.org/obo/SEPIO_0000009
        http://purl.obolibrary.org/obo/SEPIO_0000067 http://purl.obolibrary.org/obo/SEPIO_0000183
        """,
    "public files that describe studies with STATO": """
        http://purl.obolibrary.org/obo/STATO_0000129 http://purl.obolibrary.org/obo/STATO_0000193
        http://purl.obolibrary.org/obo/STATO_0000196 http://purl.obolibrary.org/obo/STATO_0000245
        http://purl.obolibrary.org/obo/STATO_0000561
        """,
    "maxo.obo @7715a3f0, CURIEs turned into PURLs": """
        http://purl.obolibrary.org/obo/MAXO_0000002 http://purl.obolibrary.org/obo/MAXO_0001417
        """,
    "OBI_import.owl of github OAE-ontology/OAE @5bd9794": """
        http://purl.obolibrary.org/obo/OBI_0000011
        """,
    "biolink-model.yaml @ebaa35d; a predicate is the base with the name in snake case": """
        http://purl.obolibrary.org/obo/IAO_0000311 http://purl.obolibrary.org/obo/OBI_0000175
        https://w3id.org/biolink/vocab/has_adverse_event
        https://w3id.org/biolink/vocab/in_clinical_trials_for
        https://w3id.org/biolink/vocab/studied_to_treat
        """,
    "a public rendering of the Cochrane PICO ontology": """
        http://data.cochrane.org/ontologies/pico/AssessmentScale
        http://data.cochrane.org/ontologies/pico/Condition
        http://data.cochrane.org/ontologies/pico/Intervention
        http://data.cochrane.org/ontologies/pico/InterventionGroup
        http://data.cochrane.org/ontologies/pico/Outcome
        http://data.cochrane.org/ontologies/pico/OutcomeDomain
        http://data.cochrane.org/ontologies/pico/appliedIntervention
        http://data.cochrane.org/ontologies/pico/childIntervention
        http://data.cochrane.org/ontologies/pico/comparatorGroup
        http://data.cochrane.org/ontologies/pico/interventionGroup
        http://data.cochrane.org/ontologies/pico/numberOfParticipants
        """,
    "cord19-akg-example.ttl of github Wimmics/CovidOnTheWeb @5f1c4dd": """
        http://rdfs.org/sioc/argument#challenges http://rdfs.org/sioc/argument#supports
        http://purl.org/ontology/bibo/doi http://purl.org/ontology/bibo/pmid
        """,
    "public code that writes publications with BIBO": """
        http://purl.org/ontology/bibo/authorList http://purl.org/ontology/bibo/issue
        http://purl.org/ontology/bibo/pages http://purl.org/ontology/bibo/volume
        """,
    "OpenCitations Meta and SemOpenAlex, which publish with FaBiO": """
        http://purl.org/spar/fabio/BookChapter http://purl.org/spar/fabio/JournalArticle
        http://purl.org/spar/fabio/ReviewArticle http://purl.org/spar/fabio/hasPubMedCentralId
        """,
    "FHIR R5, profile of ArtifactAssessment, as public code generated from it names it": """
        http://hl7.org/fhir/StructureDefinition/ArtifactAssessment
        """,
    "Constants.java of github oeg-upm/fair_ontologies, which looks for them": """
        http://purl.org/ontology/bibo/status
        http://purl.org/vocab/vann/preferredNamespacePrefix
        http://purl.org/vocab/vann/preferredNamespaceUri
        """,
    "public code that writes the status of a document with BIBO": """
        http://purl.org/ontology/bibo/status/draft
        """,
    "the licence itself": "https://creativecommons.org/publicdomain/zero/1.0/",
}
SEEN = {iri for iris in SEEN_AT.values() for iri in iris.split()}
LISTED = (DCTERMS, OWL, PROV, RDF, RDFS, SDO, SKOS, XSD)
MATCHES = (
    SKOS.exactMatch,
    SKOS.closeMatch,
    SKOS.broadMatch,
    SKOS.narrowMatch,
    SKOS.relatedMatch,
)


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(ROOT / "mngraph.ttl")


@pytest.fixture(scope="module")
def everything() -> Graph:
    graph = Graph()
    for path in sorted(ROOT.rglob("*.ttl")):
        graph.parse(path)
    return graph


def own(graph: Graph) -> list[URIRef]:
    """Return the terms that the ontology declares."""
    return sorted(
        s for s in set(graph.subjects(RDF.type)) if isinstance(s, URIRef) and s.startswith(MN)
    )


def test_the_ontology_has_terms_of_every_kind(ontology: Graph) -> None:
    kinds = {kind for term in own(ontology) for kind in ontology.objects(term, RDF.type)}
    wanted = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.NamedIndividual}
    assert wanted <= kinds


def test_every_term_has_one_english_label_and_one_definition(ontology: Graph) -> None:
    for term in own(ontology):
        for tell in (RDFS.label, SKOS.definition):
            values = list(ontology.objects(term, tell))
            assert len(values) == 1, (term, tell)
            assert isinstance(values[0], Literal)
            assert values[0].language == "en", (term, tell)
        home = ontology.value(term, RDFS.isDefinedBy)
        assert home == URIRef(f"{BASE}ontology"), term


def test_no_two_terms_of_a_kind_share_a_label(ontology: Graph) -> None:
    """A class and a property may (Indication, indication), as in speech; two classes may not."""
    for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.NamedIndividual):
        terms = [term for term in own(ontology) if (term, RDF.type, kind) in ontology]
        labels = [str(ontology.value(term, RDFS.label)) for term in terms]
        assert len(labels) == len(set(labels)), kind


def test_definitions_say_what_a_term_is(ontology: Graph) -> None:
    """No definition speaks of classes and properties, or opens with the term's own label."""
    for term in own(ontology):
        text = str(ontology.value(term, SKOS.definition))
        label = str(ontology.value(term, RDFS.label))
        assert not re.match(r"(An? )?(class|property|relation|individual|instance)\b", text, re.I)
        assert not re.match(rf"(An? |The )?{re.escape(label)}\b", text, re.I), term
        assert text[0].isupper(), term
        assert text.endswith("."), term


def used_by_us(graph: Graph) -> Iterator[str]:
    for term in chain.from_iterable(graph):
        if isinstance(term, URIRef) and str(term).startswith(OURS) and str(term) not in OURS:
            yield str(term)


def test_every_own_iri_in_the_ontology_folder_is_declared(everything: Graph) -> None:
    declared = {str(s) for s in everything.subjects(RDF.type) if isinstance(s, URIRef)}
    assert not sorted(set(used_by_us(everything)) - declared)


def test_every_own_name_in_context_rules_and_checks_is_declared(everything: Graph) -> None:
    declared = {str(s) for s in everything.subjects(RDF.type) if isinstance(s, URIRef)}
    pattern = re.compile(rf"\b({'|'.join(('mn', *SCHEMES))}):([A-Za-z][\w-]*)")
    files = [*ROOT.rglob("*.rq"), *ROOT.rglob("*.jsonld")]
    unknown = []
    for path in files:
        text = re.sub(r"^\s*#.*$", "", path.read_text("utf-8"), flags=re.M)
        for prefix, name in pattern.findall(text):
            iri = MN + name if prefix == "mn" else f"{BASE}{prefix}/{name}"
            if iri not in declared:
                unknown.append(f"{path.name}: {prefix}:{name}")
    assert files
    assert not unknown


def test_the_context_offers_every_value_of_the_closed_lists(ontology: Graph) -> None:
    """A direction that the ontology knows and the records cannot say would never be used."""
    text = json.dumps(json.loads((ROOT / "context.jsonld").read_text("utf-8")))
    for name in (
        "Direction", "Seriousness", "Blinding", "Allocation", "MeanKind", "EffectType", "LevelSeen",
    ):  # fmt: skip
        members = list(ontology.subjects(RDF.type, URIRef(MN + name)))
        assert members, name
        for member in members:
            assert f'"{str(member).replace(MN, "mn:")}"' in text, member


def test_borrowed_terms_were_seen(ontology: Graph) -> None:
    """An IRI made up from memory looks like any other: each is listed with its place."""
    for term in set(chain.from_iterable(ontology)):
        if not isinstance(term, URIRef) or term.startswith(BASE):
            continue
        home = next((space for space in LISTED if term.startswith(str(space))), None)
        known = str(term) in SEEN if home is None else term in home
        assert known, term


def test_no_borrowed_term_is_listed_in_vain(ontology: Graph) -> None:
    assert not SEEN - {str(term) for term in chain.from_iterable(ontology)}


def test_matches_lead_out_of_the_project(ontology: Graph) -> None:
    for match in MATCHES:
        for subject, target in ontology.subject_objects(match):
            assert str(subject).startswith(MN)
            assert not str(target).startswith(BASE)


PROPERTY_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
REASONING = {RDF.type, RDF.first, RDF.rest, RDFS.subClassOf, RDFS.subPropertyOf}
REASONING |= {RDFS.domain, RDFS.range}
BUILT_IN_ANNOTATIONS = {RDFS.label, RDFS.comment, RDFS.isDefinedBy, OWL.versionInfo}


def test_no_property_is_of_two_kinds(ontology: Graph) -> None:
    """OWL 2 DL lets an IRI be a class and an individual, but not two kinds of property."""
    for first, second in ((0, 1), (0, 2), (1, 2)):
        ones = set(ontology.subjects(RDF.type, PROPERTY_KINDS[first]))
        assert not ones & set(ontology.subjects(RDF.type, PROPERTY_KINDS[second]))


def test_every_predicate_is_declared_or_built_in(ontology: Graph) -> None:
    declared = {p for kind in PROPERTY_KINDS for p in ontology.subjects(RDF.type, kind)}
    for predicate in set(ontology.predicates()):
        built_in = predicate in REASONING | BUILT_IN_ANNOTATIONS
        facet = str(predicate).startswith((str(OWL), str(XSD)))
        assert built_in or facet or predicate in declared, predicate


def members(graph: Graph, expression: Node) -> Iterator[Node]:
    """Yield the named classes of a class expression."""
    if not isinstance(expression, BNode):
        yield expression
        return
    for part in (OWL.unionOf, OWL.disjointUnionOf):
        for head in graph.objects(expression, part):
            for member in Collection(graph, head):
                yield from members(graph, member)
    for part in (OWL.someValuesFrom, OWL.complementOf):
        for member in graph.objects(expression, part):
            yield from members(graph, member)


def test_classes_that_axioms_name_are_declared(ontology: Graph) -> None:
    classes = set(ontology.subjects(RDF.type, OWL.Class))
    for predicate in (RDFS.subClassOf, RDFS.domain, OWL.equivalentClass, OWL.disjointWith):
        for subject, expression in ontology.subject_objects(predicate):
            for named in members(ontology, expression):
                assert named in classes, (subject, named)


def test_object_properties_range_over_classes_and_others_over_data(ontology: Graph) -> None:
    classes = set(ontology.subjects(RDF.type, OWL.Class))
    for prop in own(ontology):
        kinds = set(ontology.objects(prop, RDF.type))
        for reach in ontology.objects(prop, RDFS.range):
            if OWL.ObjectProperty in kinds:
                assert set(members(ontology, reach)) <= classes, prop
            elif isinstance(reach, BNode):
                assert (reach, RDF.type, RDFS.Datatype) in ontology, prop
                assert (reach, OWL.onDatatype, None) in ontology, prop
            else:
                assert reach == RDFS.Literal or str(reach).startswith(str(XSD)), prop


def test_properties_with_characteristics_are_simple(ontology: Graph) -> None:
    """In OWL 2 DL a functional or irreflexive property must not rest on a transitive one."""
    assert not list(ontology.subjects(RDF.type, OWL.TransitiveProperty))
    assert not list(ontology.subject_objects(OWL.propertyChainAxiom))


def test_closed_lists_hold_exactly_their_individuals(ontology: Graph) -> None:
    lists = {
        "Direction": 6,
        "Stance": 4,
        "Seriousness": 3,
        "Blinding": 5,
        "Allocation": 4,
        "MeanKind": 3,
        "EffectType": 8,
        "LevelSeen": 5,
        "ComparatorKind": 8,
        "OutcomeClass": 5,
    }
    for name, size in lists.items():
        kind = URIRef(MN + name)
        expression = ontology.value(kind, OWL.equivalentClass)
        head = ontology.value(expression, OWL.oneOf)
        assert head is not None, name
        listed = set(Collection(ontology, head))
        assert listed == set(ontology.subjects(RDF.type, kind)), name
        assert len(listed) == size, name


SOUND = """
study:x a mn:Study ; mn:reportedIn publication:x ; mn:hasArm study:a ; mn:hasOutcome study:o ;
    mn:studyDesign design:randomised-split-body-trial ; mn:participants 30 ; mn:skinTypes 3, 4 ;
    mn:indication indication:acne-scar ; mn:hasRecord study:g .
study:a mn:procedure procedure:roller-microneedling ; mn:needleLengthMm 1.5 ;
    mn:combinedWith modality:platelet-rich-plasma .
study:o mn:measure measure:goodman-baron-qualitative-grade ; mn:firstArm study:a ;
    mn:direction mn:FavoursFirst ; mn:effectType mn:OddsRatio ; mn:effectValue 2.97 .
study:c a mn:TreatmentClaim ; mn:procedure procedure:roller-microneedling ;
    mn:indication indication:acne-scar ; mn:hasEvidenceLine study:l ; mn:bestEvidenceLevel 2 .
study:l mn:study study:x ; mn:stance mn:Supports ; mn:comparator mn:Baseline, modality:vehicle .
"""
WRONG = {
    "a procedure as an indication": "study:x mn:indication procedure:microneedling .",
    "an arm that is a claim": "study:a a mn:Arm, mn:Claim .",
    "two directions": "study:o mn:direction mn:FavoursFirst, mn:NoDifference .",
    "a stance as a direction": "study:o mn:direction mn:Supports .",
    "an indication as a comparator": "study:l mn:comparator indication:acne-scar .",
    "skin type 7": "study:x mn:skinTypes 7 .",
    "level 0": "study:c mn:bestEvidenceLevel 0 .",
    "fewer than no participants": "study:x mn:participants -1 .",
}


SHORT_RUN = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Options of a Java that lives for seconds: it compiles once and collects on one core."""


def is_consistent(facts: str, folder: Path) -> bool:
    """Ask HermiT whether some N-Triples can be true together with ontology and vocabularies.

    HermiT is run on its own, since owlready2 also lets it sort each individual into classes, which
    takes ten times as long for the release and adds nothing to the answer.
    """
    owlready2 = pytest.importorskip("owlready2")
    hermit = Path(owlready2.__file__).parent / "hermit"
    path = folder / "all.nt"
    path.write_text(knowledge() + facts, "utf-8")
    classpath = os.pathsep.join([str(hermit), str(hermit / "HermiT.jar")])
    program = "org.semanticweb.HermiT.cli.CommandLine"
    command = [
        "java",
        *SHORT_RUN,
        "-Xmx2000M",
        "-cp",
        classpath,
        program,
        "-k",
        "-I",
        path.as_uri(),
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if "owl#Thing is satisfiable" in answer.stdout:
        return True
    assert "InconsistentOntologyException" in answer.stderr, answer.stderr
    return False


@cache
def knowledge() -> str:
    """Return the ontology and the vocabularies as N-Triples."""
    graph = Graph().parse(ROOT / "mngraph.ttl")
    for scheme in SCHEMES:
        graph.parse(ROOT / "vocabulary" / f"{scheme}.ttl")
    return graph.serialize(format="nt")


def triples(data: str) -> str:
    """Return some Turtle, in which our prefixes go without saying, as N-Triples."""
    spaces = (*SCHEMES, "study", "publication")
    prefixes = "".join(f"@prefix {name}: <{BASE}{name}/> .\n" for name in spaces)
    graph = Graph().parse(data=f"@prefix mn: <{MN}> .\n{prefixes}{data}", format="turtle")
    return graph.serialize(format="nt")


def released_facts(store: LocalStore) -> str:
    """Return all that the release says of studies and claims, less the lists of authors.

    OWL 2 DL keeps the vocabulary of lists for itself, so the data's own lists stay out.
    """
    lists = (RDF.first, RDF.rest, URIRef("http://purl.org/ontology/bibo/authorList"))
    lines = []
    for quad in store.quads():
        where, predicate = str(quad.graph_name), URIRef(quad.predicate.value)
        if "/graph/study/" in where or "/graph/claims" in where:
            is_list = predicate in lists or str(RDF.List) in str(quad.object)
            lines += [] if is_list else [f"{quad.subject} {quad.predicate} {quad.object} .\n"]
    assert lines
    return "".join(lines)


needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="HermiT runs on Java")


@pytest.mark.java
@needs_java
@pytest.mark.parametrize("data", ["", SOUND], ids=["vocabularies alone", "a sound study"])
def test_hermit_finds_no_contradiction(data: str, tmp_path: Path) -> None:
    assert is_consistent(triples(data), tmp_path)


@pytest.mark.java
@needs_java
def test_hermit_finds_no_class_that_nothing_can_belong_to(tmp_path: Path) -> None:
    owlready2 = pytest.importorskip("owlready2")
    path = tmp_path / "all.nt"
    path.write_text(knowledge() + triples(SOUND), "utf-8")
    world = owlready2.World()
    with path.open("rb") as file:
        world.get_ontology(f"{BASE}ontology").load(fileobj=file)
    owlready2.sync_reasoner_hermit(world, debug=0)
    assert not list(world.inconsistent_classes())


@pytest.mark.java
@needs_java
@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG.keys())
def test_hermit_finds_what_is_wrong(data: str, tmp_path: Path) -> None:
    assert not is_consistent(triples(data), tmp_path)


@pytest.mark.slow(reason="reasons over all that the release states")
@pytest.mark.java
@needs_java
def test_hermit_finds_no_contradiction_in_the_release(store: LocalStore, tmp_path: Path) -> None:
    assert is_consistent(released_facts(store), tmp_path)
