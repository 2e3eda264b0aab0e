"""A publication as a service describes it, in the words of a record's `publication`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote

from mngraph.enriching.titles import INITIALS, RETRACTED, plain_title, surname
from mngraph.records import FORBIDDEN
from mngraph.sources.article import clean
from mngraph.sources.citation import Citation, author, initials

Value: TypeAlias = str | list[str]

DOI = re.compile(r"10\.[0-9]{4,9}/\S+")
PAGES = re.compile(r"([A-Za-z]*)(\d+)\s*[-\u2013]\s*([A-Za-z]*)(\d+)")
NOTICES = {
    "retraction": "retraction", "withdrawal": "retraction", "removal": "retraction",
    "partial_retraction": "retraction", "expression_of_concern": "expression-of-concern",
    "correction": "correction", "corrigendum": "correction", "erratum": "correction",
}  # fmt: skip
"""What the updates of Crossref are called, and what they are here."""
LONGEST = 2_000
MOST_AUTHORS = 1_000


@dataclass(frozen=True, kw_only=True)
class Told:
    """A notice on a publication, and who told of it."""

    kind: str
    citation: str = ""
    pmid: str = ""
    doi: str = ""
    issued: str = ""
    source: str = ""

    def stated(self, found: str) -> dict[str, str]:
        """Return it as a record states it.

        Args:
            found: the day on which it was found.
        """
        parts = {
            "kind": self.kind, "citation": self.citation, "pmid": self.pmid, "doi": self.doi,
            "issued": self.issued, "source": self.source, "found": found,
        }  # fmt: skip
        return {key: value for key, value in parts.items() if value}


@dataclass(frozen=True, kw_only=True)
class Work:
    """A publication as one service or file describes it.

    Attributes:
        service: who says so.
        address: where a person can look it up.
        values: values by the key of a record's `publication`; none is empty.
        surnames: the family names of the authors, for comparison.
        notices: what it knows of retractions, concerns and corrections.
    """

    service: str
    address: str
    values: Mapping[str, Value]
    surnames: tuple[str, ...] = ()
    notices: tuple[Told, ...] = field(default=())

    def text(self, key: str) -> str:
        """Return a value that is one text; empty where there is none."""
        value = self.values.get(key, "")
        return value if isinstance(value, str) else ""

    @property
    def year(self) -> int | None:
        """The year of publication."""
        year = self.text("issued")[:4]
        return int(year) if year.isdecimal() else None


def of_citation(found: Citation, service: str) -> Work:
    """Return an article that was read from PubMed, or from a file."""
    address = f"https://pubmed.ncbi.nlm.nih.gov/{found.pmid}/" if found.pmid else ""
    address = address or _resolver(_doi(found.doi))
    names = [each.name for each in found.authors]
    values: dict[str, Any] = {
        "pmid": found.pmid, "pmcid": found.pmcid, "doi": _doi(found.doi),
        "title": plain_title(found.title), "authors": names, "journal": found.journal,
        "issued": found.issued, "volume": found.volume, "issue": found.issue,
        "pages": whole_pages(found.pages),
    }  # fmt: skip
    told = (
        Told(kind=each.kind, citation=each.citation, pmid=each.pmid, source=address)
        for each in found.notices
    )
    surnames = tuple(surname(each.name) for each in found.authors if not each.collective)
    return _work(service, address, values, surnames, told)


def of_crossref(found: Mapping[str, Any]) -> Work:
    """Return a work as the REST interface of Crossref describes it."""
    doi = _doi(_text(found.get("DOI")))
    authors = [each for each in _list(found.get("author")) if isinstance(each, dict)]
    title = _text(_first(found.get("title")))
    subtitle = _text(_first(found.get("subtitle")))
    if subtitle and subtitle.casefold() not in title.casefold():
        title = f"{title}: {subtitle}"
    values: dict[str, Any] = {
        "doi": doi, "title": plain_title(title), "authors": list(map(_crossref_author, authors)),
        "journal": plain_title(_text(_first(found.get("container-title")))),
        "issued": _crossref_date(found), "volume": _text(found.get("volume")),
        "issue": _text(found.get("issue")),
        "pages": whole_pages(_text(found.get("page")) or _text(found.get("article-number"))),
    }  # fmt: skip
    address = _resolver(doi)
    notices = [
        Told(
            kind=NOTICES[each["type"]], doi=_doi(_text(each.get("DOI"))), source=address,
            citation=_text(each.get("label")), issued=_date(each.get("updated")),
        )
        for each in _list(found.get("updated-by"))
        if isinstance(each, dict) and each.get("type") in NOTICES
    ]  # fmt: skip
    if RETRACTED.match(title) and not any(each.kind == "retraction" for each in notices):
        said = "the title begins with \u201cRetracted\u201d"
        notices.append(Told(kind="retraction", citation=said, source=address))
    surnames = tuple(
        surname(f"{_text(each.get('family'))} X") for each in authors if each.get("family")
    )
    return _work("Crossref", address, values, surnames, notices)


def of_openalex(found: Mapping[str, Any]) -> Work:
    """Return a work as OpenAlex describes it; its authors serve for comparison only.

    It gives names in one piece, which may be parted wrongly.
    """
    ids, place = _dict(found.get("ids")), _dict(found.get("primary_location"))
    biblio = _dict(found.get("biblio"))
    pages = "-".join(
        dict.fromkeys(filter(None, (_text(biblio.get(n)) for n in ("first_page", "last_page"))))
    )
    pmcid = _text(ids.get("pmcid")).rstrip("/").rpartition("/")[2].upper()
    values: dict[str, Any] = {
        "pmid": _text(ids.get("pmid")).rstrip("/").rpartition("/")[2],
        "pmcid": f"PMC{pmcid.removeprefix('PMC')}" if pmcid else "",
        "doi": _doi(_text(found.get("doi") or ids.get("doi"))),
        "title": plain_title(_text(found.get("display_name") or found.get("title"))),
        "journal": plain_title(_text(_dict(place.get("source")).get("display_name"))),
        "issued": _text(found.get("publication_year")),
        "volume": _text(biblio.get("volume")), "issue": _text(biblio.get("issue")), "pages": pages,
    }  # fmt: skip
    names = (
        _text(_dict(each.get("author")).get("display_name"))
        for each in _list(found.get("authorships"))
        if isinstance(each, dict)
    )
    surnames = tuple(surname(f"{name.split()[-1]} X") for name in names if name.split())
    address = _text(found.get("id"))
    retracted = found.get("is_retracted") is True
    told = [Told(kind="retraction", citation="retracted, says OpenAlex", source=address)]
    return _work("OpenAlex", address, values, surnames, told if retracted else [])


def whole_pages(text: str) -> str:
    """Return pages with the last one in full.

    >>> whole_pages("323-6"), whole_pages("e70408"), whole_pages("S12-S15"), whole_pages("99-104")
    ('323-326', 'e70408', 'S12-S15', '99-104')
    """
    found = PAGES.fullmatch(text.strip())
    if not found:
        return text.strip()
    before, first, again, last = found.groups()
    if len(last) < len(first) and not again:
        last = first[: len(first) - len(last)] + last
    return f"{before}{first}-{again}{last}"


def _work(
    service: str, address: str, values: Mapping[str, Any], surnames: tuple[str, ...],
    notices: Iterable[Told],
) -> Work:  # fmt: skip
    kept = dict(_sound(values))
    address = address if address.startswith("https://") and " " not in address else ""
    told = tuple(each for each in notices if not FORBIDDEN.search(f"{each}"))
    return Work(
        service=service, address=address, values=kept, notices=told,
        surnames=tuple(filter(None, surnames)),
    )  # fmt: skip


FORMS = {
    "pmid": r"[0-9]{1,8}", "pmcid": r"PMC[0-9]+", "doi": r"10\.[0-9]{4,9}/\S+",
    "issued": r"[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?",
}  # fmt: skip
"""What the values of some keys look like; others are left out."""


def _sound(values: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    """Yield the values that a record may have: neither empty nor harmful."""
    for key, given in values.items():
        if isinstance(given, list):
            names = [clean(name) for name in given[:MOST_AUTHORS]]
            if names and all(map(_is_sound, names)):
                yield key, list(dict.fromkeys(names))
        elif _is_sound(clean(given)) and re.fullmatch(FORMS.get(key, ".+"), clean(given)):
            yield key, clean(given)


def _is_sound(text: str) -> bool:
    return 0 < len(text) <= LONGEST and not FORBIDDEN.search(text)


def _doi(text: str) -> str:
    found = DOI.search(text.lower())
    return found.group() if found else ""


def _resolver(doi: str) -> str:
    """Return the address that leads to a DOI, which may hold signs that no address has."""
    return f"https://doi.org/{quote(doi, safe='/:;.()-_')}" if doi else ""


def _crossref_author(given: Mapping[str, Any]) -> str:
    family = _text(given.get("family"))
    if not family:
        return _text(given.get("name"))
    if family.isupper() and len(family) > INITIALS:
        family = family.title()
    return author(family, initials(_text(given.get("given"))), _text(given.get("suffix")))


def _crossref_date(found: Mapping[str, Any]) -> str:
    """Return the date of the printed issue, else of the first publication."""
    names = ("published-print", "published-online", "published", "issued")
    return next(filter(None, (_date(found.get(name)) for name in names)), "")


def _date(given: Any) -> str:
    """Return the `date-parts` of Crossref as an ISO date."""
    parts = _first(_dict(given).get("date-parts"))
    numbers = [n for n in _list(parts)[:3] if isinstance(n, int)]
    if not numbers:
        return ""
    return "-".join(f"{n:0{4 if place == 0 else 2}}" for place, n in enumerate(numbers))


def _text(given: Any) -> str:
    return str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _dict(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def _first(given: Any) -> Any:
    return next(iter(_list(given)), None)
