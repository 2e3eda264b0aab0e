"""SSSOM mapping sets (TSV with a commented YAML header) read into quads.

Each row becomes a mapping with an IRI of its own, described by the columns that
`ontology/mappings/context.jsonld` maps, and the plain triple that it states.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import iris, resources
from mngraph.errors import RecordError, UsageError
from mngraph.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyoxigraph import Quad


NOT_IN_IRIS = re.compile(r'[\x00-\x20<>"{}|\\^`]')
NEEDED = ("subject_id", "predicate_id", "object_id")
"""The columns without which there is no mapping."""


def read_mappings(path: Path, base: str = iris.BASE) -> Iterator[Quad]:
    """Yield the quads of one mapping set, in the graph `graph:mappings/<scheme>`.

    Args:
        path: the file.
        base: what the IRIs of the graph and of its mappings begin with.

    Raises:
        RecordError: the header has no curie_map or lacks a prefix, a row lacks columns, or the file
            cannot be read.
    """
    import pyoxigraph as ox

    scheme = path.name.partition(".")[0]
    graph = ox.NamedNode(f"{base}graph/mappings/{scheme}")
    nodes = [node for row in _rows(path) for node in _nodes(row, scheme, base)]
    columns = resources.folder("ontology") / "mappings" / "context.jsonld"
    document = json.loads(columns.read_text("utf-8")) | {"@graph": nodes}
    for quad in ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD):
        yield ox.Quad(quad.subject, quad.predicate, quad.object, graph)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows with every CURIE of an `_id` column expanded by the header's curie_map."""
    prefixes, reader, first = _opened(path)
    for number, row in enumerate(reader, first):
        if None in row or None in row.values():
            raise RecordError(path, number, "the row does not have the columns of the first row")
        if not all(row[name] for name in NEEDED):
            raise RecordError(path, number, f"a mapping needs {listed(NEEDED)}")
        try:
            yield {name: _expanded(name, value, prefixes) for name, value in row.items() if value}
        except UsageError as error:
            raise RecordError(path, number, str(error)) from error


def _opened(path: Path) -> tuple[dict[str, str], csv.DictReader[str], int]:
    """Return the curie_map of a mapping set, its rows, and the line of the first."""
    from mngraph.yamlfile import parse_yaml

    try:
        lines = path.read_text("utf-8-sig").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(path, 0, f"cannot be read: {error}") from error
    head = [line for line in lines if line.startswith("#")]
    header: Any = parse_yaml("".join(line[1:] for line in head), path)[0] if head else {}
    prefixes = header.get("curie_map") if isinstance(header, dict) else None
    if not isinstance(prefixes, dict) or not all(isinstance(v, str) for v in prefixes.values()):
        raise RecordError(path, 1, "the header has no `curie_map` with a namespace for each prefix")
    reader = csv.DictReader(lines[len(head) :], delimiter="\t", quoting=csv.QUOTE_NONE)
    if missing := [name for name in NEEDED if name not in (reader.fieldnames or ())]:
        line = len(head) + 1
        raise RecordError(path, line, f"the first row has no column {listed(missing)}")
    return prefixes, reader, len(head) + 2


def _expanded(column: str, value: str, prefixes: dict[str, str]) -> str:
    """Return a value, as an IRI where it is a CURIE.

    Raises:
        UsageError: it has no prefix of the curie_map, or does not make an IRI.
    """
    if not column.endswith(("_id", "_justification")):
        return value
    prefix, colon, local = value.partition(":")
    if not colon or prefix not in prefixes:
        raise UsageError(f"{value!r}: the curie_map has no {prefix!r}")
    if NOT_IN_IRIS.search(prefixes[prefix] + local):
        raise UsageError(f"{value!r} does not make an IRI")
    return prefixes[prefix] + local


def _nodes(row: dict[str, str], scheme: str, base: str) -> Iterator[dict[str, Any]]:
    subject, target = row["subject_id"], row["object_id"]
    slug = iris.last_segment(subject)
    kind = re.split("[/#]", row["predicate_id"])[-1]
    other = re.sub(r"[^\w.-]+", "-", re.sub(r"^.*?//", "", target))
    yield {
        "@id": f"{base}mapping/{scheme}/{slug}/{kind}/{other}",
        "@type": "Mapping",
        **row,
    }
    yield {"@id": subject, row["predicate_id"]: {"@id": target}}
