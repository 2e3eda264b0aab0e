"""Graph locations: the one place that opens graphs.

A location is a store directory, an RDF file of any syntax (also compressed, or from standard
input), a release (`releases@2026-11-22`), or the URL of a SPARQL 1.1 endpoint. All other modules
read graphs through the `Store` protocol only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from mngraph import asking, context, resources, sparql
from mngraph.errors import LocationError
from mngraph.storefolder import await_folder, open_folder

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.asking import Results, Triples

Item = TypeVar("Item")

RELEASE, IN_MEMORY = "the graph of the release", "memory"
"""Locations of graphs that are read from no place that a user names."""
BLOCK = 100_000
"""How many quads are handed to Oxigraph at once."""


class Store(Protocol):
    """All that the rest of mngraph may ask of a graph, embedded or remote."""

    location: str

    def query(
        self, text: str, *, base: str | None = None, services: Collection[str] = ()
    ) -> Results:
        """Run a SPARQL query.

        Without FROM and FROM NAMED, the default graph is the union of all graphs; with them, the
        query gets the dataset that they name. Prefixes of the context need no declaration.

        Args:
            text: the query.
            base: the IRI that relative IRIs start from; by default the working folder.
            services: the IRIs of the endpoints to which SERVICE may send parts of the query.

        Raises:
            QueryError: the query cannot be parsed or run, or asks another endpoint.
        """

    def select(self, text: str) -> ox.QuerySolutions:
        """Run a SELECT query; see `query`."""

    def construct(self, text: str) -> Triples:
        """Run a CONSTRUCT or DESCRIBE query; see `query`."""

    def ask(self, text: str) -> bool:
        """Run an ASK query; see `query`."""

    def query_internal(self, text: str) -> Results:
        """Run a query that ships with the package, or is made of one.

        A graph in this process gets the text unchanged, without the checks that text of a user
        needs, and so starts sooner.
        """

    def select_internal(self, text: str) -> ox.QuerySolutions:
        """Run a SELECT query of the package; see `query_internal`."""

    def quads(self, graph: str | None = None, subject: str | None = None) -> Iterator[ox.Quad]:
        """Yield the quads of one graph, of one subject, or all.

        Raises:
            UsageError: the graph or the subject is not an IRI.
        """

    def has(self, subject: str) -> bool:
        """Return whether the graph states anything about a subject.

        Raises:
            UsageError: the subject is not an IRI.
        """

    def graphs(self) -> list[str]:
        """Return the IRIs of the named graphs, sorted."""


def open_store(location: str | Path | None = None) -> Store:
    """Open a graph location; without one, the graph of the release.

    Raises:
        LocationError: nothing is there, or it cannot be opened.
        GraphSyntaxError: an RDF file does not follow its syntax.
    """
    store = _opened(location)
    declare_packs(store)
    return store


def _opened(location: str | Path | None) -> Store:
    if location is None:
        return LocalStore.directory(resources.release(), RELEASE)
    text = str(location)
    if text.startswith(("http://", "https://")):
        from mngraph.remote import RemoteStore

        return RemoteStore(text)
    from mngraph import rdffiles  # the graph of the release is opened without it

    if rdffiles.names_file(text):
        return LocalStore.file(text)
    path = rdffiles.local_path(text)
    if (path / "pack.yaml").is_file():
        raise LocationError(
            f"{text} is an evidence pack, not yet a graph: mngraph build {text} -o {path.name}.nq"
        )
    if not (path / "CURRENT").is_file():  # which a store directory has
        from mngraph import versions

        if found := versions.graph_at(path):
            return LocalStore.memory(rdffiles.read_file(found), text)
    if path.is_dir() or await_folder(path):
        return LocalStore.directory(path, text)
    raise LocationError(f"no graph at {text}: there is no store directory or RDF file of that name")


def declare_packs(store: Store) -> None:
    """Make the names of a graph's packs prefixes of their IRIs; see `context.declare`."""
    for row in store.select_internal(sparql.internal("packs")):
        if row["name"] and row["base"]:
            context.declare(row["name"].value, row["base"].value)


class LocalStore:
    """A dataset in this process: an Oxigraph store on disk, opened read-only, or in memory."""

    def __init__(self, store: ox.Store, location: str) -> None:
        self.oxigraph, self.location = store, location

    @classmethod
    def directory(cls, path: Path, name: str) -> LocalStore:
        """Open a store directory for reading."""
        return cls(open_folder(path), name)

    @classmethod
    def file(cls, location: str | Path) -> LocalStore:
        """Load an RDF file into memory; see `rdffiles.read_file`."""
        from mngraph import rdffiles

        return cls.memory(rdffiles.read_file(location), str(location))

    @classmethod
    def memory(cls, quads: Iterable[ox.Quad], location: str = IN_MEMORY) -> LocalStore:
        """Hold quads in memory."""
        import pyoxigraph as ox

        store = ox.Store()
        for block in in_blocks(quads, BLOCK):
            store.extend(block)
        return cls(store, location)

    def add(self, turtle: bytes, graph: str) -> None:
        """Add Turtle (or N-Triples, which is Turtle) to a named graph."""
        import pyoxigraph as ox

        self.oxigraph.load(turtle, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(graph))

    def query(
        self, text: str, *, base: str | None = None, services: Collection[str] = ()
    ) -> Results:
        """Run a SPARQL query; see `Store.query`."""
        prepared = asking.prepared(text, base, services)
        with asking.query_errors(prepared):
            return self.oxigraph.query(
                prepared.text, use_default_graph_as_union=not prepared.has_dataset
            )

    def select(self, text: str) -> ox.QuerySolutions:
        """Run a SELECT query; see `Store.select`."""
        return asking.solutions(self.query(text))

    def query_internal(self, text: str) -> Results:
        """Run a query of the package; see `Store.query_internal`."""
        return self.oxigraph.query(
            text, prefixes=context.prefixes(), use_default_graph_as_union=True
        )

    def select_internal(self, text: str) -> ox.QuerySolutions:
        """Run a SELECT query of the package; see `Store.query_internal`."""
        return asking.solutions(self.query_internal(text))

    def construct(self, text: str) -> ox.QueryTriples:
        """Run a CONSTRUCT or DESCRIBE query; see `Store.construct`."""
        return cast("ox.QueryTriples", asking.triples(self.query(text)))

    def ask(self, text: str) -> bool:
        """Run an ASK query; see `Store.ask`."""
        return asking.truth(self.query(text))

    def quads(self, graph: str | None = None, subject: str | None = None) -> Iterator[ox.Quad]:
        """Yield quads; see `Store.quads`."""
        node, name = (sparql.node(iri) if iri else None for iri in (subject, graph))
        return self.oxigraph.quads_for_pattern(node, None, None, name)

    def has(self, subject: str) -> bool:
        """Return whether there is a subject; see `Store.has`."""
        return any(self.quads(subject=subject))

    def graphs(self) -> list[str]:
        """Return graph names; see `Store.graphs`."""
        import pyoxigraph as ox

        names = self.oxigraph.named_graphs()
        return sorted(name.value for name in names if isinstance(name, ox.NamedNode))


def local(store: Store) -> LocalStore:
    """Return a store in this process: the store itself, or a copy of a remote one in memory."""
    if isinstance(store, LocalStore):
        return store
    return LocalStore.memory(store.quads(), store.location)


def in_blocks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield items in lists of at most `size`.

    >>> list(in_blocks("abc", 2))
    [['a', 'b'], ['c']]
    """
    iterator = iter(items)
    while block := list(islice(iterator, size)):
        yield block


def with_prefixes(text: str) -> str:
    """Return a query or Turtle with the context's prefixes declared before it, on one line."""
    head = " ".join(f"PREFIX {name}: <{iri}>" for name, iri in context.prefixes().items())
    return f"{head} {text}"
