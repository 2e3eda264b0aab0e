"""Names that are like what somebody typed: what every "did you mean" offers, and every search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

LONGEST = 500
"""Names longer than this many characters are not compared: nobody types as much."""

MOST_TIED = 4
"""The most equally near names that are offered together; of more, the first stands for all."""

MOST_SIMILAR = 200
"""The most names that `similar` returns for their likeness alone."""

HAS_WORDS = 90.0
"""The score of a name that has each word of a text as a word."""


def nearest(text: str, names: Iterable[str], at_least: float = 60) -> str | None:
    """Return the name that is most like a text; None when none is much like it.

    Likeness is the share of characters, in order, that both have in common: 100 for equal texts
    (normalized insertion and deletion distance), with capitals and small letters taken as equal.

    Args:
        text: what was typed.
        names: the names that exist, in any order; of equally near ones the alphabetically first.
        at_least: the least likeness of a name worth offering, from 0 to 100.

    >>> nearest("acne-skar", ["acne-scar", "burn-scar", "melasma"])
    'acne-scar'
    >>> nearest("hair", ["acne-scar", "burn-scar", "melasma"])
    """
    return next(iter(tied(text, names, at_least)), None)


def tied(text: str, names: Iterable[str], at_least: float = 60) -> list[str]:
    """Return the name that is most like a text, or all that are equally near; see `nearest`.

    Args:
        text: what was typed.
        names: the names that exist.
        at_least: the least likeness of a name worth offering, from 0 to 100.

    >>> tied("scar", ["scar-a", "melasma", "scar-b"])
    ['scar-a', 'scar-b']
    """
    from rapidfuzz import fuzz, process

    if not text or len(text) > LONGEST:
        return []
    found = process.extract(
        text, sorted(names), scorer=fuzz.ratio, processor=str.casefold, score_cutoff=at_least,
        limit=MOST_TIED + 1,
    )  # fmt: skip
    best = [name for name, score, _ in found if score == found[0][1]]
    return best if len(best) <= MOST_TIED else best[:1]


def likeness(first: str, second: str) -> float:
    """Return how alike two texts are, from 0 to 100; capitals and punctuation do not count.

    >>> round(likeness("Needling of scars.", "needling of scar")), likeness("a", "b")
    (97, 0.0)
    """
    from rapidfuzz import fuzz

    return float(fuzz.ratio(in_words(first[:LONGEST]), in_words(second[:LONGEST])))


def is_one_letter_off(first: str, second: str) -> bool:
    """Return whether two words differ by one letter: put in, left out, or another one.

    >>> is_one_letter_off("autologous", "autologus"), is_one_letter_off("hyper", "hypo")
    (True, False)
    """
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(first, second, score_cutoff=1) == 1


def in_words(text: str) -> str:
    """Return a text in small letters, without punctuation, its words parted by single spaces.

    >>> in_words("  Platelet-rich plasma (PRP)")
    'platelet rich plasma prp'
    """
    from rapidfuzz import utils

    return " ".join(utils.default_process(text).split())


def similar(text: str, names: Sequence[str]) -> Iterator[tuple[int, float]]:
    """Yield the index of each name that resembles a text or holds it, with a score up to 100.

    The score is 100 for names that are equal but for capitals and punctuation, and at least
    `HAS_WORDS` for those that have each word of the text as a word. Else it is the mean of the
    weighted ratio (words in any order, parts of names) and of the plain likeness of both.

    Args:
        text: what was typed.
        names: the names that exist.

    >>> [(index, round(score)) for index, score in similar("acne scars", ["Acne scar", "melasma"])]
    [(0, 95)]
    >>> [index for index, score in similar("hair", ["HA", "hair density"]) if score >= HAS_WORDS]
    [1]
    """
    from rapidfuzz import fuzz, process, utils

    if not text or len(text) > LONGEST:
        return
    plain = in_words(text)
    words = set(plain.split())
    having: set[int] = set()
    for index, name in enumerate(names):
        held = in_words(name)
        if held == plain or (words and words <= set(held.split())):
            having.add(index)
            yield index, 100.0 if held == plain else HAS_WORDS
    found = process.extract(
        text, names, scorer=fuzz.WRatio, processor=utils.default_process,
        limit=MOST_SIMILAR, score_cutoff=70,
    )  # fmt: skip
    for name, score, index in found:
        if index not in having:
            yield index, min(99.0, (score + fuzz.ratio(name.lower(), text.lower())) / 2)
