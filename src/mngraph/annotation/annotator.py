"""The annotator of the package: rules over the vocabularies' names and over figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from mngraph import context
from mngraph.annotation import choosing, design, figures, lexicon
from mngraph.annotation.arms import arms
from mngraph.annotation.choosing import Choice
from mngraph.annotation.document import Document
from mngraph.annotation.facts import Annotations, Fact, Section
from mngraph.annotation.figures import Figure
from mngraph.annotation.lexicon import Lexicon, rules
from mngraph.annotation.mentions import mentions
from mngraph.annotation.people import people

KIND = {"indication": "indication", "procedure": "procedure", "modality": "modality",
        "event": "adverse-event"}  # fmt: skip
"""The kinds of facts, by the vocabulary of their values."""
NEAR = 60
"""How far a rate may be from the event that it counts, in characters."""


class Rules:
    """Annotates by the rules of ontology/annotation; the names of concepts can be others."""

    def __init__(self, names: Lexicon | None = None) -> None:
        self.names = names or lexicon.shared()
        self.figures = figures.shared()

    def annotate(self, sections: Sequence[Section], types: Sequence[str] = ()) -> Annotations:
        """Return the candidate facts of a publication.

        Args:
            sections: the title, and the sections of the abstract.
            types: its publication types.
        """
        document = Document(sections)
        if not document.sentences:
            return Annotations(tuple(sections), ())
        read = list(self.figures.found(document))
        counted = people(read)
        studied = list(design.design(document, types, counted.number))
        review = any(
            figure.kind == "design" and str(figure.value).rpartition("/")[2] in _reviews()
            for figure in studied
        )
        chosen = self._concepts(document, review)
        numbers = [*counted.figures(review), *studied, *design.blinding(document)]
        numbers += [f for f in read if f.kind not in counted.KINDS]
        if any(choice.own and not choice.negated for choice in chosen["event"]):
            numbers = [figure for figure in numbers if figure.kind != "no-adverse-events"]
        _link(numbers, chosen["event"])
        numbers += arms(document, chosen["procedure"], chosen["modality"])
        facts = [*_facts(document, chosen), *(_fact(document, f) for f in numbers)]
        facts.sort(key=lambda fact: (fact.section, fact.start, fact.end, fact.kind))
        return Annotations(tuple(sections), tuple(facts))

    def _concepts(self, document: Document, review: bool) -> Mapping[str, Sequence[Choice]]:
        """Return what the text names, by vocabulary."""
        found = mentions(document, self.names)
        if not found:
            return dict.fromkeys(KIND, ())
        chooser = choosing.Chooser(document, found, self.names, review)
        chosen = {
            "indication": chooser.indications(),
            "procedure": chooser.interventions("procedure"),
            "modality": chooser.interventions("modality"),
        }
        own = {choice.concept for group in chosen.values() for choice in group if choice.own}
        return chosen | {"event": chooser.events(own)}


@cache
def shared() -> Rules:
    """Return the annotator with the names of the shared vocabularies, made once."""
    return Rules()


@cache
def _reviews() -> frozenset[str]:
    return frozenset(rules("design")["reviews"])


def _link(numbers: Iterable[Figure], events: Iterable[Choice]) -> None:
    """Say of each rate which event it counts, where one is near in the same sentence."""
    told = [choice for choice in events if choice.own and not choice.negated]
    for figure in numbers:
        if figure.kind != "event-rate":
            continue
        near = [
            (min(abs(c.mention.end - figure.start), abs(figure.end - c.mention.start)), n)
            for n, c in enumerate(told)
            if c.mention.sentence is figure.sentence
        ]
        if near and min(near)[0] <= NEAR:
            figure.details["event"] = told[min(near)[1]].concept


def _fact(document: Document, figure: Figure) -> Fact:
    number = figure.sentence.section
    start = document.starts[number]
    return Fact(
        figure.kind, figure.value, document.text[figure.start : figure.end], number,
        figure.start - start, figure.end - start, figure.confidence, False,
        figure.confidence < UNSURE, figure.rule, figure.details,
    )  # fmt: skip


UNSURE = 0.35
"""Below this confidence a figure is a candidate only."""


def _facts(document: Document, chosen: Mapping[str, Sequence[Choice]]) -> Iterator[Fact]:
    implied = _implied()
    for kind, choices in chosen.items():
        for choice in choices:
            mention = choice.mention
            number = mention.sentence.section
            start = document.starts[number]
            text = document.text[mention.start : mention.end]
            places = (number, mention.start - start, mention.end - start)
            yield Fact(
                KIND[kind], choice.concept, text, *places, choice.confidence, choice.negated,
                not choice.own, choice.rule,
            )  # fmt: skip
            if choice.own and (more := implied.get(choice.concept)):
                yield Fact("modality", more, text, *places, 0.6, False, False, "implied")


@cache
def _implied() -> dict[str, str]:
    """Return the concepts that say more than their kind, and what they say."""
    pairs = rules("labels")["implied"].items()
    return {context.expand(one): context.expand(other) for one, other in pairs}
