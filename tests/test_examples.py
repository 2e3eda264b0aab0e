"""ontology/examples: records that must conform, and records that must fail in one named way."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from conftest import CHECKOUT, Runner

EXAMPLES = CHECKOUT / "ontology" / "examples"
VALID = sorted((EXAMPLES / "valid").glob("*.yaml"))
INVALID = sorted((EXAMPLES / "invalid").glob("*.yaml"))


def test_there_are_examples() -> None:
    assert VALID and INVALID


def named(path: Path, folder: Path) -> Path:
    """A copy of an example under the name that its id asks for."""
    text = path.read_text("utf-8")
    copy = folder / f"{yaml.safe_load(text)['id']}.yaml"
    copy.write_text(text, "utf-8")
    return copy


def test_valid_examples_conform(run: Runner, tmp_path: Path) -> None:
    result = run("validate", *[named(path, tmp_path) for path in VALID])
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_example_fails_as_its_first_line_says(
    path: Path, run: Runner, tmp_path: Path
) -> None:
    result = run("validate", named(path, tmp_path))
    said = path.read_text("utf-8").splitlines()[0].removeprefix("# ")
    assert result.exit_code == 1
    assert said in result.stdout
    # Outcome-interval-turned is wrong in two ways, which follow from each other.
    assert len(result.stdout.splitlines()) == (2 if "interval-turned" in path.name else 1)
