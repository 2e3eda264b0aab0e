"""Publications that the graph has already: matched by identifier or title, and what is new of them.

A title matches only as a whole, but for spelling: two trials can have titles that differ in one
small word and report the opposite. Where both sides have an identifier of the same kind, they have
to agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mngraph import iris, sparql
from mngraph.enriching.titles import surname, title_key

if TYPE_CHECKING:
    from mngraph.sources.citation import Citation
    from mngraph.store import Store

FEWEST_WORDS = 5
"""How many words a title has at least, by which alone a publication is known."""
IDENTIFIERS = ("pmid", "doi", "pmcid")
FILLED = ("pmid", "pmcid", "doi", "authors", "journal", "issued", "volume", "issue", "pages")
"""The keys of a publication that a file can add to a record."""


@dataclass(kw_only=True)
class Entry:
    """A publication to match against.

    Attributes:
        key: what the study or the candidate is called.
        stated: what is known of its publication, by the keys of records.
        label: what people call it.
    """

    key: str
    stated: dict[str, str] = field(default_factory=dict)
    label: str = ""


class Index:
    """Publications by identifier and by title."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self._ids: dict[str, str] = {}
        self._titles: dict[str, list[str]] = {}

    def add(self, entry: Entry) -> None:
        """Add a publication; what was known under its key stays known too."""
        self.entries[entry.key] = entry
        for name in IDENTIFIERS:
            if value := entry.stated.get(name):
                self._ids.setdefault(f"{name}:{value.lower()}", entry.key)
        title = title_key(entry.stated.get("title", ""))
        keys = self._titles.setdefault(title, [])
        keys += [] if entry.key in keys or not title else [entry.key]

    def find(self, stated: Mapping[str, Any]) -> tuple[str, str]:
        """Return the key of the same publication and what it was matched by; nothing for none.

        Args:
            stated: what is known of the publication, by the keys of records.
        """
        for name in IDENTIFIERS:
            value = str(stated.get(name) or "").lower()
            key = self._ids.get(f"{name}:{value}") if value else None
            if key and not _contradict(self.entries[key].stated, stated, upto=name):
                return key, name.upper()
        title = title_key(str(stated.get("title") or ""))
        for key in self._titles.get(title, ()) if title else ():
            known = self.entries[key].stated
            if not _contradict(known, stated) and _is_same(title, known, stated):
                return key, "title"
        return "", ""


def _contradict(one: Mapping[str, Any], other: Mapping[str, Any], upto: str = "") -> bool:
    """Return whether two publications have different identifiers of one kind.

    Args:
        one: what is known of the one.
        other: what is known of the other.
        upto: the kind by which they agree; only stronger kinds are compared.
    """
    kinds = IDENTIFIERS[: IDENTIFIERS.index(upto)] if upto else IDENTIFIERS
    return any(
        one.get(kind) and other.get(kind) and str(one[kind]).lower() != str(other[kind]).lower()
        for kind in kinds
    )


def _is_same(title: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether year and first author allow two publications of one title to be the same.

    A short title ("Microneedling") needs both to be stated.
    """
    years = [str(each.get("issued") or "")[:4] for each in (one, other)]
    authors = [_family(each) for each in (one, other)]
    if all(years) and all(year.isdecimal() for year in years):
        if abs(int(years[0]) - int(years[1])) > 1:
            return False
    elif len(title.split()) < FEWEST_WORDS:
        return False
    if all(authors):
        return authors[0] == authors[1]
    return len(title.split()) >= FEWEST_WORDS


def _family(stated: Mapping[str, Any]) -> str:
    first = next(iter(stated.get("authors") or ()), "") or stated.get("author", "")
    return surname(str(first))


class Studies(Index):
    """The studies of a graph."""

    def __init__(self, store: Store | None) -> None:
        super().__init__()
        self.store = store
        for row in store.select_internal(sparql.internal("known-publications")) if store else ():
            names = ("pmid", "doi", "pmcid", "title", "issued", "author", "journal", "volume",
                     "issue", "pages")  # fmt: skip
            stated = {name: row[name].value for name in names if row[name] is not None}
            label = row["label"].value if row["label"] is not None else ""
            self.add(Entry(key=iris.study_key(row["study"].value), stated=stated, label=label))

    def lacks(self, key: str, publication: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a file states of a known publication and its record does not."""
        stated = self.entries[key].stated
        have = {**stated, "authors": stated.get("author", "")}
        return {n: publication[n] for n in FILLED if publication.get(n) and not have.get(n)}

    def claims(self, key: str) -> list[str]:
        """Return the claims that rest on a study, broader ones too."""
        if self.store is None:
            return []
        query = sparql.internal("claims-resting-on", study=iris.study(key))
        rows = list(self.store.select_internal(query))
        broader = {row["broader"].value for row in rows if row["broader"] is not None}
        return sorted(broader | {row["claim"].value for row in rows})


def told_known(
    studies: Studies, key: str, how: str, citation: Citation, publication: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a file says of a publication that the graph has, as `known.json` keeps it."""
    from mngraph import context
    from mngraph.candidates.drafting import told

    found: dict[str, Any] = {"matched_by": how, "publication": citation.name}
    if adds := studies.lacks(key, publication):
        found["adds"] = adds
    if citation.notices:
        found["notices"] = sorted(told(n.kind, n.citation, n.pmid) for n in citation.notices)
        found["claims"] = [context.compact(claim) for claim in studies.claims(key)]
    return found
