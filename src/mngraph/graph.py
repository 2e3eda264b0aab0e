"""The Python API: one graph, and everything that can be asked of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mngraph import concepts, context, queries, search
from mngraph.bounded import Bounds
from mngraph.errors import MissingExtraError, UsageError
from mngraph.store import Store, local

if TYPE_CHECKING:
    import networkx
    import rdflib

    from mngraph.asking import Results
    from mngraph.diff.result import Diff
    from mngraph.drawing.answerpage import Evidence
    from mngraph.drawing.gapmap import GapMap
    from mngraph.drawing.view import View
    from mngraph.evidence.explain import Explanation
    from mngraph.evidence.weighing import Limits
    from mngraph.explorer.page import Explorer
    from mngraph.tables import Table


class Graph:
    """A graph of evidence, opened for reading with `mngraph.load`.

    Concepts are given by slug (`acne-scar`), CURIE (`indication:acne-scar`), IRI, label or synonym
    (`acne scars`) wherever a method takes one.

    Attributes:
        store: the store behind the graph, for `mngraph`'s own modules.

    >>> import mngraph
    >>> mngraph.load()
    <mngraph.Graph: the graph of the release>
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def __repr__(self) -> str:
        return f"<mngraph.Graph: {self.store.location}>"

    def query(
        self, query: str | Path, *, timeout: float | None = None, memory: float | None = None,
        **values: Any,
    ) -> Table | bool | str:  # fmt: skip
        """Run a named query or SPARQL text.

        Args:
            query: the name of a query (`mngraph queries` lists them), a file (`*.rq`, or any
                `Path`), or SPARQL; unknown names of ours give a `UserWarning`.
            timeout: seconds after which the query is given up; None waits.
            memory: GiB that the query may take beside the graph; None is any amount. A bound on
                memory needs Linux. With either bound the query runs in a copy of the process.
            values: a value for each parameter, else its default (`mngraph queries NAME` shows it);
                concepts by slug, CURIE, label or synonym.

        Returns:
            A table for SELECT, a truth value for ASK, Turtle for CONSTRUCT and DESCRIBE.

        Raises:
            UsageError: no such query, or a parameter is unknown, missing or of another type.
            QueryError: the query cannot be parsed or run.
            QueryTimeoutError: it did not end in time.
            QueryMemoryError: it needed more memory.

        >>> import mngraph
        >>> graph = mngraph.load()
        >>> graph.query("studies-by-country").rows[0]
        ['India', 'IN', 23, 10, 787]
        >>> graph.query("SELECT ?n { study:pmid-31469914 mn:participants ?n }").rows
        [[41]]
        >>> graph.query("ASK { study:pmid-31469914 mn:indication indication:alopecia-areata }")
        True
        """
        asked, bounds = queries.chosen(query, self.store), Bounds(timeout, memory)
        found = queries.run_query(self.store, asked, values, bounds=bounds, finish=_answer)
        if hint := queries.unknown_names(self.store, asked):
            warnings.warn(hint, stacklevel=2)
        return found

    def search(self, text: str, limit: int = 10) -> list[concepts.Match]:
        """Return the concepts, studies and publications that a text names, best first.

        Args:
            text: a label or synonym of a concept, or a misspelling of one; or of a study its PMID,
                DOI, authors, year, or a part of its title.
            limit: the largest number of matches to return.

        Returns:
            Matches with `iri`, `kind`, `label` (the preferred one), `matched` (the label or
            synonym that was found; of a study its title) and `score` (0 to 100; 100 is the same
            text).

        >>> import mngraph
        >>> graph = mngraph.load()
        >>> best = graph.search("platlet rich plasma", limit=3)[0]
        >>> best.kind, best.label
        ('modality', 'platelet-rich plasma')
        """
        return search.search(self.store, text, limit=limit)

    def show(self, resource: str) -> str:
        """Return everything about one concept, study, claim or other resource, as text to read.

        Args:
            resource: a concept by any of its names; a study by key, PMID, DOI, authors and year, or
                words of its title; a claim by its label; anything by CURIE or IRI.

        Raises:
            UsageError: nothing in the graph has this name; the message names the nearest.

        >>> import mngraph
        >>> graph = mngraph.load()
        >>> print(graph.show("melasma").splitlines()[1])
        indication:melasma · indication
        """
        from mngraph.cards.resource import card

        return card(self.store, search.resolve(self.store, resource)).to_text()

    def evidence(
        self, indication: str | None = None, combined_with: str | Iterable[str] = (),
        procedure: str | None = None, event: str | None = None, **limits: Unpack[Limits],
    ) -> Evidence:  # fmt: skip
        """Weigh the studies of a question.

        Args:
            indication: what was treated; narrower indications are included.
            combined_with: a modality, or several that were all given together.
            procedure: the procedure, narrower ones included; None for any.
            event: an adverse event, for a question of safety.
            limits: which arms and studies count: `alone=True` for arms that had the procedure
                alone, `only=True` for these modalities and no other, `randomized=True` for
                randomized studies, `level=2` for design levels 1 and 2, `since=2020` for studies
                published in 2020 or later.

        Returns:
            The verdict in words, the table of studies, what could be pooled, the gaps and the
            sources; it can be saved as a page to print, `save("answer.html")`.

        Raises:
            UsageError: no concept has this name (the message gives the nearest), or the limits
                contradict the rest or are out of range.

        >>> import mngraph
        >>> graph = mngraph.load()
        >>> found = graph.evidence(indication="alopecia areata", combined_with="triamcinolone")
        >>> print(found.points[-1].partition(".")[0])
        In all: 6 studies, with 197 participants
        >>> len(found.table())
        10
        >>> recent = graph.evidence(indication="acne scar", randomized=True, since=2020)
        >>> {entry.study.randomized for entry in recent.findings}
        {True}
        """
        from mngraph.drawing.answerpage import Evidence
        from mngraph.evidence.weighing import evidence

        found = evidence(
            self.store,
            indication=self._concept(indication, "indication"),
            procedure=self._concept(procedure, "procedure"),
            modalities=[self._iri(name, "modality") for name in _as_list(combined_with)],
            event=self._concept(event, "event"),
            **limits,
        )
        return Evidence.of(found)

    def explain(self, *terms: str) -> Explanation:
        """Trace a claim, an edge or the terms of a claim to studies, facts and sources.

        Args:
            terms: a claim by CURIE, IRI or label; a study; subject, predicate and object; or a
                procedure, modalities and an indication or adverse event, in any order.

        Returns:
            The tree from the claim or edge down to the pages that were read, and its triples.

        Raises:
            UsageError: there is no such claim or edge.

        >>> import mngraph
        >>> graph = mngraph.load()
        >>> found = graph.explain("microneedling", "triamcinolone", "alopecia areata")
        >>> found.root.text
        'Claim: Microneedling with triamcinolone acetonide for alopecia areata'
        """
        from mngraph.evidence.explain import explain

        return explain(self.store, terms)

    def gap_map(
        self, rows: str = "indication", columns: str = "modality", focus: str | Iterable[str] = ()
    ) -> GapMap:
        """Return the evidence gap map: which combinations were studied, and which were not.

        Args:
            rows: `indication` or `event`.
            columns: `modality` or `procedure`.
            focus: one concept or more; only their rows and columns and those of narrower ones.

        Returns:
            The rows, the columns, and the studies of each cell that has some; it shows itself in
            notebooks.

        Raises:
            UsageError: rows or columns are none of these, or no concept is called so.

        >>> import mngraph
        >>> graph = mngraph.load()
        >>> found = graph.gap_map()
        >>> len(found.cells) + found.gaps == len(found.rows) * len(found.columns)
        True
        >>> [row.label for row in graph.gap_map(focus="acne scar").rows][:2]
        ['acne scar', 'atrophic acne scar']
        """
        from mngraph.drawing.gapmap import gap_map
        from mngraph.drawing.headings import concept_of
        from mngraph.drawing.mapdrawing import DrawnMap

        wanted = [concept_of(self.store, text, (rows, columns)) for text in _as_list(focus)]
        return DrawnMap(**vars(gap_map(self.store, rows, columns, focus=wanted)))

    def diff(self, old: Graph) -> Diff:
        """Return what this graph adds to, removes from and changes in an older one.

        Args:
            old: the graph before the change.

        Returns:
            The records, claims and other resources that differ; `same` when none does.

        >>> import mngraph
        >>> graph = mngraph.load()
        >>> graph.diff(mngraph.load()).same
        True
        """
        from mngraph.diff.compare import compare

        if not isinstance(old, Graph):
            raise UsageError(f"the graph before is one that mngraph.load returned, not {old!r}")
        return compare(old.store, self.store)

    def network(
        self, focus: str | Iterable[str] = (), depth: int = 1, kinds: str | Iterable[str] = (),
        min_studies: int = 1, level: int = 5,
    ) -> networkx.MultiDiGraph[str]:  # fmt: skip
        """Return the network of concepts and publications.

        Args:
            focus: one concept or more to start from (procedures, indications, modalities, events),
                or studies and publications by CURIE; empty for the whole network.
            depth: steps from the focus, counted in studies: 1 keeps the studies that name every
                concept of the focus, or something narrower, and where it names an indication
                leaves out others that are neither narrower nor broader; 2 adds those that share an
                indication, modality or event with one of these, and so on. Without a focus it has
                no effect.
            kinds: the kinds of nodes to keep (`procedure`, `indication`, `modality`, `event`,
                `publication`); empty for all.
            min_studies: the smallest number of studies that an edge rests on; each cohort counts
                once, reviews do not count.
            level: the weakest design level of the studies, from 1 (strongest) to 5; 5 also keeps
                studies without a level.

        Returns:
            A directed multigraph of networkx. Nodes are CURIEs; edges are keyed by relation.
            Attributes are texts and numbers, so that the writers of networkx take them; lists are
            texts with a semicolon between their items, and what is not known is left out.

        Raises:
            UsageError: there is no such focus, kind or level; the message names what there is.

        >>> import mngraph
        >>> graph = mngraph.load()
        >>> network = graph.network(focus="melasma")
        >>> network.nodes["indication:melasma"]["label"]
        'melasma'
        >>> network.has_edge("modality:tranexamic-acid", "indication:melasma", "combinedFor")
        True
        """
        from mngraph.drawing.networkfiles import plain_values

        return plain_values(self._drawn(focus, depth, kinds, min_studies, level))

    def _drawn(
        self, focus: str | Iterable[str], depth: int, kinds: str | Iterable[str],
        min_studies: int, level: int,
    ) -> networkx.MultiDiGraph[str]:  # fmt: skip
        """Return the network as pages draw it, with lists and the cards of its studies."""
        from mngraph.drawing.network import focus_iri, network

        iris = [focus_iri(self.store, name) for name in _as_list(focus)]
        return network(self.store, iris, depth, _as_list(kinds), min_studies, level)

    def view(
        self, focus: str | Iterable[str] = (), depth: int = 1, kinds: str | Iterable[str] = (),
        min_studies: int = 1, level: int = 5,
    ) -> View:  # fmt: skip
        """Return the drawing of the network: it shows itself in notebooks and can be saved.

        Args:
            focus: one concept or more to start from, as in `network`.
            depth: steps from the focus, counted in studies, as in `network`.
            kinds: the kinds of nodes to keep, as in `network`.
            min_studies: the smallest number of studies that an edge rests on.
            level: the weakest design level of the studies, from 1 (strongest) to 5.

        Returns:
            The drawing, with `to_html()` and `save("name.html")`.

        Raises:
            UsageError: there is no such focus, kind or level; the message names what there is.

        >>> import mngraph
        >>> graph = mngraph.load()
        >>> graph.view(focus="melasma", level=2).save("melasma.html").name
        'melasma.html'
        """
        from mngraph.drawing.view import View

        return View(self._drawn(focus, depth, kinds, min_studies, level))

    def explorer(self, focus: str | Iterable[str] = (), **choice: Any) -> Explorer:
        """Return the explorer: network, gap map, evidence and SPARQL in one page, offline.

        Args:
            focus: what its network starts from, as in `network`; its queries see everything.
            choice: what else its network draws: `depth`, `kinds`, `min_studies`, `level`.

        Returns:
            The page, with `to_html()` and `save("name.html")`.

        Raises:
            UsageError: there is no such focus, kind or level; the message names what there is.

        >>> import mngraph
        >>> mngraph.load().explorer()
        <mngraph.Explorer of the graph of the release; .save('x.html')>
        """
        from mngraph.explorer.page import Explorer

        return Explorer(self.store, self.view(focus, **choice).network)

    def export(
        self,
        target: str | Path,
        format: str | None = None,
        only: str | Iterable[str] = (),
        **options: object,
    ) -> None:
        """Write the graph to a file: as RDF, or in a format of claims.

        Args:
            target: the file, which appears whole or not at all, compressed when its name ends in
                .gz, .bz2, .xz or .zst; a folder for the formats that are several files.
            format: ttl, nt, nq, trig, rdf or jsonld; or a format of claims, such as nanopub, fhir,
                kgx, review-tables, csl, bibtex or ris (`mngraph.faces.FACES` has all). By default
                what the name ends in.
            only: claims and studies to keep in a format of claims, by CURIE, IRI or label, a study
                also by key, PMID or DOI; none for all.
            options: `key` and `orcid` for format nanopub: an RSA key to sign with, and who signs.

        Raises:
            UsageError: neither the name nor `format` is one of these, nothing is called as `only`
                says, or the format does not take it, or not one of the options.
            UnrepresentableError: the format cannot hold a statement; nothing was written.
            OutputError: the file cannot be written.

        >>> import mngraph
        >>> mngraph.load().export("microneedling.ttl")
        """
        from mngraph.export import RDF_FORMATS, format_of, write_graph
        from mngraph.faces import FACES, check_options
        from mngraph.faces.writing import face_of, write_face
        from mngraph.nearest import nearest

        chosen, kept = format or face_of(target) or format_of(target), _as_list(only)
        if chosen in FACES:
            write_face(self.store, target, FACES[chosen], kept, **options)
            return
        if chosen not in RDF_FORMATS:
            near = nearest(chosen, [*RDF_FORMATS, *FACES])
            raise UsageError(
                f"unknown format {chosen!r}{f'; did you mean {near}?' if near else ''} "
                f"(the formats are {', '.join([*RDF_FORMATS, *FACES])})"
            )
        check_options(chosen, options)
        if kept:
            raise UsageError(f"only goes with {', '.join(FACES)}, not with {chosen}")
        write_graph(self.store, target, chosen)

    def rdflib(self) -> rdflib.Dataset:
        """Return an rdflib.Dataset over the same store (through oxrdflib), graphs in union.

        The prefixes that queries of mngraph need not declare are bound in it.

        Raises:
            MissingExtraError: rdflib and oxrdflib are not installed.

        >>> import mngraph
        >>> dataset = mngraph.load().rdflib()
        >>> bool(dataset.query("ASK { study:pmid-31469914 a mn:Study }"))
        True
        """
        try:
            import rdflib
            from oxrdflib import OxigraphStore
        except ImportError as error:
            raise MissingExtraError(
                "rdflib and oxrdflib are missing: pip install 'mngraph[rdflib]'"
            ) from error

        store = local(self.store)
        dataset = rdflib.Dataset(store=OxigraphStore(store=store.oxigraph), default_union=True)
        for prefix, namespace in context.prefixes().items():
            dataset.bind(prefix, namespace, replace=True)
        return dataset

    def _concept(self, text: str | None, kind: str) -> str | None:
        return None if text is None else self._iri(text, kind)

    def _iri(self, text: str, *kinds: str) -> str:
        return concepts.resolve(self.store, text, kinds or concepts.KINDS)


def _as_list(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _answer(results: Results) -> Table | bool | str:
    import pyoxigraph as ox

    if isinstance(results, ox.QuerySolutions):
        return queries.solutions_table(results)
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    from mngraph.export import to_rdf_triples

    return to_rdf_triples(results, "ttl").decode()
