"""DSSE envelopes: signed bytes with their type, by one or more Ed25519 keys. Encoding and signing are securesystemslib's.

    envelope = sign(payload, [key])                      # JSON: payload, payloadType, signatures
    signers(envelope, {fingerprint: public})             # the fingerprints whose signatures are valid
    signed_payload(envelope)                             # the bytes; what they say is not looked at here

A signature's `keyid` is our fingerprint of the key. It is a hint to find the key by: it is under the
signature of nobody, and whom the key belongs to is for the caller to know.

Source: https://github.com/secure-systems-lab/dsse, version 1.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import SigningError
from .ed25519 import fingerprint, raw_public

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from securesystemslib.dsse import Envelope

IN_TOTO = "application/vnd.in-toto+json"
"""Type of a payload that is an in-toto Statement."""


def sign(payload: bytes, keys: Sequence[Ed25519PrivateKey], payload_type: str = IN_TOTO) -> dict[str, Any]:
    """An envelope over some bytes, with a signature of each key."""
    envelope: dict[str, Any] = {"payload": base64.b64encode(payload).decode(), "payloadType": payload_type, "signatures": []}
    for key in keys:
        envelope = countersign(envelope, key)
    return envelope


def countersign(envelope: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """The envelope with one signature more; a key that has signed it already signs once.

    Raises:
        SigningError: this is no envelope.
    """
    from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # re-exported without __all__

    public = raw_public(key)
    signature = CryptoSigner(key, _key(fingerprint(public), public)).sign(_read(envelope).pae())
    added = {"keyid": signature.keyid, "sig": base64.b64encode(bytes.fromhex(signature.signature)).decode()}
    kept = [one for one in envelope["signatures"] if one["keyid"] != signature.keyid]
    return {**envelope, "signatures": [*kept, added]}


def signers(envelope: Mapping[str, Any], keys: Mapping[str, bytes]) -> set[str]:
    """The fingerprints of those keys whose signature in the envelope is valid.

    Args:
        keys: fingerprint -> the 32 raw bytes of the public key. A key under another name than its own counts for nobody.

    Raises:
        SigningError: this is no envelope.
    """
    from securesystemslib.exceptions import VerificationError

    read, found = _read(envelope), set()
    for name, public in keys.items():
        if fingerprint(public) != name:
            continue
        try:
            found |= set(read.verify([_key(name, public)], 1))
        except VerificationError:
            continue
    return found


def signed_payload(envelope: Mapping[str, Any]) -> bytes:
    """The bytes that an envelope is over.

    Raises:
        SigningError: this is no envelope.
    """
    return bytes(_read(envelope).payload)


def signed_bytes(envelope: Mapping[str, Any]) -> bytes:
    """What a signature is made over: type and payload in DSSE's pre-authentication encoding.

    Raises:
        SigningError: this is no envelope.
    """
    return bytes(_read(envelope).pae())


def _read(envelope: Mapping[str, Any]) -> Envelope:
    """The envelope, read strictly: one spelling of base64, one signature a key."""
    from securesystemslib.dsse import Envelope

    try:
        _strict(envelope["payload"])
        for one in envelope["signatures"]:
            _strict(one["sig"])
        if not isinstance(envelope["payloadType"], str) or not all(isinstance(one["keyid"], str) for one in envelope["signatures"]):
            raise TypeError("payloadType and keyid are texts")
        copied = {**envelope, "signatures": [dict(one) for one in envelope["signatures"]]}
        return Envelope.from_dict(copied)
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise SigningError(f"this is no DSSE envelope: {error!r:.200}; expected payload, payloadType and signatures") from None


def _strict(text: str) -> None:
    if base64.b64encode(base64.b64decode(text, validate=True)).decode() != text:
        raise ValueError("base64 is not in its one canonical spelling")


def _key(name: str, public: bytes) -> Any:
    from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]  # re-exported without __all__

    return SSlibKey(name, "ed25519", "ed25519", {"public": public.hex()})
