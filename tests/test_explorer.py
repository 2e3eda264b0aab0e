"""The explorer's page as a file: what is embedded in it, how large it is, and what it allows."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

import mngraph
from mngraph import resources
from mngraph.errors import UnrepresentableError, UsageError
from mngraph.explorer import contents
from mngraph.store import LocalStore

Parts = Callable[[str], bytes]


@pytest.fixture(scope="module")
def page(graph: mngraph.Graph, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = graph.explorer().save(tmp_path_factory.mktemp("explorer") / "explorer.html")
    assert path.stat().st_size < 6_000_000
    return path.read_text("utf-8")


@pytest.fixture(scope="module")
def part(page: str) -> Parts:
    def content(name: str) -> bytes:
        found = re.search(f'id="part-{name}">([^<]*)</script>', page)
        assert found
        return gzip.decompress(base64.b64decode(found[1]))

    return content


def test_the_page_holds_the_whole_graph(part: Parts, store: LocalStore) -> None:
    held = ox.Store()
    held.load(part("data"), format=ox.RdfFormat.TRIG)
    assert len(held) == len(store.oxigraph) > 70_000
    assert {name.value for name in held.named_graphs()} == set(store.graphs())


def test_the_page_knows_every_named_query_and_every_concept(part: Parts, store: LocalStore) -> None:
    about = json.loads(part("about"))
    folder = resources.folder("queries")
    names = {path.stem for path in folder.glob("*.rq")}
    assert {query["name"] for query in about["queries"]} >= names
    rows = store.select(
        "SELECT DISTINCT ?c { VALUES ?s { <https://w3id.org/mngraph/vocabulary/indication> "
        "<https://w3id.org/mngraph/vocabulary/event> } ?c skos:inScheme ?s ; skos:prefLabel ?l }"
    )
    concepts = {row["c"].value for row in rows}
    known = {name.split(":")[0]: iri for name, iri in about["prefixes"].items()}
    named = {known[c.split(":")[0]] + c.split(":", 1)[1] for c, *_ in about["names"] if ":" in c}
    assert concepts <= named


def test_nothing_but_the_scripts_of_the_page_may_run(page: str, part: Parts) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    allowed = policy[1].replace("&#39;", "'")
    assert allowed.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline' " not in allowed.partition("style-src")[0]
    assert "connect-src" not in allowed
    scripts = [
        script
        for text in (page, part("network").decode(), part("map").decode())
        for script in re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    ]
    assert len(scripts) == 4
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in allowed


def test_the_same_graph_gives_the_same_bytes(graph: mngraph.Graph, page: str) -> None:
    assert graph.explorer().to_html() == page


def test_oxigraph_is_the_file_of_the_registry(page: str, part: Parts) -> None:
    """By the digests of web.js and web_bg.wasm in oxigraph-0.5.11.tgz."""
    digests = {
        "web.js": "2fcfdcadc79c9146cee98028a273aebc93df3282eb0299c248595bc529deca41",
        "web_bg.wasm": "b95b15accb6b789667b8d8b0b8f139d5de588e572499672ff37ce9ba01c4a428",
    }
    stated = (contents.ENGINE / "README.md").read_text("utf-8")
    for name, digest in digests.items():
        assert hashlib.sha256((contents.ENGINE / name).read_bytes()).hexdigest() == digest
        assert f"| {name} | {digest} |" in stated
    assert part("engine") == (contents.ENGINE / "web_bg.wasm").read_bytes()
    license = (contents.ENGINE / "LICENSE-MIT").read_text("utf-8")
    assert license in page[page.index("<!-- Oxigraph") : page.index("-->")]


def test_the_worker_is_a_script_without_modules(part: Parts) -> None:
    script = part("worker").decode()
    assert not re.search(r"^(export|import)\b|import\.meta", script, re.MULTILINE)
    assert "function initSync" in script


def test_a_graph_too_large_for_a_page_is_refused(
    graph: mngraph.Graph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(contents, "MOST_QUADS", 1000)
    with pytest.raises(UnrepresentableError, match=r"a page can hold 1,000.*mngraph serve"):
        graph.explorer(focus="keloid").save(tmp_path / "large.html")
    assert not (tmp_path / "large.html").exists()


def test_the_page_is_an_html_file(graph: mngraph.Graph, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ends in \.html"):
        graph.explorer(focus="keloid").save(tmp_path / "explorer.svg")
