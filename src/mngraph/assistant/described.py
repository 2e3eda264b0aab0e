"""What assistants are told: tools with their schemas, and resources, from `ontology/assistant/`."""

from __future__ import annotations

import re
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


def reworded(message: str) -> str:
    """Return a message of the command line in the words of the tools.

    >>> reworded("no query is called 'x' (mngraph queries lists all)")
    "no query is called 'x' (the resource mngraph://queries lists all)"
    >>> reworded("did you mean -w platelet-rich-plasma or -i melasma?")
    'did you mean combined_with platelet-rich-plasma or indication melasma?'
    """
    for pattern, words in document("tools")["remedies"]:
        message = re.sub(pattern, words, message)
    return message
