"""SPARQL text: parameters put in as terms, keywords found outside strings, our own queries read.

What people run by name stands in queries/; what the package asks for itself in queries/internal/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from mngraph import resources

if TYPE_CHECKING:
    from pyoxigraph import Literal, NamedNode

    Term = NamedNode | Literal

INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U(000[0-9A-Fa-f]{5}|0010[0-9A-Fa-f]{4})")
TOKEN = re.compile(
    r'(?P<string>"""(?:[^\\]|\\.)*?"""|\'\'\'(?:[^\\]|\\.)*?\'\'\''
    r'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')'
    r"|(?P<iri><[^<>\"{}|^`\\\x00-\x20]*>)"
    r"|(?P<comment>\#[^\r\n]*)"
    r"|(?P<variable>[?$]\w+)"
    r"|(?P<name>[\w.-]*:[\w.%:-]*|\w+)",
    re.DOTALL,
)


@cache
def _read(name: str) -> str:
    return (resources.folder("queries") / "internal" / f"{name}.rq").read_text("utf-8")


def internal(name: str, **iris: str | Iterable[str]) -> str:
    """Return the query queries/internal/<name>.rq with IRIs for its parameters.

    Several IRIs make the list that VALUES takes; none at all make UNDEF, so that any will do.

    >>> print(internal("narrower", branch="http://example.org/scar"))
    # A concept and all that are narrower.
    SELECT DISTINCT ?concept { ?concept skos:broader* <http://example.org/scar> }
    <BLANKLINE>
    """
    import pyoxigraph as ox

    terms = {
        parameter: [ox.NamedNode(iri) for iri in ([given] if isinstance(given, str) else given)]
        for parameter, given in iris.items()
    }
    return bind(_read(name), terms)


def bind(text: str, terms: Mapping[str, Term | Sequence[Term]]) -> str:
    """Return a query with each `$name` replaced by its term, written as SPARQL writes it.

    Strings, IRIs and comments stay as they are; `?name` and names without a term stay variables.

    >>> import pyoxigraph as ox
    >>> bind("ASK { ?s $p '$p' } # $p", {"p": ox.NamedNode("http://example.org/p")})
    "ASK { ?s <http://example.org/p> '$p' } # $p"
    """

    def put(match: re.Match[str]) -> str:
        token = match.group()
        if match.lastgroup == "variable" and token[0] == "$" and token[1:] in terms:
            return written(terms[token[1:]])
        return token

    return TOKEN.sub(put, text)


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


def asks_elsewhere(text: str) -> bool:
    r"""Return whether a query may hold SERVICE, which sends part of it to another endpoint.

    Oxigraph needs no space around keywords and reads `\u0053` as S anywhere, so whatever could
    begin or end in the keyword counts: it is better to ask for a flag once too often.

    >>> asks_elsewhere("SELECT * { SERVICEx:y { ?s ?p ?o } }")
    True
    >>> asks_elsewhere("SELECT ?service { ?service a dcat:DataService } # SERVICE")
    False
    """
    plain = ESCAPE.sub(lambda found: chr(int(found.group(1) or found.group(2), 16)), text)
    return any(
        "SERVICE" in match.group().partition(":")[0].upper()
        for form in (text, plain)
        for match in TOKEN.finditer(form)
        if match.lastgroup == "name"
    )


def keywords(text: str) -> set[str]:
    """Return the bare words of a query in capitals, without strings, IRIs, names and comments.

    >>> sorted(keywords("SELECT * { SERVICE <http://a/insert> { ?s ?p 'drop' } }"))
    ['SELECT', 'SERVICE']
    """
    return {
        match.group().upper()
        for match in TOKEN.finditer(text)
        if match.lastgroup == "name" and ":" not in match.group()
    }
