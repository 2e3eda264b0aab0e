"""The edges of a network: which studies are behind each, and how they stand.

Counts follow the one rule of `evidence.stance`, so that an edge counts what `mngraph evidence`
counts for the same question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import product
from typing import Any

from mngraph.cards.study import StudyCard, total_participants
from mngraph.drawing.networkfacts import Facts
from mngraph.evidence.stance import (
    WITHIN,
    Comparison,
    Stance,
    Tally,
    leaning,
    standings,
    tally,
)

RELATIONS = {
    "studiedFor": "studied for",
    "combinableWith": "combined in a study with",
    "combinedFor": "combined with {noun} in a study of",
    "hasReportedEvent": "reported event",
    "evaluates": "evaluates",
    "broader": "is a kind of",
}
"""The relations, as edges are keyed, and how each is read; `{noun}` is what the packs are about."""

NOT_STATED = "not stated"
STANCES = (*(stance.words for stance in Stance), WITHIN, NOT_STATED)
"""How a study stands on an edge: as its comparisons say, only comparing forms of what the edge is
about, or without a stated result."""

ON_RESULTS = ("studiedFor", "combinedFor", "combinableWith")
"""The relations on which the results of studies are counted."""

COMPARED = ("supports", "disputes", "no_difference", "mixed")
"""How studies stand that compared an arm with something else."""

CONTROLS = "modality:control-intervention"
"""Placebo, sham and the like: compared with, but neither a subject of study nor a combination."""

Edge = tuple[str, str, str, dict[str, Any]]
Triple = tuple[str, str, str]
"""Relation, source and target of an edge."""


def study_edges(
    facts: Facts, studies: list[StudyCard], naming: Iterable[StudyCard]
) -> Iterator[Edge]:
    """Yield the edges that studies give, sorted by relation and ends.

    Behind an edge are the studies of its ends and of what is narrower, as they are behind the
    answer to the same question.

    Args:
        facts: the facts of a graph.
        studies: the studies that count.
        naming: the studies that decide which edges there are: one of them names both ends.
    """
    controls = {c for c in facts.concepts if CONTROLS in facts.upward(c)} | {CONTROLS}
    drawn = {
        triple
        for study in naming
        for triple in _named(facts, study)
        if not controls & set(triple)
    }  # fmt: skip
    behind: dict[Triple, dict[str, set[Comparison]]] = defaultdict(lambda: defaultdict(set))
    for study in studies:
        for triple, comparisons in _sides(facts, study):
            if triple in drawn:
                behind[triple][study.key] |= comparisons
    shown = {study.key for study in studies}
    for (procedure, event), keys in facts.events.items():
        if keys & shown:
            behind["hasReportedEvent", procedure, event] = {key: set() for key in keys & shown}
    order = {relation: number for number, relation in enumerate(RELATIONS)}
    for triple in sorted(behind, key=lambda triple: (order[triple[0]], *triple[1:])):
        relation, source, target = triple
        yield source, target, relation, attributes(facts, relation, behind[triple])


def _named(facts: Facts, study: StudyCard) -> Iterator[Triple]:
    """Yield each edge that one study names both ends of."""
    for curie in study.concepts:
        if not curie.startswith("event:"):
            yield "evaluates", f"publication:{study.key}", curie
    for arm in study.arms:
        if procedure := arm.procedure:
            yield from (("combinableWith", procedure, modality) for modality in arm.combined)
            with_it = arm.combined if facts.is_subject(procedure) else ()
            yield from _treated([procedure], with_it, study.indications)


def _sides(facts: Facts, study: StudyCard) -> Iterator[tuple[Triple, set[Comparison]]]:
    """Yield each edge that a study is behind, and what one of its arms says there."""
    for curie in study.concepts:
        yield ("evaluates", f"publication:{study.key}", curie), set()
    for arm in study.arms:
        if not arm.procedure:
            continue
        said = {i: set(facts.comparisons(study, arm.id, i)) for i in study.indications}
        procedures = facts.upward(arm.procedure)
        modalities = {up for modality in arm.combined for up in facts.upward(modality)}
        for pair in product(procedures, modalities):
            yield ("combinableWith", *pair), set().union(*said.values())
        for indication, comparisons in said.items():
            with_it = modalities if facts.is_subject(arm.procedure) else ()
            for triple in _treated(procedures, with_it, facts.upward(indication)):
                yield triple, comparisons


def _treated(
    procedures: Iterable[str], modalities: Iterable[str], indications: Iterable[str]
) -> Iterator[Triple]:
    """Yield the edges from what an arm received to what was treated.

    Args:
        procedures: the procedure of the arm, and broader ones.
        modalities: what was combined with it, if the packs are about it.
        indications: what was treated.
    """
    yield from (("studiedFor", *pair) for pair in product(procedures, indications))
    yield from (("combinedFor", *pair) for pair in product(modalities, indications))


def attributes(
    facts: Facts, relation: str, behind: Mapping[str, set[Comparison]]
) -> dict[str, Any]:
    """Return what an edge carries: its studies, their counts, best level and stances."""
    studies = [facts.studies[key] for key in sorted(behind)]
    primary = [study for study in studies if not study.review]
    levels = [study.level for study in primary if study.level]
    weight = len({study.cohort for study in primary})
    stances: dict[str, tuple[str, bool]] = {}
    every = trials = Tally()
    if relation in ON_RESULTS:
        stances = {study.key: _stance(behind[study.key]) for study in studies}
        every = tally(each for study in primary for each in behind[study.key])
        trials = tally(each for s in primary if s.randomized for each in behind[s.key])
    lean = leaning(every, trials)
    return {
        "relation": relation,
        "label": RELATIONS[relation].format(noun=facts.noun),
        "weight": weight,
        "reviews": len(studies) - len(primary),
        "participants": total_participants(studies),
        "level": min(levels, default=None),
        "stance": lean.words or NOT_STATED,
        "baseline": lean.baseline,
        **asdict(every),
        "not_stated": weight - every.total if relation in ON_RESULTS else 0,
        **{f"randomized_{name}": getattr(trials, name) for name in COMPARED},
        "study_keys": tuple(study.key for study in studies),
        "stances": {key: value[0] for key, value in stances.items()},
        "baseline_only": tuple(key for key, value in stances.items() if value[1]),
    }


def _stance(comparisons: set[Comparison]) -> tuple[str, bool]:
    """Return how one study stands, and whether it was only seen before and after treatment."""
    for standing in standings(comparisons).values():
        return standing.words, not (standing.compared or standing.within)
    return NOT_STATED, False
