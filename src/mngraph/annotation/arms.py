"""What each arm was given, by the rules of arms.yaml.

Arms are read from the sentence of the methods that names two or more of them ("Group A …, Group B
…", "one side …, the other …"), else from a title or an aim that sets one treatment against another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from mngraph.annotation.choosing import Choice
from mngraph.annotation.document import Document, Sentence
from mngraph.annotation.figures import Figure
from mngraph.annotation.lexicon import rules
from mngraph.annotation.triggers import ARMS

LETTERS = "ABCDEFGH"
Span = tuple[int, int]


def arms(
    document: Document, procedures: Sequence[Choice], modalities: Sequence[Choice]
) -> list[Figure]:
    """Return the arms of a study, each with the procedure and the modalities that it was given.

    The details of an arm are those of a study record: `procedure` and `combined_with`, or
    `interventions` where it had no procedure.

    Args:
        document: the publication.
        procedures: the mentions of procedures.
        modalities: the mentions of modalities.
    """
    own = [choice for choice in (*procedures, *modalities) if choice.own and not choice.negated]
    best: list[Figure] = []
    if len(own) < 2:
        return best
    for roles, read in ((("methods", "aim"), _named), (("title", "aim"), _against)):
        for sentence in document.sentences:
            if sentence.role not in roles:
                continue
            inside = [choice for choice in own if choice.mention.sentence is sentence]
            if len(inside) > 1 and len(found := read(document, sentence, inside)) > len(best):
                best = found
        if best:
            return best
    return best


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(words) for name, words in rules("arms").items() if name != "near"}


def _named(document: Document, sentence: Sentence, inside: list[Choice]) -> list[Figure]:
    """Return the arms of a sentence that names them, and of the sentences that go on with it."""
    first = document.sentences.index(sentence)
    near = document.near.get(ARMS, ())
    if first not in near and first + 1 not in near:
        return []
    end = sentence.end
    for following in document.sentences[first + 1 :]:
        if not _patterns()["marker"].match(document.small, following.start, following.end):
            break
        end = following.end
    markers = list(_patterns()["marker"].finditer(document.small, sentence.start, end))
    if len(markers) < 2:
        return []
    choices = [c for c in inside if c.mention.end <= end]
    before = any(c.mention.end <= markers[0].start() for c in choices)
    spans = []
    for number, marker in enumerate(markers):
        if before:
            start = markers[number - 1].end() if number else sentence.start
            spans.append((start, marker.end()))
        else:
            stop = markers[number + 1].start() if number + 1 < len(markers) else end
            spans.append((marker.start(), stop))
    return _arms(document, sentence, spans, choices)


def _against(document: Document, sentence: Sentence, inside: list[Choice]) -> list[Figure]:
    """Return the arms of a sentence that sets one treatment against another."""
    small = document.small
    if optional := _patterns()["optional"].search(small, sentence.start, sentence.end):
        spans = [(sentence.start, sentence.end), (sentence.start, optional.start())]
        return _arms(document, sentence, spans, inside)
    first, last = inside[0].mention.end, max(choice.mention.start for choice in inside)
    cuts = list(_patterns()["against"].finditer(small, first, last))
    if not cuts:
        return []
    edges = [sentence.start, *(place for cut in cuts for place in cut.span()), sentence.end]
    spans = list(zip(edges[::2], edges[1::2], strict=True))
    return _arms(document, sentence, spans, inside)


def _arms(
    document: Document, sentence: Sentence, spans: Sequence[Span], choices: Sequence[Choice]
) -> list[Figure]:
    """Return an arm for each span that names a treatment, if at least two differ."""
    found: list[Figure] = []
    everything: list[Choice] = []
    common = _common(document, spans[0], choices)
    for start, end in spans:
        given = [c for c in choices if start <= c.mention.start and c.mention.end <= end]
        if not given and everything and _patterns()["both"].search(document.small, start, end):
            given = everything
        if not given:
            continue
        everything = [*everything, *given]
        shared = () if any(map(_is_procedure, given)) else common
        details = dict(_details([*shared, *given]))
        found.append(
            Figure(
                "arm",
                LETTERS[len(found) % len(LETTERS)],
                start,
                end,
                sentence,
                0.6,
                "arms",
                details,
            )
        )
    return found if len({str(arm.details) for arm in found}) > 1 else []


def _common(document: Document, span: Span, choices: Sequence[Choice]) -> list[Choice]:
    """Return the procedure that the first part of a sentence says all arms had."""
    if not _patterns()["common"].search(document.small, *span):
        return []
    first = (c for c in choices if _is_procedure(c) and c.mention.end <= span[1])
    return list(first)[:1]


def _details(given: Sequence[Choice]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of an arm."""
    procedures = list(dict.fromkeys(c.concept for c in given if _is_procedure(c)))
    modalities = list(dict.fromkeys(c.concept for c in given if not _is_procedure(c)))
    if procedures:
        yield "procedure", procedures[0]
    if modalities:
        yield ("combined_with" if procedures else "interventions"), modalities


def _is_procedure(choice: Choice) -> bool:
    return "/procedure/" in choice.concept
