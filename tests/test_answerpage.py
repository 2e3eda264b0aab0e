"""The page of an answer: all its parts, no script, and nothing that a study says is markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import CHECKOUT
from madeup import Record, graph_of

import mngraph
from mngraph.errors import OutputError, UsageError

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


class Page(HTMLParser):
    """Collects tags, headings, links, the policy, and the text that a reader sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.headings: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.ids: list[str] = []
        self.policy = ""
        self.text = ""
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open = tag
        given = dict(attrs)
        self.handlers += [name for name in given if name.startswith("on")]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given.get("content") or ""
        if tag == "a":
            self.links.append(given.get("href") or "")
        if "id" in given:
            self.ids.append(given["id"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in ("h1", "h2"):
            self.headings.append(data)
        if self._open != "style":
            self.text += data


@pytest.fixture(scope="module")
def found(graph: mngraph.Graph) -> mngraph.Evidence:
    return graph.evidence(indication="androgenetic alopecia", combined_with="minoxidil")


def test_one_page_has_every_part_of_the_answer(found: mngraph.Evidence) -> None:
    page = Page(found.to_html())
    assert page.headings == [
        "Needling with minoxidil for androgenetic alopecia", "Effects that can be compared",
        "Pooled effects", "Harms", "Certainty", "Studies", "Reviews", "Gaps", "Sources",
        "How to cite",
    ]  # fmt: skip
    for part in (found.verdict, *found.points, found.reviews, *found.gaps):
        assert part in page.text
    assert "mngraph evidence -i androgenetic-alopecia -w minoxidil" in page.text
    assert "Cite this summary as: mngraph 0.1.0 (2026-11-22)" in page.text
    assert page.text.rstrip().endswith("Not medical advice.")


def test_links_within_the_page_lead_somewhere(graph: mngraph.Graph) -> None:
    for question in ({"indication": "melasma"}, {"event": "erythema"}):
        page = Page(graph.evidence(**question).to_html())
        inside = [link[1:] for link in page.links if link.startswith("#")]
        assert inside
        assert set(inside) <= set(page.ids)
        assert len(set(page.ids)) == len(page.ids)


def test_each_source_is_cited_as_its_record_states_it(found: mngraph.Evidence) -> None:
    page = Page(found.to_html())
    keys = {entry.study.key for entry in found.findings}
    assert {source.key for source in found.sources} >= keys
    for source in found.sources:
        record = yaml.safe_load(
            (CHECKOUT / "data/studies" / f"{source.key}.yaml").read_text("utf-8")
        )
        paper = record["publication"]
        assert (paper.get("title") or paper["label"]).rstrip(".") in source.citation
        assert source.citation in page.text
        for name in (paper.get("authors") or [])[:6]:
            assert name in source.citation
        if pmid := paper.get("pmid"):
            assert f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" in page.links
            assert page.text.count(f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/") == 1


def test_each_study_of_the_table_names_its_source_by_number(found: mngraph.Evidence) -> None:
    text = found.to_html()
    named = re.findall(r'>([^<]+)</a> <a [^>]*href="#source-(\d+)', text)
    assert len(named) == len({entry.study.key for entry in found.findings})
    for name, number in named:
        cited = re.search(rf'<li id="source-{number}">([^<]+)', text)
        assert cited
        assert cited[1].startswith((name.split(" ")[0], "Title not seen"))


def test_a_question_without_an_answer_has_a_page_of_what_is_near(graph: mngraph.Graph) -> None:
    found = graph.evidence(indication="vitiligo", combined_with="PRP")
    page = Page(found.to_html())
    assert page.headings[1:] == ["Related evidence", "How to cite"]
    for entry in found.nearby:
        assert entry.command in page.text


def test_an_indication_alone_ranks_partners_on_the_page(graph: mngraph.Graph) -> None:
    page = Page(graph.evidence(indication="melasma").to_html())
    assert "Combined with needling" in page.headings
    assert "tranexamic acid" in page.text


def test_a_question_on_harm_has_rates_and_reports(graph: mngraph.Graph) -> None:
    found = graph.evidence(event="erythema", procedure="microneedling")
    page = Page(found.to_html())
    assert {"Rates", "Studies", "Sources"} <= set(page.headings)
    assert "15/15" in page.text


def hostile_record() -> Record:
    effect = {"type": "mean-difference", "value": 2.0, "lower": 1.0, "upper": 3.0, "text": HOSTILE}
    outcome = {"measure": "hair-count", "first": "A", "second": "B", "direction": "favours-first",
               "effect": effect, "note": HOSTILE, "p_value": HOSTILE}  # fmt: skip
    return {
        "id": "pmid-1",
        "publication": {"pmid": "1", "authors": [f"{HOSTILE} A"], "issued": "2020",
                        "title": HOSTILE, "journal": HOSTILE},
        "design": "randomised-controlled-trial", "participants": 40,
        "indications": ["androgenetic-alopecia"], "outcomes": [outcome],
        "arms": [{"id": "A", "procedure": "microneedling", "combined_with": ["minoxidil"]},
                 {"id": "B", "procedure": "microneedling"}],
    }  # fmt: skip


def test_hostile_text_stays_text_in_page_notebook_and_markdown(tmp_path: Path) -> None:
    from mngraph.graph import Graph

    found = Graph(graph_of([hostile_record()], tmp_path)).evidence(combined_with="minoxidil")
    page = Page(found.to_html())
    assert "script" not in page.tags and "img" not in page.tags
    assert page.handlers == []
    assert page.text.count("<script>alert(1)</script>") >= 4
    assert not {"script", "img"} & set(Page(found._repr_html_()).tags)
    assert not re.search(r"(?<!\\)<(script|img)", found.to_markdown())


def test_the_page_runs_no_script_and_asks_for_nothing(found: mngraph.Evidence) -> None:
    text = found.to_html()
    page = Page(text)
    assert "default-src 'none'" in page.policy
    assert "script-src" not in page.policy
    assert not {"script", "link", "iframe", "object", "img"} & set(page.tags)
    assert not re.search(r"url\(|@import", text)


def test_markdown_and_json_have_the_same_parts(found: mngraph.Evidence) -> None:
    markdown, data = found.to_markdown(), json.loads(found.to_json())
    assert data["verdict"] == found.verdict
    assert data["gaps"] == list(found.gaps)
    assert [source["key"] for source in data["sources"]] == [s.key for s in found.sources]
    for source in found.sources:
        assert f" {source.link}\n" in markdown
    assert markdown.rstrip().endswith("Not medical advice.")


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.html", "<!doctype html>"), ("a.json", "{"), ("a.csv", "study,"), ("a.md", "")],
)
def test_the_ending_of_the_file_decides_the_format(
    run: Any, name: str, start: str, tmp_path: Path
) -> None:
    asked = ("evidence", "-i", "melasma", "-w", "tranexamic-acid")
    result = run(*asked, "-o", name)
    assert (result.exit_code, result.stdout) == (0, "")
    written = (tmp_path / name).read_text("utf-8")
    assert written.startswith(start)
    saved = mngraph.load().evidence(indication="melasma", combined_with="tranexamic acid")
    saved.save(tmp_path / f"saved-{name}")
    assert (tmp_path / f"saved-{name}").read_bytes() == (tmp_path / name).read_bytes()


def test_the_page_goes_to_stdout_too(run: Any) -> None:
    result = run("evidence", "-i", "melasma", "-w", "tranexamic-acid", "-f", "html")
    assert result.exit_code == 0
    assert result.stdout.startswith("<!doctype html>")


def test_bad_targets_are_errors(found: mngraph.Evidence, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must end with one of \.html, \.md"):
        found.save(tmp_path / "answer.pdf")
    with pytest.raises(OutputError, match="does not exist"):
        found.save(tmp_path / "no" / "answer.html")


@pytest.mark.parametrize("indication", ["acne scar", "pigmentary disorder"])
def test_the_color_of_each_mark_agrees_with_the_words_beside_it(
    graph: mngraph.Graph, indication: str
) -> None:
    """Both questions have results that their sources call mixed, and comparisons of forms."""
    text = graph.evidence(indication=indication).to_html()
    mark = r'<span class="mark( hollow)?" style="--hue: ([^"]+)"></span>([^<]+)'
    legend = text.split('<p class="fine legend">')[1].split("</p>")[0]
    colors = {words: hue for _, hue, words in re.findall(mark, legend)}
    cells = re.findall(r'<td data-name="result">' + mark, text)
    said = {
        "favors it": "favors it", "improved": "favors it", "no difference": "no difference",
        "mixed": "mixed", "favors the comparator": "favors the comparator, or no improvement",
        "no improvement": "favors the comparator, or no improvement",
    }  # fmt: skip
    seen = set()
    for _, hue, words in cells:
        forms = words.endswith("compares forms of it")
        meaning = "compares forms of it" if forms else said[words.split(";")[0]]
        assert hue == colors[meaning], words
        seen.add(meaning)
    assert seen == set(said.values()) | {"compares forms of it"}


def test_harms_stand_beside_benefit_with_their_sources(graph: mngraph.Graph) -> None:
    """Of trials that compare harm on two sides, as their records state it."""
    text = graph.evidence(indication="vitiligo", combined_with="5-FU").to_html()
    page = Page(text)
    assert page.headings.index("Harms") < page.headings.index("Studies")
    part = text.split('<section id="harms">')[1].split("</section>")[0]
    paper = yaml.safe_load(
        (CHECKOUT / "data/studies/doi-10.1111-jocd.12440.yaml").read_text("utf-8")
    )
    assert {entry["event"] for entry in paper["adverse_events"]} >= {"hyperpigmentation"}
    assert ">hyperpigmentation<" in part
    compared_part = part.split("Comparisons of harm")[1]
    [row] = [row for row in compared_part.split("<tr>") if "Mina et al." in row]
    [compared] = [o for o in paper["outcomes"] if o["measure"] == "adverse-event-incidence"]
    assert compared["direction"] == "favours-second"
    assert compared["note"] in row
    assert "less harm with the other treatment" in row
    address = re.search(r'href="([^"]+)"', row)
    assert address
    assert address[1] in text.split('<section id="sources">')[1]
    assert address[1] not in Page(part).text
