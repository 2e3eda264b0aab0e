"""What services know of a publication: PubMed, Crossref and OpenAlex, each behind one interface."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from mngraph.enriching.titles import folded, plain_title
from mngraph.enriching.works import Work, of_citation, of_crossref, of_openalex
from mngraph.errors import RecordError
from mngraph.services.eutils import BATCH, EMAIL, Eutils
from mngraph.services.kept import Kept
from mngraph.services.web import Service, UnknownError, json_fault, json_of
from mngraph.sources.abstracts import parse_abstracts, read_abstracts

Publication = Mapping[str, Any]

CROSSREF, OPENALEX = "https://api.crossref.org", "https://api.openalex.org"
CROSSREF_SETTING, OPENALEX_SETTING = "MNGRAPH_CROSSREF", "MNGRAPH_OPENALEX"
OPENALEX_KEY = "OPENALEX_API_KEY"
CANDIDATES = 5
"""How many works a search by title returns."""
LONGEST_QUERY = 400
PAUSE = 0.1
"""Seconds between requests to Crossref and OpenAlex, which ask for no more than 10 a second."""
MOST_FILE = 256 * 2**20


class Source(Protocol):
    """A service, or a file that stands for one."""

    name: str

    def prepare(self, publications: Sequence[Publication]) -> None:
        """Ask for many publications at once, where the service can."""

    def look_up(self, publication: Publication) -> list[Work]:
        """Return what may be a publication.

        Raises:
            LocationError: the service cannot be reached, or has no whole answer.
        """


class Pubmed:
    """PubMed by E-utilities: articles with a PMID in batches, others by DOI, PMCID or title."""

    name = "PubMed"

    def __init__(self, email: str = "", kept: Kept | None = None) -> None:
        self.client = Eutils(email=email, kept=kept)
        self.works: dict[str, Work] = {}

    def prepare(self, publications: Sequence[Publication]) -> None:
        """Read the articles whose PMID is known."""
        self._read([str(each["pmid"]) for each in publications if each.get("pmid")])

    def look_up(self, publication: Publication) -> list[Work]:
        """Return the article of an identifier, else what a search by title finds."""
        if pmid := publication.get("pmid"):
            self._read([str(pmid)])
            return [self.works[pmid]] if pmid in self.works else []
        terms = []
        if doi := publication.get("doi"):
            terms.append(f'"{doi}"[doi]'.replace("\\", ""))
        if pmcid := publication.get("pmcid"):
            terms.append(f"{pmcid}[pmcid]")
        if title := publication.get("title"):
            terms.append(f"{_query(title)}[title]")
        for term in terms:
            ids = self.client.search(term, most=CANDIDATES).ids[:CANDIDATES]
            self._read(ids)
            if found := [self.works[each] for each in ids if each in self.works]:
                return found
        return []

    def _read(self, pmids: Iterable[str]) -> None:
        wanted = sorted({each for each in pmids if each not in self.works}, key=int)
        for start in range(0, len(wanted), BATCH):
            content = self.client.articles(wanted[start : start + BATCH])
            for found in parse_abstracts(io.BytesIO(content), self.client.url, may_be_empty=True):
                self.works[found.pmid] = of_citation(found, self.name)


class Crossref:
    """The REST interface of Crossref: works by DOI, else by title and first author."""

    name = "Crossref"

    def __init__(self, email: str = "", kept: Kept | None = None) -> None:
        email = email or os.environ.get(EMAIL, "").strip()
        agent = f"mngraph (mailto:{email})" if email.isascii() and email.isprintable() else ""
        self.service = Service(
            self.name, os.environ.get(CROSSREF_SETTING) or CROSSREF, CROSSREF_SETTING,
            interval=PAUSE, agent=agent if email and agent else "mngraph", kept=kept,
        )  # fmt: skip

    def prepare(self, publications: Sequence[Publication]) -> None:
        """Do nothing: works are asked for one by one."""

    def look_up(self, publication: Publication) -> list[Work]:
        """Return the work of a DOI, else what a search finds."""
        if doi := publication.get("doi"):
            try:
                path = f"/works/{quote(str(doi), safe='')}"
                content = self.service.ask(path, {}, _fault("message"))
            except UnknownError:
                return []
            return [of_crossref(_part(content, "message"))]
        if not (title := publication.get("title")):
            return []
        words = " ".join([_query(title), *publication.get("authors", ())[:1]])
        fields = {"query.bibliographic": words[:LONGEST_QUERY], "rows": str(CANDIDATES)}
        content = self.service.ask("/works", fields, _fault("message"))
        items = _part(content, "message").get("items")
        return [of_crossref(each) for each in _dicts(items)]


class OpenAlex:
    """OpenAlex: works by DOI or PMID, else by title."""

    name = "OpenAlex"

    def __init__(self, email: str = "", kept: Kept | None = None) -> None:
        email, key = email or os.environ.get(EMAIL, "").strip(), os.environ.get(OPENALEX_KEY, "")
        secret = {"mailto": email} if email else {}
        self.service = Service(
            self.name, os.environ.get(OPENALEX_SETTING) or OPENALEX, OPENALEX_SETTING,
            interval=PAUSE, secret=secret | ({"api_key": key} if key else {}), kept=kept,
        )  # fmt: skip

    def prepare(self, publications: Sequence[Publication]) -> None:
        """Do nothing: works are asked for one by one."""

    def look_up(self, publication: Publication) -> list[Work]:
        """Return the work of an identifier, else what a search finds."""
        for key in ("doi", "pmid"):
            if value := publication.get(key):
                try:
                    path = f"/works/{key}:{quote(str(value), safe='')}"
                    content = self.service.ask(path, {}, _fault("id"))
                except UnknownError:
                    continue
                return [of_openalex(_part(content))]
        if not (title := publication.get("title")):
            return []
        fields = {"search": _query(title), "per-page": str(CANDIDATES)}
        content = self.service.ask("/works", fields, _fault("results"))
        return [of_openalex(each) for each in _dicts(_part(content).get("results"))]


class File:
    """A file that the user has: PubMed XML, MEDLINE (nbib), RIS, or JSON of Crossref.

    Raises:
        RecordError: it cannot be read, or holds no publication.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.works = _file_works(path, self.name)
        self.by_id: dict[str, Work] = {}
        self.by_title: dict[str, list[Work]] = {}
        for work in self.works:
            for key in ("pmid", "doi", "pmcid"):
                if value := work.text(key):
                    self.by_id.setdefault(f"{key}:{value.lower()}", work)
            self.by_title.setdefault(folded(work.text("title"))[:12], []).append(work)

    def prepare(self, publications: Sequence[Publication]) -> None:
        """Do nothing: the file has been read."""

    def look_up(self, publication: Publication) -> list[Work]:
        """Return the work of an identifier, else those whose title begins in the same way."""
        for key in ("pmid", "doi", "pmcid"):
            if found := self.by_id.get(f"{key}:{str(publication.get(key, '')).lower()}"):
                return [found]
        title = folded(plain_title(str(publication.get("title", ""))))
        return self.by_title.get(title[:12], []) if title else []


SERVICES: dict[str, Callable[[str, Kept | None], Source]] = {
    "pubmed": Pubmed, "crossref": Crossref, "openalex": OpenAlex,
}  # fmt: skip
"""The services by the names that the command takes, in the order in which their words count."""


def _file_works(path: Path, name: str) -> list[Work]:
    try:
        with path.open("rb") as stream:
            head = stream.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
            if not head.startswith((b"{", b"[")):
                return [of_citation(found, name) for found in read_abstracts(path)]
            stream.seek(0)
            content = stream.read(MOST_FILE + 1)
    except OSError as error:
        raise RecordError(path, 0, f"cannot be read: {error.strerror or error}") from error
    if len(content) > MOST_FILE:
        raise RecordError(path, 1, f"more than {MOST_FILE:,} bytes")
    data = json_of(content.removeprefix(b"\xef\xbb\xbf"))
    message = data.get("message", data) if isinstance(data, dict) else data
    items = message.get("items", [message]) if isinstance(message, dict) else message
    works = [of_crossref(each) for each in _dicts(items) if each.get("DOI")]
    if not works:
        raise RecordError(path, 1, "no work of Crossref in this JSON (none has a DOI)")
    return works


def _query(title: str) -> str:
    """Return the words of a title, without what search languages take for signs."""
    return " ".join(re.findall(r"[^\W_]+(?:[-'\u2019.][^\W_]+)*", plain_title(title)))[
        :LONGEST_QUERY
    ]


def _fault(part: str) -> Callable[[bytes], str]:
    """Return what says whether an answer lacks a part that it must have."""

    def fault(content: bytes) -> str:
        problem = json_fault(content)
        return problem or ("" if _part(content).get(part) is not None else "sent a part only")

    return fault


def _part(content: bytes, name: str = "") -> dict[str, Any]:
    data = json_of(content)
    found = data.get(name) if name and isinstance(data, dict) else data
    return found if isinstance(found, dict) else {}


def _dicts(given: object) -> list[dict[str, Any]]:
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
