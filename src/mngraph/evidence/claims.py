"""Claims with their evidence: how many cohorts stand behind each claim, and how they stand.

The rules of ontology/rules say which claims there are. Here the lines of each claim, its own and
those inherited from narrower claims, are counted by cohort: reports that share participants are
one cohort, reviews are counted apart from the studies that they may include.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from mngraph import context
from mngraph.evidence.comparators import BASELINE, OTHER_COMBINATION
from mngraph.evidence.facts import Facts
from mngraph.evidence.lines import Line, Lines
from mngraph.evidence.model import Study
from mngraph.evidence.stance import Comparison, Stance, Tally, tally
from mngraph.evidence.syntheses import Syntheses
from mngraph.evidence.turtle import Objects, statements

COUNTS = {
    "supports": "SupportingStudyCount", "disputes": "DisputingStudyCount",
    "no_difference": "InconclusiveStudyCount", "mixed": "MixedStudyCount",
}  # fmt: skip
"""The counts of cohorts that were compared, of all and of randomized ones, by field of a tally."""


def derive(facts: Facts) -> Iterator[str]:
    """Yield the evidence lines of each study and the counts of each claim.

    The rules must have run. Studies are counted by cohort and without reviews, participants once
    a cohort (its largest report); the counts of stances, `mn:baselineStudyCount` and
    `mn:sameCombinationStudyCount` add up to `mn:studyCount`.

    Args:
        facts: the facts of a graph with studies and what the rules make of them.
    """
    lines, studies = Lines(facts), facts.counted_studies()
    together = Syntheses(facts, studies)
    narrower, claims = facts.column("mn:inheritedFrom"), list(facts.rows("claims"))
    of_claim: dict[str, list[Line]] = defaultdict(list)
    for study in sorted(studies):
        for line in chain(lines.of_comparisons(study), lines.of_reports(study)):
            of_claim[line.claim].append(line)
            given = lines.comparators.given(line.other)
            yield statements(line.claim, [("mn:hasEvidenceLine", line.iri)])
            yield statements(line.iri, _about_line(line, studies[study].level, given))
    for row in claims:
        own = of_claim.get(row["claim"], [])
        inherited = [n for name in narrower.get(row["claim"], ()) for n in of_claim.get(name, ())]
        safety = row["kind"] == context.mn("SafetyClaim")
        counts = count(own, inherited, studies, safety=safety)
        yield statements(row["claim"], [(f"mn:{name}", number) for name, number in counts.items()])
        if not safety:
            primary = [n for n in (*own, *inherited) if not studies[n.study].review]
            shown = [n for n in primary if n.comparator != OTHER_COMBINATION]
            yield from together.of_claim(row["claim"], primary, *_tallies(shown, studies))


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
    """Return how the cohorts of a claim stand, and how the randomized ones among them do."""
    every, trials = _tallies(lines, studies)
    return {
        **{name[0].lower() + name[1:]: getattr(every, column) for column, name in COUNTS.items()},
        "baselineStudyCount": every.baseline_only,
        "sameCombinationStudyCount": every.within,
        "randomizedStudyCount": trials.total,
        **{f"randomized{name}": getattr(trials, column) for column, name in COUNTS.items()},
    }


def _tallies(lines: Iterable[Line], studies: Mapping[str, Study]) -> tuple[Tally, Tally]:
    """Return how the cohorts of lines stand, and how the randomized ones among them do."""
    said = [(studies[line.study], line, line.stance) for line in lines if line.stance]
    comparisons = [
        (study.randomized, _comparison(study.cohort, line, found)) for study, line, found in said
    ]
    trials = (entry for randomized, entry in comparisons if randomized)
    return tally(entry for _, entry in comparisons), tally(trials)


def _comparison(cohort: str, line: Line, found: Stance) -> Comparison:
    return Comparison(
        cohort=cohort, arm=line.arm, other=line.other, stance=found, unclear=line.unclear
    )


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
