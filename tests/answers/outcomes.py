"""Answers on outcomes: comparisons, measures, effects."""

from __future__ import annotations

from collections import defaultdict

from answers.records import (
    HEAD,
    Answer,
    Record,
    any_within,
    arm_of,
    arms,
    first,
    for_indication,
    given,
    head,
    is_needled,
    label,
    listed,
    measures,
    numbers,
    outcomes,
    second,
    term_label,
)

COMPARED = ("favours-first", "favours-second", "no-difference", "mixed")


def _compared(outcome: Record) -> bool:
    return outcome.get("direction") in COMPARED and "second" in outcome


def comparisons_of(indication="acne-scar", combined_with=None) -> Answer:
    rows = [
        (*head(r), first(r, o), second(r, o), measures(o), term_label(o["direction"]), *numbers(o))
        for r, o in outcomes()
        if _compared(o)
        and for_indication(r, indication)
        and any_within(
            "modality",
            [
                m
                for x in [o["first"], *listed(o["second"])]
                for m in arm_of(r, x).get("combined_with", [])
            ],
            combined_with,
        )
    ]
    return f"{HEAD} first second measure direction effect p", rows


def no_difference_studies(indication=None) -> Answer:
    rows = [
        (*head(r), first(r, o), second(r, o), measures(o), *numbers(o))
        for r, o in outcomes()
        if o.get("direction") == "no-difference" and "second" in o and for_indication(r, indication)
    ]
    return f"{HEAD} first second measure effect p", rows


def studies_favouring_comparator() -> Answer:
    rows = []
    for r, o in outcomes():
        harm = any_within("measure", listed(o["measure"]), "safety-outcome")
        if harm or "pain-score" in listed(o["measure"]) or not _compared(o):
            continue
        ones, others = [o["first"]], listed(o["second"])
        if o["direction"] == "favours-first":
            won, lost = ones, others
        elif o["direction"] == "favours-second":
            won, lost = others, ones
        else:
            continue
        rows += [
            (
                f"study:{r['id']}",
                given(arm_of(r, loser)),
                given(arm_of(r, winner)),
                measures(o),
                *numbers(o),
            )
            for winner in won
            for loser in lost
            if is_needled(arm_of(r, loser)) and not is_needled(arm_of(r, winner))
        ]
    return "study needled better measure effect p", rows


def outcomes_of(measure="acne-scar-severity", indication=None) -> Answer:
    rows = [
        (
            *head(r),
            first(r, o),
            second(r, o),
            measures(o),
            term_label(o["direction"]) if "direction" in o else None,
            *numbers(o),
        )
        for r, o in outcomes()
        if any_within("measure", listed(o["measure"]), measure) and for_indication(r, indication)
    ]
    return f"{HEAD} first second measure direction effect p", rows


def effects_of(indication=None) -> Answer:
    rows = []
    for r, o in outcomes():
        effect = o.get("effect", {})
        if "type" in effect and for_indication(r, indication):
            keys = ("value", "lower", "upper", "level", "i_squared")
            found = [effect.get(key) for key in keys]
            row = (*head(r), first(r, o), second(r, o), measures(o), term_label(effect["type"]))
            rows.append((*row, *found, o.get("p_value")))
    return (
        f"{HEAD} first second measure effect_type effect lower upper confidence i_squared p",
        rows,
    )


def measures_used(indication=None) -> Answer:
    studies, times = defaultdict(set), defaultdict(int)
    for r, o in outcomes():
        if for_indication(r, indication):
            for slug in set(listed(o["measure"])):
                studies[slug].add(r["id"])
                times[slug] += 1
    rows = [
        (f"measure:{slug}", label("measure", slug), len(found), times[slug])
        for slug, found in studies.items()
    ]
    return "measure label studies outcomes", rows


def outcomes_without_direction() -> Answer:
    rows = []
    for r, o in outcomes():
        if "direction" not in o:
            number = r["outcomes"].index(o) + 1
            part = f"study:{r['id']}/outcome/{number}"
            rows.append((part, measures(o), o.get("effect", {}).get("text"), o.get("note")))
    return "outcome measure effect note", rows


def arms_with_events(record: Record, report: Record) -> list[Record]:
    """The arm of a report: the one it names, or the only one that was treated."""
    if "arm" in report:
        return [arm_of(record, report["arm"])]

    def is_control_only(arm: Record) -> bool:
        from answers.records import is_control

        got = [*arm.get("combined_with", []), *arm.get("interventions", [])]
        return "procedure" not in arm and all(map(is_control, got))

    treated = [arm for arm in arms(record) if not is_control_only(arm)]
    return treated if len(treated) == 1 and "procedure" in treated[0] else []
