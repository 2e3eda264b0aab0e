"""Records checked against the abstracts they were read from: what is borne out, what is not.

Each fact of a record is looked for in the abstract that a user has. What is found gets its place
in the text (Web Annotation selectors), in a graph of the user's own; what is not found is listed.
A fact that is not in the abstract is not wrong: it may stand in the full text.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from mngraph import concepts, context, sparql
from mngraph.sources.abstracts import Abstract, Notice, Span
from mngraph.sources.facts import Fact, study_facts
from mngraph.store import Store

if TYPE_CHECKING:
    import pyoxigraph as ox

MAX_FACTS = 12
"""More facts than this from one sentence raise a flag."""
BACKGROUND = {
    "BACKGROUND", "INTRODUCTION", "CONTEXT", "OBJECTIVE", "OBJECTIVES", "AIM", "AIMS", "PURPOSE",
    "IMPORTANCE", "RATIONALE", "HYPOTHESIS", "GOAL", "GOALS",
}  # fmt: skip
"""Words of labels of sections that tell what was known or wanted."""
FOREGROUND = {
    "METHOD", "METHODS", "METHODOLOGY", "MATERIAL", "MATERIALS", "PATIENTS", "PARTICIPANTS",
    "SUBJECTS", "DESIGN", "INTERVENTION", "INTERVENTIONS", "RESULT", "RESULTS", "FINDINGS",
    "OUTCOME", "OUTCOMES", "CONCLUSION", "CONCLUSIONS",
}  # fmt: skip
"""Words of labels of sections that tell what was done or found, whatever else they tell."""
CATEGORIES = ("BACKGROUND", "OBJECTIVE")
NOTICE_CLASSES = {
    "retraction": "mn:Retraction",
    "expression-of-concern": "mn:ExpressionOfConcern",
    "correction": "mn:Correction",
}
QUOTE = 60
AROUND = 24


@dataclass(frozen=True)
class Found:
    """A fact and its place in the text; `background` when no other sentence has it."""

    fact: Fact
    start: int
    end: int
    sentence: Span | None

    @property
    def background(self) -> bool:
        """Whether the fact stands in a background sentence alone."""
        return self.sentence is not None and is_background(self.sentence)


def is_background(span: Span) -> bool:
    """Return whether a section's label or category says that it tells what was known or wanted.

    >>> is_background(Span("BACKGROUND AND AIMS", 0, 1))
    True
    >>> is_background(Span("OBJECTIVE AND METHODS", 0, 1, "OBJECTIVE"))
    False
    """
    words = set(re.findall(r"[A-Z]+", span.label))
    return not words & FOREGROUND and bool(words & BACKGROUND or span.category in CATEGORIES)


@dataclass
class Checked:
    """One record beside its abstract."""

    study: str
    label: str
    publication: str
    abstract: Abstract
    found: list[Found] = field(default_factory=list)
    missing: list[Fact] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    direct: list[str] = field(default_factory=list)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Retractions, expressions of concern and corrections of the publication."""
        return self.abstract.notices


@dataclass
class Report:
    """All records that were checked, and what had no partner."""

    checked: list[Checked] = field(default_factory=list)
    without_abstract: int = 0
    without_record: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether every fact was found and nothing was flagged or noticed."""
        return not any(c.missing or c.flags or c.notices for c in self.checked)


@dataclass(frozen=True)
class Entry:
    """A study and what identifies its publication."""

    study: str
    label: str
    ids: tuple[str, ...]
    pmid: str = ""


def entries(store: Store) -> list[Entry]:
    """Return the studies of a graph with the identifiers of their publications, sorted."""
    found: dict[str, Entry] = {}
    for row in store.select(sparql.internal("publications-to-check")):
        names = [name for name in ("pmid", "doi", "pmcid") if row[name] is not None]
        values = {name: row[name].value for name in names}
        ids = tuple(sorted(f"{name}:{value.lower()}" for name, value in values.items()))
        label = row["label"].value if row["label"] is not None else ""
        study = row["study"].value
        found[study] = Entry(study, label, ids, values.get("pmid", ""))
    return [found[study] for study in sorted(found)]


def check(
    store: Store, abstracts: Iterable[Abstract], *, max_facts: int = MAX_FACTS,
    studies: Iterable[str] = (),
) -> Report:  # fmt: skip
    """Look for the facts of each record in the abstract of its publication.

    Args:
        store: a graph with study records.
        abstracts: the texts, matched to records by PMID, DOI or PMCID.
        max_facts: more facts than this from one sentence raise a flag.
        studies: IRIs of the studies to check; none means all.
    """
    wanted = set(studies)
    among = [each for each in entries(store) if not wanted or each.study in wanted]
    by_id = {name: entry for entry in among for name in entry.ids}
    labels: dict[str, tuple[str, ...]] = {}
    for label in concepts.labels(store):
        labels[label.iri] = (*labels.get(label.iri, ()), label.text)
    report = Report()
    texts: dict[str, Abstract] = {}
    for abstract in abstracts:
        ids = (f"pmid:{abstract.pmid}", f"doi:{abstract.doi}", f"pmcid:{abstract.pmcid.lower()}")
        entry = next((by_id[name] for name in ids if name in by_id), None)
        if entry is None:
            report.without_record.append(abstract.pmid or abstract.doi or abstract.origin)
        elif entry.study not in texts or texts[entry.study].empty:
            texts[entry.study] = abstract
    for entry in among:
        if entry.study in texts:
            checked = check_study(store, entry, texts[entry.study], labels, max_facts)
            report.checked.append(checked)
    report.without_abstract = len(among) - len(report.checked)
    return report


def check_study(
    store: Store, entry: Entry, abstract: Abstract, labels: dict[str, tuple[str, ...]],
    max_facts: int = MAX_FACTS,
) -> Checked:  # fmt: skip
    """Look for the facts of one record in one abstract."""
    publication = entry.study.replace("/study/", "/publication/")
    checked = Checked(entry.study, entry.label, publication, abstract)
    if not abstract.empty:
        for fact in study_facts(store, entry.study, labels):
            found = _place(fact, abstract)
            if found:
                checked.found.append(found)
            else:
                checked.missing.append(fact)
    checked.flags = list(_flags(checked, max_facts))
    if abstract.notices:
        rows = list(store.select(sparql.internal("claims-resting-on", study=entry.study)))
        broader = {row["broader"].value for row in rows if row["broader"] is not None}
        checked.direct = sorted({row["claim"].value for row in rows})
        checked.claims = sorted(broader.union(checked.direct))
    return checked


def _place(fact: Fact, abstract: Abstract) -> Found | None:
    """Return the best place of a fact: the first outside background sentences, else the first."""
    first = None
    for start, end in fact.find(abstract):
        around = (span for span in abstract.sentences if span.start <= start < span.end)
        place = Found(fact, start, end, next(around, None))
        if not place.background:
            return place
        first = first or place
    return first


def _flags(checked: Checked, max_facts: int) -> Iterator[str]:
    if checked.abstract.empty:
        yield "the file has no abstract for this publication"
    backing: dict[Span, set[tuple[str, str]]] = {}
    for place in checked.found:
        if place.sentence is not None:
            names = {name for _, name, _ in place.fact.statements}
            backing.setdefault(place.sentence, set()).add((min(names), place.fact.value))
    for span, facts in sorted(backing.items(), key=lambda item: item[0].start):
        if len(facts) > max_facts:
            text = checked.abstract.text[span.start : span.start + QUOTE]
            yield f"one sentence backs {len(facts)} facts: “{text}…”"
    for place in checked.found:
        if place.background:
            yield f"{place.fact.field} ({place.fact.value}) stands in a background sentence only"


# --- the report ------------------------------------------------------------------------------


def report_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data for JSON."""
    return {
        "records": [_checked_data(each) for each in report.checked],
        "records_without_abstract": report.without_abstract,
        "abstracts_without_record": report.without_record,
    }


def _checked_data(checked: Checked) -> dict[str, Any]:
    text = checked.abstract
    return {
        "study": context.compact(checked.study),
        "label": checked.label,
        "text": {"pmid": text.pmid, "origin": text.origin, "revised": text.revised or None,
                 "sha256": text.sha256},
        "found": [{"field": f.fact.field, "value": f.fact.value, "start": f.start, "end": f.end,
                   "section": f.sentence.label if f.sentence else ""} for f in checked.found],
        "not_found": [{"field": f.field, "value": f.value} for f in checked.missing],
        "flags": checked.flags,
        "notices": [asdict(notice) for notice in checked.notices],
        "claims_resting_on_it": [context.compact(claim) for claim in checked.claims],
    }  # fmt: skip


def report_text(report: Report) -> str:
    """Return the report as lines of text."""
    lines = []
    for each in report.checked:
        total = len(each.found) + len(each.missing)
        name = f"{context.compact(each.study)}  {each.label}".strip()
        lines.append(f"{name}: {len(each.found)} of {total} facts found in the abstract")
        for notice in each.notices:
            source = f"{notice.citation} {notice.pmid and f'PMID {notice.pmid}'}".strip()
            lines.append(f"  ! {notice.kind.replace('-', ' ')}: {source}")
        if each.claims:
            lines.append(f"  ! {len(each.claims)} claims rest on it, {len(each.direct)} directly:")
            lines += [f"      {context.compact(claim)}" for claim in each.direct]
        lines += [f"  ? {flag}" for flag in each.flags]
        lines += [f"  not found: {fact.field} ({fact.value})" for fact in each.missing]
    without = report.without_abstract
    lines.append(f"Checked {len(report.checked)} records; {without} have no abstract here.")
    if report.without_record:
        lines.append(f"No record for {len(report.without_record)} abstracts.")
    lines.append("A fact that is not in the abstract is not wrong: it may stand in the full text.")
    return "\n".join(lines) + "\n"


# --- the graph -------------------------------------------------------------------------------


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


def _with_term(body: str, term: Any) -> ox.Triple:
    import pyoxigraph as ox

    return ox.Triple(ox.NamedNode(body), ox.NamedNode(context.expand("rdf:object")), term)


def _slug(value: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", value.lower()).strip("-")[:40] or "value"
