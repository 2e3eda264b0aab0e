"""Where a claim or an edge comes from: evidence lines, outcomes, arms, study, publication, source.

The chain is what the graph states, fetched with one query for all claims that it starts from. It is
shown as a tree, or handed out as the triples themselves with PROV relations between the links.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mngraph import concepts, context, iris, search, sparql
from mngraph.errors import UsageError
from mngraph.evidence.chain import Chain, Step, derived, tree_lines
from mngraph.evidence.facts import Facts
from mngraph.evidence.statements import add_statement
from mngraph.nearest import nearest
from mngraph.store import Store
from mngraph.wording import one_of, spaced

if TYPE_CHECKING:
    import pyoxigraph as ox

EDGES = {
    "mn:studiedFor": ("mn:procedure", "mn:indication"),
    "mn:combinedFor": ("mn:combinedWith", "mn:indication"),
    "mn:combinableWith": ("mn:procedure", "mn:combinedWith"),
    "mn:hasReportedEvent": ("mn:procedure", "mn:event"),
}
"""For each edge of a drawing, what its two ends are to the claims that it stands for."""


@dataclass
class Explanation:
    """The tree from a claim or an edge down to the sources, and the triples it is made of.

    >>> import mngraph
    >>> found = mngraph.load().explain("microneedling", "studiedFor", "acne-scar")
    >>> print(found.to_text().splitlines()[0])
    microneedling studied for acne scar
    >>> len(found.triples) > 100
    True
    """

    root: Step
    triples: list[ox.Triple] = field(repr=False)

    def to_text(self) -> str:
        """Return the tree as indented text, an IRI or address at the end of a line."""
        return "".join(f"{line}\n" for line in tree_lines(self.root))


def explain(store: Store, terms: Sequence[str]) -> Explanation:
    """Trace a claim, an edge or a combination of concepts to its sources.

    Args:
        store: a graph.
        terms: a claim or a study; or subject, predicate and object; or a procedure, modalities,
            and an indication or adverse event.

    Raises:
        UsageError: the graph has no such claim or edge, or a term is not known.
    """
    terms = [concepts.stripped(term) for term in terms]
    if len(terms) == 1:
        return _explain_one(store, terms[0])
    if len(terms) == 3 and (predicate := _predicate(store, terms[1])):
        return _explain_edge(store, terms[0], predicate, terms[2])
    return _explain_claims(store, [_combination(store, terms)])


# --- what is asked for -----------------------------------------------------------------------


def _explain_one(store: Store, text: str) -> Explanation:
    """Explain a claim, named by IRI or label, or a study, by any of its names."""
    claim = search.claim_called(store, text) if " " in text else ""
    if claim:
        return _explain_claims(store, [claim])
    if (":" in text or "_" in text) and iris.kind_named(text) != "study":
        return _explain_claims(store, [_claim(store, text)])
    listed = "mngraph query claims-about lists the claims"
    try:
        iri = search.resolve(store, text)
    except UsageError as error:
        raise UsageError(f"{error} ({listed})") from error
    if iris.kind_of(iri) == "study":
        facts = Facts(store)
        chain = Chain(facts, facts.about({iri}))
        return Explanation(chain.study(iri), chain.triples())
    kind = one_of([iris.kind_of(iri)])
    raise UsageError(f"{text!r} is {kind}: name a claim, or all the terms of one ({listed})")


def _claim(store: Store, text: str) -> str:
    """Return the IRI of a claim, named by itself or by one of its lines."""
    named = context.expand(text if ":" in text else f"claim:{text}")
    claim = iris.claim_of(named)
    if claim and store.has(named):
        return claim
    iri = claim or named
    raise UsageError(f"the graph has no claim {context.compact(iri)}{_near(store, iri)}")


def _near(store: Store, iri: str) -> str:
    rows = store.select_internal(sparql.internal("claims"))
    near = nearest(iri, (row["claim"].value for row in rows), 80)
    return f"; did you mean {context.compact(near)}?" if near else ""


def _predicate(store: Store, text: str) -> str | None:
    """Return the IRI of a property: CURIE, local name, or label; None for anything else."""
    if text.startswith("http") or (":" in text and text.partition(":")[0] in context.prefixes()):
        iri = context.expand(text)
        return None if iris.kind_of(iri) in concepts.KINDS else iri
    if text.isalnum() and (f"mn:{text}" in EDGES or store.has(context.mn(text))):
        return context.mn(text)
    rows = store.select_internal(sparql.internal("terms"))
    found = sorted(row["term"].value for row in rows if row["label"].value.lower() == text.lower())
    return found[0] if found else None


def _combination(store: Store, terms: Sequence[str]) -> str:
    """Return the claim of a procedure, modalities, and an indication or event, in any order."""
    kinds = ("procedure", "modality", "indication", "event")
    found: dict[str, list[str]] = {kind: [] for kind in kinds}
    for term in terms:
        iri = concepts.resolve(store, term, kinds)
        kind = iris.kind_of(iri)
        if kind not in found:
            raise UsageError(f"{term!r} is not a procedure, modality, indication or adverse event")
        found[kind].append(iris.last_segment(iri))
    if len(found["procedure"]) != 1 or len(found["indication"] + found["event"]) != 1:
        raise UsageError("name one procedure, and one indication or adverse event")
    name = iris.ClaimName(
        procedure=found["procedure"][0],
        modalities=tuple(found["modality"]),
        indication="".join(found["indication"]),
        event="".join(found["event"]),
    )
    return _claim(store, name.iri)


# --- edges -----------------------------------------------------------------------------------


def _explain_edge(store: Store, subject: str, predicate: str, obj: str) -> Explanation:
    """Explain an edge by the claims that it stands for, or by the record that states it."""
    name = context.compact(predicate)
    ends = [_resource(store, text) for text in (subject, obj)]
    if name == "mn:evaluates":
        return _explain_evaluates(store, ends[0], ends[1])
    if name not in EDGES:
        return _explain_stated(store, ends[0], predicate, ends[1])
    statement = f"{context.compact(ends[0])} {name} {context.compact(ends[1])}"
    stated = sparql.internal("graphs-stating", subject=ends[0], predicate=predicate, object=ends[1])
    if name != "mn:combinedFor" and not any(store.select(stated)):
        raise UsageError(f"the graph does not state {statement}")
    first, second = EDGES[name]
    parts = {"first": context.expand(first), "second": context.expand(second)}
    text = sparql.internal("claims-of-edge", **parts, subject=ends[0], object=ends[1])
    claims = [row["claim"].value for row in store.select(text)]
    if not claims:
        raise UsageError(f"no study stands behind {statement}")
    return _explain_claims(store, claims, (ends[0], predicate, ends[1]))


def _resource(store: Store, text: str) -> str:
    if ":" in text or text.startswith("<"):
        iri = context.expand(text)
        if store.has(iri):
            return iri
        raise UsageError(f"the graph has nothing about {text}")
    return search.resolve(store, text)


def _explain_evaluates(store: Store, publication: str, concept: str) -> Explanation:
    """Explain that a publication dealt with a concept: by the study and the arm that names it."""
    text = sparql.internal("evaluating", publication=publication, concept=concept)
    found = [
        tuple(row[n].value for n in ("study", "place", "property")) for row in store.select(text)
    ]
    if not found:
        raise UsageError(
            f"{context.compact(publication)} does not deal with {context.compact(concept)}"
        )
    facts = Facts(store)
    chain = Chain(facts, facts.about({iri for row in found for iri in row[:2]}))
    root = chain.step(f"{chain.name(publication)} deals with {chain.name(concept)}", publication)
    for study, place, predicate in found:
        words = spaced(context.compact(predicate).removeprefix("mn:"))
        where = "Study" if place == study else f"Arm {iris.last_segment(place)}"
        root.behind.append(Step(f"{where}: {words}", context.compact(place), [chain.study(study)]))
    return Explanation(root, chain.triples())


def _explain_stated(store: Store, subject: str, predicate: str, obj: str) -> Explanation:
    """Explain a triple by the named graph that states it."""
    text = sparql.internal("graphs-stating", subject=subject, predicate=predicate, object=obj)
    rows = list(store.select(text))
    statement = " ".join(map(context.compact, (subject, predicate, obj)))
    if not rows:
        raise UsageError(f"the graph does not state {statement}")
    graphs = [row["graph"].value for row in rows if row["graph"] is not None]
    studies = {graph: iris.study(key) for graph in graphs if (key := iris.study_key(graph))}
    facts = Facts(store)
    chain = Chain(facts, facts.about({subject, obj, *studies.values()}))
    root = Step(statement)
    for graph in graphs:
        behind = [chain.study(studies[graph])] if graph in studies else []
        root.behind.append(Step("stated in", context.compact(graph), behind))
    if not graphs:  # a location without named graphs
        key = iris.study_key(subject)
        behind = [chain.study(iris.study(key))] if key else []
        root.behind.append(Step(f"stated in {store.location}", "", behind))
    return Explanation(root, chain.triples())


# --- claims ----------------------------------------------------------------------------------


def _explain_claims(
    store: Store, claims: list[str], edge: tuple[str, str, str] | None = None
) -> Explanation:
    facts = Facts(store)
    about = facts.about(claims)
    for row in store.select_internal(sparql.internal("behind-claims", claims=claims)):
        add_statement(about, row["node"].value, row["p"].value, row["o"])
    chain = Chain(facts, about)
    steps = [chain.claim(claim) for claim in claims]
    if edge is None:
        return Explanation(steps[0], chain.triples())
    subject, predicate, obj = edge
    words = spaced(context.compact(predicate).removeprefix("mn:"))
    root = Step(f"{chain.name(subject)} {words} {chain.name(obj)}", "", steps)
    return Explanation(root, chain.triples() + list(_edge_triples(edge, claims)))


def _edge_triples(edge: tuple[str, str, str], claims: list[str]) -> Iterator[ox.Triple]:
    """Yield the edge as a statement of its own that is derived from the claims."""
    import pyoxigraph as ox

    node = iris.edge(*edge)
    kind = ox.NamedNode(context.expand("rdf:Statement"))
    yield ox.Triple(ox.NamedNode(node), ox.NamedNode(context.expand("rdf:type")), kind)
    for name, iri in zip(("subject", "predicate", "object"), edge, strict=True):
        predicate = ox.NamedNode(context.expand(f"rdf:{name}"))
        yield ox.Triple(ox.NamedNode(node), predicate, ox.NamedNode(iri))
    yield from (derived(node, claim) for claim in claims)
