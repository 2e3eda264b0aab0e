"""Control characters made visible, so that foreign text cannot steer a terminal."""

from __future__ import annotations

import re

CONTROLS = (
    "\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # C0 but tab and line ends, DEL, C1 (ECMA-48)
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # Bidi_Control (UAX #9)
    "\u2028\u2029\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"  # line ends, marks and tags unseen
)


def escape_controls(text: str) -> str:
    r"""Return `text` with control characters and direction controls as backslash escapes.

    Tabs and ends of lines stay.

    >>> print(escape_controls("a\x1b[31mb\u202ec"))
    a\x1b[31mb\u202ec
    """
    return re.sub(CONTROLS, _escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )
