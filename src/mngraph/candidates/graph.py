"""Candidates as RDF: checked against the context, and read with it, in `graph:candidates`.

The graph says which values are proposed for which fields, and where each was read. The draft that
they make is not in it: no candidate has an arm or an indication, as studies have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import iris, keys, records, vocabularies
from mngraph.candidates.model import WITHDRAWN, field_term
from mngraph.keys import Kind
from mngraph.yamlfile import Lines, write_yaml

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.candidates.model import Candidate

GRAPH = iris.graph("candidates")
"""The named graph of candidates."""
BLOCK = 100


def checked(data: Any, lines: Lines, path: Path) -> records.Record:
    """Return a candidate checked against the context; problems are in `problems`.

    Args:
        data: the content of its file.
        lines: the line of each of its values.
        path: the file.

    Raises:
        RecordError: it is no mapping.
    """
    plain = _plain(data) if isinstance(data, dict) else data
    return records.check_record(plain, lines, path, vocabularies.shared(), "", keys.candidate())


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Return a candidate without its abstract, and with the values of facts as text.

    A fact that names a concept gets its IRI beside the slug.
    """
    found = {key: value for key, value in data.items() if key != "abstract"}
    facts = found.get("facts")
    if isinstance(facts, list):
        found["facts"] = [_fact(each) if isinstance(each, dict) else each for each in facts]
    return found


def _fact(fact: dict[str, Any]) -> dict[str, Any]:
    value, plain = fact.get("value"), dict(fact)
    if value is not None:
        plain["value"] = value if isinstance(value, str) else write_yaml(value).strip()
    term = field_term(str(fact.get("field")))
    term = keys.record().terms.get(str(fact.get("field"))) if term is None else term
    if term and term.kind is Kind.NODE and isinstance(value, dict):
        inner = next((t for k, t in term.terms.items() if k in value and t.namespace), None)
        term, value = inner, value.get(inner.key) if inner else None
    if term and term.kind is Kind.CONCEPT and isinstance(value, str):
        known = vocabularies.shared().get(term.namespace, {})
        if value in known:
            plain["concept"] = known[value]
    return plain


def quads(candidates: Iterable[Candidate], *, withdrawn: bool = False) -> Iterator[ox.Quad]:
    """Yield the quads of candidates, all in one named graph.

    Args:
        candidates: the candidates.
        withdrawn: whether those come in, too, that PubMed has deleted.

    Raises:
        RecordError: a candidate has something that the context does not know.
    """
    import pyoxigraph as ox

    graph = ox.NamedNode(GRAPH)
    block: list[records.Record] = []
    drafted = set(keys.record().terms) - {"id", "publication"}
    for candidate in candidates:
        if candidate.status == WITHDRAWN and not withdrawn:
            continue
        data = candidate.as_dict()
        stated = {key: data[key] for key in data if key not in drafted}
        record = checked(stated, {}, Path(f"{candidate.id}.yaml"))
        if record.problems:
            raise record.problems[0]
        block.append(record)
        if len(block) >= BLOCK:
            yield from _moved(block, graph)
            block = []
    yield from _moved(block, graph)


def _moved(block: list[records.Record], graph: ox.NamedNode) -> Iterator[ox.Quad]:
    import pyoxigraph as ox

    for quad in records.record_quads(*block) if block else ():
        yield ox.Quad(quad.subject, quad.predicate, quad.object, graph)


def nquads(candidates: Iterable[Candidate]) -> bytes:
    """Return candidates as N-Quads, sorted: the same candidates give the same bytes.

    Args:
        candidates: the candidates.

    Raises:
        RecordError: a candidate has something that the context does not know.
    """
    return "".join(sorted({f"{quad} .\n" for quad in quads(candidates)})).encode()
