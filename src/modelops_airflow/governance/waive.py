"""Asking for the waiver of a control, accepting, rejecting and revoking it.

Who makes the model asks; people of the control side who neither own nor develop it, and did not ask, decide. A waiver stands in for what a
control of a pack measures, and for nothing else: separation of duties, gates, digests and the house's own rules are no controls of a pack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ..approvals.identity import holders, is_among, person_of
from ..database import database_time
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import ModelRow, WaiverRow
from ..ledger import append
from ..policy.in_force import library_of
from ..policy.library import controls_of
from ..policy.waived import content_of_control
from ..policy.waiver import ACTIVE, APPROVERS, REQUESTED, ControlWaiver, end_of, too_late
from ..registry import did_you_mean
from ..spec.policy import Control
from ..spec.types import Governance
from .acting import known_as
from .activate import active
from .control_waivers import (
    ACCEPTED,
    ASKED,
    REJECTED,
    REVOKED,
    authors_of,
    control_waivers,
    makers_now,
    words_of_waiver,
)
from .documents import fetch, keep
from .transaction import Actor, governed

MOST = 4000
"""Signs of a reason or a comment."""


@dataclass(frozen=True)
class Asked:
    """What is asked for.

    Attributes:
        compensating: what is done meanwhile in the control's place, at least one.
        until: the last day, UTC.
    """

    pack: str
    control: str
    reason: str
    compensating: Sequence[str]
    until: date


def ask_waiver(register: Register, model_id: str, actor: Actor, asked: Asked) -> int:
    """Ask for a waiver of a control, as who owns or develops the model; answers its number.

    Raises:
        Refused: not theirs to ask, no such control, one that nobody may waive, no words, too long, or one is asked for already.
    """
    with governed(register, ASKED, by=actor.label, model_id=model_id, pack=asked.pack, control=asked.control) as session:
        rules, model, at = active(session), _model(session, model_id), database_time(session)
        person = person_of(rules, actor.manager, actor.user_id)
        if person is None or not _makes(session, rules, model, person):
            raise Refused(f"the owner or a developer of {model_id} asks for a waiver", "role")
        control = _waivable(session, rules, model, asked.pack, asked.control)
        if end_of(asked.until) <= at:
            raise Refused(f"{asked.until} is over; name a day ahead", "expiry")
        if why := too_late(asked.until, model.tier, at):
            raise Refused(why, "expiry")
        if any((one.pack, one.control, one.state(at)) == (asked.pack, asked.control, REQUESTED) for one in control_waivers(session, [model_id]).values()):
            raise Refused(f"a waiver of {asked.pack} {asked.control} is asked for already and waits to be accepted or rejected", "state")
        terms = keep(session, {"by": person, "compensating": _compensating(asked.compensating), "content": content_of_control(control), "control": asked.control, "model": model_id,
                               "pack": asked.pack, "reason": _words(asked.reason), "until": asked.until.isoformat()})
        row = WaiverRow(model_id=model_id, pack=asked.pack, control=asked.control, terms=terms, ends_at=end_of(asked.until), state=REQUESTED, asked_by=person)
        session.add(row)
        session.flush()
        append(session, ASKED, {"by": person, "control": asked.control, "needed": APPROVERS[model.tier or 1], "pack": asked.pack, "terms": terms,
                                "until": asked.until.isoformat(), "waiver": row.id}, model_id=model_id)
        return row.id


def accept(register: Register, model_id: str, number: int, actor: Actor, comment: str) -> ControlWaiver:
    """Accept a waiver, as the control side; it counts once enough people have. Answers where it stands.

    Raises:
        Refused: no such waiver, it waits for nobody, no comment, or this person may not.
    """
    with governed(register, ACCEPTED, by=actor.label, model_id=model_id, waiver=number) as session:
        rules, model, at, one = active(session), _model(session, model_id), database_time(session), _waiver(session, model_id, number)
        person = _decider(session, rules, model, one, actor)
        if content_of_control(_waivable(session, rules, model, one.pack, one.control)) != words_of_waiver(session, one)["content"]:
            raise Refused(f"{one.pack} {one.control} says something else than when the waiver was asked for; ask for a new waiver", "stale")
        if one.needed < APPROVERS[model.tier or 1]:
            raise Refused(f"the model is of tier {model.tier} by now, which takes more people; ask for a new waiver", "stale")
        if made := [name for name in one.accepted_by if _makes(session, rules, model, name)]:
            raise Refused(f"{', '.join(made)} accepted it, and has a hand in the model by now; ask for a new waiver", "stale")
        if why := too_late(one.until, model.tier, at):
            raise Refused(why, "expiry")
        return _decided(session, ACCEPTED, one.accepted(person, at), person, comment)


def reject(register: Register, model_id: str, number: int, actor: Actor, comment: str) -> ControlWaiver:
    """Reject a waiver that waits, as the control side; one person is enough.

    Raises:
        Refused: as of `accept`.
    """
    with governed(register, REJECTED, by=actor.label, model_id=model_id, waiver=number) as session:
        rules, at, one = active(session), database_time(session), _waiver(session, model_id, number)
        person = _decider(session, rules, _model(session, model_id), one, actor)
        return _decided(session, REJECTED, one.rejected(person, at), person, comment)


def revoke(register: Register, model_id: str, number: int, actor: Actor, comment: str) -> ControlWaiver:
    """End a waiver that counts; anybody of the control side may.

    Raises:
        Refused: no such waiver, it does not count, no comment, or no person of the control side.
    """
    with governed(register, REVOKED, by=actor.label, model_id=model_id, waiver=number) as session:
        rules, at, one = active(session), database_time(session), _waiver(session, model_id, number)
        person = person_of(rules, actor.manager, actor.user_id)
        if person is None or person not in holders(rules, "control"):
            raise Refused("a person of the control side revokes a waiver", "role")
        return _decided(session, REVOKED, one.revoked(person, at), person, comment)


def refusal(session: Session, rules: Governance, model: ModelRow, one: ControlWaiver, person: str | None) -> tuple[str, str] | None:
    """Code and words of why a person may not decide over a waiver; None if they may."""
    if person is None or person not in holders(rules, "control"):
        return "role", "a person of the control side accepts or rejects a waiver"
    if person == one.asked_by or _makes(session, rules, model, person):
        return "author", f"{person} asked for the waiver, owns or develops the model; somebody else of the control side decides"
    return None


def _decider(session: Session, rules: Governance, model: ModelRow, one: ControlWaiver, actor: Actor) -> str:
    person = person_of(rules, actor.manager, actor.user_id)
    refused = refusal(session, known_as(rules, actor), model, one, person)
    if refused is not None or person is None:
        code, why = refused or ("role", "")
        raise Refused(why, code)
    return person


def _decided(session: Session, kind: str, after: ControlWaiver, person: str, comment: str) -> ControlWaiver:
    """Write an act down: the event, and the row that the database's guard asks."""
    session.get_one(WaiverRow, after.number).state = after.stored
    append(session, kind, {"by": person, "comment": keep(session, {"comment": _words(comment)}), "in_force": after.stored == ACTIVE,
                           "terms": after.terms, "waiver": after.number}, model_id=after.model)
    return after


def _makes(session: Session, rules: Governance, model: ModelRow, person: str) -> bool:
    """Whether a person owns or develops a model, as its last file says, or is an author of one of its versions."""
    return is_among(rules, person, [*makers_now(session, model), *authors_of(session, model.id)])


def _waivable(session: Session, rules: Governance, model: ModelRow, pack: str, control: str) -> Control:
    named = [*(fetch(session, model.definition).get("policies", ()) if model.definition is not None else ()), *(rules.policies or ())]
    there = library_of(rules).packs
    if pack not in named or pack not in there:
        raise Refused(f"neither the model file of {model.id} nor governance.yaml names the policy pack {pack!r}{did_you_mean(pack, named)}", "pack")
    controls = {one.id: one for one in controls_of(pack, there)}
    if control not in controls:
        raise Refused(f"the pack {pack} has no control {control!r}{did_you_mean(control, list(controls))}", "control")
    if controls[control].waivable is False:
        raise Refused(f"nobody may waive {pack} {control}: its pack says so", "not-waivable")
    return controls[control]


def _model(session: Session, model_id: str) -> ModelRow:
    row = session.get(ModelRow, model_id)
    if row is None:
        raise Refused(f"the register has no model {model_id!r}", "nothing")
    return row


def _waiver(session: Session, model_id: str, number: int) -> ControlWaiver:
    one = control_waivers(session, [model_id]).get(number)
    if one is None:
        raise Refused(f"{model_id} has no waiver {number}", "nothing")
    return one


def _words(text: str) -> str:
    if not text.strip():
        raise Refused("say why; a waiver is asked for, accepted, rejected and revoked with a reason", "reason")
    return text.strip()[:MOST]


def _compensating(controls: Sequence[str]) -> list[str]:
    kept = [one.strip()[:MOST] for one in controls if one.strip()]
    if not kept:
        raise Refused("name what is done meanwhile in the control's place", "compensating")
    return kept
