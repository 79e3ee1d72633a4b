"""Governance itself: the first is trusted on first use, a change waits for the control side.

Otherwise whoever may edit a file could edit the list of approvers.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import holders, person_of, roles_held
from ..database import database_time
from ..errors import Refused, RegisterError
from ..inventory.register import Register
from ..inventory.tables import GovernanceRow
from ..ledger import append
from ..spec.governance_rules import governance_problems
from ..spec.types import Governance
from .documents import fetch, keep
from .transaction import Actor, governed


def active(session: Session) -> Governance:
    """The active governance.

    Raises:
        RegisterError: none was ever stored.
    """
    row = row_of(session, "active")
    if row is None:
        raise RegisterError("the register has no governance yet; run `modelops apply` or wait for the DAG modelops.sync")
    return governance_of(fetch(session, row.digest))


def governance_of(body: Any) -> Governance:
    """A governance object from its canonical JSON."""
    import json

    return Governance.model_validate_json(json.dumps(body))


def row_of(session: Session, state: str) -> GovernanceRow | None:
    """The row in a state: `active` or `pending`."""
    return session.scalars(select(GovernanceRow).where(GovernanceRow.state == state)).first()


def row_digest(session: Session) -> str | None:
    """Digest of the active governance, as its row says."""
    row = row_of(session, "active")
    return None if row is None else row.digest


def propose(register: Register, body: Any, by: str) -> str:
    """Offer a governance file; answers active (first use, or the same), or pending."""
    with governed(register, "governance-proposed", by=by) as session:
        spec = governance_of(body)
        if governance_problems(spec):
            raise Refused("the governance file breaks its own rules; run modelops validate", "invalid")
        digest = keep(session, body)
        now, pending = row_of(session, "active"), row_of(session, "pending")
        if now is None:
            session.add(GovernanceRow(digest=digest, state="active", proposed_by=by, activated_by=by,
                                      activated_at=database_time(session)))
            append(session, "governance-first-use", {"by": by, "governance": digest})
            return "active"
        if now.digest == digest:
            if pending is not None:
                pending.state = "superseded"
                append(session, "governance-withdrawn", {"by": by, "governance": pending.digest})
            return "active"
        if pending is not None and pending.digest == digest:
            return "pending"
        if pending is not None:
            pending.state = "superseded"
            session.flush()
        session.add(GovernanceRow(digest=digest, state="pending", proposed_by=by))
        append(session, "governance-proposed", {"by": by, "governance": digest})
        return "pending"


def activate(register: Register, digest: str, actor: Actor) -> None:
    """Put the pending governance in force.

    Raises:
        Refused: the actor is not of the control side under the rules in force, or something else is
            pending than the actor saw.
    """
    with governed(register, "governance-activated", by=actor.label, governance=digest) as session:
        rules, now, pending = active(session), row_of(session, "active"), row_of(session, "pending")
        person = person_of(rules, actor.manager, actor.user_id)
        if person is None or person not in holders(rules, "control"):
            raise Refused("only a person of the control side, under the rules in force, activates governance", "role")
        if pending is None or pending.digest != digest:
            raise Refused("this governance is not the pending one; load the page again", "stale")
        gained = set(roles_held(governance_of(fetch(session, pending.digest)), person)) - set(roles_held(rules, person))
        if gained:
            raise Refused(f"the change gives you the role {', '.join(sorted(gained))}; somebody else activates it", "beneficiary")
        if now is not None:
            now.state = "superseded"
            session.flush()
        pending.state, pending.activated_by = "active", actor.label
        pending.activated_at = database_time(session)
        append(session, "governance-activated", {"by": person, "governance": digest, "proposed_by": pending.proposed_by})
