"""A part of what `python -m tests.hostile.kills` does in full, with the same seed each time."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import sampled
from tests.hostile.kills import BAD, MOMENTS, TARGETS, Trial


@pytest.mark.slow("some 20 processes, one after the other")
def test_targets_are_whole_whatever_is_killed(tmp_path: Path) -> None:
    trial = Trial(tmp_path, 20261128, sampled(TARGETS, 2))
    trial.kill_at_random(2)
    trial.kill_in_window(len(MOMENTS))
    trial.read_while_replacing(12)
    assert not {name: trial.outcomes[name] for name in BAD if trial.outcomes[name]}
    assert trial.outcomes["reads"] > 0 and trial.outcomes["set aside and named"] == 1
