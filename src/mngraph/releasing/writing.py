"""A release put together and written: whole or not at all, and never over another one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mngraph
from mngraph import context, yamlfile
from mngraph.errors import OutputError, UsageError
from mngraph.files import write_folder
from mngraph.releasing import content, describing, facts
from mngraph.releasing.changelog import Changes, changes
from mngraph.releasing.content import File
from mngraph.tables import json_text
from mngraph.versions import DAY, SUMS
from mngraph.wording import counted, listed

if TYPE_CHECKING:
    from mngraph.store import Store

Progress = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the maker of a release states about it; what is empty is worked out.

    Attributes:
        date: its date, as 2026-11-22; by default that of the dataset.
        previous: a graph location to compare with, or `none`; by default the release before.
        url: where the folder of all releases will be published; by default where their addresses
            say.
    """

    date: str = ""
    previous: str = ""
    url: str = ""


@dataclass
class Release:
    """A release that is being made.

    Attributes:
        store: its graph.
        about: what the graph states of its dataset.
        date: its date.
        changes: what changed since the one before.
        url: where the folder of all releases is published.
        files: its files, as far as they were made.
        left_out: what could not be made, and why.
    """

    store: Store
    about: facts.About
    date: str
    changes: Changes
    url: str = ""
    files: list[File] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    _tables: list[tuple[File, bytes]] = field(default_factory=list)

    @property
    def iri(self) -> str:
        """Its address."""
        return f"{self.about.base}release/{self.date}"

    def parts(self, progress: Progress) -> Iterator[tuple[str, bytes]]:
        """Yield its files: data first, then what describes them, at last their checksums."""
        for item in progress(content.items(), "release"):
            made, reason = content.made(self.store, item)
            if reason:
                self.left_out.append((item.name, reason))
            for name, data in made:
                yield self._noted(name, item.title, data)
        values = self._values()
        for line in content.table()["described"]:
            name = line["name"]
            if name == "croissant.json" and not self._tables:
                continue
            data = self._description(name, values)
            yield self._noted(name, line["title"], data)
        sums = "".join(f"{file.sha256}  {file.name}\n" for file in self.files)
        yield SUMS, sums.encode()

    def _noted(self, name: str, title: str, data: bytes) -> tuple[str, bytes]:
        file = content.described(name, title, data, self.iri)
        self.files.append(file)
        if name.endswith(".csv"):
            self._tables.append((file, data))
        return name, data

    def _description(self, name: str, values: dict[str, Any]) -> bytes:
        """Return the content of one of the files that describe the release."""
        if name == "changes.json":
            return json_text({"release": self.iri, **self.changes.to_dict()}).encode()
        if name == "void.ttl":
            return describing.turtle(describing.rendered("void.jsonld", values))
        if name == "ro-crate-metadata.json":
            values = values | _crate(self.files)
        return describing.rendered(name, values)

    def _values(self) -> dict[str, Any]:
        """Return what the templates name."""
        about, files = self.about, list(self.files)
        makers, offering = self._people("creator"), self._people("publisher")
        counts = facts.rows(self.store, "counts")
        addresses = [file.address for file in files]
        title = f"{about.title}, release of {self.date}"
        return {
            "about": about, "date": self.date, "release": self.iri, "title": title,
            "description": f"{about.description} This is the release of {self.date}.",
            "license": about.license or "#no-license-stated",
            "version": self.date.replace("-", ".", 2).replace(".0", "."),
            "program": f"mngraph {mngraph.__version__}", "base_of_terms": context.BASE,
            "previous": self.changes.previous, "previous_date": self.changes.date,
            "notes": self.changes.in_words(), "summary": self.changes.summary(),
            "text": self.changes.found.to_text(),
            "makers": makers, "offering": offering,
            "agents": list({agent["id"]: agent for agent in [*makers, *offering]}.values()),
            "creators": [agent["id"] for agent in makers],
            "publishers": [agent["id"] for agent in offering],
            "sources": self._sources(), "keywords": self._column("keywords", "keyword"),
            "counts": counts, "statistics": facts.rows(self.store, "statistics")[0],
            "measured": [f"{row['what']}: {row['n']}" for row in counts],
            "files": files, "addresses": addresses,
            "dumps": [file.address for file in files if file.is_whole],
            "table": describing.file_table(files), "left_out": self.left_out,
            "tables": describing.tables(self._tables), "has_tables": bool(self._tables),
            "place": f"{self.url or about.base + 'release'}/{self.date}",
            "citation": f"{listed(agent['name'] for agent in makers)}. {title}. {self.iri}",
            "rubric": yamlfile.read_yaml(facts.folder() / "rubric.yaml")[0],
        }  # fmt: skip

    def _sources(self) -> list[str]:
        """Return what the release was derived from: the dataset, and what its studies report."""
        found = [row["address"] for row in facts.rows(self.store, "sources")]
        own = [] if self.about.dataset == self.about.summary else [self.about.dataset]
        return own + found

    def _column(self, query: str, column: str) -> list[str]:
        rows = facts.rows(self.store, query, dataset=self.about.dataset)
        return [row[column] for row in rows]

    def _people(self, role: str) -> list[dict[str, str]]:
        """Return who made or who publishes the dataset; those who contributed where none is named.

        Args:
            role: `creator` or `publisher`.
        """
        rows = facts.rows(self.store, "people", dataset=self.about.dataset)
        found = [row for row in rows if row["role"] == role] or rows
        if not found:
            found = [{"agent": "", "name": f"Contributors to {self.about.title}",
                      "kind": "Organization"}]  # fmt: skip
        return [
            {
                "id": row["agent"] or f"{self.about.dataset}#agent-{_slug(row['name'])}",
                "name": row["name"],
                "kind": row["kind"],
                "url": row["agent"] or self.about.base,
            }
            for row in found
        ]


def _slug(name: str) -> str:
    """Return a name as a part of an IRI.

    >>> _slug("The mngraph contributors")
    'the-mngraph-contributors'
    """
    import re

    return re.sub(r"[^\w]+", "-", name.lower()).strip("-")


def _crate(files: list[File]) -> dict[str, Any]:
    """Return the files and folders that an RO-Crate names, whose parts are those of its root."""
    grouped: dict[str, list[str]] = {}
    for file in files:
        grouped.setdefault(file.name.rpartition("/")[0], []).append(file.name)
    top = grouped.pop("", [])
    titles = {file.name: file.title for file in files}
    folders = [
        {"name": f"{name}/", "title": titles[names[0]], "parts": names}
        for name, names in grouped.items()
    ]
    return {
        "files": files, "folders": folders,
        "parts": [*top, *(folder["name"] for folder in folders)],
    }  # fmt: skip


def write_release(
    store: Store, folder: Path, wanted: Wanted, progress: Progress | None = None
) -> tuple[Release, bool]:
    """Write the release of a graph into a folder of releases, whole or not at all.

    Args:
        store: the graph, as it was built.
        folder: the folder of all releases, which is made if it is not there.
        wanted: what its maker states about it.
        progress: shows how far a loop has come.

    Returns:
        The release, and whether it was written; it was not where the same files are there.

    Raises:
        UsageError: there is no date, or the dataset has no address.
        OutputError: a release of that date is there and holds something else, a newer one is
            there, another process is writing the same one, or the folder cannot be written.
        LocationError: the previous release is not there, or not as it was released.
    """
    shown: Progress = progress or (lambda items, label: items)
    about = facts.about(store)
    date = wanted.date or about.issued
    if not DAY.fullmatch(date):
        raise UsageError("the dataset states no date; give the release one with --date YYYY-MM-DD")
    found = changes(store, folder, date, wanted.previous)
    release = Release(store, about, date, found, wanted.url.rstrip("/"))
    target = folder / date
    if target.is_dir() and any(target.iterdir()):
        _compare(target, release.parts(shown))
        return release, False
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror}") from error
    write_folder(target, release.parts(shown), listed=False)
    return release, True


def _compare(target: Path, parts: Iterable[tuple[str, bytes]]) -> None:
    """Compare the files of a release with those of the release that is there.

    Raises:
        OutputError: they differ.
    """
    there = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    different = []
    for name, data in parts:
        if name not in there or (target / name).read_bytes() != data:
            different.append(name)
        there.discard(name)
    different += sorted(there)
    if different:
        more = f" and {counted(len(different) - 3, 'other')}" if len(different) > 3 else ""
        raise OutputError(
            f"{target} is released and holds something else ({', '.join(different[:3])}{more}): "
            "a release never changes; give the new one another --date"
        )
