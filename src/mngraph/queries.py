"""Named queries: queries/*.rq with a header, their parameters checked and put in as terms.

A header is made of comment lines:

    # title: Studies of an indication
    # description: One sentence that says what a row is.
    # param: indication indication = acne-scar -- the indication; narrower ones are included
    # param: country string? -- only studies from this country
    # example: mngraph query studies-of -p indication=melasma
    # also: a name that the query had before

A parameter has a type, a default or a `?` that makes it optional, and a meaning. In the query it
stands as `$name`; an optional one that is not given stays a free variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, overload

from mngraph import asking, bounded, concepts, context, resources, sparql
from mngraph.bounded import Bounds
from mngraph.errors import UsageError
from mngraph.nearest import nearest
from mngraph.store import Store

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.asking import Results
    from mngraph.tables import Table

Answer = TypeVar("Answer")

UNBOUNDED = Bounds()

HEADER = re.compile(r"^# (\w+):\s*(.*)$", re.MULTILINE)
PARAMETER = re.compile(r"(\w+) (\w+)(\?)?(?: = (.*?))?(?: -- (.*))?")
TEXT = re.compile(
    r"\s*(?:#.*\s*)*(?:SELECT|ASK|CONSTRUCT|DESCRIBE|PREFIX|BASE|VERSION)(?![\w-])", re.IGNORECASE
)
"""How SPARQL text begins, and the name of a query or of a file does not."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a named query."""

    name: str
    type: str
    default: str | None
    optional: bool
    meaning: str


@dataclass(frozen=True)
class NamedQuery:
    """A query file: its name, header and text; `also` are names that it had before."""

    name: str
    title: str
    description: str
    parameters: tuple[Parameter, ...]
    example: str
    text: str = field(repr=False)
    also: tuple[str, ...] = ()
    audience: str = ""
    path: Path | None = field(default=None, repr=False)

    @property
    def is_ours(self) -> bool:
        """Whether the query ships with mngraph, so that its text needs no check."""
        return self.path is not None and self.path.parent == resources.folder("queries")

    @property
    def base(self) -> str | None:
        """The IRI that relative IRIs of the query start from: that of its own file."""
        return self.path.absolute().as_uri() if self.path else None


def read_query(path: Path) -> NamedQuery:
    """Read a query file with its header.

    Raises:
        UsageError: the file is missing, not UTF-8 or has a parameter line without a type.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read the query {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read the query {path}: its encoding is not UTF-8") from error
    except ValueError as error:
        raise UsageError(f"cannot read the query {str(path)!r}: {error}") from error
    return parse_query(path.stem, text, path)


def parse_query(name: str, text: str, path: Path | None = None) -> NamedQuery:
    """Return a query with its header.

    Args:
        name: what it is called.
        text: the query with its header.
        path: its file, where it has one.

    Raises:
        UsageError: a parameter line has no type.
    """
    fields: dict[str, list[str]] = {}
    for name_of_field, value in HEADER.findall(text):
        fields.setdefault(name_of_field, []).append(value.strip())
    parameters = []
    for line in fields.get("param", []):
        found = PARAMETER.fullmatch(line)
        if not found:
            raise UsageError(f"{path or name}: cannot read the parameter line {line!r}")
        own, kind, optional, default, meaning = found.groups()
        parameters.append(Parameter(own, kind, default, bool(optional), meaning or ""))
    return NamedQuery(
        name,
        " ".join(fields.get("title", [name])),
        " ".join(fields.get("description", [])),
        tuple(parameters),
        " ".join(fields.get("example", [])),
        text,
        tuple(fields.get("also", [])),
        " ".join(fields.get("audience", [])),
        path,
    )


def all_queries() -> list[NamedQuery]:
    """Return the named queries that ship with mngraph, by name."""
    return [read_query(path) for path in sorted(resources.folder("queries").glob("*.rq"))]


def queries_of(store: Store) -> list[NamedQuery]:
    """Return the named queries that a graph holds for its packs, by name."""
    rows = store.select_internal(sparql.internal("pack-queries"))
    return [parse_query(row["name"].value, row["text"].value) for row in rows]


def find_query(name: str, store: Store | None = None) -> NamedQuery:
    """Return a named query, that of a pack in a graph, or the query of a file.

    Raises:
        UsageError: there is no such query; the message names the nearest.
    """
    path = Path(name)
    if path.suffix == ".rq":
        return read_query(path)
    folder = resources.folder("queries")
    names = sorted(p.stem for p in folder.glob("*.rq"))
    if name not in names:
        for query in all_queries():
            if name in query.also:
                return query
        for query in queries_of(store) if store else ():
            names.append(query.name)
            if name == query.name:
                return query
        near = nearest(name, names, 40)
        hint = f"; did you mean {near!r}?" if near else ""
        raise UsageError(f"no query is called {name!r}{hint} (mngraph queries lists all)")
    return read_query(folder / f"{name}.rq")


def chosen(query: str | Path, store: Store | None = None) -> NamedQuery | str:
    """Return the query that a user means: SPARQL, the name of a query, or a file.

    The names are those of mngraph and those of the packs of a graph.

    Raises:
        UsageError: it names a query or a file that does not exist, or is neither text nor a path.

    >>> chosen("ASK{?s?p?o}")
    'ASK{?s?p?o}'
    >>> chosen("studies-of").title
    'Studies of an indication'
    """
    if isinstance(query, Path):
        return read_query(query)
    if not isinstance(query, str):
        raise UsageError(f"a query is SPARQL text, a name or a file, not {query!r}")
    is_text = not query.strip() or any(mark in query for mark in "{}<\n") or TEXT.match(query)
    return query if is_text else find_query(query, store)


@overload
def run_query(
    store: Store, query: NamedQuery | str, values: Mapping[str, Any] | None = None, *,
    services: Collection[str] = (),
) -> Results: ...  # fmt: skip


@overload
def run_query(
    store: Store, query: NamedQuery | str, values: Mapping[str, Any] | None = None, *,
    services: Collection[str] = (), bounds: Bounds = UNBOUNDED,
    finish: Callable[[Results], Answer],
) -> Answer: ...  # fmt: skip


def run_query(
    store: Store, query: NamedQuery | str, values: Mapping[str, Any] | None = None, *,
    services: Collection[str] = (), bounds: Bounds = UNBOUNDED,
    finish: Callable[[Results], Any] | None = None,
) -> Any:  # fmt: skip
    """Run a query and return what `finish` makes of the engine's results.

    Args:
        store: the graph to ask.
        query: a named query, or SPARQL text.
        values: a value for each parameter, as typed or as a Python value.
        services: the IRIs of the endpoints to which SERVICE may send parts of the query.
        bounds: the time and the memory that query and `finish` may take.
        finish: takes solutions, triples or a truth value; by default they are returned as they are.

    Raises:
        QueryError: the query cannot be parsed or run, or asks for an update or a SERVICE.
        QueryTimeoutError: it did not end in time.
        QueryMemoryError: it needed more memory.
        UsageError: a parameter is unknown, missing or has a value of another type.
    """
    ask = _asking(store, query, values, services)
    if finish is None:
        return ask(lambda results: results)
    return bounded.run(lambda stream: ask(finish), bounds)


def write_query(
    store: Store, query: NamedQuery | str, values: Mapping[str, Any] | None, *,
    services: Collection[str], bounds: Bounds, stream: BinaryIO,
    write: Callable[[Results, BinaryIO], Answer],
) -> Answer:  # fmt: skip
    """Run a query, write its results to a stream as they come, and return what `write` returns.

    Raises:
        QueryError: and others, as `run_query`.
    """
    ask = _asking(store, query, values, services)
    return bounded.run(lambda out: ask(lambda results: write(results, out)), bounds, stream)


def _asking(
    store: Store,
    query: NamedQuery | str,
    values: Mapping[str, Any] | None,
    services: Collection[str],
) -> Callable[[Callable[[Results], Answer]], Answer]:
    """Return what asks a query and hands its results to a function."""
    if isinstance(query, str):
        query = NamedQuery("", "", "", (), "", query)
    base, is_ours, text = query.base, query.is_ours, bound_text(store, query, values or {})

    def ask(finish: Callable[[Results], Answer]) -> Answer:
        with asking.query_errors():  # solutions are computed while they are read
            if is_ours:
                return finish(store.query_internal(text))
            return finish(store.query(text, base=base, services=services))

    return ask


def bound_text(store: Store, query: NamedQuery, values: Mapping[str, Any]) -> str:
    """Return the text of a query with a term for each parameter that has a value or a default.

    Raises:
        UsageError: a parameter is unknown, missing or has a value of another type.
    """
    terms = bind_values(store, query.parameters, values)
    return sparql.bind_own(query.text, terms) if query.is_ours else sparql.bind(query.text, terms)


def shown_text(store: Store, query: NamedQuery, values: Mapping[str, Any]) -> str:
    """Return the text of `bound_text` without the comments of its header, to be shown and sent."""
    lines = bound_text(store, query, values).splitlines()
    return "\n".join(line for line in lines if not line.startswith("# ")).strip()


def run_table(
    store: Store, query: NamedQuery | str, values: Mapping[str, Any] | None = None
) -> Table:
    """Run a SELECT query and return its table.

    Raises:
        QueryError: as for `run_query`, or the query is not a SELECT query.
    """
    return run_query(store, query, values, finish=solutions_table)


def solutions_table(results: Results, limit: int | None = None) -> Table:
    """Return the solutions of a SELECT query as a table: all of them, or the first `limit`.

    Raises:
        QueryError: the query was not a SELECT query.
    """
    from mngraph.tables import term_table  # a query to CSV or JSON makes no table

    solutions = asking.solutions(results)
    names = [variable.value for variable in solutions.variables]
    return term_table(names, [[row[name] for name in names] for row in islice(solutions, limit)])


def unknown_names(store: Store, query: NamedQuery | str) -> str:
    """Return a hint on names in a user's query that nothing describes; see `hints.on_names`."""
    if not isinstance(query, str) and query.is_ours:
        return ""
    from mngraph import hints

    return hints.on_names(store, query if isinstance(query, str) else query.text)


def defaults_used(query: NamedQuery, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of a query that take their default because no value is given.

    >>> defaults_used(find_query("studies-of"), {"combined_with": "PRP"})
    {'indication': 'acne-scar'}
    """
    return {
        parameter.name: parameter.default
        for parameter in query.parameters
        if parameter.default is not None and parameter.name not in values
    }


def bind_values(
    store: Store, parameters: tuple[Parameter, ...], values: Mapping[str, Any]
) -> dict[str, ox.NamedNode | ox.Literal]:
    """Return the term of each parameter that has a value or a default."""
    known = {parameter.name: parameter for parameter in parameters}
    for name in values:
        if name not in known:
            have = ", ".join(known) or "none"
            raise UsageError(f"no parameter is called {name!r}; this query has: {have}")
    terms = {}
    for parameter in parameters:
        value = values.get(parameter.name, parameter.default)
        if value is not None:
            terms[parameter.name] = _term(store, parameter, value, given=parameter.name in values)
        elif not parameter.optional:
            raise UsageError(
                f"the parameter {parameter.name!r} is missing: "
                f"-p {parameter.name}=… ({parameter.type}: {parameter.meaning})"
            )
    return terms


def _term(
    store: Store, parameter: Parameter, value: Any, *, given: bool
) -> ox.NamedNode | ox.Literal:
    """Return the term of a value; a default may not fit a graph on another procedure.

    Raises:
        UsageError: the value is of another type, or is a default that the graph does not have.
    """
    try:
        return value_term(store, parameter, value)
    except UsageError as error:
        if given:
            raise
        raise UsageError(
            f"give -p {parameter.name}=… ({parameter.meaning}): this graph does not have the "
            f"default {value}"
        ) from error


def value_term(store: Store, parameter: Parameter, value: Any) -> ox.NamedNode | ox.Literal:
    """Return a value as the RDF term that a parameter's type asks for."""
    import pyoxigraph as ox

    kind, text = parameter.type, str(value).lower() if isinstance(value, bool) else str(value)
    if kind in concepts.KINDS:
        return ox.NamedNode(concepts.resolve(store, text, (kind,)))
    if kind == "concept":
        return ox.NamedNode(concepts.resolve(store, text))
    if kind == "iri" and " " in text.strip():  # no IRI holds a space, and the label of a claim does
        return ox.NamedNode(_claim_called(store, parameter, text))
    if kind in ("study", "publication", "iri"):
        plain = ":" not in text and (kind != "iri" or parameter.name in context.own_prefixes())
        kind = parameter.name if plain and kind == "iri" else kind
        try:
            return sparql.node(context.expand(f"{kind}:{text}" if plain else text))
        except UsageError as error:
            raise UsageError(f"{parameter.name}: {error}") from error
    patterns = {
        "integer": r"[+-]?\d+",
        "decimal": r"[+-]?\d+(\.\d+)?",
        "year": r"\d{4}",
        "string": ".*",
        "boolean": "true|false",
    }
    if kind not in patterns:
        raise UsageError(f"{parameter.name}: the type {kind!r} is not known")
    if not re.fullmatch(patterns[kind], text, re.DOTALL):
        wanted = "is neither true nor false" if kind == "boolean" else f"is not of the type {kind}"
        raise UsageError(f"{parameter.name}: {text!r} {wanted}")
    if kind in ("integer", "decimal", "boolean"):
        return ox.Literal(text, datatype=ox.NamedNode(context.expand(f"xsd:{kind}")))
    return ox.Literal(text)


def _claim_called(store: Store, parameter: Parameter, text: str) -> str:
    """Return the IRI of the claim that has a label.

    Raises:
        UsageError: no claim has it.
    """
    from mngraph import search  # few queries start with a label

    if claim := search.claim_called(store, text):
        return claim
    raise UsageError(
        f"{parameter.name}: {text!r} is no IRI, and no claim is called so "
        "(mngraph query claims-about finds claims)"
    )
