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
def replacing(target: str | Path, *, mark: str | None = None) -> Iterator[Path]:
    """Yield a free path beside `target`; what stands there afterwards takes the target's place.

    Works for files and for directories. When the block fails, the target stays as it was. A link
    stays, and what it points to is replaced.

    Args:
        target: the file or directory to make.
        mark: a file that tells a directory of ours: only such a one, or an empty one, is replaced.

    Raises:
        OutputError: the target is a directory with something else in it, its folder does not
            exist or cannot be written, or the disk is full.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "a.txt") as draft:
    ...         _ = draft.write_text("done")
    ...     (Path(folder) / "a.txt").read_text()
    'done'
    """
    target = Path(os.path.realpath(target))
    folder = target.parent
    if not folder.is_dir():
        raise OutputError(f"cannot write {target}: the folder {folder} does not exist")
    _check_free(target, mark)
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
    """Write `content` to `target` at once or not at all; pipes and devices are written to.

    Raises:
        OutputError: the target is a directory, its folder does not exist or cannot be written, or
            the disk is full.
    """
    target = Path(target)
    if target.exists() and not target.is_file() and not target.is_dir():
        try:
            with target.open("wb") as stream:
                stream.write(content)
        except OSError as error:
            raise OutputError(f"cannot write {target}: {error.strerror}") from error
        return
    with replacing(target) as draft:
        draft.write_bytes(content)


def _check_free(target: Path, mark: str | None) -> None:
    """Refuse a directory that may hold what somebody else put there."""
    if not target.is_dir():
        return
    if mark is None:
        raise OutputError(f"cannot write {target}: it is a folder")
    if any(target.iterdir()) and not (target / mark).is_file():
        raise OutputError(f"cannot write {target}: it is a folder with other files in it")


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
            draft.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~umask)
        draft.replace(target)
