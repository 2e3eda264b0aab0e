"""What is served, where, and within which bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mngraph.store import Store

if TYPE_CHECKING:
    from mngraph.candidates.deciding import Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may take, and how many may run at once.

    Attributes:
        seconds: the time that a query may take until its answer begins.
        sending: the seconds that an answer may take until its end, however slow the reader is.
        answer: the bytes of an answer.
        request: the bytes of a request's body.
        running: the queries that run at once.
        waiting: the queries that may wait for one of these to end.
    """

    seconds: float = 30
    sending: float = 600
    answer: int = 100 * 2**20
    request: int = 2**20
    running: int = 8
    waiting: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A graph that is served.

    Attributes:
        store: the graph, for pages.
        public: the address that people see, without a slash at its end.
        root: the path under which the site is shown; empty, or without a slash at its end.
        limits: what one request may take.
        services: the endpoints that SERVICE may name.
        origins: the web origins whose pages may ask the endpoint; `*` is any.
        review: candidates to decide on; none where nothing is to be decided here.
    """

    store: Store
    public: str
    root: str = ""
    limits: Limits = field(default_factory=Limits)
    services: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    review: Review | None = None
