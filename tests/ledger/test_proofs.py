"""Proofs: known answers of Certificate Transparency, every corruption of them, and properties against the RFC's text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from rfc6962 import path, proof, tree_hash

from modelops_airflow.ledger.proof import consistency, inclusion, verify_consistency, verify_inclusion
from modelops_airflow.ledger.tree import leaf_hash

# The eight leaves of the reference tests of Certificate Transparency, and parts of their tree.
DATA = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
LEAVES = [leaf_hash(one) for one in DATA]
ROOTS = [tree_hash(DATA[:size]) for size in range(9)]

# index and size: the audit path
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
# first and second size: the proof
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
EMPTY_ROOT = tree_hash([])
OTHER = bytes.fromhex("abacaba000000000000000000000000000000000000000000060061e00123456")


def broken(parts: list[bytes], *others: bytes) -> Iterator[list[bytes]]:
    """Every way to damage a list of hashes: more, fewer, an empty one, one flipped bit of each byte, other order."""
    for extra in (b"", *others):
        yield [*parts, extra]
        yield [extra, *parts]
    for index, part in enumerate(parts):
        yield parts[:index] + parts[index + 1 :]
        yield [*parts[:index], part[:31], *parts[index + 1 :]]
        for byte in range(32):
            flipped = part[:byte] + bytes([part[byte] ^ 8]) + part[byte + 1 :]
            yield [*parts[:index], flipped, *parts[index + 1 :]]
    if len(set(parts)) > 1:
        yield parts[::-1]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_known_audit_paths_are_made_and_verified(index: int, size: int) -> None:
    known = [bytes.fromhex(one) for one in INCLUSION[index, size]]
    assert inclusion(LEAVES[:size], index) == known
    assert verify_inclusion(LEAVES[index], index, size, known, ROOTS[size])


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_no_damaged_audit_path_is_verified(index: int, size: int) -> None:
    known, leaf, root = [bytes.fromhex(one) for one in INCLUSION[index, size]], LEAVES[index], ROOTS[size]
    for parts in broken(known, root, leaf, OTHER):
        assert not verify_inclusion(leaf, index, size, parts, root)
    for other in {index - 1, index + 1, index ^ 2, -1, size}:
        assert not verify_inclusion(leaf, other, size, known, root)
    for other in (0, size // 2, size * 2, -size):
        assert not verify_inclusion(leaf, index, other, known, root)
    for wrong in (b"", b"WrongLeaf", OTHER, EMPTY_ROOT):
        assert not verify_inclusion(wrong, index, size, known, root)
        assert not verify_inclusion(leaf, index, size, known, wrong)


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_known_consistency_proofs_are_made_and_verified(first: int, second: int) -> None:
    known = [bytes.fromhex(one) for one in CONSISTENCY[first, second]]
    assert consistency(LEAVES[:second], first) == known
    assert verify_consistency(first, second, ROOTS[first], ROOTS[second], known)


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_no_damaged_consistency_proof_is_verified(first: int, second: int) -> None:
    known, roots = [bytes.fromhex(one) for one in CONSISTENCY[first, second]], (ROOTS[first], ROOTS[second])
    for parts in broken(known, *roots, OTHER):
        assert not verify_consistency(first, second, *roots, parts)
    for other in {0, first - 1, first + 1, -first} | ({first ^ 2} if second > 1 else set()):
        assert not verify_consistency(other, second, *roots, known)
    for other in {0, second // 2, second * 2}:
        assert not verify_consistency(first, other, *roots, known)
    for wrong in (b"", b"WrongRoot", OTHER, EMPTY_ROOT):
        assert not verify_consistency(first, second, wrong, roots[1], known)
        assert not verify_consistency(first, second, roots[0], wrong, known)
    assert first == second or not verify_consistency(first, second, roots[1], roots[0], known)


def test_nothing_is_proved_of_an_empty_tree_or_by_an_empty_hash() -> None:
    assert not verify_inclusion(EMPTY_ROOT, 0, 0, [], EMPTY_ROOT)
    assert not verify_inclusion(b"", 0, 1, [], b"")
    assert not verify_inclusion(b"", 0, 0, [], b"")
    for second in (0, 1, 8):
        assert not verify_consistency(0, second, EMPTY_ROOT, ROOTS[second], [])
        assert not verify_consistency(0, second, ROOTS[second], ROOTS[second], [])
    assert not verify_consistency(1, 1, b"", b"", [])
    assert not verify_consistency(2, 1, ROOTS[2], ROOTS[1], [])
    assert not verify_consistency(1, 2, ROOTS[1], ROOTS[2], [])
    for make in (lambda: inclusion([], 0), lambda: consistency([], 0), lambda: consistency(LEAVES, 0)):
        with pytest.raises(ValueError, match=r"no leaf|continues none"):
            make()
    for index in (-1, 8):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion(LEAVES, index)
    with pytest.raises(ValueError, match="continues none"):
        consistency(LEAVES, 9)
    for make in (lambda: inclusion([b""], 0), lambda: consistency([b"event"], 1)):
        with pytest.raises(ValueError, match="not a hash"):
            make()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=12), min_size=1, max_size=70), st.data())
def test_any_proof_is_that_of_the_rfc_and_holds(data: list[bytes], draw: st.DataObject) -> None:
    leaves, root = [leaf_hash(one) for one in data], tree_hash(data)
    index = draw.draw(st.integers(0, len(data) - 1))
    assert inclusion(leaves, index) == path(index, data)
    assert verify_inclusion(leaves[index], index, len(data), path(index, data), root)
    first = index + 1
    assert consistency(leaves, first) == proof(first, data)
    assert verify_consistency(first, len(data), tree_hash(data[:first]), root, proof(first, data))


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 60), st.data())
def test_a_changed_past_has_no_proof(size: int, draw: st.DataObject) -> None:
    data = [number.to_bytes(2, "big") for number in range(size)]
    first = draw.draw(st.integers(1, size))
    old = draw.draw(st.integers(0, first - 1))
    changed = [*data[:old], b"other", *data[old + 1 :]]
    leaves = [leaf_hash(one) for one in changed]
    told = tree_hash(data[:first]), tree_hash(changed)
    assert not verify_consistency(first, size, *told, consistency(leaves, first))
    assert not verify_inclusion(leaf_hash(b"other"), old, size, inclusion(leaves, old), tree_hash(data))
    assert verify_inclusion(leaf_hash(b"other"), old, size, inclusion(leaves, old), tree_hash(changed))
