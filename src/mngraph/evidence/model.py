"""What questions are about and what answers are made of: studies, arms, outcomes and reports.

IRIs stand for concepts and nodes; what readers see is given in words as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mngraph import iris
from mngraph.evidence import stance
from mngraph.evidence.stance import Stance, Tally

WEAKEST = 5
"""The weakest design level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, by IRIs of concepts, each with all that is narrower.

    Attributes:
        procedure: the procedure; without it every procedure of the packs is meant.
        modalities: what was given along with it, all of them together; without any, every
            combination is meant.
        indication: what was treated.
        event: an adverse event, for a question of safety.
        alone: asks for the procedure without any modality.
        only: asks for these modalities and no other; controls do not count.
        randomized: asks for randomized studies alone.
        level: the weakest design level of the studies; 5 also keeps studies without a level.
        since: the first year of publication.
    """

    procedure: str | None = None
    modalities: tuple[str, ...] = ()
    indication: str | None = None
    event: str | None = None
    alone: bool = False
    only: bool = False
    randomized: bool = False
    level: int | None = None
    since: int | None = None

    def admits(self, study: Study) -> bool:
        """Return whether a study is of the kind, the level and the years that are asked for.

        >>> asked = Question(randomized=True, since=2020)
        >>> asked.admits(Study(iri="s", cohort="s", randomized=True, year=2021))
        True
        >>> asked.admits(Study(iri="s", cohort="s", randomized=True))
        False
        """
        return (
            (study.randomized or not self.randomized)
            and (self.level is None or (study.level or WEAKEST) <= self.level)
            and (self.since is None or (study.year or 0) >= self.since)
        )

    @property
    def limits(self) -> str:
        """What kind of studies are asked for, in words; empty where any study is.

        >>> Question(randomized=True, level=2, since=2020).limits
        'randomized studies of level 2 or stronger since 2020'
        """
        if not (self.randomized or self.level or self.since):
            return ""
        parts = ["randomized studies" if self.randomized else "studies"]
        if self.level:
            parts.append(f"of level {self.level}{' or stronger' if self.level > 1 else ''}")
        if self.since:
            parts.append(f"since {self.since}")
        return " ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study as answers count and show it.

    Attributes:
        iri: the study's IRI.
        cohort: the IRI that all reports on the same participants share.
        label: its first author and year, or where no author was seen a short title.
        design: its design in words.
        year: when it was published.
        level: its design level, 1 (strongest) to 5.
        participants: how many people took part.
        link: the address where its publication is found.
        randomized: whether its participants or sites were randomized.
        review: whether it reviews other studies; those are counted apart.
        case: whether it is a case report or a case series.
    """

    iri: str
    cohort: str
    label: str = ""
    design: str = ""
    year: int | None = None
    level: int | None = None
    participants: int | None = None
    link: str = ""
    randomized: bool = False
    review: bool = False
    case: bool = False

    @property
    def key(self) -> str:
        """The study's key: what its IRI ends with."""
        return iris.last_segment(self.iri)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """An arm of a study: what it received, as text and by IRI."""

    iri: str
    label: str
    procedure: str = ""
    modalities: frozenset[str] = frozenset()


class Count(NamedTuple):
    """How many of an arm had the event that was counted."""

    events: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An effect as a source states it; numbers are kept as they are written in the graph.

    Attributes:
        kind: the local name of its type, such as `OddsRatio`; empty where none is stated.
        value: the effect.
        lower: the lower limit of its interval.
        upper: the upper limit of its interval.
        confidence: the level of the interval in percent.
        text: the effect as its source prints it.
    """

    kind: str = ""
    value: str = ""
    lower: str = ""
    upper: str = ""
    confidence: str = ""
    text: str = ""

    @property
    def has_interval(self) -> bool:
        """Whether the effect and both limits of its interval are stated."""
        return bool(self.value and self.lower and self.upper)

    @property
    def words(self) -> str:
        """The effect as its source prints it, else its numbers as journals write them.

        >>> Effect(kind="OddsRatio", value="2.97", lower="1.96", upper="4.51").words
        'OR 2.97 (95% CI 1.96 to 4.51)'
        """
        if self.text or not self.value:
            return self.text
        words = f"{ABBREVIATIONS.get(self.kind, self.kind)} {self.value}".strip()
        if self.lower and self.upper:
            words += f" ({self.confidence or '95'}% CI {self.lower} to {self.upper})"
        return words


ABBREVIATIONS = {
    "OddsRatio": "OR", "RiskRatio": "RR", "HazardRatio": "HR", "RiskDifference": "RD",
    "MeanDifference": "MD", "StandardisedMeanDifference": "SMD",
    "MedianDifference": "median difference",
}  # fmt: skip
"""Effect types as journals abbreviate them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """An estimate of an outcome's effect as the graph holds it: first arm against second.

    Attributes:
        iri: the estimate's IRI.
        kind: the local name of its type.
        value: the effect, on the scale of readers.
        lower: the lower limit of its interval.
        upper: the upper limit.
        error: its standard error, that of the logarithm for ratios.
        method: the slug of the method.
    """

    iri: str
    kind: str
    value: float
    lower: float
    upper: float
    error: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One outcome of a study, as its record states it.

    Attributes:
        iri: the outcome's IRI.
        direction: the local name of the direction, such as `FavoursFirst`.
        first_arm: the IRI of the first arm.
        measures: the IRI and the label of each measure, in the order of the IRIs.
        classes: the local names of the measures' classes, such as `Surrogate`.
        effect: the effect that it states.
        first_count: events and total of the first arm.
        second_count: events and total of the second arm.
        p_value: the p value as the source prints it.
        p_number: the number in it, where it is one number.
        p_relation: the sign before that number, such as `<`.
        note: what else the record says about it.
        estimates: the estimates of its effect, the most direct first.
        reason: why it has no estimate, in words; empty where it has one.
    """

    iri: str
    direction: str = ""
    first_arm: str = ""
    measures: Mapping[str, str] = field(default_factory=dict)
    classes: frozenset[str] = frozenset()
    effect: Effect = Effect()
    first_count: Count | None = None
    second_count: Count | None = None
    p_value: str = ""
    p_number: float | None = None
    p_relation: str = ""
    note: str = ""
    estimates: tuple[Computed, ...] = ()
    reason: str = ""

    @property
    def measured(self) -> str:
        """The labels of the measures, as text."""
        return ", ".join(self.measures.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One outcome of one study, seen from an arm within the question.

    Attributes:
        study: the study.
        arm: the arm within the question.
        other: the arm that it was compared with; None for its own baseline.
        comparator: the local name of the kind of comparator, such as `ProcedureAlone`.
        outcome: the outcome.
        inherited: whether the study looked at something narrower than what was asked.
        within: whether both arms fall under the question.
        turned: whether the arm is the second of the outcome, so that the effect as printed runs
            the other way.
    """

    study: Study
    arm: Arm
    other: Arm | None
    comparator: str
    outcome: Outcome
    inherited: bool = False
    within: bool = False
    turned: bool = False

    @property
    def stance(self) -> Stance | None:
        """What the outcome says for the arm; None for comparisons within the question."""
        return None if self.within else stance.of_outcome(self.outcome.direction, self.turned)

    @property
    def shown_stance(self) -> Stance | None:
        """The stance as pages show it: a result that its source calls mixed is shown as mixed."""
        mixed = self.outcome.direction == "Mixed" and not self.within
        return Stance.MIXED if mixed else self.stance

    @property
    def counts(self) -> tuple[Count, Count] | None:
        """The counts of the arm asked about and of the other, where both are stated."""
        first, second = self.outcome.first_count, self.outcome.second_count
        if first is None or second is None:
            return None
        return (second, first) if self.turned else (first, second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report of an adverse event in an arm within the question.

    Attributes:
        study: the study.
        arm: the arm in which the event was seen.
        iri: the report's IRI.
        event: the event, as text.
        inherited: whether the study looked at something narrower than what was asked.
        affected: how many had the event.
        at_risk: among how many it was looked for.
        seriousness: the local name of its seriousness, such as `Serious`.
        duration: how long it lasted, as the source prints it.
        everywhere: whether it names no arm, and every arm that was treated had what is asked for.
    """

    study: Study
    arm: Arm
    iri: str
    event: str
    inherited: bool = False
    affected: int | None = None
    at_risk: int | None = None
    seriousness: str = ""
    duration: str = ""
    everywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Another question that has an answer, or studies that are only listed.

    Attributes:
        words: what it is about, as text.
        studies: how many cohorts have a result on it; for an adverse event, report it.
        tally: how these stand.
        randomized: how many of those that compared it were randomized.
        names: the studies by name and CURIE, where they are listed.
        command: the command that asks for the answer; empty where the studies are only listed.
    """

    words: str
    studies: int
    tally: Tally = field(default_factory=Tally)
    randomized: int = 0
    names: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """How a graph describes itself: what a reader needs to cite an answer."""

    iri: str = ""
    title: str = ""
    version: str = ""
    issued: str = ""
    license: str = ""

    @property
    def named(self) -> dict[str, str]:
        """What is stated, by name: title, version, date, IRI and license, empty where it is not."""
        return {
            "title": self.title, "version": self.version, "issued": self.issued, "iri": self.iri,
            "license": self.license,
        }  # fmt: skip

    @property
    def citation(self) -> str:
        """How an answer from this graph is cited: title, version, date and address.

        >>> Dataset(title="mngraph", version="0.1.0", issued="2026-11-22", iri="https://x/").citation
        'mngraph, version 0.1.0 (2026-11-22), https://x/'
        """
        version = f"version {self.version}" if self.version else ""
        named = ", ".join(filter(None, (self.title, version)))
        dated = " ".join(filter(None, (named, f"({self.issued})" if self.issued else "")))
        return ", ".join(filter(None, (dated, self.iri)))
