"""Plain words: what they name is found, and what cannot be found is asked back."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from answers import questions
from conftest import Runner

import mngraph
from mngraph import context
from mngraph.errors import UsageError
from mngraph.evidence.facts import Facts
from mngraph.evidence.words import tally
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
    ("melasma best combination", {"indication": "melasma"}),
    ("Does PRP help my patient with melasma, and is it given after needling?",
     {"procedure": "needling", "indication": "melasma", "modalities": "platelet-rich-plasma"}),
    ("which treatment works for acne scars?", {"indication": "acne-scar"}),
    ("harms of tranexamic acid for melasma",
     {"event": "event", "indication": "melasma", "modalities": "tranexamic-acid"}),
    ("melasma MELASMA", {"indication": "melasma"}),
]  # fmt: skip

ASKED_BACK = [
    ("hair loss", r"'hair loss' can be an indication or an adverse event: .*--event hair-loss"),
    ("melasma acne scars", "'melasma' and 'acne scars' are each an indication"),
    ("prp acne skars", "is called 'skars'; did you mean -i acne-scar"),
    ("vitiligo platlet rich plasma",
     r"'platlet rich plasma'; did you mean -w platelet-rich-plasma (?!.*vitiligo)"),
    ("microneedling without prp", "'without' is not understood"),
    ("prp versus minoxidil", "'versus' is not understood"),
    ("prp zzzzzz", "is called 'zzzzzz' "),
    ("with for", "'with for' names no"),
]  # fmt: skip


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


# --- which arms and studies count ------------------------------------------------------------


LIMITS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"randomized": True}, {"randomized": True}),
    ({"level": 2}, {"weakest": 2}),
    ({"level": 5}, {}),
    ({"since": 2021}, {"since": 2021}),
    ({"only": True}, {"only": True}),
    (
        {"randomized": True, "since": 2020, "only": True},
        {"randomized": True, "since": 2020, "only": True},
    ),
]


@pytest.mark.parametrize(("limits", "counted"), LIMITS, ids=[str(limits) for limits, _ in LIMITS])
def test_limits_leave_the_studies_that_the_records_leave(
    limits: dict[str, Any], counted: dict[str, Any], graph: mngraph.Graph
) -> None:
    asked = {"indication": "androgenetic-alopecia", "modality": "minoxidil"}
    every = questions.counts(**asked)
    expected = questions.counts(**asked, **counted)
    found = graph.evidence("androgenetic-alopecia", "minoxidil", **limits)
    own = tally(entry for entry in found.findings if not entry.study.review)
    shown = (
        own.supports, own.disputes, own.no_difference, own.mixed, own.baseline_only, own.within,
    )  # fmt: skip
    assert shown == expected
    assert sum(expected) < sum(every) or not counted


def test_what_limits_leave_out_is_silent_on_harm_too(graph: mngraph.Graph) -> None:
    """A study that is not asked about is neither counted nor called silent."""
    asked = {"event": "erythema", "procedure": "microneedling"}
    every, recent = graph.evidence(**asked), graph.evidence(**asked, since=2020)
    reporting = {entry.study.iri for entry in recent.reports}
    assert reporting and reporting < {entry.study.iri for entry in every.reports}
    assert {entry.study.year >= 2020 for entry in recent.reports if entry.study.year} == {True}
    studied = [Facts(graph.store).studies_of(found.question) for found in (every, recent)]
    assert reporting < studied[1] < studied[0]


def test_the_answer_says_what_it_is_limited_to(run: Runner) -> None:
    asked = ("evidence", "-i", "acne-scar", "-w", "PRP")
    for limits, said in [
        (("--randomized", "--since", "2020"), "(randomized studies since 2020 only)"),
        (("--level", "2"), "(studies of level 2 or stronger only)"),
        (("--only",), "combined only with platelet-rich plasma"),
    ]:
        assert said in json.loads(run(*asked, *limits, "-f", "json").stdout)["subject"]
    data = json.loads(run(*asked, "--level", "1", "--since", "2021", "-f", "json").stdout)
    question = data["question"]
    assert (question["level"], question["since"], question["randomized"]) == (1, 2021, False)
    assert question["indication"] == context.expand("indication:acne-scar")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--since", "20"), "--since"),
        (("--since", "soon"), "--since"),
        (("--level", "0"), "--level"),
        (("--level", "6"), "--level"),
        (("-w", "prp", "--alone"), "use either --alone or --with"),
        (("--only",), "--only needs a modality"),
    ],
    ids=" ".join,
)
def test_limits_that_are_none_are_refused(
    options: tuple[str, ...], message: str, run: Runner
) -> None:
    result = run("evidence", "-i", "melasma", *options)
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
    assert message in result.stderr


@pytest.mark.parametrize(
    "limits", [{"level": 0}, {"level": 6}, {"since": 20}, {"since": "2020"}, {"only": True}]
)
def test_limits_that_are_none_are_refused_in_python(
    limits: dict[str, Any], graph: mngraph.Graph
) -> None:
    with pytest.raises(UsageError):
        graph.evidence("melasma", **limits)


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("-i", "PRP", "'PRP' is a modality: use -w"),
        ("-i", "platelet-rich-plasma", "is a modality: use -w"),
        ("-i", "vitamin-c", "'vitamin-c' is a modality: use -w"),
        ("-i", "modality:platelet-rich-plasma", "is a modality: use -w"),
        ("-i", "https://w3id.org/mngraph/modality/vitamin-c", "is a modality: use -w"),
        ("-w", "melasma", "'melasma' is an indication: use -i"),
        ("-w", "hair loss", "'hair loss' is an indication or an adverse event: use -i or --event"),
        ("-w", "hair-loss", "'hair-loss' is an indication or an adverse event: use -i or --event"),
        ("-p", "erythema", "'erythema' is an adverse event: use --event"),
        ("--event", "microneedling", "'microneedling' is a procedure: use -p"),
    ],
)
def test_a_concept_of_another_kind_is_told_its_option(
    option: str, text: str, message: str, run: Runner
) -> None:
    result = run("evidence", option, text)
    assert result.exit_code == 2 and result.stdout == ""
    assert message in result.stderr and result.stderr.count("\n") == 1


def test_a_concept_of_another_kind_is_named_to_queries_too(run: Runner) -> None:
    result = run("query", "studies-of", "-p", "indication=vitamin-c")
    assert result.exit_code == 2
    assert (
        "'vitamin-c' is a modality (modality:vitamin-c); it must be an indication" in result.stderr
    )


def test_a_modality_named_twice_is_one(run: Runner) -> None:
    once, twice = (run("evidence", "-i", "melasma", *n * ("-w", "prp")).stdout for n in (1, 2))
    assert once == twice
    assert once == run("evidence", "prp", "melasma", "-w", "platelet-rich-plasma").stdout
