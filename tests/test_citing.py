"""What answers and pages say they rest on: the release, a graph of one's own, or nothing."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from mngraph import build, iris
from mngraph.description import Description
from mngraph.drawing import forest, mapdrawing, view
from mngraph.drawing.gapmap import gap_map
from mngraph.drawing.network import network
from mngraph.evidence.weighing import evidence
from mngraph.store import Store, open_store

RECORD = {
    "id": "made-up-1",
    "publication": {"authors": ["Doe J"], "issued": "2020", "title": "Made up"},
    "design": "randomised-controlled-trial",
    "indications": ["melasma"],
    "arms": [{"id": "A", "procedure": "microneedling"},
             {"id": "B", "interventions": ["no-treatment"]}],
    "outcomes": [{"measure": "clinical-response", "first": "A", "second": "B",
                  "direction": "favours-first", "first_events": 15, "first_total": 20,
                  "second_events": 8, "second_total": 20}],
    "curation": {"source": "https://example.org/a", "seen": "abstract", "curated": "2026-11-22"},
}  # fmt: skip


def pages(store: Store) -> list[str]:
    """Return each kind of page that shows a graph."""
    found = evidence(store, indication=iris.concept("indication", "melasma"))
    return [
        forest.to_html(found),
        forest.to_svg(found),
        mapdrawing.to_html(gap_map(store)),
        mapdrawing.to_svg(gap_map(store)),
        view.page(network(store)),
    ]


def test_pages_of_a_graph_of_ones_own_do_not_pass_as_the_release(tmp_path: Path) -> None:
    record = tmp_path / "made-up-1.yaml"
    record.write_text(yaml.safe_dump(RECORD), "utf-8")
    described = Description(
        title="My own studies", iri="http://example.org/mine", date="2026-11-28"
    )
    build.build_store([record], tmp_path / "mine", description=described)
    store = open_store(tmp_path / "mine")
    cited = "My own studies (2026-11-28), http://example.org/mine"
    for page in pages(store):
        assert f"Data: {cited}. Not medical advice." in page
        assert "CC0" not in page
    found = evidence(store, indication=iris.concept("indication", "melasma"))
    assert found.to_dict()["dataset"]["citation"] == cited


def test_pages_of_the_release_name_version_date_and_license(store: Store) -> None:
    form = r"Data: mngraph [\d.]+ \(\d{4}-\d\d-\d\d\), https://w3id\.org/mngraph/\. CC0 1\.0\."
    for page in pages(store)[2:]:
        assert re.search(form, page)
