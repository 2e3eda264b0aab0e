"""IRIs of the graph's own nodes: how each is made and how each is read, in one place.

Nodes of a study record (arms, outcomes, reports) have the patterns that ontology/context.jsonld
gives them. Claims are named by the slugs of their concepts, evidence lines by their claim, study
and arms; the rules of ontology/rules make the same names in SPARQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from mngraph import context
from mngraph.errors import UsageError

BASE = context.BASE
DATASET = f"{BASE}dataset"
"""The dataset of the release."""
CLAIMS_GRAPH = f"{BASE}graph/claims"
"""The named graph of claims and their evidence."""
VOCABULARY_GRAPHS = f"{BASE}graph/vocabulary/"
"""What the names of the vocabularies' graphs begin with."""
STUDY_GRAPHS = f"{BASE}graph/study/"
"""What the names of the graphs of study records begin with."""

INDICATION_LINK, EVENT_LINK = "_for_", "_reported_"
BASELINE = "baseline"


# --- study records ---------------------------------------------------------------------------


def study(key: str) -> str:
    """Return the IRI of a study.

    >>> study("pmid-1")
    'https://w3id.org/mngraph/study/pmid-1'
    """
    return _made("", key)


def arm(key: str, letter: str) -> str:
    """Return the IRI of an arm of the study `key`.

    >>> arm("pmid-1", "A")
    'https://w3id.org/mngraph/study/pmid-1/arm/A'
    """
    return _made("arms", key, id=letter)


def outcome(key: str, number: int) -> str:
    """Return the IRI of an outcome of the study `key`; numbers begin at 1.

    >>> outcome("pmid-1", 2)
    'https://w3id.org/mngraph/study/pmid-1/outcome/2'
    """
    return _made("outcomes", key, n=number)


def report(key: str, number: int) -> str:
    """Return the IRI of an adverse event report of the study `key`; numbers begin at 1.

    >>> report("pmid-1", 1)
    'https://w3id.org/mngraph/study/pmid-1/adverse-event/1'
    """
    return _made("adverse_events", key, n=number)


def publication(key: str) -> str:
    """Return the IRI of the publication of the study `key`.

    >>> publication("pmid-1")
    'https://w3id.org/mngraph/publication/pmid-1'
    """
    return _made("publication", key)


def study_graph(key: str) -> str:
    """Return the name of the graph that holds a study's record; it is the record's IRI, too.

    >>> study_graph("pmid-1")
    'https://w3id.org/mngraph/graph/study/pmid-1'
    """
    return _made("curation", key)


def study_key(iri: str) -> str:
    """Return the key of the study that a node belongs to, or nothing for any other node.

    A study's nodes are the study itself, its arms, outcomes and reports, its publication and its
    record.

    >>> study_key("https://w3id.org/mngraph/study/pmid-1/arm/A")
    'pmid-1'
    >>> study_key("https://w3id.org/mngraph/graph/study/pmid-1")
    'pmid-1'
    >>> study_key("https://w3id.org/mngraph/indication/scar")
    ''
    """
    found = _roots(context.bases()).match(iri)
    if not found:
        return ""
    base, slug = found.groups()
    return slug if base == BASE else context.compact(base) + slug


def last_segment(iri: str) -> str:
    """Return what follows the last slash: the slug of a concept, the letter of an arm, a number.

    >>> last_segment("https://w3id.org/mngraph/procedure/microneedling")
    'microneedling'
    """
    return iri.rpartition("/")[2]


def term_name(iri: str) -> str:
    """Return the local name of a term of an ontology: what follows `#`, else the last slash.

    >>> term_name("https://w3id.org/mngraph/ontology#FavoursFirst")
    'FavoursFirst'
    """
    return last_segment(iri).rpartition("#")[2]


def numeric_order(iri: str) -> tuple[int, int, str]:
    """Return the sort key of nodes of one kind: their number where they have one, else their name.

    >>> sorted(["x/outcome/10", "x/outcome/9"], key=numeric_order)
    ['x/outcome/9', 'x/outcome/10']
    """
    name = last_segment(iri)
    return (0, int(name), "") if name.isascii() and name.isdecimal() else (1, 0, name)


@cache
def _pattern(path: str) -> str:
    """Return the pattern of a node of a study record, by its path in the record."""
    return str(context.document()["nodes"][path]["iri"])


def _made(path: str, key: str, **parts: str | int) -> str:
    """Return the IRI of a node of a study record.

    The key of a study of a pack begins with the pack's name: `chemical-peels:pmid-1`.
    """
    name, _, slug = key.rpartition(":")
    base = context.prefixes()[name] if name else BASE
    return base + _pattern(path).format(**{"id": slug, "study": slug, **parts})


@cache
def _roots(bases: tuple[str, ...]) -> re.Pattern[str]:
    """Return what matches the beginning of every node of a study record."""
    patterns = (_pattern(path) for path in ("", "publication", "curation"))
    starts = sorted(re.escape(pattern.partition("{")[0]) for pattern in patterns)
    begin = "|".join(map(re.escape, bases))
    return re.compile(f"({begin})(?:{'|'.join(starts)})([^/]+)")


# --- concepts and named graphs ---------------------------------------------------------------


def concept(kind: str, slug: str) -> str:
    """Return the IRI of a concept.

    >>> concept("indication", "acne-scar")
    'https://w3id.org/mngraph/indication/acne-scar'
    """
    return f"{BASE}{kind}/{slug}"


def kind_of(iri: str) -> str:
    """Return the first part of one of our IRIs, such as `indication` or `study`; '' for others.

    >>> kind_of("https://w3id.org/mngraph/indication/acne-scar"), kind_of("http://example.org/a/b")
    ('indication', '')
    """
    for base in context.bases():
        if iri.startswith(base):
            return iri[len(base) :].partition("/")[0]
    return ""


def kind_named(text: str) -> str:
    """Return the kind of what a CURIE or an IRI names, as `kind_of`; '' for any other text.

    >>> kind_named("study:pmid-1"), kind_named("acne scar")
    ('study', '')
    """
    try:
        return kind_of(context.expand(text))
    except UsageError:
        return ""


def scheme(kind: str) -> str:
    """Return the IRI of the scheme of a kind of concepts.

    >>> scheme("event")
    'https://w3id.org/mngraph/vocabulary/event'
    """
    return f"{BASE}vocabulary/{kind}"


def graph(name: str) -> str:
    """Return the IRI of a named graph.

    >>> graph("vocabulary/event")
    'https://w3id.org/mngraph/graph/vocabulary/event'
    """
    return f"{BASE}graph/{name}"


def staging_graph(name: str) -> str:
    """Return the IRI of the graph in which a named graph is written before it is moved in place.

    >>> staging_graph("http://example.org/g")
    'https://w3id.org/mngraph/graph/staging/d81c7dc68a4caab8'
    """
    from hashlib import sha256

    return graph(f"staging/{sha256(name.encode()).hexdigest()[:16]}")


# --- claims and their evidence ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimName:
    """What a claim is named by: the slugs of its concepts; either `indication` or `event` is set.

    >>> name = ClaimName(procedure="microneedling", modalities=("prp",), indication="acne-scar")
    >>> name.iri
    'https://w3id.org/mngraph/claim/microneedling_with_prp_for_acne-scar'
    """

    procedure: str
    modalities: tuple[str, ...] = ()
    indication: str = ""
    event: str = ""

    @property
    def combination(self) -> str:
        """The procedure with its modalities, as arms carry it in `skos:notation`."""
        return combination(self.procedure, self.modalities)

    @property
    def iri(self) -> str:
        """The claim's IRI."""
        if self.event:
            return safety_claim(self.combination, self.event)
        return treatment_claim(self.combination, self.indication)


def combination(procedure: str, modalities: Iterable[str] = ()) -> str:
    """Return the name of a procedure with modalities, made of their slugs in alphabetical order.

    >>> combination("microneedling", ["vitamin-c", "prp"])
    'microneedling_with_prp_and_vitamin-c'
    """
    given = "_and_".join(sorted(modalities))
    return f"{procedure}_with_{given}" if given else procedure


def treatment_claim(combination: str, indication: str) -> str:
    """Return the IRI of a treatment claim.

    >>> treatment_claim("microneedling", "acne-scar")
    'https://w3id.org/mngraph/claim/microneedling_for_acne-scar'
    """
    return f"{BASE}claim/{combination}{INDICATION_LINK}{indication}"


def safety_claim(combination: str, event: str) -> str:
    """Return the IRI of a safety claim.

    >>> safety_claim("microneedling", "erythema")
    'https://w3id.org/mngraph/claim/microneedling_reported_erythema'
    """
    return f"{BASE}claim/{combination}{EVENT_LINK}{event}"


def claim_of(iri: str) -> str:
    """Return the claim that a node belongs to, itself or by one of its lines; '' for other nodes.

    >>> claim_of("https://w3id.org/mngraph/claim/a_for_b/line/s/A/baseline")
    'https://w3id.org/mngraph/claim/a_for_b'
    >>> claim_of("https://w3id.org/mngraph/study/s")
    ''
    """
    start = len(BASE) + len("claim/")
    if not iri.startswith(f"{BASE}claim/"):
        return ""
    return iri[:start] + iri[start:].partition("/")[0]


def read_claim(iri: str) -> ClaimName | None:
    """Return the concepts that the IRI of a claim names; None for any other IRI.

    Slugs have no underscore, so that a name can be read one way only.

    >>> read_claim(ClaimName(procedure="a", modalities=("b", "c"), event="d").iri)
    ClaimName(procedure='a', modalities=('b', 'c'), indication='', event='d')
    """
    found = _claim_pattern().fullmatch(iri)
    if not found:
        return None
    given = found["modalities"]
    modalities = tuple(given.split("_and_")) if given else ()
    ends = {"indication" if found["link"] == INDICATION_LINK else "event": found["about"]}
    return ClaimName(procedure=found["procedure"], modalities=modalities, **ends)


@cache
def _claim_pattern() -> re.Pattern[str]:
    slug = "[^_/]+"
    return re.compile(
        f"{re.escape(BASE)}claim/(?P<procedure>{slug})"
        f"(?:_with_(?P<modalities>{slug}(?:_and_{slug})*))?"
        f"(?P<link>{INDICATION_LINK}|{EVENT_LINK})(?P<about>{slug})"
    )


def comparison_line(claim: str, study: str, arm: str, other: str = "") -> str:
    """Return the IRI of the evidence line of a comparison.

    Args:
        claim: the claim's IRI.
        study: the study's IRI.
        arm: the IRI of the arm that had what the claim is about.
        other: the IRI of the arm that it was compared with; nothing for its own baseline.

    >>> comparison_line("https://x/claim/a_for_b", "https://x/study/s", "https://x/study/s/arm/A")
    'https://x/claim/a_for_b/line/s/A/baseline'
    """
    against = last_segment(other) if other else BASELINE
    return f"{claim}/line/{_study_name(study)}/{last_segment(arm)}/{against}"


def estimate(outcome: str, kind: str) -> str:
    """Return the IRI of an estimate of an outcome's effect.

    Args:
        outcome: the IRI of the outcome.
        kind: the local name of the effect type.

    >>> estimate("https://x/study/s/outcome/1", "OddsRatio")
    'https://x/study/s/outcome/1/estimate/odds-ratio'
    """
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", kind).lower()
    return f"{outcome}/estimate/{words}"


def report_line(claim: str, study: str, arm: str, report: str) -> str:
    """Return the IRI of the evidence line of an adverse event report; arguments are IRIs.

    >>> report_line("https://x/claim/c", "https://x/study/s", "https://x/study/s/arm/A", "https://x/1")
    'https://x/claim/c/line/s/A/report-1'
    """
    where = f"{_study_name(study)}/{last_segment(arm)}"
    return f"{claim}/line/{where}/report-{last_segment(report)}"


def _study_name(study: str) -> str:
    """Return what a study is called in the IRI of a line: its key, which no other study has."""
    return study_key(study) or last_segment(study)


def edge(subject: str, predicate: str, obj: str) -> str:
    """Return the IRI of an edge of a drawing as a statement of its own.

    >>> edge("https://x/procedure/a", "https://x/ontology#studiedFor", "https://x/indication/b")
    'https://w3id.org/mngraph/edge/a_studiedFor_b'
    """
    return f"{BASE}edge/{'_'.join(map(term_name, (subject, predicate, obj)))}"
