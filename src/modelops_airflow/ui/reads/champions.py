"""The version that speaks for a model: the one in use, else the suspended one, else the newest."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from ...inventory.tables import VersionRow, VersionState
from ...policy.states import SERVING

_RANK = case((VersionRow.state.in_(SERVING), 0), (VersionRow.state == VersionState.SUSPENDED.value, 1),
             else_=2)


def champions(session: Session, models: Collection[str]) -> dict[str, VersionRow]:
    """By model id; a model without any version is left out. One query."""
    place = func.row_number().over(partition_by=VersionRow.model_id, order_by=(_RANK, VersionRow.id.desc()))
    ranked = select(VersionRow.id, place.label("place")).where(VersionRow.model_id.in_(models)).subquery()
    rows = session.scalars(select(VersionRow).join(ranked, ranked.c.id == VersionRow.id).where(ranked.c.place == 1))
    return {row.model_id: row for row in rows}
