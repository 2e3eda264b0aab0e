"""Make the pictures of the documentation from the graph of the release, in a real browser.

    python docs/pictures/make.py [GRAPH]

GRAPH is a graph location; without one, the graph of the release. Needs playwright and Chromium at
/usr/bin/chromium; nothing is fetched.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from playwright.sync_api import sync_playwright

import mngraph
from mngraph.cli import cli
from mngraph.drawing import mapdrawing
from mngraph.drawing.figure import Figure

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from literature import article, pubmed
from served import Served

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
SIZE = {"width": 1200, "height": 630}
READY = "html[data-ready]"
PICTURES = {
    "network": ("whole", "", READY),
    "whole": ("whole", "#show=all", READY),
    "line": (
        "whole",
        "#sel=modality:platelet-rich-plasma combinedFor indication:atrophic-acne-scar",
        READY,
    ),
    "focus": ("acne", "", READY),
    "gap-map": ("map", "", "table"),
    "explorer": ("explorer", "#tab=evidence&indication=melasma", "#answer .claims"),
}
"""Each picture: the page, its address, and what is there once the page stands."""


def main() -> None:
    graph = mngraph.load(*sys.argv[1:2])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        pages = {
            "whole": graph.view().save(Path(folder) / "whole.html"),
            "acne": graph.view(focus=["acne scar"]).save(Path(folder) / "acne.html"),
            "map": Path(folder) / "map.html",
            "explorer": graph.explorer().save(Path(folder) / "explorer.html"),
        }
        pages["map"].write_text(mapdrawing.to_html(graph.gap_map()), "utf-8")
        Figure(graph.evidence(indication="melasma"), "forest").save(HERE / "forest.png")
        added = graph.evidence(indication="melasma", combined_with="tranexamic acid")
        Figure(added, "direction").save(HERE / "direction.png")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, (page, address, there) in PICTURES.items():
            context = browser.new_context(
                viewport=SIZE, device_scale_factor=1.5, reduced_motion="reduce"
            )
            shown = context.new_page()
            shown.goto(pages[page].as_uri() + address)
            shown.wait_for_selector(there, state="attached")
            shown.wait_for_timeout(700)
            shown.screenshot(path=str(HERE / f"{name}.png"))
            context.close()
        finder(browser)
        review(browser, Path(folder))
        browser.close()


def finder(browser: Any) -> None:
    """The finder of a served graph, which completes a misspelling."""
    with Served(*(["-g", sys.argv[1]] if sys.argv[1:] else [])) as server:
        shown = browser.new_page(viewport=SIZE, device_scale_factor=1.5)
        shown.goto(f"{server.url}/")
        shown.fill("#indication", "acne scar")
        shown.locator("#with").press_sequentially("platlet rich plasm")
        shown.wait_for_selector("#with-options li")
        shown.press("#with", "ArrowDown")
        shown.screenshot(path=str(HERE / "finder.png"))


def review(browser: Any, folder: Path) -> None:
    """A candidate that was read from a made-up publication."""
    (folder / "new.xml").write_text(pubmed(article()), "utf-8")
    CliRunner().invoke(cli, ["ingest", str(folder / "new.xml"), "-o", str(folder / "candidates")])
    (folder / "studies").mkdir()
    options = ["--review", folder / "candidates", "--to", folder / "studies", "--curator", "Roe R"]
    with Served(*options) as server:
        shown = browser.new_page(viewport=SIZE, device_scale_factor=1.5)
        shown.goto(f"{server.url}/review/pmid-99200001")
        shown.screenshot(path=str(HERE / "review.png"))


if __name__ == "__main__":
    main()
