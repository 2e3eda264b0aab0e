"""The rules of the house: which module may import which, how large, how named."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from mngraph import resources

PACKAGE = Path(__file__).parents[1] / "src" / "mngraph"
ROOMS = (
    "statistics", "evidence", "drawing", "sources", "diff", "cards", "appraisal", "annotation",
    "services", "enriching", "candidates", "faces", "explorer", "releasing", "serving",
    "assistant",
)  # fmt: skip
"""Folders of modules; each stands on one floor of the house as a whole."""

MODULES = sorted(
    [*PACKAGE.glob("*.py"), *(p for room in ROOMS for p in (PACKAGE / room).rglob("*.py"))]
)
COMMANDS = sorted((PACKAGE / "cli").glob("*.py"))

FLOORS = """
errors cohorts nearest wording visible spreadsheet boxed
statistics drafts
bounded files resources syntaxes packing canonical xmlentities nesting sparqltokens
storefolder connection versions
services
context
iris yamlfile contentcheck jsonld keys graphcontent contexts
slugs
expanding mappings sparql prepare
records restoring yamledit
rdffiles asking results
remote
store graphstore
tables concepts rules studies shapes
vocabularies
packs
appraisal cards hints description annotation framing
search
queries evidence
build drawing sources conformance question
validate export diff newpack loading pushing enriching
candidates faces explorer
releasing
graph
serving
assistant
"""
"""From the ground up: a module or room imports only from floors below its own."""

PACKAGES = {"mngraph", *(f"mngraph.{room}" for room in ROOMS), "mngraph.serving.pages"}
HEAVY = {
    "rdflib", "pyshacl", "networkx", "igraph", "scipy", "statsmodels", "numpy", "pandas",
    "polars", "rich", "jinja2", "httpx", "cairosvg", "defusedxml", "rapidfuzz", "pyoxigraph",
    "mcp", "mcp_types", "jsonschema", "nanopub",
}  # fmt: skip


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield each imported module, and whether importing the file imports it."""
    tree = tree_of(path)
    guarded = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, (ast.FunctionDef, ast.AsyncFunctionDef, ast.If))
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            names = [f"{base}.{name.name}" for name in node.names] if base in PACKAGES else [base]
        for name in names:
            yield name, id(node) not in guarded


def name_of(path: Path) -> str:
    """Return a file's dotted name inside the package."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


NAMES = {name_of(path) for path in MODULES}


def imported(path: Path) -> set[str]:
    """Return the modules of the package that a file imports anywhere, but for itself."""
    names = {name.removeprefix("mngraph.") for name, _ in imports(path)}
    return (names & NAMES) - {name_of(path)}


def test_imports_point_down() -> None:
    height = {
        name: n for n, floor in enumerate(FLOORS.strip().splitlines()) for name in floor.split()
    }
    for path in MODULES:
        here = name_of(path).partition(".")[0]
        if here.startswith("__"):
            continue
        for other in imported(path):
            there = other.partition(".")[0]
            assert there == here or height[there] < height[here], f"{name_of(path)} imports {other}"


def test_no_import_cycle() -> None:
    arrows = {name_of(path): imported(path) for path in MODULES if not path.stem.startswith("__")}
    done: set[str] = set()
    while (
        free := {name for name, others in arrows.items() if not (others & arrows.keys()) - done}
        - done
    ):
        done |= free
    assert done == set(arrows), f"a cycle among {sorted(set(arrows) - done)}"


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    for path in [*MODULES, *COMMANDS]:
        loaded = {name.split(".")[0] for name, at_import in imports(path) if at_import}
        assert not loaded & HEAVY, path


def test_only_commands_know_commands() -> None:
    for module in MODULES:
        if module.stem not in ("__main__",):
            assert "mngraph.cli" not in {name for name, _ in imports(module)}, module.stem


def test_files_and_functions_can_be_read_in_one_go() -> None:
    vague = {"utils", "helpers", "common", "misc", "manager", "core", "constants"}
    for path in [*MODULES, *COMMANDS]:
        assert len(path.read_text("utf-8").splitlines()) <= 450, path
        assert path.stem not in vague
        for node in ast.walk(tree_of(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                assert (node.end_lineno or 0) - node.lineno <= 60, f"{path}: {node.name}"


def test_only_one_place_opens_graphs_and_one_place_writes_files() -> None:
    for path in [*MODULES, *COMMANDS]:
        text = path.read_text("utf-8")
        if path.stem not in ("files",):
            assert ".write_text(" not in text and ".write_bytes(" not in text, path.stem
        if path.stem not in ("store", "storefolder", "asking"):
            assert "ox.Store(" not in text, path.stem


QUERY = re.compile(r"\b(SELECT|CONSTRUCT|ASK|DESCRIBE)\b[^.]*\{")


def test_queries_stand_in_files() -> None:
    """But for the two by which a store asks an endpoint for what a local store has by itself."""
    for path in [*MODULES, *COMMANDS]:
        tree = tree_of(path)
        alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and id(node) not in alone and path.stem != "store":
                assert not QUERY.search(text), f"{path}:{node.lineno}"


def test_every_internal_query_is_asked_and_no_other() -> None:
    folder = PACKAGE.parents[1] / "queries" / "internal"
    text = "\n".join(path.read_text("utf-8") for path in [*MODULES, *COMMANDS])
    asked = set(re.findall(r'(?:internal|internal_on|rows|rows_of)\(\s*"([a-z-]+)"', text))
    shown = {path.stem for path in folder.glob("studies-behind-*.rq")}
    assert {path.stem for path in folder.glob("*.rq")} == asked | shown


def test_one_module_finds_names_that_are_like_others() -> None:
    for path in [*MODULES, *COMMANDS]:
        loaded = {name.split(".")[0] for name, _ in imports(path)}
        assert path.stem == "nearest" or not loaded & {"rapidfuzz", "difflib"}, path.stem


def without_docstrings(path: Path) -> str:
    """Return the code of a module without the strings that stand by themselves."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        for body in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            if isinstance(body, list):
                body[:] = [
                    ast.Pass()
                    if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
                    else part
                    for part in body
                ]
    return ast.unparse(tree)


def test_no_code_knows_what_the_packs_are_about() -> None:
    """The graph says what its procedures are; the code only ever repeats it."""
    texts = {path: without_docstrings(path) for path in PACKAGE.rglob("*.py")}
    texts |= {
        path: path.read_text("utf-8")
        for path in PACKAGE.rglob("*")
        if path.suffix in (".j2", ".js", ".css", ".html")
    }
    assert len(texts) > 150
    assert [path.name for path, text in texts.items() if "needl" in text.lower()] == []
    roots = [
        path.name
        for path in resources.folder("queries").rglob("*.rq")
        if "procedure:needling" in path.read_text("utf-8")
    ]
    assert roots == []
