"""Shards on a cluster: two workers against one, on the same made-up files.

    python benchmarks/cluster.py [--files 8] [--records 2000]

Makes files of made-up records (as `literature.py` does, each naming the subject or not), and shards
of them with one worker and with two, three times in turn, into new folders. Prints the medians of
seconds without the start of the cluster, and their ratio. All shards have to have the same sums.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from literature import write

from mngraph.candidates import places
from mngraph.candidates.cluster import SUMS, connected, make_all
from mngraph.candidates.known import Index

RUNS = 3
TRIALS = 1.0
"""The share of trials on a skin condition among the records; one in five names a procedure."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--records", type=int, default=2000)
    options = parser.parse_args()
    taken: dict[int, list[float]] = {1: [], 2: []}
    sums: set[bytes] = set()
    with tempfile.TemporaryDirectory() as room:
        for number in range(options.files):
            write(Path(room) / f"part{number}.xml.gz", options.records, TRIALS)
        sources = places.expanded([f"{room}/*.xml.gz"])
        for run in range(RUNS):
            for workers, seconds in taken.items():
                target = Path(room) / f"shards-{run}-{workers}"
                with connected(None, workers) as client:
                    client.map(len, [[]] * 4)
                    start = time.perf_counter()
                    make_all(client, sources, str(target), Index())
                    seconds.append(time.perf_counter() - start)
                sums.add((target / SUMS).read_bytes())
    if len(sums) != 1:
        raise SystemExit("the shards differ")
    one, two = (statistics.median(seconds) for seconds in taken.values())
    print("| workers | s | against one |\n| --: | --: | --: |")
    print(f"| 1 | {one:.1f} | 1.00 |\n| 2 | {two:.1f} | {one / two:.2f} |")


if __name__ == "__main__":
    main()
