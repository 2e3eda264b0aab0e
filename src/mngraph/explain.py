"""Where a claim or an edge comes from: evidence lines, outcomes, arms, study, publication, source.

The chain is what the graph says, fetched with one query for all claims that it starts from. It is
shown as a tree, or handed out as the triples themselves with PROV relations between the links.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mngraph import concepts, context, studycards
from mngraph.errors import UsageError
from mngraph.store import Store

if TYPE_CHECKING:
    import pyoxigraph as ox

EDGES = {
    "mn:studiedFor": ("mn:procedure", "mn:indication"),
    "mn:combinedFor": ("mn:combinedWith", "mn:indication"),
    "mn:combinableWith": ("mn:procedure", "mn:combinedWith"),
    "mn:hasReportedEvent": ("mn:procedure", "mn:event"),
}
"""For each edge of a drawing, what its two ends are to the claims that it stands for."""
STANCE_WORDS = {
    "Supports": "favours the combination", "Disputes": "favours the comparator",
    "Inconclusive": "no difference, or mixed within the study", "MixedStance": "outcomes disagree",
}  # fmt: skip
BASELINE_WORDS = {"Supports": "improved", "Disputes": "did not improve"}
COMPARATORS = {
    "Baseline": "against its own baseline (the weakest kind of comparison)",
    "NoTreatment": "against no treatment",
    "PlaceboOrSham": "against placebo or sham",
    "ProcedureAlone": "against the procedure alone",
    "SameCombination": "against another arm of the same combination",
    "OtherCombination": "against another combination",
    "OtherTreatment": "against another treatment",
}
NODES = """
SELECT DISTINCT ?node ?p ?o WHERE {
  { SELECT DISTINCT ?node WHERE {
    VALUES ?claim { $claims }
    ?claim mn:hasEvidenceLine|mn:hasInheritedEvidenceLine ?line .
    ?line mn:study ?study .
    { ?line mn:study|mn:inArm|mn:comparatorArm|prov:wasDerivedFrom ?node }
    UNION { ?study mn:reportedIn|mn:hasRecord ?node }
    UNION { ?claim mn:hasEvidenceLine|mn:hasInheritedEvidenceLine ?node }
  } }
  ?node ?p ?o
}"""
STATED = "SELECT DISTINCT ?graph WHERE { GRAPH ?graph { <$s> <$p> <$o> } } ORDER BY ?graph"
About = dict[str, dict[str, list[Any]]]


@dataclass
class Step:
    """One link of the chain: what it says, its IRI or address, and what stands behind it."""

    text: str
    iri: str = ""
    behind: list[Step] = field(default_factory=list)


@dataclass
class Explanation:
    """The tree from a claim or an edge down to the sources, and the triples it is made of."""

    root: Step
    triples: list[ox.Triple] = field(repr=False)

    def to_text(self) -> str:
        """Return the tree as indented text, an IRI or address at the end of a line."""
        return "".join(f"{line}\n" for line in _lines(self.root, "", ""))


def explain(store: Store, terms: Sequence[str]) -> Explanation:
    """Trace a claim, an edge or a combination of concepts to its sources.

    Args:
        store: a graph.
        terms: a claim; or subject, predicate and object; or a procedure, modalities, and an
            indication or adverse event.

    Raises:
        UsageError: the graph has no such claim or edge, or a term is not known.
    """
    if len(terms) == 1:
        return _explain_claims(store, [_claim(store, terms[0])])
    if len(terms) == 3 and (predicate := _predicate(store, terms[1])):
        return _explain_edge(store, terms[0], predicate, terms[2])
    return _explain_claims(store, [_combination(store, terms)])


# --- what is asked for -----------------------------------------------------------------------


def _claim(store: Store, text: str) -> str:
    iri = context.expand(text if ":" in text else f"claim:{text}").partition("/line/")[0]
    if any(store.quads(subject=iri)) and iri.startswith(f"{context.BASE}claim/"):
        return iri
    raise UsageError(f"the graph has no claim {context.compact(iri)}{_near(store, iri)}")


def _near(store: Store, iri: str) -> str:
    from difflib import get_close_matches

    rows = store.query("SELECT ?c { VALUES ?k { mn:TreatmentClaim mn:SafetyClaim } ?c a ?k }")
    near = get_close_matches(iri, sorted(row["c"].value for row in rows), 1, 0.6)
    return f"; did you mean {context.compact(near[0])}?" if near else ""


def _predicate(store: Store, text: str) -> str | None:
    """Return the IRI of a property: CURIE, local name, or label; None for what is no property."""
    if text.startswith("http") or (":" in text and text.partition(":")[0] in context.prefixes()):
        iri = context.expand(text)
        kind = iri.removeprefix(context.BASE).partition("/")[0]
        return None if kind in concepts.KINDS and iri.startswith(context.BASE) else iri
    if f"mn:{text}" in EDGES or any(store.quads(subject=context.mn(text))):
        return context.mn(text)
    rows = store.query("SELECT ?p ?label { ?p rdfs:label ?label ; rdfs:isDefinedBy ?ontology }")
    found = sorted(row["p"].value for row in rows if row["label"].value.lower() == text.lower())
    return found[0] if found else None


def _combination(store: Store, terms: Sequence[str]) -> str:
    """Return the claim of a procedure, modalities, and an indication or event, in any order."""
    kinds = ("procedure", "modality", "indication", "event")
    found: dict[str, list[str]] = {kind: [] for kind in kinds}
    for term in terms:
        iri = concepts.resolve(store, term, kinds)
        kind, _, slug = iri.removeprefix(context.BASE).partition("/")
        if kind not in found:
            raise UsageError(f"{term!r} is no procedure, modality, indication or adverse event")
        found[kind].append(slug)
    ends = found["indication"] + found["event"]
    if len(found["procedure"]) != 1 or len(ends) != 1:
        raise UsageError("name one procedure, and one indication or adverse event")
    given = "_and_".join(sorted(found["modality"]))
    name = found["procedure"][0] + (f"_with_{given}" if given else "")
    return _claim(store, f"claim:{name}_{'reported' if found['event'] else 'for'}_{ends[0]}")


# --- edges -----------------------------------------------------------------------------------


def _explain_edge(store: Store, subject: str, predicate: str, obj: str) -> Explanation:
    """Explain an edge by the claims that it stands for, or by the record that states it."""
    name = context.compact(predicate)
    ends = [_resource(store, text) for text in (subject, obj)]
    if name == "mn:evaluates":
        return _explain_evaluates(store, ends[0], ends[1])
    if name not in EDGES:
        return _explain_stated(store, ends[0], predicate, ends[1])
    first, second = EDGES[name]
    rows = store.query(f"""SELECT DISTINCT ?claim WHERE {{
      ?claim {first} <{ends[0]}> ; {second} <{ends[1]}> .
      FILTER EXISTS {{ ?claim mn:hasEvidenceLine|mn:hasInheritedEvidenceLine ?line }} }}""")
    claims = sorted(row["claim"].value for row in rows)
    if not claims:
        told = f"{context.compact(ends[0])} {name} {context.compact(ends[1])}"
        raise UsageError(f"no study stands behind {told}")
    return _explain_claims(store, claims, (ends[0], predicate, ends[1]))


def _resource(store: Store, text: str) -> str:
    if ":" in text or text.startswith("<"):
        iri = context.expand(text)
        if any(store.quads(subject=iri)):
            return iri
        raise UsageError(f"the graph says nothing of {text}")
    return concepts.resolve(store, text)


def _explain_evaluates(store: Store, publication: str, concept: str) -> Explanation:
    """Explain that a publication dealt with a concept: by the study and the arm that names it."""
    rows = store.query(f"""SELECT DISTINCT ?study ?place ?property WHERE {{
      ?study mn:reportedIn <{publication}> ; mn:hasArm? ?place .
      ?place ?property <{concept}> }}""")
    found = sorted((row["study"].value, row["place"].value, row["property"].value) for row in rows)
    if not found:
        raise UsageError(
            f"{context.compact(publication)} does not deal with {context.compact(concept)}"
        )
    chain = _Chain(store, _about(store, {iri for row in found for iri in row[:2]}))
    root = chain.step(f"{chain.name(publication)} deals with {chain.name(concept)}", publication)
    for study, place, predicate in found:
        words = _spaced(context.compact(predicate).removeprefix("mn:"))
        said = f"{'Arm ' + place.rpartition('/')[2] if place != study else 'Study'}: {words}"
        root.behind.append(Step(said, context.compact(place), [chain.study(study)]))
    return Explanation(root, chain.triples())


def _explain_stated(store: Store, subject: str, predicate: str, obj: str) -> Explanation:
    """Explain a triple that stands in the graph by the graph that states it."""
    query = STATED.replace("$s", subject).replace("$p", predicate).replace("$o", obj)
    graphs = [row["graph"].value for row in store.query(query)]
    told = " ".join(map(context.compact, (subject, predicate, obj)))
    if not graphs:
        raise UsageError(f"the graph does not say {told}")
    studies = [g.replace("/graph/study/", "/study/") for g in graphs if "/graph/study/" in g]
    chain = _Chain(store, _about(store, {subject, obj, *studies}))
    root = Step(told)
    for graph in graphs:
        study = graph.replace("/graph/study/", "/study/")
        behind = [chain.study(study)] if study != graph else []
        root.behind.append(Step("stated in", context.compact(graph), behind))
    return Explanation(root, chain.triples())


# --- claims ----------------------------------------------------------------------------------


def _explain_claims(
    store: Store, claims: list[str], edge: tuple[str, str, str] | None = None
) -> Explanation:
    about = _about(store, claims)
    listed = " ".join(f"<{claim}>" for claim in claims)
    for row in store.query(NODES.replace("$claims", listed)):
        _add(about, row["node"].value, row["p"].value, row["o"])
    chain = _Chain(store, about)
    steps = [chain.claim(claim) for claim in claims]
    if edge is None:
        return Explanation(steps[0], chain.triples())
    subject, predicate, obj = edge
    words = _spaced(context.compact(predicate).removeprefix("mn:"))
    root = Step(f"{chain.name(subject)} {words} {chain.name(obj)}", "", steps)
    return Explanation(root, chain.triples() + list(_edge_triples(edge, claims)))


class _Chain:
    """Builds the steps of a tree from what the graph says of each node."""

    def __init__(self, store: Store, about: About) -> None:
        self.store, self.about = store, about
        self.shown: set[str] = set()
        self.names = {label.iri: label.preferred for label in concepts.labels(store)}

    def values(self, node: str, name: str) -> list[str]:
        """Return the values of a property, sorted."""
        return sorted({o.value for o in self.about.get(node, {}).get(context.expand(name), [])})

    def one(self, node: str, name: str) -> str:
        """Return the first value of a property, or nothing."""
        return next(iter(self.values(node, name)), "")

    def fetch(self, *nodes: str) -> None:
        """Read what the graph says of nodes that are not there yet."""
        self.about |= _about(self.store, {node for node in nodes if node not in self.about})

    def name(self, iri: str) -> str:
        """Return what people call a resource."""
        self.fetch(*([] if iri in self.names else [iri]))
        own = self.one(iri, "dcterms:title") or self.one(iri, "rdfs:label")
        return self.names.get(iri) or own or context.compact(iri)

    def step(self, text: str, iri: str = "") -> Step:
        """Return a step whose IRI is written as a CURIE."""
        return Step(text, context.compact(iri) if iri else "")

    def claim(self, claim: str) -> Step:
        """Return a claim with its own lines, then those inherited from narrower claims."""
        step = self.step(f"Claim: {self.name(claim)}", claim)
        step.behind = [self.line(line) for line in self.values(claim, "mn:hasEvidenceLine")]
        inherited: dict[str, list[str]] = {}
        for line in self.values(claim, "mn:hasInheritedEvidenceLine"):
            inherited.setdefault(line.partition("/line/")[0], []).append(line)
        for narrow, lines in inherited.items():
            inner = self.step(f"Inherited from the narrower claim: {self.name(narrow)}", narrow)
            inner.behind = [self.line(line) for line in lines]
            step.behind.append(inner)
        if not step.behind:
            step.behind.append(Step("no evidence line: no study states a result that bears on it"))
        return step

    def line(self, line: str) -> Step:
        """Return an evidence line with the outcomes or reports, the arms and the study behind."""
        kind = self.one(line, "mn:comparatorKind").rpartition("#")[2]
        words = STANCE_WORDS | (BASELINE_WORDS if kind == "Baseline" else {})
        stance = words.get(self.one(line, "mn:stance").rpartition("#")[2], "reported")
        level = self.one(line, "mn:evidenceLevel")
        parts = [
            stance,
            COMPARATORS.get(kind, ""),
            f"starting level {level}" if level else "no starting level",
        ]
        step = self.step(f"Evidence line: {', '.join(filter(None, parts))}", line)
        for rests_on in sorted(self.values(line, "prov:wasDerivedFrom"), key=_numbered):
            step.behind.append(self.finding(rests_on))
        for name, role in (("mn:inArm", "arm"), ("mn:comparatorArm", "compared with arm")):
            for arm in self.values(line, name):
                step.behind.append(self.arm(arm, role))
        step.behind += [self.study(study) for study in self.values(line, "mn:study")]
        return step

    def finding(self, node: str) -> Step:
        """Return an outcome or an adverse event report in words."""
        number = node.rpartition("/")[2]
        events = self.values(node, "mn:event")
        if events:
            affected, at_risk = self.one(node, "mn:affected"), self.one(node, "mn:atRisk")
            count = f": {affected} of {at_risk or 'an unstated number'}" if affected else ""
            return self.step(f"Report {number}: {self.name(events[0])}{count}", node)
        measures = ", ".join(self.name(m) for m in self.values(node, "mn:measure"))
        arms = [a.rpartition("/")[2] for a in self.values(node, "mn:firstArm")]
        others = [a.rpartition("/")[2] for a in self.values(node, "mn:secondArm")]
        said = [f"{' and '.join(arms)} against {' and '.join(others)}" if others else arms[0]]
        said.append(_words(self.one(node, "mn:direction")))
        said += self.values(node, "mn:effectText")
        first = [self.one(node, f"mn:first{n}") for n in ("Events", "Total")]
        second = [self.one(node, f"mn:second{n}") for n in ("Events", "Total")]
        said += [" against ".join("/".join(n) for n in (first, second) if all(n))]
        said += [f"p {p}" for p in self.values(node, "mn:pValue")]
        return self.step(f"Outcome {number}: {measures}: {', '.join(filter(None, said))}", node)

    def arm(self, arm: str, role: str) -> Step:
        """Return an arm: its letter and what it got."""
        people = self.one(arm, "mn:participants")
        size = f" ({people} participants)" if people else ""
        given = self.one(arm, "rdfs:label") or "treatment not stated"
        return self.step(f"{role.capitalize()} {arm.rpartition('/')[2]}: {given}{size}", arm)

    def study(self, study: str) -> Step:
        """Return a study with its publication, record and sources; the second time, its name."""
        self.fetch(study)
        design = self.one(study, "mn:studyDesign")
        people = self.one(study, "mn:participants")
        parts = [self.name(study), self.name(design) if design else "design not stated"]
        parts += [f"{people} participants"] if people else []
        if study in self.shown:
            return self.step(f"Study: {', '.join(parts)} (see above)", study)
        self.shown.add(study)
        step = self.step(f"Study: {', '.join(parts)}", study)
        publication, record = self.one(study, "mn:reportedIn"), self.one(study, "mn:hasRecord")
        self.fetch(*filter(None, (publication, record)))
        if publication:
            step.behind.append(self.publication(publication))
        if record:
            seen = _words(self.one(record, "mn:seen")) or "text"
            day = self.one(record, "dcterms:created")
            read = self.step(f"Read from the {seen} on {day}", record)
            sources = self.values(record, "prov:hadPrimarySource")
            read.behind = [Step("Read at", source) for source in sources]
            step.behind.append(read)
        return step

    def publication(self, publication: str) -> Step:
        """Return a publication with the addresses under which it is found."""
        node = self.about.get(publication, {})
        paper = {context.compact(name): self.values(publication, name) for name in node}
        title = self.name(publication)
        step = self.step(f"Publication: {studycards.citation(paper, [], title)}", publication)
        step.behind = [Step(name, address) for name, address in studycards.links(paper)]
        return step

    def triples(self) -> list[ox.Triple]:
        """Return all that was read of the chain's nodes, and the PROV relations between them."""
        import pyoxigraph as ox

        found = [
            ox.Triple(ox.NamedNode(node), ox.NamedNode(name), term)
            for node, said in self.about.items()
            for name, terms in said.items()
            for term in terms
        ]
        derived = set()
        for triple in found:
            name = context.compact(triple.predicate.value)
            subject, obj = (getattr(t, "value", "") for t in (triple.subject, triple.object))
            if name in ("mn:hasEvidenceLine", "mn:hasInheritedEvidenceLine"):
                derived.add((subject, obj))
            elif name == "mn:hasRecord":
                record, paper = obj, self.one(subject, "mn:reportedIn")
                derived.add((record, paper))
                inside = (node for node in self.about if node.startswith(f"{subject}/"))
                derived |= {(node, record) for node in (subject, *inside)}
        return found + [_derived(*pair) for pair in sorted(derived)]


# --- triples ---------------------------------------------------------------------------------


def _about(store: Store, nodes: Iterable[str]) -> About:
    about: About = {}
    for node in sorted(nodes):
        for quad in store.quads(subject=node):
            _add(about, node, quad.predicate.value, quad.object)
    return about


def _add(about: About, node: str, name: str, term: Any) -> None:
    objects = about.setdefault(node, {}).setdefault(name, [])
    if term not in objects:
        objects.append(term)


def _derived(entity: str, source: str) -> ox.Triple:
    import pyoxigraph as ox

    name = ox.NamedNode(context.expand("prov:wasDerivedFrom"))
    return ox.Triple(ox.NamedNode(entity), name, ox.NamedNode(source))


def _edge_triples(edge: tuple[str, str, str], claims: list[str]) -> Iterator[ox.Triple]:
    """Yield the edge as a statement of its own that is derived from the claims."""
    import pyoxigraph as ox

    slugs = (iri.rpartition("/")[2].rpartition("#")[2] for iri in edge)
    node = f"{context.BASE}edge/{'_'.join(slugs)}"
    kind = ox.NamedNode(context.expand("rdf:Statement"))
    yield ox.Triple(ox.NamedNode(node), ox.NamedNode(context.expand("rdf:type")), kind)
    for name, iri in zip(("subject", "predicate", "object"), edge, strict=True):
        predicate = ox.NamedNode(context.expand(f"rdf:{name}"))
        yield ox.Triple(ox.NamedNode(node), predicate, ox.NamedNode(iri))
    yield from (_derived(node, claim) for claim in claims)


# --- text ------------------------------------------------------------------------------------


def _lines(step: Step, first: str, rest: str) -> Iterator[str]:
    yield f"{first}{step.text}{f'  <{step.iri}>' if step.iri else ''}"
    for number, inner in enumerate(step.behind, 1):
        last = number == len(step.behind)
        branch, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _lines(inner, rest + branch, rest + below)


def _words(iri: str) -> str:
    return _spaced(iri.rpartition("#")[2])


def _spaced(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


def _numbered(iri: str) -> tuple[int, str]:
    last = iri.rpartition("/")[2]
    return (int(last), "") if last.isdecimal() else (0, last)
