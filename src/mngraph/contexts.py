"""The contexts that our JSON-LD names by address, and their content where a reader needs it.

No address is ever fetched: a document that names a context of ours is read with the copy that the
package has.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, Protocol

from mngraph import context, resources

NAMES = ("context", "claim", "concept", "pack")
"""The contexts that documents name, files of ontology/."""
LONGEST = 512
"""More bytes than the name of a context takes, with the key and the space before it."""
NAMED = re.compile(
    rb'(?<!\\)("@context"[ \t\r\n]{0,99}:[ \t\r\n]{0,99}(?:\[[ \t\r\n]{0,99})?)"'
    + re.escape(context.BASE).encode()
    + b"("
    + "|".join(NAMES).encode()
    + rb')\.jsonld"'
)


def address(name: str) -> str:
    """Return the address of a context.

    >>> address("claim")
    'https://w3id.org/mngraph/claim.jsonld'
    """
    return f"{context.BASE}{name}.jsonld"


def published(path: str) -> bytes:
    """Return the file that a path below the base names as a context; nothing for other paths.

    >>> len(published("claim.jsonld")) > 5000, published("study.jsonld")
    (True, b'')
    """
    name = path.removesuffix(".jsonld")
    if name == path or name not in NAMES:
        return b""
    return (resources.folder("ontology") / path).read_bytes()


@cache
def content(name: str) -> tuple[dict[str, Any], ...]:
    """Return what a context consists of, without addresses and without a base of its own.

    JSON-LD does not heed the base of a context that is read from elsewhere.

    >>> [next(iter(part)) for part in content("claim")], "@base" in content("claim")[0]
    (['@version', 'id', 'id'], False)
    """
    found: list[dict[str, Any]] = []
    for part in context.document(name)["@context"]:
        if isinstance(part, str):
            found += content(part.removesuffix(".jsonld"))
        else:
            found.append({key: value for key, value in part.items() if key != "@base"})
    return tuple(found)


class Source(Protocol):
    """What can be read as bytes."""

    def read(self, size: int) -> bytes:
        """Return at most so many bytes; none at the end."""


class WithContent:
    """A stream of JSON-LD that has the content of our contexts in place of their addresses."""

    def __init__(self, source: Source) -> None:
        self.source, self.ready, self.held, self.ended = source, b"", b"", False

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""
        while not self.ended and (size < 0 or not self.ready):
            self._fill()
        part = self.ready if size < 0 else self.ready[:size]
        self.ready = self.ready[len(part) :]
        return part

    def _fill(self) -> None:
        block = self.source.read(2**16)
        self.ended = not block
        text = self.held + block
        cut = len(text) if self.ended else max(0, len(text) - LONGEST)
        for found in NAMED.finditer(text):
            if found.start() < cut < found.end():
                cut = found.end()
        self.held = text[cut:]
        self.ready += NAMED.sub(_put, text[:cut])


def _put(found: re.Match[bytes]) -> bytes:
    """Return a context's content in place of its address, alone or as the first of a list."""
    parts = json.dumps(content(found[2].decode()))
    return found[1] + (parts[1:-1] if found[1].rstrip().endswith(b"[") else parts).encode()
