"""The network page in a real browser: what a reader, a keyboard and a screen reader meet."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from mngraph.drawing import appearance, network, view
from mngraph.store import LocalStore

SIZE = {"width": 1200, "height": 630}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def whole(store: LocalStore) -> nx.MultiDiGraph[str]:
    return network.network(store)


@pytest.fixture(scope="module")
def file(whole: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return view.View(whole).save(tmp_path_factory.mktemp("page") / "network.html")


class Opened:
    """A page, and all that it asked for or complained of."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda r: self.requests.append(r.url))
        page.on("console", lambda m: self.complaints.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda e: self.complaints.append(str(e)))

    def go(self, path: Path, fragment: str = "") -> Any:
        self.page.goto(path.as_uri() + fragment)
        self.page.wait_for_selector("html[data-ready]", state="attached")
        return self.page

    def settle(self) -> None:
        """Wait until the picture stands still."""
        before = None
        for _ in range(100):
            self.page.wait_for_timeout(150)
            now = self.ask("view()"), self.page.locator("#canvas").bounding_box()
            if now == before:
                return
            before = now
        raise AssertionError("the picture never stands still")

    def ask(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(f"(a) => window.mngraphTest.{script}", argument)


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Opened]]:
    """Opens pages; at the end none may have asked for anything or complained.

    They show everything, unless a test asks for what a reader sees first.
    """
    pages: list[Opened] = []

    def open_one(path: Path, fragment: str = "", first: bool = False, **options: Any) -> Opened:
        if not first:
            fragment = f"{fragment or '#'}&show=all"
        context = browser.new_context(**{"viewport": SIZE, **options})
        pages.append(Opened(context.new_page()))
        pages[-1].go(path, fragment)
        return pages[-1]

    yield open_one
    for one in pages:
        asked = [url for url in one.requests if not re.match(r"file:|about:|data:|blob:", url)]
        one.page.context.close()
        assert asked == []
        assert one.complaints == []


def names(graph: nx.MultiDiGraph[str]) -> set[str]:
    """The edges as the page names them, without the hierarchy, which is off at opening."""
    return {f"{a} {key} {b}" for a, b, key in graph.edges(keys=True) if key != "broader"}


def overlaps(labels: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The pairs of labels that lie on each other, by a pixel or more."""
    return [
        (a["id"], b["id"])
        for i, a in enumerate(labels)
        for b in labels[i + 1 :]
        if min(a["box"][2], b["box"][2]) - max(a["box"][0], b["box"][0]) > 1
        and min(a["box"][3], b["box"][3]) - max(a["box"][1], b["box"][1]) > 1
    ]


def slide(page: Any, slider: str, value: int) -> None:
    page.locator(f"#{slider}").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }", value
    )


# --- what is seen at first ----------------------------------------------------------------------


RANDOMIZED = [f"randomized_{n}" for n in ("supports", "disputes", "no_difference", "mixed")]


def test_first_view_shows_the_strongest_comparisons(opened: Any, file: Path, whole: Any) -> None:
    one = opened(file, first=True)
    one.page.wait_for_function("() => window.mngraphTest.labels().length > 0")
    shown = one.ask("shown()")
    assert 30 <= len(shown["nodes"]) <= 40
    trials = {
        f"{a} {key} {b}": sum(data[name] for name in RANDOMIZED)
        for a, b, key, data in whole.edges(keys=True, data=True)
        if key in ("studiedFor", "combinedFor")
    }
    assert all(trials[name] for name in shown["edges"])
    # The modalities with the most randomized comparisons, and of what says the same only the
    # narrower.
    assert {n for n, count in trials.items() if count > 4 and "combinedFor" in n} - set(
        shown["edges"]
    ) == {
        f"modality:platelet-rich-plasma combinedFor indication:{name}"
        for name in ("scar", "acne-scar")
    }
    assert len(one.ask("labels()")) >= 0.9 * len(shown["nodes"])
    assert overlaps(one.ask("labels()")) == []
    guide = one.page.locator("#guide")
    assert "The strongest comparisons" in guide.inner_text()
    for words in ("better than the comparator", "no difference", "Start here"):
        assert words in guide.inner_text()
    assert "The strongest comparisons" in one.ask("picture()")
    one.page.click("#scope")
    assert set(one.ask("shown()")["edges"]) == names(whole)
    assert one.page.evaluate("document.activeElement.id") == "scope"
    one.page.click("#scope")
    assert one.ask("shown()") == shown


def test_a_reader_starts_with_one_click(opened: Any, file: Path) -> None:
    one = opened(file, first=True)
    starts = one.page.locator("#guide .starts button")
    assert starts.count() == 3
    for name in starts.all_inner_texts():
        starts.get_by_text(name, exact=True).click()
        assert one.page.locator("#panel h2").inner_text() == name
        one.settle()
        assert overlaps(one.ask("labels()")) == []
    one.page.keyboard.press("Escape")
    one.settle()
    assert overlaps(one.ask("labels()")) == []


def test_what_is_not_among_the_strongest_is_a_click_away(
    opened: Any, file: Path, whole: Any
) -> None:
    one = opened(file, first=True)
    one.page.click("#guide .starts button >> nth=0")
    panel = one.page.locator("#panel")
    assert panel.get_by_text("kojic acid", exact=True).count() == 1
    assert "modality:kojic-acid" not in one.ask("shown()")["nodes"]
    panel.get_by_text("kojic acid", exact=True).click()
    assert set(one.ask("shown()")["edges"]) == names(whole)
    assert "kojic acid" in panel.locator("h2").inner_text()
    assert "show=all" in one.page.evaluate("location.hash")


def test_a_drawing_of_one_subject_shows_all_of_it(
    opened: Any, store: LocalStore, tmp_path: Path
) -> None:
    graph = network.network(store, focus=["indication:vitiligo"])
    one = opened(view.View(graph).save(tmp_path / "vitiligo.html"), first=True)
    assert set(one.ask("shown()")["edges"]) == names(graph)
    assert one.page.locator("#guide").is_hidden()


def test_a_phone_has_the_whole_height_the_legend_and_a_sheet(opened: Any, file: Path) -> None:
    phone = {"width": 390, "height": 844}
    one = opened(file, first=True, viewport=phone, has_touch=True)
    page = one.page
    canvas = page.locator("#canvas").bounding_box()
    assert canvas["height"] > 0.7 * phone["height"]
    spots = [one.ask("where(a)", name) for name in one.ask("shown()")["nodes"]]
    heights, widths = ([at[axis] for at in spots] for axis in "yx")
    assert max(heights) - min(heights) > 0.8 * canvas["height"]
    assert 0 < min(widths) < max(widths) < phone["width"]
    page.get_by_role("button", name="Legend").click()
    assert page.locator("#filters").is_visible()
    page.get_by_role("button", name="Legend").click()
    page.click("#guide .starts button >> nth=0")
    sheet = page.locator("#panel").bounding_box()
    assert sheet["width"] == phone["width"]
    assert sheet["y"] > 0.4 * phone["height"]
    one.settle()
    for name in ("indication:atrophic-acne-scar", "procedure:microneedling"):
        at = one.ask("where(a)", name)
        assert 40 < at["y"] < sheet["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == phone["width"]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Legend").click()
    page.fill("#search", "PRP")
    page.locator("#results li").first.click()
    assert page.locator("#filters").is_hidden(), "the legend makes way for what was found"
    assert page.locator("#panel h2").inner_text() == "platelet-rich plasma"


def test_the_whole_has_labels_without_overlap(opened: Any, file: Path) -> None:
    page = opened(file)
    page.page.wait_for_function("() => window.mngraphTest.labels().length > 0")
    assert 30 <= len(page.ask("labels()")) <= 50
    assert overlaps(page.ask("labels()")) == []
    where = page.ask("where(a)", "procedure:microneedling")
    assert 256 < where["x"] < 1200
    assert 40 < where["y"] < 600


def test_labels_stay_apart_after_a_search_and_after_escape(opened: Any, file: Path) -> None:
    """The view moves there in many frames; labels have to fit the zoom at which it stops."""
    one = opened(file)
    for typed in ("melasma", "alopecia areata"):
        one.page.keyboard.press("/")
        one.page.fill("#search", typed)
        one.page.wait_for_selector("#results li")
        one.page.keyboard.press("Enter")
        one.settle()
        assert overlaps(one.ask("labels()")) == []
        assert len(one.ask("labels()")) > 4
        one.page.keyboard.press("Escape")
        one.settle()
        assert overlaps(one.ask("labels()")) == []
        assert len(one.ask("labels()")) >= 30


def test_looks_are_those_of_the_exports(opened: Any, file: Path, whole: Any) -> None:
    page = opened(file)
    shown = page.ask("shown()")
    drawn = {
        name: page.ask("style(a)", name) for name in shown["edges"] if " evaluates " not in name
    }
    assert len(drawn) > 400
    for a, b, key, data in whole.edges(keys=True, data=True):
        style = drawn.get(f"{a} {key} {b}")
        if style is None:
            continue
        width = appearance.width(key, data["weight"], data["level"])
        assert style["width"] == pytest.approx(width, abs=0.011)
        assert style["color"]["color"] == appearance.edge_color(key, data["stance"]), (a, key, b)
        assert style["hollow"] == (data["baseline"] and key in appearance.STANCE_RELATIONS)
        assert (style["dashes"] or []) == list(appearance.dash(key, data["level"]))
    for name in shown["nodes"][:300]:
        node = whole.nodes[name]
        size = appearance.radius(node["kind"], node["weight"])
        assert page.ask("style(a)", name)["size"] == pytest.approx(size, abs=0.011)


def module(path: str) -> Any:
    """A Python file of the checkout, as a module."""
    place = Path(__file__).parents[2] / path
    spec = importlib.util.spec_from_file_location(place.stem, place)
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_hostile_labels_are_text(opened: Any, whole: Any, tmp_path: Path) -> None:
    graph = module("tests/test_view.py").hostile(whole)
    path = view.View(graph).save(tmp_path / "hostile.html")
    one = opened(path, "#sel=indication:melasma")
    page = one.page
    assert page.locator("img").count() == 0
    page.fill("#search", "script")
    page.wait_for_selector("#results li")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.click("#table-button")
    assert page.locator("#table-nodes tbody tr").count() > 100
    assert one.ask("picture()").count("<script") == 0


# --- selecting ----------------------------------------------------------------------------------


def test_click_on_a_node_opens_its_studies(opened: Any, file: Path, whole: Any) -> None:
    page = opened(file).page
    at = page.evaluate("window.mngraphTest.where('modality:platelet-rich-plasma')")
    page.mouse.click(at["x"], at["y"])
    panel = page.locator("#panel")
    panel.wait_for()
    assert panel.locator("h2").inner_text() == "platelet-rich plasma"
    weight = whole.nodes["modality:platelet-rich-plasma"]["weight"]
    assert f"{weight} studies" in panel.locator(".verdict").inner_text()
    assert panel.locator("article").count() == 25
    panel.locator("button.more").click()
    keys = whole.nodes["modality:platelet-rich-plasma"]["study_keys"]
    assert panel.locator("article").count() == len(keys)
    links = panel.locator("article a").evaluate_all("(all) => all.map((a) => a.href)")
    assert any(url.startswith("https://pubmed.ncbi.nlm.nih.gov/") for url in links)


def test_click_on_a_line_opens_its_studies(opened: Any, file: Path, whole: Any) -> None:
    one = opened(file, "#sel=indication:androgenetic-alopecia", reduced_motion="reduce")
    page = one.page
    name = "modality:minoxidil combinedFor indication:androgenetic-alopecia"
    one.settle()
    for at in one.ask("whereLine(a)", name):
        # A node may stand before the line.
        if one.ask("hit(a)", at) == name:
            page.mouse.click(at["x"], at["y"])
            break
    page.wait_for_function(
        "() => document.querySelector('#panel h2').textContent.includes('minoxidil')"
    )
    edge = whole.edges["modality:minoxidil", "indication:androgenetic-alopecia", "combinedFor"]
    text = page.locator(".verdict").inner_text()
    assert f"{edge['weight']} studies" in text
    assert f"Best design level: {edge['level']}" in text


def test_verdict_counts_comparisons_apart_from_baseline(
    opened: Any, file: Path, whole: Any
) -> None:
    one = opened(file)
    checked = 0
    for a, b, data in [
        (a, b, d) for a, b, k, d in whole.edges(keys=True, data=True) if k == "combinedFor"
    ][::12]:
        one.page.evaluate("(h) => { location.hash = h; }", f"#sel={a} combinedFor {b}")
        title = f"{whole.nodes[a]['label']} \u2013 {whole.nodes[b]['label']}"
        one.page.wait_for_function(
            "(t) => document.querySelector('#panel h2')?.textContent === t", arg=title
        )
        shown = one.page.locator(".verdict").inner_text()
        text = re.sub(r"Of these, randomized: [^.]*\.", "", shown)
        numbers = re.findall(r"(\d+) (?:favor|found|mixed|improved|did|unclear|give)", text)
        assert sum(map(int, numbers)) == data["weight"], text
        checked += 1
    assert checked > 5


def test_search_finds_synonyms_and_misspellings(opened: Any, file: Path) -> None:
    page = opened(file).page
    for typed, found in (
        ("PRP", "platelet-rich plasma"),
        ("melsama", "melasma"),
        ("dermaroller", "roller microneedling"),
    ):
        page.keyboard.press("/")
        page.fill("#search", typed)
        first = page.locator("#results li").first
        first.wait_for()
        assert found in first.inner_text(), typed
    page.keyboard.press("Enter")
    assert page.locator("#panel h2").inner_text() == "roller microneedling"
    assert page.evaluate("document.activeElement.id") == "panel-title"


# --- filters ------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [1, 2, 3])
def test_level_shows_what_the_library_selects(
    opened: Any, file: Path, store: LocalStore, level: int
) -> None:
    one = opened(file)
    slide(one.page, "level", level)
    expected = names(network.network(store, level=level))
    assert set(one.ask("shown()")["edges"]) == expected
    assert one.page.locator("#level").get_attribute("aria-valuetext").startswith("design level")


def test_least_studies_shows_what_the_library_selects(
    opened: Any, file: Path, store: LocalStore
) -> None:
    one = opened(file)
    slide(one.page, "least", 4)
    expected = {n for n in names(network.network(store, min_studies=4)) if " evaluates " not in n}
    assert {n for n in one.ask("shown()")["edges"] if " evaluates " not in n} == expected


def test_years_leave_out_older_and_newer_studies(opened: Any, file: Path, whole: Any) -> None:
    one = opened(file)
    slide(one.page, "from", 2018)
    slide(one.page, "to", 2020)
    shown = {n for n in one.ask("shown()")["nodes"] if n.startswith("publication:")}
    expected = {
        f"publication:{key}" for key, study in whole.graph["studies"].items()
        if study.year is None or 2018 <= study.year <= 2020
    }  # fmt: skip
    assert shown == {n for n in expected if n in whole}


def test_kinds_and_stances_are_filters(opened: Any, file: Path, whole: Any) -> None:
    one = opened(file)
    one.page.uncheck("#kind-publication")
    one.page.uncheck("#kind-event")
    assert {n.partition(":")[0] for n in one.ask("shown()")["nodes"]} == {
        "procedure",
        "indication",
        "modality",
    }
    for number in (0, 2, 3, 4, 5):
        one.page.uncheck(f"#stance-{number}")
    expected = {
        f"{a} {key} {b}" for a, b, key, data in whole.edges(keys=True, data=True)
        if data["stance"] == "disputes" and key in appearance.STANCE_RELATIONS
    }  # fmt: skip
    assert expected
    assert set(one.ask("shown()")["edges"]) == expected
    one.page.click("#reset")
    assert set(one.ask("shown()")["edges"]) == names(whole)


def test_size_and_hierarchy(opened: Any, file: Path) -> None:
    one = opened(file)
    before = one.ask("style(a)", "indication:melasma")["size"]
    one.page.select_option("#size", "participants")
    assert one.ask("style(a)", "indication:melasma")["size"] != before
    one.page.check("#hierarchy")
    assert any(" broader " in name for name in one.ask("shown()")["edges"])


# --- keyboard, address, tables -------------------------------------------------------------------


def test_every_node_and_line_can_be_reached_by_keyboard(opened: Any, file: Path) -> None:
    one = opened(file)
    page = one.page
    page.locator("#canvas").focus()
    page.keyboard.press("Home")
    page.wait_for_function(
        "() => document.getElementById('live').textContent.startsWith('needling')"
    )
    heard = set()
    for key in ["ArrowRight"] * 6 + ["ArrowDown"] * 4 + ["ArrowLeft"] * 6 + ["ArrowUp"] * 4:
        page.keyboard.press(key)
        page.wait_for_timeout(40)
        heard.add(page.locator("#live").inner_text())
    assert len(heard) > 8
    page.keyboard.press("Home")
    page.keyboard.press("n")
    page.wait_for_selector("#panel h2")
    first = page.locator("#panel h2").inner_text()
    page.keyboard.press("n")
    assert page.locator("#panel h2").inner_text() != first
    page.keyboard.press("p")
    assert page.locator("#panel h2").inner_text() == first
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "panel-title"
    page.keyboard.press("Escape")
    assert page.locator("#panel").is_hidden()
    assert page.evaluate("document.activeElement.id") == "canvas"


def test_the_address_holds_the_view(opened: Any, file: Path) -> None:
    one = opened(file, first=True)
    page = one.page
    page.evaluate("location.hash = '#sel=indication:vitiligo'")
    page.wait_for_selector("#panel h2")
    slide(page, "level", 2)
    page.uncheck("#kind-event")
    page.click("#in")
    one.settle()
    page.wait_for_timeout(700)
    fragment = page.evaluate("location.hash")
    assert "sel=indication:vitiligo" in fragment
    assert "level=2" in fragment
    other = opened(file, fragment, first=True)
    assert other.page.locator("#panel h2").inner_text() == "vitiligo"
    assert other.page.locator("#level").input_value() == "2"
    assert not other.page.is_checked("#kind-event")
    assert other.ask("shown()") == one.ask("shown()")
    other.settle()
    assert other.ask("view()")["scale"] == pytest.approx(one.ask("view()")["scale"], abs=0.01)


def test_back_and_forward_follow_selections(opened: Any, file: Path) -> None:
    page = opened(file).page
    for name in ("PRP", "melasma"):
        page.keyboard.press("/")
        page.fill("#search", name)
        page.wait_for_selector("#results li")
        page.keyboard.press("Enter")
    assert page.locator("#panel h2").inner_text() == "melasma"
    page.go_back()
    assert page.locator("#panel h2").inner_text() == "platelet-rich plasma"
    page.go_back()
    assert page.locator("#panel").is_hidden()
    page.go_forward()
    assert page.locator("#panel h2").inner_text() == "platelet-rich plasma"


@pytest.mark.parametrize(
    "fragment",
    [
        "#sel=indication:none",
        "#level=x&from=99999&kinds=,,&at=1,2",
        "#%E0%A4%A",
        "#open=999&view=tables",
    ],
)
def test_wrong_addresses_do_no_harm(opened: Any, file: Path, fragment: str) -> None:
    page = opened(file, fragment).page
    assert page.locator("#panel").is_hidden()


def test_the_tables_say_what_the_picture_says(opened: Any, file: Path, whole: Any) -> None:
    one = opened(file)
    page = one.page
    slide(page, "level", 2)
    page.keyboard.press("t")
    shown = one.ask("shown()")
    assert page.locator("#table-nodes tbody tr").count() == len(shown["nodes"])
    assert page.locator("#table-edges tbody tr").count() == len(shown["edges"])
    head = page.locator("#table-nodes thead th", has_text="Name")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    texts = page.locator("#table-nodes tbody th").all_inner_texts()
    assert texts[:20] == sorted(texts, key=str.lower)[:20]
    page.locator("#table-nodes tbody th button", has_text="acne keloidalis nuchae").or_(
        page.locator("#table-nodes tbody th button").first
    ).first.click()
    assert page.evaluate("document.activeElement.id") == "panel-title"


# --- files, clipboard -----------------------------------------------------------------------------


def test_png_and_svg_are_saved(opened: Any, file: Path, tmp_path: Path) -> None:
    from defusedxml import ElementTree

    page = opened(file).page
    page.wait_for_function("() => window.mngraphTest.labels().length > 0")
    with page.expect_download() as download:
        page.click("#save-png")
    png = Path(download.value.path()).read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == 2 * page.locator("#canvas").bounding_box()["width"]
    assert len(png) > 50_000
    with page.expect_download() as download:
        page.click("#save-svg")
    root = ElementTree.fromstring(Path(download.value.path()).read_text("utf-8"))
    words = " ".join(root.itertext())
    assert "platelet-rich" in words
    assert "Not medical advice" in words


def test_a_saved_picture_has_the_captions_that_are_drawn(opened: Any, file: Path) -> None:
    """Names of narrow sectors lay on each other there, since only the canvas left them out."""
    one = opened(file, viewport={"width": 900, "height": 600}, reduced_motion="reduce")
    turned = re.findall(r"<text transform=[^>]*>([^<]+)</text>", one.ask("picture()"))
    assert "hair disorder" in turned
    assert "sweat gland disorder" not in turned


@pytest.mark.parametrize("start", ["", "#view=table"], ids=["picture", "table"])
def test_the_picture_is_saved_while_tables_are_shown(
    start: str, opened: Any, file: Path, tmp_path: Path
) -> None:
    from defusedxml import ElementTree

    page = opened(file, start).page
    if not start:
        page.wait_for_function("() => window.mngraphTest.labels().length > 0")
        page.click("#table-button")
    assert page.locator("#table").is_visible()
    with page.expect_download() as download:
        page.click("#save-png")
    png = Path(download.value.path()).read_bytes()
    wide, high = (int.from_bytes(png[n : n + 4], "big") for n in (16, 20))
    assert wide > 1000 and high > 600 and len(png) > 50_000
    with page.expect_download() as download:
        page.click("#save-svg")
    root = ElementTree.fromstring(Path(download.value.path()).read_text("utf-8"))
    assert "platelet-rich" in " ".join(root.itertext())
    centers = [float(node.get("cx")) for node in root.iter("{http://www.w3.org/2000/svg}circle")]
    assert max(centers) - min(centers) > 300
    assert page.locator("#table").is_visible() and not page.locator("#canvas").is_visible()


def test_sparql_and_citation_are_copied(
    opened: Any, file: Path, store: LocalStore, whole: Any
) -> None:
    options = {"permissions": ["clipboard-read", "clipboard-write"]}
    page = opened(
        file, "#sel=procedure:microneedling studiedFor indication:melasma", **options
    ).page
    page.click("text=Copy SPARQL")
    page.wait_for_timeout(100)
    text = page.evaluate("navigator.clipboard.readText()")
    keys = {row["study"].value.rpartition("/")[2] for row in store.query(text)}
    assert keys == set(
        whole.edges["procedure:microneedling", "indication:melasma", "studiedFor"]["study_keys"]
    )
    page.locator("article button", has_text="Copy citation").first.click()
    page.wait_for_timeout(100)
    cited = page.evaluate("navigator.clipboard.readText()")
    assert cited in {study.citation for study in whole.graph["studies"].values()}


def test_a_notebook_frame_works(
    opened: Any, browser: Any, store: LocalStore, tmp_path: Path
) -> None:
    shown = view.View(network.network(store, focus=["indication:melasma"]))
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'><body>{shown._repr_html_()}", "utf-8")
    context = browser.new_context(viewport=SIZE)
    one = Opened(context.new_page())
    one.page.goto(path.as_uri())
    frame = one.page.frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for(state="attached")
    frame.locator("#search").fill("PRP")
    frame.locator("#results li").first.click()
    assert frame.locator("#panel h2").inner_text() == "platelet-rich plasma"
    frame.locator("#table-button").click()
    assert frame.locator("#table-nodes tbody tr").count() > 10
    assert one.complaints == []
    context.close()


# --- everybody ------------------------------------------------------------------------------------

STATES = {
    "picture": ("", {}),
    "dark": ("", {"color_scheme": "dark"}),
    "panel": ("#sel=modality:platelet-rich-plasma", {}),
    "panel, dark": ("#sel=modality:platelet-rich-plasma", {"color_scheme": "dark"}),
    "line": ("#sel=procedure:microneedling studiedFor indication:melasma", {}),
    "tables": ("#view=table&level=2", {}),
    "narrow": ("#sel=indication:melasma", {"viewport": {"width": 390, "height": 800}}),
    "first": ("", {"first": True}),
    "first, dark": ("", {"first": True, "color_scheme": "dark"}),
    "first, narrow": ("", {"first": True, "viewport": {"width": 390, "height": 844}}),
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(opened: Any, file: Path, state: str) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    from axe_playwright_python.sync_playwright import Axe

    fragment, options = STATES[state]
    page = opened(file, fragment, **options).page
    found = Axe().run(page).response["violations"]
    told = [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found]
    assert told == [], json.dumps(told, indent=1)


def test_axe_finds_nothing_in_search_and_help(opened: Any, file: Path) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    from axe_playwright_python.sync_playwright import Axe

    page = opened(file).page
    page.fill("#search", "acne")
    page.wait_for_selector("#results li")
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    page.click("#help-button")
    assert Axe().run(page).response["violations"] == []


def test_reduced_motion_moves_nothing(opened: Any, file: Path) -> None:
    one = opened(file, reduced_motion="reduce")
    one.page.click("#in")
    at = one.ask("view()")
    one.page.wait_for_timeout(200)
    assert one.ask("view()") == at


def test_print_shows_picture_and_studies_without_controls(opened: Any, file: Path) -> None:
    page = opened(file, "#sel=indication:vitiligo").page
    page.emulate_media(media="print")
    assert page.locator("#canvas").is_visible()
    assert page.locator("#panel article").first.is_visible()
    assert page.locator("#panel .relations").get_by_text("microneedling", exact=True).is_visible()
    assert not page.locator("#tools").is_visible()
    assert not page.locator("#search").is_visible()
    page.evaluate("location.hash = '#view=table'")
    assert page.locator("#table-nodes thead").get_by_text("Studies").is_visible()
    assert page.locator("#table-nodes tbody").get_by_text("vitiligo", exact=True).is_visible()


def test_animate_moves_and_stops(opened: Any, file: Path) -> None:
    one = opened(file)
    before = one.ask("where(a)", "indication:vitiligo")
    one.page.click("#move")
    one.page.wait_for_timeout(1500)
    one.page.click("#move")
    after = one.ask("where(a)", "indication:vitiligo")
    assert after != before
    one.page.wait_for_timeout(200)
    assert one.ask("where(a)", "indication:vitiligo") == after


def test_a_dragged_picture_comes_back_whole(opened: Any, tmp_path: Path) -> None:
    graph = module("benchmarks/drawing.py").made_up(2000)
    path = view.View(graph).save(tmp_path / "large.html")
    page = opened(path, reduced_motion="reduce").page
    page.wait_for_timeout(500)
    canvas = page.locator("#canvas")
    before = canvas.screenshot()
    page.mouse.move(300, 80)
    page.mouse.down()
    page.mouse.move(360, 120)
    page.wait_for_timeout(200)
    during = canvas.screenshot()
    page.mouse.move(300, 80)
    page.mouse.up()
    page.mouse.move(600, 620)
    page.wait_for_timeout(500)
    assert len(during) > len(before) / 3, "the sketch shows the network too"
    after = canvas.screenshot()
    assert abs(len(after) - len(before)) < len(before) / 50


def test_large_networks_open_as_clusters(opened: Any, whole: Any, tmp_path: Path) -> None:
    large = whole.copy()
    source, target = "publication:pmid-31469914", "indication:alopecia-areata"
    link = whole.get_edge_data(source, target, "evaluates")
    for number in range(4000):
        name = f"publication:made-up-{number}"
        large.add_node(name, **{**whole.nodes[source], "label": f"Made up {number}"})
        large.add_edge(name, target, "evaluates", **link)
    path = view.View(large).save(tmp_path / "large.html")
    first = opened(path, first=True)
    assert first.ask("clusters()") == []
    assert 30 <= len(first.ask("shown()")["nodes"]) <= 40
    assert first.ask("style(a)", "indication:melasma")["hidden"] is False
    first.page.click("#scope")
    assert first.ask("clusters()")
    one = opened(path)
    assert "Too many to draw at once" in one.page.locator("#count").inner_text()
    closed = one.ask("clusters()")
    assert closed
    wanted = next(name for name in closed if name.startswith("cluster:publication"))
    at = one.ask("where(a)", wanted)
    one.page.mouse.click(at["x"], at["y"])
    one.page.wait_for_function("(n) => !window.mngraphTest.clusters().includes(n)", arg=wanted)
    one.page.keyboard.press("/")
    one.page.fill("#search", "Made up 3999")
    one.page.wait_for_selector("#results li")
    one.page.keyboard.press("Enter")
    one.page.wait_for_selector("#panel h2")
    assert one.ask("style(a)", "publication:made-up-3999").get("hidden") is False
