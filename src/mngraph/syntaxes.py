"""The syntaxes of RDF: how their files are called, and what each of them can hold.

A syntax that cannot hold a statement is never handed it: `check` refuses the statement by name
before anything is written, so that no file holds other data than the graph does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from mngraph.errors import UnrepresentableError
from mngraph.wording import alternatives

if TYPE_CHECKING:
    import pyoxigraph as ox

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TYPE = f"{RDF}type"


@dataclass(frozen=True, kw_only=True)
class Syntax:
    """A syntax of RDF.

    Attributes:
        name: the short name that options and exports use.
        title: the name that people use.
        endings: what file names end in, the usual ending first.
        engine: its name in `pyoxigraph.RdfFormat`.
        has_graphs: whether it keeps named graphs apart; the others hold the union of all graphs.
        has_triple_terms: whether it holds triples as objects (RDF 1.2).
        has_untagged_text: whether it holds `rdf:langString` without a language, which RDF forbids.
        is_xml: whether predicates must end in a name of XML, and texts hold characters of XML.
    """

    name: str
    title: str
    endings: tuple[str, ...]
    engine: str
    has_graphs: bool = False
    has_triple_terms: bool = True
    has_untagged_text: bool = False
    is_xml: bool = False


SYNTAXES = {
    syntax.name: syntax
    for syntax in (
        Syntax(name="ttl", title="Turtle", endings=(".ttl", ".turtle"), engine="TURTLE"),
        Syntax(name="nt", title="N-Triples", endings=(".nt",), engine="N_TRIPLES"),
        Syntax(name="nq", title="N-Quads", endings=(".nq",), engine="N_QUADS", has_graphs=True),
        Syntax(name="trig", title="TriG", endings=(".trig",), engine="TRIG", has_graphs=True),
        Syntax(
            name="rdf", title="RDF/XML", endings=(".rdf", ".xml", ".owl"), engine="RDF_XML",
            has_untagged_text=True, is_xml=True,
        ),
        Syntax(
            name="jsonld", title="JSON-LD", endings=(".jsonld", ".json"), engine="JSON_LD",
            has_graphs=True, has_triple_terms=False, has_untagged_text=True,
        ),
    )
}  # fmt: skip
"""The syntaxes that are written, by name."""

N3 = Syntax(name="n3", title="Notation3", endings=(".n3",), engine="N3")
"""A syntax that is read only."""

ENDINGS = {ending: syntax for syntax in (*SYNTAXES.values(), N3) for ending in syntax.endings}
"""The syntax that each ending of a file name stands for."""

RESERVED = frozenset(
    RDF + name
    for name in (
        "Description", "ID", "RDF", "about", "aboutEach", "aboutEachPrefix", "bagID", "datatype",
        "li", "nodeID", "parseType", "resource",
    )
)  # fmt: skip
"""The names that RDF/XML keeps for itself (RDF 1.1 XML Syntax, section 5.1)."""

_START = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)


@cache
def _not_xml() -> re.Pattern[str]:
    """Return what no XML file may hold, escaped or not (XML 1.0, section 2.2)."""
    return re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@cache
def _name_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what an XML name without a colon begins with, and what it may end with.

    Source: Namespaces in XML 1.0, section 3, NCName. Compiling them takes ten milliseconds.
    """
    end = f"[{_START}\\-.0-9\xb7\u0300-\u036f\u203f-\u2040]*"
    return re.compile(f"[{_START}]"), re.compile(end)


def check(lines: Iterable[tuple[str, ox.Quad]], syntax: Syntax) -> None:
    """Refuse statements that a syntax cannot hold.

    Args:
        lines: the statements of an export, each with its line of N-Quads.
        syntax: the syntax in which they are to be written.

    Raises:
        UnrepresentableError: the first statement that the syntax cannot hold, and which syntaxes
            can.

    >>> import pyoxigraph as ox
    >>> a = ox.NamedNode("http://example.org/a")
    >>> numbered = ox.Quad(a, ox.NamedNode("http://example.org/1"), a)
    >>> check([(str(numbered), numbered)], SYNTAXES["ttl"])
    >>> check([(str(numbered), numbered)], SYNTAXES["rdf"])
    Traceback (most recent call last):
    mngraph.errors.UnrepresentableError: RDF/XML cannot hold the predicate <http://example.org/1>, \
which does not end in a name of XML; use ttl, nt, nq, trig or jsonld
    """
    predicates: dict[str, str | None] = {}
    for line, quad in lines:
        if "angString>" in line or "<<(" in line:
            problem = _problem(quad, syntax)
        elif syntax.is_xml:
            predicate = line.split(" ", 2)[1][1:-1]
            if predicate not in predicates:
                predicates[predicate] = _predicate_problem(predicate)
            problem = predicates[predicate] or ("\\" in line and _problem(quad, syntax)) or None
        else:
            continue
        if problem:
            fitting = [name for name, other in SYNTAXES.items() if not _problem(quad, other)]
            mend = f"; use {alternatives(fitting)}" if fitting else ""
            raise UnrepresentableError(f"{syntax.title} cannot hold {problem}{mend}")


def ordered_for_xml(quads: Sequence[ox.Quad]) -> Sequence[ox.Quad]:
    """Return sorted triples such that Oxigraph writes well-formed RDF/XML of them.

    It makes the class of a node the name of an element when the class is what it reads first of
    the node. Where that class does not end in a name of XML, another triple is put before it.

    Raises:
        UnrepresentableError: there is no other triple about that node.
    """
    classes = {quad.object for quad in quads if quad.predicate.value == TYPE}
    unfit = {str(term) for term in classes if _unfit_class(term)}
    if not unfit:
        return quads
    ordered: list[ox.Quad] = []
    for _, group in groupby(quads, lambda quad: str(quad.subject)):
        triples = list(group)
        first = next(
            (t for t in triples if t.predicate.value != TYPE or str(t.object) not in unfit), None
        )
        if first is None:
            raise UnrepresentableError(
                f"RDF/XML cannot hold the node {triples[0].subject} with nothing but the class "
                f"{triples[0].object}, which does not end in a name of XML; use another format"
            )
        ordered += [first, *(triple for triple in triples if triple != first)]
    return ordered


def _unfit_class(term: object) -> bool:
    import pyoxigraph as ox

    return (
        isinstance(term, ox.NamedNode)
        and term.value not in RESERVED
        and _predicate_problem(term.value) is not None
    )


def _problem(quad: ox.Quad | ox.Triple, syntax: Syntax) -> str | None:
    """Return which part of a statement a syntax cannot hold, as text, or None."""
    import pyoxigraph as ox

    if syntax.is_xml and (found := _predicate_problem(quad.predicate.value)):
        return found
    term = quad.object
    if isinstance(term, ox.Triple):
        if not syntax.has_triple_terms:
            return f"a triple as the object of {quad.predicate} (RDF 1.2)"
        return _problem(term, syntax)
    return _literal_problem(term, syntax) if isinstance(term, ox.Literal) else None


def _predicate_problem(iri: str) -> str | None:
    if iri in RESERVED:
        return f"the predicate <{iri}>, a name that it keeps for itself"
    if iri.startswith("http://www.w3.org/2000/xmlns/"):
        return f"the predicate <{iri}>, which is in a namespace that XML keeps for itself"
    starting, ending = _name_patterns()
    end = ending.match(iri[::-1])
    if not end or not starting.search(end.group()):
        return f"the predicate <{iri}>, which does not end in a name of XML"
    return None


def _literal_problem(literal: ox.Literal, syntax: Syntax) -> str | None:
    needs_language = literal.datatype.value in (RDF + "langString", RDF + "dirLangString")
    if needs_language and not literal.language and not syntax.has_untagged_text:
        return f"{_shortened(literal.value)}, whose datatype asks for a language that it lacks"
    found = _not_xml().search(literal.value) if syntax.is_xml else None
    if found:
        return f"the character U+{ord(found.group()):04X} in {_shortened(literal.value)}"
    return None


def _shortened(text: str) -> str:
    """Return a text in quotes, cut after 40 characters, without line breaks and controls."""
    return json.dumps(text if len(text) <= 40 else f"{text[:40]}…", ensure_ascii=False)
