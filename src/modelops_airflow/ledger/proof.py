"""Proofs over the tree of RFC 6962: that an event is in it, and that a longer one continues a shorter one.

Leaves are leaf hashes; hashes are 32 bytes. Verifying follows RFC 9162, 2.1.3.2 and 2.1.4.2, which
work on the bits of index and size. Nothing is proved of an empty tree.
"""

from __future__ import annotations

from collections.abc import Sequence

from .tree import grown, node_hash, root_of

_HASH = 32


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of a leaf: PATH(index, leaves).

    Raises:
        ValueError: there is no such leaf, or a leaf is not a hash.
    """
    _require_hashes(leaves)
    if not 0 <= index < len(leaves):
        raise ValueError(f"there is no leaf {index} in a tree of {len(leaves)}")
    start, end, path = 0, len(leaves), []
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            path.append(tree_hash(leaves[split:end]))
            end = split
        else:
            path.append(tree_hash(leaves[start:split]))
            start = split
    return path[::-1]


def consistency(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """The proof that the tree of all leaves continues that of the first ones: PROOF(first, leaves).

    Raises:
        ValueError: the first tree is empty or longer than all, or a leaf is not a hash.
    """
    _require_hashes(leaves)
    if not 0 < first <= len(leaves):
        raise ValueError(f"a tree of {len(leaves)} leaves continues none of {first}")
    start, end, path = 0, len(leaves), []
    while end != first:
        split = start + _split(end - start)
        if first <= split:
            path.append(tree_hash(leaves[split:end]))
            end = split
        else:
            path.append(tree_hash(leaves[start:split]))
            start = split
    return [tree_hash(leaves[start:end]), *path[::-1]] if start else path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf is at this index of the tree of this size and root."""
    if not 0 <= index < size or not _hashes(leaf, root, *proof):
        return False
    node, last, result = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            result = node_hash(part, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, part)
        node, last = node >> 1, last >> 1
    return last == 0 and result == root


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of the second size and root begins with all leaves of the first."""
    if not 0 < first <= second or not _hashes(first_root, second_root, *proof):
        return False
    if first == second:
        return not proof and first_root == second_root
    parts = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not parts:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    was = now = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            was, now = node_hash(part, was), node_hash(part, now)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            now = node_hash(now, part)
        node, last = node >> 1, last >> 1
    return last == 0 and was == first_root and now == second_root


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    frontier: list[bytes] = []
    for size, leaf in enumerate(leaves):
        frontier = grown(frontier, size, leaf)
    return root_of(frontier)


def _split(size: int) -> int:
    """The largest power of two below a size above one."""
    return 1 << ((size - 1).bit_length() - 1)


def _hashes(*values: bytes) -> bool:
    return all(len(value) == _HASH for value in values)


def _require_hashes(leaves: Sequence[bytes]) -> None:
    if not _hashes(*leaves):
        raise ValueError("a leaf is not a hash of 32 bytes; give leaf hashes, not the events' bytes")
