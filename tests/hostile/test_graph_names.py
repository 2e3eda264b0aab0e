"""Named graphs whose names are blank nodes."""

from __future__ import annotations

from pathlib import Path

from mngraph import load


def test_a_blank_name_of_a_graph_is_not_listed_as_an_iri(tmp_path: Path) -> None:
    path = tmp_path / "graphs.nq"
    path.write_text('<http://example.org/a> <http://example.org/p> "1" _:g .\n', "utf-8")
    assert load(path).store.graphs() == []
