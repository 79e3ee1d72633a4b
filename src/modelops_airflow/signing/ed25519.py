"""Ed25519 keys (RFC 8032) in PEM files: PKCS 8 for the private, SubjectPublicKeyInfo for the public half.

    key = generate(Path("keys/checkpoint.pem"))
    signature = sign(key, b"text")
    verify(raw_public(key), b"text", signature)      # True

Public keys go around as their 32 raw bytes, and are named by the digest of these.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..digest import Digest, digest_bytes
from ..durable import write_once
from ..errors import SigningError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_OTHERS = 0o027  # a group may read: so Kubernetes mounts secrets


def generate(path: Path) -> Ed25519PrivateKey:
    """A new private key, in a file that its owner alone can read.

    Raises:
        SigningError: there is a file of this name; a key is never written over.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        write_once(path, pem, mode=0o600)
    except FileExistsError:
        raise SigningError(f"{path} is there already; a key is never written over, choose another name") from None
    return key


def write_public(path: Path, public: bytes) -> None:
    """Write a public key for those who verify with it.

    Raises:
        SigningError: there is a file of this name, or these are not the bytes of a key.
    """
    try:
        write_once(path, public_pem(public), mode=0o644)
    except FileExistsError:
        raise SigningError(f"{path} is there already; a key is never written over, choose another name") from None


def public_pem(public: bytes) -> bytes:
    """The PEM form of a raw public key."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(public)
    except ValueError as error:
        raise SigningError(f"not the 32 bytes of an Ed25519 public key: {error}") from None
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def load_private(path: Path) -> Ed25519PrivateKey:
    """The private key in a PEM file.

    Raises:
        SigningError: it is not there, not an Ed25519 key without a pass phrase, or strangers may read it.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem = _read(path)
    if path.stat().st_mode & _OTHERS:
        raise SigningError(f"{path} holds a private key and strangers may open it; run: chmod 600 {path}")
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningError(f"{path} holds no Ed25519 private key in PEM without a pass phrase; "
                           "make one: modelops ledger key generate FILE")
    return key


def load_public(path: Path) -> bytes:
    """The 32 raw bytes of the public key in a PEM file.

    Raises:
        SigningError: it is not there, or holds no Ed25519 public key.
    """
    return parse_public(_read(path), str(path))


def parse_public(pem: bytes, name: str = "the key") -> bytes:
    """The 32 raw bytes of a public key in PEM.

    Raises:
        SigningError: it is something else; `name` is what the message calls it.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise SigningError(f"{name} is no Ed25519 public key in PEM (expected BEGIN PUBLIC KEY)")
    return key.public_bytes_raw()


def raw_public(key: Ed25519PrivateKey) -> bytes:
    """The 32 raw bytes of a private key's public half."""
    return key.public_key().public_bytes_raw()


def fingerprint(public: bytes) -> Digest:
    """The name of a public key: the digest of its 32 raw bytes."""
    return digest_bytes(public)


def sign(key: Ed25519PrivateKey, message: bytes) -> bytes:
    """The 64 bytes of a signature."""
    return key.sign(message)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key signed exactly this message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SigningError(f"the key {path} cannot be read: {error.strerror}") from None
