"""Which studies a face holds: all of a graph, or those named and those behind named claims."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mngraph.errors import UsageError

if TYPE_CHECKING:
    from mngraph.evidence.statements import Statements


def kept_studies(facts: Statements, only: Iterable[str] = ()) -> list[str]:
    """Return the IRIs of studies, sorted.

    Args:
        facts: what a graph states.
        only: IRIs of studies, and of claims, which stand for the studies behind them and behind
            the narrower claims that they inherit from; none for every study.

    Raises:
        UsageError: none of them is a study or a claim with studies.

    >>> from mngraph.evidence.statements import Statements
    >>> from mngraph.store import open_store
    >>> facts = Statements(open_store())
    >>> claim = "https://w3id.org/mngraph/claim/microneedling_with_insulin_for_acne-scar"
    >>> 1 < len(kept_studies(facts, [claim])) < 100 < len(kept_studies(facts))
    True
    """
    every = {row["study"] for row in facts.rows("all-studies")}
    wanted = list(only)
    if not wanted:
        return sorted(every)
    behind = {row["study"] for row in facts.rows_of("support-of-claims", "claims", wanted)}
    found = sorted(every & {*wanted, *behind})
    if not found:
        raise UsageError(f"no study stands behind {', '.join(wanted)}")
    return found
