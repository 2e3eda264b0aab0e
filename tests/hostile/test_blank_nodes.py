"""Graphs whose blank nodes take RDFC-1.0 minutes or more are refused when they are written."""

from __future__ import annotations

from itertools import pairwise, permutations

import pyoxigraph as ox
import pytest

from mngraph.canonical import canonical
from mngraph.errors import MngraphError

P = ox.NamedNode("http://example.org/p")


def graph(kind: str, number: int) -> list[ox.Quad]:
    """Return blank nodes that are linked in one way."""
    nodes = [ox.BlankNode() for _ in range(number)]
    links = list(permutations(nodes, 2) if kind == "all to all" else pairwise(nodes))
    if kind == "all to one":
        links = [(nodes[0], node) for node in nodes[1:]]
    if kind == "through graphs":
        return [ox.Quad(one, P, P, other) for one, other in links]
    quads = [ox.Quad(one, P, other) for one, other in links]
    if kind == "through texts":
        own = {node: ox.Literal(f"_:{nodes[0].value}") for node in nodes}
        return quads + [ox.Quad(node, P, text) for node, text in own.items()]
    return quads


HANGING = [("all to all", 9), ("in a row", 2000), ("through graphs", 2000), ("through texts", 2000)]


@pytest.mark.parametrize(("kind", "number"), HANGING)
def test_nodes_that_take_minutes_to_name_are_refused(kind: str, number: int) -> None:
    with pytest.raises(MngraphError, match="linked to each other are alike"):
        canonical(graph(kind, number))


@pytest.mark.parametrize(
    ("kind", "number"), [("all to all", 5), ("in a row", 60), ("all to one", 2000)]
)
def test_nodes_that_are_named_at_once_are_named(kind: str, number: int) -> None:
    quads = graph(kind, number)
    assert list(map(str, canonical(quads))) == list(map(str, canonical(reversed(quads))))
