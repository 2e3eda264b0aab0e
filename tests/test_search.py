"""What a search finds: whole words before what only looks alike, and studies by what is printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from answers.records import name, records
from click.testing import Result
from conftest import Runner, sampled

from mngraph import search
from mngraph.errors import UsageError
from mngraph.store import LocalStore

BASE = "https://w3id.org/mngraph/"
CHAWLA = f"{BASE}study/doi-10.4103-0974-2077.150742"
RECORDS = Path(__file__).parents[1] / "data" / "studies"
INDICATIONS = Path(__file__).parents[1] / "ontology" / "vocabulary" / "indication.ttl"


@pytest.mark.parametrize(
    ("typed", "first", "not_before_it"),
    [
        ("plasma", "modality/platelet-rich-plasma", "modality/polylactic-acid"),
        ("hair", "indication/hair-disorder", "modality/hyaluronic-acid"),
        ("redness", "event/erythema", "event/pain"),
    ],
)
def test_a_whole_word_of_a_name_beats_a_likeness(
    typed: str, first: str, not_before_it: str, store: LocalStore
) -> None:
    found = search.search(store, typed, search.concepts.KINDS, limit=30)
    assert found[0].iri == BASE + first
    having = {match.iri for match in found if typed in re.split(r"\W", match.matched.lower())}
    later = [match.iri for match in found[len(having) :]]
    assert {match.iri for match in found[: len(having)]} == having
    assert BASE + not_before_it in later


@pytest.mark.parametrize(
    "typed",
    [
        "Chawla 2014", "chawla", "10.4103/0974-2077.150742",
        "https://doi.org/10.4103/0974-2077.150742", "Split Face Comparative Study of Microneedling",
        "microneedling with vitamin c in treating atrophic",
    ],
)  # fmt: skip
def test_a_study_is_found_by_what_is_printed_on_it(typed: str, store: LocalStore) -> None:
    found = [match.iri for match in search.search(store, typed)]
    assert CHAWLA in found[:3]


def test_words_without_quotes_are_one_name(run: Runner) -> None:
    assert run("search", "tranexamic", "acid").stdout == run("search", "tranexamic acid").stdout


@pytest.mark.parametrize("path", sorted(RECORDS.glob("*.yaml"))[::40], ids=lambda path: path.stem)
def test_the_key_of_a_study_names_it(path: Path, run: Runner, store: LocalStore) -> None:
    best = search.search(store, path.stem)[0]
    assert (best.iri, best.score) == (f"{BASE}study/{path.stem}", 100)
    assert f"study:{path.stem} · study" in run("show", path.stem).stdout


@pytest.mark.parametrize(
    ("typed", "label"), [("stretch-marks", "stretch marks"), ("acne-scars", "acne scars")]
)
def test_hyphens_stand_for_the_spaces_of_a_label(typed: str, label: str, store: LocalStore) -> None:
    found = search.concepts.resolve(store, typed, ("indication",))
    assert found == search.concepts.resolve(store, label, ("indication",))


def test_every_study_is_found_and_shown_by_its_identifiers(store: LocalStore) -> None:
    """PMIDs and DOIs come from the records; each is asked for as its owner writes it."""
    asked = {}
    for path in sampled(sorted(RECORDS.glob("*.yaml")), 40):
        record = yaml.safe_load(path.read_text("utf-8"))
        for kind in ("pmid", "doi"):
            if kind in record["publication"]:
                asked[f"{kind.upper()}: {record['publication'][kind]}"] = record["id"]
    assert len(asked) > 5
    for text, key in asked.items():
        assert search.resolve(store, text) == f"{BASE}study/{key}", text


def test_a_kind_can_be_asked_for(store: LocalStore) -> None:
    assert {m.kind for m in search.search(store, "melasma", ["study"])} == {"study"}
    assert "study" not in {m.kind for m in search.search(store, "melasma", ["indication"])}


def test_a_concept_goes_before_a_study_that_has_its_name(store: LocalStore) -> None:
    assert search.resolve(store, "acne scar") == f"{BASE}indication/acne-scar"
    assert search.resolve(store, "chawla 2014") == CHAWLA
    with pytest.raises(UsageError, match="did you mean indication:acne-scar"):
        search.resolve(store, "acne skar")


def test_a_name_of_several_studies_is_not_guessed(store: LocalStore) -> None:
    with pytest.raises(UsageError, match=r"can be study:.*say which"):
        search.resolve(store, "2022")


def test_commands_find_and_show_studies_but_ask_about_concepts_alone(
    run: Callable[..., Result],
) -> None:
    assert run("search", "31469914", "-f", "csv").stdout.splitlines()[1].startswith(
        "study:pmid-31469914,"
    )  # fmt: skip
    assert "study:pmid-31469914" in run("show", "31469914").stdout
    refused = run("evidence", "-i", "31469914")
    assert refused.exit_code == 2
    assert "no indication is called" in refused.output


def test_every_study_of_the_release_has_a_name_of_its_own(store: LocalStore) -> None:
    """As people cite; where no author was seen, words of the title; never an identifier."""
    rows = store.query("SELECT ?s ?label { ?s a mn:Study ; rdfs:label ?label }")
    shown = {row["s"].value.rpartition("/")[2]: row["label"].value for row in rows}
    assert shown == {key: name(key) for key in records()}
    assert len(set(shown.values())) == len(shown) > 300
    assert not [text for text in shown.values() if re.search(r"not seen|n\.d\.|pm[ic]*d", text)]


def test_a_kind_without_a_text_lists_its_concepts(run: Runner) -> None:
    found = run("search", "-k", "indication", "-f", "csv").stdout.splitlines()[1:]
    names = set(re.findall(r"^indication:(\S+) a", INDICATIONS.read_text("utf-8"), re.M))
    assert {line.partition(",")[0] for line in found} == {f"indication:{name}" for name in names}
    assert "missing argument" in run("search").stderr
    assert "missing argument" in run("search", "-k", "study").stderr


def test_an_indication_without_a_record_is_said_to_have_none(run: Runner) -> None:
    told = run("evidence", "-i", "eczema").stderr
    assert "no record here is on anything of that name (mngraph search -k indication" in told
