"""Answers on effects and certainty, worked out from the records with scipy."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from scipy import special, stats

from answers.claims import all_lines, claim_name, kind_of_comparator, standing, studies_on
from answers.records import (
    Answer,
    Record,
    arm_of,
    for_indication,
    is_randomised,
    is_review,
    label,
    listed,
    name,
    records,
    within,
)

NAMES = {
    "odds-ratio": "odds ratio", "risk-ratio": "risk ratio", "risk-difference": "risk difference",
    "mean-difference": "mean difference",
    "standardised-mean-difference": "standardized mean difference",
}  # fmt: skip
SMD = "standardised-mean-difference"
Z = stats.norm.isf(0.025)


class Found(NamedTuple):
    kind: str
    value: float
    lower: float
    upper: float
    method: str


def p_number(outcome: Record) -> tuple[str, float] | None:
    printed = re.sub(r" \(.*\)$", "", outcome.get("p_value", ""))
    found = re.fullmatch(r"([<>≤≥]?) ?([\d.]+)", printed)
    if not found:
        return None
    sign, digits = found.groups()
    if float(digits) == 0:
        return "<", 10.0 ** -len(digits.partition(".")[2])
    return sign or "=", float(digits)


def people(node: Record) -> int | None:
    return node.get("completed") or node.get("participants")


def sizes(record: Record, outcome: Record) -> tuple[int, int] | None:
    """The people of both arms: as stated, the whole study on each side, or equal shares."""
    if "first_n" in outcome and "second_n" in outcome:
        return outcome["first_n"], outcome["second_n"]
    total = people(record)
    if is_paired(record, outcome):
        return (total, total) if total else None
    one, two = (people(arm_of(record, listed(outcome[side])[0])) for side in ("first", "second"))
    if one and two:
        return one, two
    share = (total or 0) // len(record["arms"])
    return (share, share) if share > 1 else None


def is_paired(record: Record, outcome: Record) -> bool:
    return outcome.get("paired", "split-body" in record["design"])


def benefit_of_first(outcome: Record) -> int:
    way = outcome.get("direction", "")
    if way.startswith("favours"):
        return 1 if way == "favours-first" else -1
    if "higher_is_better" in outcome and {"first_mean", "second_mean"} <= outcome.keys():
        difference = outcome["first_mean"] - outcome["second_mean"]
        return int(math.copysign(bool(difference), difference)) * (
            1 if outcome["higher_is_better"] else -1
        )
    return 0


def around(kind: str, value: float, error: float, method: str) -> Found:
    limits = value - Z * error, value + Z * error
    if "ratio" in kind:
        return Found(kind, math.exp(value), *map(math.exp, limits), method)
    return Found(kind, value, *limits, method)


def from_counts(record: Record, outcome: Record) -> list[Found] | None:
    people_in = sizes(record, outcome) or (None, None)
    a, c = outcome.get("first_events"), outcome.get("second_events")
    n, m = outcome.get("first_total", people_in[0]), outcome.get("second_total", people_in[1])
    if None in (a, c, n, m):
        return None
    if (not a and not c) or (a == n and c == m):
        return []
    if is_paired(record, outcome):
        more = 0.5 if {a, c} & {0, n} else 0
        p, q = (a + more) / (n + 2 * more), (c + more) / (n + 2 * more)
        for phi in (0.5, 0.3, 0.0):
            both = p * q + phi * math.sqrt(p * (1 - p) * q * (1 - q))
            if max(0, p + q - 1) - 1e-9 <= both <= min(p, q) + 1e-9:
                break
        shared = 2 * (both - p * q) / ((n + 2 * more) * p * (1 - p) * q * (1 - q))
        variance = sum(1 / ((n + 2 * more) * x * (1 - x)) for x in (p, q)) - shared
        log = special.logit(p) - special.logit(q)
        return [around("odds-ratio", log, math.sqrt(variance), "counts-paired")]
    risk = a / n - c / m
    cells = (a, n - a, c, m - c)
    w, x, y, z = (cell + 0.5 for cell in cells) if 0 in cells else cells
    plain = a * (n - a) + c * (m - c) > 0
    i, j, k, l = cells if plain else (cell + 0.5 for cell in cells)  # noqa: E741
    spread = i * j / (i + j) ** 3 + k * l / (k + l) ** 3
    odds = around("odds-ratio", math.log(w * z / (x * y)),
                  math.sqrt(1 / w + 1 / x + 1 / y + 1 / z), "counts")  # fmt: skip
    ratio = around("risk-ratio", math.log(w / (w + x) / (y / (y + z))),
                   math.sqrt(1 / w - 1 / (w + x) + 1 / y - 1 / (y + z)), "counts")  # fmt: skip
    return [odds, ratio, around("risk-difference", risk, math.sqrt(spread), "counts")]


def from_means(record: Record, outcome: Record) -> list[Found] | None:
    people_in = sizes(record, outcome) or (None, None)
    read = []
    for place, side in enumerate(("first", "second")):
        mean, n = outcome.get(f"{side}_mean"), outcome.get(f"{side}_n", people_in[place])
        sd = outcome.get(f"{side}_sd")
        if sd is None and n and f"{side}_se" in outcome:
            sd = outcome[f"{side}_se"] * math.sqrt(n)
        if None in (mean, sd, n):
            return None
        read.append((mean, sd, n))
    (m1, s1, n1), (m2, s2, n2) = read
    r = 0.5
    if is_paired(record, outcome):
        n = min(n1, n2)
        error = math.sqrt((s1 * s1 + s2 * s2 - 2 * r * s1 * s2) / n)
        freedom, pooled = 2 * (n - 1) / (1 + r * r), math.sqrt((s1 * s1 + s2 * s2) / 2)
        method = "means-paired"
    else:
        error = math.sqrt(s1 * s1 / n1 + s2 * s2 / n2)
        freedom = n1 + n2 - 2
        pooled = math.sqrt(((n1 - 1) * s1 * s1 + (n2 - 1) * s2 * s2) / freedom)
        method = "means"
    j = special.gamma(freedom / 2) / (math.sqrt(freedom / 2) * special.gamma((freedom - 1) / 2))
    g = j * (m1 - m2) / pooled
    variance = (
        2 * (1 - r) / n + g * g * (1 + r * r) / (4 * n)
        if is_paired(record, outcome)
        else 1 / n1 + 1 / n2 + g * g / (2 * (n1 + n2))
    )
    found = [around("mean-difference", m1 - m2, error, method)]
    if sign := benefit_of_first(outcome):
        found.append(around(SMD, abs(g) * sign, math.sqrt(variance), method))
    return found


def from_p(record: Record, outcome: Record) -> list[Found]:
    read, effect = p_number(outcome), outcome.get("effect", {})
    if read is None:
        return []
    sign, p = read
    if effect.get("type") in NAMES and "value" in effect:
        value = math.log(effect["value"]) if "ratio" in effect["type"] else effect["value"]
        error = abs(value) / stats.norm.isf(p / 2)
        return [around(effect["type"], value, error, "effect-and-p-value")]
    people_in, better = sizes(record, outcome), benefit_of_first(outcome)
    alone = len(listed(outcome["second"])) == 1
    if is_review(record) or sign in ">≥" or not better or not alone or not people_in:
        return []
    method = "p-value-bound" if sign in "<≤" else "p-value"
    n1, n2 = people_in
    if is_paired(record, outcome):
        d = stats.t.isf(p / 2, min(people_in) - 1) / math.sqrt(min(people_in))
        variance = 1 / min(people_in) + d * d * 1.25 / (4 * min(people_in))
    else:
        d = stats.t.isf(p / 2, n1 + n2 - 2) * math.sqrt(1 / n1 + 1 / n2)
        variance = 1 / n1 + 1 / n2 + d * d / (2 * (n1 + n2))
    return [around(SMD, better * d, math.sqrt(variance), method)]


def estimates(record: Record, outcome: Record) -> list[Found]:
    if outcome.get("direction") in ("improved-from-baseline", "no-improvement"):
        return []
    effect = outcome.get("effect", {})
    if "lower" in effect:
        numbers = (effect["value"], effect["lower"], effect["upper"])
        return [Found(effect["type"], *map(float, numbers), "as-stated")]
    for read in (from_counts, from_means):
        if (found := read(record, outcome)) is not None:
            return found
    return from_p(record, outcome)


def compared() -> Iterator[tuple[Record, int, Record]]:
    for record in records().values():
        for number, outcome in enumerate(record.get("outcomes", []), 1):
            if "second" in outcome:
                yield record, number, outcome


def digits(value: float) -> float:
    return float(f"{round(value, 9):.4g}")


def estimates_of(indication=None, type=None) -> Answer:
    rows = [
        (
            f"study:{record['id']}/outcome/{number}", name(record["id"]), NAMES[each.kind],
            digits(each.value), digits(each.lower), digits(each.upper),
            label("method", each.method),
        )
        for record, number, outcome in compared()
        if for_indication(record, indication)
        for each in estimates(record, outcome)
        if type in (None, each.kind)
    ]  # fmt: skip
    return "outcome label effect_type effect lower upper method", rows


def comparisons_without_estimate(indication=None) -> Answer:
    """How many there are of each reason; the reasons are tested one by one elsewhere."""
    changes: dict[str, set[str]] = defaultdict(set)
    number = 0
    for record, _, outcome in compared():
        change = outcome.get("direction") in ("improved-from-baseline", "no-improvement")
        if change and for_indication(record, indication):
            changes["change within arms"].add(record["id"])
            number += 1
    return "reason comparisons studies", [
        (why, number, len(studies)) for why, studies in changes.items()
    ]


LEVELS = ("very low", "low", "moderate", "high")


def certainty_ceilings(indication=None, ceiling=None) -> Answer:
    """Without the claims of which two cohorts have estimates, whose average decides."""
    rows = []
    for claim, lines in all_lines().items():
        if indication not in (None, claim[2]):
            continue
        both = [n for n in lines["own"] + lines["inherited"] if not is_review(records()[n.study])]
        arms = {(n.study, n.arm) for n in both}
        kinds = {n: kind_of_comparator(records()[n.study], n) for n in both}
        body = [
            n for n in both
            if n.other and (n.study, n.other) not in arms and kinds[n] != "OtherCombination"
        ]  # fmt: skip
        drawn = [n for n in body if is_randomised(records()[n.study])]
        level = _level(drawn or body, kinds, randomized=bool(drawn))
        if ceiling in (None, level) and len(studies_on(list(filter(_has_estimate, body)))) < 2:
            rows.append((claim_name(claim), level))
    return "claim ceiling", rows


def _has_estimate(line: Any) -> bool:
    record = records()[line.study]
    return any(estimates(record, record["outcomes"][number - 1]) for number in line.outcomes)


def _level(body: list[Any], kinds: dict[Any, str], *, randomized: bool) -> str:
    if not body:
        return "very low"
    cohorts = studies_on(body)
    stands = Counter(map(standing, cohorts.values()))
    groups = [{n.study: records()[n.study] for n in group} for group in cohorts.values()]
    taken = sum(max(r.get("participants", 0) for r in group.values()) for group in groups)
    classes = {
        _class(m)
        for n in body
        for number in n.outcomes
        for m in listed(records()[n.study]["outcomes"][number - 1]["measure"])
    }
    shown = {kinds[n] for n in body} & {
        "NoTreatment",
        "PlaceboOrSham",
        "ModalityAlone",
        "ProcedureAlone",
    }
    steps = (taken < 400) + (stands["supports"] > 0 < stands["disputes"])
    steps += classes <= {"Surrogate", "Harm"} or not shown
    return LEVELS[max(0, (3 if randomized else 1) - steps)]


def _class(measure: str) -> str:
    if any(within("measure", measure, b) for b in ("biophysical-measure", "histology-outcome",
                                                   "drug-penetration")):  # fmt: skip
        return "Surrogate"
    if within("measure", measure, "safety-outcome"):
        return "Harm"
    if within("measure", measure, "patient-reported-outcome"):
        return "PatientReported"
    return "Clinical"
