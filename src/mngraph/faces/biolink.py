"""Names of Biolink and KGX for what the graph holds: tables of ontology/faces/kgx/, and CURIEs."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mngraph import context, iris, resources, sparql

if TYPE_CHECKING:
    from pathlib import Path

    from pyoxigraph import Literal, NamedNode

XSD = "http://www.w3.org/2001/XMLSchema#"
BASE_NAME = "mngraph"
"""What stands for the base IRI of mngraph in prefixes, as the name of a pack does for its own."""
KIND = re.compile(r"([A-Za-z][A-Za-z0-9-]*)/(?=.)")
"""The first part of an IRI behind its base: study, claim, indication."""


def folder() -> Path:
    """Return the folder of the tables and queries."""
    return resources.folder("ontology") / "faces" / "kgx"


@cache
def table(name: str) -> list[dict[str, str]]:
    """Return the rows of a table by the names of its columns.

    >>> table("categories")[0]["category"]
    'biolink:ClinicalTrial'
    """
    with (folder() / f"{name}.tsv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def query(name: str, **iris: Collection[str]) -> str:
    """Return a query with IRIs for its parameters."""
    text = (folder() / f"{name}.rq").read_text("utf-8")
    return sparql.bind_own(text, {key: [*map(sparql.node, given)] for key, given in iris.items()})


@cache
def slots() -> dict[str, str]:
    """Return how many values each slot has, in the order of the table: one, many or listed."""
    return {row["slot"]: row["values"] for row in table("slots")}


@cache
def properties() -> dict[str, tuple[int, str]]:
    """Return the slot of each property of the graph, with its place in the table."""
    return {
        context.expand(row["property"]): (place, row["slot"])
        for place, row in enumerate(table("slots"))
        if row["property"]
    }


@cache
def match_namespaces() -> dict[str, str]:
    """Return the namespace of each prefix of the terms that concepts are mapped to."""
    return {row["prefix"]: row["namespace"] for row in table("prefixes")}


def own_namespaces(used: Mapping[str, str]) -> dict[str, str]:
    """Return the prefixes that Biolink's own prefix map does not have, with their namespaces.

    >>> own_namespaces({"mn": context.mn(""), "iri": ""})["mn"]
    'https://w3id.org/mngraph/ontology#'
    >>> list(own_namespaces({"MESH": "http://id.nlm.nih.gov/mesh/", "iri": ""}))
    ['infores']
    """
    known = {row["prefix"] for row in table("prefixes") if row["in_biolink"] == "yes"}
    all_used = {**used, "infores": match_namespaces()["infores"]}
    return {name: each for name, each in sorted(all_used.items()) if each and name not in known}


@cache
def category_needs() -> dict[str, list[str]]:
    """Return the classes, branches and namespaces that categories.tsv tells nodes apart by."""
    rows = table("categories")
    columns = {"classes": "class", "branches": "branch"}
    needs = {
        name: [*dict.fromkeys(context.expand(row[column]) for row in rows if row[column])]
        for name, column in columns.items()
    }
    matches = dict.fromkeys(row["match"] for row in rows if row["match"])
    return needs | {"matches": [match_namespaces()[prefix] for prefix in matches]}


def category_row(found: Collection[str]) -> Mapping[str, str] | None:
    """Return the first row of categories.tsv that fits a node, or None.

    Args:
        found: IRIs of its classes and of the branches that it is under, and the namespaces in
            which its exact matches lie.

    >>> modality = context.mn("Modality")
    >>> chemical = match_namespaces()["CHEBI"]
    >>> category_row({modality, chemical, context.mn("Intervention")})["category"]
    'biolink:Drug'
    >>> category_row({modality, context.mn("Intervention")})["category"]
    'biolink:ClinicalIntervention'
    """
    return next((row for needed, row in _needs() if needed <= set(found)), None)


@cache
def _needs() -> list[tuple[set[str], dict[str, str]]]:
    needs = []
    for row in table("categories"):
        needed = {context.expand(row[column]) for column in ("class", "branch") if row[column]}
        needed |= {match_namespaces()[row["match"]]} if row["match"] else set()
        needs.append((needed, row))
    return needs


class Names:
    """How resources are called outside the graph.

    Args:
        ids: identifiers of publications that stand for their addresses, by IRI.
        cited: how lists of publications name them, by IRI.
    """

    def __init__(self, ids: Mapping[str, str], cited: Mapping[str, str]) -> None:
        self.cited = cited
        self.used: dict[str, str] = {}
        self._made: dict[str, str] = dict(ids)

    def curie(self, iri: str) -> str:
        """Return the CURIE of a resource, and keep its prefix for the prefix map.

        KGX takes neither a slash nor a colon behind the prefix, so they are percent-encoded.

        >>> Names({}, {}).curie("https://w3id.org/mngraph/study/pmid-1/arm/A")
        'mngraph.study:pmid-1%2Farm%2FA'
        >>> Names({}, {}).curie("http://id.nlm.nih.gov/mesh/D000152")
        'MESH:D000152'
        """
        if iri not in self._made:
            prefix, namespace = _namespace(iri)
            self.used[prefix] = namespace
            self._made[iri] = f"{prefix}:{quote(iri[len(namespace) :], safe='')}"
        return self._made[iri]

    def value(self, slot: str, term: NamedNode | Literal) -> Any:
        """Return a term of a query as text, number, truth value or CURIE."""
        datatype = getattr(term, "datatype", None)
        if datatype is not None:
            return plain(term.value, datatype.value.removeprefix(XSD))
        in_list = slot == "publications" and term.value in self.cited
        return self.cited[term.value] if in_list else self.curie(term.value)


def _namespace(iri: str) -> tuple[str, str]:
    """Return the prefix of an IRI and the namespace that it stands for.

    >>> _namespace("http://example.org/x")
    ('iri', '')
    """
    for prefix, namespace in match_namespaces().items():
        if iri.startswith(namespace):
            return prefix, namespace
    known = context.prefixes()
    packs = {name: known[name] for name in known.keys() - context.own_prefixes().keys()}
    for name, base in {**packs, BASE_NAME: iris.BASE}.items():
        if iri.startswith(base) and (kind := KIND.match(iri, len(base))):
            return f"{name}.{kind[1]}", base + kind[0]
    fitting = [name for name, namespace in known.items() if iri.startswith(namespace)]
    longest = max(fitting, key=lambda name: len(known[name]), default="")
    return (longest, known[longest]) if longest else ("iri", "")


def plain(text: str, datatype: str) -> Any:
    """Return a literal as JSON holds it: numbers that are finite, truth values, else text.

    >>> plain("30", "integer"), plain("0.050", "decimal"), plain("1", "boolean")
    (30, 0.05, True)
    >>> plain("INF", "double"), plain("many", "integer"), plain("2019", "gYear")
    ('INF', 'many', '2019')
    """
    try:
        if datatype == "boolean":
            return sparql.is_true(text)
        if datatype in ("decimal", "double", "float"):
            number = float(text)
            return number if math.isfinite(number) else text
        if datatype.endswith("nteger") or datatype in ("int", "long"):
            return int(text)
    except ValueError:
        return text
    return text
