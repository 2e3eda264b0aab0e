"""Cohorts: studies that report on the same participants, which count as one study."""

from __future__ import annotations

from collections.abc import Iterable


def cohorts(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the first name of each group that pairs of overlapping studies join.

    >>> cohorts([("b", "a"), ("c", "b")])
    {'b': 'a', 'a': 'a', 'c': 'a'}
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = name = parent[parent[name]]
        return name

    for one, other in pairs:
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    return {name: root(name) for name in list(parent)}
