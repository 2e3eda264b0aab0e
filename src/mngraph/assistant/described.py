"""What assistants are told: tools with their schemas, and resources, from `ontology/assistant/`."""

from __future__ import annotations

import json
import re
import shlex
from copy import deepcopy
from functools import cache
from typing import Any

from mngraph import resources
from mngraph.yamlfile import read_yaml


@cache
def document(name: str) -> dict[str, Any]:
    """Return a file of `ontology/assistant/`, `tools` or `resources`.

    >>> [tool["name"] for tool in document("tools")["tools"]]
    ['search', 'evidence', 'explain', 'gaps', 'sparql']
    """
    data: dict[str, Any] = read_yaml(resources.folder("ontology") / "assistant" / f"{name}.yaml")[0]
    return data


@cache
def tools() -> dict[str, dict[str, Any]]:
    """Return the tools by name; the schema of each answer has what every answer has.

    >>> "says_not" in tools()["gaps"]["outputSchema"]["required"]
    True
    """
    every, found = document("tools")["every"], {}
    for given in document("tools")["tools"]:
        tool = deepcopy(given)
        schema = tool["outputSchema"]
        schema["properties"] |= every
        schema["required"] = [*schema["required"], *every]
        tool["annotations"] = {"readOnlyHint": True, "openWorldHint": False}
        found[tool["name"]] = tool
    return found


def said(name: str) -> str:
    """Return a sentence on what answers do not say."""
    return str(document("tools")["says_not"][name])


VALUE = r"(?:'[^']*'|[^\s`'),;]*[^\s`'),;.])"
"""A value on a command line, as `shlex.join` writes it."""


def reworded(message: str) -> str:
    """Return text of the command line in the words of the tools.

    >>> reworded("no query is called 'x' (mngraph queries lists all)")
    "no query is called 'x' (the resource mngraph://queries lists all)"
    >>> reworded("did you mean -w platelet-rich-plasma or -i melasma?")
    'did you mean combined_with platelet-rich-plasma or indication melasma?'
    >>> reworded("ask `mngraph evidence -g my.nq -i scar -w a -w 'b c' --alone --since 2020`.")
    'ask `evidence {"indication": "scar", "combined_with": ["a", "b c"], "alone": true, \
"since": 2020}`.'
    >>> reworded("see mngraph query studies-of -p indication=scar, which lists them")
    'see sparql {"query": "studies-of", "parameters": {"indication": "scar"}}, which lists them'
    """
    if "mngraph" in message:
        options = "|".join(document("tools")["commands"]["evidence"])
        asks = rf"mngraph evidence((?: (?:{options}|-g)(?: (?!-){VALUE})?)+)"
        runs = rf"mngraph query ([a-z-]+)((?: -[gp] {VALUE})*)"
        message = re.sub(asks, lambda found: _evidence(shlex.split(found[1])), message)
        message = re.sub(runs, lambda found: _query(found[1], shlex.split(found[2])), message)
    for pattern, words in document("tools")["remedies"]:
        message = re.sub(pattern, words, message)
    return message


def _evidence(words: list[str]) -> str:
    """Return the call of `evidence` that asks what some options of the command ask."""
    asked: dict[str, Any] = {}
    schema = tools()["evidence"]["inputSchema"]["properties"]
    waiting = list(words)
    while waiting:
        name = document("tools")["commands"]["evidence"].get(waiting.pop(0))
        kind = schema[name]["type"] if name else ""
        value: Any = True if kind == "boolean" else waiting.pop(0)
        if kind == "array":
            asked.setdefault(name, []).append(value)
        elif name:  # not the location of the graph, which is the one that is served
            asked[name] = int(value) if kind == "integer" else value
    return f"evidence {json.dumps(asked, ensure_ascii=False)}"


def _query(name: str, words: list[str]) -> str:
    """Return the call of `sparql` that runs a named query."""
    pairs = zip(words[::2], words[1::2], strict=False)
    values = dict(value.split("=", 1) for option, value in pairs if option == "-p" and "=" in value)
    asked = {"query": name} | ({"parameters": values} if values else {})
    return f"sparql {json.dumps(asked, ensure_ascii=False)}"
