"""Plain words: what they name is found, and what cannot be found is asked back."""

from __future__ import annotations

import contextlib
import time

import pytest
from conftest import Runner

from mngraph.errors import UsageError
from mngraph.question import read_question
from mngraph.store import LocalStore

FOUND = [
    ("prp acne scars", {"indication": "acne-scar", "modalities": "platelet-rich-plasma"}),
    ("PRP for acne scarring", {"indication": "acne-scar", "modalities": "platelet-rich-plasma"}),
    ("acne scar", {"indication": "acne-scar"}),
    ("indication:acne-scar", {"indication": "acne-scar"}),
    (
        "microneedling with PRP, minoxidil and vitamin C in androgenetic alopecia",
        {"procedure": "microneedling", "indication": "androgenetic-alopecia",
         "modalities": "platelet-rich-plasma minoxidil vitamin-c"},
    ),
    ("erythema after microneedling".replace("after ", "+ "),
     {"event": "erythema", "procedure": "microneedling"}),
    ("melasma MELASMA", {"indication": "melasma"}),
]  # fmt: skip

ASKED_BACK = [
    ("hair loss", r"'hair loss' can be an indication or an adverse event: .*--event hair-loss"),
    ("melasma acne scars", "'melasma' and 'acne scars' are each an indication"),
    ("prp acne skars", "is called 'skars'; did you mean -i acne-scar"),
    ("prp zzzzzz", "is called 'zzzzzz' "),
    ("with for", "'with for' names no"),
]


@pytest.mark.parametrize(("words", "names"), FOUND, ids=[words for words, _ in FOUND])
def test_words_are_taken_for_what_they_name(
    words: str, names: dict[str, str], store: LocalStore
) -> None:
    for given in (words.split(), [words]):
        found = read_question(store, given)
        for part in ("procedure", "indication", "event"):
            iri = getattr(found, part) or ""
            assert iri.rpartition("/")[2] == names.get(part, ""), part
        given_along = [iri.rpartition("/")[2] for iri in found.modalities]
        assert given_along == names.get("modalities", "").split()


@pytest.mark.parametrize(("words", "message"), ASKED_BACK, ids=[words for words, _ in ASKED_BACK])
def test_words_that_name_nothing_or_two_things(words: str, message: str, store: LocalStore) -> None:
    with pytest.raises(UsageError, match=message):
        read_question(store, words.split())


def test_many_words_take_little_time(store: LocalStore) -> None:
    began = time.process_time()
    for words in (["zzz"] * 20_000, ["with"] * 20_000, ["melasma"] * 20_000):
        with contextlib.suppress(UsageError):
            read_question(store, words)
    assert time.process_time() - began < 5


def test_words_and_options_ask_the_same(run: Runner) -> None:
    words = run("evidence", "prp", "acne", "scars")
    assert words.exit_code == 0, words.stderr
    assert words.stdout == run("evidence", "-i", "acne scar", "-w", "prp").stdout
    assert words.stdout == run("evidence", "prp", "-i", "acne-scar").stdout
    both = run("evidence", "melasma", "-i", "acne-scar")
    assert both.exit_code == 2 and "each name the indication" in both.stderr
    assert run("evidence", "").exit_code == 2
