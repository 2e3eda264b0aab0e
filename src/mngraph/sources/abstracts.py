"""Abstracts as PubMed gives them: XML (also `.gz`) or MEDLINE/nbib, from files or from NCBI.

The text of an abstract is its title, a line break, and one line a section (`LABEL: text` where the
section has a label). Offsets and the SHA-256 refer to this text. Files may come from anywhere:
entities and external references are refused, and files and articles have a size bound.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mngraph.errors import LocationError, RecordError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 4 * 2**30
"""Most bytes read of one file, after decompression."""
MAX_ARTICLE = 10 * 2**20
"""Most bytes of one article in a file."""
EUTILS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
BATCH = 200

NOTICES = {
    "retraction": ("RetractionIn", "PartialRetractionIn", "RIN", "PRIN"),
    "expression-of-concern": ("ExpressionOfConcernIn", "ECI"),
    "correction": ("ErratumIn", "CorrectedandRepublishedIn", "RetractedandRepublishedIn",
                   "RepublishedIn", "EIN", "CRI", "RRI", "RPI"),
}  # fmt: skip
"""For each kind of notice, the RefTypes of PubMed XML and the MEDLINE tags that announce it."""
KINDS = {name: kind for kind, names in NOTICES.items() for name in names}
LABEL = re.compile(r"(?:^|(?<=[.?!] ))([A-Z][A-Z &/,()-]{3,60}): ")
TAG = re.compile(r"^([A-Z][A-Z0-9]{1,3}) *- ?(.*)$")
END = re.compile(r"(?<=[.!?])[)\"”]?\s+(?=[A-Z0-9(\[])|\n")
NO_END = re.compile(r"(?:\b(?:vs|e\.g|i\.e|cf|Fig|approx|Dr|no|al|ca|resp|[A-Z]|[Pp])\.)$")


@dataclass(frozen=True)
class Span:
    """A stretch of a text: its label, start and end (end not included), in characters.

    `category` is what PubMed files the section under (its NlmCategory), where the file says so.
    """

    label: str
    start: int
    end: int
    category: str = ""


@dataclass(frozen=True)
class Notice:
    """A retraction, expression of concern or correction that the entry of an article names."""

    kind: str
    citation: str
    pmid: str = ""


@dataclass(frozen=True)
class Abstract:
    """Title and abstract of one article, with what identifies it and the notices on it.

    `categories` are those of the sections, one each, or none at all.
    """

    pmid: str
    doi: str
    pmcid: str
    sections: tuple[tuple[str, str], ...]
    notices: tuple[Notice, ...]
    revised: str
    origin: str
    categories: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str:
        """The text that offsets refer to: title and sections, a line each."""
        return "\n".join(f"{label}: {text}" if label not in ("", "TITLE") else text
                         for label, text in self.sections)  # fmt: skip

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Where each section stands in the text."""
        found, start = [], 0
        lines, categories = self.text.split("\n"), self.categories or ("",) * len(self.sections)
        for (label, _), line, kind in zip(self.sections, lines, categories, strict=True):
            found.append(Span(label, start, start + len(line), kind))
            start += len(line) + 1
        return tuple(found)

    @property
    def sha256(self) -> str:
        """SHA-256 of the text in UTF-8, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def empty(self) -> bool:
        """Whether there is a title at most."""
        return all(label == "TITLE" for label, _ in self.sections)

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """The sentences of the text, each with the label of its section."""
        return tuple(
            Span(span.label, start, end, span.category)
            for span in self.spans
            for start, end in _sentences(self.text, span.start, span.end)
        )


def read_abstracts(path: Path) -> Iterator[Abstract]:
    """Yield the abstracts of a PubMed XML or MEDLINE/nbib file; `.gz` is unpacked.

    Raises:
        RecordError: the file is neither, holds no article, is cut off, damaged, too large, or
            declares entities.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            with gzip.open(raw) if packed else raw as stream:
                yield from parse_abstracts(stream, str(path))  # type: ignore[arg-type]
    except EOFError as error:
        raise RecordError(path, 1, "the compressed file is cut off") from error
    except zlib.error as error:
        raise RecordError(path, 1, f"the compressed file is damaged: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(path, 1, f"cannot be read: {error}") from error


def parse_abstracts(
    stream: IO[bytes], origin: str, *, may_be_empty: bool = False
) -> Iterator[Abstract]:
    """Yield the abstracts of an open file; see `read_abstracts`.

    Args:
        stream: PubMed XML or MEDLINE/nbib.
        origin: what errors call it.
        may_be_empty: let a PubMed set without articles pass, as NCBI answers on unknown PMIDs.
    """
    bounded = _Bounded(stream, origin)
    head = bounded.peek().lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<"):
        yield from _parse_xml(bounded, origin, may_be_empty=may_be_empty)
    elif re.match(rb"[A-Z0-9]{2,4} *- ", head):
        yield from _parse_medline(bounded, origin)
    else:
        raise RecordError(origin, 1, "neither PubMed XML nor MEDLINE/nbib")


def fetch_abstracts(
    pmids: Iterable[str], base: str = EUTILS, email: str = ""
) -> Iterator[Abstract]:
    """Yield the abstracts that NCBI E-utilities (efetch) give for some PMIDs.

    At most three requests a second, as NCBI asks of callers without a key.

    Raises:
        LocationError: the service cannot be reached or answers with an error.
    """
    import httpx

    wanted = sorted({pmid for pmid in pmids if pmid.isdecimal()}, key=int)
    for start in range(0, len(wanted), BATCH):
        if start:
            time.sleep(0.34)
        form = {"db": "pubmed", "retmode": "xml", "id": ",".join(wanted[start : start + BATCH]),
                "tool": "mngraph"} | ({"email": email} if email else {})  # fmt: skip
        url = f"{base.rstrip('/')}/efetch.fcgi"
        try:
            response = httpx.post(url, data=form, timeout=60)
        except httpx.HTTPError as error:
            raise LocationError(f"cannot reach {url}: {error}") from error
        if response.is_error:
            raise LocationError(f"{url} answered {response.status_code}")
        yield from parse_abstracts(io.BytesIO(response.content), url, may_be_empty=True)


# --- PubMed XML ------------------------------------------------------------------------------

ARTICLES = ("PubmedArticle", "PubmedBookArticle")


def _parse_xml(stream: _Bounded, origin: str, *, may_be_empty: bool) -> Iterator[Abstract]:
    root: Any = None
    found = False
    for event, element in _events(stream, origin):
        if root is None:
            root = element
        if event == "end" and element.tag in ARTICLES:
            found = True
            yield _article(element, origin)
            root.clear()
            stream.begin_article()
    if not found and not (may_be_empty and root.tag == "PubmedArticleSet"):
        raise RecordError(origin, 1, f"no PubMed article in this XML (its root is {root.tag:.60})")


def _events(stream: _Bounded, origin: str) -> Iterator[tuple[str, Element]]:
    """Yield the start and end of each element; say in our words what parsers raise."""
    from xml.etree.ElementTree import ParseError

    import defusedxml
    from defusedxml.ElementTree import iterparse

    try:
        yield from iterparse(stream, events=("start", "end"))
    except RecordError:
        raise
    except defusedxml.DefusedXmlException as error:
        raise RecordError(origin, 1, "the XML declares entities; PubMed's does not") from error
    except ParseError as error:
        raise RecordError(origin, error.position[0], f"not XML: {error.msg}") from error
    except (LookupError, ValueError) as error:  # an encoding that is unknown or cannot be read
        raise RecordError(origin, 1, f"not XML that can be read: {error}") from error


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
    sections = [("TITLE", _text(title), "")] if title is not None else []
    for abstract in (*citation.iterfind("Article/Abstract"), *citation.iterfind("Abstract")):
        for node in abstract.iterfind("AbstractText"):
            category = _clean(node.get("NlmCategory", "")).upper()
            label = _clean(node.get("Label", "")).upper() or category
            sections.append((label, _text(node), category))
    sections = [section for section in sections if section[1]]
    located = [n for n in citation.iterfind("Article/ELocationID") if n.get("EIdType") == "doi"]
    types = [_text(node) for node in citation.iterfind(".//PublicationTypeList/PublicationType")]
    revised = citation.find("DateRevised")
    return Abstract(
        _text(citation.find("PMID")),
        (ids.get("doi") or (_text(located[0]) if located else "")).lower(),
        ids.get("pmc", "").upper(),
        tuple((label, text) for label, text, _ in sections),
        tuple(_marks(types, _text(title), list(_xml_notices(citation)))),
        "" if revised is None else _date([_text(part) for part in revised]),
        origin,
        tuple(category for *_, category in sections),
    )


def _xml_notices(citation: Element) -> Iterator[Notice]:
    for node in citation.iterfind("CommentsCorrectionsList/CommentsCorrections"):
        if kind := KINDS.get(node.get("RefType", "")):
            yield Notice(kind, _text(node.find("RefSource")), _text(node.find("PMID")))


def _marks(types: list[str], title: str, notices: list[Notice]) -> Iterator[Notice]:
    """Yield the notices, and what publication type and title say where none of them does."""
    yield from notices
    if any(notice.kind == "retraction" for notice in notices):
        return
    if "Retracted Publication" in types:
        yield Notice("retraction", "publication type: Retracted Publication")
    elif re.match(r"(?i)\W*retracted( article)?\s*[:\]]", title):
        yield Notice("retraction", "the title begins with “Retracted”")


def _text(node: Element | None) -> str:
    return "" if node is None else _clean("".join(node.itertext()))


def _clean(text: str) -> str:
    return " ".join(text.split())


def _date(parts: list[str]) -> str:
    year, month, day = [*parts, "", "", ""][:3]
    if not re.fullmatch(r"\d{4}", year):
        return ""
    if not (month.isdecimal() and day.isdecimal()):
        return year
    return f"{year}-{int(month):02}-{int(day):02}"


# --- MEDLINE / nbib --------------------------------------------------------------------------


def _parse_medline(stream: _Bounded, origin: str) -> Iterator[Abstract]:
    fields: list[tuple[str, list[str]]] = []
    for raw in io.BufferedReader(stream):
        line = raw.decode("utf-8-sig" if not fields else "utf-8", "replace").rstrip("\r\n")
        found = TAG.match(line)
        if found and found.group(1) == "PMID" and fields:
            yield _medline(fields, origin)
            fields = []
            stream.begin_article()
        if found:
            fields.append((found.group(1), [found.group(2)]))
        elif line.startswith("      ") and fields:
            fields[-1][1].append(line)
    if fields:
        yield _medline(fields, origin)


def _medline(fields: list[tuple[str, list[str]]], origin: str) -> Abstract:
    values: dict[str, list[str]] = {}
    for tag, lines in fields:
        values.setdefault(tag, []).append(_clean(" ".join(lines)))
    title = (values.get("TI") or values.get("BTI") or [""])[0]
    sections = [("TITLE", title), *(s for text in values.get("AB", []) for s in _labelled(text))]
    ids = (re.fullmatch(r"(\S+) \[doi\]", v) for tag in ("AID", "LID") for v in values.get(tag, []))
    doi = next((found.group(1) for found in ids if found), "")
    notices = [
        Notice(KINDS[tag], re.sub(r"\s*PMID: \d+\s*$", "", value), (_pmid(value) or ""))
        for tag in values if tag in KINDS for value in values[tag]
    ]  # fmt: skip
    revised = (values.get("LR") or [""])[0]
    return Abstract(
        (values.get("PMID") or [""])[0], doi.lower(), (values.get("PMC") or [""])[0].upper(),
        tuple((label, text) for label, text in sections if text),
        tuple(_marks(values.get("PT", []), title, notices)),
        _date([revised[:4], revised[4:6], revised[6:8]]), origin,
    )  # fmt: skip


def _pmid(text: str) -> str | None:
    found = re.search(r"PMID: (\d+)", text)
    return found.group(1) if found else None


def _labelled(text: str) -> Iterator[tuple[str, str]]:
    """Yield label and text of each section of an abstract that is one string."""
    places = list(LABEL.finditer(text))
    if not places or places[0].start() > 0:
        yield "", text[: places[0].start()].strip() if places else text
    for n, place in enumerate(places):
        end = places[n + 1].start() if n + 1 < len(places) else len(text)
        yield place.group(1), text[place.end() : end].strip()


# --- sentences and bounds --------------------------------------------------------------------


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each sentence between two places of a text."""
    begin = start
    for gap in END.finditer(text, start, end):
        if not NO_END.search(text, max(begin, gap.start() - 12), gap.start()):
            yield begin, gap.start()
            begin = gap.end()
    if begin < end:
        yield begin, end


class _Bounded(io.RawIOBase):
    """A stream that ends with an error when a file, or one article of it, is too large."""

    def __init__(self, stream: IO[bytes], origin: str) -> None:
        super().__init__()
        self.stream, self.origin = stream, origin
        self.left, self.article, self.head = MAX_BYTES, MAX_ARTICLE, b""

    def peek(self) -> bytes:
        self.head = self.stream.read(512)
        return self.head

    def begin_article(self) -> None:
        self.article = MAX_ARTICLE

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def read(self, size: int = -1) -> bytes:
        size = 65536 if size < 0 else size
        block, self.head = self.head[:size], self.head[size:]
        block = block or self.stream.read(size)
        self.left -= len(block)
        self.article -= len(block)
        if self.left < 0:
            raise RecordError(self.origin, 1, f"more than {MAX_BYTES:,} bytes")
        if self.article < 0:
            raise RecordError(self.origin, 1, f"an article of more than {MAX_ARTICLE:,} bytes")
        return block
