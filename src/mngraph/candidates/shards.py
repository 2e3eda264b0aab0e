"""One file of literature to one shard: the candidates in it as N-Quads, packed, and a receipt.

A shard depends on its file and on nothing else, so that a task that was cut off is done again with
the same bytes, in any order and on any machine. The receipt beside it says what it was made of.
Files and shards are wherever fsspec reads and writes them: disks, `s3://`, `gs://`, `https://`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import mngraph
from mngraph.candidates import drafting, graph, places
from mngraph.candidates.ingest import DELETED, NAMELESS, NEW, OUT_OF_SCOPE, REJECT
from mngraph.candidates.known import Entry, Index
from mngraph.errors import LocationError, RecordError
from mngraph.sources.citation import Deletion, Rejected
from mngraph.sources.entries import parse_entries

if TYPE_CHECKING:
    from mngraph.sources.citation import Entry as Read

KNOWN = "known.json"
"""The file of a folder of shards with the publications that are left out."""
ENDINGS = (".gz", ".xml", ".nbib", ".ris", ".csv", ".txt")
"""The endings of a source that the name of its shard does not have."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a shard is to be made of.

    Attributes:
        source: the address or path of the file.
        folder: the address or path of the folder of shards.
        name: the name of the shard.
        everything: whether publications come in that do not name the subject.
        known: the digest of the publications that have a record, in `KNOWN` of the folder.
        left_out: the numbers of entries that another file has a later revision of; None where that
            is not known yet, so that any shard will do.
    """

    source: str
    folder: str
    name: str
    everything: bool = False
    known: str = ""
    left_out: tuple[int, ...] | None = None


@dataclass(kw_only=True)
class Receipt:
    """What a shard was made of, and what it holds.

    Attributes:
        source: the file.
        token: what changes when the file does, as its file system says it.
        settings: what else decided on the bytes.
        name: the shard.
        left_out: the numbers of entries that were left out.
        sha256: the digest of the shard.
        quads: how many quads it holds.
        counts: how many entries came to each end.
        rejected: place, name and reason of each entry that could not be read.
        revisions: of each candidate its key, the day of its revision, and the number of its entry.
        deleted: the keys of entries that PubMed takes back here.
        failed: why the file could not be read to its end; empty where it could.
    """

    source: str
    token: str
    settings: str
    name: str
    left_out: list[int] = field(default_factory=list)
    sha256: str = ""
    quads: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    rejected: list[list[str]] = field(default_factory=list)
    revisions: list[tuple[str, str, int]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    failed: str = ""

    @property
    def done(self) -> bool:
        """Whether there is a shard of the whole file."""
        return bool(self.sha256) and not self.failed


def make(order: Order) -> Receipt:
    """Make the shard of a file and its receipt, unless both are there already.

    Args:
        order: what to make.

    Raises:
        OutputError: the shard cannot be written.
        LocationError: the file cannot be read at all.
    """
    token = places.token(order.source)
    done = receipt_of(order)
    if done and done.token == token and done.done:
        return done
    made = Receipt(
        source=order.source, token=token, settings=_settings(order), name=order.name,
        left_out=list(order.left_out or ()),
    )  # fmt: skip
    known = known_of(order.folder, order.known)
    with tempfile.TemporaryDirectory() as room:
        draft = Path(room) / order.name
        with (
            draft.open("wb") as raw,
            cast("IO[bytes]", gzip.GzipFile("", "wb", 6, raw, 0)) as packed,
        ):
            try:
                with places.opened(order.source) as stream:
                    _write(stream, packed, order, known, made)
            except RecordError as error:
                made.failed = error.reason
        content = draft.read_bytes()
    made.sha256 = hashlib.sha256(content).hexdigest()
    places.put(order.folder, made.name, content)
    places.put(order.folder, f"{made.name}.json", as_json(asdict(made)))
    return made


def receipt_of(order: Order) -> Receipt | None:
    """Return the receipt of a shard that is there as it was written; None where it is not."""
    try:
        found = Receipt(**json.loads(places.get(order.folder, f"{order.name}.json")))
        content = places.get(order.folder, order.name)
    except (LocationError, ValueError, TypeError):
        return None
    found.revisions = [(str(key), str(day), int(number)) for key, day, number in found.revisions]
    whole = hashlib.sha256(content).hexdigest() == found.sha256
    fits = order.left_out is None or list(order.left_out) == found.left_out
    return found if whole and fits and found.settings == _settings(order) else None


def _settings(order: Order) -> str:
    subject = "everything" if order.everything else "on the subject"
    return f"mngraph {mngraph.__version__}, {subject}, known {order.known}"


def write_known(folder: str, known: Index) -> str:
    """Write the publications that have a record beside the shards, and return their digest.

    Raises:
        OutputError: they cannot be written.
    """
    entries = [
        {"key": each.key, "stated": each.stated}
        for each in sorted(known.entries.values(), key=lambda each: each.key)
    ]
    content = as_json(entries)
    places.put(folder, KNOWN, content)
    return hashlib.sha256(content).hexdigest()


@lru_cache(maxsize=4)
def known_of(folder: str, digest: str) -> Index:
    """Return the publications that have a record.

    Raises:
        LocationError: they cannot be read, or another run has other ones.
    """
    found = Index()
    if not digest:
        return found
    content = places.get(folder, KNOWN)
    if hashlib.sha256(content).hexdigest() != digest:
        raise LocationError(f"{folder}/{KNOWN} has changed: another run writes the same folder")
    for each in json.loads(content):
        found.add(Entry(key=each["key"], stated=each["stated"]))
    return found


@dataclass(frozen=True)
class _Drafted:
    """A candidate: its key, the day of its revision, and its N-Quads."""

    key: str
    revised: str
    content: bytes


def _write(
    stream: IO[bytes], packed: IO[bytes], order: Order, known: Index, made: Receipt
) -> None:  # fmt: skip
    """Write the candidates of a file, and note in its receipt what became of every entry."""
    left_out = set(order.left_out or ())
    for number, entry in enumerate(parse_entries(stream, order.source)):
        found = _drafted(entry, order, known, made)
        if isinstance(found, _Drafted):
            made.revisions.append((found.key, found.revised, number))
            if number not in left_out:
                packed.write(found.content)
                made.quads += found.content.count(b" .\n")
            found = NEW
        made.counts[found] = made.counts.get(found, 0) + 1


def _drafted(entry: Read, order: Order, known: Index, made: Receipt) -> _Drafted | str:
    """Return the candidate of an entry, or which of the other ends it comes to."""
    if isinstance(entry, Deletion):
        made.deleted.append(f"pmid-{entry.pmid}")
        return DELETED
    if isinstance(entry, Rejected):
        made.rejected.append([str(entry.place), entry.name, entry.reason])
        return REJECT
    stated = drafting.publication(entry)
    if known.find(stated)[0]:
        return "known"
    if not order.everything and not drafting.is_on_subject(entry):
        return OUT_OF_SCOPE
    try:
        if not any(stated.get(name) for name in ("pmid", "doi", "title")):
            raise RecordError(order.source, entry.place, NAMELESS)
        found = drafting.draft(entry)
        revised = str(found.about.get("revised", ""))
        return _Drafted(found.id, revised, graph.nquads([found]))
    except RecordError as error:
        made.rejected.append([str(entry.place), entry.name, error.reason])
        return REJECT


def as_json(data: Any) -> bytes:
    """Return JSON that is the same for the same data."""
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def names(sources: Iterable[str]) -> list[str]:
    """Return the name of the shard of each file: that of the file, numbered where two have it.

    >>> names(["a/part.xml.gz", "b/part.xml.gz", "b/other.nbib"])
    ['part.nq.gz', 'part-2.nq.gz', 'other.nq.gz']
    """
    found: list[str] = []
    for source in sources:
        stem = source.rsplit("/", 1)[-1]
        for ending in ENDINGS:
            stem = stem.removesuffix(ending)
        name, number = f"{stem}.nq.gz", 1
        while name in found:
            number += 1
            name = f"{stem}-{number}.nq.gz"
        found.append(name)
    return found
