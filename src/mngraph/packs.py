"""Evidence packs: folders that hold the evidence on one kind of procedure.

A pack has a file `pack.yaml`, whose keys are those of ontology/pack.jsonld, and the folders
`studies`, `vocabulary`, `mappings`, `queries` and `appraisals`, of which it needs only the first. A
record belongs to the pack in whose folder it lies; any other belongs to the pack of the release.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import context, iris, keys, mappings, resources, vocabularies, yamlfile
from mngraph.errors import RecordError
from mngraph.expanding import expanded
from mngraph.nearest import nearest
from mngraph.prepare import prepare
from mngraph.records import Known, Record, check_record
from mngraph.vocabularies import Concepts

if TYPE_CHECKING:
    import pyoxigraph as ox

FILE = "pack.yaml"
NEEDED = ("name", "base", "title", "roots", "noun", "license", "version")
"""The keys that every pack has."""


@dataclass(eq=False)
class Pack:
    """An evidence pack.

    Attributes:
        folder: its folder.
        record: what `pack.yaml` states.
        imports: the packs whose concepts its records can name.
        concepts: the concepts that it adds.
        known: for each namespace of concepts, what slugs stand for in its records.
        problems: what is wrong with its description and its concepts.
    """

    folder: Path
    record: Record
    imports: list[Pack] = field(default_factory=list)
    concepts: Concepts = field(default_factory=Concepts, repr=False)
    known: Known = field(default_factory=dict, repr=False)
    problems: list[RecordError] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name, which is the prefix of its IRIs."""
        return str(self.record.data.get("name", ""))

    @property
    def base(self) -> str:
        """What its IRIs begin with."""
        return str(self.record.data.get("base", ""))

    @property
    def prefix(self) -> str:
        """What the keys of its studies begin with: its name, but for the pack of the release."""
        return "" if self.base == context.BASE else self.name

    @property
    def iri(self) -> str:
        """The pack's own IRI."""
        return f"{self.base}pack"

    @property
    def title(self) -> str:
        """Its title in English."""
        return str(self.record.data.get("title", ""))

    def is_all(self, records: Iterable[Path]) -> bool:
        """Return whether some records are all that the pack has."""
        own, given = ({path.resolve() for path in paths} for paths in (self.files(), records))
        return own == given

    def sources(self) -> list[Path]:
        """Return the files that the pack is made of beside its records, sorted."""
        folders = (
            ("vocabulary", "*.y*ml"), ("mappings", "*.sssom.tsv"), ("queries", "*.rq"),
            ("appraisals", "**/*.y*ml"),
        )  # fmt: skip
        found = [path for name, like in folders for path in (self.folder / name).glob(like)]
        return sorted([self.record.path, *found])

    def files(self) -> list[Path]:
        """Return its study records, sorted."""
        return sorted(p for p in (self.folder / "studies").rglob("*.y*ml") if p.is_file())

    def appraisals(self) -> list[Path]:
        """Return the files of what people judged of its studies, sorted."""
        return sorted(p for p in (self.folder / "appraisals").rglob("*.y*ml") if p.is_file())

    def description(self) -> Iterator[ox.Quad]:
        """Yield what the pack states of itself, in `graph:dataset`."""
        import pyoxigraph as ox

        stated = {key: value for key, value in self.record.jsonld.items() if key != "imports"}
        node: dict[str, Any] = expanded(stated, keys.pack().terms)
        if self.imports:
            node[context.expand("dcterms:requires")] = [{"@id": p.iri} for p in self.imports]
        document = {"@id": iris.graph("dataset"), "@graph": [node]}
        yield from ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD)

    def vocabulary(self, *, with_mappings: bool = True) -> Iterator[ox.Quad]:
        """Yield the concepts, queries and mappings that the pack adds."""
        yield from self.concepts.quads(self.base)
        yield from self._queries()
        for path in sorted((self.folder / "mappings").glob("*.sssom.tsv")) if with_mappings else ():
            yield from mappings.read_mappings(path, self.base)

    def _queries(self) -> Iterator[ox.Quad]:
        """Yield the pack's named queries as SHACL states queries, each whole with its header."""
        import pyoxigraph as ox

        nodes = [
            {
                "@id": f"{self.base}query/{path.stem}",
                "@type": "sh:SPARQLExecutable",
                "skos:notation": path.stem,
                "sh:select": path.read_text("utf-8-sig"),
            }
            for path in sorted((self.folder / "queries").glob("*.rq"))
        ]
        graph = {"@id": f"{self.base}graph/queries", "@graph": nodes}
        document = {"@context": context.own_prefixes(), **graph}
        yield from ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD)


def _query_faults(folder: Path) -> Iterator[RecordError]:
    """Yield a problem for each query file that cannot be read, or holds no query."""
    for path in sorted((folder / "queries").glob("*.rq")):
        try:
            prepare(path.read_text("utf-8-sig"))
        except OSError as error:
            yield RecordError(path, 0, f"cannot be read: {error.strerror}")
        except ValueError as error:  # a query that is none, or text that is not UTF-8
            yield RecordError(path, 1, f"this is not a query: {error}")


def _mapping_faults(pack: Pack) -> Iterator[RecordError]:
    """Yield a problem for each mapping set that cannot be read."""
    for path in sorted((pack.folder / "mappings").glob("*.sssom.tsv")):
        try:
            for _ in mappings.read_mappings(path, pack.base):
                pass
        except RecordError as error:
            yield error


class Library:
    """The packs of a build, each read once.

    Attributes:
        problems: what is wrong with them.
    """

    def __init__(self) -> None:
        self._packs: dict[Path, Pack] = {}
        self._open: list[Path] = []
        self._of_folders: dict[Path, Pack] = {}

    @property
    def packs(self) -> list[Pack]:
        """The packs that were read, imported ones too, by name."""
        return sorted(self._packs.values(), key=lambda pack: pack.name)

    @property
    def problems(self) -> list[RecordError]:
        """What is wrong with the packs that were read."""
        return [problem for pack in self.packs for problem in pack.problems]

    def pack_of(self, path: Path) -> Pack:
        """Return the pack that a record belongs to; looked for once in each folder."""
        if path.parent not in self._of_folders:
            folder = folder_of(path.parent) or resources.folder("data")
            self._of_folders[path.parent] = self.read(folder)
        return self._of_folders[path.parent]

    def read(self, folder: Path) -> Pack:
        """Return the pack of a folder, with the packs that it imports."""
        key = resources.folder("data").resolve() if is_release(folder) else folder.resolve()
        if key not in self._packs:
            self._open.append(key)
            self._packs[key] = self._read(folder)
            self._open.pop()
        return self._packs[key]

    def _read(self, folder: Path) -> Pack:
        pack = _described(folder)
        pack.problems += [] if pack.problems else _missing(pack)
        pack.problems += [] if pack.problems else self._declared(pack)
        if pack.problems:
            return pack
        path, data, lines = pack.record.path, pack.record.data, pack.record.lines
        shared = vocabularies.shared()
        pack.imports = list(dict.fromkeys(self._imported(pack)))
        for other in pack.imports:
            shared = other.concepts.known(shared)
        others = shared
        for other in self._packs.values():  # slugs name claims, and must not stand for two things
            others = other.concepts.known(others)
        pack.concepts = vocabularies.read_concepts(
            folder / "vocabulary", pack.prefix, shared, others
        )
        pack.known = pack.concepts.known(shared)
        pack.problems += [
            *pack.concepts.problems, *_query_faults(folder), *_mapping_faults(pack)
        ]  # fmt: skip
        if not pack.problems:
            pack.record = check_record(data, lines, path, pack.known, pack.prefix, keys.pack())
            pack.problems += pack.record.problems
        return pack

    def _declared(self, pack: Pack) -> Iterator[RecordError]:
        """Make the pack's name a prefix; yield why it cannot be one."""
        for other in self._packs.values():
            for key in ("name", "base"):
                if pack.record.data[key] == other.record.data.get(key):
                    yield _problem(pack, key, f"the pack {other.folder} has the same {key}")
                    return
        if pack.base == context.BASE and not is_release(pack.folder):
            yield _problem(
                pack, "base", f"{context.BASE} belongs to the release of mngraph: give the pack "
                "an address of its own, like https://example.org/my-pack/"
            )  # fmt: skip
        elif not context.PACK_NAME.fullmatch(pack.name):
            yield _problem(pack, "name", "a name is lower-case letters, digits and hyphens")
        elif not context.PACK_BASE.fullmatch(pack.base):
            yield _problem(
                pack, "base", "a base is a web address that ends in / or #, like "
                "https://example.org/my-pack/"
            )  # fmt: skip
        elif pack.prefix and not context.declare(pack.name, pack.base):
            yield _problem(
                pack, "name", f"the prefix {pack.name}: stands for something else already: call "
                "the pack something else"
            )  # fmt: skip

    def _imported(self, pack: Pack) -> Iterator[Pack]:
        """Yield the packs that a pack imports, and those that these import, each once."""
        given = pack.record.data.get("imports", [])
        for number, name in enumerate(given if isinstance(given, list) else [given]):
            where = ("imports", number) if isinstance(given, list) else ("imports",)
            folder = _import_folder(pack, str(name))
            if folder is None:
                pack.problems.append(_unknown_import(pack, str(name), where))
            elif folder.resolve() in self._open:
                reason = f"`{name}` imports this pack, which it cannot at the same time"
                pack.problems.append(_problem(pack, where, reason))
            else:
                other = self.read(folder)
                yield from (each for each in (*other.imports, other) if each is not pack)


def _described(folder: Path) -> Pack:
    """Return a pack with its description as it stands, and a problem where it cannot be read."""
    path = folder / FILE
    try:
        data, lines = yamlfile.read_yaml(path)
    except RecordError as error:
        return Pack(folder, Record(path, {}, {}), problems=[error])
    if isinstance(data, dict):
        return Pack(folder, Record(path, data, lines, term=keys.pack()))
    reason = "a pack is described by keys and values: name, base, …"
    return Pack(folder, Record(path, {}, {}), problems=[RecordError(path, 1, reason)])


def is_release(folder: Path) -> bool:
    """Return whether a folder is the pack of the release: here, or in a checkout of its sources."""
    pack = _described(folder)
    return (pack.name, pack.base) == (_own_name(), context.BASE)


def folder_of(path: Path) -> Path | None:
    """Return the folder of the pack in which a file or folder lies; None outside of any."""
    for folder in (path, *path.parents, *path.absolute().parents):
        if (folder / FILE).is_file():
            return folder
    return None


def _missing(pack: Pack) -> Iterator[RecordError]:
    for key in NEEDED:
        value = pack.record.data.get(key)
        if not value:
            example = EXAMPLES.get(key, "")
            yield RecordError(pack.record.path, 1, f"the pack has no `{key}`{example}")
        elif key in ("name", "base") and not isinstance(value, str):
            yield _problem(pack, key, f"`{key}` expects text")


EXAMPLES = {
    "name": ", such as chemical-peels",
    "base": ", with which its IRIs begin, such as https://example.org/chemical-peels/",
    "roots": ": list the interventions that it is about, such as [chemical-peel]",
    "noun": ", the word for what is done, such as chemical peeling",
    "license": ", such as https://creativecommons.org/publicdomain/zero/1.0/",
    "version": ', such as "0.1.0"',
}
"""What stands behind the message that a key is missing."""


def _import_folder(pack: Pack, name: str) -> Path | None:
    """Return the folder of a pack by its path from another, or of the release by its name."""
    folder = Path(os.path.relpath(pack.folder / name))
    if (folder / FILE).is_file():
        return folder
    own = resources.folder("data")
    return own if name == _own_name() else None


@cache
def _own_name() -> str:
    """Return the name of the pack of the release."""
    data, _ = yamlfile.read_yaml(resources.folder("data") / FILE)
    return str(data["name"])


def _unknown_import(pack: Pack, name: str, where: tuple[str | int, ...]) -> RecordError:
    beside = [f"../{each.parent.name}" for each in pack.folder.parent.glob(f"*/{FILE}")]
    among = [_own_name(), *(each for each in beside if each != f"../{pack.folder.name}")]
    near = nearest(name, among, 60) or nearest(f"../{name}", among, 60)
    meant = f"; did you mean {near}?" if near else f"; there are {', '.join(among)}"
    reason = f"no pack is at `{name}`: give the way to its folder from this one{meant}"
    return _problem(pack, where, reason)


def _problem(pack: Pack, where: str | tuple[str | int, ...], reason: str) -> RecordError:
    place = (where,) if isinstance(where, str) else where
    lines = pack.record.lines
    while place not in lines and place:
        place = place[:-1]
    return RecordError(pack.record.path, lines.get(place, 1), reason)
