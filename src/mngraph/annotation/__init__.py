"""Candidate facts of publications, read from their titles and abstracts by rules."""

from __future__ import annotations

from collections.abc import Sequence

from mngraph.annotation.facts import TITLE, Annotations, Fact, Part, Section, Value

__all__ = ["TITLE", "Annotations", "Fact", "Part", "Section", "Value", "annotate"]


def annotate(
    title: str, abstract: str | Sequence[Part] = "", publication_types: Sequence[str] = ()
) -> Annotations:
    """Return the candidate facts of a publication.

    Args:
        title: its title.
        abstract: its abstract, or the sections of it.
        publication_types: its publication types, as PubMed names them.
    """
    from mngraph.annotation.annotator import shared

    parts = [Section("", abstract)] if isinstance(abstract, str) else abstract
    sections = [Section(part.label, part.text, part.category) for part in parts if part.text]
    return shared().annotate([Section(TITLE, title), *sections], publication_types)
