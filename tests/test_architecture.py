"""The rules of the house: which module may import which, how large, how named."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "mngraph"
MODULES = sorted(PACKAGE.glob("*.py"))
COMMANDS = sorted((PACKAGE / "cli").glob("*.py"))

FLOORS = """
errors
files resources
context
yamlfile
records mappings sparql
store
tables concepts rules
queries lines
claims
build
validate export cards diff
"""
"""From the ground up: a module imports only from floors below its own."""

HEAVY = {
    "rdflib", "pyshacl", "networkx", "pyvis", "igraph", "scipy", "statsmodels", "numpy", "pandas",
    "polars", "rich", "jinja2", "httpx", "cairosvg", "defusedxml", "rapidfuzz", "pyoxigraph",
}  # fmt: skip


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield each imported module, and whether importing the file imports it."""
    tree = ast.parse(path.read_text("utf-8"))
    guarded = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, (ast.FunctionDef, ast.If))
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            names = [f"{base}.{name.name}" for name in node.names] if base == "mngraph" else [base]
        for name in names:
            yield name, id(node) not in guarded


def siblings(path: Path) -> set[str]:
    """Return the modules of the package that a file imports anywhere."""
    names = {name.split(".")[1] for name, _ in imports(path) if name.startswith("mngraph.")}
    return names & {module.stem for module in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_imports_point_down(path: Path) -> None:
    floors = [set(line.split()) for line in FLOORS.strip().splitlines()]
    height = {name: number for number, floor in enumerate(floors) for name in floor}
    if path.stem in height:
        for other in siblings(path):
            assert height.get(other, 99) < height[path.stem], f"{path.stem} imports {other}"


def test_no_import_cycle() -> None:
    arrows = {path.stem: siblings(path) - {path.stem} for path in MODULES}
    arrows.pop("__init__")
    arrows.pop("__main__")
    done: set[str] = set()
    while (
        free := {name for name, others in arrows.items() if not (others & arrows.keys()) - done}
        - done
    ):
        done |= free
    assert done == set(arrows), f"a cycle among {sorted(set(arrows) - done)}"


@pytest.mark.parametrize(
    "path", [*MODULES, *COMMANDS], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_heavy_libraries_are_imported_where_they_are_used(path: Path) -> None:
    loaded = {name.split(".")[0] for name, at_import in imports(path) if at_import}
    assert not loaded & HEAVY


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_only_commands_know_commands(path: Path) -> None:
    for module in MODULES:
        if module.stem not in ("__main__",):
            assert "mngraph.cli" not in {name for name, _ in imports(module)}, module.stem


@pytest.mark.parametrize(
    "path", [*MODULES, *COMMANDS], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_files_and_functions_can_be_read_in_one_go(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 450
    assert path.stem not in {"utils", "helpers", "common", "misc", "manager", "core", "constants"}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= 60, node.name


def test_only_one_place_opens_graphs_and_one_place_writes_files() -> None:
    for path in [*MODULES, *COMMANDS]:
        text = path.read_text("utf-8")
        if path.stem not in ("files",):
            assert ".write_text(" not in text and ".write_bytes(" not in text, path.stem
        if path.stem not in ("store", "build"):
            assert "ox.Store(" not in text, path.stem
