"""Distribution functions against SciPy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mngraph.statistics.quantiles import (
    beta_probability,
    beta_quantile,
    chi_squared_tail,
    normal_of_tails,
    normal_tail,
    t_of_tails,
    t_quantile,
    t_tails,
)  # fmt: skip

special = pytest.importorskip("scipy.special")

PROBABILITIES = st.sampled_from([0.0005, 0.005, 0.025, 0.05, 0.4, 0.6, 0.95, 0.975, 0.995, 0.9995])
SHAPES = st.one_of(st.integers(1, 60), st.integers(1, 100_000))


@given(SHAPES, SHAPES, PROBABILITIES)
def test_beta_quantiles_agree_with_scipy(a: int, b: int, p: float) -> None:
    assert beta_quantile(a, b, p) == pytest.approx(special.betaincinv(a, b, p), rel=1e-9)


@given(SHAPES, SHAPES, st.floats(0, 1))
def test_beta_probabilities_agree_with_scipy(a: int, b: int, x: float) -> None:
    assert beta_probability(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-8, abs=1e-12)


@given(st.integers(1, 500), PROBABILITIES)
def test_t_quantiles_agree_with_scipy(freedom: int, p: float) -> None:
    assert t_quantile(freedom, p) == pytest.approx(special.stdtrit(freedom, p), rel=1e-9)
    assert t_quantile(freedom, 0.5) == 0


@given(st.integers(1, 500), st.floats(0, 2000))
def test_chi_squared_tails_agree_with_scipy(freedom: int, value: float) -> None:
    expected = special.chdtrc(freedom, value)
    assert chi_squared_tail(freedom, value) == pytest.approx(expected, rel=1e-9, abs=1e-300)


@given(st.integers(1, 500), st.floats(1e-12, 0.999))
def test_t_of_two_tails_agrees_with_scipy(freedom: int, p: float) -> None:
    assert t_of_tails(freedom, p) == pytest.approx(
        -special.stdtrit(freedom, p / 2), rel=1e-7, abs=1e-9
    )


@given(st.integers(1, 500), st.floats(-30, 30))
def test_tails_of_t_agree_with_scipy(freedom: int, value: float) -> None:
    expected = 2 * special.stdtr(freedom, -abs(value))
    assert t_tails(freedom, value) == pytest.approx(expected, rel=1e-7, abs=1e-300)


@given(st.floats(-30, 30), st.floats(1e-12, 1))
def test_normal_tails_agree_with_scipy(value: float, p: float) -> None:
    assert normal_tail(value) == pytest.approx(special.ndtr(-value), rel=1e-9)
    assert normal_of_tails(p) == pytest.approx(-special.ndtri(p / 2), rel=1e-7, abs=1e-9)
