"""The words without which a rule need not be tried, all found in one pass (Aho-Corasick).

Every rule names words `near`. A sentence that has none of a rule's words is not looked at by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from mngraph.annotation.lexicon import rules

Tag = str
"""A set of rules and the name of a rule in it, such as `flag split`."""
BLINDING = "design blinding"
NUMBER = "number in words"
"""What is found where a number in words may begin."""


class Triggers:
    """The words of all rules."""

    def __init__(self, words: Iterable[tuple[Tag, Iterable[str]]]) -> None:
        from ahocorasick_rs import AhoCorasick, Implementation

        tags: dict[str, list[Tag]] = {}
        for tag, near in words:
            for word in near:
                tags.setdefault(word, []).append(tag)
        self._tags = list(tags.values())
        self._back = [int(not word.startswith(" ")) for word in tags]
        automaton = AhoCorasick(list(tags), implementation=Implementation.ContiguousNFA)
        self._find = automaton.find_matches_as_indexes

    def found(self, small: str, begins: list[int]) -> Mapping[Tag, list[int]]:
        """Return the numbers of the sentences that have a word of each rule, in their order.

        Args:
            small: a text in small letters.
            begins: where its sentences begin.
        """
        found: defaultdict[Tag, list[int]] = defaultdict(list)
        at, last = 0, len(begins) - 1
        seen = [-1] * len(self._tags)
        for word, place, _ in self._find(f" {small}".replace("\n", " "), overlapping=True):
            place -= self._back[word]
            if place < begins[at]:
                at = 0  # a word that began before the one that ended before it
            while at < last and begins[at + 1] <= place:
                at += 1
            if seen[word] != at:
                seen[word] = at
                for tag in self._tags[word]:
                    numbers = found[tag]
                    if not numbers or numbers[-1] != at:
                        numbers.append(at)
        return found


@cache
def shared() -> Triggers:
    """Return the words of the rules of ontology/annotation."""
    return Triggers(_words())


def _words() -> Iterator[tuple[Tag, Iterable[str]]]:
    for name, near in rules("roles")["near"].items():
        yield f"role {name}", near
    for name, near in rules("cues")["near"].items():
        yield f"cue {name}", near
    for entry in rules("figures")["rules"]:
        yield f"figure {entry['rule']}", _with_numbers(entry["near"])
    for name, flag in rules("design")["flags"].items():
        yield f"flag {name}", flag.get("near", ())
        for half, words in enumerate(flag.get("near_pair", ())):
            yield f"flag {name} {half}", words
    yield BLINDING, rules("design")["near_blinding"]
    yield NUMBER, (word for word in rules("figures")["begins"] if not word.isdecimal())


def _with_numbers(near: Iterable[str]) -> Iterator[str]:
    """Yield words, with each beginning of a number in place of a #."""
    begins = rules("figures")["begins"]
    for word in near:
        yield from (word.replace("#", begin) for begin in (begins if "#" in word else ("",)))
