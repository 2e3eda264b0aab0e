"""Tables as a terminal shows them: columns that fit, words and addresses that stay whole."""

from __future__ import annotations

import io
from collections.abc import Sequence

LONGEST = 32
"""Characters of a word that is never broken; a name in the graph may be longer."""


def boxed(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[bool],
    title: str, room: int,
) -> str:  # fmt: skip
    """Return a table as lines of text.

    Where the table does not fit, its columns of web addresses stand below it, one line for each
    row, since an address that is broken cannot be followed. Where words would have to be broken
    all the same, each row becomes a block with a line for each cell.

    Args:
        columns: the names of the columns.
        rows: the cells, as text.
        right: which columns are aligned to the right.
        title: what stands above; may be empty.
        room: the width of the terminal.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    kept, below = list(range(len(columns))), []
    if _width(_widths(columns, rows, room)) > room or _breaks_address(columns, rows, room):
        below = [n for n in kept if _holds_addresses([row[n] for row in rows])]
        kept = [n for n in kept if n not in below] or kept
    names, cells = [columns[n] for n in kept], [[row[n] for n in kept] for row in rows]
    if _width(_widths(names, cells, room)) > room:
        return _blocks(columns, rows, title=title, room=room)
    drawn = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD)
    for name, n, width in zip(names, kept, _widths(names, cells, room), strict=True):
        drawn.add_column(
            Text(name), justify="right" if right[n] else "left", overflow="fold", width=width
        )
    for row in cells:
        drawn.add_row(*map(Text, row))
    stream = io.StringIO()
    Console(file=stream, width=10_000, highlight=False, no_color=True).print(drawn)
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    if len(kept) < len(columns):
        found = (f"  {row[0]}: {row[n]}" for row in rows for n in below if row[n])
        lines += [*dict.fromkeys(found), ""]
    return "\n".join(lines) + "\n"


def _blocks(columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str, room: int) -> str:
    """Return each row as a block: a line for each cell that holds something, after its name."""
    from textwrap import wrap

    left = max(map(len, columns)) + 4
    lines = [title, ""] if title else [""]
    for row in rows:
        for name, cell in zip(columns, row, strict=True):
            text = wrap(
                cell, max(room - left, left), break_long_words=False, break_on_hyphens=False
            )
            for number, part in enumerate(text):
                lines.append(f"  {name if number == 0 else '':<{left - 2}}{part}")
        lines.append("")
    return "\n".join(lines) + "\n"


def _holds_addresses(cells: Sequence[str]) -> bool:
    found = [cell for cell in cells if cell]
    return bool(found) and all(cell.startswith(("http://", "https://")) for cell in found)


def _breaks_address(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> bool:
    widths = _widths(columns, rows, room)
    return any(
        _holds_addresses([row[n] for row in rows]) and max(len(row[n]) for row in rows) > width
        for n, width in enumerate(widths)
    )


def _width(widths: Sequence[int]) -> int:
    return sum(widths) + 3 * len(widths) + 1


def _longest_word(cells: Sequence[str]) -> int:
    return min(LONGEST, max((len(word) for cell in cells for word in cell.split()), default=1))


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Return the width of each column: as wide as its cells, the widest narrowed to the room.

    No column is narrower than its longest word, of `LONGEST` at most, so the columns together may
    still be too wide.
    """
    texts = [[name, *(row[n] for row in rows)] for n, name in enumerate(columns)]
    widths = [max(map(len, column)) or 1 for column in texts]
    words = [_longest_word(column) for column in texts]
    while _width(widths) > room:
        wide = [(width, n) for n, width in enumerate(widths) if width > words[n]]
        if not wide:
            break
        widths[max(wide)[1]] -= 1
    return widths
