"""Panels of a forest plot: one for each scale of a comparison, one row for each study.

A panel has its own axis, ratios on a logarithmic one. Squares grow with the weight in the pooled
estimate, which is a diamond; reviews are hollow and outside of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from textwrap import wrap
from typing import TYPE_CHECKING

from mngraph.drawing import appearance
from mngraph.drawing.studytable import web_address
from mngraph.errors import UsageError
from mngraph.evidence.answer import Answer
from mngraph.evidence.pooling import Estimate, EventRate, Pooling
from mngraph.evidence.rows import counts_words, interval_words
from mngraph.statistics import effects, rates

if TYPE_CHECKING:
    from mngraph.evidence.model import Study

LEFT, RIGHT = 552.0, 812.0
"""Where the axis begins and ends, in pixels."""
ROW, HEAD, FOOT, TEXT = 42, 52, 62, 16
"""Heights of a row of two lines, of what stands above the rows of a panel, of its axis, and of
each further line of text."""
WIDTHS = {"title": 135, "label": 34, "detail": 42, "arms": 38, "words": 30}
"""How many characters fit into a line of each column."""
WITH_UNIT = frozenset({"MeanDifference", "MedianDifference"})
"""Types of effects that have the unit of the scale that was used."""
APPROXIMATELY = "approximate, from a p value"
Diamond = tuple[float, float, float, str, str]
"""Estimate and limits in pixels, name, and the numbers in words."""


@dataclass(frozen=True)
class Axis:
    """The scale of a panel: values to pixels."""

    low: float
    high: float
    logarithmic: bool
    null: float | None

    def place(self, value: float) -> float:
        """Return the pixel of a value, held within the axis."""
        low, high, at = (self._scaled(x) for x in (self.low, self.high, value))
        share = min(1.0, max(0.0, (at - low) / (high - low)))
        return round(LEFT + share * (RIGHT - LEFT), 1)

    def ticks(self) -> list[tuple[float, str]]:
        """Return pixel and label of four to seven round values."""
        if self.logarithmic:
            values = [m * 10.0**e for e in range(-4, 5) for m in (1, 2, 5)]
            inside = [v for v in values if self.low <= v <= self.high]
            while len(inside) > 7:
                inside = [v for i, v in enumerate(inside) if i % 2 == inside.index(1.0) % 2]
        else:
            step = _round_step((self.high - self.low) / 5)
            first = math.ceil(self.low / step - 1e-9)
            last = math.floor(self.high / step + 1e-9)
            inside = [i * step for i in range(first, last + 1)]
        return [(self.place(v), f"{round(v, 6):g}") for v in inside]

    def _scaled(self, value: float) -> float:
        return math.log(max(value, 1e-9)) if self.logarithmic else value


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of a panel, in pixels and words.

    `size` is half the side of the square, `cut` whether the interval runs out of the axis on the
    left and on the right; the row of a review is `hollow`.
    """

    label: list[str]
    detail: list[str]
    n: str
    given: list[str]
    against: list[str]
    x: float
    lower: float
    upper: float
    size: float
    words: str
    counts: list[str]
    weight: str
    color: str
    dash: str
    hollow: bool
    cut: tuple[bool, bool]
    link: str
    y: int = 0

    @property
    def height(self) -> int:
        """The height of the row, in pixels: that of its longest cell."""
        cells = ([*self.label, *self.detail], [*self.given, *self.against], [" ", *self.counts])
        return ROW + TEXT * (max(map(len, cells)) - 2)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One comparison: its rows, its axis, and the pooled estimate or why there is none."""

    title: list[str]
    lines: list[Line]
    ticks: list[tuple[float, str]]
    null: float | None
    sides: tuple[str, str]
    note: str
    y: int = 0
    diamond: list[Diamond] = field(default_factory=list)
    prediction: tuple[float, float, str] | None = None

    @property
    def top(self) -> int:
        """Where the rows begin, in pixels."""
        return self.y + HEAD + TEXT * (len(self.title) - 1)

    @property
    def bottom(self) -> int:
        """Where the axis lies, in pixels."""
        rows = [line.height for line in self.lines] + [ROW] * len(self.diamond)
        return self.top + sum(rows)

    @property
    def single(self) -> bool:
        """Whether its effects are those of one study, and so nothing to compare them with."""
        return len({tuple(line.label) for line in self.lines}) < 2

    @property
    def weighted(self) -> bool:
        """Whether any study has a weight in a pooled estimate."""
        return any(line.weight for line in self.lines)


def panels(found: Answer) -> list[Panel]:
    """Return the panels of a question, those with two effects or more first.

    Raises:
        UsageError: no study states an effect with its uncertainty.
    """
    groups = map(scales_of, found.pooled)
    drawn = [_effects(part, apart=len(parts) > 1) for parts in groups for part in parts]
    drawn += [_rates(entry) for entry in found.rates if entry.reports and entry.interval]
    if not drawn:
        raise UsageError(
            f"nothing to draw: no study of {found.subject} states an effect between two arms with "
            "its interval or counts" + (" of people affected and at risk" if found.reports else "")
        )
    return sorted(drawn, key=lambda panel: panel.single)


def placed(panels: Sequence[Panel], top: int) -> list[Panel]:
    """Return panels and their lines one below the other.

    Args:
        panels: the panels, in their order.
        top: where the first begins, in pixels.
    """
    found = []
    for panel in panels:
        panel = replace(panel, y=top)
        ends = accumulate((line.height for line in panel.lines), initial=panel.top)
        lines = [replace(line, y=y) for line, y in zip(panel.lines, ends, strict=False)]
        found.append(replace(panel, lines=lines))
        top = panel.bottom + FOOT
    return found


def scales_of(group: Pooling) -> list[Pooling]:
    """Return the parts of a group that may share an axis, each with its effects and reviews.

    Effects that run in opposite ways never share one. A mean difference has the unit of its scale,
    which is known to be the same only where the notes of the outcomes are: "the scale is unclear"
    stands alone. Ratios and standardized differences have no unit.
    """
    ways = {entry.better for entry in (*group.estimates, *group.reviews) if entry.better}
    pooled = {entry.better for entry in group.estimates if entry.better} if group.pooled else set()

    def scale(entry: Estimate, *, own: bool) -> tuple[str, int]:
        way = max(pooled) if own and pooled else entry.better
        return entry.note if group.kind in WITH_UNIT else "", way if len(ways) > 1 else 0

    parts: dict[tuple[str, int], tuple[list[Estimate], list[Estimate]]] = {}
    for entry in group.estimates:
        parts.setdefault(scale(entry, own=True), ([], []))[0].append(entry)
    for entry in group.reviews:
        parts.setdefault(scale(entry, own=False), ([], []))[1].append(entry)
    return [
        replace(
            group,
            estimates=tuple(own),
            reviews=tuple(reviews),
            pooled=group.pooled if own else None,
        )
        for own, reviews in parts.values()
    ]


def _effects(group: Pooling, *, apart: bool) -> Panel:
    """Return the panel of effects on one scale; `apart` where another scale has its own panel."""
    estimates = [*group.estimates, *group.reviews]
    ratio = group.kind in effects.RATIOS
    ahead = group.prediction()
    shown = [e.shown for e in estimates] + ([ahead] if ahead else [])
    axis = _axis(shown, logarithmic=ratio, null=1.0 if ratio else 0.0)
    shares = group.pooled.weights if group.pooled else ()
    weights = [*shares, *(0.0 for _ in range(len(estimates) - len(shares)))]
    pooled = group.random()
    diamond: list[Diamond] = []
    note = f"Not pooled: {group.why}." if group.estimates else "Reviews only; nothing is pooled."
    note += " Drawn apart: scales differ or are unclear." if apart else ""
    if group.pooled and pooled:
        words = interval_words(pooled)
        diamond.append((*_places(axis, pooled), "Random effects", words))
        note = (
            f"{len(group.estimates)} studies. Fixed effect {interval_words(group.fixed())}. "
            f"I\N{SUPERSCRIPT TWO} {group.pooled.i_squared:.0f} %, "
            f"\N{GREEK SMALL LETTER TAU}\N{SUPERSCRIPT TWO} {group.pooled.tau_squared:.2f}."
        )
        if pooled.lower < axis.low or pooled.upper > axis.high:
            note += " Interval beyond the axis."
    return Panel(
        title=wrap(group.title, WIDTHS["title"]),
        lines=[_effect_line(e, axis, w) for e, w in zip(estimates, weights, strict=True)],
        ticks=axis.ticks(),
        null=axis.place(axis.null) if axis.null is not None else None,
        sides=_sides(estimates),
        note=note,
        diamond=diamond,
        prediction=_ahead(axis, ahead),
    )


def _places(axis: Axis, found: effects.Interval) -> tuple[float, float, float]:
    return axis.place(found.estimate), axis.place(found.lower), axis.place(found.upper)


def _ahead(axis: Axis, found: effects.Interval | None) -> tuple[float, float, str] | None:
    if found is None:
        return None
    words = f"prediction interval {found.lower:.2f} to {found.upper:.2f}"
    return axis.place(found.lower), axis.place(found.upper), words


def _effect_line(entry: Estimate, axis: Axis, weight: float) -> Line:
    counts = counts_words(*entry.counts) if entry.counts else ""
    look = entry.stance.words if entry.stance else "not stated"
    return _line(
        entry.study,
        entry.shown,
        axis,
        weight=weight,
        arms=(entry.given, f"against {entry.comparator}"),
        texts=(interval_words(entry.shown), counts or _origin(entry)),
        look=look,
    )


def _origin(entry: Estimate) -> str:
    """Return what is noted on an effect, and whether it is approximate."""
    return "; ".join(filter(None, (APPROXIMATELY if entry.is_approximate else "", entry.note)))


def _rates(entry: EventRate) -> Panel:
    shown = [rates.rate(r.affected or 0, r.at_risk or 0) for r in entry.reports if r.at_risk]
    high = max(interval.upper for interval in shown)
    axis = Axis(0.0, min(100.0, 10 * math.ceil(10 * high)), logarithmic=False, null=None)
    lines = [
        _line(
            report.study,
            _percent(interval),
            axis,
            arms=(report.arm.label, report.event),
            texts=(_percent_words(interval), f"{report.affected}/{report.at_risk}"),
            look="not stated",
        )
        for report, interval in zip((r for r in entry.reports if r.at_risk), shown, strict=True)
    ]
    diamond: list[Diamond] = []
    if entry.interval and len(lines) > 1:
        total = _percent(entry.interval)
        words = f"All: {entry.affected}/{entry.at_risk}"
        diamond.append((*_places(axis, total), words, _percent_words(entry.interval)))
    note = "Exact intervals (Clopper and Pearson). Studies that state both numbers only."
    title = wrap(f"{entry.event}: percent affected", WIDTHS["title"])
    return Panel(
        title=title, lines=lines, ticks=axis.ticks(), null=None, sides=("", ""), note=note,
        diamond=diamond,
    )  # fmt: skip


def _line(
    study: Study, shown: effects.Interval, axis: Axis, *, weight: float = 0.0,
    arms: tuple[str, str], texts: tuple[str, str], look: str,
) -> Line:  # fmt: skip
    """Return one row.

    Args:
        study: the study.
        shown: its estimate, on the scale of the axis.
        axis: the axis of the panel.
        weight: the study's share of the pooled estimate, in percent; 0 for none.
        arms: what the arm received, and what stands below it.
        texts: the estimate in words, and what stands below it.
        look: the stance whose color the row has.
    """
    level = appearance.LEVELS[study.level or 5]
    strength = f"design level {study.level}" if study.level else "no design level"
    given, against = (wrap(words, WIDTHS["arms"]) for words in arms)
    words, counts = texts
    return Line(
        label=wrap(study.label, WIDTHS["label"]),
        detail=wrap(f"{study.design}, {strength}", WIDTHS["detail"]),
        n=f"{study.participants:,}" if study.participants else "",
        given=given,
        against=against,
        x=axis.place(shown.estimate),
        lower=axis.place(shown.lower),
        upper=axis.place(shown.upper),
        size=round(4 + 8 * math.sqrt(weight / 100), 1) if weight else 5.0,
        words=words,
        counts=wrap(counts, WIDTHS["words"]),
        weight=f"{weight:.0f} %" if weight else "",
        color=appearance.STANCES[look].color,
        dash=" ".join(f"{x:g}" for x in level.dash),
        hollow=study.review,
        cut=(shown.lower < axis.low, shown.upper > axis.high),
        link=web_address(study.link),
    )


def _axis(shown: Sequence[effects.Interval], *, logarithmic: bool, null: float) -> Axis:
    """Return an axis that holds every estimate and the null, and intervals up to a bound."""
    low = min([null, *(i.lower for i in shown)])
    high = max([null, *(i.upper for i in shown)])
    if logarithmic:
        least, most = (f(i.estimate for i in shown) for f in (min, max))
        low = max(low, min(least, null) / 10) / 1.15
        high = min(high, max(most, null) * 10) * 1.15
        return Axis(min(low, 0.5), max(high, 2.0), logarithmic, null)
    margin = 0.06 * (high - low) or 1.0
    return Axis(low - margin, high + margin, logarithmic, null)


def _sides(estimates: Sequence[Estimate]) -> tuple[str, str]:
    """Return what lies left and right of the null, where the studies tell which way it runs."""
    ways = {estimate.better for estimate in estimates if estimate.better}
    if ways == {1}:
        return "favors comparator", "favors it"
    if ways == {-1}:
        return "favors it", "favors comparator"
    return "lower", "higher"


def _percent(found: effects.Interval) -> effects.Interval:
    return effects.Interval(100 * found.estimate, 100 * found.lower, 100 * found.upper)


def _percent_words(found: effects.Interval) -> str:
    shown = _percent(found)
    return f"{shown.estimate:.0f} ({shown.lower:.0f} to {shown.upper:.0f})"


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= rough - 1e-12)
