"""How many people took part, finished, and left: the best of what the figures say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from mngraph.annotation.figures import Figure

ONE = "enrolled-one"
"""The rule that reads the age of one person."""


@dataclass
class People:
    """The figures of people and of studies in a text."""

    KINDS: ClassVar = frozenset(("enrolled", "completed", "withdrawn", "included-studies"))

    enrolled: list[Figure] = field(default_factory=list)
    completed: list[Figure] = field(default_factory=list)
    withdrawn: list[Figure] = field(default_factory=list)
    studies: list[Figure] = field(default_factory=list)

    @property
    def number(self) -> int:
        """How many took part, as far as the text of a single study says it; 0 if it does not."""
        best = _best(f for f in self.enrolled if f.confidence >= 0.5)
        return int(best.value) if best else 0

    def figures(self, review: bool) -> Iterator[Figure]:
        """Yield the best figure of each kind.

        Args:
            review: whether the people are those of the studies that a review includes.
        """
        counted = [f for f in self.enrolled if f.rule != ONE] if review else self.enrolled
        if review:
            whole = [f for f in counted if int(f.value) > 1]
            enrolled = max(whole, key=lambda f: (int(f.value), f.confidence), default=None)
        else:
            enrolled = _best(f for f in counted if f.confidence >= 0.5)
            enrolled = enrolled or max(counted, key=lambda f: int(f.value), default=None)
        if enrolled:
            yield enrolled
        if review:
            if best := _best(self.studies):
                yield best
            return
        if finished := self._finished(int(enrolled.value) if enrolled else 0):
            yield finished

    def _finished(self, enrolled: int) -> Figure | None:
        """Return how many finished: as stated, or those that took part without those that left."""
        stated = [f for f in self.completed if 0 < int(f.value) <= (enrolled or 10**9)]
        if best := _best(stated):
            return best
        left = sum(int(f.value) for f in self.withdrawn)
        if not left or left >= enrolled:
            return None
        first = self.withdrawn[0]
        details = {"enrolled": enrolled, "withdrawn": left}
        return Figure("completed", enrolled - left, first.start, first.end, first.sentence, 0.7,
                      "without those who left", details)  # fmt: skip


def people(figures: Iterable[Figure]) -> People:
    """Return the figures of people and of studies among all figures."""
    found = People()
    groups = {"enrolled": found.enrolled, "completed": found.completed,
              "withdrawn": found.withdrawn, "included-studies": found.studies}  # fmt: skip
    for figure in figures:
        if figure.kind in groups:
            groups[figure.kind].append(figure)
    return found


def _best(figures: Iterable[Figure]) -> Figure | None:
    """Return the surest figure; of equally sure ones the first."""
    return max(figures, key=lambda figure: (figure.confidence, -figure.start), default=None)
