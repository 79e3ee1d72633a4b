"""A passkey in software: answers a page's options as a device would, and lies on demand.

Attestation is `none`, as our options ask for it. The attributes may be changed between two calls:
a device without verification has `verified = False`, a copied one counts backwards.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from webauthn.helpers import encode_cbor

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _plain(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass
class SoftPasskey:
    origin: str = "http://localhost:8080"
    host: str = "localhost"
    curve: str = "p256"
    verified: bool = True
    present: bool = True
    counter: int = 0
    credential: bytes = field(default_factory=lambda: os.urandom(32))

    def __post_init__(self) -> None:
        self.key: Any = ec.generate_private_key(ec.SECP256R1()) if self.curve == "p256" else Ed25519PrivateKey.generate()

    def create(self, challenge: bytes, kind: str = "webauthn.create") -> dict[str, Any]:
        """What `navigator.credentials.create` answers."""
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + self.public()
        made = encode_cbor({"fmt": "none", "attStmt": {}, "authData": self._data(_ATTESTED) + attested})
        return {"id": url(self.credential), "rawId": url(self.credential), "type": "public-key",
                "response": {"attestationObject": url(made), "clientDataJSON": url(self._client(kind, challenge))}}

    def get(self, challenge: bytes, keyid: str, kind: str = "webauthn.get") -> dict[str, Any]:
        """A signature as our page sends it."""
        self.counter += 1
        data, client = self._data(0), self._client(kind, challenge)
        return {"keyid": keyid, "sig": _plain(self._sign(data + hashlib.sha256(client).digest())),
                "authenticatorData": _plain(data), "clientDataJSON": _plain(client)}

    def public(self) -> bytes:
        """The COSE key."""
        if self.curve != "p256":
            return bytes(encode_cbor({1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes_raw()}))
        point = self.key.public_key().public_numbers()
        return bytes(encode_cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}))

    def _sign(self, message: bytes) -> bytes:
        signed = self.key.sign(message) if self.curve != "p256" else self.key.sign(message, ec.ECDSA(hashes.SHA256()))
        return bytes(signed)

    def _data(self, flags: int) -> bytes:
        flags |= (_PRESENT if self.present else 0) | (_VERIFIED if self.verified else 0)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: bytes) -> bytes:
        return json.dumps({"type": kind, "challenge": url(challenge), "origin": self.origin, "crossOrigin": False}).encode()
