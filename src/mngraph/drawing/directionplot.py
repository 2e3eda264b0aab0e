"""The effect direction plot (Boon and Thomson, Res Synth Methods 2021;12:29-33)."""

from __future__ import annotations

from collections import Counter
from textwrap import wrap
from typing import Any

from mngraph.drawing.appearance import STANCES
from mngraph.drawing.compared import AGAINST, CONFLICT, FAVORS, NONE, WORDS, Compared, compared
from mngraph.drawing.plan import Plan, links, named
from mngraph.errors import UsageError
from mngraph.evidence.answer import Answer
from mngraph.statistics.directions import sign_test
from mngraph.tables import Cell, Table
from mngraph.wording import counted

TOP, ROW, FIRST, WIDE = 190, 38, 440, 112
"""Where the rows begin, how high one is, where the columns begin, and how wide one is."""
MOST = 5
"""Most columns of kinds of outcomes."""
COLORS = {
    FAVORS: STANCES["supports"].color, AGAINST: STANCES["disputes"].color,
    NONE: STANCES["no difference"].color, CONFLICT: STANCES["mixed"].color,
}  # fmt: skip
SIZES = ((300, 10.0), (50, 7.5), (0, 5.5))
"""Half the size of an arrow, for more than so many participants."""
SAYS_NOT = "It says nothing on the size of effects, and counts small studies like large ones."


def plan(found: Answer) -> Plan:
    """Return the plot of an answer.

    Raises:
        UsageError: no study was compared with something else.
    """
    studies = compared(found)
    if not studies:
        raise UsageError(f"nothing to draw: no study compares {found.subject} with something else")
    often = Counter(name for entry in studies for name in entry.directions)
    names = sorted(often, key=lambda name: (-often[name], name))
    shown = names[:MOST]
    columns = [
        {"name": wrap(name, 15), "x": FIRST + WIDE * number}
        for number, name in enumerate(["all results", *shown])
    ]
    rows = [_row(entry, shown, TOP + 4 + ROW * n) for n, entry in enumerate(studies)]
    hidden = len(names) - len(shown)
    more = f"{counted(hidden, 'more kind')} of outcome not shown." if hidden else ""
    return Plan(
        name="Effect direction plot",
        values={
            "columns": columns, "rows": rows, "top": TOP, "colors": COLORS,
            "legend": [(way, WORDS[way], 24 + 170 * n) for n, way in enumerate(COLORS)],
        },
        bottom=TOP + 4 + ROW * len(rows),
        above=(
            "An arrow is the direction of at least 70% of a study's results on one kind of "
            "outcome; the number beside it is how many results that are.",
            "Arrows are large above 300 participants, and small up to 50. Comparisons with "
            "another combination are left out.",
        ),
        notes=tuple(filter(None, (_tested(studies), SAYS_NOT, more))),
        table=_table(studies, names),
        links=links(studies),
        width=FIRST + WIDE * len(columns) - 20,
    )  # fmt: skip


def _row(entry: Compared, shown: list[str], y: float) -> dict[str, Any]:
    study = entry.study
    size = next(size for least, size in SIZES if (study.participants or 0) > least or least == 0)
    ways = {"all results": (entry.direction, 1)} | dict(entry.directions)
    cells = [
        {"way": ways[name][0], "results": ways[name][1], "size": size, "x": FIRST + WIDE * number}
        for number, name in enumerate(["all results", *shown])
        if name in ways
    ]
    return {
        "label": study.label, "design": study.design, "n": study.participants or "",
        "level": study.level or "", "cells": cells, "y": y,
        "words": f"{named(entry)}: {WORDS[entry.direction]}",
    }  # fmt: skip


def _tested(studies: list[Compared]) -> str:
    """Return the sentence on the sign test over all results of each study."""
    ways = Counter(entry.direction for entry in studies)
    favor, against = ways[FAVORS], ways[AGAINST]
    left = len(studies) - favor - against
    without = (
        f" {counted(left, 'study', 'studies')} without one direction left out." if left else ""
    )
    if not favor + against:
        return f"No sign test: no study has a direction.{without}"
    test = sign_test(favor, against)
    share = (
        f"{100 * test.share.estimate:.0f}% (95% CI {100 * test.share.lower:.0f}% to "
        f"{100 * test.share.upper:.0f}%)"
    )
    return (
        f"Sign test: {favor} of {favor + against} studies favor it, {share}; two-sided p "
        f"{test.p:.2g}. It tests whether studies favor one side more often than the other.{without}"
    )


def _table(studies: list[Compared], names: list[str]) -> Table:
    rows: list[list[Cell]] = [
        [
            entry.study.label, entry.study.design, entry.study.level, entry.study.participants,
            WORDS[entry.direction],
            *(WORDS[entry.directions[n][0]] if n in entry.directions else None for n in names),
        ]
        for entry in studies
    ]  # fmt: skip
    return Table(["study", "design", "level", "n", "all results", *names], rows)
