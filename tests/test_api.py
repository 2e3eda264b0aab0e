"""The Python API: what the README and the docs promise of `mngraph.load()`."""

from __future__ import annotations

import doctest
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import networkx
import pytest

import mngraph
from mngraph import context
from mngraph.drawing import pages
from mngraph.errors import MissingExtraError, QueryError, UsageError
from mngraph.tables import Table


def test_a_named_query_gives_a_table(graph: mngraph.Graph) -> None:
    table = graph.query("studies-of", indication="acne scars")
    assert isinstance(table, Table) and len(table) > 20
    assert "study" in table.columns
    assert table.to_csv().startswith(",".join(table.columns))


def test_tables_become_frames(graph: mngraph.Graph) -> None:
    pytest.importorskip("pandas", reason="needs pandas (mngraph[dataframes])")
    pytest.importorskip("polars", reason="needs polars (mngraph[dataframes])")
    table = graph.query("SELECT ?s ?n { ?s a mn:Study OPTIONAL { ?s mn:participants ?n } }")
    assert isinstance(table, Table)
    assert table.to_pandas()["n"].sum() == table.to_polars()["n"].sum()
    assert table.to_polars().height == 332


def test_sparql_of_each_form(graph: mngraph.Graph) -> None:
    assert graph.query("ASK { ?s a mn:Study }") is True
    turtle = graph.query("CONSTRUCT { design:letter a ?c } WHERE { design:letter a ?c }")
    assert "design:letter a" in str(turtle)
    with pytest.raises(QueryError):
        graph.query("SELECT ?s {")
    with pytest.raises(UsageError, match="studies-of"):
        graph.query("studies-off")


def test_a_query_can_be_a_path(graph: mngraph.Graph, tmp_path: Path) -> None:
    path = tmp_path / "design.sparql"
    path.write_text("# param: n integer = 1 -- how many\nSELECT ?s { ?s a mn:Study } LIMIT $n")
    assert len(graph.query(path)) == 1
    assert len(graph.query(path, n=3)) == 3
    for wrong in (tmp_path / "none.rq", 5, None):
        with pytest.raises(UsageError):
            graph.query(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "call",
    [
        lambda graph: graph.search(5), lambda graph: graph.show(5), lambda graph: graph.explain(5),
        lambda graph: graph.evidence(indication=["melasma"]), lambda graph: graph.diff("release"),
        lambda graph: graph.evidence(indication="melasma", sinec=2020),
        lambda graph: graph.network(focus="needling for pigmentary disorder"),
        lambda graph: graph.query(Path("a\0b.rq")),
    ],
)  # fmt: skip
def test_what_is_no_name_is_a_usage_error(graph: mngraph.Graph, call: Any) -> None:
    with pytest.raises(UsageError):
        call(graph)


def test_a_table_shows_itself_escaped_in_notebooks() -> None:
    html = Table(["<b>"], [["<script>alert(1)</script>"]])._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_export_and_load_again(graph: mngraph.Graph, tmp_path: Path) -> None:
    graph.export(tmp_path / "all.trig")
    again = mngraph.load(tmp_path / "all.trig")
    question = "studies-by-country"
    assert list(again.query(question)) == list(graph.query(question))  # type: ignore[arg-type]
    graph.export(tmp_path / "ALL.TRIG")
    assert (tmp_path / "ALL.TRIG").read_bytes() == (tmp_path / "all.trig").read_bytes()
    with pytest.raises(UsageError):
        graph.export(tmp_path / "all.docx")


def test_search_show_network_and_view(graph: mngraph.Graph) -> None:
    assert graph.search("PRP")[0].label == "platelet-rich plasma"
    assert graph.show("acne-scar").startswith("acne scar\nindication:acne-scar")
    network = graph.network(focus=["acne scar"])
    assert (
        "https://w3id.org/mngraph/indication/acne-scar" in network
        or "indication:acne-scar" in network
    )
    assert (
        "<html" in graph.view(focus=["acne-scar"])._repr_html_()
        or "srcdoc" in graph.view(focus=["acne-scar"])._repr_html_()
    )


def test_one_name_is_as_good_as_a_list_of_one(graph: mngraph.Graph) -> None:
    assert set(graph.network(focus="acne scar")) == set(graph.network(focus=["acne scar"]))
    modalities = graph.network(kinds="modality")
    assert {data["kind"] for _, data in modalities.nodes(data=True)} == {"modality"}
    assert graph.view(focus="melasma").to_html() == graph.view(focus=["melasma"]).to_html()


def test_what_can_be_a_focus(graph: mngraph.Graph) -> None:
    assert "publication:pmid-31469914" in graph.network(focus="publication:pmid-31469914")
    assert "publication:pmid-31469914" in graph.network(focus="PMID 31469914")
    assert "publication:doi-10.4103-0974-2077.150742" in graph.network(focus="Chawla 2014")
    with pytest.raises(UsageError, match="'pain-score' is a measure"):
        graph.network(focus="pain-score")
    with pytest.raises(UsageError, match="is a measure"):
        graph.network(focus="measure:pain-score")


def test_rdflib_knows_the_prefixes(graph: mngraph.Graph) -> None:
    text = "SELECT DISTINCT ?s { ?s a mn:Study ; mn:indication indication:vitiligo }"
    studies = {context.compact(str(row[0])) for row in graph.rdflib().query(text)}
    assert studies == {row[0] for row in graph.query(text)}  # type: ignore[union-attr]
    assert len(studies) > 5


@pytest.mark.parametrize(
    ("library", "extra", "use"),
    [
        ("rdflib", "rdflib", lambda graph: graph.rdflib()),
        ("oxrdflib", "rdflib", lambda graph: graph.rdflib()),
        ("pandas", "dataframes", lambda graph: graph.query("sources").to_pandas()),
        ("polars", "dataframes", lambda graph: graph.query("sources").to_polars()),
        ("cairosvg", "plots", lambda graph: pages.svg_png("<svg/>", 1)),
    ],
)
def test_what_an_extra_is_needed_for_names_it(
    graph: mngraph.Graph, monkeypatch: pytest.MonkeyPatch, library: str, extra: str, use: Any
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=re.escape(f"pip install 'mngraph[{extra}]'")):
        use(graph)


def test_counts_of_properties_are_those_of_the_union(graph: mngraph.Graph, tmp_path: Path) -> None:
    graph.export(tmp_path / "union.ttl")
    union = mngraph.load(tmp_path / "union.ttl")
    rows = list(graph.query("properties-and-counts"))  # type: ignore[arg-type]
    assert rows == list(union.query("properties-and-counts"))  # type: ignore[arg-type]
    triples = {quad.triple for quad in graph.store.quads()}
    assert sum(row[2] for row in rows) == len(triples)


def test_the_version_is_said_once(graph: mngraph.Graph) -> None:
    (row,) = graph.query(  # type: ignore[misc]
        "SELECT ?v { <https://w3id.org/mngraph/dataset> owl:versionInfo ?v }"
    )
    assert row == (mngraph.__version__,)


def test_explain_gap_map_and_diff(graph: mngraph.Graph) -> None:
    assert "pmid-35237616" in graph.explain("microneedling", "PRP", "acne scar").to_text()
    assert len(graph.gap_map().table()) > 300
    assert graph.diff(graph).same


def public() -> list[tuple[str, str]]:
    """Return each public name, with the examples that must show it."""
    found = []
    for name in mngraph.__all__:
        thing = getattr(mngraph, name)
        own = inspect.getdoc(thing) or ""
        found.append((name, own))
        for member, value in vars(thing).items() if inspect.isclass(thing) else ():
            if not member.startswith("_") and (inspect.isfunction(value) or _is_property(value)):
                found.append((f"{name}.{member}", f"{own}\n{inspect.getdoc(value) or ''}"))
    return found


def _is_property(value: object) -> bool:
    return isinstance(value, property)


@pytest.mark.parametrize(("name", "text"), public(), ids=[name for name, _ in public()])
def test_every_public_name_has_an_example(name: str, text: str) -> None:
    shown = "".join(example.source for example in doctest.DocTestParser().get_examples(text))
    used = rf"\b{re.escape(name.rpartition('.')[2])}\b"
    assert shown if "." not in name else re.search(used, shown), f"no example shows {name}"


@pytest.mark.parametrize("name", ["query", "search", "show", "evidence", "explain", "gap_map",
                                  "diff", "network", "view", "export", "rdflib"])  # fmt: skip
def test_docstrings_name_every_argument(name: str) -> None:
    method = getattr(mngraph.Graph, name)
    text = inspect.getdoc(method) or ""
    for argument in list(inspect.signature(method).parameters)[1:]:
        assert re.search(rf"^ +{argument}: ", text, flags=re.MULTILINE), argument


def test_view_and_network_take_the_same_arguments() -> None:
    view, network = (inspect.signature(m) for m in (mngraph.Graph.view, mngraph.Graph.network))
    assert view.parameters == network.parameters


@pytest.mark.parametrize("kind", ["graphml", "gexf"])
def test_the_writers_of_networkx_take_the_whole_network(
    graph: mngraph.Graph, kind: str, tmp_path: Path
) -> None:
    whole = graph.network()
    path = tmp_path / f"network.{kind}"
    getattr(networkx, f"write_{kind}")(whole, path)
    again = getattr(networkx, f"read_{kind}")(path)
    assert (len(again), again.number_of_edges()) == (len(whole), whole.number_of_edges())
    node = again.nodes["indication:melasma"]
    assert (node["label"], node["weight"] > 20) == ("melasma", True)
    assert "pmid-" in node["study_keys"]


def test_a_gap_map_shows_itself_in_a_notebook(graph: mngraph.Graph) -> None:
    shown = graph.gap_map(focus="melasma")._repr_html_()
    assert shown.startswith("<iframe ") and "melasma" in shown
