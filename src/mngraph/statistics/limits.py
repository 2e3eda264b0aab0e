"""Checks of the numbers that a formula needs; each says in plain words what is wrong."""

from __future__ import annotations

import math

from mngraph.errors import SynthesisError


def positive(name: str, *values: float) -> None:
    """Check that values are finite and above 0.

    Args:
        name: what the values are, for the message ("a standard deviation").
        values: in any unit.

    Raises:
        SynthesisError: one is not.

    >>> positive("a standard deviation", 4.5, 5.5)
    """
    for value in values:
        if not 0 < value < math.inf:
            raise SynthesisError(f"{name} of {value:g} is not a positive number")


def finite(name: str, *values: float) -> None:
    """Check that values are finite.

    Args:
        name: what the values are, for the message ("a mean").
        values: in any unit.

    Raises:
        SynthesisError: one is not.

    >>> finite("a mean", -3.0)
    """
    for value in values:
        if not math.isfinite(value):
            raise SynthesisError(f"{name} of {value:g} is not a finite number")


def between(name: str, value: float, low: float, high: float) -> None:
    """Check that a value lies strictly between two others.

    Args:
        name: what the value is, for the message ("a level").
        value: in any unit.
        low: what it must exceed.
        high: what it must be below.

    Raises:
        SynthesisError: it does not.

    >>> between("a level", 0.95, 0, 1)
    """
    if not low < value < high:
        raise SynthesisError(f"{name} of {value:g} is not between {low:g} and {high:g}")


def at_least(name: str, least: int, *sizes: int) -> None:
    """Check that sizes are no smaller than a formula needs.

    Args:
        name: what is counted, for the message ("participants in an arm").
        least: the smallest number that will do.
        sizes: the counts.

    Raises:
        SynthesisError: one is smaller.

    >>> at_least("participants in an arm", 2, 30, 31)
    """
    for size in sizes:
        if size < least:
            raise SynthesisError(f"{size} {name}, but the formula needs {least} or more")


def two_sided_p(p: float) -> None:
    """Check a two-sided p value: above 0, and at most 1.

    Args:
        p: the p value.

    Raises:
        SynthesisError: it is not.

    >>> two_sided_p(0.049)
    """
    if not 0 < p <= 1:
        raise SynthesisError(f"a p value of {p:g} is not above 0 and at most 1")
