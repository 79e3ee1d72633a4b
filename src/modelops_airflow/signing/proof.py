"""Whether somebody's key signed an envelope, whichever kind of key it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .dsse import sign, signed_bytes, signers
from .passkey import verify

PASSKEY = "passkey"


def proven(envelope: Mapping[str, Any], fingerprint: str, kind: str, public: bytes) -> bool:
    """Whether the envelope carries a valid signature of this key.

    Args:
        kind: ed25519 or passkey.
        public: 32 raw bytes, or a passkey's COSE key.

    Raises:
        SigningError: this is no envelope, or passkeys cannot be checked here.
    """
    if kind != PASSKEY:
        return fingerprint in signers(envelope, {fingerprint: public})
    message = signed_bytes(envelope)
    return any(verify(public, message, one) for one in envelope["signatures"] if one["keyid"] == fingerprint)


def message_of(payload: bytes) -> bytes:
    """What is signed for a payload: DSSE's encoding of it and its type."""
    return signed_bytes(sign(payload, []))


def with_signature(payload: bytes, signature: Mapping[str, Any]) -> dict[str, Any]:
    """An envelope over a payload with a signature that was made elsewhere.

    Raises:
        SigningError: it is no signature.
    """
    envelope = {**sign(payload, []), "signatures": [dict(signature)]}
    signed_bytes(envelope)
    return envelope
