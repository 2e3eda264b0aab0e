"""Claims with their evidence: how many cohorts stand behind each claim, and how they stand.

The rules of ontology/rules say which claims there are. Here the lines of each claim, its own and
those inherited from narrower claims, are counted by cohort: reports that share participants are
one cohort, reviews are counted apart from the studies that they may include.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from mngraph import concepts, context
from mngraph.cohorts import cohorts
from mngraph.evidence import lines
from mngraph.evidence.lines import Line, agreed

if TYPE_CHECKING:
    from mngraph.store import LocalStore

GRAPH = f"{context.BASE}graph/claims"
"""The named graph of claims and their evidence."""

STANCES = {
    "Supports": "supportingStudyCount",
    "Disputes": "disputingStudyCount",
    "Inconclusive": "inconclusiveStudyCount",
    "MixedStance": "mixedStudyCount",
}
"""The count of each stance that the comparisons of a cohort may take on a claim."""


@dataclass(frozen=True, slots=True)
class Study:
    """What counting needs to know of a study; `cohort` is the same for overlapping reports."""

    cohort: str
    participants: int | None = None
    level: int | None = None
    review: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How one cohort stands on a claim: `stance` is empty where no line has one.

    `compared` is false where the cohort was held against its own baseline alone, `within` is true
    where it only compared arms that both fall under the claim.
    """

    stance: str
    compared: bool
    within: bool = False


def standings(of_claim: Iterable[Line], studies: dict[str, Study]) -> dict[str, Standing]:
    """Return how each cohort stands on the claim that the lines belong to.

    Comparisons of arms decide where there are any, change since baseline only else. A comparison
    with an arm that falls under the same claim says which form did better, not how the claim
    stands; a cohort that has nothing else is inconclusive. Comparisons that disagree are mixed.

    >>> both = [Line("c", "s", "A", "B", "Supports"), Line("c", "s", "A", "", "Disputes")]
    >>> standings(both, {"s": Study("s")})
    {'s': Standing(stance='Supports', compared=True, within=False)}
    """
    of_cohort: dict[str, list[Line]] = defaultdict(list)
    for line in of_claim:
        of_cohort[studies[line.study].cohort].append(line)
    return {cohort: _standing(of_cohort[cohort]) for cohort in sorted(of_cohort)}


def _standing(shared: list[Line]) -> Standing:
    inside = {(line.study, line.arm) for line in shared}
    compared = {n.stance for n in shared if n.other and (n.study, n.other) not in inside}
    if compared:
        return Standing(agreed(compared), compared=True)
    changed = {line.stance for line in shared if not line.other}
    if changed:
        return Standing(agreed(changed), compared=False)
    return Standing("Inconclusive", compared=True, within=True)


def read_studies(store: LocalStore) -> dict[str, Study]:
    """Return, for each study by its IRI, what counting needs."""
    overlapping = cohorts((s, o) for s, o in lines.pairs(store, "mn:sameCohortAs"))
    reviews = concepts.narrower(store, context.expand("design:review"))
    levels = {s: int(o) for s, o in lines.pairs(store, "mn:startingLevel")}
    designs = dict(lines.pairs(store, "mn:studyDesign"))
    participants = dict(lines.pairs(store, "mn:participants"))
    return {
        study: Study(
            overlapping.get(study, study),
            int(participants[study]) if study in participants else None,
            levels.get(designs.get(study, "")),
            designs.get(study) in reviews,
        )
        for study, _ in lines.pairs(store, "rdf:type", "mn:Study")
    }


def derive(store: LocalStore) -> Iterator[str]:
    """Yield the evidence lines of each study and the counts of each claim as Turtle.

    The rules must have run. Studies are counted by cohort and without reviews, participants once
    a cohort (its largest report); the counts of stances and `mn:baselineStudyCount` add up to
    `mn:studyCount`.
    """
    reading, studies = lines.Reading(store), read_studies(store)
    narrower = lines.several(store, "mn:inheritedFrom")
    of_claim: dict[str, list[Line]] = defaultdict(list)
    for study in sorted(studies):
        found = chain(
            reading.treatment_lines(study).items(),
            ((line, None) for line in reading.safety_lines(study)),
        )
        for line, basis in found:
            of_claim[line.claim].append(line)
            yield reading.turtle(line, basis)
    for kind in ("mn:TreatmentClaim", "mn:SafetyClaim"):
        for claim, _ in sorted(lines.pairs(store, "rdf:type", kind)):
            own = of_claim.get(claim, [])
            inherited = [line for n in narrower.get(claim, ()) for line in of_claim.get(n, ())]
            counts = count(own, inherited, studies, safety=kind == "mn:SafetyClaim")
            said = (f"mn:{name} {number}" for name, number in counts.items())
            yield f"<{claim}> {' ; '.join(said)} .\n"


def count(
    own: list[Line], inherited: list[Line], studies: dict[str, Study], *, safety: bool = False
) -> dict[str, int]:
    """Return the counts of one claim by the names of their properties.

    >>> one = Line("c", "s", "A", "B", "Supports")
    >>> count([one], [], {"s": Study("s", 30, 2)})["participantTotal"]
    30
    """
    named = {line.study for line in own} | {line.study for line in inherited}
    primary = {name for name in named if not studies[name].review}
    largest: dict[str, int] = {}
    for name in primary:
        study = studies[name]
        largest[study.cohort] = max(largest.get(study.cohort, 0), study.participants or 0)
    counts = {
        "studyCount": len(largest),
        "directStudyCount": len({studies[n.study].cohort for n in own if n.study in primary}),
        "reviewCount": len({studies[name].cohort for name in named - primary}),
        "participantTotal": sum(largest.values()),
    }
    levels = [level for name in primary if (level := studies[name].level) is not None]
    if levels:
        counts["bestEvidenceLevel"] = min(levels)
    levels = [level for name in named - primary if (level := studies[name].level) is not None]
    if levels:
        counts["bestReviewLevel"] = min(levels)
    if not safety:
        counts |= _stance_counts([n for n in (*own, *inherited) if n.study in primary], studies)
    return counts


def _stance_counts(primary: list[Line], studies: dict[str, Study]) -> dict[str, int]:
    counts = dict.fromkeys((*STANCES.values(), "baselineStudyCount"), 0)
    for standing in standings(primary, studies).values():
        counts[STANCES[standing.stance] if standing.compared else "baselineStudyCount"] += 1
    return counts
