"""How soon a drawing answers, and how smoothly it moves: this package against stock pyvis.

    pip install pyvis
    python benchmarks/drawing.py [GRAPH] [--runs 5]
    python benchmarks/drawing.py --keep OLD.html      # with the version before
    python benchmarks/drawing.py --against OLD.html   # with the version after: in pairs, one run

Opens each page in Chromium without a GPU and without a network. A page is interactive when a click
of the mouse on a node is answered by that node's selection. Frames are counted while the mouse
drags the picture for three seconds. Prints a table of medians.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from pathlib import Path

import networkx as nx
from playwright.sync_api import Browser, Page, sync_playwright

from mngraph.cards.study import StudyCard
from mngraph.drawing.edges import RELATIONS, STANCES
from mngraph.drawing.network import network
from mngraph.drawing.view import View
from mngraph.store import open_store

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
SIZE = {"width": 1200, "height": 630}
SETTLED = """() => {
  const bar = document.getElementById('loadingBar');
  return typeof network !== 'undefined' && (!bar || getComputedStyle(bar).display === 'none');
}"""
"""The page of stock pyvis has taken its loading bar, which swallows clicks, away."""


def made_up(n: int, seed: int = 1) -> nx.MultiDiGraph[str]:
    """Return a network of n nodes with the proportions and attributes of the release's."""
    draw = random.Random(seed)
    counts = {
        "procedure": max(3, n // 60), "indication": n // 6, "modality": n // 5, "event": n // 15,
    }  # fmt: skip
    counts["publication"] = n - sum(counts.values())
    names = {kind: [f"{kind}:made-up-{i}" for i in range(count)] for kind, count in counts.items()}
    keys = [name.partition(":")[2] for name in names["publication"]]
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(
        title="A made-up network", version="0", issued="2026-01-01", focus=[], centre=[]
    )
    graph.graph["studies"] = {key: _study(key, i) for i, key in enumerate(keys)}
    for kind, members in names.items():
        for i, name in enumerate(members):
            graph.add_node(name, **_node(name, kind, i, keys))
    for indication in names["indication"]:
        for procedure in draw.sample(names["procedure"], 2):
            _link(graph, "studiedFor", procedure, indication, draw.sample(keys, 3), draw)
    for modality in names["modality"]:
        procedure = draw.choice(names["procedure"])
        _link(graph, "combinableWith", procedure, modality, draw.sample(keys, 2), draw)
        for indication in draw.sample(names["indication"], 2):
            _link(graph, "combinedFor", modality, indication, draw.sample(keys, 2), draw)
    for event in names["event"]:
        procedure = draw.choice(names["procedure"])
        _link(graph, "hasReportedEvent", procedure, event, draw.sample(keys, 2), draw)
    for publication, key in zip(names["publication"], keys, strict=True):
        for kind in ("procedure", "indication", "modality"):
            _link(graph, "evaluates", publication, draw.choice(names[kind]), [key], draw)
    return graph


def _study(key: str, i: int) -> StudyCard:
    return StudyCard(
        key=key, label=f"Author {i} {2000 + i % 25}", title=f"A made-up title, number {i}",
        year=2000 + i % 25, design="case series", level=2 + i % 3, review=False, randomized=False,
        participants=20 + i % 30, country="", summary="", seen="abstract", links=(),
        citation=f"Author {i}. A made-up title.", indications=(), cohort=key,
    )  # fmt: skip


def _node(name: str, kind: str, i: int, keys: list[str]) -> dict[str, object]:
    own = (keys[i],) if kind == "publication" else tuple(sorted(keys[i % 50 : i % 50 + 8]))
    return {
        "iri": f"https://example.org/{name}", "kind": kind, "label": f"{kind} number {i}",
        "definition": "", "synonyms": (), "broader": (), "group": f"family {i % 9}",
        "weight": 1 + 60 // (i + 1), "reviews": 0, "participants": 20, "level": 2 + i % 3,
        "year": 2000 + i % 25, "study_keys": own,
    }  # fmt: skip


def _link(
    graph: nx.MultiDiGraph[str], relation: str, a: str, b: str, keys: list[str], draw: random.Random
) -> None:
    said = {key: draw.choice(STANCES) for key in sorted(keys)}
    takes = relation not in ("evaluates", "hasReportedEvent")
    graph.add_edge(
        a, b, relation, relation=relation, label=RELATIONS[relation], weight=len(keys), reviews=0,
        participants=30, level=draw.randint(2, 4), stance=draw.choice(STANCES), baseline=False,
        supports=0, disputes=0, no_difference=0, mixed=0, baseline_better=0, baseline_other=0,
        within=0, not_stated=0, study_keys=tuple(sorted(keys)),
        stances=said if takes else {}, baseline_only=(),
    )  # fmt: skip


def stock_page(graph: nx.MultiDiGraph[str], path: Path) -> None:
    """Write the page that pyvis itself makes of the same nodes and edges."""
    from pyvis.network import Network

    net = Network(height="630px", width="100%", cdn_resources="in_line")
    for node, data in graph.nodes(data=True):
        net.add_node(node, label=data["label"])
    for source, target in graph.edges():
        net.edges.append({"from": source, "to": target})
    path.write_text(net.generate_html(), "utf-8")


def open_page(browser: Browser, path: Path) -> tuple[Page, float]:
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    page.route("http*://**", lambda route: route.abort())
    start = time.perf_counter()
    page.goto(path.as_uri(), wait_until="commit")
    return page, start


def first_click(browser: Browser, path: Path, node: str) -> tuple[float, Page]:
    """Return the seconds until our page answers a click on a node."""
    page, start = open_page(browser, path)
    page.wait_for_selector("html[data-ready]", state="attached", timeout=120_000)
    at = page.evaluate("window.mngraphTest.where", node)
    page.mouse.click(at["x"], at["y"])
    page.wait_for_selector("#panel:not([hidden])", timeout=120_000)
    return time.perf_counter() - start, page


def first_click_stock(browser: Browser, path: Path, node: str, limit: float) -> float:
    """Return the seconds until the page of stock pyvis answers a click on a node."""
    page, start = open_page(browser, path)
    page.wait_for_function(SETTLED, timeout=limit * 1000, polling=100)
    while time.perf_counter() - start < limit:
        at = page.evaluate(
            "(id) => { const p = network.canvasToDOM(network.getPosition(id));"
            " const r = document.getElementById('mynetwork').getBoundingClientRect();"
            " return {x: p.x + r.x, y: p.y + r.y}; }",
            node,
        )
        page.mouse.click(at["x"], at["y"])
        page.wait_for_timeout(30)
        if page.evaluate("() => network.getSelectedNodes().length"):
            break
    seconds = time.perf_counter() - start
    page.context.close()
    return seconds


def frames(page: Page) -> float:
    """Return the frames a second that are drawn while the mouse drags the picture."""
    box = page.locator("#canvas").bounding_box()
    assert box
    x, y = box["x"] + 12, box["y"] + 12
    page.keyboard.press("Escape")
    page.wait_for_timeout(500)
    page.evaluate("window.mngraphTest.countFrames()")
    page.mouse.move(x, y)
    page.mouse.down()
    start = time.perf_counter()
    step = 0
    while time.perf_counter() - start < 3:
        step += 1
        page.mouse.move(x + 150 + 140 * (step % 20) / 20, y + 60 + step % 7)
    drawn = page.evaluate("window.mngraphTest.framesDrawn()")
    seconds = time.perf_counter() - start
    page.mouse.up()
    return float(drawn) / seconds


def pairs(old: Path, new: Path, runs: int) -> None:
    """Print the first click and the frames of two versions' pages, opened in turn."""
    pages = {"before": old, "after": new}
    clicks: dict[str, list[float]] = {name: [] for name in pages}
    speeds: dict[str, list[float]] = {name: [] for name in pages}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for turn in range(runs):
            for name in sorted(pages, reverse=bool(turn % 2)):
                seconds, page = first_click(browser, pages[name], "procedure:made-up-0")
                clicks[name].append(seconds)
                speeds[name].append(frames(page))
                page.context.close()
        browser.close()
    print("| measure | before | after | median ratio of the pairs |\n| --- | --: | --: | --: |")
    for what, found in (("first click, s", clicks), ("frames a second", speeds)):
        ratios = [b / a for a, b in zip(found["before"], found["after"], strict=True)]
        before, after = (statistics.median(found[name]) for name in ("before", "after"))
        print(f"| {what} | {before:.2f} | {after:.2f} | {statistics.median(ratios):.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("graph", nargs="?", help="a graph location; by default the release")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--stock-runs", type=int, default=1)
    parser.add_argument("--limit", type=float, default=300, help="seconds that stock pyvis gets")
    parser.add_argument("--keep", type=Path, help="save the page of 2,000 nodes here, and stop")
    parser.add_argument("--against", type=Path, help="compare with such a page of another version")
    options = parser.parse_args()
    if options.keep:
        View(made_up(2000)).save(options.keep)
        return
    if options.against:
        with tempfile.TemporaryDirectory() as name:
            View(made_up(2000)).save(Path(name, "new.html"))
            pairs(options.against.resolve(), Path(name, "new.html"), options.runs)
        return
    release = network(open_store(options.graph))
    large = made_up(2000)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        ours, big, stock = (folder / f"{n}.html" for n in ("ours", "big", "stock"))
        start = time.perf_counter()
        View(release).save(ours)
        made = time.perf_counter() - start
        View(large).save(big)
        stock_page(release, stock)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        release_times, large_times, speeds = [], [], []
        for _ in range(options.runs):
            seconds, page = first_click(browser, ours, "procedure:microneedling")
            release_times.append(seconds)
            page.context.close()
            seconds, page = first_click(browser, big, "procedure:made-up-0")
            large_times.append(seconds)
            speeds.append(frames(page))
            page.context.close()
        stock_times = [
            first_click_stock(browser, stock, "procedure:microneedling", options.limit)
            for _ in range(options.stock_runs)
        ]
        version = browser.version
        browser.close()
        size = ours.stat().st_size
    mid = statistics.median
    print(f"{os.cpu_count()} cores, Chromium {version}, no GPU; {options.runs} runs, medians\n")
    print("| measure | nodes | value |\n| --- | --: | --: |")
    print(f"| page made | {len(release)} | {made:.2f} s |")
    print(f"| file | {len(release)} | {size / 1e6:.2f} MB |")
    print(f"| first click answered | {len(release)} | {mid(release_times):.2f} s |")
    print(f"| the same, stock pyvis | {len(release)} | {mid(stock_times):.2f} s |")
    print(f"| ratio | {len(release)} | {mid(stock_times) / mid(release_times):.1f} |")
    print(f"| first click answered | {len(large)} | {mid(large_times):.2f} s |")
    print(f"| frames a second while panning | {len(large)} | {mid(speeds):.0f} |")


if __name__ == "__main__":
    main()
