"""What people judged of the studies of an answer, and that nobody judged them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from mngraph.wording import counted, listed

NOT_ASSESSED = "Study quality has not been assessed."

SERIOUS = {
    "Retraction": "Retracted, and still counted here",
    "ExpressionOfConcern": "Doubted by its journal, and still counted here",
}
"""The kinds of notices that a verdict names, and how."""


def sentence(judged: Mapping[str, Sequence[str]], studies: Collection[str]) -> str:
    """Return the sentence on the quality of some studies.

    Args:
        judged: the overall judgments that count, as text by the IRI of the study.
        studies: the IRIs of the studies.

    >>> sentence({}, ["s", "t"])
    'Study quality has not been assessed.'
    >>> sentence({"s": ["high (RoB 2)"]}, ["s", "t"])
    'People judged the quality of 1 of 2 studies: high (RoB 2) in 1 study.'
    >>> sentence({"s": ["high (RoB 2)"]}, ["s"])
    'People judged its quality: high (RoB 2).'
    """
    found = judgments(judged, studies)
    if not found:
        return NOT_ASSESSED
    if len(studies) == 1:
        return f"People judged its quality: {listed(sorted(set(judged[next(iter(studies))])))}."
    number = sum(study in judged for study in studies)
    every = counted(len(studies), "study", "studies")
    return f"People judged the quality of {number} of {every}: {found}."


def noticed(notices: Mapping[str, Mapping[str, str]]) -> str:
    """Return the sentences on notices that concern the results; corrections do not change them.

    Args:
        notices: for each kind of notice, the labels of studies by their IRI.

    >>> noticed({"Retraction": {"s": "Doe 2019 (retracted)"}, "Correction": {"t": "Roe 2020"}})
    'Retracted, and still counted here: Doe 2019 (retracted).'
    """
    said = (
        f"{words}: {listed(sorted(notices[kind].values()))}."
        for kind, words in SERIOUS.items()
        if notices.get(kind)
    )
    return " ".join(said)


def appraised(number: int, studies: int) -> str:
    """Return how many of the studies that a picture shows somebody has appraised.

    >>> appraised(0, 12), appraised(3, 12)
    ('Nobody has appraised these studies.', '3 of 12 studies have been appraised.')
    """
    if not number:
        return "Nobody has appraised these studies."
    has = "has" if number == 1 else "have"
    return f"{number} of {counted(studies, 'study', 'studies')} {has} been appraised."


def judgments(judged: Mapping[str, Sequence[str]], studies: Collection[str]) -> str:
    """Return how often each judgment was given, as text; empty where nobody judged."""
    often = Counter(words for study in studies for words in judged.get(study, ()))
    return listed(
        f"{words} in {counted(number, 'study', 'studies')}"
        for words, number in sorted(often.items())
    )
