"""Counts that split all rows into parts: which of them rest on too few rows to be shown, also by subtraction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from ..evidence.floor import LEAST_ROWS

Part = TypeVar("Part")


def rests_on(counts: Mapping[Part, int]) -> dict[Part, int]:
    """The rows that each part's share may be said to rest on: evidence hides those with few (ADR 0017).

    An empty part rests on all rows: that nobody is there singles nobody out. Where the few parts together are still few, the next smallest go
    with them, since all shares add up to one.
    """
    whole = sum(counts.values())
    held, hidden = sorted((part for part, count in counts.items() if count), key=lambda part: counts[part]), list[Part]()
    for part in held:
        if counts[part] >= LEAST_ROWS and not 0 < sum(counts[one] for one in hidden) < LEAST_ROWS:
            break
        hidden.append(part)
    return {part: min(count, LEAST_ROWS - 1) if part in hidden else count or whole for part, count in counts.items()}
