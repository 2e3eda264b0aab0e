"""NCBI E-utilities: searches of PubMed (esearch) and the articles themselves (efetch)."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from mngraph.errors import LocationError
from mngraph.services.kept import Kept
from mngraph.services.web import Service, json_fault, json_of

ADDRESS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
SETTING, KEY, EMAIL = "MNGRAPH_EUTILS", "NCBI_API_KEY", "MNGRAPH_EMAIL"
MOST = 9_999
"""Most articles of one search of PubMed that esearch and the history server hand out."""
BATCH = 200
"""Most articles that are asked for at once."""
PAUSE, PAUSE_WITH_KEY = 0.35, 0.11
"""Seconds from one request to the next: NCBI allows 3 a second, and 10 with a key."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search found.

    Attributes:
        count: how many articles.
        ids: their PMIDs, at most `MOST`, in PubMed's order.
        web_env: where the history server keeps the search; empty where it does not.
        query_key: the number of the search there.
        translation: how PubMed read the query.
        remarks: what it left out or did not find, in words.
    """

    count: int
    ids: tuple[str, ...] = ()
    web_env: str = ""
    query_key: str = ""
    translation: str = ""
    remarks: tuple[str, ...] = ()


class Eutils:
    """The client of E-utilities; the API key comes from the environment alone.

    Args:
        address: the address; by default that of `MNGRAPH_EUTILS`, else NCBI's.
        email: the address of who asks, which NCBI wants to know.
        kept: answers of before.
    """

    def __init__(self, address: str = "", email: str = "", kept: Kept | None = None) -> None:
        key = os.environ.get(KEY, "").strip()
        email = email or os.environ.get(EMAIL, "").strip()
        secret = {"tool": "mngraph"} | ({"email": email} if email else {})
        self.service = Service(
            "PubMed", address or os.environ.get(SETTING) or ADDRESS, SETTING,
            interval=PAUSE_WITH_KEY if key else PAUSE, kept=kept,
            secret=secret | ({"api_key": key} if key else {}),
        )  # fmt: skip

    @property
    def url(self) -> str:
        """The address."""
        return self.service.url

    def search(
        self, term: str, *, most: int = MOST,
        entered: tuple[datetime.date, datetime.date] | None = None,
    ) -> Found:  # fmt: skip
        """Return what PubMed finds.

        Args:
            term: a query in PubMed's language.
            most: most PMIDs to return.
            entered: the first and the last day on which an article entered PubMed.

        Raises:
            LocationError: the service cannot be reached, or refuses the query.
        """
        fields = {
            "db": "pubmed", "term": term, "retmode": "json", "retmax": str(most), "usehistory": "y",
        }  # fmt: skip
        if entered:
            first, last = (day.strftime("%Y/%m/%d") for day in entered)
            fields |= {"datetype": "edat", "mindate": first, "maxdate": last}
        content = self.service.ask("/esearch.fcgi", fields, search_fault, is_form=True)
        return _found(cast("dict[str, Any]", json_of(content))["esearchresult"])

    def articles(self, ids: Sequence[str]) -> bytes:
        """Return articles as PubMed XML, at most `BATCH`, by PMID.

        Raises:
            LocationError: the service cannot be reached, or has no whole answer.
        """
        return self._fetched({"id": ",".join(ids)})

    def articles_of(self, found: Found, start: int, most: int = BATCH) -> bytes:
        """Return articles of a search that the history server keeps.

        Raises:
            RefusedError: it does not keep it any more.
            LocationError: the service cannot be reached, or has no whole answer.
        """
        return self._fetched({
            "query_key": found.query_key, "WebEnv": found.web_env, "retstart": str(start),
            "retmax": str(most),
        })  # fmt: skip

    def _fetched(self, which: Mapping[str, str]) -> bytes:
        fields = {"db": "pubmed", "retmode": "xml", **which}
        return self.service.ask("/efetch.fcgi", fields, articles_fault, is_form=True)


def search_fault(content: bytes) -> str:
    """Say what is wrong with an answer of esearch; nothing where it is a result.

    >>> search_fault(b'{"esearchresult": {"ERROR": "Search Backend failed"}}')
    'says: Search Backend failed'
    """
    if problem := json_fault(content):
        return problem
    data = json_of(content)
    result = data.get("esearchresult") if isinstance(data, dict) else None
    if not isinstance(result, dict):
        return "sent an answer that is no result of a search"
    if said := result.get("ERROR"):
        return f"says: {' '.join(str(said).split())[:200]}"
    ids = result.get("idlist", [])
    whole = str(result.get("count", "")).isdecimal() and isinstance(ids, list)
    return "" if whole and all(str(each).isdecimal() for each in ids) else "sent a broken result"


def articles_fault(content: bytes) -> str:
    """Say what is wrong with an answer of efetch; nothing where it is a whole set of articles.

    >>> articles_fault(b"<PubmedArticleSet><PubmedArticle>")
    'sent a part of an answer only'
    >>> articles_fault(b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>")
    'says: Unable to obtain query #1'
    """
    from xml.etree.ElementTree import ParseError

    import defusedxml
    from defusedxml.ElementTree import fromstring

    if content.lstrip().startswith(b"{"):
        return json_fault(content) or "sent JSON in place of XML"
    try:
        root = fromstring(content)
    except ParseError:
        return "sent a part of an answer only"
    except defusedxml.DefusedXmlException:
        return "sent XML that declares entities, which PubMed's does not"
    except (LookupError, ValueError) as error:
        return f"sent XML that cannot be read: {error}"
    if said := root.findtext(".//ERROR"):
        return f"says: {' '.join(said.split())[:200]}"
    return "" if root.tag == "PubmedArticleSet" else f"sent XML of another kind ({root.tag:.40})"


def _found(result: Mapping[str, Any]) -> Found:
    return Found(
        count=int(result["count"]),
        ids=tuple(str(each) for each in result.get("idlist", [])),
        web_env=str(result.get("webenv", "")),
        query_key=str(result.get("querykey", "")),
        translation=str(result.get("querytranslation", "")),
        remarks=tuple(_remarks(result)),
    )


REMARKS = {
    "phrasesnotfound": "PubMed does not know the phrase {}, and left it out",
    "fieldsnotfound": "PubMed does not know the field {}, and searched all fields",
    "phrasesignored": "PubMed ignored {}",
    "quotedphrasesnotfound": "PubMed does not know the quoted phrase {}, and searched its words",
}
"""What PubMed says of parts of a query, and how we say it."""


def _remarks(result: Mapping[str, Any]) -> list[str]:
    said = []
    for listed in ("errorlist", "warninglist"):
        given = result.get(listed)
        for kind, values in (given if isinstance(given, dict) else {}).items():
            if kind in REMARKS and isinstance(values, list):
                said += [REMARKS[kind].format(value) for value in values]
    return said


def by_entry_date(client: Eutils, term: str) -> list[Found]:
    """Return a search in parts that E-utilities hand out: by the day of entry into PubMed.

    Raises:
        LocationError: more than `MOST` articles entered on one day, or the service fails.
    """
    last = datetime.date.today() + datetime.timedelta(366)  # entered ahead, in some time zone
    return _parts(client, term, datetime.date(1700, 1, 1), last)


def _parts(client: Eutils, term: str, first: datetime.date, last: datetime.date) -> list[Found]:
    found = client.search(term, entered=(first, last))
    if found.count == 0:
        return []
    if found.count <= MOST:
        return [found]
    if first == last:
        raise LocationError(
            f"{found.count:,} articles of this search entered PubMed on {first}, and E-utilities "
            f"hand out {MOST:,} of a day: narrow the search, for example by [dp]"
        )
    middle = first + (last - first) // 2
    after = middle + datetime.timedelta(1)
    return _parts(client, term, first, middle) + _parts(client, term, after, last)
