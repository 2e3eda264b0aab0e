"""What people look for: concepts by their names, studies by identifier, author, year and title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from mngraph import concepts, context, iris, sparql
from mngraph.concepts import Match
from mngraph.errors import UsageError
from mngraph.nearest import LONGEST, in_words
from mngraph.store import Store
from mngraph.wording import alternatives

LITERATURE = ("study", "publication")
"""What is found beside concepts; publications only where no study is reported in them."""
KINDS = (*concepts.KINDS, *LITERATURE)

EQUAL = 100.0
"""The score of an identifier, and of a label or a title that is the same."""
IN_NAMES = 90.0
"""The score of a study whose authors and year hold each word."""
IN_TITLE = 75.0
"""The least score of a study whose title holds each word; more the more of it they are."""

FEWEST_WORDS = 3
"""A study is shown by words of its title if there are at least as many of them."""
MOST_NAMED = 5
"""The most studies that a message names."""

KEY = re.compile(r"(study:)?([a-z]+(-[a-z]+)*-(19|20)\d\d-[a-z0-9-]+|(pmid|doi|anon)-\S+)")
"""What the key of a study looks like."""

IDENTIFIER = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|https?://pubmed\.ncbi\.nlm\.nih\.gov/"
    r"|https?://pmc\.ncbi\.nlm\.nih\.gov/articles/|(?:doi|pmid|pmcid):?\s*)",
    re.I,
)
"""What may stand before an identifier."""


@dataclass
class _Entry:
    """A study, or a publication without one, and the texts that it is found by."""

    label: str
    title: str = ""
    year: str = ""
    identifiers: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)

    def score(self, named: set[str], words: str) -> float:
        """Return how well a text names this entry, from 0 to 100.

        Args:
            named: the text in small letters, as it is and as an identifier.
            words: the text in small letters, its words parted by single spaces.
        """
        title, names = in_words(self.title), in_words(f"{self.label} {self.year}")
        names = " ".join([names, *map(in_words, sorted(self.authors))])
        if named & self.identifiers or words in (title, in_words(self.label)):
            return EQUAL
        asked = set(words.split())
        if asked <= set(names.split()):
            return IN_NAMES
        if f" {words}" in f" {title}" or asked <= {*title.split(), *names.split()}:
            return IN_TITLE + (IN_NAMES - IN_TITLE) * min(1.0, len(words) / (len(title) + 1))
        return 0.0


def search(store: Store, text: str, kinds: Iterable[str] = KINDS, limit: int = 10) -> list[Match]:
    """Return the concepts, studies and publications that a text names, best first.

    Args:
        store: a graph.
        text: a name of a concept or a misspelling of one; or of a study its key, PMID, DOI, PMCID,
            authors, year, or a part of its title.
        kinds: what to look for, of `KINDS`.
        limit: the most matches to return.

    Raises:
        UsageError: the text is empty.

    >>> from mngraph.store import open_store
    >>> [found.iri.rpartition("/")[2] for found in search(open_store(), "PMID 31469914")]
    ['pmid-31469914']
    """
    wanted, text = set(kinds), concepts.stripped(text)
    found = concepts.search(store, text, wanted & set(concepts.KINDS), limit)
    if wanted & set(LITERATURE):
        found += [match for match in _literature(store, text) if match.kind in wanted]
    return sorted(found, key=lambda match: -match.score)[:limit]


def _with_key(store: Store, key: str) -> list[str]:
    """Return the studies of any pack that have a key, which is named without the pack."""
    rows = store.select_internal(sparql.internal("all-studies"))
    return [row["study"].value for row in rows if iris.last_segment(row["study"].value) == key]


def resolve(store: Store, text: str, kinds: Iterable[str] = concepts.KINDS) -> str:
    """Return the IRI of what a text names: a concept, else a claim, study or publication.

    A claim is named by its whole label; a study by its key, PMID, DOI, PMCID, authors and year, or
    several words of its title.

    Args:
        store: a graph.
        text: the name.
        kinds: the kinds of concepts that are meant; studies and publications always are.

    Raises:
        UsageError: nothing, or more than one resource, has this name.
    """
    text = concepts.stripped(text)
    try:
        return concepts.resolve(store, text, kinds, ("study",))
    except UsageError as error:
        from mngraph.hints import on_name  # not needed for names that exist

        if hint := on_name(store, text):
            raise UsageError(hint) from error
        if tuple(kinds) == concepts.KINDS and (claim := claim_called(store, text)):
            return claim  # where anything can be meant, and not the start of a drawing
        found = _literature(store, text) if text else []
        if len(text.split()) < FEWEST_WORDS:
            found = [match for match in found if match.score >= IN_NAMES]
        best = [match for match in found if match.score == found[0].score]
        if not best and KEY.fullmatch(text):
            if len(named := _with_key(store, text)) == 1:
                return named[0]
            raise UsageError(
                f"the graph that was read has no study {text!r}; a graph that you built is asked "
                "with -g"
            ) from error
        if not best:
            raise
    if len(best) > 1:
        named = [f"{context.compact(match.iri)} ({match.label})" for match in best[:MOST_NAMED]]
        shown = alternatives(named) if len(best) <= MOST_NAMED else f"{', '.join(named)} and more"
        raise UsageError(f"{text!r} can be {shown}: say which (mngraph search lists them)")
    return best[0].iri


def claim_called(store: Store, text: str) -> str:
    """Return the IRI of the claim that has a label, in capitals or small letters; '' for none.

    >>> from mngraph.store import open_store
    >>> claim_called(open_store(), "Microneedling for acne scar").rpartition("/")[2]
    'microneedling_for_acne-scar'
    """
    import pyoxigraph as ox

    query = sparql.internal_on("claims-called", label=ox.Literal(text.strip()))
    found = sorted(row["claim"].value for row in store.select_internal(query))
    return found[0] if found else ""


def _literature(store: Store, text: str) -> list[Match]:
    """Return the studies and publications that a text names, best first."""
    words = in_words(text)
    if not words or len(text) > LONGEST:
        return []
    plain = text.strip().strip("/").casefold()
    named = {plain.removeprefix("study:"), IDENTIFIER.sub("", plain, count=1).strip()}
    scored = ((iri, entry, entry.score(named, words)) for iri, entry in _read(store).items())
    found = [
        Match(
            iri=iri,
            kind=iris.kind_of(iri),
            label=entry.label or entry.title,
            matched=entry.title,
            score=round(score, 1),
        )
        for iri, entry, score in scored
        if score
    ]
    return sorted(found, key=lambda match: (-match.score, match.label, match.iri))


def _read(store: Store) -> dict[str, _Entry]:
    """Return the studies of a graph, and its publications without one, by IRI."""
    found: dict[str, _Entry] = {}
    of_publication: dict[str, list[_Entry]] = {}
    for row in store.select_internal(sparql.internal("literature")):
        iri, label = row["resource"].value, row["label"].value
        if iri not in found:
            found[iri] = _Entry(label, identifiers={iris.study_key(iri).casefold()})
            of_publication.setdefault(row["publication"].value, []).append(found[iri])
        entry = found[iri]
        entry.title = row["title"].value if row["title"] else entry.title
        entry.year = row["issued"].value[:4] if row["issued"] else entry.year
        if row["identifier"]:
            entry.identifiers.add(row["identifier"].value.casefold())
    for row in store.select_internal(sparql.internal("authors")):
        for entry in of_publication.get(row["publication"].value, ()):
            entry.authors.add(row["name"].value)
    return found
