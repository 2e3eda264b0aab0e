"""Draft folders: where a file or a store is made, hidden beside the target that it will replace.

A draft folder is locked as long as its process lives. So the next writer can tell what a killed
process left behind, and remove it, from what another process is writing now.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from mngraph.errors import OutputError

try:
    import fcntl
except ImportError:  # Windows has no flock: nothing is swept there
    fcntl = None  # type: ignore[assignment]

NAME = re.compile(r"\..*\.mngraph-[a-z0-9_]{8}", re.DOTALL)
LOCK, OLD = "lock", "old"
CANNOT_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}
"""What a system or a file system answers that cannot exchange two names in one step."""


@contextlib.contextmanager
def draft_folder(target: Path, *, alone: bool = False) -> Iterator[Path]:
    """Yield a locked empty folder beside `target`, and remove it with all that is in it.

    What dead processes left in the same folder is removed first; a store that one of them had set
    aside goes back to `target` when nothing stands there.

    Args:
        target: what the draft will replace.
        alone: whether it is refused while another process has a draft of the same target. Of two
            that begin at the same moment, both may be refused.

    Raises:
        OSError: the folder cannot be made.
        OutputError: another process is writing the same target.
    """
    import shutil

    _restore(target)
    _sweep(target.parent)
    path, lock = _make(target)
    try:
        if alone:
            _refuse_others(target, path)
        yield path
    finally:
        try:
            shutil.rmtree(path, ignore_errors=True)
        except BaseException:  # a signal arrived: remove the rest before it is heeded
            shutil.rmtree(path, ignore_errors=True)
            raise
        finally:
            os.close(lock)


def _refuse_others(target: Path, own: Path) -> None:
    for other in _drafts_in(target.parent):
        if other == own or not other.name.startswith(_prefix(target)):
            continue
        with _abandoned(other) as dead:
            if dead or not (other / LOCK).exists():
                continue
        number = _read(other / LOCK)
        raise OutputError(
            f"cannot write {target}: another process{f' ({number})' if number else ''} is writing "
            "it; wait until that is done, or end it"
        )


def _read(path: Path) -> str:
    """Return the number of a process that a lock names; nothing where it cannot be read."""
    try:
        return path.read_text("ascii")[:20].strip()
    except (OSError, ValueError):
        return ""


def set_aside(target: Path) -> Path | None:
    """Return the store that a killed process took from `target` and did not bring back."""
    if os.path.lexists(target):
        return None
    prefix = _prefix(target)
    try:
        with os.scandir(target.parent) as entries:
            names = sorted(each.name for each in entries if each.name.startswith(prefix))
    except OSError:
        return None
    for name in names:
        old = target.parent / name / OLD / target.name
        if NAME.fullmatch(name) and os.path.lexists(old):
            return old
    return None


def in_draft(path: Path) -> bool:
    """Return whether a path leads into a draft folder: what lies there may be half done.

    >>> in_draft(Path(".store.mngraph-abcd0123/store")), in_draft(Path("store"))
    (True, False)
    """
    return any(NAME.fullmatch(part) for part in path.parts)


def is_draft(path: Path, target: Path) -> bool:
    """Return whether a path leads into a draft folder of `target`."""
    return any(part.startswith(_prefix(target)) and NAME.fullmatch(part) for part in path.parts)


def put_in_place(draft: Path, target: Path) -> None:
    """Move a draft to the place of `target`; a folder that stands there is exchanged with it.

    Where the system cannot exchange two folders in one step, the old one is set aside first.

    Raises:
        OSError: the target cannot be replaced; what stood there still does.
    """
    if not target.is_dir():
        draft.replace(target)
    elif not exchange(draft, target):
        old = draft.parent / OLD / target.name
        old.parent.mkdir()
        target.rename(old)
        try:
            draft.rename(target)
        except BaseException:
            old.rename(target)
            raise


def exchange(first: Path, second: Path) -> bool:
    """Exchange two files or folders of one file system in one step.

    Linux does it with renameat2 (RENAME_EXCHANGE), macOS with renamex_np (RENAME_SWAP).

    Returns:
        Whether it was done; False where the system or the file system cannot.

    Raises:
        OSError: one of the two does not exist, or may not be moved.
    """
    import ctypes

    if os.name != "posix":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    one, two = os.fsencode(first), os.fsencode(second)
    if sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        failed = libc.renamex_np(one, two, 2)
    elif hasattr(libc, "renameat2"):
        here = -100  # AT_FDCWD: relative names start from the working folder
        failed = libc.renameat2(here, one, here, two, 2)
    else:
        return False
    if not failed:
        return True
    code = ctypes.get_errno()
    if code in CANNOT_EXCHANGE:
        return False
    raise OSError(code, os.strerror(code), str(first), None, str(second))


def _prefix(target: Path) -> str:
    """Return how the names of a target's draft folders begin; long names are cut."""
    return f".{os.fsencode(target.name)[:80].decode('utf-8', 'ignore')}.mngraph-"


def _make(target: Path) -> tuple[Path, int]:
    """Make a draft folder; return it and the open file whose lock says that we live."""
    import tempfile

    while True:
        path = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
        try:
            lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:  # swept before it was locked
            continue
        if _locked(lock) is not False and _is_file_of(lock, path / LOCK):
            os.write(lock, f"{os.getpid()}\n".encode())
            return path, lock
        os.close(lock)


def _locked(descriptor: int) -> bool | None:
    """Lock a file and return whether that worked; None where files cannot be locked."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_file_of(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def _abandoned(path: Path) -> Iterator[bool]:
    """Yield whether the process that made a draft folder is dead."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    try:
        lock = os.open(path / LOCK, flags, 0o600)
    except OSError:
        yield False
        return
    try:
        yield _locked(lock) is True
    finally:
        os.close(lock)


def _sweep(folder: Path) -> None:
    """Remove the draft folders of dead processes, but for a store that was set aside."""
    import shutil

    for path in _drafts_in(folder):
        with _abandoned(path) as dead:
            if dead and not _keeps_only_copy(path):
                shutil.rmtree(path, ignore_errors=True)


def _drafts_in(folder: Path) -> list[Path]:
    """Return the draft folders in a folder; none in one that may not be listed."""
    try:
        with os.scandir(folder) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return []


def _keeps_only_copy(path: Path) -> bool:
    """Return whether a draft folder holds a store that was set aside and never replaced."""
    return (path / OLD).is_dir() and any(
        not os.path.lexists(path.parent / old.name) for old in (path / OLD).iterdir()
    )


def _restore(target: Path) -> None:
    """Bring back the store that a dead process had set aside."""
    old = set_aside(target)
    if old is None:
        return
    with _abandoned(old.parent.parent) as dead:
        if dead:
            old.rename(target)
