"""Which nodes of a picture belong together: families of indications, or of modalities."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

EVENTS, PROCEDURES = "adverse events", "procedures"
OTHERS = {"indication": "other indications", "modality": "other modalities"}
FAMILIES = 6
"""How many families have a sector of their own; smaller ones share one."""

Nodes = Mapping[str, Mapping[str, Any]]


def share_out(nodes: Nodes, order: Iterable[str], center: Collection[str]) -> dict[str, str]:
    """Return the name of the sector of each node outside the center.

    Sectors are families of indications; in a picture that has an indication in its center they
    are families of modalities. What else there is goes where most of its studies are.

    Args:
        nodes: the attributes of each node.
        order: all nodes, the strongest first.
        center: the nodes in the middle of the picture.
    """
    outside = [node for node in order if node not in center]
    by = "indication"
    weights = _weights(nodes, outside, by)
    if len(weights) < 2 or any(nodes[n]["kind"] == by for n in center):
        by = "modality"
        weights = _weights(nodes, outside, by)
    members = Counter(nodes[n]["group"] for n in outside if nodes[n]["kind"] == by)
    shared = [name for name in weights if members[name] > 1] or list(weights)
    largest = sorted(shared, key=lambda name: (-weights[name], name))
    kept = largest if len(largest) <= FAMILIES + 1 else largest[:FAMILIES]
    own = {n: _family(nodes, n, kept, by) for n in outside if nodes[n]["kind"] == by}
    shares: dict[str, Counter[str]] = defaultdict(Counter)
    for node, family in own.items():
        for key in nodes[node]["study_keys"]:
            shares[key][family] += 1
    return {node: own.get(node) or _sector(nodes[node], shares, by) for node in outside}


def _weights(nodes: Nodes, among: Iterable[str], kind: str) -> Counter[str]:
    """Return how many studies each family of a kind has."""
    weights: Counter[str] = Counter()
    for node in among:
        if nodes[node]["kind"] == kind:
            weights[nodes[node]["group"]] += nodes[node]["weight"] + 1
    return weights


def _family(nodes: Nodes, node: str, kept: Collection[str], by: str) -> str:
    family = str(nodes[node]["group"])
    return family if family in kept else OTHERS[by]


def _sector(data: Mapping[str, Any], shares: Mapping[str, Counter[str]], by: str) -> str:
    fixed = {"event": EVENTS, "procedure": PROCEDURES}
    if by == "modality":
        fixed["indication"] = OTHERS["indication"]
    if data["kind"] in fixed:
        return fixed[data["kind"]]
    counts: Counter[str] = Counter()
    for key in data["study_keys"]:
        counts.update(shares.get(key, {}))
    others = OTHERS[by]
    return min(counts, key=lambda name: (-counts[name], name == others, name), default=others)
