"""Concepts by what people type."""

from __future__ import annotations

import pytest

from mngraph import concepts
from mngraph.errors import UsageError
from mngraph.store import LocalStore

BASE = "https://w3id.org/mngraph/"


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("acne-scar", "indication/acne-scar"),
        ("indication:acne-scar", "indication/acne-scar"),
        ("acne scar", "indication/acne-scar"),
        ("Acne Scars", "indication/acne-scar"),
        (f"<{BASE}indication/acne-scar>", "indication/acne-scar"),
        ("PRP", "modality/platelet-rich-plasma"),
        ("dermaroller", "procedure/roller-microneedling"),
        ("vitamin C", "modality/vitamin-c"),
    ],
)
def test_a_concept_is_found_by_slug_curie_label_or_synonym(
    typed: str, slug: str, store: LocalStore
) -> None:
    assert concepts.resolve(store, typed) == BASE + slug


def test_a_slug_of_two_kinds_must_be_said(store: LocalStore) -> None:
    with pytest.raises(UsageError, match="say which"):
        concepts.resolve(store, "post-inflammatory-hyperpigmentation")
    found = concepts.resolve(store, "post-inflammatory-hyperpigmentation", ("event",))
    assert found == f"{BASE}event/post-inflammatory-hyperpigmentation"


def test_what_nobody_calls_so_gets_the_nearest(store: LocalStore) -> None:
    with pytest.raises(UsageError, match="did you mean indication:acne-scar"):
        concepts.resolve(store, "acne skar", ("indication",))


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("platlet rich plasma", "modality/platelet-rich-plasma"),
        ("androgenic alopecia", "indication/androgenetic-alopecia"),
        ("erithema", "event/erythema"),
        ("tranexemic acid", "modality/tranexamic-acid"),
        ("melazma", "indication/melasma"),
    ],
)
def test_search_forgives_misspellings(typed: str, slug: str, store: LocalStore) -> None:
    assert concepts.search(store, typed)[0].iri == BASE + slug


def test_search_is_stable_and_bounded(store: LocalStore) -> None:
    first = concepts.search(store, "hyperpigmentation", limit=5)
    assert first == concepts.search(store, "hyperpigmentation", limit=5)
    assert len(first) == 5
    assert concepts.search(store, "qqqqqqqq") == []
    assert concepts.search(store, "acne" * 100_000) == []


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_text_names_nothing(text: str, store: LocalStore) -> None:
    for function in (concepts.search, concepts.resolve):
        with pytest.raises(UsageError, match=r"like acne.scar"):
            function(store, text)


def test_a_concept_of_another_kind_is_named_as_such(store: LocalStore) -> None:
    with pytest.raises(UsageError, match="'indication:acne-scar' is an indication; it must be a m"):
        concepts.resolve(store, "indication:acne-scar", ("modality",))


@pytest.mark.parametrize(
    ("typed", "kinds", "message"),
    [
        ("study:pmid-1", concepts.KINDS, "the graph states nothing about study:pmid-1"),
        ("http://example.org/x", ("event",), "the graph states nothing about http://example.org/x"),
        (
            "indication:acne-scra",
            concepts.KINDS,
            "no indication is called .* mean indication:acne",
        ),
        (
            "PRP",
            ("indication",),
            "is a modality .modality:platelet-rich-plasma.; it must be an",
        ),
    ],
)
def test_an_unknown_name_is_explained_by_its_kind(
    typed: str, kinds: tuple[str, ...], message: str, store: LocalStore
) -> None:
    with pytest.raises(UsageError, match=message):
        concepts.resolve(store, typed, kinds)


def test_a_message_repeats_only_the_beginning_of_a_long_text(store: LocalStore) -> None:
    with pytest.raises(UsageError) as error:
        concepts.resolve(store, "x" * 5000)
    assert len(str(error.value)) < 250
