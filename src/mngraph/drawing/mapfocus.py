"""The part of a gap map that is about some concepts: their rows and columns, and narrower ones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from mngraph.drawing.networkfacts import Facts
from mngraph.errors import UsageError

if TYPE_CHECKING:
    from mngraph.drawing.gapmap import GapMap, Heading


def focused(found: GapMap, facts: Facts, wanted: Collection[str], *, everything: bool) -> GapMap:
    """Return a map with only the rows and columns of some concepts and of narrower ones.

    A concept of the rows limits the rows, one of the columns the columns; of the other side what
    has studies there remains.

    Args:
        found: the whole map.
        facts: what it was made of.
        wanted: CURIEs of concepts.
        everything: keep rows and columns without any study.

    Raises:
        UsageError: a concept is of a kind that the map has neither in rows nor in columns.
    """
    for curie in sorted(wanted):
        _check(found, facts, curie)
    rows, columns = (
        _narrower(headings, facts, {c for c in wanted if facts.concepts[c].kind == kind})
        for headings, kind in zip((found.rows, found.columns), found.kinds, strict=True)
    )
    shown = {(row.key, column.key) for row in rows for column in columns}
    cells = {cell: bubbles for cell, bubbles in found.cells.items() if cell in shown}
    if not everything:
        rows = [row for row in rows if any(row.key == key for key, _ in cells)]
        columns = [column for column in columns if any(column.key == key for _, key in cells)]
    used = {m.study for bubbles in cells.values() for b in bubbles for m in b.members}
    return replace(
        found,
        rows=rows,
        columns=columns,
        cells=cells,
        studies={key: study for key, study in found.studies.items() if key in used},
        focus=tuple(facts.concepts[curie].label for curie in sorted(wanted)),
    )


def _check(found: GapMap, facts: Facts, curie: str) -> None:
    """Refuse a concept that stands neither in rows nor in columns, and say where it would."""
    if curie not in facts.concepts:
        raise UsageError(f"the graph has no concept {curie!r}")
    concept = facts.concepts[curie]
    if concept.kind not in found.kinds:
        side = "--rows" if concept.kind in ("indication", "event") else "--columns"
        raise UsageError(
            f"{concept.label!r} is not on a map of {found.kinds[0]} by {found.kinds[1]}: "
            f"add {side} {concept.kind}"
        )


def _narrower(headings: list[Heading], facts: Facts, wanted: set[str]) -> list[Heading]:
    """Return the headings of concepts and of narrower ones, moved to the margin."""
    if not wanted:
        return headings
    kept = [each for each in headings if wanted & facts.upward(each.key)]
    least = min((each.depth for each in kept), default=0)
    return [replace(each, depth=each.depth - least) for each in kept]
