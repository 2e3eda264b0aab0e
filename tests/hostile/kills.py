"""Kills commands at random moments and in the window of the renames, and reads while replacing.

`python -m tests.hostile.kills` does all of it in some minutes; `test_kills.py` does a part.
What must hold: a target is at any time what it was or what it becomes, and the run after a kill
leaves nothing but targets.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

STUDIES = Path(__file__).parents[2] / "data" / "studies"
RECORDS = sorted(STUDIES.glob("*.yaml"))[:2]
MOMENTS = ("before", "between", "after")
TARGETS = ("store", "graph.ttl", "graph.nq", "page.html")

DIE_IN_WINDOW = """
import os, signal, sys
from pathlib import Path
from mngraph import drafts, files
from mngraph.cli import main

moment, argv = sys.argv[1], sys.argv[2:]
put_in_place, rename = files.put_in_place, Path.rename

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def put(draft, target):
    if moment == "before":
        die()
    put_in_place(draft, target)
    die()

def rename_once(path, target):
    rename(path, target)
    die()

files.put_in_place = put
if moment == "between":   # as on a system that cannot exchange two names in one step
    drafts.exchange = lambda first, second: False
    Path.rename = rename_once
main(argv)
"""

READ = """
import sys, time
from pathlib import Path
from mngraph.store import open_store

done, reads, failures, seen = Path(sys.argv[2]), 0, [], set()
print("here", flush=True)
while not done.exists():
    try:
        seen.add(len(open_store(sys.argv[1]).oxigraph))
        reads += 1
    except Exception as error:
        failures.append(f"{type(error).__name__}: {error}")
print(reads, len(failures), *sorted(seen))
print(*failures[:3], sep="\\n", file=sys.stderr)
"""

REPLACE = """
import random, shutil, sys, time
from mngraph.files import replacing

target, *copies = sys.argv[1:-1]
for number in range(int(sys.argv[-1])):
    with replacing(target, folder=True) as draft:
        shutil.copytree(copies[number % 2], draft, ignore=lambda *_: ["mngraph.json"])
    time.sleep(random.uniform(0, 0.05))
"""


class Trial:
    """A folder of targets, each of which two commands make by turns in two versions.

    Args:
        folder: an empty folder for all that is made.
        seed: of the moments.
        targets: the first of `TARGETS`, of which others are made, and any of the rest.
    """

    def __init__(self, folder: Path, seed: int, targets: Sequence[str] = TARGETS) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.folder = folder / "there"
        self.wanted = [folder / "first", folder / "second"]
        self.outcomes: Counter[str] = Counter()
        build = [("build", "--no-validate", record, "-o") for record in RECORDS]
        stores = [folder / "store" for folder in self.wanted]
        commands: dict[str, list[tuple[str | Path, ...]]] = {
            "store": [*build],
            "graph.ttl": [("export", "-g", store) for store in stores],
            "graph.nq": [*build],
            "page.html": [("view", "-g", store) for store in stores],
        }
        self.commands = {name: commands[name] for name in targets}
        self.whole: dict[str, list[str]] = {name: [] for name in targets}
        self.seconds: dict[str, float] = {}
        for folder in self.wanted:
            folder.mkdir()
        for name, pair in self.commands.items():
            for command, wanted in zip(pair, self.wanted, strict=True):
                start = time.monotonic()
                self.run(*command, wanted / name)
                self.seconds[name] = time.monotonic() - start
                self.whole[name].append(content(wanted / name))
        shutil.copytree(self.wanted[0], self.folder)

    def run(self, *args: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "mngraph", *map(str, args)], check=check, text=True,
            capture_output=True, timeout=300,
        )  # fmt: skip

    def judge(self, name: str, *, after_end: bool = False) -> None:
        """Note whether a target is whole, and after a run that ended, whether anything is left."""
        there = self.folder / name
        if not there.exists():
            self.outcomes["LOST"] += 1
        elif content(there) not in self.whole[name]:
            self.outcomes["HALF WRITTEN"] += 1
        else:
            self.outcomes["whole"] += 1
        if after_end:
            left = {path.name for path in self.folder.iterdir()} - self.commands.keys()
            self.outcomes["LEFT BEHIND"] += len(left)

    def kill_at_random(self, times: int) -> None:
        """Kill commands at random moments of their run; every fifth time, let the next one end."""
        for number, name in enumerate(itertools.cycle(self.commands)):
            command = self.commands[name][self.random.randrange(2)]
            process = subprocess.Popen(
                [sys.executable, "-m", "mngraph", *map(str, command), str(self.folder / name)],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            time.sleep(self.random.uniform(0, self.seconds[name]))
            process.kill()
            killed = process.wait() == -signal.SIGKILL
            self.outcomes["killed" if killed else "ended before the kill"] += 1
            self.seconds[name] *= 1.05 if killed else 0.95  # how long it takes at this moment
            self.judge(name)
            enough = self.outcomes["killed"] == times
            if number % 5 == 4 or enough:
                self.run(*command, self.folder / name)
                self.judge(name, after_end=True)
            if enough:
                return

    def kill_in_window(self, times: int) -> None:
        """Kill commands just before, between and after the renames; then let the next one end."""
        names = [name for name in self.commands for _ in MOMENTS]
        turns = itertools.cycle(zip(names, itertools.cycle(MOMENTS), strict=False))
        for name, moment in itertools.islice(turns, times):
            command = [str(arg) for arg in (*self.commands[name][self.random.randrange(2)],)]
            there = self.folder / name
            died = subprocess.run(
                [sys.executable, "-c", DIE_IN_WINDOW, moment, *command, str(there)],
                capture_output=True, check=False, timeout=300,
            )  # fmt: skip
            assert died.returncode == -signal.SIGKILL, died.stderr.decode()
            self.outcomes["killed in the window"] += 1
            if moment == "between" and not there.exists():
                said = self.run("info", "-g", there, check=False)
                kept = said.returncode == 4 and "this brings it back: mv " in said.stderr
                self.outcomes["set aside and named" if kept else "LOST"] += 1
            else:
                self.judge(name)
            self.run(*command, there)
            self.judge(name, after_end=True)

    def read_while_replacing(self, times: int, readers: int = 2) -> None:
        """Read a store in some processes while another replaces it."""
        target, done = self.folder / "store", self.folder.with_name("done")
        copies = [wanted / "store" for wanted in self.wanted]
        reading = [
            subprocess.Popen(
                [sys.executable, "-c", READ, str(target), str(done)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(readers)
        ]
        for process in reading:
            assert process.stdout
            assert process.stdout.readline() == "here\n"
        try:
            subprocess.run(
                [sys.executable, "-c", REPLACE, *map(str, (target, *copies, times))], check=True
            )
        finally:
            done.touch()
        for process in reading:
            found, said = process.communicate(timeout=60)
            reads, failures, *sizes = map(int, found.split())
            self.outcomes["reads"] += reads
            self.outcomes["FAILED READS"] += failures + (len(sizes) > 2)
            sys.stderr.write(said.strip() and said)
        self.outcomes["replacements"] += times
        self.judge("store", after_end=True)


BAD = ("LOST", "HALF WRITTEN", "LEFT BEHIND", "FAILED READS")


def content(target: Path) -> str:
    """Return a digest of what a target holds; two builds of a store differ in their files."""
    if target.is_dir():
        from mngraph.store import LocalStore, open_store

        opened = open_store(target)
        assert isinstance(opened, LocalStore)
        lines = "\n".join(sorted(map(str, opened.quads()))).encode()
    else:
        lines = target.read_bytes()
    return hashlib.sha256(lines).hexdigest()


def main() -> int:
    """Do all of it and print what was found; the exit code is 1 when something was bad."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--in-window", type=int, default=20)
    options.add_argument("--replacements", type=int, default=150)
    options.add_argument("--seed", type=int, default=int(time.time()))
    asked = options.parse_args()
    os.environ.pop("MNGRAPH_GRAPH", None)
    with tempfile.TemporaryDirectory() as temporary:
        trial = Trial(Path(temporary), asked.seed)
        trial.kill_at_random(asked.kills)
        trial.kill_in_window(asked.in_window)
        trial.read_while_replacing(asked.replacements)
    found = trial.outcomes | dict.fromkeys((name for name in BAD if not trial.outcomes[name]), 0)
    sys.stdout.write(f"seed {asked.seed}\n")
    sys.stdout.writelines(f"{number:6,} {name}\n" for name, number in found.items())
    return int(any(trial.outcomes[name] for name in BAD))


if __name__ == "__main__":
    sys.exit(main())
