"""Reads mutated files and queries, each in a process that may die, and keeps what went wrong.

`python -m tests.hostile.fuzz --minutes 30` runs for as long as one likes; `--count 1000` tries that
many inputs of each target. The same seed gives the same inputs. What must hold for every input: it
is read, or refused by an error of `mngraph.errors`, within ten seconds and one gigabyte. What does
not hold is written to `--keep`; once it is mended, the file moves to `tests/hostile/corpus`, whose
files are read again by `test_fuzz.py` and are seeds themselves.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import lzma
import random
import resource
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.hostile.mutation import mutated

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CORPUS = HERE / "corpus"
SECONDS = 10
"""The time within which an input must be read or refused."""
STARTING = 50
"""How many seconds more the first input has, since the process may start beside much other work."""
BYTES = 2**30
"""The address space of the process that reads it."""

Target = Callable[[Path], None]


def read_records(path: Path) -> None:
    """Read a record and make its quads, as a build does."""
    from mngraph import records, vocabularies

    record = records.read_record(path, vocabularies.shared())
    if not record.problems:
        records.record_quads(record)
    for problem in record.problems:
        str(problem)


def read_rdf(path: Path) -> None:
    """Read an RDF file of any syntax and compression, and hold it as a graph."""
    from mngraph.rdffiles import read_file
    from mngraph.store import LocalStore

    LocalStore.memory(read_file(path))


def run_query(path: Path) -> None:
    """Run a query within the bounds that the command line sets."""
    _graph().query(path.read_bytes().decode("utf-8", "replace"), timeout=5, memory=0.5)


def read_sources(path: Path) -> None:
    """Read abstracts: PubMed XML, nbib or RIS."""
    from mngraph.sources.abstracts import read_abstracts

    for abstract in read_abstracts(path):
        assert isinstance(abstract.pmid, str)


@cache
def _graph():  # type: ignore[no-untyped-def]  # the type would import the package at once
    import mngraph

    return mngraph.load(CORPUS / "rdf" / "every-term.trig")


TARGETS: dict[str, Target] = {
    "records": read_records,
    "rdf": read_rdf,
    "queries": run_query,
    "xml": read_sources,
    "nbib": read_sources,
}


def seeds(target: str) -> Iterator[tuple[str, bytes]]:
    """Yield the inputs that mutations start from, each with the ending of its name."""
    for path in sorted((CORPUS / target).glob("*")):
        yield "".join(path.suffixes), path.read_bytes()
    if target == "records":
        for path in sorted((ROOT / "data" / "studies").glob("*.yaml"))[:12]:
            yield ".yaml", path.read_bytes()
    elif target == "queries":
        for path in sorted((ROOT / "queries").glob("*.rq")):
            yield ".rq", path.read_bytes()
    elif target == "rdf":
        yield from _rdf_seeds()
    else:
        folder = ROOT / "tests" / "data" / "sources"
        for ending in (".xml",) if target == "xml" else (".nbib", ".ris"):
            content = (folder / f"fictitious{ending}").read_bytes()
            yield ending, content
            yield f"{ending}.gz", gzip.compress(content, mtime=0)


def _rdf_seeds() -> Iterator[tuple[str, bytes]]:
    import pyoxigraph as ox

    names: dict[ox.BlankNode, ox.BlankNode] = {}

    def named(term: Any) -> Any:  # the parser's own names differ from run to run
        if isinstance(term, ox.BlankNode):
            return names.setdefault(term, ox.BlankNode(f"b{len(names)}"))
        return term

    quads = [
        ox.Quad(*(named(term) for term in quad))
        for quad in ox.parse(path=CORPUS / "rdf" / "every-term.trig")
    ]
    plain = [quad for quad in quads if not isinstance(quad.object, ox.Triple)]
    for ending, syntax in ENDINGS.items():
        kept = plain if ending in (".rdf", ".jsonld", ".n3") else quads
        flat = (
            kept
            if ending in (".trig", ".nq", ".jsonld")
            else [ox.Triple(q.subject, q.predicate, q.object) for q in kept]
        )
        content = ox.serialize(flat, format=getattr(ox.RdfFormat, syntax)) or b""
        yield ending, content
        yield f"{ending}.gz", gzip.compress(content, mtime=0)
        yield f"{ending}.bz2", bz2.compress(content)
        yield f"{ending}.xz", lzma.compress(content)


ENDINGS = {
    ".ttl": "TURTLE", ".nt": "N_TRIPLES", ".nq": "N_QUADS", ".trig": "TRIG", ".rdf": "RDF_XML",
    ".jsonld": "JSON_LD", ".n3": "TURTLE",
}  # fmt: skip
PACKERS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".gz": (gzip.decompress, lambda content: gzip.compress(content, mtime=0)),
    ".bz2": (bz2.decompress, bz2.compress),
    ".xz": (lzma.decompress, lzma.compress),
}


def inputs(target: str, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield mutated inputs of a target without end, each with the ending of its name."""
    dice = random.Random(f"{target} {seed}")  # noqa: S311 - the same seed, the same inputs
    known = list(seeds(target))
    while True:
        ending, content = dice.choice(known)
        unpack, pack = PACKERS.get(Path(ending).suffix, (bytes, bytes))
        other = dice.choice(known)[1]
        if dice.random() < 0.5:  # the content is changed, and is packed soundly
            unpack, pack = (bytes, bytes) if unpack is bytes else (unpack, pack)
            try:
                yield ending, pack(mutated(dice, unpack(content), other))
                continue
            except (OSError, EOFError, lzma.LZMAError):  # a seed that is damaged itself
                pass
        yield ending, mutated(dice, content, other)


WORKER = "import sys; from tests.hostile import fuzz; fuzz.work(sys.argv[1])"


def work(target: str) -> None:
    """Read the files whose paths come on standard input; answer each with one line."""
    from mngraph.errors import MngraphError

    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    read = TARGETS[target]
    for line in sys.stdin:
        try:
            read(Path(line.strip()))
            answer = "read"
        except MngraphError as error:
            answer = "refused" if str(error).strip() else "refused without a word"
        except BaseException as error:
            answer = f"escaped: {type(error).__name__}: {str(error)[:200]!r}"
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


class Reader:
    """A process that reads inputs one after the other, and is replaced where it dies or hangs."""

    def __init__(self, target: str, folder: Path) -> None:
        self.target, self.folder = target, folder
        self.process: subprocess.Popen[bytes] | None = None

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, self.target],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            cwd=ROOT,
        )  # fmt: skip
        self.process = process
        return process

    def read(self, ending: str, content: bytes) -> str:
        """Return what became of an input: `read`, `refused`, or what went wrong."""
        path = self.folder / f"{self.target}{ending}"
        path.write_bytes(content)
        allowed = SECONDS + (0 if self.process else STARTING)
        process = self.process or self._start()
        assert process.stdin and process.stdout
        process.stdin.write(f"{path}\n".encode())
        if not select.select([process.stdout], [], [], allowed)[0]:
            self.end()
            return f"hung for {SECONDS} seconds"
        answer = process.stdout.readline().decode().strip()
        if not answer:
            status = process.wait()
            self.end()
            return f"died with {status}"
        return answer

    def end(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if isinstance(pipe, io.IOBase):
                    pipe.close()
            self.process = None


def is_sound(outcome: str) -> bool:
    """Return whether an outcome is one that an input may have."""
    return outcome in ("read", "refused")


def fuzz(target: str, *, seed: int, count: int, seconds: float, keep: Path) -> Counter[str]:
    """Try inputs until a number or a time is reached; return how often each outcome was seen."""
    outcomes: Counter[str] = Counter()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(target, Path(folder))
        try:
            for number, (ending, content) in enumerate(inputs(target, seed)):
                if number == count or time.monotonic() - start > seconds:
                    break
                outcome = reader.read(ending, content)
                outcomes[outcome] += 1
                if not is_sound(outcome) and outcomes[outcome] == 1:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{target}-{seed}-{number}{ending}").write_bytes(content)
                    sys.stdout.write(f"{target} {number}{ending}: {outcome}\n")
        finally:
            reader.end()
    return outcomes


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)}; all by default")
    parser.add_argument("--minutes", type=float, default=1, help="how long in all")
    parser.add_argument("--count", type=int, default=-1, help="how many inputs of each target")
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "mngraph-fuzz")
    chosen = parser.parse_args()
    targets = chosen.targets or list(TARGETS)
    faults = 0
    for target in targets:
        found = fuzz(
            target, seed=chosen.seed, count=chosen.count,
            seconds=chosen.minutes * 60 / len(targets), keep=chosen.keep,
        )  # fmt: skip
        wrong = sum(number for outcome, number in found.items() if not is_sound(outcome))
        sys.stdout.write(
            f"{target}: {sum(found.values()):,} inputs, {found['read']:,} read, "
            f"{found['refused']:,} refused, {wrong:,} at fault\n"
        )
        sys.stdout.flush()
        faults += wrong
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
