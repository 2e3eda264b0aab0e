"""Files of literature to shards on a cluster of Dask: one task a file, and a manifest at the end.

A worker that dies costs the task that it was at, and a client that dies costs nothing that was
written: the next run takes up the shards that are there. The manifest and the shards depend on the
files alone, not on the number of workers or on the order in which they were done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import mngraph
from mngraph.candidates import graph, places, shards
from mngraph.candidates.shards import Order, Receipt
from mngraph.errors import LocationError, MngraphError

if TYPE_CHECKING:
    from distributed import Client

    from mngraph.candidates.known import Index

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
PATIENCE = 20
"""Seconds within which a scheduler has to answer."""
DEATHS = 10
"""How many workers may die at one task before it is given up."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """The shards of some files.

    Attributes:
        receipts: one for each file, in the order of the manifest.
        counts: how many entries came to each end, over all files.
        superseded: how many candidates were left out, since another entry revises or deletes them.
    """

    receipts: tuple[Receipt, ...]
    counts: dict[str, int]
    superseded: int

    @property
    def quads(self) -> int:
        """How many quads the shards hold."""
        return sum(receipt.quads for receipt in self.receipts)


@contextmanager
def connected(scheduler: str | None, workers: int | None) -> Iterator[Client]:
    """Yield a client of a cluster: of a scheduler, or of workers on this machine.

    Args:
        scheduler: the address of a scheduler, like `tcp://10.0.0.1:8786`.
        workers: without a scheduler, how many processes to start; by default one for each core.

    Raises:
        MissingExtraError: dask is not installed.
        LocationError: the scheduler does not answer.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise places.missing() from error
    settings = {
        "distributed.scheduler.allowed-failures": DEATHS,
        "distributed.logging.distributed": "critical",
    }
    with dask.config.set(settings):
        if scheduler:
            try:
                client = Client(scheduler, timeout=PATIENCE)
            except (OSError, ValueError) as error:
                raise LocationError(f"no scheduler answers at {scheduler}: {error}") from error
            with client:
                yield client
            return
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None,
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster) as client,
        ):  # fmt: skip
            yield client


def make_all(
    client: Client, sources: Sequence[str], folder: str, known: Index, *,
    everything: bool = False, note: Callable[[int], None] = lambda done: None,
) -> Made:  # fmt: skip
    """Make the shard of each file, and the manifest of them all.

    Where several files hold a publication, the one with the latest revision counts, of the same
    day the later file; what a file deletes is left out of the files before it. So shards can be
    loaded together.

    Args:
        client: the cluster.
        sources: addresses or paths, in the order in which PubMed published them.
        folder: the address or path of the folder of shards.
        known: publications that have a record, which are left out.
        everything: whether publications come in that do not name the subject.
        note: called with 1 for each file that is done.

    Raises:
        OutputError: a shard cannot be written.
        LocationError: a file cannot be read at all, or the cluster is lost.
    """
    places.ready(folder)
    digest = shards.write_known(folder, known)
    orders = [
        Order(source=source, folder=folder, name=name, everything=everything, known=digest)
        for source, name in zip(sources, shards.names(sources), strict=True)
    ]
    receipts = _made(client, orders, note)
    losers = superseded(receipts)
    again = [
        replace(order, left_out=tuple(sorted(losers[n])))
        for n, order in enumerate(orders)
        if sorted(losers[n]) != receipts[n].left_out
    ]
    if again:
        renewed = {each.name: each for each in _made(client, again, lambda done: None)}
        receipts = [renewed.get(each.name, each) for each in receipts]
    counts: dict[str, int] = {}
    for receipt in receipts:
        for name, number in receipt.counts.items():
            counts[name] = counts.get(name, 0) + number
    made = Made(
        receipts=tuple(receipts), counts=counts, superseded=sum(len(each) for each in losers)
    )
    _write_manifest(made, folder, everything=everything)
    return made


def superseded(receipts: Sequence[Receipt]) -> list[set[int]]:
    """Return for each file the numbers of the entries that another entry takes the place of.

    >>> old, new = (Receipt(source=n, token="", settings="", name=n) for n in "ab")
    >>> old.revisions, new.deleted = [("pmid-1", "2025", 0)], ["pmid-1"]
    >>> superseded([old, new])
    [{0}, set()]
    """
    best: dict[str, tuple[str, int, int]] = {}
    losers: list[set[int]] = [set() for _ in receipts]
    for number, receipt in enumerate(receipts):
        for key, revised, entry in receipt.revisions:
            mine, other = (revised, number, entry), best.get(key)
            if other is None or other < mine:
                best[key] = mine
                mine = other or mine
            if other is not None:
                losers[mine[1]].add(mine[2])
        for key in receipt.deleted:
            if key in best:
                _, file, entry = best.pop(key)
                losers[file].add(entry)
    return losers


def _made(client: Client, orders: Sequence[Order], note: Callable[[int], None]) -> list[Receipt]:
    """Return the receipts of all orders, in their order.

    Raises:
        MngraphError: the first error of a task.
        LocationError: workers died again and again, or the scheduler is lost.
    """
    from distributed import as_completed

    futures = client.map(shards.make, orders, pure=False, key=_keys(orders))
    try:
        for future in as_completed(futures):
            problem = future.exception()
            if isinstance(problem, MngraphError):
                raise problem
            if problem is not None:
                raise LocationError(f"the cluster could not do its work: {problem}")
            note(1)
        return list(client.gather(futures))
    finally:
        client.cancel(futures)


def _keys(orders: Iterable[Order]) -> list[str]:
    import uuid

    run = uuid.uuid4().hex
    return [f"shard-{order.name}-{run}" for order in orders]


def _write_manifest(made: Made, folder: str, *, everything: bool) -> None:
    """Write what the folder holds, with checksums as `sha256sum -c` reads them."""
    listed: list[dict[str, Any]] = [
        {
            "name": each.name, "sha256": each.sha256, "quads": each.quads,
            "source": each.source.rsplit("/", 1)[-1], "counts": each.counts,
            "rejected": each.rejected, "failed": each.failed,
        }
        for each in made.receipts
    ]  # fmt: skip
    manifest = {
        "program": f"mngraph {mngraph.__version__}", "graph": graph.GRAPH,
        "everything": everything, "counts": made.counts, "superseded": made.superseded,
        "quads": made.quads, "shards": listed,
    }  # fmt: skip
    sums = "".join(f"{each.sha256}  {each.name}\n" for each in made.receipts)
    places.put(folder, SUMS, sums.encode())
    places.put(folder, MANIFEST, shards.as_json(manifest))
