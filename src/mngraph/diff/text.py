"""Differences as sentences for a curator: what changed, from which value to which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from mngraph import context, iris, tables
from mngraph.diff.pairs import ranges

Value: TypeAlias = "str | int | float | list[Value] | dict[str, Value] | None"
"""A value of a record or of a resource's property; None where there is none."""


def change(field: str, before: Value, after: Value) -> str:
    """Return one change as a sentence without its full stop.

    Args:
        field: a path in a record, or a node and a property, as `Change.field` has it.
        before: the value in the older graph; None where it had none.
        after: the value in the newer graph; None where it has none.

    >>> change("arms/A/sessions", 4, 5)
    'arms/A/sessions changed from 4 to 5'
    >>> change("mn:supportingStudyCount", None, 2)
    'supporting study count was added: 2'
    >>> change("rdf:type", None, "mn:Claim")
    'class was added: mn:Claim'
    """
    name = field_name(field)
    is_class = name.endswith("rdf:type")
    old, new = (_exactly(value) if is_class else words(value) for value in (before, after))
    name = name.removesuffix("rdf:type") + "class" if is_class else name
    if before is None:
        return f"{name} was added: {new}"
    if after is None:
        return f"{name} was removed: {old}"
    return f"{name} changed from {old} to {new}"


def _exactly(value: Value) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def renumbering(field: str, numbers: Sequence[tuple[int, int]]) -> str:
    """Return a sentence that says how the rows of a list were renumbered.

    >>> renumbering("outcomes", [(1, 2), (2, 3), (3, 1)])
    'outcomes were renumbered: 1 to 2 are now 2 to 3, 3 is now 1'
    """
    parts = [
        f"{first} is now {new}" if first == last
        else f"{first} to {last} are now {new} to {new + last - first}"
        for first, last, new in ranges(numbers)
    ]  # fmt: skip
    return f"{field} were renumbered: {', '.join(parts)}"


def field_name(field: str) -> str:
    """Return a field as people read it: a record's path as it is, our properties as words.

    >>> field_name("line/pmid-1/A/B mn:stance")
    'evidence line of study:pmid-1, arm A compared with arm B: stance'
    """
    node, _, name = field.rpartition(" ")
    if not node:
        node, name = (name, "") if name.startswith("line/") else ("", name)
    return ": ".join(filter(None, (_line_name(node), _property_name(name))))


def _line_name(node: str) -> str:
    """Return an evidence line, by its path under the claim, as text; other paths as they are."""
    found = re.fullmatch(r"line/([^/]+)/([^/]+)/([^/]+)", node)
    if not found:
        return node
    key, arm, other = found.groups()
    if other.startswith("report-"):
        against = f"adverse event report {other.removeprefix('report-')}"
    else:
        baseline = other == iris.BASELINE
        against = "compared with " + ("its baseline" if baseline else f"arm {other}")
    separator = ", " if other.startswith("report-") else " "
    named = key if ":" in key else f"study:{key}"
    return f"evidence line of {named}, arm {arm}{separator}{against}"


def _property_name(name: str) -> str:
    """Return a property of ours as words; any other by its CURIE or IRI."""
    prefix, _, local = name.partition(":")
    return _spaced(local) if prefix == "mn" and local.isalnum() else name


def _spaced(name: str) -> str:
    found = " ".join(re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)).lower()
    return tables.heading(found.replace("evidence level", "design level"))


def words(value: Value) -> str:
    """Return a value on one line: terms of our ontology as words, rows with their keys.

    >>> words(["mn:Supports", "skos:Concept", 0.5])
    'supports, skos:Concept, 0.5'
    """
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        parts = (f"{_property_name(key)}: {words(each)}" for key, each in value.items())
        return "{" + "; ".join(parts) + "}"
    if isinstance(value, list):
        return ", ".join(map(words, value))
    if isinstance(value, str) and re.fullmatch("mn:[A-Z][A-Za-z]+", value):
        return _spaced(value.removeprefix("mn:"))
    return tables.shown(value)


def names(found: Iterable[str]) -> str:
    """Return the CURIEs of some IRIs in one line."""
    return ", ".join(map(context.compact, found))
