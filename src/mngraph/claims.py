"""What the rules cannot say well: how many cohorts stand behind each claim, and how they stand.

The rules of ontology/rules derive claims and evidence lines. Here the lines of each claim, its own
and those inherited from narrower claims, are counted by cohort: reports that share participants
are one cohort, reviews are counted apart from the studies that they may include.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mngraph import context

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.store import LocalStore

STANCES = {
    "Supports": "supportingStudyCount",
    "Disputes": "disputingStudyCount",
    "Inconclusive": "inconclusiveStudyCount",
    "MixedStance": "mixedStudyCount",
}
"""The count of each stance that the comparisons of a cohort may take on a claim."""


@dataclass(frozen=True, slots=True)
class Line:
    """One evidence line: a study's comparison or report, by the names of its arms."""

    study: str
    arm: str
    other: str = ""
    stance: str = ""


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


def standings(lines: Iterable[Line], studies: dict[str, Study]) -> dict[str, Standing]:
    """Return how each cohort stands on the claim that the lines belong to.

    Comparisons of arms decide where there are any, change since baseline only else. A comparison
    with an arm that falls under the same claim says which form did better, not how the claim
    stands; a cohort that has nothing else is inconclusive. Comparisons that disagree are mixed.

    >>> both = [Line("s", "A", "B", "Supports"), Line("s", "A", "", "Disputes")]
    >>> standings(both, {"s": Study("s")})
    {'s': Standing(stance='Supports', compared=True, within=False)}
    """
    of_cohort: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        of_cohort[studies[line.study].cohort].append(line)
    return {cohort: _standing(of_cohort[cohort]) for cohort in sorted(of_cohort)}


def _standing(lines: list[Line]) -> Standing:
    inside = {(line.study, line.arm) for line in lines}
    compared = {n.stance for n in lines if n.other and (n.study, n.other) not in inside}
    if compared:
        return Standing(_agreed(compared), compared=True)
    changed = {line.stance for line in lines if not line.other}
    if changed:
        return Standing(_agreed(changed), compared=False)
    return Standing("Inconclusive", compared=True, within=True)


def _agreed(stances: set[str]) -> str:
    return next(iter(stances)) if len(stances) == 1 else "MixedStance"


def cohorts(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the first name of each group that pairs of overlapping studies join.

    >>> cohorts([("b", "a"), ("c", "b")])
    {'b': 'a', 'a': 'a', 'c': 'a'}
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = name = parent[parent[name]]
        return name

    for one, other in pairs:
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    return {name: root(name) for name in list(parent)}


def read_studies(store: LocalStore) -> dict[str, Study]:
    """Return, for each study by its IRI, what counting needs."""
    overlapping = cohorts((s, o) for s, o in _pairs(store, "mn:sameCohortAs"))
    reviews = {
        row["design"].value
        for row in store.query("SELECT ?design { ?design skos:broader* design:review }")
    }
    levels = {s: int(o) for s, o in _pairs(store, "mn:startingLevel")}
    designs = dict(_pairs(store, "mn:studyDesign"))
    participants = dict(_pairs(store, "mn:participants"))
    return {
        study: Study(
            overlapping.get(study, study),
            int(participants[study]) if study in participants else None,
            levels.get(designs.get(study, "")),
            designs.get(study) in reviews,
        )
        for study, _ in _pairs(store, "rdf:type", "mn:Study")
    }


def read_lines(store: LocalStore) -> dict[str, Line]:
    """Return the evidence lines by their IRIs."""
    study, arm = dict(_pairs(store, "mn:study")), dict(_pairs(store, "mn:inArm"))
    other, stance = dict(_pairs(store, "mn:comparatorArm")), dict(_pairs(store, "mn:stance"))
    return {
        line: Line(of, arm[line], other.get(line, ""), stance.get(line, "").rpartition("#")[2])
        for line, of in study.items()
    }


def derive(store: LocalStore) -> Iterator[ox.Quad]:
    """Yield the counts of every claim in the store; the rules must have run.

    Studies are counted by cohort and without reviews, participants once a cohort (its largest
    report); the counts of stances and `mn:baselineStudyCount` add up to `mn:studyCount`.
    """
    import pyoxigraph as ox

    graph = ox.NamedNode(context.expand("graph:claims"))
    studies, lines = read_studies(store), read_lines(store)
    direct, inherited = _by_claim(store, "mn:hasEvidenceLine"), _by_claim(store, "mn:hasInheritedEvidenceLine")
    for kind in ("mn:TreatmentClaim", "mn:SafetyClaim"):
        for claim, _ in sorted(_pairs(store, "rdf:type", kind)):
            own = [lines[line] for line in direct.get(claim, ())]
            others = [lines[line] for line in inherited.get(claim, ())]
            counts = count(own, others, studies, safety=kind == "mn:SafetyClaim")
            for name, number in counts.items():
                predicate = ox.NamedNode(context.mn(name))
                yield ox.Quad(ox.NamedNode(claim), predicate, ox.Literal(number), graph)


def count(
    own: list[Line], inherited: list[Line], studies: dict[str, Study], *, safety: bool = False
) -> dict[str, int]:
    """Return the counts of one claim by the names of their properties.

    >>> count([Line("s", "A", "B", "Supports")], [], {"s": Study("s", 30, 2)})["participantTotal"]
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


def _stance_counts(lines: list[Line], studies: dict[str, Study]) -> dict[str, int]:
    counts = dict.fromkeys((*STANCES.values(), "baselineStudyCount"), 0)
    for standing in standings(lines, studies).values():
        counts[STANCES[standing.stance] if standing.compared else "baselineStudyCount"] += 1
    return counts


def _by_claim(store: LocalStore, predicate: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for claim, line in _pairs(store, predicate):
        found[claim].append(line)
    return found


def _pairs(store: LocalStore, predicate: str, value: str | None = None) -> Iterator[tuple[str, str]]:
    import pyoxigraph as ox

    node = ox.NamedNode(context.expand(predicate))
    wanted = ox.NamedNode(context.expand(value)) if value else None
    for quad in store.oxigraph.quads_for_pattern(None, node, wanted, None):
        yield quad.subject.value, quad.object.value
