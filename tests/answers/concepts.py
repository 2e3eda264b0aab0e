"""Answers on concepts, mappings and the shape of the graph."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from functools import cache
from typing import Any

from rdflib.namespace import SKOS

from answers.records import (
    ROOT,
    Answer,
    above,
    label,
    labels,
    parents,
    records,
    slug_of,
    slugs,
    vocabulary,
)

SCHEMES = ("design", "event", "indication", "measure", "modality", "procedure")


@cache
def mapping_rows(scheme: str) -> list[dict[str, Any]]:
    """The rows of an SSSOM file, objects as IRIs."""
    lines = (ROOT / f"ontology/mappings/{scheme}.sssom.tsv").read_text("utf-8").splitlines()
    prefixes = {}
    for line in lines:
        if found := re.match(r"#  ([\w.]+): '?([^']+)'?$", line):
            prefixes[found[1]] = found[2]
    table = csv.DictReader(
        [x for x in lines if not x.startswith("#")], delimiter="\t", quoting=csv.QUOTE_NONE
    )
    rows = []
    for row in table:
        prefix, _, local = row["object_id"].partition(":")
        rows.append(
            {**row, "iri": prefixes[prefix] + local, "slug": row["subject_id"].partition(":")[2]}
        )
    return rows


def mapped(scheme: str) -> set[str]:
    return {row["slug"] for row in mapping_rows(scheme)}


def scheme_of(slug: str) -> str:
    return next(scheme for scheme in SCHEMES if slug in slugs(scheme))


def mapping_of(concept="melasma") -> Answer:
    scheme = scheme_of(concept)
    rows = [
        (f"{scheme}:{concept}", row["predicate_id"], row["object_label"] or None)
        for row in mapping_rows(scheme)
        if row["slug"] == concept
    ]
    return "concept match term_label", rows


def mappings_by_terminology() -> Answer:
    concepts, terms = defaultdict(set), defaultdict(set)
    for scheme in SCHEMES:
        for row in mapping_rows(scheme):
            key = scheme, re.sub(r"[^/#_:=]*$", "", row["iri"]), row["predicate_id"]
            concepts[key].add(row["slug"])
            terms[key].add(row["iri"])
    return "scheme terminology match concepts terms", [
        (*k, len(v), len(terms[k])) for k, v in concepts.items()
    ]


def narrower_concepts(top="scar") -> Answer:
    scheme = scheme_of(top)
    rows = []
    for slug in slugs(scheme) - {top}:
        if top in above(scheme, slug):
            between = {up for up in above(scheme, slug) - {slug} if top in above(scheme, up)}
            up = sorted(label(scheme, p) for p in parents(scheme)[slug] if top in above(scheme, p))
            rows.append((f"{scheme}:{slug}", label(scheme, slug), len(between), ", ".join(up)))
    return "concept label depth broader", rows


def broader_path(start="atrophic-acne-scar") -> Answer:
    scheme = scheme_of(start)
    over = above(scheme, start) - {start}
    rows = [
        (
            f"{scheme}:{up}",
            label(scheme, up),
            sum(up in above(scheme, x) - {x} for x in above(scheme, start)),
        )
        for up in over
    ]
    return "concept label steps", rows


def concept_by_label(text="plasma") -> Answer:
    rows = []
    for scheme in SCHEMES:
        for predicate in (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel):
            for concept, found in vocabulary(scheme).subject_objects(predicate):
                if text.lower() in str(found).lower():
                    slug = slug_of(concept)
                    rows.append((f"{scheme}:{slug}", labels(scheme)[slug], scheme, str(found)))
    return "concept label scheme matched", list(dict.fromkeys(rows))


def classes_and_counts() -> Answer:
    """The classes that can be counted in the files."""
    all_ = records().values()
    cited = {w["id"] for r in all_ for w in r["publication"].get("references", [])} - set(records())
    rows = [
        ("mn:Study", "study", len(all_)),
        ("mn:StudyRecord", "study record", len(all_)),
        ("mn:Publication", "publication", len(all_) + len(cited)),
        ("mn:Arm", "arm", sum(len(r.get("arms", [])) for r in all_)),
        ("mn:Outcome", "outcome", sum(len(r.get("outcomes", [])) for r in all_)),
        (
            "mn:AdverseEventReport",
            "adverse event report",
            sum(len(r.get("adverse_events", [])) for r in all_),
        ),
        ("mn:Indication", "indication", len(slugs("indication"))),
        ("mn:Procedure", "procedure", len(slugs("procedure"))),
        ("mn:OutcomeMeasure", "outcome measure", len(slugs("measure"))),
    ]
    return "class label instances", rows


def properties_and_counts() -> Answer:
    """The properties of studies that can be counted in the files."""
    keys = {
        "country": "country",
        "completed": "completed",
        "includedStudies": "included_studies",
        "followUpWeeks": "follow_up_weeks",
    }
    found = Counter(key for r in records().values() for key in r)
    return "property statements subjects", [
        (f"mn:{p}", found[key], found[key]) for p, key in keys.items()
    ]


def named_graphs() -> Answer:
    rows = [(f"vocabulary/{s}", 1, len(vocabulary(s))) for s in SCHEMES]
    return "graphs graph_count statements", rows


def facts_without_study() -> bool:
    return False
