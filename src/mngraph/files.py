"""The one place that writes: beside the target, then moved into place, so nothing is half done."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from mngraph.drafts import draft_folder, is_draft, put_in_place
from mngraph.errors import OutputError

MANIFEST = "mngraph.json"
"""The file that lists, in each folder that mngraph makes, what mngraph wrote there."""


@contextlib.contextmanager
def replacing(target: str | Path, *, folder: bool = False, listed: bool = True) -> Iterator[Path]:
    """Yield a free path beside `target`; what stands there afterwards takes the target's place.

    When the block fails, the target stays as it was. A link stays, and what it points to is
    replaced. A folder gets a list of its files (`mngraph.json`), and is replaced only when it
    holds nothing else.

    Args:
        target: the file or folder to make.
        folder: whether to make a folder.
        listed: whether a folder gets the list, and so may be replaced later.

    Raises:
        OutputError: a folder stands there that holds what mngraph did not write, another process
            is writing the same folder, the folder around the target does not exist or cannot be
            written, or the disk is full.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as temporary:
    ...     with replacing(Path(temporary) / "a.txt") as draft:
    ...         _ = draft.write_text("done")
    ...     (Path(temporary) / "a.txt").read_text()
    'done'
    """
    target = _resolved(target)
    with _problems(target):
        if not target.parent.is_dir():
            raise OutputError(f"cannot write {target}: the folder {target.parent} does not exist")
        _check_free(target, folder)
        with draft_folder(target, alone=folder) as around:
            draft = around / target.name
            yield draft
            _check_free(target, folder)  # something may have been put there meanwhile
            if draft.is_dir():
                if listed:
                    _list_files(draft)
            else:
                draft.chmod(_mode(target))
            put_in_place(draft, target)


@contextlib.contextmanager
def writing(target: str | Path) -> Iterator[BinaryIO]:
    """Yield a stream whose content takes the place of `target` when the block ends.

    When the block fails, the target stays as it was. Pipes and devices are written to directly.

    Raises:
        OutputError: the target is a folder, the folder around it does not exist or cannot be
            written, or the disk is full.
    """
    target = Path(target)
    with _problems(target):
        special = target.exists() and not target.is_file() and not target.is_dir()
        if special:
            with target.open("wb") as stream:
                yield stream
        else:
            with replacing(target) as draft, draft.open("wb") as stream:
                yield stream


def write_bytes(target: str | Path, content: bytes) -> None:
    """Write `content` to `target` at once or not at all; pipes and devices are written to.

    Raises:
        OutputError: as for `writing`.
    """
    with writing(target) as stream:
        stream.write(content)


def write_folder(
    target: str | Path, parts: Iterable[tuple[str, bytes]], *, listed: bool = True
) -> int:
    """Write files into a folder of their own, which appears whole or not at all.

    Args:
        target: the folder.
        parts: name and content of each file; a name may lead through folders, as `a/b.txt`.
        listed: whether it gets the list, and so may be replaced later.

    Returns:
        The number of files.

    Raises:
        OutputError: as for `replacing`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as temporary:
    ...     write_folder(Path(temporary) / "new", [("a/b.txt", b"text"), ("c.txt", b"")])
    2
    """
    number = 0
    with replacing(target, folder=True, listed=listed) as draft:
        draft.mkdir(exist_ok=True)
        for name, content in parts:
            file = draft / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            number += 1
    return number


def _resolved(target: str | Path) -> Path:
    """Return the path that a link leads to."""
    try:
        return Path(os.path.realpath(target))
    except ValueError as error:
        raise OutputError(f"cannot write {str(target)!r}: a file cannot have this name") from error


@contextlib.contextmanager
def _problems(target: Path) -> Iterator[None]:
    """Turn what the system answers while `target` is written into an error of ours."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        elsewhere = error.filename is not None and not _concerns(str(error.filename), target)
        if error.errno is None or elsewhere:
            raise
        raise OutputError(f"cannot write {target}: {error.strerror}") from error


def _concerns(name: str, target: Path) -> bool:
    """Return whether a file is the target, its folder, or part of its draft."""
    return Path(name) in (target, target.parent) or is_draft(Path(name), target)


def _check_free(target: Path, folder: bool) -> None:
    """Refuse a folder that may hold what somebody else put there."""
    if not target.is_dir():
        return
    if not folder:
        raise OutputError(f"cannot write {target}: it is a folder")
    there = _files(target)
    if not there:
        return
    if MANIFEST not in there:
        raise OutputError(
            f"cannot write {target}: it is a folder that this version of mngraph did not make (it "
            f"holds {_listed(there)}, and no {MANIFEST}); move it away or choose another name"
        )
    foreign = sorted(set(there) - {MANIFEST, *_listed_files(target)})
    if foreign:
        raise OutputError(
            f"cannot write {target}: the folder holds files that mngraph did not write "
            f"({_listed(foreign)}); move them away or choose another name"
        )


def _files(folder: Path) -> list[str]:
    """Return the paths of the files and of the empty folders in a folder, sorted."""
    found = []
    for around, folders, files in os.walk(folder, onerror=_fail):
        names = files if files or folders else [""]
        links = [name for name in folders if (Path(around) / name).is_symlink()]
        found += [(Path(around) / name).relative_to(folder).as_posix() for name in [*names, *links]]
    return sorted(set(found) - {"."})


def _fail(error: OSError) -> None:
    raise error


def state(folder: Path, name: str, value: str) -> None:
    """State something about a folder that `replacing` makes, in its list of files."""
    _write_manifest(folder, _manifest(folder) | {name: value})


def stated(folder: Path, name: str) -> str:
    """Return what was stated about a folder; empty where it has other files than it had then.

    >>> stated(Path("a-folder-that-is-not-there"), "quads")
    ''
    """
    try:
        unchanged = set(_files(folder)) == {MANIFEST, *_listed_files(folder)}
        return str(_manifest(folder).get(name, "")) if unchanged else ""
    except OSError:
        return ""


def _list_files(folder: Path) -> None:
    """Write the list of a folder's files into it."""
    files = [name for name in _files(folder) if name != MANIFEST]
    _write_manifest(folder, {"program": "mngraph", "files": files} | _manifest(folder))


def _write_manifest(folder: Path, document: dict[str, object]) -> None:
    content = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    (folder / MANIFEST).write_text(content, "utf-8")


def _manifest(folder: Path) -> dict[str, object]:
    try:
        document = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (ValueError, FileNotFoundError):
        return {}
    return document if isinstance(document, dict) else {}


def missing_files(folder: Path) -> list[str]:
    """Return the files that a folder's list names and the folder lacks; none without a list.

    >>> missing_files(Path("a-folder-that-is-not-there"))
    []
    """
    return [name for name in _listed_files(folder) if not (folder / name).exists()]


def _listed_files(folder: Path) -> list[str]:
    """Return the files that a folder's list names; none when the list is not ours."""
    document = _manifest(folder)
    files = document.get("files") if document.get("program") == "mngraph" else []
    return [name for name in files if isinstance(name, str)] if isinstance(files, list) else []


def _listed(names: list[str]) -> str:
    """Return the first three names, and how many more there are.

    >>> _listed(["a", "b", "c", "d"])
    'a, b, c and 1 more'
    """
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _mode(target: Path) -> int:
    """Return the permissions of a file that stands there, else those of a new file."""
    if target.exists():
        return target.stat().st_mode & 0o7777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
