"""Digests: the names of things by their content.

A digest is the text `sha256:` and 64 hexadecimal digits. Objects are hashed over their RFC 8785
canonical JSON, so layout, key order and platform do not change a digest.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, NewType

import rfc8785

Digest = NewType("Digest", str)

_PATTERN = re.compile(r"sha256:[0-9a-f]{64}")
_CHUNK = 1 << 20


def canonical(value: Any) -> bytes:
    """The RFC 8785 bytes of a JSON value.

    Raises:
        ValueError: NaN, infinity, an integer beyond 2**53, a lone surrogate or a non-JSON type.
    """
    return rfc8785.dumps(value)


def digest_of(value: Any) -> Digest:
    """Digest of a JSON value by its canonical bytes."""
    return digest_bytes(canonical(value))


def digest_bytes(data: bytes) -> Digest:
    """Digest of raw bytes."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def digest_file(path: Path) -> Digest:
    """Digest of a file's bytes, read in chunks."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            state.update(chunk)
    return Digest("sha256:" + state.hexdigest())


def parse_digest(text: str) -> Digest:
    """The digest that a text spells.

    Raises:
        ValueError: the text is not `sha256:` and 64 lower-case hexadecimal digits.
    """
    if not _PATTERN.fullmatch(text):
        raise ValueError(f"not a digest: {text[:80]!r} (expected sha256: and 64 hexadecimal digits)")
    return Digest(text)


def recorded(name: str) -> str:
    """A name as the ledger has it: an e-mail address only as its digest, since the ledger is never erased."""
    return digest_bytes(name.encode()) if "@" in name else name


def short(digest: str) -> str:
    """The first 12 hexadecimal digits, for people to compare by eye."""
    return digest.removeprefix("sha256:")[:12]
