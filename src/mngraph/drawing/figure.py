"""Figures of an answer: one drawing in SVG, PNG, or a page with the same in numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap
from typing import Any

from mngraph.drawing import albatross, directionplot, forest, funnelplot, harvest, pages
from mngraph.drawing.plan import Plan
from mngraph.errors import UsageError
from mngraph.evidence.answer import Answer

PLANS: dict[str, Callable[[Answer], Plan]] = {
    "direction": directionplot.plan, "albatross": albatross.plan, "harvest": harvest.plan,
    "funnel": funnelplot.plan,
}  # fmt: skip
"""What draws each kind of figure but the forest plot, which has templates of its own."""
KINDS = ("forest", *PLANS)
LINE = 17
"""Height of a line of text, in pixels."""
LETTERS, CAPITALS = 6.1, 10.2
"""About how wide a letter of a note and of the title is, in pixels."""
MARGIN = 32
VARIABLE = re.compile(r"var\(--[a-z-]+, (#[0-9a-f]{6})\)")


@dataclass(frozen=True)
class Figure:
    """One drawing of an answer.

    Args:
        found: the answer.
        kind: one of `KINDS`.

    Raises:
        UsageError: there is no such kind, the question is one of safety, or nothing can be drawn.

    >>> import mngraph
    >>> found = mngraph.load().evidence(indication="melasma", combined_with="tranexamic acid")
    >>> Figure(found, "direction").to_svg().startswith("<svg")
    True
    """

    found: Answer
    kind: str
    plan: Plan | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"no plot is called {self.kind!r}: there are {', '.join(KINDS)}")
        if self.kind != "forest":
            if self.found.question.event:
                raise UsageError(f"a {self.kind} plot is about a treatment: leave the event out")
            object.__setattr__(self, "plan", PLANS[self.kind](self.found))

    def to_svg(self) -> str:
        """Return the drawing as SVG."""
        if self.plan is None:
            return forest.to_svg(self.found)
        width = self._width(self.plan)
        letters = int((width - MARGIN) / LETTERS)
        below = [line for note in self.plan.notes for line in wrap(note, letters)]
        foot = self.plan.bottom + 26
        return pages.render(
            "figure.svg.j2", kind=self.kind, called=self.plan.name, subject=self.found.subject,
            verdict=self.found.verdict, above=self.plan.above, below=below, foot=foot,
            width=width, height=foot + LINE * len(below) + 24,
            footer=pages.footer(self.found.dataset.named), **self.plan.values,
        )  # fmt: skip

    @property
    def notes(self) -> tuple[str, ...]:
        """What the drawing says and does not say, and what people judged of the studies."""
        return (*self.plan.notes, self.found.quality) if self.plan else ()

    def _width(self, plan: Plan) -> float:
        """Return the width of a plan in pixels, or more where the title or a line needs more."""
        lines = max((len(line) for line in plan.above), default=0) * LETTERS
        title = len(self.found.subject) * CAPITALS
        return round(max(plan.width, lines + MARGIN, title + MARGIN))

    def to_html(self) -> str:
        """Return a page that opens offline: the drawing, its numbers, and what it says."""
        if self.plan is None:
            return forest.to_html(self.found)
        return pages.render(
            "figure.html.j2", found=self.found, called=self.plan.name, svg=self.to_svg(),
            table=self.plan.table, notes=self.notes, links=self.plan.links,
            style=pages.read_template("style.css") + pages.read_template("answer.css"),
            footer=pages.footer(self.found.dataset.named),
        )  # fmt: skip

    def to_png(self, scale: float = 2.0) -> bytes:
        """Return the drawing as PNG, in light colors.

        Raises:
            MissingExtraError: cairosvg is not installed.
        """
        return pages.svg_png(VARIABLE.sub(r"\1", self.to_svg()), scale)

    def save(self, target: str | Path) -> Path:
        """Write the drawing; the ending says the format.

        Raises:
            UsageError: the name has another ending than .svg, .html or .png.
            MissingExtraError: PNG is asked for and cairosvg is not installed.
            OutputError: the file cannot be written.
        """
        from mngraph.files import write_bytes

        path = Path(target)
        writers: dict[str, Callable[[], Any]] = {
            ".svg": self.to_svg, ".html": self.to_html, ".png": self.to_png,
        }  # fmt: skip
        if path.suffix.lower() not in writers:
            raise UsageError(f"{path}: the name must end with one of {', '.join(writers)}")
        drawn = writers[path.suffix.lower()]()
        write_bytes(path, drawn if isinstance(drawn, bytes) else drawn.encode())
        return path

    def _repr_svg_(self) -> str:
        return self.to_svg()
