r"""SPARQL text as tokens, read by the terminals of the grammar (SPARQL 1.1, section 19.8).

The grammar takes the longest token. One place needs more than that: `<` is an operator after an
operand within an expression (`FILTER(?a<?b&&?c>?d)`) and opens an IRI elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from mngraph.errors import QueryError

MAX_DEPTH = 100
"""How deep brackets and signs may be nested; the engine's parser recurses and has no bound."""
MAX_PARTS = 1000
"""Most keywords, operators and groups of one query; the engine's planner recurses over them."""

LETTER = r"[^\W\d_]"
CHAR = r"[^\s\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"
"""Letters, digits and _; beyond ASCII all but white space, the engine being stricter."""
NAME = r"[^\s\x00-\x2c\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"
"""The same, with - and the dot, which a name does not end with."""
LOCAL = r"(?:[^\s\x00-\x24\x26-\x2c\x2f\x3b-\x40\x5b-\x5e\x60\x7b-\x7f]|\\[_~.\-!$&'()*+,;=/?#@%])"
"""The same of a local name, with : and %, and what a backslash lets in."""
STRING = (
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n\r]|\\.)*"'
    r"|'(?:[^'\\\n\r]|\\.)*'"
)
IRI = r'<[^\x00-\x20<>"{}|^`]*>'
ESCAPE = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
TOKEN = re.compile(
    r"(?P<space>(?:[ \t\r\n]+|\#[^\r\n]*)+)"
    rf"|(?P<variable>[?$]{CHAR}+)"
    rf"|(?P<iri>{IRI})"
    rf"|(?P<string>{STRING})"
    rf"|(?P<blank>_:{NAME}+)"
    rf"|(?P<name>(?:{LETTER}{NAME}*)?:{LOCAL}*)"
    r"|(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<language>@[a-zA-Z][a-zA-Z0-9-]*)"
    rf"|(?P<word>{CHAR}+)"
    r"|(?P<mark>\^\^|&&|\|\||[<>!]=|<<\(?|\)>>|>>|\{\||\|\}|[{}()\[\];,.=<>!+\-*/|^?~])",
    re.DOTALL,
)
ENDS_WITH_DOT = {"blank", "name", "number"}
"""The kinds whose pattern takes a dot behind them, which ends a triple."""
LETTERS = {
    "t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", "\\": "\\", '"': '"', "'": "'",
}  # fmt: skip
"""The escapes of strings."""
PUNCTUATION = {character: character for character in "_~.-!$&'()*+,;=/?#@%"}
"""The escapes of local names."""

CLOSING = {"(": ")", "[": "]", "{": "}", "{|": "|}", "<<": ">>", "<<(": ")>>"}
OPENING = {closing: opening for opening, closing in CLOSING.items()}
OPERANDS = {"variable", "number", "string", "language", "iri", "name", "blank"}
SIGNS = {"!", "-", "+", "^"}
UNCOUNTED = {"(", ")", "]", "}", ",", ".", ";", ")>>", ">>", "|}", "^^"}
WORDS_OF_DATA = {"UNDEF", "TRUE", "FALSE", "A", "VALUES"}
EXPRESSIONS_FOLLOW = {"SELECT", "GROUP", "HAVING", "ORDER"}


class Token(NamedTuple):
    """A piece of a query: `kind` is a group of `TOKEN`, `start` its offset in the text."""

    kind: str
    text: str
    start: int


def tokens(text: str) -> list[Token]:
    r"""Return the tokens of a query, without white space and comments.

    A name of ours may hold `/`, as `mngraph` prints it: `study:x/arm/A` is one token where it
    could not be a property path.

    Raises:
        QueryError: a character is out of place, a bracket has no partner, or the query is too
            deeply nested or too long for the engine.

    >>> [token.text for token in tokens("ASK { ?s ex:a\\#b study:x/arm/A } # comment")]
    ['ASK', '{', '?s', 'ex:a\\#b', 'study:x/arm/A', '}']
    >>> [token.text for token in tokens("ASK { ?s a/ex:p ?o FILTER(?a<?b&&?c>3) }")][7:-1]
    ['FILTER', '(', '?a', '<', '?b', '&&', '?c', '>', '3', ')']
    """
    reader = _Reader(text)
    scan, position, end = TOKEN.match, 0, len(text)
    while position < end:
        match = scan(text, position)
        if match is None:
            raise QueryError(f"{where(text, position)}: {_unreadable(text, position)}")
        kind, piece = match.lastgroup or "", match.group()
        if kind == "iri" and reader.takes_operator():
            kind, piece = "mark", "<=" if piece[1] == "=" else "<"
        elif kind in ENDS_WITH_DOT:
            piece = _without_dots(piece)
            if kind == "name":
                piece += _segments(text, position + len(piece))
        if kind != "space":
            reader.add(Token(kind, piece, position))
        position += len(piece)
    reader.finish()
    return reader.found


class _Reader:
    """The tokens read so far, and what may come next: brackets, and whether `<` is an operator."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Token] = []
        self.open: list[tuple[Token, bool, bool]] = []
        """Each open bracket; whether it holds an expression; `self.clause` around it."""
        self.clause = False
        """Whether brackets hold expressions here: in SELECT, GROUP BY, HAVING and ORDER BY."""
        self.signs = 0
        self.parts = 0

    def takes_operator(self) -> bool:
        """Return whether an operator may come next: the last token ends an operand."""
        if not (self.open and self.open[-1][1] and self.found):
            return False
        last = self.found[-1]
        return last.kind in OPERANDS or last.text == ")" or last.text.upper() in ("TRUE", "FALSE")

    def add(self, token: Token) -> None:
        """Take the next token."""
        if token.kind == "mark":
            self._mark(token)
        elif token.kind == "word":
            word = token.text.upper()
            if word not in WORDS_OF_DATA:
                self.parts += 1
                if word in EXPRESSIONS_FOLLOW:
                    self.clause = True
        elif token.kind == "number" and token.text[0] in "+-" and self.takes_operator():
            self.parts += 1
        if token.text not in SIGNS:
            self.signs = 0
        self.found.append(token)

    def _mark(self, token: Token) -> None:
        mark = token.text
        if mark == "<" and not self.takes_operator():
            place = where(self.text, token.start)
            raise QueryError(
                f"{place}: this < does not begin an IRI, which ends with > and has no spaces"
            )
        if mark in SIGNS:
            self.signs += 1
        if mark in CLOSING:
            self.open.append((token, mark == "(" and self._expression(), self.clause))
            if mark != "(":
                self.clause = False
        elif mark in OPENING:
            if not self.open or self.open[-1][0].text != OPENING[mark]:
                place = where(self.text, token.start)
                raise QueryError(f"{place}: this {mark} has no matching {OPENING[mark]}")
            self.clause = self.open.pop()[2]
        if len(self.open) + self.signs > MAX_DEPTH:
            place = where(self.text, token.start)
            raise QueryError(f"{place}: nested deeper than {MAX_DEPTH} levels")
        if mark not in UNCOUNTED:
            self.parts += 1

    def _expression(self) -> bool:
        """Return whether the bracket that comes next holds an expression."""
        if self.clause or (self.open and self.open[-1][1]):
            return True
        last = [(token.kind, token.text.upper()) for token in self.found[-2:]]
        if last and last[-1][0] == "word":
            return last[-1][1] not in WORDS_OF_DATA
        return len(last) == 2 and last[0] == ("word", "FILTER")

    def finish(self) -> None:
        if self.open:
            token = self.open[-1][0]
            raise QueryError(f"{where(self.text, token.start)}: this {token.text} is not closed")
        if self.parts > MAX_PARTS:
            raise QueryError(
                f"query: more than {MAX_PARTS:,} keywords, operators and groups; "
                "VALUES and IN take lists of any length"
            )


def _without_dots(name: str) -> str:
    """Return a name or a number without dots at its end, but for one behind a backslash."""
    bare = name.rstrip(".")
    return name[: len(bare) + 1] if bare.endswith("\\") else bare


def _segments(text: str, position: int) -> str:
    """Return the rest of a name with slashes; nothing where a path or an expression goes on."""
    if not text.startswith("/", position):
        return ""
    goes_on, called = _segment_patterns()
    found = goes_on.match(text, position)
    if not found or found[1] in ("a", "true", "false") or called.match(text, found.end()):
        return ""
    return found.group().rstrip(".")


@cache
def _segment_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return how a name goes on after a slash, and what follows a function or a prefix."""
    return re.compile(rf"/({LETTER}{NAME}*)(?:/{NAME}+)*"), re.compile(r"\s*[(:]")


def _unreadable(text: str, position: int) -> str:
    character = text[position]
    if character in "\"'":
        return "this string does not end"
    if character == "\\":
        return "a \\ that does not begin an escape"
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return f"the character {shown} has no meaning here"


def where(text: str, position: int) -> str:
    r"""Return a position in a query as line and column.

    >>> where("SELECT\n  *", 9)
    'query, line 2, column 3'
    """
    line = text.count("\n", 0, position) + 1
    return f"query, line {line}, column {position - text.rfind(chr(10), 0, position)}"


def unescaped(text: str) -> str:
    r"""Return a query with `\u` and `\U` replaced, but in strings and IRIs, which keep theirs.

    >>> unescaped(r"ASK { \u003Fs ?p '\u0027' }")
    "ASK { ?s ?p '\\u0027' }"
    """
    if "\\u" not in text and "\\U" not in text:
        return text
    outside = rf"{STRING}|{IRI}|\#[^\r\n]*|\\[^uU]|({ESCAPE})"
    return re.sub(
        outside,
        lambda found: _character(found[1]) if found[1] else found.group(),
        text,
        flags=re.DOTALL,
    )


def plain(text: str, escapes: Mapping[str, str]) -> str:
    r"""Return what a token means: `\u` and the escapes that its kind knows replaced.

    Raises:
        QueryError: a backslash does not begin an escape.

    >>> plain(r"a\n\u00e9", LETTERS), plain(r"a\#b", PUNCTUATION)
    ('a\né', 'a#b')
    """
    if "\\" not in text:
        return text

    def meant(found: re.Match[str]) -> str:
        if found[1]:
            return _character(found[1])
        if found[2] not in escapes:
            raise QueryError(f"query: \\{found[2]} in {text} is not an escape")
        return escapes[found[2]]

    return re.sub(rf"({ESCAPE})|\\(.?)", meant, text, flags=re.DOTALL)


def _character(escape: str) -> str:
    code = int(escape[2:], 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise QueryError(f"query: {escape} is not a character")
    return chr(code)


def string_value(text: str) -> str:
    """Return what a string token holds.

    >>> string_value("'it'")
    'it'
    """
    quotes = 3 if text[:3] in ('"' * 3, "'" * 3) and len(text) >= 6 else 1
    return plain(text[quotes:-quotes], LETTERS)


def written_string(value: str) -> str:
    r"""Return a string token that every reader takes for this value.

    A backslash never stands before a u: engines differ in when they read `\u`.

    >>> print(written_string('a"b\\u0022'))
    "a\"b\\\u00750022"
    """
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        value = value.replace(character, escape)
    value = value.replace("\\u", "\\\\u0075").replace("\\U", "\\\\u0055")
    return f'"{value}"'
