"""A service of the web that is asked politely: with pauses, patience, a bound and a memory."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mngraph.connection import AgainError, Connection, Request, first_words, seconds_of
from mngraph.errors import LocationError
from mngraph.services.kept import Kept

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 256 * 2**20
"""Most bytes of one answer, after decompression."""
FAILING = frozenset((408, 429, 500, 502, 503, 504))
"""What services answer that may answer rightly later."""
GONE = frozenset((404, 410))
FORM = {"content-type": "application/x-www-form-urlencoded"}

Fault = Callable[[bytes], str]
"""Says what is wrong with the content of an answer of success; nothing where it is whole."""


class UnknownError(LocationError):
    """A service has nothing under the address that it was asked for."""


class RefusedError(LocationError):
    """A service refuses what it was asked, and would again."""


class Service(Connection):
    """One service.

    Args:
        name: what people call it.
        url: its address; https, but on this machine.
        setting: the variable of the environment that gives another address.
        interval: the fewest seconds from the beginning of an answer to the next request.
        agent: how this program names itself.
        secret: the fields of each request that say who asks, and are shown nowhere.
        kept: answers of before.

    Raises:
        LocationError: the address is none, or not one of https.

    >>> Service("PubMed", "http://example.org", "MNGRAPH_EUTILS")
    Traceback (most recent call last):
    mngraph.errors.LocationError: MNGRAPH_EUTILS is 'http://example.org': it has to begin with https
    """

    def __init__(
        self, name: str, url: str, setting: str, *, interval: float = 0.0,
        agent: str = "mngraph", secret: Mapping[str, str] | None = None, kept: Kept | None = None,
    ) -> None:  # fmt: skip
        super().__init__(url.rstrip("/"))
        parts = urlsplit(url)
        if parts.scheme != "https" and not _is_here(parts.hostname or ""):
            raise LocationError(f"{setting} is {url!r}: it has to begin with https")
        self.name, self.interval, self.agent = name, interval, agent
        self.secret, self.kept = dict(secret or {}), kept
        self.next_at = 0.0

    def ask(
        self, path: str, fields: Mapping[str, str], fault: Fault, *, is_form: bool = False
    ) -> bytes:
        """Return the content of an answer, from memory where it was kept.

        Args:
            path: what follows the address of the service.
            fields: what is asked; `secret` is added.
            fault: says what is wrong with an answer: it is then asked for again.
            is_form: whether the fields are sent in the body, as long ones have to be.

        Raises:
            UnknownError: the service has nothing there.
            RefusedError: it refuses the request.
            LocationError: it cannot be reached, or has no whole answer after several tries.
        """
        if self.kept and (known := self.kept.get(self.url, path, fields)) is not None:
            return known
        everything = {**fields, **self.secret}
        if is_form:
            import httpx

            content = str(httpx.QueryParams(everything)).encode()
            request = Request("POST", f"{self.url}{path}", {}, FORM | self._headers(), content)
        else:
            parameters = {name: [value] for name, value in everything.items()}
            request = Request("GET", f"{self.url}{path}", parameters, self._headers())
        found = self.patiently(lambda: self._attempt(request, fault))
        if self.kept:
            self.kept.keep(self.url, path, fields, found)
        return found

    def _headers(self) -> dict[str, str]:
        return {"user-agent": self.agent}

    def _attempt(self, request: Request, fault: Fault) -> bytes:
        """Send a request once, not before its time, and return the whole answer."""
        time.sleep(max(0.0, self.next_at - time.monotonic()))
        try:
            body = self.begun(request)
        finally:  # the service counts from when a request arrived, which is known by now
            self.next_at = time.monotonic() + self.interval
        found = bytearray()
        try:
            while piece := body.read(2**20):
                found += piece
                if len(found) > MOST_BYTES:
                    break
        except LocationError as error:
            raise AgainError(error) from error
        if len(found) > MOST_BYTES:
            raise LocationError(f"{self.name} ({self.url}) sends more than {MOST_BYTES:,} bytes")
        content = bytes(found)
        if problem := _page(content) or fault(content):
            raise AgainError(LocationError(f"{self.name} ({self.url}) {self._hidden(problem)}"))
        return content

    def refusal(self, response: httpx.Response) -> Exception:
        """Return what an answer that is no success says, as an error that names the service."""
        status, words = response.status_code, self._hidden(_said(first_words(response)))
        said = f": {words}" if words else ""
        problem = f"{self.name} ({self.url}) answered with HTTP status {status}{said}"
        if status in FAILING:
            after = seconds_of(response.headers.get("retry-after", ""))
            when = f"; it asks to wait {after:,.0f} seconds" if after else ""
            return AgainError(LocationError(f"{problem}{when or '; try later'}"), after)
        return (UnknownError if status in GONE else RefusedError)(problem)

    def _hidden(self, text: str) -> str:
        """Return a text without what says who asks."""
        for value in self.secret.values():
            text = text.replace(value, "…")
        return text

    def auth(self) -> None:
        """Return that no credentials are sent: those of graph stores are not for others."""


def json_of(content: bytes) -> object:
    """Return JSON as data; None where it is none, or only a part.

    >>> json_of(b'{"a": 1}'), json_of(b'{"a": ')
    ({'a': 1}, None)
    """
    try:
        data: object = json.loads(content, strict=False)
    except (ValueError, RecursionError):
        return None
    return data


def json_fault(content: bytes) -> str:
    """Say that an answer is no JSON object, or that it is an error in words.

    >>> json_fault(b'{"error": "API rate limit exceeded"}'), json_fault(b'{"message": {"DO')
    ('says: API rate limit exceeded', 'sent a part of an answer only, or one that is not JSON')
    """
    data = json_of(content)
    if not isinstance(data, dict):
        return "sent a part of an answer only, or one that is not JSON"
    return f"says: {str(data['error'])[:200]}" if data.get("error") else ""


def _said(words: str) -> str:
    """Return what an error says, out of the JSON around it."""
    data = json_of(words.encode())
    if isinstance(data, dict):
        message = data.get("error") or data.get("message")
        return str(message)[:200] if isinstance(message, str) else ""
    if words.startswith(("<", "{")):
        return ""
    return words[:200]


def _page(content: bytes) -> str:
    start = content[:200].lstrip().lower()
    return "sent a web page in place of data" if start.startswith(PAGES) else ""


PAGES = (b"<html", b"<!doctype html")


def _is_here(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
