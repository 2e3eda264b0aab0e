"""The albatross plot (Harrison and others, Res Synth Methods 2017;8:281-289)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mngraph.drawing.appearance import STANCES
from mngraph.drawing.compared import Compared, compared, left_out
from mngraph.drawing.pages import short
from mngraph.drawing.plan import Plan, links, named
from mngraph.errors import UsageError
from mngraph.evidence.answer import Answer
from mngraph.statistics.albatross import contour
from mngraph.statistics.directions import fisher, stouffer
from mngraph.tables import Cell, Table

LEFT, RIGHT, TOP, BOTTOM = 76.0, 760.0, 150.0, 520.0
MIDDLE = (LEFT + RIGHT) / 2
SMALLEST = 1e-6
"""The smallest p value of the axis; smaller ones are drawn there."""
ACROSS = (1.0, 0.1, 0.01, 0.001, 0.0001, SMALLEST)
EFFECTS = (0.2, 0.5, 0.8)
"""Standardized differences with a contour: small, moderate and large (Cohen 1988)."""
UP = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
KEY = 39
"""How many signs a line of the list of studies holds."""
SAYS_NOT = (
    "Contours are standardized differences of two equal arms; sides of the same people reach a p "
    "value with fewer participants."
)


def plan(found: Answer) -> Plan:
    """Return the plot of an answer.

    Raises:
        UsageError: no study states a p value, a direction and its participants.
    """
    every = compared(found)
    studies = [entry for entry in every if entry.p_value]
    if not studies:
        raise UsageError(
            f"nothing to draw: no study of {found.subject} states a p value, a direction and how "
            "many took part"
        )
    axis = _Axis(max(entry.study.participants or 0 for entry in studies))
    points = [_point(entry, number, axis) for number, entry in enumerate(studies, 1)]
    keys = [_key(entry, number) for number, entry in enumerate(studies, 1)]
    return Plan(
        name="Albatross plot",
        values={
            "points": points, "contours": list(_contours(axis)), "keys": keys, "left": LEFT,
            "right": RIGHT, "top": TOP, "middle": MIDDLE,
            "bottom": max(BOTTOM, TOP + 16 * len(keys)) if len(keys) > 24 else BOTTOM,
            "across": [
                (_across(p, side), f"{p:.6f}".rstrip("0").rstrip("."))
                for p in ACROSS
                for side in (1, -1)
                if p < 1 or side > 0
            ],
            "up": [(axis.place(n), f"{n:,}") for n in UP if n <= axis.most],
        },
        bottom=BOTTOM + 66,
        above=(
            "Each mark is a study, by its p value and participants: round if randomized, square if "
            "not. A hollow mark with an arrow states only a limit, and lies further out.",
            "Marks near one contour have about that effect. Comparisons with another combination "
            "are left out.",
        ),
        notes=tuple(filter(None, (_combined(studies), SAYS_NOT, left_out(every)))),
        table=_table(every),
        links=links(every),
    )  # fmt: skip


class _Axis:
    """The vertical axis: participants on the scale of their square root."""

    def __init__(self, most: int) -> None:
        self.most = max(100, most) * 1.1

    def place(self, number: float) -> float:
        share = math.sqrt(min(number, self.most) / self.most)
        return round(BOTTOM - share * (BOTTOM - TOP), 1)


def _across(p: float, side: int) -> float:
    share = math.log10(max(p, SMALLEST)) / math.log10(SMALLEST)
    return round(MIDDLE + side * share * (RIGHT - MIDDLE), 1)


def _point(entry: Compared, number: int, axis: _Axis) -> dict[str, Any]:
    value = entry.p_value
    if value is None:
        raise UsageError("a study without a p value cannot be drawn")
    side = 1 if value.favorable else -1
    sign = "<" if value.bounded else ""
    return {
        "x": _across(value.number, side), "y": axis.place(entry.study.participants or 0),
        "toward": side, "bounded": value.bounded, "square": not entry.study.randomized,
        "color": STANCES["supports" if value.favorable else "disputes"].color, "number": number,
        "words": f"{named(entry)}; {value.measure}: p {sign}{value.number:g}",
    }  # fmt: skip


def _key(entry: Compared, number: int) -> str:
    """Return the line of a study in the list beside the plot, as wide as the place for it."""
    value = entry.p_value
    shown = f": p {'<' if value.bounded else '='} {value.number:g}" if value else ""
    return f"{number} {short(entry.study.label, KEY - len(shown) - len(str(number)))}{shown}"


def _contours(axis: _Axis) -> Sequence[dict[str, Any]]:
    """Return the contour of each effect, on both sides."""
    steps = [10 ** (-n / 10) for n in range(1, 61)]
    lines = []
    for effect in EFFECTS:
        inside = [
            (p, n)
            for p, n in contour("StandardisedMeanDifference", effect, steps)
            if n <= axis.most
        ]
        for side in (1, -1):
            places = [(_across(p, side), axis.place(n)) for p, n in inside]
            x, y = places[-1]
            lines.append({
                "path": "M" + "L".join(f"{a} {b}" for a, b in places), "x": x + 4 * side,
                "y": y + (14 if y > TOP + 30 else -4), "words": f"{effect}",
                "anchor": "" if side > 0 else "end",
            })  # fmt: skip
    return lines


def _combined(studies: Sequence[Compared]) -> str:
    """Return the sentence on combined p values."""
    values = [entry.p_value for entry in studies if entry.p_value]
    if len(values) < 2:
        return "No combined p value: one study."
    numbers, ways = [v.number for v in values], [v.favorable for v in values]
    roots = [math.sqrt(entry.study.participants or 1) for entry in studies]
    one, two = fisher(numbers, ways), stouffer(numbers, ways, roots)
    return (
        f"Combined one-sided p of {len(values)} studies: {one.p:.2g} by Fisher's method (does it "
        f"do better in at least one study?) and {two.p:.2g} by Stouffer's, weighted by the square "
        "root of the participants (does it do better on the whole?). They say nothing on the size "
        "of effects; a limit was taken for its p value."
    )


def _table(studies: Sequence[Compared]) -> Table:
    rows: list[list[Cell]] = []
    for entry in studies:
        value = entry.p_value
        shown = f"{'<' if value.bounded else ''}{value.number:g}" if value else None
        way = ("favors it" if value.favorable else "favors the comparator") if value else None
        rows.append([
            entry.study.label, entry.study.participants, value.measure if value else None, way,
            shown, entry.missing or None,
        ])  # fmt: skip
    return Table(["study", "n", "measure", "direction", "p", "not drawn because"], rows)
