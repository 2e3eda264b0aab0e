"""The sources of an answer for reference managers: RIS and BibTeX, of what their records state."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mngraph.evidence.sources import Source
from mngraph.visible import escape_controls

INITIALS = re.compile(r"(?P<family>\S.*) (?P<given>[^\W\d_a-z](?:-?[^\W\d_a-z]){0,4})")
"""A name as MEDLINE writes it: the family name, then initials in capitals."""
PAGES = re.compile(r"(\w+)\s*[-\u2013]\s*(\w+)")
"""The first and the last page."""
ESCAPED = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "$&%#_"},
}  # fmt: skip
"""What TeX would read as a command, and how it is written; braces stay in pairs."""


def to_ris(sources: Iterable[Source]) -> str:
    """Return sources as RIS, as reference managers import it.

    >>> made = Source(key="pmid-1", name="Doe 2019", citation="", title="Needles", kind="article",
    ...               authors=("Doe JA",), journal="Skin", year="2019", pages="5-9", pmid="1")
    >>> to_ris([made]).splitlines()[:3]
    ['TY  - JOUR', 'ID  - pmid-1', 'AU  - Doe, JA']
    """
    lines = (f"{tag}  - {_plain(text)}" for source in sources for tag, text in _tags(source))
    return "".join(f"{line}\n" for line in lines)


def _tags(source: Source) -> Iterator[tuple[str, str]]:
    """Yield the tags of a source with their values, those that are stated."""
    first, last = _pages(source.pages)
    yield "TY", {"chapter": "CHAP", "article": "JOUR"}[source.kind]
    yield "ID", source.key
    yield from (("AU", _inverted(name)) for name in source.authors)
    stated = (
        ("TI", source.title), ("T2", source.journal), ("PY", source.year), ("VL", source.volume),
        ("IS", source.issue), ("SP", first), ("EP", last), ("DO", source.doi),
        ("AN", source.pmid), ("DB", "PubMed" if source.pmid else ""), ("UR", source.link),
        ("N1", "" if source.title else source.name),
    )  # fmt: skip
    yield from ((tag, text) for tag, text in stated if text)
    yield "ER", ""


def to_bibtex(sources: Iterable[Source]) -> str:
    r"""Return sources as BibTeX.

    >>> made = Source(key="pmid-1", name="Doe 2019", citation="", title="5% & more",
    ...               kind="article", authors=("Doe JA", "Skin Group"), journal="Skin")
    >>> print(to_bibtex([made]), end="")
    @article{pmid-1,
      author = {Doe, JA and {Skin Group}},
      title = {{5\% \& more}},
      journal = {Skin},
    }
    """
    return "\n".join(map(_entry, sources))


def _entry(source: Source) -> str:
    where = "booktitle" if source.kind == "chapter" else "journal"
    kinds = {"chapter": "incollection", "article": "article" if source.journal else "misc"}
    first, last = _pages(source.pages)
    fields = {
        "author": " and ".join(map(_tex_name, source.authors)),
        "title": f"{{{_tex(source.title)}}}" if source.title else "",
        where: _tex(source.journal),
        "year": _tex(source.year),
        "volume": _tex(source.volume),
        "number": _tex(source.issue),
        "pages": _tex(f"{first}--{last}" if last else first),
        "doi": _address(source.doi),
        "pmid": _tex(source.pmid),
        "url": _address(source.link),
        "note": "" if source.title else _tex(source.name),
    }
    key = re.sub(r"[^A-Za-z0-9:._-]", "-", source.key)
    lines = "".join(f"  {name} = {{{text}}},\n" for name, text in fields.items() if text)
    return f"@{kinds[source.kind]}{{{key},\n{lines}}}\n"


def _pages(text: str) -> tuple[str, str]:
    """Return the first and the last page; all of the text as the first where it has no range."""
    found = PAGES.fullmatch(text)
    return (found[1], found[2]) if found else (text, "")


def _inverted(name: str) -> str:
    """Return a name with a comma after the family name, where its initials follow.

    >>> [_inverted(name) for name in ("Mohamed Ali BM", "Basavarajappa", "Kim J-H")]
    ['Mohamed Ali, BM', 'Basavarajappa', 'Kim, J-H']
    """
    found = INITIALS.fullmatch(name)
    return f"{found['family']}, {found['given']}" if found else name


def _tex_name(name: str) -> str:
    inverted = _inverted(name)
    return _tex(inverted) if "," in inverted else f"{{{_tex(inverted)}}}"


def _tex(text: str) -> str:
    return "".join(ESCAPED.get(sign, sign) for sign in _plain(text))


def _address(text: str) -> str:
    """Return a DOI or an address, which TeX takes as it is but for braces and backslashes."""
    signs = {"{": "%7B", "}": "%7D", "\\": "%5C"}
    return "".join(signs.get(sign, sign) for sign in _plain(text))


def _plain(text: str) -> str:
    """Return text as one line without control characters."""
    return escape_controls(" ".join(text.split()))
