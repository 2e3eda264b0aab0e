"""The vocabularies and their mappings: whole, unambiguous, and medically plausible in shape."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SKOS

ROOT = Path(__file__).parents[1] / "ontology"
BASE = "https://w3id.org/mngraph/"
MN = f"{BASE}ontology#"
KINDS = {  # scheme: its class, and the number of concepts that the data were coded with
    "procedure": ("Procedure", 31),
    "indication": ("Indication", 120),
    "modality": ("Modality", 165),
    "event": ("AdverseEvent", 69),
    "measure": ("OutcomeMeasure", 154),
    "design": ("StudyDesign", 20),
}
NAMES = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)


def read(scheme: str) -> Graph:
    return Graph().parse(ROOT / "vocabulary" / f"{scheme}.ttl")


VOCABULARIES = {scheme: read(scheme) for scheme in KINDS}
every_scheme = pytest.mark.parametrize("scheme", KINDS)


def concepts(scheme: str) -> list[URIRef]:
    found = VOCABULARIES[scheme].subjects(RDF.type, SKOS.Concept)
    return sorted(concept for concept in found if isinstance(concept, URIRef))


def ancestors(graph: Graph, concept: URIRef) -> set[URIRef]:
    """Return all that is broader; a concept that is among its own ancestors is in a cycle."""
    found: set[URIRef] = set()
    ahead = list(graph.objects(concept, SKOS.broader))
    while ahead:
        broader = ahead.pop()
        assert isinstance(broader, URIRef)
        if broader not in found:
            found.add(broader)
            ahead += graph.objects(broader, SKOS.broader)
    return found


def names(graph: Graph, concept: URIRef) -> list[str]:
    return [str(label) for kind in NAMES for label in graph.objects(concept, kind)]


@every_scheme
def test_no_concept_was_lost(scheme: str) -> None:
    kind, least = KINDS[scheme]
    assert len(concepts(scheme)) >= least
    typed = set(VOCABULARIES[scheme].subjects(RDF.type, URIRef(MN + kind)))
    assert typed == set(concepts(scheme))


@every_scheme
def test_iris_are_slugs_of_the_scheme(scheme: str) -> None:
    for concept in concepts(scheme):
        assert re.fullmatch(rf"{BASE}{scheme}/[a-z0-9]+(-[a-z0-9]+)*", concept)


@every_scheme
def test_every_concept_is_named_defined_and_placed(scheme: str) -> None:
    graph, home = VOCABULARIES[scheme], URIRef(f"{BASE}vocabulary/{scheme}")
    tops = set(graph.objects(home, SKOS.hasTopConcept))
    for concept in concepts(scheme):
        label = list(graph.objects(concept, SKOS.prefLabel))
        assert len(label) == 1, concept
        assert list(graph.objects(concept, RDFS.label)) == label, concept
        assert len(list(graph.objects(concept, SKOS.definition))) == 1, concept
        assert list(graph.objects(concept, SKOS.inScheme)) == [home], concept
        is_top = not list(graph.objects(concept, SKOS.broader))
        assert (concept in tops) is is_top, concept
        assert ((concept, SKOS.topConceptOf, home) in graph) is is_top, concept


@every_scheme
def test_text_is_english_and_trimmed(scheme: str) -> None:
    for subject, prop, text in VOCABULARIES[scheme]:
        if isinstance(text, Literal) and text.datatype is None and prop != OWL.versionInfo:
            assert text.language == "en", (subject, text)
            assert str(text) == " ".join(str(text).split()), (subject, text)


@every_scheme
def test_definitions_are_sentences_other_than_the_label(scheme: str) -> None:
    graph = VOCABULARIES[scheme]
    for concept in concepts(scheme):
        text = str(graph.value(concept, SKOS.definition))
        label = str(graph.value(concept, SKOS.prefLabel))
        assert text.endswith("."), concept
        assert text[:-1].lower() != label.lower(), concept


@every_scheme
def test_broader_stays_in_the_scheme_and_never_returns(scheme: str) -> None:
    graph, known = VOCABULARIES[scheme], set(concepts(scheme))
    for concept in known:
        above = ancestors(graph, concept)
        assert above <= known, concept
        assert concept not in above, f"{concept} is broader than itself"


@every_scheme
def test_broader_is_stated_once(scheme: str) -> None:
    """A parent that another parent already has above it would double every count."""
    graph = VOCABULARIES[scheme]
    for concept in concepts(scheme):
        parents = set(graph.objects(concept, SKOS.broader))
        for parent in parents:
            assert isinstance(parent, URIRef)
            assert not parents & ancestors(graph, parent), concept


@every_scheme
def test_related_is_mutual_and_apart_from_the_hierarchy(scheme: str) -> None:
    graph = VOCABULARIES[scheme]
    for one, other in graph.subject_objects(SKOS.related):
        assert isinstance(one, URIRef)
        assert isinstance(other, URIRef)
        assert (other, SKOS.related, one) in graph
        assert other not in ancestors(graph, one)


@every_scheme
def test_a_name_means_one_concept(scheme: str) -> None:
    """Else the word in an abstract, or in a search box, has two answers."""
    owners: dict[str, set[URIRef]] = defaultdict(set)
    for concept in concepts(scheme):
        for name in names(VOCABULARIES[scheme], concept):
            owners[name.lower()].add(concept)
    assert {name: who for name, who in owners.items() if len(who) > 1} == {}


@every_scheme
def test_a_concept_has_each_name_once(scheme: str) -> None:
    for concept in concepts(scheme):
        counted = Counter(names(VOCABULARIES[scheme], concept))
        assert max(counted.values()) == 1, (concept, counted.most_common(1))


def test_what_an_arm_may_get_has_one_name() -> None:
    """An arm's words are looked up among procedures and modalities together."""
    slugs = [
        {concept.rpartition("/")[2] for concept in concepts(s)} for s in ("procedure", "modality")
    ]
    assert not slugs[0] & slugs[1]
    labels = [
        {n.lower() for c in concepts(s) for n in names(VOCABULARIES[s], c)}
        for s in ("procedure", "modality")
    ]
    assert not labels[0] & labels[1]


@every_scheme
def test_files_hold_no_blank_node_and_stay_sorted(scheme: str) -> None:
    text = (ROOT / "vocabulary" / f"{scheme}.ttl").read_text("utf-8")
    blocks = re.findall(rf"^{scheme}:(\S+) a skos:Concept", text, re.M)
    assert blocks == sorted(blocks)
    assert len(blocks) == len(concepts(scheme))
    assert "[" not in re.sub(r'"[^"]*"', "", text)


LEVELS = {  # Oxford CEBM 2011, benefits of treatment, as the claims use it
    "systematic-review": 1,
    "meta-analysis": 1,
    "randomised-controlled-trial": 2,
    "randomised-split-body-trial": 2,
    "controlled-trial": 3,
    "non-randomised-controlled-trial": 3,
    "non-randomised-split-body-trial": 3,
    "cohort-study": 3,
    "case-series": 4,
    "case-report": 4,
    "case-control-study": 4,
    "cross-sectional-study": 4,
    "uncontrolled-trial": 4,
    "narrative-review": 5,
    "letter": 5,
    "other-design": None,
    "guideline": None,
}


@pytest.mark.parametrize("design", LEVELS)
def test_a_design_starts_at_its_level(design: str) -> None:
    level = VOCABULARIES["design"].value(
        URIRef(f"{BASE}design/{design}"), URIRef(f"{MN}startingLevel")
    )
    assert (level.toPython() if isinstance(level, Literal) else None) == LEVELS[design]


def test_a_design_never_starts_below_its_narrower_designs() -> None:
    """What is known only broadly must not rank above what is known exactly."""
    graph, starting = VOCABULARIES["design"], URIRef(f"{MN}startingLevel")
    for narrow, broad in graph.subject_objects(SKOS.broader):
        levels = [graph.value(design, starting) for design in (narrow, broad)]
        if None not in levels:
            best, broadest = (int(str(level)) for level in levels)
            assert best <= broadest, narrow


HIERARCHY = [  # narrower, broader: who asks for the second expects the first
    ("indication:ice-pick-acne-scar", "indication:scar"),
    ("indication:ice-pick-acne-scar", "indication:acne-scar"),
    ("indication:keloid", "indication:scar"),
    ("indication:alopecia-totalis", "indication:alopecia"),
    ("indication:female-pattern-hair-loss", "indication:androgenetic-alopecia"),
    ("indication:plantar-wart", "indication:wart"),
    ("indication:melasma", "indication:pigmentary-disorder"),
    ("procedure:roller-microneedling", "procedure:microneedling"),
    ("procedure:bipolar-microneedle-radiofrequency", "procedure:microneedling"),
    ("modality:injectable-platelet-rich-fibrin", "modality:autologous-blood-product"),
    ("modality:fractional-co2-laser", "modality:ablative-laser"),
    ("modality:dutasteride", "modality:hair-growth-drug"),
    ("event:mycobacterial-infection", "event:bacterial-infection"),
    ("event:tram-track-scarring", "event:scarring"),
    ("measure:procedural-erythema", "measure:safety-outcome"),
    ("measure:melanin-index", "measure:biophysical-measure"),
    ("measure:dermatology-life-quality-index", "measure:patient-reported-outcome"),
]
APART = [  # pairs that share a word and are not of one kind
    ("indication:hypertrophic-scar", "indication:atrophic-scar"),
    (
        "procedure:single-microneedle-radiofrequency",
        "procedure:fractional-microneedle-radiofrequency",
    ),
    ("procedure:dissolving-microneedle-patch", "procedure:needling"),
    ("procedure:hypodermic-needling", "procedure:microneedling"),
    ("event:irritant-contact-dermatitis", "event:hypersensitivity"),
    ("event:foreign-body-granuloma", "event:hypersensitivity"),
    ("event:hematoma", "event:expected-skin-response"),
    ("measure:anesthetic-effect", "measure:pain-score"),
    ("measure:anesthetic-effect", "measure:safety-outcome"),
]


def is_broader(narrow: str, broad: str) -> bool:
    scheme = narrow.partition(":")[0]
    iris = [URIRef(BASE + curie.replace(":", "/")) for curie in (narrow, broad)]
    assert set(iris) <= set(concepts(scheme))
    return iris[1] in ancestors(VOCABULARIES[scheme], iris[0])


@pytest.mark.parametrize(("narrow", "broad"), HIERARCHY)
def test_hierarchy_reaches(narrow: str, broad: str) -> None:
    assert is_broader(narrow, broad)


@pytest.mark.parametrize(("narrow", "broad"), APART)
def test_hierarchy_keeps_apart(narrow: str, broad: str) -> None:
    assert not is_broader(narrow, broad)


def test_a_measure_of_harm_is_nothing_else() -> None:
    """A measure under both harm and benefit would let discomfort count against a treatment."""
    graph, harm = VOCABULARIES["measure"], URIRef(f"{BASE}measure/safety-outcome")
    for concept in concepts("measure"):
        above = ancestors(graph, concept)
        if harm in above:
            tops = {top for top in above if not list(graph.objects(top, SKOS.broader))}
            assert tops == {harm}, concept


MAPPINGS = sorted((ROOT / "mappings").glob("*.sssom.tsv"))


def rows(path: Path) -> list[dict[str, str]]:
    lines = [x for x in path.read_text("utf-8").splitlines() if not x.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_every_scheme_has_its_mappings() -> None:
    assert [path.name.partition(".")[0] for path in MAPPINGS] == sorted(KINDS)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # sssom 0.4 on pandas 3
@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_a_mapping_set_is_valid_sssom(path: Path) -> None:
    parsers = pytest.importorskip("sssom.parsers", reason="sssom reads the mapping sets")
    validators = pytest.importorskip("sssom.validators")
    mapping_set = parsers.parse_sssom_table(path)
    scheme = path.name.partition(".")[0]
    assert mapping_set.metadata["mapping_set_id"] == f"{BASE}mappings/{scheme}"
    assert len(mapping_set.df) == len(rows(path))
    assert mapping_set.prefix_map[scheme] == f"{BASE}{scheme}/"
    for kind, report in validators.validate(mapping_set).items():
        assert not report.results, kind


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_mapped_concepts_exist_under_the_label_given(path: Path) -> None:
    scheme = path.name.partition(".")[0]
    assert rows(path)
    for row in rows(path):
        prefix, _, slug = row["subject_id"].partition(":")
        concept = URIRef(f"{BASE}{prefix}/{slug}")
        assert prefix == scheme
        label = VOCABULARIES[scheme].value(concept, SKOS.prefLabel)
        assert str(label) == row["subject_label"], concept
        assert row["comment"], f"{concept}: where was {row['object_id']} seen?"


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_a_pair_is_mapped_once(path: Path) -> None:
    pairs = Counter((row["subject_id"], row["object_id"]) for row in rows(path))
    assert [pair for pair, times in pairs.items() if times > 1] == []


def test_no_two_concepts_are_exactly_the_same_thing() -> None:
    """exactMatch is transitive: two concepts of one object would be one concept."""
    owners: dict[str, set[str]] = defaultdict(set)
    for path in MAPPINGS:
        for row in rows(path):
            if row["predicate_id"] == "skos:exactMatch":
                owners[row["object_id"]].add(row["subject_id"])
    assert {thing: who for thing, who in owners.items() if len(who) > 1} == {}


def folded(name: str) -> str:
    """A name without case and punctuation, as SSSOM's `match_string` holds it."""
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_a_lexical_mapping_rests_on_a_name_that_both_have(path: Path) -> None:
    scheme = path.name.partition(".")[0]
    for row in rows(path):
        name, field = row["match_string"], row["subject_match_field"]
        lexical = row["mapping_justification"] == "semapv:LexicalMatching"
        assert lexical == bool(name) == bool(row["mapping_tool"]), row
        if lexical:
            concept = URIRef(BASE + row["subject_id"].replace(":", "/", 1))
            labels = VOCABULARIES[scheme].objects(concept, SKOS[field.removeprefix("skos:")])
            assert name in {folded(label) for label in labels}, row
            stated = row["object_label"], *re.findall(r"'([^']+)' is an?", row["comment"])
            assert name in {folded(label) for label in stated}, row


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_a_mapping_claims_no_curator_and_names_the_version_that_was_seen(path: Path) -> None:
    header = path.read_text("utf-8").partition("\nsubject_id")[0]
    for slot in ("mapping_date", "publication_date", "subject_source_version", "creator_label"):
        assert f"#{slot}:" in header, slot
    unknown = [row for row in rows(path) if not row["object_source_version"]]
    assert {row["object_id"].partition(":")[0] for row in unknown} <= UNVERSIONED
    known = {"semapv:LexicalMatching", "semapv:UnspecifiedMatching"}
    assert {row["mapping_justification"] for row in rows(path)} <= known


UNVERSIONED = {"SNOMEDCT", "UMLS", "wikidata"}
"""Terminologies whose terms were seen in files that state no version."""


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_the_prefixes_of_terminologies_are_those_in_use(path: Path) -> None:
    """An IRI that only a redirector knows joins with no other graph."""
    bioregistry = pytest.importorskip("bioregistry", reason="bioregistry knows the IRIs in use")
    header = path.read_text("utf-8").partition("#license")[0]
    found = dict(re.findall(r"#  (\w+): (\S+)", header))
    for prefix, namespace in found.items():
        if not namespace.startswith(BASE):
            entry = bioregistry.get_resource(prefix)
            assert entry is not None, prefix
            formats = [entry.get_rdf_uri_format(), entry.get_uri_format()]
            formats += [provider.uri_format for provider in entry.get_extra_providers()]
            assert f"{namespace}$1" in formats, prefix
