"""Articles of PubMed XML, read as a stream; entities and external references are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mngraph.errors import RecordError
from mngraph.sources.article import (
    NOTICE_KINDS,
    TITLE,
    Abstract,
    Notice,
    Section,
    all_notices,
    clean,
    iso_date,
)
from mngraph.sources.stream import BoundedStream

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ARTICLES = ("PubmedArticle", "PubmedBookArticle")
BLOCK = 2**16
"""How many bytes the parser gets at once. It reads a long tag again from its start with each block,
so that small blocks make one of 10 MB take ten seconds."""


def parse_xml(stream: BoundedStream, origin: str, *, may_be_empty: bool) -> Iterator[Abstract]:
    """Yield the articles of PubMed XML; see `mngraph.sources.abstracts.parse_abstracts`."""
    root: Element | None = None
    found = False
    for event, element in _events(stream, origin):
        if root is None:
            root = element
        if event == "end" and element.tag in ARTICLES:
            found = True
            yield _article(element, origin)
            root.clear()
            stream.begin_article()
    name = root.tag if root is not None else ""
    if not found and not (may_be_empty and name == "PubmedArticleSet"):
        raise RecordError(origin, 1, f"no PubMed article in this XML (its root is {name:.60})")


class _Blocks:
    """A stream that is read in blocks of one size, whatever size is asked for."""

    def __init__(self, stream: BoundedStream) -> None:
        self.stream = stream

    def read(self, size: int = -1) -> bytes:
        """Return the next block."""
        return self.stream.read(BLOCK)


def _events(stream: BoundedStream, origin: str) -> Iterator[tuple[str, Element]]:
    """Yield the start and end of each element; turn what parsers raise into errors of ours."""
    from xml.etree.ElementTree import ParseError

    import defusedxml
    from defusedxml.ElementTree import iterparse

    try:
        yield from iterparse(_Blocks(stream), events=("start", "end"))
    except RecordError:
        raise
    except defusedxml.DefusedXmlException as error:
        raise RecordError(origin, 1, "the XML declares entities; PubMed's does not") from error
    except ParseError as error:
        raise RecordError(origin, error.position[0], f"not XML: {error.msg}") from error
    except (LookupError, ValueError) as error:  # an encoding that is unknown or cannot be read
        raise RecordError(origin, 1, f"this XML cannot be read: {error}") from error


def _article(element: Element, origin: str) -> Abstract:
    citation = element.find("MedlineCitation")
    if citation is None:
        citation = element.find("BookDocument")
    if citation is None:
        citation = element
    ids = {
        node.get("IdType", ""): _text(node)
        for place in ("PubmedData", "PubmedBookData", "BookDocument")
        for node in element.iterfind(f"{place}/ArticleIdList/ArticleId")
    }
    title = citation.find("Article/ArticleTitle")
    if title is None:
        title = citation.find("ArticleTitle")
    sections = [Section(TITLE, _text(title))] if title is not None else []
    for abstract in (*citation.iterfind("Article/Abstract"), *citation.iterfind("Abstract")):
        for node in abstract.iterfind("AbstractText"):
            category = clean(node.get("NlmCategory", "")).upper()
            label = clean(node.get("Label", "")).upper() or category
            sections.append(Section(label, _text(node), category))
    located = [n for n in citation.iterfind("Article/ELocationID") if n.get("EIdType") == "doi"]
    types = [_text(node) for node in citation.iterfind(".//PublicationTypeList/PublicationType")]
    revised, pmid = citation.find("DateRevised"), _text(citation.find("PMID"))
    return Abstract(
        origin=origin,
        sections=tuple(section for section in sections if section.text),
        pmid=pmid if pmid.isdecimal() else "",
        doi=(ids.get("doi") or (_text(located[0]) if located else "")).lower(),
        pmcid=ids.get("pmc", "").upper(),
        notices=tuple(all_notices(_notices(citation), types, _text(title))),
        revised="" if revised is None else iso_date([_text(part) for part in revised]),
    )


def _notices(citation: Element) -> Iterator[Notice]:
    for node in citation.iterfind("CommentsCorrectionsList/CommentsCorrections"):
        if kind := NOTICE_KINDS.get(node.get("RefType", "")):
            yield Notice(kind, _text(node.find("RefSource")), _text(node.find("PMID")))


def _text(node: Element | None) -> str:
    return "" if node is None else clean("".join(node.itertext()))
