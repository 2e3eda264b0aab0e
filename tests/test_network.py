"""The network: edges and counts against the records themselves, the files, the places."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
import yaml
from answers.records import above, is_control, is_needled, within

import mngraph
from mngraph import build, context
from mngraph.drawing import appearance, centrality, clusters, layout, network, networkfiles
from mngraph.errors import UsageError
from mngraph.store import LocalStore

STUDIES = Path(__file__).parents[1] / "data" / "studies"
REVIEWS = {"review", "systematic-review", "meta-analysis", "narrative-review"}


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    found = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(STUDIES.glob("*.yaml"))]
    assert len(found) > 300
    return found


@pytest.fixture(scope="module")
def whole(store: LocalStore) -> nx.MultiDiGraph[str]:
    return network.network(store)


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., LocalStore]:
    """A store with the records given as dictionaries."""

    def make(*given: dict[str, Any]) -> LocalStore:
        paths = []
        for number, record in enumerate(given):
            own = {"id": f"made-up-{number}", "publication": {"title": "Made up"}, **record}
            own["curation"] = {
                "source": "https://example.org/",
                "seen": "abstract",
                "curated": "2026-01-01",
            }
            path = tmp_path / f"{own['id']}.yaml"
            path.write_text(yaml.safe_dump(own, sort_keys=False), "utf-8")
            paths.append(path)
        store, sources = build.build_graph(paths)
        assert not sources.problems
        return store

    return make


def pairs(records: list[dict[str, Any]]) -> dict[tuple[str, str, str], set[str]]:
    """The edges as the records give them, without any of our code.

    An edge is drawn where a record names both ends; behind it are the studies of what is narrower.
    Patches and injections are not needling.
    """
    drawn, found = set(), defaultdict(set)
    for record in records:
        for arm in many(record.get("arms")):
            given = [m for m in many(arm.get("combined_with")) if not is_control(m)]
            for relation, one, other in of_arm(arm, given, many(record.get("indications"))):
                drawn.add((relation, one, other))
                for up, over in product(broader(one), broader(other)):
                    found[relation, up, over].add(record["id"])
    return {edge: found[edge] for edge in drawn}


def of_arm(
    arm: dict[str, Any], given: list[str], indications: list[str]
) -> Iterator[tuple[str, str, str]]:
    if procedure := arm.get("procedure"):
        for indication in indications:
            yield "studiedFor", f"procedure:{procedure}", f"indication:{indication}"
        for modality in given:
            yield "combinableWith", f"procedure:{procedure}", f"modality:{modality}"
            for indication in indications if is_needled(arm) else []:
                yield "combinedFor", f"modality:{modality}", f"indication:{indication}"


def broader(curie: str) -> list[str]:
    scheme, _, slug = curie.partition(":")
    return [f"{scheme}:{up}" for up in above(scheme, slug)]


def test_edges_and_their_studies_are_those_of_the_records(whole: Any, records: Any) -> None:
    drawn = {
        (relation, source, target): set(data["study_keys"])
        for source, target, relation, data in whole.edges(keys=True, data=True)
        if relation in ("studiedFor", "combinableWith", "combinedFor")
    }
    assert drawn == pairs(records)


@pytest.mark.parametrize("relation", ["studiedFor", "combinableWith", "evaluates"])
def test_edges_are_those_that_the_graph_derives(
    whole: Any, store: LocalStore, relation: str
) -> None:
    derived = {
        tuple(context.compact(row[name].value) for name in ("s", "o"))
        for row in store.query(f"SELECT ?s ?o {{ ?s mn:{relation} ?o }}")
    }
    assert derived
    assert {(a, b) for a, b, key in whole.edges(keys=True) if key == relation} == derived


def test_events_are_linked_as_the_claims_say(whole: Any, store: LocalStore) -> None:
    asked = "SELECT ?p ?e { ?p mn:hasReportedEvent ?e }"
    claims = {
        tuple(context.compact(row[name].value) for name in ("p", "e")) for row in store.query(asked)
    }
    drawn = {(a, b) for a, b, key in whole.edges(keys=True) if key == "hasReportedEvent"}
    assert drawn
    assert drawn == claims


def test_reviews_and_repeated_cohorts_are_not_added_up(made: Any) -> None:
    arms = [{"id": "A", "procedure": "microneedling"}]
    common = {"indications": ["melasma"], "arms": arms}
    store = made(
        {**common, "design": "case-series", "participants": 20},
        {**common, "design": "case-series", "participants": 30, "same_cohort_as": ["made-up-0"]},
        {**common, "design": "systematic-review", "participants": 500},
    )
    edge = network.network(store).edges[
        "procedure:microneedling", "indication:melasma", "studiedFor"
    ]
    assert (edge["weight"], edge["reviews"], edge["participants"]) == (1, 1, 30)
    assert edge["level"] == 4, "the review's level 1 is not that of the studies"


def trial(direction: str, **other: Any) -> dict[str, Any]:
    return {
        "design": "randomised-controlled-trial", "participants": 40, "indications": ["melasma"],
        "arms": [
            {"id": "A", "procedure": "microneedling", "combined_with": ["tranexamic-acid"]},
            {"id": "B", "procedure": "microneedling", **other},
        ],
        "outcomes": [
            {"measure": "clinical-response", "first": "A", "second": "B", "direction": direction},
        ],
    }  # fmt: skip


def test_a_comparison_bears_only_on_what_the_arms_differ_in(made: Any) -> None:
    graph = network.network(made(trial("favours-first")))
    needling = graph.edges["procedure:microneedling", "indication:melasma", "studiedFor"]
    added = graph.edges["modality:tranexamic-acid", "indication:melasma", "combinedFor"]
    assert (needling["stance"], needling["within"]) == ("within", 1), "both arms were needled"
    assert added["stance"] == "supports"
    assert added["baseline_only"] == ()


@pytest.mark.parametrize(
    ("direction", "stance"),
    [
        ("favours-second", "disputes"),
        ("no-difference", "no difference"),
        ("mixed", "mixed"),
    ],
)
def test_stance_of_a_comparison(made: Any, direction: str, stance: str) -> None:
    edge = network.network(made(trial(direction))).edges[
        "modality:tranexamic-acid", "indication:melasma", "combinedFor"
    ]
    assert edge["stance"] == stance


def test_baseline_counts_only_where_nothing_was_compared(made: Any) -> None:
    series = {
        "design": "case-series", "participants": 9, "indications": ["melasma"],
        "arms": [{"id": "A", "procedure": "microneedling"}],
        "outcomes": [
            {"measure": "clinical-response", "first": "A", "direction": "improved-from-baseline"},
        ],
    }  # fmt: skip
    edge = network.network(made(series)).edges[
        "procedure:microneedling", "indication:melasma", "studiedFor"
    ]
    assert edge["stances"] == {"made-up-0": "supports"}
    assert edge["baseline_only"] == ("made-up-0",)


def test_every_attribute_has_its_type(whole: Any) -> None:
    kinds = {
        "iri": str, "kind": str, "label": str, "definition": str, "synonyms": tuple, "group": str,
        "weight": int, "reviews": int, "participants": int, "level": int | None,
        "year": int | None, "study_keys": tuple,
    }  # fmt: skip
    for _, data in whole.nodes(data=True):
        assert {n for n, kind in kinds.items() if not isinstance(data[n], kind)} == set()
    edges = {
        "relation": str,
        "weight": int,
        "reviews": int,
        "level": int | None,
        "stance": str,
        "study_keys": tuple,
    }
    for *_, data in whole.edges(data=True):
        assert {n for n, kind in edges.items() if not isinstance(data[n], kind)} == set()


def test_focus_takes_the_studies_that_name_it_or_something_narrower(
    store: LocalStore, records: Any
) -> None:
    focused = network.network(store, focus=["indication:acne-scar"])
    named = {
        r["id"] for r in records
        if {"acne-scar", "atrophic-acne-scar"} & set(many(r.get("indications")))
    }  # fmt: skip
    assert named <= set(focused.graph["studies"])
    for _, _, relation, data in focused.edges(keys=True, data=True):
        assert relation == "broader" or set(data["study_keys"]) <= set(focused.graph["studies"])
    wider = network.network(store, focus=["indication:acne-scar"], depth=2)
    assert len(wider) > len(focused)


def test_a_focus_on_an_indication_leaves_out_unrelated_ones(store: LocalStore) -> None:
    """Reviews of melasma also name scars; a study of two indications comes in at depth 2."""
    near, far = (network.network(store, focus=["indication:melasma"], depth=n) for n in (1, 2))
    drawn = {node for node in near if node.startswith("indication:")}
    assert "indication:melasma" in drawn
    related = {
        node for node in drawn
        if within("indication", node.partition(":")[2], "melasma")
        or within("indication", "melasma", node.partition(":")[2])
    }  # fmt: skip
    assert drawn == related
    assert "indication:scar" in far
    reviews = [s for s in near.graph["studies"].values() if "indication:scar" in s.concepts]
    assert reviews, "the case must have such a review, or it tests nothing"


def test_two_concepts_in_focus_select_the_studies_of_both(store: LocalStore) -> None:
    """As two modalities in a question do."""
    both = ["indication:melasma", "modality:tranexamic-acid"]
    one, other = (set(network.network(store, focus=[c]).graph["studies"]) for c in both)
    found = set(network.network(store, focus=both).graph["studies"])
    assert found == one & other and found not in (one, other)
    added = network.network(store, focus=[*both, "study:pmid-31469914"]).graph["studies"]
    assert set(added) == found | {"pmid-31469914"}


def test_focus_can_be_one_publication(store: LocalStore) -> None:
    focused = network.network(store, focus=["publication:pmid-31469914"])
    assert set(focused.graph["studies"]) == {"pmid-31469914"}
    assert "indication:alopecia-areata" in focused


def test_options_leave_out_what_they_say(store: LocalStore, whole: Any) -> None:
    some = network.network(store, kinds=["modality", "indication"], min_studies=3, level=2)
    assert {data["kind"] for _, data in some.nodes(data=True)} == {"modality", "indication"}
    strong = [data for *_, key, data in some.edges(keys=True, data=True) if key == "combinedFor"]
    assert strong
    assert all(data["weight"] >= 3 and data["level"] <= 2 for data in strong)
    assert some.number_of_edges() < whole.number_of_edges()


def test_publications_stay_for_what_rests_on_enough_studies(store: LocalStore) -> None:
    """Else nothing would be left out: a publication has a line to each of its concepts."""
    some = network.network(store, min_studies=8)
    relations = {"studiedFor", "combinedFor", "combinableWith", "hasReportedEvent"}
    lines = [(a, b) for a, b, relation in some.edges(keys=True) if relation in relations]
    linked = {end for line in lines for end in line}
    about = {b for _, b, relation in some.edges(keys=True) if relation == "evaluates"}
    assert linked and about and about <= linked
    assert len(network.network(store, min_studies=1000)) == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kinds": ["disease"]}, "the kinds are"),
        ({"level": 6}, "1 (strongest) to 5"),
        ({"depth": 0}, "depth"),
        ({"focus": ["indication:warts-and-all"]}, "indication:warts-and-all"),
    ],
)
def test_wrong_options_are_told(store: LocalStore, given: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told.replace("(", r"\(").replace(")", r"\)")):
        network.network(store, **given)


# --- places -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def placed(whole: Any) -> layout.Layout:
    return layout.arrange(whole)


def boxes(
    graph: Any, placed: layout.Layout, names: list[str]
) -> Iterator[tuple[str, tuple[float, ...]]]:
    scale = 480 / 2 / placed.radii[1]
    for name in names:
        x, y = placed.positions[name]
        r = appearance.radius(graph.nodes[name]["kind"], graph.nodes[name]["weight"])
        text = layout.lines(graph.nodes[name]["label"])
        wide = max(map(len, text)) * 6.5 / scale / 2
        yield name, (x - wide, y + r, x + wide, y + r + 13 * len(text) / scale)


def test_the_strongest_labels_do_not_overlap(whole: Any, placed: layout.Layout) -> None:
    found = list(boxes(whole, placed, placed.labeled))
    assert len(found) == layout.LABELS
    over = [
        (a, b)
        for i, (a, p) in enumerate(found)
        for b, q in found[i + 1 :]
        if p[0] < q[2] and q[0] < p[2] and p[1] < q[3] and q[1] < p[3]
    ]
    assert len(over) <= 2, over


def test_no_two_shapes_stand_on_one_place(whole: Any, placed: layout.Layout) -> None:
    at = [placed.positions[n] for n in whole if whole.nodes[n]["kind"] != "publication"]
    near = [
        (a, b) for i, a in enumerate(at) for b in at[i + 1 :]
        if (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 < 49
    ]  # fmt: skip
    assert near == []


def test_procedures_stand_inside_and_publications_outside(
    whole: Any, placed: layout.Layout
) -> None:
    a, b = placed.radii

    def out(name: str) -> float:
        x, y = placed.positions[name]
        return ((x / a) ** 2 + (y / b) ** 2) ** 0.5

    by_kind = defaultdict(list)
    for name, data in whole.nodes(data=True):
        by_kind[data["kind"]].append(out(name))
    assert max(by_kind["procedure"]) < min(by_kind["indication"])
    assert max(by_kind["modality"]) < min(by_kind["publication"])


def test_the_focus_stands_in_the_middle(store: LocalStore) -> None:
    focused = network.network(store, focus=["modality:platelet-rich-plasma"])
    assert layout.arrange(focused).positions["modality:platelet-rich-plasma"] == (0.0, 0.0)


@pytest.mark.parametrize("nodes", [0, 1, 2])
def test_tiny_networks_have_places(whole: Any, nodes: int) -> None:
    few = whole.subgraph(sorted(whole)[:nodes]).copy()
    assert len(layout.arrange(few).positions) == nodes


# --- files ------------------------------------------------------------------------------------


def test_graphml_opens_ready(whole: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.graphml"
    path.write_bytes(networkfiles.to_graphml(whole))
    read = nx.read_graphml(path, force_multigraph=True)
    assert (len(read), read.number_of_edges()) == (len(whole), whole.number_of_edges())
    node = read.nodes["indication:melasma"]
    assert (node["kind"], node["color"], node["shape_type"]) == ("indication", "#D55E00", "ellipse")
    assert isinstance(node["x"], float)
    assert isinstance(node["weight"], int)


def test_gexf_opens_ready_with_gephis_looks(whole: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.gexf"
    path.write_bytes(networkfiles.to_gexf(whole))
    read = nx.read_gexf(path)
    viz = read.nodes["modality:platelet-rich-plasma"]["viz"]
    assert viz["color"] == {"r": 0, "g": 158, "b": 115, "a": 1.0}
    assert set(viz["position"]) == {"x", "y", "z"}
    assert f'lastmodifieddate="{whole.graph["issued"]}"' in path.read_text("utf-8")


def test_cytoscape_json_has_places_and_a_style(whole: Any) -> None:
    document = json.loads(networkfiles.to_cytoscape(whole))
    nodes = document["elements"]["nodes"]
    assert len(nodes) == len(whole)
    assert all({"x", "y"} == set(node["position"]) for node in nodes)
    ids = {node["data"]["id"] for node in nodes}
    assert all(edge["data"]["source"] in ids for edge in document["elements"]["edges"])
    assert document["style"]


def test_csv_names_both_ends(whole: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(networkfiles.to_csv(whole).decode())))
    assert len(rows) == whole.number_of_edges()
    assert all(row["source_label"] and row["target_label"] for row in rows)


def test_control_characters_do_not_break_xml(whole: Any, tmp_path: Path) -> None:
    few = whole.subgraph(["indication:melasma", "procedure:microneedling"]).copy()
    few.nodes["indication:melasma"]["label"] = "a\x00b\x0b<&>\ud7ff\uffff"
    for name in ("graphml", "gexf"):
        path = tmp_path / f"x.{name}"
        path.write_bytes(networkfiles.GRAPH_WRITERS[name](few))
        read = (nx.read_graphml if name == "graphml" else nx.read_gexf)(path)
        assert "<&>" in read.nodes["indication:melasma"]["label"]


SAME = """
import hashlib, sys
from mngraph import store
from mngraph.drawing import network, networkfiles, view
graph = network.network(store.open_store(sys.argv[1]), min_studies=5)
digest = hashlib.sha256(view.page(graph).encode())
for write in networkfiles.GRAPH_WRITERS.values():
    digest.update(write(graph))
print(digest.hexdigest())
"""


def test_same_graph_same_bytes_under_any_hash_seed(release: Path) -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", SAME, str(release)], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "77")
    ]  # fmt: skip
    assert told[0] == told[1]
    assert len(told[0].strip()) == 64


# --- large networks, centrality -----------------------------------------------------------------


def test_large_networks_become_clusters(whole: Any) -> None:
    large = whole.copy()
    for number in range(5000):
        name = f"publication:made-up-{number}"
        large.add_node(name, **{**whole.nodes["publication:pmid-31469914"], "label": name})
        large.add_edge(name, "indication:melasma", "evaluates", **whole.get_edge_data(
            "publication:pmid-31469914", "indication:alopecia-areata", "evaluates"))  # fmt: skip
    assert clusters.aggregate(whole) is None
    found = clusters.aggregate(large)
    assert found
    assert len(found.network) <= clusters.DRAWN
    kept = {n for n in found.network if not n.startswith("cluster:")}
    assert kept | set(found.cluster_of) == set(large)
    assert not kept & set(found.cluster_of)
    places = found.places(layout.arrange(found.network).positions)
    assert set(places) == set(large)


def test_reach_counts_the_indications_of_the_records(store: LocalStore, records: Any) -> None:
    reach = defaultdict(set)
    for relation, source, target in pairs(records):
        if relation == "combinedFor":
            reach[source].add(target)
    table = centrality.centrality(store, limit=10_000)
    assert {row[0]: row[2] for row in table.rows} == {
        name: len(found) for name, found in reach.items()
    }


def test_the_api_takes_names_as_people_write_them(graph: mngraph.Graph) -> None:
    assert "modality:platelet-rich-plasma" in graph.network(focus=["PRP"])
