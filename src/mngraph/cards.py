"""One resource as a card: what it is, what is said of it, what speaks of it.

The card is made of what the graph says: the ontology's labels name the lines, and nodes that lie
under the resource's own IRI (the arms of a study) are shown inside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from mngraph import context, sparql
from mngraph.errors import UsageError
from mngraph.tables import shown, term_value

if TYPE_CHECKING:
    from mngraph.store import Store

HEAD = ("rdfs:label", "skos:prefLabel", "dcterms:title", "rdf:type", "skos:definition")
HIDDEN = (*HEAD, "skos:inScheme", "skos:topConceptOf", "rdfs:isDefinedBy", "bibo:authorList")
DATASET = {
    "title": "dcterms:title", "version": "owl:versionInfo", "issued": "dcterms:issued",
    "license": "dcterms:license", "summary": "dcterms:description",
    "made by": "prov:wasGeneratedBy",
}  # fmt: skip
"""What a dataset says of itself, and by which property."""
MOST = 6
"""How many values or referring resources a line shows before it counts the rest."""


@dataclass
class Card:
    """A resource: its name and kinds, lines of values, nested cards, and what refers to it."""

    iri: str
    label: str
    kinds: list[str]
    definition: str
    lines: list[tuple[str, list[str]]]
    parts: list[tuple[str, Card]] = field(default_factory=list)
    referring: list[tuple[str, int, list[str]]] = field(default_factory=list)

    def to_text(self, width: int = 100) -> str:
        """Return the card as text of some columns."""
        lines = [self.label, f"{' · '.join([context.compact(self.iri), *self.kinds])}"]
        lines += ["", *wrap(self.definition, width)] if self.definition else []
        lines += ["", *self._body("", width)]
        if self.referring:
            lines += ["", "Referred to as"]
            for name, count, some in self.referring:
                lines += _row(f"{name} ({count:,})", some, count, "  ", width)
        return "\n".join(line.rstrip() for line in lines) + "\n"

    def _body(self, indent: str, width: int) -> Iterator[str]:
        for name, values in self.lines:
            yield from _row(name, values[: MOST * 3], len(values), indent, width)
        for name, part in self.parts:
            yield ""
            title = part.iri.removeprefix(self.iri).strip("/").replace("/", " ")
            yield (
                f"{indent}{name}: {title}"
                if title
                else f"{indent}{name}: {context.compact(part.iri)}"
            )
            yield from part._body(indent + "  ", width)


def card(store: Store, iri: str, *, nested: bool = True) -> Card:
    """Return the card of a resource.

    Args:
        store: the graph.
        iri: the resource.
        nested: whether to show its parts and what refers to it.

    Raises:
        UsageError: the graph says nothing of it.
    """
    names = _names(store)
    said = _statements(store, iri)
    if not said:
        raise UsageError(f"the graph says nothing of {context.compact(iri)}")
    kinds = [
        names.get(t.value, context.compact(t.value))
        for t in said.get(context.expand("rdf:type"), [])
    ]
    made = Card(
        iri,
        _title(said, iri),
        sorted(k for k in kinds if k != "skos:Concept"),
        _definition(said),
        [],
    )
    for predicate, objects in sorted(said.items(), key=lambda item: _order(item[0], names)):
        if context.compact(predicate) in HIDDEN:
            continue
        name = names.get(predicate, context.compact(predicate))
        inner = sorted((o.value for o in objects if _is_part(o, iri, predicate)), key=_natural)
        if nested:
            made.parts += [
                (name, card(store, part, nested=False))
                for part in inner
                if _statements(store, part)
            ]
        rest = [o for o in objects if not (_is_part(o, iri, predicate) and nested)]
        if rest:
            made.lines.append((name, sorted(_value(store, o) for o in rest)))
    if nested:
        made.referring = list(_referring(store, iri, names))
    return made


def dataset(store: Store) -> list[tuple[str, str]]:
    """Return what a graph says of its dataset (see `DATASET`); nothing where it says nothing."""
    found = next(iter(store.select(sparql.internal("dataset"))), None)
    said = _statements(store, found["dataset"].value) if found else {}
    told = [(name, said.get(context.expand(curie), [])) for name, curie in DATASET.items()]
    return [
        (name, ", ".join(sorted(_value(store, term) for term in terms)))
        for name, terms in told
        if terms
    ]


def label(store: Store, iri: str) -> str:
    """Return what people call a resource: its label, or its CURIE."""
    return _title(_statements(store, iri), iri)


def _names(store: Store) -> dict[str, str]:
    """Return the ontology's labels of properties and classes."""
    rows = store.select(sparql.internal("terms"))
    return {row["term"].value: row["label"].value for row in rows}


def _statements(store: Store, iri: str) -> dict[str, list[Any]]:
    said: dict[str, list[Any]] = {}
    for quad in store.quads(subject=iri):
        objects = said.setdefault(quad.predicate.value, [])
        if quad.object not in objects:
            objects.append(quad.object)
    return said


def _referring(
    store: Store, iri: str, names: dict[str, str]
) -> Iterator[tuple[str, int, list[str]]]:
    """Yield, for each property, how many resources speak of this one, and the foremost of them."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in store.select(sparql.internal("referring", resource=iri)):
        counts = [f"{row['n'].value} studies" if row["n"] else ""]
        counts += [f"best starting level {row['level'].value}" if row["level"] else ""]
        told = ", ".join(filter(None, counts))
        found.setdefault(row["p"].value, []).append((row["s"].value, told))
    for predicate in sorted(found, key=lambda p: names.get(p, p)):
        subjects = found[predicate]
        some = [
            f"{label(store, subject)}: {told}" if told else _named(store, subject)
            for subject, told in subjects[:MOST]
        ]
        yield names.get(predicate, context.compact(predicate)), len(subjects), some


def _title(said: dict[str, list[Any]], iri: str) -> str:
    for curie in HEAD[:3]:
        for term in said.get(context.expand(curie), []):
            return str(term.value)
    return context.compact(iri)


def _definition(said: dict[str, list[Any]]) -> str:
    return " ".join(term.value for term in said.get(context.expand("skos:definition"), []))


def _value(store: Store, term: Any) -> str:
    import pyoxigraph as ox

    if isinstance(term, ox.NamedNode) and term.value.startswith(context.BASE):
        return _named(store, term.value)
    if isinstance(term, ox.NamedNode):
        rows = store.select(sparql.internal("mapped-label", term=term.value))
        labels = [row["label"].value for row in rows]
        return f"{labels[0]} <{term.value}>" if labels else term.value
    return shown(term_value(term))


def _named(store: Store, iri: str) -> str:
    name, curie = label(store, iri), context.compact(iri)
    return name if name == curie else f"{name} ({curie})"


def _is_part(term: Any, iri: str, predicate: str) -> bool:
    return str(getattr(term, "value", "")).startswith(f"{iri}/") or context.compact(predicate) in (
        "mn:reportedIn", "mn:hasRecord",
    )  # fmt: skip


def _order(predicate: str, names: dict[str, str]) -> tuple[int, str]:
    return (
        0 if context.compact(predicate).startswith("mn:") else 1,
        names.get(predicate, predicate),
    )


def _natural(iri: str) -> tuple[int, int, str]:
    last = iri.rpartition("/")[2]
    return (len(iri.split("/")), int(last) if last.isdecimal() else 0, iri)


def _row(name: str, values: list[str], count: int, indent: str, width: int) -> list[str]:
    """Return the lines of one property: short values in a row, long ones under each other."""
    head = f"{indent}{name}".ljust(26)
    head = head if head.endswith(" ") else head + " "
    more = [f"and {count - len(values):,} more"] if count > len(values) else []
    together = all(len(value) < 40 for value in values)
    texts = [", ".join([*values, *more])] if together else [*values, *more]
    lines = [
        line
        for text in texts
        for line in wrap(text, width - len(head), break_long_words=False, break_on_hyphens=False)
    ]
    return [head + (lines or [""])[0], *(" " * len(head) + line for line in lines[1:])]
