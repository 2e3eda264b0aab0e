"""Forest plots: what stands in them, that they open offline, and that hostile text stays text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from madeup import Record, graph_of

from mngraph.drawing import forest, panels
from mngraph.drawing.figure import Figure
from mngraph.errors import OutputError, UsageError
from mngraph.evidence.weighing import Evidence, evidence
from mngraph.store import LocalStore

SVG = "{http://www.w3.org/2000/svg}"
ARMS = [{"id": "A", "procedure": "microneedling", "combined_with": ["minoxidil"]},
        {"id": "B", "procedure": "microneedling"}]  # fmt: skip


def trial(number: int, value: float, half: float, **more: Any) -> Record:
    effect = {"type": "mean-difference", "value": value, "lower": value - half,
              "upper": value + half, "text": f"MD {value}"}  # fmt: skip
    outcome = {"measure": "hair-count", "first": "A", "second": "B", "direction": "favours-first",
               "effect": effect}  # fmt: skip
    return {
        "id": f"pmid-{number}",
        "publication": {"pmid": str(number), "authors": [f"Maker{number} A"], "issued": "2020"},
        "design": "randomised-controlled-trial", "participants": 40,
        "indications": ["androgenetic-alopecia"], "arms": ARMS, "outcomes": [outcome], **more,
    }  # fmt: skip


def drawn(records: list[Record], folder: Path) -> Evidence:
    store = graph_of(records, folder)
    minoxidil = "https://w3id.org/mngraph/modality/minoxidil"
    return evidence(store, modalities=[minoxidil])


@pytest.fixture
def pooled(tmp_path: Path) -> Evidence:
    """Two precise trials, a vague one, and a review."""
    return drawn(
        [trial(1, 2.0, 0.5), trial(2, 1.0, 0.5), trial(3, 4.0, 4.0),
         trial(4, 9.0, 0.1, design="meta-analysis")], tmp_path,
    )  # fmt: skip


def words(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_plot_shows_studies_pooled_effect_and_heterogeneity(pooled: Evidence) -> None:
    shown = words(forest.to_svg(pooled))
    for expected in ("Maker1 2020", "Maker4 2020", "2.00 (1.50 to 2.50)", "4.00 (0.00 to 8.00)",
                     "Random effects", "against microneedling"):  # fmt: skip
        assert expected in shown
    assert "hair count: mean difference against the procedure alone" in shown
    (note,) = [text for text in shown if text.startswith("3 studies. Fixed effect 1.52 ")]
    assert "I² " in note
    assert any(text.startswith("prediction interval ") for text in shown)
    assert shown[-1].endswith("Not medical advice.")


def test_weights_are_of_the_studies_and_reviews_have_none(pooled: Evidence) -> None:
    (panel,) = panels.panels(pooled)
    by_study = {" ".join(line.label): line for line in panel.lines}
    assert by_study["Maker4 2020"].hollow
    assert by_study["Maker4 2020"].weight == ""
    weights = [int(by_study[f"Maker{n} 2020"].weight.rstrip(" %")) for n in (1, 2, 3)]
    assert 99 <= sum(weights) <= 101
    assert by_study["Maker1 2020"].size > by_study["Maker3 2020"].size


def test_places_follow_the_axis(pooled: Evidence) -> None:
    (panel,) = panels.panels(pooled)
    assert panel.null is not None
    one, two = panel.lines[0], panel.lines[1]
    assert (one.x - panel.null) == pytest.approx(2 * (two.x - panel.null), abs=0.3)
    for line in panel.lines:
        assert panels.LEFT <= line.lower <= line.x <= line.upper <= panels.RIGHT
    assert panel.sides == ("favors comparator", "favors it")
    assert 3 <= len(panel.ticks) <= 8


def test_ratios_stand_on_a_logarithmic_axis() -> None:
    axis = panels.Axis(0.25, 4.0, logarithmic=True, null=1.0)
    middle = (panels.LEFT + panels.RIGHT) / 2
    assert axis.place(1.0) == pytest.approx(middle)
    assert axis.place(2.0) - middle == pytest.approx(middle - axis.place(0.5))
    assert [label for _, label in axis.ticks()] == ["0.5", "1", "2"]


def test_an_interval_beyond_the_axis_is_cut_and_says_so(tmp_path: Path) -> None:
    effect = {"type": "odds-ratio", "value": 2.0, "lower": 0.002, "upper": 2000.0, "text": "OR 2"}
    outcome = {"measure": "hair-count", "first": "A", "second": "B", "effect": effect,
               "direction": "no-difference"}  # fmt: skip
    (panel,) = panels.panels(drawn([trial(1, 1, 1, outcomes=[outcome])], tmp_path))
    assert panel.lines[0].cut == (True, True)


def test_long_texts_are_wrapped_and_nothing_is_cut_off(tmp_path: Path) -> None:
    note = "hairs counted by two people in a circle of one centimetre at the crown, mean of both"
    effect = {"type": "mean-difference", "value": 2.0, "lower": 1.0, "upper": 3.0, "text": "MD 2"}
    outcome = {"measure": "hair-count", "first": "A", "second": "B", "effect": effect,
               "direction": "favours-first", "note": note}  # fmt: skip
    found = drawn([trial(1, 1, 1, outcomes=[outcome])], tmp_path)
    (panel,) = panels.placed(panels.panels(found), 84)
    assert note in " ".join(words(forest.to_svg(found)))
    assert panel.lines[0].height > panels.ROW
    assert panel.bottom == panel.lines[0].y + panel.lines[0].height


def test_rates_of_events_are_drawn_with_their_sum(tmp_path: Path) -> None:
    def report(number: int, affected: int, at_risk: int) -> Record:
        told = {"event": "erythema", "arm": "A", "affected": affected, "at_risk": at_risk}
        record = trial(number, 1, 1, adverse_events=[told])
        return {key: value for key, value in record.items() if key != "outcomes"}

    store = graph_of([report(1, 3, 30), report(2, 2, 20)], tmp_path)
    found = evidence(store, event="https://w3id.org/mngraph/event/erythema")
    shown = words(forest.to_svg(found))
    assert "All: 5/50" in shown
    assert "10 (3 to 22)" in shown


def outcome(value: float, kind: str = "mean-difference", **more: Any) -> Record:
    effect = {"type": kind, "value": value, "lower": value - 0.3, "upper": value + 0.3}
    return {"measure": "hair-count", "first": "A", "second": "B", "direction": "favours-first",
            "effect": effect, **more}  # fmt: skip


@pytest.mark.parametrize(
    "second",
    [
        outcome(1.5, "odds-ratio"),
        outcome(1.5, "standardised-mean-difference"),
        outcome(1.5, measure="hair-density"),
        outcome(1.5, note="the scale of the difference is unclear"),
        outcome(-1.5),
    ],
    ids=["ratio", "standardized", "other measure", "unit not known", "opposite way"],
)
def test_effects_of_unlike_or_unclear_scale_share_no_axis(second: Record, tmp_path: Path) -> None:
    """Of two mean differences, one of hairs and one of an unknown scale, neither can be read."""
    records = [trial(1, 1, 1, outcomes=[outcome(1.2)]), trial(2, 1, 1, outcomes=[second])]
    found = panels.panels(drawn(records, tmp_path))
    assert [len(panel.lines) for panel in found] == [1, 1]


def test_ratios_of_one_measure_share_an_axis_whatever_their_notes(tmp_path: Path) -> None:
    records = [
        trial(1, 1, 1, outcomes=[outcome(1.2, "odds-ratio", note="at 8 weeks")]),
        trial(2, 1, 1, outcomes=[outcome(1.5, "odds-ratio", note="at 12 weeks")]),
    ]
    (panel,) = panels.panels(drawn(records, tmp_path))
    assert len(panel.lines) == 2
    assert panel.note.startswith("Not pooled: the notes")


def test_a_pooled_estimate_stays_with_its_studies(tmp_path: Path) -> None:
    """A review that runs the other way gets an axis of its own; the diamond does not follow it."""
    records = [trial(1, 2.0, 0.5), trial(2, 1.0, 0.5),
               trial(3, -3.0, 0.5, design="meta-analysis")]  # fmt: skip
    first, second = panels.panels(drawn(records, tmp_path))
    assert [len(first.lines), len(first.diamond)] == [2, 1]
    assert [len(second.lines), len(second.diamond)] == [1, 0]


def test_a_review_on_an_unclear_scale_of_the_release_stands_alone(graph: Any) -> None:
    """Kang 2022 gives -0.32 points of the scale, Long 2020 -11.38 of one that the page omits."""
    found = graph.evidence(indication="acne scar", combined_with="PRP")
    named = [{line.label[0] for line in panel.lines} for panel in panels.panels(found)]
    for study in ("Kang et al. 2022", "Long et al. 2020"):
        assert {study} in named
    assert not any({"Kang et al. 2022", "Long et al. 2020"} <= names for names in named)


def several(tmp_path: Path) -> Evidence:
    """Two effects that can be compared, and one of another measure that stands alone."""
    alone = trial(3, 1, 1, outcomes=[outcome(7.7, measure="hair-density")])
    return drawn([trial(1, 2.0, 0.5), trial(2, 1.0, 0.5), alone], tmp_path)


def test_what_can_be_compared_comes_first_and_single_effects_are_folded(tmp_path: Path) -> None:
    found = several(tmp_path)
    page = forest.to_html(found)
    comparable, _, rest = page.partition("<details")
    folded = rest.partition("</details>")[0]
    assert "2.00 (1.50 to 2.50)" in comparable
    assert "7.70 (7.40 to 8.00)" in folded
    assert "open" not in folded.partition(">")[0]
    svg = words(forest.to_svg(found))
    assert "7.70 (7.40 to 8.00)" not in svg
    assert "Left out: 1 effect without a second one to compare with." in svg


def test_nothing_to_draw_is_an_error_with_the_reason(tmp_path: Path) -> None:
    outcome = {"measure": "hair-count", "first": "A", "second": "B", "direction": "no-difference"}
    found = drawn([trial(1, 1, 1, outcomes=[outcome])], tmp_path)
    with pytest.raises(UsageError, match="nothing to draw: no study of needling with minoxidil"):
        forest.to_svg(found)


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\"'&"
    record = trial(1, 2.0, 0.5)
    record["publication"]["authors"] = [f"{hostile} A"]
    record["outcomes"][0]["note"] = hostile
    found = drawn([record], tmp_path)
    svg, page = forest.to_svg(found), forest.to_html(found)
    assert "<script" not in svg + page
    assert any("<script>alert" in text for text in words(svg))


class Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [v or "" for k, v in attrs if k in ("src", "data", "xlink:href")]
        self.loaded += [v or "" for k, v in attrs if k == "href" and tag == "link"]


def test_the_page_loads_nothing_and_repeats_the_table(pooled: Evidence) -> None:
    page = forest.to_html(pooled)
    seen = Addresses()
    seen.feed(page)
    assert seen.loaded == []
    assert "script" not in seen.tags
    assert not re.search(r"url\(|@import", page)
    heads, axis, diamond = 3, 1, 1
    assert seen.tags.count("tr") == heads + 4 + axis + diamond + len(pooled.table())
    assert pooled.verdict in page
    for source in pooled.sources:  # paper shows no address but in the list of sources
        assert page.count(f">{source.link}</a>") == 1


@pytest.mark.parametrize(("link", "kept"), [("http://example.org/a", True), ("urn:a", False)])
def test_only_web_addresses_become_links(pooled: Evidence, link: str, kept: bool) -> None:
    first, *rest = pooled.findings
    study = replace(first.study, link=link)
    estimates = tuple(replace(e, study=study) for e in pooled.pooled[0].estimates)
    changed = replace(
        pooled, findings=(replace(first, study=study), *rest),
        pooled=(replace(pooled.pooled[0], estimates=estimates),),
    )  # fmt: skip
    assert (f'href="{link}"' in forest.to_svg(changed)) == kept
    assert (f'href="{link}"' in forest.to_html(changed)) == kept


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 390])
def test_nothing_runs_out_of_the_page(browser: Any, graph: Any, width: int, tmp_path: Path) -> None:
    """Neither of the table, whose long addresses once did, nor of its cells."""
    questions = ({"event": "erythema", "procedure": "microneedling"},
                 {"indication": "melasma", "combined_with": "tranexamic acid"})  # fmt: skip
    too_wide = """[...document.querySelectorAll("table, td, body")]
        .filter(node => node.scrollWidth > node.clientWidth + 1
            || node.getBoundingClientRect().right > innerWidth).length"""
    page = browser.new_page(viewport={"width": width, "height": 800})
    for question in questions:
        Figure(graph.evidence(**question), "forest").save(tmp_path / "plot.html")
        page.goto((tmp_path / "plot.html").as_uri())
        assert page.evaluate(too_wide) == 0
        assert page.locator("table a").count() > 0


@pytest.mark.parametrize("name", ["plot.svg", "plot.html", "plot.png"])
def test_files_are_written_the_same_each_time(pooled: Evidence, name: str, tmp_path: Path) -> None:
    if name.endswith("png"):
        pytest.importorskip("cairosvg")
    Figure(pooled, "forest").save(tmp_path / name)
    first = (tmp_path / name).read_bytes()
    Figure(pooled, "forest").save(tmp_path / name)
    assert (tmp_path / name).read_bytes() == first
    assert len(first) > 2000


def test_bad_targets_are_errors(pooled: Evidence, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must end with one of \.svg, \.html, \.png"):
        Figure(pooled, "forest").save(tmp_path / "plot.pdf")
    with pytest.raises(OutputError, match="does not exist"):
        Figure(pooled, "forest").save(tmp_path / "no" / "plot.svg")


def test_the_command_draws_the_release(run: Any, store: LocalStore, tmp_path: Path) -> None:
    result = run("evidence", "-i", "androgenetic-alopecia", "-w", "minoxidil", "--plot", "p.svg",
                 "-f", "csv")  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert "forest plot" in result.stderr
    assert "Xu et al. 2024" in words((tmp_path / "p.svg").read_text("utf-8"))


def test_a_stated_interval_is_shown_as_the_source_prints_it(graph: Any) -> None:
    """A record states SMD 0.77 (95% CI 0.21 to 1.32), which is not quite symmetric."""
    found = graph.evidence(indication="melasma", combined_with="tranexamic acid")
    drawn = forest.to_html(found)
    assert "0.77 (0.21 to 1.32)" in drawn
    assert "0.21 to 1.33" not in drawn
