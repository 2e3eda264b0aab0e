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
    `unclear` is true where the source itself calls a result mixed.
    """

    cohort: str
    arm: str
    other: str = ""
    stance: Stance
    unclear: bool = False


WITHIN = "within"
"""How a cohort stands that only compares arms which all fall under what is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one cohort stands on what is asked.

    Attributes:
        stance: what its results say together.
        compared: whether an arm was compared with something outside what is asked.
        within: whether it only compared arms that all fall under what is asked.
    """

    stance: Stance
    compared: bool
    within: bool = False

    @property
    def words(self) -> str:
        """The standing as pictures name it: the stance in words, or `WITHIN`."""
        return WITHIN if self.within else self.stance.words

    @property
    def column(self) -> str:
        """The field of `Tally` in which the cohort is counted."""
        if self.within:
            return "within"
        if not self.compared:
            return "baseline_better" if self.stance is Stance.SUPPORTS else "baseline_other"
        return self.stance.words.replace(" ", "_")


def standings(comparisons: Iterable[Comparison]) -> dict[str, Standing]:
    """Return how each cohort stands on what the comparisons are about, sorted by cohort.

    Comparisons of arms decide where there are any, else change since baseline. A comparison with an
    arm that falls under the same claim tells which form did better, not how the claim stands; a
    cohort that has nothing else stands within. Comparisons that disagree are mixed, and so is what
    a source calls mixed where nothing else decides.

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
    compared = [entry for entry in comparisons if entry.other and entry.other not in own]
    changed = [entry for entry in comparisons if not entry.other]
    if not (compared or changed):
        return Standing(stance=Stance.INCONCLUSIVE, compared=False, within=True)
    deciding = compared or changed
    found = agreed(entry.stance for entry in deciding)
    if found is Stance.INCONCLUSIVE and any(entry.unclear for entry in deciding):
        found = Stance.MIXED
    return Standing(stance=found, compared=bool(compared))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many cohorts stand how.

    Attributes:
        supports: compared with something else, and did better.
        no_difference: compared, without a difference.
        disputes: compared, and did worse.
        mixed: compared, with results that disagree.
        baseline_better: seen only before and after, and improved.
        baseline_other: seen only before and after, without improvement or with mixed results.
        within: only compared arms that all fall under what is asked.
    """

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

    @property
    def total(self) -> int:
        """How many cohorts have a result."""
        return self.compared + self.baseline_only + self.within


def tally(comparisons: Iterable[Comparison]) -> Tally:
    """Count how cohorts stand, each once.

    >>> one = Comparison(cohort="s", arm="A", other="B", stance=Stance.SUPPORTS)
    >>> forms = [Comparison(cohort="t", arm="C", other="D", stance=Stance.SUPPORTS),
    ...          Comparison(cohort="t", arm="D", other="C", stance=Stance.DISPUTES)]
    >>> found = tally([one, *forms])
    >>> found.supports, found.within, found.compared
    (1, 1, 1)
    """
    return Tally(**Counter(standing.column for standing in standings(comparisons).values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """What a whole tally says in one word, and what that rests on.

    Attributes:
        words: `supports`, `disputes`, `no difference`, `mixed` or `within`; empty without results.
        studies: on how many cohorts it rests.
        randomized: whether these are randomized studies.
        baseline: whether these were only seen before and after treatment.
    """

    words: str = ""
    studies: int = 0
    randomized: bool = False
    baseline: bool = False


def leaning(every: Tally, randomized: Tally) -> Leaning:
    """Return what the strongest kind of evidence of a tally says.

    Randomized comparisons decide where there are any, else other comparisons, else what was seen
    before and after treatment. The word is that of more than half of the cohorts that decide;
    without such a majority it is `mixed`.

    Args:
        every: the tally of all studies.
        randomized: the tally of the randomized ones among them.

    >>> leaning(Tally(supports=5, disputes=2), Tally(disputes=1))
    Leaning(words='disputes', studies=1, randomized=True, baseline=False)
    >>> leaning(Tally(baseline_better=3, within=1), Tally()).baseline
    True
    """
    deciding = randomized if randomized.compared else every
    if deciding.compared:
        words = _most(deciding, {stance.words for stance in Stance})
        return Leaning(words=words, studies=deciding.compared, randomized=deciding is randomized)
    if every.baseline_only:
        better = 2 * every.baseline_better > every.baseline_only
        words = (Stance.SUPPORTS if better else Stance.MIXED).words
        return Leaning(words=words, studies=every.baseline_only, baseline=True)
    return Leaning(words=WITHIN if every.within else "", studies=every.within)


def _most(counts: Tally, names: Iterable[str]) -> str:
    """Return the name of more than half of the cohorts that were compared, else `mixed`."""
    half = counts.compared / 2
    found = (name for name in names if getattr(counts, name.replace(" ", "_")) > half)
    return next(found, Stance.MIXED.words)
