"""A new evidence pack: the files of ontology/new-pack with names filled in."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from mngraph import context, iris, resources, vocabularies
from mngraph.description import day_of
from mngraph.errors import OutputError, UsageError
from mngraph.files import replacing, write_bytes
from mngraph.nearest import nearest


def make_pack(
    folder: Path, *, root: str = "", noun: str = "", title: str = "", base: str = ""
) -> list[str]:
    """Make a pack that validates and builds; return the names of its files.

    Args:
        folder: the folder to make; its name becomes the pack's name.
        root: the slug of the intervention that the pack is about; one that the shared
            vocabularies lack is added to the pack. By default the pack's name.
        noun: the word for what is done; by default the root's slug with spaces.
        title: the pack's title in English.
        base: what its IRIs begin with; by default an address under https://example.org/.

    Raises:
        UsageError: a name or the base cannot be one.
        OutputError: something stands there already, or the folder cannot be written.
    """
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    root = root or name
    if not context.PACK_NAME.fullmatch(name) or name in context.own_prefixes():
        raise UsageError(
            f"{folder.name!r} cannot be the name of a pack: give the folder a name of letters "
            "that is not a prefix of mngraph already, such as chemical-peels"
        )
    if not vocabularies.SLUG.fullmatch(root):
        raise UsageError(f"{root!r} is not a slug: write lower-case letters, digits and hyphens")
    base = base or f"https://example.org/{name}/"
    if not context.PACK_BASE.fullmatch(base) or base.startswith(context.BASE):
        raise UsageError(f"{base!r} cannot be a base: write your own address, ending in / or #")
    if folder.exists():
        raise OutputError(f"{folder} exists already: give a folder that is not there yet")
    words = root.replace("-", " ")
    filled = {
        "name": name,
        "base": base,
        "root": root,
        "label": words,
        "noun": noun or words,
        "title": title or f"The evidence on {noun or words}",
        "today": day_of("").isoformat(),
        "kind": "procedure",
    }
    known = root in vocabularies.shared()[iris.concept("procedure", "")]
    return _write(folder, filled, without="vocabulary" if known else "")


def added_root(slug: str) -> str:
    """Return a note on a root that the shared vocabularies lack but for its spelling, or nothing.

    >>> added_root("chemical-peal")
    'the pack has a chemical-peal of its own; did you mean the shared chemical-peel?'
    """
    shared = vocabularies.shared()[iris.concept("procedure", "")]
    near = None if slug in shared else nearest(slug, shared, 80)
    if near is None:
        return ""
    return f"the pack has a {slug} of its own; did you mean the shared {near}?"


def _write(folder: Path, filled: dict[str, str], without: str) -> list[str]:
    """Write the files of the template, but for those of one folder; return their names."""
    template = resources.folder("ontology") / "new-pack"
    made = []
    with replacing(folder, folder=True, listed=False) as draft:
        for path in sorted(p for p in template.rglob("*") if p.is_file()):
            inside = path.relative_to(template)
            if inside.parts[0] == without:
                continue
            name = Template(str(inside)).substitute(filled)
            target = draft / name
            target.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(target, Template(path.read_text("utf-8")).substitute(filled).encode())
            made.append(name)
    return made
