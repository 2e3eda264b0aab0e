"""One resource as a card: what it is, what the graph states about it, and what refers to it.

The ontology's labels name the lines of a card, and nodes whose IRI begins with that of the resource
(the arms of a study) are shown inside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING

from mngraph import context, iris, sparql
from mngraph.cards.citation import ADDRESSES
from mngraph.errors import UsageError
from mngraph.tables import shown, term_value
from mngraph.wording import counted

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.store import Store

    Value = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    Properties = dict[str, list[Value]]

NAMES = ("rdfs:label", "skos:prefLabel", "dcterms:title")
"""The properties that name a resource, the best first."""
HIDDEN = frozenset((
    *NAMES, "rdf:type", "skos:definition", "skos:inScheme", "skos:topConceptOf",
    "rdfs:isDefinedBy", "bibo:authorList",
))  # fmt: skip
"""The properties that get no line of their own."""
CREATOR = "dcterms:creator"
"""The property of each author; their order is that of a list beside it."""
FORMS = {curie: form for _, curie, form in ADDRESSES}
"""The address that is made of an identifier, by its property."""
PARTS = ("mn:reportedIn", "mn:hasRecord")
"""Properties whose nodes are shown inside a card even if their IRI is not one of its parts."""
DATASET = {
    "title": "dcterms:title", "version": "owl:versionInfo", "issued": "dcterms:issued",
    "license": "dcterms:license", "summary": "dcterms:description",
    "made by": "prov:wasGeneratedBy",
}  # fmt: skip
"""What a graph states about its dataset: our name for it, and the property."""
MOST = 6
"""How many referring resources a line shows before it counts the rest; of values, three times."""
NAME_WIDTH = 26
"""The columns for the name of a line."""
SHORT = 40
"""Values of fewer characters than this share a line."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The resources that refer to another one by the same property.

    Attributes:
        name: the label of the property.
        count: how many resources there are.
        first: the first of them, as text.
        links: the IRIs of the first.
    """

    name: str
    count: int
    first: list[str]
    links: list[str]


@dataclass(frozen=True, kw_only=True)
class Card:
    """A resource to be read.

    Attributes:
        iri: the resource.
        label: what people call it.
        kinds: the labels of its classes.
        definition: its definition; empty where it has none.
        lines: the label of each property, with its values.
        parts: the cards shown inside, each with the label of the property that leads to it.
        references: what refers to the resource.
        links: for the text of each value that is a resource, its IRI; for that of an identifier of
            a publication, its address.
    """

    iri: str
    label: str
    kinds: list[str]
    definition: str
    links: dict[str, str] = field(default_factory=dict)
    lines: list[tuple[str, list[str]]] = field(default_factory=list)
    parts: list[tuple[str, Card]] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)

    def to_text(self, width: int = 100) -> str:
        """Return the card as text.

        Args:
            width: the most characters of a line.
        """
        lines = [self.label, " · ".join([context.compact(self.iri), *self.kinds])]
        lines += ["", *wrap(self.definition, width)] if self.definition else []
        lines += ["", *self._body("", width)]
        if self.references:
            lines += ["", "Referred to as"]
            for each in self.references:
                name = f"{each.name} ({each.count:,})"
                lines += _line(name, each.first, each.count, "  ", width)
        return "\n".join(line.rstrip() for line in lines) + "\n"

    def _body(self, indent: str, width: int) -> Iterator[str]:
        for name, values in self.lines:
            yield from _line(name, values[: MOST * 3], len(values), indent, width)
        for name, part in self.parts:
            inside = part.iri.startswith(f"{self.iri}/")
            title = part.iri.removeprefix(self.iri).strip("/").replace("/", " ")
            yield ""
            yield f"{indent}{name}: {title if inside else context.compact(part.iri)}"
            yield from part._body(indent + "  ", width)


def card(store: Store, iri: str, *, nested: bool = True) -> Card:
    """Return the card of a resource.

    Args:
        store: the graph.
        iri: the resource.
        nested: whether to show its parts and what refers to it.

    Raises:
        UsageError: the graph states nothing about it.
    """
    names = _term_labels(store)
    about = _properties(store, iri)
    if not about:
        raise UsageError(f"the graph states nothing about {context.compact(iri)}")
    kinds = (_label_of(each.value, names) for each in _nodes(about, "rdf:type"))
    lines: list[tuple[str, list[str]]] = []
    parts: list[tuple[str, Card]] = []
    links: dict[str, str] = {}
    for predicate, values in sorted(about.items(), key=lambda item: _rank(item[0], names)):
        if context.compact(predicate) in HIDDEN:
            continue
        name = _label_of(predicate, names)
        inner = [value for value in values if nested and _is_part(value, iri, predicate)]
        for part in sorted((str(value)[1:-1] for value in inner), key=_path_order):
            if _properties(store, part):
                parts.append((name, card(store, part, nested=False)))
        texts = {_value_text(store, value): value for value in values if value not in inner}
        links |= {text: str(value)[1:-1] for text, value in texts.items() if str(value)[0] == "<"}
        if form := FORMS.get(context.compact(predicate)):
            links |= {text: form.format(text) for text in texts}
        outer = sorted(texts)
        if context.compact(predicate) == CREATOR:
            outer = _in_order(store, iri, outer)
        if outer:
            lines.append((name, outer))
    return Card(
        iri=iri,
        label=_name(about, iri),
        kinds=sorted(kind for kind in kinds if kind != "skos:Concept"),
        definition=" ".join(_texts(about, "skos:definition")),
        links=links,
        lines=lines,
        parts=parts,
        references=list(_references(store, iri, names)) if nested else [],
    )


def dataset(store: Store) -> list[tuple[str, str]]:
    """Return what a graph states about its dataset (see `DATASET`), if anything.

    Args:
        store: the graph.
    """
    row = next(iter(store.select_internal(sparql.internal("dataset"))), None)
    about = _properties(store, row["dataset"].value) if row else {}
    found = ((name, about.get(context.expand(curie), [])) for name, curie in DATASET.items())
    return [
        (name, ", ".join(sorted(_value_text(store, value) for value in values)))
        for name, values in found
        if values
    ]


def label(store: Store, iri: str) -> str:
    """Return what people call a resource: its label, or its CURIE.

    Args:
        store: the graph.
        iri: the resource.
    """
    return _name(_properties(store, iri), iri)


def _in_order(store: Store, iri: str, names: list[str]) -> list[str]:
    """Return authors in the order of the publication, those that its list lacks last."""
    rows = store.select_internal(sparql.internal("authors-of", publications=[iri]))
    cells = sorted((iris.numeric_order(row["cell"].value), row["name"].value) for row in rows)
    places = {name: n for n, (_, name) in enumerate(cells)}
    return sorted(names, key=lambda name: places.get(name, len(places)))


# --- what the graph states -------------------------------------------------------------------


def _term_labels(store: Store) -> dict[str, str]:
    """Return the ontology's labels of properties and classes."""
    rows = store.select_internal(sparql.internal("terms"))
    return {row["term"].value: row["label"].value for row in rows}


def _properties(store: Store, iri: str) -> Properties:
    """Return the values of each property of a resource, in any graph, each value once."""
    found: dict[str, dict[Value, None]] = {}
    for quad in store.quads(subject=iri):
        found.setdefault(quad.predicate.value, {})[quad.object] = None
    return {name: list(values) for name, values in found.items()}


def _references(store: Store, iri: str, names: dict[str, str]) -> Iterator[Reference]:
    """Yield, for each property, how many resources refer to this one, and the first of them."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in store.select_internal(sparql.internal("referring", resource=iri)):
        details = [counted(int(row["n"].value), "study", "studies") if row["n"] else ""]
        details += [f"best design level {row['level'].value}" if row["level"] else ""]
        text = ", ".join(filter(None, details))
        found.setdefault(row["p"].value, []).append((row["s"].value, text))
    for predicate in sorted(found, key=lambda p: names.get(p, p)):
        subjects = found[predicate]
        first = [
            f"{label(store, subject)}: {text}" if text else _named(store, subject)
            for subject, text in subjects[:MOST]
        ]
        links = [subject for subject, _ in subjects[:MOST]]
        yield Reference(
            name=_label_of(predicate, names), count=len(subjects), first=first, links=links
        )


def _nodes(about: Properties, curie: str) -> Iterator[ox.NamedNode]:
    import pyoxigraph as ox

    values = about.get(context.expand(curie), [])
    yield from (value for value in values if isinstance(value, ox.NamedNode))


def _texts(about: Properties, curie: str) -> Iterator[str]:
    import pyoxigraph as ox

    values = about.get(context.expand(curie), [])
    yield from (value.value for value in values if isinstance(value, ox.Literal))


# --- as text ---------------------------------------------------------------------------------


def _label_of(term: str, names: dict[str, str]) -> str:
    return names.get(term, context.compact(term))


def _name(about: Properties, iri: str) -> str:
    names = (text for curie in NAMES for text in _texts(about, curie))
    return next(names, context.compact(iri))


def _named(store: Store, iri: str) -> str:
    name, curie = label(store, iri), context.compact(iri)
    return name if name == curie else f"{name} ({curie})"


def _value_text(store: Store, value: Value) -> str:
    import pyoxigraph as ox

    if not isinstance(value, ox.NamedNode):
        return shown(term_value(value))
    if value.value.startswith(context.BASE):
        return _named(store, value.value)
    rows = store.select_internal(sparql.internal("mapped-label", term=value.value))
    labels = [row["label"].value for row in rows]
    return f"{labels[0]} <{value.value}>" if labels else value.value


def _is_part(value: Value, iri: str, predicate: str) -> bool:
    """Return whether a value is a node that is shown inside the card of a resource."""
    return str(value).startswith(f"<{iri}/") or (
        context.compact(predicate) in PARTS and str(value).startswith("<")
    )


def _rank(predicate: str, names: dict[str, str]) -> tuple[bool, str]:
    """Return the sort key of properties: ours first, then by label."""
    return not context.compact(predicate).startswith("mn:"), names.get(predicate, predicate)


def _path_order(iri: str) -> tuple[int, int, str]:
    """Return the sort key of parts: the length of their path, their number, their name."""
    name = iris.last_segment(iri)
    return len(iri.split("/")), int(name) if name.isdecimal() else 0, iri


def _line(name: str, values: Iterable[str], count: int, indent: str, width: int) -> list[str]:
    """Return one property as lines: short values side by side, long ones below each other."""
    values = list(values)
    head = f"{indent}{name}".ljust(NAME_WIDTH)
    head = head if head.endswith(" ") else f"{head} "
    more = [f"and {count - len(values):,} more"] if count > len(values) else []
    short = all(len(value) < SHORT for value in values)
    texts = [", ".join([*values, *more])] if short else [*values, *more]
    lines = [
        line
        for text in texts
        for line in wrap(text, width - len(head), break_long_words=False, break_on_hyphens=False)
    ]
    return [head + (lines or [""])[0], *(" " * len(head) + line for line in lines[1:])]
