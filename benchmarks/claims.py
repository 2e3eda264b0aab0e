"""Claims for many made-up studies: seconds and memory, reading not counted.

The studies are invented by a seeded generator that shuffles the records of the release; they say
nothing about medicine. Usage: `python benchmarks/claims.py [STUDIES]… [--disk]`, by default 10,000
and 100,000.
"""

from __future__ import annotations

import platform
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import chain
from pathlib import Path

import pyoxigraph as ox

from mngraph import build, context, records, rules
from mngraph.evidence import claims
from mngraph.store import LocalStore, in_blocks

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
    quads = records.record_quads(records.read_record(path, build.vocabulary()))
    return [quad for quad in quads if quad.predicate.value != context.mn("sameCohortAs")]


def measure(count: int, *, disk: bool) -> None:
    """Print one row of the table; the seconds of each step go to stderr.

    The store is in memory, or on disk, where a build has it: slower, and small in memory.
    """
    with build.draft_store() if disk else nullcontext(LocalStore.memory([])) as store:
        for block in in_blocks(chain(build.read_ontology(), made_up_studies(count)), build.CHUNK):
            store.oxigraph.bulk_extend(block)
        read, start = len(store.oxigraph), time.perf_counter()
        total = [0.0, 0.0]
        for name, quads in derivations(store):
            spent = timed(store, quads)
            total = [one + other for one, other in zip(total, spent, strict=True)]
            print(f"  {name:32}{spent[0]:8.2f} s {spent[1]:8.2f} s", file=sys.stderr)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"| {count:,} | {read:,} | {len(store.oxigraph) - read:,} | {total[0]:.1f} "
            f"| {total[1]:.1f} | {time.perf_counter() - start:.1f} | {peak:.2f} |"
        )


def derivations(store: LocalStore) -> Iterator[tuple[str, Iterator[ox.Quad]]]:
    """Yield name and quads of each step of a build that derives something."""
    for rule in rules.all_rules():
        yield rule.name, rules.run_rule(store, rule)
    yield "claims.derive", claims.derive(store)


def timed(store: LocalStore, quads: Iterator[ox.Quad]) -> tuple[float, float]:
    """Store quads; return the seconds that deriving and storing them took."""
    deriving = storing = 0.0
    last = time.perf_counter()
    for block in in_blocks(quads, build.CHUNK):
        derived = time.perf_counter()
        store.oxigraph.bulk_extend(block)
        stored = time.perf_counter()
        deriving, storing, last = deriving + derived - last, storing + stored - derived, stored
    return deriving + time.perf_counter() - last, storing


def main() -> None:
    """Measure each size in a process of its own, so that the memory is that size's."""
    disk = "--disk" in sys.argv
    counts = [word for word in sys.argv[1:] if word.isdigit()]
    if "--one" in sys.argv:
        measure(int(counts[0]), disk=disk)
        return
    import os

    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    names = ("studies", "quads read", "derived", "s deriving", "s storing", "s in all", "peak GiB")
    print("|", " | ".join(names), "|")
    print("|" + " ---: |" * len(names), flush=True)
    for count in counts or ["10000", "100000"]:
        where = ["--disk"] if disk else []
        subprocess.run([sys.executable, __file__, "--one", count, *where], check=True)


if __name__ == "__main__":
    main()
