"""Overlays of models as the ledger has them, their acts, and the findings of those that were renewed too often or have expired."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import answers_for, holders, is_among, person_of
from ..database import database_time
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import FindingRow, ModelRow
from ..ledger import EventRow, append
from ..policy.model_overlay import ACTIVE, EXPIRED, RENEWALS, ModelOverlay
from ..policy.waiver import end_of
from .acting import known_as
from .activate import active
from .control_waivers import makers_now
from .documents import keep
from .transaction import Actor, governed
from .versions import close_finding, message_of_finding, open_finding

PROPOSED, APPROVED, REJECTED, RENEWED, EXITED = "overlay-proposed", "overlay-approved", "overlay-rejected", "overlay-renewed", "overlay-exited"
FINDING = "overlay"
LONGEST = timedelta(days=365)
"""How far ahead an overlay may end: a house default."""


@dataclass(frozen=True)
class Proposal:
    """What is proposed: `words` has what, why, size, method and exit, none of them empty."""

    name: str
    owner: str
    approver: str
    start: date
    until: date
    words: Mapping[str, str]


def overlays(session: Session, models: Collection[str] | None = None) -> dict[tuple[str, str], ModelOverlay]:
    """Every overlay by model and name, or those of some models; a name is free again once its overlay has ended."""
    found: dict[tuple[str, str], ModelOverlay] = {}
    query = select(EventRow.kind, EventRow.model_id, EventRow.body, EventRow.at).where(
        EventRow.kind.in_((PROPOSED, APPROVED, REJECTED, RENEWED, EXITED)), EventRow.outcome == "done").order_by(EventRow.index)
    if models is not None:
        query = query.where(EventRow.model_id.in_(models))
    for kind, model, body, at in session.execute(query):
        facts, moment = json.loads(body)["facts"], at.replace(tzinfo=UTC) if at.tzinfo is None else at
        key = str(model), str(facts["name"])
        if kind == PROPOSED:
            found[key] = ModelOverlay(*key, str(facts["terms"]), str(facts["owner"]), str(facts["approver"]),
                                      date.fromisoformat(facts["start"]), date.fromisoformat(facts["until"]))
        elif key in found:
            found[key] = _after(found[key], kind, facts, moment)
    return found


def propose_overlay(register: Register, model_id: str, actor: Actor, asked: Proposal) -> ModelOverlay:
    """Propose an overlay, as the model's owner or the control side.

    Raises:
        Refused: not theirs, no words, owner and approver are one or not known, days in the wrong order, or one of that name is there.
    """
    with governed(register, PROPOSED, by=actor.label, model_id=model_id) as session:
        rules, model, at = active(session), session.get(ModelRow, model_id), database_time(session)
        person = person_of(rules, actor.manager, actor.user_id)
        if model is None or person is None or not answers_for(rules, person, model.owner):
            raise Refused("the model's owner or the control side proposes an overlay", "role")
        if asked.owner not in rules.people or asked.approver not in holders(rules, "control") or asked.owner == asked.approver:
            raise Refused("an overlay has an owner of governance.yaml, and an approver of the control side who is somebody else", "approver")
        if asked.approver == person or is_among(rules, asked.approver, makers_now(session, model)):
            raise Refused(f"{asked.approver} proposes the overlay, owns or develops the model; somebody else of the control side approves it", "approver")
        if empty := [name for name in ("what", "why", "size", "method", "exit") if not asked.words.get(name, "").strip()]:
            raise Refused(f"say {', '.join(empty)}; an overlay without them cannot be reviewed", "reason")
        _in_time(asked.start, asked.until, at)
        there = overlays(session, [model_id]).get((model_id, asked.name))
        if there is not None and there.state(at) in ("proposed", "active"):
            raise Refused(f"{model_id} has an overlay {asked.name!r} already, which is {there.state(at)}", "state")
        terms = keep(session, {name: text.strip()[:4000] for name, text in asked.words.items()})
        append(session, PROPOSED, {"approver": asked.approver, "by": person, "name": asked.name, "owner": asked.owner, "start": asked.start.isoformat(),
                                   "terms": terms, "until": asked.until.isoformat()}, model_id=model_id)
        return ModelOverlay(model_id, asked.name, terms, asked.owner, asked.approver, asked.start, asked.until)


def decide_overlay(register: Register, model_id: str, name: str, actor: Actor, act: str, comment: str, until: date | None = None) -> ModelOverlay:
    """Approve, reject, renew or exit an overlay; answers where it stands.

    Args:
        act: the kind of the event.
        until: of a renewal, its new last day.

    Raises:
        Refused: no such overlay, not the one to do it, not in that state, no comment, or too long.
    """
    with governed(register, act, by=actor.label, model_id=model_id, name=name) as session:
        rules, at = known_as(active(session), actor), database_time(session)
        person, one = person_of(rules, actor.manager, actor.user_id), overlays(session, [model_id]).get((model_id, name))
        if one is None:
            raise Refused(f"{model_id} has no overlay {name!r}", "nothing")
        if person is None or (act != EXITED and person not in holders(rules, "control")):
            raise Refused(f"{one.approver} decides over overlay {name}, while of the control side; {one.owner} exits it", "role")
        if act in (APPROVED, RENEWED) and is_among(rules, person, makers_now(session, session.get_one(ModelRow, model_id))):
            raise Refused(f"{person} owns or develops the model by now; an approver who has no hand in it is proposed anew", "author")
        if not comment.strip():
            raise Refused("say why; every act over an overlay has a reason", "reason")
        if act == RENEWED:
            _in_time(one.start, until or one.until, at)
        facts = {"by": person, "comment": keep(session, {"comment": comment.strip()[:4000]}), "name": name,
                 **({"until": until.isoformat()} if until is not None else {})}
        after = _act(one, act, facts, at)
        append(session, act, facts, model_id=model_id)
        return after


def watch_overlays(register: Register) -> list[str]:
    """Open and close the findings of overlays; one line each."""
    with register.read() as session:
        at, wanted = database_time(session), dict[str, list[str]]()
        for one in overlays(session).values():
            if one.state(at) == EXPIRED and one.stored == ACTIVE:
                wanted.setdefault(one.model, []).append(f"overlay {one.name} ended with {one.until}: exit it where it is applied, or propose it anew")
            elif one.state(at) == ACTIVE and one.renewals >= RENEWALS:
                wanted.setdefault(one.model, []).append(f"overlay {one.name} was renewed {one.renewals} times: change the model instead")
        words = {model: "; ".join(told)[:2000] for model, told in wanted.items()}
        there = set(session.scalars(select(FindingRow.model_id).where(FindingRow.kind == FINDING, FindingRow.closed_at.is_(None))))
        changed = {model: words.get(model, "") for model in {*words, *there} if message_of_finding(session, model, FINDING) != words.get(model)}
    for model, why in sorted(changed.items()):
        with governed(register, "observed", by="system", model_id=model) as session:
            open_finding(session, model, FINDING, "medium", why) if why else close_finding(session, model, FINDING, "the overlays of the model")
            append(session, "observed", {"finding": FINDING, "open": bool(why)}, model_id=model)
    return [f"{model}: {why}" for model, why in sorted(changed.items()) if why]


def _in_time(start: date, until: date, at: datetime) -> None:
    if not (start <= until and at < end_of(until) <= end_of((at + LONGEST).date())):
        raise Refused(f"an overlay ends after it starts, between today and {(at + LONGEST).date()}; {until} does not", "expiry")


def _act(one: ModelOverlay, kind: str, facts: Mapping[str, Any], at: datetime) -> ModelOverlay:
    by = str(facts["by"])
    if kind == RENEWED:
        return one.renewed(by, date.fromisoformat(facts.get("until") or one.until.isoformat()), at)
    return {APPROVED: one.approved, REJECTED: one.rejected, EXITED: one.exited}[kind](by, at)


def _after(one: ModelOverlay, kind: str, facts: Mapping[str, Any], at: datetime) -> ModelOverlay:
    try:
        return _act(one, kind, facts, at)
    except Refused:
        return one
