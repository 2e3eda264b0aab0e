"""A dataset on a server that takes named graphs: read, staged, moved into place, dropped.

Reading uses the SPARQL endpoint alone. Writing uses SPARQL Update, and for the triples the Graph
Store HTTP Protocol where the server has it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from math import ceil, log
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from mngraph import iris, sparql
from mngraph.connection import Connection, Request
from mngraph.errors import CutAnswerError, LocationError, MngraphError
from mngraph.graphcontent import Content, Reading
from mngraph.remote import RemoteStore
from mngraph.wording import counted

if TYPE_CHECKING:
    from typing import IO

    import pyoxigraph as ox

MOST_NAMES = 200
"""The most graphs that one query names."""
MOST_ROWS = 50_000
"""The most triples of several graphs that one query asks for."""
LINES, POSTED = 1_000, 4 * 2**20
"""The most triples of one update (Virtuoso refuses some thousands), and bytes of one post."""
UPDATE, TRIPLES = "application/sparql-update", "application/n-triples"

UPDATES = {
    "query": ("update",),
    "sparql": ("sparql", "update", "sparql-auth"),
    "": ("", "update", "statements"),
}
"""Where servers take updates, as seen from the last part of the address of the endpoint."""
STORES = {
    "query": ("store", "data"),
    "sparql": ("sparql-graph-crud-auth", "sparql-graph-crud", "data", "store"),
    "": ("store", "data", "rdf-graphs/service"),
}
"""Where servers have the Graph Store HTTP Protocol: Oxigraph, Fuseki, Virtuoso, RDF4J."""


class GraphStore:
    """The named graphs of a server, read and written.

    Args:
        endpoint: the address of the SPARQL endpoint.
        update: the address of SPARQL Update; by default found beside the endpoint.
        graph_store: the address of the Graph Store HTTP Protocol; by default found likewise.

    Attributes:
        most: how many rows the server sends at most, as far as is known.

    Raises:
        LocationError: an address is none.

    >>> GraphStore("http://127.0.0.1:7878/query").updates
    ['http://127.0.0.1:7878/update']
    """

    def __init__(self, endpoint: str, update: str = "", graph_store: str = "") -> None:
        self.endpoint = RemoteStore(endpoint)
        self.updates = [update] if update else _beside(endpoint, UPDATES)
        self.stores = [graph_store] if graph_store else _beside(endpoint, STORES)
        self.is_named = bool(graph_store)
        for url in (update, graph_store):
            if url:
                Connection(url)
        self.most = sys.maxsize
        self._update: Connection | None = None
        self._store: Connection | None = None

    # --- reading -----------------------------------------------------------------------------

    def counts(self, names: Iterable[str]) -> dict[str, int]:
        """Return how many triples each of some graphs has; those without any are left out."""
        found: dict[str, int] = {}
        for block in _blocks(dict.fromkeys(names, 0)):
            text = sparql.internal("endpoint-counts", graphs=block)
            rows = self.endpoint.select_named(text)
            found |= {row["g"].value: int(row["n"].value) for row in rows if row["g"]}
        return {name: number for name, number in found.items() if number}

    def contents(self, sizes: Mapping[str, int]) -> Iterator[tuple[str, Content]]:
        """Yield what some graphs say.

        Args:
            sizes: how many triples each has, as `counts` returned them.

        Raises:
            LocationError: the server does not return all of a graph.
        """
        for block in self._readable(sizes):
            readings = {name: Reading() for name in block}
            try:
                for name, triple in self._read(block, sizes):
                    readings[name].add(triple["s"], triple["p"], triple["o"])
            except CutAnswerError as cut:
                if self.most <= cut.most:  # it was known, and heeded
                    raise
                self.most = cut.most
                yield from self.contents({name: sizes[name] for name in block})
                continue
            for name, reading in readings.items():
                if reading.triples != sizes[name]:
                    raise LocationError(
                        f"{self.endpoint.location} returns {reading.triples:,} of the "
                        f"{counted(sizes[name], 'triple')} of {name}"
                    )
                yield name, reading.content()

    def _readable(self, sizes: Mapping[str, int]) -> Iterator[list[str]]:
        """Yield names in lists of graphs that are read together."""
        return _blocks(sizes, min(MOST_ROWS, self.most - 1))

    def _read(
        self, names: list[str], sizes: Mapping[str, int]
    ) -> Iterator[tuple[str, ox.QuerySolution]]:
        """Yield the triples of some graphs; one that is too large for an answer comes in parts."""
        if sum(sizes[name] for name in names) < self.most:
            text = sparql.internal("endpoint-contents", graphs=names)
            yield from ((row["g"].value, row) for row in self.endpoint.select_named(text))
            return
        import pyoxigraph as ox

        for name in names:
            width = max(1, ceil(log(4 * sizes[name] / self.most, 16)))
            for number in range(16**width):
                digits = ox.Literal(f"{number:0{width}x}")
                text = sparql.internal_on("endpoint-part", g=sparql.node(name), digits=digits)
                yield from ((name, row) for row in self.endpoint.select_named(text))

    def named_under(self, base: str) -> list[str]:
        """Return the names of the graphs that begin with some text, sorted."""
        import pyoxigraph as ox

        text = sparql.internal_on("endpoint-graphs-under", base=ox.Literal(base))
        return sorted(row["g"].value for row in self.endpoint.select_named(text))

    # --- writing -----------------------------------------------------------------------------

    def begin(self) -> None:
        """Find out how the server is written, by a graph of one triple that is dropped again.

        Raises:
            LocationError: it takes no updates, or what it takes does not show at the endpoint.
        """
        probe = iris.staging_graph("probe")
        node = sparql.node(probe)
        problems: list[str] = []
        for url in self.updates:
            self._update = Connection(url)
            try:
                self.insert({probe: [f"{node} {node} {node} ."]})
            except MngraphError as error:
                problems.append(str(error))
                continue
            if self.counts([probe]):
                break
            self.drop([probe])
            problems.append(f"what is written to {url} does not show at {self.endpoint.location}")
        else:
            self._update = None
            raise LocationError(
                f"{self.endpoint.location} takes no updates that we know how to send: "
                f"{'; '.join(problems)} (mngraph push --update URL names where it takes them)"
            )
        self._store = next(filter(self._is_graph_store, map(Connection, self.stores)), None)
        self.drop([probe])
        if self.is_named and not self._store:
            raise LocationError(
                f"{self.stores[0]} does not take triples by the Graph Store HTTP Protocol for the "
                f"dataset of {self.endpoint.location}"
            )

    def _is_graph_store(self, connection: Connection) -> bool:
        """Return whether an address returns the graph of one triple and adds another to it."""
        probe = iris.staging_graph("probe")
        node, other = sparql.node(probe), sparql.node(iris.graph("staging"))
        try:
            if [triple.subject for triple in _got(connection, probe)] != [node]:
                return False
            _posted(connection, probe, [f"{node} {node} {other} ."])
        except (MngraphError, SyntaxError, ValueError):
            return False
        return self.counts([probe]) == {probe: 2}

    @property
    def by_post(self) -> bool:
        """Whether triples go by the Graph Store HTTP Protocol."""
        return self._store is not None

    @property
    def way(self) -> str:
        """The address that triples go to."""
        used = self._store or self._update
        return used.url if used else ""

    def fill(self, graphs: Mapping[str, Iterable[ox.Quad]]) -> Iterator[int]:
        """Add triples to graphs; yield how many went out each time.

        Triples with blank nodes go last, all those of a graph at once, since a blank node means
        another one in each request.
        """
        waiting: dict[str, list[str]] = {}
        lines = size = 0
        for name, quads in graphs.items():
            blank: list[str] = []
            for quad in quads:
                line = f"{quad.triple} ."
                if "_:" in line and _has_blank_node(quad):
                    blank.append(line)
                    continue
                waiting.setdefault(name, []).append(line)
                lines, size = lines + 1, size + len(line)
                if size >= POSTED or (lines >= LINES and not self.by_post):
                    yield self._send(waiting)
                    lines = size = 0
            if waiting and self.by_post:
                yield self._send(waiting)
                lines = size = 0
            if blank:
                self._send_blank(name, blank)
                yield len(blank)
        if waiting:
            yield self._send(waiting)

    def _send(self, waiting: dict[str, list[str]]) -> int:
        """Send what waits, and return how many triples it was."""
        number = sum(map(len, waiting.values()))
        if self._store:
            for name, lines in waiting.items():
                _posted(self._store, name, lines)
        else:
            self.insert(waiting)
        waiting.clear()
        return number

    def _send_blank(self, name: str, lines: list[str]) -> None:
        if self._store:
            _posted(self._store, name, lines, again=False)
        else:
            graph = f"GRAPH {sparql.node(name)} {{ {' '.join(lines)} }}"
            self._updated(f"INSERT {{ {graph} }} WHERE {{}}", again=False)

    def insert(self, graphs: Mapping[str, Iterable[str]]) -> None:
        """Add triples without blank nodes, as N-Triples write them, to graphs by their name."""
        parts = (f"GRAPH {sparql.node(name)} {{ {' '.join(of)} }}" for name, of in graphs.items())
        self._updated(f"INSERT DATA {{ {' '.join(parts)} }}")

    def move(self, pairs: Mapping[str, str]) -> None:
        """Put graphs in the place of others, in one update.

        Args:
            pairs: the name that each is to have, by the name that it has.
        """
        moves = (
            f"MOVE GRAPH {sparql.node(here)} TO GRAPH {sparql.node(there)}"
            for here, there in pairs.items()
        )
        self._updated(" ; ".join(moves), again=False)

    def drop(self, names: Iterable[str]) -> None:
        """Drop graphs, in one update for each block of them."""
        for block in _blocks(dict.fromkeys(names, 0)):
            text = " ; ".join(f"DROP SILENT GRAPH {sparql.node(name)}" for name in block)
            self._updated(text)

    def _updated(self, text: str, *, again: bool = True) -> None:
        """Send an update.

        Args:
            text: the update.
            again: whether it may be sent a second time, since that changes nothing more.
        """
        if self._update is None:
            raise LocationError(f"nothing was found out yet about {self.endpoint.location}")
        request = Request("POST", "", {}, {"content-type": UPDATE}, text.encode())
        (self._update.read if again else self._update.write)(request).read()


def _blocks(sizes: Mapping[str, int], most: int = MOST_ROWS) -> Iterator[list[str]]:
    """Yield names in lists of a bounded number and, but for single ones, bounded size together."""
    block: list[str] = []
    rows = 0
    for name, size in sizes.items():
        if block and (len(block) == MOST_NAMES or rows + size > most):
            yield block
            block, rows = [], 0
        block.append(name)
        rows += size
    if block:
        yield block


def _beside(endpoint: str, places: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the addresses that servers have beside an endpoint.

    >>> _beside("http://e/ds/sparql?x=1", UPDATES)
    ['http://e/ds/sparql', 'http://e/ds/update', 'http://e/ds/sparql-auth']
    >>> _beside("http://e/repositories/r", STORES)[-1]
    'http://e/repositories/r/rdf-graphs/service'
    """
    parts = urlsplit(endpoint)
    plain = parts._replace(query="", fragment="").geturl().rstrip("/")
    last = parts.path.rstrip("/").rpartition("/")[2]
    if last in places and last:
        return [urljoin(plain, name) for name in places[last]]
    return [f"{plain}/{name}".rstrip("/") for name in places[""]]


def _got(connection: Connection, name: str) -> Iterator[ox.Triple]:
    """Yield the triples of a graph by the Graph Store HTTP Protocol (section 5.2)."""
    import pyoxigraph as ox

    body = connection.read(Request("GET", "", {"graph": [name]}, {"accept": TRIPLES}))
    form = ox.RdfFormat.from_media_type(body.kind)
    if form is None:
        raise LocationError(f"{connection.url} answered as {body.kind}, which is no RDF")
    source: IO[bytes] = body  # type: ignore[assignment]
    yield from (quad.triple for quad in ox.parse(source, format=form))


def _posted(connection: Connection, name: str, lines: Iterable[str], *, again: bool = True) -> None:
    """Add triples to a graph by the Graph Store HTTP Protocol (section 5.5)."""
    content = "\n".join(lines).encode() + b"\n"
    request = Request("POST", "", {"graph": [name]}, {"content-type": TRIPLES}, content)
    (connection.read if again else connection.write)(request).read()


def _has_blank_node(quad: ox.Quad) -> bool:
    from mngraph.canonical import blank_nodes

    return any(blank_nodes(quad.triple))
