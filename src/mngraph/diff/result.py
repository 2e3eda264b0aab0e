"""What differs between two graphs, as data and as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from mngraph import context
from mngraph.diff import text
from mngraph.diff.text import Value
from mngraph.wording import counted

FILE = "ni:///"
"""What the names of the files begin with that a dataset was made from (RFC 6920)."""
SIGNS = {"added": "+", "removed": "-", "changed": "~", "renamed": "~"}


@dataclass(frozen=True)
class Change:
    """One field with another value than before; None where it has no value.

    Attributes:
        field: the path in a record (`arms/A/sessions`), or the node and the property of a claim
            or another resource (`line/pmid-1/A/B mn:stance`).
        before: the value in the older graph.
        after: the value in the newer graph.
    """

    field: str
    before: Value
    after: Value


@dataclass(frozen=True)
class Renumbering:
    """Rows of a list in a record that have other numbers, hence other IRIs, than before.

    Attributes:
        field: the list, such as `outcomes`.
        numbers: the old and the new number of each row that moved, from 1.
    """

    field: str
    numbers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One study record, claim or other resource that was added, removed or changed.

    Attributes:
        iri: the resource.
        label: what people call it; empty where it has no label.
        kind: `added`, `removed`, `changed`, or of a study `renamed`: its publication has the PMID
            or DOI of that of a study that is gone.
        changes: what changed in it; empty where it was added or removed as a whole.
        renumbered: the lists of a record whose rows have other numbers than before.
        former: of a study that was renamed: the IRI that it had.
        studies: of a claim: the IRIs of the studies whose records changed it; empty where a
            concept changed and no study.
    """

    iri: str
    label: str
    kind: str
    changes: tuple[Change, ...] = ()
    renumbered: tuple[Renumbering, ...] = ()
    studies: tuple[str, ...] = ()
    former: str = ""


@dataclass
class Diff:
    r"""All that differs between two graphs.

    Attributes:
        records: study records.
        claims: claims, with the studies behind each change.
        others: concepts, terms of the ontology, mappings and any other resource with an IRI.
        unnamed: whether triples with blank nodes differ, as the ontology's expressions have them.

    >>> empty = Diff()
    >>> empty.same, empty.to_text()
    (True, 'No difference.\n')
    >>> empty.to_dict()["claims"]
    []
    """

    records: list[Difference] = field(default_factory=list)
    claims: list[Difference] = field(default_factory=list)
    others: list[Difference] = field(default_factory=list)
    unnamed: bool = False

    @property
    def same(self) -> bool:
        """Whether both graphs state the same."""
        return not (self.records or self.claims or self.others or self.unnamed)

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return {"same": self.same, **asdict(self)}

    def to_text(self) -> str:
        """Return the differences as lines of text: `+` added, `-` removed, `~` changed."""
        lines = [
            *_section("Records", self.records),
            *_section("Claims", self.claims),
            *_section("Other resources", self.others),
        ]
        if self.unnamed:
            lines.append("Triples with blank nodes (expressions without a name) differ.")
        return "\n".join(lines or ["No difference."]) + "\n"


def _section(title: str, found: Sequence[Difference]) -> Iterator[str]:
    if not found:
        return
    counts = {kind: sum(each.kind == kind for each in found) for kind in SIGNS}
    yield f"{title}: {', '.join(f'{n} {kind}' for kind, n in counts.items() if n)}"
    files = [each for each in found if each.iri.startswith(FILE) and not each.changes]
    for kind, sign in SIGNS.items():
        if number := sum(each.kind == kind for each in files):
            yield f"  {sign} {counted(number, 'source file')} that the dataset was made from"
    for each in (each for each in found if each not in files):
        yield f"  {SIGNS[each.kind]} {context.compact(each.iri)}  {each.label}".rstrip()
        if each.former:
            yield f"      was called {context.compact(each.former)}"
        for change in each.changes:
            yield f"      {text.change(change.field, change.before, change.after)}"
        for list_ in each.renumbered:
            yield f"      {text.renumbering(list_.field, list_.numbers)}"
        if each.studies:
            yield f"      because of {text.names(each.studies)}"
