"""JSON-LD in the shape of the records: read by independent processors, it is the graph again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
import yaml
from conftest import CHECKOUT, Runner, sampled

from mngraph import context, contexts, framing, iris, store, yamlfile
from mngraph.errors import UnrepresentableError, UsageError
from mngraph.store import LocalStore

ONTOLOGY = CHECKOUT / "ontology"
STUDIES = sorted((CHECKOUT / "data" / "studies").glob("*.yaml"))
CELL = re.compile(r"<[^>]*/authorList/\d+>")


def loader(address: str, options: Any = None) -> dict[str, Any]:
    """Return a context of the checkout for its public address, as a web server would."""
    path = ONTOLOGY / address.removeprefix("https://w3id.org/mngraph/")
    document = json.loads(path.read_text("utf-8"))
    return {
        "contextUrl": None, "documentUrl": address, "document": document,
        "contentType": "application/ld+json",
    }  # fmt: skip


def by_pyld(document: Any) -> bytes:
    """The N-Quads that PyLD, an implementation of JSON-LD 1.1 of its own, makes of a document."""
    pyld = pytest.importorskip("pyld.jsonld", reason="pyld reads the JSON-LD")
    options = {"documentLoader": loader, "format": "application/n-quads"}
    return str(pyld.to_rdf(document, options)).encode()


def canonical(quads: Iterable[ox.Quad]) -> ox.Dataset:
    """Triples without their graph, with names of blank nodes that depend on them alone."""
    found = ox.Dataset(ox.Quad(q.subject, q.predicate, q.object) for q in quads)
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return found


def unlisted(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Quads with blank cells of lists: the graph gives them names, JSON-LD does not."""
    blank: dict[str, ox.BlankNode] = {}

    def cell(node: Any) -> Any:
        return blank.setdefault(str(node), ox.BlankNode()) if CELL.fullmatch(str(node)) else node

    for quad in quads:
        yield ox.Quad(cell(quad.subject), quad.predicate, cell(quad.object))


def inline(document: dict[str, Any]) -> str:
    """A document with the content of its contexts, for readers that fetch nothing."""

    def resolved(part: Any) -> list[Any]:
        if isinstance(part, str):
            content = json.loads((ONTOLOGY / Path(part).name).read_text("utf-8"))
            return resolved(content["@context"])
        return (
            [each for one in part for each in resolved(one)] if isinstance(part, list) else [part]
        )

    return json.dumps({**document, "@context": resolved(document["@context"])})


@pytest.fixture(scope="module")
def documents(store: LocalStore) -> dict[str, dict[str, Any]]:
    """The documents of all studies, by key."""
    return {path.stem: framing.document(store, iris.study(path.stem)) for path in STUDIES}


@pytest.mark.slow("an independent processor reads 332 documents")
def test_pyld_reads_each_study_as_the_triples_of_the_graph(
    store: LocalStore, documents: dict[str, dict[str, Any]]
) -> None:
    for key, document in documents.items():
        read = canonical(ox.parse(by_pyld(document), format=ox.RdfFormat.N_QUADS))
        assert read == canonical(unlisted(store.quads(graph=iris.study_graph(key)))), key


def test_oxigraph_and_rdflib_read_them_too(
    store: LocalStore, documents: dict[str, dict[str, Any]]
) -> None:
    for key in sampled(list(documents), 8):
        stated = canonical(unlisted(store.quads(graph=iris.study_graph(key))))
        whole = inline(documents[key])
        assert canonical(ox.parse(whole, format=ox.RdfFormat.JSON_LD)) == stated, key
        lines = rdflib.Graph().parse(data=whole, format="json-ld").serialize(format="nt")
        assert canonical(ox.parse(lines, format=ox.RdfFormat.N_TRIPLES)) == stated, key


ADDED = {"@context", "@type"}
"""What a document has beside the keys of a record, with the `id` of nodes that YAML leaves out."""


def as_record(value: Any, like: Any) -> Any:
    """A document's value as YAML has it: decimals as numbers, no types, no name that YAML lacks."""
    if isinstance(value, dict) and isinstance(like, dict):
        kept = {k: v for k, v in value.items() if k not in ADDED and (k != "id" or k in like)}
        return {key: as_record(each, like.get(key)) for key, each in kept.items()}
    if isinstance(value, list) and isinstance(like, list):
        pairs = zip(value, [*like, *[None] * len(value)], strict=False)
        return [as_record(each, other) for each, other in pairs]
    if isinstance(value, str) and isinstance(like, int | float):
        return float(value)
    return value.rpartition("/")[2] if str(value).startswith("https://w3id.org/") else value


def test_a_study_has_the_shape_of_its_record_key_by_key(
    documents: dict[str, dict[str, Any]],
) -> None:
    for path in STUDIES:
        record = yamlfile.read_yaml(path)[0]
        assert as_record(documents[path.stem], record) == record, path.name


def test_a_web_developer_finds_things_where_they_are_written(
    documents: dict[str, dict[str, Any]],
) -> None:
    study = documents["pmid-27356486"]
    assert study["arms"][0]["combined_with"] == ["latanoprost", "narrowband-uvb"]
    assert study["outcomes"][0]["first"] == study["arms"][0]["id"] == "A"
    assert study["arms"][0]["needle_length_mm"] == ["0.5"]
    assert study["curation"]["extractions"] == 1
    text = json.dumps(documents)
    assert '"@value"' not in text


def test_a_claim_leads_to_its_studies(store: LocalStore, run: Runner) -> None:
    """The level, the stance and the studies are those that the evidence table gives."""
    claim = framing.document(store, f"{context.BASE}claim/microneedling_for_atrophic-acne-scar")
    query = (
        "SELECT ?study ?stance ?level { claim:microneedling_for_atrophic-acne-scar "
        "mn:hasEvidenceLine ?l . ?l mn:study ?study ; mn:stance ?s ; mn:evidenceLevel ?level "
        'BIND(LCASE(STRAFTER(STR(?s), "#")) AS ?stance) }'
    )
    rows = json.loads(run("query", "-e", query, "-f", "json").stdout)["results"]["bindings"]
    listed = {(r["study"]["value"], r["stance"]["value"], r["level"]["value"]) for r in rows}
    found = {
        (line["study"], line["stance"].replace("mixed", "mixedstance"), str(line["evidence_level"]))
        for line in claim["evidence_lines"]
    }
    assert found == listed and len(listed) > 5


def of_classes(store: LocalStore) -> Iterator[str]:
    """Some of the resources of each class, and all where that is asked for."""
    kind = ox.NamedNode(context.expand("rdf:type"))
    members: dict[str, set[str]] = {}
    for quad in store.oxigraph.quads_for_pattern(None, kind, None, None):
        if isinstance(quad.subject, ox.NamedNode):
            members.setdefault(str(quad.object), set()).add(quad.subject.value)
    for nodes in members.values():
        yield from sampled(sorted(nodes), max(1, len(nodes) // 3))


def test_nothing_that_is_stated_of_a_resource_is_lost(store: LocalStore) -> None:
    """Of each class some: claims, concepts, packs, publications, arms, terms of the ontology."""
    nodes = sorted(set(of_classes(store)))
    for iri in nodes:
        if iri.startswith(f"{context.BASE}study/") and iri.count("/") == 5:
            continue  # a study has its record, see above
        document = framing.document(store, iri)
        read = set(ox.parse(by_pyld(document), format=ox.RdfFormat.N_QUADS))
        stated = {q.triple for q in store.quads(subject=iri)}
        listed = {t for t in stated if CELL.fullmatch(str(t.object))}
        has_blank = any(isinstance(t.object, ox.BlankNode) for t in stated)
        assert stated - listed <= {q.triple for q in read} or has_blank, iri
    assert len(nodes) > 100


def graph_of(turtle: str, folder: Path) -> LocalStore:
    (folder / "own.ttl").write_text(turtle, "utf-8")
    found = store.open_store(folder / "own.ttl")
    assert isinstance(found, LocalStore)
    return found


HOSTILE = """
@prefix mn: <https://w3id.org/mngraph/ontology#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://w3id.org/mngraph/study/s> a mn:Study ;
  mn:participants "030"^^xsd:integer, 99999999999999999999, "many", "x"@en ;
  mn:completed "1.5E0"^^xsd:decimal ;
  mn:indication <https://w3id.org/mngraph/indication/design>, <https://w3id.org/mngraph/indication/a/b>,
    <https://w3id.org/mngraph/indication/>, <urn:x:y>, "text", _:b ;
  mn:hasArm <https://w3id.org/mngraph/study/s/arm/A>, <https://w3id.org/mngraph/study/s>,
    <https://w3id.org/mngraph/study/s/arm/..>, <https://w3id.org/mngraph/study/s/arm/@id> ;
  <http://purl.org/dc/terms/description> "plain", "tagged"@en, "getaggt"@de ;
  <http://example.org/@type> true, "1"^^xsd:boolean, 7 , 1.50 .
<https://w3id.org/mngraph/study/s/arm/A> a mn:Arm, <http://example.org/Other> ;
  mn:sessions 3 ; mn:needleLengthMm 1.50, 0.5 ; mn:hasArm <https://w3id.org/mngraph/study/s> .
"""


def test_what_no_record_says_comes_back_too(tmp_path: Path) -> None:
    """Other spellings of numbers, slugs that are keys, cycles, names that look like paths."""
    own = graph_of(HOSTILE, tmp_path)
    document = framing.document(own, iris.study("s"))
    read = canonical(ox.parse(by_pyld(document), format=ox.RdfFormat.N_QUADS))
    assert read == canonical(own.quads())


@pytest.mark.parametrize("bad", ["<claim:z>", "<< <a:b> <a:c> <a:d> >>"])
def test_what_cannot_be_written_is_refused(bad: str, tmp_path: Path) -> None:
    """`claim:z` would be read as a claim of ours."""
    value = bad.replace("<<", "<<(").replace(">>", ")>>")
    own = graph_of(f"<http://e/a> <http://e/p> {value} .", tmp_path)
    with pytest.raises(UnrepresentableError, match="Turtle"):
        framing.document(own, "http://e/a")


def test_an_unknown_resource_is_an_error(store: LocalStore) -> None:
    with pytest.raises(UsageError, match="states nothing about study:nobody"):
        framing.document(store, iris.study("nobody"))


def test_show_and_export_write_it_and_the_package_reads_it_back(
    run: Runner, tmp_path: Path
) -> None:
    shown = run("show", "study:pmid-27356486", "-f", "jsonld")
    assert json.loads(shown.stdout)["design"] == "split-body-trial-allocation-not-stated"
    file, names = tmp_path / "two.jsonld.gz", ("pmid-27356486", "pmid-25324650")
    wanted = [word for name in names for word in ("--only", f"study:{name}")]
    assert run("export", file, *wanted).exit_code == 0
    count = "SELECT (COUNT(DISTINCT ?a) AS ?n) { ?s mn:hasArm ?a }"
    here = run("query", "-g", file, "-e", count, "-f", "csv").stdout.split()
    arms = sum(
        len(yaml.safe_load((CHECKOUT / f"data/studies/{name}.yaml").read_text("utf-8"))["arms"])
        for name in names
    )
    assert here == ["n", str(arms)]
    refused = run("export", tmp_path / "a.jsonld", *wanted, "--graph-name", "graph:claims")
    assert refused.exit_code == 2 and "do not go together" in refused.stderr


@pytest.mark.parametrize("cut", range(1, 700, 37))
def test_a_context_is_put_in_place_wherever_blocks_of_the_file_end(cut: int) -> None:
    text = json.dumps([
        {"@context": [contexts.address("context"), {"@base": "http://e/"}], "id": "a" * 300},
        {"@context": contexts.address("claim"), 'say "@context': contexts.address("pack")},
    ])  # fmt: skip

    class Blocks:
        rest = text.encode()

        def read(self, size: int) -> bytes:
            part, self.rest = self.rest[:cut], self.rest[cut:]
            return part

    read = json.loads(contexts.WithContent(Blocks()).read())
    assert read[0]["@context"] == [*contexts.content("context"), {"@base": "http://e/"}]
    assert read[1]["@context"] == list(contexts.content("claim"))
    assert read[1]['say "@context'] == contexts.address("pack")
