"""Words and tables for terms, held to the closed lists and labels of ontology/mngraph.ttl."""

from __future__ import annotations

from functools import cache

import pyoxigraph as ox
import pytest
from conftest import CHECKOUT

from mngraph import context
from mngraph.evidence import comparators, model, pooling, rows, stance
from mngraph.evidence.stance import Stance


@cache
def statements(name: str) -> list[tuple[str, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]]:
    """Return the local name of each subject of a property in the ontology, with the object."""
    path, predicate = CHECKOUT / "ontology" / "mngraph.ttl", context.expand(name)
    return [
        (triple.subject.value.rpartition("#")[2], triple.object)
        for triple in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
        if triple.predicate.value == predicate
    ]


def closed_list(name: str) -> set[str]:
    """Return the local names that the ontology lists as members of a class."""
    kind = ox.NamedNode(context.mn(name))
    return {subject for subject, value in statements("rdf:type") if value == kind}


def test_stances_are_those_of_the_ontology() -> None:
    assert {member.value for member in Stance} == closed_list("Stance")


def test_every_direction_of_the_ontology_has_a_stance() -> None:
    directions = closed_list("Direction")
    assert directions == stance.BETWEEN_ARMS.keys() | stance.SINCE_BASELINE.keys()
    assert all(stance.of_outcome(direction) for direction in directions)


def test_every_kind_of_comparator_of_the_ontology_has_words() -> None:
    assert comparators.WORDS.keys() == closed_list("ComparatorKind")


@pytest.mark.parametrize(
    ("words", "kind"),
    [(pooling.TYPES, "EffectType"), (rows.CLASSES, "OutcomeClass"),
     (rows.SERIOUSNESS, "Seriousness")],
)  # fmt: skip
def test_words_are_the_labels_of_the_ontology(words: dict[str, str], kind: str) -> None:
    assert words.keys() <= closed_list(kind)
    labels = {name: getattr(value, "value", "") for name, value in statements("rdfs:label")}
    assert words == {name: labels[name] for name in words}


def test_effects_between_arms_have_words_and_an_abbreviation() -> None:
    assert pooling.TYPES.keys() == model.ABBREVIATIONS.keys()
