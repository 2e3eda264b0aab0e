"""The records of PubMed XML as bytes, one after another, without reading the XML as a whole.

A record is cut out at its tags and handed to a parser by itself. So one that is broken costs itself
alone, memory holds one at a time, and no parser ever sees a document type: what a file declares
there, such as entities that grow without bound or name other files, has no effect.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

from mngraph.errors import RecordError
from mngraph.sources import stream as bounds
from mngraph.sources.stream import BLOCK, BoundedStream

RECORDS = ("PubmedArticle", "PubmedBookArticle", "DeleteCitation", "DeleteDocument")
"""The elements that are records; none of them holds another."""
SETS = ("PubmedArticleSet", "PubmedBookArticleSet")
"""The elements that hold records: a file whose root is one of them ends with its end."""
SET_ENDS = re.compile(rb"</(?:PubmedArticleSet|PubmedBookArticleSet)\s*>")
START = re.compile(
    rb"<(?:(" + b"|".join(name.encode() for name in RECORDS) + rb")(?=[\s/>])|!--|!\[CDATA\[)"
)
LONGEST_TAG = 64
"""How many bytes of what was read are kept, since a tag may end in the next block."""
ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
SKIPPED = re.compile(rb"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
DECLARED = re.compile(r"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
MISSING = "not XML: </{}> is missing"
"""What is wrong with a record inside which another one begins."""
PLAIN = {"utf-8", "ascii"}
"""The encodings that need no conversion."""


class Piece(NamedTuple):
    """The bytes of one record, in UTF-8.

    Attributes:
        name: its element.
        line: the line of the file on which it begins.
        content: the element; empty where it is too large or has no end.
        problem: why there is no content.
    """

    name: str
    line: int
    content: bytes
    problem: str = ""


class Cutter:
    """Cuts a stream of XML into records.

    Attributes:
        root: the name of the first element.
        line: the line that has been reached.
    """

    def __init__(self, stream: BoundedStream, origin: str) -> None:
        self.stream, self.origin = stream, origin
        self.decoder = _decoder(stream, origin)
        self.buffer, self.at, self.line, self.ended = b"", 0, 1, False
        self.open = False
        self.doubtful = 0  # up to here records may have no end, which is looked at beforehand
        self.root = self._root()

    def pieces(self) -> Iterator[Piece]:
        """Yield the records.

        Raises:
            RecordError: the file is damaged or too large, or ends before the set of records does.
        """
        while found := self._next_start():
            if found.group(1) is None:
                self._skip(b"-->" if found.group() == b"<!--" else b"]]>")
            else:
                yield self._record(found.group(1))
        if self.open:
            reason = f"the file is cut off: </{self.root}> is missing at its end"
            raise RecordError(self.origin, self.line, reason)

    def _root(self) -> str:
        """Return the name of the root, after a look at what stands before it.

        Raises:
            RecordError: entities are declared there.
        """
        while not self.ended and len(self.buffer) < BLOCK:
            self._more()
        start = START.search(self.buffer)
        head = self.buffer[: start.start()] if start else self.buffer
        if b"<!ENTITY" in head:
            raise RecordError(self.origin, 1, "the XML declares entities; PubMed's does not")
        found = ROOT.search(SKIPPED.sub(b"", self.buffer[: 2**16]))
        name = found.group(1).decode("utf-8", "replace") if found else ""
        self.open = name in SETS
        return name

    def _more(self) -> None:
        """Read on.

        Raises:
            RecordError: the bytes are not in the encoding that the file names.
        """
        block = self.stream.read(BLOCK)
        self.ended = not block
        if self.decoder is not None:
            try:
                text = self.decoder.decode(block, final=self.ended)
                block = text.encode("utf-8", "surrogatepass")
            except UnicodeError as error:
                raise RecordError(
                    self.origin, self.line, f"not in its encoding: {error}"
                ) from error
        self.buffer += block

    def _drop(self, end: int) -> None:
        """Leave what comes before a place of the buffer behind."""
        self.line += self.buffer.count(b"\n", self.at, end)
        self.at = end

    def _cut(self) -> None:
        """Let go of what was left behind, now and then."""
        if self.at > BLOCK:
            self.doubtful -= self.at
            self.buffer, self.at = self.buffer[self.at :], 0

    def _next_start(self) -> re.Match[bytes] | None:
        """Return where the next record, comment or CDATA begins, and go there; None at the end."""
        passed = 0
        self._cut()
        while not (found := START.search(self.buffer, self.at)):
            keep = max(self.at, len(self.buffer) - LONGEST_TAG)
            self._note_end(len(self.buffer))
            passed += keep - self.at
            if passed > bounds.MAX_ARTICLE:
                reason = f"{passed:,} bytes without an article"
                raise RecordError(self.origin, self.line, reason)
            self._drop(keep)
            if self.ended:
                return None
            self._more()
        self._note_end(found.start())
        self._drop(found.start())
        return START.match(self.buffer, self.at)

    def _note_end(self, end: int) -> None:
        """Take note that a set of records ends before a place of the buffer."""
        if SET_ENDS.search(self.buffer, self.at, end):
            self.open = False

    def _find(self, mark: bytes, start: int) -> int:
        """Return the place of a mark, reading on as far as an article may reach; -1 for none."""
        while (end := self.buffer.find(mark, start)) < 0:
            if self.ended or len(self.buffer) - self.at > bounds.MAX_ARTICLE:
                return -1
            start = max(start, len(self.buffer) - len(mark))
            self._more()
        return end

    def _skip(self, mark: bytes) -> None:
        """Go behind a comment or CDATA.

        Raises:
            RecordError: it has no end.
        """
        end = self._find(mark, self.at + 4)
        if end < 0:
            raise RecordError(self.origin, self.line, f"not XML: {mark.decode()} is missing")
        self._drop(end + len(mark))

    def _record(self, name: bytes) -> Piece:
        """Return the record that begins here."""
        line, word = self.line, name.decode()
        tag = self._find(b">", self.at)
        if tag > 0 and self.buffer[tag - 1 : tag] == b"/":
            content = self.buffer[self.at : tag + 1]
            self._drop(tag + 1)
            return Piece(word, line, content)
        closing = b"</" + name + b">"
        end = self._find(closing, self.at)
        while end >= 0 and self._hidden(end):
            end = self._find(closing, end + 1)
        stop = end + len(closing) if end >= 0 else len(self.buffer)
        doubtful = end < 0 or self.at < self.doubtful
        if doubtful and (other := self._other_start(stop)):
            self._drop(other)
            return Piece(word, line, b"", MISSING.format(word))
        if end < 0:
            return Piece(word, line, b"", self._endless(closing))
        content = self.buffer[self.at : stop]
        self._drop(stop)
        return Piece(word, line, content)

    def reopened(self, piece: Piece) -> bool:
        """Go back to a record that begins inside the last one, where that one has no end.

        Args:
            piece: the last record, which is not XML: so is each that holds another.

        Returns:
            Whether there is such a record; it is the next of `pieces`.
        """
        stop = self.doubtful = self.at
        self.at -= len(piece.content)
        self.line = piece.line
        other = self._other_start(stop)
        self._drop(other or stop)
        return bool(other)

    def _other_start(self, stop: int) -> int:
        """Return where another record begins inside the one that begins here; 0 for nowhere."""
        for found in START.finditer(self.buffer, self.at + 1, stop):
            if found.group(1) and not self._hidden(found.start()):
                return found.start()
        return 0

    def _hidden(self, place: int) -> bool:
        """Return whether a place of the record that begins here is in a comment or in CDATA."""
        if self.buffer.find(b"!", self.at, place) < 0:
            return False
        for mark, end in ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>")):
            start = self.buffer.rfind(mark, self.at, place)
            if start >= 0 and self.buffer.find(end, start, place) < 0:
                return True
        return False

    def _endless(self, closing: bytes) -> str:
        """Leave behind a record that is too large or has no end, and return what is wrong."""
        if self.ended:
            self._note_end(len(self.buffer))
            self._drop(len(self.buffer))
            return "not XML: the file ends inside this article"
        while True:
            end = self.buffer.find(closing, self.at)
            if end >= 0 or self.ended:
                self._drop(end if end >= 0 else len(self.buffer))
                return f"an article of more than {bounds.MAX_ARTICLE:,} bytes"
            self._drop(max(self.at, len(self.buffer) - LONGEST_TAG))
            self._more()


def _decoder(stream: BoundedStream, origin: str) -> codecs.IncrementalDecoder | None:
    """Return what turns the stream into text; None where it is UTF-8 already.

    Raises:
        RecordError: the encoding is unknown, or none that Python reads piece by piece.
    """
    head = stream.peek()
    name = next((name for mark, name in MARKS.items() if head.startswith(mark)), "")
    if not name and head[:4] in (b"<\0?\0", b"\0<\0?"):
        name = "utf-16-le" if head[0] else "utf-16-be"
    if not name:
        found = DECLARED.match(head.decode("latin-1"))
        name = found.group(1) if found else "utf-8"
    try:
        known = codecs.lookup(name)
        if not known._is_text_encoding:
            raise LookupError(name)
        decoder = codecs.getincrementaldecoder(name)()
    except LookupError as error:
        reason = f"this XML cannot be read: the encoding {name} is unknown"
        raise RecordError(origin, 1, reason) from error
    return None if known.name in PLAIN else decoder
