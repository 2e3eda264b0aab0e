"""From what outcomes say to how studies stand: direction, stance, standing and tally, in one place.

An outcome has a direction; seen from one of its arms it has a stance. The stances of a cohort make
its standing on what is asked, and standings are counted in a tally.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Stance(StrEnum):
    """What a result says for an arm, by the local name of the ontology's term."""

    SUPPORTS = "Supports"
    DISPUTES = "Disputes"
    INCONCLUSIVE = "Inconclusive"
    MIXED = "MixedStance"

    @property
    def words(self) -> str:
        """The stance as pictures name it.

        >>> [stance.words for stance in Stance]
        ['supports', 'disputes', 'no difference', 'mixed']
        """
        return WORDS[self]


WORDS = {
    Stance.SUPPORTS: "supports", Stance.DISPUTES: "disputes",
    Stance.INCONCLUSIVE: "no difference", Stance.MIXED: "mixed",
}  # fmt: skip

BETWEEN_ARMS = {
    "FavoursFirst": (Stance.SUPPORTS, Stance.DISPUTES),
    "FavoursSecond": (Stance.DISPUTES, Stance.SUPPORTS),
    "NoDifference": (Stance.INCONCLUSIVE, Stance.INCONCLUSIVE),
    "Mixed": (Stance.INCONCLUSIVE, Stance.INCONCLUSIVE),
}
"""What a comparison says for its first and for its second arm, by direction."""

SINCE_BASELINE = {
    "ImprovedFromBaseline": Stance.SUPPORTS,
    "NoImprovement": Stance.DISPUTES,
}
"""What a change since baseline says for each arm that it names, by direction."""


def of_outcome(direction: str, second: bool = False) -> Stance | None:
    """Return what an outcome says for its first arm, or for its second; None without a direction.

    >>> of_outcome("FavoursFirst"), of_outcome("FavoursFirst", second=True), of_outcome("")
    (<Stance.SUPPORTS: 'Supports'>, <Stance.DISPUTES: 'Disputes'>, None)
    """
    if direction in SINCE_BASELINE:
        return SINCE_BASELINE[direction]
    return BETWEEN_ARMS[direction][second] if direction in BETWEEN_ARMS else None


def sides(
    direction: str, first: str, seconds: Sequence[str] = ()
) -> Iterator[tuple[str, str, Stance]]:
    """Yield each arm that an outcome is about, the arm that it is compared with, and the stance.

    The other arm is empty where an arm is compared with its own baseline.

    >>> [(arm, other, stance.value) for arm, other, stance in sides("FavoursFirst", "A", ["B"])]
    [('A', 'B', 'Supports'), ('B', 'A', 'Disputes')]
    >>> [(arm, other, stance.value) for arm, other, stance in sides("NoImprovement", "A")]
    [('A', '', 'Disputes')]
    """
    if direction in SINCE_BASELINE:
        yield from ((arm, "", SINCE_BASELINE[direction]) for arm in (first, *seconds))
    elif seconds and direction in BETWEEN_ARMS:
        one, two = BETWEEN_ARMS[direction]
        yield from ((first, arm, one) for arm in seconds)
        yield from ((arm, first, two) for arm in seconds)
    elif direction in ("NoDifference", "Mixed"):
        yield first, "", Stance.INCONCLUSIVE


def agreed(stances: Iterable[Stance]) -> Stance:
    """Return the one stance that all share, else `Stance.MIXED`.

    >>> agreed({Stance.SUPPORTS}).value, agreed({Stance.SUPPORTS, Stance.INCONCLUSIVE}).value
    ('Supports', 'MixedStance')
    """
    found = set(stances)
    return found.pop() if len(found) == 1 else Stance.MIXED


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What one study says about one arm; `other` is empty where it is compared with its baseline.

    Arms are named by their IRI, or by anything else that is different for each arm of each study.
    """

    cohort: str
    arm: str
    other: str = ""
    stance: Stance


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one cohort stands on what is asked.

    Attributes:
        stance: what its results say together.
        compared: false where the cohort was compared with its own baseline alone.
        within: true where it only compared arms that all fall under what is asked.
    """

    stance: Stance
    compared: bool
    within: bool = False


def standings(comparisons: Iterable[Comparison]) -> dict[str, Standing]:
    """Return how each cohort stands on what the comparisons are about, sorted by cohort.

    Comparisons of arms decide where there are any, else change since baseline. A comparison with an
    arm that falls under the same claim tells which form did better, not how the claim stands; a
    cohort that has nothing else is inconclusive. Comparisons that disagree are mixed.

    >>> both = [Comparison(cohort="s", arm="A", other="B", stance=Stance.SUPPORTS),
    ...         Comparison(cohort="s", arm="A", stance=Stance.DISPUTES)]
    >>> standings(both)["s"].stance, standings(both)["s"].compared
    (<Stance.SUPPORTS: 'Supports'>, True)
    """
    of_cohort: dict[str, list[Comparison]] = defaultdict(list)
    for entry in comparisons:
        of_cohort[entry.cohort].append(entry)
    return {cohort: _standing(of_cohort[cohort]) for cohort in sorted(of_cohort)}


def _standing(comparisons: Sequence[Comparison]) -> Standing:
    own = {entry.arm for entry in comparisons}
    compared = {entry.stance for entry in comparisons if entry.other and entry.other not in own}
    if compared:
        return Standing(stance=agreed(compared), compared=True)
    changed = {entry.stance for entry in comparisons if not entry.other}
    if changed:
        return Standing(stance=agreed(changed), compared=False)
    return Standing(stance=Stance.INCONCLUSIVE, compared=True, within=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many cohorts stand how; the first four were compared, the next two were not."""

    supports: int = 0
    no_difference: int = 0
    disputes: int = 0
    mixed: int = 0
    baseline_better: int = 0
    baseline_other: int = 0
    within: int = 0

    @property
    def compared(self) -> int:
        """How many cohorts were compared with something outside what is asked."""
        return self.supports + self.no_difference + self.disputes + self.mixed

    @property
    def baseline_only(self) -> int:
        """How many cohorts were compared with their own baseline alone."""
        return self.baseline_better + self.baseline_other


def tally(
    cohorts: Iterable[str], comparisons: Iterable[Comparison], unclear: Iterable[str] = ()
) -> Tally:
    """Count how cohorts stand.

    Args:
        cohorts: every cohort that has a result, each counted once.
        comparisons: their comparisons, without those whose arms both fall under what is asked.
        unclear: the cohorts with an outcome that a source calls mixed; where such a cohort is
            inconclusive, it counts as mixed rather than as no difference.

    >>> one = Comparison(cohort="s", arm="A", other="B", stance=Stance.SUPPORTS)
    >>> found = tally(["s", "t"], [one])
    >>> found.supports, found.within, found.compared
    (1, 1, 1)
    """
    standing, mixed = standings(comparisons), set(unclear)
    names = (_column(standing.get(cohort), unclear=cohort in mixed) for cohort in set(cohorts))
    return Tally(**Counter(names))


def _column(standing: Standing | None, *, unclear: bool) -> str:
    """Return the field of `Tally` in which a cohort is counted."""
    if standing is None:
        return "within"
    if not standing.compared:
        return "baseline_better" if standing.stance is Stance.SUPPORTS else "baseline_other"
    if standing.stance is Stance.INCONCLUSIVE:
        return "mixed" if unclear else "no_difference"
    return standing.stance.words
