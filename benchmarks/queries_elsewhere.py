"""Every named query on the whole release, in Oxigraph and in another engine: the same rows or not.

    python benchmarks/queries_elsewhere.py [rdflib] [NAME …]
    python benchmarks/queries_elsewhere.py comunica FOLDER [NAME …]
    python benchmarks/queries_elsewhere.py virtuoso [NAME …]

FOLDER is where `npm install @comunica/query-sparql-file n3` was run. Virtuoso 7 is to be installed.
Parameters have their defaults. Prints a table: query, rows, seconds in each engine, whether rows
are the same with numbers by value, and names joined in one cell in any order. A query may take a
minute. Seconds are those of the processor in Oxigraph and rdflib, and those of the clock elsewhere.
"""

from __future__ import annotations

import json
import multiprocessing
import queue
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import rdflib

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from engines import in_rdflib, in_store, loaded_virtuoso, plain, unordered

from mngraph import queries, sparql
from mngraph.errors import MngraphError
from mngraph.prepare import prepare
from mngraph.store import LocalStore, local, open_store

LIMIT = 60
Ask = Callable[[str], tuple[Any, float]]
"""Returns the rows and the seconds of a query, or the reason why there are none."""


def answer(dataset: rdflib.Dataset, text: str, answers: Any) -> None:
    """Put the rows of a query in rdflib, and how long they took, into a queue."""
    start = time.process_time()
    rows = in_rdflib(dataset, text)
    answers.put((rows, time.process_time() - start))


@contextmanager
def of_rdflib(store: LocalStore) -> Iterator[Ask]:
    """Yield what asks rdflib; a process of its own is ended at the time limit."""
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=ox.serialize(store.quads(), format=ox.RdfFormat.N_QUADS), format="nquads")

    def ask(text: str) -> tuple[Any, float]:
        process_of = multiprocessing.get_context("fork")
        answers = process_of.Queue()
        process = process_of.Process(target=answer, args=(dataset, text, answers))
        process.start()
        try:
            return answers.get(timeout=LIMIT)
        except queue.Empty:
            process.terminate()
            return "no answer", LIMIT
        finally:
            process.join()

    yield ask


@contextmanager
def of_comunica(store: LocalStore) -> Iterator[Ask]:
    """Yield what asks Comunica; its process is ended at the time limit, and started again."""
    with tempfile.TemporaryDirectory() as room:
        file = Path(room) / "release.nq"
        ox.serialize(store.quads(), file, format=ox.RdfFormat.N_QUADS)
        script = Path(__file__).with_name("queries_comunica.mjs").read_text("utf-8")
        command = ["node", "--input-type=module", "-e", script, str(file)]
        running: list[subprocess.Popen[str]] = []

        def started() -> subprocess.Popen[str]:
            if not running:
                pipe = subprocess.PIPE
                running.append(
                    subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=sys.argv[2])
                )
                if said(running[0], 600) is None:
                    raise RuntimeError("Comunica did not load the graph")
            return running[0]

        def ask(text: str) -> tuple[Any, float]:
            prepared = prepare(text)
            names: list[str] = []
            if prepared.form == "SELECT":
                names = [variable.value for variable in store.select_internal(text).variables]
            line = {"form": prepared.form, "text": prepared.text, "variables": names}
            process = started()
            assert process.stdin is not None
            process.stdin.write(json.dumps(line) + "\n")
            process.stdin.flush()
            found = said(process, LIMIT)
            if found is None:
                end(running)
                return "no answer", LIMIT
            if "error" in found:
                return found["error"], 0
            if "truth" in found:
                return found["truth"], found["seconds"]
            rows = [tuple(map(term, row)) for row in found["rows"]]
            is_graph = prepared.form not in ("SELECT", "ASK")  # a set, which it sends as a list
            return list(dict.fromkeys(rows)) if is_graph else rows, found["seconds"]

        try:
            yield ask
        finally:
            end(running)


def said(process: subprocess.Popen[str], seconds: float) -> Any:
    """Return the next line of a process, parsed; None when it does not come in time."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    return json.loads(process.stdout.readline()) if ready else None


def end(running: list[subprocess.Popen[str]]) -> None:
    """End the process of a list, if it holds one."""
    while running:
        process = running.pop()
        process.kill()
        process.communicate()


def term(given: Any) -> Any:
    """Return a term of Comunica in the form of `engines`."""
    if given is None or given["kind"] == "blank":
        return given and "blank"
    return plain(given["kind"], given["value"], given["datatype"], given["language"])


@contextmanager
def of_virtuoso(store: LocalStore) -> Iterator[Ask]:
    """Yield what asks Virtuoso 7, which ends a query after 20 seconds."""
    with tempfile.TemporaryDirectory() as room, loaded_virtuoso(Path(room), store) as url:
        there = open_store(url)

        def ask(text: str) -> tuple[Any, float]:
            start = time.perf_counter()
            try:
                return in_store(there, text), time.perf_counter() - start
            except MngraphError as error:
                return str(error).partition("SPARQL query:")[0][-120:], 0

        yield ask


ENGINES = {"rdflib": of_rdflib, "comunica": of_comunica, "virtuoso": of_virtuoso}


def outcome(ours: Any, theirs: Any) -> str:
    """Return whether two answers are the same, or why there is no second one."""
    if isinstance(theirs, str):
        return theirs.replace("\n", " ").replace("|", "/").strip()
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return "yes" if ours == theirs else "no"
    if Counter(map(unordered, ours)) != Counter(map(unordered, theirs)):
        return "no"
    if ours == theirs:
        return "yes"
    return "yes, in another order" if Counter(ours) == Counter(theirs) else "yes, joined otherwise"


def main() -> None:
    """Measure and print."""
    engine = sys.argv[1] if sys.argv[1:2] and sys.argv[1] in ENGINES else "rdflib"
    names = [word for word in sys.argv[1:] if word != engine][engine == "comunica" :]
    store = local(open_store())
    with ENGINES[engine](store) as ask:
        print(
            f"| query | rows | Oxigraph, s | {engine}, s | same |\n| --- | --: | --: | --: | --- |"
        )
        for query in queries.all_queries():
            if names and query.name not in names:
                continue
            text = sparql.bind_own(query.text, queries.bind_values(store, query.parameters, {}))
            start = time.process_time()
            ours = in_store(store, text)
            seconds = time.process_time() - start
            theirs, slower = ask(text)
            rows = 1 if isinstance(ours, bool) else len(ours)
            line = f"| `{query.name}` | {rows} | {seconds:.3f} | {slower:.2f} |"
            print(f"{line} {outcome(ours, theirs)} |", flush=True)


if __name__ == "__main__":
    main()
