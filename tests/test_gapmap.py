"""The gap map: its cells against the records, its numbers, and the page in a browser."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from conftest import CHECKOUT, Runner
from defusedxml import ElementTree
from madeup import Record, graph_of

import mngraph
from mngraph import yamlfile
from mngraph.drawing import mapdrawing
from mngraph.drawing.gapmap import ALONE, Bubble, GapMap, gap_map
from mngraph.errors import UsageError
from mngraph.store import LocalStore

FORBIDDEN = r"(?i)\b(proven|effective|efficacious|works|cures?|treats|safe|recommended)\b"


@pytest.fixture(scope="module")
def found(store: LocalStore) -> GapMap:
    return gap_map(store)


@pytest.fixture(scope="module")
def harms(store: LocalStore) -> GapMap:
    return gap_map(store, "event", "procedure")


def records() -> dict[str, dict[str, Any]]:
    paths = sorted((CHECKOUT / "data" / "studies").glob("*.yaml"))
    return {path.stem: yamlfile.read_yaml(path)[0] for path in paths}


def upward() -> dict[str, set[str]]:
    """Each concept with all broader ones, read straight from the vocabularies."""
    broader: dict[str, set[str]] = defaultdict(set)
    for path in (CHECKOUT / "ontology" / "vocabulary").glob("*.ttl"):
        for triple in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            name = triple.subject.value.removeprefix("https://w3id.org/mngraph/")
            broader[name] |= {name}
            if triple.predicate.value.endswith("core#broader"):
                broader[name].add(triple.object.value.removeprefix("https://w3id.org/mngraph/"))
    for _ in range(12):
        for name, above in broader.items():
            broader[name] = above | {up for each in above for up in broader[each]}
    return broader


def compact(iri: str) -> str:
    return iri.removeprefix("https://w3id.org/mngraph/").replace("/", ":")


def test_every_cell_holds_the_studies_of_the_records(found: GapMap) -> None:
    above, expected = upward(), defaultdict(set)
    idle = {"modality/placebo", "modality/no-treatment"}
    for key, record in records().items():
        for arm in record.get("arms", []):
            procedure = f"procedure/{arm.get('procedure')}"
            if "procedure/needling" not in above.get(procedure, ()):
                continue
            given = [f"modality/{slug}" for slug in arm.get("combined_with", [])]
            active = [m for m in given if not idle & above[m]]
            columns = {up for m in given for up in above[m]} | (set() if active else {"alone"})
            for slug in record.get("indications", []):
                for row in above[f"indication/{slug}"]:
                    for column in columns:
                        expected[row.replace("/", ":"), column.replace("/", ":")].add(key)
    controls = {name for name, up in above.items() if idle & up}
    controls.add("modality/control-intervention")
    hidden = {name.replace("/", ":") for name in controls}
    expected = {cell: keys for cell, keys in expected.items() if cell[1] not in hidden}
    shown = {
        cell: {member.study for bubble in bubbles for member in bubble.members}
        for cell, bubbles in found.cells.items()
    }
    assert shown == expected
    assert found.gaps == len(found.rows) * len(found.columns) - len(expected)


def test_stances_in_a_cell_add_up_to_its_studies(found: GapMap) -> None:
    total = 0
    for _, _, bubble in found.bubbles():
        assert sum(bubble.counts.values()) == bubble.studies
        total += bubble.studies
        reviews = [m for m in bubble.members if found.studies[m.study].review]
        assert bubble.reviews == len(reviews)
    assert total > 1000


def test_the_cells_agree_with_the_claims(store: LocalStore, found: GapMap) -> None:
    """Where a claim on one modality rests on all studies of a cell, both count the same."""
    rows = store.query("""SELECT ?m ?i ?n ?yes ?no WHERE {
        ?claim a mn:TreatmentClaim ; mn:procedure procedure:needling ; mn:indication ?i ;
          mn:combinedWith ?m ; mn:studyCount ?n ;
          mn:supportingStudyCount ?yes ; mn:disputingStudyCount ?no .
        FILTER NOT EXISTS { ?claim mn:combinedWith ?other . FILTER(?other != ?m) }
        FILTER NOT EXISTS {
          ?more mn:combinedWith ?m, ?added ; mn:indication ?i FILTER(?added != ?m) }
        FILTER NOT EXISTS { ?m skos:broader* modality:control-intervention } }""")
    compared = 0
    for row in rows:
        bubbles = found.cells.get((compact(row["i"].value), compact(row["m"].value)), ())
        numbers = [int(row[name].value) for name in ("n", "yes", "no")]
        assert sum(b.studies - b.counts["not stated"] for b in bubbles) >= numbers[0]
        others = {m.study for b in bubbles for m in b.members}
        if len(others) == numbers[0]:
            assert sum(b.counts["supports"] for b in bubbles) == numbers[1]
            assert sum(b.counts["disputes"] for b in bubbles) == numbers[2]
            compared += 1
    assert compared > 10


# --- how a bubble stands, on records whose answer is known ------------------------------------

BEFORE = {"measure": "clinical-response", "first": "A", "direction": "improved-from-baseline"}
BETTER = {"measure": "clinical-response", "first": "A", "second": "B", "direction": "favours-first"}
WORSE = {**BETTER, "direction": "favours-second"}


def report(number: int, design: str, *outcomes: Record, **more: Any) -> Record:
    """A report of needling alone, against no treatment, for keloids."""
    arms = [{"id": "A", "procedure": "microneedling"}, {"id": "B", "interventions": ["vehicle"]}]
    return {
        "id": f"pmid-{number}",
        "publication": {"pmid": str(number), "authors": [f"Maker{number} A"], "issued": "2020"},
        "design": design,
        "indications": ["keloid"],
        "arms": arms,
        **({"outcomes": list(outcomes)} if outcomes else {}),
        **more,
    }


def keloids(folder: Path, *reports: Record) -> tuple[Bubble, ...]:
    return gap_map(graph_of(list(reports), folder)).cells["indication:keloid", ALONE]


def test_a_review_says_nothing_where_a_study_is(tmp_path: Path) -> None:
    """A study without a stated result beside a review that tells of improvement."""
    told = report(2, "narrative-review", BEFORE)
    (bubble,) = keloids(tmp_path, report(1, "case-series"), told)
    assert (bubble.band, bubble.studies, bubble.reviews) == ("4\N{EN DASH}5", 1, 1)
    assert bubble.stance == "not stated"
    assert not bubble.baseline
    assert not mapdrawing.mark(bubble, "studies", 1, safety=False).hollow
    assert mapdrawing.bubble_label(bubble).endswith("4\N{EN DASH}5, 1 study and 1 review")


def test_a_review_that_compares_fills_no_bubble_of_studies(tmp_path: Path) -> None:
    reports = report(1, "case-series", BEFORE), report(2, "narrative-review", WORSE)
    (bubble,) = keloids(tmp_path, *reports)
    assert (bubble.stance, bubble.baseline) == ("supports", True)


def test_reviews_alone_stand_for_themselves(tmp_path: Path) -> None:
    reports = report(1, "meta-analysis", WORSE), report(2, "randomised-controlled-trial", BETTER)
    strongest, next_band = keloids(tmp_path, *reports)
    assert (strongest.band, strongest.studies, strongest.reviews) == ("1", 0, 1)
    assert (strongest.stance, strongest.baseline) == ("disputes", False)
    assert (next_band.band, next_band.studies, next_band.reviews) == ("2", 1, 0)
    assert next_band.stance == "supports"


@pytest.mark.parametrize("outcomes", [(BETTER, BEFORE), (BEFORE, BETTER)], ids=["strong", "weak"])
def test_a_study_reported_twice_stands_once(tmp_path: Path, outcomes: tuple[Record, ...]) -> None:
    """A trial and an uncontrolled report: level 2, by the comparison, whichever tells it."""
    (bubble,) = keloids(
        tmp_path,
        report(1, "randomised-controlled-trial", outcomes[0], participants=30),
        report(2, "uncontrolled-trial", outcomes[1], participants=40, same_cohort_as=["pmid-1"]),
    )
    assert (bubble.band, bubble.studies, bubble.reports) == ("2", 1, 2)
    assert bubble.participants == 40
    assert bubble.counts["supports"] == sum(bubble.counts.values()) == 1
    assert (bubble.stance, bubble.baseline) == ("supports", False)
    assert mapdrawing.bubble_label(bubble) == "design level 2, 1 study in 2 reports: supports"
    assert {member.study for member in bubble.members} == {"pmid-1", "pmid-2"}


def test_the_command_line_gives_the_number_of_the_map(graph: mngraph.Graph, found: GapMap) -> None:
    """Hyperhidrosis: four studies in five reports, two of one cohort in different designs."""
    words = graph.evidence("hyperhidrosis", alone=True).points[-1]
    bubbles = found.cells["indication:hyperhidrosis", ALONE]
    assert "In all: 4 studies in 5 reports" in words
    assert [(b.band, b.studies, b.reports) for b in bubbles if b.studies] == [
        ("3", 1, 2), ("4\N{EN DASH}5", 3, 3)
    ]  # fmt: skip


def test_all_concepts_have_rows_and_columns_when_asked(store: LocalStore) -> None:
    every = gap_map(store, everything=True)
    queries = (f"SELECT ?c {{ ?c a mn:{kind} }}" for kind in ("Indication", "Modality"))
    down, across = (len(list(store.query(query))) for query in queries)
    assert len(every.rows) == down >= 120
    assert len(every.columns) == across + 1 >= 166


def test_narrower_rows_stand_below_their_broader_row(found: GapMap) -> None:
    above, tops = upward(), []
    for row in found.rows:
        del tops[row.depth :]
        name = row.key.replace(":", "/")
        assert all(top in above[name] for top in tops), row
        tops.append(name)


def test_other_words_are_refused(store: LocalStore) -> None:
    with pytest.raises(UsageError, match="rows can be indication or event"):
        gap_map(store, "country")


# --- drawings --------------------------------------------------------------------------------


class Twin(HTMLParser):
    """Collects the cells of the table below the map, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.rows, self.cell = False, [], False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.inside = ("class", "twin") in attributes
        if self.inside and tag == "tr":
            self.rows.append([])
        if self.inside and tag == "td":
            self.cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.cell = self.cell and tag != "td"

    def handle_data(self, data: str) -> None:
        if self.cell:
            self.rows[-1][-1] += data


def test_the_page_has_the_numbers_of_the_table(found: GapMap) -> None:
    twin = Twin()
    twin.feed(mapdrawing.to_html(found))
    shown = [[cell.replace(",", "") for cell in row[:-1]] for row in twin.rows if row]
    rows = list(csv.reader(io.StringIO(found.table().to_csv())))[1:]
    assert shown == [[cell.replace(",", "") for cell in row] for row in rows]
    members = [row[-1].count(",") for row in twin.rows if row]
    assert len(members) == len(list(found.bubbles()))


def test_the_page_asks_nobody_for_anything(found: GapMap) -> None:
    page = mapdrawing.to_html(found)
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|srcset)=|<link|@import|url\((?!\"data:)", page)


def test_hostile_labels_are_escaped(store: LocalStore) -> None:
    scar = ox.NamedNode("https://w3id.org/mngraph/indication/scar")
    label = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
    bad = "</style><script>alert(1)</script>\"'<svg onload=alert(1)>"
    quads = [q for q in store.quads() if not (q.subject == scar and q.predicate == label)]
    quads.append(ox.Quad(scar, label, ox.Literal(bad, language="en")))
    hostile = gap_map(LocalStore.memory(quads))
    page = mapdrawing.to_html(hostile)
    assert page.count("<script>") == 1
    assert "onload=alert(1)&gt;" in page
    ElementTree.fromstring(mapdrawing.to_svg(hostile))


@pytest.mark.parametrize("name", ["found", "harms"])
def test_drawings_say_no_more_than_the_counts(name: str, request: pytest.FixtureRequest) -> None:
    svg = mapdrawing.to_svg(request.getfixturevalue(name))
    nodes = [node for node in ElementTree.fromstring(svg).iter() if not node.tag.endswith("style")]
    words = " ".join(node.text or "" for node in nodes)
    assert not re.search(FORBIDDEN, words)
    assert "Not medical advice" in words
    assert "Nobody has appraised these studies." in words


def test_the_svg_has_a_bubble_for_each_band(found: GapMap) -> None:
    circles = ElementTree.fromstring(mapdrawing.to_svg(found)).iter(
        "{http://www.w3.org/2000/svg}circle"
    )
    drawn = [circle for circle in circles if circle.get("class") != "quad"]
    legend = 8
    assert len(drawn) == len(list(found.bubbles())) + legend


def test_the_command_writes_each_kind_of_file(
    run: Runner, part_folder: Path, tmp_path: Path
) -> None:
    pytest.importorskip("cairosvg", reason="cairosvg is not installed", exc_type=ImportError)
    starts = {"html": b"<!doctype", "svg": b"<svg", "png": b"\x89PNG", "csv": b"adverse_event,"}
    for ending, start in starts.items():
        result = run("map", f"harms.{ending}", "--rows", "event", "-g", part_folder)
        assert result.exit_code == 0, result.output
        assert result.stdout == ""
        assert (tmp_path / f"harms.{ending}").read_bytes().startswith(start)
    assert run("map", "harms.pdf").exit_code == 2
    assert "mngraph map FILE.html --focus alopecia" in run("map", "alopecia").stderr
    assert run("map", "none/harms.svg", "--rows", "event", "-g", part_folder).exit_code == 4


def test_the_same_graph_gives_the_same_bytes(release: Path, tmp_path: Path) -> None:
    made = []
    for seed in ("1", "2"):
        target = tmp_path / f"{seed}.html"
        command = [sys.executable, "-m", "mngraph", "map", str(target), "-g", str(release)]
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(CHECKOUT / "src")}
        subprocess.run(command, env=environment, check=True, capture_output=True)
        made.append(target.read_bytes())
    assert made[0] == made[1]


# --- in a browser ----------------------------------------------------------------------------

pytest_browser = pytest.mark.browser


@pytest.fixture
def opened(browser: Any, harms: GapMap, tmp_path: Path) -> Iterator[Any]:
    """Return a function that opens the map of adverse events with some options."""
    path = tmp_path / "harms.html"
    path.write_text(mapdrawing.to_html(harms), "utf-8")
    contexts = []

    def open_page(**options: Any) -> Any:
        contexts.append(browser.new_context(viewport={"width": 1200, "height": 630}, **options))
        page = contexts[-1].new_page()
        page.problems = []
        page.on("console", lambda message: page.problems.append(message.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("request", lambda r: page.problems.append(r.url) if "http" in r.url else None)
        page.goto(path.as_uri())
        return page

    yield open_page
    for each in contexts:
        each.close()


@pytest_browser
def test_a_phone_is_told_that_the_table_goes_on_sideways(opened: Any) -> None:
    page = opened()
    assert page.locator(".legend").is_visible() and not page.locator(".swipe").is_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    assert page.locator(".swipe").is_visible() and not page.locator(".legend").is_visible()
    page.locator(".key summary").click()
    assert page.locator(".legend").is_visible()


@pytest_browser
def test_a_cell_opens_its_studies_by_keyboard_alone(opened: Any, harms: GapMap) -> None:
    page = opened(offline=True)
    page.focus("table.map a")
    first = page.evaluate("document.activeElement.hash")
    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.hash")
    assert first != second
    page.keyboard.press("Enter")
    bubbles = harms.cells[harms.rows[0].key, harms.columns[1].key]
    assert page.locator("dialog h3").count() == len(bubbles)
    cards = sum(len(bubble.members) for bubble in bubbles)
    assert page.locator("dialog .cards > li").count() == cards
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()
    assert page.evaluate("document.activeElement.hash") == second
    assert page.evaluate("document.querySelectorAll('table.map a[tabindex=\"0\"]').length") == 1
    assert page.problems == []


@pytest_browser
def test_filters_hide_rows_columns_and_bands(opened: Any) -> None:
    page = opened()
    rows, columns = (page.locator(".tools input[type=search]").nth(n) for n in (0, 1))
    rows.fill("erythema")
    columns.fill("roller")
    names = page.locator("table.map tbody th:visible").all_inner_texts()
    assert names and all("erythema" in name for name in names)
    heads = page.locator("table.map thead th:visible").all_inner_texts()
    assert [head.strip() for head in heads[1:]] == ["roller microneedling"]
    page.uncheck("input[data-band='1']")
    assert page.locator("table.map g[data-band='1']:visible").count() == 0
    assert page.problems == []


@pytest_browser
def test_without_scripts_the_links_lead_to_the_table(opened: Any) -> None:
    page = opened(java_script_enabled=False)
    assert not page.locator(".tools").is_visible()
    page.locator("table.map a").first.click()
    page.wait_for_url(re.compile("#cell-"))
    assert page.locator("table.twin").is_visible()


@pytest_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("dialog", [False, True], ids=["map", "dialog"])
def test_axe_finds_nothing(opened: Any, scheme: str, dialog: bool) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    page = opened(color_scheme=scheme)
    if dialog:
        page.locator("table.map a").first.click()
    assert axe.Axe().run(page).response["violations"] == []


# --- a part of the map ---------------------------------------------------------------------------


def test_a_focus_keeps_its_rows_and_columns_with_their_numbers(
    store: LocalStore, found: GapMap
) -> None:
    part = gap_map(store, focus=["indication:acne-scar", "modality:platelet-rich-plasma"])
    rows, columns = ([h.label for h in headings] for headings in (part.rows, part.columns))
    assert rows == ["acne scar", "atrophic acne scar"]
    assert columns == ["platelet-rich plasma"]
    assert [row.depth for row in part.rows] == [0, 1]
    assert all(found.cells[cell] == bubbles for cell, bubbles in part.cells.items())
    assert part.focus == ("acne scar", "platelet-rich plasma")
    assert mapdrawing.to_svg(part).count("acne scar and platelet-rich plasma") == 2


def test_a_focus_of_rows_keeps_the_columns_that_have_studies_there(
    store: LocalStore, found: GapMap
) -> None:
    part = gap_map(store, focus=["indication:vitiligo"])
    studied = {column for row, column in found.cells if row == "indication:vitiligo"}
    assert {column.key for column in part.columns} == studied & {c.key for c in found.columns}
    every = gap_map(store, focus=["indication:vitiligo"], everything=True)
    assert len(every.columns) > len(part.columns)


def test_map_focus_on_the_command_line(run: Any, part_folder: Path, tmp_path: Path) -> None:
    result = run("map", "x.csv", "--focus", "hair loss", "-g", part_folder)
    assert result.exit_code == 0
    rows = {line.split(",")[0] for line in (tmp_path / "x.csv").read_text().splitlines()[1:]}
    assert {"alopecia", "alopecia areata", "androgenetic alopecia"} <= rows
    assert not rows & {"melasma", "scar"}
    wrong = run("map", "x.csv", "--focus", "roller-microneedling", "-g", part_folder)
    assert wrong.exit_code == 2
    assert "--columns procedure" in wrong.stderr
    unknown = run("map", "x.csv", "--focus", "acne scra", "-g", part_folder)
    assert unknown.exit_code == 2
    assert "acne-scar" in unknown.stderr


def test_bubbles_whose_studies_disagree_show_how_many_found_what(found: GapMap) -> None:
    row, column = "indication:atrophic-acne-scar", "alone"
    bubble = next(b for b in found.cells[row, column] if b.band == "2")
    counts = {name: bubble.counts[name] for name in ("supports", "disputes", "no difference")}
    assert min(counts.values()) > 0
    drawn = mapdrawing.mark(bubble, "studies", 23, safety=False)
    assert {look for look, _ in drawn.slices} == {"plus", "minus", "same", "mixed"}
    assert drawn.sign == ""
    words = mapdrawing.bubble_label(bubble)
    assert f"{counts['supports']} supports" in words
    assert f"{counts['no difference']} no difference" in words


@pytest.mark.parametrize(
    "command", [["map", "x.png"], ["evidence", "-i", "melasma", "--plot", "x.png"]]
)
def test_png_without_its_library_is_refused_before_the_work(
    command: list[str], run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    result = run(*command, "-g", "no-such-graph")
    assert result.exit_code == 2
    assert "pip install 'mngraph[plots]'" in result.stderr
    assert "no-such-graph" not in result.stderr


def test_a_focus_says_what_it_does_not_show(
    run: Runner, part: LocalStore, part_folder: Path
) -> None:
    """No gap among what was studied does not mean that nothing is missing."""
    focus = ("--focus", "melasma", "-g", part_folder)
    told = run("map", "m.html", *focus).stderr
    some, every = (gap_map(part, focus=["indication:melasma"], everything=e) for e in (0, 1))
    missing = len(every.columns) - len(some.columns)
    number = int(re.search(r"0 gaps among the columns shown; (\d+) more columns", told)[1])
    assert 0 < number <= missing
    assert "(--all)" in told and told.strip().endswith("(--all)")
    page = Path("m.html").read_text("utf-8")
    assert f"{number} more columns were not studied (--all)" in page
    assert "1 indication by" in page and "1 indications" not in page
    assert "gaps among" not in run("map", "all.html", *focus, "--all").stderr


def test_the_title_of_a_focus_begins_with_a_capital(store: LocalStore) -> None:
    drawn = mapdrawing.to_svg(gap_map(store, focus=["indication:melasma"]))
    assert "melasma: What needling was combined with" in drawn
