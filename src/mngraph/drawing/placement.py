"""A network with the place, shape, size and color of everything in it, for pages and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mngraph.drawing import appearance, layout

if TYPE_CHECKING:
    import networkx as nx


def draw(graph: nx.MultiDiGraph[str]) -> tuple[nx.MultiDiGraph[str], layout.Layout]:
    """Return a copy of a network whose nodes and edges carry their looks, and its layout.

    Nodes gain `x`, `y` (pixels, y down), `size` (radius), `color` and `shape`; edges gain `width`,
    `color` and `dash`.
    """
    placed = layout.arrange(graph)
    drawn = graph.copy()
    for node, data in drawn.nodes(data=True):
        look = appearance.KINDS[data["kind"]]
        x, y = placed.positions[node]
        size = appearance.radius(data["kind"], data["weight"])
        data.update(x=x, y=y, size=size, color=look.color, shape=look.shape)
    for _, _, relation, data in drawn.edges(keys=True, data=True):
        data["width"] = appearance.width(relation, data["weight"], data["level"])
        data["color"] = appearance.edge_color(relation, data["stance"])
        data["dash"] = appearance.dash(relation, data["level"])
    return drawn, placed
