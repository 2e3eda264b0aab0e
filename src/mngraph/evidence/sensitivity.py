"""What stands beside an average: how much it rests on one study, and whether groups differ.

Both are looked at wherever there are enough studies, and are told with what they do not say. Groups
are those of the procedure and of the design level within one average, and of the comparator among
averages of one measure. A group counts from two cohorts on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mngraph.errors import SynthesisError
from mngraph.evidence.model import Study
from mngraph.evidence.pooling import TYPES, Estimate, Pooling
from mngraph.evidence.rows import Cell, interval_words
from mngraph.statistics import effects
from mngraph.statistics import pooling as inverse_variance
from mngraph.statistics.effects import Interval
from mngraph.statistics.pooling import Difference
from mngraph.tables import Table
from mngraph.wording import counted

PROCEDURE, LEVEL, COMPARATOR = "procedure", "design level", "comparator"
"""What studies are grouped by."""
LEFT_OUT_COLUMNS = ["effect", "studies", "lowest", "highest", "changes_most_without", "then"]
GROUP_COLUMNS = ["effect", "grouped_by", "group", "studies", "random", "i_squared", "difference"]
LEFT_OUT_TITLE = "Leaving one study out"
GROUPS_TITLE = "Subgroups"
LEFT_OUT_SAYS = (
    "Leaving one study out shows how far an average rests on one of them; of two studies the other "
    "one is left. It does not show which study is right."
)
GROUPS_SAY = (
    "Groups of studies differ in more than what they are grouped by, so a difference may have "
    "another cause. With few studies the test finds large differences only: a large p value does "
    "not show that groups are alike."
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An average without each of its studies in turn, on the scale of readers.

    Attributes:
        title: what was averaged, as text.
        name: the same in short: the measure and what was compared with.
        studies: how many studies were averaged.
        lowest: the lowest estimate.
        highest: the highest.
        most: the study without which the average changes most.
        without: the estimate without that study, with its interval.
    """

    title: str
    name: str
    studies: int
    lowest: float
    highest: float
    most: Study
    without: Interval

    @property
    def words(self) -> str:
        """The range in a few words."""
        most = f" (most without {self.most.label or self.most.key})" if self.studies > 2 else ""
        return f"{self.name} {self.lowest:.2f} to {self.highest:.2f}{most}"


@dataclass(frozen=True, slots=True)
class Group:
    """Studies of one kind: what they have in common, how many, and their average."""

    name: str
    studies: int
    average: Interval
    i_squared: float


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups of an average, and the test for a difference between them.

    Attributes:
        title: what was averaged, as text.
        by: what studies are grouped by: `PROCEDURE`, `LEVEL` or `COMPARATOR`.
        groups: the groups of two or more cohorts.
        difference: the test; None for one group, or where cohorts are in several groups.
        why: why there is no test.
    """

    title: str
    by: str
    groups: tuple[Group, ...]
    difference: Difference | None = None
    why: str = ""

    @property
    def words(self) -> str:
        """The test in words, or why there is none."""
        found = self.difference
        return f"Q {found.q:.2f}, df {found.freedom}, p {found.p:.2g}" if found else self.why


def leave_one_out(group: Pooling) -> LeftOut | None:
    """Return an average without each of its studies in turn; None where nothing was averaged."""
    average = group.random()
    if group.pooled is None or average is None:
        return None
    given = [entry.effect for entry in group.estimates]
    if len(given) == 2:
        without = [effects.around(given[1]), effects.around(given[0])]
    else:
        try:
            without = [found.random for found in inverse_variance.leave_one_out(given)]
        except SynthesisError:
            return None
    middle = group.pooled.random.estimate
    far = max(range(len(given)), key=lambda n: (abs(without[n].estimate - middle), -n))
    shown = [effects.shown_scale(group.kind, interval) for interval in without]
    values = [interval.estimate for interval in shown]
    name = f"{group.measure} against {group.comparator}"
    most = group.estimates[far].study
    return LeftOut(group.title, name, len(given), min(values), max(values), most, shown[far])


def groupings(groups: Sequence[Pooling], labels: Mapping[str, str]) -> Iterator[Grouping]:
    """Yield how averages differ by procedure, design level and comparator.

    Args:
        groups: groups of comparable effects.
        labels: the name of each procedure, by its IRI.
    """
    for group in groups:
        if group.pooled:
            yield from within(group, labels)
    yield from between(groups)


def procedures(groups: Iterable[Pooling]) -> set[str]:
    """Return the IRIs of the procedures of the studies that were averaged."""
    averaged = (entry for group in groups if group.pooled for entry in group.estimates)
    return {entry.procedure for entry in averaged if entry.procedure}


def within(group: Pooling, labels: Mapping[str, str]) -> Iterator[Grouping]:
    """Yield the groups of an average by procedure and by design level, where there are several.

    Args:
        group: the average.
        labels: the name of each procedure, by its IRI.
    """

    def procedure(entry: Estimate) -> str:
        return labels.get(entry.procedure, entry.procedure)

    def level(entry: Estimate) -> str:
        return f"level {entry.study.level}" if entry.study.level else ""

    kinds: tuple[tuple[str, Callable[[Estimate], str]], ...] = (
        (PROCEDURE, procedure), (LEVEL, level),
    )  # fmt: skip
    for by, name in kinds:
        members: dict[str, list[Estimate]] = defaultdict(list)
        for entry in group.estimates:
            members[name(entry)].append(entry)
        large = {key: found for key, found in sorted(members.items()) if key and len(found) > 1}
        if len(members) > 1 and large:
            yield _grouping(group.title, group.kind, by, large)


def between(groups: Iterable[Pooling]) -> Iterator[Grouping]:
    """Yield the averages of one measure and one type by what was compared with."""
    alike: dict[tuple[str, str], dict[str, list[Estimate]]] = defaultdict(dict)
    for group in groups:
        if group.pooled:
            alike[group.measure, group.kind][group.comparator] = list(group.estimates)
    for (measure, kind), members in sorted(alike.items()):
        if len(members) > 1:
            title = f"{measure}: {TYPES[kind]}"
            yield _grouping(title, kind, COMPARATOR, dict(sorted(members.items())))


def _grouping(title: str, kind: str, by: str, members: Mapping[str, list[Estimate]]) -> Grouping:
    pooled: dict[str, inverse_variance.Pooled] = {}
    for name, found in members.items():
        pooled[name] = inverse_variance.pool([entry.effect for entry in found])
    shown = tuple(
        Group(
            name,
            len(members[name]),
            effects.shown_scale(kind, average.random),
            average.i_squared,
        )
        for name, average in pooled.items()
    )
    cohorts = [entry.study.cohort for found in members.values() for entry in found]
    if len(pooled) < 2:
        return Grouping(title, by, shown, None, "no test: one group has two studies or more")
    if len(set(cohorts)) < len(cohorts):
        return Grouping(title, by, shown, None, "no test: a study is in several groups")
    return Grouping(title, by, shown, inverse_variance.difference(list(pooled.values())))


def left_out_table(found: Iterable[LeftOut]) -> Table:
    """Return one row for each average."""
    rows: list[list[Cell]] = [
        [
            each.title, each.studies, f"{each.lowest:.2f}", f"{each.highest:.2f}",
            each.most.label or each.most.key, interval_words(each.without),
        ]
        for each in found
    ]  # fmt: skip
    return Table(LEFT_OUT_COLUMNS, rows, LEFT_OUT_TITLE)


def groups_table(found: Iterable[Grouping]) -> Table:
    """Return one row for each group of studies."""
    rows: list[list[Cell]] = [
        [
            each.title, each.by, group.name, group.studies, interval_words(group.average),
            f"{group.i_squared:.0f} %", each.words,
        ]
        for each in found
        for group in each.groups
    ]  # fmt: skip
    return Table(GROUP_COLUMNS, rows, GROUPS_TITLE)


def line(left: Sequence[LeftOut], grouped: Sequence[Grouping]) -> str:
    """Return what stands beside averages in one short line; empty without an average.

    >>> line([], [])
    ''
    """
    if not left:
        return ""
    said = "; ".join(each.words for each in left[:3])
    rest = len(left) - 3
    more = f"; {counted(rest, 'more average')}" if rest > 0 else ""
    pairs = all(each.studies == 2 for each in left)
    why = " (of two studies, the other one alone is left)" if pairs else ""
    tested = [each for each in grouped if each.difference]
    groups = "".join(f" {each.title} by {each.by}: {each.words}." for each in tested[:2])
    return f"Averages without one study: {said}{more}{why}.{groups}"
