"""Conditional approvals: what must be done while they last, and what becomes of them at their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.rules import APPROVE
from ..data.duration import duration
from ..errors import VoteRefused
from ..inventory.tables import DecisionRow

FINDING = "conditions-open"
LONGEST = {1: "P180D", 2: "P180D", 3: "P365D"}
"""How long a conditional approval may last, by tier (house defaults)."""
MAX_CONDITIONS, MAX_LENGTH = 20, 500


def checked(conditions: Sequence[str], decision: str) -> list[str]:
    """Conditions as they are kept.

    Raises:
        VoteRefused: with a rejection, or too many, too long, or empty ones.
    """
    kept = [one.strip() for one in conditions]
    if kept and decision != APPROVE:
        raise VoteRefused("only an approval carries conditions; say in the comment what must change", "conditions")
    if len(kept) > MAX_CONDITIONS or any(not one or len(one) > MAX_LENGTH for one in kept):
        raise VoteRefused(f"at most {MAX_CONDITIONS} conditions of 1 to {MAX_LENGTH} characters", "conditions")
    return kept


def expiry(plan: Mapping[str, Any], conditions: Sequence[str], until: datetime | None, usual: datetime | None,
           now: datetime) -> datetime | None:
    """When an approval expires: as the gate says, or earlier; a conditional one within the limit of its tier.

    Raises:
        VoteRefused: the asked end is past, or later than permitted.
    """
    limits = [usual] if usual is not None else []
    if conditions:
        limits.append(now + duration(LONGEST[int(plan["model"]["tier"])]))
    longest = min(limits, default=None)
    if until is None:
        return longest
    if until <= now or (longest is not None and until > longest):
        told = longest.strftime("%Y-%m-%d %H:%M UTC") if longest is not None else "any later time"
        raise VoteRefused(f"the approval may end between now and {told}", "expiry")
    return until


def conditional(session: Session, subject: str | None) -> tuple[list[str], datetime | None]:
    """The conditions of the approvals over a subject, and when the first of these approvals ends; none where nobody named any."""
    found = [one for one in session.scalars(select(DecisionRow).where(
        DecisionRow.subject == subject, DecisionRow.decision == APPROVE, DecisionRow.withdrawn_at.is_(None))
        .order_by(DecisionRow.id)) if one.conditions]
    until = min((one.expires_at for one in found if one.expires_at is not None), default=None)
    return [condition for one in found for condition in one.conditions], until
