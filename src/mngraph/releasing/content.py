"""The data of a release: the graph in the syntaxes of RDF, and in the formats of communities."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from mngraph import context, export, faces, yamlfile
from mngraph.errors import MissingExtraError, MngraphError
from mngraph.packing import pack, packing_of, without_ending
from mngraph.releasing import facts
from mngraph.versions import GRAPH

if TYPE_CHECKING:
    from mngraph.store import Store


@dataclass(frozen=True, kw_only=True)
class File:
    """One file of a release.

    Attributes:
        name: its path in the release.
        title: what it holds.
        address: its IRI, from which it can be downloaded.
        media: its media type, before it was compressed.
        follows: the IRI of the specification that it follows; empty where there is none.
        rdf: whether it holds RDF.
        packed: whether it is compressed.
        size: its size in bytes.
        sha256: its checksum.
    """

    name: str
    title: str
    address: str
    media: str
    follows: str
    rdf: bool
    packed: bool
    size: int
    sha256: str

    @property
    def is_whole(self) -> bool:
        """Whether it holds the whole graph as RDF."""
        return self.rdf and self.name.startswith(GRAPH.partition(".")[0] + ".")


@cache
def table() -> dict[str, Any]:
    """Return ontology/release/files.yaml."""
    found: dict[str, Any] = yamlfile.read_yaml(facts.folder() / "files.yaml")[0]
    return found


def described(name: str, title: str, content: bytes, release: str) -> File:
    """Return the description of a file.

    Args:
        name: its path in the release.
        title: what it holds.
        content: its bytes.
        release: the IRI of the release.

    >>> described("claims.ttl.gz", "Claims", b"", "https://example.org/release/2026-11-22").media
    'text/turtle'
    >>> described("fhir.json.gz", "A Bundle", b"", "https://example.org/release/2026-11-22").media
    'application/fhir+json'
    """
    endings = table()["endings"]
    plain = without_ending(name)
    kind = endings.get(plain.name) or endings.get(plain.suffix, endings[""])
    return File(
        name=name, title=title, address=f"{release}/{name}", media=kind["media"],
        follows=kind["follows"], rdf=kind.get("rdf", False), packed=packing_of(name) is not None,
        size=len(content), sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One line of the table of what a release holds.

    Attributes:
        name: its file, or its folder with a slash at the end.
        title: what it holds.
        rdf: the syntax, for the graph itself.
        graph: the named graph, where it is only one.
        face: the format, for the graph as another community reads it.
    """

    name: str
    title: str
    rdf: str = ""
    graph: str = ""
    face: str = ""

    def parts(self, store: Store) -> Iterator[tuple[str, bytes]]:
        """Yield the files of it, with their paths in the release; nothing where it is empty.

        Raises:
            MngraphError: the graph cannot be written in this way.
        """
        if self.face:
            yield from self._of_face(store)
            return
        graphs = [context.expand(self.graph)] if self.graph else []
        if graphs and graphs[0] not in store.graphs():
            return
        quads = export.dataset_quads(store, graphs)
        yield self.name, pack(self.name, export.to_rdf(quads, self.rdf))

    def _of_face(self, store: Store) -> Iterator[tuple[str, bytes]]:
        made = faces.parts(store, self.face)
        if self.name.endswith("/"):
            yield from ((self.name + name, content) for name, content in made)
        else:
            yield self.name, pack(self.name, b"".join(content for _, content in made))


def items() -> list[Item]:
    """Return what a release holds; formats that the table does not name come last.

    >>> [item.name for item in items() if item.rdf == "nq"]
    ['graph.nq.gz']
    """
    listed = [Item(**line) for line in table()["files"]]
    named = {item.face for item in listed}
    others = [
        Item(name=name + (face.endings[0] if face.endings else "/"), title=face.about, face=name)
        for name, face in faces.FACES.items()
        if name not in named
    ]
    return [item for item in [*listed, *others] if not item.face or _is_made(item.face)]


def _is_made(face: str) -> bool:
    """Return whether this version of mngraph has what makes a format."""
    if face not in faces.FACES:
        return False
    return importlib.util.find_spec(f"mngraph.faces.{faces.FACES[face].module}") is not None


def made(store: Store, item: Item) -> tuple[list[tuple[str, bytes]], str]:
    """Return the files of a line of the table, or why there are none.

    What cannot be made of a graph is left out and named, since the others can be.

    Args:
        store: the graph.
        item: the line.
    """
    try:
        return list(item.parts(store)), ""
    except MissingExtraError as error:
        return [], str(error)
    except MngraphError as error:
        if not item.face:
            raise
        return [], str(error)
