"""Records with what was found written into them; all else in their files stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mngraph import keys
from mngraph.enriching.proposals import BESIDES, HOLES, Entry, Proposal
from mngraph.errors import RecordError
from mngraph.files import write_bytes
from mngraph.wording import listed
from mngraph.yamledit import edited
from mngraph.yamlfile import read_yaml

FIELDS = (*HOLES, *BESIDES)
"""The fields that are compared."""


def amend(entry: Entry, today: str) -> bool:
    """Write what is sure about a record, and the notices on it, to its file.

    The notes of its curation say what came from where, and by what it was found.

    Args:
        entry: the record and what was found.
        today: the day on which it was found, as an ISO date.

    Returns:
        Whether the file was changed.

    Raises:
        RecordError: the file cannot be changed without being written anew.
        OutputError: it cannot be written.
    """
    if not entry.sure and not entry.notices:
        return False
    content = entry.path.read_bytes()
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    text = content.removeprefix(mark).decode("utf-8")
    data, _ = read_yaml(entry.path)
    if data.get("publication") != entry.publication:
        raise RecordError(entry.path, 1, "the record was changed meanwhile: run the command again")
    publication: dict[str, Any] = {each.field: each.value for each in entry.sure}
    if "title" in publication and "label" in data["publication"]:
        publication["label"] = None  # it stands for a title that was not found
    if entry.notices:
        stated = data["publication"].get("notices", [])
        publication["notices"] = [*stated, *(each.stated(today) for each in entry.notices)]
    note = _note(entry, today)
    curation = data.get("curation", {})
    notes = f"{curation['notes']} {note}" if curation.get("notes") else note
    terms = keys.record().terms
    order = {name: list(terms[name].terms) for name in ("publication", "curation")}
    changes = {"publication": publication, "curation": {"notes": notes}}
    new = edited(text, changes, order, entry.path)
    write_bytes(entry.path, mark + new.encode("utf-8"))
    return True


def _note(entry: Entry, today: str) -> str:
    """Return where the new values come from, in a sentence for the curation's notes."""
    by_source: dict[str, list[str]] = {}
    for each in entry.sure:
        by_source.setdefault(_origin(each), []).append(_named(each))
    said = [f"{listed(fields)} from {origin}" for origin, fields in by_source.items()]
    notices = dict.fromkeys(f"{each.kind} told by {_host(each.source)}" for each in entry.notices)
    return f"Looked up on {today}: {'; '.join([*said, *notices])}."


def _named(proposal: Proposal) -> str:
    before = proposal.current
    return proposal.field if before is None else f"{proposal.field} (was {_text(before)})"


def _text(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _origin(proposal: Proposal) -> str:
    """Return who says a value, found by what, with what score."""
    said = proposal.said
    names = listed(dict.fromkeys(each.work.service for each in said))
    how = said[0].match
    return f"{names} (found by {how.by}, score {how.score:.0f})"


def _host(address: str) -> str:
    return address.removeprefix("https://").partition("/")[0] or "a file"


def read(path: Path) -> Entry:
    """Return a record as far as it is of interest here.

    Raises:
        RecordError: the file cannot be read, or is no study record.
    """
    data, lines = read_yaml(path)
    publication = data.get("publication") if isinstance(data, dict) else None
    if not isinstance(publication, dict) or not isinstance(data.get("id"), str):
        raise RecordError(path, 1, "no study record: it needs `id` and `publication`")
    for key, value in publication.items():
        if key in FIELDS and not _is_text(value, is_plural=key == "authors"):
            reason = f"`{key}` is not as records have it: mngraph validate {path} says why"
            raise RecordError(path, lines.get(("publication", key), 1), reason)
    return Entry(data["id"], path, publication)


def _is_text(value: Any, *, is_plural: bool) -> bool:
    """Return whether a value is text, or a list of texts."""
    if is_plural:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, str)
