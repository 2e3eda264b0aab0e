"""The harvest plot (Ogilvie and others, BMC Med Res Methodol 2008;8:8)."""

from __future__ import annotations

import math
from typing import Any

from mngraph.drawing.appearance import STANCES
from mngraph.drawing.compared import AGAINST, CONFLICT, FAVORS, NONE, WORDS, Compared, compared
from mngraph.drawing.pages import short
from mngraph.drawing.plan import Plan, links, named
from mngraph.errors import UsageError
from mngraph.evidence.answer import Answer
from mngraph.tables import Cell, Table
from mngraph.wording import counted

TOP, TALL = 120.0, 160.0
BAR = 26
"""The room of one bar, in pixels."""
HEIGHTS = {1: 150, 2: 150, 3: 100, 4: 50, 5: 50}
"""The height of a bar by design level."""
COLUMNS = (
    ("favors the comparator", (AGAINST,), "disputes"),
    ("no difference or conflicting", (NONE, CONFLICT), "no difference"),
    ("favors it", (FAVORS,), "supports"),
)
SAYS_NOT = "The plot shows how many studies stand where, not how large effects are."


def plan(found: Answer) -> Plan:
    """Return the plot of an answer.

    Raises:
        UsageError: no study was compared with something else.
    """
    studies = compared(found)
    if not studies:
        raise UsageError(f"nothing to draw: no study compares {found.subject} with something else")
    numbers = {entry.study.iri: number for number, entry in enumerate(studies, 1)}
    columns, x = [], 16.0
    for name, ways, look in COLUMNS:
        here = [entry for entry in studies if entry.direction in ways]
        wide = max(330.0, 16 + BAR * len(here))
        columns.append({
            "name": name, "x": x, "wide": wide, "color": STANCES[look].color,
            "count": counted(len(here), "study", "studies"),
            "bars": [_bar(e, numbers[e.study.iri], x + 12 + BAR * n) for n, e in enumerate(here)],
        })  # fmt: skip
        x += wide + 24
    half = math.ceil(len(studies) / 2)
    keys = [
        {"words": _key(entry, numbers[entry.study.iri]), "row": n % half, "column": n // half}
        for n, entry in enumerate(studies)
    ]
    return Plan(
        name="Harvest plot",
        values={
            "columns": columns, "top": TOP, "tall": TALL, "bottom": TOP + TALL, "keys": keys,
        },
        bottom=TOP + TALL + 34 + 16 * half,
        above=(
            "Each bar is a study: high at design levels 1 and 2, lower at 3, lowest at 4 and 5; "
            "filled if randomized, hollow if not.",
            "A study stands where at least 70% of its results do. Comparisons with another "
            "combination are left out.",
        ),
        notes=(SAYS_NOT,),
        table=_table(studies, numbers),
        links=links(studies),
        width=max(1080.0, x - 8),
    )  # fmt: skip


def _bar(entry: Compared, number: int, x: float) -> dict[str, Any]:
    return {
        "x": x, "tall": HEIGHTS.get(entry.study.level or 5, 50), "number": number,
        "hollow": not entry.study.randomized,
        "words": f"{named(entry)}: {WORDS[entry.direction]}",
    }  # fmt: skip


def _key(entry: Compared, number: int) -> str:
    study = entry.study
    size = f", n = {study.participants}" if study.participants else ""
    return f"{number} {short(study.label, 60)}{size}"


def _table(studies: list[Compared], numbers: dict[str, int]) -> Table:
    rows: list[list[Cell]] = [
        [
            numbers[entry.study.iri], entry.study.label, entry.study.design, entry.study.level,
            entry.study.participants, WORDS[entry.direction],
        ]
        for entry in studies
    ]  # fmt: skip
    return Table(["number", "study", "design", "level", "n", "direction"], rows)
