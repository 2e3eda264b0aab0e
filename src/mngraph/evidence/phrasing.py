"""A question in words, and as the command that asks it."""

from __future__ import annotations

import shlex

from mngraph import context, iris
from mngraph.evidence.model import Question
from mngraph.evidence.statements import Statements


def subject(facts: Statements, question: Question) -> str:
    """Return what was given, and for what, as text; a comma after an apposition closes it."""
    was = given(facts, question)
    was += "" if question.modalities or question.alone else ", alone or combined,"
    asked = f"{was} for {facts.label(question.indication)}" if question.indication else was
    return f"{asked.rstrip(',')} ({question.limits} only)" if question.limits else asked


def given(facts: Statements, question: Question) -> str:
    """Return what was given, as text: "needling with minoxidil"."""
    was = facts.label(question.procedure) if question.procedure else facts.noun
    if question.modalities:
        labels = " and ".join(facts.label(modality) for modality in question.modalities)
        return f"{was} combined only with {labels}" if question.only else f"{was} with {labels}"
    return f"{was} alone" if question.alone else was


def command(question: Question, graph: str = "") -> str:
    """Return the command that asks a question.

    Args:
        question: the question.
        graph: the location of the graph; nothing for the release.

    >>> acne = iris.concept("indication", "acne-scar")
    >>> prp = iris.concept("modality", "platelet-rich-plasma")
    >>> command(Question(indication=acne, modalities=(prp,), randomized=True))
    'mngraph evidence -i acne-scar -w platelet-rich-plasma --randomized'
    """
    words = ["mngraph", "evidence", *_of(graph)]
    named = [("-i", "indication", question.indication)]
    named += [("-w", "modality", modality) for modality in question.modalities]
    named += [("-p", "procedure", question.procedure), ("--event", "event", question.event)]
    for option, kind, iri in named:
        words += [option, _name(kind, iri)] if iri else []
    words += [f"--{flag}" for flag in ("alone", "only", "randomized") if getattr(question, flag)]
    for option in ("level", "since"):
        value = getattr(question, option)
        words += [] if value is None else [f"--{option}", str(value)]
    return shlex.join(words)


def query(named: str, graph: str = "", **concepts: str) -> str:
    """Return the command that runs a named query.

    Args:
        named: the name of the query.
        graph: the location of the graph; nothing for the release.
        concepts: the IRI of a concept for each parameter.

    >>> query("comparisons-of", indication=iris.concept("indication", "acne-scar"))
    'mngraph query comparisons-of -p indication=acne-scar'
    """
    words = ["mngraph", "query", named, *_of(graph)]
    for kind, iri in concepts.items():
        words += ["-p", f"{kind}={_name(kind, iri)}"]
    return shlex.join(words)


def _of(graph: str) -> list[str]:
    return ["-g", graph] if graph else []


def _name(kind: str, iri: str) -> str:
    """Return the slug of a concept, or its CURIE where it has another address."""
    if iri == iris.scheme("event"):
        return "side effects"
    slug = iris.last_segment(iri)
    return slug if iri == iris.concept(kind, slug) else context.compact(iri)
