"""The review of candidates in a browser: the abstract beside the draft, and a decision a request.

Decisions change files of the person who started the server. So they are taken from this machine
alone (the Host that the browser names has to be loopback), by POST, from pages of this server
(Origin), and with the token that only these pages have.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from mngraph.candidates import marked
from mngraph.candidates.folder import read_candidate
from mngraph.candidates.model import ACCEPTED, CANDIDATE, REJECTED, Candidate
from mngraph.errors import MngraphError
from mngraph.serving.asked import RefusedError
from mngraph.serving.pages import frame
from mngraph.wording import counted

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from mngraph.candidates.deciding import Review
    from mngraph.serving.site import Site

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_BYTES = 100_000
"""The bytes of one decision."""
MOST_ROWS = 500
"""How many candidates the list shows at once."""
LONGEST_NAME = 200
"""Characters in the name of a file."""
KEYS = (
    ("a", "Accept the fact"), ("r", "Reject it"), ("e", "Edit its field and value"),
    ("u", "Undo the decision on it"), ("A", "Accept all that is proposed"),
    ("j, s", "Go to the next fact"), ("k", "Go back"),
    ("+", "Add a fact"), ("n", "Go to the next candidate"), ("Escape", "Leave a field"),
)  # fmt: skip


@dataclass(frozen=True)
class _Shown:
    """What is told above a candidate, and what stays in the field for a new fact."""

    message: str = ""
    done: str = ""
    entered: str = ""
    at: int | None = None


def routes(site: Site) -> list[BaseRoute]:
    """Return the routes of the review; none where the site has no candidates.

    Args:
        site: the site.
    """
    from starlette.routing import Route

    if site.review is None:
        return []
    desk = _Desk(site, site.review)
    return [
        Route("/review", desk.every),
        Route("/review/{key}", desk.one, methods=["GET"]),
        Route("/review/{key}", desk.decided, methods=["POST"]),
    ]


class _Desk:
    """Answers requests; what is not from this machine and this site is refused."""

    def __init__(self, site: Site, review: Review) -> None:
        self.site, self.review, self.token = site, review, secrets.token_urlsafe(32)

    async def every(self, request: Request) -> Response:
        """Show the candidates."""
        if refused := _foreign(request):
            return refused
        shows_all = bool(request.query_params.get("all"))
        try:
            return _private(await asyncio.to_thread(_list, self.site, self.review, shows_all))
        except MngraphError as error:
            return _private(_problem(self.site, error), 500)

    async def one(self, request: Request) -> Response:
        """Show a candidate."""
        if refused := _foreign(request):
            return refused
        asked = request.query_params
        done = DONE.get(asked.get("done", ""), "")
        return await self.answer(request.path_params["key"], _Shown(done=done, at=_number(asked)))

    async def answer(self, key: str, shown: _Shown, status: int = 200) -> Response:
        """Return the page of a candidate."""
        try:
            found = await asyncio.to_thread(self.review.folder.read, key) if _is_key(key) else None
            if found is None:
                problem = MngraphError(f"there is no candidate {key}")
                return _private(_problem(self.site, problem), 404)
            token = self.token if self.review.who else ""
            page = await asyncio.to_thread(_page, self.site, self.review, found, token, shown)
            return _private(page, status)
        except MngraphError as error:
            return _private(_problem(self.site, error), 500)

    async def decided(self, request: Request) -> Response:
        """Take a decision."""
        from starlette.responses import RedirectResponse

        if refused := _foreign(request):
            return refused
        try:
            form = await _form(request)
        except RefusedError as error:
            return _refusal(error.why, error.status)
        if not secrets.compare_digest(form.get("token", "").encode(), self.token.encode()):
            return _refusal("this page is of another run of the server: load it again", 403)
        key, action, at = request.path_params["key"], form.get("do", ""), _number(form)
        try:
            await asyncio.to_thread(_do, self.review, key, action, form)
        except MngraphError as error:
            entered = form.get("text", "") if action == "add" else ""
            return await self.answer(key, _Shown(frame.sentence(error), "", entered, at), 422)
        step = 0 if action == "undo" else 1
        where = f"done={action}" if at is None else f"at={at + step}"
        return RedirectResponse(f"{self.site.root}/review/{key}?{where}", 303)


def _number(given: Mapping[str, str]) -> int | None:
    """Return the number of the fact that a request is about; None where it names none."""
    text = given.get("at", "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 6 else None


DONE = {
    "add": "The fact was added.",
    "accept-proposed": "All that was proposed is accepted.",
    "write": "The record was written.",
    "refuse": "The candidate was rejected.",
    "restore": "The candidate is open again.",
}


def _do(review: Review, key: str, action: str, form: Mapping[str, str]) -> None:
    """Do what a button says.

    Raises:
        MngraphError: it cannot be done.
    """
    if not _is_key(key):
        raise MngraphError(f"there is no candidate {key}")
    fact, text = form.get("fact", ""), form.get("text", "")
    if action in ("accept", "reject", "undo"):
        decision = {"accept": ACCEPTED, "reject": REJECTED, "undo": ""}[action]
        review.decide(key, fact, decision)
    elif action == "accept-proposed":
        review.accept_proposed(key)
    elif action == "edit":
        review.edit(key, fact, text)
    elif action == "add":
        review.add(key, text)
    elif action in ("refuse", "restore"):
        review.reject(key, undo=action == "restore")
    elif action == "write":
        review.accept(key)
    else:
        raise MngraphError("there is no such decision")


# --- who may ask ----------------------------------------------------------------------------------


def _foreign(request: Request) -> Response | None:
    """Return the refusal of a request that does not come from this machine and this site."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    if host not in LOOPBACK:
        return _refusal("candidates are shown on this machine alone", 403)
    if request.method != "POST":
        return None
    origin = request.headers.get("origin", "")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if urlsplit(origin).netloc != request.headers["host"] or site != "same-origin":
        return _refusal("decisions are taken from pages of this site alone", 403)
    return None


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form.

    Raises:
        RefusedError: it is of another kind, or too large.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise RefusedError(415, "send a form")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise RefusedError(413, f"a decision may have {MOST_BYTES:,} bytes")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise RefusedError(400, "this is no form") from error


def _refusal(why: str, status: int) -> Response:
    from starlette.responses import PlainTextResponse

    return PlainTextResponse(f"{why}\n", status)


def _private(text: str, status: int = 200) -> Response:
    return frame.page(text, status, {"Cache-Control": "no-store"})


def _is_key(key: str) -> bool:
    from mngraph.records import ID

    return len(key) <= LONGEST_NAME and bool(ID.fullmatch(key))


# --- pages ----------------------------------------------------------------------------------------


def _list(site: Site, review: Review, shows_all: bool) -> str:
    found = [_row(path, *_mark(path)) for path in review.folder.files()]
    waiting = [row for row in found if shows_all or row["status"] == CANDIDATE]
    left = sum(row["status"] == CANDIDATE for row in found)
    return frame.render(
        site, "served-review-list.html.j2", "/review", title="Candidates",
        rows=waiting[:MOST_ROWS], more=max(0, len(waiting) - MOST_ROWS),
        lead=f"{counted(left, 'candidate')} to decide on, of {len(found):,}. What nobody accepts "
        "is no part of the graph.", folder=str(review.folder.path), every=shows_all,
    )  # fmt: skip


def _mark(path: Path) -> tuple[int, int]:
    """Return what changes when a file is written: the time and the size."""
    state = path.stat()
    return state.st_mtime_ns, state.st_size


@lru_cache(maxsize=50_000)
def _row(path: Path, time: int, size: int) -> dict[str, Any]:
    """Return what the list tells of a candidate; read again when its file was written."""
    found = read_candidate(path)
    notices = {notice.partition(":")[0] for notice in found.about.get("notices", ())}
    return {
        "id": found.id, "title": found.title, "status": found.status,
        "year": str(found.publication.get("issued", ""))[:4],
        "journal": found.publication.get("journal", ""), "decided": len(found.decided),
        "facts": len(found.facts), "notices": ", ".join(sorted(notices)),
    }  # fmt: skip


def _page(site: Site, review: Review, candidate: Candidate, token: str, shown: _Shown) -> str:
    from mngraph.candidates.deciding import source

    facts = [
        {
            "number": n, "key": fact.key, "field": fact.field, "value": marked.shown(fact.value),
            "text": fact.text, "rule": fact.rule, "decided": bool(fact.decision),
            "confidence": f"{fact.confidence:.2f}" if fact.confidence is not None else "",
            "standing": marked.standing(fact), "state": fact.decision or "open",
            "editable": marked.editable(fact), "by": fact.by, "on": fact.on,
            "was": marked.was(fact), "proposed": fact.proposed,
        }
        for n, fact in enumerate(candidate.facts)
    ]  # fmt: skip
    first = next((n for n, fact in enumerate(candidate.facts) if not fact.decision), 0)
    entry = candidate.publication
    about = [", ".join(entry.get("authors", [])[:6]), entry.get("journal"), entry.get("issued"),
             candidate.id, candidate.status]  # fmt: skip
    return frame.render(
        site, "served-review.html.j2", "/review", title=candidate.title, facts=facts,
        about=" · ".join(str(each) for each in about if each), link=source(entry),
        notices=candidate.about.get("notices", ()), sections=_sections(candidate), token=token,
        at=first if shown.at is None else shown.at, message=shown.message, done=shown.done,
        entered=shown.entered, status=candidate.status, following=_following(review, candidate),
        here_is=f"{site.root}/review/{candidate.id}", keys=KEYS,
    )  # fmt: skip


def _sections(candidate: Candidate) -> list[tuple[str, list[dict[str, Any]]]]:
    found = []
    for label, parts in marked.pieces(candidate):
        cut = [
            {
                "text": part.text, "fact": part.facts[0] if part.facts else None,
                "facts": " ".join(map(str, part.facts)),
                "kind": marked.kind_of(candidate.facts[part.facts[0]]) if part.facts else "",
            }
            for part in parts
        ]  # fmt: skip
        found.append((label, cut))
    return found


def _following(review: Review, candidate: Candidate) -> str:
    """Return the next candidate that is open, by the names of files; nothing after the last."""
    for path in review.folder.files():
        if path.stem > candidate.id:
            later = review.folder.read(path.stem)
            if later and later.status == CANDIDATE:
                return path.stem
    return ""


def _problem(site: Site, error: MngraphError) -> str:
    return frame.render(
        site, "served-review-list.html.j2", "/review", title="Candidates", rows=[], more=0,
        lead=frame.sentence(error), folder="", every=True,
    )  # fmt: skip
