"""How deep a file nests, counted before its parser sees it.

Parsers keep a level of nesting on their stack or read it again for each level inside: a hundred
thousand triples within triples end the process, and as many elements of XML take minutes. Each
counter here is fed the blocks of a file in order and refuses more than `MOST_LEVELS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate

from mngraph.errors import GraphSyntaxError

MOST_LEVELS = 1000
"""Most levels that elements, objects and arrays, or triples within triples may have."""

STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*("|\\?\Z)', re.S)
BRACKETS = b"[]{}"
OTHERS = bytes(set(range(256)) - set(BRACKETS))
STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
END = b")>>"
BLANKS = b" \t\r\n"

Counter = Callable[[bytes], bytes]
"""Takes the next block of a file, and returns as much of it as the parser may read."""


def counter(syntax: str) -> Counter:
    """Return the counter for a syntax, by its short name; what it does not know nests at will.

    >>> deep = b'{"http://example.org/p": ' * 1001
    >>> counter("jsonld")(deep)
    Traceback (most recent call last):
    mngraph.errors.GraphSyntaxError: nested more than 1,000 levels deep
    """
    if syntax == "rdf":
        return _Elements().count
    if syntax == "jsonld":
        return _Brackets().count
    return _TripleTerms().count


def _check(levels: int) -> None:
    if levels > MOST_LEVELS:
        raise GraphSyntaxError(f"nested more than {MOST_LEVELS:,} levels deep")


class _Brackets:
    """The objects and arrays of JSON that are open; brackets in strings do not count."""

    def __init__(self) -> None:
        self.levels, self.open = 0, b""

    def count(self, block: bytes) -> bytes:
        """Take a block; a string that goes on after it is kept open by its quotation mark."""
        text, end = self.open + block, b""

        def string(found: re.Match[bytes]) -> bytes:
            nonlocal end
            if found.group(1) != b'"':
                end = b'"' + found.group(1)
            return b""

        brackets = STRING.sub(string, text).translate(None, OTHERS)
        self.open = end
        steps = list(accumulate(map(STEPS.__getitem__, brackets), initial=self.levels))
        self.levels = steps[-1]
        _check(max(steps))
        return block


class _Elements:
    """The elements of XML that are open, counted by Expat, which needs no stack for them."""

    def __init__(self) -> None:
        from xml.parsers import expat

        self.levels, self.failed = 0, ""
        self.error = expat.ExpatError
        self.parser = expat.ParserCreate("utf-8")  # as RDF is read, whatever it declares
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.taken = 0

    def _start(self, _name: str, _attributes: object) -> None:
        self.levels += 1
        _check(self.levels)

    def _end(self, _name: str) -> None:
        self.levels -= 1

    def count(self, block: bytes) -> bytes:
        """Take a block; of XML that is not well-formed, the parser reads as far as it is."""
        if self.failed:
            raise GraphSyntaxError(f"this XML is not well-formed: {self.failed}")
        try:
            self.parser.Parse(block)
        except self.error as error:
            self.failed = str(error)
            return block[: max(1, self.parser.ErrorByteIndex - self.taken)]
        self.taken += len(block)
        return block


class _TripleTerms:
    """The triples that are objects of triples in Turtle and its kin.

    Only an object can be a triple, so that terms within terms all end at the same place, with
    nothing but blanks and comments in between. What is a comment is not decided, since a mark
    within an IRI or a text could deceive: all that follows a `#` on its line may be one.
    """

    def __init__(self) -> None:
        self.ends, self.comment, self.rest = 0, False, b""

    def count(self, block: bytes) -> bytes:
        """Take a block; ends that anything but blanks and comments separates start anew."""
        *parts, last = (self.rest + block).split(END)
        cut = max(0, len(last) - len(END) + 1)
        last, self.rest = last[:cut], last[cut:]
        for part in parts:
            self._pass(part)
            self.ends += 1
            _check(self.ends)
        self._pass(last)
        return block

    def _pass(self, between: bytes) -> None:
        """Pass over what is not an end."""
        if self.ends:
            for number, line in enumerate(between.split(b"\n")):
                self.comment = self.comment and not number
                if not self.comment and line.partition(b"#")[0].strip(BLANKS):
                    self.ends = 0
                self.comment = self.comment or b"#" in line
        else:
            line = between[between.rfind(b"\n") + 1 :]
            self.comment = b"#" in line or (self.comment and b"\n" not in between)
