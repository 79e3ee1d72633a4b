"""Governance itself: the first takes two people of the control side; a change one or two, under the old rules.

Otherwise whoever may edit a file could edit the list of approvers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.facts import governance_facts
from ..approvals.identity import holders, is_among, person_of
from ..database import database_time
from ..errors import Refused, RegisterError
from ..inventory.register import Register
from ..inventory.tables import GovernanceRow
from ..ledger import append
from ..spec.governance_rules import governance_problems
from ..spec.types import Governance
from .acting import known_as
from .authors import add_list_changers_everywhere, persons_among
from .documents import fetch, keep
from .elsewhere import say_what_moved
from .own_library import is_library
from .powers import TWO, gained, known_otherwise, takes
from .transaction import Actor, governed


def active(session: Session) -> Governance:
    """The active governance.

    Raises:
        RegisterError: none is in force.
    """
    row = row_of(session, "active")
    if row is None:
        waits = row_of(session, "pending")
        raise RegisterError(
            "no governance is in force yet; run `modelops apply` or wait for the DAG modelops.sync" if waits is None else
            f"no governance is in force yet: {len(waits.confirmed_by)} of {TWO} people of the control side have confirmed "
            "the first one; they do so on the page Models or with `modelops governance activate`")
    return governance_of(fetch(session, row.digest))


def readable(session: Session) -> Governance:
    """The active governance or, before there is one, the one that waits: enough to describe models, never to decide.

    Raises:
        RegisterError: there is neither.
    """
    waits = row_of(session, "pending") if row_of(session, "active") is None else None
    return active(session) if waits is None else governance_of(fetch(session, waits.digest))


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


def propose(register: Register, body: Any, by: str, changed_by: Iterable[str] = (), commit: str = "") -> str:
    """Offer a governance file; answers active (it is the one in force) or pending.

    Args:
        by: who or what offers it.
        changed_by: who wrote the change, as git has it.
        commit: the commit that it comes from; empty if unknown.
    """
    with governed(register, "governance-proposed", by=by) as session:
        spec = governance_of(body)
        if governance_problems(spec) or not is_library(spec):
            raise Refused("the governance file breaks its own rules; run modelops validate", "invalid")
        digest = keep(session, body)
        now, pending = row_of(session, "active"), row_of(session, "pending")
        if now is not None and now.digest == digest:
            if pending is not None:
                pending.state = "superseded"
                append(session, "governance-withdrawn", {"by": by, "governance": pending.digest})
            return "active"
        writers = persons_among([by, *changed_by])
        if pending is not None and pending.digest == digest:
            known = pending.facts.get("writers", [])
            if set(writers) <= set(known):
                return "pending"
            writers = persons_among([*writers, *known])  # who offers it first does not say who wrote it; confirm anew
        if pending is not None:
            pending.state = "superseded"
            session.flush()
        session.add(GovernanceRow(digest=digest, state="pending", proposed_by=by, changed_by=_list_writers(session, now, spec, writers),
                                  facts={**governance_facts(spec), "commit": commit, "writers": writers}))
        append(session, "governance-proposed", {"by": by, "governance": digest})
        return "pending"


def _list_writers(session: Session, now: GovernanceRow | None, spec: Governance, writers: list[str]) -> list[str]:
    """Who wrote the list of approvers in a governance; where another part changed, still who wrote the list before."""
    before = governance_of(fetch(session, now.digest)) if now is not None else None
    if now is None or before is None or _powers(before) != _powers(spec):
        return writers
    return list(now.changed_by)


def _powers(spec: Governance) -> tuple[Any, ...]:
    return spec.people, spec.roles, spec.break_glass


def commit_in_force(register: Register) -> str:
    """The commit that the governance in force comes from; empty if unknown."""
    with register.read() as session:
        row = row_of(session, "active")
        return str(row.facts.get("commit", "")) if row is not None else ""


def activate(register: Register, digest: str, actor: Actor) -> str:
    """Put the pending governance in force; answers active, or pending while a second person is needed.

    A change takes one person of the control side under the rules in force, or two different ones
    (`powers.takes`). The very first takes two, named in the file itself: there is nothing older to ask.

    Raises:
        Refused: the actor is not of the control side, gains by it, is known otherwise by it, has
            confirmed already, or something else is pending than the actor saw.
    """
    with governed(register, "governance-activated", by=actor.label, governance=digest) as session:
        now, pending = row_of(session, "active"), row_of(session, "pending")
        if pending is None or pending.digest != digest:
            raise Refused("this governance is not the pending one; load the page again", "stale")
        wanted = governance_of(fetch(session, pending.digest))
        person = _activator(session, pending, wanted, actor)
        needed = takes(_in_force(session), wanted)
        if needed > 1:
            pending.confirmed_by = [*pending.confirmed_by, person]
            if len(pending.confirmed_by) < needed:
                append(session, "governance-confirmed", {"by": person, "governance": digest})
                return "pending"
        if now is not None:
            now.state = "superseded"
            session.flush()
        pending.state, pending.activated_by = "active", actor.label
        pending.activated_at = database_time(session)
        session.flush()
        add_list_changers_everywhere(session)
        say_what_moved(session, wanted)
        append(session, "governance-activated", {"by": person, "confirmed": pending.confirmed_by, "governance": digest,
                                                 "proposed_by": pending.proposed_by})
        return "active"


def people_needed(session: Session) -> int:
    """How many different people what waits takes; one where nothing waits."""
    pending = row_of(session, "pending")
    return 1 if pending is None else takes(_in_force(session), governance_of(fetch(session, pending.digest)))


def _in_force(session: Session) -> Governance | None:
    return active(session) if row_of(session, "active") is not None else None


def may_activate(session: Session, actor: Actor) -> bool:
    """Whether somebody may put what waits in force, or confirm it."""
    pending = row_of(session, "pending")
    try:
        return pending is not None and bool(_activator(session, pending, governance_of(fetch(session, pending.digest)), actor))
    except Refused:
        return False


def _activator(session: Session, pending: GovernanceRow, wanted: Governance, actor: Actor) -> str:
    """The person of the control side who acts, under the rules in force or, at first, under the file's own."""
    before = _in_force(session)
    rules = known_as(before or wanted, actor)
    person = person_of(rules, actor.manager, actor.user_id)
    if person is None or person not in holders(rules, "control"):
        whose = "named in the file" if before is None else "under the rules in force"
        raise Refused(f"only a person of the control side, {whose}, activates governance", "role")
    if person in pending.confirmed_by:
        what = "the first governance" if before is None else "this change"
        raise Refused(f"{person} has confirmed it already; {what} takes two different people", "decided")
    if is_among(rules, person, [*pending.changed_by, *pending.facts.get("writers", []), pending.proposed_by]):
        raise Refused(f"{person} wrote or proposed this governance; others of the control side activate it", "author")
    if any(pending.facts.get(name) != value for name, value in governance_facts(wanted).items()):
        raise Refused("what the database has of this governance is not what its document says; propose it anew", "facts")
    if before is not None and (gains := gained(before, wanted, person)):
        raise Refused(f"the change gives you {', '.join(gains)}; somebody else activates it", "beneficiary")
    if before is not None and person in known_otherwise(before, wanted):
        raise Refused("the change is of your own login, git identities or name; others of the control side activate it", "beneficiary")
    return person
