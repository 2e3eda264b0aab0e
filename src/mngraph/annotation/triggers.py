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
ARMS = "arms"


class Triggers:
    """The words of all rules."""

    def __init__(self, words: Iterable[tuple[Tag, Iterable[str]]], numbers: Iterable[str]) -> None:
        from ahocorasick_rs import AhoCorasick, Implementation

        tags: dict[str, list[Tag]] = {}
        for tag, near in words:
            for word in near:
                tags.setdefault(word, []).append(tag)
        numbers = frozenset(numbers)
        for word in numbers:
            tags.setdefault(word, [])
        self._numbers = frozenset(n for n, word in enumerate(tags) if word in numbers)
        self._tags = list(tags.values())
        self._back = [int(not word.startswith(" ")) for word in tags]
        automaton = AhoCorasick(list(tags), implementation=Implementation.ContiguousNFA)
        self._find = automaton.find_matches_as_indexes

    def found(self, small: str, begins: list[int]) -> tuple[Mapping[Tag, list[int]], list[int]]:
        """Return where the words of rules are, and where numbers in words may begin.

        Args:
            small: a text in small letters.
            begins: where its sentences begin.

        Returns:
            For each rule the numbers of the sentences that have one of its words, in their order;
            and the places of what may be the beginning of a number in words.
        """
        found: defaultdict[Tag, list[int]] = defaultdict(list)
        at, last = 0, len(begins) - 1
        seen = [-1] * len(self._tags)
        matches = self._find(f" {small}".replace("\n", " "), overlapping=True)
        for word, place, _ in matches:
            place -= self._back[word]
            if place < begins[at]:
                at = 0  # a word that began before the one that ended before it
            while at < last and begins[at + 1] <= place:
                at += 1
            if seen[word] != at:
                seen[word] = at
                for tag in self._tags[word]:
                    places = found[tag]
                    if not places or places[-1] != at:
                        places.append(at)
        numbers = [place - 1 for word, place, _ in matches if word in self._numbers]
        return found, numbers


@cache
def shared() -> Triggers:
    """Return the words of the rules of ontology/annotation."""
    begins = rules("figures")["begins"]
    return Triggers(_words(), (word for word in begins if not word.isdecimal()))


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
    yield ARMS, rules("arms")["near"]
    yield BLINDING, rules("design")["near_blinding"]


def _with_numbers(near: Iterable[str]) -> Iterator[str]:
    """Yield words, with each beginning of a number in place of a #."""
    begins = rules("figures")["begins"]
    for word in near:
        yield from (word.replace("#", begin) for begin in (begins if "#" in word else ("",)))
