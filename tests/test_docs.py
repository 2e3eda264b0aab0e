"""What the docs and the README show is true today."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import sys
from pathlib import Path

import pytest
from conftest import CHECKOUT, Runner

import mngraph
from mngraph import build, errors, rdffiles, store, syntaxes, validate
from mngraph.cli import COMMANDS
from mngraph.packing import PACKINGS

PAGES = sorted(
    [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md"), *CHECKOUT.glob("*/README.md")]
)


def test_there_are_pages() -> None:
    assert len(PAGES) > 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_to_files_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_python_page_runs(graph: mngraph.Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mngraph, "load", lambda location=None: graph)
    failures, tried = doctest.testfile(
        str(CHECKOUT / "docs/guide/python.md"), module_relative=False,
        optionflags=doctest.NORMALIZE_WHITESPACE,
    )  # fmt: skip
    assert (failures, tried > 5) == (0, True)


def test_the_readme_names_commands_that_exist() -> None:
    text = (CHECKOUT / "README.md").read_text("utf-8")
    named = set(re.findall(r"^\$? ?(?:\.venv/bin/)?mngraph ([a-z-]+)", text, flags=re.MULTILINE))
    assert named <= set(COMMANDS)
    assert len(named) >= 9, sorted(set(COMMANDS) - named)


def tour() -> list[tuple[str, str]]:
    """Return the commands of the README's tour, each with the output shown below it."""
    text = (CHECKOUT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    return [tuple(block.removeprefix("$ ").split("\n", 1)) for block in blocks]  # type: ignore[misc]


@pytest.mark.parametrize(("command", "shown"), tour())
def test_the_tour_shows_real_output(command: str, shown: str, run: Runner) -> None:
    import shlex

    program, *args = shlex.split(command.partition(" | ")[0])
    assert program == "mngraph"
    result = run(*args)
    assert result.exit_code in (0, 1), result.output
    lines = [line.rstrip() for line in (result.stdout + result.stderr).splitlines()]
    place = "  reading"  # says which store was read, and tests read another
    wanted = [line.rstrip() for line in shown.splitlines() if line.strip() not in ("", "…")]
    wanted = [line for line in wanted if not line.startswith(place)]
    missing = [line for line in wanted if line not in lines]
    assert not missing, "\n".join([*missing, "--- in:", *lines[:40]])


def glossary() -> list[tuple[str, str]]:
    """Return the terms of the glossary, each with its name in the ontology or nothing."""
    text = (CHECKOUT / "docs/reference/glossary.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    cells = [(row[0], row[2].strip("` ") if len(row) > 2 else "") for row in rows]
    return [(term, name) for term, name in cells if term not in ("term", "---")]


def test_the_glossary_names_what_the_ontology_has(graph: mngraph.Graph) -> None:
    asked = "SELECT ?term ?label { GRAPH graph:ontology { ?term rdfs:label ?label } }"
    labels = {term: label.lower() for term, label in graph.query(asked)}  # type: ignore[union-attr]
    named = [(term, name) for term, name in glossary() if name.startswith("mn:")]
    assert len(named) > 20
    assert [pair for pair in named if pair[1] not in labels] == []
    differing = {term for term, name in named if labels[name] != term}
    assert differing == {"cohort", "inherited evidence"}  # plain words for a relation


def test_the_glossary_has_each_term_once() -> None:
    terms = [term for term, _ in glossary()]
    assert len(terms) == len(set(terms)) > 40


def test_the_record_in_the_guide_builds_a_claim(run: Runner, tmp_path: Path) -> None:
    page = (CHECKOUT / "docs/guide/your-own-studies.md").read_text("utf-8")
    (record,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "pmid-00000000.yaml").write_text(record, "utf-8")
    checked = run("validate", tmp_path / "pmid-00000000.yaml")
    assert checked.exit_code == 0, checked.stderr
    assert run("build", tmp_path, "-o", tmp_path / "store").exit_code == 0
    found = run("evidence", "melasma", "tranexamic", "acid", "-g", tmp_path / "store")
    assert "1 study" in found.stdout and "40 participants" in found.stdout


def test_the_record_in_the_readme_of_the_data_conforms(run: Runner, tmp_path: Path) -> None:
    page = (CHECKOUT / "data" / "README.md").read_text("utf-8")
    (record,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "doe-2026-made-up-trial.yaml").write_text(record, "utf-8")
    checked = run("validate", tmp_path / "doe-2026-made-up-trial.yaml")
    assert (checked.exit_code, checked.stdout) == (0, ""), checked.output


def test_the_keys_in_the_readme_of_the_data_are_those_of_records() -> None:
    page = (CHECKOUT / "data" / "README.md").read_text("utf-8")
    keys = re.findall(r"^   \|.*\| `([a-z0-9.-]+)` \|$", page, flags=re.MULTILINE)
    assert len(keys) == 5
    assert [key for key in keys if not (CHECKOUT / f"data/studies/{key}.yaml").is_file()] == []


def test_the_concept_in_the_readme_of_the_ontology_conforms(tmp_path: Path) -> None:
    page = (CHECKOUT / "ontology" / "README.md").read_text("utf-8")
    (block,) = re.findall(r"```turtle\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "new.ttl").write_text(store.with_prefixes(block), "utf-8")
    ontology = list(build.read_ontology(with_mappings=False))
    whole = store.LocalStore.memory([*ontology, *rdffiles.read_file(tmp_path / "new.ttl")])
    report = validate.check_store(whole)
    assert [str(fault) for fault in report.faults if "made-up" in fault.node] == []
    lacking = block.replace('    skos:definition "Gel that serves as an example."@en ;\n', "")
    (tmp_path / "new.ttl").write_text(store.with_prefixes(lacking), "utf-8")
    poor = store.LocalStore.memory([*ontology, *rdffiles.read_file(tmp_path / "new.ttl")])
    faults = [str(fault) for fault in validate.check_store(poor).faults if "made-up" in fault.node]
    assert any("needs one definition" in fault for fault in faults)


def test_the_first_query_of_the_guide_counts_studies_alone(run: Runner) -> None:
    page = (CHECKOUT / "docs/guide/querying.md").read_text("utf-8")
    (text,) = re.findall(r"^mngraph query -e '(SELECT \?study \?n .*)'$", page, re.MULTILINE)
    found = run("query", "-e", text, "-f", "csv").stdout.splitlines()[1:]
    assert len(found) == 5
    assert not [line for line in found if "/arm/" in line]


def test_the_page_on_errors_has_every_class_and_code() -> None:
    page = (CHECKOUT / "docs/guide/errors.md").read_text("utf-8")
    classes = [
        c for c in vars(errors).values() if isinstance(c, type) and c.__module__ == errors.__name__
    ]
    assert [c.__name__ for c in classes if f"`{c.__name__}`" not in page] == []
    codes = set(re.findall(r"^\| (\d+) \|", page, flags=re.MULTILINE))
    assert {str(c.exit_code) for c in classes if issubclass(c, errors.MngraphError)} <= codes


def test_the_page_on_formats_has_every_syntax_and_ending() -> None:
    page = (CHECKOUT / "docs/guide/formats.md").read_text("utf-8")
    rows = {
        row[0]: row for line in page.splitlines() if len(row := line.strip("| ").split(" | ")) == 4
    }
    for syntax in (*syntaxes.SYNTAXES.values(), syntaxes.N3):
        _, endings, graphs, _ = rows[syntax.title]
        assert set(re.findall(r"`(\.\w+)`", endings)) == set(syntax.endings)
        assert graphs == ("yes" if syntax.has_graphs else "no")
    assert [packing.ending for packing in PACKINGS if f"`{packing.ending}`" not in page] == []


def test_the_index_of_the_docs_names_every_page() -> None:
    text = (CHECKOUT / "docs/README.md").read_text("utf-8")
    pages = [*CHECKOUT.glob("docs/guide/*.md"), *CHECKOUT.glob("docs/decisions/*.md")]
    names = [page.relative_to(CHECKOUT / "docs").as_posix() for page in pages]
    assert sorted(name for name in names if f"({name})" not in text) == []
    shown = (CHECKOUT / "docs/site/index.md").read_text("utf-8")
    guide = [name.removesuffix(".md") for name in names if name.startswith("guide/")]
    assert sorted(name for name in guide if f"\n{name}\n" not in shown) == []


SCRIPTS = [*CHECKOUT.glob("benchmarks/*.py"), *CHECKOUT.glob("docs/*/*.py")]


@pytest.mark.parametrize("script", sorted(SCRIPTS), ids=lambda path: path.name)
def test_scripts_use_names_that_the_package_has(script: Path) -> None:
    for node in ast.walk(ast.parse(script.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mngraph"):
            module = importlib.import_module(str(node.module))
            missing = [name.name for name in node.names if not hasattr(module, name.name)]
            for name in missing:
                importlib.import_module(f"{node.module}.{name}")


def test_the_python_example_of_the_readme_needs_no_extra(
    graph: mngraph.Graph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The install line of the README brings no pandas."""
    [code] = re.findall(r"```python\n(.*?)```", (CHECKOUT / "README.md").read_text("utf-8"), re.S)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setattr(mngraph, "load", lambda: graph)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102
    assert (tmp_path / "answer.html").is_file()
