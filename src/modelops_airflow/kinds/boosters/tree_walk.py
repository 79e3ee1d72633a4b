"""Whether nodes form one tree from the root: no child outside, none reached twice, so that whoever follows them ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError

if TYPE_CHECKING:
    import numpy as np

DEEPEST = 4096
"""Levels of a tree: libraries go down by calling themselves."""


def reached(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any], inner: np.ndarray[Any, Any], tree: int) -> np.ndarray[Any, Any]:
    """Which nodes a walk from node 0 comes to.

    Args:
        left: child of each node; only those of inner nodes are looked at.
        inner: whether a node has children.
        tree: its number, for the message.

    Raises:
        ArtifactError: it is no tree.
    """
    import numpy as np

    seen, front = np.zeros(len(left), dtype=bool), np.zeros(1, dtype=np.int64)
    if not len(left):
        raise ArtifactError(f"tree {tree} has no node")
    seen[0] = True
    level = 0
    while len(front := front[inner[front]]):
        if (level := level + 1) > DEEPEST:
            raise ArtifactError(f"tree {tree} is deeper than {DEEPEST} levels")
        front = np.concatenate([left[front], right[front]])
        if front.min() < 0 or front.max() >= len(left):
            raise ArtifactError(f"tree {tree} has a child that is none of its {len(left)} nodes")
        if seen[front].any() or len(np.unique(front)) != len(front):
            raise ArtifactError(f"tree {tree} comes to a node twice; it is no tree")
        seen[front] = True
    return seen
