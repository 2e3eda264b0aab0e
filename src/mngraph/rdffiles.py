"""RDF files as streams of quads: the name gives the syntax, `.gz` is unpacked, size bounded."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mngraph import context
from mngraph.errors import GraphSyntaxError, LocationError

if TYPE_CHECKING:
    import pyoxigraph as ox

MAX_BYTES = 4 * 2**30
"""Most bytes read of one RDF file, after decompression."""

SUFFIXES = {
    ".ttl": "TURTLE", ".nt": "N_TRIPLES", ".nq": "N_QUADS", ".trig": "TRIG", ".rdf": "RDF_XML",
    ".xml": "RDF_XML", ".owl": "RDF_XML", ".jsonld": "JSON_LD", ".n3": "N3",
}  # fmt: skip


def read_file(path: Path) -> Iterator[ox.Quad]:
    """Yield the quads of an RDF file; `.gz` is unpacked, the rest of the name says the syntax.

    Raises:
        GraphSyntaxError: with line and column.
        LocationError: the file cannot be read, is cut off or larger than `MAX_BYTES`.
    """
    import pyoxigraph as ox

    packed = path.suffix.lower() == ".gz"
    suffix = Path(path.stem).suffix if packed else path.suffix
    if suffix.lower() not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise LocationError(f"{path}: the ending says no RDF syntax; known are {known} (and .gz)")
    syntax = getattr(ox.RdfFormat, SUFFIXES[suffix.lower()])
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            bounded: Any = _Bounded(stream, path)  # type: ignore[arg-type]
            yield from ox.parse(bounded, format=syntax, base_iri=context.BASE)
    except SyntaxError as error:
        where = f":{error.lineno}:{error.offset}" if error.lineno else ""
        reason = re.sub(r"^Parser error at line \d+ column \d+: ", "", error.msg)
        raise GraphSyntaxError(f"{path}{where}: {reason}") from error
    except EOFError as error:
        raise GraphSyntaxError(f"{path}: the compressed file is cut off") from error
    except (OSError, ValueError) as error:
        if isinstance(error, LocationError):
            raise
        raise GraphSyntaxError(f"{path}: cannot be read: {error}") from error


class _Bounded:
    """A stream that ends with an error after `MAX_BYTES`, whatever a packed file unfolds to."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self.stream, self.path, self.left = stream, path, MAX_BYTES

    def read(self, size: int = -1) -> bytes:
        block = self.stream.read(size)
        self.left -= len(block)
        if self.left < 0:
            raise LocationError(f"{self.path}: more than {MAX_BYTES:,} bytes")
        return block
