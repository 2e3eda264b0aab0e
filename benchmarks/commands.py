"""Whole processes of each command: processor and wall time, against an older checkout.

    python benchmarks/commands.py [--runs N] [--against CHECKOUT] [--records 3270] [WORD…]

With words, only the commands that have one of them in their name are run. An older checkout has its
sources in CHECKOUT/src and the graph of its release in CHECKOUT/src/mngraph/release. Its commands
run in turn with ours, and the ratio is the median of the ratios of the pairs.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from copies import make_copies

from mngraph import build, resources

OURS = Path(__file__).resolve().parent.parent


class Run(NamedTuple):
    """What a process took: seconds of processor and of wall time."""

    cpu: float
    wall: float


def measure(checkout: Path, arguments: list[str], folder: Path) -> Run:
    """Run a command of a checkout to its end; what it prints and its exit code do not matter."""
    script = "from mngraph.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src")}
    environment.pop("MNGRAPH_GRAPH", None)
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, _, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = 0
    return Run(used.ru_utime + used.ru_stime, wall)


def commands(folder: Path, copies: Path | None) -> dict[str, list[str]]:
    """Return what is measured, by the name that the table shows."""
    studies = resources.folder("data") / "studies"
    lines = [
        "--help",
        "query studies-of -f csv",
        "info",
        "search roller",
        "evidence -i acne-scar -w PRP",
        "evidence --event erythema -p microneedling",
        "explain microneedling triamcinolone alopecia-areata",
        "view x.html",
        "map x.html",
        "export x.jsonld",
        "export x.ttl",
        "diff one one-copied",
        "diff one one-built-apart",
    ]
    found = {f"mngraph {line}": line.split() for line in lines}
    found["mngraph validate RECORD"] = ["validate", str(studies / "pmid-31469914.yaml")]
    found["mngraph validate RECORDS (327)"] = ["validate", str(studies)]
    found["mngraph validate STORE"] = ["validate", "one"]
    found["mngraph build RECORDS (327)"] = ["build", str(studies), "-o", "built"]
    if copies:
        number = len(list(copies.iterdir()))
        found[f"mngraph validate RECORDS ({number:,})"] = ["validate", str(copies)]
        found[f"mngraph build RECORDS ({number:,})"] = ["build", str(copies), "-o", "built"]
    return found


def row(runs: list[Run], older: list[Run]) -> str:
    """Return medians, and the ratios of the pairs where an older checkout was measured."""
    both = (0, 1)
    cells = [f"{statistics.median(run[n] for run in runs):.3f}" for n in both]
    if older:
        cells += [f"{statistics.median(run[n] for run in older):.3f}" for n in both]
        pairs = list(zip(runs, older, strict=True))
        cells += [f"{statistics.median(a[n] / b[n] for a, b in pairs):.2f}" for n in both]
    return " | ".join(cells)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    parser.add_argument("--records", type=int, default=0, help="copies of records to build from")
    given = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
        f"medians of {given.runs} runs after one that is not counted\n"
    )
    heads = ["command", "cpu, s", "wall, s"]
    heads += ["older: cpu, s", "wall, s", "cpu ratio", "wall ratio"] * bool(given.against)
    print(f"| {' | '.join(heads)} |\n| --- |{' --: |' * (len(heads) - 1)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = build.release_files()
        build.build_store(files, folder / "one")
        shutil.copytree(folder / "one", folder / "one-copied")
        build.build_store(files, folder / "one-built-apart")
        copies = folder / "copies" if given.records else None
        if copies:
            make_copies(copies, max(1, round(given.records / len(files))))
        for shown, arguments in commands(folder, copies).items():
            if given.words and not any(word in shown for word in given.words):
                continue
            runs: list[Run] = []
            older: list[Run] = []
            for _ in range(given.runs + 1):
                runs.append(measure(OURS, arguments, folder))
                if given.against:
                    older.append(measure(given.against.resolve(), arguments, folder))
            print(f"| `{shown}` | {row(runs[1:], older[1:])} |", flush=True)


if __name__ == "__main__":
    main()
