"""The publications of studies as CSL-JSON, BibTeX or RIS; see `mngraph.evidence.references`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

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


def parts(store: Store, name: str, only: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Yield one file with the publications of all studies, or of those kept; see `faces.parts`."""
    file, write = WRITERS[name]
    facts = Facts(store)
    studies = facts.studies(kept_studies(facts, only))
    yield file, write(sources(facts, studies.values())).encode(errors="backslashreplace")
