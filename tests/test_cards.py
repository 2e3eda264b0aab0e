"""Cards: what they show of a resource and of a study, also of a foreign one."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from mngraph.cards.resource import card, label
from mngraph.cards.study import StudyCard, read_studies, total_participants
from mngraph.errors import UsageError
from mngraph.store import LocalStore

PREFIXES = """@prefix mn: <https://w3id.org/mngraph/ontology#> .
@prefix study: <https://w3id.org/mngraph/study/> .
@prefix bibo: <http://purl.org/ontology/bibo/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix ex: <http://example.org/> .
"""


def in_memory(turtle: str) -> LocalStore:
    return LocalStore.memory(ox.parse((PREFIXES + turtle).encode(), format=ox.RdfFormat.TURTLE))


def test_a_card_shows_values_parts_and_references() -> None:
    store = in_memory("""
        ex:a a ex:Kind ; rdfs:label "A" ; skos:definition "What A is." ; ex:size 3 ;
            ex:part <http://example.org/a/arm/X> .
        <http://example.org/a/arm/X> ex:size 4 .
        ex:b ex:near ex:a ; rdfs:label "B" .""")
    text = card(store, "http://example.org/a").to_text()
    assert text.splitlines()[0] == "A"
    assert "What A is." in text
    assert "arm X" in text
    assert "http://example.org/near (1)" in text
    lines = [line.split() for line in text.splitlines()]
    assert ["http://example.org/size", "3"] in lines
    assert ["http://example.org/size", "4"] in lines


def test_the_record_of_a_study_is_named_by_its_curie(store: LocalStore) -> None:
    text = card(store, "https://w3id.org/mngraph/study/pmid-31469914").to_text()
    assert "graph:study/pmid-31469914\n" in text
    assert "https:  w3id" not in text


def test_authors_stand_in_the_order_of_the_paper(store: LocalStore) -> None:
    """PubMed 30210162: Porwal S, Chahar YS, Singh PK; the alphabet has Chahar first."""
    text = card(store, "https://w3id.org/mngraph/study/pmid-30210162").to_text()
    assert "Porwal S, Chahar YS, Singh PK" in text


def test_nothing_is_shown_of_what_the_graph_does_not_describe(store: LocalStore) -> None:
    with pytest.raises(UsageError, match="nothing about indication:no-such-scar"):
        card(store, "https://w3id.org/mngraph/indication/no-such-scar")
    assert label(store, "https://w3id.org/mngraph/indication/no-such") == "indication:no-such"


def test_long_values_and_many_of_them_stay_within_the_width() -> None:
    words = " ".join(["word"] * 60)
    values = ", ".join(f'"{words} {n}"' for n in range(30))
    text = card(in_memory(f"ex:a ex:note {values} ."), "http://example.org/a").to_text(80)
    assert max(map(len, text.splitlines())) <= 80
    assert "and 12 more" in text


def one_study(turtle: str) -> StudyCard:
    (found,) = read_studies(in_memory(turtle), {}).values()
    return found


def test_a_study_is_shown_with_what_is_known() -> None:
    found = one_study("""
        study:s a mn:Study ; mn:participants 30 ;
            mn:hasArm <https://w3id.org/mngraph/study/s/arm/A> ;
            mn:hasOutcome <https://w3id.org/mngraph/study/s/outcome/1> .
        <https://w3id.org/mngraph/study/s/arm/A> a mn:Arm ; mn:sessions 1 ; mn:needleLengthMm 1.5 ;
            mn:procedure <https://w3id.org/mngraph/procedure/microneedling> .
        <https://w3id.org/mngraph/study/s/outcome/1> a mn:Outcome ; mn:pValue "0.04" ;
            mn:firstArm <https://w3id.org/mngraph/study/s/arm/A> ; mn:direction mn:FavoursFirst ;
            mn:firstEvents 3 ; mn:firstTotal 9 ; mn:secondEvents 1 ; mn:secondTotal 8 .""")
    assert (found.participants, found.design, found.cohort) == (30, "design not stated", "s")
    assert found.arms[0].text == "procedure:microneedling (1.5 mm, 1 session)"
    (result,) = found.results
    assert (result.first, result.direction) == ("A", "favors first")
    assert result.text == "3/9 against 1/8; p = 0.04"


def test_a_foreign_study_with_odd_values_is_shown_without_them() -> None:
    found = one_study("""
        study:s a mn:Study ; mn:participants "many", "-3" ; mn:reportedIn ex:p ; mn:hasArm ex:x .
        ex:p a mn:Publication ; bibo:authorList [ rdf:first "A" ; rdf:rest rdf:nil ] .""")
    assert (found.participants, found.year, found.level) == (None, None, None)
    assert found.arms[0].text == "arm without a named intervention"


def test_people_of_one_cohort_count_once() -> None:
    found = read_studies(
        in_memory("""
        study:a a mn:Study ; mn:participants 30 ; mn:sameCohortAs study:b .
        study:b a mn:Study ; mn:participants 40 . study:c a mn:Study ; mn:participants 5 ."""),
        {},
    )
    assert total_participants(found.values()) == 45
