"""Answers on claims, worked out from the records by the definitions of the design."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from answers.harms import reports
from answers.records import (
    Answer,
    Record,
    above,
    arm_of,
    arms,
    cohort,
    for_indication,
    given,
    head,
    is_case,
    is_control,
    is_needled,
    is_randomised,
    is_review,
    label,
    largest,
    level,
    listed,
    name,
    records,
    within,
)


class Line(NamedTuple):
    """What one comparison of a study says for one of its arms."""

    study: str
    arm: str
    other: str
    stance: str
    outcomes: tuple[int, ...]


Claim = tuple[str, tuple[str, ...], str]  # procedure, modalities, indication


def claim_name(claim: Claim, word: str = "for") -> str:
    procedure, modalities, about = claim
    combined = f"_with_{'_and_'.join(modalities)}" if modalities else ""
    return f"claim:{procedure}{combined}_{word}_{about}"


def combination(arm: Record) -> tuple[str, tuple[str, ...]] | None:
    return (
        (arm["procedure"], tuple(sorted(set(arm.get("combined_with", [])))))
        if "procedure" in arm
        else None
    )


def benefit(outcome: Record, indication: str) -> list[str]:
    """The measures of an outcome that speak of benefit."""
    numbing = within("indication", indication, "local-anesthesia")
    return [
        m
        for m in listed(outcome["measure"])
        if not within("measure", m, "safety-outcome") and (numbing or m != "pain-score")
    ]


def told(outcome: Record) -> Iterator[tuple[str, str, str]]:
    """Arm, other arm or '' for the baseline, and stance."""
    one, others, way = outcome.get("first"), listed(outcome.get("second")), outcome.get("direction")
    if way in ("improved-from-baseline", "no-improvement"):
        for arm in [one, *others]:
            yield arm, "", "supports" if way == "improved-from-baseline" else "disputes"
    elif way in ("no-difference", "mixed") and not others:
        yield one, "", "inconclusive"
    elif way:
        for other in others:
            first = {"favours-first": "supports", "favours-second": "disputes"}.get(
                way, "inconclusive"
            )
            yield one, other, first
            yield other, one, {"supports": "disputes", "disputes": "supports"}.get(first, first)


@cache
def direct() -> dict[Claim, list[Line]]:
    """Each claim that an arm makes, with its own lines."""
    found: dict[Claim, list[Line]] = defaultdict(list)
    for key, r in records().items():
        for indication in r.get("indications", []):
            said: dict[tuple[str, str], dict[str, Any]] = defaultdict(
                lambda: {"stances": set(), "outcomes": []}
            )
            for number, outcome in enumerate(r.get("outcomes", []), 1):
                for arm, other, stance in told(outcome) if benefit(outcome, indication) else ():
                    said[arm, other]["stances"].add(stance)
                    said[arm, other]["outcomes"].append(number)
            for arm in filter(combination, arms(r)):
                claim = (*combination(arm), indication)
                found[claim] += []
                for (one, other), line in said.items():
                    if one == arm["id"]:
                        same = other and combination(arm_of(r, other)) == combination(arm)
                        stances = {"inconclusive"} if same else line["stances"]
                        stance = stances.pop() if len(stances) == 1 else "mixed"
                        found[claim].append(Line(key, one, other, stance, tuple(line["outcomes"])))
    return found


@cache
def all_lines() -> dict[Claim, dict[str, list[Line]]]:
    """Every claim, broader ones too, with its own and its inherited lines."""
    found: dict[Claim, dict[str, list[Line]]] = defaultdict(lambda: {"own": [], "inherited": []})
    for (procedure, modalities, indication), lines in direct().items():
        for up in above("procedure", procedure):
            for over in above("indication", indication):
                own = (up, over) == (procedure, indication)
                found[up, modalities, over]["own" if own else "inherited"] += lines
    return found


def studies_on(lines: list[Line], *, reviews: bool = False) -> dict[str, list[Line]]:
    """The lines by cohort, of reviews or of all others."""
    found = defaultdict(list)
    for line in lines:
        if is_review(records()[line.study]) == reviews:
            found[cohort(line.study)].append(line)
    return found


def standing(lines: list[Line]) -> str:
    """How one cohort stands on a claim: comparisons decide, change since baseline only else."""
    inside = {(line.study, line.arm) for line in lines}
    deciding = [n for n in lines if n.other and (n.study, n.other) not in inside]
    if not deciding:
        return "baseline only" if any(not n.other for n in lines) else "same combination"
    outside = {line.stance for line in deciding}
    unclear = any(
        records()[line.study]["outcomes"][number - 1].get("direction") == "mixed"
        for line in deciding
        for number in line.outcomes
    )
    return (
        "mixed" if len(outside) > 1 or (unclear and outside == {"inconclusive"}) else outside.pop()
    )


class Counts(NamedTuple):
    best_starting_level: int | None
    studies: int
    direct_studies: int
    participants: int
    supporting: int
    disputing: int
    inconclusive: int
    mixed: int
    baseline_only: int
    reviews: int
    same_combination: int
    randomized: int
    randomized_supporting: int
    randomized_disputing: int
    randomized_inconclusive: int
    randomized_mixed: int


@cache
def counts() -> dict[Claim, Counts]:
    found = {}
    for claim, lines in all_lines().items():
        both = lines["own"] + lines["inherited"]
        cohorts = studies_on(both)
        stances = Counter(map(standing, cohorts.values()))
        drawn = [n for n in both if is_randomised(records()[n.study])]
        trials = Counter(map(standing, studies_on(drawn).values()))
        members = [
            {records()[line.study]["id"]: records()[line.study] for line in group}
            for group in cohorts.values()
        ]
        levels = [level(r) for group in members for r in group.values() if level(r)]
        found[claim] = Counts(
            min(levels, default=None),
            len(cohorts),
            len(studies_on(lines["own"])),
            sum(max(r.get("participants", 0) for r in group.values()) for group in members),
            stances["supports"],
            stances["disputes"],
            stances["inconclusive"],
            stances["mixed"],
            stances["baseline only"],
            len(studies_on(both, reviews=True)),
            stances["same combination"],
            trials.total(),
            trials["supports"],
            trials["disputes"],
            trials["inconclusive"],
            trials["mixed"],
        )
    return found


COUNTS = "claim " + " ".join(Counts._fields)


def _claims(chosen: dict[Claim, Counts]) -> Answer:
    return COUNTS, [(claim_name(claim), *found) for claim, found in chosen.items()]


def claims_about(concept="exosome", min_studies=1) -> Answer:
    return _claims(
        {
            claim: n
            for claim, n in counts().items()
            if n.studies >= int(min_studies) and concept in (claim[0], *claim[1], claim[2])
        }
    )


def claims_with_only(modality="platelet-rich-plasma", min_studies=1) -> Answer:
    return _claims(
        {
            claim: n
            for claim, n in counts().items()
            if n.studies >= int(min_studies) and claim[1] == (modality,)
        }
    )


def strongest_claims(min_studies=5) -> Answer:
    return _claims({claim: n for claim, n in counts().items() if n.studies >= int(min_studies)})


def contradicted_claims(randomized="false", narrowest="false", combinations="false") -> Answer:
    found = {claim: _apart(claim, combinations == "true") for claim in counts()}
    both = {
        claim: counts()[claim]._replace(
            supporting=len(ways["supports"]),
            disputing=len(ways["disputes"]),
            randomized_supporting=sum(map(_drawn, ways["supports"])),
            randomized_disputing=sum(map(_drawn, ways["disputes"])),
        )
        for claim, ways in found.items()
        if ways["supports"] and ways["disputes"]
    }
    chosen = {
        claim: n
        for claim, n in both.items()
        if (randomized == "false" or (n.randomized_supporting and n.randomized_disputing))
        and (narrowest == "false" or not any(_repeats(claim, other) for other in both))
    }
    columns, rows = _claims(chosen)
    sides = [[_names(found[claim][way]) for way in ("supports", "disputes")] for claim in chosen]
    told = [(*row, *side) for row, side in zip(rows, sides, strict=True)]
    return f"{columns} supporting_studies disputing_studies", told


def _repeats(claim: Claim, other: Claim) -> bool:
    """Whether a claim has the same cohorts, standing alike in number, as a narrower one."""
    one, two = counts()[claim], counts()[other]
    return (
        claim != other
        and claim[1] == other[1]
        and within("procedure", other[0], claim[0])
        and within("indication", other[2], claim[2])
        and (one.studies, one.supporting, one.disputing)
        == (two.studies, two.supporting, two.disputing)
    )


def _apart(claim: Claim, combinations: bool) -> dict[str, list[list[Line]]]:
    """The cohorts of a claim by stance, with the lines on which it rests.

    Comparisons with another combination are left out unless they are wanted.
    """
    found: dict[str, list[list[Line]]] = defaultdict(list)
    lines = all_lines()[claim]
    for group in studies_on(lines["own"] + lines["inherited"]).values():
        inside = {(line.study, line.arm) for line in group}
        deciding = [
            line
            for line in group
            if line.other
            and (line.study, line.other) not in inside
            and (
                combinations
                or kind_of_comparator(records()[line.study], line) != "OtherCombination"
            )
        ]
        stances = {line.stance for line in deciding}
        if len(stances) == 1:
            found[stances.pop()].append(deciding)
    return found


def _drawn(lines: list[Line]) -> bool:
    return any(is_randomised(records()[line.study]) for line in lines)


def _names(cohorts: list[list[Line]]) -> str:
    return "; ".join(sorted(name(s) for lines in cohorts for s in {line.study for line in lines}))


def claims_without_comparison(min_studies=1) -> Answer:
    return _claims(
        {
            claim: n
            for claim, n in counts().items()
            if n.baseline_only == n.studies >= int(min_studies)
        }
    )


def single_study_claims() -> Answer:
    rows = []
    for claim, n in counts().items():
        if n.studies == n.direct_studies == 1:
            lines = all_lines()[claim]
            (group,) = studies_on(lines["own"] + lines["inherited"]).values()
            own = {line.study for line in lines["own"] if not is_review(records()[line.study])}
            rows += [
                (
                    claim_name(claim),
                    f"study:{s}",
                    name(s),
                    level(records()[s]),
                    standing(group),
                )
                for s in own
            ]
    return "claim study study_label starting_level stance", rows


def reviews_only_claims() -> Answer:
    rows = [
        (claim_name(claim), n.reviews)
        for claim, n in counts().items()
        if n.reviews and not n.studies
    ]
    return "claim reviews", rows


def claims_without_evidence() -> Answer:
    given_for: dict[Claim, int] = Counter(
        (*combination(arm), indication)
        for r in records().values()
        for indication in r.get("indications", [])
        for arm in filter(combination, arms(r))
    )
    rows = [
        (claim_name(c), n)
        for c, n in given_for.items()
        if not counts()[c].studies + counts()[c].reviews
    ]
    return "claim arms", rows


SURROGATE = ("biophysical-measure", "histology-outcome", "drug-penetration")


def surrogate_only_claims() -> Answer:
    rows = []
    for claim, lines in all_lines().items():
        found = [
            measure
            for line in lines["own"] + lines["inherited"]
            for number in line.outcomes
            for measure in benefit(records()[line.study]["outcomes"][number - 1], claim[2])
        ]
        if found and all(any(within("measure", m, s) for s in SURROGATE) for m in found):
            rows.append((claim_name(claim), counts()[claim].studies))
    return "claim studies", rows


def evidence_lines_of(claim="claim:microneedling_with_tranexamic-acid_for_melasma") -> Answer:
    found = next(lines for key, lines in all_lines().items() if claim_name(key) == claim)
    rows = []
    for inherited in (False, True):
        for line in found["inherited" if inherited else "own"]:
            r = records()[line.study]
            other = given(arm_of(r, line.other)) if line.other else None
            stance = "mixed stance" if line.stance == "mixed" else line.stance
            rows.append((*head(r), given(arm_of(r, line.arm)), other, stance, inherited))
    return "study label year design starting_level n arm comparator stance inherited", rows


def kind_of_comparator(record: Record, line: Line) -> str:
    if not line.other:
        return "Baseline"
    arm, other = arm_of(record, line.arm), arm_of(record, line.other)

    def is_idle(modality: str) -> bool:
        return modality == "no-treatment" or within("modality", modality, "placebo")

    def is_needling(one: Record) -> bool:
        return "procedure" in one and within("procedure", one["procedure"], "needling")

    if not is_needling(other) and (is_needling(arm) or "procedure" not in other):
        given = {*other.get("interventions", []), *other.get("combined_with", [])}
        real = {m for m in given if not is_idle(m)}
        sham = {m for m in given if is_idle(m)} - {"no-treatment"}
        if real:
            if real != {m for m in arm.get("combined_with", []) if not is_idle(m)}:
                return "OtherTreatment"
            return "PlaceboOrSham" if sham else "ModalityAlone"
        if not given:
            return "OtherTreatment"
        return "PlaceboOrSham" if sham else "NoTreatment"
    if combination(arm) == combination(other):
        return "SameCombination"
    one, two = arm["procedure"], other["procedure"]
    alone = all(map(is_idle, other.get("combined_with", [])))
    alike = within("procedure", one, two) or within("procedure", two, one)
    return "ProcedureAlone" if alone and alike else "OtherCombination"


def _primary_lines() -> Iterator[tuple[Record, str, Line]]:
    """Record, indication and line of every own line of studies other than reviews."""
    for (_, _, indication), lines in direct().items():
        for line in lines:
            if not is_review(records()[line.study]):
                yield records()[line.study], indication, line


def comparator_kinds() -> Answer:
    studies, pairs = defaultdict(set), defaultdict(set)
    for record, _, line in _primary_lines():
        stance = "mixed stance" if line.stance == "mixed" else line.stance
        key = f"mn:{kind_of_comparator(record, line)}", stance
        studies[key].add(line.study)
        pairs[key].add((line.study, line.arm, line.other))
    return "comparator_kind stance studies lines", [
        (*k, len(v), len(pairs[k])) for k, v in studies.items()
    ]


def added_to_procedure(indication=None) -> Answer:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for record, _, line in _primary_lines():
        modalities = arm_of(record, line.arm).get("combined_with", [])
        if (
            len(modalities) != 1
            or is_control(modalities[0])
            or not for_indication(record, indication)
        ):
            continue
        if kind_of_comparator(record, line) == "ProcedureAlone":
            mixed = any(
                record["outcomes"][n - 1].get("direction") == "mixed" for n in line.outcomes
            )
            stance = "mixed" if mixed and line.stance == "inconclusive" else line.stance
            found[modalities[0]][cohort(line.study)].add(stance)
    rows = []
    for modality, cohorts in found.items():
        told_ = Counter(
            stances.copy().pop() if len(stances) == 1 else "mixed" for stances in cohorts.values()
        )
        row = (told_["supports"], told_["disputes"], told_["inconclusive"], told_["mixed"])
        rows.append((f"modality:{modality}", label("modality", modality), len(cohorts), *row))
    return (
        "modality label studies favour_combination favour_needling_alone no_difference mixed",
        rows,
    )


def safety_claims(procedure="needling", min_studies=1) -> Answer:
    studies, groups = defaultdict(set), defaultdict(lambda: defaultdict(int))
    some, all_, counted = Counter(), Counter(), defaultdict(list)
    for r, e, arm in reports():
        if not arm or not is_needled(arm, procedure) or is_review(r):
            continue
        modalities = combination(arm)[1]
        for event in above("event", e["event"]):
            claim = procedure, modalities, event
            studies[claim].add(cohort(r["id"]))
            group = groups[claim]
            group[cohort(r["id"])] = max(group[cohort(r["id"])], r.get("participants", 0))
            if {"affected", "at_risk"} <= set(e) and event == e["event"] and not is_case(r):
                counted[claim].append((r["id"], e["affected"], e["at_risk"]))
    for claim, told in counted.items():
        some[claim] = sum(row[1] for row in largest(told))
        all_[claim] = sum(row[2] for row in largest(told))
    rows = [
        (
            claim_name(claim, "reported"),
            len(found),
            sum(groups[claim].values()),
            some[claim] if all_[claim] else None,
            all_[claim] or None,
        )
        for claim, found in studies.items()
        if len(found) >= int(min_studies)
    ]
    return "claim studies participants affected at_risk", rows
