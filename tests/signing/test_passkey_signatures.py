"""A passkey's signature is one person's, verified and present, on our page, over exactly this message."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from modelops_airflow.errors import SigningError
from modelops_airflow.signing.passkey import (
    Site,
    challenge_of,
    checked,
    creation_options,
    enrolled,
    request_options,
    verify,
)
from soft_passkey import SoftPasskey, url

SITE = Site("http://localhost:8080")
SAID = b"rita approves"
CHALLENGE = challenge_of(SAID)
KEYID = "sha256:" + "0" * 64


@pytest.fixture(params=["p256", "ed25519"])
def device(request: pytest.FixtureRequest) -> SoftPasskey:
    return SoftPasskey(curve=request.param)


def test_the_options_ask_for_a_verified_person_over_this_message(device: SoftPasskey) -> None:
    made = creation_options(SITE, "rita", SAID, [b"old"])
    assert made["rp"]["id"] == "localhost" and made["challenge"] == url(CHALLENGE)
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert [one["id"] for one in made["excludeCredentials"]] == [url(b"old")]
    asked = request_options(SITE, SAID, [device.credential])
    assert (asked["rpId"], asked["challenge"], asked["userVerification"]) == ("localhost", url(CHALLENGE), "required")
    assert [one["id"] for one in asked["allowCredentials"]] == [url(device.credential)]


def test_a_new_passkey_gives_its_public_key(device: SoftPasskey) -> None:
    made = enrolled(device.create(CHALLENGE), SITE, SAID)
    assert (made.public, made.credential, made.counter) == (device.public(), device.credential, 0)


@pytest.mark.parametrize("lie", [
    {"origin": "https://evil.example"}, {"host": "evil.example"}, {"verified": False}, {"present": False},
])
def test_a_passkey_of_another_page_or_of_nobody_is_not_enrolled(lie: dict[str, Any]) -> None:
    with pytest.raises(SigningError, match="no passkey of localhost"):
        enrolled(SoftPasskey(**lie).create(CHALLENGE), SITE, SAID)


def test_a_passkey_made_over_another_message_is_not_enrolled(device: SoftPasskey) -> None:
    for answer in (device.create(challenge_of(b"other")), device.create(CHALLENGE, "webauthn.get")):
        with pytest.raises(SigningError):
            enrolled(answer, SITE, SAID)


@pytest.mark.parametrize("answer", [
    {}, {"id": 1}, {"id": "AA", "rawId": "AA", "type": "public-key", "response": {}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"attestationObject": "AA", "clientDataJSON": "e30"}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"attestationObject": "n4Cf" * 5000, "clientDataJSON": "?"}},
])
def test_what_is_no_answer_of_a_device_is_refused_with_one_line(answer: dict[str, Any]) -> None:
    with pytest.raises(SigningError):
        enrolled(answer, SITE, SAID)


def test_a_signature_holds_with_the_public_key_alone(device: SoftPasskey) -> None:
    signature = device.get(CHALLENGE, KEYID)
    assert checked(device.public(), device.credential, SAID, signature, SITE, 0) == 1
    assert verify(device.public(), SAID, signature)


@pytest.mark.parametrize("lie", [{"verified": False}, {"present": False}])
def test_a_signature_of_nobody_does_not_hold(lie: dict[str, Any]) -> None:
    device = SoftPasskey(**lie)
    signature = device.get(CHALLENGE, KEYID)
    assert not verify(device.public(), SAID, signature)
    with pytest.raises(SigningError):
        checked(device.public(), device.credential, SAID, signature, SITE, 0)


@pytest.mark.parametrize("lie", [{"origin": "https://evil.example"}, {"host": "evil.example"}])
def test_a_signature_from_another_page_is_refused_when_it_arrives(lie: dict[str, Any]) -> None:
    device = SoftPasskey(**lie)
    with pytest.raises(SigningError, match="does not hold"):
        checked(device.public(), device.credential, SAID, device.get(CHALLENGE, KEYID), SITE, 0)


def test_a_counter_that_goes_back_is_a_copied_key(device: SoftPasskey) -> None:
    device.counter = 4
    assert checked(device.public(), device.credential, SAID, device.get(CHALLENGE, KEYID), SITE, 4) == 5
    device.counter = 4
    with pytest.raises(SigningError, match="sign count"):
        checked(device.public(), device.credential, SAID, device.get(CHALLENGE, KEYID), SITE, 5)


def test_every_other_message_key_and_kind_is_refused(device: SoftPasskey) -> None:
    signature = device.get(CHALLENGE, KEYID)
    assert not verify(device.public(), b"rita rejects", signature)
    assert not verify(SoftPasskey(curve=device.curve).public(), SAID, signature)
    assert not verify(device.public(), SAID, device.get(CHALLENGE, KEYID, "webauthn.create"))
    assert not verify(b"", SAID, signature)


@pytest.mark.parametrize("part", ["sig", "authenticatorData", "clientDataJSON"])
def test_every_flipped_bit_and_every_missing_part_is_found(device: SoftPasskey, part: str) -> None:
    import base64

    signature = device.get(CHALLENGE, KEYID)
    data = base64.b64decode(signature[part])
    for at in range(0, len(data), 3):
        flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
        assert not verify(device.public(), SAID, {**signature, part: base64.b64encode(flipped).decode()}), at
    assert not verify(device.public(), SAID, {name: value for name, value in signature.items() if name != part})
    assert not verify(device.public(), SAID, {**signature, part: "?"})
