"""Keys are written once for their owner alone, and signatures are those of RFC 8032."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modelops_airflow.durable import write_once
from modelops_airflow.errors import SigningError
from modelops_airflow.signing.ed25519 import (
    fingerprint,
    generate,
    load_private,
    load_public,
    parse_public,
    public_pem,
    raw_public,
    sign,
    verify,
    write_public,
)

# RFC 8032, section 7.1, tests 1 to 3: public key, message, signature.
PUBLISHED = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), PUBLISHED)
def test_published_signatures_hold_and_no_flipped_bit_does(public: str, message: str, signature: str) -> None:
    key, text, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert verify(key, text, signed)
    assert not verify(key, text + b"x", signed)
    for index in range(64):
        assert not verify(key, text, signed[:index] + bytes([signed[index] ^ 1]) + signed[index + 1 :])


def test_a_key_comes_back_from_its_file_and_signs(tmp_path: Path) -> None:
    made = generate(tmp_path / "keys" / "house.pem")
    loaded = load_private(tmp_path / "keys" / "house.pem")
    write_public(tmp_path / "house.pub.pem", raw_public(made))
    public = load_public(tmp_path / "house.pub.pem")
    assert raw_public(loaded) == raw_public(made) == public
    assert verify(public, b"text", sign(loaded, b"text"))
    assert parse_public(public_pem(public)) == public


def test_a_private_key_that_strangers_may_open_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "house.pem"
    generate(path)
    assert path.stat().st_mode & 0o777 == 0o600
    for mode in (0o602, 0o604, 0o660):
        path.chmod(mode)
        with pytest.raises(SigningError, match="chmod 600"):
            load_private(path)


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "house.pem"
    public = raw_public(generate(path))
    before = path.read_bytes()
    for write in (lambda: generate(path), lambda: write_public(path, public)):
        with pytest.raises(SigningError, match="never written over"):
            write()
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["house.pem"]


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_once(tmp_path / "file", b"data")
    assert os.listdir(tmp_path) == []


def test_a_fingerprint_is_the_digest_of_the_raw_key() -> None:
    assert fingerprint(bytes(32)) == "sha256:66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"


@pytest.mark.parametrize("text", [b"", b"text", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_refused_in_one_line(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "bad.pem"
    path.write_bytes(text)
    path.chmod(0o600)
    for load in (load_private, load_public):
        with pytest.raises(SigningError, match=r"bad\.pem"):
            load(path)
    with pytest.raises(SigningError, match="cannot be read"):
        load_private(tmp_path / "none.pem")


def test_a_key_of_another_algorithm_or_length_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    other = generate_private_key(SECP256R1())
    encoding, none = serialization.Encoding.PEM, serialization.NoEncryption()
    path = tmp_path / "ec.pem"
    path.write_bytes(other.private_bytes(encoding, serialization.PrivateFormat.PKCS8, none))
    path.chmod(0o600)
    with pytest.raises(SigningError, match="no Ed25519 private key"):
        load_private(path)
    public = other.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(SigningError, match="no Ed25519 public key"):
        parse_public(public)
    for length in (0, 31, 33):
        with pytest.raises(SigningError, match="32 bytes"):
            public_pem(bytes(length))
        assert not verify(bytes(length), b"", bytes(64))
