"""Records: YAML checked against a context, and read as JSON-LD into quads.

Study records come first; packs, their concepts and appraisals are read in the same way.

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

from mngraph import context, iris, keys, slugs, yamlfile
from mngraph.errors import RecordError
from mngraph.expanding import expanded
from mngraph.keys import Kind, Term
from mngraph.nearest import tied
from mngraph.wording import alternatives

if TYPE_CHECKING:
    from pyoxigraph import NamedNode, Quad

KeyPath = tuple[str | int, ...]
"""The way from a record to a value: keys, and numbers in lists."""
Known = Mapping[str, Mapping[str, str]]
"""For each namespace of concepts, the IRI that each slug stands for."""

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
    "\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\U000e0000-\U000e007f]"  # direction, unseen tags
)
"""What no text of a record may hold: it would steer a terminal or hide what a text says."""
IRI = re.compile(r'https?://[^\s<>"{}|\\^`\x00-\x20]+')
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
LARGEST = 2**63 - 1
"""The largest whole number that the graph's engine computes with."""
MOST_DIGITS = 18
"""How many digits after the point the graph's engine computes with."""

TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.INTEGER: (int,), Kind.DECIMAL: (int, float), Kind.BOOLEAN: (bool,), Kind.DATE: (str,),
}  # fmt: skip


@dataclass
class Record:
    """One study record: where it was read, its data, and what is wrong with it.

    Attributes:
        path: the file.
        data: its content.
        lines: the line of each value.
        pack: the name of the pack whose study it is; empty for those of `context.BASE`.
        term: what its keys mean; a study by default.
        problems: what is wrong with it.
        jsonld: the same as JSON-LD, without the context.
        nodes: for the IRI of each of its nodes, where it stands and which term describes it.
    """

    path: Path
    data: dict[str, Any]
    lines: yamlfile.Lines
    pack: str = ""
    term: Term = field(default_factory=keys.record, repr=False)
    problems: list[RecordError] = field(default_factory=list)
    jsonld: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, tuple[KeyPath, Term]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """What the record calls itself."""
        return str(self.data.get("id", ""))

    @property
    def study(self) -> str:
        """The id of the study or the claim that it is about: its own, but for an appraisal."""
        about = next((key for key in ("study", "claim") if key in self.term.terms), "id")
        return str(self.data.get(about, ""))

    @property
    def key(self) -> str:
        """The study's key; see `iris.study_key`."""
        return f"{self.pack}:{self.study}" if self.pack else self.study

    @property
    def base(self) -> str:
        """What the IRIs of its nodes begin with."""
        return context.prefixes()[self.pack] if self.pack else context.BASE

    @property
    def graph(self) -> str:
        """The IRI of the named graph that holds this record's quads: for an appraisal, its own."""
        is_study = self.term.type == keys.record().type
        return iris.study_graph(self.key) if is_study else str(self.jsonld["@id"])

    def line(self, iri: str, predicate: str | None = None) -> int:
        """Return the line of a node of this record, or of one of its properties."""
        where, node = self.nodes.get(iri, ((), self.term))
        for found in _key_paths(node, predicate) if predicate else ():
            if (*where, *found) in self.lines:
                return self.lines[*where, *found]
        return self.lines.get(where, 1)


def read_record(path: str | Path, known: Known, pack: str = "") -> Record:
    """Read one record and check it against the context; problems are in `record.problems`.

    Args:
        path: a YAML file.
        known: for each concept namespace, the slugs that exist.
        pack: the name of a declared pack (`context.declare`) whose study it is.

    Raises:
        RecordError: the file cannot be read at all (see `yamlfile.read_yaml`).
    """
    data, lines = yamlfile.read_yaml(path)
    return check_record(data, lines, Path(path), known, pack)


def check_record(
    data: Any, lines: yamlfile.Lines, path: Path, known: Known, pack: str = "",
    term: Term | None = None,
) -> Record:  # fmt: skip
    """Check parsed data; return the record with its JSON-LD form and its problems.

    Args:
        data: the data.
        lines: the line of each of its values.
        path: the file that it comes from.
        known: for each concept namespace, the slugs that exist.
        pack: the name of a declared pack (`context.declare`) to which its nodes belong.
        term: what its keys mean; by default it is a study.
    """
    if not isinstance(data, dict):
        raise RecordError(path, lines.get((), 1), "a record is a mapping of keys to values")
    record = Record(path, data, lines, pack, term or keys.record())
    _Reading(record, known).run()
    return record


def is_candidate(data: object) -> bool:
    """Return whether the content of a YAML file is that of a candidate, and not of a record.

    >>> is_candidate({"id": "pmid-1", "status": "candidate"}), is_candidate({"id": "pmid-1"})
    (True, False)
    """
    return isinstance(data, dict) and "status" in data


def record_quads(*records: Record) -> list[Quad]:
    """Return the quads of records that have no problems, each in its own named graph.

    The cells of lists, blank in JSON-LD, get IRIs under the node that holds the list. The reader
    gets the expanded form: it would apply the context of each key anew to each value.
    """
    import pyoxigraph as ox

    graphs = [
        {"@id": record.graph, "@graph": [expanded(record.jsonld, record.term.terms)]}
        for record in records
    ]
    quads = list(ox.parse(json.dumps(graphs), format=ox.RdfFormat.JSON_LD))
    names = dict(_cell_names(quads))
    return [
        ox.Quad(names.get(s, s), p, names.get(o, o), graph)
        for s, p, o, graph in ((q.subject, q.predicate, q.object, q.graph_name) for q in quads)
    ]


# --- from data to JSON-LD -------------------------------------------------------------------


class _Reading:
    """One walk through a record: checks each value and builds the JSON-LD beside it."""

    def __init__(self, record: Record, known: Known) -> None:
        self.record, self.known = record, known
        self.wanted: list[tuple[KeyPath, str, str]] = []

    def run(self) -> None:
        self.record.jsonld = self._node(self.record.term, self.record.data, (), 0)
        own = self._iri(self.record.term, self.record.id) + "/"
        for where, value, iri in self.wanted:
            if iri.startswith(own) and iri not in self.record.nodes:
                like = iri.rpartition("/")[0]
                ids = [i.rpartition("/")[2] for i in self.record.nodes if i.startswith(f"{like}/")]
                self._problem(where, f"`{value}` is not defined in this record", value, ids)

    def _problem(
        self, where: KeyPath, reason: str, value: str = "", among: Iterable[str] = ()
    ) -> None:
        allowed = sorted(among)
        if near := tied(value, allowed, 60):
            reason += f"; did you mean {alternatives(f'`{name}`' for name in near)}?"
        elif allowed and len(allowed) <= 40:
            reason += f"; allowed: {', '.join(allowed)}"
        while where and where not in self.record.lines:
            where = where[:-1]
        line = self.record.lines.get(where, 1)
        self.record.problems.append(RecordError(self.record.path, line, reason))

    def _node(self, term: Term, data: dict[str, Any], where: KeyPath, n: int) -> dict[str, Any]:
        own = data.get("id", "")
        if term.has_id and not (isinstance(own, str) and ID.fullmatch(own)):
            rule = f"must be letters, digits, dots, hyphens and underscores, not {_shown(own)}"
            self._problem((*where, "id"), f"`id` {rule if 'id' in data else 'is missing'}")
        iri = self._iri(term, own, n)
        if iri in self.record.nodes:
            first = self.record.lines.get(self.record.nodes[iri][0], 1)
            self._problem((*where, "id"), f"duplicate id `{own}`, first used on line {first}")
        self.record.nodes[iri] = where, term
        node: dict[str, Any] = {"@id": iri, "@type": term.type}
        self._fill(node, self._given(term, data, where), term.terms, where)
        return node

    def _iri(self, term: Term, own: object, n: int = 0) -> str:
        """Return the IRI of a node, or of what a reference names."""
        about, record = self.record.study, self.record.id
        named = term.iri.format(id=own, n=n, study=about, record=record)
        return named if "://" in term.iri else self.record.base + named

    def _given(self, term: Term, data: dict[str, Any], where: KeyPath) -> dict[str, Any]:
        """Return data without the needed keys that have no value, which are noted."""
        lacking = [key for key in term.needs if data.get(key) in (None, "", [], {})]
        for key in lacking:
            reason = f"`{key}` is {'empty' if key in data else 'missing'}"
            self._problem((*where, key), reason, "", term.terms[key].choices)
        return {key: value for key, value in data.items() if key not in lacking}

    def _fill(
        self, node: dict[str, Any], data: dict[str, Any], terms: Mapping[str, Term], where: KeyPath
    ) -> None:
        for key, value in data.items():
            term, there = terms.get(key), (*where, key)
            if term is None:
                self._problem(there, f"unknown key `{key}`", key, terms)
            elif term.kind is Kind.GROUP:
                if isinstance(value, dict) and value:
                    node[key] = {}
                    self._fill(node[key], value, term.terms, there)
                else:
                    self._problem(there, f"`{key}` expects keys and values")
            elif term.kind is not Kind.IDENTIFIER:
                node[key] = self._values(term, value, there)

    def _values(self, term: Term, value: Any, where: KeyPath) -> Any:
        key, is_plural = term.key, term.is_plural and term.kind is not Kind.LANGUAGES
        if value is None or value == [] or value == {}:
            self._problem(
                where, f"`{key}` is empty; leave the key out when there is nothing to say"
            )
        elif not isinstance(value, list):
            if not is_plural:
                return self._value(term, value, where, 1)
            self._problem(where, f"`{key}` expects a list, like [{value}]")
        else:
            if not is_plural and len(value) == 1:
                self._problem(where, f"`{key}` has one value: write it without the brackets")
            if not term.is_list and _has_repeats(value):
                self._problem(where, f"`{key}` lists a value more than once")
            return [self._value(term, item, (*where, n), n + 1) for n, item in enumerate(value)]
        return None

    def _value(self, term: Term, value: Any, where: KeyPath, n: int) -> Any:
        if term.kind is Kind.LANGUAGES:
            return self._languages(term, value, where)
        if term.kind is Kind.NODE:
            if isinstance(value, dict):
                return self._node(term, value, where, n)
            self._problem(where, f"`{term.key}` expects keys and values, not {_shown(value)}")
        elif term.kind in TYPES:
            return self._typed(term, value, where)
        elif not self._is_text(term, value, where):
            return None
        elif term.kind in (Kind.CONCEPT, Kind.CHOICE):
            return self._word(term, value, where)
        elif term.kind in (Kind.REFERENCE, Kind.ADDRESS):
            return self._reference(term, value, where)
        else:
            return value
        return None

    def _is_text(self, term: Term, value: Any, where: KeyPath) -> bool:
        """Return whether a value is text without control characters; note it where it is not."""
        if not isinstance(value, str) or not value:
            hint = "; put it in quotes" if isinstance(value, int | float) else ""
            self._problem(where, f"`{term.key}` expects text, not {_shown(value)}{hint}")
        elif bad := FORBIDDEN.search(value):
            code = ord(bad.group())
            self._problem(where, f"`{term.key}` has the control character U+{code:04X}")
        else:
            return True
        return False

    def _languages(self, term: Term, value: Any, where: KeyPath) -> dict[str, list[str]]:
        """Return texts by language; text without one is English."""
        found: dict[str, list[str]] = {}
        for language, given in (value if isinstance(value, dict) else {"en": value}).items():
            there = (*where, language) if isinstance(value, dict) else where
            if not LANGUAGE.fullmatch(str(language)):
                self._problem(there, f"{language!r} is not a language tag; write en, de or pt-BR")
            texts = given if isinstance(given, list) else [given]
            found[language] = [text for text in texts if self._is_text(term, text, there)]
        if "en" not in found:
            self._problem(where, f"`{term.key}` needs English: en")
        return found

    def _typed(self, term: Term, value: Any, where: KeyPath) -> Any:
        """Return a number as text: a JSON number of 1.5 or of 10^23 is read as another number."""
        fits = isinstance(value, TYPES[term.kind])
        if fits and term.kind is not Kind.BOOLEAN:
            fits = not isinstance(value, bool)
        if not fits or (term.kind is Kind.DATE and not DATE.fullmatch(value)):
            expected = f"`{term.key}` expects {term.kind.value}, not {_shown(value)}"
            self._problem(where, expected)
            return None
        if term.kind not in (Kind.INTEGER, Kind.DECIMAL):
            return value
        number = Decimal(repr(value))
        if abs(number) > LARGEST:
            self._problem(where, f"`{term.key}` is larger than {LARGEST:,}: {_shown(value)}")
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > MOST_DIGITS:
            more = f"`{term.key}` has more than {MOST_DIGITS} digits after the point"
            self._problem(where, f"{more}: {_shown(value)}")
        return format(number, "f")

    def _word(self, term: Term, value: str, where: KeyPath) -> str:
        """Return a slug of a vocabulary, or a word of a closed list."""
        allowed = self.known.get(term.namespace, {}) if term.namespace else term.choices
        if value not in allowed:
            reason = f"unknown {term.key} `{value}`"
            if term.namespace:
                self._problem(where, reason + slugs.hint(value, term.namespace, allowed))
            else:
                self._problem(where, reason, value, allowed)
            return value
        iri = allowed[value]
        return iri if term.namespace and iri != term.namespace + value else value

    def _reference(self, term: Term, value: str, where: KeyPath) -> str:
        """Return a web address, or the IRI of another node."""
        if term.kind is Kind.ADDRESS:
            if not IRI.fullmatch(value):
                self._problem(where, f"`{term.key}` {slugs.ADDRESS}, not {_shown(value)}")
            return value
        if not ID.fullmatch(value):
            self._problem(where, f"`{term.key}` expects an id, not {_shown(value)}")
        iri = self._iri(term, value)
        self.wanted.append((where, value, iri))
        return iri


def _shown(value: Any) -> str:
    return repr(value) if len(repr(value)) < 60 else repr(value)[:57] + "..."


def _has_repeats(values: list[Any]) -> bool:
    return len({json.dumps(value, sort_keys=True) for value in values}) < len(values)


def _key_paths(node: Term, predicate: str) -> Iterator[KeyPath]:
    """Yield the keys that a node's term has for a property, with the group around them."""
    for key, term in node.terms.items():
        if term.predicate == predicate:
            yield (key,)
        elif term.kind is Kind.GROUP:
            for inner in _key_paths(term, predicate):
                yield (key, *inner)


# --- from quads to data ---------------------------------------------------------------------


def _cell_names(quads: Iterable[Quad]) -> Iterator[tuple[Any, NamedNode]]:
    """Yield an IRI for each blank list cell: the holder's IRI, the property's name, a number."""
    import pyoxigraph as ox

    rest = ox.NamedNode(context.expand("rdf:rest"))
    following = {quad.subject: quad.object for quad in quads if quad.predicate == rest}
    for quad in quads:
        if isinstance(quad.object, ox.BlankNode) and isinstance(quad.subject, ox.NamedNode):
            name = iris.term_name(quad.predicate.value)
            cell, n = quad.object, 1
            while isinstance(cell, ox.BlankNode):
                yield cell, ox.NamedNode(f"{quad.subject.value}/{name}/{n}")
                cell, n = following[cell], n + 1  # type: ignore[assignment]
