"""Facts that stand in a text as figures or fixed phrases, by the rules of figures.yaml."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from mngraph.annotation.document import Document, Sentence
from mngraph.annotation.facts import Value
from mngraph.annotation.lexicon import rules
from mngraph.annotation.numerals import number
from mngraph.annotation.triggers import Tag

EVERYWHERE = ("title", "aim", "methods", "results", "conclusions")
WEEKS = (0.14286, 52)
"""Factors by which days and years become weeks, of which one decimal is kept."""
DIGITS = re.compile(r"[0-9][0-9]*")
"""A number in digits; written so that the search goes by its first character."""
WORDS = re.compile(
    r"\b(?:one\b|t(?:wo|hree|en|welve|hirteen|wenty|hirty)\b|f(?:our|ive|ourteen|ifteen|orty|ourty"
    r"|ifty)\b|s(?:ix|even|ixteen|eventeen|ixty|eventy)\b|e(?:ight|leven|ighteen|ighty)\b"
    r"|n(?:ine|ineteen|inety)\b|a hundred)"
)
"""What a number in words begins with."""
NAMED = 400
"""How far before an effect its type is looked for, in characters."""
SIGNS = {"\u02c2": "<", "less than": "<", "below": "<", "": "="}


@dataclass(slots=True)
class Figure:
    """What a rule found: a value and the characters that it was read from, in the whole text."""

    kind: str
    value: Value
    start: int
    end: int
    sentence: Sentence
    confidence: float
    rule: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    tag: Tag
    kind: str
    pattern: re.Pattern[str]
    within: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    roles: frozenset[str]
    words: bool
    fallback: bool
    anchored: bool
    settings: Mapping[str, Any]


class Figures:
    """The rules, ready to be looked for.

    A rule is tried on the sentences that have one of its words `near`, and a number where it
    needs one.
    """

    def __init__(self) -> None:
        data = rules("figures")
        made = [_made(entry, data["macros"]) for entry in data["rules"]]
        made.sort(key=lambda rule: rule.fallback)
        self._rules = {rule.tag: (order, rule) for order, rule in enumerate(made)}

    def found(self, document: Document) -> list[Figure]:
        """Return what the rules find in a text, in its order."""
        found: list[Figure] = []
        tried = [self._rules[tag] for tag in document.near if tag in self._rules]
        if not tried:
            return found
        numbered = _Numbers(document)
        sure: set[str] | None = None
        for _, rule in sorted(tried):
            if rule.fallback:
                sure = {figure.kind for figure in found} if sure is None else sure
                if rule.kind in sure:
                    continue
            for at in document.near[rule.tag]:
                sentence = document.sentences[at]
                if sentence.role in rule.roles:
                    numbers = numbered[at]
                    if numbers or rule.words:
                        found += _in(rule, sentence, document.small, numbers)
        return sorted(found, key=lambda figure: (figure.sentence.start, figure.start))


def _in(rule: _Rule, sentence: Sentence, text: str, numbers: Sequence[int]) -> list[Figure]:
    """Return what one rule finds in a sentence, whose numbers begin at some places."""
    start, end = sentence.start, sentence.end
    if rule.within and not rule.within.search(text, start, end):
        return []
    found: list[Figure] = []
    if not rule.anchored:
        for match in rule.pattern.finditer(text, start, end):
            found += _figures(rule, match, sentence, text)
    else:
        match_at = rule.pattern.match
        for place in numbers:
            if place >= start and (hit := match_at(text, place, end)):
                start = hit.end()
                found += _figures(rule, hit, sentence, text)
    if found and rule.unless and rule.unless.search(text, sentence.start, end):
        return []
    return found


class _Numbers(dict[int, list[int]]):
    """Where numbers begin in a sentence, by its number; looked for when asked."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.digits = [match.start() for match in DIGITS.finditer(document.small)]
        self.words = document.number_words

    def __missing__(self, at: int) -> list[int]:
        small, begins = self.document.small, self.document.begins
        start = begins[at]
        stop = begins[at + 1] if at + 1 < len(begins) else len(small)
        first = bisect_left(self.digits, start)
        places = self.digits[first : bisect_left(self.digits, stop, first)]
        if worded := self.words[bisect_left(self.words, start) : bisect_left(self.words, stop)]:
            places = sorted([*places, *(at for at in worded if WORDS.match(small, at))])
        self[at] = places
        return places


@cache
def shared() -> Figures:
    """Return the rules, read once."""
    return Figures()


def _made(entry: Mapping[str, Any], macros: Mapping[str, str]) -> _Rule:
    def compiled(key: str) -> re.Pattern[str] | None:
        text = entry.get(key)
        if not text:
            return None
        for name in ("N", "E", "M", "O", "D3", "D2", "D", "J", "P", "T", "X", "IN"):
            text = text.replace(f"{{{name}}}", macros[name])
        return re.compile(text.replace("INT", f"(?:{macros['INT']})"))

    pattern = compiled("pattern")
    assert pattern  # noqa: S101  (each rule has one)
    return _Rule(
        name=entry["rule"],
        tag=f"figure {entry['rule']}",
        kind=entry["kind"],
        pattern=pattern,
        within=compiled("within"),
        unless=compiled("unless"),
        roles=frozenset(entry.get("roles", EVERYWHERE)),
        words=entry.get("words", False),
        fallback=entry.get("fallback", False),
        anchored=entry["pattern"].startswith(("{N}", "{E}")),
        settings=entry,
    )


def _figures(rule: _Rule, match: re.Match[str], sentence: Sentence, text: str) -> Iterator[Figure]:
    """Yield the facts of one match: one for each number, or one for all."""
    groups = {name: value for name, value in match.groupdict().items() if value is not None}
    start, end, details = match.start(), match.end(), {}
    confidence = float(rule.settings.get("confidence", 1.0))
    if rule.kind in SPECIAL:
        read = SPECIAL[rule.kind](match, groups, sentence, text)
        if read is None:
            return
        values, details = [read[0]], read[1]
    elif "value" in rule.settings:
        values = [rule.settings["value"]]
    else:
        values = list(_values(groups))
        if rule.settings.get("sum"):
            values = [sum(int(each) for each in values)]
    for value in dict.fromkeys(values):
        if rule.kind not in SPECIAL and not 0 < float(value) <= rule.settings.get("most", 1e7):
            continue
        yield Figure(rule.kind, value, start, end, sentence, confidence, rule.name, details)


def _values(groups: Mapping[str, str]) -> Iterator[int | float]:
    """Yield the numbers of a match in the unit that facts have: weeks, or millimeters."""
    units = rules("figures")["units"]
    if "twice" in groups:
        yield number(groups["twice"])
    if alone := groups.get("alone"):
        plain = alone.removeprefix("every ")
        yield units[plain] if plain in units else units[plain.rstrip("s")]
        return
    numbers = [groups[name] for name in ("n3", "n", "n2", "article") if name in groups]
    unit = groups.get("unit", "")
    factor = next((units[name] for name in units if unit.startswith(name)), 1) if unit else 1
    for each in numbers:
        value = number(each) * factor
        rounded = round(value, 1 if factor in WEEKS else 3) if isinstance(value, float) else value
        yield int(rounded) if float(rounded).is_integer() else rounded


Read = tuple[Value, dict[str, Any]]


def _p_value(match: re.Match[str], groups: dict[str, str], _: Sentence, __: str) -> Read | None:
    """Return a P value as records write it: a sign unless it is "=", and a leading zero."""
    sign = groups.get("sign", "")
    digits = groups["n"].replace("·", ".").replace(",", ".")
    if not sign and not re.search(r"was|of|is|value|:", match[0]):
        return None
    sign = SIGNS.get(sign, sign)
    digits = f"0{digits}" if digits.startswith(".") else digits
    return (digits if sign == "=" else sign + digits), {}


def _effect(match: re.Match[str], groups: dict[str, str], at: Sentence, text: str) -> Read | None:
    """Return an effect with its limits and its type, where the value lies between them."""
    value, lower, upper = (number(groups[name]) for name in ("n", "lower", "upper"))
    if lower > upper or not lower <= value <= upper:
        return None
    kind = ""
    names, words = _types()
    for found in words.finditer(text[max(at.start, match.start() - NAMED) : match.start()]):
        kind = names[(found.lastindex or 1) - 1]
    if groups.get("unit") == "%" and kind != "risk-difference":
        kind = "proportion"
    level = number(groups.get("level") or groups.get("level2") or "95")
    details = {"type": kind or "mean-difference", "lower": lower, "upper": upper, "level": level}
    return value, details


def _rate(match: re.Match[str], groups: dict[str, str], _: Sentence, text: str) -> Read | None:
    """Return how many of how many people, where the one is not more than the other."""
    affected, at_risk = number(groups["n"]), number(groups["total"])
    ratio = "/" in match[0]
    if affected > at_risk or at_risk < (3 if ratio else 5) or isinstance(affected, float):
        return None
    return f"{affected}/{at_risk}", {"affected": affected, "at_risk": at_risk}


SPECIAL = {"p-value": _p_value, "effect": _effect, "event-rate": _rate}
"""Kinds whose values have several parts."""


@cache
def _types() -> tuple[list[str], re.Pattern[str]]:
    """Return the types of effects, and what finds the words of each as the group of its number."""
    types = rules("figures")["effects"]
    choice = "|".join(f"({words})" for words in types.values())
    return list(types), re.compile(rf"\b(?:{choice})\b")
