"""The explorer in Chromium: its queries, its tabs, its address, and hostile text."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import marionette
import pyoxigraph as ox
import pytest
from conftest import CHECKOUT

import mngraph
from mngraph import build, queries
from mngraph.store import LocalStore

pytestmark = pytest.mark.browser

HARMLESS = re.compile(r"file:|about:|data:|blob:")
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
TABS = ("network", "map", "evidence", "queries", "sparql")


@pytest.fixture(scope="module")
def graph(part: LocalStore) -> mngraph.Graph:
    """The graph of a part of the release; tests/test_explorer.py has the page of the whole."""
    return mngraph.Graph(part)


@pytest.fixture(scope="module")
def file(graph: mngraph.Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return graph.explorer().save(tmp_path_factory.mktemp("explorer") / "explorer.html")


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages; at the end none may have asked for anything or complained."""
    pages: list[tuple[Any, list[str], list[str]]] = []

    def open_one(path: Path, fragment: str = "", **options: Any) -> Any:
        size = {"width": 1200, "height": 800}
        page = browser.new_context(**{"viewport": size, **options}).new_page()
        asked: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda r: asked.append(r.url))
        page.on("console", lambda m: complaints.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda e: complaints.append(str(e)))
        pages.append((page, asked, complaints))
        page.goto(path.as_uri() + (f"#{fragment}" if fragment else ""))
        page.wait_for_selector("html[data-engine=ready][data-ready]", state="attached")
        return page

    yield open_one
    for page, asked, complaints in pages:
        page.context.close()
        assert [url for url in asked if not HARMLESS.match(url)] == []
        assert complaints == []


def state(**values: str) -> str:
    return urlencode(values)


def rows_of(page: Any, box: str) -> list[list[str]]:
    page.wait_for_selector(f"{box} table.rows tbody tr")
    found: list[list[str]] = page.eval_on_selector_all(
        f"{box} table.rows tbody tr", "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
    )
    return found


@pytest.mark.slow(reason="runs every named query twice")
def test_named_queries_give_the_rows_of_the_command(
    opened: Any, file: Path, graph: mngraph.Graph
) -> None:
    page = opened(file, state(tab="sparql"))
    every = queries.all_queries()
    known = dict(page.evaluate("mngraphTest.queries()"))
    assert sorted(known) == sorted(query.name for query in every)
    for query in every:
        words = shlex.split(query.example)
        example = dict(w.split("=", 1) for w in words if "=" in w and not w.startswith("-"))
        assert known[query.name] == example
        found = graph.query(query.name, **example)
        got = page.evaluate("([n, v]) => mngraphTest.rows(n, v)", [query.name, example])
        if isinstance(found, bool):
            assert got["truth"] is found, query.name
        elif isinstance(found, str):
            triples = list(ox.parse(found, format=ox.RdfFormat.TURTLE))
            assert got["number"] == len(triples), query.name
        else:
            assert got["columns"] == found.columns, query.name
            lines = found.to_csv().splitlines()
            assert sorted(got["csv"].splitlines()) == sorted(lines), query.name


def test_a_form_runs_and_its_csv_is_that_of_the_command(
    opened: Any, file: Path, graph: mngraph.Graph
) -> None:
    page = opened(file, state(tab="queries", query="studies-of", **{"p.indication": "melasma"}))
    shown = rows_of(page, "#query-results")
    table = graph.query("studies-of", indication="melasma")
    assert isinstance(table, mngraph.Table)
    assert len(shown) == len(table)
    with page.expect_download() as download:
        page.click("#query-results .files button")
    assert Path(download.value.path()).read_bytes().decode() == table.to_csv()
    page.fill("#parameter-indication", "striae")
    page.keyboard.press("Escape")
    page.click("#query-form button.primary")
    page.wait_for_function("location.hash.includes('striae')")
    page.wait_for_selector("#query-results table.rows")
    fewer = graph.query("studies-of", indication="striae distensae")
    page.wait_for_function(
        "n => document.querySelectorAll('#query-results tbody tr').length === n", arg=len(fewer)
    )
    page.fill("#parameter-indication", "nothing of the kind")
    page.click("#query-form button.primary")
    page.wait_for_selector("#query-results [role=alert]")
    assert "no indication is called" in page.inner_text("#query-results").lower()


def test_the_address_restores_what_was_seen(opened: Any, file: Path) -> None:
    text = "SELECT ?z ?a { ?z mn:country ?a } ORDER BY ?z LIMIT 3"
    page = opened(file, state(tab="sparql", sparql=text))
    assert len(rows_of(page, "#own-results")) == 3
    assert page.input_value("#own-text") == text
    page.click("#tab-evidence")
    page.fill("#indication", "melasma")
    page.click("#finder button.primary")
    page.wait_for_selector("#answer table.claims")
    address = page.evaluate("location.hash")
    assert address == "#tab=evidence&indication=melasma"
    page.go_back()
    page.go_back()
    page.wait_for_selector("#panel-sparql:not([hidden])")
    again = opened(file, address[1:])
    again.wait_for_selector("#answer table.claims")
    assert "tranexamic acid" in again.inner_text("#answer")


def test_all_variables_come_in_the_order_of_the_query(
    opened: Any, file: Path, graph: mngraph.Graph
) -> None:
    text = "SELECT * { ?z mn:country ?a } ORDER BY ?z ?a LIMIT 5"
    page = opened(file)
    found = page.evaluate("t => mngraphTest.ask(t)", text)
    table = graph.query(text)
    assert isinstance(table, mngraph.Table)
    assert found["columns"] == table.columns == ["z", "a"]


def test_queries_see_graphs_as_the_command_does(
    opened: Any, file: Path, graph: mngraph.Graph
) -> None:
    page = opened(file)
    for text in (
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) FROM graph:claims { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) FROM NAMED graph:claims { GRAPH ?g { ?s ?p ?o } }",
    ):
        table = graph.query(text)
        assert isinstance(table, mngraph.Table)
        found = page.evaluate("t => mngraphTest.ask(t)", text)
        assert int(found["rows"][0][0]["value"]) == table[0][0], text


def test_a_query_without_end_is_stopped_and_the_next_one_is_answered(
    opened: Any, file: Path
) -> None:
    page = opened(file, state(tab="sparql", sparql=ENDLESS))
    page.click("#own-results button:has-text('Stop')")
    page.wait_for_selector("#own-results [role=alert]")
    assert "stopped" in page.inner_text("#own-results")
    late = "t => mngraphTest.ask(t, { limit: 0.5 }).catch(e => e.message)"
    assert "did not end within 0.5 s" in page.evaluate(late, ENDLESS)
    page.fill("#own-text", "SELECT ?s { ?s a mn:Study } LIMIT 2")
    page.click("#own-form button.primary")
    assert len(rows_of(page, "#own-results")) == 2


def test_hostile_text_in_the_address_stays_text(opened: Any, file: Path) -> None:
    evil = "</script><script>document.title = 'hit'</script><img src=x onerror=alert(1)>"
    page = opened(file)
    title = page.title()
    for values in (
        {"tab": "sparql", "sparql": f"SELECT ('''{evil}''' AS ?x) {{}}"},
        {"tab": "sparql", "sparql": evil},
        {"tab": "queries", "query": "studies-of", "p.indication": f'"> {evil} .'},
        {"tab": "queries", "query": evil},
        {"tab": "evidence", "indication": evil, "with": "a + b"},
        {"net": f"sel={evil}", "theme": evil},
        {"tab": "sparql", "sparql": "SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }"},
    ):
        page.evaluate("h => { location.hash = h }", state(**values))
        page.wait_for_selector(f"#panel-{values.get('tab', 'network')}:not([hidden])")
        if "sparql" in values:
            page.wait_for_selector("#own-results :is([role=alert], table.rows)")
        assert page.title() == title
        assert page.locator("main img, main script").count() == 0


def test_a_hostile_label_stays_text(opened: Any, part: LocalStore, tmp_path: Path) -> None:
    evil = "<script>document.title='hit'</script>\"'&\\ </textarea>"
    melasma = ox.NamedNode("https://w3id.org/mngraph/indication/melasma")
    label = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
    quads = [
        ox.Quad(q.subject, q.predicate, ox.Literal(evil, language="en"), q.graph_name)
        if q.subject == melasma and q.predicate == label
        else q
        for q in part.quads()
    ]
    graph = mngraph.Graph(LocalStore.memory(quads))
    path = graph.explorer(focus="indication:melasma").save(tmp_path / "evil.html")
    page = opened(path, state(tab="queries", query="narrower-concepts"))
    page.click("#tab-sparql")
    page.fill("#own-text", "SELECT ?l { indication:melasma skos:prefLabel ?l }")
    page.click("#own-form button.primary")
    assert rows_of(page, "#own-results") == [[evil]]
    page.click("#tab-evidence")
    page.fill("#indication", "indication:melasma")
    page.click("#finder button.primary")
    page.wait_for_selector("#answer table.claims")
    page.click("#tab-network")
    inside = page.frame_locator("#frame-network")
    inside.locator("html[data-ready]").wait_for(state="attached")
    assert page.title() != "hit"


def test_axe_finds_nothing(opened: Any, file: Path) -> None:
    """In each tab, light, then dark; what frames hold has tests of its own."""
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    from axe_playwright_python.sync_playwright import Axe

    page = opened(file, state(tab="queries", query="studies-by-country"))
    axe, found = Axe(), []
    steps: list[tuple[str, str]] = [
        ("#tab-queries", "#query-results table.rows"),
        ("#query-results [data-way=chart]", "#query-results .chart"),
        ("#tab-network", "#panel-network:not([hidden])"),
        ("#tab-sparql", "#own-text"),
        ("#own-form button.primary", "#own-results table.rows"),
        ("#own-results td button", "#resource-body dl"),
        ("#resource-close", "#own-results"),
        ("#tab-evidence", "#answer .points"),
        ("#answer .points button", "#answer .claims"),
        ("#answer .claim-card .choices button", "#resource-body .cards"),
    ]
    for click, there in steps:
        page.click(click)
        page.wait_for_selector(there)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            rules = {"runOnly": ["color-contrast"]} if scheme == "dark" else {}
            results = axe.run(page, options={"iframes": False, **rules}).response["violations"]
            found += [(there, scheme, e["id"], e["nodes"][0]["html"][:120]) for e in results]
        page.emulate_media(color_scheme="light")
    assert found == []


def test_a_phone_shows_everything_without_scrolling_sideways(opened: Any, file: Path) -> None:
    page = opened(file, state(tab="evidence"), viewport={"width": 390, "height": 800})
    for tab in TABS:
        page.click(f"#tab-{tab}")
        page.wait_for_selector(f"#panel-{tab}:not([hidden])")
        wide = "[...document.querySelectorAll('main, header, footer, main > section')]"
        wide += ".filter(e => e.getClientRects().length && e.scrollWidth > e.clientWidth + 1"
        wide += " && getComputedStyle(e).overflowX === 'visible').map(e => e.id || e.tagName)"
        assert page.evaluate(wide) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_tabs_are_reached_by_keys(opened: Any, file: Path) -> None:
    page = opened(file, state(tab="evidence"))
    page.focus("#tab-evidence")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-queries"
    page.keyboard.press("End")
    page.wait_for_selector("#panel-sparql:not([hidden])")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-network"


def test_a_resource_opens_in_the_network(opened: Any, file: Path) -> None:
    page = opened(
        file,
        state(
            tab="sparql", sparql="SELECT ?i { ?i a mn:Indication ; skos:prefLabel 'melasma'@en }"
        ),
    )
    page.click("#own-results td button")
    page.click("#resource-body button:has-text('Open in the network')")
    inside = page.frame_locator("#frame-network")
    inside.locator("#panel h2").wait_for()
    assert inside.locator("#panel h2").inner_text().lower() == "melasma"
    assert "sel%3Dindication" in page.evaluate("location.hash")
    again = opened(file, page.evaluate("location.hash")[1:])
    again.frame_locator("#frame-network").locator("#panel h2").wait_for()


def test_verdicts_are_those_of_the_command(opened: Any, file: Path, graph: mngraph.Graph) -> None:
    for asked in ({"indication": "melasma"}, {"indication": "acne scar", "with": "PRP"}):
        page = opened(file, state(tab="evidence", **asked))
        shown = page.wait_for_selector("#answer .bottom-line").inner_text()
        found = graph.evidence(asked["indication"], asked.get("with", ()))
        assert shown == found.verdict
        rows = page.locator("#answer .claims tbody tr")
        claims = graph.query(
            "SELECT DISTINCT ?c { ?pack mn:rootProcedure ?p . ?c a mn:TreatmentClaim ; "
            "mn:procedure ?p ; mn:indication/skos:broader* ?i . ?i skos:prefLabel ?l "
            f"FILTER(STR(?l) = '{asked['indication']}') "
            + ("?c mn:combinedWith modality:platelet-rich-plasma }" if "with" in asked else "}")
        )
        assert isinstance(claims, mngraph.Table)
        assert rows.count() == len(claims) > 1


def test_studies_behind_a_claim_are_all_shown(
    opened: Any, file: Path, graph: mngraph.Graph
) -> None:
    claim = "https://w3id.org/mngraph/claim/needling_with_tranexamic-acid_for_melasma"
    values = {"indication": "melasma", "with": "tranexamic acid", "claim": claim}
    page = opened(file, state(tab="evidence", **values))
    page.wait_for_selector("#resource-body .cards")
    lines = graph.query("evidence-lines-of", claim=claim)
    assert isinstance(lines, mngraph.Table)
    assert page.locator("#resource-body .cards > li").count() == len(set(lines["study"]))


@pytest.mark.slow(reason="starts Firefox")
def test_firefox_gives_the_same_rows(file: Path, graph: mngraph.Graph, tmp_path: Path) -> None:
    if not marionette.FIREFOX:
        pytest.skip("Firefox is not installed")
    with marionette.Firefox(tmp_path) as firefox:
        firefox.go(
            f"{file.as_uri()}#{state(tab='queries', query='studies-by-country', show='chart')}"
        )
        firefox.wait_for("#query-results .chart tbody tr")
        for query in queries.all_queries()[::4]:
            known = dict(firefox.evaluate("() => mngraphTest.queries()"))
            found = graph.query(query.name, **known[query.name])
            got = firefox.evaluate(
                "(n, v) => mngraphTest.rows(n, v)", query.name, known[query.name]
            )
            if isinstance(found, mngraph.Table):
                lines = found.to_csv().splitlines()
                assert sorted(got["csv"].splitlines()) == sorted(lines), query.name
        for tab in TABS:
            firefox.evaluate("(name) => document.getElementById(name).click()", f"tab-{tab}")
        firefox.wait_for("#panel-sparql:not([hidden])")
        ready = "() => document.getElementById('frame-network').contentDocument"
        ready += "?.documentElement?.dataset.ready"
        firefox.go(file.as_uri())
        firefox.wait_for("html[data-ready]")
        for _ in range(100):
            if firefox.evaluate(ready) == "true":
                break
            time.sleep(0.1)
        assert firefox.evaluate(ready) == "true"
        firefox.go(f"{file.as_uri()}#{state(tab='sparql', sparql=ENDLESS)}")
        firefox.wait_for("#own-results button")
        firefox.evaluate("() => document.querySelector('#own-results button').click()")
        firefox.wait_for("#own-results [role=alert]")
        assert firefox.evaluate("() => mngraphTest.ask('ASK { ?s ?p ?o }')")["truth"] is True


def test_what_is_wrong_with_a_query_is_said_in_words(opened: Any, file: Path) -> None:
    page = opened(file)
    told = "t => mngraphTest.ask(t).then(() => '', e => e.message)"
    for text, words in {
        "SELECT ?s { ?s a mn:Study": "ends too early",
        "SELECT ?s { { ?s a mn:Study }": "ends too early",
        "SELECT ?s {\n ?s a }": "line 2, column 7: \u201c}\u201d does not fit here",
        "SELECT ?s { ?s foo:bar ?o }": "the prefix foo: of foo:bar is not declared",
        "PREFIX foo: <http://a/> SELECT ?s { ?s foo:bar 'foo2:x' } # foo3:x": "",
        "PREFIX : <http://a/> SELECT ?s { ?s :bar/^mn:study _:b }": "",
        "SELECT ?s { ?s a <Study> }": "is not an absolute IRI",
        "BASE <http://a/> SELECT ?s { ?s a <Study> FILTER(?s < 3 && 4 > 2) }": "",
        "DROP ALL": "cannot be changed",
        "INSERT DATA { <a:b> <a:b> <a:b> }": "cannot be changed",
        "SELECT ?s { ?s a mn:Study } ; DROP ALL": "does not fit here",
    }.items():
        said = page.evaluate(told, text)
        assert words in said if words else not said, (text, said)


def test_triples_are_saved_as_turtle(opened: Any, file: Path, graph: mngraph.Graph) -> None:
    text = "CONSTRUCT { ?i skos:broader ?b ; skos:prefLabel ?l } WHERE { ?i a mn:Indication ; "
    text += "skos:broader ?b ; skos:prefLabel ?l }"
    page = opened(file, state(tab="sparql", sparql=text))
    page.wait_for_selector("#own-results table.rows")
    with page.expect_download() as download:
        page.click("#own-results .files button")
    saved = Path(download.value.path()).read_bytes()
    assert b"skos:broader indication:hyperpigmentation" in saved
    expected = graph.query(text)
    assert isinstance(expected, str)
    triples, others = (set(ox.parse(t, format=ox.RdfFormat.TURTLE)) for t in (saved, expected))
    assert triples == others


def test_a_pack_with_iris_of_its_own_is_explored(opened: Any, tmp_path: Path) -> None:
    pack = CHECKOUT / "packs" / "chemical-peels"
    graph, sources = build.build_graph(build.study_files([pack]))
    assert sources.problems == []
    explored = mngraph.Graph(graph)
    path = explored.explorer().save(tmp_path / "peels.html")
    page = opened(path, state(tab="queries", query="studies-of", **{"p.indication": "acne scar"}))
    table = explored.query("studies-of", indication="acne scar")
    assert isinstance(table, mngraph.Table)
    shown = rows_of(page, "#query-results")
    assert [row[0] for row in shown] == table["study"]
    assert shown[0][0].startswith("chemical-peels:study/")
    page.click("#tab-evidence")
    page.click("#answer .points button >> nth=0")
    page.wait_for_selector("#answer .claims tbody tr")
