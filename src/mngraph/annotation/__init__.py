"""Candidate facts of publications, read from their titles and abstracts."""

from __future__ import annotations

from collections.abc import Sequence

from mngraph.annotation.facts import TITLE, Annotations, Fact, Section, Value

__all__ = [
    "TITLE",
    "Annotations",
    "Fact",
    "Section",
    "Value",
    "annotate",
    "names_procedure",
]


def annotate(
    title: str,
    abstract: str | Sequence[Section] = "",
    publication_types: Sequence[str] = (),
    *,
    annotator: str = "rules",
) -> Annotations:
    """Return the candidate facts of a publication, each with the characters it was read from.

    Facts of other studies, of possibilities, and of what was left out are marked as hedged; what
    the text says is not so is marked as negated. `Annotations.values` leaves both out.

    Args:
        title: its title.
        abstract: its abstract as one text, or the sections of it with their labels.
        publication_types: its publication types, as PubMed names them.
        annotator: the rules of the package, or the name of another annotator that is installed.

    Raises:
        MissingExtraError: the extra `literature` is not installed.
        UsageError: no annotator has this name.

    >>> found = annotate(
    ...     "Roller and PRP in acne scars",
    ...     "Methods: Thirty patients were randomized. Results: Erythema was seen, but no scarring."
    ... )
    >>> [value.rpartition("/")[2] for value in found.values("adverse-event")]
    ['erythema']
    >>> [(fact.text, fact.negated) for fact in found.of("adverse-event")]
    [('Erythema', False), ('scarring', True)]
    >>> found.values("enrolled")
    [30]
    """
    from mngraph.annotation.plugins import annotated

    parts = [Section("", abstract)] if isinstance(abstract, str) else abstract
    sections = [part for part in parts if part.text and part.label != TITLE]
    return annotated(annotator, [Section(TITLE, title), *sections], tuple(publication_types))


def names_procedure(text: str) -> bool:
    """Return whether a text names a procedure of the vocabularies; this is fast.

    Args:
        text: a title, an abstract, or both.

    Raises:
        MissingExtraError: the extra `literature` is not installed.

    >>> names_procedure("Dermaroller in scars"), names_procedure("Aspirin in heart failure")
    (True, False)
    """
    from mngraph.annotation.lexicon import fold, shared

    return any(
        entry.kind == "procedure"
        for name in shared().find(text, fold(text))
        for entry in name.entries
    )
