"""What a figure holds before it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mngraph.drawing.compared import Compared
from mngraph.drawing.studytable import web_address
from mngraph.tables import Table
from mngraph.wording import counted


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A figure: places in pixels for its template, and the same in words and numbers.

    Attributes:
        name: what the figure is called.
        values: what its template draws.
        bottom: where the drawing ends and its notes begin.
        above: lines on how to read it.
        notes: sentences on what it says and what it does not.
        table: the same in numbers.
        links: the address of the study in each row of the table.
        width: its width.
    """

    name: str
    values: dict[str, Any]
    bottom: float
    above: tuple[str, ...]
    notes: tuple[str, ...]
    table: Table
    links: tuple[str, ...] = ()
    width: float = 1080.0


def people(entry: Compared) -> str:
    """Return how many took part in a study, in words."""
    number = entry.study.participants
    return counted(number, "participant") if number else "participants not stated"


def named(entry: Compared) -> str:
    """Return a study with its design, design level and participants, in words."""
    study = entry.study
    level = f"design level {study.level}" if study.level else ""
    return ", ".join(filter(None, (study.label, study.design, level, people(entry))))


def links(studies: Sequence[Compared]) -> tuple[str, ...]:
    """Return the web address of each study, empty where it has none."""
    return tuple(web_address(entry.study.link) for entry in studies)
