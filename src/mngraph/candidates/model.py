"""A candidate: a draft study record, the facts that it is made of, and where each was read.

The facts are what counts. The fields of the draft are worked out from them whenever the candidate
is written, so that a decision on a fact changes the draft, and nothing is stored twice by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from mngraph import keys
from mngraph.keys import Kind, Term

CANDIDATE, ACCEPTED, REJECTED, WITHDRAWN = "candidate", "accepted", "rejected", "withdrawn"
"""What a candidate can be; the words of `status` in ontology/candidate.jsonld."""
EDITED = "edited"
TAKEN = (ACCEPTED, EDITED)
"""The decisions by which a fact comes into the record."""
CURATOR = "curator"
"""The rule of a fact that a person added."""
PLACE = ("section", "start", "end")
DROPPED: Mapping[str, Any] = {"negated": False, "hedged": False, "decision": "", "by": "", "on": "",
                              "more": (), "was": None, "text": "", "confidence": None,
                              "section": None, "start": None, "end": None}  # fmt: skip
"""What is not written of a fact, where it has this value."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A value proposed for a field of the record, with the characters that it was read from.

    Attributes:
        field: the field, such as `participants` or `arms.A.combined_with`.
        value: the value, as records have it; of a list, one of its items.
        was: what the rule had read, where a person changed the value or the field.
        section: the number of the section that it was read in; None where a person added it.
        start: where the characters begin in the text of the section.
        end: where they end; the character there is not part of them.
        text: the characters.
        more: other places that say the same, each as `section:start-end`.
        confidence: how sure the rule is, from 0 to 1.
        rule: the rule that found it; `curator` where a person added it.
        negated: whether the text says that it is not so.
        hedged: whether the text calls it possible only, or tells it of other studies.
        decision: `accepted`, `rejected`, `edited`, or nothing as long as nobody decided.
        by: who decided.
        on: the day of the decision.
    """

    field: str
    value: Any
    was: Any = None
    section: int | None = None
    start: int | None = None
    end: int | None = None
    text: str = ""
    more: tuple[str, ...] = ()
    confidence: float | None = None
    rule: str = CURATOR
    negated: bool = False
    hedged: bool = False
    decision: str = ""
    by: str = ""
    on: str = ""

    @property
    def key(self) -> str:
        """What makes it the same fact when the publication is read again."""
        return _canonical({"field": self.field, "value": self.value}) if self.was is None else str(
            self.was
        )  # fmt: skip

    @property
    def proposed(self) -> bool:
        """Whether the text states it as its own result."""
        return not (self.negated or self.hedged)

    @property
    def taken(self) -> bool:
        """Whether a person took it into the record."""
        return self.decision in TAKEN

    @property
    def places(self) -> list[tuple[int, int, int]]:
        """Where it was read: section, start and end."""
        first = (self.section, self.start, self.end)
        found = [] if None in first else [first]
        for place in self.more:
            section, _, span = place.partition(":")
            start, _, end = span.partition("-")
            if section.isdecimal() and start.isdecimal() and end.isdecimal():
                found.append((int(section), int(start), int(end)))
        return found  # type: ignore[return-value]

    def edited(self, field: str, value: Any) -> Fact:
        """Return the fact with another field or value, which keeps what the rule had read."""
        if (field, value) == (self.field, self.value):
            return replace(self, decision=ACCEPTED)
        return replace(self, field=field, value=value, was=self.key, decision=EDITED)

    def as_dict(self) -> dict[str, Any]:
        """Return the fact as a candidate's file has it."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if name not in DROPPED or value != DROPPED[name]
        }


@dataclass(kw_only=True)
class Candidate:
    """A draft study record.

    Attributes:
        id: the key that the study will have.
        status: `candidate`, `accepted`, `rejected` or `withdrawn`.
        publication: the entry of the publication, as records have it.
        facts: what is proposed for the other fields.
        record: the study that it became.
        about: what the file states of the publication beside that: types, headings, notices.
        abstract: title and sections of the abstract, each with `label` and `text`.
    """

    id: str
    status: str = CANDIDATE
    publication: dict[str, Any] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    record: str = ""
    about: dict[str, Any] = field(default_factory=dict)
    abstract: list[dict[str, str]] = field(default_factory=list)

    @property
    def decided(self) -> list[Fact]:
        """The facts on which somebody decided."""
        return [fact for fact in self.facts if fact.decision]

    @property
    def touched(self) -> bool:
        """Whether somebody decided anything on it."""
        return bool(self.decided) or self.status in (ACCEPTED, REJECTED)

    @property
    def title(self) -> str:
        """The title, or the id where there is none."""
        return str(self.publication.get("title") or self.id)

    def as_dict(self) -> dict[str, Any]:
        """Return the candidate as its file has it: the draft, then the facts, then the abstract."""
        found: dict[str, Any] = {"id": self.id, "status": self.status}
        found |= {"record": self.record} if self.record else {}
        found |= {"publication": self.publication} if self.publication else {}
        found |= assembled(self.facts) | self.about
        found |= {"facts": [fact.as_dict() for fact in self.facts]} if self.facts else {}
        return found | ({"abstract": self.abstract} if self.abstract else {})


def from_dict(data: Mapping[str, Any]) -> Candidate:
    """Return the candidate that a file holds; its draft is left out, since the facts say it.

    Raises:
        TypeError: the data are not those of a candidate.
        KeyError: a fact has no field or value.
    """
    facts = []
    names = {each.name for each in fields(Fact)}
    for each in data.get("facts", ()):
        given = {name: value for name, value in each.items() if name in names}
        facts.append(Fact(**given | {"more": tuple(given.get("more", ()))}))
    return Candidate(
        id=str(data["id"]), status=str(data["status"]), record=str(data.get("record", "")),
        publication=dict(data.get("publication", {})), facts=facts,
        about={name: data[name] for name in about_keys() if name in data},
        abstract=[dict(part) for part in data.get("abstract", ())],
    )  # fmt: skip


def about_keys() -> list[str]:
    """Return the keys of a candidate that no study record has, but for its facts and its status."""
    own = keys.candidate().terms
    study = keys.record().terms
    return [name for name in own if name not in study and name not in ("status", "facts", "record")]


# --- from facts to a draft ------------------------------------------------------------------------


def assembled(facts: Iterable[Fact], *, decided_only: bool = False) -> dict[str, Any]:
    """Return the fields of a record that facts make.

    Of several values for one field, the one that a person took counts, else the surest; what was
    rejected, negated or hedged is left out unless a person took it.

    Args:
        facts: the facts.
        decided_only: whether only what a person took comes in.

    >>> facts = [Fact(field="participants", value=30, confidence=0.9),
    ...          Fact(field="participants", value=41, confidence=0.4),
    ...          Fact(field="arms.A.procedure", value="microneedling", confidence=0.9)]
    >>> assembled(facts)
    {'participants': 30, 'arms': [{'id': 'A', 'procedure': 'microneedling'}]}
    """
    chosen = [
        fact for fact in facts
        if fact.taken or (not decided_only and fact.proposed and not fact.decision)
    ]  # fmt: skip
    chosen.sort(key=lambda fact: (not fact.taken, -(fact.confidence or 0)))
    terms = keys.record().terms
    found: dict[str, Any] = {}
    for fact in chosen:
        _put(found, terms, fact.field.split("."), fact.value)
    return _ordered(found, terms)


def _put(node: dict[str, Any], terms: Mapping[str, Term], path: Sequence[str], value: Any) -> None:
    """Add a value to a node: first come, first served where there is room for one."""
    key, rest = path[0], path[1:]
    term = terms.get(key)
    if term is not None and rest and term.has_id:
        own = next((each for each in node.get(key, ()) if each.get("id") == rest[0]), None)
        if own is None:
            own = {"id": rest[0]}
            node.setdefault(key, []).append(own)
        if rest[1:]:
            _put(own, term.terms, rest[1:], value)
    elif term is not None and rest:
        inner = node.setdefault(key, {})
        if isinstance(inner, dict):
            _put(inner, term.terms, rest, value)
    elif term is not None and term.is_plural:
        present = node.setdefault(key, [])
        for item in value if isinstance(value, list) else [value]:
            present += [] if item in present else [item]
    else:
        node.setdefault(key, value)


def _ordered(node: dict[str, Any], terms: Mapping[str, Term]) -> dict[str, Any]:
    """Return a node with its keys in the order of the context, and named nodes by their names."""
    found: dict[str, Any] = {}
    for key in [*(name for name in terms if name in node), *(n for n in node if n not in terms)]:
        value, term = node[key], terms.get(key)
        if term is not None and term.kind is Kind.NODE and isinstance(value, list):
            value = [_ordered(v, term.terms) if isinstance(v, dict) else v for v in value]
            if term.has_id:
                value.sort(key=lambda each: str(each.get("id", "")))
        elif term is not None and isinstance(value, dict):
            value = _ordered(value, term.terms)
        found[key] = value
    return found


def field_term(path: str) -> Term | None:
    """Return what a field of a fact means; None where records have no such field.

    >>> field_term("arms.A.sessions").kind.value
    'a whole number'
    >>> field_term("arms.sessions") is None, field_term("age") is None
    (True, True)
    """
    return _found(keys.record().terms, path.split("."))


def _found(terms: Mapping[str, Term], path: Sequence[str]) -> Term | None:
    term, rest = terms.get(path[0]), path[1:]
    if term is None or term.kind is Kind.IDENTIFIER:
        return None
    if term.has_id and rest:
        return _found(term.terms, rest[1:]) if rest[1:] and rest[0] not in term.terms else None
    return _found(term.terms, rest) if rest else term


def merged(old: Iterable[Fact], new: Iterable[Fact]) -> list[Fact]:
    """Return the facts of a publication that was read again: decisions stay, the rest is new.

    A fact on which somebody decided is kept as it is, found again or not.
    """
    decided = {fact.key: fact for fact in old if fact.decision}
    found = [decided.pop(fact.key, fact) for fact in new]
    return [*found, *decided.values()]


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
