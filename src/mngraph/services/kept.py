"""Answers of services that are kept for some days in files, so that nobody is asked twice."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from mngraph.errors import OutputError
from mngraph.files import write_bytes

DAYS = 7
"""How long an answer is kept."""
SETTING = "MNGRAPH_CACHE"


class Kept:
    """A folder of answers, each in a file that is called by the hash of what was asked.

    A folder that cannot be written to keeps nothing, which is no error. Who asked is no part of
    what is kept.

    Args:
        folder: the folder; by default that of `MNGRAPH_CACHE`, else one among the user's caches.
        days: how long an answer is kept; 0 to ask anew.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as temporary:
    ...     kept = Kept(Path(temporary))
    ...     kept.keep("https://example.org", "/works", {"q": "scar"}, b"found")
    ...     kept.get("https://example.org", "/works", {"q": "scar"})
    b'found'
    """

    def __init__(self, folder: Path | None = None, days: float = DAYS) -> None:
        self.folder, self.days = folder or _folder(), days

    def get(self, url: str, path: str, fields: Mapping[str, str]) -> bytes | None:
        """Return the answer that was kept; None where there is none, or an old one."""
        file = self._file(url, path, fields)
        try:
            if time.time() - file.stat().st_mtime > self.days * 86_400:
                return None
            return file.read_bytes()
        except OSError:
            return None

    def keep(self, url: str, path: str, fields: Mapping[str, str], content: bytes) -> None:
        """Keep an answer."""
        file = self._file(url, path, fields)
        with contextlib.suppress(OSError, OutputError):
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_bytes(file, content)

    def _file(self, url: str, path: str, fields: Mapping[str, str]) -> Path:
        asked = json.dumps([url, path, sorted(fields.items())], ensure_ascii=False)
        return self.folder / hashlib.sha256(asked.encode()).hexdigest()


def _folder() -> Path:
    if chosen := os.environ.get(SETTING):
        return Path(chosen)
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "mngraph" / "services"
