"""Every named query on the whole release, in Oxigraph and in rdflib: the same rows or not.

    python benchmarks/queries_elsewhere.py [NAME …]

Parameters have their defaults. Prints a table: query, rows, seconds in each engine, whether rows
are the same with numbers by value. In rdflib a query may take a minute.
"""

from __future__ import annotations

import multiprocessing
import queue
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import rdflib

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from engines import in_rdflib, in_store

from mngraph import queries, sparql
from mngraph.store import local, open_store

LIMIT = 60


def answer(dataset: rdflib.Dataset, text: str, answers: Any) -> None:
    """Put the rows of a query in rdflib, and how long they took, into a queue."""
    start = time.perf_counter()
    rows = in_rdflib(dataset, text)
    answers.put((rows, time.perf_counter() - start))


def bounded(dataset: rdflib.Dataset, text: str) -> tuple[Any, float]:
    """Return the rows and the seconds of a query in rdflib; no rows at the time limit."""
    process_of = multiprocessing.get_context("fork")
    answers = process_of.Queue()
    process = process_of.Process(target=answer, args=(dataset, text, answers))
    process.start()
    try:
        return answers.get(timeout=LIMIT)
    except queue.Empty:
        process.terminate()
        return None, LIMIT
    finally:
        process.join()


def main() -> None:
    """Measure and print."""
    store = local(open_store())
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=ox.serialize(store.quads(), format=ox.RdfFormat.N_QUADS), format="nquads")
    print("| query | rows | Oxigraph, s | rdflib, s | same |\n| --- | --: | --: | --: | --- |")
    for query in queries.all_queries():
        if sys.argv[1:] and query.name not in sys.argv[1:]:
            continue
        text = sparql.bind_own(query.text, queries.bind_values(store, query.parameters, {}))
        start = time.perf_counter()
        ours = in_store(store, text)
        seconds = time.perf_counter() - start
        theirs, slower = bounded(dataset, text)
        if isinstance(ours, bool):
            ours, theirs = [ours], None if theirs is None else [theirs]
        same = "no answer" if theirs is None else "yes"
        if theirs is not None and Counter(ours) != Counter(theirs):
            same = "no"
        print(
            f"| `{query.name}` | {len(ours)} | {seconds:.3f} | {slower:.2f} | {same} |", flush=True
        )


if __name__ == "__main__":
    main()
