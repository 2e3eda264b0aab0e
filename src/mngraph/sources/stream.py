"""A stream that ends with an error when a file, or one article in it, is too large."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

from mngraph.errors import RecordError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_BYTES = 4 * 2**30
"""The most bytes read of one file, after decompression."""
MAX_ARTICLE = 10 * 2**20
"""The most bytes of one article in a file."""


class BoundedStream(io.RawIOBase):
    """A stream that ends with an error when a file, or one article of it, is too large."""

    def __init__(self, stream: IO[bytes], origin: str) -> None:
        super().__init__()
        self.stream, self.origin = stream, origin
        self.left, self.article, self.head = MAX_BYTES, MAX_ARTICLE, b""

    def peek(self) -> bytes:
        """Return the first bytes, which are read again by the next call of `read`."""
        self.head = self.stream.read(512)
        return self.head

    def begin_article(self) -> None:
        """Count the bytes of an article from here."""
        self.article = MAX_ARTICLE

    def readable(self) -> bool:
        """Return True; a part of what `io.RawIOBase` asks for."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read into a buffer; a part of what `io.RawIOBase` asks for."""
        view = memoryview(buffer).cast("B")
        block = self.read(len(view))
        view[: len(block)] = block
        return len(block)

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes.

        Raises:
            RecordError: the file, or an article in it, is too large.
        """
        size = 65536 if size < 0 else size
        block, self.head = self.head[:size], self.head[size:]
        block = block or self.stream.read(size)
        self.left -= len(block)
        self.article -= len(block)
        if self.left < 0:
            raise RecordError(self.origin, 1, f"more than {MAX_BYTES:,} bytes")
        if self.article < 0:
            raise RecordError(self.origin, 1, f"an article of more than {MAX_ARTICLE:,} bytes")
        return block
