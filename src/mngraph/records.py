"""Study records: YAML checked against the context, read as JSON-LD into quads, and back.

The context is closed: a key that it does not name, a concept that no vocabulary has, a value of
another type is an error with file and line, never dropped. No key of a record is named here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import context, yamlfile
from mngraph.errors import RecordError
from mngraph.nearest import nearest

if TYPE_CHECKING:
    from pyoxigraph import NamedNode, Quad

Place = tuple[str | int, ...]
Known = Mapping[str, frozenset[str]]

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
IRI = re.compile(r'https?://[^\s<>"{}|\\^`\x00-\x20]+')
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "xsd:integer": ((int,), "a whole number"),
    "xsd:decimal": ((int, float), "a number"),
    "xsd:boolean": ((bool,), "true or false"),
    "xsd:date": ((str,), "a date like 2026-11-22 in quotes"),
}


@dataclass
class Record:
    """One study record: where it was read, its data, its lines, and what is wrong with it."""

    path: Path
    data: dict[str, Any]
    lines: yamlfile.Lines
    problems: list[RecordError] = field(default_factory=list)
    jsonld: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The study's key."""
        return str(self.data.get("id", ""))

    @property
    def graph(self) -> str:
        """The IRI of the named graph that holds this record's quads."""
        return f"{context.BASE}graph/study/{self.id}"

    def line(self, iri: str, predicate: str | None = None) -> int:
        """Return the line of a node of this record, or of one of its properties."""
        place = self.places.get(iri, ())
        if predicate:
            for key, term in _scope(place).items():
                if _property(term) == predicate:
                    for found in ((*place, key), (*place, _nest(term), key)):
                        if found in self.lines:
                            return self.lines[found]
        return self.lines.get(place, 1)


def read_record(path: str | Path, known: Known) -> Record:
    """Read one record and check it against the context; problems are in `record.problems`.

    Args:
        path: a YAML file.
        known: for each concept namespace, the slugs that exist.

    Raises:
        RecordError: the file cannot be read at all (see `yamlfile.read_yaml`).
    """
    data, lines = yamlfile.read_yaml(path)
    return check_record(data, lines, Path(path), known)


def check_record(data: Any, lines: yamlfile.Lines, path: Path, known: Known) -> Record:
    """Check parsed data; return the record with its JSON-LD form and its problems."""
    if not isinstance(data, dict):
        raise RecordError(path, 1, "a record is a mapping of keys to values")
    record = Record(path, data, lines)
    _Reading(record, known).run()
    return record


def record_quads(record: Record) -> list[Quad]:
    """Return the quads of a record that has no problems, all in its own named graph.

    The cells of lists, blank in JSON-LD, get IRIs under the node that holds the list.
    """
    import pyoxigraph as ox

    document = {"@context": context.document()["@context"], **record.jsonld}
    graph = ox.NamedNode(record.graph)
    triples = [
        ox.Triple(quad.subject, quad.predicate, quad.object)
        for quad in ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD)
    ]
    names = dict(_cell_names(triples))
    return [
        ox.Quad(names.get(s, s), p, names.get(o, o), graph)
        for s, p, o in ((t.subject, t.predicate, t.object) for t in triples)
    ]


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
    return _node_data(about, study, ())


# --- from data to JSON-LD -------------------------------------------------------------------


class _Reading:
    """One walk through a record: checks each value and builds the JSON-LD beside it."""

    def __init__(self, record: Record, known: Known) -> None:
        self.record, self.known = record, known
        self.wanted: list[tuple[Place, str, str]] = []

    def run(self) -> None:
        self.record.jsonld = self._node(self.record.data, (), 0)
        for place, value, iri in self.wanted:
            if f"/study/{self.record.id}/" in iri and iri not in self.record.places:
                names = [i.rpartition("/")[2] for i in self.record.places if _alike(i, iri)]
                self._problem(place, f"`{value}` is not defined in this record", value, names)

    def _problem(
        self, place: Place, reason: str, value: str = "", among: Iterable[str] = ()
    ) -> None:
        allowed = sorted(among)
        if near := nearest(value, allowed, 50):
            reason += f"; did you mean `{near}`?"
        elif allowed and len(allowed) <= 40:
            reason += f"; allowed: {', '.join(allowed)}"
        while place and place not in self.record.lines:
            place = place[:-1]
        line = self.record.lines.get(place, 1)
        self.record.problems.append(RecordError(self.record.path, line, reason))

    def _node(self, data: dict[str, Any], place: Place, n: int) -> dict[str, Any]:
        rule = context.document()["nodes"][_path(place)]
        own = data.get("id", "")
        if "{id}" in rule["iri"] and not (isinstance(own, str) and ID.fullmatch(own)):
            self._problem(
                (*place, "id"), f"`id` must be letters, digits, dots and hyphens, not {own!r}"
            )
        iri = context.BASE + rule["iri"].format(id=own, n=n, study=self.record.id)
        if iri in self.record.places:
            self._problem((*place, "id"), f"the id `{own}` stands twice")
        self.record.places[iri] = place
        node: dict[str, Any] = {"@id": iri, "@type": rule["type"]}
        self._fill(node, data, _scope(place), place, None)
        return node

    def _fill(
        self, node: dict[str, Any], data: dict[str, Any], scope: dict[str, Any], place: Place,
        nest: str | None,
    ) -> None:  # fmt: skip
        fitting = {key: t for key, t in scope.items() if (_nest(t) or None) == nest}
        for key, value in data.items():
            where = (*place, key)
            term = fitting.get(key)
            if term == "@id" or (key == "id" and "{id}" in _rule(place)):
                continue
            if term is None:
                self._problem(where, f"unknown key `{key}`", key, fitting)
            elif term == "@nest":
                if isinstance(value, dict) and value:
                    node[key] = {}
                    self._fill(node[key], value, scope, where, key)
                else:
                    self._problem(where, f"`{key}` expects keys and values")
            else:
                node[key] = self._values(term, key, value, where)

    def _values(self, term: Any, key: str, value: Any, place: Place) -> Any:
        if value is None or value == [] or value == {}:
            self._problem(
                place, f"`{key}` is empty; leave the key out when there is nothing to say"
            )
            return None
        container = term.get("@container") if isinstance(term, dict) else None
        if container and not isinstance(value, list):
            self._problem(place, f"`{key}` expects a list, like [{value}]")
            return None
        if not isinstance(value, list):
            return self._value(term, key, value, place, 1)
        if not container and len(value) == 1:
            self._problem(place, f"`{key}` has one value: write it without the brackets")
        if container != "@list" and len({json.dumps(v, sort_keys=True) for v in value}) < len(
            value
        ):
            self._problem(place, f"`{key}` has a value twice")
        return [self._value(term, key, item, (*place, n), n + 1) for n, item in enumerate(value)]

    def _value(self, term: Any, key: str, value: Any, place: Place, n: int) -> Any:
        kind = term.get("@type") if isinstance(term, dict) else None
        if _path(place) in context.document()["nodes"]:
            if isinstance(value, dict):
                return self._node(value, place, n)
            self._problem(place, f"`{key}` expects keys and values, not {_shown(value)}")
        elif kind in TYPES:
            return self._typed(kind, key, value, place)
        elif not isinstance(value, str) or not value:
            self._problem(place, f"`{key}` expects text, not {_shown(value)}")
        elif bad := FORBIDDEN.search(value):
            self._problem(place, f"`{key}` has the control character U+{ord(bad.group()):04X}")
        elif kind == "@vocab":
            return self._concept(term["@context"], key, value, place)
        elif kind == "@id":
            return self._reference(key, value, place)
        else:
            return value
        return None

    def _typed(self, kind: str, key: str, value: Any, place: Place) -> Any:
        types, name = TYPES[kind]
        right = isinstance(value, types) and (kind == "xsd:boolean" or not isinstance(value, bool))
        if not right or (kind == "xsd:date" and not DATE.fullmatch(value)):
            self._problem(place, f"`{key}` expects {name}, not {_shown(value)}")
            return None
        if kind == "xsd:decimal":  # Oxigraph's JSON-LD reader makes "1.5E0" of the number 1.5
            return format(Decimal(repr(value)), "f")
        return value

    def _concept(self, scope: dict[str, Any], key: str, value: str, place: Place) -> Any:
        namespace = scope.get("@vocab", "")
        allowed = self.known.get(namespace, frozenset()) if namespace else scope.keys()
        if value not in allowed:
            self._problem(place, f"unknown {key} `{value}`", value, allowed)
        return value

    def _reference(self, key: str, value: str, place: Place) -> Any:
        template = context.document()["references"].get(_path(place))
        if template is None:
            if not IRI.fullmatch(value):
                self._problem(place, f"`{key}` expects a web address, not {_shown(value)}")
            return value
        if not ID.fullmatch(value):
            self._problem(place, f"`{key}` expects an id, not {_shown(value)}")
        iri = context.BASE + template.format(id=value, study=self.record.id)
        self.wanted.append((place, value, iri))
        return iri


def _shown(value: Any) -> str:
    return repr(value) if len(repr(value)) < 60 else repr(value)[:57] + "..."


# --- from quads to data ---------------------------------------------------------------------


def _cell_names(triples: Iterable[Any]) -> Iterator[tuple[Any, NamedNode]]:
    """Yield an IRI for each blank list cell: the holder's IRI, the property's name, a number."""
    import pyoxigraph as ox

    rest = ox.NamedNode(context.expand("rdf:rest"))
    following = {t.subject: t.object for t in triples if t.predicate == rest}
    for triple in triples:
        if isinstance(triple.object, ox.BlankNode) and isinstance(triple.subject, ox.NamedNode):
            name = re.split("[/#]", triple.predicate.value)[-1]
            cell, n = triple.object, 1
            while isinstance(cell, ox.BlankNode):
                yield cell, ox.NamedNode(f"{triple.subject.value}/{name}/{n}")
                cell, n = following[cell], n + 1


About = dict[str, dict[str, list[Any]]]


def _node_data(about: About, iri: str, place: Place) -> dict[str, Any]:
    """Return the data of one node; keys come in the order of the context."""
    data: dict[str, Any] = {}
    rule = context.document()["nodes"][_path(place)]["iri"]
    if "{id}" in rule:
        data["id"] = iri.rpartition("/")[2]
    for key, term in _scope(place).items():
        prop = _property(term) if term != "@nest" else ""
        values = _data_values(about, about.get(iri, {}).get(prop, []), term, (*place, key))
        if values:
            single = len(values) == 1 and not (isinstance(term, dict) and "@container" in term)
            holder = data.setdefault(_nest(term), {}) if _nest(term) else data
            holder[key] = values[0] if single else values
    return data


def _data_values(about: About, objects: list[Any], term: Any, place: Place) -> list[Any]:
    term = term if isinstance(term, dict) else {}
    path, document = _path(place), context.document()
    if path in document["nodes"]:
        iris = sorted((o.value for o in objects), key=_numbered)
        return [_node_data(about, iri, place) for iri in iris]
    if term.get("@container") == "@list":
        return [item for head in objects for item in _list_items(about, head.value)]
    if path in document["references"]:
        values = [o.value.rpartition("/")[2] for o in objects]
    elif term.get("@type") == "@vocab":
        values = [v for o in objects for v in _vocabulary_value(term["@context"], o.value)]
    else:
        values = [_plain(o, term.get("@type")) for o in objects]
    return sorted(values)


def _vocabulary_value(scope: dict[str, Any], iri: str) -> list[str]:
    namespace = scope.get("@vocab")
    if namespace:
        return [iri.removeprefix(namespace)]
    return [name for name, curie in scope.items() if context.expand(curie) == iri]


def _list_items(about: About, cell: str) -> Iterator[Any]:
    while cell in about:
        yield about[cell][context.expand("rdf:first")][0].value
        cell = about[cell][context.expand("rdf:rest")][0].value


def _plain(term: Any, kind: str | None) -> Any:
    if kind == "xsd:integer":
        return int(term.value)
    if kind == "xsd:boolean":
        return term.value in ("true", "1")
    if kind == "xsd:decimal":
        number = Decimal(term.value)
        return int(number) if number == number.to_integral_value() else float(number)
    return term.value


def _numbered(iri: str) -> tuple[int, str]:
    last = iri.rpartition("/")[2]
    return (int(last), "") if last.isdecimal() else (0, last)


# --- what the context says ------------------------------------------------------------------


def _path(place: Place) -> str:
    return "/".join(str(step) for step in place if isinstance(step, str))


def _rule(place: Place) -> str:
    rule = context.document()["nodes"].get(_path(place))
    return str(rule["iri"]) if rule else ""


def _scope(place: Place) -> dict[str, Any]:
    """Return the terms that may stand in the node at `place`."""
    scope: dict[str, Any] = context.document()["@context"][1]
    for step in _path(place).split("/") if place else []:
        inner = scope.get(step)
        if isinstance(inner, dict) and "@context" in inner:
            scope = inner["@context"]
    return scope


def _nest(term: Any) -> str:
    return str(term.get("@nest", "")) if isinstance(term, dict) else ""


def _property(term: Any) -> str:
    curie = term["@id"] if isinstance(term, dict) else term
    return "" if curie.startswith("@") else context.expand(curie)


def _alike(one: str, other: str) -> bool:
    return one.rpartition("/")[0] == other.rpartition("/")[0]
