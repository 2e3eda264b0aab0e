"""CSV and TSV for spreadsheets: text that a spreadsheet would run as a formula stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable

STARTS = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""How a cell begins that spreadsheets may run (OWASP, "CSV Injection")."""
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def inert(text: str) -> str:
    """Return a cell's text, after an apostrophe where a spreadsheet might run it as a formula.

    Numbers, with a sign or without, stay as they are.

    >>> [inert(text) for text in ("=1+1", "-1.5", "- none", "@SUM(A1)", "a=b")]
    ["'=1+1", '-1.5', "'- none", "'@SUM(A1)", 'a=b']
    """
    return f"'{text}" if STARTS.match(text) and not NUMBER.fullmatch(text) else text


def row_text(cells: Iterable[str], delimiter: str = ",", end: str = "\n") -> str:
    r"""Return a row of CSV (RFC 4180) or TSV; whatever could end a cell early is quoted.

    >>> row_text(["a\r=1+1", "b"])
    '"a\r=1+1",b\n'
    """
    return delimiter.join([_quoted(cell, delimiter) for cell in cells]) + end


def _quoted(cell: str, delimiter: str) -> str:
    if delimiter in cell or any(mark in cell for mark in '"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell
