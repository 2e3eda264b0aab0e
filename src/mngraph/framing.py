"""Resources as JSON-LD that reads like the records: their keys, and one value where there is one.

A document names its context by IRI, and an independent processor that reads it makes the triples
that the graph has. What the context has no key for stands under the CURIE of its property.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, TypeGuard

from mngraph import context, contexts, iris, keys
from mngraph.errors import UnrepresentableError, UsageError
from mngraph.keys import Kind, Term

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.store import Store

    Value = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

Key = tuple[str, Term]
"""A key with the group that it stands in (nothing for none)."""

SIMPLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
"""Names that cannot be read as anything but a name."""
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}")
"""Integers that are the same number in JSON as in RDF, written in the same way."""
NATIVE = {Kind.INTEGER: WHOLE, Kind.BOOLEAN: re.compile("true|false")}
"""What can be a number or a boolean of JSON. Decimals are not: JSON-LD reads 1.5 as 1.5E0."""


def document(store: Store, iri: str) -> dict[str, Any]:
    """Return what the graph states about a resource, and about its parts, as JSON-LD.

    A study has the shape of its record, a claim holds its evidence lines; concepts and packs have
    the keys with which packs write them. Integers and booleans are those of JSON; decimals are
    text, since JSON-LD would read a JSON number as a double.

    Args:
        store: the graph.
        iri: the resource.

    Raises:
        UsageError: the graph states nothing about it.
        UnrepresentableError: JSON-LD with our prefixes cannot hold what it states.

    >>> import mngraph
    >>> study = document(mngraph.load().store, iris.study("pmid-27356486"))
    >>> study["arms"][0]["combined_with"], study["outcomes"][0]["first"]
    (['latanoprost', 'narrowband-uvb'], 'A')
    """
    about = _About(store, _graph_of(store, iri))
    if not about[iri]:
        raise UsageError(f"the graph states nothing about {context.compact(iri)}")
    types = about[iri].get(context.expand("rdf:type"), ())
    frame = _frame(frozenset(str(value).strip("<>") for value in types))
    base = f"{iri}/arm/" if frame.is_study else ""
    local = {**({"@base": base} if base else {}), **frame.keys}
    where = contexts.address(frame.context)
    body = _Writing(about, base).node(iri, frame.term, {})
    return {"@context": [where, local] if local else where, **body}


def to_jsonld(store: Store, resources: Sequence[str]) -> bytes:
    """Return documents of resources as JSON: one alone, several in an array.

    Raises:
        UsageError: the graph states nothing about one of them.
        UnrepresentableError: JSON-LD with our prefixes cannot hold what it states.
    """
    documents = [document(store, iri) for iri in resources]
    whole = documents[0] if len(documents) == 1 else documents
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


def _graph_of(store: Store, iri: str) -> str:
    """Return the graph of a study's record; nothing where all that is known counts."""
    key = iris.study_key(iri)
    if not key or iri != iris.study(key):
        return ""
    graph = iris.study_graph(key)
    return graph if any(True for _ in store.quads(graph=graph, subject=iri)) else ""


@dataclass(frozen=True)
class _Frame:
    """How a document about a resource of some class is written.

    Attributes:
        context: the file of ontology/ that is its context.
        term: the resource, with its keys.
        keys: for a part of something else, the keys that only hold inside that.
    """

    context: str
    term: Term
    keys: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_study(self) -> bool:
        """Whether it is about a whole study, whose arms have letters."""
        return self.term is keys.record()


@cache
def _frame(types: frozenset[str]) -> _Frame:
    """Return how a document about a resource of some classes is written."""
    known = (frame for iri, frame in _frames().items() if iri in types)
    return next(known, _Frame("context", Term("", Kind.NODE)))


@cache
def _frames() -> dict[str, _Frame]:
    """Return the frame of each class that has one."""
    claim, concept = _Frame("claim", keys.claim()), _Frame("concept", keys.described_concept())
    found = {
        "mn:Study": _Frame("context", keys.record()),
        "mn:EvidencePack": _Frame("pack", keys.pack()),
    }
    found |= dict.fromkeys(("mn:Claim", "mn:TreatmentClaim", "mn:SafetyClaim"), claim)
    for whole in (found["mn:Study"], claim):
        scope = context.document(whole.context)["@context"][1]
        for key, term in whole.term.terms.items():
            if term.kind is Kind.NODE:
                found[term.type] = _Frame(whole.context, term, scope[key]["@context"])
    found["skos:Concept"] = concept
    return {context.expand(curie): frame for curie, frame in found.items()}


class _About:
    """What a graph states about its nodes, asked one by one."""

    def __init__(self, store: Store, graph: str) -> None:
        self.store, self.graph = store, graph
        self.known: dict[str, dict[str, list[Value]]] = {}

    def __getitem__(self, node: str) -> Mapping[str, list[Value]]:
        """Return the values of each property of a node, sorted."""
        if node not in self.known:
            found: dict[str, dict[str, Value]] = {}
            if not node.startswith("_:"):
                for quad in self.store.quads(graph=self.graph or None, subject=node):
                    found.setdefault(quad.predicate.value, {})[str(quad.object)] = quad.object
            self.known[node] = {
                prop: [values[text] for text in sorted(values)] for prop, values in found.items()
            }
        return self.known[node]


@dataclass
class _Writing:
    """One document as it is written.

    Attributes:
        about: the graph.
        base: what relative IRIs begin with; empty where there are none.
        inside: the nodes around the one that is written.
    """

    about: _About
    base: str
    inside: list[str] = field(default_factory=list)

    def node(self, iri: str, term: Term, around: Mapping[str, Key]) -> dict[str, Any]:
        """Return a node with what is stated about it.

        Args:
            iri: the node.
            term: what it is a value of.
            around: the keys of the nodes around it by their property, which hold inside it, too.
        """
        own = {key.predicate: (group, key) for group, key in _flat(term.terms)}
        taken = {key.key for _, key in own.values()} | {group for group, _ in own.values()}
        outer = {prop: it for prop, it in around.items() if it[1].key not in taken and not it[0]}
        known = {**own, **{prop: it for prop, it in outer.items() if prop not in own}}
        data: dict[str, Any] = {"id": self.name(iri)}
        self.inside.append(iri)
        stated = dict(self.about[iri])
        types = self._types(stated, own)
        if types:
            data["@type"] = types if len(types) > 1 else types[0]
        for prop in [*(prop for prop in known if prop in stated), *sorted(stated.keys() - known)]:
            if values := stated[prop]:
                self._put(data, prop, values, known)
        self.inside.pop()
        return data

    def _types(self, stated: dict[str, list[Value]], own: Mapping[str, Key]) -> list[str]:
        """Return the classes of a node, and leave in `stated` those that a key has a word for."""
        prop = context.expand("rdf:type")
        words = own[prop][1].choices.values() if prop in own else ()
        values = stated.get(prop, [])
        stated[prop] = [value for value in values if _is_iri(value) and value.value in words]
        others = [value for value in values if value not in stated[prop]]
        if any(_is_literal(value) for value in others):
            raise UnrepresentableError("JSON-LD has no text as a class; use Turtle")
        return [self.term(str(value).strip("<>")) for value in others]

    def _put(
        self, data: dict[str, Any], prop: str, values: list[Value], known: Mapping[str, Key]
    ) -> None:
        group, term = known.get(prop, ("", None))
        written = self._values(values, term, known) if term else None
        if term is None or written is None:
            everything = [self._plain(value) for value in values]
            data[self.term(prop)] = everything if len(everything) > 1 else everything[0]
        else:
            place = data.setdefault(group, {}) if group else data
            place[term.key] = written

    def _values(self, values: list[Value], term: Term, known: Mapping[str, Key]) -> Any:
        """Return the value of a key; None where the key cannot hold it."""
        if term.kind is Kind.LANGUAGES:
            return _by_language(values, is_plural=term.is_plural)
        if term.is_list:
            return self._list(values, term)
        if term.kind is Kind.NODE:
            values = sorted(values, key=lambda each: iris.numeric_order(str(each).strip("<>")))
            found = [self._part(value, term, known) for value in values]
        else:
            found = [self._value(value, term) for value in values]
            found.sort(key=_order)
        return found if term.is_plural or len(found) > 1 else found[0]

    def _part(self, value: Value, term: Term, known: Mapping[str, Key]) -> Any:
        if _is_iri(value) and value.value not in self.inside and self.about[value.value]:
            return self.node(value.value, term, known)
        return self._explicit(value)

    def _list(self, values: list[Value], term: Term) -> list[Any] | None:
        """Return the items of the one list that there is, made as records make it; else None."""
        first, rest = context.expand("rdf:first"), context.expand("rdf:rest")
        cell, found, seen = values[0], list[Any](), set[str]()
        while len(values) == 1 and _is_iri(cell) and cell.value not in seen:
            if cell.value == context.expand("rdf:nil"):
                return found
            seen.add(cell.value)
            stated = self.about[cell.value]
            if set(stated) != {first, rest} or any(len(each) > 1 for each in stated.values()):
                return None
            found.append(self._value(stated[first][0], term))
            cell = stated[rest][0]
        return None

    def _value(self, value: Value, term: Term) -> Any:
        """Return a value as its key writes it, or in full where it is of another kind."""
        if _is_iri(value):
            return self._named(value.value, term) or self._explicit(value)
        fits = _is_literal(value) and _fits(value, term)
        return _native(value, term.kind) if fits else self._explicit(value)

    def _named(self, iri: str, term: Term) -> str:
        """Return the word, slug or name that a key has for an IRI; nothing where it has none."""
        if term.kind is Kind.CHOICE:
            return {each: word for word, each in term.choices.items()}.get(iri, "")
        if term.kind is Kind.CONCEPT:
            slug = iri.removeprefix(term.namespace)
            is_slug = slug != iri and SIMPLE.fullmatch(slug) and slug not in _words()
            return slug if is_slug else self.term(iri)
        return self.name(iri) if term.kind in (Kind.REFERENCE, Kind.ADDRESS, Kind.NODE) else ""

    def _plain(self, value: Value) -> Any:
        """Return a value of a property that has no key, as JSON where that says it all."""
        if _is_literal(value):
            for kind in (Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN):
                if _fits(value, Term("", kind)):
                    return _native(value, kind)
        return self._explicit(value)

    def _explicit(self, value: Value) -> Any:
        """Return a value in a form that needs no key to be understood."""
        if _is_iri(value):
            return {"id": self.name(value.value)}
        if not _is_literal(value):
            if str(value).startswith("_:"):
                return {"id": str(value)}
            raise UnrepresentableError("JSON-LD has no statement about a statement; use Turtle")
        if value.language:
            side = {"@direction": str(value.direction)} if value.direction else {}
            return {"@value": value.value, "@language": value.language, **side}
        datatype = value.datatype.value
        if datatype == context.expand("xsd:string"):
            return {"@value": value.value}
        return {"@value": value.value, "@type": self.term(datatype)}

    def name(self, iri: str) -> str:
        """Return the IRI of a node, in full but for an arm of the study.

        Raises:
            UnrepresentableError: it reads like a CURIE of ours.
        """
        scheme, _, rest = iri.partition(":")
        if scheme in _words() and not rest.startswith("//"):
            raise UnrepresentableError(f"<{iri}> reads like a name of ours; use Turtle")
        short = iri.removeprefix(self.base) if self.base else iri
        return short if short != iri and SIMPLE.fullmatch(short) else iri

    def term(self, iri: str) -> str:
        """Return a property, a class or a datatype as CURIE where its prefix names no nodes.

        Keys such as `publication` hide the prefixes of nodes, not those of vocabularies.
        """
        found = context.curie(iri) or ""
        prefix = found.partition(":")[0]
        is_term = prefix == "mn" or not context.prefixes().get(prefix, iri).startswith(
            context.bases()
        )
        return found if found and is_term else self.name(iri)


def _flat(terms: Mapping[str, Term]) -> Iterator[Key]:
    """Yield the keys of a node, each with the group that it stands in."""
    for key, term in terms.items():
        if term.kind is Kind.GROUP:
            yield from ((key, inner) for inner in term.terms.values())
        elif term.kind is not Kind.IDENTIFIER:
            yield "", term


@cache
def _words() -> frozenset[str]:
    """Return each key and word of the contexts, which no slug is written like."""

    def names(node: Any) -> Iterator[str]:
        for name, value in node.items() if isinstance(node, dict) else ():
            yield name
            yield from names(value)

    parts = (part for name in contexts.NAMES for part in contexts.content(name))
    return frozenset(name for part in parts for name in names(part))


def _fits(value: ox.Literal, term: Term) -> bool:
    """Return whether a key says all but the text of a literal: its datatype and its language."""
    if term.kind is Kind.TEXT:
        kind = "rdf:langString" if term.language else "xsd:string"
        return (
            value.datatype.value == context.expand(kind) and (value.language or "") == term.language
        )
    if term.kind not in keys.DATATYPES.values() or value.datatype.value != keys.datatype(term.kind):
        return False
    return term.kind not in NATIVE or bool(NATIVE[term.kind].fullmatch(value.value))


def _native(value: Value, kind: Kind) -> Any:
    """Return a literal as JSON has it: a number, a boolean or text."""
    text = value.value if _is_literal(value) else str(value)
    return json.loads(text) if kind in NATIVE else text


def _by_language(values: Iterable[Value], *, is_plural: bool) -> dict[str, Any] | None:
    """Return texts by language; None where one has no language."""
    found: dict[str, list[str]] = {}
    for value in values:
        if not _is_literal(value) or not value.language or value.direction:
            return None
        found.setdefault(value.language, []).append(value.value)
    for texts in found.values():
        texts.sort()
    return {
        language: texts if is_plural or len(texts) > 1 else texts[0]
        for language, texts in sorted(found.items())
    }


def _order(value: Any) -> tuple[int, float, str]:
    """Return the sort key of values: numbers first, by their size, then text."""
    if isinstance(value, dict):
        return 2, 0, json.dumps(value, sort_keys=True)
    if isinstance(value, str):
        try:
            return 0, float(value), value
        except ValueError:
            return 1, 0, value
    return 0, float(value), ""


def _is_iri(value: object) -> TypeGuard[ox.NamedNode]:
    import pyoxigraph as ox

    return isinstance(value, ox.NamedNode)


def _is_literal(value: object) -> TypeGuard[ox.Literal]:
    import pyoxigraph as ox

    return isinstance(value, ox.Literal)
