"""The tools of appraisal as ontology/vocabulary/appraisal-*.ttl describes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from mngraph import context, resources
from mngraph.errors import UsageError
from mngraph.nearest import nearest
from mngraph.rdffiles import read_file
from mngraph.wording import alternatives

if TYPE_CHECKING:
    from pyoxigraph import BlankNode, Literal, NamedNode, Triple

    About = dict[str, dict[str, list[NamedNode | BlankNode | Literal | Triple]]]


@dataclass(frozen=True)
class Judgement:
    """An answer that a tool allows.

    Attributes:
        iri: the concept.
        word: the word that stands for it in a file.
        label: what it is called, with its tool.
        sign: the character that drawings show.
        severity: how grave it is among those of its tool; 0 does not apply.
    """

    iri: str
    word: str
    label: str
    sign: str
    severity: int


@dataclass(frozen=True)
class Question:
    """A signaling question: its number in the tool, its text, and properties that inform it."""

    number: str
    text: str
    informed_by: tuple[str, ...]


@dataclass(frozen=True)
class Domain:
    """A domain of a tool.

    Attributes:
        iri: the concept.
        word: the word that stands for it in a file.
        number: its number or letter in the tool.
        label: what it is called.
        text: what it is about.
        allows: the judgments that it allows, the best first.
        informed_by: properties of a study, as IRIs, that help to judge it.
        questions: its signaling questions.
        is_optional: whether an appraisal may leave it out.
    """

    iri: str
    word: str
    number: str
    label: str
    text: str
    allows: tuple[Judgement, ...]
    informed_by: tuple[str, ...]
    questions: tuple[Question, ...]
    is_optional: bool


@dataclass(frozen=True)
class Tool:
    """A tool.

    Attributes:
        iri: the concept.
        word: the word that stands for it in a file and on the command line.
        label: what it is called.
        citation: the paper that describes it.
        source: the address of that paper.
        domains: its domains in order.
        overall: the judgments that it allows for the whole.
        judges_claims: whether it judges the evidence on a claim, and not a study.
    """

    iri: str
    word: str
    label: str
    citation: str
    source: str
    domains: tuple[Domain, ...]
    overall: tuple[Judgement, ...]
    judges_claims: bool

    @property
    def judgements(self) -> dict[str, Judgement]:
        """All judgments of the domains by their words, in order of severity."""
        every = {each for domain in self.domains for each in domain.allows}
        return {each.word: each for each in _ordered(every)}


@cache
def tools() -> Mapping[str, Tool]:
    """Return the tools by the words that stand for them.

    >>> sorted(tools())[:4]
    ['amstar2', 'grade', 'jbi-case-reports', 'jbi-case-series']
    >>> [judgement.word for judgement in tools()["rob2"].overall]
    ['low', 'some-concerns', 'high']
    """
    about: About = {}
    for path in sorted((resources.folder("ontology") / "vocabulary").glob("appraisal*.ttl")):
        for quad in read_file(path, base=context.BASE):
            stated = about.setdefault(str(quad.subject).strip("<>"), {})
            stated.setdefault(quad.predicate.value, []).append(quad.object)
    reading = _Reading(about)
    found = [reading.tool(iri) for iri in about if reading.values(iri, "mn:hasDomain")]
    return {tool.word: tool for tool in sorted(found, key=lambda tool: tool.word)}


def tool_named(word: str) -> Tool:
    """Return a tool.

    Raises:
        UsageError: there is none of that name.

    >>> tool_named("rob2").label
    'RoB 2'
    """
    known = tools()
    if word not in known:
        near = nearest(word, known)
        meant = f"did you mean {near}?" if near else f"there are {alternatives(known)}"
        raise UsageError(f"there is no tool {word!r}: {meant}")
    return known[word]


def _ordered(judgements: Iterable[Judgement]) -> list[Judgement]:
    return sorted(judgements, key=lambda each: (each.severity or 9, each.word))


class _Reading:
    """What the vocabulary files state, node by node."""

    def __init__(self, about: About) -> None:
        self.about = about
        self.asking: dict[str, list[str]] = {}
        for iri in about:
            for domain in self.values(iri, "mn:asks"):
                self.asking.setdefault(domain, []).append(iri)

    def values(self, iri: str, name: str) -> list[str]:
        stated: list[Any] = self.about.get(iri, {}).get(context.expand(name), [])
        return [value.value for value in stated]

    def value(self, iri: str, name: str) -> str:
        return self.values(iri, name)[0]

    def judgements(self, iri: str) -> tuple[Judgement, ...]:
        found = (
            Judgement(
                each, self.value(each, "skos:notation"), self.value(each, "rdfs:label"),
                self.value(each, "mn:plotSign"), int(self.value(each, "mn:severity")),
            )
            for each in self.values(iri, "mn:allows")
        )  # fmt: skip
        return tuple(_ordered(found))

    def question(self, iri: str) -> Question:
        informed = tuple(self.values(iri, "mn:informedBy"))
        return Question(self.value(iri, "mn:number"), self.value(iri, "skos:definition"), informed)

    def domain(self, iri: str) -> Domain:
        asked = [self.question(each) for each in self.asking.get(iri, [])]
        return Domain(
            iri, self.value(iri, "skos:notation"), self.value(iri, "mn:number"),
            self.value(iri, "rdfs:label"), self.value(iri, "skos:definition"),
            self.judgements(iri), tuple(self.values(iri, "mn:informedBy")),
            tuple(sorted(asked, key=lambda each: each.number)),
            bool(self.values(iri, "mn:isOptional")),
        )  # fmt: skip

    def tool(self, iri: str) -> Tool:
        domains = sorted(
            self.values(iri, "mn:hasDomain"), key=lambda each: int(self.value(each, "mn:order"))
        )
        return Tool(
            iri, self.value(iri, "skos:notation"), self.value(iri, "rdfs:label"),
            self.value(iri, "dcterms:bibliographicCitation"), self.value(iri, "dcterms:source"),
            tuple(map(self.domain, domains)), self.judgements(iri),
            bool(self.values(iri, "mn:judgesClaims")),
        )  # fmt: skip
