"""Nodes and edges by Biolink: what KGX's own validator and reader make of them."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyoxigraph as ox
import pytest

import mngraph
from mngraph import build
from mngraph.errors import UsageError
from mngraph.faces import biolink, kgx, kgxfiles, parts
from mngraph.files import write_folder
from mngraph.store import LocalStore

CHECK = Path(__file__).parent / "kgxcheck.py"
PACK = Path(__file__).parents[1] / "packs" / "chemical-peels"
BASE = "https://w3id.org/mngraph/"
PREDICATES = {"in_clinical_trials_for", "applied_to_treat", "studied_to_treat", "has_adverse_event"}
"""What a claim may say: none of them that something works."""

Read = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def peels() -> LocalStore:
    store, sources = build.build_graph(build.study_files([PACK]))
    assert sources.problems == []
    return store


@pytest.fixture(scope="module")
def peels_files(peels: LocalStore) -> dict[str, bytes]:
    return dict(parts(peels, "kgx"))


@pytest.fixture(scope="module")
def release_files(part: LocalStore) -> dict[str, bytes]:
    """The files of both formats, which are made of the same records of the release."""
    nodes, edges, prefixes = kgx.records(part)
    columns = [*biolink.slots(), kgxfiles.OBJECTS]
    made = {"prefixes.json": kgxfiles.prefix_map(prefixes)}
    for face in ("kgx", "kgx-jsonl"):
        made |= dict(kgxfiles.files(face, columns, nodes, edges))
    return made


@pytest.fixture(scope="module")
def read(
    release_files: dict[str, bytes],
    peels_files: dict[str, bytes],
    tmp_path_factory: pytest.TempPathFactory,
) -> Read:
    """What KGX reads and reports of the release in both formats, a pack, and a faulty folder."""
    python = Path(os.environ.get("MNGRAPH_KGX", "/nowhere")) / "bin" / "python"
    if not python.is_file():
        pytest.skip("no environment with kgx: MNGRAPH_KGX names no folder that has bin/python")
    room = tmp_path_factory.mktemp("kgx")
    prefixes = ("prefixes.json", release_files["prefixes.json"])
    for ending in ("tsv", "jsonl"):
        names = (f"nodes.{ending}", f"edges.{ending}")
        write_folder(room / ending, [*((name, release_files[name]) for name in names), prefixes])
    write_folder(room / "peels", peels_files.items())
    faulty = [
        ("nodes.tsv", b"id\tcategory\nABSENT:1\tbiolink:Cure\n"),
        ("edges.tsv", b"id\tsubject\tpredicate\tobject\n1\tABSENT:1\tbiolink:cures\tABSENT:1\n"),
    ]
    write_folder(room / "faulty", [*faulty, prefixes])
    folders = [room / name for name in ("tsv", "jsonl", "peels", "faulty")]
    done = subprocess.run([python, CHECK, *folders], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found: Read = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def lines(release_files: dict[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    """The records of the release, as JSON Lines hold them."""
    return {part: records(release_files, part) for part in ("nodes", "edges")}


def count(store: LocalStore, pattern: str, what: str = "COUNT(DISTINCT ?x)") -> Decimal:
    (row,) = store.select(f"SELECT ({what} AS ?n) WHERE {{ {pattern} }}")
    return Decimal(row["n"].value)


@pytest.mark.slow(reason="kgx reads the Biolink model and a part of the release twice")
def test_kgx_finds_no_error(read: Read) -> None:
    for name in ("tsv", "jsonl", "peels"):
        assert read[name]["errors"] == {}
        own = {key for key in read[name]["unknown"] if not key.startswith("mngraph_")}
        assert own == set()
    assert set(read["faulty"]["errors"]["ERROR"]) >= {
        "INVALID_CATEGORY", "INVALID_EDGE_PREDICATE", "MISSING_EDGE_PROPERTY"
    }  # fmt: skip


@pytest.mark.slow(reason="kgx reads the Biolink model and a part of the release twice")
@pytest.mark.parametrize("format", ["tsv", "jsonl"])
def test_kgx_reads_back_what_the_graph_holds(read: Read, part: LocalStore, format: str) -> None:
    nodes, edges = read[format]["nodes"], read[format]["edges"]
    kinds = Counter(node.get("mngraph_kind", "") for node in nodes)
    for kind in (
        "Study", "Arm", "Outcome", "AdverseEventReport", "EffectEstimate", "Synthesis",
        "EvidenceLine", "Indication", "AdverseEvent", "Procedure", "Modality",
    ):  # fmt: skip
        assert kinds[f"mn:{kind}"] == count(part, f"?x a mn:{kind}") > 0, kind
    claims = [edge for edge in edges if edge["id"].startswith("mngraph.claim:")]
    safety = [edge for edge in claims if edge["predicate"] == "biolink:has_adverse_event"]
    assert len(safety) == count(part, "?x a mn:SafetyClaim")
    assert len(claims) - len(safety) == count(part, "?x a mn:TreatmentClaim")
    for kind, slot, property in (
        ("AdverseEventReport", "has_count", "affected"),
        ("AdverseEventReport", "has_total", "atRisk"),
        ("Outcome", "mngraph_first_events", "firstEvents"),
        ("Outcome", "mngraph_effect_value", "effectValue"),
        ("EffectEstimate", "mngraph_effect_lower", "effectLower"),
        ("Synthesis", "mngraph_effect_upper", "effectUpper"),
        ("Study", "mngraph_participants", "participants"),
    ):
        held = [
            node[slot]
            for node in nodes
            if node.get("mngraph_kind") == f"mn:{kind}" and slot in node
        ]
        pattern = f"SELECT DISTINCT ?x ?v {{ ?x a mn:{kind} ; mn:{property} ?v }}"
        assert len(held) == count(part, f"{{ {pattern} }}", "COUNT(*)") > 0, slot
        total = float(count(part, f"{{ {pattern} }}", "SUM(?v)"))
        assert sum(map(float, held)) == pytest.approx(total), slot


def test_claims_say_what_was_studied_and_reported(
    lines: dict[str, list[dict[str, Any]]], part: LocalStore
) -> None:
    claims = {edge["iri"]: edge for edge in lines["edges"] if "iri" in edge}
    assert {edge["predicate"].removeprefix("biolink:") for edge in claims.values()} == PREDICATES
    trials = part.select(
        "SELECT DISTINCT ?claim { ?claim a mn:TreatmentClaim ; mn:inheritedFrom*/mn:studiedIn ?s ."
        " ?s mn:studyDesign/skos:broader* design:interventional-study }"
    )
    tested = {row["claim"].value for row in trials}
    assert tested == {
        iri for iri, edge in claims.items() if edge["predicate"] == "biolink:in_clinical_trials_for"
    }
    read = part.select("SELECT DISTINCT ?c { ?c a mn:Claim ; mn:studiedIn|mn:hasEvidenceLine ?s }")
    direct = {row["c"].value for row in read}
    for iri, edge in claims.items():
        entailed = edge["knowledge_level"] == "logical_entailment"
        assert entailed == (edge["agent_type"] == "automated_agent") == (iri not in direct)
        assert edge["has_supporting_studies"]
    treatments = [
        edge for edge in claims.values() if edge["predicate"] != "biolink:has_adverse_event"
    ]
    assert all(edge["mngraph_certainty"] == ["not judged"] for edge in treatments)


def test_the_subject_of_a_claim_is_its_procedure_with_all_its_modalities(
    lines: dict[str, list[dict[str, Any]]], part: LocalStore
) -> None:
    address = {node["id"]: node["iri"] for node in lines["nodes"]}
    held: dict[str, set[str]] = {}
    for edge in lines["edges"]:
        if edge["predicate"] == "biolink:has_part" and "combination" in edge["subject"]:
            held.setdefault(edge["subject"], set()).add(address[edge["object"]])
    stated: dict[str, set[str]] = {}
    for row in part.select("SELECT * { ?claim a mn:Claim ; mn:procedure|mn:combinedWith ?part }"):
        stated.setdefault(row["claim"].value, set()).add(row["part"].value)
    claims = {edge["iri"]: edge for edge in lines["edges"] if "iri" in edge}
    assert {iri: held[edge["subject"]] for iri, edge in claims.items()} == stated
    (acid,) = [
        n for n in lines["nodes"] if n["iri"].endswith("/microneedling_with_tranexamic-acid")
    ]
    assert acid["category"] == ["biolink:Treatment"]
    assert acid["has_procedure"] == ["mngraph.procedure:microneedling"]
    assert acid["name"] == "Microneedling with tranexamic acid"


def test_evidence_leads_to_every_study(
    lines: dict[str, list[dict[str, Any]]], part: LocalStore
) -> None:
    nodes = {node["id"]: node for node in lines["nodes"]}
    for edge in lines["edges"]:
        assert edge["subject"] in nodes and edge["object"] in nodes
        for slot in ("has_evidence", "has_supporting_studies", "has_evidence_of_type"):
            assert all(name in nodes for name in edge.get(slot, ()))
        assert edge.get("evidence_count", 0) == len(edge.get("has_evidence", ()))
        assert edge["sources"][0]["resource_role"] == "primary_knowledge_source"
    mentioned = {
        edge["object"] for edge in lines["edges"] if edge["predicate"] == "biolink:mentions"
    }
    assert len(mentioned) == count(part, "?x a mn:Study")
    ends = Counter((edge["subject"], edge["predicate"], edge["object"]) for edge in lines["edges"])
    assert max(ends.values()) == 1  # KGX keeps one edge of a kind between two nodes
    assert len({edge["id"] for edge in lines["edges"]}) == len(lines["edges"])


def test_identifiers_can_be_turned_into_addresses(
    lines: dict[str, list[dict[str, Any]]], release_files: dict[str, bytes]
) -> None:
    prefixes = json.loads(release_files["prefixes.json"])["@context"]
    for node in lines["nodes"]:
        prefix, _, local = node["id"].partition(":")
        if prefix in prefixes:
            assert prefixes[prefix] + unquote(local) == node["iri"]
        else:
            assert node["iri"].startswith(f"{BASE}publication/") == (prefix == "PMID")


def unescaped(cell: str, like: Any) -> Any:
    """A cell of a table as the value of JSON that it stands for."""
    if isinstance(like, list):
        return [unescaped(part, each) for part, each in zip(cell.split("|"), like, strict=True)]
    return json.loads(cell) if isinstance(like, bool | int | float) else cell


def test_both_formats_hold_the_same(
    lines: dict[str, list[dict[str, Any]]], release_files: dict[str, bytes]
) -> None:
    for part, records in lines.items():
        head, *rows = [
            line.split("\t") for line in release_files[f"{part}.tsv"].decode().split("\n")
        ]
        assert rows.pop() == [""] and len(rows) == len(records)
        for row, record in zip(rows, records, strict=True):
            filled = {key: cell for key, cell in zip(head, row, strict=True) if cell}
            held = {key: value for key, value in record.items() if key != "sources"}
            assert filled.keys() == held.keys()
            assert {key: unescaped(cell, held[key]) for key, cell in filled.items()} == held


def records(files: dict[str, bytes], part: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[f"{part}.jsonl"].decode().split("\n") if line]


def test_only_one_claim(peels: LocalStore) -> None:
    claim = f"{BASE}claim/chemical-peel_with_microneedling_for_acne-scar"
    kept = dict(parts(peels, "kgx-jsonl", [claim]))
    nodes, edges = records(kept, "nodes"), records(kept, "edges")
    (edge,) = [edge for edge in edges if "iri" in edge]
    assert edge["iri"] == claim
    kinds: dict[str, set[str]] = {}
    for node in nodes:
        kinds.setdefault(node.get("mngraph_kind", ""), set()).add(node["id"])
    assert kinds["mn:Study"] == {*edge["has_supporting_studies"]}
    assert kinds["mn:EvidenceLine"] == {*edge["has_evidence"]}
    parts_of = {each["object"] for each in edges if each["subject"] == edge["subject"]}
    ingredients = {"mngraph.modality:chemical-peel", "mngraph.procedure:microneedling"}
    assert parts_of == {edge["object"], *ingredients}


def test_only_one_study(peels: LocalStore) -> None:
    study = "https://example.org/chemical-peels/study/pmid-30548170"
    kept = dict(parts(peels, "kgx-jsonl", [study]))
    kinds = Counter(node.get("mngraph_kind") for node in records(kept, "nodes"))
    held = (
        ("Arm", "hasArm"),
        ("Outcome", "hasOutcome"),
        ("AdverseEventReport", "hasAdverseEventReport"),
    )
    for kind, property in held:
        assert kinds[f"mn:{kind}"] == count(peels, f"<{study}> mn:{property} ?x"), kind
    assert kinds["mn:Study"] == kinds["mn:Publication"] == 1
    assert kinds["mn:EvidenceLine"] == 0 and not [e for e in records(kept, "edges") if "iri" in e]
    with pytest.raises(UsageError, match="nothing is kept"):
        dict(parts(peels, "kgx", [f"{BASE}study/pmid-0"]))


def test_a_pack_has_identifiers_of_its_own(peels: LocalStore) -> None:
    files = dict(parts(peels, "kgx-jsonl"))
    studies = [node for node in records(files, "nodes") if node.get("mngraph_kind") == "mn:Study"]
    assert len(studies) == count(peels, "?x a mn:Study")
    assert {node["id"].partition(":")[0] for node in studies} == {"chemical-peels.study"}
    prefixes = json.loads(files["prefixes.json"])["@context"]
    assert prefixes["chemical-peels.study"] == "https://example.org/chemical-peels/study/"


def test_the_same_graph_gives_the_same_bytes_in_any_order(
    peels: LocalStore, peels_files: dict[str, bytes]
) -> None:
    quads = sorted(peels.quads(), key=str, reverse=True)
    assert dict(parts(LocalStore.memory(quads), "kgx")) == peels_files


PREFIXES = f"""
  PREFIX mn: <{BASE}ontology#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
  PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX claim: <{BASE}claim/>
  PREFIX indication: <{BASE}indication/> PREFIX study: <{BASE}study/> PREFIX : <{BASE}publication/>
"""


def made(turtle: str) -> LocalStore:
    """A graph of some statements."""
    triples = ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)
    graph = ox.NamedNode(f"{BASE}graph/claims")
    return LocalStore.memory([ox.Quad(t.subject, t.predicate, t.object, graph) for t in triples])


def test_labels_that_would_break_a_table() -> None:
    store = made(r"""
      claim:a_for_b a mn:Claim, mn:TreatmentClaim ; mn:indication indication:b ;
        mn:procedure <http://elsewhere.example/a:b%7Cc> ; rdfs:label "A for b"@en .
      indication:b a mn:Indication ; rdfs:label "1\t2\n3\r4|5\"6'7\u20288<b>"@en .
    """)
    tables = dict(parts(store, "kgx"))
    for part, number in (("nodes.tsv", 3), ("edges.tsv", 2)):
        rows = tables[part].decode().splitlines()
        assert len(rows) == number and len({row.count("\t") for row in rows}) == 1
    assert "\t1 2 3 4¦5\"6'7 8<b>\t" in tables["nodes.tsv"].decode()
    held = {
        node["id"]: node.get("name") for node in records(dict(parts(store, "kgx-jsonl")), "nodes")
    }
    assert held == {
        "mngraph.combination:a": None,
        "mngraph.indication:b": "1\t2\n3\r4|5\"6'7\u20288<b>",
    }


def test_judgments_and_retractions_are_told() -> None:
    store = made("""
      claim:a_for_b a mn:Claim, mn:TreatmentClaim ; mn:indication indication:b ; mn:hasNotice :n ;
        mn:studiedIn study:1 ; rdfs:label "A for b"@en .
      study:1 a mn:Study ; mn:reportedIn :1 ; mn:hasNotice :n ; mn:standingAppraisal :judged .
      study:2 a mn:Study ; mn:reportedIn :2 .
      study:3 a mn:Study ; mn:reportedIn :2 . :x mn:appraises study:3 ; mn:disagreesWith :y .
      :1 a mn:Publication ; mn:hasNotice :n . :n a mn:Notice, mn:Retraction .
      :judged mn:overall [ skos:prefLabel "high risk"@en ] .
      :grade mn:appraisesClaim claim:a_for_b ;
        mn:overall [ skos:exactMatch [ skos:prefLabel "very low"@en ] ] .
    """)
    files = dict(parts(store, "kgx-jsonl"))
    nodes = {node["id"]: node for node in records(files, "nodes")}
    judged = {key: node["mngraph_risk_of_bias"] for key, node in nodes.items() if ".study" in key}
    assert judged == {
        "mngraph.study:1": ["high risk"],
        "mngraph.study:2": ["not judged"],
        "mngraph.study:3": ["appraisers disagree"],
    }
    told = {key for key, node in nodes.items() if node.get("mngraph_notice") == ["mn:Retraction"]}
    assert told == {"mngraph.study:1", "mngraph.publication:1"}
    (claim,) = [edge for edge in records(files, "edges") if "iri" in edge]
    assert claim["mngraph_certainty"] == ["very low"]
    assert claim["mngraph_notice"] == ["mn:Retraction"]
    assert claim["predicate"] == "biolink:studied_to_treat"  # no study of a known design


def test_python_writes_a_folder(peels: LocalStore, tmp_path: Path) -> None:
    mngraph.Graph(peels).export(tmp_path / "kgx", "kgx-jsonl")
    names = {path.name for path in (tmp_path / "kgx").iterdir()}
    assert names >= {"nodes.jsonl", "edges.jsonl", "prefixes.json"}


def test_an_empty_graph_has_tables_without_rows() -> None:
    files = dict(parts(LocalStore.memory([]), "kgx"))
    assert files["nodes.tsv"] == b"id\tcategory\n"
    assert files["edges.tsv"].decode().split() == [
        "id", "category", "subject", "predicate", "object", "knowledge_level", "agent_type"
    ]  # fmt: skip
