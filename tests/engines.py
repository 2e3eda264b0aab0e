"""Engines beside our own: how each is started on a graph, and its answers in one form."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import rdflib

from mngraph import context
from mngraph.store import LocalStore, Store

OXIGRAPH = shutil.which("oxigraph", path=sysconfig.get_path("scripts")) or shutil.which("oxigraph")
VIRTUOSO, ISQL = shutil.which("virtuoso-t"), shutil.which("isql-vt") or shutil.which("isql-v")

XSD = "http://www.w3.org/2001/XMLSchema#"
NUMBERS = {XSD + name for name in ("integer", "decimal", "double", "float")}


def plain(kind: str, value: str, datatype: str | None, language: str | None) -> tuple[Any, ...]:
    """Return a term so that equal terms are equal in every engine: numbers and truth by value."""
    if datatype in NUMBERS:
        return ("number", round(float(value), 9))
    if datatype == f"{XSD}boolean":
        return ("truth", value in ("true", "1"))
    text = None if datatype == f"{XSD}string" or language else datatype
    return (kind, value, text, language)


def of_oxigraph(term: Any) -> Any:
    if term is None or isinstance(term, ox.NamedNode):
        return term and plain("iri", term.value, None, None)
    if isinstance(term, ox.BlankNode):
        return "blank"
    return plain("literal", term.value, term.datatype.value, term.language)


def of_rdflib(term: Any) -> Any:
    if term is None or isinstance(term, rdflib.URIRef):
        return None if term is None else plain("iri", str(term), None, None)
    if isinstance(term, rdflib.BNode):
        return "blank"
    datatype = None if term.datatype is None else str(term.datatype)
    return plain("literal", str(term), datatype, term.language)


def unordered(row: Any) -> Any:
    """Return a row without the order of names joined in one cell, which SPARQL does not promise."""
    return tuple(
        (term[0], tuple(sorted(re.split("[,;] | versus ", term[1]))), *term[2:])
        if isinstance(term, tuple) and term[0] == "literal"
        else term
        for term in row
    )


def in_store(store: Store, text: str) -> Any:
    """Return what a graph location answers: a truth value, or rows of plain terms."""
    found = store.query_internal(text)
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    if isinstance(found, ox.QuerySolutions):
        return [tuple(of_oxigraph(term) for term in row) for row in found]
    return [tuple(map(of_oxigraph, (t.subject, t.predicate, t.object))) for t in found]


def in_rdflib(dataset: rdflib.Dataset, text: str) -> Any:
    """Return what rdflib answers: a truth value, or rows of plain terms."""
    found = dataset.query(text, initNs=context.prefixes())
    if found.type == "ASK":
        return found.askAnswer
    if found.type == "SELECT":
        return [tuple(of_rdflib(row.get(name)) for name in found.vars) for row in found.bindings]
    return [tuple(map(of_rdflib, triple)) for triple in found.graph]


def free_port() -> int:
    """Return a port on loopback on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


START = 300.0
"""Seconds within which a server has to listen."""


def await_port(port: int, server: subprocess.Popen[Any]) -> None:
    """Return when a server listens on a port of loopback.

    Raises:
        RuntimeError: it ended instead, or does not listen after some minutes.
    """
    end = time.monotonic() + START
    while server.poll() is None and time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{server.args!r} does not listen on port {port}")


@contextmanager
def running(
    *command: str | Path, ports: Iterable[int], **options: Any
) -> Iterator[subprocess.Popen[Any]]:
    """Run a server until the block ends; it listens on its ports when the block begins."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(list(map(str, command)), **quiet, **options) as server:
        try:
            for port in ports:
                await_port(port, server)
            yield server
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


@contextmanager
def served(place: Path, *options: str, mode: str = "serve-read-only") -> Iterator[str]:
    """The address of a real SPARQL endpoint on loopback: the Oxigraph server on a store.

    With the mode `serve` the store is written too.
    """
    port = free_port()
    command = [str(OXIGRAPH), mode, "--location", place, "--bind", f"127.0.0.1:{port}", *options]
    with running(*command, ports=[port]):
        yield f"http://127.0.0.1:{port}/query"


VIRTUOSO_INI = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
DirsAllowed = {folder}
NumberOfBuffers = 40000
ThreadsPerQuery = 1
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 4
[SPARQL]
ResultSetMaxRows = {most}
MaxQueryExecutionTime = 20
"""
LOAD = """\
ld_dir('{folder}', 'quads.nq', '{name}');
ld_dir('{folder}', 'union.nt', '{name}');
rdf_loader_run();
"""
UNION = "https://w3id.org/mngraph/graph/"
"""A graph that holds what all others hold: in Virtuoso their union is no graph by itself."""


@contextmanager
def virtuoso(folder: Path, statements: str, most: int = 1_000_000) -> Iterator[str]:
    """The address of Virtuoso 7 on loopback.

    Args:
        folder: an empty folder, in which the database is made.
        statements: what is done there at the start, in SQL.
        most: how many rows of an answer it sends.
    """
    sql, http = free_port(), free_port()
    settings = VIRTUOSO_INI.format(sql=sql, http=http, folder=folder, most=most)
    (folder / "virtuoso.ini").write_text(settings)
    (folder / "start.sql").write_text(statements)
    start = [str(VIRTUOSO), "+foreground", "+configfile", str(folder / "virtuoso.ini")]
    with running(*start, ports=[sql, http], cwd=folder):
        run_sql(sql, folder / "start.sql")
        yield f"http://127.0.0.1:{http}/sparql"


def run_sql(port: int, file: Path) -> None:
    """Run statements in Virtuoso, one a line, whose `isql` ends well whatever they did.

    Raises:
        RuntimeError: it refuses one.
    """
    command = [str(ISQL), f"127.0.0.1:{port}", "dba", "dba", str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=START)
    if "*** Error" in done.stdout + done.stderr:
        raise RuntimeError(f"Virtuoso refuses {file}: {done.stdout}{done.stderr}")


@contextmanager
def loaded_virtuoso(folder: Path, store: LocalStore) -> Iterator[str]:
    """The address of Virtuoso 7 with each named graph of a store, and their union by default."""
    union = {quad.triple for quad in store.quads()}
    (folder / "union.nt").write_bytes(ox.serialize(union, format=ox.RdfFormat.N_TRIPLES))
    (folder / "quads.nq").write_bytes(ox.serialize(store.quads(), format=ox.RdfFormat.N_QUADS))
    with virtuoso(folder, LOAD.format(folder=folder, name=UNION)) as url:
        yield f"{url}?default-graph-uri={UNION}"
