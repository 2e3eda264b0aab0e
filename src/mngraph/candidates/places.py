"""Files and folders wherever fsspec reads and writes them: disks, `s3://`, `gs://`, `https://`."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, cast

from mngraph.errors import LocationError, MissingExtraError, MngraphError, OutputError, RecordError
from mngraph.files import write_bytes

PACKED = b"\x1f\x8b"
BLOCK = 2**20


def expanded(patterns: Iterable[str]) -> list[str]:
    """Return the files that paths, addresses and patterns name, sorted by name.

    Raises:
        LocationError: one names no file, or cannot be looked up.

    >>> expanded(["nowhere/*.xml.gz"])
    Traceback (most recent call last):
    mngraph.errors.LocationError: no file is named by nowhere/*.xml.gz
    """
    found: set[str] = set()
    for pattern in patterns:
        system, path = _system(pattern)
        try:
            named = system.glob(path) if any(c in path for c in "*?[") else [path]
            named = [name for name in named if system.isfile(name)]
        except Exception as error:
            raise LocationError(f"cannot look up {pattern}: {error}") from error
        if not named:
            raise LocationError(f"no file is named by {pattern}")
        found |= {name if _is_local(system) else system.unstrip_protocol(name) for name in named}
    return sorted(found, key=lambda name: (name.rsplit("/", 1)[-1], name))


def put(folder: str, name: str, content: bytes) -> None:
    """Write a file of a folder, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    system, path = _system(folder)
    if _is_local(system):
        write_bytes(Path(path) / name, content)
        return
    try:
        system.pipe_file(f"{path.rstrip('/')}/{name}", content)
    except Exception as error:
        raise OutputError(f"cannot write {folder}/{name}: {error}") from error


def get(folder: str, name: str) -> bytes:
    """Return the content of a file of a folder.

    Raises:
        LocationError: there is none, or it cannot be read.
    """
    system, path = _system(folder)
    try:
        return cast("bytes", system.cat_file(f"{path.rstrip('/')}/{name}"))
    except Exception as error:
        raise LocationError(f"cannot read {folder}/{name}: {error}") from error


def ready(folder: str) -> None:
    """Make a folder of shards.

    Raises:
        OutputError: it cannot be made.
    """
    system, path = _system(folder)
    try:
        system.makedirs(path, exist_ok=True)
    except Exception as error:
        raise OutputError(f"cannot make {folder}: {error}") from error


def opened(source: str) -> IO[bytes]:
    """Return a file, unpacked where it is packed."""
    system, path = _system(source)
    try:
        raw = io.BufferedReader(_Whole(system.open(path, "rb"), source), BLOCK)
    except Exception as error:
        raise LocationError(f"cannot read {source}: {error}") from error
    if raw.peek(2)[:2] != PACKED:
        return raw
    return io.BufferedReader(_Whole(cast("IO[bytes]", gzip.GzipFile(fileobj=raw)), source), BLOCK)


class _Whole(io.RawIOBase):
    """A file whose errors name it; those of a packed file that is cut off or damaged, too."""

    def __init__(self, stream: IO[bytes], source: str) -> None:
        super().__init__()
        self.stream, self.source = stream, source

    def readable(self) -> bool:
        """Return True; a part of what `io.RawIOBase` asks for."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer; a part of what `io.RawIOBase` asks for."""
        view = memoryview(buffer).cast("B")
        try:
            block = self.stream.read(len(view))
        except EOFError as error:
            raise RecordError(self.source, 1, "the compressed file is cut off") from error
        except MngraphError:
            raise
        except Exception as error:
            raise RecordError(self.source, 1, f"cannot be read: {error}") from error
        view[: len(block)] = block
        return len(block)

    def close(self) -> None:
        """Close the file that is read."""
        self.stream.close()
        super().close()


def token(source: str) -> str:
    """Return what changes when a file does."""
    system, path = _system(source)
    try:
        return str(system.ukey(path))
    except Exception as error:
        raise LocationError(f"cannot read {source}: {error}") from error


def _is_local(system: Any) -> bool:
    return "file" in (system.protocol if isinstance(system.protocol, tuple) else (system.protocol,))


def _system(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it.

    Raises:
        MissingExtraError: fsspec, or what it needs for such addresses, is not installed.
        LocationError: it does not know such addresses.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise missing() from error
    try:
        system, path = url_to_fs(address)
    except ImportError as error:
        raise MissingExtraError(f"{address} cannot be read here: {error}") from error
    except ValueError as error:
        raise LocationError(f"cannot read {address}: {error}") from error
    return system, str(path)


def missing() -> MissingExtraError:
    """Return the error of a cluster without what it needs."""
    return MissingExtraError(
        "work on a cluster needs dask and fsspec, which are missing: pip install 'mngraph[cluster]'"
    )
