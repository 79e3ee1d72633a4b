"""Waivers of controls as the ledger has them. A row beside it is for the database's own guard; nothing here believes it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import is_among
from ..errors import Refused
from ..inventory.tables import ModelRow, RunRow, VersionRow, WaivedRow
from ..ledger import EventRow
from ..policy.control_evidence import Waiver
from ..policy.waived import asks, covers
from ..policy.waiver import ControlWaiver
from ..spec.types import Governance
from .activate import active
from .authors import authors_that_count
from .control_side import ControlSide, control_side
from .documents import fetch

ASKED, ACCEPTED, REJECTED, REVOKED = "control-waiver-asked", "control-waiver-accepted", "control-waiver-rejected", "control-waiver-revoked"
KINDS = (ASKED, ACCEPTED, REJECTED, REVOKED)


def control_waivers(session: Session, models: Collection[str] | None = None) -> dict[int, ControlWaiver]:
    """Every waiver by number, or those of some models; an event that the machine does not permit changes nothing."""
    query = select(EventRow.index, EventRow.kind, EventRow.model_id, EventRow.body, EventRow.at).where(
        EventRow.kind.in_(KINDS), EventRow.outcome == "done").order_by(EventRow.index)
    if models is not None:
        query = query.where(EventRow.model_id.in_(models))
    return replayed(((index, kind, str(model), json.loads(body)["facts"], at.replace(tzinfo=UTC) if at.tzinfo is None else at)
                     for index, kind, model, body, at in session.execute(query).all()), control_side(session))


def replayed(events: Iterable[tuple[int, str, str, Mapping[str, Any], datetime]], of_control: ControlSide) -> dict[int, ControlWaiver]:
    """Waivers by number, from index, kind, model, facts and moment of each event about them in the ledger's order.

    Who was not of the control side by then accepted nothing, whoever told so.
    """
    found: dict[int, ControlWaiver] = {}
    for index, kind, model, facts, moment in events:
        if kind == ASKED:
            found.setdefault(int(facts["waiver"]), _asked(model, facts, moment))
        elif kind == ACCEPTED and not of_control(str(facts["by"]), index):
            continue
        elif (one := found.get(int(facts["waiver"]))) is not None and one.model == model:
            found[one.number] = _after(one, kind, str(facts["by"]), moment)
    return found


@dataclass(frozen=True)
class Judged:
    """For what a waiver counts or does not: of which tier it is, and who has a hand in it by now, by any name."""

    tier: int | None
    makers: Collection[str]
    rules: Governance

    def why_not(self, one: ControlWaiver, at: datetime) -> str:
        """Why a waiver does not count for it at a moment; empty if it does."""
        return one.why_not(at, self.tier, [person for person in one.accepted_by if is_among(self.rules, person, self.makers)])


def judged_model(session: Session, model: ModelRow) -> Judged:
    """A model as it is now, made by whoever owns or develops it, or is an author of one of its versions."""
    return Judged(model.tier, [*makers_now(session, model), *authors_of(session, model.id)], active(session))


def judged_run(session: Session, run: RunRow, plan: Mapping[str, Any]) -> Judged:
    """What a run releases: of the tier of its pinned plan, made by its authors and by who owns or develops the model by its plan and now."""
    told, model = plan["model"], session.get_one(ModelRow, run.model_id)
    return Judged(int(told["tier"]), [*authors_that_count(session, run), told["owner"], *told.get("developers", ()), *makers_now(session, model)], active(session))


def authors_of(session: Session, model_id: str) -> list[str]:
    """The authors of every version of a model."""
    return [name for row in session.scalars(select(VersionRow).where(VersionRow.model_id == model_id)) for name, _ in row.authors]


def makers_now(session: Session, model: ModelRow) -> list[str]:
    """Who owns or develops a model, as its last file says."""
    developers = fetch(session, model.definition)["model"].get("developers", ()) if model.definition is not None else ()
    return [*([model.owner] if model.owner else []), *developers]


def waivers_in_force(session: Session, judged: Judged, model_id: str, at: datetime) -> list[Waiver]:
    """The waivers of a model's controls that count at a moment, with their reasons."""
    return [as_evidence(session, one) for one in control_waivers(session, [model_id]).values() if not judged.why_not(one, at)]


def as_evidence(session: Session, one: ControlWaiver) -> Waiver:
    """A waiver as statuses and decisions take it."""
    words = words_of_waiver(session, one)
    return Waiver(one.pack, one.control, one.ends_at, str(words["reason"]), one.number, one.terms, str(words["content"]))


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


def lapsed(rows: Sequence[WaivedRow], known: Mapping[int, ControlWaiver], at: datetime, judged: Judged) -> list[str]:
    """Why a decision that rests on these waivers does not hold at a moment; empty if it does."""
    found = []
    for row in rows:
        one = known.get(row.waiver)
        if one is None or (one.terms, one.pack, one.control) != (row.terms, row.pack, row.control):
            found.append(f"step {row.step} rests on waiver {row.waiver} of {row.pack} {row.control}, which the ledger does not have so")
        elif why := judged.why_not(one, at):
            found.append(f"step {row.step} rests on waiver {row.waiver} of {row.pack} {row.control}, which {why}; meet the control, or ask for a new waiver and start a new run")
    return found


def misplaced(session: Session, step: Mapping[str, Any], rows: Sequence[WaivedRow], known: Mapping[int, ControlWaiver], packs: Mapping[str, Any]) -> list[str]:
    """Why waivers do not cover a step of a plan: their control asks nothing of it, or says something else than was waived."""
    told = "step {0.step} rests on waiver {0.waiver} of {0.pack} {0.control}, which ".format
    found = [told(row) + "asks nothing of that step" for row in rows if not asks(row.pack, row.control, step)]
    return found + [told(row) + "says something else than was waived" for row in rows
                    if row.waiver in known and not covers(as_evidence(session, known[row.waiver]), packs)]


def _asked(model: str, facts: Mapping[str, Any], at: datetime) -> ControlWaiver:
    return ControlWaiver(int(facts["waiver"]), model, str(facts["pack"]), str(facts["control"]), str(facts["terms"]), date.fromisoformat(facts["until"]),
                         int(facts["needed"]), str(facts["by"]), at)


def _after(one: ControlWaiver, kind: str, by: str, at: datetime) -> ControlWaiver:
    try:
        return {ACCEPTED: one.accepted, REJECTED: one.rejected, REVOKED: one.revoked}[kind](by, at)
    except Refused:
        return one
