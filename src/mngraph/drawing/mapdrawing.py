"""The gap map drawn: one HTML file that opens offline, SVG, and PNG made of the SVG."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mngraph.drawing import appearance, pages
from mngraph.drawing.gapmap import BANDS, COUNTS, STANCES, Bubble, GapMap
from mngraph.drawing.headings import Heading
from mngraph.errors import UsageError
from mngraph.evidence import quality
from mngraph.files import write_bytes
from mngraph.wording import counted

CELL = 40
LEAST, MOST = 4.5, 9.5
PLACES = dict(zip(BANDS, ((10, 10), (30, 10), (10, 30), (30, 30)), strict=True))
"""Where in a cell the bubble of each band stands: strongest top left, weakest bottom right."""
CLASSES = {"supports": "plus", "disputes": "minus", "no difference": "same", "mixed": "mixed",
           "within": "forms", "not stated": "none", "reported": "event"}  # fmt: skip
HEADS = {"favours_comparator": "favors the comparator", "baseline_only": "before and after only",
         "compares_forms": "compares forms of it", "not_stated": "result not stated"}  # fmt: skip
"""Columns of counts as a reader sees them; the others are words already."""
TITLES = {"indication": "indications", "event": "adverse events", "modality": "combinations",
          "procedure": "procedures"}  # fmt: skip
SITE = "https://w3id.org/mngraph/"


@dataclass(frozen=True)
class Mark:
    """A bubble as drawn: center, radius, class of its hue, hollow or not, and the sign's path.

    Where studies disagree, `slices` are the parts of the bubble: class of the hue, and path.
    """

    x: float
    y: float
    radius: float
    look: str
    hollow: bool
    sign: str
    slices: tuple[tuple[str, str], ...] = ()


@dataclass
class DrawnMap(GapMap):
    """A gap map that shows itself in notebooks.

    >>> import mngraph
    >>> mngraph.load().gap_map(focus="melasma")._repr_html_().startswith("<iframe ")
    True
    """

    def save(self, target: str | Path) -> None:
        """Write the map to a file: .html, .svg or .png.

        Raises:
            UsageError: the name has another ending.
            OutputError: the file cannot be written.
            MissingExtraError: cairosvg, which PNG needs, is not installed.
        """
        ending = Path(target).suffix.lower()
        if ending == ".png":
            write_bytes(target, to_png(self))
        elif ending in (".html", ".svg"):
            write_bytes(target, (to_html if ending == ".html" else to_svg)(self).encode())
        else:
            raise UsageError(f"a map is saved as .html, .svg or .png, not as {str(target)!r}")

    def _repr_html_(self) -> str:
        """Return the page in a frame, which every notebook shows, each in its own document."""
        return pages.frame(to_html(self), "Evidence gap map")


def to_html(found: GapMap, home: str = "") -> str:
    """Return the map as one HTML page: map, dialog of studies, and the table with its numbers.

    Args:
        found: the map.
        home: the address of the site that the page is a part of; empty for a page of its own.
    """
    script = pages.read_template("map.js")
    return pages.render(
        "map.html.j2", **_shared(found), script=script, script_hash=pages.script_hash(script),
        style=pages.read_template("style.css"), look=pages.read_template("map.css"),
        counts=[HEADS.get(name, name.replace("_", " ")) for name in COUNTS],
        label=cell_label, id=cell_id, members=_members, links=_links, home=home,
    )  # fmt: skip


def to_svg(found: GapMap) -> str:
    """Return the map as SVG: headings, bubbles, legend and footer."""
    return pages.render("map.svg.j2", **_shared(found))


def to_png(found: GapMap, scale: float = 1.0) -> bytes:
    """Return the map as PNG.

    Raises:
        MissingExtraError: cairosvg is not installed.
    """
    return pages.svg_png(to_svg(found), scale)


def cell_id(row: Heading, column: Heading) -> str:
    """Return the id of a cell's rows in the table.

    >>> cell_id(Heading("indication:scar", "scar", 0, 1), Heading("alone", "needling alone", 0, 1))
    'cell-scar--alone'
    """
    return f"cell-{row.key.rpartition(':')[2]}--{column.key.rpartition(':')[2]}"


def cell_label(row: Heading, column: Heading, bubbles: tuple[Bubble, ...]) -> str:
    """Return a description of a cell, for screen readers and tooltips."""
    words = "; ".join(bubble_label(bubble) for bubble in bubbles)
    return f"{row.label}, {column.label}: {words}"


def bubble_label(bubble: Bubble) -> str:
    """Return a description of a bubble, for screen readers and tooltips."""
    parts = [_many(bubble.studies, "study", "studies")] if bubble.studies else []
    if bubble.reports > bubble.studies:
        parts = [f"{parts[0]} in {bubble.reports} reports"]
    parts += [_many(bubble.reviews, "review", "reviews")] if bubble.reviews else []
    words = [] if bubble.stance == "not stated" else [appearance.STANCES[bubble.stance].words]
    if bubble.baseline and words:
        words = [f"{words[0]}, before and after only"]
    if parts_of := _shares(bubble):
        listed = (f"{count} {appearance.STANCES[name].words}" for name, count in parts_of.items())
        words = [f"studies disagree: {', '.join(listed)}"]
    return ": ".join([f"design level {bubble.band}, {' and '.join(parts)}", *words])


def mark(bubble: Bubble, size: str, most: int, *, safety: bool) -> Mark:
    """Return how a bubble is drawn; its area grows with studies or participants."""
    value = bubble.participants if size == "participants" else bubble.studies or bubble.reviews
    radius = round(LEAST + (MOST - LEAST) * math.sqrt(value / most if most else 0), 1)
    x, y = PLACES[bubble.band]
    stance = "reported" if safety else bubble.stance
    slices = () if safety else _slices(_shares(bubble), x, y, radius)
    return Mark(
        x, y, radius, CLASSES[stance], bubble.baseline and stance in STANCES,
        "" if slices else _sign(stance, x, y, round(radius * 0.5, 1)), slices,
    )  # fmt: skip


def _shares(bubble: Bubble) -> dict[str, int]:
    """Return how many studies found what, where those that were compared disagree; else nothing."""
    if bubble.stance != "mixed" or bubble.baseline:
        return {}
    found = {name: bubble.counts.get(name, 0) for name in STANCES}
    found = {name: count for name, count in found.items() if count}
    return found if len(found) > 1 else {}


def _slices(
    shares: dict[str, int], x: float, y: float, radius: float
) -> tuple[tuple[str, str], ...]:
    """Return a bubble in slices, clockwise from the top."""
    paths, turn, whole = [], 0.0, sum(shares.values())
    for name, count in shares.items():
        ends = []
        for at in (turn, turn + count / whole):
            angle = 2 * math.pi * at
            ends += [x + radius * math.sin(angle), y - radius * math.cos(angle)]
        large = int(2 * count > whole)
        path = "M{} {}L{:.1f} {:.1f}A{} {} 0 {} 1 {:.1f} {:.1f}Z".format(
            x, y, *ends[:2], radius, radius, large, *ends[2:]
        )
        paths.append((CLASSES[name], path))
        turn += count / whole
    return tuple(paths)


def _sign(stance: str, x: float, y: float, s: float) -> str:
    """Return the path of a stance's sign: plus, minus, equals, plus-minus, or a diamond."""
    u = round(s * 0.5, 1)
    plus = f"M{x - s:g} {y:g}h{2 * s:g}M{x:g} {y - s:g}v{2 * s:g}"
    paths = {
        "supports": plus,
        "disputes": f"M{x - s:g} {y:g}h{2 * s:g}",
        "no difference": f"M{x - s:g} {y - u:g}h{2 * s:g}M{x - s:g} {y + u:g}h{2 * s:g}",
        "within": f"M{x - s:g} {y:g}h{2 * s:g}M{x - u:g} {y - u:g}l{-u:g} {u:g}l{u:g} {u:g}"
                  f"M{x + u:g} {y - u:g}l{u:g} {u:g}l{-u:g} {u:g}",
        "mixed": f"M{x - s:g} {y - u:g}h{2 * s:g}M{x:g} {y - u - s:g}v{2 * s:g}"
                 f"M{x - s:g} {y + s:g}h{2 * s:g}",
    }  # fmt: skip
    return paths.get(stance, "")


def _shared(found: GapMap) -> dict[str, object]:
    """Return what both templates need."""
    safety = found.kinds[0] == "event"
    most = max((_value(b, found.size) for *_, b in found.bubbles()), default=1)
    drawn = {
        cell: [mark(bubble, found.size, most, safety=safety) for bubble in bubbles]
        for cell, bubbles in found.cells.items()
    }
    combined = found.kinds[1] == "modality"
    title = f"What {found.noun} was combined with" if combined else "Which procedures were studied"
    title += ", by indication"
    if safety:
        title = f"Adverse events reported after {found.noun}, by {TITLES[found.kinds[1]][:-1]}"
    if found.focus:
        title = f"{' and '.join(found.focus)}: {title}"
    return {
        "numbers": _numbers(found), "quality": _quality(found), "margin": _margin(found),
        "map": found, "marks": drawn, "safety": safety, "title": title, "cell": CELL,
        "bands": BANDS, "most": most,
        "legend": _legend(safety), "footer": pages.footer(found.about),
        "bubble_label": bubble_label,
        "stances": appearance.STANCES, "levels": [(band, *PLACES[band]) for band in BANDS],
    }  # fmt: skip


def _margin(found: GapMap) -> tuple[str, str]:
    """Return how many rows and how many columns there are, in words."""
    sizes = (len(found.rows), len(found.columns))
    rows, columns = (
        counted(size, TITLES[kind].removesuffix("s"), TITLES[kind])
        for size, kind in zip(sizes, found.kinds, strict=True)
    )
    return rows, columns


def _numbers(found: GapMap) -> str:
    """Return how much the map shows, as a sentence."""
    cells = counted(len(found.cells), "cell with studies", "cells with studies")
    studies = counted(len(found.studies), "publication")
    rows, columns = _margin(found)
    return f"{studies}, {rows} by {columns}, {cells}, {found.gap_words}."


def _quality(found: GapMap) -> str:
    """Return how many of the studies of the map somebody has appraised, as a sentence."""
    cards = found.studies.values()
    return quality.appraised(sum(card.is_appraised for card in cards), len(cards))


def _legend(safety: bool) -> list[tuple[str, Mark]]:
    if safety:
        return [("reported", Mark(10, 10, 7, "event", False, ""))]
    looks = appearance.STANCES
    entries = [
        (looks[name].words, Mark(10, 10, 8, CLASSES[name], False, _sign(name, 10, 10, 4)))
        for name in (*STANCES, "within", "not stated")
    ]
    apart = _slices(dict.fromkeys(STANCES[:3], 1), 10, 10, 8)
    entries[3] = ("mixed results", entries[3][1])
    entries.insert(4, ("studies disagree, by number", Mark(10, 10, 8, "mixed", False, "", apart)))
    hollow = Mark(10, 10, 8, "plus", True, _sign("supports", 10, 10, 4))
    return [*entries, ("hollow: before and after only", hollow)]


def _value(bubble: Bubble, size: str) -> int:
    return bubble.participants if size == "participants" else bubble.studies or bubble.reviews


def _members(found: GapMap, bubble: Bubble) -> list[dict[str, str]]:
    """Return sign, words and label of each study of a bubble."""
    listed = []
    of_cohort = Counter(found.studies[m.study].cohort for m in bubble.members if not m.review)
    for member in bubble.members:
        look = appearance.STANCES[member.stance]
        words = "reported" if found.kinds[0] == "event" else look.words
        words += (
            ", before and after only" if member.stance in STANCES and not member.compared else ""
        )
        words += ", of a narrower concept" if member.inherited else ""
        words += ", a review" if member.review else ""
        if of_cohort[found.studies[member.study].cohort] > 1 and not member.review:
            words += ", all reports of these participants together"
        sign = "" if found.kinds[0] == "event" else look.sign
        label = found.studies[member.study].label
        listed.append({"key": member.study, "sign": sign, "words": words, "label": label})
    return listed


def _links(links: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Return the links that are web addresses."""
    return [(name, address) for name, address in links if address.startswith("https://")]


def _many(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
