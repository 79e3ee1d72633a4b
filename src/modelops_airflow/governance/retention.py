"""How the records of a model stand: what was ever promised of them, from the plans that were pinned, and what counts from when, from the ledger."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..inventory.tables import DeploymentRow, DeploymentState, ModelRow, RunRow, VersionRow
from ..ledger import EventRow
from ..policy.erasure import Standing
from ..policy.retention import Kept, Moments, Promise, holding, kept_until, promises_of, strictest
from .documents import fetch
from .holds import Hold, holds
from .records import Record, records_of, records_under

_USE = ("live", "suspended", "retired", "pulled-back", "canary-ended", "break-glass-ended", "scored")
"""Events at which a model was in use, or ended to be."""


@dataclass(frozen=True)
class Told:
    """What a model's plans and ledger say of its records.

    Attributes:
        in_use: something of it is live now.
        retired: version -> when it was retired.
        versions: all there are.
    """

    promises: frozenset[Promise]
    in_use: bool
    last_use: datetime | None
    last_live: datetime | None
    retired: dict[str, datetime]
    versions: frozenset[str]

    def moments(self, record: Record) -> Moments:
        """What promises about a record count from; what was retired and never used ended to be usable then."""
        gone = self.retired.get(record.version) if record.version in self.versions else self._all_retired()
        return Moments(record.at, None if self.in_use else self.last_use or gone, gone, self.last_live or gone)

    def kept(self, record: Record) -> Kept:
        """Until when a record is kept."""
        return kept_until(self.promises, self.moments(record))

    def _all_retired(self) -> datetime | None:
        return max(self.retired.values()) if self.versions and self.versions <= self.retired.keys() else None


@dataclass(frozen=True)
class Line:
    """One record and how it stands.

    Attributes:
        kept: of all records of the same bytes, in whichever models, the longest.
        held: the holds over it.
        due: whether retention has ended and nothing else stands against its erasure.
    """

    record: Record
    kept: Kept
    held: tuple[Hold, ...]
    due: bool


def told_of(session: Session, model_id: str) -> Told:
    """What a model's plans and ledger say."""
    promises: set[Promise] = set()
    for digest in session.scalars(select(RunRow.plan).where(RunRow.model_id == model_id).distinct()):
        promises |= promises_of(fetch(session, digest))
    events = [(row.kind, row.at, json.loads(row.body)["facts"]) for row in session.scalars(
        select(EventRow).where(EventRow.model_id == model_id, EventRow.kind.in_(_USE), EventRow.outcome == "done").order_by(EventRow.index))]
    live = session.scalars(select(DeploymentRow.id).where(DeploymentRow.model_id == model_id, DeploymentRow.state == DeploymentState.LIVE.value)).first()
    return Told(
        frozenset(promises), live is not None, max((at for _, at, _ in events if _ != "retired"), default=None),
        max((at for kind, at, _ in events if kind == "live"), default=None),
        {version: at for kind, at, facts in events if kind == "retired" for version in facts["versions"]},
        frozenset(session.scalars(select(VersionRow.version).where(VersionRow.model_id == model_id))))


def lines(session: Session, model_id: str | None = None) -> list[Line]:
    """Every record, of a model or of all, with until when it is kept and why."""
    standing, now, all_told, same = holds(session), database_time(session), dict[str, Told](), defaultdict[str, list[Record]](list)
    for model in session.scalars(select(ModelRow.id).order_by(ModelRow.id)):
        for one in records_of(session, model):
            same[one.digest].append(one)
    return [_line(session, one, alike, standing, now, all_told) for alike in same.values() for one in alike if model_id in (None, one.model)]


def standing_of(session: Session, digests: Sequence[str]) -> tuple[Standing, bool]:
    """How the records of some bytes stand together, in all models that have them; and whether their retention has ended."""
    standing, now, all_told = holds(session), database_time(session), dict[str, Told]()
    found = [(one, _told(session, one.model, all_told)) for digest in digests for one in records_under(session, digest)]
    kept = strictest(told.kept(one) for one, told in found)
    return Standing(
        frozenset(one.kind for one, _ in found), tuple(hold.told for hold in standing if any(hold.covers(one) for one, _ in found)),
        tuple(f"{one.what} of {one.model}: {one.needed}" for one, _ in found if one.needed), kept,
        tuple(sorted({promise for one, told in found for promise in holding(told.promises, told.moments(one), now)})),
    ), kept.ended(now)


def _line(session: Session, record: Record, alike: Sequence[Record], standing: Sequence[Hold], now: datetime, all_told: dict[str, Told]) -> Line:
    kept = strictest(_told(session, one.model, all_told).kept(one) for one in alike)
    held = tuple(hold for hold in standing if any(hold.covers(one) for one in alike))
    return Line(record, kept, held, kept.ended(now) and not held and not any(one.needed for one in alike))


def _told(session: Session, model_id: str, known: dict[str, Told]) -> Told:
    if model_id not in known:
        known[model_id] = told_of(session, model_id)
    return known[model_id]


def facts_of_line(line: Line) -> dict[str, Any]:
    """A line as JSON."""
    one = line.record
    return {"kind": one.kind.value, "digest": one.digest, "model": one.model, "version": one.version, "what": one.what, "at": one.at.isoformat(),
            "until": line.kept.until.isoformat() if line.kept.until else None, "why": line.kept.why, "needed": one.needed,
            "holds": [hold.id for hold in line.held], "due": line.due}
