"""Rows of two lists side by side: which outcome of the old record is which of the new one."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

Row = Mapping[str, object]

MOST_COMPARED = 200
"""Of a changed row, the most rows of the other list that it is compared with."""


def paired(old: Sequence[Row], new: Sequence[Row]) -> list[tuple[int | None, int | None]]:
    """Return the numbers (from 1) of rows that belong together; None where a row has no partner.

    Equal rows belong together, those of the same number first; of the rest, each old row and the
    new one that shares most values with it, if that is half of them.

    >>> a, b, c = {"n": 1, "x": 1}, {"n": 2, "x": 1}, {"n": 3, "y": 4}
    >>> paired([a, b], [b, a])
    [(1, 2), (2, 1)]
    >>> paired([a, a], [a, c])
    [(1, 1), (2, None), (None, 2)]
    """
    pairs = dict(_equal(old, new))
    free = [n for n in range(len(new)) if n not in pairs.values()]
    for n, row in enumerate(old):
        if n in pairs:
            continue
        best = max(free[:MOST_COMPARED], key=lambda m: _shared(row, new[m]), default=None)
        if best is not None and _shared(row, new[best]) * 2 >= len(row):
            pairs[n] = best
            free.remove(best)
    found: list[tuple[int | None, int | None]] = [
        (n + 1, pairs[n] + 1 if n in pairs else None) for n in range(len(old))
    ]
    return found + [(None, n + 1) for n in free]


def _equal(old: Sequence[Row], new: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Yield the indices of equal rows, each row once."""
    texts = [[json.dumps(row, sort_keys=True, default=str) for row in rows] for rows in (old, new)]
    places: defaultdict[str, deque[int]] = defaultdict(deque)
    same = {n for n, (one, other) in enumerate(zip(*texts, strict=False)) if one == other}
    for n, text in enumerate(texts[1]):
        if n not in same:
            places[text].append(n)
    for n, text in enumerate(texts[0]):
        if n in same:
            yield n, n
        elif places[text]:
            yield n, places[text].popleft()


def _shared(one: Row, other: Row) -> int:
    """Return how many keys have the same value in two rows."""
    return sum(other.get(key) == value for key, value in one.items())


def ranges(moves: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield first number, last number and new first number of runs that moved together.

    >>> list(ranges([(1, 2), (2, 3), (3, 1)]))
    [(1, 2, 2), (3, 3, 1)]
    """
    first = last = target = 0
    for old, new in moves:
        if first and old == last + 1 and new - old == target - first:
            last = old
            continue
        if first:
            yield first, last, target
        first, last, target = old, old, new
    if first:
        yield first, last, target
