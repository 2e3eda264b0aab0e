"""Compressed files: the ending of a name tells how, and so do the first bytes of the content."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, cast

from mngraph.errors import MissingExtraError

if TYPE_CHECKING:
    from types import ModuleType

Mode = Literal["rb", "wb"]


@dataclass(frozen=True, kw_only=True)
class Packing:
    """A way to compress files.

    Attributes:
        ending: what the names of such files end in.
        title: its name.
        first_bytes: what such files begin with.
        opened: opens a stream of compressed bytes for reading ("rb") or writing ("wb").
    """

    ending: str
    title: str
    first_bytes: bytes
    opened: Callable[[BinaryIO, Mode], BinaryIO]


def _gzip(stream: BinaryIO, mode: Mode) -> BinaryIO:
    import gzip

    return cast("BinaryIO", gzip.GzipFile(filename="", mode=mode, fileobj=stream, mtime=0))


def _bzip2(stream: BinaryIO, mode: Mode) -> BinaryIO:
    import bz2

    return cast("BinaryIO", bz2.BZ2File(stream, mode))


def _xz(stream: BinaryIO, mode: Mode) -> BinaryIO:
    import lzma

    return cast("BinaryIO", lzma.LZMAFile(stream, mode))


def _zstandard(stream: BinaryIO, mode: Mode) -> BinaryIO:
    return cast("BinaryIO", _zstandard_library().ZstdFile(stream, mode))


def _zstandard_library() -> ModuleType:
    """Return the library for Zstandard: Python's own from 3.14 on, else its backport."""
    from importlib import import_module

    for name in ("compression.zstd", "backports.zstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    raise MissingExtraError("files that end in .zst need: pip install 'mngraph[zstd]'")


PACKINGS = (
    Packing(ending=".gz", title="gzip", first_bytes=b"\x1f\x8b", opened=_gzip),
    Packing(ending=".bz2", title="bzip2", first_bytes=b"BZh", opened=_bzip2),
    Packing(ending=".xz", title="xz", first_bytes=b"\xfd7zXZ\0", opened=_xz),
    Packing(ending=".zst", title="Zstandard", first_bytes=b"\x28\xb5\x2f\xfd", opened=_zstandard),
)


def packing_of(path: str | Path) -> Packing | None:
    """Return how a file of this name is compressed, or None.

    >>> [packing.title if (packing := packing_of(name)) else None for name in ("a.nt.GZ", "a.nt")]
    ['gzip', None]
    """
    name = str(path).lower()
    return next((packing for packing in PACKINGS if name.endswith(packing.ending)), None)


def packing_by_content(first: bytes) -> Packing | None:
    """Return how a file that begins with these bytes is compressed, or None."""
    return next((packing for packing in PACKINGS if first.startswith(packing.first_bytes)), None)


def without_ending(path: str | Path) -> Path:
    """Return a name without the ending that tells the compression.

    >>> without_ending("a.nt.gz").name
    'a.nt'
    """
    packing = packing_of(path)
    return Path(str(path)[: -len(packing.ending)]) if packing else Path(path)


def pack(path: str | Path, content: bytes) -> bytes:
    """Return a file's content, compressed as its name asks, always to the same bytes."""
    out = io.BytesIO()
    with packed(path, out) as stream:
        stream.write(content)
    return out.getvalue()


@contextlib.contextmanager
def packed(path: str | Path, out: BinaryIO) -> Iterator[BinaryIO]:
    """Yield a stream into `out` that compresses what is written to it, as the name asks."""
    packing = packing_of(path)
    if packing is None:
        yield out
    else:
        with packing.opened(out, "wb") as stream:
            yield stream
