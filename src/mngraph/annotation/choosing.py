"""Which of the concepts that a text names belong to the study, by the rules of choosing.yaml.

Each mention becomes a fact; one that tells of other studies, of a possibility, or of what was left
out is marked as hedged. A broader name is read as the narrower one that the text has for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from mngraph import context
from mngraph.annotation.document import Document
from mngraph.annotation.lexicon import Lexicon, rules
from mngraph.annotation.mentions import Mention

STRONG = ("title", "aim", "methods")
OWN = (*STRONG, "results")
REMEDY = 45
"""How far from a name the words stand that make it a remedy, in characters."""
AROUND = 30
"""How far the words around a name are read, in characters."""


@dataclass(slots=True)
class Choice:
    """A mention as a fact: the concept, and whether it is the study's own."""

    mention: Mention
    concept: str
    own: bool
    confidence: float
    rule: str
    negated: bool = False


@cache
def _rules() -> dict[str, Any]:
    """Return the rules with patterns compiled and CURIEs expanded."""
    data = dict(rules("choosing"))
    for name, value in data.items():
        if isinstance(value, str):
            data[name] = re.compile(value)
    for name in ("looks_like", "gives_way", "covered"):
        data[name] = {
            context.expand(key): frozenset(map(context.expand, values))
            for key, values in data[name].items()
        }
    for name in ("plain_events", "care", "vague", "reviewed", "general"):
        data[name] = frozenset(map(context.expand, data[name]))
    for name in ("followed", "preceded"):
        data[name] = {context.expand(key): re.compile(words) for key, words in data[name].items()}
    data["shorthand"] = {
        context.expand(key): {
            "text": re.compile(rule["text"]),
            "of": frozenset(map(context.expand, rule["of"])),
        }
        for key, rule in data["shorthand"].items()
    }
    return data


class Chooser:
    """The rules, for one text."""

    def __init__(
        self, document: Document, found: Iterable[Mention], lexicon: Lexicon, review: bool
    ) -> None:
        self.document, self.lexicon, self.review = document, lexicon, review
        self.mentions = [mention for mention in found if self._is_name(mention)]
        self.titled = {m.of("indication") for m in self.mentions if m.sentence.role == "title"}
        self.essay = review and not any(
            sentence.role in ("methods", "results") for sentence in document.sentences
        )
        self._seen: dict[tuple[str, int], bool] = {}

    def _is_name(self, mention: Mention) -> bool:
        """Return whether what stands around a name lets it be one."""
        small = self.document.small
        if _rules()["never_followed"].search(small[mention.end : mention.end + AROUND]):
            return False
        for kind, concept in list(mention.concepts.items()):
            followed = _rules()["followed"].get(concept)
            if followed and followed.search(small[mention.end : mention.end + AROUND]):
                return False
            preceded = _rules()["preceded"].get(concept)
            if preceded and preceded.search(small[max(0, mention.start - AROUND) : mention.start]):
                del mention.concepts[kind]
        return bool(mention.concepts)

    @cached_property
    def harmful(self) -> bool:
        """Whether the title says that it is about harms."""
        return bool(_rules()["strict_harm"].search(self.document.sections[0].text.lower()))

    def says(self, words: str, mention: Mention) -> bool:
        """Return whether the sentence of a mention has words of a rule."""
        sentence = mention.sentence
        key = (words, sentence.start)
        if key not in self._seen:
            pattern = _rules()[words]
            found = pattern.search(self.document.small, sentence.start, sentence.end)
            self._seen[key] = bool(found)
        return self._seen[key]

    # --- what is treated --------------------------------------------------------------------

    def indications(self) -> list[Choice]:
        """Return the mentions of indications."""
        found = [m for m in self.mentions if m.of("indication") and self._is_condition(m)]
        if not found:
            return []
        strong = [m for m in found if self._is_strong(m)]
        if not strong:
            strong = [m for m in found if not (m.negated or m.excluded or m.hedged)]
            ownly = [m for m in strong if m.sentence.role != "background"]
            strong = ownly or strong
        concepts = {m.of("indication") for m in strong}
        if concepts and concepts <= _rules()["vague"]:
            other = {m.of("indication") for m in found if not self._is_aside(m)}
            concepts |= other or concepts
            below = {m.of("indication") for m in found if not (m.excluded or m.sentence.background)}
            below = {c for c in self._narrowest(below) if self._is_a(c, concepts)}
            concepts |= below if len(below) == 1 else set()
        own = self._narrowest(concepts)
        own -= self._giving_way(own) | self._shorthand(strong, "indication", own)
        choices = []
        for mention in found:
            concept = mention.of("indication")
            narrower = self._read_as(concept, own)
            fits = narrower in own and not (mention.negated or mention.excluded)
            rule = "left out" if mention.excluded else "aside"
            if mention.sentence.role == "background" and not fits:
                rule = "background"
            elif fits:
                rule = "label" if narrower == concept else "narrower name"
            sure = 0.95 if mention.sentence.role in STRONG else 0.85
            choices.append(
                Choice(mention, narrower if fits else concept, fits, sure if fits else 0.3, rule,
                       mention.negated)
            )  # fmt: skip
        return choices

    def _giving_way(self, own: set[str]) -> set[str]:
        """Return the conditions that are not the subject where another one is."""
        return {
            concept
            for concept, others in _rules()["gives_way"].items()
            if not (self.review and concept in _rules()["reviewed"])
            and concept in own
            and any(self._is_a(each, others) for each in own - {concept})
        }

    def _is_condition(self, mention: Mention) -> bool:
        """Return whether a name of a condition and of a harm stands for the condition."""
        if mention.sentence.role == "title" and self._came_of_it(mention):
            return False
        if not mention.of("event"):
            return True
        role = mention.sentence.role
        if role == "title":
            before = self.document.small[mention.sentence.start : mention.start]
            return not _rules()["title_harm"].search(before)
        if self.harmful and mention.of("indication") not in self.titled:
            return False
        if role in ("aim", "methods", "background"):
            return not (
                self._came_up(mention) or mention.negated or self.says("strict_harm", mention)
            )
        return not mention.negated and not self.says("harm", mention)

    def _came_up(self, mention: Mention) -> bool:
        """Return whether words around a name say that people got what they were not treated for."""
        start = max(mention.sentence.start, mention.start - REMEDY)
        if _rules()["came_up"].search(self.document.small[start : mention.start]):
            return True
        after = self.document.small[mention.end : mention.sentence.end]
        return mention.of("indication") not in self.titled and bool(
            _rules()["came_up_after"].search(after)
        )

    def _came_of_it(self, mention: Mention) -> bool:
        """Return whether a title says that a condition came of a procedure."""
        after = self.document.small[mention.end : mention.end + AROUND]
        if not _rules()["came_of"].search(after):
            return False
        following = [m for m in self.mentions if m.start >= mention.end]
        return bool(following) and bool(following[0].of("procedure"))

    def _is_strong(self, mention: Mention) -> bool:
        if mention.negated or mention.excluded:
            return False
        role = mention.sentence.role
        if self._is_known(mention):
            return False
        if mention.hedged and role not in STRONG:
            return False
        return (
            role in STRONG or self.review or (role == "results" and self.says("indicated", mention))
        )

    # --- what was done ------------------------------------------------------------------------

    def interventions(self, kind: str) -> list[Choice]:
        """Return the mentions of procedures, or of modalities.

        Args:
            kind: `procedure` or `modality`.
        """
        found = [m for m in self.mentions if m.of(kind)]
        if not found:
            return []
        roles = (*OWN, "conclusions", "background") if self.review else OWN
        strong = [m for m in found if m.sentence.role in roles and self._is_given(m, kind)]
        if not strong and kind == "procedure":
            strong = [m for m in found if not m.excluded]
        concepts = {m.of(kind) for m in strong}
        own = self._narrowest(concepts) | self._set_against(strong, kind)
        own -= self._shorthand(strong, kind, own)
        if kind == "modality":
            own -= {
                part
                for whole, parts in _rules()["covered"].items()
                if any(self._is_a(m.of("procedure"), {whole}) for m in self.mentions)
                for part in parts
            }
        if kind == "modality" and own - _rules()["vague"]:
            titled = {m.of(kind) for m in strong if m.sentence.role in ("title", "methods", "aim")}
            own -= {c for c in _rules()["vague"] if c not in titled}
            if len(own - _rules()["vague"]) > 1:
                own -= _rules()["general"]
        choices, given = [], set(strong)
        for mention in found:
            concept = mention.of(kind)
            narrower = self._read_as(concept, own)
            fits = narrower in own and (mention in given or not self._is_aside(mention))
            rule = "label" if narrower == concept else "narrower name"
            sure = 0.95 if mention.sentence.role in STRONG else 0.85
            choices.append(
                Choice(mention, narrower if fits else concept, fits, sure if fits else 0.3,
                       rule if fits else "aside", fits and self._is_without(mention, kind))
            )  # fmt: skip
        return choices

    def _is_given(self, mention: Mention, kind: str) -> bool:
        """Return whether something was given in the study, not for a harm or as a routine."""
        if self._is_aside(mention):
            return False
        if kind == "procedure":
            return True
        if self._is_without(mention, kind):
            return False
        role = mention.sentence.role
        if role == "title":
            return True
        is_care = self._is_a(mention.of(kind), _rules()["care"])
        if role == "aim":
            return not (is_care and self._is_beside(mention, "remedy", "routine"))
        return not is_care and not self._is_beside(mention, "remedy")

    def _is_beside(self, mention: Mention, *names: str) -> bool:
        """Return whether words of some rules stand around a mention."""
        around = self.document.small[max(0, mention.start - REMEDY) : mention.end + REMEDY]
        return any(_rules()[name].search(around) for name in names)

    def _is_aside(self, mention: Mention) -> bool:
        return mention.excluded or self._is_known(mention)

    def _is_known(self, mention: Mention) -> bool:
        """Return whether a sentence tells what was known before; an essay tells nothing else."""
        sentence = mention.sentence
        return sentence.background or (sentence.role == "background" and not self.essay)

    def _is_without(self, mention: Mention, kind: str) -> bool:
        return kind == "modality" and mention.negated and mention.sentence.role != "title"

    def _shorthand(self, found: Sequence[Mention], kind: str, own: set[str]) -> set[str]:
        """Return concepts whose every name is short for another concept of the text."""
        dropped = set()
        for concept, rule in _rules()["shorthand"].items():
            if concept in own and any(self._is_a(each, rule["of"]) for each in own - {concept}):
                names = (m for m in found if m.of(kind) == concept)
                folded = self.document.folded
                if all(rule["text"].search(folded[m.start : m.end].strip()) for m in names):
                    dropped.add(concept)
        return dropped

    def _set_against(self, found: Iterable[Mention], kind: str) -> set[str]:
        """Return broader concepts that a sentence sets against a narrower one."""
        if kind != "procedure":
            return set()
        kept, before = set(), None
        for mention in found:
            if before and before.sentence is mention.sentence:
                gap = self.document.small[before.end : mention.start]
                one, other = before.of(kind), mention.of(kind)
                related = one in self.lexicon.above.get(other, ()) or other in (
                    self.lexicon.above.get(one, ())
                )
                if related and len(gap) < 40 and _rules()["against"].search(gap):
                    kept |= {one, other}
            before = mention
        return kept

    # --- harm -----------------------------------------------------------------------------------

    def events(self, own: Collection[str]) -> list[Choice]:
        """Return the mentions of adverse events.

        Args:
            own: the indications, procedures and modalities of the study.
        """
        found = [m for m in self.mentions if m.of("event") and self._is_harm(m, own)]
        choices = []
        for polarity in (False, True):
            group = [m for m in found if m.negated == polarity]
            if not group:
                continue
            concepts = {m.of("event") for m in group if self._is_told(m)}
            narrow = self._narrowest(concepts)
            for mention in group:
                concept = mention.of("event")
                told = self._is_told(mention)
                narrower = self._read_as(concept, narrow) if told else concept
                rule = "label" if narrower == concept else "narrower name"
                choices.append(
                    Choice(mention, narrower, told, 0.9 if told else 0.3, rule if told else "aside",
                           mention.negated)
                )  # fmt: skip
        return choices

    def _is_told(self, mention: Mention) -> bool:
        """Return whether a harm is told of as a result, not as a fear or as what is known."""
        sentence = mention.sentence
        if mention.hedged and not mention.negated:
            return False
        if sentence.role == "conclusions" and self.says("future", mention):
            return False
        if mention.excluded and not mention.negated:
            return False
        if sentence.role == "background":
            return self.essay
        if sentence.role == "aim" and self.essay:
            return True
        if sentence.role == "aim":
            harm = self.says("strict_harm", mention) or self._came_up(mention)
            return harm and not self.says("planned", mention)
        if sentence.role == "methods":
            return self.says("harm", mention) and not self.says("planned", mention)
        return True

    def _is_harm(self, mention: Mention, own: Collection[str]) -> bool:
        """Return whether a name of a harm stands for a harm, not for what is treated."""
        concept, role = mention.of("event"), mention.sentence.role
        if role == "title":
            before = self.document.small[mention.sentence.start : mention.end + 40]
            harm = _rules()["title_harm"].search(before)
            if any(self._is_a(c, _rules()["looks_like"].get(concept, ())) for c in own):
                return False
            return bool(harm) and (not mention.of("indication") or not self._is_condition(mention))
        if role == "background":
            return not mention.of("indication")
        if mention.negated or self.says("strict_harm", mention) or self._came_up(mention):
            return True
        if concept in _rules()["plain_events"]:
            return True
        alike = _rules()["looks_like"].get(concept, ())
        if mention.of("indication") in own or any(self._is_a(each, alike) for each in own):
            return (
                self.says("harm", mention)
                and not self.says("better", mention)
                and (role not in STRONG)
            )
        return not self.says("better", mention) or self.says("harm", mention)

    # --- names and narrower names -----------------------------------------------------------------

    def _is_a(self, concept: str, others: Collection[str]) -> bool:
        """Return whether a concept is one of some, or narrower than one of them."""
        return concept in others or not self.lexicon.above.get(concept, frozenset()).isdisjoint(
            others
        )

    def _narrowest(self, concepts: Collection[str]) -> set[str]:
        """Return concepts without those that are broader than another of them."""
        broader = {each for c in concepts for each in self.lexicon.above.get(c, ())}
        return {concept for concept in concepts if concept not in broader}

    def _read_as(self, concept: str, own: Collection[str]) -> str:
        """Return the one concept of the study that a broader name can mean."""
        if concept in own:
            return concept
        narrower = [each for each in own if concept in self.lexicon.above.get(each, ())]
        return narrower[0] if len(narrower) == 1 else concept
