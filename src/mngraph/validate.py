"""Shapes and checks: what a graph must hold, and where in its records it does not.

Shapes are SHACL (ontology/shapes/*.ttl); checks are SELECT queries whose every row is a fault
(ontology/checks/*.rq). Both speak of a node, a property and a sentence; for nodes that come from a
record the file and line are found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph import context, resources, sparql
from mngraph.store import in_blocks, local

if TYPE_CHECKING:
    from rdflib import Graph

    from mngraph.store import Store

STUDY_GRAPHS = f"{context.BASE}graph/study/"
PART_STUDIES = 400
PART_NODES = 20_000

Locate = Callable[[str, str | None], tuple[Path, int] | None]


@dataclass(frozen=True, order=True)
class Finding:
    """One fault: where it is (`file:line` or CURIE), what is wrong, and which shape says so.

    Faults of records sort before faults of what was derived from them.
    """

    derived: bool
    place: str
    message: str
    node: str
    predicate: str
    source: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def check_store(store: Store, locate: Locate | None = None) -> list[Finding]:
    """Return the faults that shapes and checks find in a graph, sorted.

    Where records have faults, those of the claims derived from them are left out: they follow.

    Args:
        store: the graph.
        locate: gives file and line for a node and property, or None.
    """
    here = local(store)
    found = sorted({_placed(f, locate) for f in (*run_checks(here), *run_shapes(here))})
    in_records = [finding for finding in found if not finding.derived]
    return in_records or found


def run_checks(store: Store) -> Iterator[Finding]:
    """Yield a finding for each row of each check."""
    for path in sorted((resources.folder("ontology") / "checks").glob("*.rq")):
        for row in store.select(path.read_text("utf-8")):
            predicate = row["path"].value if row["path"] else ""
            yield Finding(True, "", row["message"].value, row["focus"].value, predicate, path.stem)


def run_shapes(store: Store) -> Iterator[Finding]:
    """Yield a finding for each SHACL result; the graph is looked at in parts of bounded size."""
    import pyshacl
    from rdflib import SH, Graph

    shapes = Graph()
    for path in sorted((resources.folder("ontology") / "shapes").glob("*.ttl")):
        shapes.parse(path)
    for part in _parts(store):
        _, report, _ = pyshacl.validate(_rdflib_graph(part), shacl_graph=shapes)
        for result in report.subjects(SH.resultSeverity, None):
            message = " ".join(sorted(str(m) for m in report.objects(result, SH.resultMessage)))
            value = report.value(result, SH.value)
            if value is not None:
                message += f" (found: {context.compact(str(value))[:120]})"
            node = str(report.value(result, SH.focusNode))
            predicate = str(report.value(result, SH.resultPath) or "")
            shape = str(report.value(result, SH.sourceConstraintComponent) or "")
            yield Finding(True, "", message, node, predicate, shape.rpartition("#")[2])


def _placed(finding: Finding, locate: Locate | None) -> Finding:
    where = locate(finding.node, finding.predicate or None) if locate else None
    place = f"{where[0]}:{where[1]}" if where else context.compact(finding.node)
    if where is None and finding.predicate:
        place += f" {context.compact(finding.predicate)}"
    return Finding(
        where is None, place, finding.message, finding.node, finding.predicate, finding.source
    )


def _parts(store: Store) -> Iterator[Iterable[str]]:
    """Yield the store's triples, as N-Triples, in parts that can be judged by themselves.

    The vocabularies come first, then studies some hundred at a time, then the claims; studies and
    claims get the classes of the concepts that they point to beside them.
    """
    names = store.graphs()
    if not any(name.startswith(STUDY_GRAPHS) for name in names):
        yield (str(quad.triple) for quad in store.quads())
        return
    studies = [name for name in names if name.startswith(STUDY_GRAPHS)]
    vocabularies = [name for name in names if name.startswith(f"{context.BASE}graph/vocabulary/")]
    yield [str(quad.triple) for name in vocabularies for quad in store.quads(name)]
    classes = [str(row) for row in store.select(sparql.internal("concept-classes"))]
    for batch in in_blocks(studies, PART_STUDIES):
        yield chain(classes, (str(quad.triple) for name in batch for quad in store.quads(name)))
    claims = f"{context.BASE}graph/claims"
    subjects = (row["node"].value for row in store.select(sparql.internal("claim-nodes")))
    for part in in_blocks(subjects, PART_NODES):
        yield chain(classes, (str(q.triple) for node in part for q in store.quads(claims, node)))


def _rdflib_graph(triples: Iterable[str]) -> Graph:
    from io import BytesIO

    from rdflib import Graph

    graph = Graph()
    graph.parse(BytesIO("".join(f"{triple} .\n" for triple in triples).encode()), format="nt")
    return graph
