"""The ceiling of certainty: how sure anybody can be of a body of evidence, by published rules.

GRADE (Guyatt and others, J Clin Epidemiol 2011;64) begins with the design of the studies and rates
down for five reasons. Inconsistency, imprecision, indirectness and publication bias can be told
from data, by the rules below; the risk of bias cannot: people judge it. So what is computed here
is a ceiling, above which no judgment can end. It is never a grade, which only people give.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mngraph.errors import SynthesisError
from mngraph.evidence.comparators import OTHER_COMBINATION
from mngraph.evidence.model import Finding, Study
from mngraph.evidence.pooling import Pooling
from mngraph.evidence.quality import judgments
from mngraph.evidence.stance import Tally
from mngraph.evidence.words import apart, tally
from mngraph.statistics.funnel import egger
from mngraph.tables import Cell, Table
from mngraph.wording import counted, listed

COLUMNS = ["domain", "judgment", "found", "rule"]
TITLE = "Certainty: what data imply, and what a person has to judge"
LEVELS = ("very low", "low", "moderate", "high")
"""The levels of certainty of GRADE, lowest first."""
NEEDED = 400
"""The participants that GRADE asks for where an outcome is continuous (Guyatt and others 2011, part
6): about the optimal information size for a small effect, 0.2 standard deviations."""
HETEROGENEOUS = 50.0
"""I squared, in percent, from which studies may differ much (Cochrane Handbook 10.10.2)."""
ASYMMETRIC = 0.1
"""The p value of Egger's test below which a funnel plot is asymmetric (Handbook 13.3.5.4)."""
NOBODY = "nobody has judged it"
"""What is found on the risk of bias of studies without an appraisal."""
INERT = frozenset({"NoTreatment", "PlaceboOrSham", "ModalityAlone", "ProcedureAlone"})
"""The comparators that show what the treatment, or a part of it, adds."""
RULES = {
    "risk of bias": "A person judges it with a tool such as RoB 2; data cannot.",
    "inconsistency": "Rated down where studies favor opposite sides, or I\N{SUPERSCRIPT TWO} is "
    "50% or more.",
    "indirectness": "Rated down where only surrogate measures were taken, or where nothing shows "
    "what it adds to no treatment, placebo, or a part of it alone.",
    "imprecision": f"Rated down below {NEEDED} participants.",
    "publication bias": "Tested from 10 effects on; rated down where Egger's test has p below 0.1.",
}
"""The domains of GRADE and the rule for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a body of evidence rests on: its randomized comparisons, else all of its comparisons.

    Attributes:
        randomized: whether it is that of randomized studies.
        counts: how its cohorts stand.
        participants: how many took part, each cohort once; unknown numbers count as none.
        comparators: the kinds of comparators.
        classes: the classes of what was measured.
        i_squared: heterogeneity in percent, where effects were pooled.
        egger: the p value of Egger's test, where there are enough effects.
    """

    randomized: bool
    counts: Tally
    participants: int
    comparators: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    i_squared: float | None = None
    egger: float | None = None


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain of GRADE: whether it was rated down, and what was found.

    `lowered` is None where nobody judged it, or it could not be tested.
    """

    name: str
    lowered: bool | None
    found: str

    @property
    def judgment(self) -> str:
        """The judgment in words.

        >>> Domain("imprecision", True, "41 participants").judgment
        'rated down by one level'
        """
        if self.lowered is None:
            if self.name == "risk of bias":
                return "not judged" if self.found == NOBODY else "judged by people"
            return "not tested"
        return "rated down by one level" if self.lowered else "not rated down"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The highest level that a judgment of certainty can reach.

    Attributes:
        level: the level, one of `LEVELS`.
        start: the level at which the design of the studies begins.
        domains: the five domains; empty where there is no comparison.
        why: what the start rests on.
    """

    level: str
    start: str
    domains: tuple[Domain, ...]
    why: str

    @property
    def words(self) -> str:
        """The ceiling with its reasons, in a sentence.

        >>> ceiling(Body(randomized=True, counts=Tally(supports=1), participants=41)).words
        'Certainty cannot be higher than low: imprecision (41 of some 400 participants that are \
needed) and indirectness (no comparison with no treatment, placebo or a part of it alone).'
        """
        lowered = [f"{each.name} ({each.found})" for each in self.domains if each.lowered]
        reasons = listed(sorted(lowered)) if lowered else self.why
        if lowered and self.start != "high":
            reasons = f"{self.why}, {reasons}" if len(lowered) > 1 else f"{self.why} and {reasons}"
        return f"Certainty cannot be higher than {self.level}: {reasons}."

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain data."""
        domains = [
            {
                "domain": each.name,
                "judgment": each.judgment,
                "found": each.found,
                "rule": RULES[each.name],
            }
            for each in self.domains
        ]
        return {
            "ceiling": self.level, "start": self.start, "sentence": self.words, "domains": domains,
        }  # fmt: skip

    def table(self) -> Table:
        """Return one row for each domain: what was found, and by which rule."""
        rows: list[list[Cell]] = [
            [each.name, each.judgment, each.found, RULES[each.name]] for each in self.domains
        ]
        return Table(COLUMNS, rows, TITLE)


def ceiling(body: Body | None, *, combinations: bool = False, judged: str = "") -> Ceiling:
    """Return the ceiling of a body of evidence; None stands for one without a comparison.

    Args:
        body: the body of evidence.
        combinations: whether there are comparisons with other combinations, which do not count.
        judged: what people judged of the studies, as text.

    >>> ceiling(None).level
    'very low'
    """
    if body is None or not body.counts.compared:
        why = "but another combination" if combinations else "else"
        return Ceiling("very low", "low", (), f"no study compares it with anything {why}")
    start = "high" if body.randomized else "low"
    domains = (
        Domain("risk of bias", None, judged or NOBODY),
        _inconsistency(body),
        _indirectness(body),
        _imprecision(body),
        _publication_bias(body),
    )
    steps = sum(bool(domain.lowered) for domain in domains)
    level = LEVELS[max(0, LEVELS.index(start) - steps)]
    why = "randomized studies" if body.randomized else "no randomized study"
    return Ceiling(level, start, domains, why)


def _inconsistency(body: Body) -> Domain:
    counts = body.counts
    if body.i_squared is not None:
        words = f"I\N{SUPERSCRIPT TWO} {body.i_squared:.0f}%"
        return Domain("inconsistency", body.i_squared >= HETEROGENEOUS, words)
    if counts.compared == 1:
        return Domain("inconsistency", None, "1 study")
    opposite = counts.supports > 0 and counts.disputes > 0
    for_it, against = counted(counts.supports, "favors it", "favor it"), counts.disputes
    words = f"{for_it}, {counted(against, 'favors', 'favor')} the comparator"
    return Domain("inconsistency", opposite, words)


def _indirectness(body: Body) -> Domain:
    if body.classes == {"Surrogate"}:
        return Domain("indirectness", True, "surrogate measures alone")
    if not body.comparators & INERT:
        words = "no comparison with no treatment, placebo or a part of it alone"
        return Domain("indirectness", True, words)
    return Domain("indirectness", False, "clinical measures and a comparator that shows its effect")


def _imprecision(body: Body) -> Domain:
    words = f"{body.participants} of some {NEEDED} participants that are needed"
    if body.participants >= NEEDED:
        words = f"{body.participants} participants"
    return Domain("imprecision", body.participants < NEEDED, words)


def _publication_bias(body: Body) -> Domain:
    if body.egger is None:
        return Domain("publication bias", None, "fewer than 10 effects")
    return Domain("publication bias", body.egger < ASYMMETRIC, f"Egger's test p {body.egger:.2f}")


def of_findings(
    findings: Iterable[Finding], pooled: Iterable[Pooling],
    judged: Mapping[str, Sequence[str]] | None = None,
) -> Ceiling:  # fmt: skip
    """Return the ceiling of what studies found.

    Comparisons with another combination are left out: that needling with a drug did better than
    needling alone says something about the drug.

    Args:
        findings: what studies other than reviews found.
        pooled: the groups of comparable effects.
        judged: the judgments of people that count, as text by the IRI of the study.
    """
    every = list(findings)
    primary, _ = apart(every)
    compared = [entry for entry in primary if entry.other and not entry.within]
    entries = [(entry.study, entry.comparator, entry.outcome.classes) for entry in compared]
    trials = tally(entry for entry in primary if entry.study.randomized)
    body = body_of(entries, tally(primary), trials, *spread(pooled))
    found = judgments(judged or {}, {study.iri for study, _, _ in entries})
    return ceiling(body, combinations=len(primary) < len(every), judged=found)


def spread(groups: Iterable[Pooling]) -> tuple[float | None, float | None]:
    """Return I squared of the largest average, and the p value of Egger's test of its effects.

    Both are None where nothing was averaged; the test needs ten effects. Averages of comparisons
    with other combinations are left out.
    """
    for group in groups:
        if group.pooled and group.estimates[0].against != OTHER_COMBINATION:
            try:
                tested = egger([entry.effect for entry in group.estimates]).p
            except SynthesisError:
                return group.pooled.i_squared, None
            return group.pooled.i_squared, tested
    return None, None


def participants(studies: Iterable[Study]) -> int:
    """Return how many people took part in studies, those of one cohort once.

    >>> one = Study(iri="s", cohort="c", participants=20)
    >>> participants([one, Study(iri="t", cohort="c", participants=25)])
    25
    """
    largest: dict[str, int] = {}
    for study in studies:
        largest[study.cohort] = max(largest.get(study.cohort, 0), study.participants or 0)
    return sum(largest.values())


def body_of(
    entries: Collection[tuple[Study, str, frozenset[str]]], every: Tally, trials: Tally,
    i_squared: float | None = None, egger: float | None = None,
) -> Body | None:  # fmt: skip
    """Return the body of evidence of comparisons; None where there is none.

    Args:
        entries: for each comparison its study, the kind of its comparator, and the classes of what
            was measured; reviews and comparisons within a question are left out.
        every: how all cohorts stand.
        trials: how the randomized ones stand.
        i_squared: heterogeneity in percent, where effects were pooled.
        egger: the p value of Egger's test.
    """
    randomized = trials.compared > 0
    chosen = [entry for entry in entries if entry[0].randomized or not randomized]
    if not chosen:
        return None
    return Body(
        randomized=randomized,
        counts=trials if randomized else every,
        participants=participants(study for study, _, _ in chosen),
        comparators=frozenset(kind for _, kind, _ in chosen),
        classes=frozenset().union(*(classes for _, _, classes in chosen)),
        i_squared=i_squared,
        egger=egger,
    )
