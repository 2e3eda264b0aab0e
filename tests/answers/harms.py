"""Answers on adverse events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from answers.outcomes import arms_with_events
from answers.records import (
    HEAD,
    Answer,
    Record,
    above,
    cohort,
    given,
    head,
    is_case,
    is_needled,
    is_review,
    label,
    largest,
    name,
    records,
    term_label,
    versus,
    within,
)


def reports() -> Iterator[tuple[Record, Record, Record | None]]:
    """Record, adverse event report and the arm it is of, if that is known."""
    for record in records().values():
        for report in record.get("adverse_events", []):
            arm = arms_with_events(record, report)
            yield record, report, arm[0] if arm else None


def adverse_events_of(procedure="microneedling", **more) -> Answer:
    branch = more.get("within")
    rows = [
        (
            *head(r),
            f"event:{e['event']}",
            label("event", e["event"]),
            given(arm),
            e.get("affected"),
            e.get("at_risk"),
            term_label(e["seriousness"]) if "seriousness" in e else None,
            e.get("duration"),
        )
        for r, e, arm in reports()
        if arm and is_needled(arm, procedure) and within("event", e["event"], branch)
    ]
    return f"{HEAD} event event_label arm affected at_risk seriousness duration", rows


def serious_adverse_events() -> Answer:
    rows = [
        (*head(r), f"event:{e['event']}", arm and given(arm), e.get("affected"), e.get("at_risk"))
        for r, e, arm in reports()
        if e.get("seriousness") == "serious"
    ]
    return f"{HEAD} event arm affected at_risk", rows


def adverse_event_rates(procedure="needling") -> Answer:
    found = defaultdict(list)
    for r, e, arm in reports():
        if (
            arm
            and is_needled(arm, procedure)
            and not is_review(r)
            and not is_case(r)
            and {"affected", "at_risk"} <= set(e)
        ):
            found[e["event"]].append((r["id"], e["affected"], e["at_risk"]))
    rows = []
    for event, reports_ in found.items():
        told = largest(reports_)
        some, all_ = sum(row[1] for row in told), sum(row[2] for row in told)
        percent = int(1000 * some / all_ + 0.5) / 10
        rows.append(
            (
                f"event:{event}",
                label("event", event),
                len({row[0] for row in told}),
                some,
                all_,
                percent,
            )
        )
    return "event label studies affected at_risk percent", rows


def events_by_studies(procedure="needling") -> Answer:
    studies, serious, counted = defaultdict(set), defaultdict(int), defaultdict(set)
    for r, e, arm in reports():
        if not arm or not is_needled(arm, procedure) or is_review(r):
            continue
        for event in above("event", e["event"]):
            studies[event].add(cohort(r["id"]))
            serious[event] += e.get("seriousness") == "serious"
            if {"affected", "at_risk"} <= set(e):
                counted[event].add(cohort(r["id"]))
    rows = [
        (f"event:{event}", label("event", event), len(found), serious[event], len(counted[event]))
        for event, found in studies.items()
    ]
    return "event label studies serious_reports studies_with_numbers", rows


def studies_without_adverse_events() -> Answer:
    return f"{HEAD} arms", [
        (*head(r), versus(r)) for r in records().values() if r.get("no_adverse_events")
    ]


def reports_without_arm() -> Answer:
    rows = [
        (
            f"study:{r['id']}",
            name(r["id"]),
            label("event", e["event"]),
            e.get("affected"),
            e.get("at_risk"),
        )
        for r, e, arm in reports()
        if not arm and "arm" not in e
    ]
    return "study label event affected at_risk", rows
