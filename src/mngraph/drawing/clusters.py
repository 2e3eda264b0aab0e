"""Networks with more nodes than a browser draws well: the weaker nodes as clusters that open."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mngraph.drawing import appearance

if TYPE_CHECKING:
    import networkx as nx

DRAWN = 2000
"""How many nodes are drawn one by one; a network with more is drawn as an aggregate."""

STRONGEST = 200
"""How many concepts of a larger network stay nodes of their own."""

MEMBERS = 400
"""How many members a cluster has at most."""

GOLDEN = math.pi * (3 - math.sqrt(5))


@dataclass
class Aggregate:
    """A network of strong nodes and clusters, and the cluster of each other node."""

    network: nx.MultiDiGraph[str]
    cluster_of: dict[str, str]

    def places(self, positions: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        """Return the place of every node: members stand in a spiral about their cluster's place."""
        places = {n: at for n, at in positions.items() if not n.startswith("cluster:")}
        seats: Counter[str] = Counter()
        for node, cluster in self.cluster_of.items():
            x, y = positions[cluster]
            seat = seats[cluster]
            seats[cluster] += 1
            turn, out = seat * GOLDEN, 9 * math.sqrt(seat)
            places[node] = (round(x + out * math.cos(turn), 1), round(y + out * math.sin(turn), 1))
        return places


def aggregate(graph: nx.MultiDiGraph[str]) -> Aggregate | None:
    """Return the aggregate of a network that is too large to draw, or None for any other.

    Nodes of one kind and family make a cluster; families are those of the hierarchy, and for
    publications the family of the indications that they evaluate.
    """
    import networkx as nx

    if graph.number_of_nodes() <= DRAWN:
        return None
    order = sorted(graph, key=lambda node: appearance.rank(graph.nodes[node]))
    center = set(graph.graph.get("center", ()))
    concepts = [n for n in order if graph.nodes[n]["kind"] != "publication"]
    strong = {*concepts[:STRONGEST], *(n for n in order if n in center)}
    members: dict[tuple[str, str], list[str]] = defaultdict(list)
    for node in order:
        if node not in strong:
            members[graph.nodes[node]["kind"], _family(graph, node)].append(node)
    small: nx.MultiDiGraph[str] = nx.MultiDiGraph(**graph.graph)
    small.add_nodes_from((node, graph.nodes[node]) for node in order if node in strong)
    cluster_of: dict[str, str] = {}
    for kind, family in sorted(members):
        for name, part in _parts(kind, family, members[kind, family]):
            small.add_node(name, **_cluster(graph, kind, family, part))
            cluster_of.update(dict.fromkeys(part, name))
    _add_edges(graph, small, cluster_of)
    return Aggregate(small, cluster_of)


def _family(graph: nx.MultiDiGraph[str], node: str) -> str:
    if graph.nodes[node]["kind"] != "publication":
        return str(graph.nodes[node]["group"])
    groups = Counter(
        graph.nodes[other]["group"]
        for _, other in graph.out_edges(node)
        if graph.nodes[other]["kind"] == "indication"
    )
    return str(min(groups, key=lambda name: (-groups[name], name), default="other subjects"))


def _parts(kind: str, family: str, nodes: list[str]) -> list[tuple[str, list[str]]]:
    """Return a family in parts of at most `MEMBERS`, each with its name."""
    count = math.ceil(len(nodes) / MEMBERS)
    return [
        (f"cluster:{kind}/{family}/{part + 1}", nodes[part * MEMBERS : (part + 1) * MEMBERS])
        for part in range(count)
    ]


def _cluster(
    graph: nx.MultiDiGraph[str], kind: str, family: str, part: list[str]
) -> dict[str, Any]:
    many = appearance.KINDS[kind].many
    joined = "on" if kind == "publication" else "of"
    keys = sorted({key for node in part for key in graph.nodes[node]["study_keys"]})
    return {
        "iri": "", "kind": kind, "label": f"{len(part)} {many} {joined} {family}",
        "definition": f"{len(part)} {many}, drawn as one", "synonyms": (), "broader": (),
        "group": family, "weight": len(part), "reviews": 0, "participants": 0, "level": None,
        "year": None, "study_keys": tuple(keys),
    }  # fmt: skip


def _add_edges(
    graph: nx.MultiDiGraph[str], small: nx.MultiDiGraph[str], cluster_of: dict[str, str]
) -> None:
    """Add the edges between strong nodes as they are, and one edge for all between clusters."""
    bundles: Counter[tuple[str, str, str]] = Counter()
    for source, target, relation, data in graph.edges(keys=True, data=True):
        a, b = cluster_of.get(source, source), cluster_of.get(target, target)
        if (a, b) == (source, target):
            small.add_edge(a, b, relation, **data)
        elif a != b:
            bundles[a, b, relation] += 1
    for (a, b, relation), count in sorted(bundles.items()):
        small.add_edge(a, b, relation, weight=count, reviews=0, level=None, stance="not stated")
