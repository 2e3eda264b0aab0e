"""The graph as a FHIR R5 Bundle of evidence, by EBMonFHIR.

What a resource holds is written in its template, `ontology/faces/fhir/TYPE.yaml`, and in the
queries that fill it; see `mngraph.faces.templates`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from mngraph import resources
from mngraph.errors import UsageError
from mngraph.faces.templates import Renderer, Rows, identifier, read_folder, references, value

if TYPE_CHECKING:
    from pathlib import Path

    from mngraph.store import Store

TYPES = (
    "Citation", "ResearchStudy", "EvidenceVariable", "Group", "Evidence", "ArtifactAssessment",
)  # fmt: skip
"""The types of resources in the order of the Bundle, each with a template of its name."""
FOLLOWING = "ArtifactAssessment"
"""The type of resources that are kept with what they are about."""


@dataclass
class Resource:
    """A resource of the Bundle, which is made when it is needed.

    Attributes:
        kind: its type.
        iri: what it stands for.
        root: the IRI of the claim or study that it belongs to, or is about.
        make: makes what it holds.
    """

    kind: str
    iri: str
    root: str | None
    make: Callable[[], dict[str, Any]]

    @property
    def address(self) -> str:
        """Type and identifier, as references write them."""
        return f"{self.kind}/{identifier(self.iri)}"

    @cached_property
    def content(self) -> dict[str, Any]:
        """The resource as JSON."""
        return {"resourceType": self.kind, "id": identifier(self.iri), **self.make()}


def folder() -> Path:
    """Return the folder of the templates and queries."""
    return resources.folder("ontology") / "faces" / "fhir"


def parts(store: Store, name: str, only: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Yield the one file of the face: a Bundle of the type collection.

    Args:
        store: the graph.
        name: the face's name.
        only: IRIs of claims and studies to keep, with all that they refer to; none for all.

    Raises:
        UsageError: the graph has no study and no claim, or not the one to keep.
    """
    templates = read_folder(folder())
    head = templates["head"]
    renderer = Renderer(Rows(store, folder()), templates["parts"])
    roots = {row["iri"] for name in head["roots"] for row in renderer.rows.all(name)}
    if not roots:
        raise UsageError(f"{store.location} holds no study and no claim to write as FHIR")
    if missing := sorted(set(only) - roots):
        raise UsageError(f"{missing[0]} is no claim and no study of {store.location}")
    today = _today(store)
    made = [one for kind in TYPES for one in _resources(renderer, kind, templates[kind], today)]
    kept = _kept(made, only) if only else made
    bundle = renderer.document(head["bundle"], today)
    yield "bundle.json", b"".join(_written(bundle, head["base"], kept))


def _today(store: Store) -> dict[str, Any]:
    """Return the day of the graph and its data set, for all resources."""
    solutions = store.select_internal((folder() / "head.rq").read_text("utf-8"))
    names = [variable.value for variable in solutions.variables]
    return next(({key: value(row[key]) for key in names} for row in solutions), {})


def _resources(
    renderer: Renderer, kind: str, templates: dict[str, Any], today: dict[str, Any]
) -> Iterator[Resource]:
    """Yield the resources of one type."""
    for name, template in templates.items():
        for row in renderer.rows.all(name):
            make = partial(renderer.document, template, today | dict(row))
            yield Resource(kind, row["iri"], row.get("root"), make)


def _kept(made: list[Resource], only: Sequence[str]) -> list[Resource]:
    """Return the resources of some claims and studies, with what they refer to."""
    at = {one.address: one for one in made}
    following: dict[str | None, list[Resource]] = {}
    for one in made:
        if one.kind == FOLLOWING:
            following.setdefault(one.root, []).append(one)
    wanted, kept = set(only), set[str]()
    waiting = [one for one in made if one.root in wanted]
    while waiting:
        one = waiting.pop()
        if one.address not in kept:
            kept.add(one.address)
            waiting += [at[to] for to in references(one.content) if to in at]
            waiting += following.get(one.iri, [])
    return [one for one in made if one.address in kept]


def _written(bundle: dict[str, Any], base: str, kept: list[Resource]) -> Iterator[bytes]:
    """Yield the Bundle as JSON with a line for each resource."""
    yield f'{_json(bundle)[:-1]},"entry":[\n'.encode()
    for place, one in enumerate(kept):
        entry = {"fullUrl": base + one.address, "resource": one.content}
        yield f"{_json(entry)}{',' if place < len(kept) - 1 else ''}\n".encode()
    yield b"]}\n"


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
