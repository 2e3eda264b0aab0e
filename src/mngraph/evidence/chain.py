"""The chain from a claim to its sources as a tree, made of what the graph says of each node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mngraph import concepts, context, studycards
from mngraph.evidence.findings import EFFECT, effect_words
from mngraph.store import Store

if TYPE_CHECKING:
    import pyoxigraph as ox

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
    "ModalityAlone": "against the same modality without needling",
    "SameCombination": "against another arm of the same combination",
    "OtherCombination": "against another combination",
    "OtherTreatment": "against another treatment",
}
About = dict[str, dict[str, list[Any]]]


@dataclass
class Step:
    """One link of the chain: what it says, its IRI or address, and what stands behind it."""

    text: str
    iri: str = ""
    behind: list[Step] = field(default_factory=list)


class Chain:
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
        self.about |= about_nodes(self.store, {node for node in nodes if node not in self.about})

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
        for narrow in self.values(claim, "mn:inheritedFrom"):
            if lines := self.values(narrow, "mn:hasEvidenceLine"):
                inner = self.step(f"Inherited from the narrower claim: {self.name(narrow)}", narrow)
                inner.behind = [self.line(line) for line in lines]
                step.behind.append(inner)
        if not step.behind:
            step.behind.append(Step("no evidence line: no study states a result that bears on it"))
            owners = [claim, *self.values(claim, "mn:inheritedFrom")]
            self.fetch(*owners)
            studies = {s for owner in owners for s in self.values(owner, "mn:studiedIn")}
            step.behind += [self.study(study) for study in sorted(studies)]
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
        said = [" against ".join(" and ".join(some) for some in (arms, others) if some)]
        said.append(_words(self.one(node, "mn:direction")))
        said.append(effect_words({n: self.one(node, f"mn:{n}") for n in EFFECT}))
        first = [self.one(node, f"mn:first{n}") for n in ("Events", "Total")]
        second = [self.one(node, f"mn:second{n}") for n in ("Events", "Total")]
        said += [" against ".join("/".join(n) for n in (first, second) if all(n))]
        said += [f"p {p}" for p in self.values(node, "mn:pValue")]
        said += self.values(node, "skos:note")
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
        links = set()
        for triple in found:
            name = context.compact(triple.predicate.value)
            subject, obj = (getattr(t, "value", "") for t in (triple.subject, triple.object))
            if name == "mn:hasEvidenceLine" or self.values(obj, "mn:hasEvidenceLine"):
                links.add((subject, obj))
            elif name == "mn:hasRecord":
                record, paper = obj, self.one(subject, "mn:reportedIn")
                links.add((record, paper))
                inside = (node for node in self.about if node.startswith(f"{subject}/"))
                links |= {(node, record) for node in (subject, *inside)}
        return found + [derived(*pair) for pair in sorted(links)]


def about_nodes(store: Store, nodes: Iterable[str]) -> About:
    """Return what the graph says of some nodes."""
    about: About = {}
    for node in sorted(nodes):
        for quad in store.quads(subject=node):
            add(about, node, quad.predicate.value, quad.object)
    return about


def add(about: About, node: str, name: str, term: Any) -> None:
    """Note one more statement on a node, once."""
    objects = about.setdefault(node, {}).setdefault(name, [])
    if term not in objects:
        objects.append(term)


def derived(entity: str, source: str) -> ox.Triple:
    """Return the statement that one thing was derived from another."""
    import pyoxigraph as ox

    name = ox.NamedNode(context.expand("prov:wasDerivedFrom"))
    return ox.Triple(ox.NamedNode(entity), name, ox.NamedNode(source))


def lines(step: Step, first: str, rest: str) -> Iterator[str]:
    """Yield a tree as lines of text: `first` begins its first line, `rest` the others."""
    yield f"{first}{step.text}{f'  <{step.iri}>' if step.iri else ''}"
    for number, inner in enumerate(step.behind, 1):
        last = number == len(step.behind)
        branch, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from lines(inner, rest + branch, rest + below)


def _words(iri: str) -> str:
    return spaced(iri.rpartition("#")[2])


def spaced(name: str) -> str:
    """Return the words of a name in camel case.

    >>> spaced("hasReportedEvent")
    'has reported event'
    """
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


def _numbered(iri: str) -> tuple[int, str]:
    last = iri.rpartition("/")[2]
    return (int(last), "") if last.isdecimal() else (0, last)
