"""Signed notes: a text and the Ed25519 signatures of named keys over it (https://c2sp.org/signed-note).

    <text, ending in a newline>
    <blank line>
    — <key name> <base64 of 4 bytes of key hash and the signature>

A signature of a key that is not known says nothing and is passed over, so others may countersign.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING

from ..errors import LedgerError
from ..signing import ed25519

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ED25519 = b"\x01"  # signature type of the specification
_LIMIT = 1_000_000  # characters
_LINE = re.compile(r"\u2014 (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/]+={0,2})\n")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def key_hash(name: str, public: bytes) -> bytes:
    """The four bytes by which a note names a key; a hint, not a digest to trust."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The note over a text.

    Raises:
        LedgerError: the text or the key's name cannot stand in a note.
    """
    if not name or re.search(r"[\s+]", name):
        raise LedgerError(f"{name!r} cannot name a ledger: expected a name without spaces and plus signs, "
                          "as in bank.example/models; set the option origin")
    if not text.endswith("\n") or _CONTROL.search(text):
        raise LedgerError("the text of a note ends in a newline and holds no control characters")
    signature = key_hash(name, ed25519.raw_public(key)) + ed25519.sign(key, text.encode())
    return f"{text}\n\u2014 {name} {base64.b64encode(signature).decode()}\n"


def open_note(note: str, name: str, public: bytes) -> str:
    """The text of a note that the named key signed.

    Raises:
        LedgerError: it is no note, it lacks the key's signature, or a signature in its name does not hold.
    """
    if len(note) > _LIMIT or _CONTROL.search(note):
        raise LedgerError("this is no signed note: it is too long, or holds control characters")
    text, blank, lines = note.rpartition("\n\n")
    signatures = list(_LINE.finditer(lines))
    if not blank or not signatures or "".join(one.group() for one in signatures) != lines:
        raise LedgerError("this is no signed note: expected a text, a blank line and signature lines")
    text, wanted, found = text + "\n", key_hash(name, public), False
    for one in signatures:
        raw = _decoded(one["signature"])
        if one["name"] != name or raw[:4] != wanted:
            continue
        if not ed25519.verify(public, text.encode(), raw[4:]):
            raise LedgerError(f"the signature of {name} does not hold: the note was changed after it was signed")
        found = True
    if not found:
        raise LedgerError(f"the note has no signature of {name} with the key {ed25519.fingerprint(public)}; "
                          f"it is signed by {', '.join(one['name'] for one in signatures)}")
    return text


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except binascii.Error:
        raise LedgerError("this is no signed note: a signature is not base64") from None
