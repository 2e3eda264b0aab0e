"""What services say that records lack, field by field: sure, to be looked at, or in dispute."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mngraph.enriching.matching import IDENTIFIERS, Match, match
from mngraph.enriching.panel import Panel
from mngraph.enriching.titles import folded, is_same_journal, surname
from mngraph.enriching.works import Told, Value, Work

HOLES = ("title", "authors", "journal", "issued", "doi", "pmid")
"""The fields whose lack is a reason to ask."""
BESIDES = ("pmcid", "volume", "issue", "pages")
"""Those that are filled as well, where the publication is found."""
TELLING = ("pmid", "doi", "pmcid", "title", "issued", "authors")
"""The fields of which it is said when a service has another value than the record."""

SURE, REVIEW, DISPUTE, DIFFERS = "sure", "review", "sources disagree", "differs from the record"


@dataclass(frozen=True)
class Said:
    """A value, and who says so with what right."""

    value: Value
    work: Work
    match: Match


@dataclass(frozen=True)
class Proposal:
    """What may be written to one field of one record.

    Attributes:
        field: the key of `publication`.
        current: what the record has; None for a hole.
        value: what is proposed: that of the first who says it.
        said: who says what.
        status: `SURE`, `REVIEW`, `DISPUTE` or `DIFFERS`.
    """

    field: str
    current: Value | None
    value: Value
    said: tuple[Said, ...]
    status: str


@dataclass
class Entry:
    """A record and what was found on it.

    Attributes:
        key: its id.
        path: its file.
        publication: what it states of its publication.
        holes: the fields that it lacks, of `HOLES`.
        proposals: what may be written.
        notices: the retractions, concerns and corrections that it does not state yet.
        found: the works that are surely its publication, with how they fit.
    """

    key: str
    path: Path
    publication: Mapping[str, Any]
    holes: tuple[str, ...] = ()
    proposals: list[Proposal] = field(default_factory=list)
    notices: list[Told] = field(default_factory=list)
    found: list[tuple[Work, Match]] = field(default_factory=list)

    @property
    def sure(self) -> list[Proposal]:
        """What can be written without a look."""
        return [each for each in self.proposals if each.status == SURE]


def find(
    records: Sequence[Entry], panel: Panel, *, accepted: Mapping[str, str],
    overwrite: Collection[str], shown: Callable[[Sequence[Entry]], Iterable[Entry]],
) -> None:  # fmt: skip
    """Ask services about records, and add what they say to them.

    Args:
        records: the records, with what they state.
        panel: the services and files.
        accepted: for the key of a record, the identifier that a person found, as `doi:10.1/x`.
        overwrite: the fields that may get another value than they have.
        shown: shows how far a loop has come.

    Raises:
        LocationError: no source answered.
    """
    panel.prepare([each.publication for each in records])
    for entry in shown(records):
        if not panel.working:
            break
        _on_record(entry, panel, accepted.get(entry.key, ""), overwrite)
    panel.require_an_answer()


def _on_record(entry: Entry, panel: Panel, trusted: str, overwrite: Collection[str]) -> None:
    """Ask each source; then, with the identifiers that one gave, those that found nothing."""
    known = dict(entry.publication)
    if trusted:
        key, _, value = trusted.partition(":")
        known[key] = value
    doubtful = _ask(entry, panel, known, trusted)
    new = {
        key: work.text(key)
        for work, _ in reversed(entry.found)
        for key in IDENTIFIERS
        if work.text(key) and not known.get(key)
    }
    if new:
        doubtful += _ask(entry, panel, known | new, trusted)
    certain = {work.service for work, _ in entry.found}
    doubtful = [pair for pair in _unique(doubtful) if pair[0].service not in certain]
    entry.proposals = list(_proposals(entry, doubtful, overwrite))
    entry.notices = list(_new_notices(entry))


def _ask(
    entry: Entry, panel: Panel, known: Mapping[str, Any], trusted: str
) -> list[tuple[Work, Match]]:
    """Ask the sources that have not found a record's publication; return what is doubtful."""
    doubtful = []
    for source in panel.working:
        if any(work.service == source.name for work, _ in entry.found):
            continue
        works = panel.look_up(source, known)
        pairs = [(work, how) for work in works if (how := match(known, work, trusted))]
        sure = [pair for pair in pairs if pair[1].is_sure]
        if len(sure) > 1 and any("title" in how.by for _, how in sure):
            pairs = [(work, _doubted(how, len(sure))) for work, how in pairs]
            sure = []
        entry.found += sure[:1]
        doubtful += [pair for pair in pairs if not pair[1].is_sure]
    return doubtful


def _doubted(how: Match, number: int) -> Match:
    """Return how a work fits that is one of several that do."""
    reason = "; ".join(filter(None, (f"{number} works fit", how.against)))
    return replace(how, is_sure=False, against=reason)


def _unique(pairs: Iterable[tuple[Work, Match]]) -> list[tuple[Work, Match]]:
    """Return the best match of each service; the first of equals."""
    best: dict[str, tuple[Work, Match]] = {}
    for pair in pairs:
        name = pair[0].service
        if name not in best or pair[1].score > best[name][1].score:
            best[name] = pair
    return list(best.values())


def _proposals(
    entry: Entry, doubtful: list[tuple[Work, Match]], overwrite: Collection[str]
) -> Iterator[Proposal]:
    for key in (*HOLES, *BESIDES):
        current = entry.publication.get(key)
        said = _said(key, entry.found)
        if current is None:
            if said:
                status = SURE if _agree(key, said) else DISPUTE
                yield Proposal(key, None, _best(key, said), said, status)
            elif key in HOLES and (perhaps := _said(key, doubtful)):
                yield Proposal(key, None, perhaps[0].value, perhaps, REVIEW)
        elif said and not all(_is_same(key, current, each.value) for each in said):
            if key in overwrite and _agree(key, said):
                yield Proposal(key, current, _best(key, said), said, SURE)
            elif key in (*TELLING, *overwrite):
                yield Proposal(key, current, _best(key, said), said, DIFFERS)


def _said(key: str, found: Iterable[tuple[Work, Match]]) -> tuple[Said, ...]:
    return tuple(Said(work.values[key], work, how) for work, how in found if key in work.values)


def _agree(key: str, said: Sequence[Said]) -> bool:
    return all(_is_same(key, said[0].value, each.value) for each in said)


def _best(key: str, said: Sequence[Said]) -> Value:
    """Return the value to write: that of the first, but of a journal the longest name.

    Of dates it is the finest, where they do not differ in month or day; else the year.
    """
    values = [each.value for each in said]
    if key not in ("issued", "journal") or not _agree(key, said):
        return values[0]
    longest = max(values, key=len)
    if key == "journal" or all(longest[: len(each)] == each for each in values):
        return longest
    return longest[:4]


def _is_same(key: str, first: Value, second: Value) -> bool:
    """Return whether two values of a field mean the same; of dates, whether the year is the same.

    >>> _is_same("issued", "2019", "2019-04"), _is_same("issued", "2019", "2018-12")
    (True, False)
    >>> _is_same("journal", "The Journal of Skin", "J Skin")
    True
    >>> _is_same("authors", ["Doe JA"], ["Doe J"]), _is_same("authors", ["Doe J"], ["Roe J"])
    (True, False)
    """
    if isinstance(first, list) or isinstance(second, list):
        lists = [each if isinstance(each, list) else [] for each in (first, second)]
        mine, theirs = ([surname(name) for name in each] for each in lists)
        return mine == theirs
    if key == "issued":
        return first[:4] == second[:4]
    if key == "journal":
        return is_same_journal(first, second)
    return folded(first) == folded(second)


def _new_notices(entry: Entry) -> Iterator[Told]:
    """Yield the notices that the record does not have; a bare one only where no other is there."""
    stated = [Told(**_told(each)) for each in entry.publication.get("notices", ())]
    told = [each for work, _ in entry.found for each in work.notices]
    for each in sorted(
        told, key=lambda each: not (each.pmid or each.doi)
    ):  # those with a name first
        if not any(_is_same_notice(each, other) for other in stated):
            stated.append(each)
            yield each


def _told(stated: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in stated.items() if key in Told.__annotations__}


def _is_same_notice(new: Told, known: Told) -> bool:
    """Return whether a notice is known, perhaps by another identifier.

    Two sources name a retraction by PMID and by DOI; two corrections may be two.
    """
    if new.kind != known.kind:
        return False
    if new.kind != "correction" or not (new.pmid or new.doi):
        return True
    if new.pmid and known.pmid:
        return new.pmid == known.pmid
    if new.doi and known.doi:
        return new.doi == known.doi
    return True
