"""The folder of candidates: one YAML file each, written whole or not at all, and two locks.

One lock keeps a second ingest out for as long as the first runs. The other is held for the moment
in which a file is read, changed and written, so that a review can go on beside an ingest and no
decision is lost. The system gives both back when a process dies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import yamlfile
from mngraph.candidates.model import Candidate, from_dict
from mngraph.errors import MissingExtraError, OutputError, RecordError
from mngraph.files import write_bytes
from mngraph.records import is_candidate

if TYPE_CHECKING:
    from filelock import BaseFileLock

INGEST_LOCK, WRITE_LOCK = ".ingest.lock", ".write.lock"
KNOWN, REJECTED = "known.json", "rejected.json"
PATIENCE = 30.0
"""Seconds that a change of one file waits for another."""


class Folder:
    """A folder of candidates.

    Args:
        path: the folder; it is made when something is written to it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def files(self) -> list[Path]:
        """Return the files of candidates, sorted."""
        return sorted(path for path in self.path.glob("*.yaml") if path.is_file())

    def file(self, key: str) -> Path:
        """Return the file of a candidate."""
        return self.path / f"{key}.yaml"

    def candidates(self) -> Iterator[Candidate]:
        """Yield the candidates, sorted by key.

        Raises:
            RecordError: a file is not that of a candidate.
        """
        for path in self.files():
            yield read_candidate(path)

    def read(self, key: str) -> Candidate | None:
        """Return a candidate; None where there is none of that name.

        Raises:
            RecordError: the file is not that of a candidate.
        """
        path = self.file(key)
        return read_candidate(path) if path.is_file() else None

    def change(self, key: str, make: Callable[[Candidate | None], Candidate]) -> str:
        """Change a candidate, or make it; nobody else writes meanwhile.

        Args:
            key: what it is called.
            make: gets the candidate as it is now, or None; returns what it shall be.

        Returns:
            `new`, `updated`, or `unchanged`, where nothing is written.

        Raises:
            OutputError: the folder cannot be written.
            RecordError: what stands there is not a candidate.
        """
        with self._locked(WRITE_LOCK, PATIENCE):
            old = self.read(key)
            before = old.as_dict() if old else None
            data = make(old).as_dict()
            if before == data:
                return "unchanged"
            content = yamlfile.write_yaml(data).encode()
            if len(content) > yamlfile.MAX_BYTES:
                raise RecordError(self.file(key), 0, f"the candidate has {len(content):,} bytes")
            write_bytes(self.file(key), content)
            return "updated" if old else "new"

    @contextmanager
    def ingesting(self) -> Iterator[None]:
        """Keep other ingests out, and make the folder.

        Raises:
            OutputError: another ingest is running, or the folder cannot be made or written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make {self.path}: {error.strerror}") from error
        if alien := sorted(path.name for path in self.path.iterdir() if _is_alien(path))[:3]:
            raise OutputError(
                f"{self.path} holds what is not of candidates ({', '.join(alien)}): give a folder "
                "of its own"
            )
        with self._locked(INGEST_LOCK, 0):
            yield

    @contextmanager
    def _locked(self, name: str, patience: float) -> Iterator[None]:
        from filelock import Timeout

        lock = _lock(self.path / name)
        try:
            lock.acquire(timeout=patience, poll_interval=0.01)
        except Timeout as error:
            doing = "ingesting into" if name == INGEST_LOCK else "writing to"
            raise OutputError(
                f"another process is {doing} {self.path}: wait until that is done, or end it"
            ) from error
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror}") from error
        try:
            yield
        finally:
            lock.release()

    def told(self, name: str) -> dict[str, Any]:
        """Return one of the lists that stand beside the candidates; empty where there is none.

        Raises:
            RecordError: it is damaged.
        """
        path = self.path / name
        try:
            found = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise RecordError(path, 0, "cannot be read: remove it, it is made anew") from error
        return found if isinstance(found, dict) else {}

    def tell(self, name: str, content: dict[str, Any]) -> None:
        """Write one of the lists that stand beside the candidates; an empty one is not made."""
        path = self.path / name
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        if content or path.exists():
            write_bytes(path, text.encode())


def _lock(path: Path) -> BaseFileLock:
    """Return a lock.

    Raises:
        MissingExtraError: the library for locks is not installed.
    """
    try:
        from filelock import FileLock
    except ImportError as error:
        reason = "candidates need a library: pip install 'mngraph[literature]'"
        raise MissingExtraError(reason) from error
    return FileLock(path)


def _is_alien(path: Path) -> bool:
    """Return whether something in a folder speaks against its being one of candidates."""
    return path.name in ("pack.yaml", "CURRENT", "mngraph.json", "studies")


def read_candidate(path: Path) -> Candidate:
    """Return the candidate of a file.

    Raises:
        RecordError: it cannot be read, or is not a candidate.
    """
    data, _ = yamlfile.read_yaml(path)
    if not is_candidate(data):
        raise RecordError(path, 1, "this is not a candidate: it has no `status`")
    try:
        found = from_dict(data)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        reason = "this is not a whole candidate: mngraph validate tells what is wrong with it"
        raise RecordError(path, 1, reason) from error
    if found.id != path.stem:
        reason = f"the id is `{found.id}`, but the file is called {path.name}"
        raise RecordError(path, 1, reason)
    return found
