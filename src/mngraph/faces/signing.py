"""A user's RSA key, with which nanopublications are signed. It is read, and kept nowhere."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from mngraph.errors import LocationError, MissingExtraError, UsageError

LARGEST = 65_536
"""The most bytes that are read of a key."""
ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])")
MAKE_ONE = "openssl genrsa -out key.pem 2048 makes one"


def orcid_iri(text: str) -> str:
    """Return the IRI of an ORCID iD.

    Raises:
        UsageError: it has another form, or its last digit is not the check digit of the others.

    >>> orcid_iri("0000-0002-1825-0097")
    'https://orcid.org/0000-0002-1825-0097'
    """
    found = ORCID.fullmatch(text.strip())
    if not found:
        raise UsageError(f"{text!r} is no ORCID iD, like 0000-0002-1825-0097")
    total = 0
    for digit in found[1].replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    if found[1][-1] != ("X" if check == 10 else str(check)):
        raise UsageError(f"{text!r} is no ORCID iD: its check digit is wrong, so look for a slip")
    return f"https://orcid.org/{found[1]}"


class Signer:
    """Signs with an RSA key as nanopublications do: PKCS #1 v1.5 on a SHA-256 hash.

    Args:
        path: the key: PEM, or what the library `nanopub` keeps in `~/.nanopub/id_rsa`.

    Attributes:
        public_key: the public key, in Base64.

    Raises:
        MissingExtraError: the extra `nanopub` is not installed.
        LocationError: the file cannot be read.
        UsageError: it holds no RSA key, a public one, or one with a passphrase.
    """

    def __init__(self, path: str | Path) -> None:
        self._key = _private_key(Path(path).expanduser())
        self.public_key = b64encode(self._key.public_key().export_key("DER")).decode()

    def sign(self, text: str) -> str:
        """Return the signature of a text, in Base64; the same text has the same signature."""
        from Crypto.Hash import SHA256
        from Crypto.Signature import pkcs1_15

        return b64encode(pkcs1_15.new(self._key).sign(SHA256.new(text.encode()))).decode()


def _private_key(path: Path) -> Any:
    try:
        from Crypto.PublicKey import RSA
    except ImportError as error:
        raise MissingExtraError(
            "signing nanopublications needs: pip install 'mngraph[nanopub]'"
        ) from error
    content = _read(path)
    if b"ENCRYPTED" in content:
        raise UsageError(
            f"the key in {path} has a passphrase; write a copy without one, which only you can "
            f"read: (umask 077; openssl rsa -in {path} -out plain.pem)"
        )
    try:
        key = RSA.import_key(content if b"-----BEGIN" in content else b64decode(content))
    except (ValueError, IndexError, TypeError) as error:
        raise UsageError(f"{path} holds no RSA key that can be read; {MAKE_ONE}") from error
    if not key.has_private():
        raise UsageError(f"{path} holds a public key; what signs is the private one")
    return key


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise LocationError(f"there is no key at {path}; {MAKE_ONE}") from error
    except OSError as error:
        raise LocationError(f"cannot read the key {path}: {error.strerror}") from error
    if len(content) > LARGEST:
        raise UsageError(f"{path} is too large for a key")
    return content
