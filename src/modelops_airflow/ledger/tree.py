"""The hash tree of RFC 6962: leaves and nodes are hashed apart, subtrees are as full as can be."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf's bytes (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grown(frontier: Sequence[bytes], size: int, leaf: bytes) -> list[bytes]:
    """The frontier after one more leaf.

    Args:
        frontier: roots of the full subtrees of the first `size` leaves, largest first.
    """
    out, top = list(frontier), leaf
    while size & 1:
        top = node_hash(out.pop(), top)
        size >>= 1
    return [*out, top]


def root_of(frontier: Sequence[bytes]) -> bytes:
    """The tree hash of a frontier; of no leaves, the hash of nothing."""
    if not frontier:
        return hashlib.sha256(b"").digest()
    root = frontier[-1]
    for left in reversed(frontier[:-1]):
        root = node_hash(left, root)
    return root
