"""The chain from a claim to its sources as a tree of what the graph states about each node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mngraph import context, iris
from mngraph.cards.citation import citation, links
from mngraph.evidence import comparators
from mngraph.evidence.facts import Facts
from mngraph.evidence.model import Effect
from mngraph.evidence.outcomes import EFFECT
from mngraph.evidence.stance import Stance
from mngraph.evidence.statements import About
from mngraph.wording import spaced

if TYPE_CHECKING:
    import pyoxigraph as ox

STANCES = {
    Stance.SUPPORTS: "favors the combination",
    Stance.DISPUTES: "favors the comparator",
    Stance.INCONCLUSIVE: "no difference, or mixed within the study",
    Stance.MIXED: "outcomes disagree",
}
"""What a line says, as text."""
SINCE_BASELINE = {Stance.SUPPORTS: "improved", Stance.DISPUTES: "did not improve"}
NAMED = ("mn:measure", "mn:event", "mn:studyDesign")
"""Properties whose values the tree shows by their labels."""


@dataclass
class Step:
    """One link of the chain: its text, its IRI or address, and what stands behind it."""

    text: str
    iri: str = ""
    behind: list[Step] = field(default_factory=list)


class Chain:
    """Builds the steps of a tree from what the graph states about each node.

    Args:
        facts: the facts of a graph.
        about: what the graph states about the chain's nodes; more is read when needed.
    """

    def __init__(self, facts: Facts, about: About) -> None:
        self.facts, self.about = facts, about
        self.shown: set[str] = set()
        self.labels = facts.labels(
            value for node in about for p in NAMED for value in self.values(node, p)
        )

    def values(self, node: str, name: str) -> list[str]:
        """Return the values of a property, sorted."""
        values = self.about.get(node, {}).get(context.expand(name), [])
        return sorted({text for value in values if (text := getattr(value, "value", ""))})

    def one(self, node: str, name: str) -> str:
        """Return the first value of a property, or nothing."""
        return next(iter(self.values(node, name)), "")

    def fetch(self, *nodes: str) -> None:
        """Read what the graph states about nodes that are not there yet."""
        self.about |= self.facts.about(node for node in nodes if node not in self.about)

    def name(self, iri: str) -> str:
        """Return what people call a resource."""
        if iri not in self.about and iri not in self.labels:
            self.labels |= self.facts.labels([iri])
        if iri not in self.labels:
            self.fetch(iri)
        names = ("skos:prefLabel", "dcterms:title", "rdfs:label")
        own = next(filter(None, (self.one(iri, name) for name in names)), "")
        return self.labels.get(iri) or own or context.compact(iri)

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
        kind = iris.term_name(self.one(line, "mn:comparatorKind"))
        level = self.one(line, "mn:evidenceLevel")
        parts = [
            self._stance(line, kind),
            _against(kind, self.facts.noun),
            f"design level {level}" if level else "no design level",
        ]
        step = self.step(f"Evidence line: {', '.join(filter(None, parts))}", line)
        for source in sorted(self.values(line, "prov:wasDerivedFrom"), key=iris.numeric_order):
            step.behind.append(self.source(source))
        for name, role in (("mn:inArm", "arm"), ("mn:comparatorArm", "compared with arm")):
            for arm in self.values(line, name):
                step.behind.append(self.arm(arm, role))
        step.behind += [self.study(study) for study in self.values(line, "mn:study")]
        return step

    def _stance(self, line: str, kind: str) -> str:
        """Return the stance of a line as text; a line without a stance rests on a report."""
        stance = iris.term_name(self.one(line, "mn:stance"))
        words = STANCES | (SINCE_BASELINE if kind == comparators.BASELINE else {})
        return words[Stance(stance)] if stance in set(Stance) else "reported"

    def source(self, node: str) -> Step:
        """Return an outcome or an adverse event report in words."""
        number = iris.last_segment(node)
        if event := self.one(node, "mn:event"):
            affected, at_risk = self.one(node, "mn:affected"), self.one(node, "mn:atRisk")
            count = f": {affected} of {at_risk or 'an unstated number'}" if affected else ""
            return self.step(f"Report {number}: {self.name(event)}{count}", node)
        measures = ", ".join(self.name(m) for m in self.values(node, "mn:measure"))
        parts = [self._arms(node), _words(self.one(node, "mn:direction")), self._effect(node).words]
        parts += self._counts(node)
        parts += [f"p {p}" for p in self.values(node, "mn:pValue")]
        parts += self.values(node, "skos:note")
        return self.step(f"Outcome {number}: {measures}: {', '.join(filter(None, parts))}", node)

    def _arms(self, outcome: str) -> str:
        """Return the letters of the arms that an outcome compares."""
        sides = (self.values(outcome, name) for name in ("mn:firstArm", "mn:secondArm"))
        return " against ".join(
            " and ".join(map(iris.last_segment, arms)) for arms in sides if arms
        )

    def _effect(self, outcome: str) -> Effect:
        return Effect(
            kind=iris.term_name(self.one(outcome, "mn:effectType")),
            text=self.one(outcome, "mn:effectText"),
            **{field: self.one(outcome, f"mn:{name}") for name, field in EFFECT.items()},
        )

    def _counts(self, outcome: str) -> list[str]:
        """Return events and totals of the arms of an outcome, where both are stated."""
        sides = [
            "/".join(counts)
            for side in ("first", "second")
            if all(counts := [self.one(outcome, f"mn:{side}{n}") for n in ("Events", "Total")])
        ]
        return [" against ".join(sides)]

    def arm(self, arm: str, role: str) -> Step:
        """Return an arm: its letter and what it received."""
        people = self.one(arm, "mn:participants")
        size = f" ({people} participants)" if people else ""
        given = self.one(arm, "rdfs:label") or "treatment not stated"
        return self.step(f"{role.capitalize()} {iris.last_segment(arm)}: {given}{size}", arm)

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
            step.behind.append(self._record(record))
        return step

    def _record(self, record: str) -> Step:
        """Return the record of a study: what was read, when and where."""
        seen = _words(self.one(record, "mn:seen")) or "text"
        step = self.step(f"Read from the {seen} on {self.one(record, 'dcterms:created')}", record)
        step.behind = [
            self.step("Read at", source) for source in self.values(record, "prov:hadPrimarySource")
        ]
        return step

    def publication(self, publication: str) -> Step:
        """Return a publication with the addresses under which it is found."""
        node = self.about.get(publication, {})
        paper = {context.compact(name): self.values(publication, name) for name in node}
        title = self.name(publication)
        step = self.step(f"Publication: {citation(paper, [], title)}", publication)
        step.behind = [Step(name, address) for name, address in links(paper)]
        notices = self.values(publication, "mn:hasNotice")
        self.fetch(*notices)
        step.behind[:0] = [self.notice(each) for each in sorted(notices, key=iris.numeric_order)]
        return step

    def notice(self, notice: str) -> Step:
        """Return a retraction, expression of concern or correction, and where it is printed."""
        kinds = (iris.term_name(kind) for kind in self.values(notice, "rdf:type"))
        kind = next((spaced(kind) for kind in kinds if kind != "Notice"), "notice")
        where = [self.one(notice, "dcterms:bibliographicCitation"), self.one(notice, "bibo:doi")]
        pmid = self.one(notice, "bibo:pmid")
        told = ", ".join(filter(None, (*where, pmid and f"PMID {pmid}")))
        return self.step(f"{kind.capitalize()}{f': {told}' if told else ''}", notice)

    def triples(self) -> list[ox.Triple]:
        """Return all that was read of the chain's nodes, and the PROV relations between them."""
        import pyoxigraph as ox

        found = [
            ox.Triple(ox.NamedNode(node), ox.NamedNode(name), term)
            for node, properties in self.about.items()
            for name, terms in properties.items()
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


def derived(entity: str, source: str) -> ox.Triple:
    """Return the statement that one thing was derived from another."""
    import pyoxigraph as ox

    name = ox.NamedNode(context.expand("prov:wasDerivedFrom"))
    return ox.Triple(ox.NamedNode(entity), name, ox.NamedNode(source))


def tree_lines(step: Step, first: str = "", rest: str = "") -> Iterator[str]:
    """Yield a tree as lines of text: `first` begins its first line, `rest` the others.

    >>> list(tree_lines(Step("Claim", behind=[Step("Study", "study:a"), Step("Study", "study:b")])))
    ['Claim', '├─ Study  <study:a>', '└─ Study  <study:b>']
    """
    yield f"{first}{step.text}{f'  <{step.iri}>' if step.iri else ''}"
    for number, inner in enumerate(step.behind, 1):
        is_last = number == len(step.behind)
        branch, below = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
        yield from tree_lines(inner, rest + branch, rest + below)


def _words(iri: str) -> str:
    return spaced(iris.term_name(iri)).replace("favours", "favors")


def _against(kind: str, noun: str) -> str:
    """Return what a line compares with, as text; nothing for a line that compares nothing."""
    if kind not in comparators.WORDS:
        return ""
    weakest = " (the weakest kind of comparison)" if kind == comparators.BASELINE else ""
    return f"against {comparators.named(kind, noun)}{weakest}"
