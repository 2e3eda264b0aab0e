"""A large made-up graph: made, loaded and asked, each beside what pyoxigraph does by itself.

    python benchmarks/loading.py --quads 1000000 --folder /tmp/loading

Both loads read the same file into a store directory, each in a process of its own, in turn. Times
are compared within one run only: another machine, or a busy one, has others. A store of a billion
triples is worked out from the rates of the run; nobody has loaded one here.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox

from mngraph.store import open_store

MN, BASE = "https://w3id.org/mngraph/ontology#", "https://example.org/made-up/"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
COUNTRIES, INDICATIONS, PROCEDURES = 40, 500, 200

OWN = """
import sys, pyoxigraph as ox
store = ox.Store(sys.argv[2])
store.bulk_load(path=sys.argv[1], format=ox.RdfFormat.N_QUADS)
"""
OURS = """
import sys
from mngraph.loading import load
load([sys.argv[1]], sys.argv[2])
"""

QUERIES = {
    "countries": """SELECT ?country (COUNT(?study) AS ?n) {
        ?study a mn:Study ; mn:country ?country } GROUP BY ?country ORDER BY DESC(?n) ?country""",
    "one study": f"SELECT ?p ?o {{ <{BASE}study/1234> ?p ?o }} ORDER BY ?p ?o",
    "studies of an indication": f"""SELECT ?study ?n ?country {{ ?study mn:indication
        <{BASE}indication/7> ; mn:participants ?n ; mn:country ?country }}
        ORDER BY DESC(?n) ?study""",
    "arms of a procedure": f"""SELECT ?country (SUM(?sessions) AS ?all) {{ ?arm mn:procedure
        <{BASE}procedure/3> ; mn:sessions ?sessions . ?study mn:hasArm ?arm ; mn:country ?country }}
        GROUP BY ?country ORDER BY ?country""",
    "studies by named graph": f"""SELECT (COUNT(DISTINCT ?g) AS ?n) {{ GRAPH ?g {{
        ?study mn:indication <{BASE}indication/9> }} }}""",
    "a claim's largest studies": f"""SELECT ?study (MAX(?n) AS ?most) {{ ?study mn:indication
        <{BASE}indication/11> ; mn:hasArm/mn:procedure <{BASE}procedure/76> ; mn:participants ?n }}
        GROUP BY ?study ORDER BY DESC(?most) ?study LIMIT 20""",
}  # fmt: skip


def quads(most: int) -> Iterator[str]:
    """Yield lines of N-Quads: made-up studies with two arms and an outcome, a graph for each."""
    made = number = 0
    while made < most:
        lines = study(number)[: most - made]
        made, number = made + len(lines), number + 1
        yield "".join(lines)


def study(number: int) -> list[str]:
    """Return the quads of one made-up study."""
    mixed = number * 2654435761 % 2**32  # Knuth's multiplicative hash: spread, and the same again
    this, graph = f"<{BASE}study/{number}>", f"<{BASE}graph/study/{number}> .\n"
    indication = f"<{BASE}indication/{mixed % INDICATIONS}>"
    lines = [
        f"{this} <{TYPE}> <{MN}Study> {graph}",
        f'{this} <{MN}country> "Country {mixed % COUNTRIES}" {graph}',
        f'{this} <{MN}participants> "{mixed % 997}"^^<{INTEGER}> {graph}',
        f"{this} <{MN}indication> {indication} {graph}",
        f'{this} <http://purl.org/dc/terms/title> "Made-up study {number} of {mixed}"@en {graph}',
    ]
    for letter in "AB":
        arm = f"<{BASE}study/{number}/arm/{letter}>"
        procedure = f"<{BASE}procedure/{(mixed + ord(letter)) % PROCEDURES}>"
        lines += [
            f"{this} <{MN}hasArm> {arm} {graph}",
            f"{arm} <{TYPE}> <{MN}Arm> {graph}",
            f"{arm} <{MN}procedure> {procedure} {graph}",
            f'{arm} <{MN}sessions> "{mixed % 8 + 1}"^^<{INTEGER}> {graph}',
        ]
    return lines


def loaded(code: str, file: Path, folder: Path) -> tuple[float, float, float]:
    """Run a load in a process; return seconds, processor seconds and the most memory in MiB."""
    shutil.rmtree(folder, ignore_errors=True)
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, str(file), str(folder)])
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the load ended with status {status}")
    seconds = time.perf_counter() - began
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def size(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.iterdir())


def seconds(ask: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def asked(own: Path, ours: Path, times: int) -> Iterator[tuple[str, int, float, float]]:
    """Yield each query with its rows, and the median times on both stores, asked in turn."""
    engine, store = ox.Store.read_only(str(own)), open_store(ours)
    for name, text in QUERIES.items():

        def by_engine(text: str = text) -> list[object]:
            prefixes = {"mn": MN}
            return list(engine.query(text, prefixes=prefixes, use_default_graph_as_union=True))

        def by_us(text: str = text) -> list[object]:
            return list(store.select(text))

        rows = by_engine()
        if [str(row) for row in rows] != [str(row) for row in by_us()]:
            raise SystemExit(f"{name}: the two stores answer differently")
        pairs = [(seconds(by_engine), seconds(by_us)) for _ in range(times)]
        yield name, len(rows), *map(statistics.median, zip(*pairs, strict=True))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--quads", type=int, default=1_000_000)
    options.add_argument("--folder", type=Path, required=True, help="where stores are made")
    options.add_argument("--loads", type=int, default=2, help="loads of each kind, in turn")
    options.add_argument("--asks", type=int, default=15, help="how often each query is asked")
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    file, own, ours = (given.folder / name for name in ("made-up.nq", "own", "ours"))
    with file.open("w") as stream:
        stream.writelines(quads(given.quads))
    found: dict[str, list[tuple[float, float, float]]] = {"own": [], "ours": []}
    for _ in range(given.loads):
        found["own"].append(loaded(OWN, file, own))
        found["ours"].append(loaded(OURS, file, ours))
    print(f"{given.quads:,} quads, {file.stat().st_size / 2**20:,.0f} MiB of N-Quads\n")
    columns = "seconds | processor seconds | memory, MiB | disk, MiB"
    print(f"| load | {columns} |\n| --- |" + " --: |" * 4)
    best = {name: list(map(min, zip(*loads, strict=True))) for name, loads in found.items()}
    for name, folder in (("own", own), ("ours", ours)):
        took, spent, memory = best[name]
        disk = size(folder) / 2**20
        print(f"| {name} | {took:,.1f} | {spent:,.1f} | {memory:,.0f} | {disk:,.0f} |")
    for column, what in enumerate(("time", "processor time")):
        ratio = best["own"][column] / best["ours"][column]
        print(f"\nspeed of ours to own by {what}: {ratio:.2f}")
    print("\n| query | rows | own, ms | ours, ms | ratio |\n| --- |" + " --: |" * 4)
    for name, rows, one, other in asked(own, ours, given.asks):
        print(f"| {name} | {rows:,} | {one * 1000:.2f} | {other * 1000:.2f} | {other / one:.2f} |")
    print("\n" + json.dumps({"quads": given.quads, "disk": size(ours), **found}))


if __name__ == "__main__":
    main()
