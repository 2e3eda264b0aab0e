"""How easily the verdicts of the release are read: `python benchmarks/readability.py`.

Flesch's reading ease is 206.835 - 1.015 (words / sentences) - 84.6 (syllables / words); 60 to 70 is
plain English, below 30 is hard (Flesch R. A new readability yardstick. J Appl Psychol 1948;32:221).
Sentences end at `.`, `!` or `?` before a space, or at the end of a point; numbers are words of one
syllable; the syllables of a word are its groups of vowels, without a silent e at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import median

import mngraph
from mngraph.evidence.weighing import Evidence


def syllables(word: str) -> int:
    """Return the number of syllables of an English word, estimated by its vowels."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = re.search(r"[^aeiouyl]e$", word.lower()) is not None and groups > 1
    return max(1, groups - silent)


def sentences(parts: list[str]) -> list[list[str]]:
    """Return the words of each sentence of some paragraphs."""
    found = (re.findall(r"[\w']+", s) for part in parts for s in re.split(r"(?<=[.!?])\s", part))
    return [words for words in found if words]


def ease(parts: list[str]) -> float:
    """Return Flesch's reading ease of some paragraphs."""
    read = sentences(parts)
    words = [word for sentence in read for word in sentence]
    spoken = sum(syllables(word) for word in words)
    return 206.835 - 1.015 * len(words) / len(read) - 84.6 * spoken / len(words)


def verdicts() -> Iterator[list[str]]:
    """Yield the paragraphs of each verdict: indications, pairs that were studied, and events."""
    graph = mngraph.load()
    asked: list[dict[str, str]] = []
    text = """SELECT DISTINCT ?i ?m ?p {{ ?c a mn:TreatmentClaim ; mn:indication ?i {} }}
        ORDER BY ?i ?m ?p"""
    for pattern, names in (
        ("", ("indication",)),
        ("; mn:combinedWith ?m", ("indication", "combined_with")),
        ("; mn:procedure ?p", ("indication", "", "procedure")),
    ):
        for row in graph.query(text.format(pattern)).rows:
            pairs = zip(names, row, strict=False)
            asked.append({name: str(value) for name, value in pairs if name and value})
    events = graph.query("SELECT DISTINCT ?e { ?c a mn:SafetyClaim ; mn:event ?e } ORDER BY ?e")
    asked += [{"event": str(row[0])} for row in events.rows]
    for question in asked:
        found: Evidence = graph.evidence(**question)
        yield [found.verdict, *getattr(found, "points", ())]


def main() -> None:
    found = list(verdicts())
    scores = [ease(parts) for parts in found]
    longest = [max(map(len, sentences(parts))) for parts in found]
    print(
        f"{len(found)} verdicts: median reading ease {median(scores):.0f}, lowest {min(scores):.0f}"
    )
    print(f"longest sentence: median {median(longest)}, longest {max(longest)} words")


if __name__ == "__main__":
    main()
