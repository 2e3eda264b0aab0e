"""Trusty URIs of nanopublications: an IRI that holds the hash of what it names.

By the specification of module RA (https://trustyuri.net/, https://doi.org/10.1007/978-3-319-07443-6_27),
the statements are sorted and written with a space where the hash is going to stand; their SHA-256
is the hash. The library `nanopub` does the same with rdflib, too slowly for thousands.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyoxigraph as ox

    Statement = tuple[str, str, str, "str | ox.Literal"]

GAP = " "
"""What stands in IRIs where the hash is going to be; no IRI has one otherwise."""


def normalized(statements: Iterable[Statement]) -> str:
    r"""Return statements in the one order and spelling that is hashed and signed.

    Args:
        statements: graph, subject, predicate and object; IRIs are texts.

    >>> normalized([("http://a.org/ #g", "http://a.org/s", "http://a.org/p", "http://a.org/o")])
    'http://a.org/ #g\nhttp://a.org/s\nhttp://a.org/p\nhttp://a.org/o\n'
    """
    return "".join(map(_written, sorted(set(statements), key=_order)))


def artifact_code(statements: Iterable[Statement]) -> str:
    """Return the hash of statements, as it stands in a Trusty URI.

    >>> artifact_code([])
    'RA47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'
    """
    digest = sha256(normalized(statements).encode()).digest()
    return "RA" + urlsafe_b64encode(digest).decode().rstrip("=")


def _order(statement: Statement) -> tuple[str, ...]:
    """Return by what a statement is sorted: IRIs come before literals, tags before datatypes."""
    graph, subject, predicate, value = statement
    if isinstance(value, str):
        return (graph, subject, predicate, "", value)
    kind = ("1", "", value.language) if value.language else ("2", value.datatype.value, "")
    return (graph, subject, predicate, "literal", value.value, *kind)


def _written(statement: Statement) -> str:
    graph, subject, predicate, value = statement
    if not isinstance(value, str):
        kind = f"@{value.language.lower()}" if value.language else f"^{value.datatype.value}"
        text = value.value.replace("\\", "\\\\").replace("\n", "\\n")
        value = f"{kind} {text}"
    return f"{graph}\n{subject}\n{predicate}\n{value}\n"
