"""XML that is made to harm: each file is read or refused, soon and in little memory.

Each is read by a process that may die; see `fuzz.py`.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from tests.hostile import fuzz

HEAD = b'<?xml version="1.0"?>'
ARTICLE = (
    b"<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>%s</ArticleTitle>"
    b"</Article></MedlineCitation></PubmedArticle>"
)
ENTITIES = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))


def declared(declarations: bytes, title: bytes = b"&e;") -> bytes:
    """Return an article behind a document type with these declarations."""
    doctype = b"<!DOCTYPE PubmedArticleSet [" + declarations + b"]>"
    return HEAD + doctype + b"<PubmedArticleSet>" + ARTICLE % title + b"</PubmedArticleSet>"


def article_set(title: bytes) -> bytes:
    """Return a set of one article."""
    return HEAD + b"<PubmedArticleSet>" + ARTICLE % title + b"</PubmedArticleSet>"


REFUSED = {
    "a billion laughs": declared(b'<!ENTITY e0 "ha">' + ENTITIES, b"&e9;"),
    "a quadratic bomb": declared(b'<!ENTITY e "' + b"x" * 50_000 + b'">', b"&e;" * 20_000),
    "an entity of itself": declared(b'<!ENTITY e "&e;">'),
    "a file as entity": declared(b'<!ENTITY e SYSTEM "file:///etc/hostname">'),
    "an address as entity": declared(b'<!ENTITY e SYSTEM "http://127.0.0.1:9/x">'),
    "a device as entity": declared(b'<!ENTITY e SYSTEM "file:///dev/zero">'),
    "a parameter entity": declared(b'<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;'),
    "parameters within": declared(b"<!ENTITY % a '<!ENTITY &#37; b \"x\">'> %a; %b;"),
    "a bomb in UTF-16": declared(b'<!ENTITY e "x">').decode().encode("utf-16"),
    "a bomb in an attribute": declared(b"<!ENTITY e 'x'><!ATTLIST PMID a CDATA '&e;'>"),
    "unknown entity": article_set(b"&nbsp;"),
    "cut off in a tag": article_set(b"x")[:80],
    "cut off in a character": article_set(b"\xc3"),
    "another encoding than it states": HEAD + article_set("é".encode("latin-1"))[len(HEAD) :],
    "an encoding that nobody knows": b'<?xml version="1.0" encoding="x-unknown"?><a/>',
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-',
    "null": article_set(b"\0"),
    "a million levels": HEAD + b"<a>" * 1_000_000,
    "an attribute of 12 MB": HEAD + b'<PubmedArticleSet a="' + b"x" * 12_000_000 + b'"/>',
    "a title of 12 MB": article_set(b"x" * 12_000_000),
    "a comment of 12 MB": HEAD + b"<!--" + b"x" * 12_000_000 + b"--><a/>",
    "packed zeros": gzip.compress(bytes(50_000_000), mtime=0),
    "packed spaces in an article": gzip.compress(article_set(b" " * 50_000_000), mtime=0),
    "packed and cut off": gzip.compress(article_set(b"x" * 1000), mtime=0)[:-20],
}
READ = {
    "titles that nest": article_set(b"<i>" * 5000 + b"x" + b"</i>" * 5000),
    "an outer document type, which is not fetched": HEAD
    + b'<!DOCTYPE PubmedArticleSet SYSTEM "http://127.0.0.1:9/x.dtd">'
    + article_set(b"x")[len(HEAD) :],
    "100,000 attributes": HEAD
    + b"<PubmedArticleSet %s>" % b" ".join(b'a%d=""' % n for n in range(100_000))
    + ARTICLE % b"x"
    + b"</PubmedArticleSet>",
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fuzz.Reader]:
    """A process with a bound of memory, in which files are read within a bound of time."""
    found = fuzz.Reader("xml", tmp_path_factory.mktemp("xml"))
    yield found
    found.end()


@pytest.mark.slow("files of 12 MB, and a million levels")
@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(reader: fuzz.Reader, name: str) -> None:
    assert reader.read(".xml", REFUSED[name]) == "refused"


@pytest.mark.parametrize("name", READ)
def test_what_only_looks_odd_is_read(reader: fuzz.Reader, name: str) -> None:
    assert reader.read(".xml", READ[name]) == "read"
