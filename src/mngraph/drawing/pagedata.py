"""The data of the network page: nodes and edges for vis-network, studies, looks, SPARQL texts."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mngraph import context, sparql
from mngraph.drawing import appearance, clusters, layout, strongest
from mngraph.drawing.edges import STANCES
from mngraph.drawing.placement import draw

if TYPE_CHECKING:
    import networkx as nx

    from mngraph.cards.study import StudyCard

OPTIONS: dict[str, Any] = {
    "autoResize": True,
    "physics": {
        "enabled": False,
        "solver": "forceAtlas2Based",
        "forceAtlas2Based": {"gravitationalConstant": -40, "springLength": 60, "avoidOverlap": 0.4},
        "stabilization": {"enabled": False},
        "maxVelocity": 20,
    },
    "layout": {"improvedLayout": False, "randomSeed": 1},
    "interaction": {
        "hover": True,
        "hoverConnectedEdges": False,
        "selectConnectedEdges": False,
        "tooltipDelay": 200,
        "zoomSpeed": 0.8,
    },
    "nodes": {"borderWidth": 0, "chosen": False, "font": {"size": 0}},
    "edges": {"smooth": False, "chosen": False, "arrows": {"to": False}, "selectionWidth": 0},
}
"""The options of vis-network: no physics at opening, no random layout, straight lines."""

SHOWN = (
    "procedure", "modality", "indication", "event", "publication", "studiedFor", "combinableWith",
    "combinedFor", "hasReportedEvent", "evaluates", "broader",
)  # fmt: skip
"""The kinds of nodes and relations whose query can be copied from the page."""


def payload(network: nx.MultiDiGraph[str], about: dict[str, Any]) -> dict[str, Any]:
    """Return all that the page knows.

    Args:
        network: a network without looks.
        about: title, version and so on, which the page shows.
    """
    large = clusters.aggregate(network)
    drawn, placed = draw(large.network if large else network)
    places = large.places(placed.positions) if large else placed.positions
    part = strongest.strongest(network)
    first = layout.arrange(part, layout.FEW) if part else None
    studies: dict[str, StudyCard] = network.graph.get("studies", {})
    numbers = {key: number for number, key in enumerate(studies)}
    return {
        "meta": about,
        "looks": appearance.tables(),
        "options": OPTIONS,
        "nodes": _nodes(network, places, numbers, large, first),
        "edges": _edges(network, numbers, part),
        "clusters": _clusters(drawn, large),
        "drawn": clusters.DRAWN,
        "studies": [_card(study) for study in studies.values()],
        **_frame(placed),
        "strong": {**_frame(first), "starts": strongest.starts(part)} if part and first else None,
        "labels": layout.LABELS,
        "sparql": queries(),
    }


def queries() -> dict[str, str]:
    """Return SPARQL for the studies behind a node or an edge, with `$node` or its ends open."""
    names = ("mn", "dcterms", "skos")
    head = "".join(f"PREFIX {name}: <{context.prefixes()[name]}>\n" for name in names)
    return {name: head + sparql.internal(f"studies-behind-{name}") for name in SHOWN}


def _frame(placed: layout.Layout) -> dict[str, Any]:
    """Return what stands around the nodes of a layout: names of sectors, and how wide it is."""
    return {
        "sectors": [{"name": s.name, "start": s.start, "end": s.end} for s in placed.sectors],
        "radii": placed.radii,
    }


def _nodes(
    network: nx.MultiDiGraph[str], positions: dict[str, tuple[float, float]],
    numbers: dict[str, int], large: clusters.Aggregate | None, first: layout.Layout | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the nodes as vis-network reads them, with what our page shows about each."""
    order = sorted(network, key=lambda node: appearance.rank(network.nodes[node]))
    ranks = {node: number for number, node in enumerate(order)}
    cluster_of = large.cluster_of if large else {}
    nodes: list[dict[str, Any]] = []
    for node, data in network.nodes(data=True):
        look = appearance.KINDS[data["kind"]]
        x, y = positions[node]
        shown = {
            "color": look.color, "x": x, "y": y,
            "size": appearance.radius(data["kind"], data["weight"]), "iri": data["iri"],
            "kind": data["kind"], "family": data["group"], "definition": data["definition"],
            "synonyms": data["synonyms"], "weight": data["weight"], "reviews": data["reviews"],
            "rank": ranks[node], "lines": layout.lines(data["label"]),
            "studies": [numbers[key] for key in data["study_keys"]],
        }  # fmt: skip
        if node in cluster_of:
            shown["cluster"] = cluster_of[node]
        if first and node in first.positions:
            shown["strong"] = first.positions[node]
        nodes.append(shown | {"id": node, "label": data["label"] or node, "shape": look.shape})
    return nodes


def _edges(
    network: nx.MultiDiGraph[str], numbers: dict[str, int], part: nx.MultiDiGraph[str] | None
) -> list[dict[str, Any]]:
    """Return the edges as vis-network reads them, with what our page shows about each."""
    return [
        {
            "id": number, "relation": relation, "arrows": "",
            "width": appearance.width(relation, data["weight"], data["level"]),
            "color": appearance.edge_color(relation, data["stance"]),
            "dashes": list(appearance.dash(relation, data["level"])) or False,
            "weight": data["weight"], "said": _study_stances(data, numbers),
            "from": source, "to": target,
            **({"strong": True} if part and part.has_edge(source, target, relation) else {}),
        }
        for number, (source, target, relation, data) in enumerate(
            network.edges(keys=True, data=True)
        )
    ]  # fmt: skip


def _study_stances(data: dict[str, Any], numbers: dict[str, int]) -> list[list[int | None]]:
    """Return each study of an edge with its stance, and whether it rests on baseline alone."""
    stances, baseline = data["stances"], set(data["baseline_only"])
    return [
        [
            numbers[key],
            STANCES.index(stances[key]) if key in stances else None,
            int(key in baseline),
        ]
        for key in data["study_keys"]
    ]


def _clusters(
    drawn: nx.MultiDiGraph[str], large: clusters.Aggregate | None
) -> list[dict[str, Any]]:
    """Return the clusters of an aggregate as the page draws them."""
    if large is None:
        return []
    return [
        {"id": node, "label": data["label"], "lines": layout.lines(data["label"]),
         "kind": data["kind"], "shape": data["shape"], "color": data["color"],
         "x": data["x"], "y": data["y"], "members": data["weight"]}
        for node, data in drawn.nodes(data=True)
        if node.startswith("cluster:")
    ]  # fmt: skip


def _card(study: StudyCard) -> dict[str, Any]:
    card = asdict(study)
    del card["is_appraised"]
    for arm in card["arms"]:
        del arm["procedure"], arm["combined"], arm["others"]
    return card
