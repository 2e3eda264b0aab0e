"""The studies of an answer, as every tool lists them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from mngraph import iris
from mngraph.evidence import quality
from mngraph.evidence.facts import Facts
from mngraph.evidence.sources import sources
from mngraph.store import Store

MOST = 60
"""Studies that one answer lists."""


def listed(store: Store, wanted: Iterable[str]) -> list[dict[str, Any]]:
    """Return studies with identifiers, design and starting level, by name.

    Args:
        store: the graph.
        wanted: their IRIs; of more than `MOST`, the first.
    """
    facts = Facts(store)
    studies = facts.studies(islice(dict.fromkeys(wanted), MOST))
    cited = {source.key: source for source in sources(facts, studies.values())}
    found = []
    for study in studies.values():
        source = cited[study.key]
        named = {"design": study.design, "pmid": source.pmid, "doi": source.doi,
                 "link": study.link, "citation": source.citation}  # fmt: skip
        found.append(
            {
                "iri": study.iri, "key": study.key, "name": study.label,
                "starting_level": study.level, "randomized": study.randomized,
                "review": study.review, "participants": study.participants,
                **{name: value for name, value in named.items() if value},
            }
        )  # fmt: skip
    return sorted(found, key=lambda study: (study["name"].casefold(), study["key"]))


def left_out(wanted: Iterable[str]) -> list[str]:
    """Return which studies the list leaves out, in words."""
    more = len(set(wanted)) - MOST
    return (
        [f"{more:,} more studies, which the answer names by key or IRI alone"] if more > 0 else []
    )


def appraised(store: Store, wanted: Iterable[str]) -> str:
    """Return whether anybody has appraised some studies, in a sentence; empty without any."""
    studies = set(wanted)
    rows = Facts(store).rows_of("appraised-studies", "studies", studies)
    judged = {row["study"] for row in rows}
    return quality.appraised(len(judged), len(studies)) if studies else ""


def among(names: Iterable[str]) -> list[str]:
    """Return those of some IRIs that are studies', each once.

    >>> among(["https://w3id.org/mngraph/study/pmid-1", "https://w3id.org/mngraph/study/pmid-1/arm/A"])
    ['https://w3id.org/mngraph/study/pmid-1']
    """
    found = (
        iri
        for iri in names
        if iris.kind_of(iri) == "study" and iri == iris.study(iris.study_key(iri))
    )
    return list(dict.fromkeys(found))
