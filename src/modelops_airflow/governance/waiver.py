"""Accepting and revoking the waiver of a legacy model. Accepting takes a person of the control side who did not declare it; revoking takes anyone."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from ..approvals.identity import acting_roles, holders, identities, person_of
from ..database import database_time
from ..digest import recorded
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import ModelRow
from ..ledger import append
from ..policy.waiver import too_late
from ..spec.governance_rules import folded
from ..spec.types import Governance
from .acting import known_as
from .activate import active
from .documents import fetch, keep
from .legacy import ACCEPTED, REVOKED, Legacy, Standing, legacy_of
from .transaction import Actor, governed


def accept_waiver(register: Register, model_id: str, actor: Actor, terms: str, comment: str) -> date:
    """Accept the waiver that a legacy model's file asks for; answers its last day.

    Args:
        terms: digest of what was declared, as the person saw it; a changed file has others.

    Raises:
        Refused: no legacy model, other terms, no comment, or the person may not.
    """
    with governed(register, ACCEPTED, by=actor.label, model_id=model_id, terms=terms) as session:
        legacy = _declared(session, model_id)
        if legacy.terms != terms:
            raise Refused("the file declares something else by now than what you saw; look again", "stale")
        rules = known_as(active(session), actor)
        person = person_of(rules, actor.manager, actor.user_id)
        refused = waiver_refusal(session, legacy, rules, person, database_time(session))
        if refused is not None:
            raise Refused(refused[1], refused[0])
        if legacy.until is None:
            raise Refused("its file asks for no waiver", "state")
        append(session, ACCEPTED, {"by": person, "comment": _kept(session, comment), "environment": legacy.environment, "terms": terms,
                                   "until": legacy.until.isoformat()}, model_id=model_id)
        return legacy.until


def revoke_waiver(register: Register, model_id: str, actor: Actor, comment: str) -> None:
    """End a waiver that counts; any person with a role may, as with any stop.

    Raises:
        Refused: none counts, no reason, or no role.
    """
    with governed(register, REVOKED, by=actor.label, model_id=model_id) as session:
        legacy = _declared(session, model_id)
        rules = active(session)
        person = person_of(rules, actor.manager, actor.user_id)
        if person is None or not acting_roles(rules, person):
            raise Refused("only a person with a role in governance.yaml revokes a waiver", "role")
        if legacy.standing(database_time(session)) is not Standing.WAIVED:
            raise Refused(f"no waiver of {model_id} counts now", "state")
        append(session, REVOKED, {"by": person, "comment": _kept(session, comment), "environment": legacy.environment, "terms": legacy.terms},
               model_id=model_id)


def waiver_refusal(session: Session, legacy: Legacy, rules: Governance, person: str | None, at: datetime) -> tuple[str, str] | None:
    """Code and words of why a person may not accept a waiver now; None if they may."""
    model = session.get_one(ModelRow, legacy.model)
    standing = legacy.standing(at)
    if standing in (Standing.NONE, Standing.EXPIRED, Standing.WAIVED, Standing.STOPPED):
        return "state", {Standing.STOPPED: legacy.stopped, Standing.NONE: "its file asks for no waiver", Standing.WAIVED: "it is accepted already",
                         Standing.EXPIRED: "its last day is over; ask for a new one in the file"}[standing]
    if legacy.until is not None and (why := too_late(legacy.until, model.tier, at)):
        return "expiry", why
    if person is None or person not in holders(rules, "control"):
        return "role", "a person of the control side accepts a waiver"
    if person == model.owner or _wrote(session, legacy, model, rules, person):
        return "author", f"{person} owns, developed or declared the model; somebody else of the control side accepts its waiver"
    return None


def _wrote(session: Session, legacy: Legacy, model: ModelRow, rules: Governance, person: str) -> bool:
    """Whether a person develops the model, or any declaration of it names them as owner, developer or writer of its file."""
    developers = fetch(session, model.definition)["model"].get("developers", ()) if model.definition is not None else ()
    known = {recorded(folded(one)) for one in identities(rules, person)}
    return person in developers or bool(known & set(legacy.declared_by))


def _declared(session: Session, model_id: str) -> Legacy:
    found = legacy_of(session, model_id)
    if found is None:
        raise Refused(f"{model_id} is not declared in use without a release", "nothing", model_id if session.get(ModelRow, model_id) else None)
    return found


def _kept(session: Session, comment: str) -> str:
    """The digest of the comment, whose words stay in the register beside the ledger."""
    if not comment.strip():
        raise Refused("say why; a waiver is accepted or revoked with a reason", "reason")
    return keep(session, {"comment": comment.strip()[:4000]})
