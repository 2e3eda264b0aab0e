"""The page: one file, no request, hostile text, its data, its SPARQL, and the command."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

import mngraph
from mngraph.drawing import network, pagedata, view
from mngraph.drawing.edges import RELATIONS
from mngraph.store import LocalStore

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "\u0645\u0631\u062d\u0628\u0627 \u202eabc",
    "\U0001f9d1\U0001f3fd\u200d\u2695\ufe0f needles \U0001f489",
    "x" * 500,
    "'\"`${alert(1)}\\u003c\u2028",
]


@pytest.fixture(scope="module")
def whole(store: LocalStore) -> nx.MultiDiGraph[str]:
    return network.network(store)


@pytest.fixture(scope="module")
def page(whole: Any) -> str:
    return view.page(whole)


def hostile(whole: nx.MultiDiGraph[str]) -> nx.MultiDiGraph[str]:
    """The network with labels, titles and synonyms that try to get out."""
    graph = whole.copy()
    names = sorted(n for n in graph if graph.nodes[n]["kind"] != "publication")
    for number, name in enumerate(names):
        text = HOSTILE[number % len(HOSTILE)]
        graph.nodes[name].update(label=text, definition=text, synonyms=(text,), group=text)
    graph.graph["title"] = HOSTILE[0]
    return graph


class Seen(HTMLParser):
    """The tags, attributes and scripts that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data


def test_the_file_is_small_and_asks_for_nothing(page: str) -> None:
    assert len(page.encode()) < 3_000_000
    for tag, attributes in Seen(page).tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "img")
        assert "src" not in attributes
    assert "sourceMappingURL" not in page
    assert not re.search(r"cdn|jsdelivr|unpkg|@import|url\(", page)


def test_the_policy_allows_the_pages_own_scripts_only(page: str) -> None:
    seen = Seen(page)
    policy = next(a["content"] for t, a in seen.tags if a.get("http-equiv"))
    assert policy
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    data, *scripts = seen.scripts
    assert json.loads(data)["nodes"]
    assert len(scripts) == 2
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe-eval" not in policy


def test_the_page_carries_the_license_of_its_drawing_library(page: str) -> None:
    license = (view.LIBRARY / "LICENSE-MIT").read_text("utf-8")
    comment = page[page.index("<!-- vis-network") + 4 : page.index("-->")]
    assert license in comment
    assert "--" not in comment


def test_vis_network_is_the_file_of_the_registry() -> None:
    """By the digest of dist/vis-network.min.js in vis-network-9.1.2.tgz."""
    script = (view.LIBRARY / "vis-network.min.js").read_bytes()
    digest = "6e30a2350474cdf92a0932c6d55b8adcb91929066817ed3eec7b87907a4612f3"
    assert hashlib.sha256(script).hexdigest() == digest


def test_hostile_text_stays_text(whole: Any, page: str) -> None:
    seen, plain = Seen(view.page(hostile(whole))), Seen(page)
    assert [tag for tag, _ in seen.tags] == [tag for tag, _ in plain.tags]
    nodes = json.loads(seen.scripts[0])["nodes"]
    assert {n["label"] for n in nodes} >= set(HOSTILE)


def test_every_node_edge_and_study_is_in_the_page(whole: Any, page: str) -> None:
    data = json.loads(Seen(page).scripts[0])
    assert {n["id"] for n in data["nodes"]} == set(whole)
    assert len(data["edges"]) == whole.number_of_edges()
    studies = whole.graph["studies"]
    assert [s["key"] for s in data["studies"]] == sorted(studies)
    assert all("https://" in url for s in data["studies"] for _, url in s["links"])


def test_the_page_says_level_source_and_no_advice(page: str) -> None:
    text = html.unescape(
        re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.DOTALL)
    )
    for words in ("Design level", "Not medical advice", "CC0 1.0", "https://w3id.org/mngraph/"):
        assert words in text
    assert not re.search(r"\b(proven|effective|efficacious|cures?|treats|recommended)\b", text)


def test_copied_sparql_finds_the_studies_behind_each_line(whole: Any, store: LocalStore) -> None:
    queries = pagedata.queries()
    for relation in RELATIONS:
        edges = [(a, b, d) for a, b, k, d in whole.edges(keys=True, data=True) if k == relation]
        assert edges
        for a, b, data in edges[:: max(1, len(edges) // 6)]:
            text = queries[relation].replace("$source", f"<{whole.nodes[a]['iri']}>")
            answer = store.query(text.replace("$target", f"<{whole.nodes[b]['iri']}>"))
            if relation == "broader":
                assert bool(answer)
                continue
            keys = {row["study"].value.rpartition("/")[2] for row in answer}
            if relation == "hasReportedEvent":
                assert keys == set(data["study_keys"])
            else:
                assert keys >= set(data["study_keys"])
                assert relation != "evaluates" or keys == set(data["study_keys"])


def test_copied_sparql_finds_the_studies_of_each_kind_of_node(
    whole: Any, store: LocalStore
) -> None:
    for node in ("procedure:microneedling", "indication:melasma", "modality:platelet-rich-plasma",
                 "event:erythema", "publication:pmid-31469914"):  # fmt: skip
        data = whole.nodes[node]
        text = pagedata.queries()[data["kind"]].replace("$node", f"<{data['iri']}>")
        keys = {row["study"].value.rpartition("/")[2] for row in store.query(text)}
        assert keys == set(data["study_keys"])


def test_a_notebook_gets_a_frame_with_the_whole_page(graph: mngraph.Graph) -> None:
    shown = graph.view(focus=["nail psoriasis"])
    markup = shown._repr_html_()
    frame = dict(Seen(markup).tags)["iframe"]
    assert frame["srcdoc"] == shown.to_html()
    assert "allow-same-origin" not in str(frame["sandbox"])


def test_view_writes_a_page(run: Any, tmp_path: Path) -> None:
    result = run("view", "x.html", "--focus", "PRP", "--level", "2", "--kind", "modality",
                 "--kind", "indication", "--min-studies", "2", "--title", "A & B")  # fmt: skip
    assert (result.exit_code, result.stdout) == (0, "")
    text = (tmp_path / "x.html").read_text("utf-8")
    assert "<title>A &amp; B</title>" in text
    data = json.loads(Seen(text).scripts[0])
    assert {n["kind"] for n in data["nodes"]} == {"modality", "indication"}
    assert all(s["level"] and s["level"] <= 2 for s in data["studies"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--min-studies", "1000"), "no study fits these options"),
        (("--focus", "melasma", "--min-studies", "1000"), "no study fits these options"),
        (("--focus", "melasma", "--focus", "keloid"), "no study names melasma and keloid"),
    ],
    ids=" ".join,
)
def test_view_draws_no_page_without_lines(
    options: tuple[str, ...], message: str, run: Any, tmp_path: Path
) -> None:
    result = run("view", "x.html", *options)
    assert result.exit_code == 3 and message in result.stderr
    assert not (tmp_path / "x.html").exists()


def test_view_tells_wrong_names_and_places(run: Any, tmp_path: Path) -> None:
    result = run("view", "x.html", "--focus", "acne scra")
    assert result.exit_code == 2
    assert "acne-scar" in result.stderr
    result = run("view", str(tmp_path / "no" / "x.html"))
    assert result.exit_code == 4
    assert "does not exist" in result.stderr
    assert not (tmp_path / "x.html").exists()


def test_centrality_ranks_concepts(run: Any) -> None:
    result = run("centrality", "--limit", "3", "-f", "csv")
    head, *rows = result.stdout.splitlines()
    assert head == "concept,label,indications,studies,participants,best_level,betweenness"
    assert len(rows) == 3
    reach = [int(row.split(",")[2]) for row in rows]
    assert reach == sorted(reach, reverse=True)


def test_the_notebook_of_the_docs_runs() -> None:
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    path = Path(__file__).parents[1] / "docs" / "guide" / "drawings.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = [
        output["data"]["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    assert any(text.startswith("<iframe srcdoc=") for text in shown)


def test_an_option_of_another_command_is_answered_with_the_one_here(run: Any) -> None:
    refused = run("view", "x.html", "-i", "alopecia")
    assert refused.exit_code == 2 and "takes --focus CONCEPT" in refused.stderr
