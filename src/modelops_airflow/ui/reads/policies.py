"""Compliance of models with their packs at a moment, as the ledger has it; broken files are told as what they are now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...evidence.store import BlobStore
from ...history.as_of import AsOf, PackThen
from ...history.fleet import fleet
from ...history.reader import Reader
from ...history.record import records
from ...history.series import series
from ...history.told import counts, instant, stretch_told, told, worst
from ...inventory.tables import ModelRow


def chosen(session: Session, ids: Collection[str], q: str) -> Sequence[ModelRow]:
    """The models of these ids in whose name, id, owner or team every word is, by id."""
    words = q.lower().split()
    rows = session.scalars(select(ModelRow).where(ModelRow.id.in_(ids)).order_by(ModelRow.id)).all()
    return [row for row in rows if all(word in f"{row.id} {row.name} {row.owner or ''} {row.team or ''}".lower() for word in words)]


def heat_map(session: Session, store: BlobStore, rows: Sequence[ModelRow], at: datetime) -> list[dict[str, Any]]:
    """One line for each model: how it stands with each of its packs, and with each control of them."""
    states = {state.model: state for state in fleet(session, store, [row.id for row in rows], at)}
    return [_line(row, states[row.id]) for row in rows]


def one_model(session: Session, store: BlobStore, row: ModelRow, at: datetime) -> dict[str, Any]:
    """Everything about one model at a moment."""
    [state] = fleet(session, store, [row.id], at)
    return {"name": row.name, "tier": row.tier, "owner": row.owner, **told(state)}


def history(session: Session, store: BlobStore, row: ModelRow, until: datetime) -> list[dict[str, Any]]:
    """The stretches of each control of a model, up to a moment."""
    found = series(records(session, [row.id])[row.id], Reader(session, store), None, until)
    return [{"pack": pack, "control": control, "stretches": [stretch_told(one) for one in stretches]} for (pack, control), stretches in found.items()]


def _line(row: ModelRow, state: AsOf) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "tier": row.tier, "owner": row.owner, "version": state.version, "trouble": state.trouble,
            "in_use": [one.environment for one in state.in_use], "packs": {one.name: _cell(one) for one in state.packs}}


def _cell(pack: PackThen) -> dict[str, Any]:
    return {"answer": pack.answer, "title": pack.told["title"], "version": pack.told["version"], "standing": pack.told["standing"], "why": pack.told["why"],
            "draft": bool(pack.told["draft"]), "worst": worst(pack), "counts": counts(pack),
            "controls": {one.status.control: {"status": one.status.status, "why": one.status.why, "due": instant(one.status.due) if one.status.due else None}
                         for one in pack.controls}}
