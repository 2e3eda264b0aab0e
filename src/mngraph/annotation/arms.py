"""What each arm was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mngraph.annotation.choosing import Choice
from mngraph.annotation.document import Document
from mngraph.annotation.figures import Figure


def arms(
    document: Document, procedures: Sequence[Choice], modalities: Sequence[Choice]
) -> Iterator[Figure]:
    """Yield the arms of a study, each with the procedure and the modalities it was given."""
    yield from ()
