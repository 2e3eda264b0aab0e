"""Where each fact was found, as Web Annotations: a graph of the user's own."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mngraph import context
from mngraph.sources.check import QUOTE, Checked, Found, Report

if TYPE_CHECKING:
    import pyoxigraph as ox

NOTICE_CLASSES = {
    "retraction": "mn:Retraction",
    "expression-of-concern": "mn:ExpressionOfConcern",
    "correction": "mn:Correction",
}
AROUND = 24
"""How many characters before and after a quote are kept to find it again."""


def source_triples(report: Report, today: datetime.date) -> list[ox.Triple]:
    """Return where each fact was found, and the notices, as sorted triples; no blank nodes."""
    triples = {t for each in report.checked for t in _checked_triples(each, today)}
    return sorted(triples, key=str)


def _checked_triples(checked: Checked, today: datetime.date) -> Iterator[ox.Triple]:
    text, abstract = f"{checked.study}/source-text", checked.abstract
    yield _triple(text, "rdf:type", "mn:SourceText")
    yield _triple(text, "prov:wasDerivedFrom", f"<{checked.publication}>")
    if abstract.pmid:
        yield _triple(text, "dcterms:source", f"<https://pubmed.ncbi.nlm.nih.gov/{abstract.pmid}/>")
    yield _triple(text, "mn:sha256", abstract.sha256, "xsd:hexBinary")
    yield _triple(text, "mn:checkedOn", today.isoformat(), "xsd:date")
    if len(abstract.revised) == 10:
        yield _triple(text, "dcterms:modified", abstract.revised, "xsd:date")
    for place in checked.found:
        yield from _annotation(text, place, abstract.text)
    for number, notice in enumerate(checked.notices, 1):
        node = f"{checked.publication}/notice/{number}"
        yield _triple(node, "rdf:type", NOTICE_CLASSES[notice.kind])
        yield _triple(node, "dcterms:bibliographicCitation", notice.citation, "xsd:string")
        if notice.pmid:
            yield _triple(node, "bibo:pmid", notice.pmid, "xsd:string")
        for marked in (checked.publication, *checked.claims):
            yield _triple(marked, "mn:hasNotice", f"<{node}>")


def _annotation(text: str, place: Found, whole: str) -> Iterator[ox.Triple]:
    """Yield one annotation: the statements of a fact, and their place in the text."""
    node = f"{text}/annotation/{place.fact.field}/{_slug(place.fact.value)}"
    target, start, end = f"{node}/target", place.start, place.end
    yield _triple(node, "rdf:type", "oa:Annotation")
    for number, (subject, predicate, term) in enumerate(place.fact.statements, 1):
        body = f"{node}/statement/{number}"
        yield _triple(node, "oa:hasBody", f"<{body}>")
        yield _triple(body, "rdf:type", "rdf:Statement")
        yield _triple(body, "rdf:subject", f"<{subject}>")
        yield _triple(body, "rdf:predicate", f"<{predicate}>")
        yield _with_term(body, term)
    yield _triple(node, "oa:hasTarget", f"<{target}>")
    yield _triple(target, "rdf:type", "oa:SpecificResource")
    yield _triple(target, "oa:hasSource", f"<{text}>")
    yield _triple(target, "oa:hasSelector", f"<{target}/position>")
    yield _triple(f"{target}/position", "rdf:type", "oa:TextPositionSelector")
    yield _triple(f"{target}/position", "oa:start", str(start), "xsd:nonNegativeInteger")
    yield _triple(f"{target}/position", "oa:end", str(end), "xsd:nonNegativeInteger")
    if end - start <= QUOTE:
        yield _triple(target, "oa:hasSelector", f"<{target}/quote>")
        yield _triple(f"{target}/quote", "rdf:type", "oa:TextQuoteSelector")
        before, after = whole[max(0, start - AROUND) : start], whole[end : end + AROUND]
        for name, words in (("exact", whole[start:end]), ("prefix", before), ("suffix", after)):
            yield _triple(f"{target}/quote", f"oa:{name}", words, "xsd:string")


def _triple(subject: str, predicate: str, value: str, datatype: str = "") -> ox.Triple:
    """Return a triple: the object is a CURIE or `<IRI>`, or a literal when a datatype is given."""
    import pyoxigraph as ox

    name = ox.NamedNode(context.expand(predicate))
    if datatype:
        literal = ox.Literal(value, datatype=ox.NamedNode(context.expand(datatype)))
        return ox.Triple(ox.NamedNode(subject), name, literal)
    return ox.Triple(ox.NamedNode(subject), name, ox.NamedNode(context.expand(value)))


def _with_term(body: str, term: ox.NamedNode | ox.Literal) -> ox.Triple:
    import pyoxigraph as ox

    return ox.Triple(ox.NamedNode(body), ox.NamedNode(context.expand("rdf:object")), term)


def _slug(value: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", value.lower()).strip("-")[:40] or "value"
