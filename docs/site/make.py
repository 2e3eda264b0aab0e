"""Make the documentation site: `python docs/site/make.py [FOLDER]`, by default build/site.

The site opens without a server and asks for nothing on the web. Some pages are made and not
written, so that they cannot be out of date: the commands from their own help, the Python API from
its docstrings, the named queries with the first rows of their results, the ontology, the concepts
and the gallery. They are asked from the graph of the release, or from the location in
MNGRAPH_GRAPH. Pages that stand outside docs/ (README, CHANGELOG and so on) are taken in.

A page or anchor that a link does not find, and any other warning, ends the command with an error.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import mngraph

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
TAKEN_IN = {
    "README.md": "tour.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "ontology/README.md": "reference/ontology.md",
    "data/README.md": "reference/study-records.md",
    "queries/README.md": "reference/queries.md",
    "packs/chemical-peels/README.md": "reference/second-pack.md",
    "benchmarks/RESULTS.md": "reference/speed.md",
    "docs/README.md": "index.md",
    "docs/site/index.md": "index.md",
    "docs/site/decisions.md": "decisions.md",
    "docs/site/gallery.md": "gallery.md",
    "docs/site/python.md": "reference/python.md",
}
"""Pages of the checkout that stand elsewhere on the site."""
LEFT_OUT = ("docs/README.md", "docs/site/")
LINK = re.compile(r"\[((?:`[^`]*`|!\[[^\]]*\]\([^)]*\)|[^\[\]`])*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
WEB = re.compile(r"[a-z]+:|/")


def main(target: Path) -> int:
    """Make the site in a folder and return 0, or another number when something is wrong."""
    from sphinx.cmd.build import build_main

    with TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        sources(source)
        return build_main(
            ["-q", "-W", "--keep-going", "-b", "html", "-c", str(HERE),
             "-D", f"html_extra_path={source}/extra", "-d", f"{folder}/trees",
             str(source), str(target)]
        )  # fmt: skip


def sources(folder: Path) -> None:
    """Write all pages of the site, as Markdown, and the files that they show, to a folder."""
    from commands import command_page
    from gallery import gallery_files
    from questions import AUDIENCES, query_page
    from terms import concepts_page, terms_page

    graph = mngraph.load(os.environ.get("MNGRAPH_GRAPH"))
    for path, page in pages().items():
        write(folder / page, moved((CHECKOUT / path).read_text("utf-8"), path, page, folder))
    made = {
        "reference/command-line.md": command_page(),
        "reference/classes-and-properties.md": terms_page(graph),
        "reference/concepts.md": concepts_page(graph),
        **{f"reference/queries-{slug}.md": query_page(graph, slug) for slug in AUDIENCES},
        **{f"extra/gallery/{name}": page for name, page in gallery_files(graph).items()},
    }
    for page, text in made.items():
        known = page.endswith(".md")
        write(folder / page, moved(text, f"docs/{page}", page, folder) if known else text)
    index = (folder / "index.md").read_text("utf-8").splitlines(keepends=True)
    there = [line for line in index if not line.endswith("*\n") or any(folder.glob(line.strip()))]
    write(folder / "index.md", "".join(there))
    with (folder / "reference/queries.md").open("a", encoding="utf-8") as stream:
        listed = "\n".join(f"queries-{slug}" for slug in AUDIENCES)
        stream.write(f"\n```{{toctree}}\n:caption: With their results\n\n{listed}\n```\n")


def pages() -> dict[str, str]:
    """Return each written page by its path in the checkout, with its place on the site."""
    found = {path: page for path, page in TAKEN_IN.items() if path != "docs/README.md"}
    for path in (CHECKOUT / "docs").rglob("*.md"):
        name = path.relative_to(CHECKOUT).as_posix()
        if not name.startswith(LEFT_OUT):
            found[name] = name.removeprefix("docs/")
    return {path: page for path, page in sorted(found.items()) if (CHECKOUT / path).is_file()}


def moved(text: str, path: str, page: str, folder: Path) -> str:
    """Return the text of a page with its links led to where their targets stand on the site.

    Args:
        text: Markdown.
        path: where the page stands in the checkout.
        page: where it stands on the site.
        folder: the sources of the site; files that are linked to are copied there.
    """

    def lead(found: re.Match[str]) -> str:
        words, target, anchor = found.groups()
        words = LINK.sub(lead, words)
        if WEB.match(target):
            return f"[{words}]({target}{anchor or ''})"
        there = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if (CHECKOUT / there / "README.md").is_file():
            there += "/README.md"
        if (CHECKOUT / there).is_dir():
            return words
        place = TAKEN_IN.get(there) or there.removeprefix("docs/")
        if not place.endswith(".md"):
            write(folder / place, (CHECKOUT / there).read_bytes())
        way = posixpath.relpath(place, posixpath.dirname(page) or ".")
        return f"[{words}]({way}{anchor or ''})"

    return LINK.sub(lead, text)


def write(path: Path, content: str | bytes) -> None:
    """Write a file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT / "build" / "site"
    shutil.rmtree(out, ignore_errors=True)
    sys.exit(main(out))
