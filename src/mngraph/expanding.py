"""Records in the expanded form of JSON-LD 1.1, which a reader takes without a context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mngraph import context, keys
from mngraph.keys import Kind, Term


def expanded(node: Mapping[str, Any], terms: Mapping[str, Term]) -> dict[str, Any]:
    """Return a node of a record in expanded form: IRIs in place of keys and of words.

    Args:
        node: the JSON-LD of a node of a sound record; see `records.Record`.
        terms: the keys that may stand in it.

    >>> study = {"@id": "http://example.org/s", "@type": "mn:Study", "participants": "30"}
    >>> expanded(study, keys.record().terms)["https://w3id.org/mngraph/ontology#participants"]
    [{'@value': '30', '@type': 'http://www.w3.org/2001/XMLSchema#integer'}]
    """
    found: dict[str, Any] = {"@id": node["@id"], "@type": [context.expand(node["@type"])]}
    for term, value in _keys_and_values(node, terms):
        values = [_expanded_value(item, term) for item in _items(value, term)]
        found.setdefault(term.predicate, []).extend([{"@list": values}] if term.is_list else values)
    return found


def _keys_and_values(
    node: Mapping[str, Any], terms: Mapping[str, Term]
) -> Iterator[tuple[Term, Any]]:
    for key, value in node.items():
        if key.startswith("@"):
            continue
        if terms[key].kind is Kind.GROUP:
            yield from _keys_and_values(value, terms[key].terms)
        else:
            yield terms[key], value


def _expanded_value(value: Any, term: Term) -> dict[str, Any]:
    if term.kind is Kind.NODE:
        return expanded(value, term.terms)
    if term.kind is Kind.CONCEPT:
        return {"@id": value if ":" in value else term.namespace + value}
    if term.kind is Kind.CHOICE:
        return {"@id": term.choices[value]}
    if term.kind in (Kind.REFERENCE, Kind.ADDRESS):
        return {"@id": value}
    if term.kind is Kind.TEXT:
        return {"@value": value, "@language": term.language} if term.language else {"@value": value}
    if term.kind is Kind.LANGUAGES:
        return {"@language": value[0], "@value": value[1]}
    return {"@value": value, "@type": keys.datatype(term.kind)}


def _items(value: Any, term: Term) -> list[Any]:
    """Return the values of a key one by one; texts with their languages."""
    if term.kind is Kind.LANGUAGES:
        return [(language, text) for language, texts in value.items() for text in texts]
    return value if isinstance(value, list) else [value]
