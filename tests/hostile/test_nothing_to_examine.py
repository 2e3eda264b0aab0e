"""A graph without studies is no answer: it is said, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import CHECKOUT, Runner

FOREIGN = "<http://example.org/a> <http://example.org/b> <http://example.org/c> .\n"


@pytest.fixture(params=["foreign", "ontology", "empty"])
def graph_without_studies(request: pytest.FixtureRequest, run: Runner) -> str:
    """An RDF file in the working folder that holds no study."""
    content = {
        "foreign": FOREIGN, "empty": "",
        "ontology": (CHECKOUT / "ontology" / "mngraph.ttl").read_text("utf-8"),
    }  # fmt: skip
    Path("foreign.ttl").write_text(content[request.param], "utf-8")
    return "foreign.ttl"


@pytest.mark.parametrize(
    "command",
    [("map", "a.html"), ("map", "a.csv", "--all"), ("view", "a.html"), ("centrality",),
     ("evidence", "prp", "acne", "scars", "-o", "a.md"), ("evidence", "-i", "acne-scar"),
     ("explain", "microneedling", "acne-scar", "-o", "a.txt")],
    ids=" ".join,
)  # fmt: skip
def test_no_studies_is_an_error(
    command: tuple[str, ...], graph_without_studies: str, run: Runner
) -> None:
    result = run(*command, "-g", graph_without_studies)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "foreign.ttl holds no studies" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert [path.name for path in Path().iterdir()] == ["foreign.ttl"]


def test_info_says_so(graph_without_studies: str, run: Runner) -> None:
    result = run("info", "-g", graph_without_studies)
    assert result.exit_code == 0
    assert "foreign.ttl holds no studies" in result.stderr
