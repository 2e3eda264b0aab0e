"""Stand-ins for Crossref and OpenAlex beside that for PubMed: one made-up literature, three doors.

They are written after the documentation of the REST interfaces: /works/DOI and
/works?query.bibliographic= of Crossref, /works/doi:… /works/pmid:… and /works?search= of OpenAlex.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from eutilities import Pubmed, article, pubmed
from standin import Asked, answer, standing_in

Reply = Callable[[BaseHTTPRequestHandler, str], bool]


@dataclass
class Paper:
    """A made-up paper as all services know it, where nothing else is said."""

    title: str
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    authors: tuple[tuple[str, str], ...] = (("Doe", "Jane A"), ("Roe", "Richard"))
    journal: str = "Journal of Examples"
    year: int = 2019
    month: int = 4
    volume: str = "33"
    issue: str = "2"
    pages: str = "323-326"
    retracted_by: str = ""
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    services: tuple[str, ...] = ("pubmed", "crossref", "openalex")

    def xml(self) -> str:
        """The article as PubMed has it."""
        said = {**self.__dict__, **self.others.get("pubmed", {})}
        names = "".join(
            f'<Author ValidYN="Y"><LastName>{family}</LastName><ForeName>{given}</ForeName>'
            f"<Initials>{''.join(w[0] for w in given.split())}</Initials></Author>"
            for family, given in said["authors"]
        )
        month = ("Jan", "Feb", "Mar", "Apr")[said["month"] - 1]
        notice = (
            '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>'
            f'{self.retracted_by}</RefSource><PMID Version="1">39999999</PMID>'
            "</CommentsCorrections></CommentsCorrectionsList>"
            if self.retracted_by
            else ""
        )
        more = (
            f"<Journal><JournalIssue><Volume>{said['volume']}</Volume><Issue>{said['issue']}"
            f"</Issue><PubDate><Year>{said['year']}</Year><Month>{month}</Month></PubDate>"
            f"</JournalIssue><Title>{said['journal']}</Title>"
            "<ISOAbbreviation>J Ex.</ISOAbbreviation>"
            "</Journal>"
            f"<Pagination><MedlinePgn>323-6</MedlinePgn></Pagination><AuthorList>{names}"
            "</AuthorList>"
        )
        data = f'<ArticleId IdType="doi">{said["doi"]}</ArticleId>' if said["doi"] else ""
        data += f'<ArticleId IdType="pmc">{said["pmcid"]}</ArticleId>' if said["pmcid"] else ""
        text = article(self.pmid, f"{said['title']}.", more, data)
        return text.replace("</MedlineCitation>", f"{notice}</MedlineCitation>")

    def crossref(self) -> dict[str, Any]:
        """The work as Crossref has it."""
        said = {**self.__dict__, **self.others.get("crossref", {})}
        work = {
            "DOI": said["doi"].upper(), "type": "journal-article", "title": [said["title"]],
            "author": [{"family": f, "given": g, "sequence": "first"} for f, g in said["authors"]],
            "container-title": [said["journal"]], "volume": said["volume"],
            "issue": said["issue"], "page": said["pages"],
            "published-online": {"date-parts": [[said["year"] - 1, 12, 30]]},
            "published-print": {"date-parts": [[said["year"], said["month"]]]},
        }  # fmt: skip
        if self.retracted_by:
            work["updated-by"] = [
                {"type": "retraction", "DOI": "10.5555/notice", "label": "Retraction",
                 "source": "retraction-watch", "updated": {"date-parts": [[2024, 5, 6]]}}
            ]  # fmt: skip
        return work

    def openalex(self) -> dict[str, Any]:
        """The work as OpenAlex has it."""
        said = {**self.__dict__, **self.others.get("openalex", {})}
        first, _, last = said["pages"].partition("-")
        return {
            "id": "https://openalex.org/W1", "display_name": said["title"],
            "doi": f"https://doi.org/{said['doi']}" if said["doi"] else None,
            "ids": {"pmid": f"https://pubmed.ncbi.nlm.nih.gov/{said['pmid']}"}
            if said["pmid"]
            else {},
            "publication_year": said["year"], "is_retracted": bool(self.retracted_by),
            "authorships": [{"author": {"display_name": f"{g} {f}"}} for f, g in said["authors"]],
            "primary_location": {"source": {"display_name": said["journal"]}},
            "biblio": {"volume": said["volume"], "issue": said["issue"], "first_page": first,
                       "last_page": last},
        }  # fmt: skip


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


@dataclass
class Literature:
    """The three services, and what Crossref and OpenAlex were asked."""

    papers: list[Paper]
    pubmed: Pubmed
    asked: dict[str, list[str]] = field(default_factory=lambda: {"crossref": [], "openalex": []})
    faults: dict[str, Reply] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def held(self, service: str) -> list[Paper]:
        return [paper for paper in self.papers if service in paper.services]

    def like(self, service: str, query: str) -> list[Paper]:
        """The papers that share most words with a query, as these services search."""
        wanted = words(query)
        found = [(len(words(p.title) & wanted), p) for p in self.held(service)]
        return [p for n, p in sorted(found, key=lambda pair: -pair[0]) if n * 2 > len(wanted)]

    def finds(self, term: str) -> list[str]:
        """What PubMed finds: by DOI, by PMCID, or all words of a title."""
        held = [paper for paper in self.held("pubmed") if paper.pmid]
        if match := re.fullmatch(r'"(.*)"\[doi\]', term):
            return [p.pmid for p in held if p.doi == match[1]]
        if match := re.fullmatch(r"(PMC\d+)\[pmcid\]", term):
            return [p.pmid for p in held if p.pmcid == match[1]]
        wanted = words(term.removesuffix("[title]"))
        return [p.pmid for p in held if len(wanted - words(p.title)) <= 1]

    def reply(self, service: str) -> Callable[[BaseHTTPRequestHandler, Asked], None]:
        def send(handler: BaseHTTPRequestHandler, data: object) -> None:
            answer(handler, json.dumps(data).encode(), "application/json")

        def reply(handler: BaseHTTPRequestHandler, request: Asked) -> None:
            self.asked[service].append(request.path)
            if service in self.faults and self.faults[service](handler, request.path):
                return
            parts = urlsplit(request.path)
            name = unquote(parts.path.rpartition("/works")[2]).lstrip("/")
            fields = parse_qs(parts.query)
            query = (fields.get("query.bibliographic") or fields.get("search") or [""])[0]
            if not name:
                works = [getattr(p, service)() for p in self.like(service, query)]
                if service == "crossref":
                    send(handler, {"status": "ok", "message": {"items": works}})
                else:
                    send(handler, {"meta": {"count": len(works)}, "results": works})
                return
            key, _, value = name.partition(":") if service == "openalex" else ("doi", "", name)
            for paper in self.held(service):
                if getattr(paper, key) and getattr(paper, key) == value:
                    work = getattr(paper, service)()
                    send(
                        handler,
                        {"status": "ok", "message": work} if service == "crossref" else work,
                    )
                    return
            answer(handler, b"Resource not found.", "text/plain", 404)

        return reply


@contextmanager
def literature(*papers: Paper) -> Iterator[Literature]:
    """Run the three services."""
    held = {p.pmid: p.xml() for p in papers if p.pmid and "pubmed" in p.services}
    with pubmed(articles=held, rate=1_000) as first:
        found = Literature(list(papers), first)
        first.finds = found.finds
        replies = [found.reply(name) for name in ("crossref", "openalex")]
        with standing_in(replies[0]) as second, standing_in(replies[1]) as third:
            found.settings = {
                "MNGRAPH_EUTILS": first.url,
                "MNGRAPH_CROSSREF": second.url.removesuffix("/query"),
                "MNGRAPH_OPENALEX": third.url.removesuffix("/query"),
            }
            yield found
