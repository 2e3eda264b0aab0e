"""Exports: the same dataset in every syntax, for both readers, whatever text it holds."""

from __future__ import annotations

import gzip
import hashlib
import warnings
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from conftest import Runner, sampled
from hypothesis import given, settings
from hypothesis import strategies as st

from mngraph import context, export
from mngraph.rdffiles import read_file
from mngraph.store import LocalStore
from mngraph.syntaxes import SYNTAXES

RDFLIB = {
    "ttl": "turtle",
    "nt": "nt",
    "nq": "nquads",
    "trig": "trig",
    "rdf": "xml",
    "jsonld": "json-ld",
}
GRAPHS = {"nq", "trig", "jsonld"}


def rdfc(quads: object) -> str:
    """Return the hash of a dataset after RDFC-1.0 canonicalisation."""
    dataset = ox.Dataset(quads)  # type: ignore[arg-type]
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return hashlib.sha256("\n".join(sorted(map(str, dataset))).encode()).hexdigest()


def union(quads: list[ox.Quad]) -> list[ox.Quad]:
    return [ox.Quad(q.subject, q.predicate, q.object, ox.DefaultGraph()) for q in quads]


def read_with_rdflib(content: bytes, name: str) -> list[ox.Quad]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        dataset = rdflib.Dataset()
        dataset.parse(data=content, format=RDFLIB[name])
        text = dataset.serialize(format="nquads").replace(" <urn:x-rdflib:default> .", " .")
    return list(ox.parse(text, format=ox.RdfFormat.N_QUADS))


@pytest.fixture(scope="module")
def quads(part: LocalStore) -> list[ox.Quad]:
    return export.dataset_quads(part)


@pytest.fixture(scope="module")
def hashes(quads: list[ox.Quad]) -> dict[bool, str]:
    """The hash of that part of the release with its named graphs, and of their union."""
    return {True: rdfc(quads), False: rdfc(union(quads))}


@pytest.mark.parametrize("name", export.RDF_FORMATS)
def test_oxigraph_reads_back_what_was_written(
    name: str, quads: list[ox.Quad], hashes: dict[bool, str]
) -> None:
    content = export.to_rdf(quads, name)
    syntax = getattr(ox.RdfFormat, SYNTAXES[name].engine)
    assert rdfc(ox.parse(content, format=syntax)) == hashes[name in GRAPHS]


def part_of(quad: ox.Quad) -> str:
    """The claim that a triple is about, or the graph that it stands in."""
    return str(quad.subject if "/claim/" in str(quad.subject) else quad.graph_name)


@pytest.mark.parametrize("name", export.RDF_FORMATS)
def test_rdflib_reads_back_some_records_and_claims(name: str, quads: list[ox.Quad]) -> None:
    parts = sorted({part_of(quad) for quad in quads})
    kept = set(sampled((part for part in parts if "/graph/study/" in part), 8))
    kept |= set(sampled((part for part in parts if "/claim/" in part), 8))
    kept |= {part for part in parts if "/graph/study/" not in part and "/claim/" not in part}
    some = [quad for quad in quads if part_of(quad) in kept]
    content = export.to_rdf(some, name)
    expected = rdfc(some if name in GRAPHS else union(some))
    assert rdfc(read_with_rdflib(content, name)) == expected


TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffe\uffff")
    | st.sampled_from("\n\t\"'\\<>&{}$?@`;,.|#"),
    max_size=80,
)
HOSTILE = [
    "</script><img src=x onerror=alert(1)>", '"""', "'''\\", "\\u0041\\", "@prefix x: <y> .", "]]>",
    "\u202eabc", "é\u0301", "\U0001f600", " leading and trailing ", "\u2028\u2029", "a\r\nb",
]  # fmt: skip


def surviving(text: str) -> None:
    study = ox.NamedNode(f"{context.BASE}study/x")
    title = ox.NamedNode(context.expand("dcterms:title"))
    graph = ox.NamedNode(f"{context.BASE}graph/study/x")
    quads = [
        ox.Quad(study, title, ox.Literal(text, language="en"), graph),
        ox.Quad(study, title, ox.Literal(text), graph),
    ]
    for name in export.RDF_FORMATS:
        content = export.to_rdf(quads, name)
        expected = rdfc(quads if name in GRAPHS else union(quads))
        syntax = getattr(ox.RdfFormat, SYNTAXES[name].engine)
        assert rdfc(ox.parse(content, format=syntax)) == expected, name


@settings(max_examples=200)
@given(TEXT)
def test_any_text_survives_every_syntax(text: str) -> None:
    surviving(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_survives_every_syntax(text: str) -> None:
    surviving(text)


def test_jsonld_is_compact_and_names_graphs(quads: list[ox.Quad]) -> None:
    import json

    document = json.loads(export.to_rdf(quads, "jsonld"))
    names = {member["@id"] for member in document["@graph"]}
    assert "graph:claims" in names
    assert "graph:study/abdel-rahman-2021-clinical-dermoscopic-histopathologic" in names


def test_one_named_graph_alone(run: Runner) -> None:
    result = run("export", "x.nq", "--graph-name", "graph:vocabulary/design")
    assert result.exit_code == 0
    lines = Path("x.nq").read_text().splitlines()
    assert lines and all(line.endswith("graph/vocabulary/design> .") for line in lines)
    result = run("export", "y.nq", "--graph-name", "graph:nothing")
    assert result.exit_code == 2 and not Path("y.nq").exists()


PARTS = ("--graph-name", "graph:ontology", "--graph-name", "graph:study/pmid-31469914")
"""The graph that has blank nodes, and another."""


@pytest.mark.parametrize("name", export.RDF_FORMATS)
def test_a_file_that_is_read_and_exported_again_stays_as_it_is(name: str, run: Runner) -> None:
    first, again = f"first.{name}", f"again.{name}"
    assert run("export", first, *PARTS).exit_code == 0
    assert run("export", again, "-g", first).exit_code == 0
    assert Path(first).read_bytes() == Path(again).read_bytes()
    run("export", "union.ttl", *PARTS)
    run("export", "back.ttl", "-g", first)
    assert Path("union.ttl").read_bytes() == Path("back.ttl").read_bytes()


@pytest.mark.parametrize("name", export.RDF_FORMATS)
def test_the_count_is_that_of_what_the_file_holds(
    name: str, run: Runner, part_folder: Path
) -> None:
    said = run("export", f"x.{name}", "-g", part_folder).stderr
    held = len(set(read_file(Path(f"x.{name}"))))
    assert said == f"x.{name}: {held:,} {'quads' if name in GRAPHS else 'triples'}\n"


def test_endings_count_in_any_case(run: Runner) -> None:
    assert run("export", "a.jsonld", *PARTS).exit_code == 0
    assert run("export", "B.JSONLD.GZ", *PARTS).exit_code == 0
    assert gzip.decompress(Path("B.JSONLD.GZ").read_bytes()) == Path("a.jsonld").read_bytes()


@pytest.mark.parametrize("ending", ["graphml", "gexf", "csv", "json"])
def test_networks_are_packed_as_graphs_are(ending: str, run: Runner, small: Path) -> None:
    for name in (f"n.{ending}", f"n.{ending}.gz"):
        assert run("export", name, "-g", small).exit_code == 0
    assert gzip.decompress(Path(f"n.{ending}.gz").read_bytes()) == Path(f"n.{ending}").read_bytes()


def test_a_graph_can_be_written_to_stdout(run: Runner) -> None:
    run("export", "x.ttl", *PARTS)
    result = run("export", "-", "-f", "ttl", *PARTS)
    assert result.stdout == Path("x.ttl").read_text("utf-8")
    assert [path.name for path in Path().iterdir()] == ["x.ttl"]
    assert "with -f" in run("export", "-").stderr


def test_a_packed_file_has_the_same_bytes_twice(run: Runner, small: Path) -> None:
    for name in ("a.nt.gz", "b.nt.gz"):
        assert run("export", name, "-g", small).exit_code == 0
    assert Path("a.nt.gz").read_bytes() == Path("b.nt.gz").read_bytes()


def test_network_files_load_in_networkx_with_their_attributes(run: Runner) -> None:
    import networkx

    for name, read in (("n.graphml", networkx.read_graphml), ("n.gexf", networkx.read_gexf)):
        assert run("export", name).exit_code == 0
        network = read(name)
        assert network.number_of_nodes() > 300
        kinds = {data["kind"] for _, data in network.nodes(data=True)}
        assert {"procedure", "indication", "modality", "event"} <= kinds
        assert all("label" in data for _, data in network.nodes(data=True))


def test_a_format_that_does_not_exist(run: Runner) -> None:
    result = run("export", "x.docx")
    assert result.exit_code == 2 and "docx" in result.stderr and not Path("x.docx").exists()
