"""The strongest comparisons of a network: what its page shows first, and where a reader may start.

A picture of several hundred nodes shows that there is much, and little else. The lines with the
most randomized comparisons say what is known best, and there is room to name all their ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mngraph.drawing.edges import COMPARED

if TYPE_CHECKING:
    import networkx as nx

NODES = 40
"""How many nodes the first picture has at most."""

ENOUGH = 100
"""A network of at most so many concepts is shown whole at once."""

RELATIONS = ("studiedFor", "combinedFor")
"""The relations that say what was given for what."""

Ends = tuple[str, str, str]
"""Source, target and relation of an edge."""


def strongest(graph: nx.MultiDiGraph[str], most: int = NODES) -> nx.MultiDiGraph[str] | None:
    """Return the part of a network with the most randomized comparisons, or None for a small one.

    Edges are taken by their randomized comparisons, then by all comparisons and studies. One that
    says little more than a narrower one ("scar" beside "atrophic acne scar") is left out.

    Args:
        graph: a network.
        most: how many nodes the part has at most.
    """
    concepts = [node for node in graph if graph.nodes[node]["kind"] != "publication"]
    if len(concepts) <= ENOUGH:
        return None
    ranked = _ranked(graph)
    narrower = _narrower(graph)
    taken: list[Ends] = []
    nodes: set[str] = set()
    for ends in ranked:
        more = {*ends[:2]} - nodes
        if len(nodes) + len(more) <= most and not _said_below(graph, ends, ranked, narrower):
            taken.append(ends)
            nodes |= more
    if not taken:
        return None
    part = graph.subgraph(nodes).copy()
    part.remove_edges_from([ends for ends in part.edges(keys=True) if ends not in taken])
    return part


def starts(part: nx.MultiDiGraph[str], many: int = 3) -> list[str]:
    """Return indications to start reading from: of each family the one compared most.

    Args:
        part: what `strongest` returns.
        many: how many families.
    """
    compared: dict[str, int] = {}
    for _, target, data in part.edges(data=True):
        compared[target] = compared.get(target, 0) + randomized(data)
    found: dict[str, str] = {}
    for node in sorted(compared, key=lambda node: (-compared[node], node)):
        if part.nodes[node]["kind"] == "indication":
            found.setdefault(part.nodes[node]["group"], node)
    return list(found.values())[:many]


def randomized(edge: Mapping[str, Any]) -> int:
    """Return how many randomized studies of an edge compared it with something else.

    >>> randomized({"randomized_supports": 2, "randomized_mixed": 1, "supports": 9})
    3
    """
    return sum(edge.get(f"randomized_{name}", 0) for name in COMPARED)


def _ranked(graph: nx.MultiDiGraph[str]) -> dict[Ends, int]:
    """Return the edges with randomized comparisons and how many, the strongest first."""
    found = {}
    for source, target, relation, data in graph.edges(keys=True, data=True):
        if relation in RELATIONS and randomized(data):
            compared = sum(data[name] for name in COMPARED)
            place = (-randomized(data), -compared, -data["weight"], source, target)
            found[source, target, relation] = (place, randomized(data))
    return {ends: found[ends][1] for ends in sorted(found, key=lambda ends: found[ends][0])}


def _narrower(graph: nx.MultiDiGraph[str]) -> dict[str, set[str]]:
    """Return each concept's narrower concepts among the nodes, with itself."""
    import networkx as nx

    up = [(a, b) for a, b, relation in graph.edges(keys=True) if relation == "broader"]
    broader = nx.DiGraph(up)
    return {node: {node, *nx.ancestors(broader, node)} for node in broader}


def _said_below(
    graph: nx.MultiDiGraph[str],
    ends: Ends,
    ranked: Mapping[Ends, int],
    narrower: Mapping[str, set[str]],
) -> bool:
    """Return whether narrower edges say it: half of it for a narrower indication, or all of it."""
    source, target, relation = ends
    own = ranked[ends]
    for a in narrower.get(source, {source}):
        for b in narrower.get(target, {target}):
            below = ranked.get((a, b, relation), 0) if (a, b) != (source, target) else 0
            if below and (below >= own or (a == source and 2 * below >= own)):
                return True
    return False
