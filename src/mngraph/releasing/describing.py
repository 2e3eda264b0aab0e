"""The descriptions of a release, made of the templates in ontology/release/."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from mngraph.export import sorted_head
from mngraph.releasing import facts
from mngraph.tables import Table, markdown_text, render
from mngraph.visible import escape_controls

if TYPE_CHECKING:
    import jinja2

    from mngraph.releasing.content import File

WHOLE = re.compile(r"-?(0|[1-9]\d{0,14})")
NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?([eE][+-]?\d{1,3})?")


@cache
def _environment() -> jinja2.Environment:
    """Return the template engine; each template escapes what it puts in as its syntax asks."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(facts.folder()),
        autoescape=False,  # noqa: S701 - none of the templates is HTML
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )  # fmt: skip
    made.filters |= {"markdown": markdown_text, "indented": indented, "rewrite": rewritten}
    made.globals |= {"ref": _ref, "refs": _refs}
    return made


def rendered(name: str, values: Mapping[str, Any]) -> bytes:
    """Return a description; JSON is parsed and written again, so that it is JSON indeed.

    Args:
        name: the name of the file, to whose template `.j2` is added.
        values: what the template names.
    """
    text = _environment().get_template(f"{name}.j2").render(**values)
    if name.endswith((".json", ".jsonld")):
        text = json.dumps(_filled(json.loads(text)), ensure_ascii=False, indent=1) + "\n"
    return text.encode()


def _filled(node: Any) -> Any:
    """Return JSON without members that have no value."""
    if isinstance(node, dict):
        return {key: _filled(value) for key, value in node.items() if value not in (None, [])}
    return [_filled(value) for value in node] if isinstance(node, list) else node


def _ref(iri: str | None) -> dict[str, str] | None:
    return {"@id": iri} if iri else None


def _refs(iris: Iterable[str]) -> list[dict[str, str]] | dict[str, str]:
    """Return nodes as JSON-LD; one alone without a list, as RO-Crate recommends it."""
    found = [{"@id": iri} for iri in iris]
    return found[0] if len(found) == 1 else found


def indented(text: str) -> str:
    r"""Return text as a block of code in Markdown, which no text inside can end.

    >>> indented("a\n```\nb")
    '    a\n    ```\n    b'
    """
    return "\n".join(f"    {line}".rstrip() for line in escape_controls(text).splitlines())


def rewritten(iri: str) -> str:
    r"""Return an IRI as the target of a RewriteRule, where % and $ would stand for groups.

    >>> print(rewritten("https://example.org/a%20b"))
    https://example.org/a\%20b
    """
    return re.sub(r"([%$\\])", r"\\\1", iri)


def turtle(document: bytes) -> bytes:
    """Return a JSON-LD document as Turtle, sorted, with the prefixes of its context."""
    import pyoxigraph as ox

    prefixes = json.loads(document)["@context"]
    triples = {quad.triple for quad in ox.parse(document, format=ox.RdfFormat.JSON_LD)}
    found = sorted(triples, key=str)
    return sorted_head(ox.serialize(found, format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b"")


def tables(files: Iterable[tuple[File, bytes]]) -> list[dict[str, Any]]:
    """Return the CSV tables among some files: their names, and their columns with their types.

    What a row and a column mean stands in a table beside them that has the columns `table`, `row`,
    `column` and `meaning`, if there is one.

    Args:
        files: files with their content.
    """
    read = [(file, _rows(content)) for file, content in files if file.name.endswith(".csv")]
    told = [row for _, rows in read for row in rows if {"table", "row", "meaning"} <= row.keys()]
    meaning = {(row["table"], row["column"]): row["meaning"] for row in told}
    means = {row["table"]: row["row"] for row in told}
    found = []
    for file, rows in read:
        name = file.name.rpartition("/")[2]
        columns = [
            {
                "name": column,
                "kind": _kind([row[column] for row in rows]),
                "meaning": meaning.get((name, column), ""),
            }
            for column in (rows[0] if rows else ())
        ]
        if columns:  # a table without rows says nothing of its types, and cannot be read
            table = {"name": name.removesuffix(".csv"), "file": file, "row": means.get(name, "")}
            found.append({**table, "columns": columns})
    return found


def _rows(content: bytes) -> list[dict[str, str]]:
    import csv
    import io

    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    return list(csv.DictReader(text, restkey="", restval=""))


def _kind(cells: Sequence[str]) -> str:
    """Return the data type of a column, by its cells that are not empty.

    >>> _kind(["1", ""]), _kind(["1", "0.5"]), _kind(["1", "-"]), _kind(["007"]), _kind([""])
    ('sc:Integer', 'sc:Float', 'sc:Text', 'sc:Text', 'sc:Text')
    """
    filled = [cell for cell in cells if cell]
    if not filled or not all(NUMBER.fullmatch(cell) for cell in filled):
        return "sc:Text"
    return "sc:Integer" if all(WHOLE.fullmatch(cell) for cell in filled) else "sc:Float"


def file_table(files: Iterable[File]) -> str:
    """Return files as a table of Markdown."""
    lines = [[file.name, file.title, file.size, file.sha256] for file in files]
    return render(Table(["file", "what it holds", "bytes", "SHA-256"], lines), "markdown")
