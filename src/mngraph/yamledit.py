"""Changes to a YAML file that leave every other byte of it: comments, order, quotes, line ends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mngraph.errors import RecordError
from mngraph.yamlfile import parse_yaml, write_yaml

Edit = tuple[int, int, str]
"""From and to which character of a text is replaced, and by what."""


def edited(
    text: str, changes: Mapping[str, Mapping[str, Any]], order: Mapping[str, Sequence[str]],
    path: str | Path = "<text>",
) -> str:  # fmt: skip
    r"""Return YAML with other values of some keys; everything else stays as it is.

    Args:
        text: a mapping of mappings, such as a study record.
        changes: for each outer key, the new values by inner key; None takes a key away.
        order: for each outer key, its inner keys in the order in which they are written.
        path: what errors call it.

    Raises:
        RecordError: it cannot be read, or not be changed in this way.

    >>> text = "id: a # mine\npublication:\n  title: Scars # seen\n  volume: '3'\nb: 1\n"
    >>> order = {"publication": ["doi", "title", "issued", "volume"]}
    >>> print(edited(text, {"publication": {"issued": "2019", "doi": "10.1/x"}}, order), end="")
    id: a # mine
    publication:
      doi: 10.1/x
      title: Scars # seen
      issued: "2019"
      volume: '3'
    b: 1
    """
    import yaml

    data, _ = parse_yaml(text, path)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    lines = _starts(text)
    edits: list[Edit] = []
    for outer, values in changes.items():
        node = _value(root, outer)
        if not isinstance(node, yaml.MappingNode) or not node.value:
            raise RecordError(path, 1, f"`{outer}` is not a mapping of keys to values")
        place = _Place(text, lines, node, order.get(outer, ()))
        edits += place.edits(values)
        data[outer] = {k: v for k, v in {**data[outer], **values}.items() if v is not None}
    for start, end, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        text = text[:start] + new + text[end:]
    if parse_yaml(text, path)[0] != data:
        raise RecordError(path, 1, "this file cannot be changed without being written anew")
    return text


def _starts(text: str) -> list[int]:
    """Return where each line of a text starts, and where one more would."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _value(node: Any, key: str) -> Any:
    return next((value for name, value in node.value if name.value == key), None)


class _Place:
    """A mapping in a text, to which keys are added and from which they are taken."""

    def __init__(self, text: str, lines: list[int], node: Any, order: Sequence[str]) -> None:
        self.text, self.lines, self.node = text, lines, node
        self.order = list(order)
        self.pairs = {key.value: (key, value) for key, value in node.value}
        self.margin = " " * node.value[0][0].start_mark.column
        self.end = "\r\n" if "\r\n" in text else "\n"

    def edits(self, values: Mapping[str, Any]) -> list[Edit]:
        """Return the edits that give keys other values, in the order of their places."""
        found: list[Edit] = []
        new: dict[int, list[str]] = {}
        for key in sorted(values, key=self._rank):
            value = values[key]
            if key in self.pairs:
                found.append(self._other(key, value))
            elif value is not None:
                new.setdefault(self._behind(key), []).append(self._line(key, value))
        return found + [(at, at, self._separated(at, parts)) for at, parts in new.items()]

    def _rank(self, key: str) -> int:
        return self.order.index(key) if key in self.order else len(self.order)

    def _line(self, key: str, value: Any) -> str:
        if self.node.flow_style:
            return f", {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        written = write_yaml({key: value}).splitlines()
        return "".join(f"{self.margin}{line}{self.end}" for line in written)

    def _separated(self, at: int, parts: list[str]) -> str:
        """Return lines to insert; one comes before them where the text ends without it."""
        before = self.text[at - 1 : at]
        missing = not self.node.flow_style and before not in ("", "\n")
        return (self.end if missing else "") + "".join(parts)

    def _behind(self, key: str) -> int:
        """Return the place behind the key that comes before a new one, else at the beginning."""
        earlier = [name for name in self.pairs if self._rank(name) < self._rank(key)]
        if self.node.flow_style:
            last = self.node.value[-1][1]
            return int(last.end_mark.index)
        if not earlier:
            first: int = self.node.value[0][0].start_mark.line
            return self.lines[first]
        before = max(earlier, key=self._rank)
        line = _last_line(self.pairs[before][1]) + 1
        while self._is_comment_below(line):
            line += 1
        return self.lines[line]

    def _is_comment_below(self, line: int) -> bool:
        """Return whether a line is a comment that stands deeper than the keys."""
        if line + 1 >= len(self.lines):
            return False
        text = self.text[self.lines[line] : self.lines[line + 1]]
        return text.startswith(f"{self.margin} ") and text.lstrip().startswith("#")

    def _other(self, key: str, value: Any) -> Edit:
        """Return the edit that replaces a value, or takes a key with its lines away."""
        name, old = self.pairs[key]
        if self.node.flow_style:
            if value is None:
                raise RecordError("<text>", name.start_mark.line + 1, f"`{key}` stands in braces")
            return (old.start_mark.index, old.end_mark.index, json.dumps(value, ensure_ascii=False))
        start = self.lines[name.start_mark.line]
        end = self.lines[_last_line(old) + 1]
        if value is None:
            return start, end, ""
        if (
            old.id == "scalar"
            and old.style not in ("|", ">")
            and not isinstance(value, list | dict)
        ):
            written = write_yaml({key: value}).rstrip("\n").partition(": ")[2]
            return old.start_mark.index, old.end_mark.index, written
        return start, end, self._line(key, value)


def _last_line(node: Any) -> int:
    """Return the line on which a value ends."""
    if node.id != "scalar" and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if node.id == "mapping" else last)
    end = node.end_mark
    back = end.column == 0 and end.line > node.start_mark.line
    return int(end.line) - (1 if back else 0)
