"""How large an explorer is, and how soon it answers in Chromium and Firefox.

    python benchmarks/explorer.py [STUDIES]… [--runs 5]

Makes the explorer of the release, and of graphs with so many made-up studies (by default 50 and
1,800, for about 40,000 and 400,000 statements). Opens each from a file, with a named query in its
address, and prints medians of the seconds from opening until the page can be used and until that
query is answered, and of the seconds until the network is drawn. The made-up studies are records of
the release, shuffled; they say nothing about medicine.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

from claims import made_up_studies
from playwright.sync_api import sync_playwright

import mngraph
from mngraph import build
from mngraph.store import LocalStore

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from marionette import FIREFOX, Firefox

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
QUESTION = "#tab=queries&query=studies-by-country"
ANSWERED = """async () => {
  while (!(window.mngraphTest?.times().answered)) await new Promise((go) => setTimeout(go, 20));
  return mngraphTest.times();
}"""
DRAWN = """async () => {
  const frame = () => document.getElementById('frame-network')?.contentDocument;
  while (!frame()?.documentElement?.dataset.ready) await new Promise((go) => setTimeout(go, 20));
  return performance.now();
}"""
Evaluate = Callable[[str, str], Any]


def made_up(studies: int) -> mngraph.Graph:
    """Return a graph of made-up studies, with its claims."""
    store = LocalStore.memory(chain(build.read_ontology(), made_up_studies(studies)))
    build.derive(store)
    return mngraph.Graph(store)


def measured(evaluate: Evaluate, address: str, runs: int) -> list[float]:
    """Return medians of the seconds until ready, until a query is answered, until drawn."""
    found = [evaluate(address + QUESTION, ANSWERED) for _ in range(runs)]
    drawn = [evaluate(address, DRAWN) for _ in range(runs)]
    times = [[one["ready"] for one in found], [one["answered"] for one in found], drawn]
    return [statistics.median(values) / 1000 for values in times]


def in_chromium(address: str, runs: int) -> list[float]:
    """Measure in Chromium, each time in a context of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)

        def evaluate(opened: str, script: str) -> Any:
            page = browser.new_page()
            page.set_default_timeout(120_000)
            page.goto(opened)
            value = page.evaluate(script)
            page.close()
            return value

        return measured(evaluate, address, runs)


def in_firefox(address: str, runs: int) -> list[float]:
    """Measure in Firefox, in one session."""
    if not FIREFOX:
        return [float("nan")] * 3
    with tempfile.TemporaryDirectory() as profile, Firefox(Path(profile)) as firefox:

        def evaluate(opened: str, script: str) -> Any:
            firefox.go(opened)
            return firefox.evaluate(script)

        return measured(evaluate, address, runs)


def row(name: str, graph: mngraph.Graph, folder: Path, runs: int) -> str:
    """Return a row of the table."""
    start = time.perf_counter()
    path = graph.explorer().save(folder / f"{name}.html")
    seconds = time.perf_counter() - start
    number = graph.query("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")
    assert isinstance(number, mngraph.Table)
    cells = [f"{number[0][0]:,}", f"{path.stat().st_size / 1e6:.2f}", f"{seconds:.1f}"]
    for measure in (in_chromium, in_firefox):
        cells += [f"{value:.2f}" for value in measure(path.as_uri(), runs)]
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("studies", nargs="*", type=int, default=[50, 1800])
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    names = ["graph", "statements", "MB", "s to make"]
    for browser in ("Chromium", "Firefox"):
        names += [f"{browser}: ready", "answered", "drawn"]
    print("|", " | ".join(names), "|")
    print("| --- |" + " ---: |" * (len(names) - 1), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        print(row("release", mngraph.load(), Path(folder), given.runs), flush=True)
        for studies in given.studies:
            name = f"{studies:,} made-up studies"
            print(row(name, made_up(studies), Path(folder), given.runs), flush=True)


if __name__ == "__main__":
    main()
