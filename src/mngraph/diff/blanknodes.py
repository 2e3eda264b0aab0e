"""Triples with blank nodes, compared without regard to the nodes' names, in bounded time.

Blank nodes that are linked to each other form a group. A node's color is a digest of its triples
with the colors of the other blank nodes in them; colors are refined until no more nodes differ.
They name the nodes of a group unless nodes that are alike are linked to each other. These are named
by RDFC-1.0, which takes many times longer with each of them, so that only a few may be.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

from mngraph.canonical import blank_nodes, text_of, with_named_nodes
from mngraph.errors import MngraphError

if TYPE_CHECKING:
    import pyoxigraph as ox

MOST_ALIKE = 6
"""The most nodes that are alike and linked which RDFC-1.0 names; eight can take it ten seconds."""
MOST_DIGESTS = 1_000_000
"""The most digests that are computed of the nodes of one group."""


def groups(triples: Iterable[ox.Triple]) -> Counter[str]:
    """Return the groups of triples that blank nodes link, as text, and how often each occurs.

    Two graphs have the same triples but for the names of blank nodes if they have the same groups.

    Args:
        triples: triples with blank nodes.

    Raises:
        MngraphError: a group has more alike nodes than can be compared.

    >>> import pyoxigraph as ox
    >>> p, one, other = ox.NamedNode("http://example.org/p"), ox.BlankNode("a"), ox.BlankNode("b")
    >>> groups([ox.Triple(one, p, other)]) == groups([ox.Triple(other, p, one)])
    True
    >>> groups([ox.Triple(one, p, other)]) == groups([ox.Triple(one, p, one)])
    False
    """
    return Counter(_text_of_group(group) for group in _linked(list(triples)))


def _linked(triples: Sequence[ox.Triple]) -> Iterator[list[ox.Triple]]:
    """Yield the triples of each group."""
    holding: defaultdict[ox.BlankNode, list[int]] = defaultdict(list)
    nodes = [set(blank_nodes(triple)) for triple in triples]
    for number, own in enumerate(nodes):
        for node in own:
            holding[node].append(number)
    free = set(range(len(triples)))
    while free:
        waiting, group = [free.pop()], list[int]()
        while waiting:
            number = waiting.pop()
            group.append(number)
            for node in nodes[number]:
                linked = free.intersection(holding.pop(node, ()))
                free -= linked
                waiting += linked
        yield [triples[number] for number in sorted(group)]


def _text_of_group(triples: Sequence[ox.Triple]) -> str:
    """Return the triples of a group as lines, with names for its nodes that follow from them."""
    import pyoxigraph as ox

    colors = _colors(triples)
    number = Counter(colors.values())
    alike = {node for node, color in colors.items() if number[color] > 1}
    linked = {
        node for each in triples if len(own := alike & {*blank_nodes(each)}) > 1 for node in own
    }
    if not linked:
        return "\n".join(sorted(text_of(triple, colors) for triple in triples))
    if len(linked) > MOST_ALIKE:
        raise MngraphError(
            f"the blank nodes of these graphs cannot be compared: {len(linked):,} that are linked "
            "to each other are alike in all their triples; give them IRIs"
        )
    found = with_named_nodes([ox.Quad(t.subject, t.predicate, t.object) for t in triples])
    return "\n".join(sorted(map(str, found)))


def _colors(triples: Sequence[ox.Triple]) -> dict[ox.BlankNode, str]:
    """Return the color of each node of a group."""
    holding: defaultdict[ox.BlankNode, list[ox.Triple]] = defaultdict(list)
    for triple in triples:
        for node in set(blank_nodes(triple)):
            holding[node].append(triple)
    colors, different = dict.fromkeys(holding, ""), 1
    for _ in range(max(1, MOST_DIGESTS // len(triples))):
        refined = {}
        for node, own in holding.items():
            color, colors[node] = colors[node], "itself"
            lines = [color, *sorted(text_of(triple, colors) for triple in own)]
            colors[node] = color
            refined[node] = blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
        colors, before, different = refined, different, len(set(refined.values()))
        if different in (before, len(colors)):
            break
    return colors
