"""Quads in an order and with names of blank nodes that depend on nothing but the graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyoxigraph as ox

DEFAULT_GRAPH = "DEFAULT"
"""What the default graph is called among the names of graphs."""


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

    >>> import pyoxigraph as ox
    >>> a = ox.NamedNode("http://example.org/a")
    >>> [str(quad) for quad in canonical([ox.Quad(a, a, ox.BlankNode("x"))])]
    ['<http://example.org/a> <http://example.org/a> _:c14n0']
    """
    import pyoxigraph as ox

    graphs: dict[str, dict[str, ox.Quad]] = {}
    blank = ox.Dataset()
    for quad in quads:
        line = str(quad)
        if "_:" in line and _has_blank(quad):
            blank.add(quad)
        else:
            graphs.setdefault(str(quad.graph_name), {})[line] = quad
    blank.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    for quad in blank:
        graphs.setdefault(str(quad.graph_name), {})[str(quad)] = quad
    return Statements({name: dict(sorted(lines.items())) for name, lines in sorted(graphs.items())})


def _has_blank(quad: ox.Quad | ox.Triple) -> bool:
    """Return whether a blank node is in a quad, or in a triple that is its object."""
    import pyoxigraph as ox

    graph = [quad.graph_name] if isinstance(quad, ox.Quad) else []
    return any(isinstance(end, ox.BlankNode) for end in (quad.subject, quad.object, *graph)) or (
        isinstance(quad.object, ox.Triple) and _has_blank(quad.object)
    )
