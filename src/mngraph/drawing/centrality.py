"""Which concepts link the others: reach and betweenness in the network of studies."""

from __future__ import annotations

from mngraph.drawing.network import network
from mngraph.store import Store
from mngraph.tables import Table

LINKS = {
    "procedure": ("studiedFor", "indication"),
    "modality": ("combinedFor", "indication"),
    "indication": ("combinedFor", "modality"),
    "event": ("hasReportedEvent", "procedure"),
}
"""For each kind, the relation that it is ranked by and the kind at the other end."""


def centrality(
    store: Store, kind: str = "modality", min_studies: int = 1, level: int = 5, limit: int = 20
) -> Table:
    """Return the concepts of a kind by how many others they link, the widest reach first.

    Betweenness (Freeman 1977) is the share of shortest paths between other concepts that lead
    through the concept, in the network of the two kinds and no other.

    Args:
        store: a graph.
        kind: procedure, modality or event, ranked by the indications (events: procedures) they
            are linked to; or indication, ranked by modalities.
        min_studies: how many studies a link needs.
        level: the weakest starting level that counts.
        limit: how many rows.
    """
    import networkx as nx

    relation, other = LINKS[kind]
    graph = network(store, kinds=(kind, other), min_studies=min_studies, level=level)
    links: nx.Graph[str] = nx.Graph()
    links.add_edges_from((a, b) for a, b, key in graph.edges(keys=True) if key == relation)
    between = nx.betweenness_centrality(links)
    rows = [
        [node, graph.nodes[node]["label"], links.degree(node), graph.nodes[node]["weight"],
         graph.nodes[node]["participants"], graph.nodes[node]["level"], round(between[node], 4)]
        for node in sorted(links)
        if graph.nodes[node]["kind"] == kind
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row[2], -row[6], row[0]))
    many = {"indication": "indications", "modality": "modalities", "procedure": "procedures"}[other]
    columns = ["concept", "label", many, "studies", "participants", "best_level", "betweenness"]
    return Table(columns, rows[:limit])
