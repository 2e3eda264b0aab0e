"""The graph as a network: concepts and publications as nodes, what studies say about them as edges.

An edge says that a study exists and what it found; it never says that a procedure helps.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mngraph import context, iris, search
from mngraph.cards.study import StudyCard, total_participants
from mngraph.drawing.edges import Edge, attributes, study_edges
from mngraph.drawing.networkfacts import Concept, Facts, read_facts
from mngraph.errors import UsageError
from mngraph.store import Store

if TYPE_CHECKING:
    import networkx as nx

KINDS = ("procedure", "indication", "modality", "event", "publication")
"""The kinds of nodes, in the order in which they are shown."""

CONCEPTS = KINDS[:-1]
"""The kinds of concepts that are drawn; measures and designs are not."""

LEVELS = (1, 2, 3, 4, 5)


def network(
    store: Store, focus: Collection[str] = (), depth: int = 1, kinds: Collection[str] = (),
    min_studies: int = 1, level: int = 5,
) -> nx.MultiDiGraph[str]:  # fmt: skip
    """Return the graph as a networkx MultiDiGraph whose nodes are CURIEs.

    Args:
        store: a graph.
        focus: IRIs or CURIEs of concepts, studies or publications; narrower concepts are included.
            Without one, the whole graph.
        depth: 1 for the studies that name every concept of the focus, and those that are in it,
            without other indications where it names one; each step more adds the studies that share
            an indication, a modality or an event with those.
        kinds: which of `KINDS` to keep; all without any.
        min_studies: how many studies (each cohort once, without reviews) an edge needs; above 1,
            publications are kept for the concepts that such an edge leads to.
        level: the weakest design level (1 to 5) that counts; 5 counts studies without one too.

    Raises:
        UsageError: a kind or level that does not exist, or a focus that the graph lacks.
    """
    import networkx as nx

    _check(depth, kinds, min_studies, level)
    facts = read_facts(store)
    naming = list(facts.studies.values())
    wanted = {context.compact(context.expand(text)) for text in focus}
    if wanted:
        naming = _around(facts, naming, wanted, depth)
    studies = [s for s in naming if level == 5 or (s.level or 9) <= level]
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.graph.update(
        facts.about, noun=facts.noun, focus=sorted(wanted), level=level, min_studies=min_studies
    )
    edges = _enough(study_edges(facts, studies, naming), min_studies, set(kinds or KINDS))
    if depth == 1:
        edges = _about_the_focus(facts.concepts, edges, wanted)
    graph.graph["center"] = sorted(_narrower(facts.concepts, wanted))
    keep = set(kinds or KINDS)
    used = {end for source, target, _, _ in edges for end in (source, target)}
    naming_each = _naming(facts, studies)
    _add_nodes(graph, facts, naming_each, used | (wanted & set(facts.concepts)), keep)
    if "publication" in keep:
        _add_publications(graph, studies, used)
    for source, target, relation, carried in edges:
        if source in graph and target in graph:
            graph.add_edge(source, target, relation, **carried)
    _add_hierarchy(graph, facts, naming_each)
    shown = {key for _, data in graph.nodes(data=True) for key in data["study_keys"]}
    graph.graph["studies"] = {key: facts.studies[key] for key in sorted(shown)}
    return graph


def has_lines(drawn: nx.MultiDiGraph[str]) -> bool:
    """Return whether studies relate anything in a network, beside the hierarchy of concepts."""
    return any(relation != "broader" for *_, relation in drawn.edges(keys=True))


def focus_iri(store: Store, text: str) -> str:
    """Return the IRI of what a network can start from, by any of its names.

    Args:
        store: a graph.
        text: slug, CURIE, label or synonym of a concept that is drawn; or of a study or publication
            the CURIE or IRI, the PMID or DOI, or its authors and year.

    Raises:
        UsageError: nothing that is drawn has this name; the message names the nearest.
    """
    if iris.kind_named(text) in ("study", "publication"):
        return context.expand(text)
    return search.resolve(store, text, CONCEPTS)


def _check(depth: int, kinds: Collection[str], min_studies: int, level: int) -> None:
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        kinds = ", ".join(KINDS)
        raise UsageError(f"no kind of node is called {unknown[0]!r}; the kinds are {kinds}")
    if level not in LEVELS:
        raise UsageError(f"the level must be from 1 (strongest) to 5, not {level}")
    if depth < 1 or min_studies < 0:
        raise UsageError("the depth must be at least 1, and the number of studies at least 0")


# --- projecting -----------------------------------------------------------------------------


def _around(
    facts: Facts, studies: list[StudyCard], wanted: set[str], depth: int
) -> list[StudyCard]:
    """Return the studies that name all of the focus, and at greater depth those that share some."""
    names = {f"{prefix}:{key}": key for key in facts.studies for prefix in ("study", "publication")}
    missing = sorted(c for c in wanted if c not in facts.concepts and c not in names)
    if missing:
        raise UsageError(f"the graph has no concept, study or publication {missing[0]!r}")
    found = {names[c] for c in wanted if c in names}
    branches = [_narrower(facts.concepts, {c}) for c in wanted if c in facts.concepts]
    if branches:
        found |= {s.key for s in studies if all(s.concepts & branch for branch in branches)}
    for _ in range(depth - 1):
        near = {c for key in found for c in facts.studies[key].concepts}
        reached = {c for c in near if not c.startswith("procedure:")}
        found |= {s.key for s in studies if s.concepts & reached}
    return [study for study in studies if study.key in found]


def _about_the_focus(
    concepts: Mapping[str, Concept], edges: list[Edge], wanted: set[str]
) -> list[Edge]:
    """Return edges without other indications, where the focus names some and no study.

    Reviews of many topics name a dozen indications; those that are neither the focus nor narrower
    or broader would crowd the picture.
    """
    named = {curie for curie in wanted if curie.startswith("indication:")}
    if not named or not wanted <= set(concepts):
        return edges
    above = {up for curie in named if curie in concepts for up in _ancestors(concepts, curie)}
    family = _narrower(concepts, named) | above
    return [
        edge
        for edge in edges
        if all(end in family for end in edge[:2] if end.startswith("indication:"))
    ]


def _narrower(concepts: Mapping[str, Concept], wanted: set[str]) -> set[str]:
    """Return concepts with all that are narrower."""
    children: dict[str, list[str]] = defaultdict(list)
    for concept in concepts.values():
        for broader in concept.broader:
            children[broader].append(concept.curie)
    found: set[str] = set()
    waiting = sorted(wanted)
    while waiting:
        curie = waiting.pop()
        if curie not in found:
            found.add(curie)
            waiting += children[curie]
    return found


def _enough(edges: Iterable[Edge], min_studies: int, kinds: set[str]) -> list[Edge]:
    """Return the edges that rest on enough studies.

    Reviews alone are enough for 1. Above that, what a publication is about is kept for the concepts
    that another edge leads to.
    """
    found, linked = [], set()
    for edge in edges:
        source, target, relation, carried = edge
        reviewed = min_studies <= 1 and carried.get("reviews", 0) > 0
        if relation == "evaluates":
            found.append(edge)
        elif carried["weight"] >= min_studies or reviewed:
            found.append(edge)
            ends = {source, target}
            linked |= ends if {end.partition(":")[0] for end in ends} <= kinds else set()
    if min_studies <= 1:
        return found
    return [edge for edge in found if edge[2] != "evaluates" or edge[1] in linked]


def _naming(facts: Facts, studies: list[StudyCard]) -> dict[str, list[StudyCard]]:
    """Return the studies that name each concept or a narrower one."""
    naming: dict[str, list[StudyCard]] = defaultdict(list)
    for study in studies:
        for curie in {up for named in study.concepts for up in facts.upward(named)}:
            naming[curie].append(study)
    return naming


def _add_nodes(
    graph: nx.MultiDiGraph[str],
    facts: Facts,
    naming: Mapping[str, list[StudyCard]],
    used: set[str],
    keep: set[str],
) -> None:
    for curie in sorted(used & set(facts.concepts)):
        if facts.concepts[curie].kind in keep:
            graph.add_node(curie, **_node(facts.concepts, curie, naming.get(curie, [])))


def _add_publications(
    graph: nx.MultiDiGraph[str], studies: list[StudyCard], used: set[str]
) -> None:
    for study in studies:
        curie = f"publication:{study.key}"
        if curie in used:
            graph.add_node(
                curie, iri=iris.publication(study.key), kind="publication", label=study.label,
                definition=study.title, synonyms=(), broader=(), group="Publications",
                weight=0 if study.review else 1, reviews=int(study.review),
                participants=study.participants or 0, level=study.level, year=study.year,
                study_keys=(study.key,),
            )  # fmt: skip


def _node(concepts: Mapping[str, Concept], curie: str, studies: list[StudyCard]) -> dict[str, Any]:
    concept = concepts[curie]
    primary = [study for study in studies if not study.review]
    tops = [a for a in sorted(_ancestors(concepts, curie)) if not concepts[a].broader]
    return {
        "iri": context.expand(concept.curie),
        "kind": concept.kind,
        "label": concept.label,
        "definition": concept.definition,
        "synonyms": concept.synonyms,
        "broader": concept.broader,
        "group": concepts[tops[0]].label if tops else concept.label,
        "weight": len({study.cohort for study in primary}),
        "reviews": len(studies) - len(primary),
        "participants": total_participants(studies),
        "level": min((study.level for study in primary if study.level), default=None),
        "year": min((study.year for study in studies if study.year), default=None),
        "study_keys": tuple(sorted(study.key for study in studies)),
    }


def _add_hierarchy(
    graph: nx.MultiDiGraph[str], facts: Facts, naming: Mapping[str, list[StudyCard]]
) -> None:
    """Add broader concepts that two or more of the nodes share, and an edge to the nearest."""
    present = [n for n in graph if not n.startswith("publication:")]
    above = {n: _ancestors(facts.concepts, n) for n in present}
    shared = Counter(a for n in present for a in above[n] if a not in graph)
    branching = sorted(a for a, count in shared.items() if count > 1 and a in facts.concepts)
    for curie in branching:
        under = {shared_by for shared_by in present if curie in above[shared_by]}
        closer = [b for b in branching if b != curie and curie in _ancestors(facts.concepts, b)]
        if not any({n for n in present if b in above[n]} == under for b in closer):
            graph.add_node(curie, **_node(facts.concepts, curie, naming.get(curie, [])))
    for curie in sorted(n for n in graph if not n.startswith("publication:")):
        for broader in _nearest(facts.concepts, graph, curie):
            graph.add_edge(curie, broader, "broader", **attributes(facts, "broader", {}))


def _ancestors(concepts: Mapping[str, Concept], curie: str) -> set[str]:
    found: set[str] = set()
    waiting = list(concepts[curie].broader)
    while waiting:
        broader = waiting.pop()
        if broader in concepts and broader not in found:
            found.add(broader)
            waiting += concepts[broader].broader
    return found


def _nearest(concepts: Mapping[str, Concept], graph: nx.MultiDiGraph[str], curie: str) -> list[str]:
    """Return the nearest broader concepts that are nodes."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(concepts[curie].broader)
    while waiting:
        broader = waiting.pop()
        if broader in seen or broader not in concepts:
            continue
        seen.add(broader)
        if broader in graph:
            found.add(broader)
        else:
            waiting += concepts[broader].broader
    return sorted(found)
