"""The evidence on microneedling as linked data.

    >>> import mngraph
    >>> graph = mngraph.load()                                        # doctest: +SKIP
    >>> graph.query("studies-of", indication="acne-scar")             # doctest: +SKIP
    >>> graph.evidence(indication="acne-scar", combined_with="PRP")   # doctest: +SKIP

Importing the package reads no file and loads none of the heavy libraries.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph.errors import MngraphError

if TYPE_CHECKING:
    from mngraph.graph import Graph

__all__ = ["Graph", "MngraphError", "load"]


def load(location: str | Path | None = None) -> Graph:
    """Open a graph: the release's, or the one at a location.

    Args:
        location: a store directory, an RDF file (any syntax, also `.gz`) or the URL of a SPARQL
            endpoint; None opens the graph of the release.

    Raises:
        LocationError: nothing is there, or it cannot be opened.
        GraphSyntaxError: an RDF file does not follow its syntax.
    """
    from mngraph.graph import Graph
    from mngraph.store import open_store

    return Graph(open_store(location))


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("mngraph")
    if name == "Graph":
        from mngraph.graph import Graph

        return Graph
    raise AttributeError(f"module 'mngraph' has no attribute {name!r}")
