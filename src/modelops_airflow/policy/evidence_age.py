"""How old evidence may be when somebody approves over it: a gate that stays open for a year asks about another world."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

LONGEST: Mapping[int, timedelta] = {1: timedelta(days=90), 2: timedelta(days=180), 3: timedelta(days=365)}
"""By tier, from the start of the run that measured. Project default: about half the time between two reviews in house policy."""


def too_old(measured: datetime, tier: object, now: datetime) -> str:
    """Why evidence is too old to approve over; empty while it is not.

    Args:
        measured: when its run was started, UTC.
        tier: as the run's plan has it, which a task pinned.
    """
    longest = LONGEST.get(tier) if isinstance(tier, int) else None
    if longest is None:
        return f"its run's plan has the tier {tier!r}, so nobody knows how old its evidence may be; start a new run, or reject"
    if now - measured <= longest:
        return ""
    return (f"its run measured on {measured:%Y-%m-%d}, and at tier {tier} nobody approves over evidence that is older than {longest.days} days; "
            "start a new run, or reject")
