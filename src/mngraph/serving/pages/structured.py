"""What schema.org says of a resource, for search engines and reference managers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mngraph import sparql
from mngraph.serving.pages import frame

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.store import Store

FIRST = ("@context", "@type", "@id", "name")
"""The order in which a description begins."""


def structured(store: Store, iri: str) -> str:
    """Return what schema.org can say of a resource as JSON-LD; empty where it has no class.

    Args:
        store: the graph; nothing else is stated than it does.
        iri: the resource.

    >>> import mngraph
    >>> found = structured(mngraph.load().store, "https://w3id.org/mngraph/indication/keloid")
    >>> found.partition(', "alternateName"')[0].partition("mngraph/")[2]
    'indication/keloid", "name": "keloid"'
    """
    found: dict[str, list[Any]] = {}
    for row in store.select_internal(sparql.internal("schema-org", about=iri)):
        value = _value(row)
        values = found.setdefault(row["property"].value, [])
        if value not in values:
            values.append(value)
    if "@type" not in found:
        return ""
    about = {name: values[0] if len(values) == 1 else values for name, values in found.items()}
    about |= {"@context": "https://schema.org", "@id": iri}
    rest = [name for name in about if name not in FIRST]
    return frame.embedded({name: about[name] for name in (*FIRST, *rest) if name in about})


def _value(row: ox.QuerySolution) -> Any:
    """Return the text of a row, or the thing that it names."""
    if not row["class"]:
        return row["value"].value
    thing = {"@type": row["class"].value, "name": row["name"].value}
    return {**thing, "@id": row["value"].value} if row["value"] else thing
