"""The sources of an answer for reference managers: RIS, BibTeX and CSL-JSON.

Under which name each format has what a record states is written in
`ontology/faces/references/`; here names of people are taken apart and values are escaped.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from mngraph import resources
from mngraph.evidence.sources import Source
from mngraph.visible import escape_controls

NAME = re.compile(
    r"(?P<family>\S.*?) (?P<given>[^\W\d_a-z](?:-?[^\W\d_a-z]){0,4})"
    r"(?: (?P<suffix>Jr\.?|Sr\.?|2nd|3rd|[4-9]th|I{2,3}|IV|VI{0,3}))?"
)
"""A name as MEDLINE writes it: the family name, then initials in capitals, then a suffix."""
PAGES = re.compile(r"(\w+)\s*[-\u2013]\s*(\w+)")
"""The first and the last page."""
DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
"""A date as finely as it is stated."""
ESCAPED = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "$&%#_"},
}  # fmt: skip
"""What TeX would read as a command, and how it is written; braces stay in pairs."""
DIVIDES = re.compile(r",|\band\b", re.I)
"""What BibTeX takes as the end of a name or of a part of it."""
ADDRESSES = frozenset({"doi", "url"})
"""Fields of BibTeX that TeX takes as they are."""


class Name(NamedTuple):
    """The name of an author; only a family name for a group, or where no initials were seen."""

    family: str
    given: str = ""
    suffix: str = ""


def name_of(text: str) -> Name:
    """Return the parts of a name that MEDLINE writes as one.

    >>> name_of("Mohamed Ali BM"), name_of("Kim J-H")
    (Name(family='Mohamed Ali', given='B. M.', suffix=''), \
Name(family='Kim', given='J.-H.', suffix=''))
    >>> name_of("English RS Jr").suffix, name_of("The Skin Group").family
    ('Jr', 'The Skin Group')
    """
    text = _plain(text)
    found = NAME.fullmatch(text)
    if not found:
        return Name(text)
    given = re.sub(r"(\w)(?=\w|-|$)", r"\1. ", found["given"]).replace(" -", "-").strip()
    return Name(found["family"], given, found["suffix"] or "")


def to_ris(sources: Iterable[Source]) -> str:
    """Return sources as RIS, as reference managers import it.

    >>> made = Source(key="pmid-1", name="Doe 2019", citation="", title="Needles", kind="article",
    ...               authors=("Doe JA",), journal="Skin", year="2019", pages="5-9", pmid="1")
    >>> to_ris([made]).splitlines()[:3]
    ['TY  - JOUR', 'ID  - pmid-1', 'AU  - Doe, J. A.']
    """
    lines = (
        f"{tag}  - {_plain(text)}"
        for key, source in _keyed(sources)
        for tag, text in _tags(key, source)
    )
    return "".join(f"{line}\n" for line in lines)


def _tags(key: str, source: Source) -> Iterator[tuple[str, str]]:
    """Yield the tags of a source with their values, those that are stated."""
    yield "TY", _types()[_type(source)]["ris"]
    yield "ID", key
    for name in map(name_of, source.authors):
        yield "AU", ", ".join(filter(None, name))
    values = _values(source)
    for field in _fields():
        for text in values.get(field["value"], ()) if field["ris"] else ():
            yield field["ris"], text
    yield "ER", ""


def to_bibtex(sources: Iterable[Source]) -> str:
    r"""Return sources as BibTeX.

    >>> made = Source(key="pmid-1", name="Doe 2019", citation="", title="5% & more",
    ...               kind="article", authors=("Doe JA", "Skin Group"), journal="Skin")
    >>> print(to_bibtex([made]), end="")
    @article{pmid-1,
      author = {Doe, J. A. and {Skin Group}},
      title = {{5\% \& more}},
      journal = {Skin},
    }
    """
    return "\n".join(_entry(key, source) for key, source in _keyed(sources))


def _entry(key: str, source: Source) -> str:
    fields = {"author": " and ".join(_tex_name(name_of(name)) for name in source.authors)}
    values = _values(source)
    for field in _fields():
        if (name := field["bibtex"]) and (texts := values.get(field["value"])):
            text = "; ".join(texts)
            fields[name] = _address(text) if name in ADDRESSES else _tex(text)
    if "title" in fields:
        fields["title"] = f"{{{fields['title']}}}"
    if "pages" in fields:
        fields["pages"] = PAGES.sub(r"\1--\2", fields["pages"])
    lines = "".join(f"  {name} = {{{text}}},\n" for name, text in fields.items() if text)
    return f"@{_types()[_type(source)]['bibtex']}{{{key},\n{lines}}}\n"


def to_csl(sources: Iterable[Source]) -> str:
    """Return sources as CSL-JSON, as Zotero, Pandoc and citeproc read it.

    >>> made = Source(key="pmid-1", name="Doe 2019", citation="", title="Needles", kind="article",
    ...               authors=("Doe JA", "Skin Group"), issued="2019-05")
    >>> import json
    >>> entry = json.loads(to_csl([made]))[0]
    >>> entry["author"], entry["issued"]
    ([{'family': 'Doe', 'given': 'J. A.'}, {'literal': 'Skin Group'}], {'date-parts': [[2019, 5]]})
    """
    made = [_csl(key, source) for key, source in _keyed(sources)]
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _csl(key: str, source: Source) -> dict[str, object]:
    entry: dict[str, object] = {"id": key, "type": _types()[_type(source)]["csl"]}
    if source.authors:
        entry["author"] = [_csl_name(name_of(name)) for name in source.authors]
    if date := _date(source):
        entry["issued"] = {"date-parts": [[int(part) for part in date]]}
    values = _values(source)
    for field in _fields():
        if field["csl"] and (texts := values.get(field["value"])):
            entry[field["csl"]] = "; ".join(map(_plain, texts))
    return entry


def _csl_name(name: Name) -> dict[str, str]:
    """Return a name as CSL has it; several words without initials are a group."""
    if not name.given and " " in name.family:
        return {"literal": name.family}
    return {part: text for part, text in name._asdict().items() if text}


@cache
def _table(name: str) -> list[dict[str, str]]:
    path = resources.folder("ontology") / "faces" / "references" / f"{name}.tsv"
    return list(csv.DictReader(path.read_text("utf-8").splitlines(), delimiter="\t"))


def _fields() -> list[dict[str, str]]:
    return _table("fields")


@cache
def _types() -> dict[str, dict[str, str]]:
    return {row["kind"]: row for row in _table("types")}


def _type(source: Source) -> str:
    return "alone" if source.kind == "article" and not source.journal else source.kind


def _values(source: Source) -> dict[str, Sequence[str]]:
    """Return what is stated about a source, by the names of the table of fields."""
    found = PAGES.fullmatch(source.pages)
    first, last = (found[1], found[2]) if found else (source.pages, "")
    date, chapter = _date(source), source.kind == "chapter"
    values = {
        "title": source.title, "publisher": source.publisher, "year": source.year,
        "journal": "" if chapter else source.journal, "book": source.journal if chapter else "",
        "month": str(int(date[1])) if len(date) > 1 else "",
        "day": "/".join(date) if len(date) > 1 else "",
        "volume": source.volume, "issue": source.issue, "first_page": first, "last_page": last,
        "pages": source.pages, "doi": source.doi, "pmid": source.pmid, "pmcid": source.pmcid,
        "database": "PubMed" if source.pmid else "", "link": source.link,
    }  # fmt: skip
    notes = (*source.notices, "" if source.title else source.name)
    return {
        **{name: (text,) for name, text in values.items() if text},
        "note": [note for note in notes if note],
    }


def _date(source: Source) -> list[str]:
    """Return year, month and day of a source, as far as they are stated."""
    found = DATE.fullmatch(source.issued) or DATE.fullmatch(source.year)
    return [part for part in found.groups() if part] if found else []


def _keyed(sources: Iterable[Source]) -> Iterator[tuple[str, Source]]:
    """Yield each publication once, with a key that no other has, in capitals or small letters."""
    used: Counter[str] = Counter()
    seen: set[str] = set()
    for source in sources:
        if source.publication in seen:
            continue
        seen |= {source.publication} - {""}
        key = re.sub(r"[^A-Za-z0-9:._-]", "-", source.key)
        used[key.casefold()] += 1
        number = used[key.casefold()]
        yield (key if number == 1 else f"{key}:{number}"), source


def _tex_name(name: Name) -> str:
    """Return a name as BibTeX has it: family, suffix, initials; what has none is in braces."""
    if not name.given:
        return f"{{{_tex(name.family)}}}"
    parts = (part for part in (name.family, name.suffix, name.given) if part)
    return ", ".join(f"{{{_tex(part)}}}" if DIVIDES.search(part) else _tex(part) for part in parts)


def _tex(text: str) -> str:
    return "".join(ESCAPED.get(sign, sign) for sign in _plain(text))


def _address(text: str) -> str:
    """Return a DOI or an address, which TeX takes as it is but for braces and backslashes."""
    signs = {"{": "%7B", "}": "%7D", "\\": "%5C"}
    return "".join(signs.get(sign, sign) for sign in _plain(text))


def _plain(text: str) -> str:
    """Return text as one line without control characters."""
    return escape_controls(" ".join(text.split()))
