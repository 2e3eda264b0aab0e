"""Whether a graph holds any studies: without them, a question about evidence has no answer."""

from __future__ import annotations

from mngraph import sparql
from mngraph.errors import NoStudiesError
from mngraph.store import Store


def has_studies(store: Store) -> bool:
    """Return whether a graph holds studies, or claims that rest on studies."""
    return bool(store.query(sparql.internal("any-study")))


def require_studies(store: Store) -> None:
    """Refuse a graph without studies.

    Raises:
        NoStudiesError: it holds none.
    """
    if not has_studies(store):
        raise NoStudiesError(no_studies(store))


def no_studies(store: Store) -> str:
    """Return the message for a graph without studies."""
    return (
        f"{store.location} holds no studies in the mngraph vocabulary, so there is nothing to "
        "show (mngraph build makes a graph with studies from study records)"
    )
