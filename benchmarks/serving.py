"""`mngraph serve` under load, beside the bare Oxigraph server and rdflib-endpoint.

    python benchmarks/serving.py [--clients 16] [--seconds 30] [--rounds 2] [--new] [NAME …]

All three serve the graph of the release, and get the same named queries with their defaults, in
the same order, by clients that ask again as soon as they have an answer. They are asked one after
the other; a round asks each once, and its ratios are those of that round. `--new` gives each
query a LIMIT of its own above all rows, so that none is asked twice and nothing that was read or
answered can be used again. Names of other queries replace the mix. Before the load each server
answers each query once, and all have to find as many rows.

rdflib-endpoint is installed into an environment of its own unless --peer names its program. Exits 1
if an answer is missing or no JSON, or if a ratio is below what is promised.

rdflib uses one core and the others use all, so the ratios to it are lower where other work leaves
each server one core or less; processor time says what an answer costs anywhere. Without `--new`,
ours keeps the answer to each query, and rdflib-endpoint what it read of each text.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from engines import free_port, running
from served import Served

from mngraph import context, queries, resources, sparql
from mngraph.store import LocalStore, local, open_store

OURS, BARE, PEER = "mngraph serve", "oxigraph serve-read-only", "rdflib-endpoint"
PEER_PACKAGE = "rdflib-endpoint[web]==0.6.3"
PROMISED = {BARE: 0.4, PEER: 10.0}
"""The least that our answers a second may be, in those of another server."""
MIX = (
    "appraisals-of", "claims-with-only", "comparisons-of", "events-by-studies", "included-studies",
    "mappings-by-terminology", "outcomes-of", "randomised-evidence", "safety-claims", "sources",
    "studies-by-year",
)  # fmt: skip
"""Each sixth of the named queries that rdflib, asked alone, answers within ten seconds.

On average they take as long in Oxigraph and in rdflib as all of these do.
"""
FORKED = multiprocessing.get_context("fork")
TURNS = FORKED.Value("q")
"""How many queries were asked: clients share it, so that all queries are asked equally often."""
PATIENCE = 300.0
"""Seconds that a client waits for an answer."""


class Endpoint(NamedTuple):
    """Where a server listens for queries, and its process."""

    process: int
    host: str
    port: int
    path: str


class Load(NamedTuple):
    """What clients got: seconds for each answer, what went wrong, and the server's processor."""

    times: list[float]
    faults: list[str]
    seconds: float
    processor: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    @property
    def cost(self) -> float:
        """Seconds of processor time for an answer."""
        return self.processor / len(self.times)


def texts(store: LocalStore, names: Iterable[str]) -> list[str]:
    """Return named queries as any server reads them, with the prefixes that they use."""
    found = []
    for name in names:
        query = queries.find_query(name)
        bound = sparql.bind_own(query.text, queries.bind_values(store, query.parameters, {}))
        used = [(key, iri) for key, iri in context.prefixes().items() if f"{key}:" in bound]
        found.append("".join(f"PREFIX {key}: <{iri}>\n" for key, iri in used) + bound)
    return found


def ask(connection: http.client.HTTPConnection, path: str, text: str) -> bytes:
    """Return the answer to a query as JSON.

    Raises:
        RuntimeError: another status than 200.
    """
    headers = {
        "Content-Type": "application/sparql-query", "Accept": "application/sparql-results+json",
    }  # fmt: skip
    connection.request("POST", path, text.encode(), headers)
    response = connection.getresponse()
    body = response.read()
    if response.status != http.HTTPStatus.OK:
        raise RuntimeError(f"status {response.status}: {body[:200].decode(errors='replace')}")
    return body


def rows(body: bytes) -> int:
    """Return how many rows an answer has; ASK has one."""
    found = json.loads(body)
    return 1 if "boolean" in found else len(found["results"]["bindings"])


def processor(process: int) -> float:
    """Return the seconds of processor time of a process and of those that it started (Linux)."""
    try:
        words = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
        children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    except OSError:
        return 0.0
    own = sum(map(int, words[11:15])) / os.sysconf("SC_CLK_TCK")  # its own, and of ended children
    return own + sum(processor(int(child)) for child in children)


def client(endpoint: Endpoint, asked: list[str], seconds: float, new: bool) -> Load:
    """Ask what comes next in the mix until the time is up; the last answer is waited for."""
    times: list[float] = []
    faults: list[str] = []
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=PATIENCE)
    start = now = time.monotonic()
    while now - start < seconds:
        with TURNS.get_lock():
            turn = TURNS.value
            TURNS.value += 1
        text = asked[turn % len(asked)] + (f"\nLIMIT {1_000_000 + turn}" if new else "")
        try:
            rows(ask(connection, endpoint.path, text))
        except (OSError, http.client.HTTPException, RuntimeError, ValueError, KeyError) as error:
            faults.append(f"{type(error).__name__}: {error}")
            connection.close()
        else:
            times.append(time.monotonic() - now)
        now = time.monotonic()
    connection.close()
    return Load(times, faults, now - start)


def load(endpoint: Endpoint, asked: list[str], options: argparse.Namespace) -> Load:
    """Let many clients ask at once, each a process of its own."""
    TURNS.value = 0
    before = processor(endpoint.process)
    with FORKED.Pool(options.clients) as pool:
        call = (endpoint, asked, options.seconds, options.new)
        loads = pool.starmap(client, [call] * options.clients, chunksize=1)
    spent = processor(endpoint.process) - before
    times = [seconds for found in loads for seconds in found.times]
    faults = [fault for found in loads for fault in found.faults]
    return Load(times, faults, max(found.seconds for found in loads), spent)


@contextmanager
def other(command: list[str], port: int, path: str) -> Iterator[Endpoint]:
    """Run a server of others until the block ends."""
    with running(*command, ports=[port]) as server:
        yield Endpoint(server.pid, "127.0.0.1", port, path)


def installed(folder: Path) -> Path:
    """Install rdflib-endpoint into an environment of its own; return its program."""
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", PEER_PACKAGE]
    subprocess.run(pip, check=True, stdout=sys.stderr)
    return folder / "bin" / "rdflib-endpoint"


def servers(stack: ExitStack, store: LocalStore, peer: Path | None) -> dict[str, Endpoint]:
    """Start the three servers; they end with the stack."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    data = folder / "release.nq"
    ox.serialize(store.quads(), str(data), format=ox.RdfFormat.N_QUADS)
    ours = stack.enter_context(Served("--no-access-log"))
    ports = free_port(), free_port()
    bare = [
        str(Path(sys.executable).parent / "oxigraph"), "serve-read-only", "--union-default-graph",
        "--location", str(resources.release()), "--bind", f"127.0.0.1:{ports[0]}",
    ]  # fmt: skip
    another = [
        str(peer or installed(folder / "environment")), "serve", "--host", "127.0.0.1",
        "--port", str(ports[1]), str(data),
    ]  # fmt: skip
    return {
        OURS: Endpoint(ours.process.pid, *ours.address, "/sparql"),
        BARE: stack.enter_context(other(bare, ports[0], "/query")),
        PEER: stack.enter_context(other(another, ports[1], "/")),
    }


def compare(endpoints: dict[str, Endpoint], asked: list[str]) -> list[int]:
    """Return how many rows each query finds, which has to be the same for each server."""
    found = {}
    for name, endpoint in endpoints.items():
        connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=PATIENCE)
        found[name] = [rows(ask(connection, endpoint.path, text)) for text in asked]
        connection.close()
    if len({tuple(counts) for counts in found.values()}) > 1:
        raise SystemExit(f"the servers find different numbers of rows: {found}")
    return found[OURS]


def main() -> int:
    """Measure, and print a table for each round."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--clients", type=int, default=16, help="clients at once")
    options.add_argument("--seconds", type=float, default=30, help="seconds for each server")
    options.add_argument("--rounds", type=int, default=1, help="how often each server is asked")
    options.add_argument("--new", action="store_true", help="ask no text twice")
    options.add_argument("--peer", type=Path, help="the program rdflib-endpoint")
    options.add_argument("names", nargs="*", default=MIX, metavar="NAME", help="a named query")
    given = options.parse_args()
    store = local(open_store())
    asked = texts(store, given.names)
    failed = False
    with ExitStack() as stack:
        endpoints = servers(stack, store, given.peer)
        counts = zip(given.names, compare(endpoints, asked), strict=True)
        print("Rows: " + ", ".join(f"{name} {count:,}" for name, count in counts) + "\n")
        for _ in range(given.rounds):
            loads = {name: load(at, asked, given) for name, at in endpoints.items()}
            columns = "answers | a second | processor ms each | median, ms | 95th centile, ms"
            print(f"| server | {columns} | faults |\n| --- |" + " --: |" * 6)
            for name, found in loads.items():
                middle = statistics.median(found.times) * 1000
                late = statistics.quantiles(found.times, n=20)[-1] * 1000
                print(
                    f"| {name} | {len(found.times):,} | {found.rate:,.1f} | "
                    f"{found.cost * 1000:,.1f} | {middle:,.0f} | {late:,.0f} | "
                    f"{len(found.faults)} |"
                )
                failed |= bool(found.faults) and name == OURS
                for fault in sorted(set(found.faults))[:5]:
                    print(f"{name}: {fault}", file=sys.stderr)
            for name, least in PROMISED.items():
                ratio = loads[OURS].rate / loads[name].rate
                failed |= ratio < least
                saved = loads[name].cost / loads[OURS].cost
                print(f"\n{OURS} gives {ratio:.2f} times the answers of {name}", end="")
                print(f", and {saved:.2f} times as many for the same processor time", end="")
            print("\n", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
