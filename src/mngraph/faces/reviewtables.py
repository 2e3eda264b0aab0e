"""Tables for reviewers, as CSV: what each holds is written in its query.

The queries stand in `ontology/faces/review-tables/`; the comments at their head name the columns,
and `columns.csv` repeats them for readers. A cell with several values has them parted by
semicolons. The graph holds computed effects to four digits; here they are computed once more from
what their sources state, by the same formulas, and given with every digit.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph import iris, resources, sparql
from mngraph.evidence.estimates import Unusable, estimate
from mngraph.evidence.estimating import Reading
from mngraph.evidence.facts import Facts
from mngraph.evidence.statements import BLOCK, Row
from mngraph.evidence.turtle import decimal
from mngraph.faces.kept import kept_studies
from mngraph.statistics.effects import Effect
from mngraph.store import in_blocks
from mngraph.tables import Table

if TYPE_CHECKING:
    from mngraph.store import Store

TABLES = ("studies", "arms", "outcomes", "effects", "pooled", "events")
"""The tables, in the order in which a reviewer needs them."""
ROW = re.compile(r"^# row: (.+)$", re.M)
COLUMN = re.compile(r"^# column: (\S+)(?: \(([^)]+)\))? -- (.+)$", re.M)
KEYS = {
    "studies": ("study_iri",), "arms": ("arm_iri",), "outcomes": ("outcome_iri",),
    "effects": ("effect_iri",), "pooled": ("synthesis_iri", "effect_iri"),
    "events": ("report_iri",),
}  # fmt: skip
"""What makes a row of each table one row."""
RATIOS = frozenset({"OR", "RR", "HR"})
"""Effects that are pooled as logarithms."""


def parts(store: Store, name: str, only: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Yield the tables as CSV, what their columns mean, and how to use them; see `faces.parts`."""
    facts = Facts(store)
    studies, exact = kept_studies(facts, only), Exact(facts)
    for table in TABLES:
        rows = list(_rows(store, table, studies))
        if table == "pooled":
            rows = list(_pooled(rows, exact, [iri for iri in only if iri not in studies]))
        elif table == "effects":
            rows = [row | exact.columns(row) for row in rows]
        columns = [column for column, *_ in _columns(table)]
        cells = [[row.get(_variable(column), "") for column in columns] for row in rows]
        yield f"{table}.csv", Table(columns, cells).to_csv().encode()
    yield "columns.csv", _explained().to_csv().encode()
    yield "README.md", (_folder() / "README.md").read_bytes()


def _folder() -> Path:
    return resources.folder("ontology") / "faces" / "review-tables"


def _text(table: str) -> str:
    return (_folder() / f"{table}.rq").read_text("utf-8")


def _columns(table: str) -> list[tuple[str, str, str]]:
    """Return the columns of a table: name, unit and meaning."""
    return COLUMN.findall(_text(table))


def _variable(column: str) -> str:
    return column.replace(".", "_")


def _explained() -> Table:
    """Return what each column of each table means."""
    rows = [
        [f"{table}.csv", row, column, unit, meaning]
        for table in TABLES
        for row in ROW.findall(_text(table))
        for column, unit, meaning in _columns(table)
    ]
    return Table(["table", "row", "column", "unit", "meaning"], rows)


def _rows(store: Store, table: str, studies: Iterable[str]) -> Iterator[Row]:
    """Yield the rows of a table, sorted; values of one row and column are brought together."""
    found: dict[tuple[str, ...], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for block in in_blocks(studies, BLOCK):
        nodes = [sparql.node(iri) for iri in block]
        solutions = store.select_internal(sparql.bind_own(_text(table), {"studies": nodes}))
        for solution in sparql.bound(solutions):
            row = {name: term.value for name, term in solution.items()}
            cells = found[tuple(row[key] for key in KEYS[table])]
            for name, value in row.items():
                cells[name].add(value)
    for key in sorted(found, key=lambda key: [_place(iri) for iri in key]):
        yield {name: "; ".join(sorted(values, key=_order)) for name, values in found[key].items()}


def _place(iri: str) -> tuple[object, ...]:
    """Sort nodes by what they belong to, then by their number or name."""
    return iri.rpartition("/")[0], iris.numeric_order(iri), iri


def _order(value: str) -> tuple[float, str]:
    """Sort numbers by size, before texts."""
    try:
        return float(value), value
    except ValueError:
        return math.inf, value


def _pooled(rows: list[Row], exact: Exact, claims: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of syntheses that are whole: of these claims, or where none is named, of any.

    A synthesis of which only some studies are kept would pool to something else.
    """
    number: dict[str, int] = defaultdict(int)
    for row in rows:
        number[row["synthesis_iri"]] += 1
    for row in rows:
        if claims and row["claim_iri"] not in claims:
            continue
        if str(number[row["synthesis_iri"]]) == row.get("k"):
            sign = -1 if row.get("turned") == "true" else 1
            yield row | exact.columns(row, sign)


@dataclass(frozen=True)
class Exact:
    """The effects of a graph with every digit that the formulas give.

    Attributes:
        facts: the facts of the graph.
    """

    facts: Facts

    @cached_property
    def reading(self) -> Reading:
        """The numbers of the graph's outcomes; read when the first is asked for."""
        return Reading(self.facts)

    def columns(self, row: Row, sign: int = 1) -> Row:
        """Return the columns yi, vi and sei of a row, from the side of either arm.

        Args:
            row: an estimate, with its outcome and its study.
            sign: -1 for the side of the second arm.
        """
        effect = self._effect(row)
        if effect is None:
            return {"yi": "", "vi": "", "sei": ""}
        numbers = (sign * effect.estimate, effect.variance, math.sqrt(effect.variance))
        return dict(zip(("yi", "vi", "sei"), map(repr, numbers), strict=True))

    def _effect(self, row: Row) -> Effect | None:
        """Return the effect of an estimate: computed anew where that agrees with the graph."""
        try:
            held, error = float(row["estimate"]), float(row["sei"])
        except (KeyError, ValueError):
            return None
        computed = estimate(self.reading.stated(row["study_iri"], row["outcome_iri"]))
        for each in () if isinstance(computed, Unusable) else computed:
            same = iris.estimate(row["outcome_iri"], each.kind) == row["effect_iri"]
            close = (each.shown.estimate, held), (math.sqrt(each.effect.variance), error)
            if same and all(decimal(a) == decimal(b) for a, b in close):
                return each.effect
        middle = math.log(held) if row.get("effect") in RATIOS and held > 0 else held
        return Effect(middle, error**2)
