"""Documents filled from a graph: templates in YAML, and a query for what repeats in them.

A template is a document in which strings name variables of a row. `$name` is the variable's value
with its type, `${name}` puts its text into a longer one. What starts with a dollar says how:

- `$each: rows` with `$of: $iri` is a list item for each row that the query `rows` has for that IRI;
  the other keys are its template, or else the part called `rows`. `$give` is a template that is no
  mapping. `$one` is the first of them, in place of a list item.
- `$ref: Type` with `$to: $iri` refers to a resource, which `$called` gives words for.
- `$if: $name` leaves a mapping out when the variable has no value or a false one, `$unless` when it
  has one.

What has no value is left out, and so is a mapping with variables of which none has a value.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import context, yamlfile

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.store import Store

Row = Mapping[str, Any]

VARIABLE = re.compile(r"\$(\w+)")
INSIDE = re.compile(r"\$\{(\w+)\}")
NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
OTHER_SPACE = re.compile(r"[^\S \t\r\n]")
OUTSIDE_ID = re.compile(r"[^A-Za-z0-9.-]+")
WHOLE = "integer|long|int|short|byte|nonNegativeInteger|positiveInteger|unsignedInt|gYear"

LONGEST_NAME = 47
"""How much of an IRI's end stands in an identifier, in characters; with its digest they are 64."""


def identifier(iri: str) -> str:
    """Return an identifier of at most 64 letters, digits, dots and hyphens for an IRI.

    It ends with a digest of the IRI, so that two IRIs have two identifiers.

    >>> identifier("https://w3id.org/mngraph/study/pmid-31469914/outcome/2")
    'study-pmid-31469914-outcome-2-f278477be7312b64'
    """
    path = re.sub(r"^[^:]+://[^/]+/", "", iri)
    for base in context.bases():
        path = iri[len(base) :] if iri.startswith(base) else path
    name = OUTSIDE_ID.sub("-", path)
    if len(name) > LONGEST_NAME:  # from the next word on
        name = name[-LONGEST_NAME:].partition("-")[2] or name[-LONGEST_NAME:]
    name = name.strip("-.")
    digest = hashlib.sha256(iri.encode()).hexdigest()[:16]
    return f"{name}-{digest}" if name else digest


@dataclass
class Rows:
    """The rows of the queries and tables of a folder, each read once.

    Attributes:
        store: the graph.
        folder: holds `NAME.rq`, `NAME.tsv` or both for what templates call NAME.
    """

    store: Store
    folder: Path
    _read: dict[str, dict[str, list[Row]]] = field(default_factory=dict)

    def all(self, name: str) -> list[Row]:
        """Return the rows of a query that has one for each `iri`, in the order of the IRIs."""
        return [rows[0] for _, rows in sorted(self._by(name, "iri").items())]

    def of(self, name: str, iri: str) -> list[Row]:
        """Return the rows whose column `of` is an IRI, by their column `order`, then by all."""
        return self._by(name, "of").get(iri, [])

    def _by(self, name: str, column: str) -> dict[str, list[Row]]:
        if name not in self._read:
            grouped: dict[str, list[Row]] = {}
            for row in sorted(self._rows(name), key=_place):
                grouped.setdefault(row[column], []).append(row)
            self._read[name] = grouped
        return self._read[name]

    def _rows(self, name: str) -> Iterator[Row]:
        query, table = (self.folder / f"{name}.{ending}" for ending in ("rq", "tsv"))
        if query.exists() or not table.exists():
            solutions = self.store.select_internal(query.read_text("utf-8"))
            names = [variable.value for variable in solutions.variables]
            for solution in solutions:
                yield {key: value(solution[key]) for key in names}
        if table.exists():
            with table.open(encoding="utf-8", newline="") as lines:
                for line in csv.DictReader(lines, delimiter="\t"):
                    yield {**line, "of": context.expand(line["of"]), "order": int(line["order"])}


def _place(row: Row) -> tuple[Any, ...]:
    return (row.get("order") or 0, *(str(given) for given in row.values()))


def value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> Any:
    """Return a term as JSON has it: numbers and truth values as such, all else as text.

    >>> import pyoxigraph as ox
    >>> value(ox.Literal(2)), value(ox.Literal(True)), value(ox.Literal(" a b "))
    (2, True, 'a b')
    """
    if term is None:
        return None
    text = str(getattr(term, "value", term))
    kind = getattr(getattr(term, "datatype", None), "value", "").partition("XMLSchema#")[2]
    if kind == "boolean":
        return text in ("true", "1")
    if re.fullmatch(WHOLE, kind):
        return int(text)
    if kind in ("decimal", "double", "float"):
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return OTHER_SPACE.sub(" ", NOT_IN_TEXT.sub("", text)).strip() or None


@dataclass
class Filled:
    """What a template has become, and how many variables it asked for and found."""

    content: Any
    asked: int = 0
    found: int = 0


@dataclass
class Renderer:
    """Fills templates.

    Attributes:
        rows: what queries answer.
        parts: templates that others use by name.
    """

    rows: Rows
    parts: Mapping[str, Any]

    def document(self, template: Mapping[str, Any], row: Row) -> dict[str, Any]:
        """Return a template filled from a row."""
        filled = self._filled(template, row).content
        return filled if isinstance(filled, dict) else {}

    def _filled(self, node: Any, row: Row) -> Filled:
        if isinstance(node, dict):
            return self._mapping(node, row)
        if isinstance(node, list):
            return self._list(node, row)
        if not isinstance(node, str) or "$" not in node:
            return Filled(node)
        if match := VARIABLE.fullmatch(node):
            return _variable(row.get(match[1]))
        names = INSIDE.findall(node)
        if any(row.get(name) is None for name in names):
            return Filled(None, 1)
        return Filled(INSIDE.sub(lambda found: str(row[found[1]]), node), 1, 1)

    def _list(self, node: list[Any], row: Row) -> Filled:
        filled = Filled([])
        for item in node:
            repeats = isinstance(item, dict) and "$each" in item
            for one in self._each(item, row) if repeats else [self._filled(item, row)]:
                filled.asked += one.asked
                filled.found += one.found
                if one.content is not None:
                    filled.content.append(one.content)
            filled.asked += repeats
        filled.content = filled.content or None
        return filled

    def _mapping(self, node: dict[str, Any], row: Row) -> Filled:
        if not _wanted(node, row):
            return Filled(None, 1)
        if "$one" in node:
            named = {**node, "$each": node["$one"]}
            return next(self._each(named, row), Filled(None, 1))
        if "$ref" in node:
            return _reference(node, row)
        filled = Filled({})
        for key, child in node.items():
            if not key.startswith("$"):
                one = self._filled(child, row)
                filled.asked += one.asked
                filled.found += one.found
                if one.content is not None:
                    filled.content[key] = one.content
        if not filled.content or (filled.asked and not filled.found):
            filled.content = None
        return filled

    def _each(self, node: dict[str, Any], row: Row) -> Iterator[Filled]:
        of = self._filled(node["$of"], row).content
        own = {key: child for key, child in node.items() if key[0] != "$" or key in GUARDS}
        inline = any(key[0] != "$" for key in own)
        template = node.get("$give", own if inline else self.parts.get(node["$each"]))
        for found in self.rows.of(node["$each"], of) if of else ():
            yield self._filled(template, {**row, **found})


GUARDS = ("$if", "$unless")


def _wanted(node: Mapping[str, Any], row: Row) -> bool:
    """Return whether the guards of a mapping let it stand."""
    given = [bool(row.get(node[guard][1:])) for guard in GUARDS if guard in node]
    wanted = [guard == "$if" for guard in GUARDS if guard in node]
    return "$each" in node or given == wanted


def _variable(given: Any) -> Filled:
    return Filled(given, 1, int(given is not None))


def _reference(node: Mapping[str, Any], row: Row) -> Filled:
    iri = row.get(node["$to"][1:])
    if iri is None:
        return Filled(None, 1)
    content = {"reference": f"{node['$ref']}/{identifier(iri)}"}
    called = row.get(node.get("$called", "$")[1:])
    return Filled(content | ({"display": str(called)} if called else {}), 1, 1)


def read_folder(folder: Path) -> dict[str, Any]:
    """Return the content of each YAML file of a folder by its name without ending.

    Raises:
        RecordError: one of them is not YAML.
    """
    return {path.stem: yamlfile.read_yaml(path)[0] for path in sorted(folder.glob("*.yaml"))}


def references(node: Any) -> Iterable[str]:
    """Yield what a document refers to."""
    if isinstance(node, dict):
        if isinstance(given := node.get("reference"), str):
            yield given
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)
