"""The graph in the formats of other communities: each is one face of the same claims.

What a face holds, and under which names, is written in its queries and templates, in
`ontology/faces/NAME/`; its module here runs them and puts the parts together.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mngraph.errors import UsageError

if TYPE_CHECKING:
    from mngraph.store import Store


@dataclass(frozen=True)
class Face:
    """A format in which another community reads the graph.

    Attributes:
        name: what `mngraph export -f` calls it.
        about: what it holds and who reads it, as one line of help.
        module: the module of this room that makes it; its function `parts` takes the graph,
            the face's name and the IRIs of the claims and studies to keep (none for all), and
            yields names of files with their content.
        endings: the endings of a file that holds it; none when it is a folder.
        options: what else `parts` of the module takes, by name.
    """

    name: str
    about: str
    module: str
    endings: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


_ALL = (
    Face(
        "nanopub",
        "nanopublications, one a claim and one a study",
        "nanopubs",
        (".trig",),
        ("key", "orcid"),
    ),
    Face("fhir", "a FHIR R5 Bundle by EBMonFHIR", "fhir", (".json",)),
    Face("kgx", "nodes and edges by Biolink, as TSV", "kgx"),
    Face("kgx-jsonl", "nodes and edges by Biolink, as JSON Lines", "kgx"),
    Face("review-tables", "CSV tables of studies, arms, outcomes and events", "reviewtables"),
    Face("csl", "the studies' publications as CSL-JSON", "references", (".csl.json", ".json")),
    Face("bibtex", "the studies' publications as BibTeX", "references", (".bib",)),
    Face("ris", "the studies' publications as RIS", "references", (".ris",)),
)
FACES = {face.name: face for face in _ALL}
"""The faces by name, in the order of the help."""


def parts(
    store: Store, name: str, only: Sequence[str] = (), **options: object
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a face, with their names inside the folder that holds them.

    A face that is one file yields one part. The same graph gives the same bytes.

    Args:
        store: the graph.
        name: one of `FACES`.
        only: IRIs of claims and studies to keep; none for all.
        options: what else the face takes; see `Face.options`.

    Raises:
        UsageError: there is no such face, it takes no such option, or nothing of it is kept.
        MissingExtraError: the library that makes it is not installed.
    """
    if name not in FACES:
        raise UsageError(f"unknown format {name!r}: the formats are {', '.join(FACES)}")
    check_options(name, options)
    try:
        module = importlib.import_module(f"mngraph.faces.{FACES[name].module}")
    except ModuleNotFoundError as error:
        if error.name != f"mngraph.faces.{FACES[name].module}":
            raise
        raise UsageError(f"this version of mngraph cannot write {name} yet") from error
    yield from module.parts(store, name, tuple(only), **options)


def check_options(format: str, options: Iterable[str]) -> None:
    """Refuse what goes with another format than the one that is written.

    Raises:
        UsageError: the format does not take one of the options.

    >>> check_options("nanopub", ["key"])
    """
    taken = FACES[format].options if format in FACES else ()
    for option in options:
        if option not in taken:
            others = [face.name for face in FACES.values() if option in face.options]
            raise UsageError(
                f"{option} goes with {', '.join(others) or 'no format'}, not with {format}"
            )
