"""The short answer: verdict, harms and a small table with its sources, on one printed page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from answers.records import is_randomised, records
from conftest import Runner

import mngraph

ASKED = ("evidence", "atrophic", "acne", "scars", "prp", "--short")


def test_a_short_answer_has_the_comparisons_of_randomized_studies_alone(run: Runner) -> None:
    short = json.loads(run(*ASKED, "-f", "json").stdout)
    full = json.loads(run(*ASKED[:-1], "-f", "json").stdout)
    assert short["verdict"] == full["verdict"]
    harms = [point for point in full["points"] if point.startswith("Harms: ")]
    assert set(harms) <= set(short["points"])
    assert 0 < len(short["rows"]) <= 12
    assert all(is_randomised(records()[row["key"]]) for row in short["rows"])
    assert "baseline" not in {row["comparator"] for row in short["rows"]}
    assert {row["key"] for row in short["rows"]} == {source["key"] for source in short["sources"]}


def test_no_short_answer_has_more_than_twelve_rows(graph: mngraph.Graph) -> None:
    asked: list[dict[str, Any]] = [
        {"indication": "acne scar"}, {"indication": "melasma"}, {"procedure": "microneedling"},
        {"event": "erythema"}, {"indication": "vitiligo", "combined_with": "5-FU"},
    ]  # fmt: skip
    for question in asked:
        found = graph.evidence(**question).short()
        assert len(found.table()) <= 12 and len(found.partners) <= 12
        assert len(found.pooled_table()) <= 12


@pytest.mark.browser
def test_a_short_answer_fits_one_printed_page(browser: Any, run: Runner, tmp_path: Path) -> None:
    page = tmp_path / "answer.html"
    assert run(*ASKED, "-o", page).exit_code == 0
    opened = browser.new_page()
    opened.goto(page.as_uri())
    printed = opened.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
