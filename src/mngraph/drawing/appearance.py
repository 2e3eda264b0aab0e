"""How nodes and edges look: shape and hue by kind, width by studies, dash by level, hue by stance.

The hues are those of Okabe and Ito, which people with any color vision can tell apart; each is
doubled by a shape, a sign or a dash. Every drawing and every exported file takes them from here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class KindLook:
    """The look of a kind of node, and what it is called in a legend."""

    shape: str
    color: str
    one: str
    many: str


@dataclass(frozen=True)
class StanceLook:
    """The look of a stance: hue, sign, and words."""

    color: str
    sign: str
    words: str


@dataclass(frozen=True)
class LevelLook:
    """The look of a starting level: dash pattern (empty is solid), weight, and words."""

    dash: tuple[float, ...]
    factor: float
    words: str


KINDS = {
    "procedure": KindLook("square", "#0072B2", "procedure", "procedures"),
    "indication": KindLook("dot", "#D55E00", "indication", "indications"),
    "modality": KindLook("triangle", "#009E73", "modality", "modalities"),
    "event": KindLook("diamond", "#CC79A7", "adverse event", "adverse events"),
    "publication": KindLook("dot", "#7F7F7F", "publication", "publications"),
}

STANCES = {
    "supports": StanceLook("#0072B2", "+", "supports"),
    "disputes": StanceLook("#D55E00", "\N{MINUS SIGN}", "favors the comparator"),
    "no difference": StanceLook("#7F7F7F", "=", "no difference"),
    "mixed": StanceLook("#E69F00", "\N{PLUS-MINUS SIGN}", "mixed"),
    "within": StanceLook("#56B4E9", "\N{LEFT RIGHT ARROW}", "compares forms of it"),
    "not stated": StanceLook("#9A9A9A", "\N{MIDDLE DOT}", "result not stated"),
}

LEVELS = {
    1: LevelLook((), 1.0, "1 (strongest)"),
    2: LevelLook((), 1.0, "2"),
    3: LevelLook((7, 4), 0.85, "3"),
    4: LevelLook((1.5, 3.5), 0.7, "4"),
    5: LevelLook((1.5, 3.5), 0.6, "5 (weakest)"),
}

SIZE = {"least": 4.5, "step": 2.0, "most": 27.0, "publication": 3.2, "participants": 30.0}
"""Radius of a node: least + step * sqrt(studies), at most most; so many participants weigh as one
study where nodes are sized by participants."""

WIDTH = {"least": 0.7, "step": 0.85, "most": 8.0, "evaluates": 0.6}
"""Width of an edge: (least + step * sqrt(studies)) * factor of the level, at most most."""

HOLLOW = {"least": 3.2, "wall": 0.8}
"""A hollow line, for what was only seen before and after treatment: its least width, and how thick
the two sides of it are."""

STANCE_RELATIONS = ("studiedFor", "combinedFor", "combinableWith")
"""Relations that studies take a stance on; the others show the hue of their kind."""


def radius(kind: str, weight: int) -> float:
    """Return the radius of a node by its number of studies.

    >>> radius("indication", 16), radius("publication", 1)
    (12.5, 3.2)
    """
    if kind == "publication":
        return SIZE["publication"]
    return round(min(SIZE["most"], SIZE["least"] + SIZE["step"] * math.sqrt(weight)), 2)


def width(relation: str, weight: int, level: int | None) -> float:
    """Return the width of an edge by its number of studies.

    >>> width("studiedFor", 16, 2), width("studiedFor", 16, 4), width("evaluates", 1, 2)
    (4.1, 2.87, 0.6)
    """
    if relation in ("evaluates", "broader"):
        return WIDTH["evaluates"]
    full = min(WIDTH["most"], WIDTH["least"] + WIDTH["step"] * math.sqrt(weight))
    return round(full * LEVELS[level or 5].factor, 2)


def edge_color(relation: str, stance: str) -> str:
    """Return the hue of an edge: that of its stance, or of its kind where stances do not apply.

    >>> edge_color("studiedFor", "disputes"), edge_color("hasReportedEvent", "not stated")
    ('#D55E00', '#CC79A7')
    """
    if relation == "hasReportedEvent":
        return KINDS["event"].color
    if relation in STANCE_RELATIONS:
        return STANCES[stance].color
    return KINDS["publication"].color


def dash(relation: str, level: int | None) -> tuple[float, ...]:
    """Return the dash pattern of an edge; empty is a solid line."""
    return () if relation in ("evaluates", "broader") else LEVELS[level or 5].dash


def rank(node: Mapping[str, Any]) -> tuple[float, str]:
    """Return the place of a node in the order of labels: most studies first, then by name."""
    kind = node["kind"]
    lift = 0.5 if kind == "procedure" else 0.0
    strength = -1.0 if kind == "publication" else node["weight"] + 0.2 * node["reviews"] + lift
    return (-strength, node["label"])


def tables() -> dict[str, Any]:
    """Return all of this as plain data, for programs in other languages."""
    return {
        "kinds": {name: asdict(look) for name, look in KINDS.items()},
        "stances": {name: asdict(look) for name, look in STANCES.items()},
        "levels": {str(level): asdict(look) for level, look in LEVELS.items()},
        "size": SIZE,
        "width": WIDTH,
        "hollow": HOLLOW,
        "stanceRelations": STANCE_RELATIONS,
    }
