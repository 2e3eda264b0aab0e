"""Forest plots as SVG, and as a page with the table of studies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mngraph.drawing import pages, panels
from mngraph.drawing.panels import Panel
from mngraph.drawing.studytable import for_studies
from mngraph.evidence.answer import Answer
from mngraph.wording import counted

TOP = 84
"""Where the first panel of a picture begins, in pixels."""


def to_svg(found: Answer) -> str:
    """Return the forest plot as SVG.

    Effects without a second one to compare them with are left out and counted, unless there are no
    others.
    """
    every = panels.panels(found)
    comparable = [panel for panel in every if not panel.single]
    shown = panels.placed(comparable or every, TOP)
    left_out = len(every) - len(shown)
    omitted = f"Left out: {counted(left_out, 'effect')} without a second one to compare with."
    return pages.render(
        "forest.svg.j2", panels=shown, safety=bool(found.question.event), subject=found.subject,
        row=panels.ROW, text=panels.TEXT, left=panels.LEFT, right=panels.RIGHT,
        verdict=found.verdict, quality=found.quality,
        height=shown[-1].bottom + panels.FOOT + (50 if left_out else 30),
        omitted=omitted if left_out else "", footer=pages.footer(found.dataset.named),
    )  # fmt: skip


def to_html(found: Answer) -> str:
    """Return the forest plot as one HTML page that opens offline, with the table of studies.

    Panels with two effects or more come first; the others are folded.
    """
    every = panels.panels(found)
    return pages.render(
        "forest.html.j2", **for_page(every), found=found, **for_studies(found),
        singles=[panel for panel in every if panel.single],
        style=pages.read_template("style.css") + pages.read_template("answer.css"),
        footer=pages.footer(found.dataset.named),
    )  # fmt: skip


def for_page(every: Sequence[Panel]) -> dict[str, Any]:
    """Return what the templates of pages need to draw panels that can be compared."""
    return {
        "panels": [panel for panel in every if not panel.single],
        "left": panels.LEFT, "width": panels.RIGHT - panels.LEFT,
    }  # fmt: skip
