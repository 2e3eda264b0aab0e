"""SPARQL text: parameters put in as terms, our own queries read.

What people run by name stands in queries/; what the package asks for itself in queries/internal/.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from mngraph import resources
from mngraph.errors import UsageError

if TYPE_CHECKING:
    from pyoxigraph import Literal, NamedNode, QuerySolutions

    Term = NamedNode | Literal

PARAMETER = re.compile(r"\$(\w+)")
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


@cache
def _read(name: str) -> str:
    return (resources.folder("queries") / "internal" / f"{name}.rq").read_text("utf-8")


def node(iri: str) -> NamedNode:
    """Return an IRI as a term: the one place where text becomes an IRI of a query.

    Raises:
        UsageError: the text is not an absolute IRI.

    >>> str(node("http://example.org/scar"))
    '<http://example.org/scar>'
    """
    import pyoxigraph as ox

    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise UsageError(f"{iri!r} is not an IRI: {error}") from error


def is_true(text: str | None) -> bool:
    """Tell whether a literal of this text is true.

    XML Schema writes it in two ways, and Virtuoso answers with the number 1 for it.

    >>> is_true("true"), is_true("1"), is_true("false"), is_true(None)
    (True, True, False, False)
    """
    return text in ("true", "1")


def internal(name: str, **iris: str | Iterable[str]) -> str:
    """Return the query queries/internal/<name>.rq with IRIs for its parameters.

    Several IRIs make the list that VALUES takes; none at all make UNDEF, so that any will do.

    Raises:
        UsageError: one of them is not an IRI.

    >>> print(internal("narrower", branch="http://example.org/scar"))
    # A concept and all that are narrower; for a scheme all its concepts.
    SELECT DISTINCT ?concept {
      { ?concept skos:broader* <http://example.org/scar> }
      UNION { ?concept skos:inScheme <http://example.org/scar> }
    }
    <BLANKLINE>
    """
    terms = {
        parameter: [node(iri) for iri in ([given] if isinstance(given, str) else given)]
        for parameter, given in iris.items()
    }
    return bind_own(_read(name), terms)


def internal_on(name: str, **terms: Term) -> str:
    """Return the query queries/internal/<name>.rq with terms of any kind for its parameters."""
    return bind_own(_read(name), terms)


def bind_own(text: str, terms: Mapping[str, Term | Sequence[Term]]) -> str:
    """Return a query of the package with each `$name` replaced by its term.

    In the text of our own queries `$name` is always a parameter, so that nobody has to read it.

    >>> import pyoxigraph as ox
    >>> bind_own("ASK { ?s $p ?o }", {"p": ox.NamedNode("http://example.org/p")})
    'ASK { ?s <http://example.org/p> ?o }'
    """
    return PARAMETER.sub(
        lambda found: written(terms[found[1]]) if found[1] in terms else found.group(), text
    )


def bind(text: str, terms: Mapping[str, Term | Sequence[Term]]) -> str:
    """Return a query with each `$name` replaced by its term, written as SPARQL writes it.

    Strings, IRIs and comments stay as they are; `?name` and names without a term stay variables.

    >>> import pyoxigraph as ox
    >>> bind("ASK { ?s $p '$p' } # $p", {"p": ox.NamedNode("http://example.org/p")})
    "ASK { ?s <http://example.org/p> '$p' } # $p"
    """
    parts = pieces(text, terms)
    parts[1::2] = [written(terms[name]) for name in parts[1::2]]
    return "".join(parts)


def bound(solutions: QuerySolutions) -> Iterator[dict[str, Any]]:
    """Yield the terms of each row by the name of their variable, without unbound ones.

    >>> from mngraph.store import LocalStore
    >>> [list(row) for row in bound(LocalStore.memory([]).select("SELECT ?a ?b { BIND(1 AS ?a) }"))]
    [['a']]
    """
    names = [variable.value for variable in solutions.variables]
    for row in solutions:
        yield {name: term for name, term in zip(names, row, strict=True) if term is not None}


def pieces(text: str, names: Collection[str]) -> list[str]:
    """Return a query cut at its parameters: text, the name of one, text, and so on, text.

    >>> pieces("ASK { ?s $p '$p' }", ["p"])
    ['ASK { ?s ', 'p', " '$p' }"]
    """
    from mngraph.sparqltokens import tokens, unescaped

    text = unescaped(text)
    parts, position = [], 0
    for token in tokens(text) if names else ():
        if token.kind == "variable" and token.text[0] == "$" and token.text[1:] in names:
            parts += [text[position : token.start], token.text[1:]]
            position = token.start + len(token.text)
    return [*parts, text[position:]]


def written(term: Term | Sequence[Term]) -> str:
    """Return a term as SPARQL writes it; integers bare, so that they can stand behind LIMIT.

    Several terms stand side by side, no term at all is UNDEF, as VALUES writes both.

    >>> import pyoxigraph as ox
    >>> written(ox.Literal(5)), written(ox.Literal("5"))
    ('5', '"5"')
    """
    if isinstance(term, Sequence):
        return " ".join(map(written, term)) or "UNDEF"
    datatype = getattr(term, "datatype", None)
    return term.value if datatype and datatype.value == INTEGER else str(term)
