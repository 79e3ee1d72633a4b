"""Counts that split all rows into parts: which of them rest on too few rows to be shown, also by subtraction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from ..evidence.floor import LEAST_ROWS

Part = TypeVar("Part")


def rests_on(counts: Mapping[Part, int]) -> dict[Part, int]:
    """The fewest rows that each part's share tells of: evidence hides a share that tells of few (ADR 0017).

    An empty part tells of all rows: that nobody is there singles nobody out. Where the few parts together are few, all shares but these would tell of
    them, since shares add up to one; so the next smallest part tells of as many.
    """
    few = {part: count for part, count in counts.items() if 0 < count < LEAST_ROWS}
    told = {part: count or sum(counts.values()) for part, count in counts.items()}
    others = sorted((part for part, count in counts.items() if count >= LEAST_ROWS), key=lambda part: counts[part])
    if others and 0 < sum(few.values()) < LEAST_ROWS:
        told[others[0]] = sum(few.values())
    return told
