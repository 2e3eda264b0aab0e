"""The publications of studies as CSL-JSON, BibTeX or RIS; see `mngraph.evidence.references`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from mngraph.errors import UsageError
from mngraph.evidence import references
from mngraph.evidence.facts import Facts
from mngraph.evidence.sources import sources
from mngraph.faces.kept import kept_studies

if TYPE_CHECKING:
    from mngraph.store import Store

WRITERS = {
    "csl": ("references.csl.json", references.to_csl),
    "bibtex": ("references.bib", references.to_bibtex),
    "ris": ("references.ris", references.to_ris),
}
"""The name of the file and what writes it, by the name of the face."""


def of_resources(store: Store, name: str, named: Iterable[str]) -> str:
    """Return the publications of the studies that some IRIs name, or that are published in them.

    Args:
        store: the graph.
        name: csl, bibtex or ris.
        named: IRIs of studies, publications and whatever else, which is passed over.

    Raises:
        UsageError: none of them is a study with a publication, or such a publication.

    >>> from mngraph.store import open_store
    >>> study = "https://w3id.org/mngraph/study/pmid-31469914"
    >>> of_resources(open_store(), "ris", [study]).splitlines()[1]
    'ID  - pmid-31469914'
    """
    facts, wanted = Facts(store), set(named)
    found = [
        row["study"]
        for row in facts.rows("published-studies")
        if wanted & {row["study"], row["publication"]}
    ]
    if not found:
        raise UsageError(f"no row names a study or its publication, and {name} holds nothing else")
    _, write = WRITERS[name]
    return write(sources(facts, facts.studies(found).values()))


def parts(store: Store, name: str, only: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Yield one file with the publications of all studies, or of those kept; see `faces.parts`."""
    file, write = WRITERS[name]
    facts = Facts(store)
    studies = facts.studies(kept_studies(facts, only))
    yield file, write(sources(facts, studies.values())).encode(errors="backslashreplace")
