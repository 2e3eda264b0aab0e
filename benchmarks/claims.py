"""Claims for many made-up studies: seconds of the processor and memory, reading not counted.

The studies are invented by a seeded generator that shuffles the records of the release; they say
nothing about medicine. Usage: `python benchmarks/claims.py [STUDIES]…`, by default 10,000 and
100,000.
"""

from __future__ import annotations

import platform
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
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


def measure(count: int) -> None:
    """Print one row of the table; the seconds of each step go to stderr."""
    store = LocalStore.memory(chain(build.read_ontology(), made_up_studies(count)))
    read, before = len(store.oxigraph), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    steps = [
        (rule.name, lambda rule=rule: rules.run_rule(store, rule)) for rule in rules.all_rules()
    ]
    total = [0.0, 0.0]
    for name, step in [*steps, ("claims.derive", lambda: claims.derive(store))]:
        spent = [0.0, 0.0]
        last = time.process_time()
        for block in in_blocks(step(), build.CHUNK):
            derived = time.process_time()
            store.oxigraph.bulk_extend(block)
            stored = time.process_time()
            spent[0] += derived - last
            spent[1] += stored - derived
            last = stored
        spent[0] += time.process_time() - last
        total = [one + other for one, other in zip(total, spent, strict=True)]
        print(f"  {name:32}{spent[0]:8.2f} s {spent[1]:8.2f} s", file=sys.stderr)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"| {count:,} | {read:,} | {len(store.oxigraph) - read:,} "
        f"| {total[0]:.1f} | {total[1]:.1f} | {peak / 2**20:.2f} | {(peak - before) / 2**20:.2f} |"
    )


def main() -> None:
    """Measure each size in a process of its own, so that the memory is that size's."""
    if sys.argv[1:2] == ["--one"]:
        measure(int(sys.argv[2]))
        return
    import os

    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    names = ("studies", "quads read", "quads derived", "s deriving", "s storing")
    print("|", " | ".join((*names, "GiB at most", "of it for claims")), "|")
    print("|" + " ---: |" * (len(names) + 2), flush=True)
    for count in sys.argv[1:] or ["10000", "100000"]:
        subprocess.run([sys.executable, __file__, "--one", count], check=True)


if __name__ == "__main__":
    main()
