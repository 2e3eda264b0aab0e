"""Answers on studies, their designs, settings, years, countries and publications."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from answers.records import (
    HEAD,
    Answer,
    Record,
    above,
    any_within,
    arms,
    cohort,
    for_indication,
    given,
    has_arm,
    head,
    indications_above,
    is_control,
    is_needled,
    is_randomised,
    is_review,
    label,
    level,
    link,
    notation,
    parents,
    primary,
    records,
    slugs,
    term_label,
    usual,
    versus,
    within,
    year,
)


def studies_of(
    indication="acne-scar", procedure=None, combined_with=None, country=None, max_level=9
) -> Answer:
    rows = [
        (*head(r), r.get("country"), versus(r), link(r["publication"]))
        for r in records().values()
        if for_indication(r, indication)
        and has_arm(r, procedure, combined_with)
        and (level(r) or 9) <= int(max_level)
        and country in (None, r.get("country"))
    ]
    return f"{HEAD} country arms link", rows


def randomised_evidence(indication="acne-scar", procedure=None, combined_with=None) -> Answer:
    rows = [
        (*head(r), term_label(r["blinding"]) if "blinding" in r else None, r.get("summary"))
        for r in records().values()
        if is_randomised(r)
        and for_indication(r, indication)
        and has_arm(r, procedure, combined_with)
    ]
    return f"{HEAD} blinding summary", rows


def has_randomised_evidence(
    indication="acne-scar", procedure="microneedling", combined_with=None
) -> bool:
    return any(
        is_needled(arm, procedure)
        and any_within("modality", arm.get("combined_with", []), combined_with)
        for r in records().values()
        if is_randomised(r) and for_indication(r, indication)
        for arm in arms(r)
    )


def _strength(kind: str, of: Callable[[Record], Iterable[str]]) -> dict[str, tuple[Any, ...]]:
    """Per concept: label, studies, randomised_studies, best_starting_level, participants."""
    found: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for record in primary():
        for slug in set(of(record)):
            found[slug][cohort(record["id"])].append(record)
    rows = {}
    for slug, groups in found.items():
        levels = [level(r) for group in groups.values() for r in group if level(r)]
        rows[slug] = (
            label(kind, slug),
            len(groups),
            sum(any(map(is_randomised, group)) for group in groups.values()),
            min(levels, default=None),
            sum(max(r.get("participants", 0) for r in group) for group in groups.values()),
        )
    return rows


STRENGTH = "label studies randomised_studies best_starting_level participants"


def _rows(kind: str, strength: dict[str, tuple[Any, ...]]) -> Answer:
    return f"{kind} {STRENGTH}", [(f"{kind}:{slug}", *row) for slug, row in strength.items()]


def indications_by_evidence() -> Answer:
    return _rows("indication", _strength("indication", indications_above))


def procedures_by_evidence() -> Answer:
    def of(record: Record) -> set[str]:
        return {
            up
            for arm in arms(record)
            if "procedure" in arm
            for up in above("procedure", arm["procedure"])
        }

    return _rows("procedure", _strength("procedure", of))


def combinations_of(procedure="microneedling", indication=None) -> Answer:
    def of(record: Record) -> set[str]:
        if not for_indication(record, indication):
            return set()
        got = {
            m
            for arm in arms(record)
            if is_needled(arm, procedure)
            for m in arm.get("combined_with", [])
        }
        return {modality for modality in got if not is_control(modality)}

    return _rows("modality", _strength("modality", of))


def indications_without_randomised_trial() -> Answer:
    rows = [
        (f"indication:{slug}", called, studies, best, participants)
        for slug, (called, studies, randomised, best, participants) in _strength(
            "indication", indications_above
        ).items()
        if not randomised
    ]
    return "indication label studies best_starting_level participants", rows


def statpearls_indications() -> Answer:
    named = records()["pmid-29083607"]["indications"]
    strength = _strength("indication", indications_above)
    return _rows("indication", {slug: strength[slug] for slug in named if slug in strength})


def named_by_statpearls_without_study() -> Answer:
    chapter = records()["pmid-29083607"]
    rows = []
    for slug in chapter["indications"]:
        for named in chapter["arms"]:
            wanted = named.get("combined_with", [None])[0]
            covered = any(
                is_needled(arm, named["procedure"])
                and any_within("modality", arm.get("combined_with", []), wanted)
                for r in records().values()
                if r is not chapter and for_indication(r, slug)
                for arm in arms(r)
            )
            if not covered:
                rows.append((f"indication:{slug}", wanted and label("modality", wanted)))
    return "indication combined_with", rows


def modalities_bridging_indications(min_branches=2) -> Answer:
    tops = {slug for slug in slugs("indication") if not parents("indication").get(slug)}
    branches: dict[str, set[str]] = defaultdict(set)
    studies: dict[str, set[str]] = defaultdict(set)
    for r in primary():
        for arm in filter(is_needled, arms(r)):
            for modality in arm.get("combined_with", []):
                if r.get("indications") and not is_control(modality):
                    branches[modality] |= indications_above(r) & tops
                    studies[modality].add(cohort(r["id"]))
    rows = [
        (
            f"modality:{m}",
            len(found),
            len(studies[m]),
            ", ".join(sorted(label("indication", b) for b in found)),
        )
        for m, found in branches.items()
        if len(found) >= int(min_branches)
    ]
    return "modality branches studies branch_labels", rows


def gaps(min_studies=10, indication=None, modality=None) -> Answer:
    only = {"modality": modality, "indication": indication}
    by_modality: dict[str, set[str]] = defaultdict(set)
    by_indication: dict[str, set[str]] = defaultdict(set)
    together = set()
    for r in records().values():
        needled = list(filter(is_needled, arms(r)))
        for indication in indications_above(r) if needled else ():
            by_indication[indication].add(r["id"])
        for modality in {m for arm in needled for m in arm.get("combined_with", [])}:
            by_modality[modality].add(r["id"])
            together |= {(modality, indication) for indication in indications_above(r)}
    rows = [
        (f"modality:{m}", f"indication:{i}", len(by_modality[m]), len(by_indication[i]))
        for m in by_modality
        for i in by_indication
        if not is_control(m)
        and (m, i) not in together
        and within("modality", m, only["modality"])
        and within("indication", i, only["indication"])
        and min(len(by_modality[m]), len(by_indication[i])) >= int(min_studies)
    ]
    return "modality indication modality_studies indication_studies", rows


def studies_on_darker_skin(min_type=4) -> Answer:
    rows = [
        (
            *head(r),
            ", ".join(map(str, sorted(r["skin_types"]))),
            ", ".join(sorted(label("indication", slug) for slug in r.get("indications", [])))
            or None,
        )
        for r in records().values()
        if max(r.get("skin_types", [0])) >= int(min_type)
    ]
    return f"{HEAD} skin_types indications", rows


def settings_by_indication(indication="acne-scar") -> Answer:
    keys = ("device", "needle_length_mm", "sessions", "interval_weeks")
    rows = [
        (
            f"study:{r['id']}",
            given(arm),
            arm.get("device"),
            ", ".join(f"{mm:g}" for mm in sorted(arm.get("needle_length_mm", []))) or None,
            arm.get("sessions"),
            arm.get("interval_weeks"),
        )
        for r in records().values()
        if for_indication(r, indication)
        for arm in filter(is_needled, arms(r))
        if any(key in arm for key in keys)
    ]
    return "study given device needle_length_mm sessions interval_weeks", rows


def needle_lengths() -> Answer:
    found: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for r in primary():
        for arm in filter(is_needled, arms(r)):
            for length in arm.get("needle_length_mm", []):
                for indication in indications_above(r):
                    found[indication].append((length, r["id"]))
    rows = [
        (f"indication:{slug}", len({study for _, study in all_}), min(all_)[0], max(all_)[0])
        for slug, all_ in found.items()
    ]
    return "indication studies shortest_mm longest_mm", rows


def devices(name="") -> Answer:
    studies: dict[str, set[str]] = defaultdict(set)
    procedures: dict[str, set[str]] = defaultdict(set)
    for r in records().values():
        for arm in arms(r):
            device = usual("device", arm["device"]) if "device" in arm else ""
            if device and name.lower() in device.lower():
                studies[device].add(r["id"])
                procedures[device].add(label("procedure", arm["procedure"]))
    rows = [
        (device, len(found), ", ".join(sorted(procedures[device])))
        for device, found in studies.items()
    ]
    return "device studies procedures", rows


def follow_up(min_weeks=26, indication=None) -> Answer:
    rows = [
        (*head(r), r["follow_up_weeks"])
        for r in records().values()
        if r.get("follow_up_weeks", -1) >= float(min_weeks) and for_indication(r, indication)
    ]
    return f"{HEAD} follow_up_weeks", rows


def blinding() -> Answer:
    told = Counter(
        (r["design"], term_label(r["blinding"]) if "blinding" in r else "not stated")
        for r in records().values()
    )
    return "design blinding studies", [(f"design:{d}", b, n) for (d, b), n in told.items()]


def _by_design() -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for r in records().values():
        found[r["design"]].append(r)
    return found


def sample_sizes() -> Answer:
    rows = []
    for design, found in _by_design().items():
        sizes = [r["participants"] for r in found if "participants" in r]
        mean = int(10 * sum(sizes) / len(sizes) + 0.5) / 10 if sizes else None
        some = (min(sizes, default=None), mean, max(sizes, default=None))
        rows.append((f"design:{design}", level(found[0]), len(found), len(sizes), *some))
    return "design starting_level studies studies_with_n smallest mean largest", rows


def studies_by_design() -> Answer:
    rows = [
        (
            f"design:{d}",
            label("design", d),
            len(found),
            sum(r.get("participants", 0) for r in found),
        )
        for d, found in _by_design().items()
    ]
    return "design label studies participants", rows


def studies_by_year() -> Answer:
    found = Counter(year(r["publication"]) for r in records().values())
    trials = Counter(year(r["publication"]) for r in records().values() if is_randomised(r))
    reviews = Counter(year(r["publication"]) for r in records().values() if is_review(r))
    return "year studies randomised_studies reviews", [
        (y, n, trials[y], reviews[y]) for y, n in found.items()
    ]


def studies_by_country() -> Answer:
    found: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for r in primary():
        found[r.get("country", "not stated")][cohort(r["id"])].append(r)
    rows = [
        (
            country,
            notation("country", country),
            len(groups),
            sum(any(map(is_randomised, group)) for group in groups.values()),
            sum(max(r.get("participants", 0) for r in group) for group in groups.values()),
        )
        for country, groups in found.items()
    ]
    return "country code studies randomised_studies participants", rows


def same_cohort() -> Answer:
    shared = [i for i, r in records().items() if "same_cohort_as" in r]
    rows = [
        (f"study:{one}", f"study:{other}", records()[one].get("participants"))
        for one in shared
        for other in shared
        if one < other and cohort(one) == cohort(other)
    ]
    return "study other_study n", rows
