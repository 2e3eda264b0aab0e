"""The services that are asked, of which one may fail while the others answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mngraph.enriching.asking import Source
from mngraph.enriching.works import Work
from mngraph.errors import LocationError

GIVE_UP = 3
"""A service that fails this many times in a row is asked no more."""


class Panel:
    """Services and files, the most trusted first.

    Attributes:
        failures: the first reason why a service gave no answer, by its name.
        unanswered: how often a service gave none.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = list(sources)
        self.failures: dict[str, str] = {}
        self.unanswered: Counter[str] = Counter()
        self.answered: set[str] = set()
        self.in_a_row: Counter[str] = Counter()

    @property
    def working(self) -> list[Source]:
        """The sources that are still asked."""
        return [each for each in self.sources if self.in_a_row[each.name] < GIVE_UP]

    def prepare(self, publications: Sequence[Mapping[str, Any]]) -> None:
        """Let each source ask for many publications at once."""
        for source in self.working:
            try:
                source.prepare(publications)
            except LocationError as error:
                self._failed(source, error)

    def look_up(self, source: Source, publication: Mapping[str, Any]) -> list[Work]:
        """Return what a source knows of a publication; nothing where it gives no answer."""
        try:
            found = source.look_up(publication)
        except LocationError as error:
            self._failed(source, error)
            return []
        self.answered.add(source.name)
        self.in_a_row[source.name] = 0
        return found

    def _failed(self, source: Source, error: LocationError) -> None:
        self.failures.setdefault(source.name, str(error))
        self.unanswered[source.name] += 1
        self.in_a_row[source.name] += 1

    def require_an_answer(self) -> None:
        """Raise an error where no source answered.

        Raises:
            LocationError: none did; it says why.
        """
        if self.failures and not self.answered:
            said = (f"{name}: {reason}" for name, reason in self.failures.items())
            raise LocationError(f"no service answered ({'; '.join(said)})")
