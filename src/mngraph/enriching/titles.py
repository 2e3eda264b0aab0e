"""Whether two titles, and two lists of authors, are those of one publication: strictly.

Papers of one field differ by a word: "with" and "without", "effective" and "not effective", 1 mm
and 1.5 mm. So a title is the same only if each word is, in its place, but for spelling.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest

from mngraph.nearest import is_one_letter_off

TAG = re.compile(r"</?[A-Za-z][^<>]{0,60}>")
"""Markup that services leave in titles."""
RETRACTED = re.compile(r"(?i)^\W*(?:retracted(?: article)?|withdrawn)\s*[:\]]\s*")
WORD = re.compile(r"\d+(?:[.,·]\d+)*|[^\W\d_]+")
FILLERS = frozenset({"a", "an", "the", "of", "in", "for", "and", "on", "to", "by", "at"})
"""Words that titles have or lack without another meaning."""
SAME = {"vs": "versus", "verses": "versus", "&": "and"}
BRITISH = (
    (re.compile(r"is(e[ds]?|ing|ations?)$"), r"iz\1"), (re.compile(r"ae|oe"), "e"),
    (re.compile(r"our(s|ed|ing)?$"), r"or\1"), (re.compile(r"tre$"), "ter"),
    (re.compile(r"lysed$"), "lyzed"), (re.compile(r"ll(ed|ing)$"), r"l\1"),
)  # fmt: skip
LONG = 6
"""From this many letters on, a word may have one letter that is another."""
SUFFIXES = ("Jr", "Sr", "2nd", "3rd", "II", "III")
INITIALS = 4
"""The most initials of an author."""
STEM = 3
"""So many letters at the beginning must be the same: "atypical" is not "typical"."""


def plain_title(text: str) -> str:
    """Return a title as citations print it: without markup, notices and a full stop.

    >>> plain_title("RETRACTED: Effect of <i>in vivo</i> needling &amp; light.")
    'Effect of in vivo needling & light'
    >>> plain_title("[Needling of scars].")
    'Needling of scars'
    """
    text = " ".join(TAG.sub("", html.unescape(html.unescape(text))).split())
    text = RETRACTED.sub("", text).strip()
    if text.endswith(".") and not text.endswith(".."):
        text = text[:-1]
    if text.startswith("[") and text.endswith("]") and text.count("[") == 1:
        text = text[1:-1]
    return text.strip()


def is_same_title(first: str, second: str) -> bool:
    """Return whether two titles have the same words in the same order, but for spelling.

    >>> is_same_title("Needling with PRP for acne scars", "Needling without PRP for acne scars")
    False
    >>> is_same_title("Needling is effective in scars.", "Needling is not effective in scars")
    False
    >>> is_same_title("Striae: a randomised trial", "Striae - Randomized Trial")
    True
    >>> is_same_title("Needles of 1 mm in scars", "Needles of 1.5 mm in scars")
    False
    """
    pairs = list(zip_longest(_words(first), _words(second), fillvalue=""))
    return len(pairs) > 1 and all(_is_same_word(*pair) for pair in pairs)


@lru_cache(maxsize=64)
def title_key(title: str) -> str:
    """Return the words of a title in one spelling, by which titles can be looked up.

    Nothing that can turn the meaning is left out: neither words such as "no" and "without" nor
    figures.

    >>> title_key("[Micro-needling: the colour of scars, 1.5 mm vs. none.]")
    'micro needling color scars 1.5 mm versus none'
    """
    return " ".join(map(_american, _words(title)))


def _words(title: str) -> list[str]:
    letters = plain_title(title).casefold()
    if not letters.isascii():
        apart = unicodedata.normalize("NFKD", letters).casefold()
        letters = "".join(c for c in apart if not unicodedata.combining(c))
        letters = letters.replace("\u03b2", "beta")
    words = (SAME.get(word, word) for word in WORD.findall(letters))
    return [word.replace(",", ".").replace("\u00b7", ".") for word in words if word not in FILLERS]


def _is_same_word(first: str, second: str) -> bool:
    first, second = _american(first), _american(second)
    if first == second:
        return True
    if not first.isalpha() or not second.isalpha():
        return False  # numbers have to be equal, and no word may be missing
    if {first, second} in ({first, f"{first}s"}, {second, f"{second}s"}):
        return min(len(first), len(second)) > STEM
    is_long = min(len(first), len(second)) >= LONG
    return is_long and first[:STEM] == second[:STEM] and is_one_letter_off(first, second)


@lru_cache(maxsize=65_536)
def _american(word: str) -> str:
    for british, american in BRITISH:
        word = british.sub(american, word)
    return word


def surname(name: str) -> str:
    """Return the family name of an author for comparison: small letters, no accents or signs.

    Args:
        name: as citations print it: the family name, initials, a suffix.

    >>> surname("Al-Qarqaz FA"), surname("Müller M"), surname("de la Cruz J"), surname("Doe JA Jr")
    ('alqarqaz', 'muller', 'delacruz', 'doe')
    """
    words = name.replace(",", " ").split()
    if len(words) > 1 and words[-1].rstrip(".") in SUFFIXES:
        words.pop()
    if len(words) > 1 and words[-1].isupper() and len(words[-1]) <= INITIALS:
        words.pop()
    return folded(" ".join(words))


def folded(text: str) -> str:
    """Return the letters and digits of a text, small and without accents.

    >>> folded("Journal of Dermatology (Tokyo)")
    'journalofdermatologytokyo'
    """
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in apart if c.isalnum())


def is_same_journal(first: str, second: str) -> bool:
    """Return whether two names are those of one journal, of which one may be abbreviated.

    >>> is_same_journal("J Am Acad Dermatol", "Journal of the American Academy of Dermatology")
    True
    >>> is_same_journal("Dermatologic Surgery", "Dermatologic Surgery: official publication")
    True
    >>> is_same_journal("J Dermatol", "Journal of Dermatological Treatment")
    False
    """
    mine, theirs = (_journal_words(name) for name in (first, second))
    return len(mine) == len(theirs) and all(
        _shortens(*pair) or _shortens(*pair[::-1]) for pair in zip(mine, theirs, strict=True)
    )


def _journal_words(name: str) -> list[str]:
    name = html.unescape(name).replace("&", " and ").partition(":")[0].partition("(")[0]
    words = map(folded, re.split(r"[\s.,/-]+", name))
    return [word for word in words if word and word not in FILLERS]


def _shortens(short: str, word: str) -> bool:
    """Return whether a word may be an abbreviation of another: `Natl` of `National`."""
    letters = iter(word)
    return short[0] == word[0] and all(letter in letters for letter in short)


def authors_agree(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Return whether two lists of family names have the same first, and most of the shorter list.

    >>> authors_agree(["doe", "roe"], ["doe", "poe", "roe"]), authors_agree(["doe"], ["roe", "doe"])
    (True, False)
    >>> authors_agree([], ["doe"])
    False
    """
    if not mine or not theirs or mine[0] != theirs[0]:
        return False
    common = set(mine) & set(theirs)
    return 2 * len(common) >= min(len(set(mine)), len(set(theirs)))
