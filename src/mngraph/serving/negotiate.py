"""Content negotiation: from an Accept header to one of the formats that can be written.

RFC 9110, section 12.5.1: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Format(NamedTuple):
    """A format of answers.

    Attributes:
        name: what `?format=` calls it.
        title: what people call it.
        ending: what the name of a file in it ends with, without the dot.
        media: the media type that is sent.
        also: other media types that ask for it.
        iri: its name in a service description (https://www.w3.org/ns/formats/).
    """

    name: str
    title: str
    ending: str
    media: str
    also: tuple[str, ...] = ()
    iri: str = ""


W3C = "http://www.w3.org/ns/formats/"
RESULTS = (
    Format(
        "json", "JSON", "srj", "application/sparql-results+json", ("application/json",),
        f"{W3C}SPARQL_Results_JSON",
    ),
    Format(
        "xml", "XML", "srx", "application/sparql-results+xml", ("application/xml", "text/xml"),
        f"{W3C}SPARQL_Results_XML",
    ),
    Format("csv", "CSV", "csv", "text/csv", (), f"{W3C}SPARQL_Results_CSV"),
    Format("tsv", "TSV", "tsv", "text/tab-separated-values", (), f"{W3C}SPARQL_Results_TSV"),
)  # fmt: skip
"""Formats of SELECT and ASK; the first is sent where any will do."""
GRAPHS = (
    Format("turtle", "Turtle", "ttl", "text/turtle", ("application/x-turtle",), f"{W3C}Turtle"),
    Format(
        "ntriples", "N-Triples", "nt", "application/n-triples", ("text/plain",), f"{W3C}N-Triples",
    ),
    Format(
        "jsonld", "JSON-LD", "jsonld", "application/ld+json", ("application/json",),
        f"{W3C}JSON-LD",
    ),
    Format(
        "rdf", "RDF/XML", "rdf", "application/rdf+xml", ("application/xml", "text/xml"),
        f"{W3C}RDF_XML",
    ),
)  # fmt: skip
"""Formats of CONSTRUCT and DESCRIBE, and of resources."""
HTML = Format("html", "HTML", "html", "text/html", ("application/xhtml+xml",))
MOST = 50
"""Ranges of an Accept header that are read."""


def chosen(accept: str, formats: Sequence[Format]) -> Format | None:
    """Return the format that a client likes best; of equals the first; None where none will do.

    Args:
        accept: the Accept header; empty for any.
        formats: what can be sent, best first.

    >>> chosen("text/csv;q=0.5, application/xml", RESULTS).name
    'xml'
    >>> chosen("", RESULTS).name, chosen("image/png", RESULTS)
    ('json', None)
    """
    if not accept.strip():
        return formats[0]
    ranges = [_range(part) for part in accept.split(",")[:MOST]]
    best, liked = None, 0.0
    for form in formats:
        quality = max(_quality(media, ranges) for media in (form.media, *form.also))
        if quality > liked:
            best, liked = form, quality
    return best


def named(name: str, formats: Sequence[Format]) -> Format | None:
    """Return the format of a name, as `?format=` gives it.

    >>> named("csv", RESULTS).media
    'text/csv'
    """
    return next((form for form in formats if form.name == name), None)


def _range(text: str) -> tuple[str, float]:
    """Return a media range and its quality; parameters other than q are not looked at."""
    media, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = min(1.0, max(0.0, float(value)))
            except ValueError:
                quality = 0.0
    return media, quality


def _quality(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return how much a media type is liked: the most specific range counts."""
    kind = media.partition("/")[0]
    for wanted in (media, f"{kind}/*", "*/*"):
        found = [quality for name, quality in ranges if name == wanted]
        if found:
            return max(found)
    return 0.0
