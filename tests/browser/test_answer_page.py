"""The page of an answer and that of a forest plot in a real browser: phone, dark, paper, axe."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import sampled

import mngraph
from mngraph.drawing.figure import Figure
from mngraph.drawing.grading import Grading

QUESTIONS = {
    "hair": {"indication": "androgenetic alopecia", "combined_with": "minoxidil"},
    "melasma": {"indication": "melasma"},
    "erythema": {"event": "erythema", "procedure": "microneedling"},
    "nothing": {"indication": "vitiligo", "combined_with": "PRP"},
}
FIGURES = ("direction", "albatross", "harvest")
PAGES = [*QUESTIONS, "plot", *FIGURES, "certainty"]
TOO_WIDE = """[...document.querySelectorAll("table, td, th, p, li, code, svg")]
    .filter(node => !node.closest("thead, .drawing") && node.getClientRects().length)
    .filter(node => node.scrollWidth > node.clientWidth + 1 && node.clientWidth
        && !node.matches("svg, code, .axis") || node.getBoundingClientRect().right > innerWidth + 1)
    .map(node => node.outerHTML.slice(0, 120))"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(graph: mngraph.Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("answers")
    for name, question in QUESTIONS.items():
        graph.evidence(**question).save(folder / f"{name}.html")
    hair = graph.evidence(**QUESTIONS["hair"])
    Figure(hair, "forest").save(folder / "plot.html")
    for kind in FIGURES:
        Figure(hair, kind).save(folder / f"{kind}.html")
    (folder / "certainty.html").write_text(Grading(hair).to_html(), "utf-8")
    return folder


@pytest.fixture
def opened(browser: Any, folder: Path) -> Iterator[Callable[..., Any]]:
    """Open a page; what the browser complains of, such as a broken policy, fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_one(name: str, **options: Any) -> Any:
        contexts.append(
            browser.new_context(**{"viewport": {"width": 1200, "height": 800}, **options})
        )
        page = contexts[-1].new_page()
        page.on("console", lambda m: complaints.append(m.text))
        page.on(
            "request", lambda r: None if r.url.startswith("file:") else complaints.append(r.url)
        )
        page.goto((folder / f"{name}.html").as_uri())
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_out_of_the_page(opened: Any, name: str, width: int) -> None:
    page = opened(name, viewport={"width": width, "height": 844})
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(TOO_WIDE) == []


def test_on_a_phone_each_cell_says_what_it_is_and_no_empty_one_is_shown(opened: Any) -> None:
    page = opened("erythema", viewport={"width": 390, "height": 844})
    shown = page.locator(".studies td").evaluate_all(
        "(cells) => cells.filter(c => c.getClientRects().length).map(c => c.textContent)"
    )
    assert shown and all(shown)
    label = page.locator(".studies td").first.evaluate(
        "c => getComputedStyle(c, '::before').content"
    )
    assert "arm" in label


def test_the_line_of_no_effect_meets_its_tick(opened: Any) -> None:
    """In the wide table and on a phone, where rows are laid out anew."""
    for width in (1200, 390):
        page = opened("hair", viewport={"width": width, "height": 844})
        places = page.evaluate("""() => {
            const table = document.querySelector("table.plot");
            const cell = table.querySelector("td.axis[style]");
            const style = getComputedStyle(cell);
            const start = cell.getBoundingClientRect().left + parseFloat(style.paddingLeft);
            const ticks = [...table.querySelectorAll(".scale text")];
            const zero = ticks.find(t => t.textContent === "0").getBoundingClientRect();
            return [start + parseFloat(style.getPropertyValue("--null")),
                    zero.left + zero.width / 2];
        }""")
        assert places[0] == pytest.approx(places[1], abs=1.5)


@pytest.mark.parametrize(
    ("kind", "indication", "combined_with"),
    [
        ("direction", "facial hyperpigmentation", "vitamin C E ferulic serum"),
        ("albatross", "acne scar", "PRP"),
        ("harvest", "acne scar", "PRP"),
        ("forest", "acne scar", "PRP"),
    ],
)
def test_no_word_is_cut_off_at_the_edge_of_a_drawing(
    browser: Any, graph: mngraph.Graph, kind: str, indication: str, combined_with: str
) -> None:
    """One study with a long title, one column only, studies without authors."""
    found = graph.evidence(indication=indication, combined_with=combined_with)
    page = browser.new_page()
    page.set_content(Figure(found, kind).to_svg())
    cut = page.evaluate("""() => {
        const edge = document.querySelector("svg").getBoundingClientRect();
        const outside = ({left, right, top, bottom}) => left < edge.left || right > edge.right
            || top < edge.top || bottom > edge.bottom;
        return [...document.querySelectorAll("text")]
            .filter(text => outside(text.getBoundingClientRect())).map(text => text.textContent);
    }""")
    page.close()
    assert cut == []


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_it_prints_with_every_address_once(opened: Any, paper: str) -> None:
    page = opened("hair")
    page.emulate_media(media="print")
    pdf = page.pdf(format=paper)
    sheets = len(re.findall(rb"/Type /Page\b", pdf))
    assert 2 <= sheets <= 12
    printed = page.evaluate("""() => [...document.querySelectorAll("a")].map(a =>
        getComputedStyle(a, "::after").content)""")
    assert set(printed) <= {"none", "normal"}
    address = "https://pubmed.ncbi.nlm.nih.gov/32897622/"
    assert page.locator("body").inner_text().count(address) == 1
    assert page.locator("nav").is_hidden()
    assert page.locator("tr").first.evaluate("r => getComputedStyle(r).breakInside") == "avoid"


@pytest.mark.parametrize("name", sampled(PAGES, 2))
def test_axe_finds_nothing(opened: Any, name: str) -> None:
    """In the light all rules, in the dark the contrast, on a phone what hangs on the width."""
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    from axe_playwright_python.sync_playwright import Axe

    page, axe = opened(name), Axe()
    found = axe.run(page).response["violations"]
    page.emulate_media(color_scheme="dark")
    found += axe.run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    page.set_viewport_size({"width": 390, "height": 844})
    rules = ["scrollable-region-focusable", "target-size", "td-headers-attr"]
    found += axe.run(page, options={"runOnly": rules}).response["violations"]
    told = [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found]
    assert told == [], json.dumps(told, indent=1)
