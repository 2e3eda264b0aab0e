"""Where nodes stand: procedures (or the focus) in the middle, the rest around in sectors.

A sector is a family of indications ("hair disorder"). The modalities that were combined for it
stand further out, its publications on the rim, and adverse events have a sector of their own. Nodes
take the free place nearest to their aim, the strongest first, with room for the labels that the
first view shows. Nothing is random and nothing floats: the same network has the same picture.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mngraph.drawing import appearance, sectors

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True)
class Frame:
    """What a picture is made for: how large its ellipse is when seen at first, and how roomy.

    Attributes:
        width: of the ellipse, in pixels, in a first view of 1,200 x 630.
        height: as much.
        flat: how high the ellipse is for its width.
        spread: how much farther apart than usual nodes stand, so that they look smaller.
    """

    width: float
    height: float
    flat: float
    spread: float = 1.0


WHOLE = Frame(850.0, 480.0, 0.58)
FEW = Frame(860.0, 380.0, 0.44, 1.8)
"""The picture of the whole, and that of the strongest comparisons, which leaves room for names."""

LABELS = 44
"""How many labels the first view is to show."""

LETTER, LINE, WRAP = 7.2, 14.5, 17
"""Width of a letter and height of a line of a label, in pixels; letters on a line."""

BANDS = {"center": (0.0, 0.36), "indication": (0.42, 0.65), "modality": (0.67, 0.92)}
"""How far out a kind stands, as parts of the ellipse's radius."""

WHOLE_BAND, RIM = (0.42, 0.92), 0.965


@dataclass(frozen=True)
class Sector:
    """A slice of the picture: its name and the arc it takes, in radians, y pointing down."""

    name: str
    start: float
    end: float

    @property
    def middle(self) -> float:
        """The angle in the middle of the slice."""
        return (self.start + self.end) / 2


@dataclass
class Layout:
    """Positions of nodes in pixels of the first view, and the sectors they stand in."""

    positions: dict[str, tuple[float, float]]
    sectors: list[Sector]
    labeled: list[str]
    radii: tuple[float, float]


def arrange(graph: nx.MultiDiGraph[str], frame: Frame = WHOLE) -> Layout:
    """Return the place of every node of a network."""
    return _Placing(graph, frame).run()


def lines(label: str, width: int = WRAP) -> list[str]:
    """Return a label in at most three lines.

    >>> lines("fractional microneedle radiofrequency")
    ['fractional', 'microneedle', 'radiofrequency']
    >>> lines("acne scar")
    ['acne scar']
    """
    import textwrap

    wrapped = textwrap.wrap(
        " ".join(label.split()), width, break_on_hyphens=False, break_long_words=False
    )
    wrapped = wrapped or [""]
    if len(wrapped) > 3:
        wrapped = [*wrapped[:2], wrapped[2][: width - 1] + "\N{HORIZONTAL ELLIPSIS}"]
    return [
        n if len(n) <= 2 * width else n[: 2 * width - 1] + "\N{HORIZONTAL ELLIPSIS}"
        for n in wrapped
    ]


Box = tuple[float, float, float, float]
Seat = tuple[float, float, float, float]
"""Angle, part of the radius, x and y of a place where a node may stand."""

LATTICE, TRIES = 13.0, 160
"""How far seats are apart, in pixels (farther in pictures of more than `MANY` concepts), and how
many are tried before a node without a label overlaps another."""

MANY = 300


@dataclass
class _Boxes:
    """Rectangles that are taken, found by the cell of a grid."""

    cell: float = 48.0
    cells: dict[tuple[int, int], list[Box]] = field(default_factory=lambda: defaultdict(list))

    def _over(self, box: Box) -> Iterable[tuple[int, int]]:
        left, top, right, bottom = (math.floor(v / self.cell) for v in box)
        return ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))

    def add(self, boxes: Sequence[Box]) -> None:
        for box in boxes:
            for cell in self._over(box):
                self.cells[cell].append(box)

    def overlap(self, boxes: Sequence[Box]) -> float:
        """Return how much of `boxes` is taken, in square pixels."""
        total = 0.0
        for a in boxes:
            for b in {box for cell in self._over(a) for box in self.cells.get(cell, ())}:
                wide = min(a[2], b[2]) - max(a[0], b[0])
                high = min(a[3], b[3]) - max(a[1], b[1])
                if wide > 0 and high > 0:
                    total += wide * high
        return total


class _Placing:
    """One run: sectors first, then places, kind by kind from the middle to the rim."""

    def __init__(self, graph: nx.MultiDiGraph[str], frame: Frame) -> None:
        self.graph, self.frame = graph, frame
        self.nodes: dict[str, dict[str, Any]] = {n: graph.nodes[n] for n in graph}
        self.order = sorted(self.nodes, key=lambda n: appearance.rank(self.nodes[n]))
        concepts = [n for n in self.order if self.nodes[n]["kind"] != "publication"]
        self.labeled = (concepts or self.order)[:LABELS]
        self.center = self._center(concepts or self.order)
        self.sector_of = sectors.share_out(self.nodes, self.order, self.center)
        self.a, self.b = self._radii()
        self.scale = min(frame.width / self.a, frame.height / self.b) / 2
        self.sectors = self._slices()
        self.angles: dict[str, float] = {}
        self.positions: dict[str, tuple[float, float]] = {}
        self.taken = _Boxes()
        self.seats: dict[tuple[float, float, float, float], list[Seat]] = {}

    def run(self) -> Layout:
        middle = [n for n in self.order if n in self.center]
        for node in middle[:1]:
            self._settle(node, (0.0, 0.0))
        rest = [n for n in self.order if n not in self.positions]
        for kind in ("indication", "procedure", "modality", "event"):
            for node in (n for n in rest if self.nodes[n]["kind"] == kind):
                self._place(node)
        self._rim([n for n in rest if self.nodes[n]["kind"] == "publication"])
        places = {n: self.positions[n] for n in self.nodes}
        slices = sorted(self.sectors.values(), key=lambda s: s.start)
        return Layout(places, slices, self.labeled, (self.a, self.b))

    # --- sectors ----------------------------------------------------------------------------

    def _center(self, concepts: list[str]) -> set[str]:
        """Return what stands in the middle: the focus, else the procedures, else the strongest."""
        focus = {n for n in self.graph.graph.get("center", ()) if n in self.nodes}
        procedures = {n for n in concepts if self.nodes[n]["kind"] == "procedure"}
        return focus or procedures or set(concepts[:1])

    def _slices(self) -> dict[str, Sector]:
        """Cut the ellipse: each sector as wide as its nodes need, adverse events at the bottom."""
        needs: Counter[str] = Counter()
        for node, name in self.sector_of.items():
            needs[name] += self._need(node)
        if not needs:
            return {}
        names = self._ring(needs)
        least = 0.05 * sum(needs.values())
        total = sum(needs.values()) + least * len(names)
        spans = {name: (needs[name] + least) / total * 2 * math.pi for name in names}
        start = math.pi / 2 - spans[names[0]] / 2
        slices = {}
        for name in names:
            slices[name] = Sector(name, start, start + spans[name])
            start += spans[name]
        return slices

    def _ring(self, needs: Counter[str]) -> list[str]:
        """Order sectors: events first (the bottom), each beside the one it shares most with."""
        shared: dict[str, Counter[str]] = defaultdict(Counter)
        for node, name in self.sector_of.items():
            for key in self.nodes[node]["study_keys"]:
                shared[name][key] += 1
        left = sorted(needs, key=lambda name: (-needs[name], name))
        first = next((n for n in (sectors.EVENTS, sectors.PROCEDURES) if n in left), left[0])
        ring = [first]
        left.remove(first)
        while left:
            last = shared[ring[-1]]
            best = max(left, key=lambda n: (sum((last & shared[n]).values()), needs[n], n))
            ring.append(best)
            left.remove(best)
        return ring

    def _need(self, node: str) -> int:
        kind = self._kind(node)
        if kind == "publication":
            return 40
        return 1300 + (3800 if node in self.labeled else 0)

    def _radii(self) -> tuple[float, float]:
        """Return the ellipse's radii, in pixels: as wide as the view, larger for many nodes."""
        rim = sum(1 for n in self.nodes if self._kind(n) == "publication")
        inner = len(self.nodes) - rim
        middle = sum((2 * self._radius(n) + 12) ** 2 for n in self.center)
        room = math.pi * self.frame.flat * BANDS["center"][1] ** 2 / 2
        wide = max(260.0, 84.0 * math.sqrt(inner / 2), 5.0 * rim / 2, math.sqrt(middle / room))
        self.lattice = LATTICE * max(1.0, math.sqrt(inner / MANY))
        wide *= self.frame.spread
        return round(wide, 1), round(wide * self.frame.flat, 1)

    def _radius(self, node: str) -> float:
        return appearance.radius(self.nodes[node]["kind"], self.nodes[node]["weight"])

    def _kind(self, node: str) -> str:
        return str(self.nodes[node]["kind"])

    # --- places -----------------------------------------------------------------------------

    def _point(self, angle: float, out: float) -> tuple[float, float]:
        return self.a * out * math.cos(angle), self.b * out * math.sin(angle)

    def _boxes(self, node: str, x: float, y: float) -> list[Box]:
        """Return the rectangles of a node at a place: its shape, and its label when shown."""
        data = self.nodes[node]
        r = self._radius(node) + 5
        room = r + 6
        boxes = [(x - room, y - room, x + room, y + room)]
        if node in self.labeled:
            text = lines(data["label"])
            letter = LETTER * (1.15 if data["kind"] == "procedure" else 1)
            wide = max(map(len, text)) * letter / self.scale / 2 + 3
            high = len(text) * LINE / self.scale + 3
            boxes.append((x - wide, y + r, x + wide, y + r + high))
        return boxes

    def _settle(self, node: str, place: tuple[float, float]) -> None:
        self.positions[node] = (round(place[0], 1), round(place[1], 1))
        self.angles[node] = math.atan2(place[1] / self.b, place[0] / self.a)
        self.taken.add(self._boxes(node, *place))

    def _place(self, node: str) -> None:
        """Put a node on the free place that is nearest to its aim."""
        start, end, low, high = self._region(node)
        aim = self._aim(node, start, end)
        strength = 1 / (1 + math.sqrt(self.nodes[node]["weight"]))
        out = low + (high - low) * (0.12 + 0.75 * strength)
        seats = self._seats(start, end, low, high)
        costs = [
            (abs(math.remainder(angle - aim, 2 * math.pi)) * (r + 0.15) + 0.8 * abs(r - out), n)
            for n, (angle, r, _, _) in enumerate(seats)
        ]
        costs.sort()
        best = (math.inf, (0.0, 0.0))
        for _, n in costs if node in self.labeled else costs[:TRIES]:
            _, _, x, y = seats[n]
            over = self.taken.overlap(self._boxes(node, x, y))
            if over < best[0]:
                best = (over, (x, y))
            if not over:
                break
        self._settle(node, best[1])
        self._clear(seats, node)

    def _clear(self, seats: list[Seat], node: str) -> None:
        """Take the seats away on which the node just placed stands."""
        x, y = self.positions[node]
        r = self._radius(node)
        seats[:] = [s for s in seats if abs(s[2] - x) > r or abs(s[3] - y) > r] or seats[:1]

    def _region(self, node: str) -> tuple[float, float, float, float]:
        """Return the part of the ellipse where a node may stand: arc and band."""
        if node in self.center:
            return (-math.pi, math.pi, *BANDS["center"])
        sector = self.sectors[self.sector_of[node]]
        kinds = {self._kind(n) for n, s in self.sector_of.items() if s == sector.name}
        band = BANDS.get(self._kind(node), WHOLE_BAND)
        if not {"indication", "modality"} <= kinds:
            band = WHOLE_BAND
        margin = min(0.04, (sector.end - sector.start) / 8)
        return (sector.start + margin, sector.end - margin, *band)

    def _aim(self, node: str, start: float, end: float) -> float:
        """Return the angle a node would like: towards its neighbors, within its sector."""
        x = y = 0.0
        for _, other, data in (*self.graph.out_edges(node, data=True), *self._into(node)):
            if other in self.angles and self.positions[other] != (0.0, 0.0):
                weight = data["weight"] + 0.3 * data["reviews"]
                x += weight * math.cos(self.angles[other])
                y += weight * math.sin(self.angles[other])
        middle = (start + end) / 2
        if not (x or y):
            return middle
        turn = math.remainder(math.atan2(y, x) - middle, 2 * math.pi)
        half = (end - start) / 2
        return middle + max(-half, min(half, turn))

    def _into(self, node: str) -> list[tuple[str, str, dict[str, Any]]]:
        return [(node, source, data) for source, _, data in self.graph.in_edges(node, data=True)]

    def _seats(self, start: float, end: float, low: float, high: float) -> list[Seat]:
        """Return the free seats of a region: a lattice about as dense as shapes are wide."""
        region = (start, end, low, high)
        if region not in self.seats:
            seats: list[Seat] = []
            steps = max(2, round((high - low) * self.b / self.lattice))
            for i in range(steps + 1):
                r = low + (high - low) * i / steps
                turns = max(1, round((end - start) * r * (self.a + self.b) / 2 / self.lattice))
                shift = (i * 0.618) % 1.0
                for j in range(turns):
                    angle = start + (end - start) * (j + shift) / turns
                    seats.append((angle, r, *self._point(angle, r)))
            self.seats[region] = seats
        return self.seats[region]

    def _rim(self, publications: list[str]) -> None:
        """Put publications on the rim of their sector by year, in as many rows as it takes."""
        by_sector: dict[str, list[str]] = defaultdict(list)
        for node in publications:
            if node in self.center:
                self._place(node)
            else:
                by_sector[self.sector_of[node]].append(node)
        for name, members in sorted(by_sector.items()):
            sector = self.sectors[name]
            members.sort(key=lambda n: (self.nodes[n]["year"] or 0, n))
            arc = (sector.end - sector.start) * (self.a + self.b) / 2
            rows = max(1, math.ceil(len(members) * 9.0 / arc))
            columns = math.ceil(len(members) / rows)
            for i, node in enumerate(members):
                column, row = divmod(i, rows)
                turn = (column + 0.5) / columns
                angle = sector.start + (sector.end - sector.start) * (0.03 + 0.94 * turn)
                self.positions[node] = self._rounded(self._point(angle, RIM + 0.02 * row))

    def _rounded(self, place: tuple[float, float]) -> tuple[float, float]:
        return round(place[0], 1), round(place[1], 1)
