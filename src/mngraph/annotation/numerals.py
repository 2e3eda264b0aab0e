"""Numbers as papers print them: `1,204`, `2·97`, `.04`, `twenty-one`, `one hundred`."""

from __future__ import annotations

import re
from functools import lru_cache

SMALL_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
SMALL = {word: number for number, word in enumerate(SMALL_WORDS.split())}
TENS = {
    word: 10 * number
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
} | {"fourty": 40}
ALONE = {"a": 1, "an": 1, "once": 1, "twice": 2, "thrice": 3}


@lru_cache(maxsize=4096)
def number(text: str) -> int | float:
    """Return the number that a text prints.

    Args:
        text: figures, or words in small letters.

    Raises:
        ValueError: it is no number.

    >>> number("1,204"), number("twenty-one"), number("one hundred and forty"), number("-.62")
    (1204, 21, 140, -0.62)
    """
    plain = text.strip().replace("\u2212", "-").replace("\u2013", "-").replace("·", ".")
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))|(?<=[-+])\s", "", plain).replace(",", ".")
    if plain and plain.lstrip("+-")[:1] in "0123456789.":
        value = float(plain)
        return int(value) if value.is_integer() and "." not in plain else value
    total = 0
    for word in re.split(r"[\s-]+(?:and[\s-]+)?", plain):
        if word == "hundred":
            total = 100 * max(total, 1)
        elif word:
            found = SMALL.get(word, TENS.get(word, ALONE.get(word)))
            if found is None:
                raise ValueError(f"not a number: {text!r}")
            total += found
    return total
