"""What a file that is not the RDF it claims to be really is, and how to make RDF of it."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from mngraph.syntaxes import SYNTAXES, Syntax

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32", codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16",
}  # fmt: skip
"""The marks of encodings that no RDF parser reads; UTF-32 first, which begins like UTF-16."""

HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)
DECLARED = re.compile(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
JSON = re.compile(r"\{\s*(?:\"|\}\s*\Z)|\[\s*(?:\{|\"|\[|\]\s*\Z)")
XML = re.compile(r"<(?:\?xml|!--|!DOCTYPE|[\w.-]+:RDF\b)|<[\w:.-]+\s+xml", re.I)
LINE = re.compile(
    r"(?:<[A-Za-z][^<>\s]*>|_:\S+)\s*<[A-Za-z][^<>\s]*>\s*"
    r"(?:<[A-Za-z][^<>\s]*>|_:\S+|\"(?:[^\"\\]|\\.)*\"(?:@[\w-]+|\^\^<[^<>\s]+>)?|<<\(.*\)>>)\s*"
    r"(?:(?:<[A-Za-z][^<>\s]*>|_:\S+)\s*)?\.\s*(?:#.*)?"
)
TURTLE = re.compile(
    r"(?:@prefix|@base|prefix|base|version)\s|<[^<>\s]*>\s|_:\S+\s|\[|[\w.-]*:\S*\s", re.I
)
CONTEXT = re.compile(
    r"\"@(?:context|import)\"\s*:\s*(?:\"([^\"]+)\"|\[((?:[^\[\]]|\[[^\[\]]*\])*)\])"
)
"""A context in JSON-LD: an address, or a list that may have addresses among its members."""


def guessed_syntax(first: bytes) -> Syntax | None:
    """Return the syntax that a file's first bytes look like, or None.

    N-Quads stand also for N-Triples, and TriG for Turtle, which are part of them.

    >>> [guessed_syntax(text).title for text in (b"@prefix a: <http://a/> .", b'{"@id": "a"}')]
    ['TriG', 'JSON-LD']
    """
    text = first.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if HTML.match(first):
        return None
    if JSON.match(text):
        return SYNTAXES["jsonld"]
    if XML.match(text):
        return SYNTAXES["rdf"]
    lines = [line.strip() for line in text.splitlines()[:20]]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        return None
    complete = lines[:-1] or lines
    if all(LINE.fullmatch(line) for line in complete):
        return SYNTAXES["nq"]
    return SYNTAXES["trig"] if TURTLE.match(lines[0]) else None


@dataclass(frozen=True, kw_only=True)
class Content:
    """What is known of a file's content when its parser gives up.

    Attributes:
        first: its first bytes, uncompressed.
        recent: the bytes that were read last.
        syntax: the syntax in which it was read.
        has_position: whether the parser named a line.
    """

    first: bytes
    recent: bytes
    syntax: Syntax
    has_position: bool

    def diagnosis(self) -> str | None:
        """Return what the file really is and how to mend it, or None where nothing is known."""
        return (
            self._other_encoding() or self._other_file() or self._remote_context()
            or self._other_syntax()
        )  # fmt: skip

    def _other_encoding(self) -> str | None:
        encoding = next(
            (name for mark, name in BYTE_ORDER_MARKS.items() if self.first.startswith(mark)), ""
        )
        if not encoding and b"\0" in self.first[:4]:
            encoding = "UTF-16"
        declared = DECLARED.match(self.first)
        if not encoding and declared and declared.group(1).lower() not in (b"utf-8", b"utf8"):
            encoding = declared.group(1).decode("ascii")
        if encoding:
            problem = f"the encoding is {encoding}, but RDF must be UTF-8"
        elif (byte := _byte_outside_utf8(self.recent)) is not None:
            encoding = "WINDOWS-1252"
            problem = f"byte 0x{byte:02X} is not UTF-8; if the encoding is Windows-1252"
        else:
            return None
        convert = f"{problem}, convert it with: iconv -f {encoding} -t UTF-8 OLD > NEW"
        return convert + (" (and change the encoding in its first line)" if declared else "")

    def _other_file(self) -> str | None:
        if HTML.match(self.first):
            return "this is an HTML page, not RDF; download the file to which the page links"
        if self.first.startswith(b"version https://git-lfs.github.com/spec/"):
            return "this is a Git LFS pointer, not the file itself; get the file with: git lfs pull"
        if self.first.startswith(b"PK\x03\x04"):
            return "this is a ZIP archive; unpack it first"
        return None

    def _remote_context(self) -> str | None:
        if self.syntax.name != "jsonld" or self.has_position:
            return None
        for found in CONTEXT.finditer(self.first.decode("utf-8", "replace")):
            members = re.sub(r"\{[^{}]*\}", "", found.group(2) or "")
            addresses = [found.group(1) or "", *re.findall(r"\"([^\"]+)\"", members)]
            if address := next(filter(None, addresses), None):
                return (
                    f"the context {address} is in another place, and contexts are never fetched; "
                    "put its content into the file in place of its address"
                )
        return None

    def _other_syntax(self) -> str | None:
        guess = guessed_syntax(self.first)
        if guess is None or guess.name == self.syntax.name:
            return None
        families = {"trig": ("ttl", "trig", "n3"), "nq": ("nt", "nq", "ttl", "trig", "n3")}
        family = families.get(guess.name, (guess.name,))
        if self.syntax.name in family:
            return None
        fitting = SYNTAXES[family[0]]
        return (
            f"the content looks like {fitting.title}, but the name asks for {self.syntax.title}; "
            f"rename the file to end in {fitting.endings[0]}"
        )


def _byte_outside_utf8(block: bytes) -> int | None:
    """Return the first byte that UTF-8 does not have at its place, in a block cut anywhere."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = next((n for n, byte in enumerate(block[:4]) if byte & 0xC0 != 0x80), 0)
    try:
        decoder.decode(block[start:])
    except UnicodeDecodeError as error:
        return block[start + error.start]
    return None
