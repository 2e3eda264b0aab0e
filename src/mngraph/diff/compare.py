"""Two graphs compared by the things that they describe: studies, claims, other resources."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph import context, iris, rdffiles, resources, restoring
from mngraph.diff import digest
from mngraph.diff.blanknodes import groups
from mngraph.diff.fields import record_changes, triple_changes
from mngraph.diff.renames import renamed, under_new_names
from mngraph.diff.result import Change, Diff, Difference, Renumbering
from mngraph.diff.support import read_support, studies_behind
from mngraph.errors import LocationError, UsageError
from mngraph.nearest import nearest
from mngraph.rdffiles import STANDARD_INPUT
from mngraph.store import LocalStore, Store, local, open_store

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.diff.digest import Description

RELEASE = "release"
"""The word for the graph of the release, in place of a location."""


def compare_locations(old: str, new: str) -> Diff:
    """Compare the graphs at two locations; files of the same bytes are read only once.

    Relative IRIs of two files are taken to be relative to the same address, so that a file does not
    differ from its copy.

    Args:
        old: a store directory, an RDF file or the URL of a SPARQL endpoint; `release` for the graph
            of the release.
        new: the same for the newer graph.

    Raises:
        UsageError: both are standard input.
        LocationError: no graph is there, or it cannot be opened.
        GraphSyntaxError: an RDF file does not follow its syntax.
    """
    places = [None if place == RELEASE else place for place in (old, new)]
    if places == [STANDARD_INPUT] * 2:
        raise UsageError("standard input can be read only once; name a file for one of the graphs")
    if _same_content(places):
        if rdffiles.names_file(new):
            for _ in rdffiles.read_file(new):  # an error in it remains an error
                pass
        else:
            open_store(places[1])
        return Diff()
    if not all(map(rdffiles.names_file, places)):
        return compare(*map(_opened, places))
    named = next((place for place in (new, old) if place != STANDARD_INPUT), new)
    base = Path(os.path.normpath(rdffiles.local_path(named).absolute())).as_uri()
    files = (LocalStore.memory(rdffiles.read_file(place, base=base), place) for place in (old, new))
    return compare(*files)


def _opened(place: str | None) -> Store:
    """Open one of the graphs; where nothing is there, the word for the release may be misspelled.

    Raises:
        LocationError: no graph is there, or it cannot be opened.
    """
    try:
        return open_store(place)
    except LocationError as error:
        if nearest(place or "", [RELEASE], 80):
            raise LocationError(f"{error}; did you mean {RELEASE}?") from error
        raise


def _same_content(places: Iterable[str | None]) -> bool:
    """Return whether two locations are files of one syntax, or stores, with the same content."""
    paths = [rdffiles.local_path(place) if place else resources.release() for place in places]
    try:
        if all(path.is_file() for path in paths) and len(set(map(rdffiles.syntax_of, paths))) > 1:
            return False
        return digest.same_content(*paths)
    except OSError:  # opening it tells what is wrong
        return False


def compare(old: Store, new: Store) -> Diff:
    """Compare two graphs and return what was added, removed and changed.

    Args:
        old: the graph before.
        new: the graph after.

    >>> from mngraph.store import LocalStore
    >>> compare(LocalStore.memory([]), LocalStore.memory([])).same
    True
    """
    one, other = local(old), local(new)
    graphs = digest.differing_graphs(one, other)
    candidates = digest.candidates(one, other, graphs)
    found = Diff()
    if candidates.blank_nodes:
        left, right = (groups(set(digest.blank_node_triples(store))) for store in (one, other))
        found.unnamed = left != right
    comparable = len({iris.CLAIMS_GRAPH in store.graphs() for store in (one, other)}) == 1
    claims: dict[str, tuple[Description, Description]] = {}
    studies: dict[str, tuple[Description, Description]] = {}
    for thing, nodes in sorted(candidates.nodes.items()):
        was, now = (digest.description(store, thing, nodes) for store in (one, other))
        if was == now:
            continue
        if _is_study(was, thing) or _is_study(now, thing):
            studies[thing] = _own(thing, was), _own(thing, now)
        elif key := iris.study_key(thing):  # a work that a study cites, without a record
            found.others.append(_resource(iris.publication(key), was, now))
        elif iris.claim_of(thing):
            claims[thing] = (was, now)
        else:
            found.others.append(_resource(thing, was, now))
    names = renamed(studies)
    found.records += _records(studies, names, comparable)
    claims = {
        iri: (before, now)
        for iri, (was, now) in claims.items()
        if (before := under_new_names(was, names)) != now
    }
    support = [read_support(store, list(claims)) for store in (one, other)]
    for claim, (was, now) in claims.items():
        found.claims.append(_claim(claim, was, now, studies_behind(claim, *support)))
    return found


# --- one thing in both graphs ----------------------------------------------------------------


def _own(study: str, state: Description) -> Description:
    """Return what is stated about a study; nothing where it is only cited."""
    return state if _is_study(state, study) else {}


def _records(
    studies: Mapping[str, tuple[Description, Description]], names: Mapping[str, str],
    comparable: bool,
) -> Iterator[Difference]:  # fmt: skip
    """Yield the differences of the records of studies; one that was renamed is one difference."""
    former = {new: old for old, new in names.items()}
    for study, (was, now) in studies.items():
        if study in former:
            before = under_new_names(studies[former[study]][0], names)
            changed = next(_record(study, before, now, comparable), None)
            yield Difference(
                iri=study,
                label=_label(study, now),
                kind="renamed",
                former=former[study],
                changes=tuple(e for e in changed.changes if e.field != "id") if changed else (),
                renumbered=changed.renumbered if changed else (),
            )
        elif study not in names:
            yield from _record(study, was, now, comparable)


def _record(
    study: str, was: Description, now: Description, comparable: bool
) -> Iterator[Difference]:
    """Yield the difference of a study's record, by the keys of the record; nothing where equal."""
    kind = _kind(was, now)
    found = _record_changes(study, was, now, comparable) if kind == "changed" else []
    if kind == "changed" and not found:
        return
    yield Difference(
        iri=study,
        label=_label(study, now) or _label(study, was),
        kind=kind,
        changes=tuple(each for each in found if isinstance(each, Change)),
        renumbered=tuple(each for each in found if isinstance(each, Renumbering)),
    )


def _record_changes(
    study: str, was: Description, now: Description, comparable: bool
) -> list[Change | Renumbering]:
    """Return what changed in a study's record, or where nothing did, in other statements on it.

    These are compared only if both graphs keep what is derived in a named graph, or neither does
    (`comparable`). Labels are left out, as they follow from the record and the concepts.
    """
    try:
        one, other = (restoring.quads_record(_quads(state), study) for state in (was, now))
        found = list(record_changes(one, other))
    except (ArithmeticError, LookupError, ValueError):  # it does not have a record's form
        return list(triple_changes(was, now))
    if not found and comparable:
        found += (each for each in triple_changes(was, now) if "rdfs:label" not in each.field)
    return found


def _claim(iri: str, was: Description, now: Description, studies: Iterable[str]) -> Difference:
    """Return the difference of a claim, with the studies behind it."""
    lines = [node for node in was.keys() | now.keys() if was.get(node) != now.get(node)]
    own = (study for state in (was, now) for node in lines for study in _studies(state, node))
    return Difference(
        iri=iri,
        label=_label(iri, now) or _label(iri, was),
        kind=_kind(was, now),
        changes=tuple(triple_changes(was, now)) if was and now else (),
        studies=tuple(sorted({*studies, *own})),
    )


def _resource(iri: str, was: Description, now: Description) -> Difference:
    """Return the difference of a concept, a term, or any other resource with an IRI."""
    return Difference(
        iri=iri,
        label=_label(iri, now) or _label(iri, was),
        kind=_kind(was, now),
        changes=tuple(triple_changes(was, now)) if was and now else (),
    )


def _kind(was: Description, now: Description) -> str:
    return "changed" if was and now else "added" if now else "removed"


def _is_study(state: Description, iri: str) -> bool:
    types = state.get(iri, {}).get(context.expand("rdf:type"), [])
    return f"<{context.mn('Study')}>" in map(str, types)


def _studies(state: Description, node: str) -> Iterator[str]:
    """Yield the studies that a node, such as an evidence line, names."""
    yield from (str(each)[1:-1] for each in state.get(node, {}).get(context.mn("study"), []))


def _label(iri: str, state: Description) -> str:
    """Return what people call a resource, in English where a label is in English."""
    import pyoxigraph as ox

    for name in ("rdfs:label", "skos:prefLabel", "dcterms:title"):
        terms = state.get(iri, {}).get(context.expand(name), [])
        labels = [term for term in terms if isinstance(term, ox.Literal)]
        if labels:
            return min(labels, key=lambda term: (term.language != "en", term.value)).value
    return ""


def _quads(state: Description) -> Iterator[ox.Quad]:
    import pyoxigraph as ox

    for subject, properties in state.items():
        for name, terms in properties.items():
            for term in terms:
                if not isinstance(term, ox.Triple):
                    yield ox.Quad(ox.NamedNode(subject), ox.NamedNode(name), term)
