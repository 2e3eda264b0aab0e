"""The key that a publication has as a study: by PMID, DOI, or author, year and title."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

SMALL = frozenset((
    "a", "an", "the", "of", "in", "on", "for", "and", "or", "with", "without", "to", "from", "by",
    "at", "as", "is", "are", "was", "versus", "vs", "its", "their", "using", "via", "into",
    "after", "before", "during", "between",
))  # fmt: skip
"""Words of a title that its name leaves out."""
LONGEST = 100
"""How long a key may be, so that a file can be called by it."""


def study_key(
    pmid: str, doi: str, title: str = "", authors: Sequence[str] = (), issued: str = ""
) -> str:
    """Return the key of the study that a publication reports.

    Args:
        pmid: PubMed identifier, if any.
        doi: DOI, if any.
        title: title.
        authors: authors as citations print them, such as `Roe R`.
        issued: date of publication; its year counts.

    >>> study_key("031469914", ""), study_key("", "10.1111/JOCD.13331")
    ('pmid-31469914', 'doi-10.1111-jocd.13331')
    >>> study_key("", "", "The effect of fractional microneedling", ["Orabi AB"], "2021-03")
    'orabi-2021-effect-fractional-microneedling'
    >>> study_key("", "", "深い", [])
    'anon-nd-untitled'
    """
    if pmid.isdecimal() and pmid.isascii() and int(pmid):
        return f"pmid-{int(pmid)}"
    if doi:
        return _bounded(f"doi-{re.sub(r'[^a-z0-9.-]', '-', doi.lower())}")
    words = [word for word in _plain(title).split() if word not in SMALL][:3]
    family = "".join(_plain(authors[0].rpartition(" ")[0] or authors[0]).split()) if authors else ""
    year = issued[:4] if re.fullmatch(r"\d{4}", issued[:4]) else "nd"
    return _bounded("-".join([family or "anon", year, *(words or ["untitled"])]))


def _bounded(key: str) -> str:
    """Return a key that a file can be called by; one that is cut ends in its digest."""
    if len(key) <= LONGEST:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:10]
    return f"{key[: LONGEST - 11].rstrip('.-')}-{digest}"


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^a-z0-9]+", " ", text.encode("ascii", "ignore").decode()).strip()
