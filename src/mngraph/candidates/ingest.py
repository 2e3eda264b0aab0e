"""Files of literature to candidates in a folder: nothing doubled, nothing lost, decisions kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mngraph import keys
from mngraph.candidates import drafting, known
from mngraph.candidates.folder import KNOWN, REJECTED, Folder
from mngraph.candidates.model import (
    ACCEPTED,
    CANDIDATE,
    WITHDRAWN,
    Candidate,
    Fact,
    about_keys,
    merged,
)
from mngraph.errors import RecordError
from mngraph.sources.citation import Citation, Deletion, Entry, Rejected
from mngraph.sources.entries import read_entries

NEW, UPDATED, UNCHANGED = "new", "updated", "unchanged"
OUT_OF_SCOPE, DELETED, REJECT = "out of scope", "deleted", "rejected"
NAMELESS = "the entry has no PMID, no DOI and no title"
COUNTS = {
    NEW: "new candidates",
    UPDATED: "candidates updated",
    UNCHANGED: "candidates unchanged",
    "known": "known: already in the graph",
    OUT_OF_SCOPE: "out of scope: the subject is not named",
    DELETED: "deleted in PubMed",
    REJECT: "rejected, each by name",
}
"""What becomes of an entry, in the order in which it is told."""


@dataclass(kw_only=True)
class Summary:
    """What became of the entries of some files.

    Attributes:
        counts: how many entries came to each end of `COUNTS`.
        rejected: where each rejected entry stands, its name, and what is wrong with it.
        failed: what is wrong with files that could not be read to their end.
        flagged: new notices on studies, each with the claims that rest on the study.
        taken_back: what was decided or curated, though PubMed has deleted the entry.
        filled: known records that a file can fill holes of.
    """

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    rejected: list[tuple[str, str, str]] = field(default_factory=list)
    failed: list[RecordError] = field(default_factory=list)
    flagged: list[tuple[str, str, list[str]]] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    filled: list[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        """How many entries were read."""
        return sum(self.counts.values())


def ingest(
    files: Iterable[Path], folder: Folder, studies: known.Studies, *, everything: bool = False,
    note: Callable[[int], None] = lambda done: None,
) -> Summary:  # fmt: skip
    """Bring the publications of files into a folder of candidates.

    The same files give the same folder, however often; a run that was cut off is made good by the
    next. What people decided stays.

    Args:
        files: PubMed XML, MEDLINE (nbib), RIS or PubMed's CSV, also packed with gzip.
        folder: where the candidates are.
        studies: the publications that have a record already.
        everything: whether publications come in that do not name the subject.
        note: called with 1 for each entry that was read.

    Raises:
        OutputError: the folder cannot be written, or another ingest is running.
        RecordError: a candidate of the folder cannot be read.
    """
    with folder.ingesting():
        run = _Run(folder, studies, everything)
        for path in files:
            try:
                for entry in read_entries(path):
                    run.take(entry, path)
                    note(1)
            except RecordError as error:
                run.summary.failed.append(error)
        return run.end()


class _Run:
    """One run of `ingest`."""

    def __init__(self, folder: Folder, studies: known.Studies, everything: bool) -> None:
        self.folder, self.studies, self.everything = folder, studies, everything
        self.summary = Summary()
        self.present = known.Index()
        self.told = folder.told(KNOWN)
        for candidate in folder.candidates():
            self._index(candidate)

    def take(self, entry: Entry, path: Path) -> None:
        """Bring in one entry of a file."""
        if isinstance(entry, Rejected):
            self._reject(entry.place, path, entry.name, entry.reason)
        elif isinstance(entry, Deletion):
            self._delete(entry)
        else:
            self._citation(entry, path)

    def end(self) -> Summary:
        """Write the lists beside the candidates, and return what became of the entries."""
        self.folder.tell(KNOWN, self.told)
        rejected = sorted(set(self.summary.rejected))
        named = {f"{place} {name}".strip(): reason for place, name, reason in rejected}
        named |= {str(error.path): error.reason for error in self.summary.failed}
        self.folder.tell(REJECTED, named)
        return self.summary

    def _citation(self, citation: Citation, path: Path) -> None:
        stated = drafting.publication(citation)
        if not any(stated.get(name) for name in ("pmid", "doi", "title")):
            self._reject(citation.place, path, "", NAMELESS)
            return
        study, how = self.studies.find(stated)
        if study:
            self._known(study, how, citation, stated)
            return
        key, _ = self.present.find(stated)
        if not key and not self.everything and not drafting.is_on_subject(citation):
            self.summary.counts[OUT_OF_SCOPE] += 1
            return
        try:
            fresh = drafting.draft(citation)
        except Exception as error:  # an annotator can be anybody's: it costs this record alone
            self._reject(citation.place, path, citation.name, f"cannot be annotated: {error}")
            return
        try:
            key = key or self._free(fresh.id)
            done = self.folder.change(key, lambda old: self._renewed(key, old, fresh))
        except RecordError as error:
            self._reject(citation.place, path, citation.name, error.reason)
            return
        self.summary.counts[done] += 1

    def _renewed(self, key: str, old: Candidate | None, fresh: Candidate) -> Candidate:
        made = renewed(old, fresh) if old else replace(fresh, id=key)
        self._index(made)
        if old and old.status == ACCEPTED:
            new = sorted(set(made.about.get("notices", ())) - set(old.about.get("notices", ())))
            claims = self.studies.claims(old.record) if old.record else []
            self.summary.flagged += [(old.record or key, text, claims) for text in new]
        return made

    def _index(self, candidate: Candidate) -> None:
        self.present.add(known.Entry(key=candidate.id, stated=candidate.publication))

    def _free(self, key: str) -> str:
        """Return a key that no other publication of the folder has."""
        number, free = 1, key
        while free in self.present.entries:
            number += 1
            free = f"{key}-{number}"
        return free

    def _known(
        self, study: str, how: str, citation: Citation, stated: dict[str, Any]
    ) -> None:  # fmt: skip
        self.summary.counts["known"] += 1
        found = known.told_known(self.studies, study, how, citation, stated)
        before = self.told.get(study, {})
        notices = set(before.get("notices", ()))
        for text in sorted(set(found.get("notices", ())) - notices):
            self.summary.flagged.append((study, text, found["claims"]))
        notices |= set(found.get("notices", ()))
        if notices:
            found["notices"] = sorted(notices)
            found.setdefault("claims", before.get("claims", []))
        if adds := before.get("adds", {}) | found.get("adds", {}):
            found["adds"] = adds
            self.summary.filled += [] if study in self.summary.filled else [study]
        if "deleted" in before:
            found["deleted"] = before["deleted"]
        if found.keys() & {"adds", "notices", "deleted"}:
            self.told[study] = found

    def _delete(self, entry: Deletion) -> None:
        self.summary.counts[DELETED] += 1
        stated = {"pmid": entry.pmid}
        study, _ = self.studies.find(stated)
        if study:
            self.told.setdefault(study, {})["deleted"] = entry.pmid
            self.summary.taken_back.append(f"study:{study} (PMID {entry.pmid})")
        key, _ = self.present.find(stated)
        old = self.folder.read(key) if key else None
        if old is None:
            return
        if old.touched:
            self.summary.taken_back.append(f"the {old.status} {key}, on which somebody decided")
        elif old.status != WITHDRAWN:
            self.folder.change(key, _withdrawn)

    def _reject(self, place: int, path: Path, name: str, reason: str) -> None:
        self.summary.counts[REJECT] += 1
        self.summary.rejected.append((f"{path}:{place}", name, reason))


def _withdrawn(candidate: Candidate | None) -> Candidate:
    """Return a candidate whose entry was deleted; one on which somebody just decided stays."""
    assert candidate is not None  # noqa: S101  (it was read before, and nobody removes files)
    return candidate if candidate.touched else replace(candidate, status=WITHDRAWN)


def renewed(old: Candidate, fresh: Candidate) -> Candidate:
    """Return a candidate whose publication was read again.

    Decisions stay. A later revision in PubMed takes the place of what was known, and PubMed that
    of other sources; anything else only fills holes, so that files can come in any order.

    Args:
        old: the candidate.
        fresh: what was read now.
    """
    revised = [str(each.about.get("revised", "")) for each in (old, fresh)]
    pubmed = [bool(each.publication.get("pmid")) for each in (old, fresh)]
    leads = pubmed[1] and (not pubmed[0] or revised[1] > revised[0])
    first, second = (old, fresh) if leads else (fresh, old)
    other = fresh.abstract != old.abstract and len(old.abstract) > 1
    keeps = other and (not leads or len(fresh.abstract) <= 1)
    return replace(
        old, status=CANDIDATE if old.status == WITHDRAWN else old.status,
        publication=_in_order(first.publication | second.publication),
        about=_sorted(_all_notices(first.about, second.about)),
        abstract=old.abstract if keeps else fresh.abstract,
        facts=old.facts if keeps else _merged(old, fresh),
    )  # fmt: skip


def _all_notices(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Return what the second states over the first, with the notices of both."""
    both = first | second
    notices = dict.fromkeys([*first.get("notices", ()), *second.get("notices", ())])
    return both | ({"notices": sorted(notices)} if notices else {})


def _sorted(about: dict[str, Any]) -> dict[str, Any]:
    return {key: about[key] for key in about_keys() if key in about}


def _in_order(publication: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of a publication with its keys in the order of records."""
    order = list(keys.record().terms["publication"].terms)
    return {key: publication[key] for key in order if key in publication}


def _merged(old: Candidate, fresh: Candidate) -> list[Fact]:
    """Return the facts of both; places of the text that was are not kept where it has changed."""
    kept = merged(old.facts, fresh.facts)
    found = {fact.key: fact for fact in fresh.facts}
    same = old.abstract == fresh.abstract
    result = []
    for fact in kept:
        read = found.get(fact.key)
        if read is not None and fact.decision:
            fact = replace(
                fact, section=read.section, start=read.start, end=read.end, text=read.text,
                more=read.more, confidence=read.confidence, rule=read.rule,
            )  # fmt: skip
        elif read is None and not same:
            fact = replace(fact, section=None, start=None, end=None, more=())
        result.append(fact)
    return result
