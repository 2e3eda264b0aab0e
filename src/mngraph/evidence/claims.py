"""Claims with their evidence: how many cohorts stand behind each claim, and how they stand.

The rules of ontology/rules say which claims there are. Here the lines of each claim, its own and
those inherited from narrower claims, are counted by cohort: reports that share participants are
one cohort, reviews are counted apart from the studies that they may include.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from mngraph import context
from mngraph.evidence.comparators import BASELINE
from mngraph.evidence.facts import Facts
from mngraph.evidence.lines import Line, Lines
from mngraph.evidence.model import Study
from mngraph.evidence.stance import Comparison, Stance, standings

if TYPE_CHECKING:
    from mngraph.store import LocalStore

COUNTS = {
    Stance.SUPPORTS: "supportingStudyCount",
    Stance.DISPUTES: "disputingStudyCount",
    Stance.INCONCLUSIVE: "inconclusiveStudyCount",
    Stance.MIXED: "mixedStudyCount",
}
"""The count of each stance that the comparisons of a cohort may take on a claim."""
Objects = list[tuple[str, str | int]]
"""What is stated about a node: properties as CURIEs, and IRIs or whole numbers."""


def derive(store: LocalStore) -> Iterator[str]:
    """Yield the evidence lines of each study and the counts of each claim.

    The rules must have run. Studies are counted by cohort and without reviews, participants once
    a cohort (its largest report); the counts of stances and `mn:baselineStudyCount` add up to
    `mn:studyCount`.

    Args:
        store: a graph with studies and what the rules make of them.
    """
    facts = Facts(store)
    lines, studies = Lines(facts), facts.counted_studies()
    narrower, claims = facts.column("mn:inheritedFrom"), list(facts.rows("claims"))
    of_claim: dict[str, list[Line]] = defaultdict(list)
    for study in sorted(studies):
        for line in chain(lines.of_comparisons(study), lines.of_reports(study)):
            of_claim[line.claim].append(line)
            given = lines.comparators.given(line.other)
            yield _turtle(line.claim, [("mn:hasEvidenceLine", line.iri)])
            yield _turtle(line.iri, _about_line(line, studies[study].level, given))
    for row in claims:
        own = of_claim.get(row["claim"], [])
        inherited = [n for name in narrower.get(row["claim"], ()) for n in of_claim.get(name, ())]
        safety = row["kind"] == context.mn("SafetyClaim")
        counts = count(own, inherited, studies, safety=safety)
        yield _turtle(row["claim"], [(f"mn:{name}", number) for name, number in counts.items()])


def count(
    own: Sequence[Line],
    inherited: Sequence[Line],
    studies: Mapping[str, Study],
    *,
    safety: bool = False,
) -> dict[str, int]:
    """Return the counts of one claim by the local names of their properties.

    Args:
        own: the claim's own lines.
        inherited: the lines of the narrower claims that it inherits from.
        studies: the studies by IRI.
        safety: whether the claim is one on an adverse event, whose lines have no stance.

    >>> line = Line(iri="c/line/s/A/B", claim="c", study="s", arm="A", other="B",
    ...             sources=frozenset(), stance=Stance.SUPPORTS)
    >>> found = count([line], [], {"s": Study(iri="s", cohort="s", participants=30, level=2)})
    >>> found["participantTotal"], found["supportingStudyCount"], found["bestEvidenceLevel"]
    (30, 1, 2)
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
    for best, among in (("bestEvidenceLevel", primary), ("bestReviewLevel", named - primary)):
        levels = [level for name in among if (level := studies[name].level) is not None]
        counts |= {best: min(levels)} if levels else {}
    if not safety:
        counts |= _stance_counts([n for n in (*own, *inherited) if n.study in primary], studies)
    return counts


def _stance_counts(lines: Iterable[Line], studies: Mapping[str, Study]) -> dict[str, int]:
    counts = dict.fromkeys((*COUNTS.values(), "baselineStudyCount"), 0)
    comparisons = (
        Comparison(
            cohort=studies[line.study].cohort, arm=line.arm, other=line.other, stance=line.stance
        )
        for line in lines
        if line.stance
    )
    for standing in standings(comparisons).values():
        counts[COUNTS[standing.stance] if standing.compared else "baselineStudyCount"] += 1
    return counts


def _about_line(line: Line, level: int | None, given: Iterable[str]) -> Objects:
    """Return what is stated about a line.

    Args:
        line: the line.
        level: the starting level of its study.
        given: the concepts of what the other arm received.
    """
    about: Objects = [("a", context.mn("EvidenceLine")), ("mn:study", line.study)]
    about += [("mn:inArm", line.arm)]
    about += [("mn:evidenceLevel", level)] if level is not None else []
    about += [("prov:wasDerivedFrom", source) for source in line.sources]
    if line.stance is None:
        return about + list(line.numbers.items())
    about += [("mn:stance", context.mn(line.stance.value))]
    about += [("mn:comparatorKind", context.mn(line.comparator))]
    about += [("mn:comparatorArm", line.other)] if line.other else []
    compared = given if line.other else (context.mn(BASELINE),)
    about += [("mn:comparator", concept) for concept in compared]
    return about + [("mn:outcomeClass", kind) for kind in line.classes]


def _turtle(node: str, about: Objects) -> str:
    """Return statements about a node as Turtle: IRIs in full as the graph gave them, or numbers."""
    statements = " ; ".join(
        [
            f"{name} {value}" if isinstance(value, int) else f"{name} <{value}>"
            for name, value in about
        ]
    )
    return f"<{node}> {statements} .\n"
