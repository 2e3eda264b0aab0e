"""Quads in an order and with names of blank nodes that depend on nothing but the graph."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from math import factorial, prod
from typing import TYPE_CHECKING

from mngraph.errors import MngraphError

if TYPE_CHECKING:
    import pyoxigraph as ox

    Node = ox.BlankNode
    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | ox.DefaultGraph

DEFAULT_GRAPH = "DEFAULT"
"""What the default graph is called among the names of graphs."""

MOST_STEPS = 10_000_000
"""Most steps, as `_steps` estimates them, that RDFC-1.0 may take to name blank nodes: 5 s."""


@dataclass(frozen=True)
class Statements:
    """Quads, each once, sorted by graph and then as N-Quads write them.

    Attributes:
        graphs: for each graph, as N-Quads write its name, its quads by their line (without the
            full stop).
    """

    graphs: Mapping[str, Mapping[str, ox.Quad]]

    def __len__(self) -> int:
        return sum(map(len, self.graphs.values()))

    def __iter__(self) -> Iterator[ox.Quad]:
        return (quad for lines in self.graphs.values() for quad in lines.values())

    def lines(self) -> Iterator[tuple[str, ox.Quad]]:
        """Yield each quad with its line."""
        return (item for lines in self.graphs.values() for item in lines.items())


def canonical(quads: Iterable[ox.Quad]) -> Statements:
    """Return quads, each once and sorted, their blank nodes named by the W3C's RDFC-1.0.

    Names depend on the quads with blank nodes alone, so only those are handed to the algorithm.

    Raises:
        MngraphError: too many blank nodes are alike and linked to each other to be named.

    >>> import pyoxigraph as ox
    >>> a = ox.NamedNode("http://example.org/a")
    >>> [str(quad) for quad in canonical([ox.Quad(a, a, ox.BlankNode("x"))])]
    ['<http://example.org/a> <http://example.org/a> _:c14n0']
    """
    graphs: dict[str, dict[str, ox.Quad]] = {}
    blank: list[ox.Quad] = []
    for quad in quads:
        line = str(quad)
        if "_:" in line and _has_blank(quad):
            blank.append(quad)
        else:
            graphs.setdefault(str(quad.graph_name), {})[line] = quad
    for quad in with_named_nodes(blank):
        graphs.setdefault(str(quad.graph_name), {})[str(quad)] = quad
    return Statements({name: dict(sorted(lines.items())) for name, lines in sorted(graphs.items())})


def with_named_nodes(quads: Collection[ox.Quad]) -> ox.Dataset:
    """Return quads with their blank nodes named by RDFC-1.0.

    The algorithm tries the orders of nodes that are alike in their own quads and linked to each
    other, so that nine of them, each linked to all, keep it busy for minutes.

    Raises:
        MngraphError: it would take more than `MOST_STEPS`.
    """
    import pyoxigraph as ox

    dataset = ox.Dataset(quads)
    largest, steps = 0, 0
    for linked in _alike_and_linked(set(dataset)):
        largest, steps = max(largest, len(linked)), steps + _steps(linked)
    if steps > MOST_STEPS:
        raise MngraphError(
            f"the blank nodes of this graph cannot be named: {largest:,} that are linked to each "
            "other are alike in their own triples; give them IRIs"
        )
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def _steps(linked: Mapping[Node, Mapping[str, int]]) -> int:
    """Return about how many steps RDFC-1.0 takes for nodes that are alike and linked.

    Measured: a chain takes steps that grow with the cube of its nodes; where a node has links that
    are alike, all their orders are tried, in each order of the nodes before.
    """
    number, orders = len(linked), 1
    for links in linked.values():
        orders = min(orders * prod(map(factorial, map(_bounded, links.values()))), MOST_STEPS)
    if number <= 12:
        orders = min(orders, factorial(number))
    return number**3 if orders == 1 else 40 * number * orders + number**3


def _bounded(number: int) -> int:
    return min(number, 12)  # the factorial of 12 is beyond the bound


def _alike_and_linked(quads: Collection[ox.Quad]) -> Iterator[dict[Node, Counter[str]]]:
    """Yield groups of nodes that have a likeness and are linked, with the kinds of their links."""
    holding: defaultdict[Node, list[ox.Quad]] = defaultdict(list)
    for quad in quads:
        for node in set(blank_nodes(quad)):
            holding[node].append(quad)
    looks = {node: _look(node, own) for node, own in holding.items()}
    number = Counter(looks.values())
    alike = {node for node, look in looks.items() if number[look] > 1}
    waiting = set(alike)
    while waiting:
        group: dict[Node, Counter[str]] = {}
        reached = [waiting.pop()]
        while reached:
            node = reached.pop()
            links = _links(node, holding[node], alike)
            group[node] = Counter(f"{kind} {looks[other]}" for kind, other in links)
            new = waiting.intersection(other for _, other in links)
            waiting -= new
            reached += new
        if len(group) > 1:
            yield group


def _look(node: Node, quads: Iterable[ox.Quad]) -> str:
    """Return a digest of a node's quads in which other blank nodes have no names."""
    names = defaultdict(lambda: "z", {node: "a"})
    lines = sorted(
        f"{text_of(q.subject, names)} {q.predicate} {text_of(q.object, names)} "
        f"{text_of(q.graph_name, names)}"
        for q in quads
    )
    return blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def _links(node: Node, quads: Iterable[ox.Quad], alike: Collection[Node]) -> set[tuple[str, Node]]:
    """Return the alike nodes that share a quad with a node, each with its place in the quad."""
    return {
        (f"{place} {quad.predicate}", other)
        for quad in quads
        for place, term in (("s", quad.subject), ("o", quad.object), ("g", quad.graph_name))
        for other in blank_nodes(term)
        if other != node and other in alike
    }


def blank_nodes(term: Term | ox.Quad) -> Iterator[Node]:
    """Yield the blank nodes of a term, a triple or a quad."""
    import pyoxigraph as ox

    if isinstance(term, ox.BlankNode):
        yield term
    elif isinstance(term, (ox.Triple, ox.Quad)):
        yield from blank_nodes(term.subject)
        yield from blank_nodes(term.object)
        if isinstance(term, ox.Quad):
            yield from blank_nodes(term.graph_name)


def text_of(term: Term, names: Mapping[Node, str]) -> str:
    """Return a term as N-Quads write it, with other names for blank nodes."""
    import pyoxigraph as ox

    if isinstance(term, ox.BlankNode):
        return f"_:{names[term]}"
    if isinstance(term, ox.Triple):
        parts = (text_of(term.subject, names), str(term.predicate), text_of(term.object, names))
        return f"<<( {' '.join(parts)} )>>"
    return str(term)


def _has_blank(quad: ox.Quad | ox.Triple) -> bool:
    """Return whether a blank node is in a quad, or in a triple that is its object."""
    import pyoxigraph as ox

    graph = [quad.graph_name] if isinstance(quad, ox.Quad) else []
    return any(isinstance(end, ox.BlankNode) for end in (quad.subject, quad.object, *graph)) or (
        isinstance(quad.object, ox.Triple) and _has_blank(quad.object)
    )
