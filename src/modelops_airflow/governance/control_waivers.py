"""Waivers of controls as the ledger has them. A row beside it is for the database's own guard; nothing here believes it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import Refused
from ..inventory.tables import RunRow, WaivedRow
from ..ledger import EventRow
from ..policy.control_evidence import Waiver
from ..policy.waiver import ControlWaiver
from .documents import fetch

ASKED, ACCEPTED, REJECTED, REVOKED = "control-waiver-asked", "control-waiver-accepted", "control-waiver-rejected", "control-waiver-revoked"
KINDS = (ASKED, ACCEPTED, REJECTED, REVOKED)


def control_waivers(session: Session, models: Collection[str] | None = None) -> dict[int, ControlWaiver]:
    """Every waiver by number, or those of some models; an event that the machine does not permit changes nothing."""
    query = select(EventRow.kind, EventRow.model_id, EventRow.body, EventRow.at).where(
        EventRow.kind.in_(KINDS), EventRow.outcome == "done").order_by(EventRow.index)
    if models is not None:
        query = query.where(EventRow.model_id.in_(models))
    return replayed((kind, str(model), json.loads(body)["facts"], at.replace(tzinfo=UTC) if at.tzinfo is None else at)
                    for kind, model, body, at in session.execute(query))


def replayed(events: Iterable[tuple[str, str, Mapping[str, Any], datetime]]) -> dict[int, ControlWaiver]:
    """Waivers by number, from kind, model, facts and moment of each event about them in the ledger's order."""
    found: dict[int, ControlWaiver] = {}
    for kind, model, facts, moment in events:
        if kind == ASKED:
            found.setdefault(int(facts["waiver"]), _asked(model, facts, moment))
        elif (one := found.get(int(facts["waiver"]))) is not None and one.model == model:
            found[one.number] = _after(one, kind, str(facts["by"]), moment)
    return found


def waivers_in_force(session: Session, model_id: str, at: datetime) -> list[Waiver]:
    """The waivers of a model's controls that count at a moment, with their reasons."""
    return [as_evidence(session, one) for one in control_waivers(session, [model_id]).values() if one.in_force(at)]


def as_evidence(session: Session, one: ControlWaiver) -> Waiver:
    """A waiver as statuses and decisions take it."""
    return Waiver(one.pack, one.control, one.ends_at, str(words_of_waiver(session, one)["reason"]), one.number, one.terms)


def words_of_waiver(session: Session, one: ControlWaiver) -> Mapping[str, Any]:
    """What was asked for, in the asker's words.

    Raises:
        EvidenceError: they are gone or changed.
    """
    told: Mapping[str, Any] = fetch(session, one.terms)
    return told


def waived_steps(session: Session, run: RunRow) -> dict[str, list[WaivedRow]]:
    """The waivers that a run's decision rests on, by step; the digest of its manifest says whether these are all."""
    found: dict[str, list[WaivedRow]] = {}
    for row in session.scalars(select(WaivedRow).where(WaivedRow.run == run.id, WaivedRow.manifest == run.manifest).order_by(WaivedRow.id)):
        found.setdefault(row.step, []).append(row)
    return found


def named_in_manifest(rows: Sequence[WaivedRow]) -> list[dict[str, Any]]:
    """Waivers as the manifest of a decision names them."""
    return [{"control": row.control, "pack": row.pack, "step": row.step, "terms": row.terms, "waiver": row.waiver} for row in rows]


def lapsed(rows: Sequence[WaivedRow], known: Mapping[int, ControlWaiver], at: datetime) -> list[str]:
    """Why a decision that rests on these waivers does not hold at a moment; empty if it does."""
    found = []
    for row in rows:
        one = known.get(row.waiver)
        if one is None or (one.terms, one.pack, one.control) != (row.terms, row.pack, row.control):
            found.append(f"step {row.step} rests on waiver {row.waiver} of {row.pack} {row.control}, which the ledger does not have so")
        elif not one.in_force(at):
            ended = f"ended with {one.until}" if one.state(at) == "expired" else f"is {one.state(at)}"
            found.append(f"step {row.step} rests on waiver {row.waiver} of {row.pack} {row.control}, which {ended}; meet the control, or ask for a new waiver and start a new run")
    return found


def _asked(model: str, facts: Mapping[str, Any], at: datetime) -> ControlWaiver:
    return ControlWaiver(int(facts["waiver"]), model, str(facts["pack"]), str(facts["control"]), str(facts["terms"]), date.fromisoformat(facts["until"]),
                         int(facts["needed"]), str(facts["by"]), at)


def _after(one: ControlWaiver, kind: str, by: str, at: datetime) -> ControlWaiver:
    try:
        return {ACCEPTED: one.accepted, REJECTED: one.rejected, REVOKED: one.revoked}[kind](by, at)
    except Refused:
        return one
