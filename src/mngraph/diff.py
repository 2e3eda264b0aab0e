"""What changed between two graphs: study records, claims and everything else that has a name.

The graphs are read as streams and compared by the thing that a triple speaks of (a study with its
arms and outcomes, a claim with its evidence lines, a concept), each known by one digest; only the
things whose digests differ are read again and compared in full.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from mngraph import context, records, sparql, tables
from mngraph.cohorts import cohorts
from mngraph.store import Store, in_blocks

if TYPE_CHECKING:
    import pyoxigraph as ox

RECORD = re.compile(re.escape(context.BASE) + r"(?:graph/study|study|publication)/([^/]+)")
CLAIM = re.compile(re.escape(context.BASE) + r"claim/[^/]+")
CLAIMS = context.BASE + "graph/claims"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
BLOCK = 500
"""Most claims named in one query."""
Triples = dict[str, dict[str, list[Any]]]


@dataclass(frozen=True)
class Change:
    """One field that differs: where it stands, its value before and after (None: absent)."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Difference:
    """One study record, claim or other resource that was added, removed or changed.

    `kind` is `added`, `removed` or `changed`; `studies` are the records behind a claim's change,
    none where a concept changed and no study.
    """

    iri: str
    label: str
    kind: str
    changes: tuple[Change, ...] = ()
    studies: tuple[str, ...] = ()


@dataclass
class Diff:
    """All that differs between two graphs; `same` when nothing does.

    >>> import mngraph
    >>> found = mngraph.load().diff(mngraph.load())
    >>> found.same, found.to_dict()["records"]
    (True, [])
    >>> print(found.to_text(), end="")
    No difference.
    """

    records: list[Difference] = field(default_factory=list)
    claims: list[Difference] = field(default_factory=list)
    others: list[Difference] = field(default_factory=list)
    unnamed: bool = False

    @property
    def same(self) -> bool:
        """Whether both graphs say the same."""
        return not (self.records or self.claims or self.others or self.unnamed)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"same": self.same, **asdict(self)}

    def to_text(self) -> str:
        """Return the differences as lines of text: `+` added, `-` removed, `~` changed."""
        lines = [
            *_section("Records", self.records),
            *_section("Claims", self.claims),
            *_section("Other resources", self.others),
        ]
        if self.unnamed:
            lines.append("Expressions of the ontology without a name differ.")
        return "\n".join(lines or ["No difference."]) + "\n"


def diff(old: Store, new: Store) -> Diff:
    """Compare two graphs and return what was added, removed and changed.

    Args:
        old: the graph before.
        new: the graph after.

    >>> from mngraph.store import LocalStore
    >>> diff(LocalStore.memory([]), LocalStore.memory([])).same
    True
    """
    digests = [_digests(store) for store in (old, new)]
    units = {
        unit for unit in digests[0].keys() | digests[1].keys()
        if digests[0].get(unit) != digests[1].get(unit)
    }  # fmt: skip
    before, after = _details(old, units), _details(new, units)
    result = Diff(unnamed=_unnamed(old) != _unnamed(new))
    for unit in sorted(units):
        was, now = before.get(unit, {}), after.get(unit, {})
        if was == now:
            continue
        if RECORD.fullmatch(unit):
            result.records += _record(unit, was, now)
        elif not CLAIM.fullmatch(unit):
            result.others += [_resource(unit, was, now)]
    claims = [unit for unit in sorted(units) if CLAIM.fullmatch(unit)]
    claims = [unit for unit in claims if before.get(unit) != after.get(unit)]
    one, other = (Support.read(store, claims) for store in (old, new))
    for unit in claims:
        was, now = before.get(unit, {}), after.get(unit, {})
        result.claims.append(_claim(unit, was, now, _behind(unit, one, other)))
    return result


# --- reading ---------------------------------------------------------------------------------


def _unit(subject: str) -> str:
    """Return the thing that a node belongs to: its study, its claim, or the node itself."""
    if found := RECORD.match(subject):
        return f"{context.BASE}study/{found.group(1)}"
    if found := CLAIM.match(subject):
        return found.group()
    return subject


def _digests(store: Store) -> dict[str, int]:
    """Return one number for each unit that does not depend on the order of its triples."""
    digests: dict[str, int] = {}
    for quad in store.quads():
        if _counts(quad):
            unit = _unit(_iri(quad))
            text = str(quad.triple).encode()
            number = int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "big")
            digests[unit] = digests.get(unit, 0) + number
    return digests


def _details(store: Store, units: set[str]) -> dict[str, Triples]:
    """Return the triples of some units: unit, subject, predicate, sorted objects."""
    details: dict[str, dict[str, dict[str, set[Any]]]] = {}
    for quad in store.quads() if units else ():
        if _counts(quad) and (unit := _unit(_iri(quad))) in units:
            node = details.setdefault(unit, {}).setdefault(_iri(quad), {})
            node.setdefault(quad.predicate.value, set()).add(quad.object)
    return {
        unit: {
            subject: {name: sorted(objects, key=str) for name, objects in sorted(node.items())}
            for subject, node in sorted(nodes.items())
        }
        for unit, nodes in details.items()
    }


def _counts(quad: ox.Quad) -> bool:
    """Tell named triples from those with blank nodes, and facts from what is derived of a study."""
    derived = getattr(quad.graph_name, "value", "") == CLAIMS and RECORD.match(_iri(quad))
    return not _blank(quad) and (not derived or quad.predicate.value == LABEL)


def _iri(quad: ox.Quad) -> str:
    return str(getattr(quad.subject, "value", quad.subject))


def _blank(quad: ox.Quad) -> bool:
    import pyoxigraph as ox

    return isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode)


def _unnamed(store: Store) -> set[str]:
    """Return the triples with blank nodes, named by RDFC-1.0 so that two graphs can be compared."""
    import pyoxigraph as ox

    found = ox.Dataset(
        ox.Quad(q.subject, q.predicate, q.object) for q in store.quads() if _blank(q)
    )
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in found}


# --- comparing -------------------------------------------------------------------------------


def _record(iri: str, was: Triples, now: Triples) -> list[Difference]:
    """Compare two states of a study's record, by the keys of the record."""
    if not (_is_study(was, iri) or _is_study(now, iri)):  # a cited work without a record
        publication = iri.replace("/study/", "/publication/")
        return [_resource(publication, was, now)]
    data = [records.quads_record(_quads(each), iri) if each else None for each in (was, now)]
    if data[0] == data[1]:
        return []
    changes = () if None in data else tuple(_changes(data[0], data[1], ""))
    return [Difference(iri, _label(iri, now) or _label(iri, was), _kind(was, now), changes)]


def _is_study(triples: Triples, iri: str) -> bool:
    types = triples.get(iri, {}).get(context.expand("rdf:type"), [])
    return context.mn("Study") in {each.value for each in types}


def _claim(iri: str, was: Triples, now: Triples, inherited: set[str]) -> Difference:
    """Compare two states of a claim; `inherited` are the studies whose share in it changed."""
    lines = [node for node in was.keys() | now.keys() if was.get(node) != now.get(node)]
    studies = inherited.union(*(_values_of(t, n, "study") for t in (was, now) for n in lines))
    changes = _triple_changes(was, now) if was and now else ()
    label = _label(iri, now) or _label(iri, was)
    return Difference(iri, label, _kind(was, now), tuple(changes), tuple(sorted(studies)))


def _values_of(triples: Triples, node: str, name: str) -> Iterator[str]:
    """Yield the objects of one of our properties at a node."""
    yield from (each.value for each in triples.get(node, {}).get(context.mn(name), []))


def _resource(iri: str, was: Triples, now: Triples) -> Difference:
    """Compare two states of a concept, a term, or whatever else has an IRI."""
    changes = tuple(_triple_changes(was, now)) if was and now else ()
    return Difference(iri, _label(iri, now) or _label(iri, was), _kind(was, now), changes)


def _kind(was: Triples, now: Triples) -> str:
    return "changed" if was and now else "added" if now else "removed"


def _triple_changes(was: Triples, now: Triples) -> Iterator[Change]:
    """Yield what differs, node by node and property by property."""
    root = min([*was, *now], key=len)
    for subject in sorted(was.keys() | now.keys()):
        one, other = was.get(subject, {}), now.get(subject, {})
        place = subject.removeprefix(root).strip("/")
        if not one or not other:
            yield Change(place, _shown(one) or None, _shown(other) or None)
            continue
        for name in sorted(one.keys() | other.keys()):
            gone = [o for o in one.get(name, []) if o not in other.get(name, [])]
            come = [o for o in other.get(name, []) if o not in one.get(name, [])]
            if gone or come:
                path = f"{place} {context.compact(name)}".strip()
                yield Change(path, _values(gone), _values(come))


def _shown(node: dict[str, list[Any]]) -> dict[str, Any]:
    return {context.compact(name): _values(objects) for name, objects in node.items()}


def _values(objects: list[Any]) -> Any:
    values = [tables.term_value(each) for each in objects]
    return values[0] if len(values) == 1 else values or None


def _label(iri: str, triples: Triples) -> str:
    for name in ("rdfs:label", "skos:prefLabel", "dcterms:title"):
        labels = triples.get(iri, {}).get(context.expand(name), [])
        if labels:
            return str(labels[0].value)
    return ""


def _quads(triples: Triples) -> Iterator[ox.Quad]:
    import pyoxigraph as ox

    for subject, node in triples.items():
        for name, objects in node.items():
            for each in objects:
                yield ox.Quad(ox.NamedNode(subject), ox.NamedNode(name), each)


def _changes(was: Any, now: Any, place: str) -> Iterator[Change]:
    """Yield the fields in which two values of a record differ."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in [*was, *(key for key in now if key not in was)]:
            yield from _changes(was.get(key), now.get(key), f"{place}/{key}".strip("/"))
    elif _rows(was) and _rows(now):
        for name, one, other in _paired(was, now):
            yield from _changes(one, other, f"{place}/{name}")
    elif was != now:
        yield Change(place, was, now)


def _rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _paired(was: list[Any], now: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the rows of two lists side by side: by id, else equal rows, else the most alike.

    A row is called by its number in the old list, a new one by its number in the new list (`+3`).
    """
    if all("id" in row for row in was + now):
        one, other = ({row["id"]: row for row in rows} for rows in (was, now))
        keys = [*one, *(key for key in other if key not in one)]
        yield from ((key, one.get(key), other.get(key)) for key in keys)
        return
    left = [(n, row) for n, row in enumerate(was, 1) if row not in now]
    right = [(n, row) for n, row in enumerate(now, 1) if row not in was]
    for n, row in left:
        best = max(right, key=lambda pair: _alike(row, pair[1]), default=None)
        if best and _alike(row, best[1]) * 2 >= len(row):
            right.remove(best)
            yield str(n), row, best[1]
        else:
            yield str(n), row, None
    yield from ((f"+{n}", None, row) for n, row in right)
    if not left and not right and was != now:
        yield "order", {"rows": was}, {"rows": now}


def _alike(one: dict[str, Any], other: dict[str, Any]) -> int:
    return sum(other.get(key) == value for key, value in one.items())


# --- what stands behind a claim --------------------------------------------------------------


@dataclass
class Support:
    """What stands behind some claims in one graph, as the counts of claims take it.

    `at` holds, for each claim, the studies at it and at each narrower claim that it inherits from;
    `shares` what each study counts for: its stances, levels and participants, own and inherited.
    """

    at: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    shares: dict[str, dict[str, set[tuple[str, ...]]]] = field(default_factory=dict)
    links: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    cohort: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, store: Store, claims: list[str]) -> Support:
        """Read what stands behind some claims; nothing is asked when there are none."""
        found, own = cls(), dict[str, tuple[str, ...]]()
        for row in store.select(sparql.internal("counted-studies")) if claims else ():
            study, review = row["study"].value, row["review"].value
            people = row["participants"] if review == "false" else None
            own[study] = ("review", review, people.value if people is not None else "")
            if row["overlapping"] is not None:
                found.links[study].add(row["overlapping"].value)
        found.cohort = cohorts((s, o) for s in sorted(found.links) for o in sorted(found.links[s]))
        for block in in_blocks(claims, BLOCK):
            for row in store.select(sparql.internal("support-of-claims", claims=block)):
                claim, study = row["claim"].value, row["study"].value
                found.at.setdefault(claim, {}).setdefault(row["at"].value, set()).add(study)
                if row["line"] is not None:
                    share = found.shares.setdefault(claim, {}).setdefault(study, set())
                    share |= {_counted(row), own.get(study, ())}
        return found

    def overlapping(self, study: str, among: set[str]) -> set[str]:
        """Return those among some studies that report on the same participants as a study."""
        cohort = self.cohort.get(study, study)
        return {other for other in among if self.cohort.get(other, other) == cohort}


def _counted(row: Any) -> tuple[str, ...]:
    """Return what counts of a line: its level, and for a comparison who did how against whom."""
    names = ("level", "stance", "arm", "other") if row["stance"] is not None else ("level",)
    return tuple(row[name].value if row[name] is not None else "" for name in names)


def _behind(claim: str, one: Support, other: Support) -> set[str]:
    """Return the studies of which a claim, or what it inherits, has more, less or else than before.

    These are studies whose share in the counts changed, those at a narrower claim that is inherited
    in one graph only, and those that join or part the cohorts of the claim's studies.
    """
    before, after = one.shares.get(claim, {}), other.shares.get(claim, {})
    studies = before.keys() | after.keys()
    found = {study for study in studies if before.get(study) != after.get(study)}
    places = [side.at.get(claim, {}) for side in (one, other)]
    for place in places[0].keys() ^ places[1].keys():
        found |= places[0].get(place, set()) | places[1].get(place, set())
    own = [place.get(claim, set()) for place in places]
    found |= own[0] ^ own[1]
    linking = {s for s in one.links.keys() | other.links.keys()
               if one.links.get(s) != other.links.get(s)}  # fmt: skip
    for study in studies if linking else ():
        if one.overlapping(study, studies) != other.overlapping(study, studies):
            found |= one.overlapping(study, linking) | other.overlapping(study, linking)
    return found


# --- text ------------------------------------------------------------------------------------

SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def _section(title: str, found: list[Difference]) -> Iterator[str]:
    if not found:
        return
    counts = (f"{sum(d.kind == kind for d in found)} {kind}" for kind in SIGNS)
    yield f"{title}: {', '.join(counts)}"
    for each in found:
        label = f"  {each.label}" if each.label else ""
        yield f"  {SIGNS[each.kind]} {context.compact(each.iri)}{label}"
        for change in each.changes:
            yield f"      {change.field}: {_text(change.before)} -> {_text(change.after)}"
        if each.studies:
            yield f"      records: {', '.join(map(context.compact, each.studies))}"


def _text(value: Any) -> str:
    """Return a value on one line; a row of a record shows its keys."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return tables.shown(value)
