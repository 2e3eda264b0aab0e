"""ontology/context.jsonld, read once: the only prefix list and the only map from key to IRI."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from mngraph import resources
from mngraph.errors import UsageError

BASE = "https://w3id.org/mngraph/"


@cache
def document() -> dict[str, Any]:
    """Return the parsed file: `@context`, and how nodes and references get their IRIs."""
    path = resources.folder("ontology") / "context.jsonld"
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


@cache
def prefixes() -> dict[str, str]:
    """Return the prefixes that queries, exports and CURIEs share.

    >>> prefixes()["indication"]
    'https://w3id.org/mngraph/indication/'
    """
    terms = document()["@context"][0]
    return {
        name: term["@id"] if isinstance(term, dict) else term
        for name, term in terms.items()
        if not name.startswith("@")
    }


def expand(curie: str) -> str:
    """Return the IRI of a CURIE; an IRI, bare or in angle brackets, comes back as it is.

    Raises:
        UsageError: the prefix is not one of the context.

    >>> expand("mn:Study")
    'https://w3id.org/mngraph/ontology#Study'
    """
    if curie.startswith("<") and curie.endswith(">"):
        return curie[1:-1]
    prefix, colon, local = curie.partition(":")
    if colon and local.startswith("//"):
        return curie
    if not colon or prefix not in prefixes():
        known = ", ".join(prefixes())
        raise UsageError(f"{curie!r} has no known prefix; the prefixes are {known}")
    return prefixes()[prefix] + local


def compact(iri: str) -> str:
    """Return the CURIE of an IRI, or the IRI where no prefix fits.

    >>> compact("https://w3id.org/mngraph/study/pmid-1/arm/A")
    'study:pmid-1/arm/A'
    """
    fitting = [(len(ns), name) for name, ns in prefixes().items() if iri.startswith(ns)]
    if not fitting:
        return iri
    length, name = max(fitting)
    return f"{name}:{iri[length:]}"


def mn(name: str) -> str:
    """Return the IRI of a class or property of the mngraph ontology.

    >>> mn("Study")
    'https://w3id.org/mngraph/ontology#Study'
    """
    return prefixes()["mn"] + name
