"""Entities of RDF/XML: namespaces may be abbreviated, but a few bytes may not become gigabytes."""

from __future__ import annotations

import re

LONGEST = 256
"""Most bytes that the name of a namespace has, and an entity therefore needs."""

DECLARATION = b"<!ENTITY"
ENTITY = re.compile(rb"<!ENTITY\s+([^\s%>]+)\s+(?:\"([^\"]*)\"|'([^']*)')\s*>")
NESTED = re.compile(rb"&(?!#|(?:amp|lt|gt|quot|apos);)")


def entity_problem(block: bytes, is_first: bool) -> str | None:
    """Return what is wrong with the entities that a part of a file declares, or None.

    Ontologies abbreviate namespaces by entities, so those are taken: declared at the start of the
    file, short, and not made of other entities (which could grow without bound).

    Args:
        block: the part of the file.
        is_first: whether the file begins with it.

    >>> entity_problem(b'<!DOCTYPE r [<!ENTITY owl "http://www.w3.org/2002/07/owl#">]>', True)
    >>> entity_problem(b'<!DOCTYPE r [<!ENTITY b "&a;&a;">]>', True)
    'the entity b is made of other entities'
    """
    number = block.count(DECLARATION)
    if not number:
        return None
    found = ENTITY.findall(block)
    if not is_first or len(found) != number:
        return "an entity is declared too late in the file, from another file or in another way"
    for name, *values in found:
        value = b"".join(values)
        if NESTED.search(value):
            return f"the entity {name.decode('utf-8', 'replace')} is made of other entities"
        if len(value) > LONGEST:
            return f"the entity {name.decode('utf-8', 'replace')} is longer than {LONGEST} bytes"
    return None
