"""Passkeys (W3C Web Authentication): a person signs in the browser with a device that only they unlock.

The challenge is the SHA-256 of the message that is signed, so an assertion is a signature over that
message and stays one offline: authenticator data and client data are kept beside the signature.
The person must have been verified (PIN, finger, face) and present.

Checks of the page (origin, relying party, counter) are made once, when a decision arrives; what can be
checked for ever (`verify`) needs the public key alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import SigningError

if TYPE_CHECKING:
    from types import ModuleType

_TIMEOUT = 120_000  # milliseconds


@dataclass(frozen=True)
class Site:
    """The page that asks: `https://airflow.bank.example`; a passkey belongs to its host."""

    origin: str

    @property
    def host(self) -> str:
        """The relying party id."""
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True)
class NewPasskey:
    """What a device made: its COSE public key, the id by which it finds the key again, its counter."""

    public: bytes
    credential: bytes
    counter: int


def challenge_of(message: bytes) -> bytes:
    """What a device signs instead of a message: its digest."""
    return hashlib.sha256(message).digest()


def creation_options(site: Site, person: str, message: bytes, known: Iterable[bytes] = ()) -> dict[str, Any]:
    """Options for `navigator.credentials.create`.

    Args:
        message: what the new key proves itself over.
        known: credentials that the person has already; the device makes no second one beside them.
    """
    webauthn, structs = _library(), _structs()
    options = webauthn.generate_registration_options(
        rp_id=site.host, rp_name="Model approvals", user_name=person, user_id=hashlib.sha256(person.encode()).digest(),
        challenge=challenge_of(message), timeout=_TIMEOUT,
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            user_verification=structs.UserVerificationRequirement.REQUIRED,
            resident_key=structs.ResidentKeyRequirement.PREFERRED),
    )
    return dict(json.loads(webauthn.options_to_json(options)))


def request_options(site: Site, message: bytes, credentials: Iterable[bytes]) -> dict[str, Any]:
    """Options for `navigator.credentials.get` with one of these credentials."""
    webauthn, structs = _library(), _structs()
    options = webauthn.generate_authentication_options(
        rp_id=site.host, challenge=challenge_of(message), timeout=_TIMEOUT,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in credentials],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return dict(json.loads(webauthn.options_to_json(options)))


def enrolled(response: Mapping[str, Any], site: Site, message: bytes) -> NewPasskey:
    """The passkey that a device made over a message.

    Raises:
        SigningError: it was made for another page or message, or nobody was verified.
    """
    webauthn = _library()
    try:
        made = webauthn.verify_registration_response(
            credential=dict(response), expected_challenge=challenge_of(message), expected_rp_id=site.host,
            expected_origin=site.origin, require_user_verification=True,
        )
    except Exception as error:  # the library answers hostile CBOR with whatever its parser raises
        raise SigningError(f"this is no passkey of {site.host}: {error}") from None
    return NewPasskey(made.credential_public_key, made.credential_id, made.sign_count)


def checked(public: bytes, credential: bytes, message: bytes, signature: Mapping[str, Any], site: Site, counter: int) -> int:
    """A signature that arrives from a page, with the page's own checks; answers the device's new counter.

    Raises:
        SigningError: it is over something else, from another page, without verification, or the
            counter went back, as it does when a key was copied.
    """
    webauthn = _library()
    named = base64.urlsafe_b64encode(credential).rstrip(b"=").decode()
    response = {"authenticatorData": _url(signature, "authenticatorData"), "clientDataJSON": _url(signature, "clientDataJSON"),
                "signature": _url(signature, "sig")}
    try:
        done = webauthn.verify_authentication_response(
            credential={"id": named, "rawId": named, "type": "public-key", "response": response},
            expected_challenge=challenge_of(message), expected_rp_id=site.host, expected_origin=site.origin,
            credential_public_key=public, credential_current_sign_count=counter, require_user_verification=True,
        )
    except Exception as error:
        raise SigningError(f"the passkey's signature does not hold: {error}") from None
    return int(done.new_sign_count)


def verify(public: bytes, message: bytes, signature: Mapping[str, Any]) -> bool:
    """Whether a passkey signed exactly this message, by a person who was present and verified.

    Raises:
        SigningError: the package webauthn is not installed here.
    """
    _library()
    from webauthn import helpers

    try:
        data, client = _bytes(signature, "authenticatorData"), _bytes(signature, "clientDataJSON")
        told, flags = json.loads(client), helpers.parse_authenticator_data(data).flags
        if told["type"] != "webauthn.get" or not (flags.up and flags.uv):
            return False
        if helpers.base64url_to_bytes(told["challenge"]) != challenge_of(message):
            return False
        key = helpers.decode_credential_public_key(public)
        helpers.verify_signature(
            public_key=helpers.decoded_public_key_to_cryptography(key), signature_alg=key.alg,
            signature=_bytes(signature, "sig"), data=data + hashlib.sha256(client).digest(),
        )
    except Exception:  # whatever a hostile signature makes the parsers raise, it is no signature
        return False
    return True


def _bytes(signature: Mapping[str, Any], name: str) -> bytes:
    return base64.b64decode(str(signature[name]), validate=True)


def _url(signature: Mapping[str, Any], name: str) -> str:
    try:
        return base64.urlsafe_b64encode(_bytes(signature, name)).rstrip(b"=").decode()
    except (KeyError, ValueError):
        raise SigningError(f"the passkey's signature lacks {name} in base64") from None


def _library() -> ModuleType:
    try:
        import webauthn
    except ImportError:
        raise SigningError("passkeys need the package webauthn: pip install 'modelops-airflow[passkeys]'") from None
    return webauthn


def _structs() -> Any:
    from webauthn.helpers import structs

    return structs
