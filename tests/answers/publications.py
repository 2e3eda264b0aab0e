"""Answers on publications, reviews, and all that is known of one study."""

from __future__ import annotations

from collections import defaultdict

from answers.records import (
    HEAD,
    Answer,
    Record,
    arms,
    for_indication,
    given,
    head,
    is_control,
    is_randomised,
    is_review,
    label,
    link,
    listed,
    records,
    slugs,
    term_label,
    usual,
    within,
    year,
)


def statpearls_references() -> Answer:
    cited = [
        reference["id"] for reference in records()["pmid-29083607"]["publication"]["references"]
    ]
    rows = [(f"publication:{key}", f"study:{key}" if key in records() else None) for key in cited]
    return "publication study", rows


def _publications() -> list[tuple[str, Record]]:
    """Every publication, reported or only cited, with its key."""
    own = [(key, r["publication"]) for key, r in records().items()]
    cited = [
        (work["id"], work)
        for _, publication in own
        for work in publication.get("references", [])
        if work["id"] not in records()
    ]
    return own + cited


def publications_of_author(author_name="Dhurat") -> Answer:
    rows = [
        (
            f"publication:{key}",
            work.get("title"),
            author,
            year(work),
            work.get("journal"),
            link(work),
        )
        for key, work in _publications()
        for author in work.get("authors", [])
        if author.lower().startswith(author_name.lower())
    ]
    return "publication title author year journal link", rows


def publications_on(concept="keloid") -> Answer:
    scheme = next(s for s in ("indication", "procedure", "modality") if concept in slugs(s))
    rows = []
    for key, r in records().items():
        named = {
            "indication": r.get("indications", []),
            "procedure": [arm["procedure"] for arm in arms(r) if "procedure" in arm],
            "modality": [
                m
                for arm in arms(r)
                for k in ("combined_with", "interventions")
                for m in arm.get(k, [])
            ],
        }[scheme]
        if any(
            within(scheme, slug, concept)
            for slug in named
            if scheme != "modality" or not is_control(slug)
        ):
            rows.append(
                (f"publication:{key}", r["publication"].get("title", r["publication"].get("label")))
            )
    return "publication title", rows


def journals() -> Answer:
    found: dict[str, list[Record]] = defaultdict(list)
    for r in records().values():
        if "journal" in r["publication"]:
            found[usual("journal", r["publication"]["journal"])].append(r)
    rows = []
    for journal, all_ in found.items():
        years = [y for r in all_ if (y := year(r["publication"]))]
        span = (min(years, default=None), max(years, default=None))
        rows.append((journal, len(all_), sum(map(is_randomised, all_)), *span))
    return "journal studies randomised_studies first_year last_year", rows


def study_details(study="pmid-35237616") -> Answer:
    """The values of arms and outcomes, and the summary."""
    r = records()[study]
    rows = [(f"study:{study}", "summary", r["summary"])]
    for arm in arms(r):
        part = f"study:{study}/arm/{arm['id']}"
        rows += [
            (part, "combined with", label("modality", m)) for m in arm.get("combined_with", [])
        ]
        if "procedure" in arm:
            rows.append((part, "procedure", label("procedure", arm["procedure"])))
    for number, outcome in enumerate(r.get("outcomes", []), 1):
        part = f"study:{study}/outcome/{number}"
        rows += [(part, "measure", label("measure", m)) for m in listed(outcome["measure"])]
        rows.append((part, "direction", term_label(outcome["direction"])))
    return "part property value", rows


def reviews_of(indication="acne-scar") -> Answer:
    rows = [
        (*head(r), r.get("included_studies"), r.get("summary"), link(r["publication"]))
        for r in records().values()
        if is_review(r) and for_indication(r, indication)
    ]
    return f"{HEAD} included_studies summary link", rows


def included_studies() -> Answer:
    rows = [
        (*head(r), r["included_studies"]) for r in records().values() if "included_studies" in r
    ]
    return f"{HEAD} included_studies", rows


def arms_of(study="pmid-35237616") -> Answer:
    rows = [
        (
            f"study:{study}/arm/{arm['id']}",
            given(arm),
            arm.get("participants"),
            arm.get("sessions"),
            arm.get("interval_weeks"),
            arm.get("device"),
            arm.get("note"),
            f"procedure:{arm['procedure']}" if "procedure" in arm else None,
        )
        for arm in arms(records()[study])
    ]
    return "arm label n sessions interval_weeks device note procedure", rows
