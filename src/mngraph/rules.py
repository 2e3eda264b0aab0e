"""ontology/rules/*.rq: CONSTRUCT queries that derive triples, each into the graph it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph import context, resources
from mngraph.errors import GraphSyntaxError

if TYPE_CHECKING:
    from mngraph.store import LocalStore

GRAPH = re.compile(r"^# writes:\s*(\S+)", re.MULTILINE)
LATE = re.compile(r"^# when:\s*after the evidence lines$", re.MULTILINE)


@dataclass(frozen=True)
class Rule:
    """One CONSTRUCT query and the graph that its triples go to.

    Attributes:
        name: its name.
        text: the query.
        graph: the IRI of the named graph.
        is_late: whether it runs after the claims have their evidence lines.
    """

    name: str
    text: str
    graph: str
    is_late: bool = False


def all_rules() -> list[Rule]:
    """Return the rules in the order in which they run: that of their file names.

    >>> [rule.name for rule in all_rules()] == sorted(rule.name for rule in all_rules())
    True
    """
    return [
        read_rule(path) for path in sorted((resources.folder("ontology") / "rules").glob("*.rq"))
    ]


def read_rule(path: Path) -> Rule:
    """Read one rule; the line `# writes: graph:claims` names its graph.

    Raises:
        GraphSyntaxError: there is no such line.
    """
    text = path.read_text("utf-8")
    found = GRAPH.search(text)
    if not found:
        raise GraphSyntaxError(f"{path}: the line `# writes: graph:…` is missing")
    return Rule(path.stem, text, context.expand(found.group(1)), bool(LATE.search(text)))


def run_rule(store: LocalStore, rule: Rule) -> bytes:
    """Return what a rule derives from what the store holds, as N-Triples; nothing is written."""
    import pyoxigraph as ox

    return store.construct(rule.text).serialize(format=ox.RdfFormat.N_TRIPLES) or b""
