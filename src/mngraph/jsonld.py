"""JSON-LD: quads written graph by graph, compacted with the context's prefixes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO, cast

from mngraph import context
from mngraph.canonical import DEFAULT_GRAPH, Statements

if TYPE_CHECKING:
    import pyoxigraph as ox

TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
STRING = "http://www.w3.org/2001/XMLSchema#string"
MOST_KEPT = 100
"""How long a literal may be whose JSON is kept for the next one like it."""

_json = json.JSONEncoder(ensure_ascii=False).encode


def write_jsonld(statements: Statements, out: BinaryIO) -> None:
    """Write quads as one JSON-LD document with a member of `@graph` for each named graph.

    A prefix that is also the scheme of an IRI of the data stays out of the document's context:
    with it, `<claim:z>` would be read as a name of ours. Only one graph is held as text at a time.

    Args:
        statements: the quads; none has a triple as its object.
        out: where the document is written.

    >>> import io
    >>> import pyoxigraph as ox
    >>> from mngraph.canonical import canonical
    >>> a, out = ox.NamedNode(context.expand("indication:scar")), io.BytesIO()
    >>> write_jsonld(canonical([ox.Quad(a, ox.NamedNode("claim:z"), ox.Literal("x"))]), out)
    >>> document = json.loads(out.getvalue())
    >>> document["@graph"], "claim" in document["@context"]
    ([{'@id': 'indication:scar', 'claim:z': ['x']}], False)
    """
    hidden = _schemes(statements)
    prefixes = {name: iri for name, iri in context.prefixes().items() if name not in hidden}
    head = json.dumps({"@context": prefixes, "@graph": []}, ensure_ascii=False, indent=1)
    start = head.removesuffix("[]\n}")
    out.write(f"{start}[".encode())
    names = _Names(hidden)
    separator = "\n"
    for graph, lines in statements.graphs.items():
        for part in _members(graph, lines, names):
            out.write(f"{separator}{part}".encode())
            separator = ",\n"
    out.write(b"]\n}\n" if separator == "\n" else b"\n ]\n}\n")


def _schemes(statements: Statements) -> frozenset[str]:
    """Return the prefixes that the data uses as schemes of IRIs, as in `<claim:z>`."""
    found: set[str] = set()
    for line, quad in statements.lines():
        if line.count("<") != line.count("<http"):  # a text may hold such a sign, too
            found.update(iri.partition(":")[0] for iri in _iris(quad) if "://" not in iri)
    return frozenset(found & context.prefixes().keys())


def _iris(quad: ox.Quad) -> Iterator[str]:
    import pyoxigraph as ox

    for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
        if isinstance(term, ox.NamedNode):
            yield term.value
        elif isinstance(term, ox.Literal):
            yield term.datatype.value


class _Names:
    """The names of nodes in a document: CURIEs with the prefixes of its context."""

    def __init__(self, hidden: frozenset[str]) -> None:
        self.hidden = hidden
        self.of_node = lru_cache(maxsize=2**16)(self._of_node)
        self.reference = lru_cache(maxsize=2**16)(self._reference)
        self.literals: dict[str, str] = {}

    def literal(self, text: str, quad: ox.Quad) -> str:
        """Return as JSON the literal that is a quad's object; `text` is its form in N-Quads."""
        found = self.literals.get(text)
        if found is None:
            found = self._literal(cast("ox.Literal", quad.object))
            if len(text) <= MOST_KEPT and len(self.literals) < 2**16:
                self.literals[text] = found
        return found

    def _of_node(self, text: str) -> str:
        """Return the name of a node that N-Quads write as `<iri>` or `_:label`."""
        return self._of_iri(text[1:-1]) if text.startswith("<") else text

    def _of_iri(self, iri: str) -> str:
        """Return an IRI as CURIE, or whole where that would not give it back."""
        curie = context.curie(iri)
        return iri if curie is None or curie.partition(":")[0] in self.hidden else curie

    def _reference(self, text: str) -> str:
        """Return as JSON a node that is the value of a property."""
        return f'{{\n     "@id": {_json(self.of_node(text))}\n    }}'

    def _literal(self, literal: ox.Literal) -> str:
        """Return a literal as JSON."""
        datatype = literal.datatype.value
        if datatype == STRING:
            return _json(literal.value)
        if not literal.language:
            tag = f'"@type": {_json(self._of_iri(datatype))}'
        elif not literal.direction:
            tag = f'"@language": {_json(literal.language)}'
        else:
            tag = (
                f'"@language": {_json(literal.language)},\n     "@direction": "{literal.direction}"'
            )
        return f'{{\n     "@value": {_json(literal.value)},\n     {tag}\n    }}'


def _members(graph: str, lines: Mapping[str, ox.Quad], names: _Names) -> Iterator[str]:
    """Yield the members of `@graph` that one graph makes: itself, or the default graph's nodes."""
    nodes: dict[str, dict[str, list[str]]] = {}
    end = None if graph == DEFAULT_GRAPH else -len(graph) - 1
    for line, quad in lines.items():
        subject, predicate, value = line[:end].split(" ", 2)
        if value.startswith('"'):
            # A literal cannot stand under @type, which holds the names of nodes.
            key, text = names.of_node(predicate), names.literal(value, quad)
        elif predicate == TYPE:
            key, text = "@type", _json(names.of_node(value))
        else:
            key, text = names.of_node(predicate), names.reference(value)
        nodes.setdefault(names.of_node(subject), {}).setdefault(key, []).append(text)
    texts = (_node(name, nodes[name]) for name in sorted(nodes))
    if graph == DEFAULT_GRAPH:
        yield from texts
    else:
        content = ",\n".join(texts).replace("\n", "\n  ")  # JSON escapes line breaks in texts
        name = _json(names.of_node(graph))
        yield f'  {{\n   "@id": {name},\n   "@graph": [\n  {content}\n   ]\n  }}'


def _node(name: str, values: dict[str, list[str]]) -> str:
    """Return a node as JSON, as `json.dumps` with an indent of one writes it, but quicker."""
    lines = [f'  {{\n   "@id": {_json(name)}']
    for key, listed in values.items():
        lines.append(f",\n   {_json(key)}: [\n    " + ",\n    ".join(listed) + "\n   ]")
    lines.append("\n  }")
    return "".join(lines)
