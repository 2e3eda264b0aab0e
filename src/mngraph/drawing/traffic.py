"""Traffic-light plots of appraisals, with the share of each judgment below: SVG, and a page.

Each judgment is shown by its sign and a hue of Okabe and Ito, never by hue alone. Only what counts
is drawn: a consensus in place of what it resolves; where appraisers disagree, that they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mngraph import iris, sparql
from mngraph.appraisal.judged import Appraisal
from mngraph.appraisal.tools import Judgement, Tool
from mngraph.drawing import pages
from mngraph.errors import UsageError
from mngraph.store import Store

MINUS, DOT, UNEQUAL = "\N{MINUS SIGN}", "\N{MIDDLE DOT}", "\N{NOT EQUAL TO}"
HUES = {
    "+": "#0072B2", "~": "#56B4E9", "?": "#E69F00", MINUS: "#D55E00", "!": "#000000",
    DOT: "#7F7F7F", UNEQUAL: "#CC79A7", "": "#FFFFFF",
}  # fmt: skip
"""The hue of each sign: better is blue, worse is vermilion or black, disagreement is purple."""
DARK = {"#0072B2", "#D55E00", "#000000", "#7F7F7F"}
"""Hues on which a sign is white."""
WHOLE = "overall"
ROW, COLUMN, LEFT, BAR = 28, 44, 430, 500
"""Sizes in pixels: height of a row, width of a column, where columns begin, length of a bar."""


@dataclass(frozen=True)
class Light:
    """One cell.

    Attributes:
        sign: the character that it shows.
        words: what that means.
        by_rule: whether it follows by the tool's rule and nobody gave it; drawn with a broken ring.
    """

    sign: str
    words: str
    by_rule: bool = field(default=False, compare=False)

    @property
    def told(self) -> str:
        """Its words, with where it comes from."""
        return f"{self.words} (by the tool's rule)" if self.by_rule else self.words

    @property
    def hue(self) -> str:
        """The hue of the sign."""
        return HUES.get(self.sign, "#FFFFFF")

    @property
    def ink(self) -> str:
        """The color of the sign itself."""
        return "#FFFFFF" if self.hue in DARK else "#1d2327"


DISAGREE = Light(UNEQUAL, "appraisers disagree")
NOT_JUDGED = Light("", "not judged")


@dataclass(frozen=True)
class Row:
    """One study, or one outcome of it: its name, who judged, and a light for each column."""

    label: str
    who: str
    lights: tuple[Light, ...]


@dataclass(frozen=True)
class Share:
    """The part of a bar: its light, where it begins and ends in pixels, and its number."""

    light: Light
    start: float
    width: float
    count: int


@dataclass(frozen=True)
class Panel:
    """The plot of one tool.

    Attributes:
        tool: the tool.
        rows: a row for each study or outcome.
        y: where the panel begins, in pixels.
    """

    tool: Tool
    rows: tuple[Row, ...]
    y: int = 0

    @property
    def heads(self) -> list[tuple[str, str]]:
        """Number and name of each column."""
        return [(d.number, d.label) for d in self.tool.domains] + [(WHOLE, "overall judgment")]

    @property
    def keys(self) -> list[Light]:
        """The lights that stand in the panel, each once, the best first."""
        order = list(HUES)
        seen = {light for row in self.rows for light in row.lights}
        return sorted(seen, key=lambda light: (order.index(light.sign), light.words))

    @property
    def bars(self) -> list[tuple[str, str, list[Share]]]:
        """For each column its number, its name, and how often each judgment was made."""
        return [
            (number, name, self._shares([row.lights[n] for row in self.rows]))
            for n, (number, name) in enumerate(self.heads)
        ]

    def _shares(self, lights: Sequence[Light]) -> list[Share]:
        shares, start = [], 0.0
        for light in self.keys:
            count = lights.count(light)
            width = BAR * count / len(lights)
            shares += [Share(light, round(start, 2), round(width, 2), count)] if count else []
            start += width
        return shares

    @property
    def middle(self) -> int:
        """Where the bars begin."""
        return self.y + 62 + ROW * len(self.rows)

    @property
    def bottom(self) -> int:
        """Where the panel ends."""
        return self.middle + 40 + 20 * len(self.heads) + 20


def panels(every: Iterable[Appraisal]) -> list[Panel]:
    """Return a panel for each tool.

    Args:
        every: appraisals, those that count and those that do not.
    """
    by_tool: dict[str, dict[tuple[str, str], list[Appraisal]]] = {}
    for one in every:
        by_tool.setdefault(one.tool.word, {}).setdefault(one.subject, []).append(one)
    made, y = [], 60
    for _, subjects in sorted(by_tool.items()):
        groups = list(subjects.values())
        rows = tuple(sorted(map(_row, groups), key=lambda row: row.label))
        made.append(Panel(groups[0][0].tool, rows, y))
        y = made[-1].bottom + 20
    return made


def _row(group: list[Appraisal]) -> Row:
    """Return the row of one study or outcome, of all the appraisals that it has by one tool."""
    first = group[0]
    counted = [one for one in group if one.stands]
    shown = counted[:1] or [one for one in group if not one.resolves]
    words = [domain.word for domain in first.tool.domains]
    lights = [_agreed(one.domains.get(word) for one in shown) for word in words]
    whole = _agreed((one.overall for one in shown), by_rule=all(one.by_rule for one in shown))
    label = first.label
    if first.outcome:
        label += f", outcome {iris.last_segment(first.outcome)}"
    who = ", ".join(dict.fromkeys(one.appraiser for one in shown))
    note = f"{who}: appraisers disagree" if not counted else who
    return Row(label, note, (*lights, whole if counted else DISAGREE))


def _agreed(judgements: Iterable[Judgement | None], *, by_rule: bool = False) -> Light:
    found = set(judgements)
    if len(found) > 1:
        return DISAGREE
    one = found.pop() if found else None
    return Light(one.sign, one.word.replace("-", " "), by_rule) if one else NOT_JUDGED


def to_svg(store: Store, every: Iterable[Appraisal]) -> str:
    """Return the plot as SVG.

    Raises:
        UsageError: there is no appraisal to draw.
    """
    made = _needed(every)
    width = max(LEFT + COLUMN * len(panel.heads) + 40 for panel in made)
    return pages.render(
        "traffic.svg.j2", panels=made, width=max(width, 960), height=made[-1].bottom + 30,
        row=ROW, column=COLUMN, left=LEFT, bar=BAR, footer=_footer(store),
    )  # fmt: skip


def to_html(store: Store, every: Iterable[Appraisal]) -> str:
    """Return one page that opens offline: the plot, and the same judgments as a table.

    Raises:
        UsageError: there is no appraisal to draw.
    """
    found = list(every)
    return pages.render(
        "traffic.html.j2", panels=_needed(found), picture=to_svg(store, found),
        style=pages.read_template("style.css"), footer=_footer(store),
    )  # fmt: skip


def write_traffic(store: Store, every: Iterable[Appraisal], target: Path) -> None:
    """Draw the plot to a file.

    Raises:
        UsageError: the name has another ending, or there is no appraisal to draw.
        OutputError: the file cannot be written.
    """
    from mngraph.files import write_bytes

    writers = {".svg": to_svg, ".html": to_html}
    if target.suffix.lower() not in writers:
        raise UsageError(f"{target}: the name must end with one of {', '.join(writers)}")
    write_bytes(target, writers[target.suffix.lower()](store, every).encode())


def _needed(every: Iterable[Appraisal]) -> list[Panel]:
    made = panels(every)
    if not made:
        raise UsageError(
            "nothing to draw: nobody has judged these studies (mngraph appraise STUDY --tool rob2 "
            "writes an appraisal to fill in)"
        )
    return made


def _footer(store: Store) -> str:
    return pages.footer(dict(_dataset(store)))


def _dataset(store: Store) -> Iterator[tuple[str, str]]:
    for row in list(store.select_internal(sparql.internal("dataset")))[:1]:
        for name in ("title", "version", "issued", "license"):
            yield name, row[name].value if row[name] else ""
        yield "iri", row["dataset"].value
