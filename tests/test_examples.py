"""ontology/examples: records that must conform, and records that must fail in one named way."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import CHECKOUT, Runner

EXAMPLES = CHECKOUT / "ontology" / "examples"
VALID = sorted((EXAMPLES / "valid").glob("*.yaml"))
INVALID = sorted((EXAMPLES / "invalid").glob("*.yaml"))


def test_there_are_examples() -> None:
    assert VALID and INVALID


def test_valid_examples_conform(run: Runner) -> None:
    result = run("validate", *VALID)
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_example_fails_as_its_first_line_says(path: Path, run: Runner) -> None:
    result = run("validate", path)
    said = path.read_text("utf-8").splitlines()[0].removeprefix("# ")
    assert result.exit_code == 1
    assert said in result.stdout
    # Outcome-interval-turned is wrong in two ways, which follow from each other.
    assert len(result.stdout.splitlines()) == (2 if "interval-turned" in path.name else 1)
