"""Claims for many made-up studies: seconds and memory, reading not counted.

The studies are invented by a seeded generator that shuffles the records of the release; they say
nothing about medicine. Usage: `python benchmarks/claims.py [STUDIES]…`, by default 10,000, 30,000
and 100,000.
"""

from __future__ import annotations

import platform
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pyoxigraph as ox

from mngraph import build, context, records, rules, vocabularies
from mngraph.store import LocalStore

STUDY = "https://w3id.org/mngraph/study/"
INDICATION = "mngraph/ontology#indication>"


def made_up_studies(count: int, seed: int = 1) -> Iterator[ox.Quad]:
    """Yield the quads of `count` invented studies: arms, outcomes and events of a record of the
    release, chosen at random, under another name and with the indications of another record.
    """
    rng = random.Random(seed)
    texts = [
        ox.serialize(records_quads(path), format=ox.RdfFormat.N_QUADS).decode()
        for path in build.release_files()
    ]
    names = [text.partition("/graph/study/")[2].partition(">")[0] for text in texts]
    indications = [[n for n in text.splitlines(True) if INDICATION in n] for text in texts]
    bodies = [[n for n in text.splitlines(True) if INDICATION not in n] for text in texts]
    for start in range(0, count, 1000):
        text = ""
        for number in range(start, min(start + 1000, count)):
            body, other = rng.randrange(len(texts)), rng.randrange(len(texts))
            name = f"made-up-{number}"
            text += "".join(bodies[body]).replace(names[body], name)
            text += "".join(indications[other]).replace(names[other], name)
            if number and rng.random() < 0.02:
                study, overlaps = f"<{STUDY}{name}>", f"<{STUDY}made-up-{rng.randrange(number)}>"
                text += f"{study} <{context.mn('sameCohortAs')}> {overlaps} <{STUDY}x> .\n"
        yield from ox.parse(text.encode(), format=ox.RdfFormat.N_QUADS)


def records_quads(path: Path) -> list[ox.Quad]:
    """Return the quads of a record of the release, without its overlaps with others."""
    quads = records.record_quads(records.read_record(path, vocabularies.shared()))
    return [quad for quad in quads if quad.predicate.value != context.mn("sameCohortAs")]


def measure(count: int) -> None:
    """Print one row of the table; the seconds of each rule go to stderr.

    What is timed is what a build does between reading the records and checking the graph.
    """
    store = LocalStore.memory(chain(build.read_ontology(), made_up_studies(count)))
    read, start = len(store.oxigraph), time.perf_counter()
    build.derive(store, timed)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    derived = len(store.oxigraph) - read
    print(
        f"| {count:,} | {read:,} | {derived:,} | {seconds:.1f} "
        f"| {seconds / count * 1000:.2f} | {peak:.2f} |"
    )


def timed(steps: Iterable[rules.Rule], label: str) -> Iterator[rules.Rule]:
    """Yield the rules of a build, and say how long each took."""
    for rule in steps:
        start = time.perf_counter()
        yield rule
        print(f"  {rule.name:32}{time.perf_counter() - start:8.2f} s", file=sys.stderr)


def main() -> None:
    """Measure each size in a process of its own, so that the memory is that size's."""
    counts = [word for word in sys.argv[1:] if word.isdigit()]
    if "--one" in sys.argv:
        measure(int(counts[0]))
        return
    import os

    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    names = ("studies", "quads read", "derived", "seconds", "ms a study", "peak GiB")
    print("|", " | ".join(names), "|")
    print("|" + " ---: |" * len(names), flush=True)
    for count in counts or ["10000", "30000", "100000"]:
        subprocess.run([sys.executable, __file__, "--one", count], check=True)


if __name__ == "__main__":
    main()
