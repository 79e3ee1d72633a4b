"""Restricting a version in use, and saying that what was asked of a restricted one is done."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import READER, holders, is_among, person_of, roles_held
from ..data.duration import duration
from ..database import database_time
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, DeploymentState, ModelRow, VersionRow, VersionState
from ..ledger import append
from ..ledger.append import instant
from ..policy.restriction import PEOPLE, Restriction
from ..policy.waiver import end_of
from ..spec.types import Governance
from .activate import active
from .conditions import LONGEST
from .documents import keep
from .restrictions import BY_PERSON, FINDING, MET, in_force, kept_terms, lift, told
from .transaction import Actor, governed
from .versions import move, open_finding


def restrict(register: Register, model_id: str, version: str, actor: Actor, terms: str, until: date) -> Restriction:
    """Restrict a version that is in use to terms until a day, as the control side; one person is enough.

    Raises:
        Refused: no person of the control side, no terms, a day that is over or beyond the limit of the tier, or it is not in use.
    """
    with governed(register, BY_PERSON, by=actor.label, model_id=model_id, version=version) as session:
        rules, row = active(session), _version(session, model_id, version)
        person = _control(rules, actor)
        if row.state != VersionState.IN_USE:
            raise Refused(f"version {version} of {model_id} is {row.state}, not in full use", "state")
        if not terms.strip():
            raise Refused("say what the version may still be used for; a restriction needs terms", "reason")
        at, most = database_time(session), duration(LONGEST[session.get_one(ModelRow, model_id).tier or 1])
        if not at < end_of(until) <= end_of((at + most).date()):
            raise Refused(f"a restriction may end between today and {(at + most).date()}; {until} is not between them", "expiry")
        digest, ends = kept_terms(session, terms.strip()[:4000]), end_of(until)
        append(session, BY_PERSON, {"by": person, "terms": digest, "until": instant(ends), "version": version}, model_id=model_id)
        found = Restriction(version, digest, ends, person)
        move(row, VersionState.RESTRICTED, told(session, found))
        open_finding(session, model_id, FINDING, "high", f"version {version} is {told(session, found)}")
        return found


def conditions_met(register: Register, model_id: str, version: str, actor: Actor, comment: str) -> Restriction:
    """Say that what was asked of a restricted version is done; with two people in different roles it is in full use.

    Raises:
        Refused: it is not restricted, its time is over, no comment, or this person may not say so or has said so.
    """
    with governed(register, MET, by=actor.label, model_id=model_id, version=version) as session:
        rules, row = active(session), _version(session, model_id, version)
        person = _control(rules, actor)
        if is_among(rules, person, [name for name, _ in row.authors]) or person == session.get_one(ModelRow, model_id).owner:
            raise Refused(f"{person} owns the model or is an author of the version; somebody else of the control side says that it is done", "author")
        found = in_force(session, row, _subject(session, row))
        if row.state != VersionState.RESTRICTED or found is None:
            raise Refused(f"version {version} of {model_id} is {row.state}, not restricted", "state")
        if found.ended(database_time(session)):
            raise Refused(f"the restriction of version {version} ended on {found.until:%Y-%m-%d}; release a new version", "over")
        if person in (found.met_by or {}):
            raise Refused(f"{person} has said so already; it takes {PEOPLE} people in different roles", "decided")
        if not comment.strip():
            raise Refused("say what was done", "reason")
        roles = frozenset(role for role in roles_held(rules, person) if role != READER)
        append(session, MET, {"by": person, "comment": keep(session, {"comment": comment.strip()[:4000]}), "roles": sorted(roles), "version": version},
               model_id=model_id)
        after = found.met(person, roles)
        if after.lifted:
            lift(session, row)
        return after


def _control(rules: Governance, actor: Actor) -> str:
    person = person_of(rules, actor.manager, actor.user_id)
    if person is None or person not in holders(rules, "control"):
        raise Refused("a person of the control side restricts a version, and says that its conditions are met", "role")
    return person


def _version(session: Session, model_id: str, version: str) -> VersionRow:
    row = session.scalars(select(VersionRow).where(VersionRow.model_id == model_id, VersionRow.version == version)).first()
    if row is None:
        raise Refused(f"{model_id} has no version {version}", "nothing")
    return row


def _subject(session: Session, row: VersionRow) -> str | None:
    """What was approved for the version as it is live."""
    return session.scalars(select(DeploymentRow.subject).where(
        DeploymentRow.version_id == row.id, DeploymentRow.state == DeploymentState.LIVE.value).order_by(DeploymentRow.id.desc())).first()
