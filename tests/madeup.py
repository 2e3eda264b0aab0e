"""Graphs made of records that a test makes up."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from mngraph import build, packs, records, resources, vocabularies
from mngraph.store import LocalStore

Record = dict[str, Any]
PRP = "platelet-rich-plasma"
COMBINED = {"id": "A", "procedure": "roller-microneedling", "combined_with": [PRP]}
ALONE = {"id": "B", "procedure": "roller-microneedling"}


@cache
def concepts() -> list[Any]:
    """Return the shared vocabularies, and what the pack of the release states of itself."""
    release = packs.Library().read(resources.folder("data"))
    shared = [q for q in build.read_ontology() if "/graph/vocabulary/" in str(q.graph_name)]
    return [*shared, *release.description()]


def graph_of(read: list[Record], folder: Path) -> LocalStore:
    """Write records to files, read them as a build does, and derive the claims."""

    def quads() -> Iterator[Any]:
        for record in read:
            path = folder / f"{record['id']}.yaml"
            path.write_text(yaml.safe_dump(record, sort_keys=False), "utf-8")
            found = records.read_record(path, vocabularies.shared())
            assert found.problems == []
            yield from records.record_quads(found)

    store = LocalStore.memory(chain(concepts(), quads()))
    build.derive(store)
    return store


def trial(number: int, direction: str | None, **more: Any) -> Record:
    """Return a trial of two arms that differ in what was combined, with one comparison."""
    outcome: Record = {"measure": "clinical-response", "first": "A", "second": "B"}
    if direction:
        outcome["direction"] = direction
    return {
        "id": f"pmid-{number}",
        "publication": {"pmid": str(number), "authors": [f"Maker{number} A"], "issued": "2020"},
        "design": "randomised-split-body-trial",
        "participants": 10 * number,
        "indications": ["atrophic-acne-scar"],
        "arms": [COMBINED, ALONE],
        "outcomes": [outcome],
        **more,
    }
