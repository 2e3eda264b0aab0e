"""A process that answers one question after another; what takes too long is ended with it.

It reads requests from standard input and writes answers to standard output, a line of JSON each.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mngraph.errors import MngraphError
from mngraph.graph import Graph
from mngraph.store import open_store

if TYPE_CHECKING:
    from mngraph.assistant.fitting import Reply

    Tool = Callable[[Graph, dict[str, Any]], Reply]

FAULT = "a fault of mngraph, which its log on stderr tells more about"


def main() -> None:
    """Open the graph that the first argument names, and answer until the input ends."""
    location = sys.argv[1] if len(sys.argv) > 1 else None
    source, target = _private_streams()
    try:
        graph = Graph(open_store(location))
        os.chdir(Path(os.sep))  # relative addresses in a query shall not tell where this runs
    except MngraphError as error:
        _send(target, {"error": str(error)})
        return
    tools = _tools()  # imports what answers need before the time of a question runs
    _send(target, {"ready": True})
    for line in source:
        _send(target, _answered(graph, tools, json.loads(line)))


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Return standard input and output, and leave nothing to others but stderr."""
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(2, 1)
    return source, target


def _send(target: BinaryIO, message: dict[str, Any]) -> None:
    target.write(json.dumps(message, default=str).encode() + b"\n")
    target.flush()


def _answered(graph: Graph, tools: Mapping[str, Tool], request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a request, or what is wrong with it."""
    from mngraph.assistant.described import reworded

    try:
        return {"answer": _answer(graph, tools, **request)}
    except MngraphError as error:
        return {"error": reworded(" ".join(str(error).split()))}
    except MemoryError:
        return {"error": "the answer needs more memory than there is: narrow the question"}
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{FAULT}: {type(error).__name__}"}


def _answer(
    graph: Graph, tools: Mapping[str, Tool], do: str, name: str, arguments: dict[str, Any]
) -> Any:
    from mngraph.assistant import reading

    if do == "read":
        return reading.read(graph, name)
    if do == "list":
        return reading.every(graph)
    reply = tools[name](graph, arguments)
    return {"data": reply.data, "text": reply.text}


def _tools() -> dict[str, Tool]:
    from mngraph.assistant import answers, lists

    return {
        "search": answers.search, "evidence": answers.evidence, "explain": answers.explain,
        "gaps": lists.gaps, "sparql": lists.sparql,
    }  # fmt: skip
