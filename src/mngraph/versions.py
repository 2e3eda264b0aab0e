"""Releases as graph locations: `releases@2026-11-22`, `releases@latest`, or their folder.

A release is a folder that is named by its date and holds the graph and the checksums of all its
files. Its graph is opened only when it still has the bytes that were released.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from mngraph.errors import LocationError

GRAPH = "graph.nq.gz"
"""The file of a release that holds its graph, with its named graphs apart."""
SUMS = "SHA256SUMS"
"""The file of a release that holds the checksums of all others, as GNU sha256sum writes them."""
LATEST = "latest"
"""The name of the newest release, whatever its date."""
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def dates(folder: Path) -> list[str]:
    """Return the dates of the releases in a folder, the oldest first; none where it holds none.

    >>> dates(Path("a-folder-that-is-not-there"))
    []
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if DAY.fullmatch(entry.name)]
    except (OSError, ValueError):  # not a folder, or a name that no file can have
        return []
    return sorted(name for name in names if (folder / name / SUMS).is_file())


def folder_of(location: str | Path) -> Path | None:
    """Return the folder of the release that a location names; None where it names none.

    Args:
        location: the folder of a release, the folder that holds releases (which stands for the
            newest), or that folder with `@` and a date, or with `@latest`.

    Raises:
        LocationError: the folder holds releases, but none of that date.

    >>> folder_of("a-folder-that-is-not-there@2026-11-22") is None
    True
    """
    path = Path(location)
    if (path / SUMS).is_file() and (path / GRAPH).is_file():
        return path
    if found := dates(path):
        return path / found[-1]
    around, sign, version = path.name.rpartition("@")
    folder = path.with_name(around) if around and around not in (".", "..") else path.parent
    found = dates(folder) if sign else []
    if not found:
        return None
    if version in (LATEST, *found):
        return folder / (found[-1] if version == LATEST else version)
    raise LocationError(_unknown(folder, version, found))


def graph_at(location: str | Path) -> Path | None:
    """Return the file with the graph of the release that a location names; None for others.

    Raises:
        LocationError: there is no release of that date, or its graph is not as it was released.

    >>> graph_at("a-store-directory") is None
    True
    """
    path = Path(location)
    folder = None if (path / "CURRENT").is_file() else folder_of(path)  # a store has that file
    return graph_of(folder) if folder else None


def _unknown(folder: Path, version: str, found: list[str]) -> str:
    """Return which releases a folder holds instead of the one that was asked for."""
    from mngraph.nearest import nearest

    near = nearest(version, [*found, LATEST])
    meant = f"did you mean {folder}@{near}? " if near else ""
    return f"there is no release {version} in {folder}; {meant}It holds {', '.join(found)}"


def graph_of(folder: Path) -> Path:
    """Return the file with the graph of a release, after comparing it with its checksum.

    Raises:
        LocationError: it is not the file that was released, or it cannot be read.
    """
    graph = folder / GRAPH
    try:
        stated = checksums((folder / SUMS).read_bytes()).get(GRAPH)
        with graph.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise LocationError(f"cannot read {error.filename or graph}: {error.strerror}") from error
    if stated is None:
        raise LocationError(
            f"{folder / SUMS} has no checksum of {GRAPH}, so that nobody can tell whether it is "
            "the graph that was released; get the release again"
        )
    if stated != found:
        raise LocationError(
            f"{graph} is not the file that was released: {SUMS} beside it has another checksum; "
            "get the release again"
        )
    return graph


def checksums(content: bytes) -> dict[str, str]:
    r"""Return the SHA-256 of each file that a list of checksums names; other lines are left out.

    >>> checksums(b"0" * 64 + b"  a.txt\n")["a.txt"][:3]
    '000'
    """
    lines = content.decode("utf-8", "replace").splitlines()
    found = (LINE.fullmatch(line) for line in lines)
    return {each[2]: each[1] for each in found if each}
