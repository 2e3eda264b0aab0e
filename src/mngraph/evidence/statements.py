"""What a graph states, as text: rows of internal queries, columns, labels, narrower concepts.

Everything is asked in SPARQL, so that a graph in this process and a remote one answer alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from mngraph import concepts, context, iris, sparql
from mngraph.cohorts import cohorts
from mngraph.evidence.model import Dataset
from mngraph.store import IN_MEMORY, RELEASE, Store, in_blocks
from mngraph.wording import alternatives

if TYPE_CHECKING:
    import pyoxigraph as ox

    Value = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

Row = dict[str, str]
About = dict[str, dict[str, list["Value"]]]
"""What is stated about nodes: node, IRI of the property, values."""
BLOCK = 500
"""Most nodes named in one query."""


class Statements:
    """What a graph states, read when it is asked for.

    >>> from mngraph.store import LocalStore
    >>> Statements(LocalStore.memory([])).dataset().title
    ''
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._columns: dict[str, dict[str, list[str]]] = {}
        self._narrower: dict[str, frozenset[str]] = {}

    def rows(self, query: str, **given: str | Iterable[str]) -> Iterator[Row]:
        """Yield the rows of an internal query as text by variable, without unbound ones."""
        solutions = self.store.select_internal(sparql.internal(query, **given))
        for row in sparql.bound(solutions):
            yield {name: term.value for name, term in row.items()}

    def rows_of(
        self, query: str, parameter: str, nodes: Iterable[str], **given: str | Iterable[str]
    ) -> Iterator[Row]:
        """Yield the rows of an internal query for the nodes of one parameter; for none, no rows."""
        for block in in_blocks(sorted(set(nodes)), BLOCK):
            yield from self.rows(query, **{parameter: block}, **given)

    def column(self, name: str) -> Mapping[str, list[str]]:
        """Return all values of a property by subject, as text; read once.

        Args:
            name: the property's CURIE.
        """
        if name not in self._columns:
            found: dict[str, list[str]] = defaultdict(list)
            text = sparql.internal("values-of-property", property=context.expand(name))
            for subject, value in self.store.select(text):
                found[subject.value].append(value.value)
            self._columns[name] = dict(found)
        return self._columns[name]

    def single(self, name: str) -> dict[str, str]:
        """Return the value of a property that nodes have once, by subject; read once."""
        return {subject: values[-1] for subject, values in self.column(name).items()}

    def narrower(self, concept: str) -> frozenset[str]:
        """Return the IRIs of a concept and of all narrower ones; read once."""
        if concept not in self._narrower:
            self._narrower[concept] = concepts.narrower(self.store, concept)
        return self._narrower[concept]

    def broader(self, concept: str) -> list[str]:
        """Return the IRIs of the concepts that are one step broader, sorted."""
        return sorted(row["broader"] for row in self.rows("broader", concepts=concept))

    def one_step_narrower(self, concept: str) -> list[str]:
        """Return the IRIs of the concepts that are one step narrower, sorted."""
        found = self.rows("one-step-narrower", concepts=concept)
        return sorted(row["narrower"] for row in found)

    def label(self, concept: str) -> str:
        """Return the preferred label of a concept, or its CURIE."""
        return self.labels([concept]).get(concept) or context.compact(concept)

    def labels(self, wanted: Iterable[str]) -> dict[str, str]:
        """Return the preferred labels of concepts by IRI, English ones first."""
        found: dict[str, str] = {}
        for row in self.rows_of("preferred-labels", "concepts", wanted):
            found.setdefault(row["concept"], row["label"])
        return found

    def about(self, nodes: Iterable[str]) -> About:
        """Return all that the graph states about nodes: node, IRI of the property, values."""
        about: About = {node: {} for node in nodes}
        for block in in_blocks(sorted(about), BLOCK):
            for row in self.store.select_internal(sparql.internal("about-nodes", nodes=block)):
                add_statement(about, row["node"].value, row["p"].value, row["o"])
        return about

    def dataset(self) -> Dataset:
        """Return the description of the dataset."""
        found = next(self.rows("dataset"), {})
        return Dataset(
            iri=found.get("dataset", ""),
            title=found.get("title", ""),
            version=found.get("version", ""),
            issued=found.get("issued", ""),
            license=found.get("license", ""),
        )

    @cached_property
    def asked_graph(self) -> str:
        """What a command names the graph by, with -g; nothing for the release and in memory."""
        location = self.store.location
        is_default = location in (RELEASE, IN_MEMORY) or self.dataset().iri == iris.DATASET
        return "" if is_default else location

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The interventions that the graph's packs are about; nothing where it names no pack."""
        return tuple(dict.fromkeys(row["root"] for row in self._packs if "root" in row))

    @cached_property
    def other_procedures(self) -> tuple[str, ...]:
        """The broadest of the procedures that arms had and that are not what the packs are about.

        They are related techniques, with which the procedures of the packs are compared.
        """
        return tuple(row["top"] for row in self.rows("other-procedures"))

    @cached_property
    def noun(self) -> str:
        """What is done, as a word of a sentence, such as "needling"; of several packs "or"."""
        return self.noun_for(None)

    def noun_for(self, procedure: str | None) -> str:
        """Return the word for what is done in the packs that are about a procedure, or in all."""
        nouns = dict.fromkeys(
            row["noun"]
            for row in self._packs
            if "noun" in row
            and (procedure is None or procedure in self.narrower(row.get("root", "")))
        )
        return alternatives(nouns) if nouns else "the procedure"

    @cached_property
    def _packs(self) -> list[Row]:
        return list(self.rows("packs"))

    @cached_property
    def inert(self) -> frozenset[str]:
        """The modalities that leave a procedure alone: placebos, vehicles, shams, nothing."""
        return concepts.inert(self.store)

    @cached_property
    def cohorts(self) -> dict[str, str]:
        """The first study of each group that reports on the same participants, by study."""
        return cohorts((row["study"], row["other"]) for row in self.rows("same-cohort"))


def add_statement(about: About, node: str, name: str, value: Value) -> None:
    """Note one more statement on a node, once."""
    values = about.setdefault(node, {}).setdefault(name, [])
    if value not in values:
        values.append(value)
