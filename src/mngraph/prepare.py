r"""A query made ready for an engine: names written out, the base applied, SERVICE refused.

The engine never sees the text of a user. It gets the tokens that were read here, one a line: IRIs
absolute and in angle brackets, strings in one spelling, blank nodes renumbered, neither prefixes
nor comments. However it reads text, it cannot read this in another way:

- `<` before a line break opens no IRI; `<` before a scheme is not an operator, because `scheme:`
  would have to be a name, and no prefix is declared.
- Strings hold no quote, line break or `\u` that is not escaped, names of blank nodes are ours, and
  each word is one of `WORDS`. So SERVICE is a keyword where a token says so, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from mngraph import context
from mngraph.errors import QueryError
from mngraph.nearest import nearest
from mngraph.sparqltokens import (
    PUNCTUATION,
    Token,
    plain,
    string_value,
    tokens,
    unescaped,
    where,
    written_string,
)

FORMS = frozenset(("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"))
UPDATES = frozenset(
    "INSERT DELETE LOAD CLEAR DROP CREATE COPY MOVE ADD WITH".split()  # noqa: SIM905
)
WORDS = frozenset(
    """
    ABS ADJUST AS ASC ASK AVG BASE BIND BNODE BOUND BY CEIL COALESCE CONCAT CONSTRUCT CONTAINS
    COUNT DATATYPE DAY DESC DESCRIBE DISTINCT ENCODE_FOR_URI EXISTS FALSE FILTER FLOOR FROM GRAPH
    GROUP GROUP_CONCAT HASLANG HASLANGDIR HAVING HOURS IF IN IRI ISBLANK ISIRI ISLITERAL ISNUMERIC
    ISTRIPLE ISURI LANG LANGDIR LANGMATCHES LATERAL LCASE LIMIT MAX MD5 MIN MINUS MINUTES MONTH
    NAMED NOT NOW OBJECT OFFSET OPTIONAL ORDER PREDICATE PREFIX RAND REDUCED REGEX REPLACE ROUND
    SAMESVALUE SAMETERM SAMPLE SECONDS SELECT SEPARATOR SERVICE SHA1 SHA256 SHA384 SHA512 SILENT
    STR STRAFTER STRBEFORE STRDT STRENDS STRLANG STRLANGDIR STRLEN STRSTARTS STRUUID SUBJECT SUBSTR
    SUM TIMEZONE TRIPLE TRUE TZ UCASE UNDEF UNION URI UUID VALUES VERSION WHERE YEAR
    """.split()  # noqa: SIM905
)
"""The words of the grammar: SPARQL 1.1, what the draft of 1.2 adds, LATERAL and ADJUST."""

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
PADDING = " " * 16
"""Wider than any keyword: the engine's parser looks as far ahead before it says where it failed."""


class Prepared(NamedTuple):
    """A query that an engine can be given.

    Attributes:
        form: SELECT, ASK, CONSTRUCT or DESCRIBE.
        default_graphs: IRIs of the graphs of FROM.
        named_graphs: IRIs of the graphs of FROM NAMED.
        pieces: its tokens as the engine gets them, a line each.
        places: for each piece its offset in `source`.
        variables: its variables in the order in which they first appear.
        star: where in `pieces` the `*` of the outer SELECT stands, or -1.
        source: what the user wrote.
        base: the IRI that the function IRI starts from, where the query calls it.
    """

    form: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    pieces: tuple[str, ...]
    places: tuple[int, ...]
    variables: tuple[str, ...]
    star: int
    source: str
    base: str | None

    @property
    def text(self) -> str:
        """The query as the engine gets it."""
        return "\n".join([*self._prologue, *self.pieces])

    @property
    def _prologue(self) -> list[str]:
        return [f"BASE <{self.base}>"] if self.base else []

    @property
    def has_dataset(self) -> bool:
        """Whether the query says which graphs it asks."""
        return bool(self.default_graphs or self.named_graphs)

    def selecting(self, names: list[str]) -> Prepared:
        """Return the query with `*` replaced by variables, in the order of the query."""
        order = [f"?{name}" for name in self.variables if name in names]
        pieces = list(self.pieces)
        pieces[self.star] = " ".join(order) or "*"
        return self._replace(pieces=tuple(pieces), star=-1)

    @property
    def padded(self) -> str:
        """The query with so much space after each token that a parser's failure names its line."""
        return "\n".join(piece + PADDING for piece in [*self._prologue, *self.pieces]) + "\n"

    def before(self, line: int) -> tuple[str, ...]:
        """Return the tokens that stand before a line of `text`."""
        return self.pieces[: line - len(self._prologue) - 1]

    def place(self, line: int) -> tuple[str, str]:
        """Return where a line of `text` comes from, as text, and the token there, as written."""
        line -= len(self._prologue)
        if line > len(self.pieces):
            return where(self.source, len(self.source.rstrip())), ""
        token = self.pieces[line - 1]
        return where(self.source, self.places[line - 1]), token


def prepare(text: str, base: str | None = None, services: Collection[str] = ()) -> Prepared:
    """Return a query as the engine gets it.

    Args:
        text: SPARQL text; prefixes of the context need no declaration.
        base: the IRI that relative IRIs start from; by default the working folder. BASE in
            the query wins.
        services: the IRIs of the endpoints to which SERVICE may send parts of the query.

    Raises:
        QueryError: the text holds what SPARQL does not know, an undeclared prefix, an update, or
            SERVICE with an endpoint that is not among those.

    >>> prepare("BASE <http://a/b> ASK { <c> a mn:Study }").text.split()
    ['ASK', '{', '<http://a/c>', 'a', '<https://w3id.org/mngraph/ontology#Study>', '}']
    """
    source = unescaped(text.removeprefix("\ufeff"))
    names = _Names(source, base)
    found = tokens(source)
    body = found[names.read_prologue(found) :]
    form = _form(source, body)
    for token in body:
        if token.kind == "word":
            _check_word(source, token)
    pieces = tuple(names.written(token) for token in body)
    _check_services(source, body, pieces, services)
    default_graphs, named_graphs = _dataset(pieces)
    lines = _lines(body, pieces)
    return Prepared(
        form,
        default_graphs,
        named_graphs,
        tuple(line for line, _ in lines),
        tuple(place for _, place in lines),
        tuple(dict.fromkeys(token.text[1:] for token in body if token.kind == "variable")),
        _star(body) if form == "SELECT" else -1,
        source,
        names.used_base() if any(word.upper() in ("IRI", "URI") for word in pieces) else None,
    )


def _lines(body: list[Token], pieces: tuple[str, ...]) -> list[tuple[str, int]]:
    """Return a query's lines with their offsets; Oxigraph wants no space in `COALESCE(`."""
    lines: list[tuple[str, int]] = []
    for token, piece in zip(body, pieces, strict=True):
        if piece == "(" and lines and lines[-1][0].isalpha() and lines[-1][0] != "a":
            lines[-1] = (lines[-1][0] + piece, lines[-1][1])
        else:
            lines.append((piece, token.start))
    return lines


def _dataset(pieces: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the IRIs of FROM and of FROM NAMED; FROM is a word of dataset clauses alone."""
    default: list[str] = []
    named: list[str] = []
    for place, piece in enumerate(pieces):
        if piece.upper() == "FROM":
            following = pieces[place + 1 : place + 3]
            is_named = bool(following) and following[0].upper() == "NAMED"
            (named if is_named else default).extend(
                iri[1:-1] for iri in following[is_named : is_named + 1] if iri.startswith("<")
            )
    return tuple(default), tuple(named)


def _form(source: str, body: list[Token]) -> str:
    known = "SELECT, ASK, CONSTRUCT or DESCRIBE"
    if not body:
        raise QueryError(f"the query is empty: it needs {known}")
    first = body[0].text.upper()
    if first in FORMS:
        return first
    if first in UPDATES:
        raise QueryError("updates are off: a graph is changed by building it from records")
    near = nearest(first, FORMS) if body[0].kind == "word" else None
    hint = f"; did you mean {near}?" if near else ""
    raise QueryError(
        f"{where(source, body[0].start)}: a query begins with {known}, not {body[0].text}{hint}"
    )


def _check_services(
    source: str, body: Sequence[Token], pieces: Sequence[str], allowed: Collection[str]
) -> None:
    """Refuse SERVICE with any endpoint but those that were named: a variable may be any."""
    for place, token in enumerate(body):
        if token.kind != "word" or "SERVICE" not in token.text.upper():
            continue
        following = [piece for piece in pieces[place + 1 : place + 3] if piece.upper() != "SILENT"]
        asked = following[0] if following else ""
        if token.text.upper() == "SERVICE" and asked.startswith("<") and asked[1:-1] in allowed:
            continue
        named = f" {asked}" if asked.startswith(("<", "?")) else ""
        remedy = asked[1:-1] if asked.startswith("<") else "URL"
        raise QueryError(
            f"{where(source, token.start)}: SERVICE{named} sends a part of the query elsewhere, "
            f"which is off; --allow-service {remedy} allows it for the endpoint of that name"
        )


def _check_word(source: str, token: Token) -> None:
    word = token.text.upper()
    if "SERVICE" in word:
        return  # it has a check of its own
    if word in WORDS or token.text == "a" or word in UPDATES:
        return
    near = nearest(word, WORDS)
    hint = f"; did you mean {near}?" if near else ""
    raise QueryError(f"{where(source, token.start)}: {token.text!r} is not a word of SPARQL{hint}")


def _star(body: list[Token]) -> int:
    place = 2 if len(body) > 1 and body[1].text.upper() in ("DISTINCT", "REDUCED") else 1
    return place if len(body) > place and body[place].text == "*" else -1


class _Names:
    """The prefixes and the base of a query, and the names of its blank nodes."""

    def __init__(self, source: str, base: str | None) -> None:
        self.source = source
        self.base = base
        self.prefixes = dict(context.prefixes())
        self.blank: dict[str, str] = {}

    def read_prologue(self, found: list[Token]) -> int:
        """Take BASE, PREFIX and VERSION; return how many tokens they are."""
        position = 0
        while position < len(found) and (word := found[position].text.upper()) in DECLARATIONS:
            kinds = DECLARATIONS[word]
            given = found[position + 1 : position + 1 + len(kinds)]
            if [token.kind for token in given] != list(kinds):
                place = where(self.source, found[position].start)
                raise QueryError(f"{place}: write {word} {EXAMPLES[word]}")
            if word == "BASE":
                self.base = self.resolved(given[0])
            elif word == "PREFIX":
                name, _, local = given[0].text.partition(":")
                if local:
                    place = where(self.source, given[0].start)
                    raise QueryError(f"{place}: write PREFIX {EXAMPLES[word]}")
                self.prefixes[name] = self.resolved(given[1])
            position += 1 + len(kinds)
        return position

    def written(self, token: Token) -> str:
        """Return a token as the engine gets it."""
        if token.kind == "iri":
            return f"<{self.resolved(token)}>"
        if token.kind == "name":
            return f"<{self.expanded(token)}>"
        if token.kind == "string":
            return written_string(string_value(token.text))
        if token.kind == "blank":
            return self.blank.setdefault(token.text, f"_:b{len(self.blank)}")
        if token.kind == "variable":
            return f"?{token.text[1:]}"
        if token.text.upper() in ("TRUE", "FALSE"):
            return token.text.lower()
        return token.text

    def used_base(self) -> str:
        """Return the base: that of the query or the caller, else the working folder."""
        if self.base is None:
            self.base = working_folder()
        if NOT_IN_IRIS.search(self.base):
            raise QueryError(f"the base {self.base!r} is not an IRI")
        return self.base

    def resolved(self, token: Token) -> str:
        """Return the absolute IRI of an IRI token."""
        iri = plain(token.text[1:-1], {})
        if SCHEME.match(iri):
            return self.checked(iri, token)
        base = self.used_base()
        import pyoxigraph as ox

        try:
            quads = ox.parse(
                f"<{self.checked(iri, token)}> <a:b> <a:b> .",
                format=ox.RdfFormat.TURTLE,
                base_iri=base,
            )
            return str(next(iter(quads)).subject)[1:-1]
        except (SyntaxError, ValueError) as error:
            place = where(self.source, token.start)
            raise QueryError(f"{place}: {token.text} is not an IRI relative to <{base}>") from error

    def expanded(self, token: Token) -> str:
        """Return the IRI of a prefixed name."""
        prefix, _, local = token.text.partition(":")
        namespace = self.prefixes.get(prefix)
        if namespace is None:
            near = nearest(prefix, self.prefixes, 40)
            hint = f"; did you mean {near}:?" if near else ""
            raise QueryError(
                f"{where(self.source, token.start)}: the prefix {prefix}: of {token.text} is not "
                f"declared{hint} (PREFIX {prefix}: <…> declares it)"
            )
        if "/" in local.replace("\\/", "") and not namespace.startswith(context.BASE):
            raise QueryError(
                f"{where(self.source, token.start)}: {token.text} is not a name, because of the "
                f"slash; write <{namespace}{local}>"
            )
        return self.checked(namespace + plain(local, PUNCTUATION), token)

    def checked(self, iri: str, token: Token) -> str:
        """Return an IRI if escapes have put nothing into it that would end it."""
        if NOT_IN_IRIS.search(iri):
            raise QueryError(f"{where(self.source, token.start)}: {token.text} is not an IRI")
        return iri


NOT_IN_IRIS = re.compile(r'[\x00-\x20<>"{}|^`\\]')
DECLARATIONS = {"BASE": ("iri",), "PREFIX": ("name", "iri"), "VERSION": ("string",)}
EXAMPLES = {"BASE": "<IRI>", "PREFIX": "name: <IRI>", "VERSION": '"1.2"'}


def working_folder() -> str:
    """Return the IRI of the working folder, with a slash at its end."""
    return Path.cwd().as_uri() + "/"
