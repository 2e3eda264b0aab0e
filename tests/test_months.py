"""Months that notes turn into weeks by two conventions: 4 a month, or those of the calendar."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from conftest import Runner
from madeup import trial


def record(number: int, weeks: int, note: str) -> dict[str, object]:
    curation = {"source": "https://example.org/", "seen": "abstract", "curated": "2026-11-28",
                "notes": note}  # fmt: skip
    return trial(
        number, "favours-first", follow_up_weeks=weeks, curation=curation,
        publication={"title": f"Made up {number}", "issued": "2020"},
    )  # fmt: skip


def warned(records: list[dict[str, object]], folder: Path, run: Runner) -> list[str]:
    """Return the files that the check warns of."""
    (folder / "records").mkdir()
    for each in records:
        path = folder / "records" / f"{each['id']}.yaml"
        path.write_text(yaml.safe_dump(each, sort_keys=False), "utf-8")
    result = run("validate", folder / "records")
    assert result.exit_code == 0
    lines = [line for line in result.stderr.splitlines() if "see what the source states" in line]
    return [line.split("/")[-1].split(":")[0] for line in lines]


@pytest.mark.parametrize(
    ("weeks", "note"),
    [
        (26, "6 months entered as 26 weeks."),
        (26, "Six months of follow-up counted as 26 weeks"),
        (13, "Published online. Three months after the last session as 13 weeks; see arm A"),
    ],
)
def test_the_convention_of_fewer_records_is_flagged(
    weeks: int, note: str, tmp_path: Path, run: Runner
) -> None:
    others = [record(n, 12, "3 months counted as 12 weeks") for n in (1, 2)]
    assert warned([*others, record(3, weeks, note)], tmp_path, run) == ["pmid-3.yaml"]


def test_where_both_are_as_frequent_both_are_flagged(tmp_path: Path, run: Runner) -> None:
    both = [record(1, 12, "3 months as 12 weeks"), record(2, 9, "two months as 9 weeks")]
    assert warned(both, tmp_path, run) == ["pmid-1.yaml", "pmid-2.yaml"]


@pytest.mark.parametrize(
    ("weeks", "note"),
    [
        (24, "6 months entered as 24 weeks"),
        (4, "one month counted as 4 weeks"),
        (26, "16 months as 26 weeks"),
        (26, "Seen at 26 weeks"),
        (26, "6 months of treatment. Follow-up entered as 26 weeks"),
    ],
)
def test_what_is_no_second_convention_is_left_alone(
    weeks: int, note: str, tmp_path: Path, run: Runner
) -> None:
    others = [record(n, 12, "3 months counted as 12 weeks") for n in (1, 2)]
    assert warned([*others, record(3, weeks, note)], tmp_path, run) == []
