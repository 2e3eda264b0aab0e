"""What a syntax cannot hold is refused before anything is written; the rest comes back whole."""

from __future__ import annotations

import xml.parsers.expat
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import Runner
from hypothesis import given
from hypothesis import strategies as st

from mngraph import export
from mngraph.errors import UnrepresentableError
from mngraph.syntaxes import SYNTAXES

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def quad(subject: str, predicate: str, value: str) -> ox.Quad:
    """Return the one statement of three terms written as N-Triples write them."""
    line = f"{subject} {predicate} {value} .".encode()
    (found,) = ox.parse(line, format=ox.RdfFormat.N_TRIPLES)
    assert isinstance(found, ox.Quad)
    return found


def read_back(content: bytes, name: str) -> list[ox.Quad]:
    return list(ox.parse(content, format=getattr(ox.RdfFormat, SYNTAXES[name].engine)))


A, P = "<http://example.org/a>", "<http://example.org/p>"
HELD = [
    ("<claim:z>", "<mn:y>", "<study:1>"),
    (A, P, '"1"^^<xsd:int>'),
    ("<claim:z>", P, f'"5"^^{RDF.join("<>")[:-1]}HTML>'),
    ("<https://w3id.org/mngraph/claim///x>", P, "<https://w3id.org/mngraph/claim/>"),
    (A, P, '"x"@en--ltr'),
    (A, P, '"x"@ar--rtl'),
    (A, f"<{RDF}type>", '"a text"'),
    (A, P, '"0.050"^^<http://www.w3.org/2001/XMLSchema#decimal>'),
    (A, P, '"1E400"^^<http://www.w3.org/2001/XMLSchema#double>'),
    (A, P, '"5"^^<http://www.w3.org/2001/XMLSchema#short>'),
    (A, P, '"a <mn:b> c"'),
    ("_:x", P, "_:y"),
]


@pytest.mark.parametrize("name", SYNTAXES)
@pytest.mark.parametrize("terms", HELD, ids=" ".join)
def test_what_a_file_holds_is_what_the_graph_holds(terms: tuple[str, ...], name: str) -> None:
    statement = quad(*terms)
    back = ox.Dataset(read_back(export.to_rdf([statement], name), name))
    given = ox.Dataset([statement])
    for each in (back, given):
        each.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert back == given


REFUSED = [
    ("jsonld", (A, P, f"<<( {A} {P} {A} )>>"), "http://example.org/p"),
    ("rdf", (A, "<http://example.org/1>", A), "http://example.org/1"),
    ("rdf", (A, "<http://example.org/>", A), "http://example.org/"),
    ("rdf", (A, f"<{RDF}li>", A), f"{RDF}li"),
    ("rdf", (A, f"<{RDF}bagID>", A), f"{RDF}bagID"),
    ("rdf", (A, P, f"<<( {A} <http://example.org/1> {A} )>>"), "http://example.org/1"),
    ("rdf", (A, P, '"\\u0001"'), "U+0001"),
    ("rdf", (A, P, '"\\b"'), "U+0008"),
    ("rdf", (A, P, '"x\\uFFFE"@en'), "U+FFFE"),
    ("rdf", (A, f"<{RDF}type>", "<http://example.org/1>"), "http://example.org/1"),
]


@pytest.mark.parametrize(("name", "terms", "named"), REFUSED, ids=lambda part: str(part)[:60])
def test_what_a_syntax_cannot_hold_is_named(name: str, terms: tuple[str, ...], named: str) -> None:
    statement = quad(*terms)
    with pytest.raises(UnrepresentableError, match=SYNTAXES[name].title) as caught:
        export.to_rdf([statement], name)
    assert named in str(caught.value)
    assert read_back(export.to_rdf([statement], "nq"), "nq") == [statement]


def test_a_text_without_the_language_that_its_datatype_asks_for() -> None:
    """RDF forbids it, JSON-LD and RDF/XML can say it, and no reader of the others takes it."""
    text = ox.Literal("x", datatype=ox.NamedNode(f"{RDF}langString"))
    statement = ox.Quad(ox.NamedNode("http://a/b"), ox.NamedNode("http://a/b"), text)
    for name in ("ttl", "nt", "nq", "trig"):
        with pytest.raises(UnrepresentableError):
            export.to_rdf([statement], name)


def test_nothing_is_written_of_what_is_refused(run: Runner) -> None:
    Path("x.nt").write_text(f'{A} {P} "first" .\n{A} {P} "\\u0001" .\n')
    result = run("export", "x.rdf", "-g", "x.nt")
    assert result.exit_code == 3 and "U+0001" in result.stderr
    assert result.stderr.count("\n") == 1 and not Path("x.rdf").exists()
    assert run("export", "-", "-f", "rdf", "-g", "x.nt").stdout == ""


def test_a_class_that_cannot_be_the_name_of_an_element_is_still_written() -> None:
    quads = [quad(A, f"<{RDF}type>", "<http://snomed.info/id/123>"), quad(A, "<http://z/p>", A)]
    content = export.to_rdf(quads, "rdf")
    xml.parsers.expat.ParserCreate(namespace_separator=" ").Parse(content, True)
    assert set(read_back(content, "rdf")) == set(quads)


IRI = st.from_regex(r"\A(http://a/|mn:|claim:|urn:|x:)[a-z0-9/_.é-]{0,8}\Z").map("<{}>".format)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
LITERAL = st.builds(lambda text: str(ox.Literal(text)), TEXT)


@given(st.lists(st.tuples(IRI, IRI, IRI | LITERAL), min_size=1, max_size=4))
def test_rdf_xml_is_well_formed_or_refused(rows: list[tuple[str, str, str]]) -> None:
    quads = [quad(*row) for row in rows]
    try:
        content = export.to_rdf(quads, "rdf")
    except UnrepresentableError:
        return
    xml.parsers.expat.ParserCreate(namespace_separator=" ").Parse(content, True)
    assert set(read_back(content, "rdf")) == set(quads)
