"""Blank nodes compared: the same whatever they are called, different where they differ, bounded."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterable

import pyoxigraph as ox
import pytest

from mngraph.diff.blanknodes import groups
from mngraph.errors import MngraphError

P = ox.NamedNode("http://example.org/p")
Edge = tuple[int | str, int | str]


def triples(edges: Iterable[Edge], seed: int) -> list[ox.Triple]:
    """Return edges between blank nodes (numbers) and literals (text), under random names."""
    edges = list(edges)
    numbers = sorted({end for edge in edges for end in edge if isinstance(end, int)})
    chance = random.Random(seed)  # noqa: S311
    names = {n: ox.BlankNode(f"b{chance.getrandbits(60)}") for n in numbers}
    found = [
        ox.Triple(names[int(one)], P, ox.Literal(other) if isinstance(other, str) else names[other])
        for one, other in edges
    ]
    chance.shuffle(found)
    return found


def complete(n: int) -> list[Edge]:
    return list(itertools.permutations(range(n), 2))


def ring(n: int, start: int = 0) -> list[Edge]:
    return [(start + i, start + (i + 1) % n) for i in range(n)]


SHAPES: dict[str, list[Edge]] = {
    "one": [(0, "a")],
    "two alike": [(0, "a"), (1, "a")],
    "a chain": [(0, 1), (1, 2), (2, "a")],
    "a ring of three": ring(3),
    "two rings of three": ring(3) + ring(3, 3),
    "a ring of six": ring(6),
    "twenty alike under one": [edge for i in range(1, 21) for edge in ((0, i), (i, "a"))],
    "twenty under one, one other": [
        edge for i in range(1, 21) for edge in ((0, i), (i, "a" if i < 20 else "b"))
    ],
    "a long list": [edge for i in range(300) for edge in ((i, i + 1), (i, "a"))],
    "five linked to each other": complete(5),
    "a pair that differs": [(0, 1), (1, 0), (1, "a")],
}  # fmt: skip


PAIRS = list(itertools.combinations_with_replacement(SHAPES, 2))


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_the_same_shape_and_no_other_compares_as_equal(one: str, other: str) -> None:
    same = groups(triples(SHAPES[one], 1)) == groups(triples(SHAPES[other], 2))
    assert same is (one == other)


@pytest.mark.parametrize("seed", range(60))
def test_small_graphs_compare_as_rdfc_compares_them(seed: int) -> None:
    """The independent judge is the engine's RDFC-1.0."""
    chance = random.Random(seed)  # noqa: S311
    edges = [(chance.randrange(5), chance.choice([0, 1, 2, 3, 4, "a"])) for _ in range(5)]
    turned = [(one, other) if chance.random() < 0.9 else (0, one) for one, other in edges]

    def canonical(given: list[Edge]) -> set[str]:
        found = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object) for t in triples(given, 3))
        found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        return {str(quad) for quad in found}

    same = groups(set(triples(edges, 1))) == groups(set(triples(turned, 2)))
    assert same is (canonical(edges) == canonical(turned))


@pytest.mark.parametrize("edges", [complete(30), ring(5000)], ids=["complete", "ring"])
def test_what_cannot_be_compared_in_time_is_refused(edges: list[Edge]) -> None:
    start = time.process_time()
    with pytest.raises(MngraphError, match="give them IRIs"):
        groups(triples(edges, 1))
    assert time.process_time() - start < 5


def test_blank_nodes_in_triple_terms_count() -> None:
    a, b = ox.BlankNode("a"), ox.BlankNode("b")
    term = ox.Triple(a, P, ox.Literal("x"))
    assert groups([ox.Triple(b, P, term)]) == groups(
        [ox.Triple(a, P, ox.Triple(b, P, term.object))]
    )
    assert groups([ox.Triple(b, P, term)]) != groups([ox.Triple(a, P, term)])
