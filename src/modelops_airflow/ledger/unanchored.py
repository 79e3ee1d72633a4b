"""How long events stood without an anchor: as long, whoever owns the database could have written them anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Unanchored:
    """Attributes:
    event: index of the first event of the interval.
    duration: from that event to the anchor that first pinned it, or to now.
    anchored: whether an anchor pinned it in the end.
    """

    event: int
    duration: timedelta
    anchored: bool


def longest_unanchored(
    times: Mapping[int, datetime], anchored: Iterable[tuple[int, datetime]], size: int, now: datetime
) -> Unanchored | None:
    """The longest time that an event waited for its anchor; None of an empty ledger.

    Args:
        times: when events were written; of the first, and of the first after each anchored checkpoint.
        anchored: (size, time) of checkpoints by the anchors' clocks, in any order.
        size: events of the ledger.
    """
    found: list[Unanchored] = []
    first = 0
    for end, at in sorted(anchored, key=lambda one: (one[1], one[0])):
        if first < end <= size:
            found.append(Unanchored(first, max(at - times[first], timedelta(0)), True))
            first = end
    if first < size:
        found.append(Unanchored(first, max(now - times[first], timedelta(0)), False))
    return max(found, key=lambda one: one.duration, default=None)
