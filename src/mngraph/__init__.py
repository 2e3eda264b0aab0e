"""The evidence on medical procedures as linked data.

    >>> import mngraph
    >>> graph = mngraph.load()
    >>> graph.search("platlet rich plasma")[0].label
    'platelet-rich plasma'
    >>> studies = graph.query("studies-of", indication="acne scars")
    >>> studies.columns[:4]
    ['study', 'label', 'year', 'design']

Importing the package reads no file and loads none of the heavy libraries.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph.errors import MngraphError

if TYPE_CHECKING:
    from mngraph.annotation import annotate
    from mngraph.annotation.facts import Annotations
    from mngraph.diff.result import Diff
    from mngraph.drawing.gapmap import GapMap
    from mngraph.drawing.view import View
    from mngraph.evidence.explain import Explanation
    from mngraph.evidence.weighing import Evidence
    from mngraph.graph import Graph
    from mngraph.tables import Table

__all__ = [
    "Annotations", "Diff", "Evidence", "Explanation", "Explorer", "GapMap", "Graph", "MngraphError",
    "Table", "View", "annotate", "load",
]  # fmt: skip

_HOMES = {
    "Annotations": "mngraph.annotation.facts",
    "Diff": "mngraph.diff.result",
    "Evidence": "mngraph.drawing.answerpage",
    "Explanation": "mngraph.evidence.explain",
    "Explorer": "mngraph.explorer.page",
    "GapMap": "mngraph.drawing.gapmap",
    "Graph": "mngraph.graph",
    "Table": "mngraph.tables",
    "View": "mngraph.drawing.view",
    "annotate": "mngraph.annotation",
}
"""The module of each public name, imported when the name is first asked for."""


def load(location: str | Path | None = None) -> Graph:
    """Open a graph: the one of the release, or the one at a location.

    Args:
        location: a store directory, an RDF file (any syntax, also compressed; `-` is standard
            input) or the URL of a SPARQL endpoint; None opens the graph of the release.

    Returns:
        The graph, opened for reading.

    Raises:
        LocationError: nothing is there, or it cannot be opened.
        GraphSyntaxError: an RDF file does not follow its syntax.

    >>> import mngraph
    >>> graph = mngraph.load()
    >>> graph.query("ASK { study:pmid-31469914 a mn:Study }")
    True
    >>> mngraph.load("no-such-file.ttl")
    Traceback (most recent call last):
    mngraph.errors.LocationError: ...
    """
    from mngraph.graph import Graph
    from mngraph.store import open_store

    return Graph(open_store(location))


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("mngraph")
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'mngraph' has no attribute {name!r}")
