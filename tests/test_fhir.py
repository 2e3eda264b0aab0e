"""The face `fhir`: a Bundle that FHIR's own models accept, with the graph's claims and numbers."""

from __future__ import annotations

import doctest
import importlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CHECKOUT, Runner

from mngraph import build, faces
from mngraph.errors import UsageError
from mngraph.faces.templates import identifier, references
from mngraph.newpack import make_pack
from mngraph.store import LocalStore, open_store

pytest.importorskip("fhir.resources", reason="fhir.resources is not installed")

ONTOLOGY = "https://w3id.org/mngraph/ontology#"
ESTIMATE = "effect estimate"
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
EXAMPLES = CHECKOUT / "ontology" / "examples"


def exported(store: LocalStore, *only: str) -> dict[str, Any]:
    """Return the Bundle of a graph as JSON."""
    [(name, content)] = faces.parts(store, "fhir", only)
    assert name.endswith(".json")
    bundle: dict[str, Any] = json.loads(content)
    return bundle


def model(resource: dict[str, Any]) -> Any:
    """Return a resource as fhir.resources reads it; raises where it does not conform."""
    kind = resource["resourceType"]
    module = importlib.import_module(f"fhir.resources.{kind.lower()}")
    return getattr(module, kind).model_validate(resource)


def resources_of(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"]]


def tagged(resource: Any) -> str:
    return str(resource.meta.tag[0].code)


@pytest.fixture(scope="module")
def bundle(store: LocalStore) -> dict[str, Any]:
    return exported(store)


@pytest.fixture(scope="module")
def read(bundle: dict[str, Any]) -> list[Any]:
    """The resources of the release as fhir.resources reads the whole Bundle."""
    return [entry.resource for entry in model(bundle).entry]


def one_number(store: LocalStore, query: str) -> int:
    [[number]] = store.select(query)
    return int(number.value)


def numbers(store: LocalStore, *properties: str, kind: str = "mn:Outcome") -> Counter[float]:
    """Count the values of some properties of the things of a class."""
    query = f"SELECT ?v {{ VALUES ?p {{ {' '.join(properties)} }} ?s a {kind} ; ?p ?v }}"
    return Counter(float(row["v"].value) for row in store.select(query))


# --- what FHIR asks for ----------------------------------------------------------------------


def test_the_models_accept_every_resource(bundle: dict[str, Any], read: list[Any]) -> None:
    assert len(read) == len(bundle["entry"]) > 4000
    names = [type(one).__name__ for one in read]
    assert names == [one["resourceType"] for one in resources_of(bundle)]


def test_no_word_is_outside_its_required_value_set(read: list[Any]) -> None:
    """The library knows the value sets and does not apply them."""
    assert [problem for one in read for problem in outside_value_sets(one)] == []


def outside_value_sets(one: Any) -> Iterator[str]:
    """Yield each word, and each type referred to, that an element does not allow."""
    for name, about in type(one).model_fields.items():
        given, extra = getattr(one, name, None), about.json_schema_extra or {}
        for child in given if isinstance(given, list) else [given]:
            if child is None:
                continue
            if child not in (extra.get("enum_values") or [child]):
                yield f"{type(one).__name__}.{name} = {child}"
            reference = getattr(child, "reference", None)
            target = reference.partition("/")[0] if isinstance(reference, str) else ""
            allowed = extra.get("enum_reference_types") or [target]
            if target and target not in allowed and "Resource" not in allowed:
                yield f"{type(one).__name__}.{name} refers to {target}"
            if hasattr(type(child), "model_fields"):
                yield from outside_value_sets(child)


def test_identifiers_are_unique_and_as_fhir_writes_them(bundle: dict[str, Any]) -> None:
    addresses = [f"{one['resourceType']}/{one['id']}" for one in resources_of(bundle)]
    assert len(set(addresses)) == len(addresses)
    assert all(ID.fullmatch(address.partition("/")[2]) for address in addresses)
    assert all(
        entry["fullUrl"].endswith(to) for entry, to in zip(bundle["entry"], addresses, strict=True)
    )
    assert set(references(bundle)) <= set(addresses)


def test_long_and_odd_iris_have_identifiers_of_their_own() -> None:
    iris = [f"https://example.org/{'long-' * 40}{end}" for end in "ab"]
    iris += ["https://example.org/ä", "https://example.org/ö", "urn:x:1", "https://example.org/"]
    made = [identifier(iri) for iri in iris]
    assert len(set(made)) == len(iris)
    assert all(ID.fullmatch(one) for one in made)


def test_every_extension_has_one_value(bundle: dict[str, Any]) -> None:
    """Invariant ext-1 of FHIR, which the models do not check."""
    found = list(extensions(bundle))
    assert len(found) > 1000
    assert [one for one in found if sum(key.startswith("value") for key in one) != 1] == []


def extensions(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield from node.get("extension", [])
        for child in node.values():
            yield from extensions(child)
    elif isinstance(node, list):
        for child in node:
            yield from extensions(child)


def test_every_code_has_a_system_and_ours_are_in_the_graph(
    bundle: dict[str, Any], store: LocalStore
) -> None:
    coded = {(one.get("system"), one["code"]) for one in codings(bundle) if "code" in one}
    assert None not in {system for system, _ in coded}
    schemes = {row["s"].value for row in store.select("SELECT ?s { ?s a skos:ConceptScheme }")}
    concepts = {
        (row["s"].value, re.sub("^.*/", "", row["c"].value))
        for row in store.select("SELECT ?s ?c { ?c skos:inScheme ?s }")
    }
    ours = {(system, code) for system, code in coded if system in schemes}
    assert len(ours) > 300
    assert ours <= concepts
    mesh = {code for system, code in coded if system == "https://www.nlm.nih.gov/mesh"}
    exact = {row["t"].value for row in store.select("SELECT ?t { ?c skos:exactMatch ?t }")}
    assert len(mesh) > 50
    assert {f"http://id.nlm.nih.gov/mesh/{code}" for code in mesh} <= exact


def codings(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield from node.get("coding", [])
        for child in node.values():
            yield from codings(child)
    elif isinstance(node, list):
        for child in node:
            yield from codings(child)


# --- what the graph holds --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "tag"),
    [
        ("Evidence", "TreatmentClaim"), ("Evidence", "SafetyClaim"), ("Evidence", "Outcome"),
        ("Evidence", "AdverseEventReport"), ("Evidence", "Synthesis"), ("ResearchStudy", "Study"),
        ("EvidenceVariable", "Arm"),
    ],
)  # fmt: skip
def test_there_is_one_resource_for_each(
    read: list[Any], store: LocalStore, kind: str, tag: str
) -> None:
    found = {one.url for one in read if type(one).__name__ == kind and tagged(one) == tag}
    assert found == {row["s"].value for row in store.select(f"SELECT ?s {{ ?s a mn:{tag} }}")}


def statistics(read: list[Any], tag: str) -> Iterator[Any]:
    for one in read:
        if type(one).__name__ == "Evidence" and tagged(one) == tag:
            yield from one.statistic or ()


def estimates(read: list[Any], tag: str, code: str, *, computed: bool) -> list[Any]:
    """Return what has a code in stated statistics, or in effect estimates of ours."""
    return [
        estimate
        for statistic in statistics(read, tag)
        if computed == (statistic.category is not None and statistic.category.text == ESTIMATE)
        for estimate in statistic.attributeEstimate or ()
        if estimate.type.coding[0].code == code
    ]


def values(given: list[Any]) -> Counter[float]:
    return Counter(float(one) for one in given if one is not None)


def test_the_numbers_of_outcomes_are_all_there(read: list[Any], store: LocalStore) -> None:
    found = list(statistics(read, "Outcome"))
    stated = [one for one in found if one.category is None or one.category.text != ESTIMATE]
    sizes = [one.sampleSize.knownDataCount for one in stated if one.sampleSize]
    arms = ("mn:firstTotal", "mn:secondTotal", "mn:firstN", "mn:secondN")
    assert values(sizes) == numbers(store, *arms)
    assert values([one.numberAffected for one in stated]) == numbers(
        store, "mn:firstEvents", "mn:secondEvents"
    )
    effects = [one.quantity.value for one in stated if one.quantity and one.numberAffected is None]
    assert values(effects) == numbers(store, "mn:effectValue", "mn:firstMean", "mn:secondMean")
    for code, *properties in (
        ("C44185", "mn:pValueNumber"),
        ("0000420", "mn:iSquared"),
        ("C53322", "mn:firstSd", "mn:secondSd"),
        ("0000037", "mn:firstSe", "mn:secondSe"),
    ):
        given = estimates(read, "Outcome", code, computed=False)
        assert values([one.quantity.value for one in given if one.quantity]) == numbers(
            store, *properties
        )
    intervals = estimates(read, "Outcome", "C53324", computed=False)
    assert values([one.range.low.value for one in intervals]) == numbers(store, "mn:effectLower")
    assert values([one.range.high.value for one in intervals]) == numbers(store, "mn:effectUpper")
    assert {float(one.level) for one in intervals} <= {0.9, 0.95, 0.99}


def test_no_number_of_an_outcome_is_forgotten(store: LocalStore) -> None:
    """A property that is added to outcomes belongs into the queries, or into the guide."""
    query = "SELECT DISTINCT ?p { ?o a mn:Outcome ; ?p ?v FILTER(isNumeric(?v)) }"
    found = {row["p"].value.removeprefix(ONTOLOGY) for row in store.select(query)}
    arms = {f"{arm}{what}" for arm in ("first", "second") for what in OF_AN_ARM}
    assert found <= arms | {
        "effectValue", "effectLower", "effectUpper", "effectConfidenceLevel", "iSquared",
        "pValueNumber",
    }  # fmt: skip


OF_AN_ARM = ("Events", "Total", "Mean", "Sd", "Se", "N")


def test_p_values_keep_their_sign(read: list[Any], store: LocalStore) -> None:
    given = estimates(read, "Outcome", "C44185", computed=False)
    signs = Counter(one.quantity.comparator or "=" for one in given if one.quantity)
    query = "SELECT ?r (COUNT(*) AS ?n) { ?o a mn:Outcome ; mn:pValueRelation ?r } GROUP BY ?r"
    named = {"≤": "<=", "≥": ">="}
    graph = {row["r"].value: int(row["n"].value) for row in store.select(query)}
    assert signs == {named.get(sign, sign): count for sign, count in graph.items()}
    assert {one.description for one in given} >= {"0.005 and 0.001"}  # no single number


def test_effect_estimates_are_all_there_with_their_method(
    read: list[Any], store: LocalStore
) -> None:
    found = [
        one for one in statistics(read, "Outcome") if one.category and one.category.text == ESTIMATE
    ]
    kind = "mn:EffectEstimate"
    assert values([one.quantity.value for one in found]) == numbers(
        store, "mn:effectValue", kind=kind
    )
    assert all(one.description.startswith("Effect estimate by mngraph: ") for one in found)
    query = """SELECT ?l (COUNT(*) AS ?n) {
      ?e a mn:EffectEstimate ; mn:estimatedBy/skos:prefLabel ?l } GROUP BY ?l"""
    methods = {row["l"].value: int(row["n"].value) for row in store.select(query)}
    assert Counter(one.modelCharacteristic[0].code.text for one in found) == methods
    intervals = estimates(read, "Outcome", "C53324", computed=True)
    assert values([one.range.low.value for one in intervals]) == numbers(
        store, "mn:effectLower", kind=kind
    )
    errors = estimates(read, "Outcome", "standardError", computed=True)
    assert values([one.quantity.value for one in errors]) == numbers(
        store, "mn:standardError", kind=kind
    )


def test_the_numbers_of_studies_arms_and_reports_are_there(
    read: list[Any], store: LocalStore
) -> None:
    studies = [one for one in read if type(one).__name__ == "ResearchStudy"]
    given = [one.recruitment.actualNumber for one in studies if one.recruitment]
    assert values(given) == numbers(store, "mn:participants", kind="mn:Study")
    assert sum(len(one.comparisonGroup or ()) for one in studies) == one_number(
        store, "SELECT (COUNT(*) AS ?n) { ?s a mn:Study ; mn:hasArm ?a }"
    )
    groups = [one.quantity for one in read if type(one).__name__ == "Group"]
    assert values(groups) == numbers(store, "mn:participants", kind="mn:Arm")
    settings = [
        feature.definitionByTypeAndValue.valueQuantity.value
        for one in read
        if type(one).__name__ == "EvidenceVariable" and tagged(one) == "Arm"
        for feature in one.characteristic or ()
        if feature.definitionByTypeAndValue and feature.definitionByTypeAndValue.valueQuantity
    ]
    properties = ("mn:needleLengthMm", "mn:sessions", "mn:intervalWeeks")
    assert values(settings) == numbers(store, *properties, kind="mn:Arm")
    reports = list(statistics(read, "AdverseEventReport"))
    kind = "mn:AdverseEventReport"
    assert values([one.numberAffected for one in reports]) == numbers(
        store, "mn:affected", kind=kind
    )
    sizes = [one.sampleSize.knownDataCount for one in reports if one.sampleSize]
    assert values(sizes) == numbers(store, "mn:atRisk", kind=kind)


def test_the_numbers_of_claims_and_syntheses_are_there(read: list[Any], store: LocalStore) -> None:
    sizes = [
        one.sampleSize
        for tag in ("TreatmentClaim", "SafetyClaim")
        for one in statistics(read, tag)
        if one.sampleSize
    ]
    for name, property in (
        ("numberOfStudies", "mn:studyCount"),
        ("numberOfParticipants", "mn:participantTotal"),
    ):
        given = [getattr(size, name) for size in sizes]
        assert values(given) == numbers(store, property, kind="mn:Claim")
    pooled = [one for one in statistics(read, "Synthesis") if one.quantity]
    kind = "mn:Synthesis"
    assert values([one.quantity.value for one in pooled]) == numbers(
        store, "mn:effectValue", kind=kind
    )
    for code, property in (("0000420", "mn:iSquared"), ("0000421", "mn:tauSquared")):
        given = estimates(read, "Synthesis", code, computed=False)
        assert values([one.quantity.value for one in given]) == numbers(store, property, kind=kind)


def test_evidence_lines_are_in_their_claims(read: list[Any], store: LocalStore) -> None:
    lines = {
        (one.url, link.label)
        for one in read
        if type(one).__name__ == "Evidence" and tagged(one).endswith("Claim")
        for link in one.relatedArtifact or ()
        if link.type == "derived-from"
    }
    assert len(lines) == one_number(store, "SELECT (COUNT(?l) AS ?n) { ?l a mn:EvidenceLine }")
    stances = Counter(
        coding.code for url, label in sorted(lines) for coding in stance_of(read, url, label)
    )
    query = "SELECT ?s (COUNT(*) AS ?n) { ?l a mn:EvidenceLine ; mn:stance ?s } GROUP BY ?s"
    assert stances == {
        row["s"].value.removeprefix(ONTOLOGY): int(row["n"].value) for row in store.select(query)
    }


STANCES = {"Supports", "Disputes", "Inconclusive", "MixedStance"}


def stance_of(read: list[Any], url: str, label: str) -> list[Any]:
    """Return the stance of one line; that of each of its facts is the same."""
    one = next(one for one in read if type(one).__name__ == "Evidence" and one.url == url)
    links = [link for link in one.relatedArtifact if link.label == label]
    found = [concept.coding[0] for concept in links[0].classifier or ()]
    return [coding for coding in found if coding.code in STANCES]


def test_nobody_judged_is_said_and_a_ceiling_is_no_rating(read: list[Any]) -> None:
    claims = [
        one for one in read if type(one).__name__ == "Evidence" and tagged(one).endswith("Claim")
    ]
    assert all(one.certainty is None for one in claims)
    assert all("Nobody has judged" in said(one) for one in claims)
    assert any("This is a ceiling, and no judgment." in said(one) for one in claims)


def said(one: Any) -> str:
    return "\n".join(note.text for note in one.note or ())


def test_citations_have_authors_in_order_and_identifiers(
    read: list[Any], store: LocalStore
) -> None:
    citations = [one for one in read if type(one).__name__ == "Citation"]
    dois = {
        given.value
        for one in citations
        for given in one.citedArtifact.identifier or ()
        if given.system == "https://doi.org"
    }
    query = "SELECT DISTINCT ?d { ?s a mn:Study ; mn:reportedIn/bibo:doi ?d }"
    assert dois == {row["d"].value for row in store.select(query)}
    first = "SELECT ?p (STR(?name) AS ?n) { ?p bibo:authorList/rdf:first ?name }"
    firsts = {(row["p"].value, row["n"].value) for row in store.select(first)}
    lists = [(one.url, one.citedArtifact.contributorship) for one in citations]
    assert sum(given is not None for _, given in lists) > 200
    for url, given in lists:
        assert given is None or (url, given.entry[0].contributor.display) in firsts


# --- parts of a graph, other graphs ----------------------------------------------------------


def test_a_claim_brings_all_that_it_refers_to(store: LocalStore, bundle: dict[str, Any]) -> None:
    query = "SELECT ?c { ?c mn:hasSynthesis ?s ; mn:inheritedFrom ?n } ORDER BY ?c LIMIT 1"
    [[claim]] = store.select(query)
    part = exported(store, claim.value)
    addresses = {f"{one['resourceType']}/{one['id']}" for one in resources_of(part)}
    assert set(references(part)) <= addresses
    whole = {json.dumps(one) for one in bundle["entry"]}
    assert {json.dumps(one) for one in part["entry"]} < whole  # nothing is changed by it
    studies = {one["url"] for one in resources_of(part) if one["resourceType"] == "ResearchStudy"}
    query = (
        f"SELECT DISTINCT ?s {{ <{claim.value}> mn:inheritedFrom*/mn:hasEvidenceLine/mn:study ?s }}"
    )
    behind = {row["s"].value for row in store.select(query)}
    assert behind <= studies
    same = "SELECT ?s { ?s mn:sameCohortAs ?o }"
    assert studies - behind <= {row["s"].value for row in store.select(same)}


def test_a_study_brings_its_outcomes_and_no_other_study(run: Runner) -> None:
    assert run("export", "one.json", "-f", "fhir", "--only", "pmid-31469914").exit_code == 0
    found = resources_of(json.loads(Path("one.json").read_text("utf-8")))
    counted = Counter((one["resourceType"], one["meta"]["tag"][0]["code"]) for one in found)
    assert counted == {  # read off data/studies/pmid-31469914.yaml
        ("Citation", "Publication"): 1, ("ResearchStudy", "Study"): 1,
        ("EvidenceVariable", "Arm"): 3, ("Group", "Arm"): 3, ("Evidence", "Outcome"): 4,
        ("EvidenceVariable", "Indication"): 1, ("EvidenceVariable", "OutcomeMeasure"): 2,
    }  # fmt: skip
    [outcome] = [one for one in found if one.get("url", "").endswith("/outcome/2")]
    [statistic] = outcome["statistic"]
    assert (statistic["numberAffected"], statistic["sampleSize"]) == (3, {"knownDataCount": 17})


def test_the_timestamp_is_that_of_the_data_set(bundle: dict[str, Any]) -> None:
    assert bundle["timestamp"] == "2026-11-22T00:00:00Z"


@pytest.mark.parametrize("only", ["https://w3id.org/mngraph/indication/acne-scar", "urn:x:nothing"])
def test_what_is_no_claim_and_no_study_is_refused(store: LocalStore, only: str) -> None:
    with pytest.raises(UsageError, match="is no claim and no study"):
        exported(store, only)


def test_an_empty_graph_is_refused() -> None:
    with pytest.raises(UsageError, match="no study and no claim to write"):
        exported(LocalStore.memory([]))


def test_a_pack_has_its_own_claims_from_a_file_and_from_an_endpoint(run: Runner) -> None:
    """A pack has IRIs of its own; its graph is a file, which names no data set of the release."""
    run("build", CHECKOUT / "packs" / "chemical-peels", "-o", "peels.nq")
    assert run("export", "peels.json", "-f", "fhir", "-g", "peels.nq").exit_code == 0
    found = [model(one) for one in resources_of(json.loads(Path("peels.json").read_text("utf-8")))]
    tags = Counter(tagged(one) for one in found)
    assert tags["Study"] == len(list((CHECKOUT / "packs/chemical-peels/studies").glob("*.yaml")))
    assert tags["TreatmentClaim"] > 0
    assert all(
        one.url.startswith("https://example.org/") for one in found if tagged(one) == "Study"
    )


# --- what people judged ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The Bundle of a made-up pack with appraisals of studies and of a claim."""
    pack = tmp_path_factory.mktemp("judged") / "demo"
    make_pack(pack, root="microneedling")
    for path in (EXAMPLES / "valid").glob("*.yaml"):
        text = path.read_text("utf-8")
        [name] = re.findall(r"^id: (\S+)", text, re.M)
        shutil.copy(path, pack / "studies" / f"{name}.yaml")
    (pack / "appraisals").mkdir()
    for path in (EXAMPLES / "appraisals" / "valid").glob("*.yaml"):
        shutil.copy(path, pack / "appraisals")
    made, sources = build.build_graph(build.study_files([pack]))
    assert sources.problems == []
    found = exported(made)
    for resource in resources_of(found):
        model(resource)
    addresses = {f"{one['resourceType']}/{one['id']}" for one in resources_of(found)}
    assert set(references(found)) <= addresses
    return found


def test_certainty_is_what_people_judged_with_their_names(judged: dict[str, Any]) -> None:
    rated = [one for one in resources_of(judged) if "certainty" in one]
    assert len(rated) == 1
    [claim] = rated
    assert "Nobody has judged" not in json.dumps(claim)
    ratings = {one["rater"]: one for one in claim["certainty"]}
    assert len(ratings) == 2
    roe = ratings["Roe R (made up)"]  # ontology/examples/appraisals/valid/claim-roe.yaml
    assert {
        "system": "http://hl7.org/fhir/certainty-rating", "code": "very-low",
        "display": "Very low quality",
    } in roe["rating"]["coding"]  # fmt: skip
    domains = {
        one["type"]["coding"][0]["code"]: one["rating"]["coding"][0]["code"]
        for one in roe["subcomponent"]
    }
    assert domains == {
        "RiskOfBias": "serious-concern", "Inconsistency": "no-concern",
        "Indirectness": "no-concern", "Imprecision": "very-serious-concern",
        "PublicationBias": "grade-undetected",
    }  # fmt: skip


def test_each_appraisal_is_an_assessment(judged: dict[str, Any]) -> None:
    found = [one for one in resources_of(judged) if one["resourceType"] == "ArtifactAssessment"]
    assert len(found) == len(list((EXAMPLES / "appraisals" / "valid").glob("*.yaml")))
    targets = Counter(one["artifactReference"]["reference"].partition("/")[0] for one in found)
    assert targets == {"ResearchStudy": 4, "Evidence": 2}
    doe = next(
        one for one in found if "Doe D (made up)" in one["title"] and "RoB 2" in one["title"]
    )
    [rating] = doe["content"]
    assert rating["author"] == {"display": "Doe D (made up)"}
    assert [one["summary"] for one in rating["component"]][:6] == ["Made up, as an example."] * 6


# --- notices and hostile text ----------------------------------------------------------------


def test_a_retraction_reaches_the_citation_and_hostile_text_stays_text(tmp_path: Path) -> None:
    text = (CHECKOUT / "data" / "studies" / "pmid-31469914.yaml").read_text("utf-8")
    notice = """
  notices:
    - kind: retraction
      citation: J Made Up. 2025;1(1):1
      pmid: "40000001"
      found: "2026-11-28"
"""
    hostile = "</script><img src=x> ${title} $iri\u00a0]}"
    text = text.replace("\ndesign:", f"{notice}design:", 1)
    text = re.sub("^summary: .*", lambda _: f"summary: {json.dumps(hostile)}", text, flags=re.M)
    (tmp_path / "pmid-31469914.yaml").write_text(text, "utf-8")
    build.build_store([tmp_path / "pmid-31469914.yaml"], tmp_path / "graph")
    found = [model(one) for one in resources_of(exported(open_store(tmp_path / "graph")))]
    [citation] = [one for one in found if type(one).__name__ == "Citation"]
    [relation] = citation.citedArtifact.relatesTo
    assert (relation.type, relation.citation) == ("retracted-by", "J Made Up. 2025;1(1):1")
    assert relation.resourceReference.identifier.value == "40000001"
    assert citation.citedArtifact.currentState[0].coding[0].code == "retracted"
    [study] = [one for one in found if type(one).__name__ == "ResearchStudy"]
    assert study.descriptionSummary == "</script><img src=x> ${title} $iri ]}"


def test_the_example_of_the_guide_reads_the_file(
    bundle: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("evidence.json").write_text(json.dumps(bundle), "utf-8")
    page = CHECKOUT / "docs" / "guide" / "faces-fhir.md"
    result = doctest.testfile(str(page), module_relative=False)
    assert result.failed == 0
    assert result.attempted > 10
