"""Makes the graph of the release, as a store directory, when the wheel is built.

It runs for an editable install too; the store lies in src/mngraph/release and is never committed.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HOST = b"rocksdb.creating.host.identity"
TAIL = 53
"""Bytes of an SST file's footer: checksum type, two block handles, version and magic number."""
XXH3 = 4


class UnknownFormatError(Exception):
    """A store file that is laid out in a way that this script does not know."""


class ReleaseGraph(BuildHookInterface):
    """Builds records, ontology and rules into the store that ships inside the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the store, before the files of the wheel are gathered."""
        source = Path(self.root) / "src"
        sys.path.insert(0, str(source))
        from mngraph import build

        release = source / "mngraph" / "release"
        if not (release / "mngraph.json").is_file():  # made by an older version, or not yet
            shutil.rmtree(release, ignore_errors=True)
        build.build_store(
            build.release_files(),
            release,
            inspect=lambda store, _: build.expect_counts(store),
        )
        try:
            for path in release.glob("*.sst"):
                remove_host(path)
        except UnknownFormatError as problem:
            self.app.display_warning(f"the name of this machine stays in the wheel: {problem}")


def remove_host(path: Path) -> None:
    """Overwrite the name of this machine, which RocksDB writes into each SST file.

    The properties of a file are a block of their own, which the last block but the footer names;
    each block is followed by a byte for its compression and a checksum.

    Raises:
        UnknownFormatError: the file is of a format other than 3 to 5, or has other checksums.
    """
    import xxhash

    data = bytearray(path.read_bytes())
    footer = data[-TAIL:]
    if footer[0] != XXH3 or int.from_bytes(footer[-12:-8], "little") not in (3, 4, 5):
        raise UnknownFormatError(f"{path.name} has another footer")
    directory = dict(entries(data, *handle(footer, 1)))
    if b"rocksdb.properties" not in directory:
        raise UnknownFormatError(f"{path.name} names no properties")
    offset, size = handle(data, directory[b"rocksdb.properties"].start)

    def checksum() -> bytes:
        kind = data[offset + size]
        low = xxhash.xxh3_64_intdigest(bytes(data[offset : offset + size])) & 0xFFFFFFFF
        return (low ^ (kind * 0x6B9083D9 & 0xFFFFFFFF)).to_bytes(4, "little")

    end = offset + size + 1
    if data[end : end + 4] != checksum():
        raise UnknownFormatError(f"{path.name} has another checksum")
    host = dict(entries(data, offset, size)).get(HOST, range(0))
    data[host.start : host.stop] = b"x" * len(host)
    data[end : end + 4] = checksum()
    path.write_bytes(data)


def entries(data: bytearray, offset: int, size: int) -> Iterator[tuple[bytes, range]]:
    """Yield each key of a block, with where its value stands in the file."""
    key = b""
    restarts = int.from_bytes(data[offset + size - 4 : offset + size], "little")
    place, end = offset, offset + size - 4 * (restarts + 1)
    while place < end:
        shared, place = varint(data, place)
        own, place = varint(data, place)
        length, place = varint(data, place)
        key = key[:shared] + bytes(data[place : place + own])
        place += own
        yield key, range(place, place + length)
        place += length


def handle(data: bytearray, place: int) -> tuple[int, int]:
    """Return the offset and the size of a block from where they are written."""
    offset, place = varint(data, place)
    return offset, varint(data, place)[0]


def varint(data: bytearray, place: int) -> tuple[int, int]:
    """Return a number in base 128, and where the next one begins."""
    value = shift = 0
    while True:
        byte = data[place]
        value, shift, place = value | (byte & 127) << shift, shift + 7, place + 1
        if byte < 128:
            return value, place
