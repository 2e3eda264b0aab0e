"""The arguments of a tool: read forgivingly, checked against its schema, with defaults put in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mngraph.assistant.described import tools
from mngraph.errors import UsageError
from mngraph.nearest import nearest
from mngraph.wording import alternatives

SHOWN = 80
"""Most characters of a wrong value that a message repeats."""
WHOLE = {"true": True, "false": False}
"""What is read as a truth value, in small letters."""


def checked(tool: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a tool as it takes them.

    One text stands for a list of one, digits stand for a number, and null for nothing.

    Args:
        tool: the name of the tool.
        given: the arguments.

    Raises:
        UsageError: an argument is unknown, missing, or of another type; the message says which.

    >>> checked("search", {"text": "PRP", "kinds": "modality", "limit": "3"})
    {'limit': 3, 'text': 'PRP', 'kinds': ['modality']}
    """
    schema = tools()[tool]["inputSchema"]
    known = schema["properties"]
    for name in given:
        if name not in known:
            near = nearest(name[:SHOWN], known, 60)
            hint = f"; did you mean {near}?" if near else ""
            raise UsageError(
                f"{tool} has no argument {name[:SHOWN]!r}{hint} (it has {', '.join(known)})"
            )
    defaults = {name: about["default"] for name, about in known.items() if "default" in about}
    read = {name: _read(value, known[name]) for name, value in given.items() if value is not None}
    for message in _faults(defaults | read, schema):
        raise UsageError(f"{tool}: {message}")
    return defaults | read


def _read(value: Any, about: Mapping[str, Any]) -> Any:
    """Return a value as the type that is asked for, where it can stand for one."""
    wanted = about["type"]
    if wanted == "array" and isinstance(value, str):
        return [value]
    if wanted == "integer" and isinstance(value, str) and value.strip().isdecimal():
        return int(value[:20])
    if wanted == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if wanted == "boolean" and isinstance(value, str):
        return WHOLE.get(value.strip().lower(), value)
    return value


def _faults(values: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with some arguments, as sentences."""
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(schema).iter_errors(values):
        name = ".".join(map(str, error.absolute_path))
        yield _sentence(name, str(error.validator), error.validator_value, error.instance)


BOUNDS = {
    "minimum": "{name} is at least {allowed}, not {shown}",
    "maximum": "{name} is at most {allowed}, not {shown}",
    "maxLength": "{name} has at most {allowed:,} characters, not {length:,}",
    "maxItems": "{name} has at most {allowed} entries, not {length:,}",
    "maxProperties": "{name} has at most {allowed} entries, not {length:,}",
    "minLength": "{name} is empty",
    "minItems": "{name} is empty",
}
"""What is wrong with a value that is out of bounds, by the word of the schema for the bound."""
KINDS = {
    "string": "text", "array": "a list", "object": "an object", "boolean": "true or false",
    "integer": "a whole number", "number": "a number",
}  # fmt: skip


def _sentence(name: str, rule: str, allowed: Any, value: Any) -> str:
    """Return what is wrong with a value."""
    shown = repr(value)
    shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
    if rule == "required":
        return f"an argument is missing: {', '.join(each for each in allowed if each not in value)}"
    if rule == "type":
        kinds = [allowed] if isinstance(allowed, str) else allowed
        return f"{name} is to be {alternatives(KINDS[kind] for kind in kinds)}, not {shown}"
    if rule == "enum":
        return f"{name} can be {alternatives(allowed)}, not {shown}"
    length = len(value) if isinstance(value, (str, list, dict)) else 0
    form = BOUNDS.get(rule, "{name}: {shown} does not fit")
    return form.format(name=name, allowed=allowed, shown=shown, length=length)
