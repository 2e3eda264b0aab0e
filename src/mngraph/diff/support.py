"""What each study contributes to the counts of claims, to say which studies changed a claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mngraph import sparql
from mngraph.evidence.facts import Facts
from mngraph.evidence.model import Study
from mngraph.store import Store, in_blocks

if TYPE_CHECKING:
    import pyoxigraph as ox

BLOCK = 500
"""The most claims that one query names."""

Share = tuple[str, ...]
"""One contribution of a study to a claim: of a line its level, stance and arms; or its people."""


@dataclass
class Support:
    """What the counts of some claims rest on in one graph.

    Attributes:
        at: for each claim, the studies of it and of each narrower claim that it inherits from.
        shares: for each claim and study, what the study contributes to the counts.
        links: the studies that a study names as reporting on the same participants.
        cohort: the first study of each group of studies with the same participants.
    """

    at: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    shares: dict[str, dict[str, set[Share]]] = field(default_factory=dict)
    links: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    cohort: Mapping[str, str] = field(default_factory=dict)

    def overlapping(self, study: str, among: set[str]) -> set[str]:
        """Return those among some studies that report on the same participants as a study."""
        cohort = self.cohort.get(study, study)
        return {other for other in among if self.cohort.get(other, other) == cohort}


def read_support(store: Store, claims: Sequence[str]) -> Support:
    """Read what the counts of some claims rest on; without any claim, the store is not queried.

    Args:
        store: a graph.
        claims: IRIs of claims.
    """
    found = Support()
    if not claims:
        return found
    facts = Facts(store)
    people = {iri: _people_share(study) for iri, study in facts.counted_studies().items()}
    found.cohort = facts.cohorts
    for link in facts.rows("same-cohort"):
        found.links[link["study"]].add(link["other"])
    for block in in_blocks(claims, BLOCK):
        for row in store.select_internal(sparql.internal("support-of-claims", claims=block)):
            claim, study = row["claim"].value, row["study"].value
            found.at.setdefault(claim, {}).setdefault(row["at"].value, set()).add(study)
            if row["line"] is not None:
                shares = found.shares.setdefault(claim, {}).setdefault(study, set())
                shares |= {_line_share(row), people.get(study, ())}
    return found


def _people_share(study: Study) -> Share:
    """Return what counts of a study itself: the participants of a primary study."""
    participants = "" if study.review or study.participants is None else str(study.participants)
    return ("review" if study.review else "primary study", participants)


def _line_share(row: ox.QuerySolution) -> Share:
    """Return what counts of an evidence line: its level, and of a comparison stance and arms."""
    names = ("level", "stance", "arm", "other") if row["stance"] is not None else ("level",)
    return tuple(row[name].value if row[name] is not None else "" for name in names)


def studies_behind(claim: str, old: Support, new: Support) -> set[str]:
    """Return the studies that changed what a claim counts, itself or through narrower claims.

    These are studies whose contribution changed, those of a narrower claim that is inherited in one
    graph only, and those that join or separate the cohorts of the claim's studies.

    Args:
        claim: the claim's IRI.
        old: what its counts rest on in the older graph.
        new: the same in the newer graph.
    """
    before, after = old.shares.get(claim, {}), new.shares.get(claim, {})
    studies = before.keys() | after.keys()
    found = {study for study in studies if before.get(study) != after.get(study)}
    left, right = old.at.get(claim, {}), new.at.get(claim, {})
    for narrower in left.keys() ^ right.keys():
        found |= left.get(narrower, set()) | right.get(narrower, set())
    found |= left.get(claim, set()) ^ right.get(claim, set())
    linking = {s for s in old.links.keys() | new.links.keys()
               if old.links.get(s) != new.links.get(s)}  # fmt: skip
    for study in studies if linking else ():
        if old.overlapping(study, studies) != new.overlapping(study, studies):
            found |= old.overlapping(study, linking) | new.overlapping(study, linking)
    return found
