"""The text of a candidate cut at its facts, so that screen and page show where each was read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from mngraph.candidates.model import ACCEPTED, EDITED, REJECTED, Candidate, Fact
from mngraph.yamlfile import write_yaml

SIGNS = {ACCEPTED: "+", EDITED: "~", REJECTED: "-", "": " "}
"""The sign of a decision, so that color is never all that tells."""


@dataclass(frozen=True)
class Piece:
    """A stretch of text, and the numbers of the facts that were read in it."""

    text: str
    facts: tuple[int, ...] = ()


def pieces(candidate: Candidate) -> Iterator[tuple[str, list[Piece]]]:
    """Yield label and pieces of each section; the pieces together are its text.

    Args:
        candidate: a candidate.
    """
    for number, section in enumerate(candidate.abstract):
        text = section.get("text", "")
        spans = [
            (max(0, start), min(end, len(text)), n)
            for n, fact in enumerate(candidate.facts)
            for where, start, end in fact.places
            if where == number and start < end
        ]
        edges = sorted({0, len(text), *(e for start, end, _ in spans for e in (start, end))})
        cut = [
            Piece(text[a:b], tuple(n for start, end, n in spans if start <= a and b <= end))
            for a, b in pairwise(edges)
            if a < b
        ]
        yield section.get("label", ""), cut


def shown(value: object) -> str:
    """Return a value of a fact in one line.

    >>> shown("acne-scar"), shown(1.5), shown({"event": "erythema", "affected": 3})
    ('acne-scar', '1.5', 'event: erythema, affected: 3')
    """
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shown(each)}" for name, each in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def editable(fact: Fact) -> str:
    """Return field and value of a fact as a person edits them.

    >>> editable(Fact(field="adverse_events", value={"event": "erythema"}))
    'adverse_events = {event: erythema}'
    """
    nested = isinstance(fact.value, dict | list)
    text = _flow(fact.value) if nested else shown(fact.value)
    return f"{fact.field} = {text}"


def _flow(value: object) -> str:
    """Return a value as YAML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    text = write_yaml([value]).strip()[1:-1]
    return f'"{text}"' if set(text) & set(",{}[]") and not text.startswith(("'", '"')) else text


def kind_of(fact: Fact) -> str:
    """Return what kind of thing a fact names, for its color: a scheme, or `number`.

    >>> kind_of(Fact(field="arms.A.combined_with", value="saline"))
    'modality'
    """
    last = fact.field.rpartition(".")[2]
    return KINDS.get(last, "number")


KINDS = {
    "indications": "indication", "procedure": "procedure", "combined_with": "modality",
    "interventions": "modality", "adverse_events": "event", "no_adverse_events": "event",
}  # fmt: skip
"""The kind that a field names, where it has a color on all pages."""


def was(fact: Fact) -> str:
    """Return what the rule had read, where a person changed it; else nothing.

    >>> was(Fact(field="participants", value=30).edited("participants", 31))
    'participants = 30'
    """
    if fact.was is None:
        return ""
    read = json.loads(fact.was)
    return f"{read['field']} = {shown(read['value'])}"


def standing(fact: Fact) -> str:
    """Return in words what was decided on a fact, or why it is not in the draft.

    >>> standing(Fact(field="participants", value=3, negated=True))
    'negated in the text'
    """
    if fact.decision:
        return fact.decision
    return "negated in the text" if fact.negated else "uncertain" if fact.hedged else "undecided"
