"""Annotators by name: the rules of the package, and those that other packages bring.

A package offers an annotator as an entry point of the group `mngraph.annotators`:

    [project.entry-points."mngraph.annotators"]
    my-rules = "my_package:annotator"

It is a callable that takes the sections (the title first) and the publication types, and returns
facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, TypeAlias

from mngraph.annotation.facts import Annotations, Fact, Section
from mngraph.errors import UsageError
from mngraph.nearest import nearest

if TYPE_CHECKING:
    from mngraph.annotation.annotator import Rules

GROUP = "mngraph.annotators"
"""The entry points that bring annotators."""
RULES = "rules"
"""The annotator of the package."""

Annotator: TypeAlias = Callable[[Sequence[Section], Sequence[str]], Iterable[Fact]]


def names() -> list[str]:
    """Return the names of the annotators that are installed, that of the package first.

    >>> names()[0]
    'rules'
    """
    return [RULES, *sorted({point.name for point in entry_points(group=GROUP)} - {RULES})]


@cache
def _rules() -> Rules:
    """Return the annotator of the package, which is imported when it is first asked for."""
    from mngraph.annotation.annotator import shared

    return shared()


@cache
def called(name: str) -> Annotator:
    """Return an annotator by its name.

    Raises:
        UsageError: no annotator has this name, or it cannot be loaded.

    >>> called("ruels")
    Traceback (most recent call last):
    mngraph.errors.UsageError: there is no annotator 'ruels'; did you mean 'rules'?
    """
    if name == RULES:
        return lambda sections, types: _rules().annotate(sections, types).facts
    for point in entry_points(group=GROUP, name=name):
        try:
            found: Annotator = point.load()
        except Exception as error:
            raise UsageError(f"the annotator {name!r} cannot be loaded: {error}") from error
        return found
    near = nearest(name, names())
    hint = f"; did you mean {near!r}?" if near else f": {', '.join(names())}"
    raise UsageError(f"there is no annotator {name!r}{hint}")


def annotated(name: str, sections: Sequence[Section], types: Sequence[str]) -> Annotations:
    """Return what an annotator finds, in the order of the text.

    Args:
        name: the annotator.
        sections: the title, and the sections of the abstract.
        types: the publication types.

    Raises:
        UsageError: no annotator has this name, or a fact is not at the place that it names.
    """
    if name == RULES:  # in order and in place by how they are made
        return _rules().annotate(sections, types)
    facts = sorted(
        called(name)(sections, types), key=lambda f: (f.section, f.start, f.end, f.kind, f.rule)
    )
    for fact in facts:
        inside = 0 <= fact.section < len(sections)
        if not inside or sections[fact.section].text[fact.start : fact.end] != fact.text:
            raise UsageError(
                f"the annotator {name!r} found {fact.kind} in {fact.text[:40]!r}, which is not "
                f"at {fact.start} to {fact.end} of section {fact.section}"
            )
    return Annotations(tuple(sections), tuple(facts))
