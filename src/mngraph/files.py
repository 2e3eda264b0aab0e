"""The one place that writes: beside the target, then moved into place, so nothing is half done."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mngraph.errors import OutputError


@contextlib.contextmanager
def replacing(target: str | Path) -> Iterator[Path]:
    """Yield a free path beside `target`; what stands there afterwards takes the target's place.

    Works for files and for directories. When the block fails, the target stays as it was.

    Raises:
        OutputError: the folder does not exist, cannot be written, or the disk is full.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "a.txt") as draft:
    ...         _ = draft.write_text("done")
    ...     (Path(folder) / "a.txt").read_text()
    'done'
    """
    target = Path(target)
    folder = target.absolute().parent
    if not folder.is_dir():
        raise OutputError(f"cannot write {target}: the folder {folder} does not exist")
    try:
        room = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=folder))
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror}") from error
    draft = room / target.name
    try:
        yield draft
        _move(draft, target, room / "old")
    except OSError as error:
        if isinstance(error, OutputError) or error.errno is None:
            raise
        raise OutputError(f"cannot write {target}: {error.strerror}") from error
    finally:
        shutil.rmtree(room, ignore_errors=True)


def write_bytes(target: str | Path, content: bytes) -> None:
    """Write `content` to `target` at once or not at all.

    Raises:
        OutputError: the folder does not exist, cannot be written, or the disk is full.
    """
    with replacing(target) as draft:
        draft.write_bytes(content)


def _move(draft: Path, target: Path, old: Path) -> None:
    """Put `draft` in the target's place; a directory that stood there is set aside first."""
    if target.is_dir():
        target.rename(old)
        try:
            draft.rename(target)
        except OSError:
            old.rename(target)
            raise
    else:
        umask = os.umask(0)
        os.umask(umask)
        if draft.is_file():
            draft.chmod(0o666 & ~umask)
        draft.replace(target)
