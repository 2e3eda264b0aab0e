"""A graph checked against shapes: each constraint is a SPARQL query whose rows are violations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING

from mngraph import sparql
from mngraph.shapes import Constraint, PropertyPath, Shape, query_text

if TYPE_CHECKING:
    from pyoxigraph import QuerySolution

    from mngraph.shapes import Node
    from mngraph.store import LocalStore

OF_CLASSES = {"class", "targetClass"}
"""Words that take in the instances of narrower classes (SHACL, section 1.1)."""

OF_ALL_VALUES = {"minCount", "maxCount", "uniqueLang"}
"""Constraints on all values of a node together; the others are about one value each."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One result of a validation (SHACL, section 3.6.2).

    Attributes:
        focus: the node that does not conform.
        path: the way to the values at fault, if any.
        value: the value at fault, if it is one.
        component: the constraint component, such as `MinCountConstraintComponent`.
        message: what the shape says.
        severity: `Violation`, `Warning` or `Info`.
    """

    focus: Node
    path: PropertyPath | None
    value: Node | None
    component: str
    message: str
    severity: str


def violations(store: LocalStore, shapes: Iterable[Shape]) -> Iterator[Violation]:
    """Yield what does not conform in the union of a store's graphs, each once, in no order.

    Args:
        store: the graph.
        shapes: shapes with a target.
    """
    asked = _Asked(store)
    for shape in shapes:
        yield from asked.violations(shape, asked.target(shape))


class _Asked:
    """A store and the classes that it puts below others."""

    def __init__(self, store: LocalStore) -> None:
        self.store = store
        self.below: dict[Node, set[Node]] = {}
        for row in store.select_internal(sparql.internal("subclasses")):
            self.below.setdefault(row["broad"], set()).add(row["narrow"])

    def target(self, shape: Shape) -> str:
        """Return the pattern that binds `?focus` to the nodes that a shape is about."""
        import pyoxigraph as ox

        parts = [
            self._filled(word, {}, [ox.NamedNode(iri) for iri in iris])
            for word, iris in shape.targets
        ]
        return f"{{ {' } UNION { '.join(parts)} }}" if len(parts) > 1 else parts[0]

    def violations(self, shape: Shape, target: str) -> Iterator[Violation]:
        """Yield the violations of a shape by the nodes of a target."""
        path = f"?focus {shape.path.sparql} ?value ." if shape.path else "BIND(?focus AS ?value)"
        around = {"target": target, "values": path}
        for constraint in shape.constraints:
            if constraint.parameter == "property":
                for part in constraint.shapes:
                    yield from self.violations(part, target)
                continue
            inner = self._filled("targetValues", around) if shape.path else target
            for focus, value in self._failing(constraint, around, inner):
                yield Violation(
                    focus=focus, path=shape.path, value=value, component=constraint.component,
                    message=shape.message, severity=shape.severity,
                )  # fmt: skip

    def _failing(
        self, constraint: Constraint, around: Mapping[str, str], inner: str
    ) -> Iterator[tuple[Node, Node | None]]:
        """Yield the focus nodes that break a constraint, with the value where it is one.

        `inner` is the target of the shapes within this one: its value nodes.
        """
        if constraint.parameter == "or":
            broken = [{v.focus for v in self.violations(s, inner)} for s in constraint.shapes]
            nowhere = set.intersection(*broken) if broken else set()
            for row in self._answers("values", around) if nowhere else ():
                if row["value"] in nowhere:
                    yield row["focus"], row["value"]
            return
        for row in self._answers(constraint.parameter, around, constraint.values):
            is_one = constraint.parameter not in OF_ALL_VALUES
            yield row["focus"], row["value"] if is_one else None

    def _answers(
        self, name: str, around: Mapping[str, str], values: Iterable[Node] = ()
    ) -> Iterator[QuerySolution]:
        return iter(self.store.select_internal(self._filled(name, around, values)))

    def _filled(self, name: str, around: Mapping[str, str], values: Iterable[Node] = ()) -> str:
        """Return a query, or a part of one, with target, path and parameter put in."""
        terms = list(values)
        if name in OF_CLASSES:
            terms += sorted({low for term in terms for low in self.below.get(term, ())}, key=str)
        parameter = " ".join(map(str, terms))
        return Template(query_text(name)).substitute(around, parameter=parameter)
