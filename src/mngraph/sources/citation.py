"""What the entry of an article states beside title and abstract, in PubMed, nbib and RIS."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from mngraph.annotation.facts import Section
from mngraph.sources.article import Abstract, clean, iso_date

MONTHS = {
    name: n
    for n, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
YEAR = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b")
BETWEEN = re.compile(r"[\s.]+")
"""What stands between initials."""
ORCID = re.compile(r"(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])$")


class Author(NamedTuple):
    """One author: family name and initials, or the name of a group.

    Attributes:
        name: as citations print it, such as `Roe R` or `Scar Study Group`.
        orcid: the author's ORCID iD, like 0000-0002-1825-0097; empty where none is given.
        collective: whether it is a group.
    """

    name: str
    orcid: str = ""
    collective: bool = False


class Heading(NamedTuple):
    """A MeSH heading with its qualifiers; `major` where the article is mainly about it."""

    name: str
    identifier: str = ""
    major: bool = False
    qualifiers: tuple[str, ...] = ()


class Grant(NamedTuple):
    """A grant: its number and who gave it."""

    number: str
    agency: str = ""
    country: str = ""


class Comment(NamedTuple):
    """A link to another publication: what PubMed calls it (`ErratumIn`, `CommentOn`), and to what.

    Attributes:
        kind: the RefType of PubMed's XML, or the tag of MEDLINE.
        citation: the other publication.
        pmid: its PMID; empty where none is given.
    """

    kind: str
    citation: str
    pmid: str = ""


@dataclass(frozen=True, kw_only=True)
class Citation(Abstract):
    """An article with all that its entry states; what is not stated is empty.

    Attributes:
        place: the line of the file on which the entry begins.
        kind: `journal-article` or `book-chapter`.
        title: the title without markup; in the original language where there is no other.
        vernacular: the title in the original language.
        authors: the authors, in their order.
        journal: the journal's abbreviation; of a chapter, the book.
        issn: the ISSN of the journal.
        issued: the year, or year and month, or the day of publication, in ISO form.
        bookshelf: the accession number of a chapter in NCBI Bookshelf, such as NBK459344.
        languages: codes of three letters, such as `eng`.
        types: publication types.
        headings: MeSH headings.
        keywords: keywords of the authors.
        registrations: numbers in registries and data banks, such as `ClinicalTrials.gov/NCT…`.
        substances: chemicals, with their registry number where it has one.
        comments: links to other publications, references left out.
        other_abstracts: abstracts in other languages or from other hands.
    """

    place: int = 0
    kind: str = "journal-article"
    title: str = ""
    vernacular: str = ""
    authors: tuple[Author, ...] = ()
    journal: str = ""
    issn: str = ""
    publisher: str = ""
    issued: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    bookshelf: str = ""
    languages: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    headings: tuple[Heading, ...] = ()
    keywords: tuple[str, ...] = ()
    registrations: tuple[str, ...] = ()
    substances: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    comments: tuple[Comment, ...] = ()
    other_abstracts: tuple[tuple[Section, ...], ...] = ()

    @property
    def name(self) -> str:
        """How messages call it: by PMID, DOI or title."""
        if self.pmid:
            return f"PMID {self.pmid}"
        return f"DOI {self.doi}" if self.doi else f"“{self.title[:60]}”"


@dataclass(frozen=True)
class Deletion:
    """An entry that PubMed has taken back (`DeleteCitation` of its daily update files)."""

    pmid: str
    place: int = 0


@dataclass(frozen=True)
class Rejected:
    """An entry that cannot be read; the others of its file can.

    Attributes:
        place: the line on which it begins.
        name: its PMID where that can be read, else its DOI or title.
        reason: what is wrong with it.
    """

    place: int
    name: str
    reason: str


Entry: TypeAlias = Citation | Deletion | Rejected
"""What a file is made of: each of its records is one of these."""


def orcid(text: str) -> str:
    """Return an ORCID iD in its usual form, or nothing where a text is none.

    >>> orcid("http://orcid.org/0000000218250097"), orcid("ORCID: 0000-0002-1825-0097"), orcid("x")
    ('0000-0002-1825-0097', '0000-0002-1825-0097', '')
    """
    found = ORCID.search(text.strip().upper())
    return "-".join(found.groups()) if found else ""


def issued(text: str) -> str:
    """Return a date as citations print it in ISO form, as fine as it is beyond doubt.

    >>> [issued(t) for t in ("2020 Apr 7", "2020 Apr", "1998 Dec-1999 Jan", "2000 Spring", "")]
    ['2020-04-07', '2020-04', '1998', '2000', '']
    """
    words = re.split(r"[\s/]+", text.strip())
    if 1 <= len(words) <= 3 and re.fullmatch(r"\d{4}", words[0]):
        return issued_on(*[*words, "", ""][:3])
    found = YEAR.search(text)
    return found.group() if found else ""


def issued_on(year: str, month: str = "", day: str = "") -> str:
    """Return year, month (a name or a number) and day as an ISO date, as fine as they are given.

    >>> issued_on("2020", "Apr"), issued_on("2020", "04", "31"), issued_on("2020", "Nov-Dec")
    ('2020-04', '2020-04', '2020')
    """
    if not YEAR.fullmatch(year):
        return ""
    number = MONTHS.get(month[:3].lower(), 0) if month[:3].isalpha() and "-" not in month else 0
    if month.isdecimal() and month.isascii():
        number = int(month[:4])
    if not 1 <= number <= 12:
        return year
    whole = iso_date([year, str(number), day]) if day else ""
    return whole if len(whole) == 10 else f"{year}-{number:02}"


def author(family: str, initials: str = "", suffix: str = "") -> str:
    """Return the name of an author as citations print it.

    >>> author("Roe", "R M", "Jr"), author("O'Doe", "J. K."), author("Plato")
    ('Roe RM Jr', "O'Doe JK", 'Plato')
    """
    short = initials if initials.isalpha() else BETWEEN.sub("", initials)
    return clean(f"{family} {short} {suffix}")


def initials(given: str) -> str:
    """Return the initials of given names.

    >>> initials("Jean-Paul Marie"), initials("A. B."), initials("AB")
    ('JPM', 'AB', 'AB')
    """
    words = re.split(r"[\s.-]+", given.strip())
    if len(words) == 1 and words[0].isupper() and len(words[0]) <= 3:
        return words[0]
    return "".join(word[0].upper() for word in words if word)


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """Return values without blanks and repeats, in their order."""
    return tuple(dict.fromkeys(filter(None, values)))
