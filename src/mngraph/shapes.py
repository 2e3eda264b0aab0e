"""SHACL shapes read from Turtle: targets, paths and constraints as plain data.

ontology/shapes/*.ttl says what a graph must hold. Understood is SHACL Core
(https://www.w3.org/TR/shacl/), to the extent that the shapes use it: a constraint is known when
queries/internal/shapes has a query of its name. Anything else is an error, so that no constraint
is ever left out in silence. `mngraph.conformance` asks a graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph import context, rdffiles, resources, sparql
from mngraph.errors import GraphSyntaxError

if TYPE_CHECKING:
    from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

    Node = NamedNode | BlankNode | Literal | Triple

SH = "http://www.w3.org/ns/shacl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

TARGETS = ("targetClass", "targetObjectsOf")
DESCRIBING = {"path", "message", "severity", "name", "description", "order", "group", *TARGETS}
"""Words of SHACL that belong to a shape and constrain nothing."""

OF_SHAPES = {"property", "or"}
"""Constraints whose parameter is a shape, or a list of shapes."""

LISTS = {"in", "or"}
"""Constraints whose parameter is an RDF list."""

STEPS = {"zeroOrMorePath": "{}*", "oneOrMorePath": "{}+", "zeroOrOnePath": "{}?"}


@dataclass(frozen=True, kw_only=True)
class PropertyPath:
    """A path from a node to its values.

    Attributes:
        sparql: the path as SPARQL writes it, with whole IRIs.
        words: the path as people read it, with CURIEs.
        predicate: the IRI of a path of one step forward; empty for any other.
    """

    sparql: str
    words: str
    predicate: str = ""


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """One constraint of a shape.

    Attributes:
        parameter: its name in SHACL: `minCount`.
        values: the terms that the shape gives it; empty where it gives shapes.
        shapes: the shapes that it gives it.
    """

    parameter: str
    values: tuple[Node, ...] = ()
    shapes: tuple[Shape, ...] = ()

    @property
    def component(self) -> str:
        """Return the name of the constraint component in a validation report."""
        return f"{self.parameter[0].upper()}{self.parameter[1:]}ConstraintComponent"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A node shape, or with a path a property shape.

    Attributes:
        name: where it is defined, for messages.
        targets: words such as `targetClass` with the IRIs that they name.
        path: the path to the values that are checked; without one the node itself is checked.
        message: what a violation of it says.
        severity: `Violation`, `Warning` or `Info`.
        constraints: what must hold, sorted.
    """

    name: str
    targets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    path: PropertyPath | None = None
    message: str = ""
    severity: str = "Violation"
    constraints: tuple[Constraint, ...] = ()


@cache
def all_shapes() -> tuple[Shape, ...]:
    """Return the shapes of ontology/shapes, in the order of their files and names.

    >>> [shape.name for shape in all_shapes()][:2]
    ['AdverseEventReport', 'Appraisal']
    """
    paths = sorted((resources.folder("ontology") / "shapes").glob("*.ttl"))
    return tuple(shape for path in paths for shape in read_shapes(path))


def read_shapes(path: Path) -> list[Shape]:
    """Read the shapes of one file that have a target.

    Raises:
        GraphSyntaxError: the file is not Turtle, or uses SHACL in a way that is not understood.
    """
    return _Reader(path, rdffiles.read_file(path)).run()


@cache
def query_text(name: str) -> str:
    """Return the text of queries/internal/shapes/<name>.rq; nothing where there is no such file.

    >>> "MINUS" in query_text("in")
    True
    """
    path = resources.folder("queries") / "internal" / "shapes" / f"{name}.rq"
    return path.read_text("utf-8") if path.is_file() else ""


class _Reader:
    """Reads the triples of one file into shapes."""

    def __init__(self, path: Path, quads: Iterable[Quad]) -> None:
        self.path = path
        self.about: dict[Node, dict[str, list[Node]]] = {}
        self.read: set[Node] = set()
        for quad in quads:
            values = self.about.setdefault(quad.subject, {})
            values.setdefault(quad.predicate.value, []).append(quad.object)

    def run(self) -> list[Shape]:
        with_target = [
            node
            for node, stated in self.about.items()
            if any(SH + word in stated for word in TARGETS)
        ]
        shapes = [self._shape(node, "") for node in sorted(with_target, key=str)]
        for node, stated in self.about.items():
            if node not in self.read and any(word.startswith(SH) for word in stated):
                raise self._error(_name(node), "is not part of a shape that has a target")
        return shapes

    def _error(self, name: str, reason: str) -> GraphSyntaxError:
        return GraphSyntaxError(f"{self.path}: the shape {name} {reason}")

    def _shape(self, node: Node, within: str, *, is_reported: bool = True) -> Shape:
        """Return a shape; `is_reported` says whether its own violations are reported."""
        self.read.add(node)
        stated = self.about.get(node, {})
        name = within or _name(node)
        paths = [self._path(value, name) for value in stated.get(f"{SH}path", [])]
        if len(paths) > 1:
            raise self._error(name, "has more than one sh:path")
        path = paths[0] if paths else None
        if path:
            name = f"{name} ({path.words})"
        words = sorted(word.removeprefix(SH) for word in stated if word.startswith(SH))
        constraints = tuple(
            constraint
            for word in words
            if word not in DESCRIBING
            for constraint in self._constraints(word, stated[SH + word], name, path, is_reported)
        )
        message = " ".join(sorted(_value(text) for text in stated.get(f"{SH}message", [])))
        if is_reported and not message and any(c.parameter != "property" for c in constraints):
            raise self._error(name, "has no sh:message")
        severities = [_local(value) for value in stated.get(f"{SH}severity", [])]
        return Shape(
            name=name,
            targets=tuple(
                (word, tuple(sorted(map(_value, stated[SH + word]))))
                for word in TARGETS
                if SH + word in stated
            ),
            path=path,
            message=message,
            severity=severities[0] if severities else "Violation",
            constraints=constraints,
        )

    def _constraints(
        self, word: str, values: list[Node], name: str, path: PropertyPath | None, is_reported: bool
    ) -> Iterator[Constraint]:
        """Yield a constraint for each value of a parameter (SHACL, section 2.1.1)."""
        if word in OF_SHAPES:
            if word == "property" and path:
                raise self._error(name, "has sh:property beside sh:path, which is not understood")
        elif not query_text(word):
            raise self._error(name, f"uses sh:{word}, which is not understood")
        elif word.endswith("Count") and not path:
            raise self._error(name, f"uses sh:{word} without sh:path")
        for value in sorted(values, key=str):
            members = tuple(self._list(value, name)) if word in LISTS else (value,)
            if word in OF_SHAPES:
                reported = is_reported and word == "property"
                inner = (self._shape(member, name, is_reported=reported) for member in members)
                yield Constraint(parameter=word, shapes=tuple(inner))
            elif word != "uniqueLang" or sparql.is_true(_value(value)):
                yield Constraint(parameter=word, values=members)

    def _path(self, node: Node, name: str) -> PropertyPath:
        """Return a path (SHACL, section 2.3.1) as SPARQL writes it."""
        stated = self.about.get(node, {})
        if not _is_blank(node):
            iri = _value(node)
            return PropertyPath(sparql=f"<{iri}>", words=context.compact(iri), predicate=iri)
        self.read.add(node)
        if RDF + "first" in stated:
            steps = [self._path(step, name) for step in self._list(node, name)]
            return _joined(steps, "/", " / ")
        ((word, values),) = stated.items() if len(stated) == 1 else [("", [])]
        word = word.removeprefix(SH)
        if word == "alternativePath":
            return _joined([self._path(n, name) for n in self._list(values[0], name)], "|", " or ")
        if word == "inversePath":
            inner = self._path(values[0], name)
            return PropertyPath(sparql=f"(^{inner.sparql})", words=f"inverse of {inner.words}")
        if word in STEPS:
            inner = self._path(values[0], name)
            return PropertyPath(
                sparql=f"({STEPS[word].format(inner.sparql)})",
                words=STEPS[word].format(inner.words),
            )
        raise self._error(name, "has a path that is not understood")

    def _list(self, head: Node, name: str) -> Iterator[Node]:
        cell = head
        while _value(cell) != f"{RDF}nil":
            if cell in self.read or f"{RDF}first" not in self.about.get(cell, {}):
                raise self._error(name, "has a list that does not end")
            self.read.add(cell)
            yield self.about[cell][f"{RDF}first"][0]
            cell = self.about[cell][f"{RDF}rest"][0]


def _joined(parts: list[PropertyPath], sign: str, word: str) -> PropertyPath:
    return PropertyPath(
        sparql=f"({sign.join(part.sparql for part in parts)})",
        words=word.join(part.words for part in parts),
    )


def _value(node: Node) -> str:
    return str(getattr(node, "value", node))


def _local(node: Node) -> str:
    return _value(node).removeprefix(SH)


def _name(node: Node) -> str:
    return "without a name" if _is_blank(node) else _value(node).rpartition("/")[2]


def _is_blank(node: Node) -> bool:
    return str(node).startswith("_:")
