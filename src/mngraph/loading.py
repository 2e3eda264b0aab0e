"""RDF files of any size and syntax, loaded into a store directory that answers at once.

The store is made beside the target and takes its place when it is complete, so that readers see
the former one or the new one, and a process that is killed leaves the former.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from mngraph.errors import OutputError, UsageError
from mngraph.files import replacing
from mngraph.rdffiles import load_file
from mngraph.storefolder import keep_data


class Loaded(NamedTuple):
    """What a store directory holds: the number of its quads and of its named graphs."""

    quads: int
    graphs: int


def load(
    locations: Sequence[str | Path], target: Path, *, graph: str | None = None,
    seen: Callable[[int], None] | None = None,
) -> Loaded:  # fmt: skip
    """Load RDF files into a store directory, at once or not at all.

    Blank nodes of different files stay apart, also those of the same name.

    Args:
        locations: the files, of any syntax that a name or content tells, compressed or not; `-`
            is standard input.
        target: the store directory to make or to replace.
        graph: the IRI of the graph that triples go to; by default the default graph.
        seen: called with the number of bytes of each piece that was read.

    Raises:
        GraphSyntaxError: a file does not follow its syntax; the message names file and line.
        LocationError: a file cannot be read.
        OutputError: the target cannot be written, or is a folder of something else.
        UsageError: no file was named, or `graph` is not an IRI.

    >>> from mngraph.files import write_bytes
    >>> write_bytes("a.nt", b"<http://e/a> <http://e/p> <http://e/b> .")
    >>> load(["a.nt"], Path("store"), graph="http://e/g")
    Loaded(quads=1, graphs=1)
    """
    import pyoxigraph as ox

    if not locations:
        raise UsageError("name at least one RDF file to load")
    with replacing(target, folder=True) as draft:
        try:
            store = ox.Store(str(draft))
            for location in locations:
                load_file(store, location, graph=graph, seen=seen)
            store.optimize()
            store.flush()
            found = Loaded(len(store), sum(1 for _ in store.named_graphs()))
            del store
            keep_data(draft)
        except OSError as error:
            if error.errno is None or error.filename is not None:
                raise
            raise OutputError(f"cannot write {target}: {error.strerror}") from error
    return found
