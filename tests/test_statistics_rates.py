"""Exact intervals of rates against a printed table and statsmodels."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mngraph.errors import SynthesisError
from mngraph.statistics.rates import rate

proportion = pytest.importorskip("statsmodels.stats.proportion")


@pytest.mark.parametrize(
    ("events", "total", "level", "lower", "upper"),
    [(3, 20, 0.95, 0.0321, 0.3789), (12, 30, 0.90, 0.2495, 0.5661),
     (42, 100, 0.95, 0.3220, 0.5229), (85, 120, 0.99, 0.5904, 0.8092)],
)  # fmt: skip
def test_exact_intervals_agree_with_a_printed_table(
    events: int, total: int, level: float, lower: float, upper: float
) -> None:
    """The table of codingace.net/statistics/clopper_pearson_interval.html."""
    found = rate(events, total, level)
    assert (round(found.lower, 4), round(found.upper, 4)) == (lower, upper)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_exact_intervals_agree_with_statsmodels(counts: tuple[int, int]) -> None:
    lower, upper = proportion.proportion_confint(*counts, method="beta")
    found = rate(*counts)
    assert found.lower == pytest.approx(0 if math.isnan(lower) else lower)
    assert found.upper == pytest.approx(1 if math.isnan(upper) else upper)


@pytest.mark.parametrize(
    ("events", "total", "why"), [(0, 0, "nobody at risk"), (3, 2, "3 affected of 2")]
)
def test_rates_that_do_not_exist_are_told(events: int, total: int, why: str) -> None:
    with pytest.raises(SynthesisError, match=why):
        rate(events, total)
