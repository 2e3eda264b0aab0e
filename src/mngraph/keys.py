"""The keys of records, as the contexts of ontology/ define them.

Study records have those of context.jsonld, packs those of pack.jsonld, concepts those of
concept.jsonld, appraisals those of appraisal.jsonld, candidates those of candidate.jsonld; claims,
which nobody writes by hand, are shown with those of claim.jsonld. They are parsed into a tree of
`Term` objects, so that the code that reads records asks what a key means and never looks at
JSON-LD.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from mngraph.context import document, expand


class Kind(enum.Enum):
    """What the value of a key is."""

    IDENTIFIER = "the name of the node itself"
    GROUP = "keys that belong to the node around them"
    NODE = "a node with keys of its own"
    CONCEPT = "a concept of a vocabulary, by its slug"
    CHOICE = "one of a closed list of words"
    LANGUAGES = "text, or texts by language, like {en: scar, de: Narbe}"
    REFERENCE = "another node, by its id"
    ADDRESS = "a web address"
    TEXT = "text"
    INTEGER = "a whole number"
    DECIMAL = "a number"
    BOOLEAN = "true or false"
    DATE = "a date like 2026-11-22 in quotes"


DATATYPES = {
    "xsd:integer": Kind.INTEGER, "xsd:decimal": Kind.DECIMAL, "xsd:boolean": Kind.BOOLEAN,
    "xsd:date": Kind.DATE,
}  # fmt: skip


@dataclass(frozen=True)
class Term:
    """One key of a record: what it means, and what its value may be.

    Attributes:
        key: the key as records spell it; empty for the record itself.
        kind: what a value is.
        predicate: IRI of the property; empty for the record itself, an `id` and a group.
        is_list: whether values keep their order.
        is_plural: whether the value is written as a list, also where there is one.
        language: the language of a text, or nothing.
        namespace: of a concept: where its IRI begins.
        choices: of a choice: the IRI of each word.
        iri: of a node and a reference: how its IRI is made, after `BASE`, of `{id}` (its id),
            `{n}` (its place in the list), `{study}` (the study's id) and `{record}` (the id of
            the record).
        type: of a node: its class, as a CURIE.
        terms: of a node and a group: the keys that may stand in it, in their order.
        needs: of a node: the keys that must have a value in it.
    """

    key: str
    kind: Kind
    predicate: str = ""
    is_list: bool = False
    is_plural: bool = False
    language: str = ""
    namespace: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    iri: str = ""
    type: str = ""
    terms: Mapping[str, Term] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    @property
    def has_id(self) -> bool:
        """Whether records name a node of this kind by `id`."""
        return self.kind is Kind.NODE and "{id}" in self.iri


@cache
def record() -> Term:
    """Return the record as a term: a node whose `terms` are the keys of a study record.

    >>> record().terms["arms"].terms["sessions"].kind.value
    'a whole number'
    >>> record().terms["outcomes"].terms["effect"].terms["value"].predicate
    'https://w3id.org/mngraph/ontology#effectValue'
    """
    return _root("context", "")


@cache
def pack() -> Term:
    """Return the description of a pack as a term.

    >>> pack().terms["roots"].predicate
    'https://w3id.org/mngraph/ontology#rootProcedure'
    """
    return _root("pack", "")


@cache
def concept(kind: str) -> Term:
    """Return a concept of a kind as a term.

    >>> concept("event").type, concept("event").terms["label"].kind.name
    ('mn:AdverseEvent', 'LANGUAGES')
    """
    return _root("concept", kind)


@cache
def claim() -> Term:
    """Return a claim, with its evidence lines and syntheses, as a term.

    >>> claim().terms["evidence_lines"].terms["stance"].kind.name
    'CHOICE'
    """
    return _root("claim", "")


@cache
def described_concept() -> Term:
    """Return a concept as a term, with what the graph states of it and no file of concepts does.

    >>> set(described_concept().terms) - set(concept("indication").terms) >= {"exact_match"}
    True
    """
    source = {**document("concept"), "derived": ()}
    return _node(source, "", "indication", "", source["@context"][1], is_plural=False)


@cache
def appraisal(kind: str = "") -> Term:
    """Return an appraisal as a term; the words for tools and judgments are not in it.

    Args:
        kind: nothing for one of a study, `grade` for one of the certainty of a claim.

    >>> appraisal().terms["domains"].needs
    ('domain', 'judgement', 'reason')
    >>> "study" in appraisal("grade").terms, appraisal("grade").type
    (False, 'mn:CertaintyAppraisal')
    """
    return _root("appraisal", kind)


@cache
def candidate() -> Term:
    """Return a candidate as a term: a draft study record with the facts it is made of.

    It has the keys of a study record; the nodes of its draft get IRIs of its own, so that nothing
    in it passes as a study.

    >>> sorted(set(record().terms) - set(candidate().terms))
    []
    >>> candidate().terms["arms"].iri, candidate().terms["facts"].needs
    ('candidate/{study}/arm/{id}', ('field', 'value'))
    """
    root, study = _root("candidate", ""), record().terms
    draft = {name: _drafted(term) for name, term in study.items()}
    for name, curie in document("candidate")["instead"].items():
        draft[name] = replace(draft[name], predicate=expand(curie))
    return replace(root, terms={**draft, **root.terms})


def _drafted(term: Term) -> Term:
    """Return a key of a study record as one of a draft of it."""
    iri = re.sub("^study/", "candidate/", term.iri) if "{study}" in term.iri else term.iri
    inner = {name: _drafted(each) for name, each in term.terms.items()}
    return replace(term, iri=iri, terms=inner)


def _root(name: str, path: str) -> Term:
    """Return the term of the nodes that a file of ontology/ is about."""
    source = document(name)
    return _node(source, "", path, "", source["@context"][1], is_plural=False)


def _node(
    source: Mapping[str, Any], key: str, path: str, prop: str, scope: Mapping[str, Any],
    *, is_plural: bool,
) -> Term:  # fmt: skip
    """Return a node's term; keys that the context nests come under the key of their group.

    A node without a context of its own has the keys of the node around it, as in JSON-LD.
    """
    rule = source["nodes"][path]
    named = {"id": Term("id", Kind.IDENTIFIER)} if "{id}" in rule["iri"] else {}
    flat = {
        name: (_term(source, name, f"{path}/{name}".strip("/"), raw, scope), raw.get("@nest", ""))
        for name, given in scope.items()
        if name not in rule.get("without", ())
        and name not in source.get("derived", ())
        and given != "@id"
        and (raw := given if isinstance(given, dict) else {"@id": given})
    }
    inner: dict[str, dict[str, Term]] = {}
    for name, (term, group) in flat.items():
        inner.setdefault(group, {})[name] = term
    terms = {
        name: Term(name, Kind.GROUP, terms=inner[name]) if term.kind is Kind.GROUP else term
        for name, term in inner.get("", {}).items()
    }
    return Term(
        key, Kind.NODE, prop, is_plural=is_plural, iri=rule["iri"], type=rule["type"],
        terms=named | terms, needs=tuple(rule.get("needs", ())),
    )  # fmt: skip


def _term(
    source: Mapping[str, Any], key: str, path: str, raw: Mapping[str, Any],
    around: Mapping[str, Any],
) -> Term:  # fmt: skip
    if raw["@id"] == "@nest":
        return Term(key, Kind.GROUP)
    prop, kind, container = expand(raw["@id"]), raw.get("@type", ""), raw.get("@container", "")
    scope = raw.get("@context", {})
    is_list, is_plural = container == "@list", bool(container) and container != "@language"
    if path in source["nodes"]:
        return _node(source, key, path, prop, scope or around, is_plural=is_plural)
    if "@language" in container:
        return Term(key, Kind.LANGUAGES, prop, is_plural=is_plural)
    if kind in DATATYPES:
        return Term(key, DATATYPES[kind], prop, is_list, is_plural)
    if kind == "@vocab" and "@vocab" in scope:
        return Term(key, Kind.CONCEPT, prop, is_list, is_plural, namespace=scope["@vocab"])
    if kind == "@vocab":
        choices = {word: expand(curie) for word, curie in scope.items()}
        return Term(key, Kind.CHOICE, prop, is_list, is_plural, choices=choices)
    if kind == "@id":
        iri = source["references"].get(path, "")
        named = Kind.REFERENCE if iri else Kind.ADDRESS
        return Term(key, named, prop, is_list, is_plural, iri=iri)
    return Term(key, Kind.TEXT, prop, is_list, is_plural, raw.get("@language", ""))


@cache
def datatype(kind: Kind) -> str:
    """Return the IRI of the datatype that values of a kind have.

    Raises:
        KeyError: they have none.

    >>> datatype(Kind.DATE)
    'http://www.w3.org/2001/XMLSchema#date'
    """
    return expand({kind: curie for curie, kind in DATATYPES.items()}[kind])
