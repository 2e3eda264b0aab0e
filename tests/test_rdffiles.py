"""Reading RDF: every name and encoding that people have, and a message that helps for the rest."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import os
import sys
import threading
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import Runner

from mngraph import context, rdffiles
from mngraph.errors import GraphSyntaxError, LocationError, MngraphError

TURTLE = b"@prefix e: <http://e/> . e:a e:b e:c ."
LINE = b"<http://e/a> <http://e/b> <http://e/c> .\n"
XML = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
    b'<rdf:Description rdf:about="http://e/a"><e:b rdf:resource="http://e/c"/></rdf:Description>'
    b"</rdf:RDF>"
)
JSON = b'{"@id": "http://e/a", "http://e/b": {"@id": "http://e/c"}}'
ONE = [str(quad) for quad in ox.parse(LINE, format=ox.RdfFormat.N_TRIPLES)]


def read(name: str, content: bytes) -> list[str]:
    Path(name).write_bytes(content)
    return [str(quad) for quad in rdffiles.read_file(name)]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


CONTENTS = {
    "a.ttl": TURTLE, "a.turtle": TURTLE, "A.TTL": TURTLE, "a.trig": TURTLE, "a.nt": LINE,
    "a.nq": LINE, "a.rdf": XML, "a.owl": XML, "a.xml": XML, "a.jsonld": JSON, "a.json": JSON,
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENTS)
def test_a_byte_order_mark_is_passed_over(name: str) -> None:
    assert read(name, CONTENTS[name]) == ONE
    assert read(name, codecs.BOM_UTF8 + CONTENTS[name]) == ONE


def test_compressed_files_are_read() -> None:
    zstandard = pytest.importorskip(
        "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    )
    for ending, compress in (
        (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress),
        (".zst", zstandard.compress),
    ):  # fmt: skip
        assert read(f"a.nt{ending}", compress(LINE)) == ONE
        assert read(f"A.TTL{ending.upper()}", compress(codecs.BOM_UTF8 + TURTLE)) == ONE


def test_what_is_exported_compressed_is_read_back(run: Runner) -> None:
    Path("a.nt").write_bytes(LINE)
    for ending in (".gz", ".bz2", ".xz"):
        for name in (f"b.ttl{ending}", f"c.ttl{ending}"):
            assert run("export", name, "-g", "a.nt").exit_code == 0
        assert Path(f"b.ttl{ending}").read_bytes() == Path(f"c.ttl{ending}").read_bytes()
        assert [str(quad) for quad in rdffiles.read_file(f"b.ttl{ending}")] == ONE


def test_a_file_url_names_a_file(run: Runner) -> None:
    Path("a b.nt").write_bytes(LINE)
    url = Path("a b.nt").absolute().as_uri()
    assert "%20" in url and run("export", "-", "-f", "nt", "-g", url).stdout.encode() == LINE
    with pytest.raises(LocationError, match="this machine"):
        rdffiles.local_path("file://elsewhere/a.nt")


@pytest.mark.parametrize("content", [TURTLE, LINE, XML, JSON, gzip.compress(TURTLE, mtime=0)])
def test_standard_input_is_read_as_what_it_looks_like(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert [str(quad) for quad in rdffiles.read_file("-")] == ONE


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["pipe", "pipe.ttl"])
def test_a_pipe_is_read(name: str, run: Runner) -> None:
    os.mkfifo(name)
    writer = threading.Thread(target=lambda: Path(name).write_bytes(TURTLE))
    writer.start()
    assert run("export", "-", "-f", "nt", "-g", name).stdout.encode() == LINE
    writer.join()


LATIN = '<http://e/a> <http://e/b> "é" .'
HELP = [
    ("page.ttl", b"<!DOCTYPE html><html><body>404</body></html>", "HTML page"),
    ("page.rdf", b"\n<html lang='en'><head></head></html>", "HTML page"),
    ("x.ttl", gzip.compress(TURTLE, mtime=0), "rename it to x.ttl.gz"),
    ("x.ttl", bz2.compress(TURTLE), "rename it to x.ttl.bz2"),
    ("x.ttl.gz", bz2.compress(TURTLE), "rename it to x.ttl.bz2"),
    ("x.ttl.gz", TURTLE, "rename it to x.ttl"),
    ("x.nt", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "git lfs pull"),
    ("x.owl", TURTLE, ".ttl"),
    ("x.ttl", XML, ".rdf"),
    ("x.ttl", JSON, ".jsonld"),
    ("x.jsonld", LINE, ".nt"),
    ("x.ttl", LATIN.encode("latin-1"), "iconv -f WINDOWS-1252"),
    ("x.nt", LATIN.encode("utf-16"), "iconv -f UTF-16"),
    ("x.ttl", LATIN.encode("utf-16-le"), "iconv -f UTF-16"),
    ("x.rdf", b'<?xml version="1.0" encoding="ISO-8859-1"?>' + XML, "iconv -f ISO-8859-1"),
    ("x.jsonld", b'{"@context": "http://e/c.jsonld", "@id": "http://e/a"}', "http://e/c.jsonld"),
    ("x.jsonld", b'{"@context": [{"a": "http://e/a"}, "c.jsonld"], "a": "b"}', "c.jsonld"),
    ("x.ttl.zip", b"PK\x03\x04", ".zip"),
    ("x.ttl", b"PK\x03\x04" + bytes(100), "ZIP archive"),
    ("x.json", b'{"nodes": [{"id": 1}]}', "@context"),
    ("x.txt", TURTLE, "rename it to end in one of .ttl"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "mend"), HELP, ids=lambda part: str(part)[:30])
def test_a_file_that_is_something_else_gets_a_message_that_helps(
    name: str, content: bytes, mend: str, run: Runner
) -> None:
    Path(name).write_bytes(content)
    result = run("query", "-e", "ASK {}", "-g", name)
    assert result.exit_code in (3, 4) and name in result.stderr and mend in result.stderr
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1


def test_an_encoding_is_noticed_far_into_a_file() -> None:
    with pytest.raises(GraphSyntaxError, match="0xE9"):
        read("x.nt", LINE * 20_000 + LATIN.encode("latin-1"))


def test_damaged_files_are_named() -> None:
    packed = gzip.compress(os.urandom(5000))
    for cut in (5, 400, len(packed) - 9):
        for content in (packed[:cut], packed[:cut] + b"\0\0\0\0\0" + packed[cut + 5 :]):
            with pytest.raises(GraphSyntaxError, match=r"x\.nt\.gz"):
                read("x.nt.gz", content)
    for ending, content in ((".bz2", bz2.compress(LINE * 99)), (".xz", lzma.compress(LINE * 99))):
        half = len(content) // 2
        for broken in (content[:half], content[:half] + b"\0\0\0" + content[half + 3 :]):
            with pytest.raises(GraphSyntaxError, match=r"x\.nt"):
                read(f"x.nt{ending}", broken)


def test_a_text_beyond_what_is_read_at_once() -> None:
    with pytest.raises(GraphSyntaxError, match="16 MiB"):
        read("x.nt", b'<http://e/a> <http://e/b> "' + b"x" * (17 << 20) + b'" .')


BOMB = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
ENTITIES = [
    f'<!ENTITY a0 "lol">{BOMB}',
    f'<!ENTITY a9 "{"x" * 10_000}">',
    '<!ENTITY a9 SYSTEM "file:///etc/passwd">',
    '<!ENTITY % a "x"><!ENTITY a9 "y">',
    f'<!-- {"x" * 70_000} --><!ENTITY a0 "lol">{BOMB}',
    f'<!-- {"x" * (65536 - 120)} --><!ENTITY a0 "lol">{BOMB}',
]


def with_entities(declared: str) -> bytes:
    start = f'<?xml version="1.0"?><!DOCTYPE rdf:RDF [{declared}]>'.encode()
    return start + XML.replace(b'"http://e/c"', b'"http://e/&a9;"')


@pytest.mark.parametrize("declared", ENTITIES, ids=range(len(ENTITIES)))
def test_entities_that_could_grow_are_refused(declared: str) -> None:
    with pytest.raises(GraphSyntaxError, match="entit"):
        read("x.rdf", with_entities(declared))


def test_entities_that_abbreviate_a_namespace_are_read() -> None:
    assert read("x.owl", with_entities('<!ENTITY a9 "c"> <!ENTITY owl "http://o#" >')) == ONE


def test_a_file_that_is_missing(run: Runner) -> None:
    result = run("info", "-g", "missing.ttl")
    assert result.exit_code == 4 and "missing.ttl" in result.stderr
    with pytest.raises(LocationError, match="there is no file"):
        list(rdffiles.read_file("missing.ttl"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read all")
def test_a_file_and_a_folder_of_somebody_else(run: Runner) -> None:
    Path("x.nt").write_bytes(LINE)
    Path("x.nt").chmod(0)
    Path("closed").mkdir(mode=0)
    for name in ("x.nt", "closed/x.nt"):
        result = run("info", "-g", name)
        assert result.exit_code == 4 and name in result.stderr


def test_the_base_of_a_file_is_its_own_url() -> None:
    """So <#a> of two files are two things, and neither is one of ours."""
    Path("in").mkdir()
    found = [read(name, b"<#a> <b> <> .") for name in ("x.ttl", "in/x.ttl")]
    assert found[0] != found[1] and context.BASE not in str(found)
    url = Path("x.ttl").absolute().as_uri()
    assert found[0] == [f"<{url}#a> <{url.removesuffix('x.ttl')}b> <{url}>"]
    assert read("in/../x.ttl", b"<#a> <b> <> .") == found[0]


def test_literals_go_from_file_to_file_as_they_are_written(run: Runner) -> None:
    """A store would make 0.05 of 0.050, and an integer of a short."""
    xsd = "http://www.w3.org/2001/XMLSchema#"
    values = [("5", "short"), ("0.050", "decimal"), ("1E400", "double"), ("01", "integer")]
    lines = [f'<http://e/a> <http://e/b> "{text}"^^<{xsd}{kind}> .\n' for text, kind in values]
    Path("x.nt").write_text("".join(lines))
    assert run("export", "y.nt", "-g", "x.nt").exit_code == 0
    assert sorted(Path("y.nt").read_text().splitlines(keepends=True)) == sorted(lines)
    assert run("export", "z.nq", "-g", "x.nt", "--graph-name", "graph:claims").exit_code == 2


def test_every_error_is_one_of_ours() -> None:
    """Whatever byte of a file is changed: an answer, or an error with the file's name."""
    for name, content in CONTENTS.items():
        for place in range(0, len(content), 7):
            for byte in (0, 0x22, 0x3C, 0x80, 0xFF):
                changed = content[:place] + bytes([byte]) + content[place + 1 :]
                try:
                    read(name, changed)
                except MngraphError as error:
                    assert name in str(error)
