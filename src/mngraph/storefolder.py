"""Store folders: written, and opened for reading, also while another process replaces them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph.errors import LocationError
from mngraph.wording import counted

if TYPE_CHECKING:
    import pyoxigraph as ox

PATIENCE = 3.0
"""Seconds for which a folder that another process keeps replacing is tried again."""

PAUSE = 0.02
"""Seconds between two tries."""

DRAFT = ".mngraph-"
"""What the name of a folder has in which a store is being written."""

DIGEST = "quads"
"""The name under which a store that was built states the digest of its quads."""


def content_digest(store: ox.Store) -> str:
    """Return the SHA-256 of a store's quads, as sorted N-Quads.

    >>> from mngraph.store import LocalStore
    >>> content_digest(LocalStore.memory([]).oxigraph)[:15]
    'sha256:e3b0c442'
    """
    import hashlib

    import pyoxigraph as ox

    lines = (store.dump(format=ox.RdfFormat.N_QUADS) or b"").splitlines(keepends=True)
    return f"sha256:{hashlib.sha256(b''.join(sorted(lines))).hexdigest()}"


def write_folder(target: Path, fill: Callable[[ox.Store], None], *, compact: bool = True) -> None:
    """Write a store directory that holds the data alone.

    RocksDB also leaves its journal, its lock, its settings and its log, in which the host and the
    folders of this machine are named; a store opens without them and makes them when it is written.

    Args:
        target: a path where nothing stands; what reads it must not be able to see it yet.
        fill: puts the quads into the store.
        compact: whether to rewrite it in the order of its keys; a large one that was loaded in bulk
            then keeps files that nothing needs, and takes almost twice the disk.

    Raises:
        OSError: it cannot be written.
    """
    import pyoxigraph as ox

    written = ox.Store(str(target))
    fill(written)
    if compact:
        written.optimize()
    written.flush()
    del written
    for path in target.iterdir():
        if path.suffix != ".sst" and not path.name.startswith(("CURRENT", "MANIFEST-")):
            path.unlink()


def open_folder(path: Path) -> ox.Store:
    """Open a store folder for reading.

    A folder that changes while it is opened is opened again: its files may be those of two stores.

    Raises:
        LocationError: it is not a store, or it cannot be opened.
    """
    import pyoxigraph as ox

    if DRAFT in str(path):
        _refuse_draft(path)
    problem: Exception | None = None
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        before = _identity(path)
        try:
            store = ox.Store.read_only(str(path))
            if before is not None and _identity(path) == before:
                return store
        except (OSError, RuntimeError, ValueError) as error:
            problem = error
            if before is not None and _identity(path) == before:
                break
        time.sleep(PAUSE)
    else:
        raise LocationError(f"cannot open the store {path}: another process keeps replacing it")
    raise LocationError(_why_not(path, problem)) from problem


def _refuse_draft(path: Path) -> None:
    """Refuse what another process is writing, or was writing when it was killed."""
    from mngraph.drafts import in_draft

    if in_draft(path):
        raise LocationError(
            f"{path} is the draft of a store that is being written, or was when that was "
            "interrupted: open the store itself, or write it again"
        )


def _why_not(path: Path, problem: Exception | None) -> str:
    """Return why a folder cannot be opened as a store."""
    from mngraph.files import missing_files  # the graph of the release is opened without it

    if missing := missing_files(path):
        others = f" and {counted(len(missing) - 1, 'other file')}" if len(missing) > 1 else ""
        verb = "are" if others else "is"
        return (
            f"the store {path} is not whole: {missing[0]}{others} {verb} missing; copy, build or "
            "load it again"
        )
    if not (path / "CURRENT").is_file():
        return (
            f"{path} is a folder, but not a graph store (mngraph build -o and mngraph load -o make "
            "one)"
        )
    return f"cannot open the store {path}: {problem}"


def await_folder(path: Path) -> Path | None:
    """Wait for a folder that another process is replacing, and return it when it is there.

    Only systems that cannot exchange two folders in one step leave a moment without one.

    Raises:
        LocationError: the process was killed in that moment; the message says how to mend it.
    """
    from mngraph.drafts import set_aside  # the graph of the release is never replaced

    try:
        real = Path(os.path.realpath(path))
    except ValueError as error:
        raise LocationError(f"no graph at {str(path)!r}: a file cannot have this name") from error
    old = set_aside(real)
    end = time.monotonic() + PATIENCE
    while old is not None and time.monotonic() < end:
        time.sleep(PAUSE)
        old = set_aside(real)
    if old is not None:
        import shlex

        move = shlex.join(["mv", str(old), str(real)])
        raise LocationError(
            f"no graph at {path}: it was being replaced when that was interrupted. The former "
            f"store is kept; this brings it back: {move}"
        )
    return path if path.is_dir() else None


def _identity(path: Path) -> tuple[int, ...] | None:
    """Return what tells a folder from another that takes its place.

    The number of a folder that was removed is soon given to another one, so the times count too.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns
