"""What the studies of a claim say together: averages, directions, and the ceiling of certainty.

It is the same that answers show, by the same functions, made once when a graph is built.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mngraph import context
from mngraph.evidence import certainty, pooling, sensitivity
from mngraph.evidence.comparators import OTHER_COMBINATION
from mngraph.evidence.facts import Facts
from mngraph.evidence.lines import Line
from mngraph.evidence.model import Finding, Study
from mngraph.evidence.pooling import Pooling
from mngraph.evidence.sensitivity import Grouping
from mngraph.evidence.stance import Tally
from mngraph.evidence.turtle import Objects, Text, statements
from mngraph.statistics.directions import sign_test


class Syntheses:
    """The syntheses of a graph's claims.

    Args:
        facts: the facts of a graph that has estimates of effects.
        studies: its studies by IRI.
    """

    def __init__(self, facts: Facts, studies: dict[str, Study]) -> None:
        self.facts, self.studies = facts, studies

    def of_claim(
        self, claim: str, lines: Sequence[Line], every: Tally, trials: Tally
    ) -> Iterator[str]:
        """Yield what is stated about a treatment claim, as Turtle.

        Args:
            claim: the IRI of the claim.
            lines: its own lines and those that it inherits.
            every: how its cohorts stand, without comparisons with other combinations.
            trials: how the randomized ones stand.
        """
        compared = self._compared(lines)
        groups = [group for group in self._groups(compared) if group.studies > 1]
        for number, group in enumerate(groups, 1):
            node = f"{claim}/synthesis/{number}"
            yield statements(claim, [("mn:hasSynthesis", node)])
            yield statements(node, _about_group(group))
            labels = self.facts.labels(sensitivity.procedures([group]))
            for grouping in sensitivity.within(group, labels):
                yield from _about_grouping(node, grouping)
        for number, grouping in enumerate(sensitivity.between(groups), 1):
            yield from _about_grouping(claim, grouping, number)
        body = self._body(compared, every, trials, groups)
        yield statements(claim, _about_claim(body, every))

    def _compared(self, lines: Sequence[Line]) -> list[Line]:
        """Return the comparisons of studies with something outside the claim."""
        own = {line.arm for line in lines}
        return [
            line
            for line in lines
            if line.stance and line.other and line.other not in own
            and not self.studies[line.study].review
        ]  # fmt: skip

    def _body(
        self, compared: Sequence[Line], every: Tally, trials: Tally, groups: Sequence[Pooling]
    ) -> certainty.Body | None:
        entries = [
            (self.studies[line.study], line.comparator, line.classes)
            for line in compared
            if line.comparator != OTHER_COMBINATION
        ]
        return certainty.body_of(entries, every, trials, *certainty.spread(groups))

    def _groups(self, compared: Sequence[Line]) -> list[Pooling]:
        if len({self.studies[line.study].cohort for line in compared}) < 2:
            return []
        named = {source for line in compared for source in line.sources}
        outcomes = self.facts.outcomes(named)
        arms = self.facts.arms({arm for line in compared for arm in (line.arm, line.other)})
        findings = [
            Finding(
                study=self.studies[line.study],
                arm=arms[line.arm],
                other=arms[line.other],
                comparator=line.comparator,
                outcome=outcomes[source],
                turned=outcomes[source].first_arm != line.arm,
            )
            for line in sorted(compared, key=lambda line: line.iri)
            for source in sorted(line.sources)
        ]
        return pooling.pool_effects(findings, self.facts.constructs)


def _about_claim(body: certainty.Body | None, every: Tally) -> Objects:
    """Return the ceiling of a claim, what lowers it, and the sign test of its directions."""
    found = certainty.ceiling(body)
    about: Objects = [("mn:certaintyCeiling", context.expand(f"certainty:{_slug(found.level)}"))]
    about += [
        ("mn:ratedDownFor", context.expand(f"certainty:{_slug(domain.name)}"))
        for domain in found.domains
        if domain.lowered
    ]
    if every.supports + every.disputes:
        about += [("mn:signTestPValue", sign_test(every.supports, every.disputes).p)]
    return about


def _about_group(group: Pooling) -> Objects:
    about: Objects = [
        ("a", context.mn("Synthesis")),
        ("rdfs:label", Text(group.title)),
        ("mn:effectType", context.mn(group.kind)),
        ("mn:studyCount", len(group.estimates)),
        ("mn:comparedStudyCount", group.studies),
        ("mn:participantTotal", certainty.participants(e.study for e in group.estimates)),
    ]
    about += [("mn:synthesizes", entry.iri) for entry in group.estimates]
    average = group.random()
    if not group.pooled or not average:
        return [*about, ("mn:notPooledBecause", Text(group.why))]
    about += [
        ("mn:estimatedBy", context.expand("method:random-effects")),
        ("mn:effectValue", average.estimate),
        ("mn:effectLower", average.lower),
        ("mn:effectUpper", average.upper),
        ("mn:tauSquared", group.pooled.tau_squared),
        ("mn:iSquared", group.pooled.i_squared),
    ]
    if ahead := group.prediction():
        about += [("mn:predictionLower", ahead.lower), ("mn:predictionUpper", ahead.upper)]
    if left := sensitivity.leave_one_out(group):
        about += [
            ("mn:leaveOneOutLower", left.lowest),
            ("mn:leaveOneOutUpper", left.highest),
            ("mn:mostInfluentialStudy", left.most.iri),
        ]
    return about


def _about_grouping(node: str, grouping: Grouping, number: int | None = None) -> Iterator[str]:
    """Yield how averages differ by groups, as Turtle.

    Args:
        node: the synthesis or the claim that the groups belong to.
        grouping: the groups.
        number: which one it is of a claim.
    """
    last = _slug(grouping.by) if number is None else f"{_slug(grouping.by)}-{number}"
    whole = f"{node}/subgroups/{last}"
    yield statements(node, [("mn:hasSubgroupAnalysis", whole)])
    about: Objects = [
        ("a", context.mn("SubgroupAnalysis")),
        ("rdfs:label", Text(f"{grouping.title}, by {grouping.by}")),
    ]
    about += [("mn:hasSubgroup", f"{whole}/{n}") for n, _ in enumerate(grouping.groups, 1)]
    if grouping.difference:
        about += [
            ("mn:subgroupDifferenceQ", grouping.difference.q),
            ("mn:subgroupDifferencePValue", grouping.difference.p),
        ]
    else:
        about += [("mn:notTestedBecause", Text(grouping.why))]
    yield statements(whole, about)
    for n, group in enumerate(grouping.groups, 1):
        own: Objects = [
            ("a", context.mn("Subgroup")),
            ("rdfs:label", Text(group.name)),
            ("mn:studyCount", group.studies),
            ("mn:effectValue", group.average.estimate),
            ("mn:effectLower", group.average.lower),
            ("mn:effectUpper", group.average.upper),
            ("mn:iSquared", group.i_squared),
        ]
        yield statements(f"{whole}/{n}", own)


def _slug(words: str) -> str:
    return words.replace(" ", "-")
