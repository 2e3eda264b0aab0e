"""Studies that have another key than before: recognized by the PMID or DOI of their publication."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mngraph import context, iris

if TYPE_CHECKING:
    from mngraph.diff.digest import Description, Node

IDENTIFIERS = ("bibo:pmid", "bibo:doi")

States = Mapping[str, "tuple[Description, Description]"]
"""What was stated before and is stated now of some things, by IRI; empty where there is none."""


def renamed(studies: States) -> dict[str, str]:
    """Return the new IRI of each study that is gone and came back under another one.

    Args:
        studies: the studies that differ.
    """
    gone = {
        mark: study
        for study, (was, now) in studies.items()
        if was and not now
        for mark in _marks(study, was)
    }
    found: dict[str, str] = {}
    for study, (was, now) in sorted(studies.items()):
        if now and not was:
            former = {gone[mark] for mark in _marks(study, now) if mark in gone} - found.keys()
            if len(former) == 1:
                found[former.pop()] = study
    return found


def _marks(study: str, state: Description) -> set[tuple[str, str]]:
    """Return the identifiers of a study's own publication."""
    paper = state.get(iris.publication(iris.study_key(study)), {})
    return {
        (name, getattr(term, "value", "").lower())
        for name in IDENTIFIERS
        for term in paper.get(context.expand(name), [])
    }


def under_new_names(state: Description, names: Mapping[str, str]) -> Description:
    """Return what is stated, with the studies of `names` under their new IRIs."""
    import pyoxigraph as ox

    if not names:
        return state
    keys = {iris.study_key(old): iris.study_key(new) for old, new in names.items()}
    pattern = re.compile(rf"(/(?:study|line)/)({'|'.join(map(re.escape, keys))})(?=/|$)")
    papers = {iris.publication(old): iris.publication(new) for old, new in keys.items()}

    def new(text: str) -> str:
        return papers.get(text) or pattern.sub(lambda found: found[1] + keys[found[2]], text)

    def term(value: Node) -> Node:
        return ox.NamedNode(new(value.value)) if isinstance(value, ox.NamedNode) else value

    return {
        new(node): {name: sorted(map(term, terms), key=str) for name, terms in properties.items()}
        for node, properties in state.items()
    }
