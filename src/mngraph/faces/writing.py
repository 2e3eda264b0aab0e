"""Faces written to a file or folder, for the command line and for Python."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph import context, iris, packing, search
from mngraph.errors import UsageError
from mngraph.faces import FACES, parts
from mngraph.files import write_bytes, write_folder
from mngraph.wording import counted, one_of

if TYPE_CHECKING:
    from mngraph.faces import Face
    from mngraph.store import Store

SHARED = frozenset({".json", ".trig"})
"""Endings of files that hold something else where no face is asked for."""
KEPT = ("claim", "study")
"""The kinds of resources that a face can be limited to."""


def face_of(target: str | Path) -> str:
    """Return the face that a file's ending names and no other format has; '' for none.

    >>> face_of("sources.bib"), face_of("sources.RIS.gz"), face_of("a.csl.json"), face_of("a.json")
    ('bibtex', 'ris', 'csl', '')
    """
    name = packing.without_ending(Path(target).name.lower()).name
    own = (set(face.endings) - SHARED for face in FACES.values())
    found = (
        face.name
        for face, endings in zip(FACES.values(), own, strict=True)
        if any(map(name.endswith, endings))
    )
    return next(found, "")


def check_target(target: str | Path, face: Face) -> None:
    """Refuse a file's name that does not go with a face.

    Args:
        target: the file or folder; - is stdout.
        face: what is to be written there.

    Raises:
        UsageError: the name ends in something else, or a folder is asked of stdout.
    """
    if str(target) == "-" and not face.endings:
        raise UsageError(f"{face.name} is a folder of files; give the folder a name")
    ending = packing.without_ending(Path(target).name.lower()).suffix
    if str(target) != "-" and (ending not in face.endings if face.endings else ending):
        needed = "must end in " + " or ".join(face.endings)
        needed = needed if face.endings else "has no ending, since it is a folder"
        raise UsageError(f"cannot write {face.name} to {target}: such a name {needed}")


def limits(store: Store, names: Iterable[str]) -> list[str]:
    """Return the IRIs of the claims and studies that a user names.

    Args:
        store: the graph.
        names: slugs, CURIEs, IRIs or labels of claims; keys, PMIDs or authors and year of studies.

    Raises:
        UsageError: nothing has one of these names, or what has it is neither claim nor study.

    >>> from mngraph.store import open_store
    >>> [iri.rpartition("/")[2] for iri in limits(open_store(), ["PMID 31469914"])]
    ['pmid-31469914']
    """
    found = [search.resolve(store, name) for name in names]
    for iri in found:
        if (kind := iris.kind_of(iri)) not in KEPT:
            raise UsageError(
                f"only claims and studies can be kept, and {context.compact(iri)} is "
                f"{one_of([kind or 'resource of another kind'])} "
                "(mngraph query claims-about lists claims)"
            )
    return found


def face_bytes(store: Store, face: Face, only: Iterable[str] = (), **options: object) -> bytes:
    """Return a face that is one file.

    Args:
        store: the graph.
        face: the face.
        only: names of claims and studies to keep, as `limits` takes them; none for all.
        options: what else the face takes, as `faces.parts` passes it on.
    """
    made = parts(store, face.name, limits(store, only), **options)
    return b"".join(content for _, content in made)


def write_face(
    store: Store, target: str | Path, face: Face, only: Iterable[str] = (), **options: object
) -> str:
    """Write a face to a file or folder, which appears whole or not at all.

    Args:
        store: the graph.
        target: the file, compressed as its name asks, or the folder.
        face: the face.
        only: names of claims and studies to keep, as `limits` takes them; none for all.
        options: what else the face takes, as `faces.parts` passes it on.

    Returns:
        How much it is, in words.

    Raises:
        UsageError: the target's name does not go with the face, or a name of `only` is unknown.
        OutputError: the target cannot be written.
    """
    check_target(target, face)
    if face.endings:
        content = face_bytes(store, face, only, **options)
        write_bytes(target, packing.pack(target, content))
        return f"{len(content):,} bytes of {face.name}"
    made = parts(store, face.name, limits(store, only), **options)
    return f"{counted(write_folder(target, made), 'file')} of {face.name}"
