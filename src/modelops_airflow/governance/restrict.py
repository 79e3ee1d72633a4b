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
from ..inventory.tables import ModelRow, VersionRow, VersionState
from ..ledger import append
from ..ledger.append import instant
from ..policy.restriction import PEOPLE, Restriction, strictest
from ..policy.states import SERVING
from ..policy.waiver import end_of
from ..spec.types import Governance
from .acting import known_as
from .activate import active
from .authors import authors_of_version
from .conditions import LONGEST
from .documents import keep
from .restrictions import BY_PERSON, FINDING, MET, in_use_under, kept_terms, lifted, put_in_use, restrictions_of
from .transaction import Actor, governed
from .versions import open_finding


def restrict(register: Register, model_id: str, version: str, actor: Actor, terms: str, until: date) -> Restriction:
    """Restrict a version that is in use to terms until a day, as the control side; one person is enough.

    What restricts it already stays beside this one, and the strictest counts.

    Raises:
        Refused: no person of the control side, no terms, a day that is over or beyond the limit of the tier, it is not in use,
            or restricted so already.
    """
    with governed(register, BY_PERSON, by=actor.label, model_id=model_id, version=version) as session:
        rules, row = active(session), _version(session, model_id, version)
        person = _control(rules, actor)
        if row.state not in SERVING:
            raise Refused(f"version {version} of {model_id} is {row.state}, not in use", "state")
        if not terms.strip():
            raise Refused("say what the version may still be used for; a restriction needs terms", "reason")
        at, most = database_time(session), duration(LONGEST[session.get_one(ModelRow, model_id).tier or 1])
        if not at < end_of(until) <= end_of((at + most).date()):
            raise Refused(f"a restriction may end between today and {(at + most).date()}; {until} is not between them", "expiry")
        digest, ends, there = kept_terms(session, terms.strip()[:4000]), end_of(until), in_use_under(session, row)
        if any(one.terms == digest and one.until <= ends for one in there):
            raise Refused(f"version {version} of {model_id} is restricted to that already; an earlier day or other terms restrict it more", "state")
        append(session, BY_PERSON, {"by": person, "terms": digest, "until": instant(ends), "version": version}, model_id=model_id)
        put_in_use(session, row)
        open_finding(session, model_id, FINDING, "high", f"version {version} is {row.reason}")
        return restrictions_of(session, model_id, version)[-1]


def conditions_met(register: Register, model_id: str, version: str, actor: Actor, comment: str, number: int | None = None) -> Restriction:
    """Say that what was asked of a restricted version is done; with two people in different roles that restriction is lifted.

    The version is in full use once no other stands.

    Args:
        number: which restriction is meant; without it the strictest.

    Raises:
        Refused: it is not restricted, its time is over, no comment, or this person may not say so or has said so.
    """
    with governed(register, MET, by=actor.label, model_id=model_id, version=version) as session:
        rules, row = known_as(active(session), actor), _version(session, model_id, version)
        person = _control(rules, actor)
        if is_among(rules, person, authors_of_version(session, row)) or person == session.get_one(ModelRow, model_id).owner:
            raise Refused(f"{person} owns the model or is an author of the version; somebody else of the control side says that it is done", "author")
        found = strictest(one for one in in_use_under(session, row) if number in (None, one.number))
        if row.state != VersionState.RESTRICTED or found is None:
            raise Refused(f"version {version} of {model_id} is {row.state}, not restricted", "state")
        if found.ended(database_time(session)):
            raise Refused(f"the restriction of version {version} ended on {found.until:%Y-%m-%d}; release a new version", "over")
        if person in (found.met_by or {}):
            raise Refused(f"{person} has said so already; it takes {PEOPLE} people in different roles", "decided")
        if not comment.strip():
            raise Refused("say what was done", "reason")
        roles = frozenset(role for role in roles_held(rules, person) if role != READER)
        append(session, MET, {"by": person, "comment": keep(session, {"comment": comment.strip()[:4000]}), "restriction": found.number, "roles": sorted(roles),
                              "version": version}, model_id=model_id)
        after = found.met(person, roles)
        if after.lifted:
            lifted(session, row)
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
