"""From a citation and what the annotator read in it to a candidate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from mngraph import iris, keys, resources
from mngraph.annotation import TITLE, Annotations, Section, annotate, lexicon
from mngraph.annotation import Fact as Read
from mngraph.candidates.model import Candidate, Fact, about_keys, field_term
from mngraph.candidates.names import study_key
from mngraph.keys import Kind
from mngraph.records import FORBIDDEN
from mngraph.yamlfile import read_yaml

if TYPE_CHECKING:
    from mngraph.sources.citation import Citation

ARMS, ARM = "arms", "A"
"""The key of arms, and the arm that facts belong to which no arm is named for."""
MOST_PLACES = 20
"""How many other places of a fact are kept."""
MOST_AUTHORS = 500


def draft(citation: Citation) -> Candidate:
    """Return the candidate that a citation makes.

    Args:
        citation: a publication, as a file has it.
    """
    parts = [(_clean(s.label), _clean(s.text), s.category) for s in citation.sections]
    title = _clean(citation.title)
    abstract = [Section(*part) for part in parts if part[0] != TITLE]
    read = annotate(title, abstract, list(citation.types))
    entry = publication(citation)
    key = study_key(citation.pmid, citation.doi, title, entry.get("authors", []), citation.issued)
    return Candidate(
        id=key, publication=entry, facts=facts(read),
        about=_about(citation),
        abstract=[{"label": s.label, "text": s.text} for s in read.sections],
    )  # fmt: skip


# --- is it about the subject? ---------------------------------------------------------------------


def is_on_subject(citation: Citation) -> bool:
    """Return whether title, abstract, keywords or headings name what the pack is about.

    Args:
        citation: a publication.
    """
    texts = [s.text for s in citation.sections]
    texts += [citation.title, citation.vernacular, *citation.keywords]
    texts += [heading.name for heading in citation.headings]
    text = "\n".join(texts)
    roots, names = _roots(), lexicon.shared()
    return any(
        entry.kind == "procedure" and (entry.concept in roots or names.above[entry.concept] & roots)
        for name in names.find(text, lexicon.fold(text))
        for entry in name.entries
    )


@cache
def _roots() -> frozenset[str]:
    """Return the procedures that the pack of the release is about."""
    data, _ = read_yaml(resources.folder("data") / "pack.yaml")
    return frozenset(iris.concept("procedure", slug) for slug in data["roots"])


# --- what the file states -------------------------------------------------------------------------


def publication(citation: Citation) -> dict[str, Any]:
    """Return the entry of a publication as records have it.

    Args:
        citation: a publication, as a file has it.
    """
    types = " ".join(citation.types).lower()
    kind = citation.kind
    if kind == "journal-article" and re.search(r"\breview\b|meta-analysis", types):
        kind = "review-article"
    found = {
        "type": kind, "pmid": citation.pmid, "pmcid": citation.pmcid, "doi": citation.doi,
        "bookshelf": citation.bookshelf, "title": citation.title,
        "journal": citation.journal, "publisher": citation.publisher,
        "issued": citation.issued, "volume": citation.volume, "issue": citation.issue,
        "pages": citation.pages,
    }  # fmt: skip
    stated: dict[str, Any] = {key: text for key, value in found.items() if (text := _clean(value))}
    names = [name for author in citation.authors if (name := _clean(author.name))]
    stated |= {"authors": names[:MOST_AUTHORS]} if names else {}
    return {key: stated[key] for key in keys.record().terms["publication"].terms if key in stated}


def _about(citation: Citation) -> dict[str, Any]:
    """Return what else a file states of a publication."""
    found: dict[str, Iterable[str]] = {
        "types": citation.types,
        "headings": (heading.name for heading in citation.headings),
        "keywords": citation.keywords,
        "languages": citation.languages,
        "registrations": citation.registrations,
        "substances": citation.substances,
        "grants": (
            " ".join(filter(None, (g.number, g.agency, g.country))) for g in citation.grants
        ),
        "orcids": (f"{a.name}: {a.orcid}" for a in citation.authors if a.orcid),
        "notices": (told(notice.kind, notice.citation, notice.pmid) for notice in citation.notices),
        "comments": (told(c.kind, c.citation, c.pmid) for c in citation.comments),
    }
    unique = {key: list(dict.fromkeys(map(_clean, values))) for key, values in found.items()}
    lists = {key: sorted(filter(None, v)) if key == "notices" else list(filter(None, v))
             for key, v in unique.items()}  # fmt: skip
    stated: dict[str, Any] = {"revised": citation.revised} | lists
    return {key: stated[key] for key in about_keys() if stated.get(key)}


def told(kind: str, citation: str, pmid: str = "") -> str:
    """Return a link to another publication in one line.

    >>> told("retraction", "J Ex. 2025", "12")
    'retraction: J Ex. 2025 (PMID 12)'
    """
    number = f" (PMID {pmid})" if pmid else ""
    return f"{kind}: {citation}{number}"


def _clean(text: str) -> str:
    """Return a text with a space for each character that no record may hold."""
    return FORBIDDEN.sub(" ", text).strip()


# --- what the annotator read ----------------------------------------------------------------------


def facts(read: Annotations) -> list[Fact]:
    """Return the facts for a record that annotations make, each with all its places.

    Args:
        read: what an annotator found.
    """
    found: dict[str, Fact] = {}
    texts = [section.text for section in read.sections]
    for fact in _proposed(read):
        if texts[fact.section or 0][fact.start : fact.end] != fact.text:
            continue  # an annotator may join the end of a section and the beginning of the next
        known = found.get(fact.key)
        found[fact.key] = fact if known is None else _joined(known, fact)
    return sorted(found.values(), key=_order)


def _order(fact: Fact) -> tuple[Any, ...]:
    names = list(keys.record().terms)
    path = fact.field.split(".")
    first = names.index(path[0]) if path[0] in names else len(names)
    return (first, path, not fact.proposed, -(fact.confidence or 0), fact.section, fact.start)


def _joined(one: Fact, other: Fact) -> Fact:
    """Return a fact that was read twice: the surer reading, and where else it stands."""
    rank = [(fact.proposed, fact.confidence or 0) for fact in (one, other)]
    best, rest = (one, other) if rank[0] >= rank[1] else (other, one)
    places = [f"{section}:{start}-{end}" for section, start, end in rest.places]
    more = tuple(dict.fromkeys([*best.more, *places]))
    return replace(best, more=more[:MOST_PLACES])


def _proposed(read: Annotations) -> Iterator[Fact]:
    """Yield a fact for each reading that a field of records takes."""
    rates: dict[str, Mapping[str, Any]] = {}
    for each in read.of("event-rate"):
        if each.details.get("event") and each.details["affected"] <= each.details["at_risk"]:
            rates.setdefault(each.details["event"], each.details)
    told: set[str] = set()
    in_arms = {value for arm in read.of("arm") for value in _items(arm.details)}
    for each in _with_arms(read, in_arms):
        path = lexicon.rules("kinds").get(each.kind, {}).get("field", "")
        if each.kind == "event-rate" or not path:
            continue
        details = dict(each.details)
        if each.kind == "adverse-event" and not (each.negated or each.hedged):
            if each.value not in told:
                details |= rates.get(str(each.value), {})
            told.add(str(each.value))
        for field, value, original in _placed(path, each, details):
            yield _fact(field, value, _narrowed(each, original, read))


def _items(details: Mapping[str, Any]) -> Iterator[Any]:
    for value in details.values():
        yield from value if isinstance(value, list | tuple) else [value]


def _with_arms(read: Annotations, in_arms: set[Any]) -> Iterator[Read]:
    """Yield the readings; where arms were read, what they were given is told of the arms alone.

    A treatment that no arm was given is kept as possible only: nobody knows where it belongs.
    """
    kinds = lexicon.rules("kinds")
    for each in read.facts:
        arm = keys.record().terms[ARMS]
        key, _, part = kinds.get(each.kind, {}).get("field", "").partition(".")
        given = key == ARMS and part and arm.terms[part].kind is Kind.CONCEPT
        if not (given and in_arms) or each.details.get("arm"):
            yield each
        elif each.value not in in_arms:
            yield replace(each, hedged=True)


def _narrowed(arm: Read, value: Any, read: Annotations) -> Read:
    """Return the reading of an arm with the place of one thing that it was given."""
    for each in read.facts:
        inside = each.section == arm.section and arm.start <= each.start and each.end <= arm.end
        if inside and each.value == value and each.kind != arm.kind:
            return replace(arm, start=each.start, end=each.end, text=each.text)
    return arm


def _placed(path: str, read: Read, details: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the field of a reading, the value as records write it, and as it was read.

    A node with a name, such as an arm, stands in the field; one without, such as an outcome, is
    the value.
    """
    key, _, inner = path.partition(".")
    term = keys.record().terms[key]
    if not inner and term.kind is not Kind.NODE:
        yield path, _value(path, read.value), None
    elif inner and term.has_id:
        field = f"{key}.{details.get('arm') or ARM}.{inner}"
        yield field, _value(field, read.value), None
    elif inner:
        own = term.terms[inner]
        if own.kind is Kind.GROUP:
            printed = {"text": " ".join(read.text.split())}
            given = {"value": read.value, **details} | printed
            yield key, {inner: {name: given[name] for name in own.terms if name in given}}, None
        else:
            value = {inner: _value(path, read.value)}
            rest = {name: details[name] for name in term.terms if name in details and name != inner}
            yield key, value | rest, None
    elif term.has_id:
        name = str(details.get("arm") or read.value)
        for part, value in details.items():
            if part in term.terms and part != "id":
                values = value if isinstance(value, list | tuple) else [value]
                for one in values:
                    field = f"{key}.{name}.{part}"
                    yield field, _value(field, one), one


def _value(path: str, value: Any) -> Any:
    """Return a value as a record writes it: the slug of a concept, a number, or a word."""
    term = field_term(path)
    if term is None:
        return value
    if term.kind is Kind.CONCEPT:
        return iris.last_segment(str(value)) if "://" in str(value) else str(value)
    if term.kind is Kind.BOOLEAN:
        return bool(value)
    if term.kind in (Kind.TEXT, Kind.CHOICE):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _fact(field: str, value: Any, read: Read) -> Fact:
    return Fact(
        field=field, value=value, section=read.section, start=read.start, end=read.end,
        text=read.text, confidence=round(read.confidence, 3), rule=read.rule,
        negated=read.negated, hedged=read.hedged,
    )  # fmt: skip
