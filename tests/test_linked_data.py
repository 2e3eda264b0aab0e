"""What crawlers and registries look for: the ontology's header, its examples, the dataset."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import CHECKOUT, Runner
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, XSD, Namespace

from mngraph import context
from mngraph.store import LocalStore

ROOT = CHECKOUT / "ontology"
BASE = "https://w3id.org/mngraph/"
ONTOLOGY = URIRef(f"{BASE}ontology")
VANN = Namespace("http://purl.org/vocab/vann/")
BIBO = Namespace("http://purl.org/ontology/bibo/")
VOID = Namespace("http://rdfs.org/ns/void#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
PAV = Namespace("http://purl.org/pav/")
DCTYPES = Namespace("http://purl.org/dc/dcmitype/")


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(ROOT / "mngraph.ttl")


FOOPS = {  # tests of FOOPS! (github.com/oeg-upm/fair_ontologies) that a file can pass
    "OM1 title": DCTERMS.title, "OM1 description": DCTERMS.description,
    "OM1 license": DCTERMS.license, "OM1 author, OM5.1": DCTERMS.creator,
    "OM1 namespace": VANN.preferredNamespaceUri, "OM1 version IRI, VER1": OWL.versionIRI,
    "OM2 prefix, FIND1": VANN.preferredNamespacePrefix, "OM2 version": OWL.versionInfo,
    "OM2 created, OM5.1": DCTERMS.created, "OM2 citation": DCTERMS.bibliographicCitation,
    "OM3 publisher, OM5.2": DCTERMS.publisher, "OM3 status": BIBO.status,
    "OM3 issued, OM5.2": DCTERMS.issued, "OM3 modified": DCTERMS.modified,
    "abstract": DCTERMS.abstract,
}  # fmt: skip
"""OM3 also asks for a DOI, a logo and a source, which there are not yet."""


@pytest.mark.parametrize("name", FOOPS)
def test_the_header_has_what_foops_looks_for(name: str, ontology: Graph) -> None:
    values = list(ontology.objects(ONTOLOGY, FOOPS[name]))
    assert len(values) == 1 and str(values[0])


def test_the_header_agrees_with_itself(ontology: Graph) -> None:
    """URI2, VER1, FIND1, PURL1, OM4.1: the IRIs are persistent, dated and those of the terms."""
    version = ontology.value(ONTOLOGY, OWL.versionInfo)
    assert ontology.value(ONTOLOGY, OWL.versionIRI) == URIRef(f"{ONTOLOGY}/{version}")
    days = [
        ontology.value(ONTOLOGY, each).toPython()  # type: ignore[union-attr]
        for each in (DCTERMS.created, DCTERMS.issued, DCTERMS.modified)
    ]
    assert days == sorted(days) and days[-1] == date.fromisoformat(str(version))
    space = ontology.value(ONTOLOGY, VANN.preferredNamespaceUri)
    prefix = str(ontology.value(ONTOLOGY, VANN.preferredNamespacePrefix))
    assert str(space) == context.prefixes()[prefix] == f"{BASE}ontology#"
    assert str(ONTOLOGY).startswith("https://w3id.org/")
    assert "creativecommons.org" in str(ontology.value(ONTOLOGY, DCTERMS.license))
    creator = ontology.value(ONTOLOGY, DCTERMS.creator)
    assert ontology.value(creator, RDFS.label)


def test_a_prior_version_is_one_that_was_released(ontology: Graph) -> None:
    """None until the changelog has a release, and then one of an earlier day."""
    text = (CHECKOUT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## \[?\d[\w.]*\]? - (\d{4}-\d\d-\d\d)", text, re.M)
    prior = ontology.value(ONTOLOGY, OWL.priorVersion)
    assert (prior is None) == (not released)
    if prior is not None:
        assert str(prior) < str(ontology.value(ONTOLOGY, OWL.versionIRI))


def test_every_term_has_a_label_a_definition_and_a_home(ontology: Graph) -> None:
    """VOC3 and VOC4."""
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
    terms = {term for kind in kinds for term in ontology.subjects(RDF.type, kind)}
    own = [term for term in terms if str(term).startswith(f"{ONTOLOGY}#")]
    assert len(own) > 200
    for term in own:
        for needed in (RDFS.label, SKOS.definition, RDFS.isDefinedBy):
            assert ontology.value(term, needed), (term, needed)


def test_examples_are_taken_from_the_graph(ontology: Graph, store: LocalStore) -> None:
    """An example of a class is one of its members, of a property a statement that is made."""
    found = list(ontology.subject_objects(SKOS.example))
    for term, example in found:
        node = ox.NamedNode(str(term))
        if (term, RDF.type, OWL.Class) in ontology:
            kind = ox.NamedNode(str(RDF.type))
            member = ox.NamedNode(context.expand(str(example)))
            assert any(store.oxigraph.quads_for_pattern(member, kind, node, None)), term
        else:
            subject, prop, value = str(example).split(" ", 2)
            assert context.expand(prop) == str(term)
            start = ox.NamedNode(context.expand(subject))
            stated = store.oxigraph.quads_for_pattern(start, node, None, None)
            values = {
                q.object.value if isinstance(q.object, ox.Literal) else str(q.object)
                for q in stated
            }
            assert value in values or f"<{context.expand(value)}>" in values, term
    assert len(found) > 150


SCHEMES = sorted((ROOT / "vocabulary").glob("*.ttl"))


def test_every_vocabulary_says_whose_it_is_and_of_when() -> None:
    graph = Graph()
    for path in SCHEMES:
        graph.parse(path)
    schemes = set(graph.subjects(RDF.type, SKOS.ConceptScheme))
    assert len(schemes) >= 13
    needed = (
        DCTERMS.title, DCTERMS.description, DCTERMS.creator, DCTERMS.publisher, DCTERMS.created,
        DCTERMS.modified, DCTERMS.license, OWL.versionInfo,
    )  # fmt: skip
    for scheme in schemes:
        for prop in needed:
            assert len(list(graph.objects(scheme, prop))) == 1, (scheme, prop)
        assert str(graph.value(scheme, DCTERMS.modified)) == str(
            graph.value(scheme, OWL.versionInfo)
        )


MUST = {  # https://www.w3.org/TR/hcls-dataset/, section 5: (what must be there, what must not)
    "summary": (
        {DCTERMS.title, DCTERMS.description, DCTERMS.publisher, PAV.hasCurrentVersion},
        {
            DCTERMS.created, DCTERMS.creator, DCTERMS.issued, DCTERMS.language, VOID.vocabulary,
            VOID.exampleResource, PAV.version, DCTERMS.isVersionOf, DCTERMS.source,
            DCAT.distribution, DCTERMS["format"], VOID.triples, VOID.classPartition,
            DCAT.landingPage,
        },
    ),
    "version": (
        {
            DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCTERMS.creator, PAV.version,
            DCTERMS.isVersionOf, DCTERMS.issued, DCTERMS.license, DCAT.distribution,
            DCTERMS.language,
        },
        {
            VOID.vocabulary, VOID.exampleResource, PAV.hasCurrentVersion, DCTERMS["format"],
            VOID.triples, VOID.classPartition, DCTERMS.accrualPeriodicity,
        },
    ),
    "distribution": (
        {
            DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCTERMS.creator,
            DCTERMS.license, DCTERMS["format"], PAV.version, DCTERMS.conformsTo, VOID.vocabulary,
            VOID.exampleResource, VOID.triples, VOID.entities, VOID.distinctSubjects,
            VOID.distinctObjects, VOID.properties, VOID.classPartition, VOID.propertyPartition,
        },
        {
            DCTERMS.isVersionOf, PAV.hasCurrentVersion, DCAT.distribution, DCTERMS.hasPart,
            DCTERMS.accrualPeriodicity, DCAT.landingPage,
        },
    ),
}  # fmt: skip
TYPES = {
    "summary": {DCTYPES.Dataset}, "version": {DCTYPES.Dataset, DCAT.Dataset},
    "distribution": {DCTYPES.Dataset, DCAT.Distribution, VOID.Dataset},
}  # fmt: skip
LEVELS = {"summary": BASE, "version": f"{BASE}dataset", "distribution": f"{BASE}dataset/graph"}


@pytest.fixture(scope="module")
def dataset(store: LocalStore) -> Graph:
    quads = store.quads(graph=f"{BASE}graph/dataset")
    lines = ox.serialize((q.triple for q in quads), format=ox.RdfFormat.N_TRIPLES)
    assert lines
    return Graph().parse(data=lines, format="nt")


@pytest.mark.parametrize("level", MUST)
def test_the_dataset_is_described_by_the_hcls_profile(level: str, dataset: Graph) -> None:
    node = URIRef(LEVELS[level])
    stated = set(dataset.predicates(node))
    needed, forbidden = MUST[level]
    assert not needed - stated
    assert not forbidden & stated
    assert set(dataset.objects(node, RDF.type)) == TYPES[level]
    for prop in (DCTERMS.creator, DCTERMS.publisher, DCTERMS.license, DCTERMS.language):
        assert all(isinstance(value, URIRef) for value in dataset.objects(node, prop))
    title = dataset.value(node, DCTERMS.title)
    assert isinstance(title, Literal) and title.language == "en"


def test_the_levels_lead_to_each_other_and_name_one_version(dataset: Graph) -> None:
    summary, version, graph = (URIRef(iri) for iri in LEVELS.values())
    assert dataset.value(summary, PAV.hasCurrentVersion) == version
    assert dataset.value(version, DCTERMS.isVersionOf) == summary
    assert dataset.value(version, DCAT.distribution) == graph
    number = re.search(r"^version: (.*)$", (CHECKOUT / "CITATION.cff").read_text("utf-8"), re.M)
    assert number
    versions = {str(dataset.value(node, PAV.version)) for node in (version, graph)}
    assert versions == {number[1]} == {str(dataset.value(version, OWL.versionInfo))}
    theme = dataset.value(version, DCAT.theme)
    assert (URIRef(f"{BASE}procedure/microneedling")) == theme


def test_the_counts_are_those_of_the_graph(dataset: Graph, store: LocalStore) -> None:
    """Counted once more, triple by triple."""
    node, described = URIRef(LEVELS["distribution"]), f"{BASE}graph/dataset"
    triples = {q.triple for q in store.quads() if q.graph_name.value != described}  # type: ignore[union-attr]
    kind = ox.NamedNode(str(RDF.type))
    members: dict[str, set[str]] = defaultdict(set)
    for t in triples:
        if t.predicate == kind:
            members[str(t.object)].add(str(t.subject))
    blank = {name for name in members if name.startswith("_:")}
    uses = Counter(t.predicate.value for t in triples)
    counts = {
        VOID.triples: len(triples), VOID.distinctSubjects: len({t.subject for t in triples}),
        VOID.distinctObjects: len({t.object for t in triples}), VOID.properties: len(uses),
        VOID.classes: len(members.keys() - blank),
        VOID.entities: len(set().union(*members.values())),
    }  # fmt: skip
    for prop, count in counts.items():
        assert dataset.value(node, prop) == Literal(count), prop
    classes = {
        f"<{dataset.value(part, VOID['class'])}>": int(str(dataset.value(part, VOID.entities)))
        for part in dataset.objects(node, VOID.classPartition)
    }
    assert classes == {name: len(each) for name, each in members.items() if name not in blank}
    properties = {
        str(dataset.value(part, VOID.property)): int(str(dataset.value(part, VOID.triples)))
        for part in dataset.objects(node, VOID.propertyPartition)
    }
    assert properties == uses


def test_the_example_query_of_the_dataset_runs(dataset: Graph, run: Runner) -> None:
    query = dataset.value(
        URIRef(f"{BASE}dataset/example"), URIRef("http://www.w3.org/ns/shacl#select")
    )
    answer = run("query", "-e", str(query), "-f", "csv")
    assert answer.exit_code == 0 and len(answer.stdout.split()) > 10


@pytest.mark.parametrize(
    ("without", "message"),
    [
        ("pav:version", "a version of a dataset needs http://purl.org/pav/version"),
        ("dcterms:publisher", "dataset, whatever its version, needs http://purl.org/dc/terms/pub"),
        ("dcterms:format", "a graph or file of a dataset needs http://purl.org/dc/terms/format"),
    ],
)
def test_a_description_that_lacks_something_does_not_conform(
    without: str, message: str, run: Runner, tmp_path: Path
) -> None:
    text = (CHECKOUT / "data" / "dataset.ttl").read_text("utf-8")
    file = tmp_path / "dataset.ttl"
    lines = [line for line in text.splitlines() if not line.strip().startswith(without)]
    file.write_text("\n".join(lines), "utf-8")
    found = run("validate", file)
    assert found.exit_code == 1 and message in found.stdout
    file.write_text(text, "utf-8")
    assert "hcls" not in run("validate", file).stdout


def test_dates_of_the_dataset_are_dates(dataset: Graph) -> None:
    for prop in (DCTERMS.issued, DCTERMS.modified, DCTERMS.created):
        for value in dataset.objects(URIRef(LEVELS["version"]), prop):
            assert isinstance(value, Literal) and value.datatype == XSD.date
