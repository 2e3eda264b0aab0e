"""What was found on records: as a table, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mngraph.enriching.panel import Panel
from mngraph.enriching.proposals import REVIEW, SURE, Entry, Proposal
from mngraph.tables import Cell, Table
from mngraph.wording import counted, listed

COLUMNS = ["study", "field", "in the record", "proposed", "source", "found by", "score", "status"]
LONGEST = 60
"""How many characters of a value a table for reading shows."""


def table(entries: Sequence[Entry], *, short: bool = False) -> Table:
    """Return one row for each value that a source proposes, those in dispute side by side.

    Args:
        entries: the records.
        short: whether long values are cut.
    """
    found = [row for entry in entries for row in _rows(entry)]
    if short:
        found = [[_cut(cell) for cell in row] for row in found]
    return Table(COLUMNS, found)


def _rows(entry: Entry) -> Iterator[list[Cell]]:
    for proposal in entry.proposals:
        values: dict[str, list[int]] = {}
        for number, each in enumerate(proposal.said):
            values.setdefault(_text(each.value), []).append(number)
        agreed = proposal.status in (SURE,)
        groups = [(_text(proposal.value), range(len(proposal.said)))] if agreed else values.items()
        for value, numbers in groups:
            said = [proposal.said[number] for number in numbers]
            names = listed(dict.fromkeys(each.work.service for each in said))
            status = proposal.status
            if status == REVIEW:
                status = f"{REVIEW}: {said[0].match.against}"
            now = _text(proposal.current) if proposal.current is not None else None
            yield [entry.key, proposal.field, now, value, names, said[0].match.by,
                   round(said[0].match.score), status]  # fmt: skip
    for told in entry.notices:
        where = ", ".join(
            filter(None, (told.citation, told.doi, told.pmid and f"PMID {told.pmid}"))
        )
        yield [
            entry.key,
            told.kind,
            None,
            where or None,
            told.source or None,
            "identifier",
            None,
            SURE,
        ]


def plain(entries: Sequence[Entry], panel: Panel, changed: Sequence[Entry]) -> dict[str, Any]:
    """Return everything as plain data.

    Args:
        entries: the records.
        panel: the sources.
        changed: the records to whose files it was written.
    """
    written = {entry.key for entry in changed}
    return {
        "records": [
            {
                "study": entry.key,
                "file": str(entry.path),
                "holes": list(entry.holes),
                "applied": entry.key in written,
                "proposals": [_proposal(each) for each in entry.proposals],
                "notices": [each.stated("") for each in entry.notices],
            }
            for entry in entries
            if entry.proposals or entry.notices or entry.holes
        ],
        "failures": [
            {"service": name, "reason": reason, "unanswered": panel.unanswered[name]}
            for name, reason in panel.failures.items()
        ],
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "field": proposal.field,
        "current": proposal.current,
        "value": proposal.value,
        "status": proposal.status,
        "sources": [
            {
                "service": each.work.service,
                "address": each.work.address or None,
                "value": each.value,
                "found_by": each.match.by,
                "score": round(each.match.score, 1),
                "against": each.match.against or None,
            }
            for each in proposal.said
        ],
    }


def summary(entries: Sequence[Entry]) -> str:
    """Return in a sentence what was found."""
    sure = sum(len(entry.sure) for entry in entries)
    rest = sum(len(entry.proposals) for entry in entries) - sure
    notices = sum(len(entry.notices) for entry in entries)
    holes = sum(len(entry.holes) for entry in entries)
    records = sum(bool(entry.holes) for entry in entries)
    said = (
        f"{counted(records, 'record lacks', 'records lack')} {counted(holes, 'field')}: "
        f"{counted(sure, 'value is', 'values are')} sure, {rest} to be looked at"
    )
    return f"{said}; {counted(notices, 'new notice')}" if notices else said


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _cut(cell: Cell) -> Cell:
    if isinstance(cell, str) and len(cell) > LONGEST:
        return f"{cell[: LONGEST - 1]}…"
    return cell
