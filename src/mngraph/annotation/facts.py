"""What annotators find: candidate facts, each with the characters that it was read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

Value: TypeAlias = str | int | float
TITLE = "TITLE"
"""The label of the title among the sections."""


class Section(NamedTuple):
    """The title, or one section of an abstract.

    Attributes:
        label: its label; `TITLE` for the title, empty where an abstract has no labels.
        text: its text, which the offsets of facts refer to.
        category: its NlmCategory in PubMed (`BACKGROUND`, `RESULTS`, …); empty where none is given.
    """

    label: str
    text: str
    category: str = ""

    @property
    def line(self) -> str:
        """The line that the section is in the text of the abstract."""
        return f"{self.label}: {self.text}" if self.label not in ("", TITLE) else self.text


@dataclass(frozen=True, slots=True)
class Fact:
    """A candidate fact.

    Attributes:
        kind: what it says, a key of ontology/annotation/kinds.yaml: `indication`, `enrolled`, ….
        value: the IRI of a concept, a number, or a word that study records use.
        text: the characters that it was read from.
        section: the index of their section in `Annotations.sections`.
        start: where they begin in the text of the section.
        end: where they end; the character there is not part of them.
        confidence: how sure the rule is, from 0 to 1.
        negated: whether the text says that it is not so ("no scarring").
        hedged: whether the text calls it possible only, plans it, or tells it of other studies.
        rule: the rule that found it.
        details: what belongs to the value: the type and limits of an effect, `affected` and
            `at_risk` of a rate, the `arm` that a modality was given in.
    """

    kind: str
    value: Value
    text: str
    section: int
    start: int
    end: int
    confidence: float = 1.0
    negated: bool = False
    hedged: bool = False
    rule: str = ""
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the fact as JSON can say it, `details` only where there are some."""
        plain = {name: getattr(self, name) for name in FIELDS}
        return plain | ({"details": dict(self.details)} if self.details else {})


FIELDS = ("kind", "value", "text", "section", "start", "end", "confidence", "negated", "hedged",
          "rule")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Annotations:
    """The candidate facts of one publication.

    Attributes:
        sections: the title, and the sections of the abstract.
        facts: what was found, in the order of the text; a concept once for each mention.

    >>> import mngraph
    >>> found = mngraph.annotate("PRP in melasma", "Methods: 40 women were enrolled.")
    >>> isinstance(found, mngraph.Annotations), found.values("enrolled")
    (True, [40])
    """

    sections: tuple[Section, ...]
    facts: tuple[Fact, ...]

    def of(self, kind: str) -> Iterator[Fact]:
        """Yield the facts of one kind.

        >>> found = Annotations((), (Fact("enrolled", 30, "30 patients", 1, 0, 11),))
        >>> [fact.value for fact in found.of("enrolled")]
        [30]
        """
        return (fact for fact in self.facts if fact.kind == kind)

    def values(self, kind: str) -> list[Value]:
        """Return the values of one kind, each once: those that the text states, as its own result.

        Facts that are negated or hedged are left out.

        >>> found = Annotations((), (
        ...     Fact("adverse-event", "event:scarring", "scarring", 1, 8, 16, negated=True),
        ...     Fact("adverse-event", "event:erythema", "redness", 1, 20, 27),
        ... ))
        >>> found.values("adverse-event")
        ['event:erythema']
        """
        stated = (f.value for f in self.of(kind) if not (f.negated or f.hedged))
        return list(dict.fromkeys(stated))
