"""What an installation brings: each package with its version, its size and the time of its import.

    python -m venv empty && empty/bin/pip install mngraph
    empty/bin/python benchmarks/dependencies.py

Prints a table. The size is that of the files, those that Python compiled included; the time is the
least processor time of seven imports in new processes, that of what comes along with it included.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from importlib import metadata

SKIPPED = {"pip", "setuptools", "wheel"}
MODULES = {
    "markdown-it-py": "markdown_it",
    "pyyaml": "yaml",
    "typing_extensions": "typing_extensions",
}


def size(package: metadata.Distribution) -> float:
    """Return the size of a package's files in MB."""
    places = {path.locate() for path in package.files or ()}
    return sum(place.stat().st_size for place in places if place.is_file()) / 1e6


def import_time(module: str, runs: int = 7) -> float:
    """Return how much processor time importing a module adds to a process, in milliseconds."""

    def least(code: str) -> float:
        times = []
        for _ in range(runs):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-c", code], check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
        return min(times)

    return max(0.0, 1000 * (least(f"import {module}") - least("pass")))


def main() -> None:
    packages = {p.metadata["Name"]: p for p in metadata.distributions()}
    print("| package | version | MB | import, ms |\n| --- | --- | --: | --: |")
    total = 0.0
    for name in sorted(packages.keys() - SKIPPED, key=str.lower):
        package = packages[name]
        module = MODULES.get(name.lower(), name.lower().replace("-", "_"))
        total += size(package)
        cost = import_time(module)
        print(f"| {name} | {package.version} | {size(package):.1f} | {cost:.0f} |")
    print(f"\n{len(packages.keys() - SKIPPED)} packages, {total:.0f} MB")


if __name__ == "__main__":
    main()
