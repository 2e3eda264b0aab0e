"""How far two raters agree beyond chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mngraph.errors import SynthesisError
from mngraph.statistics.effects import Interval, symmetric
from mngraph.statistics.quantiles import NORMAL

WEIGHTS = ("equal", "linear")
"""How disagreements count: all alike, or more with each category between the two ratings."""


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa with its interval, and the (weighted) shares of agreement behind it."""

    kappa: Interval
    standard_error: float
    observed: float
    expected: float
    n: int


def cohens_kappa(
    table: Sequence[Sequence[int]], weights: str = "equal", level: float = 0.95
) -> Kappa:
    """Return Cohen's kappa with the standard error of Fleiss, Cohen and Everitt (1969).

    Args:
        table: how often the first rater chose the category of the row, and the second that of the
            column; as many rows as columns, in the same order.
        weights: "equal" (Cohen 1960), or "linear" for ordered categories: a disagreement counts
            by the number of categories that lie between.
        level: confidence level, 0 to 1.

    Raises:
        SynthesisError: a table that is not square or smaller than two by two, a negative count,
            no ratings, unknown weights, or one category that both raters always chose.

    >>> found = cohens_kappa([[31, 12], [4, 58]])
    >>> round(found.kappa.estimate, 4), round(found.standard_error, 4)
    (0.6757, 0.0734)
    """
    size = _check(table, weights)
    every = range(size)
    n = sum(map(sum, table))
    shares = [[count / n for count in row] for row in table]
    rows = [math.fsum(row) for row in shares]
    columns = [math.fsum(row[j] for row in shares) for j in every]
    credit = [[_credit(weights, i, j, size) for j in every] for i in every]
    cells = [(i, j) for i in every for j in every]
    observed = math.fsum(credit[i][j] * shares[i][j] for i, j in cells)
    expected = math.fsum(credit[i][j] * rows[i] * columns[j] for i, j in cells)
    if expected >= 1 - 1e-12:
        raise SynthesisError("both raters always chose the same category")
    kappa = (observed - expected) / (1 - expected)
    of_row = [math.fsum(credit[i][j] * columns[j] for j in every) for i in every]
    of_column = [math.fsum(credit[i][j] * rows[i] for i in every) for j in every]
    squares = math.fsum(
        shares[i][j] * (credit[i][j] - (of_row[i] + of_column[j]) * (1 - kappa)) ** 2
        for i, j in cells
    )
    rest = max(0.0, squares - (kappa - expected * (1 - kappa)) ** 2)
    error = math.sqrt(rest / n) / (1 - expected)
    half = NORMAL.inv_cdf(0.5 + level / 2) * error
    return Kappa(symmetric(kappa, half), error, observed, expected, n)


def _credit(weights: str, row: int, column: int, size: int) -> float:
    if weights == "equal":
        return float(row == column)
    return 1 - abs(row - column) / (size - 1)


def _check(table: Sequence[Sequence[int]], weights: str) -> int:
    size = len(table)
    if weights not in WEIGHTS:
        raise SynthesisError(f"no weights {weights}: there are {' and '.join(WEIGHTS)}")
    if size < 2 or any(len(row) != size for row in table):
        raise SynthesisError("the table of two raters needs as many rows as columns, two or more")
    if any(count < 0 for row in table for count in row):
        raise SynthesisError("a count of ratings is negative")
    if not any(count for row in table for count in row):
        raise SynthesisError("no ratings")
    return size
