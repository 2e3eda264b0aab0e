"""Questions of a clinician: one command each gives what was counted by hand."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Runner

QUESTIONS = yaml.safe_load((Path(__file__).parent / "data" / "clinician.yaml").read_text("utf-8"))


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: str(asked["command"]))
def test_one_command_answers_as_counted_by_hand(asked: dict[str, Any], run: Runner) -> None:
    result = run(*shlex.split(asked["command"]), "-f", "json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    if "counts" in asked:
        assert found["counts"] == {"all": asked["counts"], "randomized": asked["randomized"]}
        assert found["harms"]["studies"]["all"] == asked["studies"]
    if "harms" in asked:
        told, harms = found["harms"], asked["harms"]
        against = [
            each for each in told["comparisons"]
            if each["direction"] == "favors the comparator" and "(review)" not in each["study"]
        ]  # fmt: skip
        assert len({each["key"] for each in against}) == harms["comparisons_against"]
        for name in ("reporting", "none_stated", "arm_not_stated"):
            assert told["studies"][name] == harms[name], name
    if "reported" in asked:
        reviews = {row["key"] for row in found["rows"] if "review" in row["design"]}
        studies = {row["key"]: row["given"] for row in found["rows"] if row["key"] not in reviews}
        assert len(studies) == asked["reported"]
        unplaced = [key for key, given in studies.items() if given == "arm not stated"]
        assert len(unplaced) == asked["arm_not_stated"]
    if "do_not_mention" in asked:
        silence = " ".join(found["points"])
        silent, free = (
            int(match[1]) if (match := re.search(pattern, silence)) else 0
            for pattern in (r"(\d+) studies do not report it", r"(\d+) of them state")
        )
        assert silent - free == asked["do_not_mention"]
    if "rate" in asked:
        (rate,) = (row for row in found["pooled"] if row["at_risk"])
        assert [rate["affected"], rate["at_risk"]] == asked["rate"]


def test_a_question_without_a_study_says_so_and_names_what_is_near(run: Runner) -> None:
    empty = [
        asked for asked in QUESTIONS if "counts" in asked and not any(asked["counts"].values())
    ]
    assert len(empty) == 4
    for asked in empty:
        found = json.loads(run(*shlex.split(asked["command"]), "-f", "json").stdout)
        assert found["verdict"].startswith("No study in this graph has a result")
        assert found["nearby"]


def test_side_effects_are_all_adverse_events(run: Runner) -> None:
    words = ("evidence", "-w", "minoxidil", "-i", "androgenetic-alopecia", "-f", "json")
    found = json.loads(run(*words, "--event", "side effects").stdout)
    assert {row["event"] for row in found["rows"]} >= {"pain"}
    assert "gastrointestinal" not in found["verdict"]


def test_who_describes_safety_or_saw_events_in_another_arm_is_not_called_silent(
    run: Runner,
) -> None:
    """Two records have a summary on safety; one names an event of needling alone only."""
    words = ("evidence", "-w", "minoxidil", "-i", "androgenetic-alopecia", "-f", "json")
    told = json.loads(run(*words).stdout)["harms"]["studies"]
    assert (told["in_words"], told["other_arm_only"], told["silent"]) == (2, 1, 5)


def test_plain_words_can_ask_for_side_effects(run: Runner) -> None:
    words = ["side", "effects", "of", "minoxidil", "for", "androgenetic", "alopecia"]
    asked = json.loads(run("evidence", *words, "-f", "json").stdout)["question"]
    assert asked["event"].endswith("/vocabulary/event") and asked["indication"]
