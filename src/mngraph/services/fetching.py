"""A search of PubMed to a file, batch by batch; a run that was ended goes on where it was.

What is there so far lies in a folder beside the target: the search with its PMIDs, the articles,
and how far they are whole. The articles come in the order of the PMIDs, so that the file has the
same bytes however often the work was interrupted.
"""

from __future__ import annotations

import datetime
import gzip
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from mngraph.errors import LocationError, MngraphError, OutputError, UsageError
from mngraph.files import write_bytes, writing
from mngraph.services.eutils import BATCH, MOST, Eutils, Found, by_entry_date
from mngraph.services.web import RefusedError

try:
    import fcntl
except ImportError:  # Windows has no flock: two runs are not told apart there
    fcntl = None  # type: ignore[assignment]

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<PubmedArticleSet>\n'
TAIL = b"</PubmedArticleSet>\n"
ARTICLE = re.compile(rb"<(PubmedArticle|PubmedBookArticle)[\s>].*?</\1\s*>", re.DOTALL)
BLOCK = 2**20

Say = Callable[[str], None]
Step = Callable[[int], None]
Bar = Callable[[float], Any]
"""Begins a progress bar of so many articles: a context whose value is called with what came."""


@dataclass
class State:
    """How far a search is; kept in files beside the target.

    Attributes:
        query: the query.
        address: the address of E-utilities.
        date: the day on which it was searched.
        parts: what was found.
        articles: how many articles were asked for so far.
        size: how many bytes of articles are whole.
        missing: PMIDs that the search found and PubMed did not send.
    """

    query: str
    address: str
    date: str
    parts: list[Found]
    articles: int = 0
    size: int = 0
    missing: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """The PMIDs of all parts, each once."""
        return list(dict.fromkeys(each for part in self.parts for each in part.ids))


@dataclass(frozen=True)
class Fetched:
    """What a run wrote: how many articles, and which PMIDs were found but not sent."""

    articles: int
    missing: tuple[str, ...]


def fetch(
    query: str, target: Path, client: Eutils, *, say: Say, bar: Bar, restart: bool = False
) -> Fetched:
    """Write the articles that a search of PubMed finds to a file of PubMed XML.

    Args:
        query: a query in PubMed's language.
        target: the file; packed where its name ends in .gz.
        client: E-utilities.
        say: is told what a person should know.
        bar: begins a progress bar.
        restart: whether to search anew where a search has begun.

    Raises:
        UsageError: another search to the same file has begun.
        MngraphError: nothing was found.
        LocationError: PubMed cannot be reached, or stops answering.
        OutputError: the file cannot be written, or another process writes it.
    """
    if target.is_dir():
        raise OutputError(f"cannot write {target}: it is a folder")
    folder = target.with_name(f"{target.name}.part")
    with _alone(folder, target):
        if restart:
            _forget(folder)
        state = _begun(folder, query, client)
        if state is None:
            state = _searched(query, client, say)
            _note_search(folder, state)
        elif state.articles:
            done = f"{state.articles:,} of {len(state.ids):,} articles are there"
            say(f"going on with the search of {state.date}: {done}")
        _read_on(folder, state, client, bar)
        _finish(folder / "articles", target)
        shutil.rmtree(folder, ignore_errors=True)
    return Fetched(len(state.ids) - len(state.missing), tuple(state.missing))


# --- what is kept beside the target -----------------------------------------------------------


@contextmanager
def _alone(folder: Path, target: Path) -> Iterator[None]:
    """Hold the folder for this process; one that stays empty is removed."""
    try:
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("a") as lock:
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                yield
            finally:
                if folder.is_dir() and {path.name for path in folder.iterdir()} <= {"lock"}:
                    shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError as error:
        raise OutputError(f"cannot write {target}: another process is writing it") from error
    except FileNotFoundError as error:
        where = target.parent
        raise OutputError(f"cannot write {target}: the folder {where} does not exist") from error
    except OSError as error:
        if isinstance(error, MngraphError):
            raise
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from error


def _forget(folder: Path) -> None:
    for name in ("search", "done", "articles"):
        (folder / name).unlink(missing_ok=True)


def _begun(folder: Path, query: str, client: Eutils) -> State | None:
    """Return the search that has begun; None where there is none.

    Raises:
        UsageError: it is another one.
    """
    kept = _json(folder / "search")
    if kept is None:
        return None
    if (kept["query"], kept["address"]) != (query, client.url):
        raise UsageError(
            f"{folder} holds another search that has begun ({kept['query']!r}): finish that one, "
            "or give --restart, or another file"
        )
    parts = [Found(**{**part, "ids": tuple(part["ids"]), "remarks": ()}) for part in kept["parts"]]
    state = State(query, client.url, kept["date"], parts)
    done = _json(folder / "done") or {}
    state.articles, state.size = done.get("articles", 0), done.get("size", 0)
    state.missing = done.get("missing", [])
    return state


def _json(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:  # files are written whole: somebody else has been here
        raise OutputError(f"{path} is damaged: delete its folder, and begin again") from None
    return cast("dict[str, Any]", data)


def _note_search(folder: Path, state: State) -> None:
    parts = [
        {"count": part.count, "ids": part.ids, "web_env": part.web_env, "query_key": part.query_key}
        for part in state.parts
    ]
    document = {"query": state.query, "address": state.address, "date": state.date, "parts": parts}
    write_bytes(folder / "search", json.dumps(document).encode())


def _note_done(folder: Path, state: State) -> None:
    document = {"articles": state.articles, "size": state.size, "missing": state.missing}
    write_bytes(folder / "done", json.dumps(document).encode())


# --- the work ---------------------------------------------------------------------------------


def _searched(query: str, client: Eutils, say: Say) -> State:
    """Search, in parts where the whole is more than is handed out."""
    found = client.search(query)
    for remark in found.remarks:
        say(f"warning: {remark}")
    if not found.count:
        read = f" (PubMed read it as: {found.translation})" if found.translation else ""
        raise MngraphError(f"PubMed has no article for {query!r}{read}")
    parts = [found]
    if found.count > MOST:
        say(
            f"{found.count:,} articles: E-utilities hand out {MOST:,} of a search, so it is "
            "split by the day of entry into PubMed"
        )
        parts = by_entry_date(client, query)
    state = State(query, client.url, datetime.date.today().isoformat(), parts)
    if len(state.ids) < found.count:
        raise LocationError(
            f"PubMed found {found.count:,} articles and listed {len(state.ids):,}: try again, or "
            "narrow the search"
        )
    return state


def _read_on(folder: Path, state: State, client: Eutils, bar: Bar) -> None:
    """Ask for the articles that are not there yet."""
    ids, places = state.ids, _places(state.parts)
    path = folder / "articles"
    with path.open("r+b" if path.exists() else "w+b") as stream, bar(len(ids)) as step:
        if path.stat().st_size < state.size:
            raise OutputError(f"{path} is damaged: delete its folder, and begin again")
        stream.truncate(state.size)
        stream.seek(state.size)
        step(state.articles)
        while state.articles < len(ids):
            wanted = ids[state.articles : state.articles + BATCH]
            pieces = _batch(client, wanted, places[wanted[0]])
            for each in wanted:
                if each in pieces:
                    stream.write(pieces[each] + b"\n")
                else:
                    state.missing.append(each)
            stream.flush()
            os.fsync(stream.fileno())
            state.articles, state.size = state.articles + len(wanted), stream.tell()
            _note_done(folder, state)
            step(len(wanted))


def _places(parts: Sequence[Found]) -> dict[str, tuple[Found, int]]:
    """Return the part and the place in it of each PMID."""
    places: dict[str, tuple[Found, int]] = {}
    for part in parts:
        for number, each in enumerate(part.ids):
            places.setdefault(each, (part, number))
    return places


def _batch(client: Eutils, wanted: list[str], place: tuple[Found, int]) -> dict[str, bytes]:
    """Return articles by PMID: from the history server, and by PMID what that does not send."""
    found, start = place
    pieces: dict[str, bytes] = {}
    if found.web_env and found.query_key:
        try:
            pieces = _pieces(client.articles_of(found, start, len(wanted)))
        except RefusedError:  # the history is kept for some hours only
            pieces = {}
    lacking = [each for each in wanted if each not in pieces]
    if lacking:
        pieces |= _pieces(client.articles(lacking))
    return pieces


def _pieces(content: bytes) -> dict[str, bytes]:
    """Return each article of a set as it is written there, by PMID.

    >>> _pieces(b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID>"
    ...         b"</MedlineCitation></PubmedArticle></PubmedArticleSet>").keys()
    dict_keys(['7'])
    """
    from defusedxml.ElementTree import fromstring

    root = fromstring(content)
    texts = [found.group() for found in ARTICLE.finditer(_in_utf8(content))]
    articles = [node for node in root if node.tag in ("PubmedArticle", "PubmedBookArticle")]
    if len(texts) != len(articles):
        raise LocationError("PubMed sent articles that cannot be told apart: try again")
    ids = (
        node.findtext("MedlineCitation/PMID") or node.findtext("BookDocument/PMID") or ""
        for node in articles
    )
    return dict(zip((each.strip() for each in ids), texts, strict=True))


def _in_utf8(content: bytes) -> bytes:
    """Return XML in UTF-8, whatever encoding it declares."""
    declared = re.match(rb"""<\?xml[^>]*encoding=["']([\w.-]+)""", content)
    name = declared.group(1).decode() if declared else "utf-8"
    return content if name.lower() == "utf-8" else content.decode(name).encode()


def _finish(articles: Path, target: Path) -> None:
    """Write the file: whole or not at all."""
    with articles.open("rb") as source, writing(target) as stream:
        if target.name.lower().endswith(".gz"):
            with gzip.GzipFile("", "wb", fileobj=stream, mtime=0) as packed:
                _copy(source, cast("BinaryIO", packed))
        else:
            _copy(source, stream)


def _copy(source: BinaryIO, stream: BinaryIO) -> None:
    stream.write(HEAD)
    shutil.copyfileobj(source, stream, BLOCK)
    stream.write(TAIL)
