"""Envelopes: a signature counts for its own key, over these bytes of this type, and for nobody else."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from modelops_airflow.errors import SigningError
from modelops_airflow.signing import ed25519
from modelops_airflow.signing.dsse import IN_TOTO, countersign, sign, signed_bytes, signed_payload, signers

PAYLOAD = b'{"_type":"https://in-toto.io/Statement/v1"}'


@pytest.fixture
def keys() -> list[Ed25519PrivateKey]:
    return [Ed25519PrivateKey.generate() for _ in range(3)]


def ring(*keys: Ed25519PrivateKey) -> dict[str, bytes]:
    return {ed25519.fingerprint(ed25519.raw_public(key)): ed25519.raw_public(key) for key in keys}


def test_the_encoding_under_the_signature_is_the_published_one() -> None:
    envelope = sign(b"hello world", [], "http://example.com/HelloWorld")
    assert signed_bytes(envelope) == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_every_key_that_signed_is_named_and_no_other(keys: list[Ed25519PrivateKey]) -> None:
    envelope = json.loads(json.dumps(sign(PAYLOAD, keys[:2])))
    assert signed_payload(envelope) == PAYLOAD
    assert envelope["payloadType"] == IN_TOTO
    assert signers(envelope, ring(*keys)) == set(ring(*keys[:2]))
    assert signers(envelope, ring(keys[2])) == set()
    assert signers(envelope, {}) == signers(sign(PAYLOAD, []), ring(*keys)) == set()


def test_a_signature_can_be_checked_by_hand(keys: list[Ed25519PrivateKey]) -> None:
    envelope = sign(PAYLOAD, keys[:1])
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    assert ed25519.verify(ed25519.raw_public(keys[0]), signed_bytes(envelope), signature)
    assert not ed25519.verify(ed25519.raw_public(keys[0]), PAYLOAD, signature)


def test_signing_again_adds_a_key_once(keys: list[Ed25519PrivateKey]) -> None:
    once = sign(PAYLOAD, keys[:1])
    both = countersign(countersign(once, keys[1]), keys[0])
    assert len(once["signatures"]) == 1
    assert len(both["signatures"]) == 2
    assert signers(both, ring(*keys)) == set(ring(*keys[:2]))


def _changed(envelope: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**envelope, **changes}


def test_changed_bytes_or_another_type_are_signed_by_nobody(keys: list[Ed25519PrivateKey]) -> None:
    envelope = sign(PAYLOAD, keys[:1])
    for index in range(len(PAYLOAD)):
        other = base64.b64encode(PAYLOAD[:index] + bytes([PAYLOAD[index] ^ 1]) + PAYLOAD[index + 1 :]).decode()
        assert signers(_changed(envelope, payload=other), ring(*keys)) == set()
    assert signers(_changed(envelope, payloadType="text/plain"), ring(*keys)) == set()
    assert signers(envelope, ring(*keys)), "the control: untouched, it is signed"


def test_a_signature_under_another_keys_name_counts_for_neither(keys: list[Ed25519PrivateKey]) -> None:
    envelope = sign(PAYLOAD, keys[:1])
    mine, theirs = ring(keys[0]), ring(keys[1])
    moved = _changed(envelope, signatures=[{**envelope["signatures"][0], "keyid": next(iter(theirs))}])
    assert signers(moved, mine | theirs) == set()
    assert signers(envelope, {next(iter(theirs)): next(iter(mine.values()))}) == set()
    assert signers(envelope, {next(iter(mine)): next(iter(theirs.values()))}) == set(), "a key under a name that is not its own"


def test_a_signature_beside_an_unknown_one_still_counts(keys: list[Ed25519PrivateKey]) -> None:
    envelope = sign(PAYLOAD, keys[:1])
    more = _changed(envelope, signatures=[{"keyid": "sha256:" + "0" * 64, "sig": "AAAA"}, *envelope["signatures"]])
    assert signers(more, ring(*keys)) == set(ring(keys[0]))


GOOD = sign(PAYLOAD, [Ed25519PrivateKey.from_private_bytes(bytes(32))])


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {**GOOD, "payload": None},
        {**GOOD, "payload": "not base64!"},
        {**GOOD, "payload": GOOD["payload"] + "\n"},
        {**GOOD, "payload": "QQ=="[:-1]},
        {**GOOD, "payload": "QR=="},
        {**GOOD, "payloadType": 7},
        {**GOOD, "signatures": [{}]},
        {**GOOD, "signatures": ["text"]},
        {**GOOD, "signatures": 7},
        {**GOOD, "signatures": [*GOOD["signatures"], *GOOD["signatures"]]},
        {**GOOD, "signatures": [{"keyid": 7, "sig": "AAAA"}]},
        [],
    ],
)
def test_what_is_no_envelope_is_a_signing_error(wrong: Any) -> None:
    with pytest.raises(SigningError, match="no DSSE envelope"):
        signers(wrong, {})


def test_bytes_that_are_no_key_sign_nothing() -> None:
    short = b"short"
    assert signers(GOOD, {ed25519.fingerprint(short): short}) == set()
    assert signers({**GOOD, "signatures": [{"keyid": ed25519.fingerprint(short), "sig": "AAAA"}]}, {ed25519.fingerprint(short): short}) == set()
