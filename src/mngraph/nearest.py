"""The known name that is most like a mistyped one: what every "did you mean" offers."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 500
"""Names longer than this many characters are not compared: nobody types as much."""


def nearest(text: str, names: Iterable[str], at_least: float = 60) -> str | None:
    """Return the name that is most like a text; None when none is much like it.

    Likeness is the share of characters, in order, that both have in common: 100 for equal texts
    (normalized insertion and deletion distance), with capitals and small letters taken as equal.

    Args:
        text: what was typed.
        names: the names that exist, in any order; of equally near ones the first by the alphabet.
        at_least: the least likeness of a name worth offering, from 0 to 100.

    >>> nearest("acne-skar", ["acne-scar", "burn-scar", "melasma"])
    'acne-scar'
    >>> nearest("hair", ["acne-scar", "burn-scar", "melasma"])
    """
    from rapidfuzz import fuzz, process

    if not text or len(text) > LONGEST:
        return None
    found = process.extractOne(
        text, sorted(names), scorer=fuzz.ratio, processor=str.casefold, score_cutoff=at_least
    )
    return found[0] if found else None
