"""What other programs open holds foreign text as text: no script, formula, link or broken row."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from conftest import CHECKOUT, Runner

from mngraph import build, export
from mngraph.spreadsheet import inert
from mngraph.tables import Table

RECORD = CHECKOUT / "data/studies/doi-10.3760-cma.j.issn.0412-4030.2018.09.009.yaml"
NAMES = "(?:label|prefLabel|title|bibliographicCitation|measure|country)"
HOSTILE = {
    "script": '</script><script>alert(1)</script><img src=x onerror="alert(2)">',
    "quotes": "\"'><svg/onload=alert(3)> & &amp; ]]> --> <!-- ${1} {{ 7*7 }}",
    "bidi": "\u202egnp.exe\u202c \u200f\u2066x",
    "long": "x" * 500,
    "formula": "=HYPERLINK(\"http://127.0.0.1/?\"&A1,\"x\")",
    "break": "a\r=1+1\r\n@SUM(1)\n+2\t-3",
    "markdown": "a|b \\| [x](javascript:alert(4)) `code` ![y](http://127.0.0.1/z)",
}  # fmt: skip


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The graph of one study in which the texts of a stranger stand, by turns."""
    where = tmp_path_factory.mktemp("hostile") / "one.nq"
    build.build_store([RECORD], where, content=lambda store: export.to_rdf(store.quads(), "nq"))
    texts = cycle(json.dumps(text) for text in HOSTILE.values())
    written = re.sub(
        rf'(?m)(<[^<>]*[#/]{NAMES}>) "(?:[^"\\]|\\.)*"', lambda found: f"{found[1]} {next(texts)}",
        where.read_text("utf-8"),
    )  # fmt: skip
    assert all(written.count(json.dumps(text)) > 1 for text in HOSTILE.values())
    return written


@pytest.fixture
def graph(content: str, run: Runner) -> Path:
    """That graph as a file, in the folder where commands run."""
    where = Path("hostile.nq")
    where.write_text(content, "utf-8")
    return where


class Page(HTMLParser):
    """The elements of a page and what would run in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.handlers += [str(v) for _, v in attrs if str(v).startswith("javascript:")]


@pytest.mark.parametrize("command", ["view", "map", "evidence"])
def test_pages_run_only_their_own_scripts(command: str, graph: Path, run: Runner) -> None:
    page = Path("page.html")
    words = {
        "view": ("view", page), "map": ("map", page),
        "evidence": ("evidence", "-p", "microneedling", "--plot", page),
    }[command]  # fmt: skip
    result = run(*words, "-g", graph)
    assert result.exit_code == 0, result.output
    found = Page(page.read_text("utf-8"))
    assert found.handlers == []
    assert found.tags.count("script") == {"view": 3, "map": 1, "evidence": 0}[command]
    assert "img" not in found.tags and "base" not in found.tags


def test_pictures_and_networks_are_well_formed(graph: Path, run: Runner) -> None:
    assert run("map", "map.svg", "-g", graph).exit_code == 0
    assert run("evidence", "-p", "microneedling", "--plot", "plot.svg", "-g", graph).exit_code == 0
    for name in ("net.graphml", "net.gexf", "net.csv", "net.cyjs"):
        form = ("-f", "cytoscape") if name == "net.cyjs" else ()
        result = run("export", name, "-g", graph, *form)
        assert result.exit_code == 0, result.output
    for name in ("map.svg", "plot.svg", "net.graphml", "net.gexf"):
        root = ElementTree.parse(name).getroot()  # noqa: S314
        tags = {str(each.tag).rpartition("}")[2].lower() for each in root.iter()}
        assert not tags & {"script", "img", "foreignobject"}
        assert not [k for each in root.iter() for k in each.attrib if k.startswith("on")]
    json.loads(Path("net.cyjs").read_text("utf-8"))
    with Path("net.csv").open(encoding="utf-8", newline="") as stream:
        assert_inert(list(csv.reader(stream)))


def assert_inert(rows: list[list[str]]) -> None:
    """Hold every cell to being a number or text that no spreadsheet runs."""
    assert {len(row) for row in rows} == {len(rows[0])}
    for cell in (cell for row in rows for cell in row):
        assert not cell.lstrip().startswith(("=", "+", "-", "@")) or float(cell) is not None
        assert not cell.startswith(("\t", "\r", "\n"))


@pytest.mark.parametrize(
    "command",
    [
        ("evidence", "-p", "microneedling", "-f", "csv"), ("search", "a", "-f", "csv"),
        ("centrality", "-f", "csv"), ("map", "map.csv"),
        ("query", "-e", "SELECT ?l { ?s rdfs:label|skos:prefLabel ?l }", "-f", "csv",
         "--spreadsheet"),
    ],
    ids=lambda command: command[0],
)  # fmt: skip
def test_tables_for_spreadsheets_hold_no_formula(
    command: tuple[str, ...], graph: Path, run: Runner
) -> None:
    result = run(*command, "-g", graph)
    assert result.exit_code == 0, result.output
    content = Path("map.csv").read_bytes() if command[0] == "map" else result.stdout_bytes
    assert_inert(list(csv.reader(content.decode().splitlines(keepends=True))))


def test_results_of_queries_are_exact_unless_a_spreadsheet_is_named(run: Runner) -> None:
    query = (
        "query",
        "-e",
        'SELECT * { VALUES ?x { "=1+1" -1.5 "-2" "@a" "b" "-c" "@en" "^^<x>"@en } }',
    )
    exact = run(*query, "-f", "csv").stdout.split()
    assert exact == ["x", "=1+1", "-1.5", "-2", "@a", "b", "-c", "@en", "^^<x>"]
    for form in ("csv", "tsv"):
        asked = run(*query, "-f", form, "--spreadsheet").stdout.split()
        assert asked == ["x", "'=1+1", "-1.5", "-2", "'@a", "b", "'-c", "'@en", "^^<x>"]


def test_a_table_says_whether_it_is_for_spreadsheets() -> None:
    table = Table(["x"], [["=1"], [-1.5], ["a\r=2"]])
    assert table.to_csv() == 'x\n\'=1\n-1.5\n"a\r=2"\n'
    assert table.to_csv(spreadsheet=False).startswith("x\n=1\n")


@pytest.mark.parametrize(
    "text", ["\uff1d1", " =1", "\t=1", "\r1", "\n1", "+a", "-", "--1", "1e5x="]
)
def test_what_a_spreadsheet_might_run_follows_an_apostrophe(text: str) -> None:
    assert inert(text) == (text if text == "1e5x=" else f"'{text}")


@pytest.mark.parametrize("command", ["search", "evidence"])
def test_markdown_holds_text_only(command: str, graph: Path, run: Runner) -> None:
    from markdown_it import MarkdownIt

    words = {"search": ("search", "acne"), "evidence": ("evidence", "-p", "microneedling")}[command]
    result = run(*words, "-f", "markdown", "-g", graph)
    assert result.exit_code == 0, result.output
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = [inner for token in reader.parse(result.stdout) for inner in (token.children or [])]
    kinds = {token.type for token in tokens}
    kinds |= {token.type for token in reader.parse(result.stdout)}
    assert not kinds & {"html_inline", "html_block", "image", "code_inline", "link_open"}
    rows = re.findall(r"<tr>.*?</tr>", reader.render(result.stdout), re.DOTALL)
    assert len({len(re.findall("<t[hd]", row)) for row in rows}) <= 2


def test_a_record_with_controls_of_direction_is_refused(run: Runner, tmp_path: Path) -> None:
    data = yaml.safe_load((CHECKOUT / "data/studies/pmid-31469914.yaml").read_text("utf-8"))
    for bad in ("\u202egnp.exe", "\u2066x", "\x1b[31m"):
        data["country"] = bad
        Path("r.yaml").write_text(yaml.safe_dump(data), "utf-8")
        result = run("validate", "r.yaml")
        assert result.exit_code in (1, 3)
        assert f"U+{ord(bad[0]):04X}" in result.output
        assert bad[0] not in result.output
