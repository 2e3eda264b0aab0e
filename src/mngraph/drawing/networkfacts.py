"""What a network is made of: concepts, studies and evidence lines, read from a graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mngraph import context, iris, sparql
from mngraph.cards.study import Properties, StudyCard, described, read_studies
from mngraph.concepts import Kinds
from mngraph.evidence import facts
from mngraph.evidence.stance import Comparison, Stance
from mngraph.store import Store

CLASSES = ("mn:Procedure", "mn:Indication", "mn:Modality", "mn:AdverseEvent")
"""The classes of concepts that are drawn."""

Pair = tuple[str, str]


@dataclass(frozen=True, order=True)
class Line:
    """An evidence line: what one comparison of an arm says for an indication.

    Arms are named by their letters; `other` is empty for the baseline. `unclear` is true where a
    source calls a result mixed.
    """

    arm: str
    other: str
    stance: Stance
    unclear: bool = False


@dataclass(frozen=True, kw_only=True)
class Concept:
    """A concept of a vocabulary with its names and its place in the hierarchy."""

    curie: str
    kinds: frozenset[str]
    label: str
    synonyms: tuple[str, ...]
    definition: str
    broader: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What it is drawn as: of its roles, the procedure."""
        return "procedure" if "procedure" in self.kinds else min(self.kinds)


@dataclass
class Facts:
    """All that a network is made of: concepts and studies of a graph, and what claims add."""

    concepts: dict[str, Concept]
    studies: dict[str, StudyCard]
    lines: dict[Pair, list[Line]]
    """Evidence lines by study and indication."""
    events: dict[Pair, set[str]]
    """Studies by procedure and event."""
    roots: frozenset[str]
    """What the packs of the graph are about."""
    noun: str
    """What is done in their procedures."""
    about: dict[str, str]
    """Title, version, date and IRI of the dataset, empty where they are not stated."""
    _upward: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    def comparisons(self, study: StudyCard, arm: str, indication: str) -> Iterator[Comparison]:
        """Yield what a study says about one of its arms for an indication that it names."""
        for line in self.lines.get((study.key, indication), ()):
            if line.arm == arm:
                yield Comparison(
                    cohort=study.cohort,
                    arm=iris.arm(study.key, arm),
                    other=iris.arm(study.key, line.other) if line.other else "",
                    stance=line.stance,
                    unclear=line.unclear,
                )

    def is_subject(self, procedure: str) -> bool:
        """Return whether the packs of the graph are about a procedure; without packs, of course."""
        return not self.roots or bool(self.roots & self.upward(procedure))

    def upward(self, key: str) -> frozenset[str]:
        """Return a concept with all broader ones; worked out once."""
        if key not in self._upward:
            seen, waiting = set(), [key]
            while waiting:
                each = waiting.pop()
                if each not in seen:
                    seen.add(each)
                    waiting += self.concepts[each].broader if each in self.concepts else ()
            self._upward[key] = frozenset(seen)
        return self._upward[key]


def read_facts(store: Store) -> Facts:
    """Return the concepts, studies and evidence lines of a graph."""
    concepts = _concepts(store)
    named = described(store, "skos:Concept")
    labels = {context.compact(iri): _text(about, "skos:prefLabel") for iri, about in named.items()}
    studies = read_studies(store, {curie: label for curie, label in labels.items() if label})
    lines, events = _claims(store)
    stated = facts.Facts(store)
    roots = frozenset(map(context.compact, stated.roots))
    events = events or _reported(studies)
    about = stated.dataset().named
    return Facts(concepts, studies, lines, events, roots, stated.noun, about)


def _concepts(store: Store) -> dict[str, Concept]:
    found, known = {}, Kinds(store)
    for cls in CLASSES:
        for iri, about in described(store, cls).items():
            curie = context.compact(iri)
            synonyms = {*about.get("skos:altLabel", []), *about.get("skos:hiddenLabel", [])}
            found[curie] = Concept(
                curie=curie,
                kinds=known.of(iri),
                label=_label(about) or curie,
                synonyms=tuple(sorted(synonyms)),
                definition=_text(about, "skos:definition"),
                broader=tuple(map(context.compact, about.get("skos:broader", []))),
            )
    return dict(sorted(found.items()))


def _claims(store: Store) -> tuple[dict[Pair, list[Line]], dict[Pair, set[str]]]:
    """Return evidence lines by study and indication, and studies by procedure and event."""
    lines: dict[Pair, set[Line]] = defaultdict(set)
    for row in store.select_internal(sparql.internal("drawn-lines")):
        study = _key(row["study"].value)
        arm, other = (iris.last_segment(row[n].value) if row[n] else "" for n in ("arm", "other"))
        stance = Stance(iris.term_name(row["stance"].value))
        line = Line(arm, other, stance, sparql.is_true(row["unclear"].value))
        lines[study, context.compact(row["concept"].value)].add(line)
    events: dict[Pair, set[str]] = defaultdict(set)
    for row in store.select_internal(sparql.internal("drawn-events")):
        ends = [context.compact(row[n].value) for n in ("procedure", "event")]
        events[ends[0], ends[1]].add(_key(row["study"].value))
    return {pair: sorted(found) for pair, found in lines.items()}, dict(events)


def _reported(studies: Mapping[str, StudyCard]) -> dict[Pair, set[str]]:
    """Return studies by procedure and event from reports alone, for a graph without claims."""
    found: dict[Pair, set[str]] = defaultdict(set)
    for study in studies.values():
        treated = {arm.id: arm.procedure for arm in study.arms if arm.procedure}
        if len({(a.procedure, a.combined) for a in study.arms if a.procedure}) == 1:
            treated[""] = next(iter(treated.values()))
        for report in study.reports:
            if procedure := treated.get(report.arm):
                found[procedure, report.event].add(study.key)
    return dict(found)


def _key(study: str) -> str:
    return iris.study_key(study) or study


def _label(about: Properties) -> str:
    """Return the preferred label; where there are several, in English."""
    preferred = about.get("skos:prefLabel", [])
    return _text(about, "rdfs:label" if len(preferred) > 1 else "skos:prefLabel")


def _text(about: Properties, name: str) -> str:
    return next(iter(about.get(name, [])), "")
