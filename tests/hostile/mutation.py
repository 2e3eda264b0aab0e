"""Changes of files: to single bytes, and to what the syntaxes of this project are made of."""

from __future__ import annotations

import random
import re

MOST_BYTES = 200_000
"""The largest input that is made."""

PIECES = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", b"\r", b"\n", b"\t", b" ",
    b"<", b">", b"&", b"&#0;", b"&#x110000;", b"&x;", b"]]>", b"<![CDATA[", b"<!--",
    b"<?xml version='1.1'?>", b"<!DOCTYPE a [", b'<!ENTITY a "b">',
    b'<!ENTITY a SYSTEM "file:///etc/passwd">', b'"', b"'", b'"""', b"\\", b"\\u0000", b"\\uD800",
    b"\\U00110000", b"@prefix : <> .", b"@base <x:> .", b"@version '1.2' .", b"<<(", b")>>", b"<<",
    b">>", b"{|", b"|}", b"[", b"]", b"(", b")", b"{", b"}", b"^^", b"@en", b"@en--ltr", b"~",
    b"!", b"*", b"&a", b"*a", b"<<: ", b"!!python/object:os.system ", b"---\n", b"%YAML 9.9\n",
    b"? ", b"- ", b": ", b"|\n", b">\n", b".inf", b".nan", b"-0", b"1e999999999", b"9" * 30,
    b"9" * 5000, b"0x" + b"f" * 40, b"0o7", b"2019-02-30", b"null", b"true", b'{"@context":',
    b'"@id"', b'"@graph":', b'"@reverse":', b'"@nest":', b'"@type":"@json"',
    b'"@import":"http://127.0.0.1:9/"', b"SELECT", b"SERVICE", b"GRAPH", b"FILTER", b"UNION",
    b"OPTIONAL", b"MINUS", b"EXISTS", b"VALUES", b"BIND", b"LIMIT", b"OFFSET", b"?x", b"$x", b"/",
    b"|", b"+", b"#", "\u202e".encode(), "\u0661".encode(), b"PMID- ", b"TY  - ", b"ER  - ",
    b"AB  - ", b"      ",
)  # fmt: skip
TOKEN = re.compile(rb"\w+|\s+|.", re.DOTALL)


def mutated(dice: random.Random, content: bytes, other: bytes) -> bytes:
    """Return a content with one to five changes, to bytes or to what syntaxes are made of."""
    for _ in range(dice.randint(1, 5)):
        content = dice.choice(CHANGES)(dice, content, other)[:MOST_BYTES]
    return content


def _change_byte(dice: random.Random, content: bytes, other: bytes) -> bytes:
    place = dice.randrange(len(content) + 1)
    return content[:place] + bytes([dice.randrange(256)]) + content[place + 1 :]


def _flip_bit(dice: random.Random, content: bytes, other: bytes) -> bytes:
    changed = bytearray(content or b"\0")
    changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _insert_piece(dice: random.Random, content: bytes, other: bytes) -> bytes:
    place = dice.randrange(len(content) + 1)
    return content[:place] + dice.choice(PIECES) + content[place:]


def _repeat_piece(dice: random.Random, content: bytes, other: bytes) -> bytes:
    place = dice.randrange(len(content) + 1)
    return (
        content[:place] + dice.choice(PIECES) * dice.choice((2, 10, 300, 20_000)) + content[place:]
    )


def _cut_off(dice: random.Random, content: bytes, other: bytes) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def _leave_out(dice: random.Random, content: bytes, other: bytes) -> bytes:
    start = dice.randrange(len(content) + 1)
    return content[:start] + content[start + dice.randint(1, 40) :]


def _repeat_part(dice: random.Random, content: bytes, other: bytes) -> bytes:
    start = dice.randrange(len(content) + 1)
    end = start + dice.randint(1, 60)
    return content[:end] + content[start:end] * dice.choice((1, 2, 50, 2000)) + content[end:]


def _splice(dice: random.Random, content: bytes, other: bytes) -> bytes:
    start = dice.randrange(len(other) + 1)
    place = dice.randrange(len(content) + 1)
    return content[:place] + other[start : start + dice.randint(1, 400)] + content[place:]


def _replace_token(dice: random.Random, content: bytes, other: bytes) -> bytes:
    tokens = TOKEN.findall(content[:20_000]) or [b""]
    tokens[dice.randrange(len(tokens))] = dice.choice((dice.choice(PIECES), dice.choice(tokens)))
    return b"".join(tokens) + content[20_000:]


def _swap_lines(dice: random.Random, content: bytes, other: bytes) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    first, second = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


CHANGES = (
    _change_byte, _flip_bit, _insert_piece, _repeat_piece, _cut_off, _leave_out, _repeat_part,
    _splice, _replace_token, _replace_token, _swap_lines,
)  # fmt: skip
