"""RDF files as streams of quads: opened, uncompressed, bounded, parsed with their own base."""

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple, cast
from urllib.parse import urlsplit

from mngraph import contexts
from mngraph.contentcheck import Content, guessed_syntax
from mngraph.errors import GraphSyntaxError, LocationError, MngraphError
from mngraph.nesting import Counter, counter
from mngraph.packing import PACKINGS, Packing, packing_by_content, packing_of, without_ending
from mngraph.syntaxes import ENDINGS, SYNTAXES, Syntax
from mngraph.xmlentities import DECLARATION, entity_problem

if TYPE_CHECKING:
    import pyoxigraph as ox

MAX_BYTES = 4 * 2**30
"""Most bytes read of one RDF file, after decompression."""

BLOCK = 2**16
"""How many bytes are looked at to tell what a file is."""

STANDARD_INPUT = "-"


def local_path(location: str | Path) -> Path:
    """Return the path that a location names: a path, or a URL with the scheme `file`.

    Raises:
        LocationError: the URL names another machine.

    >>> local_path("file:///data/a%20b.ttl").as_posix()
    '/data/a b.ttl'
    """
    text = str(location)
    if not text.lower().startswith("file:"):
        return Path(text)
    parts = urlsplit(text)
    if parts.netloc not in ("", "localhost"):
        raise LocationError(
            f"{text}: a file URL names a file of this machine, as in file:///data/x"
        )
    from urllib.request import url2pathname  # it loads HTTP and TLS

    return Path(url2pathname(parts.path))


def names_file(location: str | Path | None) -> bool:
    """Return whether a graph location is a file, a pipe or standard input.

    Raises:
        LocationError: the system does not let us look.

    >>> names_file("-"), names_file("https://example.org/sparql"), names_file(".")
    (True, False, False)
    """
    if location is None or str(location).startswith(("http://", "https://")):
        return False
    path = local_path(location)
    try:
        return str(location) == STANDARD_INPUT or (path.exists() and not path.is_dir())
    except OSError as error:
        raise LocationError(f"cannot read {path}: {error.strerror}") from error


def read_file(location: str | Path, *, base: str | None = None) -> Iterator[ox.Quad]:
    """Yield the quads of an RDF file as it writes them.

    The ending of the name tells the syntax, after that of a compression (`.gz`, `.bz2`, `.xz`,
    `.zst`); standard input is read in the syntax that it looks like.

    Args:
        location: a path, a `file:` URL, a pipe, or `-` for standard input.
        base: what relative IRIs are relative to; by default the URL of the file itself, or of the
            working folder for standard input.

    Raises:
        GraphSyntaxError: the file does not follow its syntax (with line and column), is damaged
            or is another kind of file than its name tells.
        LocationError: the file cannot be opened or read, or is larger than `MAX_BYTES`.
        MissingExtraError: the library for its compression is not installed.

    >>> from mngraph.files import write_bytes
    >>> write_bytes("friends.ttl", b"<#me> <http://example.org/knows> <#you> .")
    >>> [quad.subject.value.rpartition("/")[2] for quad in read_file("friends.ttl")]
    ['friends.ttl#me']
    """
    import pyoxigraph as ox

    with opened(location, base=base) as file:
        quads = ox.parse(file.stream, format=file.rdf, base_iri=file.base)
        first = next(quads, None)
        if first is not None:
            yield first
            yield from quads
        elif without_ending(location).suffix.lower() == ".json":
            raise GraphSyntaxError(
                f"{location}: this JSON contains no RDF; JSON-LD needs a @context for its keys"
            )


class RdfFile(NamedTuple):
    """An RDF file as a parser takes it.

    Attributes:
        stream: its content, uncompressed.
        rdf: its syntax, as the engine names it.
        base: what relative IRIs are relative to.
    """

    stream: IO[bytes]
    rdf: ox.RdfFormat
    base: str


@contextmanager
def opened(
    location: str | Path, *, base: str | None = None, syntax: Syntax | None = None,
    bounded: bool = True, seen: Callable[[int], None] | None = None,
) -> Iterator[RdfFile]:  # fmt: skip
    """Yield an RDF file for a parser; what is wrong with it becomes an error of ours.

    Args:
        location: as for `read_file`.
        base: as for `read_file`.
        syntax: its syntax, whatever its name ends in.
        bounded: whether a file of more than `MAX_BYTES` is refused.
        seen: called with the number of bytes each time that some were read, before decompression.

    Raises:
        GraphSyntaxError: and others, as `read_file`.
    """
    most = MAX_BYTES if bounded else None
    if str(location) == STANDARD_INPUT:
        name, own, path = "standard input", Path.cwd().as_uri() + "/", None
        stream = sys.stdin.buffer
    else:
        path = local_path(location)
        name, own = str(location), Path(os.path.normpath(path.absolute())).as_uri()
        if syntax is None and (path.is_file() or _has_ending(path)):
            syntax = syntax_of(path)
        stream = _opened(path)
    with nullcontext() if path is None else stream:
        counted = _Counted(stream, seen) if seen else stream
        source = _Source(name, cast("BinaryIO", counted), path if syntax else None, most)
        syntax = syntax or _guess(source)
        with _problems(source, syntax):
            source.examine(syntax)
            content = contexts.WithContent(source) if syntax.name == "jsonld" else source
            yield RdfFile(cast("IO[bytes]", content), _rdf(syntax), base or own)


def _rdf(syntax: Syntax) -> ox.RdfFormat:
    import pyoxigraph as ox

    rdf: ox.RdfFormat = getattr(ox.RdfFormat, syntax.engine)
    return rdf


def _has_ending(path: Path) -> bool:
    return without_ending(path).suffix.lower() in ENDINGS


def _guess(source: _Source) -> Syntax:
    """Return the syntax of what has no name; what looks like none is parsed as TriG, and fails."""
    return guessed_syntax(source.first) or SYNTAXES["trig"]


def syntax_of(path: str | Path) -> Syntax:
    """Return the syntax that a file name asks for.

    Raises:
        LocationError: its ending is not that of a syntax, or it has none.

    >>> syntax_of("a.TTL.gz").title
    'Turtle'
    """
    ending = without_ending(path).suffix.lower()
    if ending not in ENDINGS:
        if ending in (".yaml", ".yml"):
            raise LocationError(
                f"{path}: this holds a study record and is not yet a graph; build it first: "
                f"mngraph build {path} -o graph.nq"
            )
        known, packed = " ".join(ENDINGS), " ".join(packing.ending for packing in PACKINGS)
        problem = f"no RDF syntax has the ending {ending}" if ending else "the name has no ending"
        raise LocationError(
            f"{path}: {problem}; rename it to end in one of {known} (and then {packed} if it is "
            "compressed)"
        )
    return ENDINGS[ending]


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise LocationError(f"there is no file {path}") from error
    except OSError as error:
        raise LocationError(f"cannot read {path}: {error.strerror}") from error


class _Source:
    """A file's content as a parser reads it: uncompressed, without byte-order mark, bounded."""

    def __init__(
        self, name: str, stream: BinaryIO, path: Path | None, most: int | None = None
    ) -> None:
        """Look at the first bytes; the ending of a `path` must match their compression."""
        self.name, self.most, self.left = name, most, most
        self.stream = stream
        self.previous, self.block = b"", self._next_block()
        packing = packing_by_content(self.block)
        if path is not None and packing is not packing_of(path):
            raise GraphSyntaxError(_misnamed(path, packing))
        if packing is not None:
            self.stream = packing.opened(cast("BinaryIO", _Joined(self.block, stream)), "rb")
            self.block = self._next_block()
        self.first = self.block = self.block.removeprefix(codecs.BOM_UTF8)
        self.position, self.is_xml = 0, False
        self.counted: Counter | None = None

    def examine(self, syntax: Syntax) -> None:
        """Look from here on, and at the first bytes, for entities and for how deep they nest."""
        self.is_xml, self.counted = syntax.is_xml, counter(syntax.name)
        self._check_entities(self.first, is_first=True)
        self.block = self._within_levels(self.block)

    def _within_levels(self, block: bytes) -> bytes:
        try:
            return self.counted(block) if self.counted and block else block
        except GraphSyntaxError as error:
            raise GraphSyntaxError(f"{self.name}: {error}") from error

    def _check_entities(self, block: bytes, *, is_first: bool) -> None:
        problem = entity_problem(block, is_first) if self.is_xml else None
        if problem:
            raise GraphSyntaxError(f"{self.name}: {problem}; write in full what it stands for")

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""
        if self.position == len(self.block):
            self.previous, self.block, self.position = self.block, self._next_block(), 0
            self._check_entities(
                self.previous[-len(DECLARATION) + 1 :] + self.block, is_first=False
            )
            self.block = self._within_levels(self.block)
        part = self.block[self.position : self.position + size]
        self.position += len(part)
        return part

    def _next_block(self) -> bytes:
        try:
            block = self.stream.read(BLOCK)
        except MngraphError:
            raise
        except EOFError as error:
            raise GraphSyntaxError(f"{self.name}: the compressed file is cut off") from error
        except Exception as error:  # each compression has errors of its own
            if isinstance(error, OSError) and error.errno is not None:
                raise LocationError(f"cannot read {self.name}: {error.strerror}") from error
            raise GraphSyntaxError(f"{self.name}: the compressed file is damaged") from error
        if self.left is not None:
            self.left -= len(block)
            if self.left < 0:
                raise LocationError(
                    f"{self.name}: more than {self.most:,} bytes; mngraph load makes a store of it"
                )
        return block


class _Counted:
    """A stream that tells how many bytes were read of it."""

    def __init__(self, stream: BinaryIO, seen: Callable[[int], None]) -> None:
        self.stream, self.seen = stream, seen

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        block = self.stream.read(size)
        self.seen(len(block))
        return block


class _Joined:
    """A stream whose first bytes were read before."""

    def __init__(self, first: bytes, rest: BinaryIO) -> None:
        self.first, self.rest = first, rest

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        if not self.first:
            return self.rest.read(size)
        part = self.first if size < 0 else self.first[:size]
        self.first = self.first[len(part) :]
        return part + self.rest.read() if size < 0 else part


def _misnamed(path: Path, packing: Packing | None) -> str:
    """Return what to do with a file that is not compressed as its name tells."""
    plain, expected = without_ending(path).name, packing_of(path)
    if packing is not None:
        return f"{path}: compressed with {packing.title}; rename it to {plain}{packing.ending}"
    title = expected.title if expected else "anything"
    return f"{path}: not compressed with {title}; rename it to {plain}"


@contextmanager
def _problems(source: _Source, syntax: Syntax) -> Iterator[None]:
    """Say what a parser says of a file with the file's name, and what the file really is."""
    try:
        yield
    except SyntaxError as error:
        where = f":{error.lineno}:{error.offset}" if error.lineno else ""
        content = Content(
            first=source.first, recent=source.previous + source.block,
            syntax=syntax, has_position=bool(error.lineno),
        )  # fmt: skip
        found = content.diagnosis()
        reason = re.sub(r"^Parser error [^:]*: |\s*\(line \d+\)$", "", error.msg)
        raise GraphSyntaxError(f"{source.name}{where}: {found or reason}") from error
    except MemoryError as error:
        raise GraphSyntaxError(
            f"{source.name}: one name or text is larger than the 16 MiB that are read at once"
        ) from error
    except ValueError as error:
        if isinstance(error, MngraphError):
            raise
        raise GraphSyntaxError(f"{source.name}: {error}") from error
