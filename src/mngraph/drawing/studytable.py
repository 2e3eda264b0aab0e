"""The table of studies of a page: one block for each study, one row for each outcome or report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from mngraph.drawing.appearance import STANCES
from mngraph.evidence.answer import Answer
from mngraph.evidence.model import Finding, Report, Study
from mngraph.evidence.rows import Cell, design_beside

TREATMENT = ("comparison", "measured", "result")
SAFETY = ("arm", "adverse event", "affected", "as reported")
"""The columns after that of the study."""
SPACE = "\N{NO-BREAK SPACE}"
LEGEND = {
    "supports": "favors it", "disputes": "favors the comparator, or no improvement",
    "no difference": "no difference", "mixed": "mixed", "within": "compares forms of it",
}  # fmt: skip
"""What the color of a mark means, by stance."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row: the cells by column, and the color of what the outcome says.

    The mark of a result without another arm is `hollow`.
    """

    cells: Mapping[str, str]
    color: str = ""
    hollow: bool = False


@dataclass(frozen=True, kw_only=True)
class Block:
    """A study with its rows: its key and name, the address of its publication, and what it is."""

    key: str
    name: str
    link: str
    about: str
    review: bool
    lines: list[Line] = field(default_factory=list)


def columns(found: Answer) -> tuple[str, ...]:
    """Return the names of the columns after that of the study."""
    return SAFETY if found.question.event else TREATMENT


def legend(found: Answer) -> list[tuple[str, str]]:
    """Return the color and the meaning of each mark in the table; none for reports of events."""
    if found.question.event or not found.findings:
        return []
    return [(STANCES[name].color, words) for name, words in LEGEND.items()]


def study_blocks(found: Answer) -> list[Block]:
    """Return the studies of an answer with their rows, reviews last.

    A comparison or arm that is the same as in the row above stands there only.
    """
    table = found.table()
    rows = [dict(zip(table.columns, cells, strict=True)) for cells in table.rows]
    entries = list(zip(found.entries, rows, strict=True))
    blocks = []
    for _, own in groupby(entries, key=lambda pair: pair[0].study.iri):
        pairs = list(own)
        study = pairs[0][0].study
        lines: list[Line] = []
        above = ""
        for entry, row in pairs:
            cells = _report(row) if isinstance(entry, Report) else _outcome(entry, row)
            first = columns(found)[0]
            above, cells[first] = cells[first], "" if cells[first] == above else cells[first]
            lines.append(_line(entry, cells))
        blocks.append(
            Block(
                key=study.key,
                name=study.label,
                link=web_address(study.link),
                about=_about(study),
                review=study.review,
                lines=lines,
            )
        )
    return sorted(blocks, key=lambda block: block.review)


def study_tables(found: Answer) -> list[tuple[str, str, list[Block]]]:
    """Return the table of studies and that of reviews, each with an id and a title, if any."""
    blocks = study_blocks(found)
    tables = [
        (name.lower(), name, [block for block in blocks if block.review == review])
        for name, review in (("Studies", False), ("Reviews", True))
    ]
    return [table for table in tables if table[2]]


def for_studies(found: Answer) -> dict[str, Any]:
    """Return what the templates of pages need to draw the tables of studies and the sources."""
    return {
        "tables": study_tables(found),
        "columns": columns(found),
        "legend": legend(found),
        "numbers": {source.key: n for n, source in enumerate(found.sources, start=1)},
        "sources": [(source, web_address(source.link)) for source in found.sources],
    }


def web_address(link: str | None) -> str:
    """Return an address that a page may link to; nothing for any other.

    >>> web_address("https://doi.org/10.1000/x"), web_address("javascript:alert(1)")
    ('https://doi.org/10.1000/x', '')
    """
    return link if link and link.startswith(("https://", "http://")) else ""


def _about(study: Study) -> str:
    level = f"design level{SPACE}{study.level}" if study.level else "no design level"
    people = f"n{SPACE}={SPACE}{study.participants:,}" if study.participants else ""
    return " \N{MIDDLE DOT} ".join(
        filter(None, (design_beside(study.label, study.design), level, people))
    )


def _line(entry: Finding | Report, cells: dict[str, str]) -> Line:
    if isinstance(entry, Report):
        return Line(cells=cells)
    stance = entry.shown_stance
    look = STANCES["within" if entry.within else stance.words if stance else "not stated"]
    return Line(cells=cells, color=look.color, hollow=entry.other is None)


def _outcome(entry: Finding, row: Mapping[str, Cell]) -> dict[str, str]:
    forms = LEGEND["within"] if entry.within else None
    parts = (row["direction"], row["effect"], f"p{SPACE}{row['p']}" if row["p"] else None, forms)
    cells = (
        f"{row['given']} against {row['comparator']}",
        str(row["measure"]),
        "; ".join(str(part) for part in parts if part),
    )
    return dict(zip(TREATMENT, cells, strict=True))


def _report(row: Mapping[str, Cell]) -> dict[str, str]:
    affected, at_risk = row["affected"], row["at_risk"]
    number = "" if affected is None else f"{affected}"
    number += "" if at_risk is None else f"/{at_risk}" if number else f"of {at_risk}"
    said = "; ".join(str(row[name]) for name in ("seriousness", "duration") if row[name])
    return dict(zip(SAFETY, (str(row["given"]), str(row["event"]), number, said), strict=True))
