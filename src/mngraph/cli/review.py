"""`mngraph review`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mngraph.cli.options import write_text
from mngraph.cli.process import say
from mngraph.errors import MngraphError, UsageError
from mngraph.wording import counted

if TYPE_CHECKING:
    from mngraph.candidates.deciding import Review
    from mngraph.candidates.folder import Folder
    from mngraph.candidates.model import Candidate, Fact

KEYS = (
    ("a", "accept the fact"), ("r", "reject it"), ("e", "edit it"), ("s", "skip it"),
    ("u", "undo"), ("A", "accept all that is proposed"), ("+", "add a fact"),
    ("w", "write the record"), ("x", "reject the candidate"), ("n", "next candidate"),
    ("q", "quit"),
)  # fmt: skip


ENDS = ("q", "\x03", "\x04", "\x1b", "")
"""Keys that end a review; nothing is what a terminal gives that is gone."""
STEPS = {"s": 1, " ": 1, "j": 1, "\x1b[B": 1, "k": -1, "\x1b[A": -1}
"""Keys that go to another fact; the arrows among them."""


@click.command("review")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, readable=False))
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--to", "to", default="data/studies", show_default=True, metavar="FOLDER",
              type=click.Path(path_type=Path, readable=False),
              help="Folder of study records that accepted candidates are written to.")  # fmt: skip
@click.option("--curator", "name", default="", envvar="MNGRAPH_CURATOR", metavar="NAME",
              help="Who decides: a name, an ORCID iD, or both.")  # fmt: skip
@click.option("--list", "only_list", is_flag=True, help="List the candidates and end.")
@click.option("--all", "every", is_flag=True,
              help="Show also those that were accepted, rejected or deleted.")  # fmt: skip
def review_command(
    folder: Path, ids: tuple[str, ...], to: Path, name: str, only_list: bool, every: bool
) -> None:
    """Decide on candidates, fact by fact, beside the abstracts that they were read from.

    One key decides, and each decision is saved at once: a accept, r reject, e edit, s skip, u undo,
    A accept all that is proposed, + add a fact, w write the record, x reject the candidate, n next
    candidate, q quit. A record is written only when it holds all that a record needs.

    The same in a browser: mngraph serve --review DIR.

    \b
    mngraph review candidates --curator "Roe R 0000-0002-1825-0097"
    mngraph review candidates pmid-31469914 --to my-pack/studies
    mngraph review candidates --list
    """  # noqa: D301
    from mngraph.candidates.deciding import Review, curator
    from mngraph.candidates.folder import Folder

    place = Folder(folder)
    waiting = _waiting(place, ids, every)
    if only_list:
        _list(waiting)
        return
    review = Review(place, curator(name), to)
    if not to.is_dir():
        raise UsageError(f"there is no folder {to} for records: make it, or name another with --to")
    if not waiting:
        say(f"{folder}: nothing is left to decide (--all shows what was decided)")
        return
    _Desk(review, [candidate.id for candidate in waiting]).run()


def _waiting(folder: Folder, ids: tuple[str, ...], every: bool) -> list[Candidate]:
    """Return the candidates to show.

    Raises:
        UsageError: the folder has none, or none of a name that was given.
    """
    from mngraph.candidates.model import CANDIDATE

    found = list(folder.candidates())
    if not found:
        raise UsageError(
            f"{folder.path} holds no candidates: mngraph ingest FILE… -o {folder.path}"
        )
    known = {candidate.id: candidate for candidate in found}
    if unknown := [name for name in ids if name not in known]:
        from mngraph.nearest import nearest

        near = nearest(unknown[0], known)
        hint = f"; did you mean {near}?" if near else ""
        raise UsageError(f"{folder.path} has no candidate {unknown[0]}{hint}")
    if ids:
        return [known[name] for name in dict.fromkeys(ids)]
    return [candidate for candidate in found if every or candidate.status == CANDIDATE]


def _list(candidates: list[Candidate]) -> None:
    from mngraph.tables import Table, render

    rows = [
        [c.id, c.status, str(c.publication.get("issued", ""))[:4], len(c.decided), len(c.facts),
         c.title]
        for c in candidates
    ]  # fmt: skip
    columns = ["candidate", "status", "year", "decided", "facts", "title"]
    write_text(render(Table(columns, rows), "table"), None)


@dataclass
class _Desk:
    """One person at a terminal, going from fact to fact."""

    review: Review
    keys: list[str]
    at: int = 0
    place: int = 0
    message: str = ""
    undone: list[tuple[str, str]] = field(default_factory=list)

    def run(self) -> None:
        """Show a fact, wait for a key, and so on until there is none left."""
        self._first()
        while True:
            at_end = self.at >= len(self.keys)
            candidate = None if at_end else self._candidate()
            if candidate is None:
                say(f"{self.message}\nall were shown: u undoes, any other key ends".strip())
            else:
                self._show(candidate)
            key = _key()
            if key in ENDS or (at_end and (key != "u" or not self.undone)):
                break
            try:
                self._pressed(key, candidate)
            except MngraphError as error:
                self.message = str(error)
        if left := len(self.keys) - self.at:
            say(f"{counted(left, 'candidate')} left; decisions are kept")

    def _candidate(self) -> Candidate:
        found = self.review.folder.read(self.keys[self.at])
        if found is None:
            raise UsageError(f"{self.keys[self.at]} is not there any more")
        return found

    def _fact(self, candidate: Candidate) -> Fact | None:
        return candidate.facts[self.place] if self.place < len(candidate.facts) else None

    def _first(self) -> None:
        """Go to the first fact of the candidate on which nobody has decided."""
        facts = self._candidate().facts
        undecided = (n for n, fact in enumerate(facts) if not fact.decision)
        self.place = next(undecided, len(facts))

    def _pressed(self, key: str, candidate: Candidate | None) -> None:
        self.message = ""
        if candidate is None or key == "u":
            self._undo()
            return
        fact = self._fact(candidate)
        if key in ("a", "r", "e") and fact is None:
            self.message = "every fact was shown: w writes the record, n goes on"
        elif key in ("a", "r") and fact is not None:
            self.review.decide(candidate.id, fact.key, "accepted" if key == "a" else "rejected")
            self._noted(candidate.id, fact.key)
        elif key == "e" and fact is not None:
            self._edit(candidate, fact)
        elif key in STEPS:
            self.place = min(max(self.place + STEPS[key], 0), len(candidate.facts))
        elif key in ("A", "+", "x", "w", "n"):
            self._whole(key, candidate)
        else:
            self.message = "keys: " + ", ".join(f"{name} {what}" for name, what in KEYS)

    def _whole(self, key: str, candidate: Candidate) -> None:
        """Do what concerns the candidate as a whole."""
        if key == "A":
            self.review.accept_proposed(candidate.id)
            self.place = len(candidate.facts)
            return
        if key == "+":
            if text := _asked("summary = "):
                self.review.add(candidate.id, text)
            return
        if key == "x":
            self.review.reject(candidate.id)
            self.undone.append((candidate.id, ""))
        elif key == "w":
            say(f"{self.review.accept(candidate.id)}: written")
        self.at += 1
        if self.at < len(self.keys):
            self._first()

    def _edit(self, candidate: Candidate, fact: Fact) -> None:
        from mngraph.candidates.marked import editable

        text = _asked(editable(fact))
        if text and text != editable(fact):
            before = [each.key for each in candidate.facts]
            made = self.review.edit(candidate.id, fact.key, text)
            new = [each.key for each in made.facts if each.key not in before]
            self._noted(candidate.id, new[0] if new else fact.key)

    def _noted(self, candidate: str, fact: str) -> None:
        self.undone.append((candidate, fact))
        self.place += 1

    def _undo(self) -> None:
        """Take the last decision back, and go to its fact."""
        if not self.undone:
            self.message = "nothing to undo yet"
            return
        candidate, fact = self.undone.pop()
        self.at = self.keys.index(candidate)
        if not fact:
            self.review.reject(candidate, undo=True)
            self._first()
            return
        made = self.review.decide(candidate, fact, "")
        self.place = next((n for n, f in enumerate(made.facts) if f.key == fact), 0)

    def _show(self, candidate: Candidate) -> None:
        from mngraph.candidates.screen import screen

        position = f"{self.at + 1} of {len(self.keys)}"
        screen(candidate, self.place, position, self.message, KEYS)


def _key() -> str:
    """Return the key that is pressed.

    Raises:
        UsageError: there is no terminal.
    """
    try:
        return click.getchar()
    except OSError as error:
        raise UsageError(
            "single keys need a terminal: review in a browser with mngraph serve --review DIR"
        ) from error


def _asked(text: str) -> str:
    """Return a text as a person changed it, in $EDITOR or on a line; empty where nothing was."""
    if os.environ.get("VISUAL") or os.environ.get("EDITOR"):
        edited = click.edit(text + "\n", extension=".yaml")
        return (edited or "").strip()
    say(f"now: {text}")
    entered: str = click.prompt("field = value (empty: leave it)", default="", show_default=False,
                                err=True)  # fmt: skip
    return entered.strip()
