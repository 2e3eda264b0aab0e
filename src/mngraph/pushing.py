"""A graph location as named graphs of a server, each replaced whole, and only where it differs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from mngraph import context, iris
from mngraph.errors import LocationError, MngraphError, UsageError
from mngraph.graphcontent import Content, Reading
from mngraph.graphstore import GraphStore
from mngraph.wording import counted

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.store import Store

ADD, REPLACE, KEEP, REMOVE = "add", "replace", "keep", "remove"
"""What is done with a named graph of the server."""
GROUP, MOST_GRAPHS = 20_000, 100
"""The most triples, but for single graphs, and the most graphs that take their place together."""

Seen = Callable[[int], None]


class Step(NamedTuple):
    """What is done with one named graph of the server.

    Attributes:
        action: `add`, `replace`, `keep` or `remove`.
        graph: its name.
        triples: how many it has afterwards.
        before: how many it had.
    """

    action: str
    graph: str
    triples: int
    before: int


class Push:
    """What a push does: read from the location and the server, and not yet begun.

    Args:
        store: the graph location.
        server: where it goes.
        graph: the IRI of the named graph for triples that stand in none.
        prune: whether to remove graphs of ours that the location does not have.

    Attributes:
        steps: what is done with each graph, by name.
        shared: how many blank nodes are in several graphs, and become one node in each.

    Raises:
        UsageError: triples stand in no named graph and none is given, or a graph has no IRI.
        LocationError: the server does not answer, or does not return all that it has.
        MngraphError: blank nodes of a graph cannot be told apart.
    """

    def __init__(
        self, store: Store, server: GraphStore, *, graph: str | None = None, prune: bool = False
    ) -> None:
        self.store, self.server, self.graph = store, server, graph
        self.contents, self.shared = self._read()
        self.steps = sorted(self._planned(prune), key=lambda step: step.graph)

    def _read(self) -> tuple[dict[str, Content], int]:
        """Return what each named graph of the location says, and how many nodes are in several."""
        from mngraph.canonical import blank_nodes

        readings: defaultdict[str, Reading] = defaultdict(Reading)
        places: defaultdict[str, set[str]] = defaultdict(set)
        for quad in self.store.quads():
            name = self._name(quad)
            readings[name].add(quad.subject, quad.predicate, quad.object)
            if readings[name].has_blank_nodes:
                for node in blank_nodes(quad.triple):
                    places[node.value].add(name)
        contents = {name: reading.content() for name, reading in readings.items()}
        return contents, sum(len(names) > 1 for names in places.values())

    def _name(self, quad: ox.Quad) -> str:
        """Return the name of the graph that a quad gets into."""
        import pyoxigraph as ox

        if isinstance(quad.graph_name, ox.NamedNode):
            return quad.graph_name.value
        if isinstance(quad.graph_name, ox.BlankNode):
            raise UsageError(
                f"{self.store.location} has a graph that is named by a blank node, which means "
                "nothing elsewhere: give it an IRI"
            )
        if self.graph is None:
            raise UsageError(
                f"{self.store.location} has triples that stand in no named graph: name the graph "
                "that they are to be in, --graph-name IRI"
            )
        return self.graph

    def _planned(self, prune: bool) -> Iterator[Step]:
        """Yield what is done with each graph."""
        there = self.server.counts(self.contents)
        alike = {name: size for name, size in there.items() if size == self.contents[name].triples}
        found = dict(self.server.contents(alike))
        for name, content in self.contents.items():
            before = there.get(name, 0)
            action = REPLACE if before else ADD
            yield Step(
                KEEP if found.get(name) == content else action, name, content.triples, before
            )
        gone = {iris.staging_graph(name) for name in self.contents}
        if prune:
            gone |= {name for base in self._own_bases() for name in self.server.named_under(base)}
        for name, before in self.server.counts(gone - self.contents.keys()).items():
            yield Step(REMOVE, name, 0, before)

    def _own_bases(self) -> list[str]:
        """Return what the names of graphs begin with that mngraph makes, of packs that are here."""
        bases = (f"{base}graph/" for base in context.bases())
        return [base for base in bases if any(name.startswith(base) for name in self.contents)]

    # --- the push ----------------------------------------------------------------------------

    @property
    def triples(self) -> int:
        """How many triples go to the server."""
        return sum(step.triples for step in self._changed())

    def _changed(self) -> list[Step]:
        return [step for step in self.steps if step.action in (ADD, REPLACE)]

    def run(self, seen: Seen | None = None) -> None:
        """Do it: each graph is staged, checked and moved into place; the others stay as they are.

        What was done stays done when this is interrupted, and the next push goes on from there.

        Args:
            seen: called with the number of triples each time that some were sent.

        Raises:
            LocationError: the server cannot be written, or does not hold what was sent.
        """
        changed = self._changed()
        removed = [step.graph for step in self.steps if step.action == REMOVE]
        if not (changed or removed):
            return
        self.server.begin()
        staged = {iris.staging_graph(name) for name in self.contents}
        self.server.drop(name for name in removed if name in staged)
        for group in _groups(changed):
            self._replace(group, seen)
        self.server.drop(name for name in removed if name not in staged)
        there = self.server.counts(self.contents)
        for name, content in self.contents.items():
            if there.get(name, 0) != content.triples:
                raise LocationError(
                    f"{name} has {counted(there.get(name, 0), 'triple')} at "
                    f"{self.server.endpoint.location} and not {content.triples:,}: another process "
                    "has written it; push again"
                )

    def _replace(self, names: list[str], seen: Seen | None) -> None:
        """Replace some graphs of the server, all of them or none."""
        staged = {iris.staging_graph(name): name for name in names}
        quads = {stage: self._quads(name) for stage, name in staged.items()}
        try:
            for number in self.server.fill(quads):
                if seen:
                    seen(number)
            self._check(staged)
        except MngraphError:
            with suppress(MngraphError):
                self.server.drop(staged)
            raise
        self.server.move(staged)

    def _quads(self, name: str) -> Iterator[ox.Quad]:
        """Yield the quads that get into a graph of the server."""
        if name == self.graph:
            return (quad for quad in self.store.quads() if self._name(quad) == name)
        return self.store.quads(graph=name)

    def _check(self, staged: Mapping[str, str]) -> None:
        """Check by number and digest that staged graphs hold what was sent.

        Raises:
            LocationError: one does not.
        """
        sizes = self.server.counts(staged)
        for stage, name in staged.items():
            number, sent = sizes.get(stage, 0), self.contents[name].triples
            if number != sent:
                raise LocationError(
                    f"{self.server.way} took {number:,} of the {counted(sent, 'triple')} of "
                    f"{name}: that graph is left as it was"
                )
        for stage, content in self.server.contents(sizes):
            if content != self.contents[staged[stage]]:
                raise LocationError(
                    f"{self.server.way} has changed triples of {staged[stage]} while it stored "
                    "them: that graph is left as it was"
                )


def _groups(steps: Iterable[Step]) -> Iterator[list[str]]:
    """Yield the names of graphs that take their place together.

    >>> [len(group) for group in _groups([Step(ADD, "a", 15_000, 0), Step(ADD, "b", 15_000, 0)])]
    [1, 1]
    """
    group: list[str] = []
    size = 0
    for step in steps:
        if group and (size + step.triples > GROUP or len(group) == MOST_GRAPHS):
            yield group
            group, size = [], 0
        group.append(step.graph)
        size += step.triples
    if group:
        yield group
