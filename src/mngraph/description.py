"""How a built graph describes itself: title, IRI, date, program, and the files it was made from.

The release is described by data/dataset.ttl. Every other build describes itself, so that no other
graph passes as the release. A rule adds counts to both.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import context, iris
from mngraph.errors import UsageError
from mngraph.wording import counted

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.packs import Pack


@dataclass(frozen=True, kw_only=True)
class Description:
    """What the maker of a graph states about it; what is empty is worked out.

    Attributes:
        title: the dataset's title in English; by default its number of records.
        iri: the dataset's IRI; by default a name (`urn:uuid:…`) made of the records' content.
        date: the day of the build, as 2026-11-28; by default that of the environment variable
            SOURCE_DATE_EPOCH (seconds since 1970), else today in UTC.
    """

    title: str = ""
    iri: str = ""
    date: str = ""

    def quads(self, files: Iterable[Path], packs: Sequence[Pack] = ()) -> Iterator[ox.Quad]:
        """Yield the description of a graph made of some record files, in `graph:dataset`.

        The same files, title, IRI and date give the same quads, wherever the files are. A graph
        that holds a pack, whole and alone, has its title, version and license.

        Args:
            files: the records.
            packs: the packs that they belong to.

        Raises:
            UsageError: the IRI is not one or that of the release, or the date or
                SOURCE_DATE_EPOCH is not one.
        """
        if self.iri == iris.DATASET:
            raise UsageError(f"{self.iri} is the release of mngraph; give the graph another IRI")
        records = sorted(files)
        own = [pack for pack in packs if pack.prefix]
        read = [*records, *(path for pack in own for path in pack.sources())]
        sources = sorted((path.name, hashlib.sha256(path.read_bytes()).digest()) for path in read)
        whole = own[0] if own and own == list(packs) and own[0].is_all(records) else None
        iri = self.iri or (f"{whole.base}dataset" if whole else "")
        iri = iri or _name_of(digest for _, digest in sources)
        title = self.title or (whole.title if whole else "")
        dataset = _dataset(iri, title, counted(len(records), "study record"), day_of(self.date))
        dataset["dcterms:hasPart"] = [{"@id": pack.iri} for pack in own]
        dataset["prov:wasDerivedFrom"] = [
            {"@id": file_name(digest), "@type": "prov:Entity", "rdfs:label": name}
            for name, digest in sources
        ]
        if whole:
            stated = whole.record.data
            dataset["owl:versionInfo"] = stated["version"]
            dataset["dcterms:license"] = {"@id": stated["license"]}
        yield from _quads(dataset)


def _dataset(iri: str, title: str, number: str, day: date) -> dict[str, Any]:
    """Return the description of a dataset as JSON-LD with the prefixes of the context."""
    release = version("mngraph")
    title = title or f"Evidence graph of {number}"
    them = "it" if number.startswith("1 ") else "them"
    claims = (
        f"{number}, with the claims that rest on {them}, built by mngraph {release}. "
        "Not a release of mngraph."
    )
    return {
        "@id": _checked(iri),
        "@type": "dcat:Dataset",
        "rdfs:label": _english(title),
        "dcterms:title": _english(title),
        "dcterms:description": _english(claims),
        "dcterms:issued": {"@type": "xsd:date", "@value": day.isoformat()},
        "dcat:distribution": {
            "@id": f"{iri.rstrip('#')}#graph",
            "@type": ["dcat:Distribution", "void:Dataset"],
            "rdfs:label": _english("the graph, which holds what is counted here"),
            "void:vocabulary": {"@id": f"{context.BASE}ontology"},
        },
        "prov:wasGeneratedBy": {
            "@id": f"{iri}#build",
            "@type": "prov:Activity",
            "rdfs:label": _english(f"build by mngraph {release}"),
            "prov:wasAssociatedWith": {
                "@id": f"{context.BASE}software/mngraph/{release}",
                "@type": "prov:SoftwareAgent",
                "rdfs:label": _english(f"mngraph {release}"),
                "owl:versionInfo": release,
            },
        },
    }


def _quads(dataset: dict[str, Any]) -> Iterator[ox.Quad]:
    import pyoxigraph as ox

    document = {
        "@context": context.prefixes(),
        "@id": iris.graph("dataset"),
        "@graph": [dataset],
    }
    yield from ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD)


def _english(text: str) -> dict[str, str]:
    return {"@language": "en", "@value": text}


def day_of(text: str) -> date:
    """Return the day that a text names; without a text, that of SOURCE_DATE_EPOCH or today.

    Raises:
        UsageError: the text is not a date, or SOURCE_DATE_EPOCH not a number of seconds.

    >>> day_of("2026-11-28")
    datetime.date(2026, 11, 28)
    """
    if text:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise UsageError(f"{text!r} is not a date; write it as 2026-11-28") from error
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds:
        return datetime.now(UTC).date()
    try:
        return datetime.fromtimestamp(int(seconds), UTC).date()
    except (ValueError, OverflowError, OSError) as error:
        reason = f"SOURCE_DATE_EPOCH is {seconds!r}; it must be a number of seconds since 1970"
        raise UsageError(reason) from error


def file_name(digest: bytes) -> str:
    """Return the IRI that names a file by the SHA-256 of its content (RFC 6920).

    >>> file_name(hashlib.sha256(b"Hello World!").digest())
    'ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk'
    """
    return f"ni:///sha-256;{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _name_of(digests: Iterable[bytes]) -> str:
    """Return a UUID (version 5, RFC 9562) made of the content of files, as a URN."""
    whole = hashlib.sha256(b"".join(sorted(digests))).hexdigest()
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, whole)}"


def _checked(iri: str) -> str:
    """Return an IRI.

    Raises:
        UsageError: it is not one.
    """
    import pyoxigraph as ox

    try:
        return ox.NamedNode(iri).value
    except ValueError as error:
        raise UsageError(f"{iri!r} is not an IRI: {error}") from error
