"""What a named graph says, as a number of triples and a digest, whatever order they come in.

Stores keep numbers by their value: one writes "1.50" as it was, another "1.5". So numbers, truth
values and language tags are compared by what they mean, and everything else by how it is written.
"""

from __future__ import annotations

import re
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from mngraph.canonical import blank_nodes, with_named_nodes

if TYPE_CHECKING:
    import pyoxigraph as ox

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

XSD = "http://www.w3.org/2001/XMLSchema#"
EXACT = frozenset(XSD + name for name in ("integer", "decimal"))
FLOATING = frozenset(XSD + name for name in ("double", "float"))
BOOLEAN = f"{XSD}boolean"
DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
DOUBLE = re.compile(rf"{DECIMAL.pattern}(?:[eE][+-]?[0-9]{{1,3}})?")
LONGEST = 100
"""The most characters of a number that is compared by its value."""
DIGEST_BYTES = 32


class Content(NamedTuple):
    """What a graph says.

    Attributes:
        triples: how many there are.
        digest: the sum of the digests of its triples, so that their order does not matter.
    """

    triples: int
    digest: int


NOTHING = Content(0, 0)


class Reading:
    """Triples of one graph as they come, of which only those with blank nodes are kept.

    >>> import pyoxigraph as ox
    >>> a, one, two = ox.NamedNode("http://example.org/a"), Reading(), Reading()
    >>> one.add(a, a, ox.Literal("1.50", datatype=ox.NamedNode(XSD + "decimal")))
    >>> two.add(a, a, ox.Literal("1.5", datatype=ox.NamedNode(XSD + "decimal")))
    >>> one.content() == two.content()
    True
    """

    def __init__(self) -> None:
        self.triples = self._sum = 0
        self._blank: list[ox.Quad] = []

    def add(
        self,
        subject: ox.NamedNode | ox.BlankNode | ox.Triple,
        predicate: ox.NamedNode,
        value: Term,
    ) -> None:
        """Count one more triple; the same one must not come twice."""
        import pyoxigraph as ox

        self.triples += 1
        value = by_value(value)
        line = f"{subject} {predicate} {value}"
        if "_:" in line and any(blank_nodes(quad := ox.Quad(subject, predicate, value))):
            self._blank.append(quad)
        else:
            self._note(line)

    def content(self) -> Content:
        """Return what was read.

        Raises:
            MngraphError: its blank nodes cannot be told apart; see `canonical.with_named_nodes`.
        """
        total = self._sum
        if self._blank:
            for quad in with_named_nodes(self._blank):
                self._note(f"{quad.subject} {quad.predicate} {quad.object}")
        found, self._sum = Content(self.triples, self._sum), total
        return found

    @property
    def has_blank_nodes(self) -> bool:
        """Whether any triple has a blank node."""
        return bool(self._blank)

    def _note(self, line: str) -> None:
        own = blake2b(line.encode(), digest_size=DIGEST_BYTES).digest()
        self._sum = (self._sum + int.from_bytes(own)) % 2 ** (8 * DIGEST_BYTES)


def by_value(term: Term) -> Term:
    """Return a term with the one spelling of its value, where stores are known to change it.

    >>> import pyoxigraph as ox
    >>> by_value(ox.Literal("01", datatype=ox.NamedNode(XSD + "integer"))).value
    '1'
    >>> by_value(ox.Literal("1000.0", datatype=ox.NamedNode(XSD + "double"))).value
    '1000.0'
    >>> by_value(ox.Literal("1", datatype=ox.NamedNode(BOOLEAN))).value
    'true'
    >>> by_value(ox.Literal("x")).value
    'x'
    """
    import pyoxigraph as ox

    if not isinstance(term, ox.Literal):
        return term
    if term.language and not term.direction:
        return ox.Literal(term.value, language=term.language.lower())
    kind, text = term.datatype.value, term.value
    if len(text) > LONGEST:
        return term
    if kind in EXACT and DECIMAL.fullmatch(text):
        return ox.Literal(_shortest(Decimal(text)), datatype=term.datatype)
    if kind in FLOATING and DOUBLE.fullmatch(text):
        return ox.Literal(repr(float(text)), datatype=term.datatype)
    if kind == BOOLEAN and text in ("0", "1"):
        return ox.Literal("true" if text == "1" else "false", datatype=term.datatype)
    return term


def _shortest(number: Decimal) -> str:
    """Return a number without an exponent and without zeros that say nothing.

    >>> [_shortest(Decimal(text)) for text in ("+01.50", "-0.0", "1" + "0" * 40)]
    ['1.5', '0', '10000000000000000000000000000000000000000']
    """
    text = f"{number:f}" if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text
