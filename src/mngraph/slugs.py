"""What to write instead of a name that a record has and no vocabulary, or of what is no address.

The names of concepts are read from the shared vocabularies, once a slug is wrong and not before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from mngraph import context, iris, resources
from mngraph.nearest import MOST_TIED, tied
from mngraph.wording import alternatives, one_of

ADDRESS = (
    "expects a web address like https://doi.org/10.1000/182 (for a source without a page of its "
    "own, give that of its journal, registry or catalog)"
)
"""What to write where a page is asked for."""
NEAR = 70
"""How much a slug is like another, of 100, that is offered for it."""


def hint(slug: str, namespace: str, known: Mapping[str, str]) -> str:
    """Return what to write instead of a slug that no concept has.

    Args:
        slug: what stands in a record.
        namespace: where the IRIs of the concepts begin that can stand there.
        known: the IRI that each slug stands for there.

    >>> space = "https://w3id.org/mngraph/modality/"
    >>> hint("TXA", space, {"tranexamic-acid": f"{space}tranexamic-acid"})
    '; did you mean `tranexamic-acid`?'
    >>> hint("acne-scar", space, {})
    ': it is an indication'
    """
    kind = iris.kind_of(namespace)
    called = _named().get(_folded(slug), frozenset())
    fitting = sorted(name for name, iri in known.items() if iri in called)
    fitting = fitting if fitting and kind != "design" else _wider(slug, fitting, known)
    others = sorted({iris.kind_of(iri) for iri in called})
    if others and not fitting:
        return f": it is {one_of(others)}"
    if near := fitting or tied(slug, known, NEAR):
        return f"; did you mean {alternatives(f'`{name}`' for name in near)}?"
    return (
        f": find the slug with mngraph search {' '.join(slug.split('-'))!r} -k {kind}, "
        "or add a concept to a pack (docs/guide/evidence-packs.md)"
        if kind
        else ""
    )


def _wider(slug: str, fitting: list[str], known: Mapping[str, str]) -> list[str]:
    """Return the slugs of all concepts that have a name with each word of a wrong slug.

    A name of one design can be part of the names of others, and the design decides the level: the
    split-face trial, randomized or not. One word is not enough to go by, and where many concepts
    hold the words, `fitting` stays.
    """
    words = set(_folded(slug).split())
    if len(words) < 2:
        return fitting
    names = set.intersection(*(_names_with().get(word, set()) for word in words))
    holding = frozenset().union(*(_named()[name] for name in names))
    found = sorted(name for name, iri in known.items() if iri in holding)
    return found if found and len(found) <= MOST_TIED else fitting


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("-", " ").split())


@cache
def _names_with() -> Mapping[str, set[str]]:
    """Return the names of concepts that have a word, so that many wrong slugs take no longer."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in _named():
        for word in re.findall(r"\w+", name):
            found[word].add(name)
    return found


@cache
def _named() -> Mapping[str, frozenset[str]]:
    """Return the concepts that have a slug, a label or a synonym, in small letters."""
    import pyoxigraph as ox

    names = {context.expand(f"skos:{name}") for name in ("prefLabel", "altLabel", "hiddenLabel")}
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((resources.folder("ontology") / "vocabulary").glob("*.ttl")):
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=context.BASE):
            if quad.predicate.value in names and isinstance(quad.subject, ox.NamedNode):
                for name in (quad.object.value, iris.last_segment(quad.subject.value)):
                    found[_folded(name)].add(quad.subject.value)
    return {name: frozenset(each) for name, each in found.items()}
