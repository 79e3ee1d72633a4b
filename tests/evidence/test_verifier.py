"""verify.py alone: its canonical JSON, its Ed25519, its proofs, and that it needs nothing but Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_pack import Made, resealed

from modelops_airflow.evidence.pack import VERIFIER
from modelops_airflow.evidence.verify import BASE, Q, Wrong, canonical, climbed, continues, number, signed, times
from modelops_airflow.ledger.proof import consistency, inclusion, tree_hash
from modelops_airflow.signing.ed25519 import raw_public, verify

NUMBERS = st.one_of(st.integers(-(2**53) + 1, 2**53 - 1), st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)), max_leaves=20)


@settings(max_examples=1500, deadline=None)
@given(value=VALUES)
def test_canonical_json_is_that_of_the_library_also_after_reading_it_back(value: Any) -> None:
    expected = rfc8785.dumps(value)
    assert canonical(value) == expected
    assert canonical(json.loads(expected)) == expected


@settings(max_examples=1500, deadline=None)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_written_as_ecmascript_does(value: float) -> None:
    assert number(value).encode() == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [0.0, -0.0, 1e21, 1e20, 123e19, 1e-6, 1e-7, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 100.0, 2**53 - 1, -1.5e-9, 333333333.3333333])
def test_known_numbers(value: float) -> None:
    assert number(value).encode() == rfc8785.dumps(value)


def test_signatures_of_many_random_keys_hold_and_changed_ones_do_not() -> None:
    for count in range(40):
        key, message = Ed25519PrivateKey.generate(), os.urandom(count * 7)
        public, signature = raw_public(key), key.sign(message)
        assert signed(public, message, signature)
        assert not signed(public, message + b"x", signature)
        assert not signed(raw_public(Ed25519PrivateKey.generate()), message, signature)
        flipped = bytearray(signature)
        flipped[count] ^= 1
        assert _refused(public, message, bytes(flipped))
        assert not verify(public, message, bytes(flipped)), "cryptography says the same"


def _refused(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        return not signed(public, message, signature)
    except Wrong:
        return True


def test_a_signature_with_a_scalar_beyond_the_order_is_refused() -> None:
    key = Ed25519PrivateKey.generate()
    public, signature = raw_public(key), key.sign(b"text")
    again = signature[:32] + (int.from_bytes(signature[32:], "little") + Q).to_bytes(32, "little")
    assert signed(public, b"text", signature)
    assert not signed(public, b"text", again)


SMALL = [
    "0100000000000000000000000000000000000000000000000000000000000000", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000", "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


@pytest.mark.parametrize("point", SMALL)
def test_points_of_small_order_sign_nothing(point: str) -> None:
    small = bytes.fromhex(point)
    for signature in (small + bytes(32), bytes([1]) + bytes(63), bytes.fromhex(SMALL[0]) + bytes(32)):
        for message in (b"", b"anything", b"another"):
            assert _refused(small, message, signature)
    key = Ed25519PrivateKey.generate()
    assert _refused(raw_public(key), b"text", small + key.sign(b"text")[32:])


@pytest.mark.parametrize("point", ["ed" + "ff" * 30 + "7f", "ee" + "ff" * 30 + "7f", "01" + "00" * 30 + "80", "02" + "00" * 31])
def test_bytes_that_are_no_point_or_another_spelling_of_one_are_refused(point: str) -> None:
    assert _refused(bytes.fromhex(point), b"text", bytes(64))


@pytest.mark.parametrize(("public", "signature"), [(b"", bytes(64)), (bytes(31), bytes(64)), (bytes(32), bytes(63)), (bytes(32), b"")])
def test_keys_and_signatures_of_another_length_are_refused(public: bytes, signature: bytes) -> None:
    assert _refused(public, b"text", signature)


def test_the_base_point_has_the_order_of_the_standard() -> None:
    assert times(Q, BASE)[0] == 0
    assert times(Q - 1, BASE)[0] != 0


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 13, 16, 33])
def test_proofs_of_the_ledger_hold_here_and_no_other_does(size: int) -> None:
    leaves = [os.urandom(32) for _ in range(size)]
    root = tree_hash(leaves).hex()
    for index in range(size):
        proof = [part.hex() for part in inclusion(leaves, index)]
        assert climbed(index, size - 1, leaves[index], proof)[1] == root
        for other in range(size):
            if other != index:
                assert _fails(climbed, root, other, size - 1, leaves[index], proof)
    for first in range(1, size + 1):
        shorter, proof = tree_hash(leaves[:first]).hex(), [part.hex() for part in consistency(leaves, first)] if first < size else []
        assert continues(first, shorter, size, root, proof)
        assert not _continues(first, os.urandom(32).hex(), size, root, proof)
        assert not _continues(first, shorter, size, os.urandom(32).hex(), proof)
        assert first == size or not _continues(first, shorter, size, root, [*proof, os.urandom(32).hex()])
    assert not _continues(0, "", size, root, [])


def _fails(climb: Any, root: str, *arguments: Any) -> bool:
    try:
        return bool(climb(*arguments)[1] != root)
    except Wrong:
        return True


def _continues(*arguments: Any) -> bool:
    try:
        return continues(*arguments)
    except (Wrong, IndexError):
        return False


def alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """verify.py in an interpreter that has no package of ours or anybody's, with an empty environment."""
    return subprocess.run([sys.executable, "-I", "-S", "verify.py", *arguments], cwd=folder, env={}, capture_output=True, text=True, check=False)


@pytest.fixture
def empty(tmp_path: Path, made: Made) -> Path:
    (tmp_path / "verify.py").write_bytes(made.members["verify.py"])
    (tmp_path / "pack.zip").write_bytes(made.data)
    return tmp_path


def test_a_pack_verifies_in_an_interpreter_without_our_package(empty: Path, made: Made) -> None:
    there = subprocess.run([sys.executable, "-I", "-S", "-c", "import modelops_airflow"], cwd=empty, env={}, capture_output=True, check=False)
    assert there.returncode != 0, "the control: our package is not there"
    answer = alone(empty, "pack.zip", "--trust", made.trusted)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith(f"verified; signed by the trusted key {made.trusted}\n")
    assert "gate approve-risk is approved by rita" in answer.stdout
    assert "not proven:\n" in answer.stdout
    assert "internally consistent, origin not established" in alone(empty, "pack.zip").stdout


def test_a_forged_pack_does_not(empty: Path, made: Made) -> None:
    (empty / "pack.zip").write_bytes(resealed(made.members, Ed25519PrivateKey.generate()))
    answer = alone(empty, "pack.zip", "--trust", made.trusted)
    assert (answer.returncode, answer.stderr) == (1, "")
    assert answer.stdout.startswith("NOT VERIFIED\n")
    (empty / "pack.zip").write_bytes(made.data[:-1])
    assert alone(empty, "pack.zip").returncode == 1


def test_the_verifier_imports_the_standard_library_alone() -> None:
    import ast

    tree = ast.parse(VERIFIER.read_text(), feature_version=(3, 9))
    names = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names
