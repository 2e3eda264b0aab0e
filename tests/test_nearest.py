"""The one matcher behind every "did you mean"."""

from __future__ import annotations

import pytest

from mngraph.nearest import nearest, tied

COMMANDS = ["query", "queries", "search", "show", "export", "validate"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("querry", "query"),
        ("serach", "search"),
        ("EXPORT", "export"),
        ("valdate", "validate"),
        ("xyz", None),
        ("", None),
        ("q" * 1_000_000, None),
    ],
)
def test_the_name_that_was_meant_is_found(typed: str, meant: str | None) -> None:
    assert nearest(typed, COMMANDS) == meant


def test_of_equally_near_names_the_first_by_the_alphabet_is_offered() -> None:
    assert nearest("arm-c", ["arm-b", "arm-a"]) == nearest("arm-c", ["arm-a", "arm-b"]) == "arm-a"
    assert nearest("arm-c", []) is None


def test_names_that_are_equally_near_are_all_told() -> None:
    assert tied("arm-c", ["arm-b", "melasma", "arm-a"]) == ["arm-a", "arm-b"]
    assert tied("arm-c", [f"arm-{letter}" for letter in "abdefghij"]) == ["arm-a"]
    assert tied("arm-c", []) == []
