"""A candidate in a terminal: the abstract with its facts marked, and the draft beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mngraph.annotation import TITLE
from mngraph.candidates.marked import SIGNS, kind_of, pieces, shown, standing
from mngraph.visible import escape_controls

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.text import Text

    from mngraph.candidates.model import Candidate

WIDE = 110
"""From this width on the draft stands beside the abstract, else below it."""
COLORS = {"procedure": "blue", "indication": "red", "modality": "green", "event": "magenta",
          "number": "yellow"}  # fmt: skip


def screen(
    candidate: Candidate, place: int, position: str, message: str, keys: Sequence[tuple[str, str]]
) -> None:
    """Show a candidate and one of its facts, on stderr.

    Args:
        candidate: the candidate.
        place: the number of the fact that is asked about; past the last, all were shown.
        position: which candidate it is, of how many.
        message: what to say below.
        keys: each key and what it does.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    console.clear()
    console.print(drawn(candidate, place, position, console.width))
    line = Text()
    for key, what in keys:
        line.append(f" {key} ", style="reverse").append(f" {what}  ")
    console.print(line)
    if message:
        console.print(Text(escape_controls(message), style="bold"))


def drawn(candidate: Candidate, place: int, position: str, width: int) -> Group:
    """Return what is shown of a candidate.

    Args:
        candidate: the candidate.
        place: the number of the fact that is asked about.
        position: which candidate it is, of how many.
        width: the width of the terminal, in characters.
    """
    from rich.console import Group
    from rich.rule import Rule
    from rich.table import Table
    from rich.text import Text

    entry = candidate.publication
    about = [candidate.id, candidate.status, entry.get("journal", ""), entry.get("issued", "")]
    title, abstract = _abstract(candidate, place)
    head: list[RenderableType] = [
        Rule(position, align="left"),
        *title,
        Text(escape_controls(" · ".join(str(each) for each in about if each)), style="dim"),
    ]
    head += [
        Text(f"! {escape_controls(notice)}", style="bold red")
        for notice in candidate.about.get("notices", ())
    ]
    draft = _draft(candidate, place)
    if width < WIDE:
        return Group(*head, Text(), *abstract, Text(), draft)
    both = Table.grid(padding=(0, 2), expand=True)
    both.add_column(ratio=1)
    both.add_column(ratio=1)
    both.add_row(Group(*abstract), draft)
    return Group(*head, Text(), both)


def _abstract(candidate: Candidate, place: int) -> tuple[list[Text], list[Text]]:
    """Return the title, and the sections of the abstract, with the facts marked."""
    from rich.text import Text

    title: list[Text] = []
    found: list[Text] = []
    for label, parts in pieces(candidate):
        is_title = label == TITLE
        text = Text(f"{escape_controls(label)}: " if label and not is_title else "", "bold")
        for part in parts:
            style = "bold" if is_title else "not bold"
            if part.facts:
                number = place if place in part.facts else part.facts[0]
                style = f"{COLORS[kind_of(candidate.facts[number])]} underline"
                style += " reverse" if number == place else ""
            text.append(escape_controls(part.text), style=style)
        (title if is_title else found).append(text)
    bare = [Text(escape_controls(candidate.title), style="bold")]
    return title or bare, found or [Text("(no abstract)", style="dim")]


def _draft(candidate: Candidate, place: int) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1))
    for _ in range(4):
        table.add_column(overflow="fold")
    for number, fact in enumerate(candidate.facts):
        here = number == place
        style = "reverse" if here else "dim" if fact.decision else ""
        sure = f"{fact.confidence:.2f}" if fact.confidence is not None else ""
        state = standing(fact)
        note = "" if state == "undecided" else state
        table.add_row(
            Text(">" if here else SIGNS[fact.decision], style=style),
            Text(escape_controls(fact.field), style=f"{COLORS[kind_of(fact)]} {style}".strip()),
            Text(escape_controls(shown(fact.value)), style=style),
            Text(f"{sure} {note}".strip(), style="dim"),
        )
    return table
