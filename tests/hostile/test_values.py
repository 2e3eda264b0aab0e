"""Values that no record of ours would hold: each ends in one line, or is shown as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Runner

import mngraph


def test_a_name_of_500_letters_is_cut_in_the_message(run: Runner) -> None:
    result = run("show", "x" * 500)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1 and len(result.stderr) < 400


@pytest.mark.parametrize(
    "command",
    [
        ("show", "publication:pmid-31469914"), ("evidence", "-i", "acne-scar"),
        ("explain", "microneedling", "acne-scar"), ("query", "studies-by-year"),
        ("view", "x.html"), ("map", "x.html"), ("info",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_year_that_is_text_ends_no_command(
    command: tuple[str, ...], run: Runner, graph: mngraph.Graph, tmp_path: Path
) -> None:
    lines = [f"{quad} .\n" for quad in graph.store.quads()]
    issued = "<http://purl.org/dc/terms/issued>"
    changed = [
        line.replace('"20', '"about 20') if issued in line and "/publication/" in line else line
        for line in lines
    ]
    assert changed != lines
    path = tmp_path / "years.nq"
    path.write_text("".join(changed), "utf-8")
    result = run(*command, "-g", path)
    assert result.exit_code == 0, result.stderr
    assert "Traceback" not in result.stderr
