"""Which fields differ: of two states of a study record, and of two states of any resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeGuard

from mngraph import context, tables
from mngraph.diff.pairs import paired
from mngraph.diff.result import Change, Renumbering
from mngraph.diff.text import Value, words

if TYPE_CHECKING:
    from mngraph.diff.digest import Description, Node, Properties


# --- study records ---------------------------------------------------------------------------


def record_changes(was: Value, now: Value, path: str = "") -> Iterator[Change | Renumbering]:
    """Yield the fields in which two states of a record differ, and the lists with other numbers.

    Rows of a list are matched by their id, else by what they hold. A row is called by its number in
    the old list, a new one by its number in the new list (`outcomes/+3`).

    Args:
        was: a record, or a value in it, as plain data.
        now: the same in the newer graph.
        path: where the value is in the record; empty for the record itself.
    """
    if isinstance(was, dict) and isinstance(now, dict):
        for key in [*was, *(key for key in now if key not in was)]:
            yield from record_changes(was.get(key), now.get(key), f"{path}/{key}".strip("/"))
    elif _are_rows(was) and _are_rows(now):
        yield from _row_changes(was, now, path)
    elif was != now:
        yield Change(path, was, now)


def _are_rows(value: Value) -> TypeGuard[list[dict[str, Value]]]:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _row_changes(
    was: Sequence[dict[str, Value]], now: Sequence[dict[str, Value]], path: str
) -> Iterator[Change | Renumbering]:
    if all("id" in row for row in (*was, *now)):
        one, other = ({str(row["id"]): row for row in rows} for rows in (was, now))
        for key in [*one, *(key for key in other if key not in one)]:
            yield from record_changes(one.get(key), other.get(key), f"{path}/{key}")
        return
    pairs = paired(was, now)
    for old, new in pairs:
        name = f"{path}/{old}" if old else f"{path}/+{new}"
        yield from record_changes(
            was[old - 1] if old else None, now[new - 1] if new else None, name
        )
    moved = tuple((old, new) for old, new in pairs if old and new and old != new)
    if moved:
        yield Renumbering(path, moved)


# --- any resource ----------------------------------------------------------------------------


def triple_changes(was: Description, now: Description) -> Iterator[Change]:
    """Yield what differs between two states of a thing, node by node and property by property.

    Args:
        was: the nodes of the thing in the older graph.
        now: the same in the newer graph.
    """
    root = min([*was, *now], key=len)
    for iri in sorted(was.keys() | now.keys()):
        before, after = was.get(iri, {}), now.get(iri, {})
        node = iri.removeprefix(root).strip("/")
        if not before or not after:
            yield Change(node, _properties(before) or None, _properties(after) or None)
        else:
            yield from _property_changes(before, after, node)


def _property_changes(before: Properties, after: Properties, node: str) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        left, right = before.get(name, []), after.get(name, [])
        gone = [each for each in left if each not in right]
        come = [each for each in right if each not in left]
        if gone or come:
            field = f"{node} {context.compact(name)}".strip()
            one, other = _values(gone), _values(come)
            if words(one) == words(
                other
            ):  # another language, datatype or kind of term: show the whole term
                one, other = (", ".join(map(str, terms)) for terms in (gone, come))
            yield Change(field, one, other)


def _properties(node: Mapping[str, Sequence[Node]]) -> dict[str, Value]:
    return {context.compact(name): _values(terms) for name, terms in node.items()}


def _values(terms: Sequence[Node]) -> Value:
    values: list[Value] = [_value(each) for each in terms]
    return values[0] if len(values) == 1 else values or None


def _value(term: Node) -> Value:
    import pyoxigraph as ox

    return f"<<( {term} )>>" if isinstance(term, ox.Triple) else tables.term_value(term)
