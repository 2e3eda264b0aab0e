"""The facts of a study record that a text can bear out, and how each is looked for.

A fact is found where its number or term stands in a sentence that speaks of the same thing: the
number of participants beside patients, an odds ratio as printed, a p-value with its sign, `21/30`
or `21 of 30`, a concept by its label or a synonym.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from mngraph import context
from mngraph.sources.abstracts import Abstract
from mngraph.store import Store

if TYPE_CHECKING:
    import pyoxigraph as ox

Statement = tuple[str, str, Any]
Places = Iterator[tuple[int, int]]

PEOPLE = (
    r"patient|participant|subject|individual|volunteer|wom[ae]n|\bm[ae]n\b|males?\b|people|person"
    r"|cases?\b|adult|child|enrol|recruit|includ|randomi|complet|sides?\b|\bn\s*="
)
COUNTS = {
    "participants": PEOPLE,
    "completed": PEOPLE,
    "includedStudies": r"stud|trial|article|publication|record|RCT|paper|report",
    "sessions": r"session|treatment|time|sitting|visit|procedure|applied|application",
    "needleLengthMm": r"mm\b|millimet|needle",
}
"""Numbers, each with what the sentence must speak of."""
FIGURES = ("effectValue", "effectLower", "effectUpper")
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
"""For each type of effect, what the sentence of its figures must speak of; `CHANGE` for others."""
ANY_EFFECT = "|".join(
    [CHANGE, *EFFECTS.values(), r"±|\bSDs?\b|(?i:\bmean|median|\bscor|grade|point|respon|satisf)"]
)
PERCENT = r"%|(?i:percent|per cent)"
HETEROGENEITY = r"\bI\s?\^?[2²]|(?i:\bI[- ]squared?\b|heterogen|inconsisten)"
UNITLESS = (*(name for name in EFFECTS if name != "Proportion"), "iSquared")
UNIT = (
    r"(?!\s*-?\s*(?:mm|cm|μm|µm|nm|ml|mL|mg|g|J|mJ|°C"
    r"|(?i:millimet\w+|days?|weeks?|months?|years?|sessions?|patients?|needles?))\b)"
)
"""What does not follow a figure that has no unit: a ratio, an effect in deviations, an I²."""
NEEDLE = r"(?!\s*-?\s*mm\b[^.,;]{0,20}needle)"
NO_FIGURE = "".join(
    rf"(?<!{before})" for before in (r"\bI", r"\bI\s", r"\bI\^", "CO", "needle of ", "needles of ")
)
"""What does not stand before a figure: the 2 of I2 and CO2 is none, nor a needle's length."""
WEEKS = ("followUpWeeks", "intervalWeeks")
NONE = r"(?i)\b(?:no|none|without|nor)\b[^.]{0,60}\b(?:adverse|side|complication|untoward)"
PAIRS = (("firstEvents", "firstTotal"), ("secondEvents", "secondTotal"), ("affected", "atRisk"))
TERMS = ("indication", "procedure", "combinedWith", "intervention", "measure", "event")
NODES = ("hasArm", "hasOutcome", "hasAdverseEventReport")

SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
GAP = r"[\s\u2010-\u2013-]+"
"""What may stand between the words of a label: spaces, hyphens, dashes."""
ADVERBS = {1: "weekly", 2: "biweekly|bi-weekly|fortnight", 4: "monthly|month"}


@dataclass(frozen=True)
class Fact:
    """One fact of a record: the field it stands in, its statements, and what finds it in a text."""

    field: str
    value: str
    statements: tuple[Statement, ...]
    find: Callable[[Abstract], Places]


def study_facts(store: Store, study: str, labels: Mapping[str, tuple[str, ...]]) -> list[Fact]:
    """Return the facts of a study that can be looked for in an abstract, in a stable order.

    Args:
        store: a graph.
        study: the study's IRI.
        labels: for each concept, its label and synonyms.
    """
    root = _triples(store, study)
    facts = list(_node_facts(study, study, root, labels))
    for link in NODES:
        nodes = sorted((term.value for term in root.get(context.mn(link), [])), key=_numbered)
        for node in nodes:
            facts += _node_facts(study, node, _triples(store, node), labels)
    return facts


def _triples(store: Store, node: str) -> dict[str, list[Any]]:
    found: dict[str, set[Any]] = {}
    for quad in store.quads(subject=node):
        if getattr(quad.graph_name, "value", "") != f"{context.BASE}graph/claims":
            found.setdefault(quad.predicate.value, set()).add(quad.object)
    return {name: sorted(terms, key=str) for name, terms in found.items()}


def _node_facts(
    study: str, node: str, triples: Mapping[str, list[Any]], labels: Mapping[str, tuple[str, ...]]
) -> Iterator[Fact]:
    def facts(name: str, make: Callable[[Any], Callable[[Abstract], Places]]) -> Iterator[Fact]:
        for term in triples.get(context.mn(name), []):
            statement = (node, context.mn(name), term)
            yield Fact(_field(study, node, name), _shown(term), (statement,), make(term))

    for name, words in COUNTS.items():
        yield from facts(name, lambda term, words=words: _count(term.value, words))  # type: ignore[misc]
    for name in WEEKS:
        yield from facts(name, lambda term: _weeks(term.value))
    for name in TERMS:
        yield from facts(name, lambda term: _term(labels.get(term.value, (_shown(term),))))
    for name in FIGURES:
        yield from facts(name, lambda term: _figure(term.value, _effect_type(triples)))
    yield from facts("iSquared", lambda term: _figure(term.value, "iSquared"))
    if context.mn("effectValue") not in triples:
        yield from (f for f in facts("effectText", lambda term: _in_words(term.value))
                    if _numbers(f.value))  # fmt: skip
    yield from facts("pValue", lambda term: _p_value(term.value))
    yield from _pairs(study, node, triples)
    if any(term.value == "true" for term in triples.get(context.mn("noAdverseEvents"), [])):
        yield from facts("noAdverseEvents", lambda term: _matches(NONE))


def _pairs(study: str, node: str, triples: Mapping[str, list[Any]]) -> Iterator[Fact]:
    """Yield `n of N` as one fact, or `n` alone where the total is not stated."""
    for part, whole in PAIRS:
        some, total = triples.get(context.mn(part), []), triples.get(context.mn(whole), [])
        if not some:
            continue
        statements = [(node, context.mn(part), some[0])]
        if total:
            statements.append((node, context.mn(whole), total[0]))
            find, value = _ratio(some[0].value, total[0].value), f"{some[0].value}/{total[0].value}"
        else:
            find, value = _count(some[0].value, PEOPLE + "|%|had|experienc|develop"), some[0].value
        yield Fact(_field(study, node, part), value, tuple(statements), find)


# --- how each kind is looked for -------------------------------------------------------------


def number_pattern(number: str, *, words: bool = True) -> str:
    """Return a pattern for a number as papers print it: digits, `2·97`, `.04`, `1,234`, or words.

    Counts may stand in words, figures never do: `words=False` leaves them out.

    >>> bool(re.search(number_pattern("21"), "Twenty-one patients"))
    True
    >>> bool(re.search(number_pattern("20"), "Twenty-one patients"))
    False
    >>> bool(re.search(number_pattern("2.5"), "between 12.5 and 2.55"))
    False
    >>> bool(re.search(number_pattern("0", words=False), "No trial was withdrawn"))
    False
    """
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


def _matches(pattern: str) -> Callable[[Abstract], Places]:
    compiled = re.compile(pattern)

    def find(abstract: Abstract) -> Places:
        yield from (match.span() for match in compiled.finditer(abstract.text))

    return find


def _count(number: str, words: str) -> Callable[[Abstract], Places]:
    return _beside(number_pattern(number), words)


def _beside(pattern: str, words: str) -> Callable[[Abstract], Places]:
    """Find a pattern in sentences that also have one of some words."""
    compiled, context_words = re.compile(pattern), re.compile(f"(?i){words}")

    def find(abstract: Abstract) -> Places:
        for sentence in abstract.sentences:
            if context_words.search(abstract.text, sentence.start, sentence.end):
                found = compiled.finditer(abstract.text, sentence.start, sentence.end)
                yield from (match.span() for match in found)

    return find


def _weeks(number: str) -> Callable[[Abstract], Places]:
    """Find a number of weeks, the same in months (4 weeks each), or the adverb that says it."""
    forms = [rf"{number_pattern(number)}[\s-]*(?:weeks?|wk)\b"]
    weeks = float(number)
    if weeks >= 4:
        for months in {round(weeks / 4, 2), round(weeks * 12 / 52, 0)}:
            forms.append(rf"{number_pattern(format(months, 'g'))}[\s-]*(?:months?|mo)\b")
    if weeks in ADVERBS:
        forms.append(rf"\b(?:{ADVERBS[int(weeks)]})\b")
    return _matches("(?i:" + "|".join(sorted(forms)) + ")")


def _term(labels: tuple[str, ...]) -> Callable[[Abstract], Places]:
    """Find a concept by any of its labels; abbreviations in capitals keep their case."""
    forms = []
    for label in sorted(labels, key=lambda text: (-len(text), text)):
        words = [re.escape(word) for word in re.split(GAP, label) if word]
        form = r"(?<!\w)" + GAP.join(words) + r"(?:s|es)?(?!\w)"
        forms.append(form if label.isupper() and len(label) < 7 else f"(?i:{form})")
    return _matches("|".join(forms))


def _effect_type(triples: Mapping[str, list[Any]]) -> str:
    types = triples.get(context.mn("effectType"), [])
    return types[0].value.removeprefix(context.mn("")) if types else ""


def _figure(number: str, kind: str) -> Callable[[Abstract], Places]:
    """Find a figure in a sentence that speaks of its kind: a type of effect, or `iSquared`."""
    words = HETEROGENEITY if kind == "iSquared" else EFFECTS.get(kind, CHANGE)
    return _figures([number], words, UNIT if kind in UNITLESS else "")


def _in_words(text: str) -> Callable[[Abstract], Places]:
    """Find the numbers of an effect that the record states as a text."""
    return _figures(_numbers(text), PERCENT if "%" in text else ANY_EFFECT)


def _figures(numbers: list[str], words: str, after: str = "") -> Callable[[Abstract], Places]:
    """Find several numbers in one sentence; the place runs from the first to the last.

    The sentence must also have one of some words.
    """
    patterns = [
        re.compile(NO_FIGURE + number_pattern(number, words=False) + NEEDLE + after)
        for number in numbers
    ]
    spoken = re.compile(words)

    def find(abstract: Abstract) -> Places:
        for each in abstract.sentences:
            found = [pattern.search(abstract.text, each.start, each.end) for pattern in patterns]
            places = [match.span() for match in found if match]
            if len(places) == len(patterns) and spoken.search(abstract.text, each.start, each.end):
                yield min(places)[0], max(end for _, end in places)

    return find


def _numbers(text: str) -> list[str]:
    return re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\w*\d)", text)


def _p_value(text: str) -> Callable[[Abstract], Places]:
    """Find a p-value with its sign; `0.005 and 0.001` are two, of which both must be there."""
    values = re.findall(r"([<>≤≥]?)\s*(\d+(?:\.\d+)?|\.\d+)", text)
    patterns = []
    for sign, number in values:
        before = rf"[{sign}]\s*" if sign else r"(?<![<>≤≥])(?<![<>≤≥]\s)"
        patterns.append(re.compile(before + number_pattern(number, words=False)))

    def find(abstract: Abstract) -> Places:
        for each in abstract.sentences:
            start = re.compile(r"(?i)\bp\b|significan").search(abstract.text, each.start, each.end)
            found = [pattern.search(abstract.text, each.start, each.end) for pattern in patterns]
            places = [match.span() for match in found if match]
            if start and places and len(places) == len(patterns):
                yield min(places)[0], max(end for _, end in places)

    return find


def _ratio(part: str, whole: str) -> Callable[[Abstract], Places]:
    """Find `n/N`, `n of N`, `n (x%) of N`, or n beside the percentage that n/N makes."""
    some, total = number_pattern(part), number_pattern(whole)
    between = r"\s*(?:\w+\s+)?(?:\([\d.]+\s*%\)\s*)?(?:of|out of|from|in)\s+(?:the\s+|all\s+)*"
    forms = [rf"{some}\s*/\s*{total}", f"{some}{between}{total}"]
    if int(whole):
        percent = 100 * int(part) / int(whole)
        near = {f"{percent:.{digits}f}" for digits in (0, 1, 2)} | {str(int(percent))}
        shares = "|".join(number_pattern(share, words=False) for share in sorted(near))
        forms.append(rf"{some}[^.;]{{0,40}}?(?:{shares})\s*%")
        forms.append(rf"(?:{shares})\s*%[^.;]{{0,20}}?{some}")
    return _matches("|".join(forms))


# --- names -----------------------------------------------------------------------------------


def _shown(term: ox.NamedNode | ox.Literal) -> str:
    return context.compact(term.value) if str(term).startswith("<") else term.value


def _field(study: str, node: str, name: str) -> str:
    """Return where a fact stands in the record, in the record's own keys: `arms/A/sessions`."""
    inner = node.removeprefix(study).strip("/")
    kind, _, number = inner.partition("/")
    rules = context.document()["nodes"].items()
    place = next((path for path, rule in rules if kind and f"/{kind}/" in rule["iri"]), "")
    key = _keys().get((place, context.mn(name)), name)
    return "/".join(part for part in (place, number, key) if part)


@cache
def _keys() -> dict[tuple[str, str], str]:
    """Return the record's key of each property, at each place of the record."""
    found: dict[tuple[str, str], str] = {}

    def walk(scope: Mapping[str, Any], place: str) -> None:
        for key, term in scope.items():
            curie = term.get("@id", "") if isinstance(term, dict) else term
            if isinstance(curie, str) and not curie.startswith("@") and ":" in curie:
                nest = term.get("@nest", "") if isinstance(term, dict) else ""
                found[place, context.expand(curie)] = f"{nest}/{key}".strip("/")
            if isinstance(term, dict) and key in context.document()["nodes"]:
                walk(term.get("@context", {}), key)

    walk(context.document()["@context"][1], "")
    return found


def _numbered(iri: str) -> tuple[int, str]:
    last = iri.rpartition("/")[2]
    return (int(last), "") if last.isdecimal() else (0, last)
