"""What to look at when a query finds nothing: names that do not exist, and values in other letters.

Nothing here is read or imported before a query has come back empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from mngraph import context, resources, sparql
from mngraph.nearest import nearest
from mngraph.rdffiles import read_file
from mngraph.sparqltokens import tokens
from mngraph.store import Store
from mngraph.wording import alternatives

LISTS = (
    "mngraph query properties-and-counts lists the properties",
    "mngraph query classes-and-counts lists the classes",
)
"""What lists the properties, and the classes, that a graph uses."""
SCHEMES = ("procedure", "indication", "modality", "event", "measure", "design")


def on_nothing(store: Store, text: str, values: Mapping[str, str]) -> str:
    """Return a hint for a query that found nothing; empty where there is none.

    Args:
        store: the graph that was asked.
        text: the query.
        values: its parameters that are texts.

    >>> from mngraph.store import open_store
    >>> on_nothing(open_store(), "ASK { ?s a mn:Studdy }", {})
    'the ontology has no mn:Studdy; did you mean mn:Study?'
    """
    return "; ".join([*_unknown_names(text), *_other_letters(store, values)])


def _unknown_names(text: str) -> Iterator[str]:
    """Yield a hint for each name in our namespaces that ontology and vocabularies lack."""
    used = {token.text for token in tokens(text) if token.kind == "name"}
    ours = {name for name in used if name.partition(":")[0] in ("mn", *SCHEMES)}
    if not ours:
        return
    known = _known()
    for name in sorted(ours):
        prefix, _, local = name.partition(":")
        if local and local not in known[prefix]:
            alike = {each for each in known[prefix] if each[0].isupper() == local[0].isupper()}
            near = nearest(local, alike)
            where = "ontology" if prefix == "mn" else "vocabulary"
            meant = f"; did you mean {prefix}:{near}?" if near else ""
            lists = "" if near or prefix != "mn" else f" ({LISTS[local[0].isupper()]})"
            yield f"the {where} has no {name}{meant}{lists}"


def _known() -> dict[str, set[str]]:
    """Return the local names that ontology and vocabularies describe, by prefix."""
    folder = resources.folder("ontology")
    found: dict[str, set[str]] = defaultdict(set)
    for path in (folder / "mngraph.ttl", *sorted((folder / "vocabulary").glob("*.ttl"))):
        for quad in read_file(path, base=context.BASE):
            prefix, colon, local = context.compact(getattr(quad.subject, "value", "")).partition(
                ":"
            )
            if colon:
                found[prefix].add(local)
    return found


def _other_letters(store: Store, values: Mapping[str, str]) -> Iterator[str]:
    """Yield a hint for each text that the graph has in other capitals."""
    import pyoxigraph as ox

    for name, text in values.items():
        query = sparql.internal_on("values-like", text=ox.Literal(text))
        found: Iterable[str] = (row["value"].value for row in store.select_internal(query))
        if alike := list(dict.fromkeys(found)):
            yield f"{name}: the graph has {alternatives(map(repr, alike))}, not {text!r}"
