"""Build one dataset of named graphs from records, ontology, vocabularies, mappings and rules.

This is the only module that makes graphs. They are made and checked in memory, and written beside
the target, which they replace once every check has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import context, iris, mappings, packs, records, resources, rules, sparql
from mngraph.appraisal.files import read_appraisals
from mngraph.canonical import with_named_nodes
from mngraph.description import Description
from mngraph.errors import NotConformingError, OutputError, RecordError
from mngraph.evidence import claims, estimating
from mngraph.evidence.facts import Facts
from mngraph.files import replacing, state
from mngraph.rdffiles import read_file
from mngraph.store import LocalStore, in_blocks, with_prefixes
from mngraph.storefolder import DIGEST, content_digest, write_folder
from mngraph.yamlfile import read_yaml

if TYPE_CHECKING:
    import pyoxigraph as ox

Progress = Callable[[Iterable[Any], str], Iterable[Any]]
BLOCK = 10_000
"""How many evidence lines are added to the graph at once."""


@dataclass
class Sources:
    """The records that a build read.

    Attributes:
        files: the file of each study, by its key.
        problems: what is wrong with them.
        library: the packs that they belong to.
        appraisals: what was judged of the studies, by IRI.
        read: reads a record, or remembers it.
    """

    files: dict[str, Path] = field(default_factory=dict)
    problems: list[RecordError] = field(default_factory=list)
    library: packs.Library = field(default_factory=packs.Library)
    appraisals: dict[str, records.Record] = field(default_factory=dict)
    read: Callable[[Path], records.Record] = field(init=False)

    def __post_init__(self) -> None:
        self.read = lru_cache(64)(self._read)

    def _read(self, path: Path) -> records.Record:
        pack = self.library.pack_of(path)
        return records.read_record(path, pack.known, pack.prefix)

    def packs(self) -> list[packs.Pack]:
        """Return the packs that the records belong to, by name."""
        used = {id(self.library.pack_of(path)) for path in self.files.values()}
        return [pack for pack in self.library.packs if id(pack) in used]

    def locate(self, iri: str, predicate: str | None = None) -> tuple[Path, int] | None:
        """Return file and line of a node in a record or appraisal, or None for any other node."""
        for judged, record in self.appraisals.items():
            if iri == judged or iri.startswith(f"{judged}/"):
                return record.path, record.line(iri, predicate)
        path = self.files.get(iris.study_key(iri))
        return (path, self.read(path).line(iri, predicate)) if path else None


def study_files(paths: Iterable[Path]) -> list[Path]:
    """Return the record files that are named or lie in folders that are named, sorted.

    Of a pack, the records are what lies in its folder `studies`.

    Raises:
        RecordError: a path does not exist or holds no record.
    """
    found: list[Path] = []
    for path in paths:
        files = _records_in(path) if path.is_dir() else [path]
        if not path.exists():
            raise RecordError(path, 0, "there is no such file or folder")
        if path.name == packs.FILE and path.is_file():
            reason = f"this describes a pack and is no study record: give its folder {path.parent}"
            raise RecordError(path, 0, reason)
        if path.is_dir() and _lacks_description(path):
            reason = (
                f"{packs.FILE} is missing: a folder with a vocabulary is a pack, which that file "
                "describes (mngraph new makes one)"
            )
            raise RecordError(path, 0, reason)
        if not files:
            raise RecordError(path, 0, "this folder holds no study record (*.yaml)")
        found += files
    return sorted(dict.fromkeys(found))


def _lacks_description(folder: Path) -> bool:
    """Return whether a folder has the vocabulary of a pack and lies in none."""
    return any((folder / "vocabulary").glob("*.y*ml")) and packs.folder_of(folder) is None


def _records_in(folder: Path) -> list[Path]:
    """Return the record files in a folder, which may be a pack, or hold packs."""
    held = [file.parent for file in folder.rglob(packs.FILE)]
    return sorted(
        path
        for path in folder.rglob("*.y*ml")
        if path.is_file()
        and not any(
            path.is_relative_to(pack) and not path.is_relative_to(pack / "studies") for pack in held
        )
    )


def release_files() -> list[Path]:
    """Return the record files of the release."""
    return study_files([resources.folder("data") / "studies"])


def read_studies(files: Iterable[Path], sources: Sources) -> Iterator[ox.Quad]:
    """Yield the quads of every sound record; note files and problems in `sources`."""
    for block in in_blocks(_sound_records(files, sources), 100):
        yield from records.record_quads(*block)


def _sound_records(files: Iterable[Path], sources: Sources) -> Iterator[records.Record]:
    for path in files:
        try:
            if sources.library.pack_of(path).problems:
                continue
            record = sources.read(path)
        except RecordError as error:
            sources.problems.append(error)
            continue
        if records.is_candidate(record.data):
            reason = (
                "this is a candidate, and no study record until somebody accepts it: "
                f"mngraph review {path.parent}"
            )
            sources.problems.append(RecordError(path, record.line("", None), reason))
            continue
        if record.id and record.id != path.stem:
            reason = (
                f"the id is `{record.id}`, but the file is called {path.name}: call the file "
                f"{record.id}{path.suffix}, or correct the id"
            )
            record.problems.append(RecordError(path, record.line("", None), reason))
        first = sources.files.setdefault(record.key, path)
        if first != path:
            reason = f"the study `{record.id}` is already described by {first}"
            record.problems.append(RecordError(path, record.line("", None), reason))
        sources.problems += record.problems
        if not record.problems:
            yield record


def read_judged(sources: Sources, paths: Iterable[Path] | None = None) -> Iterator[ox.Quad]:
    """Yield the quads of appraisals of the studies that were read; note problems in `sources`.

    Args:
        sources: what was read.
        paths: files of appraisals; by default those that the packs of the studies have.
    """
    by_pack: dict[int, list[Path]] = {}
    for path in paths or ():
        by_pack.setdefault(id(sources.library.pack_of(path)), []).append(path)
    for pack in sources.library.packs:
        files = pack.appraisals() if paths is None else by_pack.get(id(pack), [])
        if pack.problems or not files:
            continue
        here = (p for p in sources.files.values() if sources.library.pack_of(p) is pack)
        inside = {path.stem for path in here if _lies_in(path, pack)}
        for record in read_appraisals(files, pack, inside if paths is None else None):
            sources.problems += record.problems
            if not record.problems:
                sources.appraisals[record.graph] = record
                yield from records.record_quads(record)


def _lies_in(path: Path, pack: packs.Pack) -> bool:
    """Return whether a record lies in a pack, and does not merely count as one of the release."""
    return path.resolve().is_relative_to(pack.folder.resolve())


def read_ontology(*, with_mappings: bool = True) -> Iterator[ox.Quad]:
    """Yield ontology, vocabularies and mappings, each in its graph."""
    ontology = resources.folder("ontology")
    yield from _into("ontology", read_file(ontology / "mngraph.ttl", base=context.BASE))
    for path in sorted((ontology / "vocabulary").glob("*.ttl")):
        yield from _into(f"vocabulary/{path.stem}", read_file(path, base=context.BASE))
    for path in sorted((ontology / "mappings").glob("*.sssom.tsv")) if with_mappings else ():
        yield from mappings.read_mappings(path)


def describe(
    files: list[Path], used: list[packs.Pack], description: Description | None = None
) -> Iterator[ox.Quad]:
    """Yield how a graph of some records describes itself, in `graph:dataset`.

    Only the records of the release, all of them and no others, are described as the release.

    Args:
        files: the records.
        used: the packs that they belong to.
        description: what its maker states.

    Raises:
        UsageError: the description has an invalid IRI or date.
    """
    if description is None and files == release_files():
        path = resources.folder("data") / "dataset.ttl"
        yield from _into("dataset", read_file(path, base=context.BASE))
    else:
        yield from (description or Description()).quads(files, used)
    for pack in used:
        yield from pack.description()


def build_graph(
    files: Iterable[Path],
    progress: Progress | None = None,
    description: Description | None = None,
    *,
    with_mappings: bool = True,
    judged: Iterable[Path] | None = None,
) -> tuple[LocalStore, Sources]:
    """Return the graph of some records, in memory: ontology, records, and what follows from them.

    Problems of records are in the sources. Where there are any, nothing is derived and the graph
    does not describe itself; the caller decides whether they end the build.

    Args:
        files: the records.
        progress: shows how far a loop has come.
        description: the description of the dataset; see `describe`.
        with_mappings: whether it holds the mappings, on which no shape, check or rule depends.
        judged: files of appraisals; by default those that the packs of the studies have.

    Raises:
        UsageError: the description has an invalid IRI or date.
    """
    shown: Progress = progress or (lambda items, label: items)
    sources = Sources()
    files = sorted(files)
    studies = read_studies(shown(files, "records"), sources)
    store = LocalStore.memory(chain(read_ontology(with_mappings=with_mappings), studies))
    store.oxigraph.extend(read_judged(sources, judged))
    sources.problems[:0] = sources.library.problems
    if not sources.problems:
        for pack in sources.library.packs:
            store.oxigraph.extend(pack.vocabulary(with_mappings=with_mappings))
        store.oxigraph.extend(describe(files, sources.packs(), description))
        derive(store, progress)
    return store, sources


def derive(store: LocalStore, progress: Progress | None = None) -> None:
    """Add what follows from a graph: by rules, then effects, then claims with evidence.

    Rules that read evidence lines run at the end.
    """
    track: Progress = progress or (lambda items, label: items)
    every = rules.all_rules()
    for rule in track([rule for rule in every if not rule.is_late], "rules"):
        store.add(rules.run_rule(store, rule), rule.graph)
    facts = Facts(store)
    for stage in (estimating.derive, claims.derive):
        for block in in_blocks(stage(facts), BLOCK):
            store.add(with_prefixes("".join(block)).encode(), iris.CLAIMS_GRAPH)
    for rule in [rule for rule in every if rule.is_late]:
        store.add(rules.run_rule(store, rule), rule.graph)


def _into(name: str, quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return quads moved to a named graph, with blank nodes named by RDFC-1.0."""
    import pyoxigraph as ox

    graph = ox.NamedNode(iris.graph(name))
    moved = [ox.Quad(q.subject, q.predicate, q.object, graph) for q in quads]
    if not any(isinstance(node, ox.BlankNode) for q in moved for node in (q.subject, q.object)):
        return moved
    return sorted(with_named_nodes(moved), key=str)


def build_store(
    files: Iterable[Path], target: Path, progress: Progress | None = None,
    inspect: Callable[[LocalStore, Sources], None] | None = None,
    content: Callable[[LocalStore], bytes] | None = None,
    description: Description | None = None,
) -> Sources:  # fmt: skip
    """Build the graph of some records, as a store directory or a file, at once or not at all.

    Args:
        files: the records.
        target: the store directory or the file to make or to replace.
        progress: shows how far a loop has come.
        inspect: looks at the finished graph; what it raises leaves the target as it was.
        content: makes a file's content of the graph; without it a store directory is made.
        description: the description of the dataset; see `describe`.

    Raises:
        RecordError: the first problem of a record.
        UsageError: the description has an invalid IRI or date.
        OutputError: the target's folder does not exist (which is seen first) or is full, or the
            target is a folder of something else.
    """
    with replacing(target, folder=not content) as draft:
        store, sources = build_graph(files, progress, description)
        if sources.problems:
            raise sources.problems[0]
        if inspect:
            inspect(store, sources)
        if content:
            with draft.open("wb") as stream:
                stream.write(content(store))
        else:
            _write(store, draft)
    return sources


def _write(store: LocalStore, target: Path) -> None:
    """Write a graph as a store directory, with the digest of its quads."""

    def fill(written: ox.Store) -> None:
        for block in in_blocks(store.quads(), 100 * BLOCK):  # each more leaves files unmerged
            written.bulk_extend(block)

    try:
        write_folder(target, fill)
        state(target, DIGEST, content_digest(store.oxigraph))
    except OSError as error:
        raise OutputError(f"cannot write the graph: {error.strerror or error}") from error


def expect_counts(store: LocalStore) -> None:
    """Check that the release has the minimum counts that data/expect.yaml names for each class.

    Raises:
        NotConformingError: a class has fewer members than expected.
    """
    expected, _ = read_yaml(resources.folder("data") / "expect.yaml")
    for curie, least in expected.items():
        rows = store.select_internal(
            sparql.internal("count-members", **{"class": context.expand(curie)})
        )
        count = int(next(iter(rows))["n"].value)
        if count < least:
            raise NotConformingError(f"{count} of {curie}, {least} expected (data/expect.yaml)")
