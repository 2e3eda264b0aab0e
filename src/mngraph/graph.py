"""The Python API: one graph, and all that can be asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import concepts, context, queries
from mngraph.store import Store, local

if TYPE_CHECKING:
    import networkx
    import rdflib

    from mngraph.diff import Diff
    from mngraph.drawing.gapmap import GapMap
    from mngraph.drawing.view import View
    from mngraph.evidence.explain import Explanation
    from mngraph.evidence.weighing import Evidence
    from mngraph.tables import Table


class Graph:
    """A graph of evidence: the release's, or any graph location (see `mngraph.load`)."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __repr__(self) -> str:
        return f"<mngraph.Graph of {self.store.location}>"

    def query(self, query: str, **values: Any) -> Table | bool | str:
        """Run a named query or SPARQL text.

        Args:
            query: the name of a query (`mngraph queries` lists them), or SPARQL.
            values: a value for each parameter; concepts by slug, CURIE, label or synonym.

        Returns:
            A table for SELECT, a truth value for ASK, Turtle for CONSTRUCT and DESCRIBE.

        Raises:
            UsageError: no such query, or a parameter is unknown, missing or of another type.
            QueryError: the query cannot be parsed or run.
        """
        named = len(query.split()) == 1
        chosen = queries.find_query(query) if named else query
        answer: Table | bool | str = queries.run_query(self.store, chosen, values, finish=_answer)
        return answer

    def search(self, text: str, limit: int = 10) -> list[concepts.Match]:
        """Return the concepts whose labels or synonyms are nearest to `text`, best first."""
        return concepts.search(self.store, text, limit=limit)

    def show(self, resource: str) -> str:
        """Return everything about one resource, as text to read."""
        from mngraph.cards import card

        return card(self.store, concepts.resolve(self.store, resource)).to_text()

    def evidence(
        self, indication: str | None = None, combined_with: str | Iterable[str] = (),
        procedure: str | None = None, event: str | None = None, *, alone: bool = False,
    ) -> Evidence:  # fmt: skip
        """Weigh the studies of a question.

        Args:
            indication: what was treated; narrower indications are included.
            combined_with: a modality, or several that were all given together.
            procedure: the needling procedure; narrower ones are included.
            event: an adverse event, for a question of safety.
            alone: only arms that had the procedure alone.

        Returns:
            The verdict in words, the table of studies, and what could be pooled.

        Raises:
            UsageError: no concept is called so; the message names the nearest.
        """
        from mngraph.evidence.weighing import evidence

        return evidence(
            self.store,
            indication=self._concept(indication, "indication"),
            procedure=self._concept(procedure, "procedure"),
            modalities=[self._iri(name, "modality") for name in _several(combined_with)],
            event=self._concept(event, "event"),
            alone=alone,
        )

    def explain(self, *terms: str) -> Explanation:
        """Trace a claim, an edge or the terms of a claim to studies, facts and sources.

        Args:
            terms: a claim; or subject, predicate and object; or a procedure, modalities and an
                indication or adverse event.

        Raises:
            UsageError: there is no such claim or edge.
        """
        from mngraph.evidence.explain import explain

        return explain(self.store, terms)

    def gap_map(self, rows: str = "indication", columns: str = "modality") -> GapMap:
        """Return the evidence gap map: which combinations were studied, and which were not.

        Args:
            rows: `indication` or `event`.
            columns: `modality` or `procedure`.
        """
        from mngraph.drawing.gapmap import gap_map

        return gap_map(self.store, rows, columns)

    def diff(self, old: Graph) -> Diff:
        """Return what this graph adds to, takes from and changes in an older one."""
        from mngraph.diff import diff

        return diff(old.store, self.store)

    def network(
        self, focus: str | Iterable[str] = (), depth: int = 1, kinds: str | Iterable[str] = (),
        min_studies: int = 1, level: int = 5,
    ) -> networkx.MultiDiGraph[str]:  # fmt: skip
        """Return the network of concepts and publications as a networkx.MultiDiGraph.

        Args:
            focus: a concept to start from, or several: procedures, indications, modalities and
                events, also studies and publications by CURIE; empty for the whole network.
            depth: 1 keeps the studies that name a focus; 2 adds the studies that share an
                indication, modality or event with them.
            kinds: only nodes of this kind, or of these; empty for all.
            min_studies: edges rest on at least so many studies.
            level: edges have at least this starting level (1 is strongest, 5 lets all pass).

        Raises:
            UsageError: there is no such focus, kind or level; the message names what there is.
        """
        from mngraph.drawing.network import focus_iri, network

        iris = [focus_iri(self.store, name) for name in _several(focus)]
        return network(self.store, iris, depth, _several(kinds), min_studies, level)

    def view(self, focus: str | Iterable[str] = (), depth: int = 1, **options: Any) -> View:
        """Return the drawing of the network: it shows itself in notebooks and can be saved.

        Args:
            focus: as in `network`, like `depth` and the further options.
            depth: how many edges away from the focus nodes may be.
            options: `kinds`, `min_studies` and `level`, as in `network`.
        """
        from mngraph.drawing.view import View

        return View(self.network(focus, depth, **options))

    def export(self, target: str | Path, style: str | None = None) -> None:
        """Write the graph as RDF to a file, packed when its name ends in .gz.

        Args:
            target: the file.
            style: ttl, nt, nq, trig, rdf or jsonld; by default as the name says.

        Raises:
            UsageError: neither the name nor `style` says one of these.
            OutputError: the file cannot be written.
        """
        from mngraph.errors import UsageError
        from mngraph.export import RDF_WRITERS, style_of, write_graph

        path = Path(target)
        chosen = style or style_of(path)
        if chosen not in RDF_WRITERS:
            raise UsageError(
                f"{chosen!r} is no RDF format; the formats are {', '.join(RDF_WRITERS)}"
            )
        write_graph(self.store, path, chosen)

    def rdflib(self) -> rdflib.Dataset:
        """Return an rdflib.Dataset over the same store (through oxrdflib), graphs in union.

        The prefixes that queries of mngraph need not declare are bound in it.
        """
        import rdflib
        from oxrdflib import OxigraphStore

        store = local(self.store)
        dataset = rdflib.Dataset(store=OxigraphStore(store=store.oxigraph), default_union=True)
        for prefix, namespace in context.prefixes().items():
            dataset.bind(prefix, namespace, replace=True)
        return dataset

    def _concept(self, text: str | None, kind: str) -> str | None:
        return None if text is None else self._iri(text, kind)

    def _iri(self, text: str, *kinds: str) -> str:
        return concepts.resolve(self.store, text, kinds or concepts.KINDS)


def _several(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _answer(results: Any) -> Any:
    if hasattr(results, "variables"):
        return queries.solutions_table(results)
    if hasattr(results, "__iter__"):
        from mngraph.export import to_rdf_triples

        return to_rdf_triples(results, "ttl").decode()
    return bool(results)
