"""Every input that ever went wrong, and a few mutations of each kind; see `fuzz.py` for more."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.hostile import fuzz


@pytest.mark.slow("one process for each kind of input")
@pytest.mark.parametrize("target", fuzz.TARGETS)
def test_inputs_are_read_or_refused(target: str, tmp_path: Path) -> None:
    reader = fuzz.Reader(target, tmp_path)
    known = {
        path.name: reader.read("".join(path.suffixes), path.read_bytes())
        for path in sorted((fuzz.CORPUS / target).glob("*"))
    }
    reader.end()
    assert not {name: found for name, found in known.items() if not fuzz.is_sound(found)}
    outcomes = fuzz.fuzz(target, seed=1, count=100, seconds=60, keep=tmp_path / "kept")
    assert outcomes["read"] > 0 and outcomes["refused"] > 0
    assert not [outcome for outcome in outcomes if not fuzz.is_sound(outcome)]


def test_faults_are_seen(tmp_path: Path) -> None:
    assert not any(map(fuzz.is_sound, ("escaped: KeyError: 1", "died with -11", "hung for 10")))
    reader = fuzz.Reader("no such kind", tmp_path)
    assert reader.read(".ttl", b"").startswith("died with")
