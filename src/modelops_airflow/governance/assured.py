"""The assurance level on record: noted by the task that synchronises, because what a task can do decides it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..inventory.register import Register
from ..ledger import EventRow, append
from .transaction import governed

KIND = "assurance"


def note_assurance(register: Register, told: Mapping[str, Any]) -> bool:
    """Put a level on record if it differs from the last one; answers whether it did."""
    with register.read() as session:
        if assurance_on_record(session) == dict(told):
            return False
    with governed(register, KIND, by="system") as session:
        append(session, KIND, dict(told))
    return True


def assurance_on_record(session: Session) -> dict[str, Any] | None:
    """The last level that a task noted; None before the first."""
    body = session.scalars(
        select(EventRow.body).where(EventRow.kind == KIND, EventRow.outcome == "done").order_by(EventRow.index.desc()).limit(1)
    ).first()
    return None if body is None else dict(json.loads(body)["facts"])
