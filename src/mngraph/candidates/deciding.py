"""Decisions on candidates: each is written at once, and a record is made of what was taken."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mngraph import build, keys, validate, yamlfile
from mngraph.candidates.folder import Folder
from mngraph.candidates.graph import checked
from mngraph.candidates.model import (
    ACCEPTED,
    CANDIDATE,
    CURATOR,
    REJECTED,
    WITHDRAWN,
    Candidate,
    Fact,
    assembled,
    field_term,
)
from mngraph.candidates.names import study_key
from mngraph.description import day_of
from mngraph.errors import MngraphError, NotConformingError, UsageError
from mngraph.files import replacing
from mngraph.keys import Kind

ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])")
GIVEN = re.compile(r"\s*([a-z_]+(?:\.[A-Za-z0-9_-]+)*)\s*(?:=|:(?=\s))\s*(.*)", re.DOTALL)
"""What is entered for a fact: a field and a value; without a field, the value alone."""


@dataclass(frozen=True)
class Curator:
    """Who decides.

    Attributes:
        name: the name; the ORCID iD where none is given.
        orcid: the address of the ORCID iD; empty where none is given.
    """

    name: str
    orcid: str = ""


def curator(text: str) -> Curator:
    """Return who decides, from a name, an ORCID iD, or both.

    Raises:
        UsageError: nothing is given, or the ORCID iD has a wrong check digit.

    >>> curator("Roe R 0000-0002-1825-0097")
    Curator(name='Roe R', orcid='https://orcid.org/0000-0002-1825-0097')
    """
    found = ORCID.search(text.upper().replace("HTTPS://ORCID.ORG/", "https://orcid.org/"))
    name = " ".join(re.sub(ORCID.pattern, " ", text, flags=re.IGNORECASE).split()).strip(" ,;<>()")
    if found and not _is_orcid(found.group(1)):
        raise UsageError(
            f"{found.group(1)} is no ORCID iD: its last figure does not fit the others"
        )
    if not name and not found:
        raise UsageError(
            'say who decides: --curator "Roe R", or your ORCID iD, or set MNGRAPH_CURATOR'
        )
    number = found.group(1) if found else ""
    return Curator(name or number, f"https://orcid.org/{number}" if number else "")


def _is_orcid(number: str) -> bool:
    """Return whether the check digit fits (ISO 7064, MOD 11-2).

    https://support.orcid.org/hc/en-us/articles/360006897674
    """
    total = 0
    for figure in number.replace("-", "")[:-1]:
        total = (total + int(figure)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == number[-1]


# --- facts ----------------------------------------------------------------------------------------


def entered(text: str, field: str = "") -> tuple[str, Any]:
    """Return the field and the value that a person entered.

    Args:
        text: the value as YAML, or `field = value`.
        field: the field, where the text does not name one.

    Raises:
        UsageError: records have no such field, or there is no value.

    >>> entered("41", "participants"), entered("arms.B.sessions = 3")
    (('participants', 41), ('arms.B.sessions', 3))
    """
    found = GIVEN.fullmatch(text)
    if found and field_term(found.group(1)) is not None:
        field, text = found.groups()
    term = field_term(field)
    if term is None:
        raise UsageError(
            f"records have no field `{field}`; write it as arms.A.sessions = 3, or summary = …"
            if field else "name the field: participants = 30, arms.B.sessions = 3"
        )  # fmt: skip
    if not text.strip():
        raise UsageError(f"`{field}` needs a value; to leave it out, reject it")
    is_list = term.is_plural and text.lstrip().startswith("[")
    words = (Kind.TEXT, Kind.ADDRESS, Kind.DATE, Kind.CONCEPT, Kind.CHOICE)
    if term.kind in words and not is_list:
        return field, " ".join(text.split()).strip("\"'")
    try:
        value, _ = yamlfile.parse_yaml(text.strip())
    except MngraphError as error:
        raise UsageError(f"`{field}`: {getattr(error, 'reason', error)}") from error
    return field, value


class Review:
    """Decides on the candidates of a folder in the name of one person.

    Args:
        folder: the folder.
        who: who decides; None where only looking is allowed.
        to: the folder of study records that accepted candidates are written to.
    """

    def __init__(self, folder: Folder, who: Curator | None, to: Path) -> None:
        self.folder, self.who, self.to = folder, who, to

    def decide(self, key: str, fact: str, decision: str) -> Candidate:
        """Accept or reject a fact, or take the decision back.

        Args:
            key: the candidate.
            fact: the fact's key.
            decision: `accepted`, `rejected`, or nothing.

        Raises:
            UsageError: there is no such candidate or fact.
            OutputError: the folder cannot be written.
        """
        if decision not in (ACCEPTED, REJECTED, ""):
            raise UsageError(f"a fact is accepted or rejected, not {decision!r}")
        return self._change(key, fact, lambda old: _decided(old, decision))

    def accept_proposed(self, key: str) -> Candidate:
        """Accept every fact that is proposed and not decided on yet.

        Raises:
            UsageError: there is no such candidate, or a record cannot hold all of them.
            OutputError: the folder cannot be written.
        """

        def accepted(old: Candidate) -> Candidate:
            facts = [
                self._signed(_decided(each, ACCEPTED))
                if each.proposed and not each.decision
                else each
                for each in old.facts
            ]
            return replace(old, facts=facts)

        return self._write(key, accepted)

    def edit(self, key: str, fact: str, text: str) -> Candidate:
        """Give a fact another value, or another field and value.

        Raises:
            UsageError: there is no such candidate or fact, or a record cannot hold the value.
        """

        def edited(old: Fact) -> Fact:
            return old.edited(*entered(text, old.field))

        return self._change(key, fact, edited)

    def add(self, key: str, text: str) -> Candidate:
        """Add a fact that no rule has read: `summary = …`.

        Raises:
            UsageError: there is no such candidate, or a record cannot hold the value.
        """
        field, value = entered(text)
        new = self._signed(Fact(field=field, value=value, rule=CURATOR, decision=ACCEPTED))

        def added(old: Candidate) -> Candidate:
            facts = [f for f in old.facts if f.key != new.key]
            same = next((f for f in old.facts if f.key == new.key), None)
            fact = new if same is None else self._signed(replace(same, decision=ACCEPTED))
            return replace(old, facts=[*facts, fact])

        return self._write(key, added)

    def reject(self, key: str, *, undo: bool = False) -> Candidate:
        """Reject a candidate as a whole, or take that back.

        Raises:
            UsageError: there is no such candidate, or it has become a record.
        """

        def rejected(old: Candidate) -> Candidate:
            if old.status == ACCEPTED:
                raise UsageError(f"{key} has become the record {old.record}: change that")
            return replace(old, status=CANDIDATE if undo else REJECTED)

        return self._write(key, rejected)

    def _change(self, key: str, fact: str, make: Callable[[Fact], Fact]) -> Candidate:
        def changed(old: Candidate) -> Candidate:
            if not any(each.key == fact for each in old.facts):
                raise UsageError(f"{key} has no such fact any more: look at it again")
            made = [make(each) if each.key == fact else each for each in old.facts]
            facts = [
                self._signed(each) if each.key == fact else each
                for each in made
                if each.decision or each.rule != CURATOR
            ]
            return replace(old, facts=facts)

        return self._write(key, changed)

    def _signed(self, fact: Fact) -> Fact:
        """Return a fact with who decided and when; without a decision, with neither."""
        if not fact.decision:
            return replace(fact, by="", on="")
        assert self.who is not None  # noqa: S101  (`_write` has looked)
        return replace(fact, by=self.who.orcid or self.who.name, on=day_of("").isoformat())

    def _write(self, key: str, make: Callable[[Candidate], Candidate]) -> Candidate:
        if self.who is None:
            curator("")
        result: list[Candidate] = []

        def written(old: Candidate | None) -> Candidate:
            if old is None:
                raise UsageError(f"{self.folder.path} has no candidate {key}")
            made = make(old)
            before = {str(each.reason) for each in _problems(self.folder, old)}
            for problem in _problems(self.folder, made):
                if problem.reason not in before:
                    raise UsageError(problem.reason)
            result.append(made)
            return made

        self.folder.change(key, written)
        return result[0]

    # --- the record -------------------------------------------------------------------------------

    def accept(self, key: str) -> Path:
        """Make a study record of what was taken of a candidate; return its file.

        Raises:
            UsageError: there is no such candidate, or it was rejected or deleted.
            NotConformingError: something that a record needs is not decided; the message names it.
            OutputError: there is a record of that name already, or it cannot be written.
        """
        who = self.who or curator("")
        made: list[Path] = []

        def accepted(old: Candidate | None) -> Candidate:
            if old is None or old.status in (REJECTED, WITHDRAWN):
                what = f"is {old.status}" if old else "is not there"
                raise UsageError(f"{key} {what}: nothing was written")
            data = record(old, who, day_of("").isoformat())
            made.append(self._put(data, old))
            return replace(old, status=ACCEPTED, record=data["id"])

        self.folder.change(key, accepted)
        return made[0]

    def _put(self, data: dict[str, Any], old: Candidate) -> Path:
        """Write a record that conforms."""
        target = self.to / f"{data['id']}.yaml"
        if target.exists() and old.record != data["id"]:
            raise UsageError(f"{target} is there already: compare the two, and change the record")
        with replacing(target) as draft:
            with draft.open("wb") as stream:
                stream.write(yamlfile.write_yaml(data).encode())
            if faults := lacking(draft):
                raise NotConformingError(f"{data['id']} is no record yet: {'; '.join(faults)}")
        return target


def _decided(fact: Fact, decision: str) -> Fact:
    """Return a fact with a decision; without one, it is what the rule had read."""
    if decision or fact.was is None:
        return replace(fact, decision=decision)
    was = json.loads(fact.was)
    return replace(fact, field=was["field"], value=was["value"], was=None, decision="")


def _problems(folder: Folder, candidate: Candidate) -> list[Any]:
    return checked(candidate.as_dict(), {}, folder.file(candidate.id)).problems


def record(candidate: Candidate, who: Curator, today: str) -> dict[str, Any]:
    """Return the study record that was taken of a candidate.

    Args:
        candidate: the candidate.
        who: who decided.
        today: the day, as 2026-11-28.
    """
    entry = candidate.publication
    key = study_key(
        entry.get("pmid", ""), entry.get("doi", ""), entry.get("title", ""),
        entry.get("authors", []), entry.get("issued", ""),
    )  # fmt: skip
    taken = assembled(candidate.facts, decided_only=True)
    curation = {
        "source": source(entry),
        "seen": "abstract" if len(candidate.abstract) > 1 else "citation-only",
        "curated": today, "curator": who.name, "orcid": who.orcid, "extractions": 1,
        **taken.pop("curation", {}),
    }  # fmt: skip
    found = {"id": key, "publication": entry, **taken}
    order = keys.record().terms
    found["curation"] = {n: curation[n] for n in order["curation"].terms if curation.get(n)}
    return {name: found[name] for name in order if name in found}


def source(entry: dict[str, Any]) -> str:
    """Return the address at which a publication can be read; empty where none is known.

    Args:
        entry: the publication, as records have it.

    >>> source({"doi": "10.5555/fictitious.1"})
    'https://doi.org/10.5555/fictitious.1'
    """
    if pmid := entry.get("pmid"):
        return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"
    if doi := entry.get("doi"):
        return f"https://doi.org/{doi}"
    if shelf := entry.get("bookshelf"):
        return f"https://www.ncbi.nlm.nih.gov/books/{shelf}/"
    return ""


def lacking(path: Path) -> list[str]:
    """Return what a record lacks or has wrong, by its shapes and checks; nothing where it is sound.

    Args:
        path: the file of the record.
    """
    store, sources = build.build_graph([path], with_mappings=False)
    if sources.problems:
        return list(dict.fromkeys(problem.reason for problem in sources.problems))
    report = validate.check_store(store, sources.locate)
    return list(dict.fromkeys(fault.message for fault in report.faults))
