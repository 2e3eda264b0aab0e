"""HTTP to a server of graphs: credentials, retries, redirects and bounds in one place.

Credentials come from the environment (`MNGRAPH_TOKEN`, or `MNGRAPH_USER` and `MNGRAPH_PASSWORD`) or
from a netrc file. They are sent to the host that the caller names and to no other: a server that
redirects elsewhere is not followed.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import urlsplit

from mngraph.errors import LocationError, QueryError

if TYPE_CHECKING:
    import httpx

    Flow = Generator[httpx.Request, httpx.Response, None]

Answer = TypeVar("Answer")

CONNECT, ANSWER = 20.0, 600.0
"""Seconds until a connection is there, and until the next bytes of an answer are."""
WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each further try of a request that may be sent again."""
PATIENCE = 60.0
"""Most seconds that a server may ask to wait before the next try."""
BUSY = frozenset((429, 502, 503, 504))
"""What servers answer that cannot answer now."""
HOPS = 5
"""Most redirects of one request."""
START = 2**20
"""Bytes of an answer that are read at once: one that breaks off within them is asked for again."""
MOST_BYTES = 4 * 2**30
"""Most bytes of an answer, after decompression."""
NODES = (b'"type": "bnode", "value": "nodeID://', b'"type": "bnode", "value": "nodeID')
"""How Virtuoso writes blank nodes, which no reader takes, and how it is to be written."""
USER, PASSWORD, TOKEN = "MNGRAPH_USER", "MNGRAPH_PASSWORD", "MNGRAPH_TOKEN"


class Request(NamedTuple):
    """A request as it goes out.

    Attributes:
        method: of HTTP, such as POST.
        url: the address; that of the connection where it is empty.
        parameters: what is added to the query of the address.
        headers: the headers, beside those of every request.
        content: the body.
    """

    method: str
    url: str = ""
    parameters: Mapping[str, Sequence[str]] = {}
    headers: Mapping[str, str] = {}
    content: bytes = b""


class Connection:
    """HTTP to one server, with connections that are kept open.

    Args:
        url: the address of an endpoint, by which errors name it.

    Raises:
        LocationError: the address holds a password, or is none.

    >>> Connection("http://127.0.0.1:7878/query").url
    'http://127.0.0.1:7878/query'
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            named = bool(parts.hostname) and parts.port != 0
            known = parts.scheme in ("http", "https")
        except ValueError as error:
            raise LocationError(f"{url!r} is not the address of an endpoint: {error}") from error
        if "@" in parts.netloc:
            raise LocationError(
                f"an address with a user or a password is not taken, since others can read command "
                f"lines: leave it out of the address and set {USER} and {PASSWORD}"
            )
        if named and not known:
            raise LocationError(
                f"{url!r} is not the address of an endpoint: it needs http or https"
            )
        if not named:
            raise LocationError(f"{url!r} is not the address of an endpoint: it names no host")
        self.url = url
        self._client: httpx.Client | None = None
        self._process = 0

    def read(self, request: Request) -> Body:
        """Return the answer to a request that changes nothing; it is sent again when that fails.

        Raises:
            LocationError: there is no answer, or not one that a client may use.
            QueryError: the server refuses the query.
        """
        return self.patiently(lambda: self.begun(request))

    def patiently(self, attempt: Callable[[], Answer]) -> Answer:
        """Return what an attempt returns; it is made again, later, when it asks for that."""
        for wait in (*WAITS, None):
            try:
                return attempt()
            except AgainError as again:
                if wait is None or again.after > PATIENCE:
                    raise again.problem from again
                time.sleep(max(wait, again.after))
        raise AssertionError  # the last try returns or raises

    def write(self, request: Request) -> Body:
        """Return the answer to a request that changes something: it is sent once.

        Raises:
            LocationError: as `read`; whether anything was changed is not known.
            QueryError: the server refuses the update.
        """
        try:
            return self.begun(request)
        except AgainError as again:
            raise again.problem from again

    def begun(self, request: Request) -> Body:
        """Send a request and read the first part of the answer."""
        import httpx

        try:
            body = Body(self._sent(request), self)
            body.begin()
            return body
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise LocationError(f"cannot reach {self.url}: {_reason(error)}") from error
        except httpx.TransportError as error:
            problem = f"the connection to {self.url} broke off: {_reason(error)}"
            raise AgainError(LocationError(problem)) from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise LocationError(f"cannot reach {self.url}: {_reason(error)}") from error

    def _sent(self, request: Request) -> httpx.Response:
        """Return a response of success, not yet read; follow redirects to the same host."""
        import httpx

        client = self._opened()
        address = httpx.URL(request.url or self.url).copy_merge_params(request.parameters)
        for _ in range(HOPS):
            sent = client.build_request(
                request.method, address, headers=dict(request.headers), content=request.content
            )
            response = client.send(sent, stream=True)
            if not response.has_redirect_location:
                break
            response.close()
            target = address.join(response.headers["location"])
            if not _is_same_server(address, target):
                raise LocationError(
                    f"{self.url} redirects to another place, which is not followed: give that "
                    f"address if you trust it: {target}"
                )
            address = target
        else:
            raise LocationError(f"{self.url} redirects without end")
        if not response.is_success:
            try:
                raise self.refusal(response)
            finally:
                response.close()
        return response

    def refusal(self, response: httpx.Response) -> Exception:
        """Return what an answer that is no success says, as an error."""
        status, words = response.status_code, first_words(response)
        said = f": {words}" if words else ""
        if status in (400, 422):
            return QueryError(f"{self.url} refused the query{said or f' (HTTP status {status})'}")
        if status in BUSY:
            problem = LocationError(f"{self.url} is busy (HTTP status {status}){said}; try later")
            return AgainError(problem, seconds_of(response.headers.get("retry-after", "")))
        if status == 401:
            how = (
                "does not accept the credentials" if self._has_credentials() else "asks who you are"
            )
            return LocationError(
                f"{self.url} {how} (HTTP status 401): set {USER} and {PASSWORD}, or {TOKEN}, or "
                "write them into a netrc file"
            )
        if status == 403:
            return LocationError(f"{self.url} does not allow this (HTTP status 403){said}")
        if status == 404:
            return LocationError(
                f"there is no endpoint at {self.url} (HTTP status 404): addresses of endpoints "
                "often end in /sparql or /query"
            )
        return LocationError(f"{self.url} answered with HTTP status {status}{said}")

    def _opened(self) -> httpx.Client:
        """Return the client of this process: a copy of the process must not share connections."""
        import httpx

        if self._client is None or self._process != os.getpid():
            self._client = httpx.Client(
                timeout=httpx.Timeout(ANSWER, connect=CONNECT), auth=self.auth(),
                headers={"user-agent": "mngraph"},
            )  # fmt: skip
            self._process = os.getpid()
        return self._client

    def close(self) -> None:
        """Close the connections of this process; the next request opens one again."""
        if self._client is not None and self._process == os.getpid():
            self._client.close()
        self._client = None

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()

    def _has_credentials(self) -> bool:
        return bool(os.environ.get(TOKEN)) or _user_and_password(self.url) is not None

    def auth(self) -> httpx.Auth | None:
        """Return what adds credentials to requests, where the environment or netrc has some."""
        token = os.environ.get(TOKEN)
        if token:
            return _bearer(token)
        known = _user_and_password(self.url)
        return _challenged(*known) if known else None


class Body:
    """The body of an answer, read as it comes: a file for a parser.

    Attributes:
        kind: its media type.
        most: how many rows the server sends where it left out others; else 0.
        first: its first bytes.
        whole: whether all of it was read from the server.
        ending: what it ends with, but for blanks, where nothing is missing.
    """

    def __init__(self, response: httpx.Response, connection: Connection) -> None:
        self.response, self.url = response, connection.url
        self.connection = connection  # which closes what it has opened when nobody needs it
        self.kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        self.most = int(seconds_of(response.headers.get("x-sparql-maxrows", "")))
        self.size = 0
        self.first = self.last = self.ending = b""
        self.whole = False
        self._rest = self._held = b""
        self._has_nodes = "virtuoso" in response.headers.get("server", "").lower()
        self._pieces = response.iter_bytes()

    def begin(self) -> None:
        """Read the first part, which is all of most answers."""
        held = bytearray()
        while len(held) < START and not self.whole:
            held += self._next()
        self.first = self._rest = bytes(held)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size`; none at the end.

        Raises:
            LocationError: the answer breaks off, or is larger than `MOST_BYTES`.
        """
        import httpx

        while not self._rest and not self.whole:
            try:
                self._rest = self._next()
            except httpx.HTTPError as error:
                raise LocationError(
                    f"the answer of {self.url} broke off after {self.size:,} bytes"
                ) from error
        if self.whole and not self.last.rstrip().endswith(self.ending):
            raise LocationError(f"the answer of {self.url} is not complete: its end is missing")
        if size < 0:
            return b"".join([self._taken(len(self._rest)), *iter(lambda: self.read(START), b"")])
        return self._taken(size)

    def _taken(self, size: int) -> bytes:
        part, self._rest = self._rest[:size], self._rest[size:]
        return part

    def _next(self) -> bytes:
        piece = next(self._pieces, b"")
        self.size += len(piece)
        self.last = (self.last + piece)[-64:]
        if not piece:
            self.whole = True
            self.response.close()
        if self.size > MOST_BYTES:
            self.response.close()
            raise LocationError(
                f"the answer of {self.url} has more than {MOST_BYTES:,} bytes: ask for less"
            )
        return self._mended(piece) if self._has_nodes else piece

    def _mended(self, piece: bytes) -> bytes:
        """Return the next bytes with other names of blank nodes, which a piece may cut in two."""
        piece = (self._held + piece).replace(*NODES)
        end = len(piece) if self.whole else max(0, len(piece) - len(NODES[0]))
        self._held = piece[end:]
        return piece[:end]

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.response.close()


class AgainError(Exception):
    """A request that may succeed when it is sent again, after some seconds."""

    def __init__(self, problem: LocationError, after: float = 0.0) -> None:
        super().__init__(problem, after)
        self.problem, self.after = problem, after


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def first_words(response: httpx.Response) -> str:
    """Return the beginning of what a server says in words; nothing of a page."""
    kind = response.headers.get("content-type", "")
    if "html" in kind:
        return ""
    import httpx

    said = b""
    with contextlib.suppress(httpx.HTTPError):
        for piece in response.iter_bytes():
            said += piece
            if len(said) > 500:
                break
    return " ".join(said[:500].decode("utf-8", "replace").split())


def seconds_of(text: str) -> float:
    """Return the seconds of a Retry-After header, which is a number or a date (RFC 9110, 10.2.3).

    >>> seconds_of("7"), seconds_of("Wed, 21 Oct 2015 07:28:00 GMT"), seconds_of("soon")
    (7.0, 0.0, 0.0)
    """
    if text.strip().isdecimal():
        return float(text)
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        when = parsedate_to_datetime(text)
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0


def _is_same_server(here: httpx.URL, there: httpx.URL) -> bool:
    """Return whether an address is on the same server, or on it by TLS."""
    if there.userinfo or here.host != there.host:
        return False
    if (here.scheme, here.port) == (there.scheme, there.port):
        return True
    return (here.scheme, there.scheme, here.port, there.port) == ("http", "https", None, None)


def _user_and_password(url: str) -> tuple[str, str] | None:
    """Return the credentials of the environment, else those of a netrc file for a host.

    Raises:
        LocationError: the netrc file cannot be read; its content is not shown.
    """
    user = os.environ.get(USER)
    if user:
        return user, os.environ.get(PASSWORD, "")
    file = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    if not file.is_file():
        return None
    import netrc

    try:
        read = netrc.netrc(None if not os.environ.get("NETRC") else str(file))
    except netrc.NetrcParseError as error:
        where = f":{error.lineno}" if error.lineno else ""
        raise LocationError(f"cannot read the netrc file {file}{where}") from None
    except (OSError, UnicodeError):
        raise LocationError(f"cannot read the netrc file {file}") from None
    found = read.authenticators(urlsplit(url).hostname or "")
    return (found[0], found[2] or "") if found else None


def _bearer(token: str) -> httpx.Auth:
    """Return what sends a token (RFC 6750).

    Raises:
        LocationError: it holds what no token may; it is not shown.
    """
    import httpx

    if not token.isascii() or not token.isprintable() or " " in token:
        raise LocationError(f"{TOKEN} holds a character that no token has")

    class Bearer(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Flow:
            request.headers["Authorization"] = f"Bearer {token}"
            yield request

    return Bearer()


def _challenged(user: str, password: str) -> httpx.Auth:
    """Return what sends a user and a password in the way that the server asks for.

    A server that asks for a digest never gets the password itself.
    """
    import httpx

    class Challenged(httpx.Auth):
        chosen: httpx.Auth | None = None

        def auth_flow(self, request: httpx.Request) -> Flow:
            if self.chosen is None:
                response = yield request
                offered = " ".join(response.headers.get_list("www-authenticate")).lower()
                if response.status_code != 401:
                    return
                if "digest" in offered:
                    self.chosen = httpx.DigestAuth(user, password)
                elif "basic" in offered:
                    self.chosen = httpx.BasicAuth(user, password)
                else:
                    return
            yield from self.chosen.auth_flow(request)

    return Challenged()
