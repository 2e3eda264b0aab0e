"""A stand-in for NCBI E-utilities: esearch with a history server, and efetch, by their protocol.

It is written after the documentation of E-utilities (Entrez Programming Utilities Help, NBK25499):
parameters in a form, JSON of esearch, XML of efetch, the limit of 9,999 articles of a search, and
the limit of requests, over which it answers 429.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit

from standin import Asked, answer, standing_in

MOST = 9_999
Fault = Callable[[BaseHTTPRequestHandler, "Pubmed", str, dict[str, str]], bool]
"""Answers a request wrongly and returns True, or returns False."""


def article(pmid: str, title: str = "Needles", more: str = "", data: str = "") -> str:
    """The XML of one article."""
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}'
        f"</PMID><Article><ArticleTitle>{title}</ArticleTitle>{more}</Article></MedlineCitation>"
        f'<PubmedData><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>{data}'
        "</ArticleIdList></PubmedData></PubmedArticle>"
    )


@dataclass
class Pubmed:
    """What the server holds, and what it was asked.

    Attributes:
        articles: the XML of each article, by PMID, in the order of a search.
        entered: the day on which an article entered PubMed, where that matters: YYYY/MM/DD.
        finds: the PMIDs that a query finds; all by default.
        fault: answers wrongly.
        asked: the tool and the fields of each request.
        refused: how many requests were answered with 429 because they came too fast.
        rate: how many requests are allowed in one second.
    """

    articles: dict[str, str] = field(default_factory=dict)
    entered: dict[str, str] = field(default_factory=dict)
    finds: Callable[[str], list[str]] | None = None
    fault: Fault | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refused: int = 0
    rate: int = 3
    url: str = ""
    history: list[list[str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def reply(self, handler: BaseHTTPRequestHandler, request: Asked) -> None:
        fields = dict(parse_qsl(urlsplit(request.path).query) + parse_qsl(request.text))
        tool = urlsplit(request.path).path.rpartition("/")[2].removesuffix(".fcgi")
        self.asked.append((tool, fields))
        now = time.monotonic()
        self.times = [each for each in self.times if now - each < 1.0]
        self.times.append(now)
        allowed = 10 if fields.get("api_key") else self.rate
        if len(self.times) > allowed:
            self.refused += 1
            said = {"error": "API rate limit exceeded", "count": str(len(self.times))}
            answer(handler, json.dumps(said).encode(), "application/json", 429, Retry_After="1")
        elif self.fault is None or not self.fault(handler, self, tool, fields):
            getattr(self, tool)(handler, fields)

    def esearch(self, handler: BaseHTTPRequestHandler, fields: dict[str, str]) -> None:
        ids = self.finds(fields["term"]) if self.finds else list(self.articles)
        if "mindate" in fields:
            days = fields["mindate"], fields["maxdate"]
            ids = [each for each in ids if days[0] <= self.entered[each] <= days[1]]
        self.history.append(ids)
        result = {
            "count": str(len(ids)), "retmax": fields["retmax"], "retstart": "0",
            "querykey": str(len(self.history)), "webenv": "MCID_standin",
            "idlist": ids[: min(int(fields["retmax"]), MOST)], "querytranslation": fields["term"],
        }  # fmt: skip
        if not ids:
            result["warninglist"] = {"outputmessages": ["No items found."]}
        if "unknownword" in fields["term"]:
            result["errorlist"] = {"phrasesnotfound": ["unknownword"], "fieldsnotfound": []}
        document = {"header": {"type": "esearch"}, "esearchresult": result}
        answer(handler, json.dumps(document).encode(), "application/json")

    def efetch(self, handler: BaseHTTPRequestHandler, fields: dict[str, str]) -> None:
        if "WebEnv" in fields:
            start, most = int(fields["retstart"]), int(fields["retmax"])
            ids = self.history[int(fields["query_key"]) - 1][start : start + most]
        else:
            ids = fields["id"].split(",")
        self.send(handler, ids)

    def send(self, handler: BaseHTTPRequestHandler, ids: list[str]) -> None:
        inner = "\n".join(self.articles[each] for each in ids if each in self.articles)
        head = '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD'
        head += ' PubMedArticle, 1st January 2025//EN" "https://dtd.nlm.nih.gov/x.dtd">\n'
        text = f"{head}<PubmedArticleSet>\n{inner}\n</PubmedArticleSet>"
        answer(handler, text.encode(), "text/xml; charset=UTF-8")


@contextmanager
def pubmed(**given: object) -> Iterator[Pubmed]:
    """Run a stand-in for E-utilities."""
    held = Pubmed(**given)  # type: ignore[arg-type]
    with standing_in(held.reply) as server:
        held.url = server.url.replace("/query", "/entrez/eutils")
        yield held


def made(number: int, first: int = 30_000_001) -> dict[str, str]:
    """Articles that are made up, by PMID, the newest first as PubMed sorts them."""
    ids = [str(first + n) for n in range(number)]
    return {each: article(each, f"Made up <i>in vivo</i> &amp; β {each}") for each in ids[::-1]}
