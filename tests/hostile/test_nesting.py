"""Files that nest deeper than their parser bears end with one error, not with the process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mngraph import rdffiles
from mngraph.errors import GraphSyntaxError

HEAD = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
    b'<e:A rdf:about="http://e/a">'
)
TAIL = b"</e:A></rdf:RDF>"
START = b"<http://e/s> <http://e/p> "
OPEN = b"<<( <http://e/s> <http://e/p> "
END = b" )>>"


def nested(levels: int) -> Iterator[tuple[str, bytes]]:
    """Yield files that nest that deep, by name; those that ended the process come first."""
    terms = OPEN * levels + b'"1"'
    for name in ("a.nt", "a.nq", "a.ttl", "a.trig"):
        yield name, START + terms + END * levels + b" .\n"
    yield "comment.ttl", START + terms + b" )>> # )>> x )>> <x>\n" * levels + b" .\n"
    yield "text.ttl", START + OPEN * levels + b'"a )>> #"' + END * levels + b" .\n"
    yield "address.ttl", b"<http://e/s#s> <http://e/p> " + terms + END * levels + b" .\n"
    yield "lines.ttl", START + terms + b"\n)>>\r\n" * levels + b" .\n"
    yield "object.jsonld", b'{"http://e/p":' * levels + b"1" + b"}" * levels
    yield "array.jsonld", b'{"http://e/p":' + b"[" * levels + b'"]\\"]"' + b"]" * levels + b"}"
    yield "text.jsonld", b'{"http://e/p":["]",' * levels + b"1" + b"]}" * levels
    yield "unclosed.jsonld", b'{"@graph":' * levels
    inner = b"<e:p><e:A>" * levels + b"</e:A></e:p>" * levels
    yield "a.rdf", HEAD + inner + TAIL
    yield "comment.rdf", HEAD + b"<e:p><!-- </x></x> --><e:A>" * levels + TAIL
    yield "resource.rdf", HEAD + b'<e:p rdf:parseType="Resource">' * levels
    yield "triple.rdf", HEAD + b'<e:p rdf:parseType="Triple"><e:A>' * levels
    yield "unclosed.rdf", HEAD + b"<e:p><e:A>" * levels


NAMES = [name for name, _ in nested(0)]


@pytest.mark.parametrize("name", NAMES)
def test_deep_files_are_refused_before_they_are_parsed(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(dict(nested(30_000))[name])
    with pytest.raises(GraphSyntaxError, match=rf"{name}: nested more than 1,000 levels deep"):
        list(rdffiles.read_file(path))


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith(("un", "res", "tri"))])
def test_files_that_nest_as_much_as_people_write_are_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "comment.rdf":
        content = HEAD + b"<!-- <a><a> -->" * 2000 + b'<e:p rdf:resource="http://e/b"/>' + TAIL
    else:
        content = dict(nested(200))[name]
    path.write_bytes(content)
    assert list(rdffiles.read_file(path))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.nt", (START + OPEN + b'"1" )>> .\n') * 5000),
        ("b.ttl", START + b'"' + b"a<b<(c)>>d " * 5000 + b'" .\n'),
        ("c.jsonld", b'{"http://e/p":"' + b'[{\\"' * 40_000 + b'"}'),
        ("d.rdf", HEAD + b"<e:p><![CDATA[" + b"<a>" * 5000 + b"]]></e:p>" + TAIL),
        ("e.jsonld", b"[" + b'{"http://e/p":[1]},' * 50_000 + b"{}]"),
        ("f.rdf", HEAD + b'<e:p rdf:resource="http://e/b"/>' * 50_000 + TAIL),
    ],
)
def test_what_only_looks_nested_is_read(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert list(rdffiles.read_file(tmp_path / name))


def test_nested_nodes_and_lists_of_turtle_are_read_at_any_depth(tmp_path: Path) -> None:
    for inner in (b"[<http://e/p> " * 20_000 + b"1" + b"]" * 20_000, b"(" * 20_000 + b")" * 20_000):
        (tmp_path / "a.ttl").write_bytes(START + inner + b" .")
        assert len(list(rdffiles.read_file(tmp_path / "a.ttl"))) >= 20_000
