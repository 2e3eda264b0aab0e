"""Statements about a node as Turtle: what a build computes and adds to the graph."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Text:
    """A text in English, as the value of a property."""

    text: str


Value = str | int | bool | float | Text
Objects = list[tuple[str, Value]]
"""What is stated about a node: properties as CURIEs; IRIs, numbers, truth values or texts."""
DIGITS = 4
"""Significant digits of a computed decimal."""


def statements(node: str, about: Iterable[tuple[str, Value]]) -> str:
    r"""Return statements about a node: IRIs in full as the graph gave them, or numbers.

    >>> statements("http://x/a", [("mn:effectValue", 0.123456), ("mn:studyCount", 2)])
    '<http://x/a> mn:effectValue 0.1235 ; mn:studyCount 2 .\n'
    """
    said = " ; ".join(f"{name} {_object(value)}" for name, value in about)
    return f"<{node}> {said} .\n"


def _object(value: Value) -> str:
    if isinstance(value, Text):
        return f"{json.dumps(value.text)}@en"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return decimal(value) if isinstance(value, float) else f"<{value}>"


def decimal(value: float, digits: int = DIGITS) -> str:
    """Return a number as a decimal of Turtle, rounded to significant digits.

    >>> decimal(0.000123456), decimal(-12345.6), decimal(2.0)
    ('0.0001235', '-12350.0', '2.0')
    """
    text = format(Decimal(f"{round(value, 9):.{digits}g}"), "f")
    return text if "." in text else f"{text}.0"
