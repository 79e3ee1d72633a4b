"""The decisions of a run as a pack tells them, and where its gates stood when it was deployed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ..approvals.rules import APPROVED, Decision, Gate, Standing, evaluate
from ..digest import recorded
from ..errors import EvidenceError
from ..evidence.manifest import gates_of
from ..governance.activate import governance_of
from ..governance.authors import authors_that_count
from ..governance.documents import fetch
from ..governance.doubts import doubts
from ..governance.gate import meaning_of
from ..governance.on_record import decisions_on_record, governance_on_record, permissions_on_record
from ..inventory.tables import BreakGlassRow, DecisionRow, KeyRow, RunRow, VersionRow
from ..ledger.append import instant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Moment:
    """When the approvals of a run had to be there, in the ledger's order: the register's own times can be edited.

    Attributes:
        at: what expiries are compared with.
        index: of the event that permitted a deployment that went live, or else of the last that did not; None for now, where
            there is none or it was an emergency.
        authors: who was an author then, as the ledger names them; None for now, and for events that do not tell.
    """

    at: datetime
    index: int | None = None
    authors: frozenset[str] | None = None


def moments_of(session: Session, run: RunRow, now: datetime) -> list[Moment]:
    """Each time that the approvals of a run had to be there: a canary, the release after it, and what came back are permitted apart."""
    permitted = permissions_on_record(session, run)
    if not permitted or broken_glass(session, run):
        return [Moment(now)]
    return [Moment(one.at, one.index, frozenset(one.facts["authors"]) if "authors" in one.facts else None)
            for one in [one for one in permitted if one.live] or permitted[-1:]]


def broken_glass(session: Session, run: RunRow) -> list[dict[str, Any]]:
    """The emergency releases of the run's subject."""
    rows = session.scalars(select(BreakGlassRow).where(BreakGlassRow.subject == run.subject).order_by(BreakGlassRow.id))
    return [{"person": one.person, "reason": one.reason, "at": instant(one.at), "due_at": instant(one.due_at),
             "closed_at": instant(one.closed_at) if one.closed_at else None} for one in rows]


def governances_then(session: Session, moments: Sequence[Moment]) -> list[Mapping[str, Any]]:
    """The governance that was in force at each moment, as the ledger has it.

    Raises:
        EvidenceError: none was.
    """
    digests = [governance_on_record(session, one.index) for one in moments]
    if None in digests:
        raise EvidenceError("no governance was in force when this run was decided; a pack cannot say who might decide")
    return [dict(fetch(session, str(one))) for one in digests]


def decision_rows(session: Session, run: RunRow) -> Sequence[DecisionRow]:
    """Every decision over the run's subject, in order; withdrawn ones too."""
    return session.scalars(select(DecisionRow).where(DecisionRow.subject == run.subject).order_by(DecisionRow.id)).all()


def told(session: Session, row: DecisionRow) -> dict[str, Any]:
    """A decision as it stands in a pack."""
    named = [one["keyid"] for one in (row.envelope or {}).get("signatures", [])]
    kind = session.scalars(select(KeyRow.kind).where(KeyRow.fingerprint.in_(named), KeyRow.person == row.person)).first()
    return {
        "step": row.step, "person": row.person, "role": row.role, "decision": row.decision, "meaning": row.meaning,
        "subject": row.subject, "auth": row.auth, "comment": row.comment, "conditions": row.conditions, "nth": row.nth,
        "at": instant(row.at), "expires_at": instant(row.expires_at) if row.expires_at else None,
        "withdrawn_at": instant(row.withdrawn_at) if row.withdrawn_at else None, "by": kind, "envelope": row.envelope,
    }


def authors_told(session: Session, run: RunRow, version: VersionRow, moments: Sequence[Moment]) -> list[list[str]]:
    """Every author with a reason: those of the version's row, those who count besides, and those whom the ledger had at a moment."""
    found, then = [[name, why] for name, why in version.authors], {name for one in moments for name in one.authors or ()}
    known = {spelled for name, _ in found for spelled in (name, recorded(name))}
    for names, why in ((authors_that_count(session, run), "by the records of its runs"), (sorted(then), "in the ledger")):
        found += [[name, why] for name in names if name not in known]
        known |= {spelled for name in names for spelled in (name, recorded(name))}
    return found


def gates_stood(
    session: Session, run: RunRow, authors: Sequence[Sequence[str]], rows: Sequence[DecisionRow],
    moments: Sequence[tuple[Moment, Mapping[str, Any]]], approval_public: bytes | None,
) -> dict[str, Standing]:
    """Where each gate of the plan stood: approved only if it was at every moment, else as it first was when it was not.

    Args:
        authors: as `authors_told` has them.
        moments: each with the governance that was in force then.
        approval_public: what decisions must be signed with to count; None where none of them is.
    """
    plan = fetch(session, run.plan)
    stood = [_standings(session, run, plan, authors, rows, governance, moment, approval_public) for moment, governance in moments]
    return {step: next((each[step] for each in stood if each[step].state != APPROVED), Standing(APPROVED, {})) for step in gates_of(plan)}


def _standings(
    session: Session, run: RunRow, plan: Mapping[str, Any], authors: Sequence[Sequence[str]], rows: Sequence[DecisionRow],
    governance: Mapping[str, Any], moment: Moment, approval_public: bytes | None,
) -> dict[str, Standing]:
    """Where each gate stood at one moment."""
    stood = _stood(session, run, rows, moment)
    doubted = doubts(session, run.model_id, str(run.subject), [one for one in rows if one.id in stood], gates_of(plan),
                     approval_public, until=moment.index)
    made = [Decision(one.step, one.person, one.role, one.decision, one.expires_at, one.id not in stood, doubted.get(one.id, ""))
            for one in rows]
    names = [name for name, _ in authors if moment.authors is None or {name, recorded(name)} & moment.authors]
    return {
        step: evaluate(Gate(step, dict(rules["roles"]), meaning_of(rules), str(plan["model"]["owner"])), made, names,
                       governance_of(governance), moment.at)
        for step, rules in gates_of(plan).items()
    }


def _stood(session: Session, run: RunRow, rows: Sequence[DecisionRow], moment: Moment) -> set[int]:
    """Which decisions were in force, by the ledger's order."""
    by_place = defaultdict[tuple[str, str], list[int]](list)
    for one in rows:
        by_place[one.step, one.person].append(one.id)
    told = decisions_on_record(session, run, moment.index)
    return {row for place, (number, _) in told.items() for row in by_place[place][number - 1:number]}
