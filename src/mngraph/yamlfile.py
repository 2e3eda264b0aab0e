"""YAML 1.2 (core schema) read with line numbers and bounds, and written in one form.

PyYAML's parser does the syntax; the resolver here keeps to the YAML 1.2 core schema, so that the
country `NO` stays text and `2019-01-01` stays a string. Anchors, tags, several documents and
duplicate keys do not belong in a study record and are refused.
"""

from __future__ import annotations

import codecs
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from mngraph.errors import RecordError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_DIGITS = 100
"""Longest number that is read, in characters."""

MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32", codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16",
}  # fmt: skip
"""What files in other encodings begin with; UTF-32 first, which begins like UTF-16."""

Lines = dict[tuple[str | int, ...], int]


def read_yaml(path: str | Path) -> tuple[Any, Lines]:
    """Read one YAML file; return its data and the line on which each path of keys stands.

    Raises:
        RecordError: the file is missing, too large, not UTF-8, empty or not YAML.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise RecordError(path, 1, f"{size:,} bytes; a record has at most {MAX_BYTES:,}")
        content = path.read_bytes()
    except OSError as error:
        raise RecordError(path, 0, f"cannot be read: {error.strerror}") from error
    return parse_yaml(_decoded(content, path), path)


def _decoded(content: bytes, path: Path) -> str:
    """Return the text of a file, with or without a byte-order mark.

    Raises:
        RecordError: it is not UTF-8; the message names the encoding and how to convert it.
    """
    for mark, name in MARKS.items():
        if content.startswith(mark):
            raise RecordError(path, 1, f"the encoding is {name}, not UTF-8{_conversion(name)}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{content[error.start]:02X}"
        name = "UTF-16" if b"\0" in content[:4] else "WINDOWS-1252"
        reason = f"not UTF-8 ({byte}), perhaps {name}{_conversion(name)}"
        raise RecordError(path, line, reason) from error


def _conversion(encoding: str) -> str:
    return f"; convert it with: iconv -f {encoding} -t UTF-8 OLD > NEW"


def parse_yaml(text: str, path: str | Path = "<text>") -> tuple[Any, Lines]:
    r"""Parse YAML text; return its data and the line of each path of keys.

    >>> parse_yaml("country: NO\nsessions: 4")
    ({'country': 'NO', 'sessions': 4}, {(): 1, ('country',): 1, ('sessions',): 2})
    """
    import yaml

    loader = _loader_class()
    try:
        if "*" in text:
            _refuse_aliases(yaml.parse(text, Loader=loader), path)
        node = yaml.compose(text, Loader=loader)
    except _TooDeepError as error:
        reason = f"nested deeper than {MAX_DEPTH} levels"
        raise RecordError(path, error.line, reason) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" (column {mark.column + 1})" if mark else ""
        line = mark.line + 1 if mark else 1
        reason = f"{error.problem}{where}{_mend(error, text)}"
        raise RecordError(path, line, f"not YAML: {reason}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise RecordError(path, line, f"not YAML: {error.reason}") from error
    except yaml.YAMLError as error:
        raise RecordError(path, 1, f"not YAML: {error}") from error
    if node is None:
        raise RecordError(path, 1, "the file is empty")
    lines: Lines = {}
    return _Builder(path, lines).build(node, ()), lines


def write_yaml(data: Any) -> str:
    """Return `data` as YAML in the one form that records have.

    Block style with short lists in flow style; keys keep their order; strings are quoted only
    where YAML 1.2 or 1.1 would read something else.

    >>> print(write_yaml({"id": "a", "indications": ["scar"], "volume": "33"}), end="")
    id: a
    indications: [scar]
    volume: "33"
    """
    import yaml

    dumper = _dumper_class()
    return yaml.dump(
        data, Dumper=dumper, sort_keys=False, allow_unicode=True, width=2**20,
        default_flow_style=False,
    )  # fmt: skip


def _mend(error: Any, text: str) -> str:
    """Return what to do about an error of a parser, where that is known."""
    if "mapping values" in str(error):
        return "; put a text that holds a colon in quotes"
    mark = error.problem_mark
    lines = text.splitlines()
    if mark and mark.line < len(lines) and "\t" in lines[mark.line][: mark.column + 1]:
        return "; the line is indented with a tab: use spaces"
    return ""


def _refuse_aliases(events: Any, path: str | Path) -> None:
    import yaml

    for event in events:
        if isinstance(event, yaml.AliasEvent):
            reason = "anchors and aliases are not allowed in a record"
            raise RecordError(path, _line(event), reason)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _exact_float(text: str) -> float:
    """Return a number that is written again as it was read.

    Raises:
        ValueError: it is too large or has more digits than a number in this program keeps.
    """
    number = float(text)
    if Decimal(repr(number)) != Decimal(text):
        raise ValueError(f"the number {text} cannot be kept exactly: it has too many digits")
    return number


class _TooDeepError(Exception):
    """Nodes are nested deeper than `MAX_DEPTH`; `line` is that of the first one that is."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Depth:
    """Bounds how deep a document is nested while it is composed, which recurses.

    PyYAML calls `descend_resolver` before it composes a node, and `ascend_resolver` after it.
    """

    depth = 0

    def descend_resolver(self, parent: Any, index: Any) -> None:
        """Enter a node."""
        self.depth += 1
        if self.depth > MAX_DEPTH + 1:
            raise _TooDeepError(parent.start_mark.line + 1)

    def ascend_resolver(self) -> None:
        """Leave a node."""
        self.depth -= 1


class _Builder:
    """Turns composed nodes into plain data and notes the line of each."""

    SCALARS: ClassVar[dict[str, Any]] = {
        "tag:yaml.org,2002:str": str,
        "tag:yaml.org,2002:int": int,
        "tag:yaml.org,2002:float": _exact_float,
        "tag:yaml.org,2002:bool": lambda text: text.lower() == "true",
        "tag:yaml.org,2002:null": lambda text: None,
    }

    def __init__(self, path: str | Path, lines: Lines) -> None:
        self.path, self.lines = path, lines

    def build(self, node: Any, where: tuple[str | int, ...]) -> Any:
        self.lines.setdefault(where, node.start_mark.line + 1)
        if node.id == "sequence":
            return [self.build(item, (*where, n)) for n, item in enumerate(node.value)]
        if node.id == "mapping":
            return self._mapping(node, where)
        make = self.SCALARS.get(node.tag)
        if make is None:
            raise self._error(node, f"the tag {node.tag} is not allowed in a record")
        if make in (int, _exact_float) and len(node.value) > MAX_DIGITS:
            reason = f"a number of {len(node.value):,} characters; at most {MAX_DIGITS} are read"
            raise self._error(node, reason)
        try:
            return make(node.value)
        except ValueError as error:
            raise self._error(node, str(error)) from error

    def _mapping(self, node: Any, where: tuple[str | int, ...]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value in node.value:
            key = self.build(key_node, ("\0key",)) if key_node.id == "scalar" else None
            self.lines.pop(("\0key",), None)
            if not isinstance(key, str):
                raise self._error(key_node, "a key must be text")
            if key in data:
                raise self._error(key_node, f"duplicate key `{key}`")
            self.lines[(*where, key)] = key_node.start_mark.line + 1
            data[key] = self.build(value, (*where, key))
        return data

    def _error(self, node: Any, reason: str) -> RecordError:
        return RecordError(self.path, node.start_mark.line + 1, reason)


def _core_schema(resolver: Any) -> None:
    """Give a resolver class the implicit types of the YAML 1.2 core schema (section 10.3.2)."""
    resolver.yaml_implicit_resolvers = {}
    for tag, pattern, first in (
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("int", r"[-+]?[0-9]+", list("-+0123456789")),
        (
            "float",
            r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?",
            list("-+0123456789."),
        ),
    ):
        resolver.add_implicit_resolver(
            f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), first
        )


def _loader_class() -> Any:
    import yaml

    global _Loader
    if _Loader is None:
        base = getattr(yaml, "CLoader", yaml.Loader)
        _Loader = type("CoreLoader", (_Depth, base), {})
        _core_schema(_Loader)
    return _Loader


def _dumper_class() -> Any:
    import yaml

    global _Dumper
    if _Dumper is None:
        core = type("CoreResolver", (yaml.resolver.BaseResolver,), {})()
        _core_schema(type(core))

        class Dumper(yaml.SafeDumper):
            """Short lists of scalars in flow style, lists indented, double quotes."""

            def ignore_aliases(self, data: Any) -> bool:
                """Return True: a value that stands twice is written twice, not as an alias."""
                return True

            def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
                return super().increase_indent(flow, False)

            def represent_items(self, data: list[Any]) -> Any:
                flow = all(not isinstance(item, (dict, list)) for item in data)
                return self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flow)

            def represent_text(self, data: str) -> Any:
                tags = {each.resolve(yaml.ScalarNode, data, (True, False)) for each in (self, core)}
                style = None if tags == {"tag:yaml.org,2002:str"} else '"'
                return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)

        Dumper.add_representer(list, Dumper.represent_items)
        Dumper.add_representer(str, Dumper.represent_text)
        _Dumper = Dumper
    return _Dumper


_Loader: Any = None
_Dumper: Any = None
