"""mngraph build from 1, 10 and 100 times the release's records: time and memory.

    python benchmarks/building.py [TIMES…]

Each build is a process of its own, with shapes and checks; memory is the peak of that process.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from copies import make_copies


def main(times: list[int]) -> None:
    """Measure and print."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}; one run each\n")
    print("| records | build, s | ms a record | peak memory, MiB |")
    print("| --: | --: | --: | --: |")
    for factor in times:
        with tempfile.TemporaryDirectory() as folder:
            files = make_copies(Path(folder) / "studies", factor)
            command = [
                sys.executable,
                "-m",
                "mngraph",
                "build",
                f"{folder}/studies",
                "-o",
                f"{folder}/store",
            ]
            start = time.perf_counter()
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            spent = time.perf_counter() - start
            # Peak over all children so far: the sizes rise, so it is that of the newest.
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(
                f"| {len(files):,} | {spent:.1f} | {1000 * spent / len(files):.1f} | {peak:,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [1, 10, 100])
