"""Who was of the control side at an event of the ledger, by the governance that it has in force before that."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import holders
from ..ledger import EventRow
from ..spec.types import Governance
from .activate import governance_of
from .documents import fetch
from .on_record import GOVERNED

ControlSide = Callable[[str, int], bool]
"""Person and index of an event -> whether they were of the control side then; where no governance was in force nobody was."""


def control_side(session: Session) -> ControlSide:
    """By the register's ledger; it is read once, when somebody is first asked about."""

    @cache
    def known() -> list[tuple[int, str]]:
        rows = session.execute(select(EventRow.index, EventRow.body).where(
            EventRow.kind.in_(GOVERNED), EventRow.outcome == "done").order_by(EventRow.index))
        return [(index, str(json.loads(body)["facts"]["governance"])) for index, body in rows]

    return control_side_of(known, cache(lambda digest: governance_of(fetch(session, digest))))


def control_side_of(known: Callable[[], Sequence[tuple[int, str]]], read: Callable[[str], Governance]) -> ControlSide:
    """By the governances that were put in force: index of the event and digest, in order."""

    def was(person: str, index: int) -> bool:
        told = known()
        before = bisect_left(told, (index, ""))
        return before > 0 and person in holders(read(told[before - 1][1]), "control")

    return was
