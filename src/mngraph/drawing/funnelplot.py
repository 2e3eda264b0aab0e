"""The funnel plot, with the test of Egger and others (BMJ 1997;315:629-634)."""

from __future__ import annotations

import math

from mngraph.drawing.plan import Plan
from mngraph.errors import UsageError
from mngraph.evidence.answer import Answer
from mngraph.evidence.pooling import TYPES, Estimate, Pooling
from mngraph.evidence.rows import interval_words
from mngraph.statistics.effects import RATIOS
from mngraph.statistics.funnel import FEWEST, egger
from mngraph.statistics.quantiles import NORMAL
from mngraph.tables import Cell, Table

LEFT, RIGHT, TOP, BOTTOM = 76.0, 1040.0, 130.0, 500.0
Z = NORMAL.inv_cdf(0.975)
SAYS_NOT = (
    "An asymmetric funnel can come from studies that were not published, and from other "
    "differences between small and large studies."
)


def plan(found: Answer) -> Plan:
    """Return the plot of the largest group of comparable effects of an answer.

    Raises:
        UsageError: no group has ten effects.
    """
    pooled = [group for group in found.pooled if group.pooled]
    most = max((len(group.estimates) for group in pooled), default=0)
    if most < FEWEST:
        raise UsageError(
            f"a funnel plot needs {FEWEST} comparable effects: on {found.subject} there are at "
            f"most {most}"
        )
    group = next(group for group in pooled if len(group.estimates) == most)
    return _plan(group)


def _plan(group: Pooling) -> Plan:
    errors = [math.sqrt(entry.effect.variance) for entry in group.estimates]
    largest = 1.1 * max(errors)
    center = group.pooled.random.estimate if group.pooled else 0.0
    reach = max(Z * largest, *(abs(e.effect.estimate - center) for e in group.estimates)) * 1.08

    def across(value: float) -> float:
        return round(LEFT + (value - center + reach) / (2 * reach) * (RIGHT - LEFT), 1)

    def up(error: float) -> float:
        return round(TOP + error / largest * (BOTTOM - TOP), 1)

    test = egger([entry.effect for entry in group.estimates])
    ticks = [center + reach * share for share in (-0.8, -0.4, 0.0, 0.4, 0.8)]
    scale = "logarithm of the " if group.kind in RATIOS else ""
    return Plan(
        name="Funnel plot",
        values={
            "points": [
                {"x": across(e.effect.estimate), "y": up(error), "words": _words(e)}
                for e, error in zip(group.estimates, errors, strict=True)
            ],
            "cone": (across(center - Z * largest), across(center + Z * largest)),
            "middle": across(center), "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM,
            "across": [(across(value), f"{value:.2f}") for value in ticks],
            "up": [(up(largest * s), f"{largest * s:.2f}") for s in (0.0, 0.25, 0.5, 0.75, 1.0)],
            "across_words": f"{scale}{TYPES[group.kind]}: {group.measure}",
        },
        bottom=BOTTOM + 48,
        above=(
            f"{group.title}. Each mark is a study; the line is the average of random effects.",
            "Dashed: where 95% of studies would lie if they all had the average effect.",
        ),
        notes=(
            f"Egger's test of {test.k} effects: slope {test.slope:.2f}, two-sided p {test.p:.2g}.",
            SAYS_NOT,
        ),
        table=_table(group),
    )  # fmt: skip


def _words(entry: Estimate) -> str:
    return f"{entry.study.label}: {interval_words(entry.shown)}"


def _table(group: Pooling) -> Table:
    rows: list[list[Cell]] = [
        [
            entry.study.label, entry.study.participants, interval_words(entry.shown),
            round(entry.effect.variance**0.5, 3),
        ]
        for entry in group.estimates
    ]  # fmt: skip
    return Table(["study", "n", "effect", "standard error"], rows)
