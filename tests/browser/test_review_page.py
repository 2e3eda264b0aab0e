"""The review of candidates in a real browser: keys, marks, escaping, axe, phone, no JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Runner
from literature import article, pubmed
from served import Served

from mngraph import yamlfile
from mngraph.candidates.folder import Folder

pytest.importorskip("ahocorasick_rs", reason="ahocorasick-rs is not installed (extra literature)")
pytest.importorskip("filelock", reason="filelock is not installed (extra literature)")
pytest.importorskip("starlette", reason="starlette is not installed (the extra serve)")
pytest.importorskip("uvicorn", reason="uvicorn is not installed (the extra serve)")
pytestmark = pytest.mark.browser

ONE, TWO = "pmid-99200001", "pmid-99200002"
HOSTILE = '<script>alert(1)</script> Microneedling for melasma "><img src=x onerror=alert(2)>'


@pytest.fixture
def site(release: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a server with two candidates, and its working folder."""
    (tmp_path / "studies").mkdir()
    (tmp_path / "a.xml").write_text(pubmed(article(), article("99200002", HOSTILE)), "utf-8")
    result = Runner(release)("ingest", tmp_path / "a.xml", "-o", tmp_path / "out")
    assert result.exit_code == 0
    words = ("--review", tmp_path / "out", "--to", tmp_path / "studies", "--curator", "Roe R")
    with Served("-g", release, *words) as served:
        yield served.url, tmp_path


def decided(folder: Path, key: str = ONE) -> dict[str, str]:
    """Return what was decided, by field and value."""
    found = Folder(folder / "out").read(key)
    assert found
    return {f"{f.field}={f.value}": f.decision for f in found.facts if f.decision}


def test_a_candidate_is_decided_on_by_keys_and_becomes_a_record(
    browser: Any, site: tuple[str, Path]
) -> None:
    from playwright.sync_api import expect

    url, place = site
    page = browser.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{url}/review")
    page.get_by_role("link", name=re.compile("tranexamic")).click()
    expect(page.locator(".fact.here")).to_contain_text("design")
    expect(page.locator(".read.here").first).to_be_visible()
    page.keyboard.press("a")
    page.wait_for_url("**at=1")
    page.keyboard.press("r")
    page.wait_for_url("**at=2")
    assert list(decided(place).values()) == ["accepted", "rejected"]
    page.keyboard.press("k")
    page.keyboard.press("u")
    page.wait_for_url("**at=1")
    assert list(decided(place).values()) == ["accepted"]
    page.locator(".read", has_text="Thirty patients").click()
    here = page.locator(".fact.here")
    expect(here).to_contain_text("participants")
    page.keyboard.press("e")
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    expect(page.locator(".fact.edited")).to_contain_text("35")
    expect(page.locator(".fact.edited")).to_contain_text("read as participants = 30")
    page.get_by_role("button", name="Write the record").click()
    expect(page.get_by_role("alert")).to_contain_text("at least one arm")
    for name in ("arms.A.procedure", "arms.B.procedure"):
        page.get_by_role("button", name=f"Accept {name}").click()
        expect(page.get_by_role("button", name=f"Undo {name}")).to_be_visible()
    page.keyboard.press("+")
    page.keyboard.type("summary = Both helped: <b>both</b> together more.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("added")
    page.get_by_role("button", name="Write the record").click()
    expect(page.get_by_role("status")).to_contain_text("written")
    data, _ = yamlfile.read_yaml(place / "studies" / f"{ONE}.yaml")
    assert data["participants"] == 35
    assert data["curation"]["curator"] == "Roe R"
    assert not said
    page.close()


def test_one_key_accepts_what_is_proposed_and_not_decided_on(
    browser: Any, site: tuple[str, Path]
) -> None:
    from playwright.sync_api import expect

    url, place = site
    candidate = Folder(place / "out").read(ONE)
    assert candidate
    proposed = {f"{f.field}={f.value}": f.proposed for f in candidate.facts}
    page = browser.new_page()
    page.goto(f"{url}/review/{ONE}")
    page.keyboard.press("r")
    page.wait_for_url("**at=1")
    rejected = set(decided(place))
    page.keyboard.press("A")
    expect(page.get_by_role("status")).to_contain_text("accepted")
    expect(page.get_by_role("button", name="Accept all that is proposed")).to_have_count(0)
    taken = {key for key, decision in decided(place).items() if decision == "accepted"}
    assert taken == {key for key, there in proposed.items() if there} - rejected
    page.close()


def test_hostile_text_is_text_and_help_is_a_key(browser: Any, site: tuple[str, Path]) -> None:
    from playwright.sync_api import expect

    url, _ = site
    page = browser.new_page()
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page.goto(f"{url}/review/{TWO}")
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(page.locator("main img")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Accept the fact")
    page.keyboard.press("a")  # a key of the help, not of the page
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto(f"{url}/review/{ONE}")
    page.keyboard.press("n")
    page.wait_for_url(f"**/{TWO}")
    page.close()


def test_the_pages_are_sound_light_dark_and_on_a_phone(
    browser: Any, site: tuple[str, Path]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    url, _ = site
    for more in ({}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}):
        context = browser.new_context(**more, bypass_csp=True)
        page = context.new_page()
        for path in ("/review", f"/review/{ONE}"):
            page.goto(url + path)
            found = axe.Axe().run(page).response["violations"]
            assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], (more, path)
            wide = page.locator("html").evaluate("e => e.scrollWidth > e.clientWidth")
            assert not wide, (more, path)
        context.close()


def test_it_works_without_javascript(browser: Any, site: tuple[str, Path]) -> None:
    from playwright.sync_api import expect

    url, place = site
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{url}/review/{ONE}")
    page.get_by_role("button", name="Accept participants").click()
    expect(page.get_by_role("button", name="Undo participants")).to_be_visible()
    assert decided(place) == {"participants=30": "accepted"}
    context.close()
