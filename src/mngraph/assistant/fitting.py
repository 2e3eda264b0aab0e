"""Answers of a size that an assistant can read, with a word on what was left out."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mngraph.visible import escape_controls
from mngraph.wording import counted

MOST = 60_000
"""Characters that the data of an answer may have, as JSON."""
MOST_TEXT = 30_000
"""Characters that its text may have."""
MOST_STRING = 4_000
"""Characters of one string in it."""
MOST_ENTRIES = 100
"""Entries of one list in it, but for what is asked for by `limit`."""


@dataclass
class Reply:
    """An answer of a tool.

    Attributes:
        data: the answer as plain data, after the output schema of the tool.
        text: the same to read.
    """

    data: dict[str, Any]
    text: str


@dataclass(frozen=True)
class Page:
    """Which part of a list is shown: from `offset` on, `limit` entries at most."""

    offset: int
    limit: int

    def of(self, entries: Any) -> Any:
        """Return that part of a list."""
        return entries[self.offset : self.offset + self.limit]

    def told(self, shown: int, total: int | None, *, more: bool = False) -> dict[str, Any]:
        """Return what the answer says of its part.

        Args:
            shown: how many entries it has.
            total: how many there are; None where that is not known.
            more: whether there are more, where `total` is not known.

        >>> Page(20, 20).told(20, 47)
        {'offset': 20, 'shown': 20, 'total': 47, 'next_offset': 40}
        """
        end = self.offset + shown
        is_more = more if total is None else bool(shown) and end < total
        return {
            "offset": self.offset, "shown": shown, "total": total,
            "next_offset": end if is_more else None,
        }  # fmt: skip


def paged(make: Callable[[Page], Reply], page: Page) -> Reply:
    """Return an answer that fits, of fewer entries than are asked for where it has to be.

    Args:
        make: makes the answer for a part of its list.
        page: the part that is asked for.
    """
    reply = make(page)
    while (size := _size(_Cutter().value(reply.data, ""))) > MOST and page.limit > 1:
        shown = min(page.limit, max(reply.data["page"]["shown"], 1))
        page = Page(page.offset, max(1, min(shown - 1, shown * MOST // size)))
        reply = make(page)
    return fitted(reply)


def fitted(reply: Reply) -> Reply:
    """Return an answer without control characters whose lists, strings and text are bounded."""
    cutter = _Cutter()
    data = cutter.value(reply.data, "")
    entries = MOST_ENTRIES
    while _size(data) > MOST and entries > 1:
        entries //= 2
        cutter = _Cutter(entries, MOST_STRING * entries // MOST_ENTRIES + 200)
        data = cutter.value(reply.data, "")
    data["left_out"] = [*data.get("left_out", []), *cutter.notes()]
    parts = [escape_controls(reply.text).rstrip()]
    if len(parts[0]) > MOST_TEXT:
        whole = parts[0][: parts[0].rfind("\n", 0, MOST_TEXT) if "\n" in parts[0] else MOST_TEXT]
        parts = [whole[:MOST_TEXT], "(The text was cut here; the data have more.)"]
    page = data.get("page") or {}
    if page.get("next_offset") is not None:
        of = "" if page["total"] is None else f" of {page['total']:,}"
        first, last = page["offset"] + 1, page["offset"] + page["shown"]
        parts.append(f"Shown: {first} to {last}{of}. For more, offset {page['next_offset']}.")
    parts += [f"Left out: {note}." for note in data["left_out"]]
    parts += [each for each in data.get("says_not", []) if each not in reply.text]
    return Reply(data, "\n\n".join(parts) + "\n")


def _size(data: Any) -> int:
    return len(json.dumps(data, ensure_ascii=False, default=str))


@dataclass
class _Cutter:
    """Makes values plain and bounded, and remembers what it left out, by the name of the field."""

    entries: int = MOST_ENTRIES
    characters: int = MOST_STRING
    cut: dict[str, int] = field(default_factory=dict)
    clipped: int = 0

    def value(self, value: Any, name: str) -> Any:
        """Return a value with shorter lists and strings."""
        if isinstance(value, dict):
            return {
                escape_controls(str(key)[: self.characters]): self.value(
                    each, f"{name}.{key}"[-99:]
                )
                for key, each in value.items()
            }
        if isinstance(value, (list, tuple)):
            kept = value if self._is_page(name) else value[: self.entries]
            if len(kept) < len(value):
                self.cut[name] = self.cut.get(name, 0) + len(value) - len(kept)
            return [self.value(each, name) for each in kept]
        if isinstance(value, str):
            self.clipped += len(value) > self.characters
            short = value if len(value) <= self.characters else f"{value[: self.characters]}…"
            return escape_controls(short)
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)
        return value

    def _is_page(self, name: str) -> bool:
        return self.entries == MOST_ENTRIES and name in PAGES

    def notes(self) -> list[str]:
        """Return what was left out, in words."""
        found = [
            f"{counted(number, 'entry', 'entries')} of {name.lstrip('.')}"
            for name, number in sorted(self.cut.items())
        ]
        if self.clipped:
            found.append(f"the ends of {counted(self.clipped, 'long text')}")
        return found


PAGES = frozenset((".results", ".results.bindings", ".matches", ".rows", ".root.behind"))
"""The lists whose length `limit` bounds."""
