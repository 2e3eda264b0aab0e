"""Whole processes: mngraph query and --help, against an rdflib script on the same graph.

    python benchmarks/queries.py

Prints a table of medians. The rdflib script parses the release from Turtle and runs the same
query text, as somebody without mngraph would.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mngraph import queries

RUNS = 7
NAMES = ("studies-of", "indications-by-evidence", "studies-by-country")

RDFLIB = """
import sys, rdflib
from mngraph import context
graph = rdflib.Graph().parse(sys.argv[1])
print(len(list(graph.query(open(sys.argv[2]).read(), initNs=context.prefixes()))))
"""


def seconds(command: list[str], runs: int = RUNS) -> float:
    """Return the median wall time of a command, after one run that is not counted."""
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def main() -> None:
    """Measure and print."""
    os.environ.pop("MNGRAPH_GRAPH", None)
    python = sys.executable
    mngraph = [python, "-m", "mngraph"]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
        f"median of {RUNS} runs, whole process\n"
    )
    print("| command | s | rdflib script, s | ratio |")
    print("| --- | --: | --: | --: |")
    print(f"| `python -c pass` | {seconds([python, '-c', 'pass']):.3f} | | |")
    print(f"| `python -c 'import mngraph'` | {seconds([python, '-c', 'import mngraph']):.3f} | | |")
    print(f"| `mngraph --help` | {seconds([*mngraph, '--help']):.3f} | | |")
    with tempfile.TemporaryDirectory() as folder:
        turtle = Path(folder) / "release.ttl"
        subprocess.run([*mngraph, "export", str(turtle)], check=True, stderr=subprocess.DEVNULL)
        from mngraph.sparql import bind
        from mngraph.store import open_store

        store = open_store()
        for name in NAMES:
            query = queries.find_query(name)
            text = bind(query.text, queries.bind_values(store, query.parameters, {}))
            (Path(folder) / "query.rq").write_text(text)
            ours = seconds([*mngraph, "query", name])
            theirs = seconds([python, "-c", RDFLIB, str(turtle), str(Path(folder) / "query.rq")], 3)
            print(f"| `mngraph query {name}` | {ours:.3f} | {theirs:.2f} | {theirs / ours:.0f} |")


if __name__ == "__main__":
    main()
