"""Answers that are kept for the next one who asks the same of a graph that does not change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mngraph.prepare import Prepared

CHANGING = {"NOW", "RAND", "UUID", "STRUUID", "BNODE", "SERVICE"}
"""What makes the answer to a query another one each time (SPARQL 1.1, sections 17.4 and 19.8)."""


class Kept:
    """Whole answers, those that were asked for last, within a number of bytes.

    Args:
        most: the bytes of all together.
        each: the bytes of the largest that is kept.

    >>> kept = Kept(most=10, each=6)
    >>> for key, answer in (("a", b"12345"), ("b", b"1234567"), ("c", b"123456")):
    ...     kept.put(key, answer)
    >>> kept.get("a"), kept.get("b"), kept.get("c")
    (None, None, b'123456')
    """

    def __init__(self, most: int, each: int) -> None:
        self.most, self.each, self.held = most, each, 0
        self.answers: OrderedDict[Hashable, bytes] = OrderedDict()

    def get(self, key: Hashable) -> bytes | None:
        """Return the answer that is kept under a key."""
        found = self.answers.get(key)
        if found is not None:
            self.answers.move_to_end(key)
        return found

    def put(self, key: Hashable, answer: bytes) -> None:
        """Keep an answer, and drop those that nobody has asked for the longest."""
        if len(answer) > self.each:
            return
        self.held += len(answer) - len(self.answers.pop(key, b""))
        self.answers[key] = answer
        while self.held > self.most:
            self.held -= len(self.answers.popitem(last=False)[1])


def always_alike(prepared: Prepared) -> bool:
    """Return whether a query has the same answer each time, on a graph that does not change.

    Args:
        prepared: the query.

    >>> from mngraph.prepare import prepare
    >>> [always_alike(prepare(f"ASK {{ BIND({term} AS ?x) }}")) for term in ("'now'", "now()")]
    [True, False]
    """
    return not any(piece.rstrip("(").upper() in CHANGING for piece in prepared.pieces)
