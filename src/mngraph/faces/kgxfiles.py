"""The two formats of KGX: tab-separated tables, and JSON Lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Record = Mapping[str, Any]

NEEDED = {
    "nodes": ("id", "category"),
    "edges": ("id", "subject", "predicate", "object", "category", "knowledge_level", "agent_type"),
}
"""Columns that a table has even where it has no row."""
LIST_MARK, STAND_IN = "|", "¦"
"""What parts the values of a cell, and what stands for it inside a value."""
OBJECTS = "sources"
"""The slot whose values are objects, which no cell of a table can hold."""
BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def files(
    format: str, columns: Sequence[str], nodes: Sequence[Record], edges: Sequence[Record]
) -> Iterator[tuple[str, bytes]]:
    r"""Yield the file of nodes and that of edges, with their names.

    Args:
        format: `kgx` or `kgx-jsonl`.
        columns: the slots in the order in which they are written.
        nodes: the records of nodes: a text, number, truth value or list for each slot.
        edges: the records of edges.

    >>> [(name, text.decode()) for name, text in files("kgx", ["id", "category"], [], [])][0]
    ('nodes.tsv', 'id\tcategory\n')
    """
    for name, records in (("nodes", nodes), ("edges", edges)):
        present = {*NEEDED[name]}.union(*records)
        written = [key for key in columns if key in present]
        if format == "kgx-jsonl":
            ordered = ({key: each[key] for key in written if key in each} for each in records)
            text = "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in ordered)
            yield f"{name}.jsonl", text.encode()
        else:
            yield f"{name}.tsv", _table([key for key in written if key != OBJECTS], records)


def _table(columns: Sequence[str], records: Iterable[Record]) -> bytes:
    rows = [columns]
    rows += [[cell(each[key]) if key in each else "" for key in columns] for each in records]
    return "".join("\t".join(row) + "\n" for row in rows).encode()


def cell(value: Any) -> str:
    r"""Return a value as a cell of a table: tabs, line ends and | cannot stand in one.

    >>> cell(["a|b", "line\nend"]), cell(True), cell(0.5)
    ('a¦b|line end', 'true', '0.5')
    """
    if isinstance(value, list):
        return LIST_MARK.join(map(cell, value))
    if isinstance(value, bool):
        return str(value).lower()
    return BREAKS.sub(" ", str(value)).replace(LIST_MARK, STAND_IN)


def prefix_map(namespaces: Mapping[str, str]) -> bytes:
    """Return the namespaces of prefixes as a JSON-LD context."""
    return (json.dumps({"@context": namespaces}, indent=2, ensure_ascii=False) + "\n").encode()
