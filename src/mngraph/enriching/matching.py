"""How sure it is that a work is the publication of a record, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mngraph.enriching.titles import authors_agree, is_same_title, surname
from mngraph.enriching.works import Work
from mngraph.nearest import likeness

IDENTIFIERS = ("pmid", "doi", "pmcid")
OTHER_TITLE = 60.0
"""An identifier that leads to a title less like the record's than this is suspected to be wrong."""
WORTH_SHOWING = 75.0
"""A work whose title is less like the record's than this is not shown."""


@dataclass(frozen=True)
class Match:
    """How a work fits a record.

    Attributes:
        by: what they have in common: `identifier`, `title and authors`, or `title`.
        score: how alike the titles are, from 0 to 100; 100 where the record has none.
        is_sure: whether the work is taken to be the record's publication.
        against: what speaks against it, or is missing, in words.
    """

    by: str
    score: float
    is_sure: bool
    against: str = ""


def match(publication: Mapping[str, Any], work: Work, trusted: str = "") -> Match | None:
    """Return how a work fits the publication of a record; None where it is another one.

    Args:
        publication: what the record states.
        work: what a service describes.
        trusted: an identifier that a person accepted for the record, as `pmid:1`.

    >>> made = {"title": "Needling with PRP in scars", "authors": ["Doe J"], "issued": "2019"}
    >>> def found(title, year="2019"):
    ...     values = {"title": title, "issued": year, "doi": "10.1234/x"}
    ...     return match(made, Work(service="x", address="", values=values, surnames=("doe",)))
    >>> found("Needling With PRP in Scars.").is_sure, found("Needling without PRP in scars").is_sure
    (True, False)
    >>> found("Needling with PRP in scars", "2023").against
    'another year: 2023'
    """
    title, theirs = str(publication.get("title", "")), work.text("title")
    score = likeness(title, theirs) if title and theirs else 100.0
    if trusted and trusted in {f"{key}:{work.text(key)}" for key in IDENTIFIERS}:
        return Match("accepted identifier", score, True)
    both = [key for key in IDENTIFIERS if publication.get(key) and work.text(key)]
    same = [key for key in both if str(publication[key]).lower() == work.text(key).lower()]
    other = [key for key in both if key not in same]
    if same:
        if score < OTHER_TITLE:
            return Match("identifier", score, False, f"it leads to another title: {theirs}")
        if other:
            return Match("identifier", score, False, f"another {other[0]}: {work.text(other[0])}")
        return Match("identifier", score, True)
    if not title or score < WORTH_SHOWING:
        return None
    against = _against(publication, work, title, theirs, other)
    by = "title" if "author" in against else "title and authors"
    return Match(by, score, not against, against)


def _against(
    publication: Mapping[str, Any], work: Work, title: str, theirs: str, other: list[str]
) -> str:
    """Return what speaks against a work whose title is much like that of a record."""
    mine = [surname(name) for name in publication.get("authors", ())]
    year = str(publication.get("issued", ""))[:4]
    problems = []
    if not is_same_title(title, theirs):
        problems.append("not word for word the same title")
    if not mine:
        problems.append("the record has no authors to compare")
    elif not work.surnames:
        problems.append("no authors are given to compare")
    elif not authors_agree(mine, work.surnames):
        problems.append("other authors")
    if year.isdecimal() and work.year and abs(int(year) - work.year) > 1:
        problems.append(f"another year: {work.year}")
    problems += [f"another {key}: {work.text(key)}" for key in other]
    return "; ".join(problems)
