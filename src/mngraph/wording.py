"""Numbers and lists in English sentences."""

from __future__ import annotations

from collections.abc import Iterable


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    Args:
        number: how many there are.
        one: the noun for one of them.
        many: the noun for any other number; `one` with an s when not given.

    >>> counted(1, "record"), counted(2000, "study", "studies")
    ('1 record', '2,000 studies')
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def listed(items: Iterable[str]) -> str:
    """Return items as a list with `and` before the last.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    *others, last = list(items) or [""]
    return f"{', '.join(others)} and {last}" if others else last


def alternatives(names: Iterable[str]) -> str:
    """Return names as a list with `or` before the last.

    >>> alternatives(["a", "b", "c"])
    'a, b or c'
    """
    *others, last = list(names) or [""]
    return f"{', '.join(others)} or {last}" if others else last


def one_of(nouns: Iterable[str]) -> str:
    """Return nouns with their article as a list with `or` before the last.

    >>> one_of(["procedure", "modality", "event"])
    'a procedure, a modality or an event'
    """
    return alternatives(f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}" for noun in nouns)


def spaced(name: str) -> str:
    """Return the words of a name in camel case.

    >>> spaced("hasReportedEvent")
    'has reported event'
    """
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
