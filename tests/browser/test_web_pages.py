"""The pages of `mngraph serve` in a real browser: keyboard, phone, dark, axe, and no JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import sampled
from served import Served

pytest.importorskip("starlette", reason="starlette is not installed (the extra serve)")
pytest.importorskip("uvicorn", reason="uvicorn is not installed (the extra serve)")

PAGES = {
    "home": "/",
    "answer": "/evidence?indication=melasma&with=tranexamic+acid",
    "harm": "/evidence?event=erythema&procedure=microneedling",
    "misspelled": "/evidence?indication=acne+scrs&with=PRP",
    "gap": "/evidence?indication=vitiligo&with=PRP",
    "concept": "/indication/keloid",
    "study": "/study/pmid-31469914",
    "publication": "/publication/pmid-31469914",
    "claim": "/claim/microneedling_with_platelet-rich-plasma_for_acne-scar",
    "missing": "/indication/acne-scra",
    "queries": "/queries",
    "query": "/queries/studies-of?indication=keloid&run=yes",
    "sparql": "/sparql?query=SELECT+*+%7B+%3Fstudy+mn%3Acountry+%3Fcountry+%7D+LIMIT+9",
    "wrong query": "/sparql?query=SELECT+x",
    "ontology": "/ontology",
}
PHONE = {"width": 390, "height": 844}
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
"""What Chromium says of a page that is sent with the status of an error."""

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def server(release: Path) -> Iterator[str]:
    """The address of a server of the release, a process of its own."""
    with Served("-g", release) as served:
        yield served.url


@pytest.fixture
def opened(browser: Any, server: str) -> Iterator[Open]:
    """Open a page; a complaint of the browser or a request to elsewhere fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def heard(message: Any) -> None:
        if not (REFUSED.match(message.text) and message.location["url"] == message.page.url):
            complaints.append(message.text)

    def asked(request: Any) -> None:
        if not request.url.startswith((f"{server}/", "data:", "blob:")):
            complaints.append(request.url)

    def open_one(path: str, **options: Any) -> Any:
        size = {"viewport": {"width": 1200, "height": 800}}
        contexts.append(browser.new_context(**{**size, **options}))
        contexts[-1].on("request", asked)
        page = contexts[-1].new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{server}{path}")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("name", sampled(PAGES, 2))
def test_a_page_is_for_everybody_on_a_phone_and_in_the_dark(opened: Open, name: str) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    from axe_playwright_python.sync_playwright import Axe

    page = opened(PAGES[name])
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    page.evaluate("document.querySelectorAll('.term:nth-of-type(n + 9)').forEach(t => t.remove())")
    axe = Axe()
    found = axe.run(page).response["violations"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 1200
    page.emulate_media(color_scheme="dark")
    found += axe.run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    rules = ["scrollable-region-focusable", "target-size", "td-headers-attr"]
    found += axe.run(page, options={"runOnly": rules}).response["violations"]
    told = [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found]
    assert told == [], json.dumps(told, indent=1)


@pytest.mark.parametrize("path", ["/map?focus=keloid", "/view?focus=keloid"])
def test_a_drawing_fits_a_phone_and_leads_back(opened: Open, server: str, path: str) -> None:
    page = opened(path, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="mngraph", exact=True).click()
    page.wait_for_url(f"{server}/")


# --- the boxes of a question -----------------------------------------------------------------


def test_a_question_is_asked_with_the_keyboard_alone(opened: Open) -> None:
    page = opened("/")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to content"
    page.get_by_role("combobox", name="Indication").focus()
    page.keyboard.type("androgenic alop")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.get_by_role("combobox", name="Indication").input_value() == "androgenetic alopecia"
    page.keyboard.press("Tab")
    page.keyboard.type("minoxydil")
    page.get_by_role("option", name="minoxidil").first.wait_for()
    page.keyboard.press("ArrowDown")
    box = page.get_by_role("combobox", name="Combined with")
    active = page.locator(f"#{box.get_attribute('aria-activedescendant')}")
    assert active.get_attribute("aria-selected") == "true"
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Enter")
    assert box.input_value() == "minoxidil" and box.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    page.wait_for_url("**/evidence?*")
    assert "minoxidil for androgenetic alopecia" in page.locator("h1").inner_text()
    again = opened(page.url[page.url.index("/evidence") :])
    assert again.locator("main").inner_text() == page.locator("main").inner_text()


def test_the_last_of_several_modalities_is_completed(opened: Open) -> None:
    page = opened("/")
    box = page.get_by_role("combobox", name="Combined with")
    box.press_sequentially("minoxidil + prp")
    page.get_by_role("option", name="platelet-rich plasma").first.wait_for()
    page.get_by_role("option", name="platelet-rich plasma").first.click()
    assert box.input_value() == "minoxidil + platelet-rich plasma"


def test_escape_closes_the_list_and_keeps_what_was_typed(opened: Open) -> None:
    page = opened("/")
    box = page.get_by_role("combobox", name="Harm")
    box.press_sequentially("redness")
    page.get_by_role("option").first.wait_for()
    assert "erythema" in page.get_by_role("option").first.inner_text()
    box.press("Escape")
    assert page.get_by_role("listbox").count() == 0
    assert box.input_value() == "redness"


def test_a_misspelled_question_is_one_click_from_its_answer(opened: Open) -> None:
    page = opened(PAGES["misspelled"])
    page.get_by_role("link", name="acne scar", exact=True).click()
    page.wait_for_url("**indication=acne+scar&*")
    assert page.locator("h1").inner_text() == "Needling with platelet-rich plasma for acne scar"


def test_everything_is_asked_without_javascript(opened: Open) -> None:
    page = opened("/", java_script_enabled=False)
    page.get_by_label("Indication").fill("acne scars")
    page.get_by_label("Combined with").fill("PRP")
    page.get_by_label("randomized studies only").check()
    page.get_by_role("button", name="Show the evidence").click()
    page.wait_for_url("**/evidence?*")
    assert "platelet-rich plasma for acne scar" in page.locator("h1").inner_text()
    page.get_by_role("heading", name="Gaps").wait_for()
    page.get_by_role("link", name="SPARQL", exact=True).click()
    page.get_by_label("Query").fill("SELECT * { ?study mn:country 'Iraq' }")
    page.get_by_role("button", name="Run").click()
    page.locator("#results tbody tr").nth(1).wait_for()
    page.goto(page.url.partition("/sparql")[0] + "/queries/studies-of")
    page.get_by_label("indication", exact=True).fill("keloid")
    page.get_by_role("button", name="Run").click()
    page.locator("#results tbody tr").nth(1).wait_for()


# --- the answer ------------------------------------------------------------------------------


def test_the_sparql_of_an_answer_is_run_from_its_page(opened: Open) -> None:
    page = opened(PAGES["answer"])
    assert page.locator("main svg").count() >= 1
    page.get_by_text("Show the SPARQL").click()
    shown = page.locator("#take pre").inner_text()
    page.get_by_role("link", name="open it in the editor").click()
    assert page.get_by_label("Query").input_value().strip() == shown.strip()
    page.locator("#results tbody tr").nth(3).wait_for()


def test_files_of_an_answer_are_saved_under_their_names(opened: Open, tmp_path: Path) -> None:
    page = opened(PAGES["answer"])
    for name, file in (("CSV", "csv"), ("JSON", "json"), ("Turtle", "ttl")):
        with page.expect_download() as waited:
            page.locator("#take").get_by_role("link", name=name, exact=True).click()
        assert waited.value.suggested_filename == f"evidence.{file}"
        waited.value.save_as(tmp_path / file)
        assert (tmp_path / file).stat().st_size > 1000


def test_a_concept_is_drawn_with_what_is_around_it(opened: Open) -> None:
    page = opened(PAGES["concept"])
    page.locator("iframe.network").scroll_into_view_if_needed()
    drawing = page.frame_locator("iframe.network")
    drawing.locator("canvas").first.wait_for()
    assert "Keloid" in drawing.locator("h1").inner_text()


# --- the editor ------------------------------------------------------------------------------


def test_the_editor_completes_our_names(opened: Open) -> None:
    page = opened("/sparql")
    text = page.get_by_label("Query")
    text.fill("SELECT (COUNT(*) AS ?n) { ?study a mn:Stu")
    text.press("End")
    text.press_sequentially("d")
    page.get_by_role("option", name="mn:Study").first.wait_for()
    box, names = text.bounding_box(), page.get_by_role("listbox").bounding_box()
    assert 0 < names["y"] - box["y"] < 60 and names["x"] > box["x"] + 200  # below the word
    chosen = page.locator("[aria-selected=true]")
    while chosen.evaluate("item => item.dataset.value") != "mn:Study":
        text.press("ArrowDown")
    text.press("Tab")
    assert text.input_value().endswith("?study a mn:Study")
    text.press_sequentially(" ; mn:indication indication:acne scar")
    assert page.get_by_role("listbox").count() == 0
    for _ in range(len("acne scar")):
        text.press("Backspace")
    text.press_sequentially("keloi")
    page.get_by_role("option", name="indication:keloid").first.wait_for()
    text.press("Enter")
    text.press_sequentially(" }")
    text.press("Control+Enter")
    page.wait_for_url("**/sparql?query=*")
    assert int(page.locator("#results td").inner_text()) > 5


def test_a_named_query_is_an_example(opened: Open) -> None:
    from playwright.sync_api import expect

    page = opened("/sparql")
    page.get_by_label("Examples").select_option(label="Classes and their instances")
    expect(page.get_by_label("Query")).to_have_value(re.compile(r"\?instances"))
    page.get_by_role("button", name="Run").click()
    page.get_by_role("link", name="mn:Study", exact=True).wait_for()
