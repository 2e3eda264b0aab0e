"""The named queries say the same to every engine: no idiom that engines read differently."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
import rdflib
from engines import in_rdflib, in_store

from mngraph import build, queries, sparql
from mngraph.errors import UsageError
from mngraph.store import LocalStore

NAMES = [query.name for query in queries.all_queries()]
AGGREGATE_OF_CHOICE = re.compile(
    r"\b(COUNT|SUM|MIN|MAX|AVG|SAMPLE|GROUP_CONCAT)\s*\(\s*(DISTINCT\s+)?IF\s*\([^()]*\?none", re.I
)
OPTIONAL_SELECT = re.compile(r"OPTIONAL\s*\{\s*(?=\{?\s*SELECT)", re.I)


def code(name: str) -> str:
    """Return the text of a query without its comments."""
    text = queries.find_query(name).text
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield each OPTIONAL sub-select, and the query without it."""
    for found in OPTIONAL_SELECT.finditer(text):
        depth, end = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield text[found.end() : end - 1], text[: found.start()] + text[end:]


def variables(text: str) -> set[str]:
    return set(re.findall(r"[?$](\w+)", text))


def outside(text: str) -> str:
    """Return a query without what stands in its other sub-selects, whose names are their own."""
    while found := re.search(r"\{\s*SELECT\b", text, re.I):
        depth, end = 1, found.start() + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        head = re.split(r"\bWHERE\b", text[found.start() : end], maxsplit=1)[0]
        named = re.sub(r"\([^()]*(\([^()]*\)[^()]*)*AS\s+(\?\w+)\)", r"\2", head)
        text = text[: found.start()] + " ".join(re.findall(r"\?\w+", named)) + text[end:]
    return text


@pytest.mark.parametrize("name", NAMES)
def test_no_aggregate_counts_what_may_have_no_value(name: str) -> None:
    assert not AGGREGATE_OF_CHOICE.search(code(name)), "sum ones and zeros instead"


@pytest.mark.parametrize("name", NAMES)
def test_no_value_hangs_on_an_error(name: str) -> None:
    """Virtuoso joins texts of which one is unbound, and finds no empty text in another."""
    text = code(name)
    assert not re.search(r"COALESCE\(\s*CONCAT\(", text), "ask for BOUND, then CONCAT"
    assert not re.search(r"(?<!\|\| )CONTAINS\([^,]*, (LCASE\()?COALESCE", text), (
        'an optional text may be empty: COALESCE($name, "") = "" || CONTAINS(…)'
    )


@pytest.mark.parametrize("name", NAMES)
def test_no_pattern_takes_all_that_may_match_nothing(name: str) -> None:
    for pattern in re.findall(r'REPLACE\([^"]*"([^"]*)"', code(name)):
        assert not re.search(pattern, ""), "Virtuoso refuses to replace an empty text"


@pytest.mark.parametrize("name", NAMES)
def test_an_optional_sub_select_keeps_its_names_to_itself(name: str) -> None:
    for block, rest in blocks(code(name)):
        shown = variables(block[: block.upper().index("WHERE")])
        shared = (variables(block) - shown) & variables(outside(rest))
        given = {parameter.name for parameter in queries.find_query(name).parameters}
        assert not shared - given, "rdflib hands the names around OPTIONAL to the sub-select"


@pytest.fixture(scope="module")
def both() -> tuple[LocalStore, rdflib.Dataset]:
    """A sixth of the release in Oxigraph and in rdflib."""
    store, _ = build.build_graph(build.release_files()[::6])
    dataset = rdflib.Dataset(default_union=True)
    data = ox.serialize(store.quads(), format=ox.RdfFormat.N_QUADS)
    dataset.parse(data=data, format="nquads")
    return store, dataset


@pytest.mark.parametrize("name", NAMES)
def test_rdflib_gives_the_rows_of_oxigraph(
    name: str, both: tuple[LocalStore, rdflib.Dataset]
) -> None:
    store, dataset = both
    query = queries.find_query(name)
    try:
        terms = queries.bind_values(store, query.parameters, {})
    except UsageError as error:
        pytest.fail(str(error))
    text = sparql.bind_own(query.text, terms)
    ours, theirs = in_store(store, text), in_rdflib(dataset, text)
    if isinstance(ours, bool):
        assert theirs == ours
    else:
        assert Counter(theirs) == Counter(ours)
