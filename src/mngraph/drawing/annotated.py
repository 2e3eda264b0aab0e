"""Abstracts with what an annotator found in them: a page that opens offline and runs no script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mngraph import context
from mngraph.annotation.facts import Annotations, Fact
from mngraph.annotation.lexicon import rules
from mngraph.drawing import pages

UNMARKED = ("arm",)
"""Kinds whose characters are too many to be marked; they stand in the table alone."""
STATES = ("stated", "negated", "aside")
QUOTE = 60
"""The most characters that a table repeats of what a fact was read from."""
LONGEST = 160
"""Characters of a longer fact are not marked."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a section: characters, and the facts that were read from them."""

    text: str
    facts: tuple[Fact, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of the first fact."""
        return self.facts[0].kind if self.facts else ""

    @property
    def state(self) -> str:
        """What the text says of the facts: stated, negated or aside."""
        return state(self.facts[0]) if self.facts else ""

    @property
    def told(self) -> str:
        """The facts in words."""
        return "; ".join(f"{label(f.kind)}: {value(f)} ({state(f)})" for f in self.facts)


def state(fact: Fact) -> str:
    """Return whether a fact is stated, negated, or stands aside (other studies, possibilities)."""
    return "negated" if fact.negated else "aside" if fact.hedged else "stated"


def label(kind: str) -> str:
    """Return what a kind of facts is called.

    >>> label("adverse-event"), label("made-up")
    ('Adverse event', 'made-up')
    """
    return str(rules("kinds").get(kind, {}).get("label", kind))


def value(fact: Fact) -> str:
    """Return a value for people: the name of a concept, a number, or a word."""
    if isinstance(fact.value, str) and fact.value.startswith(context.BASE):
        return fact.value.rpartition("/")[2]
    return "yes" if fact.value is True else str(fact.value)


def pieces(text: str, facts: Iterable[Fact]) -> Iterator[Piece]:
    """Yield a text in pieces, each with the facts that were read from it, the narrowest first.

    >>> from mngraph.annotation.facts import Fact
    >>> one = Fact("modality", "PRP", "PRP", 0, 5, 8)
    >>> [(piece.text, piece.kind) for piece in pieces("with PRP", [one])]
    [('with ', ''), ('PRP', 'modality')]
    """
    marked = sorted(
        (
            fact
            for fact in facts
            if fact.kind not in UNMARKED and fact.end - fact.start <= min(LONGEST, len(text) - 1)
        ),
        key=lambda fact: (fact.end - fact.start, STATES.index(state(fact))),
    )
    edges = sorted({0, len(text), *(place for f in marked for place in (f.start, f.end))})
    for start, end in pairwise(edges):
        inside = tuple(fact for fact in marked if fact.start <= start and end <= fact.end)
        yield Piece(text[start:end], inside)


@dataclass(frozen=True)
class Row:
    """What a text says of one value: the kind, the state, and all that it was read from."""

    kind: str
    value: str
    state: str
    quotes: str
    confidence: float


def rows(facts: Iterable[Fact]) -> list[Row]:
    """Return a row for each value, in the order of kinds; what is stated comes first.

    >>> from mngraph.annotation.facts import Fact
    >>> one = Fact("enrolled", 30, "30 patients", 0, 0, 11, 0.9)
    >>> rows([one])[0].quotes
    '30 patients'
    """
    kinds = list(rules("kinds"))
    groups: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in facts:
        groups.setdefault((fact.kind, value(fact), state(fact)), []).append(fact)
    found = [
        Row(
            label(kind), shown, said,
            " · ".join(dict.fromkeys(pages.short(f.text, QUOTE) for f in group)),
            max(f.confidence for f in group),
        )
        for (kind, shown, said), group in groups.items()
    ]  # fmt: skip
    order = [label(kind) for kind in kinds]
    return sorted(
        found,
        key=lambda row: (
            order.index(row.kind) if row.kind in order else len(order),
            STATES.index(row.state),
        ),
    )


def to_html(found: Sequence[tuple[str, Annotations]]) -> str:
    """Return a page with each abstract, what was found marked in it, and a table of all facts.

    Args:
        found: for each publication what it is called (a PMID, or empty), and what was found.
    """
    publications: list[dict[str, Any]] = []
    for name, read in found:
        sections = [
            (
                section.label,
                list(pieces(section.text, (f for f in read.facts if f.section == number))),
            )
            for number, section in enumerate(read.sections)
        ]
        publications.append({"name": name, "sections": sections, "rows": rows(read.facts)})
    return pages.render(
        "annotated.html.j2",
        publications=publications,
        style=pages.read_template("style.css") + pages.read_template("annotated.css"),
    )
