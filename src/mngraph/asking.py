"""Run a prepared query in Oxigraph: columns in order, results typed, errors in plain words.

The engine answers `SELECT *` with the variables in alphabetical order. They should come in the
order in which they first appear, so `*` is replaced by that list before the query is run.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph.errors import MngraphError, QueryError
from mngraph.wording import listed

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.prepare import Prepared

    Triples = ox.QueryTriples | Iterator[ox.Triple]
    Results = ox.QuerySolutions | ox.QueryBoolean | Triples


LOOKED_AHEAD = {"IRI parsing failed", "Prefix not found"}
"""What the parser says where it tried an operator as an IRI or a word as a name."""


LONGEST_KEPT = 20_000
"""How many characters a query has at most that is kept as it was prepared."""


def prepared(text: str, base: str | None = None, services: Collection[str] = ()) -> Prepared:
    """Return a query as the engine gets it; one that is asked again is not read again.

    Args:
        text: SPARQL text; see `mngraph.prepare.prepare`.
        base: the IRI that relative IRIs start from; by default the working folder.
        services: the IRIs of the endpoints to which SERVICE may send parts of the query.

    Raises:
        QueryError: as for `mngraph.prepare.prepare`.
    """
    try:
        folder = str(Path.cwd())
    except OSError:  # it was removed, which matters only to relative IRIs
        folder = ""
    make = _kept if len(text) <= LONGEST_KEPT else _kept.__wrapped__
    return make(text, base, frozenset(services), folder)


@lru_cache(maxsize=256)
def _kept(text: str, base: str | None, services: frozenset[str], _folder: str) -> Prepared:
    """Return a prepared query; relative IRIs in it depend on the working folder."""
    from mngraph.prepare import prepare  # not needed for queries of the package

    return in_order(prepare(text, base, services))


def in_order(prepared: Prepared) -> Prepared:
    """Return a query whose outer `SELECT *` names its variables in the order of the query.

    >>> from mngraph.prepare import prepare
    >>> in_order(prepare("SELECT * { ?z mn:country ?a }")).text.split()[:3]
    ['SELECT', '?z', '?a']
    """
    if prepared.star < 0:
        return prepared
    import pyoxigraph as ox

    # On no data, and with SERVICE as GRAPH, nothing is looked up and nothing is sent.
    here = {"SERVICE": "GRAPH", "SILENT": ""}
    pieces = tuple(here.get(piece.upper(), piece) for piece in prepared.pieces)
    with query_errors(prepared):
        found = ox.Store().query(prepared._replace(pieces=pieces).text)
    return prepared.selecting([variable.value for variable in solutions(found).variables])


def solutions(results: Results) -> ox.QuerySolutions:
    """Return the results of a SELECT query.

    Raises:
        QueryError: the query was of another kind.
    """
    import pyoxigraph as ox

    if not isinstance(results, ox.QuerySolutions):
        raise QueryError("this query returns no table: use a SELECT query")
    return results


def triples(results: Results) -> Triples:
    """Return the results of a CONSTRUCT or DESCRIBE query.

    Raises:
        QueryError: the query was of another kind.
    """
    import pyoxigraph as ox

    if isinstance(results, (ox.QuerySolutions, ox.QueryBoolean)):
        raise QueryError("this query returns no triples: use a CONSTRUCT or DESCRIBE query")
    return results


def truth(results: Results) -> bool:
    """Return the result of an ASK query.

    Raises:
        QueryError: the query was of another kind.
    """
    import pyoxigraph as ox

    if not isinstance(results, ox.QueryBoolean):
        raise QueryError("this query returns no truth value: use an ASK query")
    return bool(results)


UNGROUPED = "The SELECT contains a variable that is unbound"
"""What the parser says of a variable that a SELECT with an aggregate does not group by."""
PARTS = frozenset(("SELECT", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"))
"""The words that the parts of a SELECT query begin with, outside of its body."""

BREAKS = frozenset("{};.")
"""What a triple, or the rest of one with the same subject, begins behind."""
ENDS = frozenset("};.")
"""What a triple ends before."""


@contextmanager
def query_errors(prepared: Prepared | None = None) -> Iterator[None]:
    """Raise in our words what an engine raises while a query is parsed or runs."""
    try:
        yield
    except MngraphError:
        raise
    except SyntaxError as error:
        if prepared is None:
            raise QueryError(f"query: {' '.join(str(error).split())}") from error
        raise QueryError(problem(prepared, str(error))) from error
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # results could not be written: the caller that opened the stream can name it
        raise QueryError(f"the query failed: {error}") from error


def problem(prepared: Prepared, message: str) -> str:
    """Return the error of Oxigraph's parser as one short line that names the position.

    >>> from mngraph.prepare import prepare
    >>> problem(prepare("ASK { ?s }"), "error at 4:1: expected [_]")
    'query, line 1, column 10: the triple before } has no predicate and no object'
    """
    import pyoxigraph as ox

    try:
        ox.Store().query(prepared.padded)
    except SyntaxError as error:
        message = str(error)
    found = re.match(r"error at (\d+):\d+: expected(?: one of)? (.*)", message, re.DOTALL)
    if not found:
        return f"query: {' '.join(message.split())}"
    place, token = prepared.place(int(found[1]))
    words = [word.strip() for word in re.split(r",(?![^\[]*\])", found[2].replace("\n", " "))]
    reasons = (word for word in words if " " in word and word[0].isupper())
    reason = next((word for word in reasons if word not in LOOKED_AHEAD), None)
    if reason == UNGROUPED:
        reason = _ungrouped(prepared.pieces)
    if token.startswith("<") and token.endswith(">") and reason is None:
        try:
            ox.NamedNode(token[1:-1])
        except ValueError as error:
            reason = f"{token} is not an IRI: {error}"
    if reason is None:
        reason = _incomplete(prepared, int(found[1]), token)
    if reason is None and not token.startswith("{") and _follows_where(prepared, int(found[1])):
        reason = "{ is missing after WHERE"
    if reason is None:
        reason = f"{token} does not fit here" if token else "the query ends too early"
    return f"{place}: {reason}"


def _ungrouped(pieces: Sequence[str]) -> str:
    """Return which variables a query selects beside an aggregate without grouping by them."""
    parts = {"SELECT": list[str](), "GROUP": list[str]()}
    depth, part = 0, ""
    for piece in pieces:
        depth += (piece[-1] in "({" and piece[0] != '"') - (piece in (")", "}"))
        if depth == 0 and piece.upper() in PARTS:
            part = piece.upper()
        elif piece == "{" and depth == 1:
            part = ""
        elif piece[0] in "?$" and part in parts and (depth == 0 or part == "GROUP"):
            parts[part].append(piece)
    names = [name for name in dict.fromkeys(parts["SELECT"]) if name not in parts["GROUP"]]
    if not names:
        return "a variable is selected but neither grouped nor aggregated: put it behind GROUP BY"
    verb, grouped = "is" if len(names) == 1 else "are", " ".join([*parts["GROUP"], *names])
    return (
        f"{listed(names)} {verb} selected but neither grouped nor aggregated: put "
        f"GROUP BY {grouped} behind the last }}"
    )


def _incomplete(prepared: Prepared, line: int, token: str) -> str | None:
    """Return what a triple lacks that ends at a token; None where no triple is cut short there."""
    pieces = prepared.before(line)
    last = next((n for n in range(len(pieces) - 1, -1, -1) if pieces[n] in BREAKS), None)
    if last is None or token not in ENDS or not all(map(_is_term, pieces[last + 1 :])):
        return None
    terms = pieces[last + 1 :]
    predicates = len(terms) if pieces[last] == ";" else len(terms) - 1
    if predicates == 1:
        return f"the triple before {token} has no object"
    if predicates == 0 and terms:
        return f"the triple before {token} has no predicate and no object"
    return None


def _follows_where(prepared: Prepared, line: int) -> bool:
    """Return whether the last piece before a line of the query is the word WHERE."""
    pieces = prepared.before(line)
    return bool(pieces) and pieces[-1].upper() == "WHERE"


def _is_term(piece: str) -> bool:
    return piece == "a" or piece[0] in "?$<_\"'" or ":" in piece or piece[0].isdigit()
