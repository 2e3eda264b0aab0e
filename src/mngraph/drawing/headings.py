"""The rows and columns of a gap map: concepts in the order of their hierarchy, or some of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mngraph.concepts import resolve
from mngraph.drawing.networkfacts import Facts
from mngraph.errors import UsageError
from mngraph.store import Store


@dataclass(frozen=True)
class Heading:
    """A row or column: concept, label, depth in the hierarchy, number of publications, synonyms."""

    key: str
    label: str
    depth: int
    studies: int
    synonyms: tuple[str, ...] = ()


def headings(
    facts: Facts, kind: str, studies: Mapping[str, set[str]], *, everything: bool
) -> list[Heading]:
    """Return the concepts of a kind in the order of their hierarchy, most studied first."""
    concepts = {key: c for key, c in facts.concepts.items() if kind in c.kinds}
    wanted = {key for key in concepts if everything or key in studies}
    narrower: dict[str, list[str]] = defaultdict(list)
    for key in wanted:
        broader = [each for each in concepts[key].broader if each in wanted]
        narrower[min(broader) if broader else ""].append(key)

    def order(keys: Iterable[str]) -> list[str]:
        return sorted(keys, key=lambda key: (-len(studies.get(key, ())), concepts[key].label, key))

    found: list[Heading] = []
    waiting = [(key, 0) for key in reversed(order(narrower[""]))]
    while waiting:
        key, depth = waiting.pop()
        about, count = concepts[key], len(studies.get(key, ()))
        found.append(Heading(key, about.label, depth, count, about.synonyms))
        waiting += [(inner, depth + 1) for inner in reversed(order(narrower.get(key, ())))]
    return found


def part_of(facts: Facts, found: list[Heading], wanted: set[str]) -> list[Heading]:
    """Return the headings of some concepts and of narrower ones, moved to the margin.

    Where none of the concepts is of the kind of the headings, all remain.
    """
    keys = {each.key for each in found}
    shown = {kind for key in keys & facts.concepts.keys() for kind in facts.concepts[key].kinds}
    own = {curie for curie in wanted if facts.concepts[curie].kinds & shown}
    if not own:
        return found
    kept = [each for each in found if own & facts.upward(each.key)]
    least = min((each.depth for each in kept), default=0)
    return [replace(each, depth=each.depth - least) for each in kept]


KINDS = ("indication", "event", "modality", "procedure")
"""The kinds of concepts that a map can have in its rows or columns."""


def concept_of(store: Store, text: str, kinds: tuple[str, str]) -> str:
    """Return the IRI of the concept that a text names; the kinds of the map go before others.

    "hair loss" is a name of an indication and of an adverse event.

    Args:
        store: a graph.
        text: slug, CURIE, label or synonym.
        kinds: those of the rows and columns of the map.

    Raises:
        UsageError: no concept has this name; the message gives the nearest.
    """
    try:
        return resolve(store, text, kinds)
    except UsageError:
        return resolve(store, text, KINDS)


def check(facts: Facts, curie: str, kinds: tuple[str, str]) -> str:
    """Return the label of a concept that a map of these rows and columns can be about.

    Raises:
        UsageError: the graph lacks it, or it is of another kind; the message says where it is.
    """
    if curie not in facts.concepts:
        raise UsageError(f"the graph has no concept {curie!r}")
    concept = facts.concepts[curie]
    if not concept.kinds & set(kinds):
        side = "--rows" if concept.kind in ("indication", "event") else "--columns"
        raise UsageError(
            f"{concept.label!r} is not on a map of {kinds[0]} by {kinds[1]}: "
            f"add {side} {concept.kind}"
        )
    return concept.label
