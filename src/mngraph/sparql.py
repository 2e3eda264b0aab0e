"""SPARQL text seen as tokens: parameters put in as terms, keywords found outside strings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyoxigraph import Literal, NamedNode

INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
TOKEN = re.compile(
    r'(?P<string>"""(?:[^\\]|\\.)*?"""|\'\'\'(?:[^\\]|\\.)*?\'\'\''
    r'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')'
    r"|(?P<iri><[^<>\"{}|^`\\\x00-\x20]*>)"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<variable>[?$]\w+)"
    r"|(?P<name>[\w.-]*:[\w.%:-]*|\w+)",
    re.DOTALL,
)


def bind(text: str, terms: Mapping[str, NamedNode | Literal]) -> str:
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


def written(term: NamedNode | Literal) -> str:
    """Return a term as SPARQL writes it; integers bare, so that they can stand behind LIMIT.

    >>> import pyoxigraph as ox
    >>> written(ox.Literal(5)), written(ox.Literal("5"))
    ('5', '"5"')
    """
    datatype = getattr(term, "datatype", None)
    return term.value if datatype and datatype.value == INTEGER else str(term)


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
