"""What the page of an explorer holds: the graph, its names, its queries, and the parts it loads.

Whatever is not needed to start is compressed, and decompressed by the browser when it is.
"""

from __future__ import annotations

import base64
import gzip
import io
import re
import shlex
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import concepts, context, iris, queries, resources, sparql
from mngraph.drawing import appearance, pages
from mngraph.errors import UnrepresentableError
from mngraph.evidence import weighing
from mngraph.evidence.model import Question
from mngraph.export import dataset_quads, statements, write_statements

if TYPE_CHECKING:
    from mngraph.queries import NamedQuery
    from mngraph.store import Store

ENGINE = Path(__file__).parent / "oxigraph"
SHARED = ("claims-called", "example-questions", "terms")
"""The internal queries of the package that the page asks, too."""
MOST_VERDICTS = 1000
"""The questions whose verdicts a page holds; counts alone are shown for others."""
MOST_QUADS = 1_500_000
"""The quads that a page can hold: a browser needs about 1 KB of memory for each."""


@cache
def engine() -> dict[str, str]:
    """Return the parts that are the same in each page: Oxigraph, and the worker that runs it."""
    worker = pages.read_template("explorer-worker.js")
    script = plain_script((ENGINE / "web.js").read_text("utf-8"))
    return {
        "engine": packed((ENGINE / "web_bg.wasm").read_bytes()),
        "worker": packed(f"{script}\n{worker}".encode()),
    }


def plain_script(module: str) -> str:
    """Return a module of JavaScript as a script without exports.

    A page that was opened from a file may start a worker from a script, and not from a module.

    >>> plain_script("export class A {}"), plain_script("export { A as default };")
    ('class A {}', '')
    """
    plain = re.sub(r"^export (?=class|function|async)", "", module, flags=re.MULTILINE)
    plain = re.sub(r"^export \{[^}]*\};?", "", plain, flags=re.MULTILINE)
    return plain.replace("import.meta.url", "self.location.href")


def packed(content: bytes) -> str:
    """Return bytes compressed, as text that can stand anywhere in HTML.

    >>> gzip.decompress(base64.b64decode(packed(b"scar")))
    b'scar'
    """
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def graph_data(store: Store) -> bytes:
    """Return the graph as TriG, the same bytes for the same graph.

    Raises:
        UnrepresentableError: it has more quads than a page can hold.
    """
    quads = dataset_quads(store)
    if len(quads) > MOST_QUADS:
        raise UnrepresentableError(
            f"{store.location} has {len(quads):,} quads, and a page can hold {MOST_QUADS:,}: "
            "draw it without --explorer, or serve it with mngraph serve -g LOCATION"
        )
    out = io.BytesIO()
    write_statements(statements(quads, "trig"), "trig", out)
    return out.getvalue()


def about(store: Store, drawn: Iterable[str]) -> dict[str, Any]:
    """Return what the page knows from the start.

    Args:
        store: the graph.
        drawn: the nodes of the network, as CURIEs.
    """
    return {
        "prefixes": context.prefixes(),
        "bases": context.bases(),
        "schemes": _schemes(store),
        "names": _names(store),
        "queries": [_query(q) for q in (*queries.all_queries(), *queries.queries_of(store))],
        "own": {path.stem: _own(path) for path in _own_queries()},
        "drawn": sorted(drawn),
        "verdicts": _verdicts(store),
        "kinds": {kind: look.color for kind, look in appearance.KINDS.items()},
        "stances": {name: [s.color, s.sign, s.words] for name, s in appearance.STANCES.items()},
    }


def _names(store: Store) -> list[list[Any]]:
    """Return each concept that can be named: IRI, kinds, labels, the preferred one first."""
    known = concepts.Kinds(store)
    found: dict[str, list[str]] = {}
    for label in concepts.labels(store):
        found.setdefault(label.iri, [label.preferred])
        if label.text not in found[label.iri]:
            found[label.iri].append(label.text)
    return [[context.compact(iri), sorted(known.of(iri)), *names] for iri, names in found.items()]


def _schemes(store: Store) -> list[list[str]]:
    """Return the names of schemes, which stand for all of their concepts: name, kind, and IRI."""
    kinds = {iris.scheme(kind): kind for kind in concepts.KINDS}
    rows = store.select_internal(sparql.internal("scheme-names"))
    found = {(row["name"].value.lower(), row["scheme"].value) for row in rows}
    return [[name, kinds[iri], iri] for name, iri in sorted(found) if iri in kinds]


def _query(query: NamedQuery) -> dict[str, Any]:
    """Return a named query with its form, cut at its parameters."""
    text = "\n".join(line for line in query.text.splitlines() if not line.startswith("# "))
    return {
        "name": query.name,
        "title": query.title,
        "about": query.description,
        "for": query.audience or "everybody",
        "example": _example(query),
        "parameters": [
            {
                "name": each.name,
                "type": each.type,
                "value": each.default or "",
                "optional": each.optional,
                "meaning": each.meaning,
            }
            for each in query.parameters
        ],
        "pieces": sparql.pieces(text.strip(), [each.name for each in query.parameters]),
    }


def _example(query: NamedQuery) -> dict[str, str]:
    """Return the values of the parameters in the example of a query.

    >>> _example(queries.find_query("claims-about"))
    {'concept': 'tranexamic-acid', 'min_studies': '3'}
    """
    words = shlex.split(query.example)
    given = [word for option, word in pairwise(words) if option == "-p"]
    return dict(word.split("=", 1) for word in given)


def _verdicts(store: Store) -> dict[str, str]:
    """Return the verdicts on the questions that most studies are about.

    A question is an indication, alone or with modalities, as CURIEs with a space between them.
    """
    text = (resources.folder("ontology") / "explorer" / "treatment-claims.rq").read_text("utf-8")
    rows = list(store.select_internal(sparql.bind_own(text, {"modalities": []})))
    asked = {
        (
            row["indication"].value,
            *sorted(row["modalities"].value.split() if row["modalities"] else ()),
        )
        for row in rows[:MOST_VERDICTS]
    }
    asked |= {(indication,) for indication, *_ in asked}
    keys = sorted(asked)
    questions = [Question(indication=key[0], modalities=tuple(key[1:])) for key in keys]
    found = weighing.bottom_lines(store, questions)
    return {
        " ".join(map(context.compact, key)): line for key, line in zip(keys, found, strict=True)
    }


def _own_queries() -> list[Path]:
    """Return the queries that the page asks for itself, some of which the package asks too."""
    shared = [resources.folder("queries") / "internal" / f"{name}.rq" for name in SHARED]
    return [*sorted((resources.folder("ontology") / "explorer").glob("*.rq")), *shared]


def _own(path: Path) -> list[str]:
    """Return a query that the page asks for itself, cut at its parameters."""
    text = path.read_text("utf-8")
    return sparql.pieces(text, set(sparql.PARAMETER.findall(text)))
