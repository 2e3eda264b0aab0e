"""The facts of a study record that an abstract can confirm, each with what finds it.

A fact is found where its number or term is in a sentence about the same thing: the number of
participants beside patients, an odds ratio as printed, a p-value with its sign, `21/30` or
`21 of 30`, a concept by its label or a synonym.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, TypeAlias

from mngraph import context, iris, keys, sparql
from mngraph.keys import Kind, Term
from mngraph.sources import finders
from mngraph.sources.finders import Finder
from mngraph.store import Store

if TYPE_CHECKING:
    import pyoxigraph as ox

    Value: TypeAlias = ox.NamedNode | ox.Literal
    Properties = Mapping[str, list[Value]]

Statement = tuple[str, str, "Value"]
"""Subject, predicate (both as IRIs) and object."""
Labels = Mapping[str, tuple[str, ...]]
"""For each concept, its label and synonyms."""

COUNTS = {
    "participants": finders.PEOPLE,
    "completed": finders.PEOPLE,
    "includedStudies": r"stud|trial|article|publication|record|RCT|paper|report",
    "sessions": r"session|treatment|time|sitting|visit|procedure|applied|application",
    **finders.DEVICES["counts"],
}
"""Numbers, each with words that the sentence must have one of."""
FIGURES = ("effectValue", "effectLower", "effectUpper")
WEEKS = ("followUpWeeks", "intervalWeeks")
PAIRS = (("firstEvents", "firstTotal"), ("secondEvents", "secondTotal"), ("affected", "atRisk"))
TERMS = ("indication", "procedure", "combinedWith", "intervention", "measure", "event")
NODES = ("hasArm", "hasOutcome", "hasAdverseEventReport")


@dataclass(frozen=True)
class Fact:
    """One fact of a record.

    Attributes:
        field: its path in the record, such as `arms/A/sessions`.
        value: its value as people read it.
        statements: the triples that state it.
        find: what yields its places in an abstract.
    """

    field: str
    value: str
    statements: tuple[Statement, ...]
    find: Finder


def study_facts(store: Store, study: str, labels: Labels) -> list[Fact]:
    """Return the facts of a study that can be looked for in an abstract, in a stable order.

    Args:
        store: a graph.
        study: the study's IRI.
        labels: for each concept, its label and synonyms.
    """
    root = _properties(store, study)
    facts = list(_node_facts(study, study, root, labels))
    for link in NODES:
        nodes = (term.value for term in root.get(context.mn(link), []))
        for node in sorted(nodes, key=iris.numeric_order):
            facts += _node_facts(study, node, _properties(store, node), labels)
    return facts


def _properties(store: Store, node: str) -> Properties:
    """Return what a record states about a node; blank nodes and derived statements are left out."""
    import pyoxigraph as ox

    found: dict[str, set[Value]] = {}
    for quad in store.quads(subject=node):
        derived = getattr(quad.graph_name, "value", "") == iris.CLAIMS_GRAPH
        if not derived and isinstance(quad.object, (ox.NamedNode, ox.Literal)):
            found.setdefault(quad.predicate.value, set()).add(quad.object)
    return {name: sorted(terms, key=str) for name, terms in found.items()}


def _node_facts(study: str, node: str, properties: Properties, labels: Labels) -> Iterator[Fact]:
    """Yield the facts that one node of a study states."""

    def facts(name: str, finder: Callable[[Value], Finder]) -> Iterator[Fact]:
        for term in properties.get(context.mn(name), []):
            statement = (node, context.mn(name), term)
            yield Fact(_field(study, node, name), _shown(term), (statement,), finder(term))

    effect = properties.get(context.mn("effectType"), [])
    kind = iris.term_name(effect[0].value) if effect else ""
    for name, words in COUNTS.items():
        yield from facts(name, partial(_count, words=words))
    for name in WEEKS:
        yield from facts(name, lambda term: finders.weeks(term.value))
    for name in TERMS:
        yield from facts(name, lambda term: finders.term(labels.get(term.value, (_shown(term),))))
    for name in FIGURES:
        yield from facts(name, lambda term: finders.figure(term.value, kind))
    yield from facts("iSquared", lambda term: finders.figure(term.value, "iSquared"))
    if context.mn("effectValue") not in properties:
        found = facts("effectText", lambda term: finders.effect_text(term.value))
        yield from (fact for fact in found if finders.numbers(fact.value))
    yield from facts("pValue", lambda term: finders.p_value(term.value))
    yield from _pairs(study, node, properties)
    none = properties.get(context.mn("noAdverseEvents"), [])
    if any(sparql.is_true(term.value) for term in none):
        yield from facts("noAdverseEvents", lambda term: finders.matches(finders.NO_EVENTS))


def _count(term: Value, words: str) -> Finder:
    return finders.count(term.value, words)


def _pairs(study: str, node: str, properties: Properties) -> Iterator[Fact]:
    """Yield `n of N` as one fact, or `n` alone where the total is not stated."""
    for part, whole in PAIRS:
        some, total = (properties.get(context.mn(name), []) for name in (part, whole))
        if not some:
            continue
        statements = [(node, context.mn(part), some[0])]
        value = some[0].value
        find = finders.count(value, finders.PEOPLE + "|%|had|experienc|develop")
        if total:
            statements.append((node, context.mn(whole), total[0]))
            find = finders.ratio(value, total[0].value)
            value = f"{value}/{total[0].value}"
        yield Fact(_field(study, node, part), value, tuple(statements), find)


# --- names -----------------------------------------------------------------------------------


def _shown(term: Value) -> str:
    return context.compact(term.value) if str(term).startswith("<") else term.value


def _field(study: str, node: str, name: str) -> str:
    """Return where a fact is in the record, in the record's own keys: `arms/A/sessions`."""
    kind, _, number = node.removeprefix(study).strip("/").partition("/")
    terms = keys.record().terms.values()
    path = next((term.key for term in terms if kind and f"/{kind}/" in term.iri), "")
    key = _keys().get((path, context.mn(name)), name)
    return "/".join(part for part in (path, number, key) if part)


@cache
def _keys() -> dict[tuple[str, str], str]:
    """Return the record's key of each property, by the path of its node and its IRI."""
    found: dict[tuple[str, str], str] = {}

    def add(terms: Iterable[Term], path: str, group: str = "") -> None:
        for term in terms:
            if term.kind is Kind.GROUP:
                add(term.terms.values(), path, f"{term.key}/")
            elif term.predicate:
                found[path, term.predicate] = f"{group}{term.key}"
            if term.kind is Kind.NODE:
                add(term.terms.values(), term.key)

    add(keys.record().terms.values(), "")
    return found
