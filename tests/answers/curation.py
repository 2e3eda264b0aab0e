"""Answers for curators: what is missing, doubtful or unmapped."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from answers.concepts import SCHEMES, mapped
from answers.records import (
    Answer,
    Record,
    above,
    is_review,
    label,
    listed,
    name,
    records,
    slugs,
    year,
)


def _without(field: str) -> Answer:
    rows = [
        (f"publication:{key}", f"study:{key}", name(key), year(r["publication"]))
        for key, r in records().items()
        if field not in r["publication"]
    ]
    return "publication study label year", rows


def publications_without_doi() -> Answer:
    return _without("doi")


def publications_without_title() -> Answer:
    return _without("title")


def records_to_complete(min_gaps=3) -> Answer:
    rows = []
    for key, r in records().items():
        fields = {
            "authors": "authors",
            "doi": "doi",
            "journal": "journal",
            "title": "title",
            "issued": "year",
        }
        missing = [called for field, called in fields.items() if field not in r["publication"]]
        missing += [
            called
            for field, called in {"indications": "indication", "outcomes": "outcome"}.items()
            if not r.get(field)
        ]
        missing += [
            field for field in ("country", "participants") if field not in r and not is_review(r)
        ]
        if len(missing) >= int(min_gaps):
            seen = r["curation"]["seen"].replace("-", " ")
            rows.append(
                (
                    f"study:{key}",
                    label("design", r["design"]),
                    seen,
                    len(missing),
                    ", ".join(sorted(missing)),
                )
            )
    return "study design seen gaps missing", rows


DOUBT = "unclear|not clear|uncertain|not certain|doubt|contradict|implausible|likely"


def records_with_doubt(words=DOUBT) -> Answer:
    rows = []
    for key, r in records().items():
        notes = [(f"graph:study/{key}", r["curation"].get("notes"))]
        notes += [(f"study:{key}/arm/{arm['id']}", arm.get("note")) for arm in r.get("arms", [])]
        for kind, path in (("outcomes", "outcome"), ("adverse_events", "adverse-event")):
            notes += [
                (f"study:{key}/{path}/{number}", part.get("note"))
                for number, part in enumerate(r.get(kind, []), 1)
            ]
        rows += [
            (f"study:{key}", part, note)
            for part, note in notes
            if note and re.search(words, note, re.I)
        ]
    return "study part note", rows


def level_of_what_was_seen() -> Answer:
    told = Counter(
        (r["curation"]["seen"].replace("-", " "), r["design"]) for r in records().values()
    )
    return "seen design studies", [
        (seen, f"design:{design}", n) for (seen, design), n in told.items()
    ]


def sources(site="") -> Answer:
    rows = [
        (
            f"study:{key}",
            source,
            r["curation"]["seen"].replace("-", " "),
            str(r["curation"]["curated"]),
        )
        for key, r in records().items()
        for source in listed(r["curation"]["source"])
        if site in source
    ]
    return "study source seen curated", rows


def used(record: Record) -> set[tuple[str, str]]:
    """The concepts that a record names, as scheme and slug."""
    found = {("design", record["design"])} | {
        ("indication", slug) for slug in record.get("indications", [])
    }
    for arm in record.get("arms", []):
        found |= {
            ("modality", m) for key in ("combined_with", "interventions") for m in arm.get(key, [])
        }
        found |= {("procedure", arm["procedure"])} if "procedure" in arm else set()
    found |= {
        ("measure", slug)
        for outcome in record.get("outcomes", [])
        for slug in listed(outcome["measure"])
    }
    return found | {("event", event["event"]) for event in record.get("adverse_events", [])}


def concepts_without_mapping(scheme=None) -> Answer:
    studies = defaultdict(int)
    for r in records().values():
        for concept in used(r):
            studies[concept] += 1
    rows = [
        (f"{kind}:{slug}", label(kind, slug), kind, studies[kind, slug])
        for kind in SCHEMES
        if scheme in (None, kind)
        for slug in slugs(kind)
        if slug not in mapped(kind)
    ]
    return "concept label scheme studies", rows


def unused_concepts(scheme=None) -> Answer:
    in_use = {
        (kind, up) for r in records().values() for kind, slug in used(r) for up in above(kind, slug)
    }
    rows = [
        (f"{kind}:{slug}", label(kind, slug), kind)
        for kind in SCHEMES
        if scheme in (None, kind)
        for slug in slugs(kind)
        if (kind, slug) not in in_use
    ]
    return "concept label scheme", rows
