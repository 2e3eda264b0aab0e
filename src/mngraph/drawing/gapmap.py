"""The evidence gap map: what was studied for what, how strongly, with what result, and where not.

Rows are indications or adverse events, columns are modalities that were combined with the
procedure (and the procedure alone), or procedures (related techniques too). Evidence counts upward:
a study of atrophic acne scar stands in the rows of acne scar and scar too. Reports of one cohort
are one study, at the level of the strongest; reviews are counted apart and decide nothing where
there are studies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mngraph import context
from mngraph.cards.study import ArmCard, StudyCard, total_participants
from mngraph.concepts import INERT
from mngraph.drawing.headings import Heading, check, headings, part_of
from mngraph.drawing.networkfacts import Facts, read_facts
from mngraph.errors import UsageError
from mngraph.evidence.stance import (
    WITHIN,
    Comparison,
    Leaning,
    Stance,
    Standing,
    leaning,
    standings,
    tally,
)
from mngraph.store import Store
from mngraph.tables import Table
from mngraph.wording import counted, listed

ROWS = ("indication", "event")
COLUMNS = ("modality", "procedure")
SIZES = ("studies", "participants")
BANDS = ("1", "2", "3", "4\N{EN DASH}5")
"""Bands of starting levels, strongest first; studies without a level are in the last."""
ALONE = "alone"
CONTROL = "modality:control-intervention"
STANCES = tuple(stance.words for stance in Stance)
NOT_STATED = "not stated"
COUNTS = (
    "supports", "favours_comparator", "no_difference", "mixed", "baseline_only", "not_stated",
    "compares_forms",
)  # fmt: skip
"""What the studies of a bubble are counted by; together they make `studies`."""
Cell = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Member:
    """A report or review in a cell, and how its cohort stands there.

    `stance` is that of the comparisons of the cohort, or `within` where it only compared forms of
    what the cell is about; `compared` is false there, and where it was compared with its own
    baseline alone.
    """

    study: str
    stance: str
    compared: bool
    inherited: bool
    review: bool


@dataclass(frozen=True, kw_only=True)
class Bubble:
    """The studies of one band of levels in a cell; reviews are counted apart, never added.

    `reports` is how many publications report the studies: a cohort may have more than one.
    """

    band: str
    studies: int
    reports: int
    reviews: int
    participants: int
    members: tuple[Member, ...]
    counts: Mapping[str, int]
    leaning: Leaning

    @property
    def stance(self) -> str:
        """What most studies that decide say (`stance.leaning`); without results, `not stated`.

        Reviews decide only where there is no study.
        """
        return self.leaning.words or NOT_STATED

    @property
    def baseline(self) -> bool:
        """Whether every result is a change from baseline: the weakest kind of evidence."""
        return self.leaning.baseline


@dataclass
class GapMap:
    """Rows, columns and the bubbles of each cell that has studies; all other cells are gaps.

    >>> import mngraph
    >>> found = mngraph.load().gap_map(rows="event", columns="procedure")
    >>> found.gaps > 0, found.table().columns[:2]
    (True, ['adverse_event', 'procedure'])
    >>> row, column, bubble = next(found.bubbles())
    >>> bubble in found.cells[row.key, column.key]
    True
    """

    rows: list[Heading]
    columns: list[Heading]
    cells: dict[Cell, tuple[Bubble, ...]]
    studies: dict[str, StudyCard]
    kinds: tuple[str, str]
    size: str
    noun: str
    about: dict[str, str] = field(default_factory=dict)
    focus: tuple[str, ...] = ()
    left_out: tuple[int, int] = (0, 0)
    """How many rows and how many columns a focus leaves out because nothing was studied there."""

    @property
    def gap_words(self) -> str:
        """How many gaps there are, and what the map does not show of them.

        >>> kinds = ("indication", "modality")
        >>> GapMap([], [], {}, {}, kinds, "studies", "needling", left_out=(0, 9)).gap_words
        '0 gaps among the columns shown; 9 more columns were not studied (--all)'
        """
        found = counted(self.gaps, "gap")
        sides = zip(self.left_out, ("more row", "more column"), strict=True)
        missing = [counted(number, what) for number, what in sides if number]
        if not missing:
            return found
        were = "was" if sum(self.left_out) == 1 else "were"
        names = zip(self.left_out, ("rows", "columns"), strict=True)
        shown = f"{found} among the {listed(name for number, name in names if number)} shown"
        return f"{shown}; {listed(missing)} {were} not studied (--all)"

    @property
    def gaps(self) -> int:
        """How many cells have no study."""
        return len(self.rows) * len(self.columns) - len(self.cells)

    def table(self) -> Table:
        """Return the numbers of every bubble: one row for each cell and band."""
        names = [self.kinds[0].replace("event", "adverse_event"), "combined_with"]
        if self.kinds[1] == "procedure":
            names[1] = "procedure"
        shown = [*names, "starting_level", "studies", "reviews", "participants"]
        shown += COUNTS if self.kinds[0] == "indication" else ()
        rows = [
            [row.label, column.label, bubble.band, bubble.studies, bubble.reviews,
             bubble.participants or None, *bubble.counts.values()][: len(shown)]
            for row, column, bubble in self.bubbles()
        ]  # fmt: skip
        return Table(shown, rows, "Evidence gap map")

    def bubbles(self) -> Iterator[tuple[Heading, Heading, Bubble]]:
        """Yield every bubble with its row and column, row by row."""
        for row in self.rows:
            for column in self.columns:
                for bubble in self.cells.get((row.key, column.key), ()):
                    yield row, column, bubble


def gap_map(
    store: Store, rows: str = "indication", columns: str = "modality", *,
    everything: bool = False, size: str = "studies", focus: Collection[str] = (),
) -> GapMap:  # fmt: skip
    """Return the evidence gap map of a graph.

    Args:
        store: a graph.
        rows: `indication` or `event`.
        columns: `modality` or `procedure`.
        everything: also rows and columns without any study.
        size: what the size of a bubble shows, `studies` or `participants`.
        focus: IRIs or CURIEs of concepts; only their rows and columns, and those of narrower
            concepts. Without one, the whole map.

    Raises:
        UsageError: rows, columns or size are none of these, or a focus is on neither side.
    """
    given = (("rows", rows, ROWS), ("columns", columns, COLUMNS), ("size", size, SIZES))
    for name, value, allowed in given:
        if value not in allowed:
            raise UsageError(f"{name} can be {' or '.join(allowed)}, not {value!r}")
    facts = read_facts(store)
    found = _collect(facts, rows, columns)
    cells = {cell: tuple(_bubbles(facts, members)) for cell, members in found.items()}
    of_column = _studies_of(found, 1)
    across = headings(facts, columns, of_column, everything=everything)
    if columns == "modality":
        across.insert(0, Heading(ALONE, f"{facts.noun} alone", 0, len(of_column[ALONE])))
        if not everything:
            across = [h for h in across if h.key != CONTROL and not _inert(facts, h.key)]
    down = headings(facts, rows, _studies_of(found, 0), everything=everything)
    wanted = {context.compact(context.expand(text)) for text in focus}
    names = tuple(check(facts, curie, (rows, columns)) for curie in sorted(wanted))
    down, across = part_of(facts, down, wanted), part_of(facts, across, wanted)
    shown = {(row.key, column.key) for row in down for column in across}
    cells = {cell: bubbles for cell, bubbles in cells.items() if cell in shown}
    left_out = (0, 0)
    if wanted and not everything:
        down = [row for row in down if any(row.key == key for key, _ in cells)]
        across = [column for column in across if any(column.key == key for _, key in cells)]
        left_out = (
            _left_out(facts, rows, wanted, down), _left_out(facts, columns, wanted, across)
        )  # fmt: skip
    used = {m.study for bubbles in cells.values() for b in bubbles for m in b.members}
    studies = {key: study for key, study in facts.studies.items() if key in used}
    return GapMap(
        down,
        across,
        cells,
        studies,
        (rows, columns),
        size,
        facts.noun,
        facts.about,
        names,
        left_out,
    )


def _left_out(facts: Facts, kind: str, wanted: set[str], shown: Iterable[Heading]) -> int:
    """Return how many rows or columns of a focus are not shown, placebos and the like left out."""
    keys = {heading.key for heading in shown}
    every = part_of(facts, headings(facts, kind, {}, everything=True), wanted)
    return sum(each.key not in keys and not _inert(facts, each.key) for each in every)


# --- which study stands in which cell --------------------------------------------------------


@dataclass
class _Membership:
    """A study in a cell: what it says there, and whether it names the cell itself."""

    comparisons: set[Comparison] = field(default_factory=set)
    exact: bool = False


Found = dict[Cell, dict[str, _Membership]]


def _collect(facts: Facts, rows: str, columns: str) -> Found:
    """Return, for each cell, the studies with an arm that belongs there."""
    found: Found = defaultdict(lambda: defaultdict(_Membership))
    for study in facts.studies.values():
        for arm in study.arms:
            if not arm.procedure:
                continue
            if columns == "modality" and not facts.is_subject(arm.procedure):
                continue
            own = study.indications
            if rows == "event":
                own = tuple(sorted({r.event for r in study.reports if r.arm == arm.id}))
            exact = _columns_of(facts, arm, columns)
            across = {up for key in exact for up in facts.upward(key)}
            for named in own:
                comparisons = set(facts.comparisons(study, arm.id, named))
                for row in facts.upward(named):
                    for column in across:
                        member = found[row, column][study.key]
                        member.comparisons |= comparisons
                        member.exact |= row == named and column in exact
    return found


def _columns_of(facts: Facts, arm: ArmCard, columns: str) -> set[str]:
    """Return the columns that an arm names; a placebo given along leaves the procedure alone."""
    if columns == "procedure":
        return {arm.procedure} if arm.procedure else set()
    active = [m for m in arm.combined if not _inert(facts, m)]
    return set(arm.combined) if active else {ALONE, *arm.combined}


def _inert(facts: Facts, key: str) -> bool:
    """Return whether a modality is a placebo, a vehicle, a sham or nothing."""
    return key in facts.concepts and bool(INERT & facts.upward(key))


def _studies_of(found: Found, side: int) -> dict[str, set[str]]:
    """Return the studies of each row (0) or column (1)."""
    studies: dict[str, set[str]] = defaultdict(set)
    for cell, members in found.items():
        studies[cell[side]] |= members.keys()
    return studies


# --- bubbles ---------------------------------------------------------------------------------


def _bubbles(facts: Facts, members: Mapping[str, _Membership]) -> Iterator[Bubble]:
    """Yield the bubbles of a cell, strongest band first."""
    bands = _bands(facts.studies, members)
    found = _standings(facts.studies, members)
    banded: dict[str, list[Member]] = defaultdict(list)
    for key in sorted(members, key=lambda key: (-(facts.studies[key].year or 0), key)):
        study = facts.studies[key]
        standing = found[study.review].get(study.cohort)
        member = Member(
            study=key,
            stance=standing.words if standing else NOT_STATED,
            compared=bool(standing and standing.compared),
            inherited=not members[key].exact,
            review=study.review,
        )
        banded[bands[key]].append(member)
    for name in BANDS:
        if name in banded:
            yield _bubble(facts.studies, name, banded[name], members)


def _standings(
    studies: Mapping[str, StudyCard], members: Mapping[str, _Membership]
) -> dict[bool, dict[str, Standing]]:
    """Return how each cohort of a cell stands, studies (False) and reviews (True) apart."""
    return {
        review: standings(
            comparison
            for key, member in members.items()
            if studies[key].review is review
            for comparison in member.comparisons
        )
        for review in (False, True)
    }


def _bands(studies: Mapping[str, StudyCard], keys: Iterable[str]) -> dict[str, str]:
    """Return the band of each study: that of the strongest report of its cohort in the cell.

    A review stands by its own level.
    """
    own = {key: band(studies[key].level) for key in keys}
    strongest: dict[str, str] = {}
    for key in own:
        if not (study := studies[key]).review:
            strongest[study.cohort] = min(
                own[key], strongest.get(study.cohort, BANDS[-1]), key=BANDS.index
            )
    return {
        key: name if studies[key].review else strongest[studies[key].cohort]
        for key, name in own.items()
    }


def _bubble(
    studies: Mapping[str, StudyCard],
    name: str,
    members: list[Member],
    cell: Mapping[str, _Membership],
) -> Bubble:
    """Return the bubble of some members, of all that stand in a cell.

    A report that is weaker than its cohort stands in the band of the strongest, so the bubble
    has all comparisons of its cohorts.
    """
    primary = [m for m in members if not m.review]
    of_cohort = {studies[m.study].cohort: m for m in primary}
    counts = dict.fromkeys((*STANCES, "baseline only", NOT_STATED, WITHIN), 0)
    for member in of_cohort.values():
        from_baseline = member.stance in STANCES and not member.compared
        counts["baseline only" if from_baseline else member.stance] += 1
    deciding = [(studies[m.study], cell[m.study].comparisons) for m in primary or members]
    return Bubble(
        band=name,
        studies=len(of_cohort),
        reports=len(primary),
        reviews=len(members) - len(primary),
        participants=total_participants(studies[m.study] for m in primary),
        members=tuple(members),
        counts=counts,
        leaning=leaning(
            tally(each for _, found in deciding for each in found),
            tally(each for study, found in deciding if study.randomized for each in found),
        ),
    )


def band(level: int | None) -> str:
    """Return the band of a starting level.

    >>> band(2), band(5) == band(None)
    ('2', True)
    """
    return BANDS[min(level or 5, 4) - 1]
