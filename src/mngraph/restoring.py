"""Study records as plain data again, made of the quads that state them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mngraph import context, iris, keys, sparql
from mngraph.keys import Kind, Term

if TYPE_CHECKING:
    from pyoxigraph import Quad

About = dict[str, dict[str, list[Any]]]
"""What is stated about nodes: node, IRI of the property, values."""


def quads_record(quads: Iterable[Quad], study: str) -> dict[str, Any]:
    """Return the record, as plain data in normal form, whose quads these are.

    Args:
        quads: the quads of one study's named graph.
        study: the study's IRI.
    """
    about: About = {}
    for quad in quads:
        triples = about.setdefault(str(quad.subject).strip("<>"), {})
        triples.setdefault(quad.predicate.value, []).append(quad.object)
    return _node_data(about, study, keys.record())


def _node_data(about: About, iri: str, node: Term) -> dict[str, Any]:
    """Return the data of one node; keys come in the order of the context."""
    own = {"id": iris.last_segment(iri)} if node.has_id else {}
    return own | _terms_data(about, about.get(iri, {}), node.terms)


def _terms_data(
    about: About, statements: Mapping[str, list[Any]], terms: Mapping[str, Term]
) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, term in terms.items():
        if term.kind is Kind.GROUP:
            inner = _terms_data(about, statements, term.terms)
            data |= {key: inner} if inner else {}
        elif values := _data_values(about, statements.get(term.predicate, []), term):
            data[key] = values if term.is_plural or len(values) > 1 else values[0]
    return data


def _data_values(about: About, objects: list[Any], term: Term) -> list[Any]:
    if term.kind is Kind.NODE:
        nodes = sorted((o.value for o in objects), key=iris.numeric_order)
        return [_node_data(about, iri, term) for iri in nodes]
    if term.is_list:
        return [item for head in objects for item in _list_items(about, head.value)]
    if term.kind is Kind.CHOICE:
        words = {iri: word for word, iri in term.choices.items()}
        return sorted(words[o.value] for o in objects if o.value in words)
    return sorted((_plain(o.value, term) for o in objects), key=_order)


def _order(value: Any) -> tuple[bool, Any]:
    """Return the sort key of values: numbers first, then text."""
    return isinstance(value, str), value


def _list_items(about: About, cell: str) -> Iterator[Any]:
    seen: set[str] = set()
    while cell in about and cell not in seen:  # a foreign list may lead back to itself
        seen.add(cell)
        yield about[cell][context.expand("rdf:first")][0].value
        cell = about[cell][context.expand("rdf:rest")][0].value


def _plain(text: str, term: Term) -> Any:
    """Return the value that a record has for an IRI or a literal of this text.

    A literal that its datatype does not have, as foreign graphs may hold, comes back as text.
    """
    if term.kind is Kind.CONCEPT:
        return iris.last_segment(text) if iris.kind_of(text) else text
    if term.kind is Kind.REFERENCE:
        return iris.last_segment(text)
    if term.kind is Kind.BOOLEAN:
        return sparql.is_true(text)
    try:
        if term.kind is Kind.INTEGER:
            return int(text)
        if term.kind is Kind.DECIMAL:
            number = Decimal(text)
            return int(number) if number == number.to_integral_value() else float(number)
    except (ArithmeticError, ValueError):
        return text
    return text
