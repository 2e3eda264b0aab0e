"""Records checked against the abstracts they were read from: which facts are found, which are not.

Each fact of a record is looked for in the abstract that a user has. What is found gets its place
in the text (Web Annotation selectors), in a graph of the user's own; what is not found is listed.
A fact that is not in the abstract is not wrong: it may be in the full text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mngraph import concepts, iris, sparql
from mngraph.errors import MngraphError
from mngraph.sources.article import Abstract, Notice, Span
from mngraph.sources.facts import Fact, study_facts
from mngraph.store import Store
from mngraph.wording import counted

MAX_FACTS = 12
"""A sentence that more facts than this are found in is flagged."""
BACKGROUND = {
    "BACKGROUND", "INTRODUCTION", "CONTEXT", "OBJECTIVE", "OBJECTIVES", "AIM", "AIMS", "PURPOSE",
    "IMPORTANCE", "RATIONALE", "HYPOTHESIS", "GOAL", "GOALS",
}  # fmt: skip
"""Words in the labels of sections on what was known or wanted."""
FOREGROUND = {
    "METHOD", "METHODS", "METHODOLOGY", "MATERIAL", "MATERIALS", "PATIENTS", "PARTICIPANTS",
    "SUBJECTS", "DESIGN", "INTERVENTION", "INTERVENTIONS", "RESULT", "RESULTS", "FINDINGS",
    "OUTCOME", "OUTCOMES", "CONCLUSION", "CONCLUSIONS",
}  # fmt: skip
"""Words in the labels of sections that report what was done or found, among other things."""
CATEGORIES = ("BACKGROUND", "OBJECTIVE")
QUOTE = 60
"""The most characters that are quoted of an abstract."""


@dataclass(frozen=True)
class Found:
    """A fact and its place in the text.

    Attributes:
        fact: what was looked for.
        start: where it begins in the text of the abstract, in characters.
        end: where it ends.
        sentence: the sentence around it; None where it is in none.
    """

    fact: Fact
    start: int
    end: int
    sentence: Span | None

    @property
    def background(self) -> bool:
        """Whether the fact was found in a background sentence."""
        return self.sentence is not None and is_background(self.sentence)


def is_background(span: Span) -> bool:
    """Return whether a section is on what was known or wanted, by its label or category.

    >>> is_background(Span("BACKGROUND AND AIMS", 0, 1))
    True
    >>> is_background(Span("OBJECTIVE AND METHODS", 0, 1, "OBJECTIVE"))
    False
    """
    words = set(re.findall(r"[A-Z]+", span.label))
    return not words & FOREGROUND and bool(words & BACKGROUND or span.category in CATEGORIES)


@dataclass(kw_only=True)
class Checked:
    """One record beside its abstract.

    Attributes:
        study: the study's IRI.
        label: what people call it.
        publication: the IRI of its publication.
        abstract: the text that was searched.
        found: the facts that are in the abstract.
        missing: the facts that are not.
        flags: what a curator should look at, as text.
        claims: the claims that rest on a publication with a notice, broader ones too.
        direct: those of them that have an evidence line of the study.
    """

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
    """All records that were checked, and what could not be matched.

    Attributes:
        checked: the records that have an abstract.
        without_abstract: the IRIs of the studies that have none.
        without_record: the PMID, DOI or origin of each abstract that belongs to no study.
        selected: whether the studies to check were named, so that each of them must be checked.
    """

    checked: list[Checked] = field(default_factory=list)
    without_abstract: list[str] = field(default_factory=list)
    without_record: list[str] = field(default_factory=list)
    selected: bool = False

    @property
    def clean(self) -> bool:
        """Whether each study was checked, each fact found, and nothing flagged or noticed."""
        if not self.checked or (self.selected and self.without_abstract):
            return False
        return not any(c.missing or c.flags or c.notices for c in self.checked)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A study and what identifies its publication.

    Attributes:
        study: the study's IRI.
        label: what people call it.
        ids: identifiers of the publication, such as `pmid:31469914`.
        pmid: its PMID; empty where it has none.
    """

    study: str
    label: str
    ids: tuple[str, ...]
    pmid: str = ""


def entries(store: Store) -> list[Entry]:
    """Return the studies of a graph with the identifiers of their publications, sorted."""
    found: dict[str, Entry] = {}
    for row in store.select_internal(sparql.internal("publications-to-check")):
        terms = {name: row[name] for name in ("pmid", "doi", "pmcid")}
        values = {name: term.value for name, term in terms.items() if term and term.value}
        ids = tuple(sorted(f"{name}:{value.lower()}" for name, value in values.items()))
        label = row["label"].value if row["label"] is not None else ""
        study = row["study"].value
        found[study] = Entry(study=study, label=label, ids=ids, pmid=values.get("pmid", ""))
    return [found[study] for study in sorted(found)]


def check(
    store: Store, abstracts: Iterable[Abstract], *, max_facts: int = MAX_FACTS,
    studies: Iterable[str] = (),
) -> Report:  # fmt: skip
    """Look for the facts of each record in the abstract of its publication.

    Args:
        store: a graph with study records.
        abstracts: the texts, matched to records by PMID, DOI or PMCID.
        max_facts: a sentence that more facts than this are found in is flagged.
        studies: IRIs of the studies to check; none means all.

    Raises:
        MngraphError: nothing was checked, as no abstract belongs to a study of the graph.
    """
    wanted = set(studies)
    among = [each for each in entries(store) if not wanted or each.study in wanted]
    labels: dict[str, tuple[str, ...]] = {}
    for label in concepts.labels(store):
        labels[label.iri] = (*labels.get(label.iri, ()), label.text)
    report = Report(selected=bool(wanted))
    texts = _matched(among, abstracts, report.without_record)
    for entry in among:
        if entry.study in texts:
            checked = check_study(store, entry, texts[entry.study], labels, max_facts)
            report.checked.append(checked)
        else:
            report.without_abstract.append(entry.study)
    if not report.checked:
        raise MngraphError(f"nothing was checked: {_why_nothing(among, report.without_record)}")
    return report


def _matched(
    entries: Iterable[Entry], abstracts: Iterable[Abstract], without_record: list[str]
) -> dict[str, Abstract]:
    """Return the abstract of each study; name those that belong to none in `without_record`."""
    by_id: dict[str, list[Entry]] = {}
    for entry in entries:
        for name in entry.ids:
            by_id.setdefault(name, []).append(entry)
    texts: dict[str, Abstract] = {}
    for abstract in abstracts:
        ids = (f"pmid:{abstract.pmid}", f"doi:{abstract.doi}", f"pmcid:{abstract.pmcid.lower()}")
        found = next((by_id[name] for name in ids if name in by_id), [])
        if not found:
            without_record.append(abstract.pmid or abstract.doi or abstract.origin)
        for entry in found:
            if entry.study not in texts or texts[entry.study].empty:
                texts[entry.study] = abstract
    return texts


def _why_nothing(among: list[Entry], without_record: list[str]) -> str:
    """Return why no record was checked."""
    if not among:
        return "the graph has no study with a publication"
    if not without_record:
        return "no abstract was found (are the studies in PubMed?)"
    first = ", ".join(without_record[:3]) + (", …" if len(without_record) > 3 else "")
    studies = "a study that was asked for" if len(among) == 1 else "a study of the graph"
    number = counted(len(without_record), "abstract")
    return f"of {number}, none belongs to {studies} by its PMID, DOI or PMCID ({first})"


def check_study(
    store: Store, entry: Entry, abstract: Abstract, labels: dict[str, tuple[str, ...]],
    max_facts: int = MAX_FACTS,
) -> Checked:  # fmt: skip
    """Look for the facts of one record in one abstract."""
    publication = iris.publication(iris.study_key(entry.study))
    checked = Checked(
        study=entry.study, label=entry.label, publication=publication, abstract=abstract
    )
    if not abstract.empty:
        for fact in study_facts(store, entry.study, labels):
            found = _place(fact, abstract)
            if found:
                checked.found.append(found)
            else:
                checked.missing.append(fact)
    checked.flags = list(_flags(checked, max_facts))
    if abstract.notices:
        rows = list(store.select_internal(sparql.internal("claims-resting-on", study=entry.study)))
        broader = {row["broader"].value for row in rows if row["broader"] is not None}
        checked.direct = sorted({row["claim"].value for row in rows})
        checked.claims = sorted(broader.union(checked.direct))
    return checked


def _place(fact: Fact, abstract: Abstract) -> Found | None:
    """Return the first place of a fact outside background sentences, else its first place."""
    first = None
    for start, end in fact.find(abstract):
        place = Found(fact, start, end, abstract.sentence_at(start))
        if not place.background:
            return place
        first = first or place
    return first


def _flags(checked: Checked, max_facts: int) -> Iterator[str]:
    if checked.abstract.empty:
        yield "the file has no abstract for this publication"
    elif not checked.found and not checked.missing:
        yield "the record states nothing that can be looked for"
    found_in: dict[Span, set[tuple[str, str]]] = {}
    for place in checked.found:
        if place.sentence is not None:
            names = {name for _, name, _ in place.fact.statements}
            found_in.setdefault(place.sentence, set()).add((min(names), place.fact.value))
    for span, facts in sorted(found_in.items(), key=lambda item: item[0].start):
        if len(facts) > max_facts:
            text = checked.abstract.text[span.start : span.start + QUOTE]
            yield f"{len(facts)} facts were found in one sentence: “{text}…”"
    for place in checked.found:
        if place.background:
            yield f"{place.fact.field} ({place.fact.value}) is in a background sentence only"
