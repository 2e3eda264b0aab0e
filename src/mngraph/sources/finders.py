"""How each kind of fact is looked for in an abstract.

A finder takes an abstract and yields where the fact is: start and end, in characters. A number
or a term counts only in a sentence about the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TypeAlias

from mngraph import resources
from mngraph.sources.article import Abstract
from mngraph.yamlfile import read_yaml

Places = Iterator[tuple[int, int]]
Finder: TypeAlias = Callable[[Abstract], Places]

PEOPLE = (
    r"patient|participant|subject|individual|volunteer|wom[ae]n|\bm[ae]n\b|males?\b|people|person"
    r"|cases?\b|adult|child|enrol|recruit|includ|randomi|complet|sides?\b|\bn\s*="
)
STATED = (
    r"\bCIs?(?![A-Za-z])|\b[pP](?:[\s-]*values?)?\s*[<>=≤≥]"
    r"|(?i:\bp[\s-]values?|significan|confidence|credible interval)"
)
RATIO = rf"{STATED}|\ba?(?:OR|RR|HR)s?(?![A-Za-z])|(?i:\bodds|\brisks?\b|hazard|\bratios?\b)"
CHANGE = (
    rf"{STATED}|%|\bW?MDs?(?![A-Za-z])|(?i:differ|versus|\bvs\b|compar|chang|reduc|decreas|increas"
    r"|improv|declin|\bfell\b|\brose\b|lower|higher|greater|shorter|longer|fewer|percent|per cent)"
)
EFFECTS = {
    "OddsRatio": RATIO,
    "RiskRatio": RATIO,
    "HazardRatio": RATIO,
    "StandardisedMeanDifference":
        rf"{STATED}|\bSMDs?(?![A-Za-z])|(?i:standardi[sz]ed|mean difference|effect size|\bhedges)",
    "Proportion": rf"{STATED}|%|(?i:percent|per cent|proportion|\brates?\b|prevalence|incidence)",
}  # fmt: skip
"""For each type of effect, what the sentence of its figures must mention; `CHANGE` for others."""
ANY_EFFECT = "|".join(
    [CHANGE, *EFFECTS.values(), r"±|\bSDs?\b|(?i:\bmean|median|\bscor|grade|point|respon|satisf)"]
)
PERCENT = r"%|(?i:percent|per cent)"
HETEROGENEITY = r"\bI\s?\^?[2²]|(?i:\bI[- ]squared?\b|heterogen|inconsisten)"
UNITLESS = (*(name for name in EFFECTS if name != "Proportion"), "iSquared")
DEVICES, _ = read_yaml(resources.folder("ontology") / "figures.yaml")
"""Words of devices."""
UNIT = (
    r"(?!\s*-?\s*(?:mm|cm|μm|µm|nm|ml|mL|mg|g|J|mJ|°C"
    rf"|(?i:millimet\w+|days?|weeks?|months?|years?|sessions?|patients?|{DEVICES['units']}))\b)"
)
"""What does not follow a figure that has no unit: a ratio, an effect in deviations, an I²."""
LENGTH = rf"(?!\s*-?\s*{DEVICES['length_after']})"
BEFORE = [r"\bI", r"\bI\s", r"\bI\^", "CO", *(f"{each} " for each in DEVICES["length_before"])]
NO_FIGURE = "".join(rf"(?<!{before})" for before in BEFORE)
"""What is not before a figure: the 2 of I2 and CO2 is not one, nor is the length of a device."""
NO_EVENTS = r"(?i)\b(?:no|none|without|nor)\b[^.]{0,60}\b(?:adverse|side|complication|untoward)"
SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBER = re.compile(r"-?(?:\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})")
GAP = r"[\s\u2010-\u2013-]+"
"""What may separate the words of a label: spaces, hyphens, dashes."""
ADVERBS = {1: "weekly", 2: "biweekly|bi-weekly|fortnight", 4: "monthly|month"}


def number_pattern(number: str, *, words: bool = True) -> str:
    """Return a pattern for a number as papers print it: digits, `2·97`, `.04`, `1,234`, or words.

    Args:
        number: the number as a record states it, with a point for decimals.
        words: whether it may be printed in words, as counts are and figures are not.

    >>> bool(re.search(number_pattern("21"), "Twenty-one patients"))
    True
    >>> bool(re.search(number_pattern("20"), "Twenty-one patients"))
    False
    >>> bool(re.search(number_pattern("2.5"), "between 12.5 and 2.55"))
    False
    >>> bool(re.search(number_pattern("0", words=False), "No trial was withdrawn"))
    False
    """
    if not NUMBER.fullmatch(number):  # a foreign graph may state anything
        return rf"(?<!\w){re.escape(number)}(?!\w)"
    sign = r"[\u2212\u2013-]\s?" if number.startswith("-") else ""
    whole, _, part = number.lstrip("-").partition(".")
    part = part.rstrip("0")
    if part:
        digits = f"{'0?' if whole == '0' else whole}[.·]{part}0*"
    else:
        grouped = r"[, ]?".join(_groups(whole))
        digits = f"{grouped}(?:[.·]0+)?"
    pattern = rf"(?<!\d)(?<!\d[.,·]){sign}{digits}(?!\d)(?![.,·]\d)"
    word = _word(int(whole)) if words and not sign and not part else ""
    units = "|".join(SMALL[1:10])
    alone = rf"(?i:(?<![a-z]-)\b(?:{word})\b(?![- ](?:{units})\b))"
    return f"(?:{pattern}|{alone})" if word else pattern


def _groups(whole: str) -> list[str]:
    head = len(whole) % 3
    return [whole[:head]] * bool(head) + [whole[n : n + 3] for n in range(head, len(whole), 3)]


@cache
def _word(number: int) -> str:
    if number == 0:
        return "zero|no|none"
    if number < 20:
        return SMALL[number]
    if number < 100:
        tens, units = TENS[number // 10 - 2], number % 10
        return f"{tens}[- ]?{SMALL[units]}" if units else tens
    return ""


def matches(pattern: str) -> Finder:
    """Find what a regular expression matches."""
    compiled = re.compile(pattern)

    def find(abstract: Abstract) -> Places:
        yield from (match.span() for match in compiled.finditer(abstract.text))

    return find


def count(number: str, words: str) -> Finder:
    """Find a number in sentences that also have one of some words (a regular expression)."""
    compiled, context_words = re.compile(number_pattern(number)), re.compile(f"(?i){words}")

    def find(abstract: Abstract) -> Places:
        for sentence in abstract.sentences:
            if context_words.search(abstract.text, sentence.start, sentence.end):
                found = compiled.finditer(abstract.text, sentence.start, sentence.end)
                yield from (match.span() for match in found)

    return find


def weeks(number: str) -> Finder:
    """Find a number of weeks, the same in months (4 weeks each), or the adverb that means it."""
    forms = [rf"{number_pattern(number)}[\s-]*(?:weeks?|wk)\b"]
    length = float(number) if NUMBER.fullmatch(number) else 0.0
    if length >= 4:
        for months in {round(length / 4, 2), round(length * 12 / 52, 0)}:
            forms.append(rf"{number_pattern(format(months, 'g'))}[\s-]*(?:months?|mo)\b")
    if length in ADVERBS:
        forms.append(rf"\b(?:{ADVERBS[int(length)]})\b")
    return matches("(?i:" + "|".join(sorted(forms)) + ")")


def term(labels: tuple[str, ...]) -> Finder:
    """Find a concept by any of its labels; abbreviations in capitals keep their case."""
    forms = []
    for label in sorted(labels, key=lambda text: (-len(text), text)):
        words = [re.escape(word) for word in re.split(GAP, label) if word]
        form = r"(?<!\w)" + GAP.join(words) + r"(?:s|es)?(?!\w)"
        forms.append(form if label.isupper() and len(label) < 7 else f"(?i:{form})")
    return matches("|".join(forms))


def figure(number: str, kind: str) -> Finder:
    """Find a figure in a sentence about its kind: a type of effect, or `iSquared`."""
    words = HETEROGENEITY if kind == "iSquared" else EFFECTS.get(kind, CHANGE)
    return _all_figures([number], words, UNIT if kind in UNITLESS else "")


def effect_text(text: str) -> Finder:
    """Find the numbers of an effect that the record states as a text."""
    return _all_figures(numbers(text), PERCENT if "%" in text else ANY_EFFECT)


def _all_figures(figures: list[str], words: str, after: str = "") -> Finder:
    """Find several numbers in one sentence; the place runs from the first to the last.

    The sentence must also have one of some words.
    """
    patterns = [
        re.compile(NO_FIGURE + number_pattern(number, words=False) + LENGTH + after)
        for number in figures
    ]
    context_words = re.compile(words)

    def find(abstract: Abstract) -> Places:
        for each in abstract.sentences:
            found = [pattern.search(abstract.text, each.start, each.end) for pattern in patterns]
            places = [match.span() for match in found if match]
            beside = context_words.search(abstract.text, each.start, each.end)
            if beside and places and len(places) == len(patterns):
                yield min(places)[0], max(end for _, end in places)

    return find


def numbers(text: str) -> list[str]:
    """Return the numbers of a text, without those that are part of a word.

    >>> numbers("OR 3.19 (95% CI 1.10 to 9.20), I2 of 0")
    ['3.19', '95', '1.10', '9.20', '0']
    """
    return re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\d)", text)


def p_value(text: str) -> Finder:
    """Find a p-value with its sign; `0.005 and 0.001` are two, of which both must be there."""
    values = re.findall(r"([<>≤≥]?)\s*(\d+(?:\.\d+)?|\.\d+)", text)
    significance = re.compile(r"(?i)\bp\b|significan")
    patterns = []
    for sign, number in values:
        before = rf"[{sign}]\s*" if sign else r"(?<![<>≤≥])(?<![<>≤≥]\s)"
        patterns.append(re.compile(before + number_pattern(number, words=False)))

    def find(abstract: Abstract) -> Places:
        for each in abstract.sentences:
            beside = significance.search(abstract.text, each.start, each.end)
            found = [pattern.search(abstract.text, each.start, each.end) for pattern in patterns]
            places = [match.span() for match in found if match]
            if beside and places and len(places) == len(patterns):
                yield min(places)[0], max(end for _, end in places)

    return find


def ratio(part: str, whole: str) -> Finder:
    """Find `n/N`, `n of N`, `n (x%) of N`, or n beside the percentage that n/N makes."""
    some, total = number_pattern(part), number_pattern(whole)
    between = r"\s*(?:\w+\s+)?(?:\([\d.]+\s*%\)\s*)?(?:of|out of|from|in)\s+(?:the\s+|all\s+)*"
    forms = [rf"{some}\s*/\s*{total}", f"{some}{between}{total}"]
    if part.isdecimal() and whole.isdecimal() and int(whole):
        percent = 100 * int(part) / int(whole)
        near = {f"{percent:.{digits}f}" for digits in (0, 1, 2)} | {str(int(percent))}
        shares = "|".join(number_pattern(share, words=False) for share in sorted(near))
        forms.append(rf"{some}[^.;]{{0,40}}?(?:{shares})\s*%")
        forms.append(rf"(?:{shares})\s*%[^.;]{{0,20}}?{some}")
    return matches("|".join(forms))
