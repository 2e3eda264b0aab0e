"""Articles of PubMed XML: journal articles, chapters of books, and entries that were taken back.

Everything follows NLM's document types pubmed_250101.dtd and bookdoc_250101.dtd; what these call
optional may be missing.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mngraph.annotation.facts import TITLE, Section
from mngraph.errors import RecordError
from mngraph.sources.article import (
    NOTICE_KINDS,
    Notice,
    all_notices,
    clean,
    iso_date,
)
from mngraph.sources.citation import (
    Author,
    Citation,
    Comment,
    Deletion,
    Entry,
    Grant,
    Heading,
    Rejected,
    author,
    initials,
    issued,
    issued_on,
    orcid,
    unique,
)
from mngraph.sources.stream import BoundedStream
from mngraph.sources.xmlrecords import MISSING, Cutter, Piece

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

AROUND = (
    b'<r xmlns:mml="http://www.w3.org/1998/Math/MathML" xmlns:xlink="http://www.w3.org/1999/xlink"'
    b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ali="http://www.niso.org/ali">',
    b"</r>",
)
"""What is put around a record with prefixes, which the document types declare for a file."""
REFERENCES_END = b"</ReferenceList>"
PMID = re.compile(rb"<PMID\b[^>]*>\s*(\d{1,9})\s*</PMID>")
MOST_DELETED = 1_000_000
"""How many PMIDs one list of deletions holds at most."""


def parse_xml(stream: BoundedStream, origin: str, *, may_be_empty: bool) -> Iterator[Entry]:
    """Yield the records of PubMed XML; see `mngraph.sources.entries.parse_entries`."""
    cutter = Cutter(stream, origin)
    found = False
    for piece in cutter.pieces():
        found = True
        yield from _entries(piece, origin, cutter)
    if not found and not (may_be_empty and cutter.root == "PubmedArticleSet"):
        raise RecordError(
            origin, 1, f"no PubMed article in this XML (its root is {cutter.root:.60})"
        )


def _entries(piece: Piece, origin: str, cutter: Cutter) -> Iterator[Entry]:
    from xml.etree.ElementTree import ParseError

    if piece.problem:
        yield Rejected(piece.line, _named(piece.content), piece.problem)
        return
    try:
        element = _parsed(piece.content)
    except ParseError as error:
        line = piece.line + error.position[0] - 1
        reason = f"not XML: {error.msg.partition(':')[0]} (line {line:,})"
        if cutter.reopened(piece):
            reason = MISSING.format(piece.name)
        yield Rejected(piece.line, _named(piece.content), reason)
        return
    if piece.name.startswith("Delete"):
        for node in element.iter("PMID"):
            yield Deletion(_text(node), piece.line)
    elif element.find("MedlineCitation") is None and element.find("BookDocument") is None:
        yield Rejected(piece.line, "", f"{piece.name} without an entry in it")
    else:
        yield _citation(element, origin, piece.line)


def _parsed(content: bytes) -> Element:
    """Return the element of a record, without its references, which often are most of it.

    Raises:
        ParseError: it is not XML.
    """
    # No document type comes with a record, so that there are no entities to expand.
    from xml.etree.ElementTree import ParseError, fromstring

    start = content.find(b"<ReferenceList")
    end = content.rfind(REFERENCES_END)
    less = content
    if 0 < start < end and content.rfind(b"</MedlineCitation>", 0, start) > 0:
        less = content[:start] + content[end + len(REFERENCES_END) :]
    with contextlib.suppress(ParseError):
        return fromstring(less)  # noqa: S314
    with contextlib.suppress(ParseError):
        return fromstring(AROUND[0] + less + AROUND[1])[0]  # noqa: S314
    return fromstring(AROUND[0] + content + AROUND[1])[0]  # noqa: S314


def _named(content: bytes) -> str:
    found = PMID.search(content)
    return f"PMID {found.group(1).decode()}" if found else ""


def _citation(element: Element, origin: str, place: int) -> Citation:
    """Return an article or a chapter."""
    entry = element.find("MedlineCitation")
    book = None
    if entry is None:
        entry = element.find("BookDocument")
        book = entry.find("Book") if entry is not None else None
    assert entry is not None  # noqa: S101 (the caller has looked)
    article = entry.find("Article")
    article = entry if article is None else article
    ids = _identifiers(element, article)
    title = _title(article, book)
    typed = _all(article, "PublicationTypeList", "PublicationType")
    types = unique(map(_text, [*typed, *article.findall("PublicationType")]))
    comments = tuple(_comments(entry))
    notices = [Notice(NOTICE_KINDS[c.kind], c.citation, c.pmid)
               for c in comments if c.kind in NOTICE_KINDS]  # fmt: skip
    revised, pmid = entry.find("DateRevised"), _text(entry.find("PMID"))
    return Citation(
        origin=origin, place=place, kind="journal-article" if book is None else "book-chapter",
        sections=_sections(title, article.find("Abstract")),
        pmid=pmid if pmid.isdecimal() else "", doi=ids.get("doi", "").lower(),
        pmcid=ids.get("pmc", "").upper(), bookshelf=ids.get("bookaccession", ""),
        notices=tuple(all_notices(notices, types, title)),
        revised="" if revised is None else iso_date([_text(part) for part in revised]),
        title=title, vernacular=_text(article.find("VernacularTitle")),
        authors=tuple(_authors(article)),
        languages=unique(map(_text, article.findall("Language"))),
        types=types, comments=comments, headings=tuple(_headings(entry)),
        keywords=unique(map(_text, _all(entry, "KeywordList", "Keyword"))),
        registrations=tuple(_registrations(article)), substances=tuple(_substances(entry)),
        grants=tuple(_grants(article)),
        other_abstracts=tuple(_sections("", node) for node in entry.findall("OtherAbstract")),
        **(_where(entry, article) if book is None else _in_book(article, book)),
    )  # fmt: skip


def _title(article: Element, book: Element | None) -> str:
    title = _text(article.find("ArticleTitle"))
    if not title and book is not None:
        title = _text(book.find("BookTitle"))
    return title or _text(article.find("VernacularTitle"))


def _sections(title: str, abstract: Element | None) -> tuple[Section, ...]:
    sections = [Section(TITLE, title)] if title else []
    for node in abstract.findall("AbstractText") if abstract is not None else ():
        category = _capitals(node.get("NlmCategory", ""))
        label = _capitals(node.get("Label", "")) or category
        if text := _text(node):
            sections.append(Section(label, text, category))
    return tuple(sections)


def _capitals(label: str) -> str:
    """Return a label in capitals, as most are."""
    return label if label.isalpha() and label.isupper() else clean(label).upper()


def _identifiers(element: Element, article: Element) -> dict[str, str]:
    """Return the first identifier of each type; those of cited articles are not looked at."""
    found: dict[str, str] = {}
    for place in ("PubmedData", "PubmedBookData", "BookDocument"):
        for node in _all(element, place, "ArticleIdList", "ArticleId"):
            found.setdefault(node.get("IdType", ""), _text(node))
    for node in article.findall("ELocationID"):
        if node.get("ValidYN", "Y") == "Y":
            found.setdefault(node.get("EIdType", ""), _text(node))
    return found


def _authors(article: Element) -> Iterator[Author]:
    lists = article.findall("AuthorList")
    if kinds := [each for each in lists if each.get("Type") != "editors"]:
        lists = kinds
    for node in (node for each in lists for node in each.findall("Author")):
        if node.get("ValidYN", "Y") != "Y":
            continue
        number = ""
        for each in node.findall("Identifier"):
            if each.get("Source") == "ORCID":
                number = number or orcid(_text(each))
        family, given = _text(node.find("LastName")), _text(node.find("ForeName"))
        if group := _text(node.find("CollectiveName")):
            yield Author(group, number, True)
        elif family or given:
            short = _text(node.find("Initials")) or (initials(given) if family else "")
            yield Author(author(family or given, short, _text(node.find("Suffix"))), number)


def _where(entry: Element, article: Element) -> dict[str, str]:
    """Return journal, date, volume, issue and pages of an article."""
    journal, found = article.find("Journal"), {"journal": "", "issued": "", "issn": ""}
    if journal is not None:
        found["issn"] = _text(journal.find("ISSN"))
        found["journal"] = _text(journal.find("ISOAbbreviation")) or _text(journal.find("Title"))
        if (number := journal.find("JournalIssue")) is not None:
            found["volume"] = _text(number.find("Volume"))
            found["issue"] = _text(number.find("Issue"))
            found["issued"] = _date(number.find("PubDate"))
    short = _text(_at(entry, "MedlineJournalInfo", "MedlineTA"))
    found["journal"] = found["journal"].replace(".", "") or short
    found["issued"] = found["issued"] or _date(article.find("ArticleDate"))
    return {**found, "pages": _pages(article)}


def _in_book(chapter: Element, book: Element) -> dict[str, str]:
    """Return book, publisher and date of a chapter."""
    return {
        "journal": _text(book.find("BookTitle")),
        "publisher": _text(_at(book, "Publisher", "PublisherName")),
        "volume": _text(book.find("Volume")),
        "issued": _date(book.find("PubDate")) or _date(chapter.find("ContributionDate")),
        "pages": _pages(chapter),
    }


def _pages(article: Element) -> str:
    return _text(_at(article, "Pagination", "MedlinePgn")) or "-".join(
        unique(_text(_at(article, "Pagination", name)) for name in ("StartPage", "EndPage"))
    )


def _date(node: Element | None) -> str:
    if node is None:
        return ""
    if rough := _text(node.find("MedlineDate")):
        return issued(rough)
    return issued_on(*(_text(node.find(name)) for name in ("Year", "Month", "Day")))


def _comments(entry: Element) -> Iterator[Comment]:
    for node in _all(entry, "CommentsCorrectionsList", "CommentsCorrections"):
        if (kind := node.get("RefType", "")) != "Cites":
            yield Comment(kind, _text(node.find("RefSource")), _text(node.find("PMID")))


def _headings(entry: Element) -> Iterator[Heading]:
    for node in _all(entry, "MeshHeadingList", "MeshHeading"):
        descriptor = node.find("DescriptorName")
        if descriptor is not None and (name := _text(descriptor)):
            major = "Y" in [part.get("MajorTopicYN") for part in node]
            qualifiers = [_text(part) for part in node.findall("QualifierName")]
            yield Heading(name, descriptor.get("UI", ""), major, tuple(qualifiers))


def _registrations(article: Element) -> Iterator[str]:
    for bank in _all(article, "DataBankList", "DataBank"):
        name = _text(bank.find("DataBankName"))
        for node in _all(bank, "AccessionNumberList", "AccessionNumber"):
            yield f"{name}/{_text(node)}"


def _substances(entry: Element) -> Iterator[str]:
    for node in _all(entry, "ChemicalList", "Chemical"):
        name, number = _text(node.find("NameOfSubstance")), _text(node.find("RegistryNumber"))
        yield name if number in ("", "0") else f"{name} ({number})"


def _grants(article: Element) -> Iterator[Grant]:
    for node in _all(article, "GrantList", "Grant"):
        yield Grant(*(_text(node.find(name)) for name in ("GrantID", "Agency", "Country")))


def _all(node: Element, *path: str) -> list[Element]:
    """Return the elements at the end of a path; much faster than a path of ElementTree."""
    found = node.findall(path[0])
    for name in path[1:]:
        found = [child for each in found for child in each.findall(name)]
    return found


def _at(node: Element | None, *path: str) -> Element | None:
    """Return the element at the end of a path, of the first of each name."""
    for name in path:
        node = None if node is None else node.find(name)
    return node


def _text(node: Element | None) -> str:
    if node is None:
        return ""
    text = "".join(node.itertext()) if len(node) else node.text
    if not text or text.isalnum():
        return text or ""
    return " ".join(text.split())
