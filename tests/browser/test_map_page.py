"""The page of the gap map in a real browser: filters that know synonyms, and a phone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mngraph.drawing import mapdrawing
from mngraph.drawing.gapmap import gap_map
from mngraph.store import LocalStore

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(store: LocalStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "map.html"
    path.write_text(mapdrawing.to_html(gap_map(store)), "utf-8")
    return path


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[Callable[..., Any]]:
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_one(**options: Any) -> Any:
        contexts.append(
            browser.new_context(**{"viewport": {"width": 1200, "height": 700}, **options})
        )
        page = contexts[-1].new_page()
        page.on("console", lambda m: complaints.append(m.text))
        page.on("pageerror", lambda e: complaints.append(str(e)))
        page.goto(file.as_uri())
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def shown(page: Any, what: str) -> list[str]:
    """The headings of rows or columns that can be seen."""
    heads = page.locator("table.map tbody th" if what == "rows" else "table.map thead th")
    texts = heads.evaluate_all(
        "(all) => all.filter((e) => e.getClientRects().length).map((e) => e.textContent.trim())"
    )
    return list(texts if what == "rows" else texts[1:])


def test_filters_know_synonyms_and_keep_what_is_narrower(opened: Any) -> None:
    page = opened()
    page.get_by_label("Rows").fill("hair loss")
    rows = shown(page, "rows")
    assert rows[0] == "alopecia"
    assert {"androgenetic alopecia", "alopecia areata", "female pattern hair loss"} <= set(rows)
    assert "melasma" not in rows
    page.get_by_label("Columns").fill("PRP")
    assert shown(page, "columns") == ["platelet-rich plasma"]
    assert page.get_by_role("status").inner_text().startswith(f"{len(rows)} of ")


def test_a_filter_without_a_match_says_so_and_can_be_cleared(opened: Any) -> None:
    page = opened()
    before = shown(page, "rows"), shown(page, "columns")
    assert page.get_by_role("button", name="Clear the filter").is_hidden()
    page.get_by_label("Rows").fill("xyz")
    assert "No row matches \u201cxyz\u201d" in page.get_by_role("status").inner_text()
    page.get_by_label("Columns").fill("qqq")
    assert "No column matches \u201cqqq\u201d" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Clear the filter").click()
    assert (shown(page, "rows"), shown(page, "columns")) == before
    for name in ("1", "2", "3", "4\u20135"):
        page.get_by_label(f"level {name}", exact=True).uncheck()
    assert "No level is chosen" in page.get_by_role("status").inner_text()


def test_a_cell_opens_its_studies_after_a_filter(opened: Any) -> None:
    page = opened()
    page.get_by_label("Rows").fill("vitiligo")
    page.locator("table.map tbody tr:not([hidden]) a").first.click()
    assert "vitiligo" in page.locator("#cell-title").inner_text()
    assert page.locator("dialog .cards li").count() > 0


@pytest.mark.parametrize(
    ("options", "rules"),
    [
        ({}, []),
        ({"color_scheme": "dark"}, ["color-contrast"]),
        ({"viewport": {"width": 390, "height": 844}}, ["color-contrast", "target-size"]),
    ],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing(opened: Any, options: dict[str, Any], rules: list[str]) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    from axe_playwright_python.sync_playwright import Axe

    page = opened(**options)
    page.get_by_label("Rows").fill("xyz")
    found = Axe().run(page, options={"runOnly": rules} if rules else {}).response["violations"]
    told = [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found]
    assert told == [], json.dumps(told, indent=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
