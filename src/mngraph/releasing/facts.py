"""What a release states of its graph, read from the graph by the queries of ontology/release/."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mngraph import resources, sparql
from mngraph.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import pyoxigraph as ox

    from mngraph.store import Store

Row = dict[str, Any]


def folder() -> Path:
    """Return the folder of the queries, tables and templates of releases."""
    return resources.folder("ontology") / "release"


@dataclass(frozen=True, kw_only=True)
class About:
    """What a graph states of its dataset.

    Attributes:
        dataset: the dataset's IRI.
        base: what the IRIs of its pack begin with; its releases are at `{base}release/DATE`.
        title: its title in English.
        description: its description in English.
        license: the IRI of its license; empty where none is stated.
        version: the version of the data; empty where none is stated.
        issued: the date that it states, as 2026-11-22; empty where none is stated.
        language: the language of its texts.
        example: the IRI of a resource that shows what it holds, or nothing.
        contact: the IRI of whom to ask, or nothing.
        summary: the IRI of the dataset whatever its version, of which this one is a version.
    """

    dataset: str
    base: str
    title: str
    description: str
    license: str = ""
    version: str = ""
    issued: str = ""
    language: str = "en"
    example: str = ""
    contact: str = ""
    summary: str = ""


def about(store: Store) -> About:
    """Return what a graph states of its dataset.

    Raises:
        UsageError: it describes no dataset, or one without an address of which a release can have
            a part.
    """
    found = rows(store, "about")
    if not found:
        raise UsageError("this graph describes no dataset, which a release would be a version of")
    stated = {name: value for name, value in found[0].items() if value not in ("", None)}
    if "base" not in stated:
        raise UsageError(
            f"a release needs an address, and these records have none ({stated['dataset']}): "
            "release an evidence pack (mngraph new makes one), or give the dataset an address "
            "with --iri https://…"
        )
    stated.setdefault("title", stated["dataset"])
    stated.setdefault("summary", stated["dataset"])
    stated.setdefault("description", stated["title"])
    return About(**{name: str(value) for name, value in stated.items()})


def rows(store: Store, name: str, **iris: str) -> list[Row]:
    """Return the answer to a query of ontology/release/, each row by the names of its columns.

    Args:
        store: the graph.
        name: the query.
        iris: an IRI for each of its parameters.
    """
    text = (folder() / f"{name}.rq").read_text("utf-8")
    asked = sparql.bind_own(text, {name: sparql.node(iri) for name, iri in iris.items()})
    found = store.select_internal(asked)
    names = [variable.value for variable in found.variables]
    return [{name: _value(solution[name]) for name in names} for solution in found]


def _value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str | int | None:
    """Return a term as text, and an integer as a number."""
    import pyoxigraph as ox

    if term is None or isinstance(term, ox.Triple):
        return None
    is_number = isinstance(term, ox.Literal) and term.datatype.value == sparql.INTEGER
    return int(term.value) if is_number else term.value
