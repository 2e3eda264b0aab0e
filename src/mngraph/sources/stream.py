"""A stream that ends with an error when a file is too large, and the most that an article has."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from mngraph.errors import RecordError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_BYTES = 64 * 2**30
"""The most bytes read of one file, after decompression: all of PubMed has more, no file of it."""
MAX_ARTICLE = 10 * 2**20
"""The most bytes of one article in a file, and of what stands between two articles."""
BLOCK = 2**18
"""How many bytes are read at once."""


@dataclass(frozen=True)
class Line:
    """A line of a text file.

    Attributes:
        number: its place in the file, from 1.
        text: the line without its end.
        broken: whether it is not UTF-8; the text then has a mark in place of what cannot be read.
    """

    number: int
    text: str
    broken: bool = False


class BoundedStream(io.RawIOBase):
    """A stream that ends with an error when a file is too large."""

    def __init__(self, stream: IO[bytes], origin: str) -> None:
        super().__init__()
        self.stream, self.origin = stream, origin
        self.left, self.head = MAX_BYTES, b""

    def peek(self, size: int = 512) -> bytes:
        """Return the first bytes, which are read again by the next call of `read`."""
        while len(self.head) < size and (block := self.stream.read(size - len(self.head))):
            self.head += block
        return self.head

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
            RecordError: the file is too large.
        """
        size = BLOCK if size < 0 else size
        block, self.head = self.head[:size], self.head[size:]
        block = block or self.stream.read(size)
        self.left -= len(block)
        if self.left < 0:
            raise RecordError(self.origin, 1, f"more than {MAX_BYTES:,} bytes")
        return block


def read_lines(stream: BoundedStream, origin: str) -> Iterator[Line]:
    """Yield each line of a text file.

    Raises:
        RecordError: a line is longer than an article may be.
    """
    reader, number = io.BufferedReader(stream), 0
    while raw := reader.readline(MAX_ARTICLE + 1):
        number += 1
        if len(raw) > MAX_ARTICLE:
            raise RecordError(origin, number, f"an article of more than {MAX_ARTICLE:,} bytes")
        raw = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
        try:
            yield Line(number, raw.decode().rstrip("\r\n"))
        except UnicodeDecodeError:
            yield Line(number, raw.decode("utf-8", "replace").rstrip("\r\n"), True)


def not_utf8(line: int) -> str:
    """Return why a record with a broken line is rejected."""
    return f"not in UTF-8 (line {line:,}): save the file in UTF-8, and read it again"
