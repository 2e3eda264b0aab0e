"""What a graph must hold, and where in its records it does not.

Shapes are SHACL (ontology/shapes/*.ttl); checks are SELECT queries whose every row is a fault, or
a warning where their header has the line `# severity: warning` (ontology/checks/*.rq). Both name a
node, a property and a sentence; for nodes that come from a record the file and line are found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph import conformance, context, resources, shapes, sparql
from mngraph.store import local

if TYPE_CHECKING:
    from mngraph.store import Store

Locate = Callable[[str, str | None], tuple[Path, int] | None]

LONGEST = 120
"""How many characters of a faulty value a message shows."""


@dataclass(frozen=True, order=True, kw_only=True)
class Finding:
    """One fault or warning. Those of records sort before those of what was derived from them.

    Attributes:
        derived: whether the node comes from no record.
        place: where it is: `file:line`, or the node and the path to its faulty values.
        message: what is wrong, and what is right.
        node: IRI of the node.
        path: the path to the faulty values in words; empty where the node itself is meant.
        predicate: IRI of that path where it is one property; empty otherwise.
        source: the constraint component or the check that found it.
        is_warning: whether the graph conforms all the same.
    """

    derived: bool = True
    place: str = ""
    message: str
    node: str
    path: str = ""
    predicate: str = ""
    source: str
    is_warning: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What an examination of a graph found, and how much it looked at.

    Attributes:
        faults: what does not conform, sorted.
        warnings: what conforms and should be looked at, sorted.
        examined: how many studies, claims and concepts there are, by these words.
    """

    faults: list[Finding]
    warnings: list[Finding]
    examined: Mapping[str, int]


def check_store(store: Store, locate: Locate | None = None, *, is_whole: bool = True) -> Report:
    """Check a graph against the shapes and checks.

    Where records have faults, those of the claims derived from them are left out: they follow.

    Args:
        store: the graph.
        locate: gives file and line for a node and property, or None.
        is_whole: whether the graph is whole. Where records could not be read it is not, and the
            checks, which look across studies, are left out.
    """
    here = local(store)
    found = chain(run_shapes(here), run_checks(here) if is_whole else ())
    every = sorted({_placed(finding, locate) for finding in found})
    faults = [finding for finding in every if not finding.is_warning]
    in_records = [finding for finding in faults if not finding.derived]
    counts = next(iter(here.select_internal(sparql.internal("examined"))))
    return Report(
        faults=in_records or faults,
        warnings=[finding for finding in every if finding.is_warning],
        examined={name: int(counts[name].value) for name in ("studies", "claims", "concepts")},
    )


def run_checks(store: Store) -> Iterator[Finding]:
    """Yield a finding for each row of each check."""
    for path in sorted((resources.folder("ontology") / "checks").glob("*.rq")):
        text = path.read_text("utf-8")
        for row in store.select(text):
            predicate = row["path"].value if row["path"] else ""
            yield Finding(
                message=row["message"].value,
                node=row["focus"].value,
                path=context.compact(predicate),
                predicate=predicate,
                source=path.stem,
                is_warning="\n# severity: warning\n" in text,
            )


def run_shapes(store: Store) -> Iterator[Finding]:
    """Yield a finding for each violation of a shape."""
    for found in conformance.violations(local(store), shapes.all_shapes()):
        message = found.message
        if found.value is not None:
            value = getattr(found.value, "value", str(found.value))
            message = f"found {context.compact(value)[:LONGEST]}: {message}"
        yield Finding(
            message=message,
            node=getattr(found.focus, "value", str(found.focus)),
            path=found.path.words if found.path else "",
            predicate=found.path.predicate if found.path else "",
            source=found.component,
            is_warning=found.severity != "Violation",
        )


def _placed(finding: Finding, locate: Locate | None) -> Finding:
    found = locate(finding.node, finding.predicate or None) if locate else None
    if found:
        return replace(finding, derived=False, place=f"{found[0]}:{found[1]}")
    return replace(finding, place=f"{context.compact(finding.node)} {finding.path}".strip())
