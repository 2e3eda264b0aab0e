"""Where the ontology, the data, the queries and the graph of the release are found."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from mngraph.errors import LocationError

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parents[1]


@cache
def folder(name: str) -> Path:
    """Return the folder `ontology`, `data` or `queries`, from the wheel or from the checkout.

    Raises:
        LocationError: neither the package nor the checkout has it.

    >>> folder("ontology").name
    'ontology'
    """
    for place in (PACKAGE / name, CHECKOUT / name):
        if place.is_dir():
            return place
    raise LocationError(f"the folder {name!r} is missing from this installation of mngraph")


def release() -> Path:
    """Return the store directory with the graph of the release.

    Raises:
        LocationError: the package was not built (running from bare sources).
    """
    place = PACKAGE / "release"
    if not place.is_dir():
        raise LocationError(
            "the graph of the release is missing: install the package (pip install -e .) "
            "or name a graph with --graph"
        )
    return place
