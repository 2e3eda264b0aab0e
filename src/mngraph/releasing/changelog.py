"""What changed between a release and the one before it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import versions
from mngraph.diff.compare import compare
from mngraph.diff.result import SIGNS, Diff
from mngraph.errors import OutputError
from mngraph.releasing import facts
from mngraph.store import open_store

if TYPE_CHECKING:
    from mngraph.store import Store

NONE = "none"
"""The word for no previous release."""
TITLES = {"records": "study records", "claims": "claims", "others": "other resources"}


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What changed since the previous release.

    Attributes:
        previous: the IRI of the previous release, or the location of another graph; empty where
            there is none.
        date: its date, or the location.
        found: the differences.
    """

    previous: str = ""
    date: str = ""
    found: Diff

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"previous": self.previous or None, **self.found.to_dict()}

    def summary(self) -> list[dict[str, Any]]:
        """Return how many resources of each kind were added, removed, changed and renamed."""
        return [
            {"title": title}
            | {kind: sum(each.kind == kind for each in getattr(self.found, name)) for kind in SIGNS}
            for name, title in TITLES.items()
        ]

    def in_words(self) -> str:
        """Return the changes of claims and studies on one line."""
        if not self.previous:
            return "First release"
        rows = [row for row in self.summary() if row["title"] != TITLES["others"]]
        parts = (
            f"{row['title']}: " + ", ".join(f"{row[kind]} {kind}" for kind in list(SIGNS)[:3])
            for row in rows
        )
        return f"Since {self.date}: {'; '.join(parts)}"


def changes(store: Store, folder: Path, date: str, previous: str = "") -> Changes:
    """Return what changed since the release before.

    Args:
        store: the graph of the new release.
        folder: the folder of all releases.
        date: the date of the new one.
        previous: a graph location to compare with, `none`; by default the newest release in the
            folder that is older.

    Raises:
        OutputError: the folder holds a newer release.
        LocationError: the previous release is not there, or not as it was released.
    """
    there = versions.dates(folder)
    if date not in there and there and date < there[-1]:
        raise OutputError(
            f"{folder} holds the newer release {there[-1]}: a release cannot be put before it, "
            "since the changes since then would be told nowhere"
        )
    older = [each for each in there if each < date]
    if previous == NONE or not (previous or older):
        return Changes(found=Diff())
    location = previous or str(folder / older[-1])
    old = open_store(location)
    found = versions.folder_of(location)
    if not found:
        return Changes(previous=location, date=location, found=compare(old, store))
    iri = f"{facts.about(old).base}release/{found.resolve().name}"
    return Changes(previous=iri, date=found.resolve().name, found=compare(old, store))
