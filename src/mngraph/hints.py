"""What may be wrong with a query: names that do not exist, and values in other letters.

Nothing here is read or imported before a query has been answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from mngraph import concepts, context, resources, sparql
from mngraph.errors import LocationError, QueryError
from mngraph.nearest import HAS_WORDS, nearest
from mngraph.sparqltokens import tokens
from mngraph.store import Store
from mngraph.wording import alternatives

LISTS = (
    "mngraph query properties-and-counts lists the properties",
    "mngraph query classes-and-counts lists the classes",
)
"""What lists the properties, and the classes, that a graph uses."""
PREFIXES = ("mn", *concepts.KINDS)
"""The prefixes of ontology and vocabularies, which are known to the last name."""
NAME = re.compile(rf"(?:{'|'.join(PREFIXES)}):[\w.-]+")
WORDS = re.compile(r"([A-Z])")
"""Where a word begins within a name such as `studyDesign`."""
TYPES = ("a", "rdf:type")


def on_nothing(store: Store, text: str, values: Mapping[str, str]) -> str:
    """Return a hint for a query that found nothing; empty where there is none.

    Args:
        store: the graph that was asked.
        text: the query.
        values: its parameters that are texts.

    >>> from mngraph.store import open_store
    >>> on_nothing(open_store(), "ASK { ?s a mn:Studdy }", {})
    'the ontology has no mn:Studdy; did you mean mn:Study?'
    """
    return "; ".join(filter(None, [on_names(store, text), *_other_letters(store, values)]))


def on_names(store: Store, text: str) -> str:
    """Return a hint on names of ontology and vocabularies that a query uses and nothing describes.

    The graph is asked for the names first: the files are read only where it lacks one.

    Args:
        store: the graph that was asked.
        text: the query.

    >>> from mngraph.store import open_store
    >>> on_names(open_store(), "SELECT * { ?s a mn:study }")
    'mn:study is a property; did you mean the class mn:Study?'
    """
    try:
        found = [token.text for token in tokens(text)]
    except QueryError:  # an endpoint may take what our reader does not
        return ""
    names = _names(found)
    classes = {name for before, name in pairwise(found) if before in TYPES} & names
    try:
        unknown = names - _described(store, names)
        known = _known() if unknown else set()
        hints = [_unknown(store, name, known) for name in sorted(unknown - known)]
        hints += [_no_class(store, name) for name in sorted(classes - unknown)]
    except LocationError:  # the endpoint that gave the answer is gone
        return ""
    return "; ".join(filter(None, hints))


def _names(found: Sequence[str]) -> set[str]:
    """Return the names of ontology and vocabularies among the tokens of a query."""
    own = {
        prefix[:-1]
        for word, prefix, iri in zip(found, found[1:], found[2:], strict=False)
        if word.upper() == "PREFIX" and iri[1:-1] != context.prefixes().get(prefix[:-1])
    }
    return {name for name in found if NAME.fullmatch(name) and name.partition(":")[0] not in own}


def on_name(store: Store, name: str) -> str:
    """Return a hint on one name, such as `mn:design`; empty where there is none.

    >>> from mngraph.store import open_store
    >>> on_name(open_store(), "mn:design")
    'the ontology has no mn:design; did you mean mn:studyDesign?'
    """
    known = _known() if NAME.fullmatch(name) else {name}
    return "" if name in known else _unknown(store, name, known)


def _described(store: Store, names: Iterable[str]) -> set[str]:
    """Return the names about which a graph states something."""
    if not names:
        return set()
    text = sparql.internal("stated", nodes=map(context.expand, sorted(names)))
    return {context.compact(row["node"].value) for row in store.select_internal(text)}


def _unknown(store: Store, name: str, known: Iterable[str]) -> str:
    """Return the hint on a name that neither the graph nor the files describe."""
    prefix, _, local = name.partition(":")
    of_prefix = {each.partition(":")[2] for each in known if each.startswith(f"{prefix}:")}
    of_case = {each for each in of_prefix if each[0].isupper() == local[0].isupper()}
    with_word = {
        each for each in of_case if local.lower() in WORDS.sub(r" \1", each).lower().split()
    }
    near = nearest(local, with_word) or nearest(local, of_case)
    if prefix != "mn":
        near = near or _by_label(store, prefix, local)
    meant = f"; did you mean {prefix}:{near}?" if near else ""
    lists = (
        LISTS[local[0].isupper()]
        if prefix == "mn"
        else f"mngraph search TEXT -k {prefix} finds names"
    )
    where = "ontology" if prefix == "mn" else "vocabulary"
    return f"the {where} has no {name}{meant or f' ({lists})'}"


def _words(name: str) -> list[str]:
    """Return the words of a name such as `studyDesign`, in small letters."""
    return WORDS.sub(r" \1", name).lower().split()


def _by_label(store: Store, kind: str, local: str) -> str:
    """Return the slug of the concept that has the words of a name as its label or synonym."""
    best = concepts.search(store, local.replace("-", " "), (kind,), limit=1)
    named = [match.iri.rpartition("/")[2] for match in best if match.score >= HAS_WORDS]
    return "".join(named)


def _no_class(store: Store, name: str) -> str:
    """Return the hint on a property that stands where a class does."""
    prefix, _, local = name.partition(":")
    if prefix != "mn" or not local[0].islower():
        return ""
    wanted = f"mn:{local[0].upper()}{local[1:]}"
    meant = f"; did you mean the class {wanted}?" if _described(store, [wanted]) else ""
    return f"{name} is a property{meant or f' ({LISTS[1]})'}"


def _known() -> set[str]:
    """Return the names that the files of ontology and vocabularies describe."""
    from mngraph.rdffiles import read_file

    folder = resources.folder("ontology")
    paths = (folder / "mngraph.ttl", *sorted((folder / "vocabulary").glob("*.ttl")))
    subjects = {quad.subject for path in paths for quad in read_file(path, base=context.BASE)}
    return {context.compact(getattr(subject, "value", "")) for subject in subjects}


def _other_letters(store: Store, values: Mapping[str, str]) -> Iterator[str]:
    """Yield a hint for each text that the graph has in other capitals."""
    import pyoxigraph as ox

    for name, text in values.items():
        query = sparql.internal_on("values-like", text=ox.Literal(text))
        found: Iterable[str] = (row["value"].value for row in store.select_internal(query))
        if alike := list(dict.fromkeys(found)):
            yield f"{name}: the graph has {alternatives(map(repr, alike))}, not {text!r}"
