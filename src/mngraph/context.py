"""ontology/context.jsonld, read once: the only prefix list and the only map from key to IRI.

A record's keys are parsed into a tree of `Term` objects, so that the code that reads records asks
what a key means and never looks at JSON-LD.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from typing import Any

from mngraph import resources
from mngraph.errors import UsageError

BASE = "https://w3id.org/mngraph/"
PACK_NAME = re.compile(r"[a-z][a-z0-9-]{0,49}")
PACK_BASE = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20]{1,500}[/#]")
MOST_PACKS = 100
"""How many packs can be declared in one process."""


@cache
def document(name: str = "context") -> dict[str, Any]:
    """Return a parsed file of ontology/: `@context`, and how nodes and references get their IRIs.

    Args:
        name: `context` for study records, `pack`, `concept`, `appraisal` or `candidate`.
    """
    path = resources.folder("ontology") / f"{name}.jsonld"
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


_bases: dict[str, str] = {}
"""The packs that were declared: their names, which are prefixes, and where their IRIs begin."""


@cache
def prefixes() -> dict[str, str]:
    """Return the prefixes that queries, exports and CURIEs share, and those of declared packs.

    >>> prefixes()["indication"]
    'https://w3id.org/mngraph/indication/'
    """
    return own_prefixes() | _bases


def bases() -> tuple[str, ...]:
    """Return what the IRIs of our nodes begin with: `BASE`, and the base of each declared pack."""
    return (BASE, *_bases.values())


def declare(name: str, base: str) -> bool:
    """Make the name of a pack the prefix of its IRIs, for all that follows in this process.

    A prefix of mngraph keeps its meaning; of two packs of one name, the last that was declared
    has it.

    Args:
        name: lower-case letters, digits and hyphens.
        base: an IRI that ends in `/` or `#`.

    Returns:
        Whether the name stands for the base now.

    >>> declare("mn", "http://example.org/"), declare("a b", "http://example.org/")
    (False, False)
    """
    if prefixes().get(name) == base:
        return True
    fits = PACK_NAME.fullmatch(name) and PACK_BASE.fullmatch(base) and not BASE.startswith(base)
    if not fits or name in own_prefixes() or len(_bases) >= MOST_PACKS:
        return False
    _bases[name] = base
    for cached in (prefixes, _namespaces, curie):
        cached.cache_clear()
    return True


@cache
def own_prefixes() -> dict[str, str]:
    """Return the prefixes of the context, without those of packs."""
    terms = document()["@context"][0]
    return {
        name: term["@id"] if isinstance(term, dict) else term
        for name, term in terms.items()
        if not name.startswith("@")
    }


@cache
def _namespaces() -> tuple[re.Pattern[str], dict[str, str]]:
    """Return a pattern that finds an IRI's longest known namespace, and the prefix of each."""
    names = {namespace: name for name, namespace in prefixes().items()}
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), names


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


@lru_cache(maxsize=2**16)
def curie(iri: str) -> str | None:
    """Return the CURIE that `expand` and JSON-LD turn back into this IRI, or None.

    >>> curie("https://w3id.org/mngraph/study/pmid-1/arm/A")
    'study:pmid-1/arm/A'
    >>> curie("claim:z") is None
    True

    A slash is part of a name in our own namespaces alone, as queries read it.

    >>> curie("http://purl.org/ontology/bibo/status/draft") is None
    True
    """
    pattern, names = _namespaces()
    found = pattern.match(iri)
    if not found or iri.startswith("//", found.end()):
        return None
    namespace, local = found.group(), iri[found.end() :]
    if "/" in local and not namespace.startswith(BASE) and namespace not in _bases.values():
        return None
    return f"{names[namespace]}:{local}"


def compact(iri: str) -> str:
    """Return the CURIE of an IRI, or the IRI where no prefix fits.

    An IRI that reads like a CURIE of ours stands in angle brackets, so that `expand` gives back
    what went in.

    >>> compact("https://w3id.org/mngraph/study/pmid-1/arm/A")
    'study:pmid-1/arm/A'
    >>> compact("http://example.org/x")
    'http://example.org/x'
    >>> compact("claim:z")
    '<claim:z>'
    """
    found = curie(iri)
    if found is not None:
        return found
    prefix, _, local = iri.partition(":")
    return f"<{iri}>" if prefix in prefixes() and not local.startswith("//") else iri


def mn(name: str) -> str:
    """Return the IRI of a class or property of the mngraph ontology.

    >>> mn("Study")
    'https://w3id.org/mngraph/ontology#Study'
    """
    return prefixes()["mn"] + name
