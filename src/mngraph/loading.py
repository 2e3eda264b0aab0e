"""RDF files of any size and syntax as a store directory, so that no question parses them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mngraph import sparql
from mngraph.errors import MngraphError, OutputError
from mngraph.files import replacing
from mngraph.packing import packing_of, without_ending
from mngraph.rdffiles import STANDARD_INPUT, local_path, opened, read_file
from mngraph.storefolder import write_folder
from mngraph.syntaxes import Syntax

if TYPE_CHECKING:
    import pyoxigraph as ox

SMALL = 2**20
"""Bytes up to which a file is put in by one transaction; bulk loading makes new files for each."""

COMPACTED = 2**27
"""Bytes of files up to which a store is compacted after the load."""

Seen = Callable[[int], None]


class Loaded(NamedTuple):
    """What a store directory holds: the number of its quads and of its named graphs."""

    quads: int
    graphs: int


def load(
    files: Sequence[str | Path],
    target: str | Path,
    *,
    graph: str | None = None,
    syntax: Syntax | None = None,
    seen: Seen | None = None,
) -> Loaded:
    """Make a store directory of RDF files, at once or not at all.

    Files are read as a stream, so that memory does not grow with their size. Blank nodes of two
    files are two nodes, also where they have the same name. A store that stands there is replaced.

    Args:
        files: paths, `file:` URLs, pipes, or `-` for standard input; see `rdffiles.read_file`.
        target: the store directory to make or to replace.
        graph: the IRI of the named graph for triples; without it they get into the default graph.
            Quads that name a graph stay in that graph.
        syntax: the syntax of all files; by default each has that of its name.
        seen: called with the number of bytes each time that some were read.

    Raises:
        GraphSyntaxError: a file does not follow its syntax; the message names file and line.
        LocationError: a file cannot be opened or read.
        OutputError: the target cannot be written, is a folder of something else, or another
            process is writing it.
        UsageError: the graph is not an IRI.

    >>> from mngraph.files import write_bytes
    >>> write_bytes("friends.ttl", b"<#me> <http://example.org/knows> <#you> .")
    >>> load(["friends.ttl"], "friends-store", graph="http://example.org/friends")
    Loaded(quads=1, graphs=1)
    """
    to_graph = sparql.node(graph) if graph else None
    held = Loaded(0, 0)

    def fill(store: ox.Store) -> None:
        nonlocal held
        for file in files:
            _put(store, file, to_graph, syntax, seen)
        held = Loaded(len(store), sum(1 for _ in store.named_graphs()))

    target = Path(target)
    with replacing(target, folder=True) as draft:
        try:
            write_folder(draft, fill, compact=sum(map(size_of, files)) <= COMPACTED)
        except MngraphError:
            raise
        except (OSError, RuntimeError) as error:  # the engine has no class for a full disk
            reason = error.strerror if isinstance(error, OSError) else None
            raise OutputError(f"cannot write the store {target}: {reason or error}") from error
    return held


def _put(
    store: ox.Store,
    location: str | Path,
    graph: ox.NamedNode | None,
    syntax: Syntax | None,
    seen: Seen | None,
) -> None:
    """Put one file into a store that nobody reads yet."""
    is_json = without_ending(location).suffix.lower() == ".json"
    before = len(store) if is_json else 0
    with opened(location, syntax=syntax, bounded=False, seen=seen) as file:
        is_small = packing_of(location) is None and size_of(location) <= SMALL
        put = store.load if is_small else store.bulk_load
        put(file.stream, format=file.rdf, base_iri=file.base, to_graph=graph)
    if is_json and len(store) == before:
        next(read_file(location), None)  # it refuses JSON that is no RDF


def size_of(location: str | Path) -> float:
    """Return the bytes that a file takes on disk; infinity for what is not a file.

    >>> size_of("-")
    inf
    """
    if str(location) != STANDARD_INPUT:
        with suppress(OSError):
            path = local_path(location)
            if path.is_file():
                return path.stat().st_size
    return float("inf")
