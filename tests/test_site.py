"""The documentation site: it builds without a warning, opens offline, and its links arrive."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest
from conftest import CHECKOUT
from filelock import FileLock

from mngraph.cli import COMMANDS
from mngraph.queries import all_queries

pytestmark = pytest.mark.slow(reason="builds every page, with the results of all named queries")

for needed in ("sphinx", "myst_parser", "furo"):
    pytest.importorskip(needed, reason=f"needs {needed} (mngraph[docs])")


@pytest.fixture(scope="session")
def site(release: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The site, built once for all processes that test, from the graph of this checkout."""
    folder = tmp_path_factory.getbasetemp()
    target = (folder if worker_id == "master" else folder.parent) / "site"
    with FileLock(f"{target}.lock"):
        if not target.is_dir():
            done = subprocess.run(
                [sys.executable, str(CHECKOUT / "docs/site/make.py"), str(target)],
                env={**os.environ, "MNGRAPH_GRAPH": str(release)}, capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
    return target


class Page(HTMLParser):
    """Collects the addresses and the anchors of one page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag links to, what it loads, and its id."""
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            if name == "href" and value:
                (self.loaded if tag == "link" else self.links).append(value)
            if name in ("src", "poster", "data") and value:
                self.loaded.append(value)


@pytest.fixture(scope="module")
def read(site: Path) -> dict[Path, Page]:
    """Every page of the site."""
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def test_pages_load_nothing_from_another_host(site: Path, read: dict[Path, Page]) -> None:
    assert len(read) > 40
    foreign = {
        f"{path.relative_to(site)}: {address}"
        for path, page in read.items()
        for address in page.loaded
        if re.match(r"(https?:)?//", address)
    }
    assert foreign == set()
    for style in site.rglob("*.css"):
        assert not re.search(r"@import|url\(\s*[\"']?(https?:)?//", style.read_text("utf-8")), style


def test_links_within_the_site_arrive(site: Path, read: dict[Path, Page]) -> None:
    dead = []
    for path, page in read.items():
        for link in page.links:
            address, anchor = urldefrag(link)
            if re.match(r"[a-z]+:", link) or (anchor and "=" in anchor):
                continue
            target = (path.parent / unquote(address)).resolve() if address else path
            if not target.is_file():
                dead.append(f"{path.relative_to(site)}: {link}")
            elif anchor and target in read and unquote(anchor) not in read[target].anchors:
                dead.append(f"{path.relative_to(site)}: no anchor {link}")
    assert dead == []


def test_the_reference_has_every_command_and_query(site: Path) -> None:
    commands = (site / "reference/command-line.html").read_text("utf-8")
    assert [name for name in COMMANDS if f"Usage: mngraph {name}" not in commands] == []
    shown = "".join(page.read_text("utf-8") for page in site.glob("reference/queries-*.html"))
    assert [query.name for query in all_queries() if f'id="{query.name}"' not in shown] == []


@pytest.mark.browser
def test_pages_and_search_work_from_a_disk_without_a_request(browser: Any, site: Path) -> None:
    page = browser.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for name in ("index", "reference/python", "gallery/network", "gallery/gap-map"):
        page.goto((site / f"{name}.html").as_uri())
    page.goto(f"{(site / 'search.html').as_uri()}?q=surrogate")
    page.locator("#search-results", has_text="Glossary").wait_for()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert complaints == []
