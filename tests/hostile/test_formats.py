"""A result never goes to a file whose ending says something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Runner


@pytest.mark.parametrize(
    "command",
    [
        ("evidence", "-i", "acne-scar"), ("explain", "microneedling", "acne-scar"),
        ("check-sources", "--fetch"), ("query", "unused-concepts"),
    ],
    ids=lambda command: command[0],
)  # fmt: skip
@pytest.mark.parametrize("name", ["x.html", "x.HTM", "x.svg", "x.xlsx", "x.docx"])
def test_an_ending_of_another_format_is_refused(
    command: tuple[str, ...], name: str, run: Runner
) -> None:
    if (command[0], name) == ("evidence", "x.html"):
        assert run(*command, "-o", name).exit_code == 0
        assert Path(name).read_text("utf-8").startswith("<!doctype html>")
        return
    result = run(*command, "-o", name)
    assert result.exit_code == 2 and f"cannot write {name}: the ending" in result.stderr
    assert not list(Path().iterdir())


def test_the_format_follows_the_ending(run: Runner) -> None:
    for name, form in (
        ("a.md", "markdown"),
        ("a.csv", "csv"),
        ("a.json", "json"),
        ("a.txt", "table"),
    ):
        assert run("evidence", "-i", "acne-scar", "-o", name).exit_code == 0
        assert (
            Path(name).read_text("utf-8") == run("evidence", "-i", "acne-scar", "-f", form).stdout
        )
    json.loads(Path("a.json").read_text("utf-8"))
    assert run("explain", "microneedling", "acne-scar", "-o", "a.ttl").exit_code == 0
    assert "@prefix" in Path("a.ttl").read_text("utf-8")


def test_a_format_that_does_not_fit_the_ending_is_refused(run: Runner) -> None:
    result = run("evidence", "-i", "acne-scar", "-f", "csv", "-o", "a.json")
    assert result.exit_code == 2 and ".csv" in result.stderr


@pytest.mark.parametrize("form", ["nt", "jsonld", "graphml", "csv"])
def test_an_export_is_called_what_it_is(form: str, run: Runner) -> None:
    for name in ("x.html", "x.svg", "x.HTM.gz", "x.ttl"):
        result = run("export", name, "-f", form)
        assert result.exit_code == 2 and f"such as {Path(name).stem}.{form}" in result.stderr
    assert not list(Path().iterdir())


def test_endings_that_two_formats_share_take_both(run: Runner) -> None:
    for name, form in (("a.json", "jsonld"), ("b.cyjs", "cytoscape"), ("c.txt", "nt"), ("d", "nt")):
        assert run("export", name, "-f", form, "--graph-name", "graph:ontology").exit_code == (
            2 if form == "cytoscape" else 0
        )
